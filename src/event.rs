//! The vocabulary: what one log line states.
//!
//! A reader states events; it never says what became of a message.
//! Names are those of RFC 5321, RFC 5322, RFC 3463 and of Exchange's tracking events.
//! Everything is borrowed from the line: text becomes a word of a dictionary only when a segment is
//! packed (`segment.rs`).

/// The host of all that reports of Exchange Online state, whose servers are many and nobody's.
pub const EXCHANGE_ONLINE: &[u8] = b"Exchange Online";

/// What one log line states: when, what, who, to whom, with what result.
///
/// An empty slice, a zero and an empty list all mean "the line does not say".
#[derive(Clone, Copy, Debug, Default)]
pub struct Event<'a> {
    /// The first byte of the record, counted in the source's unpacked text.
    pub offset: u64,
    /// The time as the line writes it.
    pub stamp: Stamp,
    pub kind: Kind,
    /// The part of the mail system that speaks.
    pub origin: Origin,
    /// The event's own name where `kind` is [`Kind::Other`].
    pub name: &'a [u8],
    /// The host that the line names as its own (syslog's header); empty where a format names none.
    pub host: &'a [u8],
    /// The mail system's instance on that host: `postfix`, `postfix-out`; empty for Exchange.
    pub instance: &'a [u8],
    pub pid: u32,
    /// The id under which this system knows this copy: a queue id, an internal message id.
    pub id: &'a [u8],
    /// The instant, in microseconds UTC, that `id` holds, on lines that open an id (formats.md 0.5).
    pub opened: Option<i64>,
    /// The id of the same message one step later ("queued as", InternalId).
    pub next_id: &'a [u8],
    /// The id of the same message one step earlier (`orig_queue_id`).
    pub prior_id: &'a [u8],
    /// RFC 5322 Message-ID, with its angle brackets where the log has them.
    pub message_id: &'a [u8],
    pub network_message_id: Option<Guid>,
    /// The header's sender (From or Sender).
    pub sender: &'a [u8],
    /// The envelope's sender (MAIL FROM); `<>` for none, as bounces have it.
    pub return_path: &'a [u8],
    /// The authenticated user.
    pub login: &'a [u8],
    pub recipients: List<'a>,
    /// What is said of each recipient, in the order of `recipients`.
    pub recipient_status: List<'a>,
    /// The group that was expanded, or the addresses before they were replaced (`orig_to`).
    pub related: List<'a>,
    /// Ids of other messages or copies that this event names.
    pub reference: List<'a>,
    pub client_ip: &'a [u8],
    pub client_host: &'a [u8],
    /// The client before any proxy or filter, where the line knows it.
    pub original_client_ip: &'a [u8],
    /// The other side of a transmission, or the server that received.
    pub server_ip: &'a [u8],
    pub server_host: &'a [u8],
    /// The port at the other side; 0 where the line names none.
    pub server_port: u16,
    pub connector: &'a [u8],
    /// Exchange's source-context where it names an agent or a reason.
    pub context: &'a [u8],
    pub subject: &'a [u8],
    /// Bytes.
    pub size: u64,
    pub recipient_count: u32,
    /// SMTP reply code (RFC 5321 4.2), 0 for none.
    pub reply_code: u16,
    /// Enhanced status code (RFC 3463).
    pub enhanced: Enhanced,
    /// The answer or the reason, in the words of the log.
    pub text: &'a [u8],
    /// Milliseconds from arrival to this line, where the line counts them.
    pub delay_ms: u32,
    pub verdict: Verdict,
    pub direction: Direction,
    /// A digest of the record less its header: part of the key of content (invariant 4).
    pub digest: u32,
    /// The record is the source's last and has no line end, so it may go on in a later file.
    pub cut: bool,
}

/// A time as a line writes it; see `time.rs` for how it becomes an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// Microseconds UTC: the line states its zone.
    Instant(i64),
    /// Microseconds of civil time since 1970-01-01T00:00:00 on the host's own clock.
    Civil(i64),
    /// Civil time without a year: month 1–12, day 1–31, microseconds since midnight.
    Yearless { month: u8, day: u8, micros: i64 },
    /// A date in the manner of a country that the line does not tell, `9/5/2026`: day and month, 1–31
    /// each, in either order, the year, microseconds since midnight.
    Slashed {
        first: u8,
        second: u8,
        year: i32,
        micros: i64,
        /// The hours are counted as AM and PM.
        meridiem: bool,
        /// The clock is UTC's, else the host's own.
        utc: bool,
    },
}

impl Default for Stamp {
    fn default() -> Self {
        Stamp::Instant(0)
    }
}

/// A list in a line, in its order.
#[derive(Clone, Copy, Debug, Default)]
pub enum List<'a> {
    #[default]
    Empty,
    One(&'a [u8]),
    /// Items between separators; white space around an item and empty items are not part of it.
    Split(&'a [u8], u8),
    Many(&'a [&'a [u8]]),
}

impl<'a> List<'a> {
    /// Calls `each` with every item, in order.
    pub fn for_each(&self, mut each: impl FnMut(&'a [u8])) {
        match *self {
            List::Empty => {}
            List::One(item) => each(item),
            List::Split(text, separator) => text
                .split(|byte| *byte == separator)
                .map(<[u8]>::trim_ascii)
                .filter(|item| !item.is_empty())
                .for_each(each),
            List::Many(items) => items.iter().for_each(|item| each(item)),
        }
    }
}

/// A GUID as its sixteen bytes, in the order in which it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Reads 32 hexadecimal digits, with or without dashes and braces; `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Guid> {
        let mut bytes = [0; 16];
        let mut digits = 0;
        for byte in text.trim_ascii() {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                b'A'..=b'F' => byte - b'A' + 10,
                b'-' | b'{' | b'}' => continue,
                _ => return None,
            };
            let slot = bytes.get_mut(digits / 2)?;
            *slot = *slot << 4 | digit;
            digits += 1;
        }
        (digits == 32).then_some(Guid(bytes))
    }
}

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// An enhanced status code, class.subject.detail (RFC 3463).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Enhanced(pub u32);

impl Enhanced {
    pub const NONE: Enhanced = Enhanced(0);

    /// `None` where a part is out of RFC 3463's range: a class of 2, 4 or 5, others below 1000.
    pub fn new(class: u32, subject: u32, detail: u32) -> Option<Enhanced> {
        let fits = matches!(class, 2 | 4 | 5) && subject < 1000 && detail < 1000;
        fits.then_some(Enhanced(class * 1_000_000 + subject * 1_000 + detail))
    }

    /// Reads a code such as `5.1.1` that stands alone; `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Enhanced> {
        let mut parts = text.split(|byte| *byte == b'.');
        let mut part = || -> Option<u32> {
            let digits = parts.next()?;
            let fits = (1..=3).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
            fits.then(|| {
                digits
                    .iter()
                    .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
            })
        };
        let code = Enhanced::new(part()?, part()?, part()?)?;
        parts.next().is_none().then_some(code)
    }

    /// 2, 4 or 5, or 0 for none.
    pub fn class(self) -> u32 {
        self.0 / 1_000_000
    }
}

impl std::fmt::Display for Enhanced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            0 => Ok(()),
            code => write!(
                f,
                "{}.{}.{}",
                code / 1_000_000,
                code / 1_000 % 1_000,
                code % 1_000
            ),
        }
    }
}

/// Makes an enum whose variants have a stored code and a name, both fixed for good.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident = $code:literal $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $type { $($(#[$doc])* $variant = $code,)* }

        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$variant,)*];

            /// The name, as the mail system writes it.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }

            /// The variant of a stored code; `None` where a newer build wrote it.
            pub const fn from_code(code: u8) -> Option<$type> {
                match code { $($code => Some($type::$variant),)* _ => None }
            }

            pub const fn code(self) -> u8 {
                self as u8
            }
        }
    };
}

vocabulary! {
    /// What happened. Codes are stored: add, never renumber.
    ///
    /// The first part are Exchange's tracking events (formats.md 3.4); mail transfer agents state
    /// the same ones where they mean the same, and their own ones, below.
    Kind {
        /// An event that the program has no word for; `Event::name` holds the log's.
        #[default]
        Other = 0 "OTHER",
        Receive = 1 "RECEIVE",
        ClientSubmission = 2 "CLIENTSUBMISSION",
        NotifyMapi = 3 "NOTIFYMAPI",
        NotifyShadow = 4 "NOTIFYSHADOW",
        Submit = 5 "SUBMIT",
        SubmitDefer = 6 "SUBMITDEFER",
        SubmitFail = 7 "SUBMITFAIL",
        Send = 8 "SEND",
        SendExternal = 9 "SENDEXTERNAL",
        Deliver = 10 "DELIVER",
        DuplicateDeliver = 11 "DUPLICATEDELIVER",
        Fail = 12 "FAIL",
        DeliverFail = 13 "DELIVERFAIL",
        Defer = 14 "DEFER",
        Drop = 15 "DROP",
        Dsn = 16 "DSN",
        BadMail = 17 "BADMAIL",
        PoisonMessage = 18 "POISONMESSAGE",
        Expand = 19 "EXPAND",
        DuplicateExpand = 20 "DUPLICATEEXPAND",
        Resolve = 21 "RESOLVE",
        Redirect = 22 "REDIRECT",
        DuplicateRedirect = 23 "DUPLICATEREDIRECT",
        Transfer = 24 "TRANSFER",
        InitMessageCreated = 25 "INITMESSAGECREATED",
        ModeratorApprove = 26 "MODERATORAPPROVE",
        ModeratorReject = 27 "MODERATORREJECT",
        ModerationExpire = 28 "MODERATIONEXPIRE",
        ModeratorsAllNdr = 29 "MODERATORSALLNDR",
        Process = 30 "PROCESS",
        ProcessMeetingMessage = 31 "PROCESSMEETINGMESSAGE",
        AgentInfo = 32 "AGENTINFO",
        Suppressed = 33 "SUPPRESSED",
        Throttle = 34 "THROTTLE",
        Load = 35 "LOAD",
        HaReceive = 36 "HARECEIVE",
        HaRedirect = 37 "HAREDIRECT",
        HaRedirectFail = 38 "HAREDIRECTFAIL",
        HaDiscard = 39 "HADISCARD",
        Resubmit = 40 "RESUBMIT",
        ResubmitDefer = 41 "RESUBMITDEFER",
        ResubmitFail = 42 "RESUBMITFAIL",
        /// A report of Exchange Online states what has become of a recipient, in `recipient_status`: one
        /// word of Message Trace, or a history of words.
        Status = 43 "STATUS",
        /// A mail transfer agent read the message's Message-ID.
        Identify = 64 "message-id",
        /// The queue manager took the message up: envelope sender, size, number of recipients.
        Queue = 65 "queue active",
        /// The queue entry ended.
        Remove = 66 "removed",
        /// The message stayed in the queue too long; every recipient still deferred has failed.
        Expire = 67 "expired",
        /// A server refused the message before it was queued, or a milter or a header check did when it
        /// was; `reply_code` and `enhanced` tell for now (4xx) from for good (5xx).
        Reject = 68 "reject",
        /// The message was put on hold.
        Hold = 69 "hold",
        Release = 70 "released from hold",
        /// The message was put into the queue anew, under the same id.
        Requeue = 71 "requeued",
        /// The client went away before the message was whole, so it was never queued.
        Cancel = 72 "canceled",
        /// A person deleted the message from the queue.
        Delete = 73 "deleted",
        /// A filter let the message pass, and hands it on as `next_id` where the line tells.
        Pass = 74 "passed",
        /// A filter keeps the message in its quarantine; `reference` names it there.
        Quarantine = 75 "quarantined",
        /// A filter ended the message; the verdict's agent tells spam from malware and rules.
        Block = 76 "blocked",
        /// A header was noted on the way, mostly the subject.
        Header = 77 "header",
    }
}

vocabulary! {
    /// The part of a mail system that states an event. Codes are stored: add, never renumber.
    Origin {
        #[default]
        Unknown = 0 "",
        // Exchange's sources (formats.md 3.4).
        Admin = 1 "ADMIN",
        Agent = 2 "AGENT",
        Approval = 3 "APPROVAL",
        BootLoader = 4 "BOOTLOADER",
        Dns = 5 "DNS",
        Dsn = 6 "DSN",
        Gateway = 7 "GATEWAY",
        MailboxRule = 8 "MAILBOXRULE",
        MeetingMessageProcessor = 9 "MEETINGMESSAGEPROCESSOR",
        Orar = 10 "ORAR",
        Pickup = 11 "PICKUP",
        PoisonMessage = 12 "POISONMESSAGE",
        PublicFolder = 13 "PUBLICFOLDER",
        Queue = 14 "QUEUE",
        Redundancy = 15 "REDUNDANCY",
        Resolver = 16 "RESOLVER",
        Routing = 17 "ROUTING",
        SafetyNet = 18 "SAFETYNET",
        Smtp = 19 "SMTP",
        StoreDriver = 20 "STOREDRIVER",
        /// A row of Message Trace's list: PowerShell, Graph, or exported from the page (formats.md 1.7, 2).
        MessageTrace = 21 "message trace",
        /// A row of the enhanced summary report (formats.md 1.2).
        EnhancedSummary = 22 "enhanced summary",
        /// An event of Message Trace's detail (formats.md 2.2).
        TraceDetail = 23 "message trace detail",
        // Postfix's daemons, by what they do: services can be renamed (formats.md 4.4).
        Smtpd = 64 "smtpd",
        Cleanup = 65 "cleanup",
        LocalPickup = 66 "pickup",
        QueueManager = 67 "qmgr",
        /// A delivery agent that hands the message to another host over SMTP or LMTP.
        Relay = 68 "smtp",
        /// A delivery agent that ends on this host: local, virtual, pipe.
        Local = 69 "local",
        /// The discard(8) agent, which says `sent` of what it throws away.
        Discard = 70 "discard",
        /// A delivery agent that only answers: error, retry.
        Error = 71 "error",
        Postscreen = 72 "postscreen",
        /// bounce(8), which writes notifications.
        Bounce = 73 "bounce",
        /// postsuper(1), by which a person changes the queue.
        Postsuper = 74 "postsuper",
        // Content filters (formats.md 4.8 to 4.10).
        Amavis = 80 "amavis",
        Rspamd = 81 "rspamd",
        Spamd = 82 "spamd",
        PmgFilter = 83 "pmg-smtp-filter",
    }
}

impl Origin {
    /// Whether Exchange speaks; else a mail transfer agent does.
    pub const fn is_exchange(self) -> bool {
        self.code() < Origin::Smtpd.code()
    }

    /// Whether a content filter speaks, which is no part of the mail transfer agent.
    pub const fn is_filter(self) -> bool {
        self.code() >= Origin::Amavis.code()
    }
}

vocabulary! {
    /// Which way a message crosses the organisation's edge, as Exchange says it.
    Direction {
        #[default]
        None = 0 "",
        Incoming = 1 "Incoming",
        Originating = 2 "Originating",
        Undefined = 3 "Undefined",
    }
}

/// What filters and agents found, as enumerations taken out of long texts (formats.md 1.6, 7.5).
///
/// Packed into 32 bits; the accessors are the only way in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verdict(pub u32);

vocabulary! {
    /// Exchange's spam filtering verdict, SFV.
    Sfv {
        #[default]
        None = 0 "",
        Nspm = 1 "NSPM",
        Spm = 2 "SPM",
        Sks = 3 "SKS",
        Skb = 4 "SKB",
        Blk = 5 "BLK",
        Skn = 6 "SKN",
        Ska = 7 "SKA",
        Sfe = 8 "SFE",
        Skq = 9 "SKQ",
        Ski = 10 "SKI",
    }
}

vocabulary! {
    /// Where Exchange says that the message went, DI.
    Di {
        #[default]
        None = 0 "",
        SenderBlocked = 1 "SB",
        Quarantine = 2 "SQ",
        Deleted = 3 "SD",
        Junk = 4 "SJ",
        OutboundN = 5 "SN",
        OutboundO = 6 "SO",
    }
}

vocabulary! {
    /// The malware filter's action; `p`, `st` and `sy` let the message pass.
    MalwareAction {
        #[default]
        None = 0 "",
        Replaced = 1 "r",
        Passed = 2 "p",
        Deferred = 3 "d",
        Deleted = 4 "s",
        Rejected = 5 "ni",
        RejectedQuietly = 6 "ne",
        Blocked = 7 "b",
    }
}

vocabulary! {
    /// The mailbox folder of a delivery.
    Folder {
        #[default]
        None = 0 "",
        Other = 1 "other",
        Junk = 2 "Junk Email",
        Quarantine = 3 "Quarantine",
    }
}

vocabulary! {
    /// The agent that dropped or failed a message.
    Agent {
        #[default]
        None = 0 "",
        Other = 1 "agent",
        Spam = 2 "spam filter",
        Malware = 3 "malware filter",
        Rule = 4 "transport rule",
        Quarantine = 5 "quarantine",
    }
}

/// Reads and writes one field of a packed verdict.
macro_rules! verdict_field {
    ($get:ident, $with:ident, $type:ident, $shift:literal, $bits:literal) => {
        pub fn $get(self) -> $type {
            let code = (self.0 >> $shift & ((1 << $bits) - 1)) as u8;
            $type::from_code(code).unwrap_or($type::None)
        }

        #[must_use]
        pub fn $with(self, value: $type) -> Verdict {
            let mask = ((1u32 << $bits) - 1) << $shift;
            Verdict(self.0 & !mask | u32::from(value.code()) << $shift)
        }
    };
}

impl Verdict {
    pub const NONE: Verdict = Verdict(0);
    const SCL_SHIFT: u32 = 20;
    const EXTERNAL: u32 = 1 << 30;
    const SPAM: u32 = 1 << 29;

    verdict_field!(sfv, with_sfv, Sfv, 0, 5);
    verdict_field!(di, with_di, Di, 5, 4);
    verdict_field!(malware, with_malware, MalwareAction, 9, 4);
    verdict_field!(folder, with_folder, Folder, 13, 3);
    verdict_field!(agent, with_agent, Agent, 16, 4);

    /// Spam confidence level, −1 to 9.
    pub fn scl(self) -> Option<i8> {
        match self.0 >> Verdict::SCL_SHIFT & 0xF {
            0 => None,
            stored => i8::try_from(stored).ok().map(|stored| stored - 2),
        }
    }

    /// A level outside −1 to 9 is not one, and changes nothing.
    #[must_use]
    pub fn with_scl(self, scl: i8) -> Verdict {
        match u32::try_from(i32::from(scl) + 2) {
            Ok(stored @ 1..=11) => {
                Verdict(self.0 & !(0xF << Verdict::SCL_SHIFT) | stored << Verdict::SCL_SHIFT)
            }
            _ => self,
        }
    }

    /// The line itself says that the message leaves the organisation (`S:ToEntity=Internet`).
    pub fn is_external(self) -> bool {
        self.0 & Verdict::EXTERNAL != 0
    }

    #[must_use]
    pub fn with_external(self) -> Verdict {
        Verdict(self.0 | Verdict::EXTERNAL)
    }

    /// A filter that is not Exchange's takes the message for spam, whatever becomes of it.
    pub fn is_spam(self) -> bool {
        self.0 & Verdict::SPAM != 0
    }

    #[must_use]
    pub fn with_spam(self) -> Verdict {
        Verdict(self.0 | Verdict::SPAM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_variants_are_each_others_inverse() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(*kind));
        }
        for origin in Origin::ALL {
            assert_eq!(Origin::from_code(origin.code()), Some(*origin));
        }
    }

    #[test]
    fn guids_are_read_with_and_without_dashes() {
        let dashed = Guid::parse(b"81945af2-cab7-45ad-ba23-08d8ede2715d").unwrap();
        assert_eq!(
            Guid::parse(b"{81945AF2CAB745ADBA2308D8EDE2715D}"),
            Some(dashed)
        );
        assert_eq!(dashed.to_string(), "81945af2-cab7-45ad-ba23-08d8ede2715d");
        assert_eq!(Guid::parse(b"81945af2"), None);
        assert_eq!(Guid::parse(b"81945af2-cab7-45ad-ba23-08d8ede2715d0"), None);
        assert_eq!(Guid::parse(b"not a guid"), None);
    }

    #[test]
    fn enhanced_codes_keep_to_rfc_3463() {
        assert_eq!(Enhanced::parse(b"5.7.133").unwrap().to_string(), "5.7.133");
        assert_eq!(Enhanced::parse(b"4.0.0").unwrap().class(), 4);
        for wrong in ["", "3.0.0", "5.1", "5.1.1.1", "5.1000.0", "5.-1.0", "x.1.1"] {
            assert_eq!(Enhanced::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_verdict_holds_its_parts_apart() {
        let verdict = Verdict::NONE
            .with_sfv(Sfv::Ski)
            .with_di(Di::OutboundO)
            .with_malware(MalwareAction::Blocked)
            .with_folder(Folder::Quarantine)
            .with_agent(Agent::Quarantine)
            .with_scl(-1);
        assert_eq!(verdict.sfv(), Sfv::Ski);
        assert_eq!(verdict.di(), Di::OutboundO);
        assert_eq!(verdict.malware(), MalwareAction::Blocked);
        assert_eq!(verdict.folder(), Folder::Quarantine);
        assert_eq!(verdict.agent(), Agent::Quarantine);
        assert_eq!(verdict.scl(), Some(-1));
        assert_eq!(verdict.with_scl(9).scl(), Some(9));
        assert_eq!(verdict.with_scl(10), verdict);
        assert!(!verdict.is_external() && verdict.with_external().is_external());
        assert!(!verdict.is_spam() && verdict.with_spam().is_spam());
    }
}
