//! The engine's role: a shell around the library's engine.
//!
//! It hands in what comes from the page, the readers and the store, steps while there is work, and
//! carries out what the engine orders. After every step it lets the browser's other tasks in, by way of
//! a message to itself: a timer would wait, a microtask would let nobody in.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use mailtrace::engine::{Effect, Engine, Input, StoreNews, StoreOrder};
use mailtrace::protocol::{Notice, Reply, Request, Storage};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessagePort, Performance};

use crate::credit::Credit;
use crate::memory::Memory;
use crate::port::{SLICE_DONE, TAKEN, listener};
use crate::store::{Ears, Store};

/// Milliseconds of work before others are let in.
const BREATH: f64 = 8.0;
/// Bytes of puts under way at which readers have to wait.
const UNDER_WAY: u64 = 64 << 20;
const STORE: &str = "mailtrace";

struct Shell {
    scope: DedicatedWorkerGlobalScope,
    clock: Option<Performance>,
    engine: RefCell<Engine>,
    /// What has come since the last turn.
    inbox: RefCell<Vec<Input>>,
    store: RefCell<Keeping>,
    /// Segments that the store may hand in while it loads; renewed whenever the engine has nothing to do.
    loading: Credit,
    /// The readers of drops under way.
    readers: RefCell<BTreeMap<u32, MessagePort>>,
    /// Readers that wait for the store to catch up.
    waiting: RefCell<Vec<MessagePort>>,
    /// A message to here is the next turn.
    turns: MessagePort,
    due: Cell<bool>,
}

enum Keeping {
    /// The orders that came before the store was open.
    Opening(Vec<StoreOrder>),
    Disk(Store),
    Memory(Memory),
}

pub(crate) fn start(scope: DedicatedWorkerGlobalScope, build: &str) {
    let Ok(channel) = MessageChannel::new() else {
        crate::last_words("This browser has no message channels.");
        return;
    };
    let seed = getrandom::u64().unwrap_or_default();
    let shell = Rc::new(Shell {
        clock: scope.performance(),
        scope,
        engine: RefCell::new(Engine::new(build, seed)),
        inbox: RefCell::default(),
        store: RefCell::new(Keeping::Opening(Vec::new())),
        loading: Credit::new(1),
        readers: RefCell::default(),
        waiting: RefCell::default(),
        turns: channel.port1(),
        due: Cell::new(false),
    });
    let turn = listener({
        let shell = Rc::clone(&shell);
        move |_| shell.turn()
    });
    channel.port2().set_onmessage(Some(&turn));
    let from_page = listener({
        let shell = Rc::clone(&shell);
        move |data| shell.hear_page(&data)
    });
    shell.scope.set_onmessage(Some(&from_page));
    // The engine's first word is on its lips.
    shell.come_again();
    spawn_local(async move { shell.open_store().await });
}

impl Shell {
    /// A request, or the port to the reader of a drop: `[batch, port]`.
    fn hear_page(self: &Rc<Self>, data: &JsValue) {
        if let Some(text) = data.as_string() {
            // Page and worker are of one build: what one writes, the other reads.
            if let Ok(request) = serde_json::from_str::<Box<Request>>(&text) {
                if let Request::Cancel { batch } = &*request {
                    self.close(*batch);
                }
                self.take(Input::Request(request));
            }
            return;
        }
        let data = Array::from(data);
        let (batch, port) = (data.get(0), data.get(1));
        let (Some(batch), Ok(port)) = (batch.as_f64(), port.dyn_into::<MessagePort>()) else {
            return;
        };
        let from_reader = listener({
            let (shell, port) = (Rc::clone(self), port.clone());
            move |data| shell.hear_reader(&port, &data)
        });
        port.set_onmessage(Some(&from_reader));
        self.readers.borrow_mut().insert(batch as u32, port);
    }

    /// A report, `[json]` or `[json, bytes]`; or the word that a slice is read.
    fn hear_reader(&self, port: &MessagePort, data: &JsValue) {
        if data.is_string() {
            self.waiting.borrow_mut().push(port.clone());
            self.answer_readers();
            return;
        }
        let data = Array::from(data);
        let report = data.get(0).as_string();
        if let Some(Ok(report)) = report.map(|text| serde_json::from_str(&text)) {
            let bytes = data.get(1).dyn_into::<ArrayBuffer>();
            let bytes = bytes.map_or_else(|_| Vec::new(), |bytes| Uint8Array::new(&bytes).to_vec());
            self.take(Input::Reader { report, bytes });
        }
    }

    async fn open_store(self: Rc<Self>) {
        let ears = Ears {
            news: Rc::new({
                let shell = Rc::clone(&self);
                move |news| {
                    shell.take(Input::Store(news));
                    shell.answer_readers();
                }
            }),
            words: Rc::new({
                let shell = Rc::clone(&self);
                move |text| {
                    let notice = Notice { grave: true, text };
                    shell.reply(&Reply::Notice { notice });
                }
            }),
        };
        let opened = Store::open(STORE, ears).await;
        let (keeping, why) = match &opened {
            Ok(store) => (Keeping::Disk(store.clone()), None),
            Err(why) => (Keeping::Memory(Memory::default()), Some(why.clone())),
        };
        if let Some(why) = why {
            let storage = Storage::MemoryOnly { why };
            self.take(Input::Store(StoreNews::Opened { storage }));
            self.take(Input::Store(StoreNews::AllLoaded));
        }
        if let Keeping::Opening(orders) = self.store.replace(keeping) {
            orders.into_iter().for_each(|order| self.order(order));
        }
        if let Ok(store) = opened {
            store.load(&self.loading).await;
        }
    }

    fn take(&self, input: Input) {
        self.inbox.borrow_mut().push(input);
        self.come_again();
    }

    /// Makes sure that there is another turn.
    fn come_again(&self) {
        if !self.due.replace(true) {
            // `undefined` can always be cloned.
            let _ = self.turns.post_message(&JsValue::UNDEFINED);
        }
    }

    fn turn(&self) {
        self.due.set(false);
        let inbox = self.inbox.take();
        let mut engine = self.engine.borrow_mut();
        inbox.into_iter().for_each(|input| engine.take(input));
        let until = self.now() + BREATH;
        let work_left = engine.step(&mut || self.now() < until);
        let effects = engine.effects();
        drop(engine);
        effects
            .into_iter()
            .for_each(|effect| self.carry_out(effect));
        if work_left {
            self.come_again();
        } else {
            self.loading.fill(1);
        }
    }

    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Reply(reply) => {
                self.reply(&reply);
                if let Reply::Progress {
                    batch, ended: true, ..
                } = reply
                {
                    self.close(batch);
                }
            }
            Effect::Taken { batch } => {
                if let Some(port) = self.readers.borrow().get(&batch) {
                    let _ = port.post_message(&TAKEN.into());
                }
            }
            Effect::Store(order) => self.order(order),
        }
    }

    fn order(&self, order: StoreOrder) {
        let news = match &mut *self.store.borrow_mut() {
            Keeping::Opening(orders) => {
                orders.push(order);
                None
            }
            Keeping::Disk(store) => {
                store.order(order);
                None
            }
            Keeping::Memory(memory) => memory.order(order),
        };
        if let Some(news) = news {
            self.take(Input::Store(news));
        }
    }

    /// Lets readers go on whose last slice is read, unless too much is under way to the disk.
    fn answer_readers(&self) {
        let under_way = match &*self.store.borrow() {
            Keeping::Disk(store) => store.under_way(),
            Keeping::Opening(_) | Keeping::Memory(_) => 0,
        };
        if under_way < UNDER_WAY {
            for port in self.waiting.take() {
                let _ = port.post_message(&SLICE_DONE.into());
            }
        }
    }

    fn close(&self, batch: u32) {
        if let Some(port) = self.readers.borrow_mut().remove(&batch) {
            port.set_onmessage(None);
            port.close();
        }
    }

    fn reply(&self, reply: &Reply) {
        if let Ok(text) = serde_json::to_string(reply) {
            // Text can always be cloned.
            let _ = self.scope.post_message(&text.into());
        }
    }

    fn now(&self) -> f64 {
        self.clock
            .as_ref()
            .map_or_else(js_sys::Date::now, Performance::now)
    }
}
