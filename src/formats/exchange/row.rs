//! The columns of a tracking row (formats.md 3.3), and the event that a row states (formats.md 3.4, 3.5).

use chrono::NaiveDate;
use memchr::memmem::Finder;

use super::super::date;
use super::super::table::is_rounded;
use super::answer::{self, Accepted, Answers};
use super::recipient_status::{last_error, pair_up};
use super::{custom_data, digest};
use crate::event::{
    Agent, Direction, Enhanced, Event, Folder, Guid, Kind, List, Origin, Stamp, Verdict,
};

macro_rules! columns {
    ($($column:ident $name:literal,)*) => {
        /// The columns that are read; message-info, tenant-id, original-server-ip,
        /// transport-traffic-type, log-id and schema-version are not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Column { $($column,)* }

        const NAMES: &[&str] = &[$($name,)*];
        const COLUMNS: usize = NAMES.len();
    };
}

columns! {
    DateTime "date-time",
    ClientIp "client-ip",
    ClientHostname "client-hostname",
    ServerIp "server-ip",
    ServerHostname "server-hostname",
    SourceContext "source-context",
    ConnectorId "connector-id",
    Source "source",
    EventId "event-id",
    InternalMessageId "internal-message-id",
    MessageId "message-id",
    NetworkMessageId "network-message-id",
    RecipientAddress "recipient-address",
    RecipientStatus "recipient-status",
    TotalBytes "total-bytes",
    RecipientCount "recipient-count",
    RelatedRecipientAddress "related-recipient-address",
    Reference "reference",
    MessageSubject "message-subject",
    SenderAddress "sender-address",
    ReturnPath "return-path",
    Directionality "directionality",
    OriginalClientIp "original-client-ip",
    CustomData "custom-data",
}

/// Where in a row its columns lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    places: [Option<u16>; COLUMNS],
    width: usize,
}

impl Layout {
    /// The layout that a header's names tell. Unknown names are columns that are not read.
    ///
    /// Exchange Online's reports write `_` for `-`, PowerShell's exports write nothing, and both have
    /// other names for some ([`OTHER_NAMES`]).
    pub fn named<'a>(names: impl Iterator<Item = &'a [u8]>) -> Layout {
        let mut layout = Layout {
            places: [None; COLUMNS],
            width: 0,
        };
        for name in names {
            let name = name.trim_ascii();
            let other = OTHER_NAMES.iter().find(|(other, _)| is_named(other, name));
            let name = other.map_or(name, |(_, known)| known.as_bytes());
            let columns = NAMES.iter().zip(&mut layout.places);
            for (_, place) in columns.filter(|(known, _)| is_named(known, name)) {
                // The first of two equal names holds.
                *place = place.or(u16::try_from(layout.width).ok());
            }
            layout.width += 1;
        }
        layout
    }

    /// How many columns the header names.
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn has(&self, column: Column) -> bool {
        self.places
            .get(column as usize)
            .is_some_and(Option::is_some)
    }
}

/// What reports (formats.md 1.4) and PowerShell (formats.md 3.6) call columns of the log.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("date-time-utc", "date-time"),
    ("timestamp", "date-time"),
    ("recipients", "recipient-address"),
    ("sender", "sender-address"),
    ("event-data", "custom-data"),
];

fn is_named(known: &str, name: &[u8]) -> bool {
    let letters = name.iter().filter(|byte| !matches!(byte, b'-' | b'_'));
    let known = known.bytes().filter(|byte| *byte != b'-');
    known.eq(letters.map(u8::to_ascii_lowercase))
}

/// The columns of one row; empty where the row or its header has none.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a>([&'a [u8]; COLUMNS]);

impl<'a> Row<'a> {
    pub fn new(layout: &Layout, field: impl Fn(usize) -> &'a [u8]) -> Row<'a> {
        Row(layout
            .places
            .map(|place| place.map_or(&[][..], |place| field(place.into()))))
    }

    pub fn get(&self, column: Column) -> &'a [u8] {
        self.0.get(column as usize).copied().unwrap_or_default()
    }

    /// Takes a column for empty.
    pub fn clear(&mut self, column: Column) {
        self.set(column, &[]);
    }

    /// Puts a text in the place of a column's, for files that write it otherwise than the log does.
    pub fn set(&mut self, column: Column, text: &'a [u8]) {
        if let Some(held) = self.0.get_mut(column as usize) {
            *held = text;
        }
    }

    /// Whether the columns hold what they should; in a row of another table, or one that lost a quote,
    /// they don't.
    pub fn fits(&self) -> bool {
        let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit) || is_rounded(text);
        let id = self.get(Column::NetworkMessageId);
        self.get(Column::Source).iter().all(u8::is_ascii_alphabetic)
            && (id.is_empty() || Guid::parse(id).is_some())
            && is_number(self.get(Column::TotalBytes))
            && is_number(self.get(Column::RecipientCount))
    }

    /// The time, microseconds UTC; `None` if this is no row as it was written.
    pub fn instant(&self) -> Option<i64> {
        instant(self.get(Column::DateTime))
    }

    /// The time, which a spreadsheet may have rewritten; `None` if this is no row.
    pub fn stamp(&self, is_local: bool) -> Option<Stamp> {
        let text = self.get(Column::DateTime);
        if is_local {
            return date::stamp(text, false);
        }
        let written = instant(text).map(Stamp::Instant);
        written.or_else(|| date::stamp(text, true))
    }

    /// What happened; `None` if this is no row. Names are compared without regard to case.
    pub fn kind(&self) -> Option<Kind> {
        let name = self.get(Column::EventId);
        let is_name = (1..=40).contains(&name.len()) && name.iter().all(u8::is_ascii_alphabetic);
        is_name.then(|| {
            let exchange = Kind::ALL.iter().filter(|kind| kind.code() < FOREIGN);
            find(exchange, |kind| kind.name(), name)
        })
    }

    pub fn origin(&self) -> Origin {
        let exchange = Origin::ALL.iter().filter(|origin| origin.code() < FOREIGN);
        find(exchange, |origin| origin.name(), self.get(Column::Source))
    }
}

/// The codes of kinds and origins from here on are other mail systems'.
const FOREIGN: u8 = 64;

fn find<'t, T: Copy + Default + 't>(
    mut all: impl Iterator<Item = &'t T>,
    name: impl Fn(T) -> &'static str,
    text: &[u8],
) -> T {
    let found = all.find(|variant| name(**variant).as_bytes().eq_ignore_ascii_case(text));
    found.copied().unwrap_or_default()
}

/// Which way a message goes: a word, or the number that documentation has for it (formats.md 1.1).
pub fn direction(text: &[u8]) -> Direction {
    match text {
        b"1" => Direction::Incoming,
        b"2" => Direction::Originating,
        _ => find(Direction::ALL.iter(), Direction::name, text),
    }
}

/// What the reader of a file knows of a row beside its columns.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Empty for files of which nothing tells whose they are.
    pub host: &'static [u8],
    /// A time without a zone is not UTC's but that of the machine that wrote the file.
    pub is_local: bool,
    pub offset: u64,
    pub cut: bool,
}

/// Makes events of rows. Made once and used for every row of a source.
#[derive(Debug)]
pub struct Speaker {
    answers: Answers,
    folder_type: Finder<'static>,
    /// Rows of several recipients whose states could not be told apart.
    pub unpaired: u64,
    /// Empty between rows; kept for its memory.
    items: Vec<&'static [u8]>,
}

impl Default for Speaker {
    fn default() -> Self {
        Speaker {
            answers: Answers::default(),
            folder_type: Finder::new(b"FolderType:"),
            unpaired: 0,
            items: Vec::new(),
        }
    }
}

impl Speaker {
    /// States a row's event; false if this is no row.
    pub fn state(&mut self, row: &Row<'_>, place: Place, state: impl FnOnce(&Event<'_>)) -> bool {
        let (Some(stamp), Some(kind)) = (row.stamp(place.is_local), row.kind()) else {
            return false;
        };
        let column = |column| row.get(column);
        let context = column(Column::SourceContext);
        let recipients = List::Split(column(Column::RecipientAddress), b';');
        let mut count = 0;
        recipients.for_each(|_| count += 1);
        let mut items = emptied(std::mem::take(&mut self.items));
        let paired = pair_up(column(Column::RecipientStatus), count, &mut items);
        self.unpaired += u64::from(!paired);

        let gist = custom_data::gist(column(Column::CustomData));
        let name = answer::name(context);
        let said = self.said(kind, row, name, &items);
        let mut verdict = gist.verdict;
        if answer::agent(name) != Agent::None {
            verdict = verdict.with_agent(answer::agent(name));
        }
        if matches!(kind, Kind::Deliver | Kind::DuplicateDeliver) {
            verdict = self.folder(verdict, context, &items);
        }
        let original = column(Column::OriginalClientIp);

        state(&Event {
            offset: place.offset,
            host: place.host,
            stamp,
            kind,
            origin: row.origin(),
            name: match kind {
                Kind::Other => column(Column::EventId),
                _ => &[],
            },
            id: column(Column::InternalMessageId),
            next_id: said.next_id,
            message_id: column(Column::MessageId),
            network_message_id: Guid::parse(column(Column::NetworkMessageId)),
            sender: column(Column::SenderAddress),
            return_path: column(Column::ReturnPath),
            recipients,
            recipient_status: match items.as_slice() {
                [] => List::Empty,
                [single] => List::One(single),
                _ => List::Many(&items),
            },
            related: List::Split(column(Column::RelatedRecipientAddress), b';'),
            reference: match kind {
                // A reason, which is the event's text.
                Kind::Throttle => List::Empty,
                _ => List::Split(column(Column::Reference), b';'),
            },
            client_ip: column(Column::ClientIp),
            client_host: column(Column::ClientHostname),
            original_client_ip: if original.is_empty() {
                gist.proxied_client_ip
            } else {
                original
            },
            server_ip: column(Column::ServerIp),
            server_host: column(Column::ServerHostname),
            connector: column(Column::ConnectorId),
            context: name,
            subject: column(Column::MessageSubject),
            size: number(column(Column::TotalBytes)),
            recipient_count: u32::try_from(number(column(Column::RecipientCount))).unwrap_or(0),
            reply_code: said.reply_code,
            enhanced: said.enhanced,
            text: said.text,
            delay_ms: gist.latency_ms,
            verdict,
            direction: direction(column(Column::Directionality)),
            digest: digest::of_event(
                column(Column::Source),
                column(Column::EventId),
                column(Column::InternalMessageId),
                column(Column::MessageId),
                recipients,
            ),
            cut: place.cut,
            ..Event::default()
        });
        self.items = emptied(items);
        true
    }

    /// The answer or the reason, and its codes.
    fn said<'a>(
        &self,
        kind: Kind,
        row: &Row<'a>,
        name: &[u8],
        states: &[&'a [u8]],
    ) -> Accepted<'a> {
        let context = row.get(Column::SourceContext);
        if matches!(kind, Kind::Send | Kind::SendExternal) {
            let accepted = self.answers.accepted(context);
            if accepted.reply_code != 0 {
                return accepted;
            }
        }
        let state = states.iter().find(|state| !state.is_empty());
        let state = state.copied().unwrap_or_default();
        let text = match kind {
            Kind::Throttle => row.get(Column::Reference),
            _ if answer::is_answer(state) => state,
            _ if !wants_reason(kind) => &[],
            _ if !state.is_empty() => state,
            _ if name.is_empty() && !is_session(context) => last_error(context),
            _ => &[],
        };
        let (reply_code, enhanced) = match answer::is_answer(text) {
            true => answer::codes(text),
            false => (0, Enhanced::NONE),
        };
        Accepted {
            reply_code,
            enhanced,
            text: answer::reason(text),
            next_id: &[],
        }
    }

    /// The folder of a delivery, where the row names one and the same for all its recipients.
    fn folder(&self, verdict: Verdict, context: &[u8], states: &[&[u8]]) -> Verdict {
        if let Some(start) = self.folder_type.find(context) {
            let text = context.get(start + self.folder_type.needle().len()..);
            let end = text.and_then(|text| text.split(|byte| *byte == b';').next());
            return verdict.with_folder(custom_data::folder(end.unwrap_or_default()));
        }
        let named = |state: &[u8]| match custom_data::folder(state) {
            Folder::Other if self.folder_type.find(state).is_none() => Folder::None,
            folder => folder,
        };
        let mut folders = states.iter().map(|state| named(state));
        match folders.next() {
            Some(first) if first != Folder::None && folders.all(|folder| folder == first) => {
                verdict.with_folder(first)
            }
            _ => verdict,
        }
    }
}

/// Whether an event of this kind wants a reason, so that any text is one.
fn wants_reason(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Fail
            | Kind::DeliverFail
            | Kind::Defer
            | Kind::Drop
            | Kind::BadMail
            | Kind::PoisonMessage
            | Kind::SubmitDefer
            | Kind::SubmitFail
            | Kind::Suppressed
            | Kind::ModeratorReject
            | Kind::ModerationExpire
            | Kind::ModeratorsAllNdr
            | Kind::ResubmitDefer
            | Kind::ResubmitFail
    )
}

/// `08DE000000000005;2026-09-14T08:00:00.544Z;0`, `MDB:…, Mailbox:…`: ids, and no reason.
fn is_session(context: &[u8]) -> bool {
    let id = context
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    context.starts_with(b"MDB:") || (id.len() == 16 && id.iter().all(u8::is_ascii_hexdigit))
}

/// The memory of a list of slices, for slices of another life: a vector of equal layout is reused.
fn emptied<'a>(mut items: Vec<&[u8]>) -> Vec<&'a [u8]> {
    items.clear();
    items.into_iter().map(|_| &[][..]).collect()
}

/// A number that stands alone; 0 for anything else.
pub fn number(text: &[u8]) -> u64 {
    let digits = text.iter().try_fold(0u64, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    });
    digits.unwrap_or(0)
}

/// Whether a text begins as a time does: `2026-09-14T`.
pub fn begins_with_date(text: &[u8]) -> bool {
    let pattern = b"0000-00-00T";
    text.get(..pattern.len()).is_some_and(|text| {
        let fits = |(byte, pattern): (&u8, &u8)| match pattern {
            b'0' => byte.is_ascii_digit(),
            _ => byte == pattern,
        };
        text.iter().zip(pattern).all(fits)
    })
}

/// Microseconds UTC of `2026-09-14T08:12:45.011Z`, with any number of digits behind the point.
pub fn instant(text: &[u8]) -> Option<i64> {
    if !begins_with_date(text) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| number(digits) as u32)
    };
    let colons = text.get(13) == Some(&b':') && text.get(16) == Some(&b':');
    let (hour, minute, second) = (part(11..13)?, part(14..16)?, part(17..19)?);
    // A leap second is the last one once more.
    if !colons || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text
        .get(19..)?
        .strip_suffix(b"Z")
        .unwrap_or(text.get(19..)?);
    let micros = match rest.split_first() {
        None => 0,
        Some((b'.', digits)) if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => (0
            ..6)
            .map(|place| i64::from(digits.get(place).map_or(0, |digit| digit - b'0')))
            .fold(0, |sum, digit| sum * 10 + digit),
        Some(_) => return None,
    };
    let date = NaiveDate::from_ymd_opt(part(0..4)? as i32, part(5..7)?, part(8..10)?)?;
    let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let seconds = hour * 3600 + minute * 60 + second.min(59);
    Some((midnight + i64::from(seconds)) * 1_000_000 + micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_microsecond() {
        assert_eq!(instant(b"1970-01-02T00:00:01.5Z"), Some(86_401_500_000));
        assert_eq!(
            instant(b"2026-09-14T08:12:45.0110000Z"),
            Some(1_789_373_565_011_000)
        );
        assert_eq!(
            instant(b"2026-09-14T08:12:45Z"),
            Some(1_789_373_565_000_000)
        );
        for wrong in [
            "",
            "2026-09-14",
            "2026-02-30T00:00:00Z",
            "2026-09-14T24:00:00Z",
            "2026-09-14T08:12:45.Z",
            "2026-09-14T08:12:45+02:00",
            "2026-09-14 08:12:45Z",
            "2026-09-14T08-12-45Z",
        ] {
            assert_eq!(instant(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn every_name_of_exchange_is_found_in_any_case() {
        let layout = Layout::named([&b"Source"[..], b"EVENT-ID"].into_iter());
        for kind in Kind::ALL.iter().filter(|kind| kind.code() < FOREIGN) {
            let name = kind.name().to_ascii_lowercase();
            let row = Row::new(&layout, |place| [&b"smtp"[..], name.as_bytes()][place]);
            assert_eq!((row.kind(), row.origin()), (Some(*kind), Origin::Smtp));
        }
        let foreign = Row::new(&layout, |place| [&b"smtpd"[..], b"removed"][place]);
        assert_eq!(
            (foreign.kind(), foreign.origin()),
            (Some(Kind::Other), Origin::Unknown)
        );
        let none = Row::new(&layout, |place| [&b"SMTP"[..], b"queue active"][place]);
        assert_eq!(none.kind(), None);
    }

    #[test]
    fn reports_name_their_columns_otherwise() {
        let names = [
            &b"DATE_TIME_UTC"[..],
            b"event_id",
            b"internal-message-id",
            b"event-id",
        ];
        let layout = Layout::named(names.into_iter());
        let row = Row::new(&layout, |place| [&b"a"[..], b"b", b"c", b"d"][place]);
        assert_eq!(row.get(Column::DateTime), b"a");
        assert_eq!(row.get(Column::EventId), b"b");
        assert_eq!(row.get(Column::InternalMessageId), b"c");
    }

    #[test]
    fn directions_are_words_or_numbers() {
        assert_eq!(direction(b"incoming"), Direction::Incoming);
        assert_eq!(direction(b"1"), Direction::Incoming);
        assert_eq!(direction(b"2"), Direction::Originating);
        assert_eq!(direction(b"3"), Direction::None);
        assert_eq!(direction(b""), Direction::None);
    }

    #[test]
    fn numbers_stand_alone() {
        assert_eq!(number(b"141000"), 141_000);
        assert_eq!(number(b"1.3E5"), 0);
        assert_eq!(number(b"99999999999999999999999"), 0);
    }
}
