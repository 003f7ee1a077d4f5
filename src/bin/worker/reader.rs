//! The reader's role: the files of a drop, one after another, become reports on a port to the engine.
//!
//! A file is read in slices, the next one already on its way while the present one is parsed. What was
//! read of a file that then fails to be read is kept, and the failure is told in words.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use mailtrace::protocol::{ReaderNews, ReaderOrder, ReaderReport};
use mailtrace::source::{Opening, Parcel, SourceReader};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, File, MessagePort, Performance};

use crate::credit::Credit;
use crate::port::{SLICE_DONE, TAKEN, listener};

/// Bytes that are asked of the browser at once.
const SLICE: u64 = 8 << 20;
/// Bytes that are parsed before what came of them is sent.
const CHUNK: u32 = 1 << 20;
/// Bytes at a plain file's end that are looked at first.
const TAIL: u64 = 64 << 10;
/// Segments, and slices, that the engine may not have answered.
const AHEAD: u32 = 2;
/// Milliseconds between two words on progress.
const PROGRESS: f64 = 100.0;

pub(crate) fn start(
    scope: &DedicatedWorkerGlobalScope,
    build: String,
    order: &str,
    files: Array,
    port: MessagePort,
) {
    // Page and worker are of one build: what one writes, the other reads.
    let Ok(order) = serde_json::from_str::<ReaderOrder>(order) else {
        crate::last_words("The order to read was not understood.");
        return;
    };
    let (segments, slices) = (Rc::new(Credit::new(AHEAD)), Rc::new(Credit::new(AHEAD)));
    let answered = listener({
        let (segments, slices) = (Rc::clone(&segments), Rc::clone(&slices));
        move |data| match data.as_string().as_deref() {
            Some(TAKEN) => segments.give(),
            Some(SLICE_DONE) => slices.give(),
            _ => {}
        }
    });
    port.set_onmessage(Some(&answered));
    let mut desk = Desk {
        clock: scope.performance(),
        said: Cell::new(f64::NEG_INFINITY),
        port,
        build,
        batch: order.batch,
        file: 0,
        segments,
        slices,
    };
    spawn_local(async move {
        for (index, (name, file)) in (0..).zip(order.files.into_iter().zip(files.iter())) {
            let file: File = file.unchecked_into();
            let opening = Opening {
                name: name.name,
                size: name.size,
                modified: Some((file.last_modified() * 1000.0) as i64),
                assumed: order.assumed.clone(),
            };
            desk.file = index;
            desk.read(&file, opening).await;
        }
    });
}

/// Where one file lies at a time.
struct Desk {
    clock: Option<Performance>,
    /// When progress was last told.
    said: Cell<f64>,
    port: MessagePort,
    build: String,
    batch: u32,
    file: u32,
    segments: Rc<Credit>,
    slices: Rc<Credit>,
}

impl Desk {
    async fn read(&self, file: &File, opening: Opening) {
        self.send(ReaderNews::Opened {
            opening: opening.clone(),
        });
        let seed = getrandom::u64().unwrap_or_default();
        let mut source = SourceReader::new(opening, &self.build, seed);
        let trouble = self.read_to_end(file, &mut source).await.err();
        let record = Box::new(source.finish(trouble));
        self.send_parcels(&mut source).await;
        self.progress(&source);
        self.send(ReaderNews::Ended { record });
    }

    /// The error is a sentence.
    async fn read_to_end(&self, file: &File, source: &mut SourceReader) -> Result<(), String> {
        let size = file.size() as u64;
        let mut chunk = Vec::new();
        let mut at = 0;
        let mut next = slice(file, 0, SLICE);
        while at < size {
            let bytes = next.await.map_err(|_| torn(at))?;
            let bytes = Uint8Array::new(&bytes);
            if bytes.length() == 0 {
                return Err(torn(at));
            }
            if at == 0 && !is_gzip(&bytes) {
                let tail = slice(file, size.saturating_sub(TAIL), size).await;
                let tail = tail.map_err(|_| torn(at))?;
                source.tail(&Uint8Array::new(&tail).to_vec());
            }
            // Not before there is a slice to be answered: a file that cannot be read would keep what it
            // has spent, and two of them would leave nothing for the others.
            self.slices.spend().await;
            at += u64::from(bytes.length());
            next = slice(file, at, at + SLICE);
            let mut from = 0;
            while from < bytes.length() && !source.is_refused() {
                let part = bytes.subarray(from, from.saturating_add(CHUNK).min(bytes.length()));
                chunk.resize(part.length() as usize, 0);
                part.copy_to(&mut chunk);
                from += part.length();
                source.push(&chunk);
                self.send_parcels(source).await;
                if self.now() - self.said.get() >= PROGRESS {
                    self.progress(source);
                }
            }
            self.post(&SLICE_DONE.into(), &Array::new());
            if source.is_refused() {
                return Ok(());
            }
        }
        // The browser refuses to read a file that is another now than when it was dropped.
        match slice(file, size.saturating_sub(1), size).await {
            Ok(_) => Ok(()),
            Err(_) => Err(GREW.to_owned()),
        }
    }

    async fn send_parcels(&self, source: &mut SourceReader) {
        while let Some(parcel) = source.take() {
            match parcel {
                Parcel::Segment { bytes, clocks } => {
                    self.segments.spend().await;
                    self.send_with(ReaderNews::Segment { clocks }, &bytes);
                }
                Parcel::Block { place, bytes } => {
                    self.send_with(ReaderNews::Block { place }, &bytes);
                }
            }
        }
    }

    fn progress(&self, source: &SourceReader) {
        self.said.set(self.now());
        let (read, lines, events) = source.progress();
        self.send(ReaderNews::Progress {
            read,
            lines,
            events,
        });
    }

    fn send(&self, news: ReaderNews) {
        self.post(&Array::of1(&self.report(news)), &Array::new());
    }

    fn send_with(&self, news: ReaderNews, bytes: &[u8]) {
        let buffer = Uint8Array::from(bytes).buffer();
        let message = Array::of2(&self.report(news), &buffer);
        self.post(&message, &Array::of1(&buffer));
    }

    fn report(&self, news: ReaderNews) -> JsValue {
        let report = ReaderReport {
            batch: self.batch,
            file: self.file,
            news,
        };
        // Nothing in a report fails to be written as JSON.
        serde_json::to_string(&report).unwrap_or_default().into()
    }

    fn post(&self, message: &JsValue, transfer: &Array) {
        // Text and fresh buffers can always be sent.
        let _ = self.port.post_message_with_transferable(message, transfer);
    }

    fn now(&self) -> f64 {
        self.clock
            .as_ref()
            .map_or_else(js_sys::Date::now, Performance::now)
    }
}

/// Asks for a piece of a file at once, whenever it is awaited.
fn slice(file: &File, from: u64, to: u64) -> impl Future<Output = Result<JsValue, JsValue>> {
    let asked = file
        .slice_with_f64_and_f64(from as f64, to as f64)
        .map(|blob| JsFuture::from(blob.array_buffer()));
    async move { asked?.await }
}

fn is_gzip(bytes: &Uint8Array) -> bool {
    (bytes.get_index(0), bytes.get_index(1)) == (0x1f, 0x8b)
}

const GREW: &str = "The file has changed since it was dropped, as a log does that is still being written. What it held then is read; drop it again to have the rest.";

/// What to say of a file that could be read only so far. Of one of which nothing came, the source has
/// words of its own.
fn torn(read: u64) -> String {
    format!(
        "The file changed while it was being read, as a log does that is still being written. The first {:.1} MB of it are read and kept; drop it again to have the rest.",
        read as f64 / f64::from(1 << 20)
    )
}
