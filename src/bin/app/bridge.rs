//! The way to the workers, and the only file of the page that knows them.
//!
//! The worker's script and program are fetched once, when the page loads; every worker, however late,
//! starts from that. One worker is the engine, for as long as the page lives; a reader is started for
//! each drop and ended after it, since a worker's memory never shrinks.

pub mod zone;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Date, Object, Reflect, WebAssembly};
use leptos::task::spawn_local;
use mailtrace::protocol::{FileName, Notice, ReaderOrder, Reply, Request};
use mailtrace::time::Zone;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, File, MessageChannel, MessageEvent, Url, Worker,
    WorkerOptions,
};

use crate::served::{address, body, fetch, meta};

/// Behind the worker's script: waits for what the worker begins with and starts its program. A promise
/// that fails with nobody waiting becomes an error, so that the page hears of it.
const START: &str = "\nonunhandledrejection=e=>{throw e.reason};onmessage=e=>{onmessage=null;self.mailtrace=e.data;wasm_bindgen({module_or_path:e.data.module})};";

/// An engine that has died so often within a minute is not started again.
const DEATHS: usize = 3;
const MINUTE: f64 = 60_000.0;

const NO_SERVER: &str = "Mailtrace was opened as a file, and browsers start no workers from files. It wants a web server; any will do, on this machine too.";

/// The way to the engine. A clone is the same way.
#[derive(Clone)]
pub struct Bridge {
    inner: Rc<Inner>,
}

struct Inner {
    on_reply: Box<dyn Fn(Reply)>,
    program: RefCell<Option<Program>>,
    engine: RefCell<Option<Running>>,
    /// Whether the engine has said its first word; until then all letters wait.
    ready: Cell<bool>,
    letters: RefCell<Vec<Letter>>,
    /// By drop.
    readers: RefCell<BTreeMap<u32, Running>>,
    last_batch: Cell<u32>,
    zone: RefCell<Option<Zone>>,
    /// When the engine died, in milliseconds.
    deaths: RefCell<Vec<f64>>,
}

/// What every worker is started from.
struct Program {
    /// Address of the script, as a blob.
    script: String,
    module: JsValue,
    build: String,
}

/// A worker, ended when this is dropped.
struct Running {
    worker: Worker,
    _hear: Closure<dyn FnMut(MessageEvent)>,
    _died: Closure<dyn FnMut(ErrorEvent)>,
}

enum Letter {
    Ask(Request),
    Import {
        batch: u32,
        files: Vec<(FileName, File)>,
    },
}

impl Bridge {
    /// Fetches the worker and starts the engine.
    pub fn start(on_reply: impl Fn(Reply) + 'static) -> Bridge {
        let bridge = Bridge {
            inner: Rc::new(Inner {
                on_reply: Box::new(on_reply),
                program: RefCell::default(),
                engine: RefCell::default(),
                ready: Cell::new(false),
                letters: RefCell::default(),
                readers: RefCell::default(),
                last_batch: Cell::new(0),
                zone: RefCell::default(),
                deaths: RefCell::default(),
            }),
        };
        let starting = bridge.clone();
        spawn_local(async move {
            match Program::fetch().await {
                Ok(program) => {
                    starting.inner.program.replace(Some(program));
                    starting.start_engine();
                }
                Err(error) => starting.say_not_started(&error),
            }
        });
        bridge
    }

    /// Asks the engine.
    pub fn ask(&self, request: Request) {
        self.send(Letter::Ask(request));
    }

    /// Has files read, and gives the number under which their progress is told.
    pub fn import(&self, files: Vec<(FileName, File)>) -> u32 {
        let batch = self.inner.last_batch.get() + 1;
        self.inner.last_batch.set(batch);
        self.send(Letter::Import { batch, files });
        batch
    }

    /// Ends the reading of a drop.
    pub fn cancel(&self, batch: u32) {
        self.send(Letter::Ask(Request::Cancel { batch }));
    }

    fn send(&self, letter: Letter) {
        if self.inner.ready.get() {
            self.deliver(letter);
        } else {
            self.inner.letters.borrow_mut().push(letter);
        }
    }

    fn deliver(&self, letter: Letter) {
        match letter {
            Letter::Ask(request) => {
                if let Request::Cancel { batch } = &request {
                    self.end_reader(*batch);
                }
                self.request(&request);
            }
            Letter::Import { batch, files } => {
                let (names, files): (Vec<FileName>, Array) = files.into_iter().unzip();
                self.request(&Request::Import {
                    batch,
                    files: names.clone(),
                });
                if let Err(error) = self.start_reader(batch, names, &files) {
                    self.reader_died(batch, &words(&error));
                }
            }
        }
    }

    fn request(&self, request: &Request) {
        if let (Some(engine), Ok(text)) =
            (&*self.inner.engine.borrow(), serde_json::to_string(request))
        {
            // Text can always be cloned.
            let _ = engine.worker.post_message(&text.into());
        }
    }

    fn start_engine(&self) {
        let (hearing, dying) = (self.clone(), self.clone());
        let started = self.start_worker(
            "engine",
            &[],
            &Array::new(),
            move |reply| hearing.receive(reply),
            move |why| dying.engine_died(&why),
        );
        match started {
            Ok(engine) => {
                self.inner.engine.replace(Some(engine));
            }
            Err(error) => self.say_not_started(&error),
        }
    }

    /// One reader reads all files of a drop, in order; this is where several would share them.
    fn start_reader(&self, batch: u32, names: Vec<FileName>, files: &Array) -> Result<(), JsValue> {
        let channel = MessageChannel::new()?;
        let order = ReaderOrder {
            batch,
            files: names,
            assumed: self.zone(),
        };
        let order =
            serde_json::to_string(&order).map_err(|error| JsError::new(&error.to_string()))?;
        if let Some(engine) = &*self.inner.engine.borrow() {
            let port = channel.port1();
            let message = Array::of2(&batch.into(), &port);
            engine
                .worker
                .post_message_with_transfer(&message, &Array::of1(&port))?;
        }
        let port = channel.port2();
        let dying = self.clone();
        let reader = self.start_worker(
            "reader",
            &[
                ("order", order.into()),
                ("files", files.into()),
                ("port", port.clone().into()),
            ],
            &Array::of1(&port),
            |_| {},
            move |why| dying.reader_died(batch, &why),
        )?;
        self.inner.readers.borrow_mut().insert(batch, reader);
        Ok(())
    }

    /// Starts a worker; `died` is called at most once, with the reason.
    fn start_worker(
        &self,
        role: &str,
        begin_with: &[(&str, JsValue)],
        transfer: &Array,
        reply: impl Fn(Reply) + 'static,
        died: impl Fn(String) + 'static,
    ) -> Result<Running, JsValue> {
        let program = self.inner.program.borrow();
        let program = program.as_ref().ok_or("The program is not loaded.")?;
        let options = WorkerOptions::new();
        options.set_name(role);
        let worker = Worker::new_with_options(&program.script, &options)?;
        let died = Rc::new(died);
        let last_words = Rc::clone(&died);
        let hear = Closure::new(move |event: MessageEvent| {
            let data = event.data();
            match data.as_string() {
                Some(text) => {
                    // Page and worker are of one build: what one writes, the other reads.
                    if let Ok(told) = serde_json::from_str(&text) {
                        reply(told);
                    }
                }
                None => last_words(words(&data)),
            }
        });
        let died = Closure::new(move |event: ErrorEvent| {
            event.prevent_default();
            died(event.message());
        });
        worker.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        worker.set_onerror(Some(died.as_ref().unchecked_ref()));
        let begin = Object::new();
        Reflect::set(&begin, &"module".into(), &program.module)?;
        Reflect::set(&begin, &"build".into(), &program.build.as_str().into())?;
        for (name, value) in begin_with {
            Reflect::set(&begin, &(*name).into(), value)?;
        }
        worker.post_message_with_transfer(&begin, transfer)?;
        Ok(Running {
            worker,
            _hear: hear,
            _died: died,
        })
    }

    fn receive(&self, reply: Reply) {
        if let Reply::Progress {
            batch, ended: true, ..
        } = &reply
        {
            self.end_reader(*batch);
        }
        let ready = matches!(reply, Reply::Ready { .. });
        (self.inner.on_reply)(reply);
        if ready {
            self.inner.ready.set(true);
            for letter in self.inner.letters.take() {
                self.deliver(letter);
            }
        }
    }

    fn end_reader(&self, batch: u32) {
        // Bound to a name so that the map is free again when the worker ends.
        let _reader = self.inner.readers.borrow_mut().remove(&batch);
    }

    fn reader_died(&self, batch: u32, why: &str) {
        self.end_reader(batch);
        self.say(format!(
            "The reading of files stopped unexpectedly ({why}). Those that were read to their end are here; drop the others again."
        ));
        self.ask(Request::Cancel { batch });
    }

    /// Starts the engine again; what is kept in the browser it takes up by itself.
    fn engine_died(&self, why: &str) {
        self.inner.ready.set(false);
        let _engine = self.inner.engine.take();
        let readers = self.inner.readers.take();
        let now = Date::now();
        let deaths = {
            let mut deaths = self.inner.deaths.borrow_mut();
            deaths.retain(|death| now - death < MINUTE);
            deaths.push(now);
            deaths.len()
        };
        let unread = match readers.is_empty() {
            true => "",
            false => " Files that were being read are not: drop them again.",
        };
        for batch in readers.into_keys() {
            (self.inner.on_reply)(Reply::Progress {
                batch,
                files: Vec::new(),
                ended: true,
            });
        }
        if deaths < DEATHS {
            self.say(format!(
                "The part of Mailtrace that holds the data stopped unexpectedly ({why}) and was started again.{unread}"
            ));
            let again = self.clone();
            spawn_local(async move { again.start_engine() });
        } else {
            self.say(format!(
                "The part of Mailtrace that holds the data stops again and again ({why}), so it was not started another time.{unread} Reload the page to try once more."
            ));
        }
    }

    fn zone(&self) -> Zone {
        let mut zone = self.inner.zone.borrow_mut();
        zone.get_or_insert_with(zone::browsers).clone()
    }

    fn say(&self, text: String) {
        let notice = Notice { grave: true, text };
        (self.inner.on_reply)(Reply::Notice { notice });
    }

    fn say_not_started(&self, error: &JsValue) {
        let location = web_sys::window().map(|window| window.location());
        let protocol = location.and_then(|location| location.protocol().ok());
        self.say(match protocol.as_deref() {
            Some("file:") => NO_SERVER.to_owned(),
            _ => format!(
                "Mailtrace could not start its workers ({}). Reload the page to try again; if that doesn't help, it may be that the browser is too old or forbids workers here.",
                words(error)
            ),
        });
    }
}

impl Program {
    /// The one time that the network is asked for the worker.
    async fn fetch() -> Result<Program, JsValue> {
        let (script, program) = (
            fetch(&named("mailtrace-worker", "./worker.js")?)?,
            fetch(&named("mailtrace-worker-wasm", "./worker_bg.wasm")?)?,
        );
        let script = JsFuture::from(body(script).await?.text()?).await?;
        let bytes = JsFuture::from(body(program).await?.array_buffer()?).await?;
        let module =
            JsFuture::from(WebAssembly::compile(bytes.unchecked_ref::<ArrayBuffer>())).await?;

        let javascript = BlobPropertyBag::new();
        javascript.set_type("text/javascript");
        let parts = Array::of2(&script, &START.into());
        let blob = Blob::new_with_str_sequence_and_options(&parts, &javascript)?;
        let version = env!("CARGO_PKG_VERSION");
        let build = match meta("mailtrace-build") {
            Some(build) => format!("{version}+{build}"),
            None => version.to_owned(),
        };
        Ok(Program {
            script: Url::create_object_url_with_blob(&blob)?,
            module,
            build,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The address that a `<meta>` gives for one of the worker's files.
fn named(meta_name: &str, otherwise: &str) -> Result<String, JsValue> {
    address(&meta(meta_name).unwrap_or_else(|| otherwise.to_owned()))
}

fn words(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error
            .as_string()
            .unwrap_or_else(|| "no reason given".to_owned()),
    }
}
