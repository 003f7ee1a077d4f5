//! Serves a folder of static files on this machine, under a path like GitHub Pages' `/repository/`.
//!
//! It knows what a static host knows and no more: no compression, no ranges, no listing. It keeps
//! the paths it was asked for, so that a test can count requests.

use std::{
    fs,
    io::{BufRead, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use crate::process::Result;

/// A server that runs until the program ends or the value is dropped.
pub struct Server {
    address: SocketAddr,
    site: Arc<Site>,
    stopped: Arc<Mutex<bool>>,
}

struct Site {
    folder: PathBuf,
    /// With a slash at both ends.
    path: String,
    requests: Mutex<Vec<String>>,
}

impl Server {
    /// Serves `folder` under `sub_path` (`/` or `/mailtrace/`); port 0 takes any that is free.
    pub fn start(folder: &Path, sub_path: &str, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .map_err(|error| format!("cannot serve at http://127.0.0.1:{port}: {error}"))?;
        let address = listener
            .local_addr()
            .map_err(|error| format!("cannot serve: {error}"))?;
        let path = match sub_path.trim_matches('/') {
            "" => "/".to_owned(),
            name => format!("/{name}/"),
        };
        let site = Arc::new(Site {
            folder: folder.to_owned(),
            path,
            requests: Mutex::default(),
        });
        let stopped = Arc::new(Mutex::new(false));
        thread::spawn({
            let (site, stopped) = (Arc::clone(&site), Arc::clone(&stopped));
            move || {
                for stream in listener.incoming() {
                    if *stopped.lock().unwrap_or_else(PoisonError::into_inner) {
                        break;
                    }
                    let site = Arc::clone(&site);
                    if let Ok(stream) = stream {
                        // A browser that hangs up is no fault of the server's.
                        thread::spawn(move || site.converse(stream));
                    }
                }
            }
        });
        Ok(Self {
            address,
            site,
            stopped,
        })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.site.path)
    }

    /// The paths asked for so far, in order.
    pub fn requests(&self) -> Vec<String> {
        self.site
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        // Wakes the listener, which then sees that it is to stop.
        let _ = TcpStream::connect(self.address);
    }
}

impl Site {
    /// Answers what comes over one connection, until it closes.
    fn converse(&self, stream: TcpStream) -> Option<()> {
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .ok()?;
        stream.set_nodelay(true).ok()?;
        let mut writer = stream.try_clone().ok()?;
        let mut reader = BufReader::new(stream);
        loop {
            let request = line(&mut reader)?;
            let mut words = request.split_whitespace();
            let (method, target) = (words.next()?, words.next()?);
            while !line(&mut reader)?.trim().is_empty() {}
            self.requests
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(target.to_owned());
            let answer = self.answer(method, target);
            let head = format!(
                "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Cache-Control: no-cache\r\n\
                 X-Content-Type-Options: nosniff\r\n\r\n",
                answer.status,
                answer.kind,
                answer.body.len(),
                answer
                    .location
                    .map(|to| format!("Location: {to}\r\n"))
                    .unwrap_or_default(),
            );
            writer.write_all(head.as_bytes()).ok()?;
            if method != "HEAD" {
                writer.write_all(&answer.body).ok()?;
            }
        }
    }

    fn answer(&self, method: &str, target: &str) -> Answer {
        if !matches!(method, "GET" | "HEAD") {
            return Answer::words("405 Method Not Allowed");
        }
        let target = target.split(['?', '#']).next().unwrap_or_default();
        if format!("{target}/") == self.path {
            return Answer {
                location: Some(self.path.clone()),
                ..Answer::words("301 Moved Permanently")
            };
        }
        let file = target
            .strip_prefix(&self.path)
            .and_then(|path| self.file(path));
        match file.and_then(|file| Some((fs::read(&file).ok()?, kind(&file)))) {
            Some((body, kind)) => Answer {
                status: "200 OK",
                kind,
                location: None,
                body,
            },
            None => Answer::words("404 Not Found"),
        }
    }

    /// The file that a path below the site's names; never one outside of the folder.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let path = PathBuf::from(decoded(path)?);
        let inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let file = self.folder.join(&path);
        match inside {
            true if path.as_os_str().is_empty() || file.is_dir() => Some(file.join("index.html")),
            true => Some(file),
            false => None,
        }
    }
}

struct Answer {
    status: &'static str,
    kind: &'static str,
    location: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    fn words(status: &'static str) -> Self {
        Self {
            status,
            kind: "text/plain; charset=utf-8",
            location: None,
            body: status.into(),
        }
    }
}

/// The next line of a request; none when the other side has hung up.
fn line(reader: &mut impl BufRead) -> Option<String> {
    const LONGEST: u64 = 16384;
    let mut line = String::new();
    let read = reader.take(LONGEST).read_line(&mut line).ok()?;
    (read > 0).then_some(line)
}

/// Percent-decoding (RFC 3986 2.1).
fn decoded(path: &str) -> Option<String> {
    let mut pieces = path.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Browsers compile wasm while it arrives only under its own type, and run no module under a wrong one.
fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &Server, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream
            .write_all(format!("{request}\r\nHost: 127.0.0.1\r\n\r\n").as_bytes())
            .unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn a_folder_under_a_sub_path_and_nothing_outside_of_it() {
        let folder = std::env::temp_dir()
            .join(format!("xtask-server-{}", std::process::id()))
            .join("served");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("index.html"), "<p>page").unwrap();
        fs::write(folder.join("a b.wasm"), "\0asm").unwrap();
        fs::write(folder.join("../secret"), "secret").unwrap();
        let server = Server::start(&folder, "/mailtrace/", 0).unwrap();

        assert!(server.url().ends_with("/mailtrace/"));
        assert!(ask(&server, "GET /mailtrace/ HTTP/1.1").ends_with("\r\n\r\n<p>page"));
        assert!(ask(&server, "GET /mailtrace/?x=1 HTTP/1.1").contains("text/html"));
        assert!(ask(&server, "GET /mailtrace HTTP/1.1").contains("Location: /mailtrace/\r\n"));
        assert!(ask(&server, "GET /mailtrace/a%20b.wasm HTTP/1.1").contains("application/wasm"));
        assert!(ask(&server, "HEAD /mailtrace/ HTTP/1.1").ends_with("\r\n\r\n"));
        for outside in [
            "/",
            "/favicon.ico",
            "/mailtrace/none",
            "/mailtrace/../secret",
            "/mailtrace/%2e%2e/secret",
        ] {
            assert!(
                ask(&server, &format!("GET {outside} HTTP/1.1")).starts_with("HTTP/1.1 404"),
                "{outside}"
            );
        }
        assert!(ask(&server, "POST /mailtrace/ HTTP/1.1").starts_with("HTTP/1.1 405"));
        assert_eq!(
            server.requests().first().map(String::as_str),
            Some("/mailtrace/")
        );
    }

    #[test]
    fn one_connection_carries_many_requests() {
        let folder = std::env::temp_dir();
        let server = Server::start(&folder, "", 0).unwrap();
        let answer = ask(
            &server,
            "GET /none HTTP/1.1\r\n\r\nGET /none-either HTTP/1.1",
        );
        assert_eq!(answer.matches("404 Not Found\r\n").count(), 2);
        assert_eq!(server.requests(), ["/none", "/none-either"]);
    }
}
