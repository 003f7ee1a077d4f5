//! SpamAssassin's spamd in syslog, as 4.0 writes it (formats.md 4.9): what calls it, and whose message it
//! looks at, it does not know.

use std::io::Write as _;

use super::{Line, syslog_head};
use crate::calendar::Time;
use crate::fact::Entry;
use crate::world::Host;

/// The three lines of one look at a message.
pub fn write(host: &Host, shown: Time, entry: &Entry, is_spam: bool, line: &mut Line) {
    let number = entry.mail.number;
    let process = 800 + number % 5;
    let (found, mark, score, tests, learnt) = match is_spam {
        true => (
            "identified spam (8.9/5.0)",
            'Y',
            8,
            "BAYES_99,HTML_MESSAGE,URIBL_BLACK",
            "no",
        ),
        false => (
            "clean message (0.1/5.0)",
            '.',
            0,
            "DKIM_SIGNED,DKIM_VALID,SPF_PASS",
            "ham",
        ),
    };
    let id = &entry.mail.message_id;
    let scan = format!("{}.{}", number % 3, number % 10);
    let mut said = |text: std::fmt::Arguments<'_>| {
        syslog_head(host, shown, "spamd", process, line);
        let written = writeln!(line.text, "{text}");
        debug_assert!(written.is_ok(), "a vector takes all");
    };
    said(format_args!(
        "spamd: processing message {id} for filter:5001"
    ));
    said(format_args!(
        "spamd: {found} for filter:5001 in {scan} seconds, {} bytes.",
        entry.size
    ));
    said(format_args!(
        "spamd: result: {mark} {score} - {tests} scantime={scan},size={},user=filter,uid=5001,required_score=5.0,rhost=::1,raddr=::1,rport={},mid={id},autolearn={learnt} autolearn_force=no",
        entry.size,
        33_000 + number % 9000
    ));
}
