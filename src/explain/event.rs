//! One event as texts.

use crate::event::{Agent, Enhanced, Folder, Kind, MalwareAction, Sfv};
use crate::events::Row;
use crate::segment::Field;
use crate::trace::Trace;
use crate::words::Word;

use super::entry::lossy;

/// An event whose texts are asked for.
#[derive(Clone, Copy)]
pub struct EventText<'a> {
    trace: &'a Trace,
    row: Row<'a>,
}

impl<'a> EventText<'a> {
    pub fn of(trace: &'a Trace, row: Row<'a>) -> EventText<'a> {
        EventText { trace, row }
    }

    /// Office 365's word for it (formats.md 3.4, 7.8).
    pub fn title(&self) -> &'static str {
        match self.row.kind() {
            Kind::Receive => "Receive",
            Kind::ClientSubmission | Kind::Submit => "Submit",
            Kind::Send => "Send",
            Kind::SendExternal => "Send external",
            Kind::Deliver | Kind::DuplicateDeliver => "Deliver",
            Kind::Fail
            | Kind::SubmitFail
            | Kind::BadMail
            | Kind::PoisonMessage
            | Kind::ModeratorReject
            | Kind::ModerationExpire
            | Kind::ModeratorsAllNdr
            | Kind::ResubmitFail
            | Kind::Expire => "Fail",
            Kind::Defer | Kind::SubmitDefer | Kind::ResubmitDefer | Kind::Throttle => "Defer",
            Kind::Drop => "Drop",
            Kind::Expand | Kind::DuplicateExpand => "Expand",
            Kind::Resolve => "Resolved",
            Kind::Redirect | Kind::DuplicateRedirect => "Redirect",
            Kind::Transfer => "Transfer",
            Kind::InitMessageCreated => "Approval requested",
            Kind::ModeratorApprove => "Approved",
            Kind::Dsn => "Notification",
            Kind::AgentInfo => self.finding(),
            Kind::Identify => "Message ID",
            Kind::Queue => "Queue",
            Kind::Remove => "Done",
            Kind::Resubmit => "Resubmit",
            Kind::DeliverFail => "Deliver attempt",
            Kind::NotifyMapi | Kind::NotifyShadow => "Notify",
            Kind::Process | Kind::ProcessMeetingMessage => "Process",
            Kind::Suppressed => "Suppressed",
            Kind::Load => "Load",
            Kind::HaReceive | Kind::HaRedirect | Kind::HaRedirectFail | Kind::HaDiscard => {
                "Shadow copy"
            }
            Kind::Status => "Status",
            Kind::Reject => "Reject",
            Kind::Hold => "Hold",
            Kind::Release => "Released",
            Kind::Requeue => "Requeued",
            Kind::Cancel => "Canceled",
            Kind::Delete => "Drop",
            Kind::Pass => "Pass",
            Kind::Quarantine => "Quarantine",
            Kind::Block => match self.row.verdict().agent() {
                Agent::Malware => "Malware",
                Agent::Rule => "Rule",
                _ => "Spam",
            },
            Kind::Header => "Header",
            Kind::Other => "Other",
        }
    }

    /// What an agent's line is about.
    fn finding(&self) -> &'static str {
        let verdict = self.row.verdict();
        let is_spam = matches!(verdict.sfv(), Sfv::Spm | Sfv::Sks | Sfv::Skb | Sfv::Blk);
        let passed = matches!(
            verdict.malware(),
            MalwareAction::None | MalwareAction::Passed
        );
        match verdict.agent() {
            Agent::Rule => "Rule",
            _ if !passed => "Malware",
            _ if is_spam || verdict.is_spam() || verdict.scl() >= Some(5) => "Spam",
            _ => "Agent",
        }
    }

    /// The log's own word: Exchange's event, what a mail transfer agent's line is known by, or else which
    /// part of it speaks.
    pub fn raw(&self) -> String {
        let is_borrowed = self.row.kind() < Kind::Identify && self.row.kind() != Kind::Other;
        match self.row.origin() {
            origin if origin.is_filter() || !origin.is_exchange() && is_borrowed => {
                origin.name().to_owned()
            }
            _ => self.kind(),
        }
    }

    /// What the vocabulary calls it; of an event without a word there, the log's name.
    pub fn kind(&self) -> String {
        match self.row.kind() {
            Kind::Other => lossy(self.row.text(Field::Name)),
            kind => kind.name().to_owned(),
        }
    }

    /// The host that speaks, as far as the line tells: syslog's header, or the server that writes a
    /// tracking log's line, which is the client where it sends (formats.md 3.3).
    ///
    /// A name that the person gave is better than both.
    pub fn host(&self) -> String {
        if let Some(given) = self.row.given_host() {
            return lossy(self.trace.events().text(given));
        }
        let speaker = match self.row.kind() {
            _ if !self.row.origin().is_exchange() => Field::Host,
            Kind::Receive | Kind::Deliver | Kind::DuplicateDeliver => Field::ServerHost,
            _ => Field::ClientHost,
        };
        lossy(self.row.text(speaker))
    }

    /// Whom it is about.
    pub fn recipients(&self) -> String {
        self.list(Field::Recipients)
    }

    /// The line's ids of the message.
    pub fn id(&self) -> String {
        lossy(self.row.text(Field::Id))
    }

    pub fn message_id(&self) -> String {
        lossy(self.row.text(Field::MessageId))
    }

    /// The answer or the reason, as the log has it.
    pub fn text(&self) -> String {
        match self.row.text(Field::Text) {
            [] => self.list(Field::RecipientStatus),
            text => lossy(text),
        }
    }

    /// What the line says, in the order in which a person asks: from or to where, for whom, with what
    /// answer.
    pub fn detail(&self) -> String {
        let field = |name: &str, field| label(name, &lossy(self.row.text(field)));
        let list = |name: &str, field| label(name, &self.list(field));
        let number = |name: &str, field, unit: &str| match self.row.number(field) {
            0 => None,
            value => Some(format!("{name} {value}{unit}")),
        };
        let client = label("from", &self.place(Field::ClientHost, Field::ClientIp));
        let towards = match self.row.kind() {
            Kind::Deliver | Kind::DuplicateDeliver => "on",
            _ => "to",
        };
        let server = label(towards, &self.place(Field::ServerHost, Field::ServerIp));
        let original = match self.row.word(Field::OriginalClientIp) {
            word if word == self.row.word(Field::ClientIp) => String::new(),
            word => lossy(self.trace.events().text(word)),
        };
        let by = match self.row.origin().is_exchange() {
            true => "by connector",
            false => "by",
        };
        let answer = self.answer();
        let next_id = match lossy(self.row.text(Field::NextId)) {
            id if answer.as_deref().is_some_and(|answer| answer.contains(&id)) => None,
            id => label("queued as", &id),
        };
        let way = match self.row.text(Field::Connector) {
            b"none" => None,
            way => label(by, &lossy(way)),
        };
        let parts: Vec<Option<String>> = match self.row.kind() {
            Kind::Receive | Kind::ClientSubmission | Kind::Submit => vec![
                client,
                label("originally from", &original),
                field("signed in as", Field::Login),
                field(by, Field::Connector),
                list("for", Field::Recipients),
                number("size", Field::Size, " bytes"),
                list("made from", Field::Reference),
            ],
            Kind::Identify => vec![field("Message ID", Field::MessageId)],
            Kind::Queue => vec![
                field("sender", Field::ReturnPath),
                number("size", Field::Size, " bytes"),
                number("recipients", Field::RecipientCount, ""),
            ],
            Kind::Expand => vec![
                list("group", Field::Related),
                list("members", Field::Recipients),
                answer,
            ],
            Kind::Resolve | Kind::Redirect if self.row.text(Field::NextId).is_empty() => vec![
                list("address", Field::Related),
                list("replaced by", Field::Recipients),
                answer,
            ],
            Kind::Transfer => vec![
                list("for", Field::Recipients),
                list("from copy", Field::Reference),
                field("by", Field::Context),
            ],
            Kind::Status => vec![
                list("for", Field::Recipients),
                label("the report says", &self.list(Field::RecipientStatus)),
                client,
                label("originally from", &original),
                server,
                way,
            ],
            Kind::Reject => vec![
                client,
                field("sender", Field::ReturnPath),
                list("for", Field::Recipients),
                field("at", Field::Context),
                field("by", Field::Connector),
                self.code(),
                answer,
            ],
            Kind::Pass | Kind::Block | Kind::Quarantine => vec![
                list("for", Field::Recipients),
                self.verdict(),
                answer,
                next_id,
                list("kept as", Field::Reference),
            ],
            Kind::Header => vec![field("subject", Field::Subject), answer],
            Kind::Dsn if !self.row.origin().is_exchange() => {
                vec![answer, list("queued as", Field::Reference)]
            }
            Kind::Dsn => vec![
                list("about", Field::Reference),
                list("for", Field::Recipients),
                answer,
            ],
            _ => vec![
                list("for", Field::Recipients),
                server,
                self.folder(),
                way,
                self.verdict(),
                self.code(),
                answer,
                next_id,
                field("by", Field::Context),
                list("see", Field::Reference),
            ],
        };
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join("; ")
    }

    /// What the other side said.
    fn answer(&self) -> Option<String> {
        let text = match self.row.kind() {
            // Exchange writes To and Cc there.
            Kind::Deliver | Kind::DuplicateDeliver => lossy(self.row.text(Field::Text)),
            _ => self.text(),
        };
        let answer = with_id(self.row, text);
        Some(answer).filter(|answer| !answer.is_empty())
    }

    fn folder(&self) -> Option<String> {
        match self.row.verdict().folder() {
            Folder::Junk | Folder::Quarantine => label("into", self.row.verdict().folder().name()),
            Folder::None | Folder::Other => None,
        }
    }

    /// What filters found, in their own abbreviations (formats.md 1.6).
    fn verdict(&self) -> Option<String> {
        let verdict = self.row.verdict();
        let scl = verdict.scl().map(|scl| format!("SCL {scl}"));
        let spam = verdict.is_spam().then(|| "taken for spam".to_owned());
        let found = [
            spam,
            label("SFV", verdict.sfv().name()),
            scl,
            label("DI", verdict.di().name()),
            label("malware action", verdict.malware().name()),
        ];
        let found: Vec<String> = found.into_iter().flatten().collect();
        (!found.is_empty()).then(|| found.join(", "))
    }

    /// The enhanced status code, unless the answer repeats it.
    fn code(&self) -> Option<String> {
        let code = self.row.enhanced();
        let shown = code.to_string();
        let is_news = code != Enhanced::NONE && !self.text().contains(&shown);
        is_news.then_some(shown)
    }

    fn place(&self, host: Field, ip: Field) -> String {
        match (self.row.text(host), self.row.text(ip)) {
            (host, []) => lossy(host),
            ([], ip) => lossy(ip),
            (host, ip) => format!("{} [{}]", lossy(host), lossy(ip)),
        }
    }

    fn list(&self, field: Field) -> String {
        let text = |word: Word| lossy(self.trace.events().text(word));
        let items: Vec<String> = self.row.list(field).map(text).collect();
        match items.len() {
            0..=20 => items.join(", "),
            more => {
                let shown = items.get(..20).unwrap_or_default().join(", ");
                format!("{shown} and {} more", more - 20)
            }
        }
    }
}

/// An answer with the id that the reader took out of it.
pub(super) fn with_id(row: Row<'_>, answer: String) -> String {
    match row.text(Field::NextId) {
        id if answer.ends_with("queued as") => format!("{answer} {}", lossy(id)),
        _ => answer,
    }
}

fn label(name: &str, text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("{name} {text}"))
}
