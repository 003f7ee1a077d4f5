//! All that crosses between the page and the engine.
//!
//! Requests go to the engine, replies come from it, each as one JSON text. A reply to a question
//! carries the question's ticket, so that the page can drop what comes too late.
//! Instants are microseconds UTC. Nothing here is ever as large as the data: a row that is not on the
//! screen does not cross.

use serde::{Deserialize, Serialize};

use crate::delivery::Settings;
use crate::delivery::status::Status;
use crate::raw::Place;
pub use crate::search::Found;
use crate::search::{Query, Sort};
pub use crate::source::Correction;
use crate::source::{Account, HostClock, Opening, RecognisedBy, Record, Remark};
use crate::time::{Told, Zone};

/// Numbers a question, upwards.
pub type Ticket = u32;

/// What the page asks of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Answers with [`Reply::Found`], and is the search that [`Request::Rows`] speaks of.
    Search {
        ticket: Ticket,
        query: Query,
        sort: Sort,
    },
    /// A window of the newest search's rows; answers with [`Reply::Rows`].
    Rows {
        ticket: Ticket,
        from: u32,
        count: u32,
    },
    /// One delivery; answers with [`Reply::Detail`] at once and [`Reply::Lines`] when they are read.
    Detail { ticket: Ticket, delivery: u32 },
    /// A drop of files is about to come from a reader.
    Import { batch: u32, files: Vec<FileName> },
    /// The page has ended the reader of this drop: keep its files that are whole, forget the others.
    Cancel { batch: u32 },
    /// How contested cases are to be decided from now on; said once after [`Reply::Ready`], and again
    /// whenever the person changes it.
    Settings { settings: Settings },
    /// Sets what one host of a source leaves out, or how it is called.
    Correct {
        source: u32,
        /// As its lines name it; empty where they don't.
        host: String,
        correction: Correction,
    },
    /// Forget one source.
    Remove { source: u32 },
    /// Forget everything, on disk too.
    Erase,
}

/// A file of a drop, before anything of it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileName {
    /// Its path below the dropped folder, or its name.
    pub name: String,
    /// Bytes, as they lie on disk.
    pub size: u64,
}

/// What the engine says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker's first word.
    Ready {
        build: String,
        /// Titles of the formats that are read. The page links no reader of a log, so it is told.
        formats: Vec<String>,
    },
    /// How things are stored; said once on opening and whenever it changes.
    Storage {
        storage: Storage,
    },
    /// The sources, all of them, whenever one comes, changes or goes.
    Sources {
        sources: Vec<SourceView>,
    },
    /// How a drop goes on; at least once a file, and a few times a second.
    Progress {
        batch: u32,
        files: Vec<FileProgress>,
        ended: bool,
    },
    /// The rows may be others than before: ask again.
    Changed,
    Found {
        ticket: Ticket,
        found: Found,
    },
    Rows {
        ticket: Ticket,
        from: u32,
        rows: Vec<RowView>,
    },
    /// `None` where the delivery is gone since the question's rows were given.
    Detail {
        ticket: Ticket,
        detail: Option<Box<DetailView>>,
    },
    /// The raw lines of a detail.
    Lines {
        ticket: Ticket,
        lines: Vec<LineView>,
    },
    /// Something that the person should know, in words.
    Notice {
        notice: Notice,
    },
}

/// Whether what is imported lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Storage {
    /// Not known yet: the store is being opened.
    Opening,
    /// Sources are kept in this browser.
    Kept,
    /// Nothing is kept beyond this page, and why, in words.
    MemoryOnly { why: String },
}

/// A sentence for the person; several of one kind are shown as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub grave: bool,
    pub text: String,
}

/// A row of the trace table: one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowView {
    /// Names the delivery in [`Request::Detail`].
    pub delivery: u32,
    /// The same delivery bears the same key after more files have come.
    pub key: String,
    /// First receipt of the message.
    pub time: i64,
    pub sender: String,
    pub recipient: String,
    pub subject: String,
    pub status: Status,
    /// A few words: the answer of the remote server, or why the status is what it is.
    pub why: String,
}

/// One delivery in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailView {
    pub delivery: u32,
    pub key: String,
    pub status: Status,
    /// What happened, in a sentence that can be read out.
    pub sentence: String,
    /// The server's own words, where there are any.
    pub reason: String,
    /// The rule that gave the status.
    pub rule: RuleView,
    /// Why it came to this, and what to do about it.
    pub advice: AdviceView,
    pub time: i64,
    pub sender: String,
    /// Where it differs from the sender.
    pub return_path: String,
    pub login: String,
    pub recipient: String,
    /// The address that this one was replaced by.
    pub replaced_by: String,
    /// The group or address that this one came from.
    pub came_from: String,
    pub subject: String,
    pub message_id: String,
    pub network_message_id: String,
    /// Queue ids and internal message ids, each with its host where it is known.
    pub queue_ids: Vec<String>,
    /// Inbound, Outbound or Internal, as far as the logs tell.
    pub direction: String,
    pub from_ip: String,
    /// Why `from_ip` is blank, where it is.
    pub from_ip_note: String,
    pub to_ip: String,
    pub to_ip_note: String,
    /// Bytes.
    pub size: Option<u64>,
    pub events: Vec<EventView>,
    /// The systems that the message passed on its way to this recipient, each behind the one before it,
    /// and what branches off before what goes on.
    pub stations: Vec<StationView>,
    /// Where its trail ends: behind the last station that is on no branch.
    pub end: EndView,
    /// What the logs don't hold of it, and which log would.
    pub missing: Option<MissingView>,
    /// All recipients of the message, this one too.
    pub recipients: Vec<RecipientView>,
    /// Which setting made the difference, and what the status would be without it, in a sentence; empty
    /// where none did.
    pub by_setting: String,
    /// What the reader should know: a year that was assumed, times without zone.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleView {
    pub name: String,
    /// Where the rule stands: a section of an RFC, a vendor's page.
    pub source: String,
}

/// What a help desk can read out, in sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceView {
    pub means: String,
    /// What to do next.
    pub next: String,
    /// Who can do it: `the sender and your administrator`.
    pub whom: String,
    /// Where the meaning stands.
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    pub time: i64,
    /// Office 365's word: Receive, Submit, Send, Deliver, Fail, Defer, Expand, Transfer, Resolved…
    pub event: String,
    /// The log's own word.
    pub raw: String,
    pub detail: String,
    pub host: String,
    /// The place of the station that states it in [`DetailView::stations`].
    pub station: Option<u32>,
    /// The event that decided the status.
    pub decides: bool,
}

/// A system that a message passed under one id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationView {
    /// Several where Exchange's servers share an id, comma-separated.
    pub host: String,
    pub system: String,
    pub id: String,
    /// First and last word of it there, microseconds UTC by its own clock.
    pub came: i64,
    pub left: i64,
    /// The place of the station before it in the list; `None` where nothing tells.
    pub before: Option<u32>,
    /// Why it is known to be the same message as there, in a sentence; empty where there is none before.
    pub joined_by: String,
    /// How sure that is: `id`, `id and time`, `likeness`.
    pub certainty: String,
    /// How many branchings it is off the way to where the trail ends; 0 on that way.
    pub branch: u32,
    /// How long it was at the station before, by the clock there, microseconds.
    pub took: Option<i64>,
    /// How far this station's clock is from that one's, as far as it shows: microseconds, negative where it
    /// is behind, 0 where they agree.
    pub apart: i64,
    /// How often the station before put it off until then.
    pub deferrals: u32,
    /// What else there is to say: that it refused the message, what went on from here for other
    /// recipients. A sentence, or empty.
    pub note: String,
}

/// Where the trail of a delivery ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndView {
    /// How long it was at the last station until then, by the clock there, microseconds.
    pub took: Option<i64>,
    /// How often that station put it off.
    pub deferrals: u32,
    /// Why the status is what it is, in a few words.
    pub words: String,
}

/// What the logs don't hold of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingView {
    /// Where the trail breaks off, in a sentence or two.
    pub text: String,
    /// The host whose log would tell.
    pub host: String,
    /// That host would be a station of its own; else the log of a station breaks off.
    pub is_station: bool,
    /// It would stand before the first station, not behind the last.
    pub is_before: bool,
    /// The log that would tell: `the mail log of mx2`.
    pub look_at: String,
    /// What time of it, microseconds UTC.
    pub from: i64,
    pub until: i64,
    /// That log is here, and holds nothing of it.
    pub is_covered: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientView {
    pub delivery: u32,
    pub recipient: String,
    pub status: Status,
    /// The group or the address that it came from; its row may be among these.
    pub came_from: String,
    /// The address that took its place.
    pub replaced_by: String,
}

/// A line as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    pub source: String,
    /// From 1, in the unpacked text; 0 where the line does not read back, and the text says so.
    pub line: u64,
    pub text: String,
    /// The line of the event that decided the status.
    pub decides: bool,
    /// What agents and filters noted in it, in sentences.
    pub story: Vec<String>,
}

/// A source and its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    pub source: u32,
    pub name: String,
    /// Bytes on disk, and unpacked.
    pub size: u64,
    pub unpacked: u64,
    /// Microseconds UTC.
    pub modified: Option<i64>,
    /// Titles of the formats that were found in it.
    pub formats: Vec<String>,
    pub account: Account,
    pub span: Option<(i64, i64)>,
    pub hosts: Vec<HostView>,
    /// What showed how it is to be read.
    pub recognised_by: Option<RecognisedBy>,
    /// What it is, what was taken, what was not.
    pub remarks: Vec<Remark>,
    /// Kept in the store, or only in memory.
    pub kept: bool,
}

/// One host of a source and how its times were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostView {
    /// Empty where the format names none.
    pub name: String,
    /// Empty where every line states it.
    pub zone: String,
    pub zone_told: Told,
    /// Of the first line, for times without a year.
    pub year: Option<i32>,
    pub year_told: Told,
    /// What the person calls the host; empty where it is called as its lines name it.
    pub given_name: String,
    /// Whether dates such as 3/4/2026 were read with the day first; `None` where there are none.
    pub day_first: Option<bool>,
    pub day_first_told: Told,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProgress {
    pub name: String,
    /// Bytes of the file, and how many are read.
    pub size: u64,
    pub read: u64,
    pub lines: u64,
    pub events: u64,
    pub state: FileState,
    /// What to know of it, in a sentence.
    pub remark: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileState {
    Waiting,
    Reading,
    /// Read, derived, and being committed.
    Keeping,
    /// Whole: in the table, and kept where storage allows.
    Done,
    /// Its content is here already.
    Known,
    /// Nothing of it could be used.
    Refused,
    Cancelled,
}

/// What the page hands to a reader along with the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderOrder {
    pub batch: u32,
    pub files: Vec<FileName>,
    /// The browser's own zone, assumed where a log has no other evidence.
    pub assumed: Zone,
}

/// What a reader tells the engine of one file. The bytes of a segment or a block travel beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReaderReport {
    pub batch: u32,
    /// The file's index in [`ReaderOrder::files`].
    pub file: u32,
    pub news: ReaderNews,
}

/// A reader sends at most two segments that the engine has not answered with "taken".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ReaderNews {
    Opened {
        opening: Opening,
    },
    /// Events, in the order of the file, and the clocks as far as they are known.
    Segment {
        clocks: Vec<HostClock>,
    },
    /// Raw text.
    Block {
        place: Place,
    },
    /// Bytes of the file that were read, lines and events so far.
    Progress {
        read: u64,
        lines: u64,
        events: u64,
    },
    Ended {
        record: Box<Record>,
    },
}
