//! A browser, driven over WebDriver (W3C): the few commands that the tests want.
//!
//! What only Chromium can do goes through `devtools`; a second browser needs another [`Kind`], and
//! another way to drop files.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::Scratch;

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Chromium,
}

impl Kind {
    /// What `MAILTRACE_BROWSER` names.
    fn named() -> Self {
        match std::env::var("MAILTRACE_BROWSER").as_deref() {
            Err(_) | Ok("" | "chromium") => Kind::Chromium,
            Ok(other) => panic!("MAILTRACE_BROWSER={other}: the tests know chromium."),
        }
    }

    /// The program that drives it, and the browser itself; each can be named in the environment.
    fn programs(self) -> (String, Option<String>) {
        match self {
            Kind::Chromium => (
                std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned()),
                std::env::var("CHROMIUM").ok(),
            ),
        }
    }

    /// A browser without a window, without a past, and quiet by itself.
    fn capabilities(self, binary: Option<String>, profile: &str) -> Value {
        match self {
            Kind::Chromium => {
                let profile = format!("--user-data-dir={profile}");
                let mut options = json!({ "args": [
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--window-size=1440,900",
                    format!("--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1"),
                    profile,
                ]});
                if let Some(binary) = binary {
                    options["binary"] = binary.into();
                }
                json!({
                    "browserName": "chrome",
                    "goog:chromeOptions": options,
                    "goog:loggingPrefs": { "browser": "ALL" },
                })
            }
        }
    }
}

/// A name for this machine that the browser trusts no more than any other on plain `http`.
pub(crate) const PLAIN_HOST: &str = "mailtrace.example";

/// A browser with a fresh profile; it ends with the value.
pub(crate) struct Driver {
    driver: Child,
    /// `http://127.0.0.1:port/session/id`.
    session: String,
    agent: ureq::Agent,
    _profile: Scratch,
}

/// An element of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element(String);

/// The key of an element's reference (WebDriver 11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What a command gives; the error is WebDriver's own name for it, and its words.
pub(crate) type Answer = Result<Value, String>;

impl Driver {
    pub(crate) fn start() -> Self {
        let kind = Kind::named();
        let (program, binary) = kind.programs();
        let mut driver = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        let mut words = BufReader::new(driver.stdout.take().unwrap());
        let port = port(&mut words).unwrap_or_else(|| panic!("{program} names no port"));
        // It goes on talking; nobody listens, but its pipe must not fill.
        std::thread::spawn(move || std::io::copy(&mut words, &mut std::io::sink()));

        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        let profile = Scratch::new();
        let capabilities = kind.capabilities(binary, &profile.at("profile"));
        let mut driver = Self {
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
            agent,
            _profile: profile,
        };
        let made = driver.post(
            "",
            json!({ "capabilities": { "alwaysMatch": capabilities } }),
        );
        let made = made.unwrap_or_else(|error| panic!("the browser does not start: {error}"));
        let id = made["sessionId"].as_str().unwrap();
        driver.session = format!("{}/{id}", driver.session);
        driver
            .post("/timeouts", json!({ "script": 60_000 }))
            .unwrap();
        driver
    }

    /// The process that everything of the browser descends from.
    pub(crate) fn pid(&self) -> u32 {
        self.driver.id()
    }

    pub(crate) fn go(&self, url: &str) {
        self.post("/url", json!({ "url": url })).unwrap();
    }

    pub(crate) fn reload(&self) {
        self.post("/refresh", json!({})).unwrap();
    }

    /// Opens another tab and turns to it; gives the handles of the former one and of the new.
    pub(crate) fn new_tab(&self) -> (String, String) {
        let former = self.get("/window").unwrap();
        let new = self.post("/window/new", json!({ "type": "tab" })).unwrap();
        let new = new["handle"].as_str().unwrap().to_owned();
        self.turn_to(&new);
        (former.as_str().unwrap().to_owned(), new)
    }

    pub(crate) fn turn_to(&self, tab: &str) {
        self.post("/window", json!({ "handle": tab })).unwrap();
    }

    /// Runs a function's body in the page; gives what it returns, or what its promise becomes.
    pub(crate) fn run(&self, body: &str, arguments: Value) -> Answer {
        self.post(
            "/execute/sync",
            json!({ "script": body, "args": arguments }),
        )
    }

    /// The elements that a CSS selector names, inside another or in the whole page.
    pub(crate) fn all(&self, inside: Option<&Element>, selector: &str) -> Vec<Element> {
        let path = match inside {
            Some(element) => format!("/element/{}/elements", element.0),
            None => "/elements".to_owned(),
        };
        let found = self.post(&path, json!({ "using": "css selector", "value": selector }));
        // An element that is gone has nothing inside.
        let found = found.unwrap_or_default();
        let elements = found.as_array().into_iter().flatten();
        elements
            .filter_map(|one| Some(Element(one[ELEMENT].as_str()?.to_owned())))
            .collect()
    }

    /// Role and name as a screen reader is told them; none for an element that is gone.
    pub(crate) fn role_and_name(&self, element: &Element) -> Option<(String, String)> {
        let ask = |what: &str| {
            let answer = self.get(&format!("/element/{}/{what}", element.0)).ok()?;
            Some(answer.as_str()?.to_owned())
        };
        Some((ask("computedrole")?, ask("computedlabel")?))
    }

    /// The element as it stands in the document, if it is on the page to be seen.
    pub(crate) fn visible_source(&self, element: &Element) -> Option<String> {
        let script = "const [one] = arguments; return one.checkVisibility({ visibilityProperty: true }) ? one.outerHTML : null";
        let source = self.run(script, json!([{ ELEMENT: element.0 }])).ok()?;
        Some(source.as_str()?.to_owned())
    }

    pub(crate) fn click(&self, element: &Element) -> Answer {
        self.post(&format!("/element/{}/click", element.0), json!({}))
    }

    /// Types into a field; into a field for files, their paths.
    pub(crate) fn type_into(&self, element: &Element, text: &str) -> Answer {
        self.post(
            &format!("/element/{}/value", element.0),
            json!({ "text": text }),
        )
    }

    /// Presses one key and lets it go.
    pub(crate) fn press(&self, key: &str) {
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": [
            { "type": "keyDown", "value": key },
            { "type": "keyUp", "value": key },
        ]}]});
        self.post("/actions", actions).unwrap();
    }

    /// The page as a picture: PNG, in base64.
    pub(crate) fn screenshot(&self) -> String {
        self.get("/screenshot")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// What the console has been told since it was last asked.
    pub(crate) fn console(&self) -> Vec<String> {
        let log = self.post("/se/log", json!({ "type": "browser" })).unwrap();
        let entries = log.as_array().into_iter().flatten();
        entries
            .map(|entry| format!("{}: {}", entry["level"], entry["message"]))
            .collect()
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", body)
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.session);
        answer(self.agent.get(url).call())
    }

    fn post(&self, path: &str, body: Value) -> Answer {
        let url = format!("{}{path}", self.session);
        answer(self.agent.post(url).send_json(body))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser first: without its driver nobody would end it.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// `ChromeDriver was started successfully on port 40517.`
fn port(words: &mut impl BufRead) -> Option<u16> {
    for line in words.lines() {
        let line = line.ok()?;
        let port = line.rsplit_once("successfully on port ");
        if let Some((_, port)) = port {
            return port.trim_end_matches('.').parse().ok();
        }
    }
    None
}

fn answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = response.map_err(|error| error.to_string())?;
    let well = response.status().is_success();
    let body = response.body_mut().with_config().limit(64 << 20);
    let mut body: Value = body.read_json().map_err(|error| error.to_string())?;
    let value = body["value"].take();
    match well {
        true => Ok(value),
        false => Err(format!("{}: {}", value["error"], value["message"])),
    }
}
