//! The page, with verbs that read like use.
//!
//! Everything that is looked for is waited for: a verb fails once a deadline has passed, and then says
//! what the page showed instead. Elements are found by role and accessible name.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xtask::server::Server;

use crate::driver::{Driver, Element, PLAIN_HOST};
use crate::{fixture, memory};

/// What is waited for has so long, unless a test knows that it takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(25);

/// One browser at a time: two would measure each other.
static TURN: Mutex<()> = Mutex::new(());

/// A fresh browser with the page open in it, and the server that the page came from.
pub struct Page {
    driver: Driver,
    server: Server,
    url: String,
    tabs: Vec<String>,
    patience: Duration,
    _turn: MutexGuard<'static, ()>,
}

/// A row of the table, as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub date: String,
    pub sender: String,
    pub recipient: String,
    pub subject: String,
    pub status: String,
    pub why: String,
}

/// A raw line of the detail's evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// File and line number, as they are shown.
    pub place: String,
    pub text: String,
    pub decides: bool,
}

/// How many objects the browser keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub imports: u64,
    pub sources: u64,
    pub segments: u64,
    pub blocks: u64,
}

impl Page {
    /// Opens the page in a browser that was never there before.
    pub fn open() -> Self {
        Self::open_at(|url| url)
    }

    /// Opens it by a name, over plain `http`: no secure context, so that a browser withholds locks,
    /// persistent storage, the clipboard and more.
    pub fn open_insecure() -> Self {
        Self::open_at(|url| url.replace("127.0.0.1", PLAIN_HOST))
    }

    fn open_at(named: fn(String) -> String) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let dist = dist();
        assert!(
            dist.join("index.html").is_file(),
            "There is no page at {}: run `cargo xtask build`, or name it in MAILTRACE_DIST.",
            dist.display()
        );
        let server = Server::start(&dist, "/mailtrace/", 0).unwrap();
        let page = Self {
            driver: Driver::start(),
            url: named(server.url()),
            server,
            tabs: Vec::new(),
            patience: PATIENCE,
            _turn: turn,
        };
        page.driver.go(&page.url);
        page.sees("What happened to this e-mail?");
        page
    }

    /// Waits longer than usual from here on.
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub fn reload(&self) {
        self.driver.reload();
        self.is_open();
    }

    /// Waits until the page has taken up what is kept, or says that nothing is.
    fn is_open(&self) {
        self.until("the page is open", || {
            self.holds("What happened to this e-mail?")
                || self.row_count().is_some()
                || self.title().starts_with("Imports")
        });
    }

    /// Goes to one of the page's pages.
    pub fn go(&self, place: &str) {
        self.until(&format!("there is a way to {place:?}"), || {
            self.seek("a", Some("link"), place)
                .is_some_and(|element| self.driver.click(&element).is_ok())
        });
    }

    /// The window's title.
    pub fn title(&self) -> String {
        self.text_of("return document.title", json!([]))
    }

    /// Opens the page in one more tab, and turns to it.
    pub fn open_tab(&mut self) {
        let (former, new) = self.driver.new_tab();
        if self.tabs.is_empty() {
            self.tabs.push(former);
        }
        self.tabs.push(new);
        self.driver.go(&self.url);
        self.is_open();
    }

    /// Turns to a tab, counted from 0 in the order in which they were opened.
    pub fn turn_to_tab(&self, index: usize) {
        self.driver.turn_to(&self.tabs[index]);
    }

    /// Drops files and folders on the window: paths, or names below `tests/fixtures`.
    pub fn drop(&self, paths: &[&str]) {
        let files: Vec<String> = paths.iter().map(|path| absolute(path)).collect();
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        for step in ["dragEnter", "dragOver", "drop"] {
            self.driver.devtools(
                "Input.dispatchDragEvent",
                json!({ "type": step, "x": 300, "y": 300, "data": data }),
            );
        }
    }

    /// Chooses files with the button for it.
    pub fn choose(&self, paths: &[&str]) {
        let files: Vec<String> = paths.iter().map(|path| absolute(path)).collect();
        let input = self.find("input[type=file]", None, "Choose files");
        self.driver.type_into(&input, &files.join("\n")).unwrap();
    }

    pub fn search_sender(&self, text: &str) {
        self.fill("Sender", text);
    }

    pub fn search_recipients(&self, text: &str) {
        self.fill("Recipients", text);
    }

    pub fn search_message_id(&self, text: &str) {
        self.fill("Message ID", text);
    }

    /// Writes into a field, in place of what it holds.
    pub fn fill(&self, field: &str, text: &str) {
        const CONTROL_A: &str = "\u{E009}a\u{E000}";
        const BACKSPACE: &str = "\u{E003}";
        // With a list to choose from, a field is a combobox.
        let element = self.find("input[type=text], textarea", None, field);
        let keys = format!("{CONTROL_A}{BACKSPACE}{text}");
        self.driver.type_into(&element, &keys).unwrap();
    }

    /// Presses the button whose name is this, or begins with it.
    pub fn press(&self, button: &str) {
        self.until(&format!("the button {button:?} can be pressed"), || {
            self.seek("button", Some("button"), button)
                .is_some_and(|element| self.driver.click(&element).is_ok())
        });
    }

    /// Chooses from a list.
    pub fn choose_option(&self, list: &str, option: &str) {
        let list = self.find("select", Some("combobox"), list);
        let mut options = self.driver.all(Some(&list), "option").into_iter();
        let is_it = |element: &Element| {
            let name = self.driver.role_and_name(element);
            name.is_some_and(|(_, name)| squeezed(&name) == option)
        };
        let chosen = options.find(is_it);
        let chosen = chosen.unwrap_or_else(|| panic!("there is an option {option:?}"));
        self.driver.click(&chosen).unwrap();
    }

    /// Ticks the box whose name is this, or begins with it.
    pub fn tick(&self, name: &str) {
        let element = self.find("input[type=checkbox]", Some("checkbox"), name);
        self.driver.click(&element).unwrap();
    }

    /// Presses a key: a character, `Enter`, `Escape`, `ArrowDown`, `ArrowUp`.
    pub fn key(&self, key: &str) {
        self.driver.press(match key {
            "Enter" => "\u{E007}",
            "Escape" => "\u{E00C}",
            "ArrowUp" => "\u{E013}",
            "ArrowDown" => "\u{E015}",
            "End" => "\u{E010}",
            "Home" => "\u{E011}",
            one => one,
        });
    }

    /// Presses a row.
    pub fn open_row(&self, index: usize) {
        self.until(&format!("row {index} can be opened"), || {
            let rows = self.driver.all(None, "[role=row][aria-selected]");
            rows.get(index)
                .is_some_and(|row| self.driver.click(row).is_ok())
        });
    }

    /// What the page of imports says of a source; empty where it is not listed.
    pub fn source(&self, name: &str) -> String {
        let script = "return [...document.querySelectorAll('[aria-label=Sources] article')]
            .find(one => one.querySelector('h3').innerText.trim() === arguments[0])?.innerText ?? ''";
        squeezed(&self.text_of(script, json!([name])))
    }

    /// Waits until the page of imports says something of a source.
    pub fn source_says(&self, name: &str, words: &str) {
        self.until(&format!("it is said of {name} that {words:?}"), || {
            self.source(name).contains(words)
        });
    }

    /// Corrects what a source leaves out of a host: fields and what they are to hold.
    pub fn correct(&self, host: &str, fields: &[(&str, &str)]) {
        self.press(&format!("Correct {host}…"));
        for (field, text) in fields {
            self.fill(field, text);
        }
        self.press("Apply");
    }

    /// The recipients that the open detail lists, each as `address status`, deeper ones behind more
    /// dots.
    pub fn tree(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('[aria-label=Recipients] [aria-current], [aria-label=Recipients] li > div button:not([aria-expanded])')]
            .map(one => {
                let depth = 0;
                for (let up = one.closest('li'); up = up.parentElement.closest('li');) depth++;
                return '.'.repeat(depth) + one.innerText;
            })";
        let rows = self.driver.run(script, json!([])).unwrap();
        let rows = rows.as_array().into_iter().flatten();
        rows.filter_map(|row| Some(squeezed(row.as_str()?)))
            .collect()
    }

    /// Presses the first row of a recipient.
    pub fn open_recipient(&self, recipient: &str) {
        self.until(&format!("there is a row of {recipient}"), || {
            self.recipients().iter().any(|one| one == recipient)
        });
        let at = self.recipients().iter().position(|one| one == recipient);
        self.open_row(at.unwrap());
    }

    /// Waits for the detail; gives its text.
    pub fn detail(&self) -> String {
        self.wait("the detail is open", || self.open_detail())
    }

    /// The text of the detail that is open now.
    pub fn open_detail(&self) -> Option<String> {
        let script = "return document.querySelector('aside[aria-label=Delivery]')?.innerText";
        let text = self.driver.run(script, json!([])).unwrap();
        Some(squeezed(text.as_str()?))
    }

    /// The value that the detail gives under a title.
    pub fn fact(&self, title: &str) -> String {
        self.text_of(
            "return [...document.querySelectorAll('aside[aria-label=Delivery] dt')]
                .find(dt => dt.innerText.trim() === arguments[0])?.nextElementSibling.innerText ?? ''",
            json!([title]),
        )
    }

    /// The message events: date, event and detail each.
    pub fn events(&self) -> Vec<[String; 3]> {
        let script =
            "return [...document.querySelectorAll('[aria-label=\"Message events\"] tbody tr')]
            .map(row => [...row.cells].map(cell => cell.innerText))";
        let rows = self.driver.run(script, json!([])).unwrap();
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| [0, 1, 2].map(|at| squeezed(row[at].as_str().unwrap_or_default())))
            .collect()
    }

    /// The raw lines, once they are read.
    pub fn lines(&self) -> Vec<Line> {
        let script = "return [...document.querySelectorAll('[aria-label=Evidence] li')]
            .map(line => [line.querySelector('p').innerText, line.querySelector('pre').textContent])";
        self.wait("the raw lines are read", || {
            let lines = self.driver.run(script, json!([])).ok()?;
            let lines: Vec<Line> = lines
                .as_array()?
                .iter()
                .map(|line| {
                    let place = squeezed(line[0].as_str().unwrap_or_default());
                    Line {
                        decides: place.contains("decides the status"),
                        place,
                        text: line[1].as_str().unwrap_or_default().to_owned(),
                    }
                })
                .collect();
            (!lines.is_empty()).then_some(lines)
        })
    }

    /// How many rows the table has in all; none where there is no table.
    pub fn row_count(&self) -> Option<u64> {
        let script = "return document.querySelector('[role=grid]')?.ariaRowCount";
        let count = self.driver.run(script, json!([])).ok()?;
        count.as_str()?.parse::<u64>().ok()?.checked_sub(1)
    }

    /// Waits until the table has so many rows.
    pub fn has_rows(&self, count: u64) {
        self.until(&format!("there are {count} rows"), || {
            self.row_count().unwrap_or(0) == count
        });
    }

    /// The rows that are in the document, from the top.
    pub fn rows(&self) -> Vec<Row> {
        let script = "return [...document.querySelectorAll('[role=row][aria-selected]')]
            .map(row => [...row.querySelectorAll('[role=gridcell]')].map(cell => cell.innerText))";
        self.wait("the rows are here", || {
            let rows = self.driver.run(script, json!([])).ok()?;
            rows.as_array()?.iter().map(row).collect()
        })
    }

    /// Waits until the rows that are in the document are as they should be.
    pub fn rows_are(&self, what: &str, right: impl Fn(&[Row]) -> bool) {
        self.until(what, || right(&self.rows()));
    }

    /// The recipient of each row, from the top.
    pub fn recipients(&self) -> Vec<String> {
        self.rows().into_iter().map(|row| row.recipient).collect()
    }

    /// Waits until the page shows these words.
    pub fn sees(&self, words: &str) {
        self.until(&format!("the page says {words:?}"), || self.holds(words));
    }

    /// Waits until the page does not show these words.
    pub fn sees_no(&self, words: &str) {
        self.until(&format!("the page no longer says {words:?}"), || {
            !self.holds(words)
        });
    }

    /// Whether the page shows these words now.
    pub fn holds(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// All that can be read on the page, each run of spaces as one.
    pub fn text(&self) -> String {
        let script = "return document.body?.innerText ?? ''";
        squeezed(&self.text_of(script, json!([])))
    }

    /// Whether an import is under way.
    pub fn is_importing(&self) -> bool {
        let script =
            "return document.querySelector('[role=progressbar][aria-label=Import]') !== null";
        self.driver.run(script, json!([])) == Ok(Value::Bool(true))
    }

    /// What has the focus: its role and name.
    pub fn focus(&self) -> (String, String) {
        let focused = self.driver.all(None, ":focus");
        focused
            .first()
            .and_then(|element| self.driver.role_and_name(element))
            .unwrap_or_default()
    }

    /// What the browser keeps; nothing where there is no database.
    pub fn stored(&self) -> Stored {
        let script = "
            const names = (await indexedDB.databases()).map(one => one.name);
            if (!names.includes('mailtrace')) return {};
            const done = request => new Promise((take, fail) => {
                request.onsuccess = () => take(request.result);
                request.onerror = () => fail(request.error);
            });
            const database = await done(indexedDB.open('mailtrace'));
            const stores = [...database.objectStoreNames];
            const read = database.transaction(stores);
            const counts = await Promise.all(stores.map(store => done(read.objectStore(store).count())));
            database.close();
            return Object.fromEntries(stores.map((store, at) => [store, counts[at]]));";
        let script = format!("return (async () => {{ {script} }})()");
        let counts = self.driver.run(&script, json!([])).unwrap();
        let count = |store: &str| counts[store].as_u64().unwrap_or(0);
        Stored {
            imports: count("imports"),
            sources: count("sources"),
            segments: count("segments"),
            blocks: count("blocks"),
        }
    }

    /// Lets the browser keep so many bytes for the page, and no more.
    pub fn limit_storage(&self, bytes: u64) {
        let origin = self.url.trim_end_matches("/mailtrace/");
        self.driver.devtools(
            "Storage.overrideQuotaForOrigin",
            json!({ "origin": origin, "quotaSize": bytes }),
        );
    }

    /// Bytes that all processes of the browser hold.
    pub fn memory(&self) -> u64 {
        memory::of_tree(self.driver.pid())
    }

    /// The paths that the server was asked for so far.
    pub fn requests(&self) -> Vec<String> {
        self.server.requests()
    }

    /// What this tab has fetched since it was loaded, from wherever.
    pub fn fetched(&self) -> Vec<String> {
        let script = "return performance.getEntriesByType('resource').map(one => one.name)";
        let names = self.driver.run(script, json!([])).unwrap();
        let names = names.as_array().into_iter().flatten();
        names
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect()
    }

    /// Tries to fetch something, as a script that got in would; whether it is let.
    pub fn can_fetch(&self, url: &str) -> bool {
        let script = "return fetch(arguments[0]).then(() => true, () => false)";
        self.driver.run(script, json!([url])) == Ok(Value::Bool(true))
    }

    /// Where the page is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What can be pressed or filled in but has no name for a screen reader; a browser needs a moment
    /// to name what has just appeared.
    pub fn nameless(&self) -> Vec<String> {
        const MOMENT: Duration = Duration::from_secs(2);
        let selector = "a, button, input, textarea, select, summary, [role=grid], dialog:modal";
        let named = |element: &Element| {
            let name = self.driver.role_and_name(element);
            name.is_none_or(|(_, name)| !name.trim().is_empty())
        };
        let begun = Instant::now();
        loop {
            let elements = self.reachable(selector).into_iter();
            let nameless: Vec<String> = elements
                .filter(|element| !named(element))
                .filter_map(|element| self.driver.visible_source(&element))
                .collect();
            if nameless.is_empty() || begun.elapsed() > MOMENT {
                return nameless;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// What the console has been told since it was last asked.
    pub fn console(&self) -> Vec<String> {
        self.driver.console()
    }

    /// Makes the screen so large, and the system light or dark.
    pub fn look(&self, scheme: &str, width: u32, height: u32) {
        self.driver.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        );
        self.driver.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
    }

    /// The colour that the page stands on: red, green, blue.
    pub fn background(&self) -> [u32; 3] {
        let script = "
            const canvas = document.createElement('canvas').getContext('2d');
            canvas.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
            canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data]";
        let colour = self.driver.run(script, json!([])).unwrap();
        [0, 1, 2].map(|at| colour[at].as_u64().unwrap() as u32)
    }

    /// How many pixels wide the screen is.
    pub fn width(&self) -> u32 {
        let width = self.driver.run("return innerWidth", json!([])).unwrap();
        width.as_u64().unwrap_or(0) as u32
    }

    /// How many pixels the page is wider than the screen.
    pub fn overhang(&self) -> i64 {
        let script = "const page = document.documentElement; return page.scrollWidth - innerWidth";
        self.driver
            .run(script, json!([]))
            .unwrap()
            .as_i64()
            .unwrap()
    }

    /// Writes a picture for people to look at: `target/screenshots/<name>.png`.
    pub fn picture(&self, name: &str) {
        let folder = root().join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let png = STANDARD.decode(self.driver.screenshot()).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }

    /// Waits until something holds.
    pub fn until(&self, what: &str, holds: impl Fn() -> bool) {
        self.wait(what, || holds().then_some(()));
    }

    fn wait<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(
                begun.elapsed() < self.patience,
                "After {} s it is still not so that {what}. The page says:\n{}\nThe console says: {:?}",
                self.patience.as_secs(),
                self.text(),
                self.console(),
            );
            std::thread::sleep(LOOK);
        }
    }

    fn find(&self, selector: &str, role: Option<&str>, name: &str) -> Element {
        self.wait(&format!("there is {selector} called {name:?}"), || {
            self.seek(selector, role, name)
        })
    }

    /// The element of this name, or else the first whose name begins so.
    fn seek(&self, selector: &str, role: Option<&str>, name: &str) -> Option<Element> {
        let mut second = None;
        for element in self.reachable(selector) {
            let Some((its_role, its_name)) = self.driver.role_and_name(&element) else {
                continue;
            };
            let its_name = squeezed(&its_name);
            if role.is_none_or(|role| role == its_role) && its_name.starts_with(name) {
                if its_name == name {
                    return Some(element);
                }
                second.get_or_insert(element);
            }
        }
        second
    }

    /// Elements by a CSS selector; behind a modal dialog nothing can be reached.
    fn reachable(&self, selector: &str) -> Vec<Element> {
        let dialog = self.driver.all(None, "dialog:modal").into_iter().next();
        self.driver.all(dialog.as_ref(), selector)
    }

    fn text_of(&self, script: &str, arguments: Value) -> String {
        let text = self.driver.run(script, arguments).unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }
}

fn row(cells: &Value) -> Option<Row> {
    let cell = |at: usize| Some(squeezed(cells.get(at)?.as_str()?));
    Some(Row {
        date: cell(0)?,
        sender: cell(1)?,
        recipient: cell(2)?,
        subject: cell(3)?,
        status: cell(4)?,
        why: cell(5)?,
    })
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn absolute(path: &str) -> String {
    match Path::new(path).is_absolute() {
        true => path.to_owned(),
        false => fixture(path),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The built page that is tested.
fn dist() -> PathBuf {
    std::env::var_os("MAILTRACE_DIST").map_or_else(|| root().join("dist"), PathBuf::from)
}
