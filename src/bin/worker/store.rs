//! What lasts: sources in IndexedDB. No other file knows it.
//!
//! A source is whole or absent. Its key is a number that the object store of imports gives out once, and
//! begins the keys of its pieces. Pieces are put in small transactions of their own; the record, written
//! last and strictly, is the commit, and nothing without a record is ever read.
//! The row in `imports` is an import's mark: every put and the commit need it in their own transaction,
//! and the commit takes it away. A mark without a record, found when the store is opened, is an orphan's.
//! Whoever gets that import's lock, which the importing tab holds until the record's transaction is
//! complete, sweeps it. Where there are no locks, only marks that nobody has touched for a while are
//! swept; an import that loses its mark fails in words and leaves nothing behind.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;
use std::rc::Rc;

use indexed_db_futures::database::Database;
use indexed_db_futures::error::{Error, OpenDbError};
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{
    Transaction, TransactionDurability, TransactionMode, TransactionOptions,
};
use js_sys::{Array, Date, Uint8Array};
use mailtrace::engine::{PieceKind, StoreNews, StoreOrder};
use mailtrace::protocol::Storage;
use mailtrace::source::{FIRST_OF_SESSION, SourceNumber};
use mailtrace::source::{Piece, Record};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::credit::Credit;
use crate::lock::Lock;
use crate::memory::Memory;

const SCHEMA: u32 = 1;
/// Number → when it was last touched, in milliseconds: the mark of an import under way.
const IMPORTS: &str = "imports";
/// Number → record, as JSON.
const SOURCES: &str = "sources";
/// [number, index] → bytes.
const SEGMENTS: &str = "segments";
/// [number, index] → bytes.
const BLOCKS: &str = "blocks";
const ALL: [&str; 4] = [IMPORTS, SOURCES, SEGMENTS, BLOCKS];

/// Bytes of pieces that go into one transaction.
const TOGETHER: usize = 8 << 20;
/// Without locks, a mark that was touched less than so many milliseconds ago is left alone.
const QUIET: f64 = 600_000.0;

/// Whom the store tells.
#[derive(Clone)]
pub(crate) struct Ears {
    /// For the engine.
    pub(crate) news: Rc<dyn Fn(StoreNews)>,
    /// For the person: a sentence.
    pub(crate) words: Rc<dyn Fn(String)>,
}

/// The open store. A clone is the same store.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Rc<Inner>,
}

struct Inner {
    name: String,
    db: Database,
    ears: Ears,
    /// Keys of the sources that were imported in this session.
    keys: RefCell<BTreeMap<SourceNumber, u32>>,
    /// Imports that are not committed, or could not be.
    imports: RefCell<BTreeMap<SourceNumber, Import>>,
    /// The blocks of each committed source that the engine knows, by key.
    blocks: RefCell<BTreeMap<u32, Vec<Piece>>>,
    /// Raw text of sources that could not be kept.
    spare: RefCell<Memory>,
    orders: RefCell<VecDeque<StoreOrder>>,
    working: Cell<bool>,
    /// Bytes of puts that are not complete.
    under_way: Cell<u64>,
    /// The way to the other tabs, where the browser has one.
    channel: Option<BroadcastChannel>,
}

struct Import {
    _lock: Option<Lock>,
    trouble: Option<Trouble>,
}

/// A segment or a block on its way to the disk.
struct Put {
    kind: PieceKind,
    index: u32,
    bytes: Vec<u8>,
}

/// The object store of a kind of pieces.
fn store_of(kind: PieceKind) -> &'static str {
    match kind {
        PieceKind::Segment => SEGMENTS,
        PieceKind::Block => BLOCKS,
    }
}

/// Why something could not be done.
#[derive(Clone, Debug)]
enum Trouble {
    /// The import's mark is gone.
    Swept,
    /// What is there is not what was written.
    Damaged(&'static str),
    /// A record of a form that is no longer read; what its source is called.
    Older { source: String },
    /// The browser's own error.
    Browser { name: String, text: String },
}

type Done<T> = Result<T, Trouble>;

impl Store {
    /// Opens the store of this name, or says why there is none, in a sentence.
    pub(crate) async fn open(name: &str, ears: Ears) -> Result<Store, String> {
        let db = match open(name, &ears).await {
            Ok(db) => db,
            Err(trouble) => return Err(trouble.no_store()),
        };
        let store = Store {
            inner: Rc::new(Inner {
                name: name.to_owned(),
                db,
                ears,
                keys: RefCell::default(),
                imports: RefCell::default(),
                blocks: RefCell::default(),
                spare: RefCell::default(),
                orders: RefCell::default(),
                working: Cell::new(false),
                under_way: Cell::new(0),
                channel: BroadcastChannel::new(name).ok(),
            }),
        };
        store.listen();
        Ok(store)
    }

    /// Tells of all that is kept, newest first, and then sweeps what was left behind.
    /// A segment costs one of `credit`.
    pub(crate) async fn load(&self, credit: &Credit) {
        self.tell(StoreNews::Opened {
            storage: Storage::Kept,
        });
        match self.numbers(SOURCES).await {
            Ok(keys) => {
                for key in keys.into_iter().rev() {
                    self.load_source(key, credit).await;
                }
            }
            Err(trouble) => self.say(format!(
                "What this browser keeps for Mailtrace could not be read: {}",
                trouble.text()
            )),
        }
        self.tell(StoreNews::AllLoaded);
        if let Err(trouble) = self.sweep().await {
            self.say(format!(
                "What an interrupted import has left behind could not be cleared away: {}",
                trouble.text()
            ));
        }
    }

    /// Takes an order; the news of it come later, in the order of the orders.
    pub(crate) fn order(&self, order: StoreOrder) {
        let inner = &self.inner;
        match &order {
            StoreOrder::Put { bytes, .. } => {
                let under_way = inner.under_way.get() + bytes.len() as u64;
                inner.under_way.set(under_way);
            }
            // Somebody is waiting for it, and it depends on nothing that is under way.
            StoreOrder::Blocks { source, .. }
                if self.key(*source).is_some() && !inner.imports.borrow().contains_key(source) =>
            {
                let store = self.clone();
                spawn_local(async move { store.carry_out(order).await });
                return;
            }
            StoreOrder::Blocks { .. }
            | StoreOrder::Commit { .. }
            | StoreOrder::Amend { .. }
            | StoreOrder::Abandon { .. }
            | StoreOrder::Remove { .. }
            | StoreOrder::Erase => {}
        }
        inner.orders.borrow_mut().push_back(order);
        if !inner.working.replace(true) {
            let store = self.clone();
            spawn_local(async move {
                while let Some(order) = store.next_order() {
                    store.carry_out(order).await;
                }
                store.inner.working.set(false);
            });
        }
    }

    /// Bytes of puts that are not complete.
    pub(crate) fn under_way(&self) -> u64 {
        self.inner.under_way.get()
    }

    fn next_order(&self) -> Option<StoreOrder> {
        self.inner.orders.borrow_mut().pop_front()
    }

    async fn carry_out(&self, order: StoreOrder) {
        match order {
            StoreOrder::Put {
                source,
                kind,
                index,
                bytes,
            } => {
                let put = Put { kind, index, bytes };
                self.put(source, put).await;
            }
            StoreOrder::Commit { source, record } => self.commit(source, &record).await,
            StoreOrder::Amend { source, record } => self.amend(source, &record).await,
            StoreOrder::Abandon { source } | StoreOrder::Remove { source } => {
                self.remove(source).await;
            }
            StoreOrder::Erase => self.erase().await,
            StoreOrder::Blocks {
                ticket,
                source,
                first,
                count,
            } => {
                let blocks = self.read_blocks(source, first, count).await;
                self.tell(StoreNews::Blocks {
                    ticket,
                    source,
                    first,
                    blocks,
                });
            }
        }
    }

    /// Puts a piece, and those of the same source that wait right behind it.
    async fn put(&self, source: SourceNumber, first: Put) {
        let mut bytes = first.bytes.len();
        let mut puts = vec![first];
        while bytes < TOGETHER
            && let Some(put) = self.next_put(source)
        {
            bytes += put.bytes.len();
            puts.push(put);
        }
        let done = match self.trouble(source) {
            Some(trouble) => Err(trouble),
            None => self.write(source, &puts).await,
        };
        if let Err(trouble) = done {
            self.give_up(source, trouble);
            let mut spare = self.inner.spare.borrow_mut();
            for put in puts.into_iter().filter(|put| put.kind == PieceKind::Block) {
                spare.put(source, put.index, put.bytes);
            }
        }
        let bytes = bytes as u64;
        let under_way = self.inner.under_way.get().saturating_sub(bytes);
        self.inner.under_way.set(under_way);
        self.tell(StoreNews::Put { source, bytes });
    }

    fn next_put(&self, of: SourceNumber) -> Option<Put> {
        let mut orders = self.inner.orders.borrow_mut();
        let is_next = |order: &mut StoreOrder| matches!(order, StoreOrder::Put { source, .. } if *source == of);
        match orders.pop_front_if(is_next)? {
            StoreOrder::Put {
                kind, index, bytes, ..
            } => Some(Put { kind, index, bytes }),
            _ => None,
        }
    }

    async fn write(&self, source: SourceNumber, puts: &[Put]) -> Done<()> {
        let (key, is_new) = self.key_or_new(source).await?;
        // What a crash of the machine takes from these, the record's checksums will notice.
        let change = self.change(&[IMPORTS, SEGMENTS, BLOCKS], TransactionDurability::Relaxed)?;
        let imports = change.object_store(IMPORTS)?;
        // A sweeper may have had the lock, and taken the mark, before any piece was there.
        if !is_new && !holds(&imports, key).await? {
            return Err(Trouble::Swept);
        }
        drop(imports.put(Date::now()).with_key(key).primitive()?);
        for put in puts {
            let bytes = JsValue::from(Uint8Array::from(put.bytes.as_slice()));
            let pieces = change.object_store(store_of(put.kind))?;
            let put = pieces.put(bytes).with_key([key, put.index]);
            drop(put.without_key_type().primitive()?);
        }
        finish(change).await
    }

    async fn commit(&self, source: SourceNumber, record: &Record) {
        let done = match self.trouble(source) {
            Some(trouble) => Err(trouble),
            None => self.write_record(source, record).await,
        };
        match done {
            Ok(key) => {
                // The lock goes now that the record is there.
                self.inner.imports.borrow_mut().remove(&source);
                self.know(key, record);
                self.tell(StoreNews::Committed { source });
            }
            Err(trouble) => {
                let why = trouble.not_kept();
                self.give_up(source, trouble);
                self.tell(StoreNews::Failed { source, why });
            }
        }
    }

    async fn write_record(&self, source: SourceNumber, record: &Record) -> Done<u32> {
        let (key, is_new) = self.key_or_new(source).await?;
        let json = json(record)?;
        let change = self.change(&[IMPORTS, SOURCES], TransactionDurability::Strict)?;
        let imports = change.object_store(IMPORTS)?;
        if !is_new && !holds(&imports, key).await? {
            return Err(Trouble::Swept);
        }
        let sources = change.object_store(SOURCES)?;
        let put = sources.put(json).with_key(key).without_key_type();
        drop(put.primitive()?);
        drop(imports.delete(key).primitive()?);
        finish(change).await?;
        Ok(key)
    }

    /// Writes a corrected record, if the source is still there.
    async fn amend(&self, source: SourceNumber, record: &Record) {
        // One that could not be kept has nothing to be amended; the engine knows of it.
        if self.inner.imports.borrow().contains_key(&source) {
            return;
        }
        let Some(key) = self.key(source) else {
            return;
        };
        match self.rewrite(key, record).await {
            Ok(true) => self.tell_other_tabs(&key.into()),
            Ok(false) => {
                self.inner.blocks.borrow_mut().remove(&key);
                self.tell(StoreNews::Gone { source });
            }
            Err(trouble) => {
                let why = trouble.not_kept();
                self.tell(StoreNews::NotAmended { source, why });
            }
        }
    }

    /// Puts a record in the place of the one of this key; false if there is none.
    async fn rewrite(&self, key: u32, record: &Record) -> Done<bool> {
        let json = json(record)?;
        let change = self.change(&[SOURCES], TransactionDurability::Strict)?;
        let sources = change.object_store(SOURCES)?;
        if !holds(&sources, key).await? {
            return Ok(false);
        }
        let put = sources.put(json).with_key(key).without_key_type();
        drop(put.primitive()?);
        finish(change).await?;
        Ok(true)
    }

    /// Takes a source or an import away, record and all.
    async fn remove(&self, source: SourceNumber) {
        let inner = &self.inner;
        inner.spare.borrow_mut().forget(source);
        if let Some(key) = self.key(source) {
            match self.delete(key).await {
                Ok(()) if inner.blocks.borrow_mut().remove(&key).is_some() => {
                    self.tell_other_tabs(&Array::of1(&key.into()));
                }
                Ok(()) => {}
                Err(trouble) => self.say(format!(
                    "A source could not be removed from this browser, and will be here again when the page is reloaded: {}",
                    trouble.text()
                )),
            }
        }
        inner.keys.borrow_mut().remove(&source);
        inner.imports.borrow_mut().remove(&source);
    }

    async fn erase(&self) {
        let inner = &self.inner;
        if let Err(trouble) = self.clear().await {
            self.say(format!(
                "What this browser keeps for Mailtrace could not be erased: {} Clearing this site's data in the browser's settings does the same.",
                trouble.text()
            ));
            return;
        }
        inner.blocks.borrow_mut().clear();
        inner.spare.replace(Memory::default());
        // Imports under way have lost their marks.
        for import in inner.imports.borrow_mut().values_mut() {
            import.trouble = Some(Trouble::Swept);
        }
        self.tell_other_tabs(&JsValue::NULL);
    }

    async fn clear(&self) -> Done<()> {
        let change = self.change(&ALL, TransactionDurability::Strict)?;
        for name in ALL {
            drop(change.object_store(name)?.clear()?);
        }
        finish(change).await
    }

    async fn delete(&self, key: u32) -> Done<()> {
        let change = self.change(&ALL, TransactionDurability::Strict)?;
        delete_in(&change, key)?;
        finish(change).await
    }

    /// Reads blocks; one that doesn't read back is `None`.
    async fn read_blocks(
        &self,
        source: SourceNumber,
        first: u32,
        count: u32,
    ) -> Vec<Option<Vec<u8>>> {
        let mut blocks = Vec::new();
        for index in (0..count).map_while(|at| first.checked_add(at)) {
            let spare = self.inner.spare.borrow().get(source, index);
            blocks.push(match spare {
                Some(block) => Some(block),
                None => self.read_block(source, index).await.ok().flatten(),
            });
        }
        blocks
    }

    async fn read_block(&self, source: SourceNumber, index: u32) -> Done<Option<Vec<u8>>> {
        let Some(key) = self.key(source) else {
            return Ok(None);
        };
        let piece = {
            let blocks = self.inner.blocks.borrow();
            let piece = blocks.get(&key).and_then(|all| all.get(index as usize));
            piece.copied()
        };
        let bytes = self.piece(BLOCKS, key, index).await?;
        Ok(bytes.filter(|bytes| piece.is_none_or(|piece| Piece::of(bytes) == piece)))
    }

    /// Tells of one source; one that doesn't read back is absent.
    async fn load_source(&self, key: u32, credit: &Credit) {
        let source = key;
        let record = match self.record(key).await {
            Ok(Some(record)) => record,
            // Another tab has removed it in the meantime.
            Ok(None) => return,
            Err(Trouble::Older { source }) => {
                self.say(format!(
                    "{source} could not be opened again. An older version of Mailtrace has kept it in a form that is no longer read. Drop the file once more."
                ));
                self.clear_away(key).await;
                return;
            }
            Err(trouble) => {
                self.say(format!(
                    "A source that this browser keeps could not be opened: {}",
                    trouble.text()
                ));
                return;
            }
        };
        self.know(key, &record);
        self.tell(StoreNews::Source {
            source,
            record: record.clone(),
        });
        let Err(trouble) = self.load_pieces(key, &record, credit).await else {
            self.tell(StoreNews::Loaded { source });
            return;
        };
        self.inner.blocks.borrow_mut().remove(&key);
        if matches!(self.record(key).await, Ok(None)) {
            // Removed in the meantime, be it in this tab: the engine may have forgotten it before it was
            // told of it here.
            self.tell(StoreNews::Gone { source });
            return;
        }
        if matches!(trouble, Trouble::Damaged(_)) {
            self.clear_away(key).await;
        }
        let why = trouble.not_read();
        self.tell(StoreNews::Damaged { source, why });
    }

    /// Takes away what can't be read.
    async fn clear_away(&self, key: u32) {
        if let Err(trouble) = self.delete(key).await {
            self.say(format!(
                "What is left of a source that can't be read could not be removed: {}",
                trouble.text()
            ));
        }
    }

    async fn load_pieces(&self, key: u32, record: &Record, credit: &Credit) -> Done<()> {
        let source = key;
        if self.count(BLOCKS, key).await? as usize != record.blocks.len() {
            return Err(Trouble::Damaged("Some of its text is missing."));
        }
        for (index, piece) in (0..).zip(&record.segments) {
            let Some(bytes) = self.piece(SEGMENTS, key, index).await? else {
                return Err(Trouble::Damaged("Some of its events are missing."));
            };
            if Piece::of(&bytes) != *piece {
                return Err(Trouble::Damaged("Some of its events are damaged."));
            }
            credit.spend().await;
            self.tell(StoreNews::Segment { source, bytes });
        }
        Ok(())
    }

    /// Clears away what imports that never ended have left.
    async fn sweep(&self) -> Done<()> {
        for key in self.numbers(IMPORTS).await? {
            let lock = Lock::hold_if_free(&self.lock_name(key)).await;
            if lock.is_none() && Lock::exist() {
                continue;
            }
            let change = self.change(&ALL, TransactionDurability::Relaxed)?;
            let imports = change.object_store(IMPORTS)?;
            let touched: Option<f64> = imports.get(key).primitive()?.await?;
            let quiet = touched.is_some_and(|touched| Date::now() - touched > QUIET);
            if touched.is_none() || (lock.is_none() && !quiet) {
                continue;
            }
            if holds(&change.object_store(SOURCES)?, key).await? {
                drop(imports.delete(key).primitive()?);
            } else {
                delete_in(&change, key)?;
            }
            finish(change).await?;
        }
        Ok(())
    }

    /// The key, and whether the import begins with this.
    async fn key_or_new(&self, source: SourceNumber) -> Done<(u32, bool)> {
        match self.key(source) {
            Some(key) => Ok((key, false)),
            None => Ok((self.begin(source).await?, true)),
        }
    }

    /// Gives an import its number, its mark and its lock.
    async fn begin(&self, source: SourceNumber) -> Done<u32> {
        let change = self.change(&[IMPORTS], TransactionDurability::Relaxed)?;
        let imports = change.object_store(IMPORTS)?;
        let add = imports.add(Date::now()).with_key_type::<u32>();
        let key = add.primitive()?.await?;
        finish(change).await?;
        let lock = Lock::hold(&self.lock_name(key)).await;
        self.inner.keys.borrow_mut().insert(source, key);
        let import = Import {
            _lock: lock,
            trouble: None,
        };
        self.inner.imports.borrow_mut().insert(source, import);
        Ok(key)
    }

    fn key(&self, source: SourceNumber) -> Option<u32> {
        let of_session = source >= FIRST_OF_SESSION;
        match of_session {
            true => self.inner.keys.borrow().get(&source).copied(),
            false => Some(source),
        }
    }

    fn trouble(&self, source: SourceNumber) -> Option<Trouble> {
        let imports = self.inner.imports.borrow();
        imports
            .get(&source)
            .and_then(|import| import.trouble.clone())
    }

    /// A source that had trouble stays in memory; its lock keeps what is on disk readable.
    fn give_up(&self, source: SourceNumber, trouble: Trouble) {
        let mut imports = self.inner.imports.borrow_mut();
        let import = imports.entry(source).or_insert(Import {
            _lock: None,
            trouble: None,
        });
        import.trouble.get_or_insert(trouble);
    }

    fn know(&self, key: u32, record: &Record) {
        let pieces = record.blocks.iter().map(|(_, piece)| *piece).collect();
        self.inner.blocks.borrow_mut().insert(key, pieces);
    }

    fn lock_name(&self, key: u32) -> String {
        format!("{}-import-{key}", self.inner.name)
    }

    fn tell(&self, news: StoreNews) {
        (self.inner.ears.news)(news);
    }

    fn say(&self, sentence: String) {
        (self.inner.ears.words)(sentence);
    }

    fn change(&self, stores: &[&str], durability: TransactionDurability) -> Done<Transaction<'_>> {
        let change = self.inner.db.transaction(stores);
        let change = change.with_mode(TransactionMode::Readwrite);
        let options = TransactionOptions::new().with_durability(durability);
        Ok(change.with_options(options).build()?)
    }

    async fn numbers(&self, store: &str) -> Done<Vec<u32>> {
        let look = self.inner.db.transaction(store).build()?;
        let rows = look.object_store(store)?;
        let keys = rows.get_all_keys::<u32>().primitive()?.await?;
        Ok(keys.collect::<Result<_, _>>()?)
    }

    async fn record(&self, key: u32) -> Done<Option<Box<Record>>> {
        let look = self.inner.db.transaction(SOURCES).build()?;
        let sources = look.object_store(SOURCES)?;
        let json: Option<String> = sources.get(key).primitive()?.await?;
        let Some(json) = json else {
            return Ok(None);
        };
        // A newer version would have numbered the store anew.
        let record = serde_json::from_str(&json);
        record.map_err(|_| Trouble::Older {
            source: name_in(&json),
        })
    }

    async fn count(&self, store: &str, key: u32) -> Done<u32> {
        let look = self.inner.db.transaction(store).build()?;
        let pieces = look.object_store(store)?;
        Ok(pieces
            .count()
            .with_query::<[u32; 2], _>(range(key))
            .primitive()?
            .await?)
    }

    async fn piece(&self, store: &str, key: u32, index: u32) -> Done<Option<Vec<u8>>> {
        let look = self.inner.db.transaction(store).build()?;
        let pieces = look.object_store(store)?;
        let value: Option<JsValue> = pieces.get([key, index]).primitive()?.await?;
        let bytes = value.and_then(|value| value.dyn_into::<Uint8Array>().ok());
        Ok(bytes.map(|bytes| bytes.to_vec()))
    }

    /// Hears what other tabs do, and gives way to a newer version.
    fn listen(&self) {
        let store = self.clone();
        let closed = Closure::<dyn FnMut()>::new(move || {
            store.inner.db.as_sys().close();
            store.say(
                "What this browser keeps for Mailtrace was taken over by a newer version in another tab, or cleared. This tab goes on with what it has read, but keeps nothing: reload it."
                    .to_owned(),
            );
        });
        let closed = closed.into_js_value();
        let db = self.inner.db.as_sys();
        db.set_onversionchange(Some(closed.unchecked_ref()));
        db.set_onclose(Some(closed.unchecked_ref()));

        let store = self.clone();
        let gone = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            store.hear(&event.data());
        });
        if let Some(channel) = &self.inner.channel {
            channel.set_onmessage(Some(gone.into_js_value().unchecked_ref()));
        }
    }

    /// Another tab has removed these, or everything; or has corrected the one that is named alone.
    fn hear(&self, keys: &JsValue) {
        let inner = &self.inner;
        if let Some(key) = keys.as_f64() {
            let store = self.clone();
            spawn_local(async move { store.hear_of_amended(key as u32).await });
            return;
        }
        let gone: Vec<u32> = if keys.is_null() {
            inner.blocks.borrow().keys().copied().collect()
        } else {
            let keys = Array::from(keys);
            keys.iter()
                .filter_map(|key| key.as_f64())
                .map(|key| key as u32)
                .collect()
        };
        for key in gone {
            if inner.blocks.borrow_mut().remove(&key).is_some() {
                let source = self.source(key);
                self.tell(StoreNews::Gone { source });
            }
        }
    }

    async fn hear_of_amended(&self, key: u32) {
        let is_known = self.inner.blocks.borrow().contains_key(&key);
        // What doesn't read back now will say so when the page is opened again.
        if let (true, Ok(Some(record))) = (is_known, self.record(key).await) {
            let source = self.source(key);
            self.tell(StoreNews::Amended { source, record });
        }
    }

    /// The engine's number of a key.
    fn source(&self, key: u32) -> SourceNumber {
        let keys = self.inner.keys.borrow();
        let of_session = keys.iter().find(|(_, its)| **its == key);
        of_session.map_or(key, |(source, _)| *source)
    }

    fn tell_other_tabs(&self, keys: &JsValue) {
        if let Some(channel) = &self.inner.channel {
            // Tabs that cannot be told notice when they read.
            let _ = channel.post_message(keys);
        }
    }
}

async fn open(name: &str, ears: &Ears) -> Done<Database> {
    let words = Rc::clone(&ears.words);
    let open = Database::open(name)
        .with_version(SCHEMA)
        .with_on_blocked(move |_| {
            words(
                "Another tab still uses the store of an older Mailtrace. Close it, or reload it, to go on here."
                    .to_owned(),
            );
            Ok(())
        })
        .with_on_upgrade_needed(|_, db| {
            db.create_object_store(IMPORTS)
                .with_auto_increment(true)
                .build()?;
            for store in [SOURCES, SEGMENTS, BLOCKS] {
                db.create_object_store(store).build()?;
            }
            Ok(())
        });
    Ok(open.build()?.await?)
}

/// Waits until a change is complete. The library knows only that it was aborted; the transaction, why.
async fn finish(change: Transaction<'_>) -> Done<()> {
    let transaction = change.as_sys().clone();
    match change.commit().await {
        Ok(()) => Ok(()),
        Err(error) => Err(match transaction.error() {
            Some(cause) => Trouble::from(Error::from(cause)),
            None => Trouble::from(error),
        }),
    }
}

fn delete_in(change: &Transaction<'_>, key: u32) -> Done<()> {
    for store in [SOURCES, IMPORTS] {
        drop(change.object_store(store)?.delete(key).primitive()?);
    }
    for store in [SEGMENTS, BLOCKS] {
        let pieces = change.object_store(store)?;
        drop(pieces.delete::<[u32; 2], _>(range(key)).primitive()?);
    }
    Ok(())
}

async fn holds(store: &ObjectStore<'_>, key: u32) -> Done<bool> {
    let found: Option<u32> = store.get_key(key).primitive()?.await?;
    Ok(found.is_some())
}

fn json(record: &Record) -> Done<String> {
    serde_json::to_string(record).map_err(|error| Trouble::Browser {
        name: String::new(),
        text: error.to_string(),
    })
}

/// What a record that can't be read calls its source.
fn name_in(json: &str) -> String {
    let record: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let name = record.pointer("/opening/name");
    match name.and_then(serde_json::Value::as_str) {
        Some(name) => format!("“{name}”"),
        None => "A source".to_owned(),
    }
}

/// All pieces of a source.
fn range(key: u32) -> RangeInclusive<[u32; 2]> {
    [key, 0]..=[key, u32::MAX]
}

impl Trouble {
    fn name(&self) -> &str {
        match self {
            Trouble::Browser { name, .. } => name,
            Trouble::Swept | Trouble::Damaged(_) | Trouble::Older { .. } => "",
        }
    }

    /// What stands behind a colon.
    fn text(&self) -> String {
        match self {
            Trouble::Swept => "it was removed from another tab.".to_owned(),
            Trouble::Damaged(what) => (*what).to_owned(),
            Trouble::Older { .. } => "an older version of Mailtrace has written it.".to_owned(),
            Trouble::Browser { text, .. } if text.is_empty() => {
                "the browser does not say why.".to_owned()
            }
            Trouble::Browser { text, .. } => text.clone(),
        }
    }

    /// A sentence of a source that doesn't read back.
    fn not_read(&self) -> String {
        match self {
            Trouble::Damaged(what) => (*what).to_owned(),
            Trouble::Swept | Trouble::Older { .. } | Trouble::Browser { .. } => {
                format!("The browser could not read it: {}", self.text())
            }
        }
    }

    /// A sentence of a source that is not kept.
    fn not_kept(&self) -> String {
        match self.name() {
            "QuotaExceededError" => "The browser has no more room for it. Removing other sources or freeing disk space helps.".to_owned(),
            _ => format!("The browser could not keep it: {}", self.text()),
        }
    }

    fn no_store(&self) -> String {
        match self.name() {
            "VersionError" => "A newer version of Mailtrace has been used in this browser, and this page is an older one. Reload it to have what is kept; until then nothing more is.".to_owned(),
            "QuotaExceededError" => "The disk is full, or the browser gives this page no room.".to_owned(),
            _ => format!(
                "This browser doesn't let the page keep anything, as in some private windows: {}",
                self.text()
            ),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        let text = error.to_string();
        match error {
            Error::DomException(exception) => {
                let exception = web_sys::DomException::from(exception);
                Trouble::Browser {
                    name: exception.name(),
                    text: exception.message(),
                }
            }
            Error::Serialisation(_) | Error::MissingData(_) | Error::Unknown(_) => {
                let name = String::new();
                Trouble::Browser { name, text }
            }
        }
    }
}

impl From<OpenDbError> for Trouble {
    fn from(error: OpenDbError) -> Trouble {
        match error {
            OpenDbError::Base(error) => error.into(),
            OpenDbError::VersionZero
            | OpenDbError::UnsupportedEnvironment
            | OpenDbError::NullFactory => Trouble::Browser {
                name: String::new(),
                text: "there is no storage for pages here.".to_owned(),
            },
        }
    }
}
