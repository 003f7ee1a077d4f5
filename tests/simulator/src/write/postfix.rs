//! Postfix's lines in syslog, and those of amavis and rspamd beside them (formats.md 4).
//!
//! Written as Postfix 3.10 does with its default settings.

use std::io::Write as _;

use super::{Line, syslog_head};
use crate::calendar::{SECOND, Time};
use crate::fact::{Agent, Client, Door, Entry, QueueFact, Result, Verdict};
use crate::world::Host;

pub fn write(host: &Host, shown: Time, fact: &QueueFact, line: &mut Line) {
    match fact {
        QueueFact::Connected {
            session,
            door,
            client,
        } => {
            smtpd(host, shown, *session, door, line);
            line.push("connect from ");
            push_client(client, line);
        }
        QueueFact::Disconnected {
            session,
            door,
            client,
            accepted,
            refused,
        } => {
            smtpd(host, shown, *session, door, line);
            line.push("disconnect from ");
            push_client(client, line);
            let rcpt = match refused {
                0 => format!("rcpt={accepted}"),
                _ => format!("rcpt={accepted}/{}", accepted + refused),
            };
            let data = usize::from(*accepted > 0);
            let done = 3 + accepted + data;
            let all = match refused {
                0 => format!("commands={done}"),
                _ => format!("commands={done}/{}", done + refused),
            };
            let data = if data > 0 { " data=1" } else { "" };
            line.pushes(&[" ehlo=1 mail=1 ", &rcpt, data, " quit=1 ", &all]);
        }
        QueueFact::Refused {
            session,
            door,
            entry,
            client,
            sender,
            recipient,
            reply,
        } => {
            smtpd(host, shown, *session, door, line);
            line.pushes(&[
                entry.as_ref().map_or("NOQUEUE", |entry| &entry.id),
                ": reject: RCPT from ",
            ]);
            push_client(client, line);
            let helo = client.name.as_deref().unwrap_or("localhost");
            line.pushes(&[": ", reply, "; from=<", sender, "> to=<", recipient]);
            line.pushes(&["> proto=ESMTP helo=<", helo, ">"]);
        }
        QueueFact::Began {
            session,
            door,
            entry,
            prior,
        } => {
            smtpd(host, shown, *session, door, line);
            line.pushes(&[&entry.id, ": client="]);
            push_client(&entry.client, line);
            if let Door::Submission(login) = door {
                line.pushes(&[", sasl_method=PLAIN, sasl_username=", login]);
            }
            if let Some(prior) = prior {
                line.pushes(&[", orig_queue_id=", &prior.id, ", orig_client="]);
                push_client(&prior.client, line);
            }
        }
        QueueFact::Named { entry } => {
            cleanup(host, shown, entry, line);
            match &*entry.mail.message_id {
                "" => line.push("message-id=<>"),
                id => line.pushes(&["message-id=", id]),
            }
        }
        QueueFact::WentAway {
            session,
            door,
            entry,
            client,
            how,
        } => {
            smtpd(host, shown, *session, door, line);
            // Postfix has named the entry since 2025.
            if host.has_long_ids {
                line.pushes(&[&entry.id, ": "]);
            }
            line.pushes(&[how, " from "]);
            push_client(client, line);
        }
        QueueFact::Canceled { entry } => {
            cleanup(host, shown, entry, line);
            line.push("removed (canceled)");
        }
        QueueFact::Checked {
            entry,
            recipient,
            action,
            remark,
        } => {
            cleanup(host, shown, entry, line);
            let subject = &entry.mail.subject;
            line.pushes(&[action, ": header Subject: ", subject, " from "]);
            push_client(&entry.client, line);
            line.push(";");
            envelope(entry, recipient, line);
            if !remark.is_empty() {
                line.pushes(&[": ", remark]);
            }
        }
        QueueFact::PickedUp { entry, user, prior } => {
            let process = 36_000 + entry.mail.number % 7;
            syslog_head(host, shown, "postfix/pickup", process, line);
            line.pushes(&[&entry.id, ": uid="]);
            line.number(u64::from(*user));
            line.pushes(&[" from=<", &entry.mail.sender, ">"]);
            if let Some(prior) = prior {
                line.pushes(&[" orig_id=", &prior.id]);
            }
        }
        QueueFact::MilterRefused {
            entry,
            recipient,
            reply,
        } => {
            cleanup(host, shown, entry, line);
            line.push("milter-reject: END-OF-MESSAGE from ");
            push_client(&entry.client, line);
            line.pushes(&[": ", reply, ";"]);
            envelope(entry, recipient, line);
        }
        QueueFact::Scanned {
            entry,
            next,
            is_after_queue: true,
            verdict,
            recipients,
        } => amavis(
            host,
            shown,
            entry,
            next.as_deref(),
            *verdict,
            recipients,
            line,
        ),
        QueueFact::Scanned {
            entry,
            verdict,
            recipients,
            ..
        } => rspamd(host, shown, entry, *verdict, recipients, line),
        QueueFact::LookedAt { entry, is_spam } => {
            return super::spamd::write(host, shown, entry, *is_spam, line);
        }
        QueueFact::Active { entry, recipients } => {
            qmgr(host, shown, entry, line);
            line.pushes(&["from=<", &entry.mail.sender, ">, size="]);
            line.number(entry.size);
            line.push(", nrcpt=");
            line.number(*recipients as u64);
            line.push(" (queue active)");
        }
        QueueFact::Attempt {
            entry,
            agent,
            relay,
            recipient,
            original,
            took,
            result,
            enhanced,
            answer,
        } => {
            let (tag, first) = match agent {
                Agent::Smtp => ("postfix/smtp", 30_000),
                Agent::Relay => ("postfix/relay/smtp", 30_100),
                Agent::Error => ("postfix/error", 30_200),
                Agent::Mailbox => ("postfix/lmtp", 31_000),
                Agent::Local => ("postfix/local", 32_000),
                Agent::Virtual => ("postfix/virtual", 32_100),
                Agent::Pipe => ("postfix/pipe", 32_200),
                Agent::Discard => ("postfix/discard", 33_000),
            };
            syslog_head(host, shown, tag, first + entry.mail.number % 50, line);
            line.pushes(&[&entry.id, ": to=<", recipient, ">"]);
            if let Some(original) = original {
                line.pushes(&[", orig_to=<", original, ">"]);
            }
            line.pushes(&[", relay=", relay]);
            // A connection that was kept open is used again.
            if matches!(agent, Agent::Smtp | Agent::Relay) && &**relay != "none" && took % 9 == 0 {
                line.push(", conn_use=2");
            }
            delays(host, shown, entry, *took, line);
            let word = match result {
                Result::Sent => "sent",
                Result::Deferred => "deferred",
                Result::Bounced => "bounced",
                Result::SoftBounced => "SOFTBOUNCE",
            };
            // What would have been for good is for now.
            let enhanced = match (result, enhanced.split_once('.')) {
                (Result::SoftBounced, Some((_, rest))) => &format!("4.{rest}"),
                _ => *enhanced,
            };
            line.pushes(&[", dsn=", enhanced, ", status=", word, " (", answer, ")"]);
        }
        QueueFact::Probed {
            entry,
            relay,
            recipient,
            took,
            is_known,
            enhanced,
            answer,
        } => {
            let process = 30_000 + entry.mail.number % 50;
            syslog_head(host, shown, "postfix/smtp", process, line);
            line.pushes(&[&entry.id, ": to=<", recipient, ">, relay=", relay]);
            delays(host, shown, entry, *took, line);
            let word = if *is_known {
                "deliverable"
            } else {
                "undeliverable"
            };
            line.pushes(&[", dsn=", enhanced, ", status=", word, " (", answer, ")"]);
        }
        QueueFact::GaveUp { entry, is_forced } => {
            qmgr(host, shown, entry, line);
            let how = if *is_forced {
                "force-expired"
            } else {
                "expired"
            };
            let sender = &entry.mail.sender;
            line.pushes(&["from=<", sender, ">, status=", how, ", returned to sender"]);
        }
        QueueFact::Notified {
            entry,
            kind,
            notice,
        } => {
            let process = 34_000 + entry.mail.number % 20;
            syslog_head(host, shown, "postfix/bounce", process, line);
            line.pushes(&[&entry.id, ": ", kind, ": ", &notice.id]);
        }
        QueueFact::Handled { entry, how } => {
            let process = 35_000 + entry.mail.number % 900;
            syslog_head(host, shown, "postfix/postsuper", process, line);
            line.pushes(&[&entry.id, ": ", how]);
        }
        QueueFact::Removed { entry } => {
            qmgr(host, shown, entry, line);
            line.push("removed");
        }
    }
    line.push("\n");
}

/// The head of a line by the daemon behind a door. Submission and the filter's way back are services of
/// their own, under the names that they have in master.cf.
fn smtpd(host: &Host, shown: Time, session: u64, door: &Door, line: &mut Line) {
    let tag = match door {
        Door::Submission(_) => "postfix/submission/smtpd",
        Door::Smtp | Door::Reinjection => "postfix/smtpd",
    };
    syslog_head(host, shown, tag, 20_000 + session % 900, line);
}

fn cleanup(host: &Host, shown: Time, entry: &Entry, line: &mut Line) {
    let process = 25_000 + entry.mail.number % 40;
    syslog_head(host, shown, "postfix/cleanup", process, line);
    line.pushes(&[&entry.id, ": "]);
}

fn qmgr(host: &Host, shown: Time, entry: &Entry, line: &mut Line) {
    syslog_head(host, shown, "postfix/qmgr", 1811, line);
    line.pushes(&[&entry.id, ": "]);
}

/// How long it took: since it came, and in which part of its way.
fn delays(host: &Host, shown: Time, entry: &Entry, took: Time, line: &mut Line) {
    let all = (shown - host.clock.shows(entry.came)).max(took);
    line.push(", delay=");
    seconds(all, line);
    line.push(", delays=");
    seconds(all - took, line);
    for part in [took / 50, took / 3, took * 3 / 5] {
        line.push("/");
        seconds(part, line);
    }
}

fn push_client(client: &Client, line: &mut Line) {
    let name = client.name.as_deref().unwrap_or("unknown");
    line.pushes(&[name, "[", &client.ip, "]"]);
}

fn envelope(entry: &Entry, recipient: &str, line: &mut Line) {
    let helo = entry.client.name.as_deref().unwrap_or("localhost");
    line.pushes(&[
        " from=<",
        &entry.mail.sender,
        "> to=<",
        recipient,
        "> proto=ESMTP helo=<",
        helo,
        ">",
    ]);
}

/// As Postfix's `format_tv` with two significant digits: `0.05`, `1.9`, `305`.
fn seconds(time: Time, line: &mut Line) {
    let hundredths = (time.max(0) + SECOND / 200) / (SECOND / 100);
    let (whole, part) = (hundredths / 100, hundredths % 100);
    line.number(whole as u64);
    if whole >= 10 || part == 0 {
        return;
    }
    line.push(".");
    if whole >= 1 || part % 10 == 0 {
        line.number((part / 10) as u64);
    } else {
        line.padded(part, 2);
    }
}

/// amavis, `$log_templ` of 2.13.
fn amavis(
    host: &Host,
    shown: Time,
    entry: &Entry,
    next: Option<&Entry>,
    verdict: Verdict,
    recipients: &[crate::fact::Text],
    line: &mut Line,
) {
    let number = entry.mail.number;
    let process = number % 90_000 + 10_000;
    syslog_head(host, shown, "amavis", process, line);
    let (what, hits) = match verdict {
        Verdict::Clean => ("Passed CLEAN {RelayedInbound}", "0.052"),
        Verdict::Spammy => ("Passed SPAMMY {RelayedTaggedInbound}", "5.931"),
        Verdict::Spam => ("Blocked SPAM {DiscardedInbound}", "12.4"),
        Verdict::SpamQuarantined => ("Blocked SPAM {DiscardedInbound,Quarantined}", "17.208"),
        Verdict::Virus => (
            "Blocked INFECTED (Eicar-Signature) {DiscardedInbound,Quarantined}",
            "-",
        ),
    };
    let ip = &entry.client.ip;
    let sent = write!(
        line.text,
        "({process:05}-01) {what}, [{ip}]:{} [{ip}] <{}> -> ",
        40_000 + number % 9000,
        entry.mail.sender
    );
    debug_assert!(sent.is_ok(), "a vector takes all");
    for (at, recipient) in recipients.iter().enumerate() {
        line.pushes(&[if at > 0 { ",<" } else { "<" }, recipient, ">"]);
    }
    let mail_id = format!(
        "{:012x}",
        number.wrapping_mul(0x9e37_79b9_7f4a) & 0xffff_ffff_ffff
    );
    match verdict {
        Verdict::SpamQuarantined => line.pushes(&[", quarantine: spam-", &mail_id, ".gz"]),
        Verdict::Virus => line.pushes(&[", quarantine: virus-", &mail_id]),
        _ => {}
    }
    line.pushes(&[", Queue-ID: ", &entry.id]);
    if !entry.mail.message_id.is_empty() {
        line.pushes(&[", Message-ID: ", &entry.mail.message_id]);
    }
    line.pushes(&[", mail_id: ", &mail_id, ", Hits: ", hits, ", size: "]);
    line.number(entry.size);
    if let Some(next) = next {
        line.pushes(&[", queued_as: ", &next.id]);
    }
    line.push(", ");
    line.number(80 + number % 3000);
    line.push(" ms");
}

/// rspamd's `rspamd_task_write_log` in syslog.
fn rspamd(
    host: &Host,
    shown: Time,
    entry: &Entry,
    verdict: Verdict,
    recipients: &[crate::fact::Text],
    line: &mut Line,
) {
    syslog_head(host, shown, "rspamd", 3892, line);
    let number = entry.mail.number;
    let (is_spam, action, score) = match verdict {
        Verdict::Clean => ('F', "no action", "0.10"),
        Verdict::Spammy => ('T', "add header", "7.10"),
        _ => ('T', "reject", "16.20"),
    };
    let id = match &*entry.mail.message_id {
        "" => "undef",
        id => id.trim_start_matches('<').trim_end_matches('>'),
    };
    let names = recipients.join(",");
    let sent = write!(
        line.text,
        "<{:06x}>; task; rspamd_task_write_log: id: <{id}>, qid: <{}>, ip: {}, from: <{}>, (default: {is_spam} ({action}): [{score}/15.00] [MIME_GOOD(-0.10){{text/plain;}},ASN(0.00){{asn:64500, ipnet:198.51.100.0/24, country:US;}}]), len: {}, time: {}.215ms, dns req: 24, digest: <{:032x}>, rcpts: <{names}>, mime_rcpts: <{names}>",
        number % 0xff_ffff,
        entry.id,
        entry.client.ip,
        entry.mail.sender,
        entry.size,
        40 + number % 900,
        u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
    );
    debug_assert!(sent.is_ok(), "a vector takes all");
}
