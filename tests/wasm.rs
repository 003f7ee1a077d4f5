//! The store in a real browser: a source is whole or absent, whatever happens to a tab.

#![cfg(target_arch = "wasm32")]

#[allow(dead_code)]
#[path = "../src/bin/worker/credit.rs"]
mod credit;
#[path = "../src/bin/worker/lock.rs"]
mod lock;
#[allow(dead_code)]
#[path = "../src/bin/worker/memory.rs"]
mod memory;
#[allow(dead_code)]
#[path = "../src/bin/worker/store.rs"]
mod store;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use credit::Credit;
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::TransactionMode;
use js_sys::{Promise, Uint8Array};
use mailtrace::engine::{PieceKind, StoreNews, StoreOrder};
use mailtrace::raw::Place;
use mailtrace::source::{FIRST_OF_SESSION, SourceNumber};
use mailtrace::source::{Opening, Piece, Record, SourceReader};
use mailtrace::time::Zone;
use store::{Ears, Store};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const MINE: SourceNumber = FIRST_OF_SESSION + 7;
const SEGMENTS: [&[u8]; 2] = [b"first segment", b"second segment"];
const BLOCKS: [&[u8]; 3] = [b"a block", b"another", b"the last"];
/// What is told on opening of a store that holds one source.
const WHOLE: [&str; 6] = [
    "Opened",
    "Source",
    "Segment",
    "Segment",
    "Loaded",
    "AllLoaded",
];

/// A tab of the page, as far as the store goes.
struct Tab {
    store: Store,
    news: Rc<RefCell<Vec<StoreNews>>>,
    words: Rc<RefCell<Vec<String>>>,
    /// So many of the news were waited for.
    read: Cell<usize>,
}

impl Tab {
    async fn open(name: &str) -> Tab {
        match Tab::try_open(name).await {
            Ok(tab) => tab,
            Err(why) => panic!("{why}"),
        }
    }

    async fn try_open(name: &str) -> Result<Tab, String> {
        let news: Rc<RefCell<Vec<StoreNews>>> = Rc::default();
        let words: Rc<RefCell<Vec<String>>> = Rc::default();
        let ears = Ears {
            news: Rc::new({
                let news = Rc::clone(&news);
                move |one| news.borrow_mut().push(one)
            }),
            words: Rc::new({
                let words = Rc::clone(&words);
                move |one| words.borrow_mut().push(one)
            }),
        };
        let store = Store::open(name, ears).await?;
        store.load(&Credit::new(1000)).await;
        let read = Cell::new(news.borrow().len());
        Ok(Tab {
            store,
            news,
            words,
            read,
        })
    }

    /// Puts all pieces of a source, but no record.
    fn put(&self, source: SourceNumber) {
        for (index, bytes) in (0..).zip(SEGMENTS) {
            self.store.order(StoreOrder::Put {
                source,
                kind: PieceKind::Segment,
                index,
                bytes: bytes.to_vec(),
            });
        }
        for (index, bytes) in (0..).zip(BLOCKS) {
            self.store.order(StoreOrder::Put {
                source,
                kind: PieceKind::Block,
                index,
                bytes: bytes.to_vec(),
            });
        }
    }

    fn commit(&self, source: SourceNumber) {
        let record = Box::new(record());
        self.store.order(StoreOrder::Commit { source, record });
    }

    async fn import(&self, source: SourceNumber) {
        self.put(source);
        self.commit(source);
        self.hears("Committed").await;
    }

    async fn block(&self, source: SourceNumber, index: u32) -> Option<Vec<u8>> {
        self.store.order(StoreOrder::Blocks {
            ticket: 1,
            source,
            first: index,
            count: 1,
        });
        match self.hears("Blocks").await {
            StoreNews::Blocks { mut blocks, .. } => blocks.pop().flatten(),
            other => panic!("{other:?}"),
        }
    }

    /// The kinds of news so far.
    fn heard(&self) -> Vec<String> {
        self.news.borrow().iter().map(kind).collect()
    }

    /// Waits for the next news of this kind.
    async fn hears(&self, what: &str) -> StoreNews {
        for _ in 0..1000 {
            let next = {
                let news = self.news.borrow();
                let next = news.iter().enumerate().skip(self.read.get());
                let mut next = next.filter(|(_, news)| kind(news) == what);
                next.next().map(|(at, news)| (at, news.clone()))
            };
            if let Some((at, news)) = next {
                self.read.set(at + 1);
                return news;
            }
            a_moment().await;
        }
        panic!("no {what}: {:?}, {:?}", self.heard(), self.words.borrow());
    }

    /// The first news of this kind of all.
    async fn hears_from_start(&self, what: &str) -> StoreNews {
        self.read.set(0);
        self.hears(what).await
    }

    fn why(&self) -> String {
        let news = self.news.borrow();
        let mut why = news.iter().filter_map(|news| match news {
            StoreNews::Damaged { why, .. } | StoreNews::Failed { why, .. } => Some(why.clone()),
            _ => None,
        });
        why.next().unwrap_or_default()
    }
}

fn kind(news: &StoreNews) -> String {
    let debug = format!("{news:?}");
    debug
        .split([' ', '{'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn record() -> Record {
    let opening = Opening {
        name: "mx1/mail.log".to_owned(),
        size: 30,
        modified: None,
        assumed: Zone {
            name: "UTC".to_owned(),
            base: 0,
            transitions: Vec::new(),
        },
    };
    let mut record = SourceReader::new(opening, "test", 0).finish(None);
    record.segments = SEGMENTS.map(Piece::of).to_vec();
    let place = |first_byte| Place {
        first_byte,
        len: 10,
        first_line: 0,
    };
    let blocks = (0..).zip(BLOCKS);
    record.blocks = blocks
        .map(|(at, block)| (place(at * 10), Piece::of(block)))
        .collect();
    record
}

async fn a_moment() {
    let global: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let promise = Promise::new(&mut |resolve, _| {
        global
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 5)
            .unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

/// Every test has a store of its own, also when it runs again in one browser.
fn fresh(name: &str) -> String {
    format!("{name}-{}", js_sys::Math::random())
}

/// Writes behind the store's back; `None` deletes.
async fn tamper(name: &str, store: &str, key: [u32; 2], bytes: Option<&[u8]>) {
    let db = Database::open(name).await.unwrap();
    {
        let change = db.transaction(store).with_mode(TransactionMode::Readwrite);
        let change = change.build().unwrap();
        let pieces = change.object_store(store).unwrap();
        match bytes {
            Some(bytes) => {
                let bytes = JsValue::from(Uint8Array::from(bytes));
                let put = pieces.put(bytes).with_key(key).without_key_type();
                put.await.unwrap();
            }
            None => pieces.delete(key).await.unwrap(),
        }
        drop(pieces);
        change.commit().await.unwrap();
    }
    db.close();
}

/// Puts a record as it is behind the store's back.
async fn rewrite(name: &str, key: u32, json: String) {
    let db = Database::open(name).await.unwrap();
    {
        let change = db
            .transaction("sources")
            .with_mode(TransactionMode::Readwrite);
        let change = change.build().unwrap();
        let sources = change.object_store("sources").unwrap();
        let put = sources.put(json).with_key(key).without_key_type();
        put.primitive().unwrap().await.unwrap();
        drop(sources);
        change.commit().await.unwrap();
    }
    db.close();
}

/// Leaves the mark of an import that no tab holds.
async fn mark(name: &str, key: u32) {
    let db = Database::open(name).await.unwrap();
    {
        let change = db
            .transaction("imports")
            .with_mode(TransactionMode::Readwrite);
        let change = change.build().unwrap();
        let imports = change.object_store("imports").unwrap();
        let put = imports.put(0.0).with_key(key).without_key_type();
        put.await.unwrap();
        drop(imports);
        change.commit().await.unwrap();
    }
    db.close();
}

/// Rows in each of the store's object stores.
async fn rows(name: &str) -> [u32; 4] {
    let db = Database::open(name).await.unwrap();
    let mut rows = [0; 4];
    for (rows, store) in rows
        .iter_mut()
        .zip(["imports", "sources", "segments", "blocks"])
    {
        let look = db.transaction(store).build().unwrap();
        *rows = look.object_store(store).unwrap().count().await.unwrap();
    }
    db.close();
    rows
}

/// What a later build does when it first opens the store.
async fn open_newer(name: &str) -> Database {
    Database::open(name)
        .with_version(2_u32)
        .with_on_upgrade_needed(|_, _| Ok(()))
        .await
        .unwrap()
}

#[wasm_bindgen_test]
async fn what_is_committed_is_the_same_after_a_reload() {
    let name = fresh("round-trip");
    let tab = Tab::open(&name).await;
    assert_eq!(tab.heard(), ["Opened", "AllLoaded"]);
    tab.import(MINE).await;
    assert_eq!(tab.store.under_way(), 0);
    assert_eq!(tab.block(MINE, 1).await.as_deref(), Some(BLOCKS[1]));
    assert_eq!(rows(&name).await, [0, 1, 2, 3]);

    let again = Tab::open(&name).await;
    assert_eq!(again.heard(), WHOLE);
    let mut segments = Vec::new();
    let mut number = 0;
    for news in again.news.borrow().clone() {
        match news {
            StoreNews::Source { source, record: it } => {
                number = source;
                assert_eq!(*it, record());
            }
            StoreNews::Segment { bytes, .. } => segments.push(bytes),
            _ => {}
        }
    }
    assert_eq!(segments, SEGMENTS);
    assert!(number < FIRST_OF_SESSION);
    for (index, block) in (0..).zip(BLOCKS) {
        assert_eq!(again.block(number, index).await.as_deref(), Some(block));
    }
    assert_eq!(again.block(number, 3).await, None);
}

#[wasm_bindgen_test]
async fn raw_text_can_be_read_before_the_commit() {
    let tab = Tab::open(&fresh("early")).await;
    tab.put(MINE);
    assert_eq!(tab.block(MINE, 2).await.as_deref(), Some(BLOCKS[2]));
}

#[wasm_bindgen_test]
async fn the_newest_source_comes_first() {
    let name = fresh("newest");
    let tab = Tab::open(&name).await;
    tab.import(MINE).await;
    tab.import(MINE + 1).await;
    let again = Tab::open(&name).await;
    let loaded = again.news.take().into_iter().filter_map(|news| match news {
        StoreNews::Loaded { source } => Some(source),
        _ => None,
    });
    assert_eq!(loaded.collect::<Vec<_>>(), [2, 1]);
}

#[wasm_bindgen_test]
async fn an_import_under_way_in_another_tab_is_not_seen_and_not_harmed() {
    let name = fresh("two-tabs");
    let tab = Tab::open(&name).await;
    tab.put(MINE);
    tab.hears("Put").await;
    let other = Tab::open(&name).await;
    assert_eq!(other.heard(), ["Opened", "AllLoaded"]);
    tab.commit(MINE);
    tab.hears("Committed").await;
    assert_eq!(Tab::open(&name).await.heard(), WHOLE);
}

#[wasm_bindgen_test]
async fn what_a_dead_tab_has_left_is_swept() {
    let name = fresh("orphan");
    Tab::open(&name).await;
    tamper(&name, "segments", [9, 0], Some(b"left behind")).await;
    tamper(&name, "blocks", [9, 0], Some(b"left behind")).await;
    mark(&name, 9).await;
    assert_eq!(rows(&name).await, [1, 0, 1, 1]);

    let again = Tab::open(&name).await;
    assert_eq!(again.heard(), ["Opened", "AllLoaded"]);
    assert_eq!(rows(&name).await, [0, 0, 0, 0]);
}

#[wasm_bindgen_test]
async fn an_abandoned_import_leaves_nothing() {
    let name = fresh("abandoned");
    let tab = Tab::open(&name).await;
    tab.put(MINE);
    tab.store.order(StoreOrder::Abandon { source: MINE });
    tab.import(MINE + 1).await;
    assert_eq!(rows(&name).await, [0, 1, 2, 3]);
}

#[wasm_bindgen_test]
async fn a_source_with_a_damaged_segment_is_absent_in_words() {
    let name = fresh("damaged");
    Tab::open(&name).await.import(MINE).await;
    tamper(&name, "segments", [1, 1], Some(b"something else")).await;
    let again = Tab::open(&name).await;
    let expected = ["Opened", "Source", "Segment", "Damaged", "AllLoaded"];
    assert_eq!(again.heard(), expected);
    assert_eq!(again.why(), "Some of its events are damaged.");
    assert_eq!(rows(&name).await, [0, 0, 0, 0]);
}

#[wasm_bindgen_test]
async fn a_source_without_all_its_text_is_absent() {
    let name = fresh("missing");
    Tab::open(&name).await.import(MINE).await;
    tamper(&name, "blocks", [1, 1], None).await;
    let again = Tab::open(&name).await;
    assert_eq!(again.heard(), ["Opened", "Source", "Damaged", "AllLoaded"]);
}

#[wasm_bindgen_test]
async fn a_damaged_block_is_not_shown() {
    let name = fresh("block");
    let tab = Tab::open(&name).await;
    tab.import(MINE).await;
    tamper(&name, "blocks", [1, 1], Some(b"something else")).await;
    assert_eq!(tab.block(MINE, 1).await, None);
    assert_eq!(tab.block(MINE, 2).await.as_deref(), Some(BLOCKS[2]));
}

#[wasm_bindgen_test]
async fn a_removed_source_is_gone_everywhere() {
    let name = fresh("removed");
    let tab = Tab::open(&name).await;
    tab.import(MINE).await;
    tab.import(MINE + 1).await;
    let other = Tab::open(&name).await;
    other.store.order(StoreOrder::Remove { source: 1 });
    let gone = tab.hears("Gone").await;
    assert!(matches!(gone, StoreNews::Gone { source: MINE }));
    assert_eq!(rows(&name).await, [0, 1, 2, 3]);
}

#[wasm_bindgen_test]
async fn a_corrected_record_is_the_one_that_lasts_and_other_tabs_hear_of_it() {
    let name = fresh("amended");
    let tab = Tab::open(&name).await;
    tab.import(MINE).await;
    let other = Tab::open(&name).await;
    let mut corrected = record();
    corrected.opening.assumed = Zone::fixed("+02:00", 7200);
    let record = Box::new(corrected.clone());
    other.store.order(StoreOrder::Amend { source: 1, record });
    match tab.hears("Amended").await {
        StoreNews::Amended { source, record } => {
            assert_eq!((source, *record), (MINE, corrected.clone()))
        }
        other => panic!("{other:?}"),
    }
    match Tab::open(&name).await.hears_from_start("Source").await {
        StoreNews::Source { record, .. } => assert_eq!(*record, corrected),
        other => panic!("{other:?}"),
    }
    assert_eq!(tab.block(MINE, 1).await.as_deref(), Some(BLOCKS[1]));
    assert_eq!(rows(&name).await, [0, 1, 2, 3]);
}

#[wasm_bindgen_test]
async fn what_was_removed_is_not_amended_back_to_life() {
    let name = fresh("amended-gone");
    let tab = Tab::open(&name).await;
    tab.import(MINE).await;
    // Another tab whose word does not come through.
    tamper(&name, "segments", [1, 0], None).await;
    let db = Database::open(&name).await.unwrap();
    {
        let change = db
            .transaction("sources")
            .with_mode(TransactionMode::Readwrite);
        let change = change.build().unwrap();
        let sources = change.object_store("sources").unwrap();
        sources.delete(1_u32).await.unwrap();
        drop(sources);
        change.commit().await.unwrap();
    }
    db.close();
    let record = Box::new(record());
    tab.store.order(StoreOrder::Amend {
        source: MINE,
        record,
    });
    let gone = tab.hears("Gone").await;
    assert!(matches!(gone, StoreNews::Gone { source: MINE }));
    assert_eq!(rows(&name).await[1], 0);
}

#[wasm_bindgen_test]
async fn an_older_record_is_let_go_in_words() {
    let name = fresh("older");
    Tab::open(&name).await.import(MINE).await;
    let json = serde_json::to_string(&record()).unwrap();
    let older = json.replace("\"remarks\":[", "\"remarks\":[\"A sentence.\",");
    assert_ne!(older, json);
    rewrite(&name, 1, older).await;
    let again = Tab::open(&name).await;
    assert_eq!(again.heard(), ["Opened", "AllLoaded"]);
    assert_eq!(
        *again.words.borrow(),
        [
            "“mx1/mail.log” could not be opened again. An older version of Mailtrace has kept it in a form that is no longer read. Drop the file once more."
        ]
    );
    assert_eq!(rows(&name).await, [0, 0, 0, 0]);
}

#[wasm_bindgen_test]
async fn erasing_leaves_nothing_and_no_half_source_comes_after() {
    let name = fresh("erased");
    let tab = Tab::open(&name).await;
    tab.import(MINE).await;
    tab.put(MINE + 1);
    tab.hears("Put").await;
    let other = Tab::open(&name).await;
    other.store.order(StoreOrder::Erase);
    tab.hears("Gone").await;
    assert_eq!(rows(&name).await, [0, 0, 0, 0]);

    tab.commit(MINE + 1);
    tab.hears("Failed").await;
    assert!(tab.why().contains("could not keep it"), "{}", tab.why());
    assert_eq!(rows(&name).await, [0, 0, 0, 0]);
    tab.import(MINE + 2).await;
    assert_eq!(Tab::open(&name).await.heard(), WHOLE);
}

#[wasm_bindgen_test]
async fn erasing_ends_an_import_of_the_same_tab_too() {
    let name = fresh("erased-own");
    let tab = Tab::open(&name).await;
    tab.put(MINE);
    tab.store.order(StoreOrder::Erase);
    tab.put(MINE);
    tab.commit(MINE);
    tab.hears("Failed").await;
    assert_eq!(rows(&name).await, [0, 0, 0, 0]);
    // It stays readable as long as the page is open.
    assert_eq!(tab.block(MINE, 0).await.as_deref(), Some(BLOCKS[0]));
}

#[wasm_bindgen_test]
async fn a_newer_store_is_left_alone() {
    let name = fresh("newer");
    let newer = open_newer(&name).await;
    let why = Tab::try_open(&name).await.err().unwrap_or_default();
    assert!(why.contains("newer version"), "{why}");
    newer.close();
}

#[wasm_bindgen_test]
async fn a_tab_gives_way_to_a_newer_version() {
    let name = fresh("gives-way");
    let tab = Tab::open(&name).await;
    let newer = open_newer(&name).await;
    assert!(tab.words.borrow()[0].contains("reload it"));
    tab.put(MINE);
    tab.commit(MINE);
    tab.hears("Failed").await;
    assert_eq!(tab.block(MINE, 0).await.as_deref(), Some(BLOCKS[0]));
    newer.close();
}
