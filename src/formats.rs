//! The formats: how a log is recognised and what its lines say.
//!
//! [`FORMATS`] is the one list of them. A new format is one file in `formats/`, one line there, and
//! its fixtures in `tests/fixtures/<id>/`; ARCHITECTURE.md holds the recipe.
//!
//! A format either owns the lines of a file of its own (a tracking log), or is the dialect that a
//! program speaks inside syslog's envelope (Postfix). One syslog file holds many programs, so the
//! envelope (`formats/syslog.rs`) asks for the dialect line by line. Formats never know each other.

pub mod amavis;
pub mod csv;
pub mod date;
pub mod exchange;
pub mod exchange_online_extended;
pub mod exchange_online_summary;
pub mod exchange_tracking;
pub mod exchange_tracking_export;
mod filter;
pub mod json;
pub mod message_trace;
pub mod message_trace_detail;
pub mod message_trace_list;
pub mod postfix;
pub mod powershell;
pub mod proxmox_filter;
pub mod rspamd;
mod scan;
pub mod spamassassin;
pub mod syslog;
pub mod table;

use crate::event::{Event, Stamp};
use crate::remark::Remark;

/// Every format, in order of preference when two would take the same line.
pub static FORMATS: &[&dyn Format] = &[
    &exchange_online_summary::ExchangeOnlineSummary,
    &exchange_online_extended::ExchangeOnlineExtended,
    &message_trace_list::MessageTraceList,
    &exchange_tracking::ExchangeTracking,
    &exchange_tracking_export::ExchangeTrackingExport,
    &message_trace::MessageTrace,
    &message_trace_detail::MessageTraceDetail,
    &postfix::Postfix,
    &amavis::Amavis,
    &rspamd::Rspamd,
    &spamassassin::SpamAssassin,
    &proxmox_filter::ProxmoxFilter,
];

/// A mail log format: how its lines are recognised and what they say.
pub trait Format: Sync {
    /// The stem of its file, the name of its fixture folder, and what a stored source is tagged with.
    fn id(&self) -> &'static str;

    /// What page and README call it.
    fn title(&self) -> &'static str;

    /// Lines that this format must claim, and no earlier one.
    fn samples(&self) -> &'static [&'static str];

    /// By what a line, alone, shows that its file is of this format; `None` if it doesn't.
    fn recognises(&self, _line: &[u8]) -> Option<Claim> {
        None
    }

    /// Whether a JSON object shows that its file is of this format.
    fn recognises_object(&self, _object: &json::Object<'_>) -> bool {
        false
    }

    /// Whether the program of this name speaks this dialect in syslog (`postfix/smtpd`).
    fn speaks(&self, _program: &[u8]) -> bool {
        false
    }

    /// A reader for one source.
    fn reader(&self) -> Box<dyn Reader>;
}

/// What a format is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A header that names the format or its columns: there is no doubt.
    Header,
    /// The form of a line, which another program could write too.
    Form,
}

/// Reads the lines of one source in order. It remembers only what syntax needs: a header's fields, a
/// record that spans lines. What pairs lines (a queue id, a session's pid) is the engine's.
pub trait Reader {
    /// States the events of one line.
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading;

    /// Whether it takes lines that are longer than anything that is held at once: `line` is then given
    /// their beginning, which has no end, and `more` the rest. Else the rest is passed over.
    fn reads_on(&self) -> bool {
        false
    }

    /// Takes the next piece of the line, which counts already as `line` has answered.
    fn more(&mut self, _piece: &Line<'_>, _is_last: bool, _out: &mut dyn Sink) {}

    /// Whether the text so far is known to be whole, though its last line has no line end.
    fn is_whole(&self) -> bool {
        false
    }

    /// The source has ended: settles a record that was left open.
    fn finish(&mut self, _out: &mut dyn Sink) {}
}

/// One physical line, without its line end.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its first byte, counted in the source's unpacked text.
    pub offset: u64,
    pub bytes: &'a [u8],
    /// False for a last line without line end, which may be half a line, and for the beginning of one
    /// that is too long to be held.
    pub ended: bool,
    /// What syslog says before the text; `None` for formats that own their lines.
    pub envelope: Option<Envelope<'a>>,
}

/// What syslog's envelope says of a line (RFC 3164, RFC 5424).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    pub stamp: Stamp,
    pub host: &'a [u8],
    /// The tag less its pid: `postfix/smtpd`.
    pub program: &'a [u8],
    pub pid: u32,
    pub text: &'a [u8],
}

/// Takes what a reader states.
pub trait Sink {
    fn event(&mut self, event: &Event<'_>);

    /// Says what became of the lines that were answered with [`Reading::Open`].
    fn close(&mut self, reading: Reading);

    /// A dialect has spoken, so the source holds this format too. Once is enough, more does no harm;
    /// a format that owns its lines need not say it.
    fn found(&mut self, _format: &'static str) {}

    /// Something that the person should know of the source as a whole, in a sentence.
    fn remark(&mut self, _remark: Remark) {}
}

/// What a reader made of a line. A continuation line counts as its record does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The line was understood, whether it stated an event or only syntax.
    Recognised,
    /// The line is one of the format's, and its content is not read yet.
    Unread,
    /// The line is no mail program's.
    Ignored,
    /// The line should have been understood and was not.
    Unknown,
    /// The record goes on in the next line; `Sink::close` says what became of it.
    Open,
}

/// Which way a source is read.
#[derive(Clone, Copy)]
pub enum Syntax {
    /// A format that owns its lines, and what it was recognised by.
    Own(&'static dyn Format, Claim),
    /// Syslog's envelope around the dialects of [`FORMATS`].
    Syslog,
}

/// Recognises a source by its first lines, never by its name.
///
/// `head` is the beginning of the unpacked text. The first line that any format claims decides, so
/// foreign lines at the top do no harm; `None` if no line does.
pub fn sniff(head: &[u8]) -> Option<Syntax> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let claim = |format: &&'static dyn Format| Some((*format, format.recognises(line)?));
        let own = FORMATS.iter().find_map(claim);
        own.map(|(format, claim)| Syntax::Own(format, claim))
            .or_else(|| syslog::envelope(line).map(|_| Syntax::Syslog))
    })
}

/// Finds out by the objects of a JSON text, whatever lines they span, which format it is of.
#[derive(Debug, Default)]
pub struct JsonSniffer {
    scanner: json::Scanner,
}

impl JsonSniffer {
    /// Takes the next line; the syntax, once an object that ends there is one of a format's.
    pub fn look(&mut self, line: &[u8]) -> Option<Syntax> {
        let mut found = Recogniser(None);
        self.scanner.scan(0, line, true, &mut found);
        found.0.map(|format| Syntax::Own(format, Claim::Header))
    }
}

/// The format of the first object that is of one.
struct Recogniser(Option<&'static dyn Format>);

impl json::Objects for Recogniser {
    fn object(&mut self, object: &json::Object<'_>) -> json::Taken {
        if let Some(text) = object.wrapped() {
            json::Scanner::scan_all(text, self);
        }
        let mut formats = FORMATS.iter();
        self.0 = self.0.or_else(|| {
            let format = formats.find(|format| format.recognises_object(object));
            format.copied()
        });
        json::Taken::Envelope
    }
}

/// The format that claims this line, whether it owns it or speaks in its envelope.
pub fn claimant(line: &[u8]) -> Option<&'static dyn Format> {
    if let Some(Syntax::Own(format, _)) = JsonSniffer::default().look(line) {
        return Some(format);
    }
    let program = syslog::envelope(line).map(|envelope| envelope.program);
    FORMATS
        .iter()
        .find(|format| {
            format.recognises(line).is_some()
                || program.is_some_and(|program| format.speaks(program))
        })
        .copied()
}
