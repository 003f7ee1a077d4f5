//! Composed logs of any size, in which no two messages share an id.

use std::fs::File;
use std::io::{BufWriter, Write};

/// A relay's log of so many messages, one recipient each; every tenth bounces. Gives its bytes.
///
/// Two relays of different names never share a line.
pub fn postfix(path: &str, host: &str, messages: u32) -> u64 {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("can be written"));
    let mut bytes = 0;
    for message in 0..messages {
        let text = postfix_message(host, message);
        out.write_all(text.as_bytes()).expect("there is room");
        bytes += text.len() as u64;
    }
    out.flush().expect("there is room");
    bytes
}

/// The lines of one message.
pub fn postfix_message(host: &str, message: u32) -> String {
    // Three messages a second of one September.
    let second = message / 3 % (28 * 86_400);
    let (day, hour) = (second / 86_400 + 1, second / 3600 % 24);
    let (minute, second) = (second / 60 % 60, second % 60);
    let time = format!("2026-09-{day:02}T{hour:02}:{minute:02}:{second:02}.000000+00:00");
    let queue_id = format!("{:011X}", u64::from(message) * 7919 + 0x100_0000_0000);
    let sender = format!("user{}@contoso.example", message % 5003);
    let recipient = format!("person{}@fabrikam.example", message % 20_011);
    let (dsn, status, answer) = match message % 10 {
        9 => (
            "5.1.1",
            "bounced",
            "host mx.fabrikam.example[203.0.113.5] said: 550 5.1.1 No such user here (in reply to RCPT TO command)",
        ),
        _ => ("2.0.0", "sent", "250 2.0.0 Ok: queued as 7C1E5A4B90"),
    };
    let word = u64::from(message).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!(
        "{time} {host} postfix/smtpd[{pid}]: {queue_id}: client=client.contoso.example[192.0.2.17]\n\
         {time} {host} postfix/cleanup[811]: {queue_id}: message-id=<{word:016x}.{message}@{host}.contoso.example>\n\
         {time} {host} postfix/qmgr[812]: {queue_id}: from=<{sender}>, size={size}, nrcpt=1 (queue active)\n\
         {time} {host} postfix/smtp[{pid}]: {queue_id}: to=<{recipient}>, relay=mx.fabrikam.example[203.0.113.5]:25, delay=1.2, delays=0.1/0/0.6/0.5, dsn={dsn}, status={status} ({answer})\n\
         {time} {host} postfix/qmgr[812]: {queue_id}: removed\n",
        pid = 1000 + message % 97,
        size = 2000 + message % 50_000,
    )
}
