//! What others answer, as a delivery agent logs it.

use crate::fact::{Agent, Client, Result};

/// An attempt's outcome in a log: the relay, the enhanced code, the text in parentheses.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) relay: String,
    pub(super) enhanced: &'static str,
    pub(super) text: String,
}

impl Answer {
    /// The same, as the queue manager tells it who does not try again yet.
    pub(super) fn suspended(self) -> Answer {
        Answer {
            text: format!("delivery temporarily suspended: {}", self.text),
            ..self
        }
    }
}

/// Kinds of [`of_peer`]'s answers that stand for one recipient, while others may get another.
pub(super) const OF_ONE: u64 = 4;

fn answer(relay: &str, enhanced: &'static str, text: String) -> Answer {
    Answer {
        relay: relay.to_owned(),
        enhanced,
        text,
    }
}

/// A server outside answers, in one of five kinds.
pub(super) fn of_peer(peer: &Client, to: &str, result: Result, kind: u64, token: u64) -> Answer {
    let (server, ip) = (peer.name.as_deref().unwrap_or(""), &*peer.ip);
    let relay = &format!("{server}[{ip}]:25");
    let said = format!("host {server}[{ip}] said: ");
    match (result, kind) {
        (Result::Sent, 0) => answer(
            relay,
            "2.6.0",
            format!(
                "250 2.6.0 <{token:x}@{server}> [InternalId={token}, Hostname={server}] 9321 bytes in 0.211, 43.0 KB/sec Queued mail for delivery"
            ),
        ),
        (Result::Sent, 1) => answer(
            relay,
            "2.0.0",
            format!("250 2.0.0 OK  {token} x{token:x}si{token}.7 - gsmtp"),
        ),
        (Result::Sent, 2) => answer(relay, "2.0.0", format!("250 OK id=1vxNiW-{token:010}-skOz")),
        (Result::Sent, _) => answer(
            relay,
            "2.0.0",
            format!("250 2.0.0 Ok: queued as {token:010X}"),
        ),
        (Result::Deferred, 0) => unreachable_in_time(peer),
        (Result::Deferred, 1) => answer(
            "none",
            "4.4.3",
            format!(
                "Host or domain name not found. Name service error for name={server} type=A: Host not found, try again"
            ),
        ),
        (Result::Deferred, 2) => answer(
            relay,
            "4.4.2",
            format!(
                "lost connection with {server}[{ip}] while receiving the initial server greeting"
            ),
        ),
        (Result::Deferred, _) => answer(
            relay,
            "4.2.0",
            format!(
                "{said}450 4.2.0 <{to}>: Recipient address rejected: Greylisted (in reply to RCPT TO command)"
            ),
        ),
        (Result::Bounced | Result::SoftBounced, 0) => answer(
            relay,
            "5.7.1",
            format!(
                "{said}554 5.7.1 Message rejected as spam (score 9.1) (in reply to end of DATA command)"
            ),
        ),
        (Result::Bounced | Result::SoftBounced, 1) => answer(
            "none",
            "5.4.4",
            format!(
                "Host or domain name not found. Name service error for name={server} type=AAAA: Host not found"
            ),
        ),
        (Result::Bounced | Result::SoftBounced, 2) => answer(
            relay,
            "5.3.4",
            format!(
                "{said}552 5.3.4 Message size exceeds fixed limit (in reply to MAIL FROM command)"
            ),
        ),
        (Result::Bounced | Result::SoftBounced, 3) => answer(
            relay,
            "5.2.2",
            format!(
                "{said}552-5.2.2 The mailbox is full 552 5.2.2 (see https://help.example/full) (in reply to RCPT TO command)"
            ),
        ),
        (Result::Bounced | Result::SoftBounced, _) => answer(
            relay,
            "5.1.1",
            format!(
                "{said}550 5.1.1 <{to}>: Recipient address rejected: User unknown (in reply to RCPT TO command)"
            ),
        ),
    }
}

pub(super) fn unreachable_in_time(peer: &Client) -> Answer {
    let (server, ip) = (peer.name.as_deref().unwrap_or(""), &*peer.ip);
    answer(
        "none",
        "4.4.1",
        format!("connect to {server}[{ip}]:25: Connection timed out"),
    )
}

pub(super) fn refused_connection(peer: &Client) -> Answer {
    let (server, ip) = (peer.name.as_deref().unwrap_or(""), &*peer.ip);
    answer(
        "none",
        "4.4.1",
        format!("connect to {server}[{ip}]:25: Connection refused"),
    )
}

/// Another host of these logs took it, by these words.
pub(super) fn taken(next: &Client, enhanced: &'static str, words: &str) -> Answer {
    let (server, ip) = (next.name.as_deref().unwrap_or(""), &*next.ip);
    answer(
        &format!("{server}[{ip}]:25"),
        enhanced,
        format!("250 {enhanced} {words}"),
    )
}

/// Another host of these logs refused a recipient, by this reply.
pub(super) fn refused(next: &Client, reply: &str) -> Answer {
    let (server, ip) = (next.name.as_deref().unwrap_or(""), &*next.ip);
    let enhanced = match reply.split(' ').nth(1) {
        Some("4.1.1") => "4.1.1",
        Some("4.2.0") => "4.2.0",
        Some("4.3.0") => "4.3.0",
        Some("5.7.1") => "5.7.1",
        _ => "5.1.1",
    };
    answer(
        &format!("{server}[{ip}]:25"),
        enhanced,
        format!("host {server}[{ip}] said: {reply} (in reply to RCPT TO command)"),
    )
}

/// Another host of these logs heard all of it, and put it off.
pub(super) fn put_off_at_the_end(next: &Client, why: &str) -> Answer {
    let (server, ip) = (next.name.as_deref().unwrap_or(""), &*next.ip);
    answer(
        &format!("{server}[{ip}]:25"),
        "4.7.1",
        format!("host {server}[{ip}] said: 451 {why} (in reply to end of DATA command)"),
    )
}

/// The mailbox server of a host answers by LMTP.
pub(super) fn of_mailbox(host: &str, to: &str, result: Result, token: u64) -> Answer {
    let relay = &format!("{host}[private/dovecot-lmtp]");
    let said = format!("host {relay} said: ");
    match result {
        Result::Sent => answer(
            relay,
            "2.0.0",
            format!("250 2.0.0 <{to}> {token:010x}Fj6Z Saved"),
        ),
        Result::Deferred => answer(
            relay,
            "4.2.2",
            format!(
                "{said}452 4.2.2 <{to}> Quota exceeded (mailbox for user is full) (in reply to end of DATA command)"
            ),
        ),
        Result::Bounced | Result::SoftBounced => answer(
            relay,
            "5.1.1",
            format!(
                "{said}550 5.1.1 <{to}> User doesn't exist: {to} (in reply to RCPT TO command)"
            ),
        ),
    }
}

/// What a program, virtual(8) or local(8) does with a message, in one of five kinds.
pub(super) fn of_agent(to: &str, result: Result, kind: u64) -> (Agent, Answer) {
    let user = to.split('@').next().unwrap_or_default();
    let (agent, relay) = match kind {
        0 | 1 => (Agent::Pipe, "dovecot"),
        2 => (Agent::Virtual, "virtual"),
        _ => (Agent::Local, "local"),
    };
    let (enhanced, text) = match (result, kind) {
        (Result::Sent, 0 | 1) => ("2.0.0", "delivered via dovecot service".to_owned()),
        (Result::Sent, 2) => ("2.0.0", "delivered to maildir".to_owned()),
        (Result::Sent, 3) => ("2.0.0", "delivered to mailbox".to_owned()),
        (Result::Sent, _) => (
            "2.0.0",
            "delivered to command: /usr/bin/procmail -a \"$EXTENSION\"".to_owned(),
        ),
        (Result::Deferred, 0 | 1) => (
            "4.3.0",
            "temporary failure. Command output: lda: Error: Quota exceeded (mailbox for user is full)"
                .to_owned(),
        ),
        (Result::Deferred, 2) => (
            "4.2.2",
            "maildir delivery failed: error writing message: Disk quota exceeded".to_owned(),
        ),
        (Result::Deferred, _) => (
            "4.2.2",
            format!("cannot update mailbox /var/mail/{user} for user {user}. error writing message: File too large"),
        ),
        (_, 0 | 1) => ("5.1.1", "user unknown".to_owned()),
        (_, 2) => ("5.1.1", format!("unknown user: \"{to}\"")),
        (_, _) => ("5.1.1", format!("unknown user: \"{user}\"")),
    };
    (agent, answer(relay, enhanced, text))
}

/// A mailing list's program gets it.
pub(super) fn of_list() -> Answer {
    answer(
        "mailman",
        "2.0.0",
        "delivered via mailman service".to_owned(),
    )
}
