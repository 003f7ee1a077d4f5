//! One delivery as texts: what a row of the page and a line of the terminal show.

use crate::delivery::rule::Rule;
use crate::delivery::status::Status;
use crate::delivery::{Basis, Delivery};
use crate::event::{Direction, Kind, Origin};
use crate::events::Row;
use crate::journey::Journey;
use crate::protocol::RowView;
use crate::segment::{self, Field};
use crate::trace::Trace;
use crate::words::Word;

use super::advice::Sides;
use super::answer::Answer;
use super::event::{EventText, with_id};
use super::why;

/// A delivery, its journey, and the event that decided it.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    pub(super) trace: &'a Trace,
    pub(super) number: u32,
    pub(super) delivery: &'a Delivery,
    pub(super) journey: &'a Journey,
    deciding: Option<Row<'a>>,
    last: Option<Row<'a>>,
}

impl<'a> Entry<'a> {
    /// The delivery of a number; `None` if it is gone.
    pub fn new(trace: &'a Trace, number: u32) -> Option<Entry<'a>> {
        let delivery = trace.delivery(number)?;
        Some(Entry {
            trace,
            number,
            delivery,
            journey: trace.journey(delivery)?,
            deciding: trace.events().row(delivery.decided_by),
            last: trace.events().row(delivery.last_event),
        })
    }

    /// First receipt of the message, microseconds UTC.
    pub fn time(&self) -> i64 {
        self.journey.start
    }

    pub fn status(&self) -> Status {
        self.delivery.status
    }

    pub fn rule(&self) -> Rule {
        self.delivery.rule
    }

    pub fn sender(&self) -> String {
        self.text(self.journey.sender)
    }

    pub fn recipient(&self) -> String {
        self.text(self.delivery.recipient)
    }

    pub fn replaced_by(&self) -> String {
        self.text(self.delivery.replaced_by)
    }

    pub fn came_from(&self) -> String {
        self.text(self.delivery.came_from)
    }

    pub fn subject(&self) -> String {
        self.text(self.journey.subject)
    }

    pub fn message_id(&self) -> String {
        self.text(self.journey.message_id)
    }

    /// Bytes.
    pub fn size(&self) -> Option<u64> {
        Some(self.journey.size).filter(|size| *size > 0)
    }

    /// The address that the message came from; blank where Message Trace leaves it blank, which is for
    /// outbound mail of Exchange (formats.md 2.1).
    pub fn from_ip(&self) -> String {
        match self.is_exchange() && self.journey.direction == Direction::Originating {
            true => String::new(),
            false => self.text(self.journey.from_ip),
        }
    }

    fn is_exchange(&self) -> bool {
        let row = self.deciding.or(self.last);
        row.is_some_and(|row| row.origin().is_exchange())
    }

    /// Why no line tells where the message came from; empty where one does.
    pub fn from_ip_note(&self) -> String {
        if !self.from_ip().is_empty() {
            return String::new();
        }
        if self.journey.from_ip != 0 {
            let client = self.text(self.journey.from_ip);
            return format!(
                "Blank, as in Message Trace, because the message is outbound; it was handed in by {client}."
            );
        }
        let events = self.trace.events_of(self.journey);
        let mut rows = events
            .iter()
            .filter_map(|number| self.trace.events().row(*number));
        let entry = rows.find(|row| {
            matches!(
                row.kind(),
                Kind::Receive | Kind::Submit | Kind::ClientSubmission
            )
        });
        let note = match entry.map(|row| row.origin()) {
            Some(Origin::LocalPickup) => "The message was handed in on the server itself.",
            Some(Origin::Pickup) => "The message was handed in by the pickup directory.",
            Some(Origin::StoreDriver) => "The message was sent from a mailbox on the server.",
            Some(Origin::Dsn) => "The message is a notification that the server made.",
            Some(_) => "The line that tells of its receipt names no address.",
            None => "No line of these logs tells of its receipt.",
        };
        note.to_owned()
    }

    /// The address of the server that the message was handed to; blank where Message Trace leaves it
    /// blank, which is for inbound mail of Exchange.
    pub fn to_ip(&self) -> String {
        match self.is_exchange() && self.journey.direction == Direction::Incoming {
            true => String::new(),
            false => self.text(self.trace.to_ip(self.delivery)),
        }
    }

    /// Why no line tells where the message went; empty where one does.
    pub fn to_ip_note(&self) -> String {
        if !self.to_ip().is_empty() {
            return String::new();
        }
        let server = self.text(self.trace.to_ip(self.delivery));
        if !server.is_empty() {
            return format!(
                "Blank, as in Message Trace, because the message is inbound; the server was {server}."
            );
        }
        let kind = self.deciding.map(|row| row.kind());
        let note = match (kind, self.status()) {
            (Some(Kind::Deliver | Kind::DuplicateDeliver), _) => {
                "The message was delivered on the server itself."
            }
            (Some(Kind::Send | Kind::SendExternal), _) => {
                "The line that tells of its transmission names no address."
            }
            (_, Status::Expanded) => "The message went on to other addresses.",
            (_, Status::Delivered | Status::Quarantined | Status::FilteredAsSpam) => {
                "No line of these logs names the server that it was handed to."
            }
            (_, Status::Failed) => "The message was not handed to another server.",
            (_, Status::Pending | Status::GettingStatus) => {
                "The message has not been handed to another server yet."
            }
        };
        note.to_owned()
    }

    /// The server's own words for this recipient, where there are any.
    pub fn reason(&self) -> String {
        self.speaking()
            .map(|row| with_id(row, lossy(self.words_of(&row))))
            .unwrap_or_default()
    }

    /// The event that tells the reason.
    fn speaking(&self) -> Option<Row<'a>> {
        if self.rule() == Rule::AliasExpanded {
            // Its event is a delivery to one of the addresses, and speaks of that one.
            return None;
        }
        let last = self.last.filter(|row| row.kind() == Kind::Defer);
        match self.deciding.or(last) {
            Some(row) if row.kind() == Kind::Expire => self.last_deferral().or(Some(row)),
            row => row,
        }
    }

    /// The reason, made ready to be looked up.
    pub(super) fn answer(&self) -> Answer {
        let Some(row) = self.speaking() else {
            return Answer::default();
        };
        let reply = u16::try_from(row.number(Field::ReplyCode)).unwrap_or(0);
        Answer::new(&self.reason(), reply, row.enhanced())
    }

    /// Whose servers are on either side.
    pub(super) fn sides(&self) -> Sides {
        let is_inside = |address: &[u8]| address.is_empty() || is_private(address);
        let recipient_is_ours = self.speaking().is_some_and(|row| {
            let server = [Field::ServerIp, Field::ServerHost].map(|field| row.text(field));
            match row.origin() {
                // It speaks of the next server, and is only sure of one that nobody else can reach.
                Origin::Relay | Origin::Smtp if row.kind() != Kind::Reject => {
                    server.iter().any(|server| is_private(server))
                }
                Origin::Routing | Origin::Queue | Origin::QueueManager | Origin::Dns => false,
                Origin::Error | Origin::Unknown => false,
                Origin::MessageTrace | Origin::EnhancedSummary | Origin::TraceDetail => {
                    self.journey.direction == Direction::Incoming
                }
                _ => true,
            }
        });
        let is_outgoing = self.journey.login != 0
            || self.journey.direction == Direction::Originating
            || is_inside(self.trace.events().text(self.journey.from_ip));
        Sides {
            // What was handed to another's server came through one's own.
            sender_is_ours: is_outgoing || !recipient_is_ours,
            recipient_is_ours,
        }
    }

    /// Why the last attempt failed, of a message whose time was up.
    fn last_deferral(&self) -> Option<Row<'a>> {
        let events = self.trace.events_of_delivery(self.delivery);
        let rows = events.iter().rev();
        let mut rows = rows.filter_map(|number| self.trace.events().row(*number));
        rows.find(|row| row.kind() == Kind::Defer)
    }

    fn words_of(&self, row: &Row<'a>) -> &'a [u8] {
        let words = self.trace.events();
        let text = row.text(Field::Text);
        // On receipts and deliveries Exchange writes To, Cc or a folder there, which is no reason; of a
        // transmission the answer to the whole message tells more than `Recipient OK`.
        let answers = match row.kind() {
            Kind::Receive | Kind::Deliver | Kind::Expand => false,
            Kind::Send | Kind::SendExternal => text.is_empty(),
            _ => true,
        };
        let said: Vec<Word> = row.list(Field::RecipientStatus).collect();
        let position = row.list(Field::Recipients).position(|word| {
            let folded = words.folded(word);
            folded == self.delivery.recipient || folded == self.delivery.replaced_by
        });
        let own = match *said.as_slice() {
            [one] => Some(one),
            _ => position.and_then(|position| said.get(position).copied()),
        };
        let own = own.filter(|word| answers && *word != 0);
        own.map_or(text, |word| words.text(word))
    }

    /// The host whose line decided, or that spoke last.
    pub fn host(&self) -> String {
        let row = self.deciding.or(self.last);
        row.map(|row| EventText::of(self.trace, row).host())
            .unwrap_or_default()
    }

    /// The server that the message was handed to: its name, else its address.
    pub fn server(&self) -> String {
        let Some(row) = self.deciding else {
            return String::new();
        };
        let name = row.text(Field::ServerHost);
        lossy(if name.is_empty() {
            row.text(Field::ServerIp)
        } else {
            name
        })
    }

    /// Whether an event speaks of this recipient, or of the address that took their place.
    pub(super) fn concerns(&self, row: &Row<'_>) -> bool {
        let words = self.trace.events();
        let Delivery {
            recipient,
            replaced_by,
            ..
        } = *self.delivery;
        let mut named = row.list(Field::Recipients).chain(row.list(Field::Related));
        recipient == 0
            || named.any(|word| {
                let named = words.folded(word);
                named != 0 && (named == recipient || named == replaced_by)
            })
    }

    /// Whether this is the row of an address that another one replaced: it is not counted twice.
    pub fn is_replaced(&self) -> bool {
        self.delivery.basis == Basis::Replaced
    }

    /// Names the delivery by content: the same after more files have come.
    pub fn key(&self) -> String {
        let words = self.trace.events();
        let mut content = Vec::new();
        let mut add = |text: &[u8]| {
            content.extend_from_slice(text);
            content.push(0);
        };
        match (self.journey.network_message_id, self.journey.message_id) {
            (0, 0) => {
                let events = self.trace.events_of(self.journey);
                let first = events.first().and_then(|number| words.row(*number));
                if let Some(row) = first {
                    add(row.text(Field::Host));
                    add(row.text(Field::Id));
                }
            }
            (0, word) | (word, _) => add(words.text(word)),
        }
        add(&self.journey.start.to_le_bytes());
        add(words.text(self.delivery.recipient));
        format!("{:016x}", segment::checksum(&content))
    }

    /// The row of the trace table.
    pub fn view(&self) -> RowView {
        RowView {
            delivery: self.number,
            key: self.key(),
            time: self.time(),
            sender: self.sender(),
            recipient: self.recipient(),
            subject: self.subject(),
            status: self.status(),
            why: why(self),
        }
    }

    pub(super) fn text(&self, word: Word) -> String {
        lossy(self.trace.events().text(word))
    }
}

/// An address that only its own network can reach (RFC 1918, RFC 4193), or a socket on the host itself.
fn is_private(address: &[u8]) -> bool {
    let begins = |with: &str| address.starts_with(with.as_bytes());
    let second = address.strip_prefix(b"172.").unwrap_or_default();
    let second = second.split(|byte| *byte == b'.').next();
    let second = second.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    ["10.", "127.", "192.168.", "fc", "fd", "fe80:"]
        .iter()
        .any(|prefix| begins(prefix) && (prefix.len() > 2 || address.contains(&b':')))
        || matches!(second, Some(16..=31))
        || address == b"::1"
        || address.contains(&b'/')
}

pub(super) fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
