//! The list on Message Trace's page, as "Export results" saves it: a row is a recipient, without any id
//! (formats.md 1.7). The page was set to UTC.

use super::Traced;
use super::trace::{status, title};
use crate::write::{Line, field};

pub(super) fn write(messages: &[Traced]) -> Vec<u8> {
    let mut line = Line::default();
    line.push("Date,Sender,Recipient,Subject,Status\r\n");
    for message in messages {
        for one in &message.recipients {
            line.seconds(message.came);
            field(&mut line, message.sender());
            field(&mut line, &one.address);
            field(&mut line, message.subject());
            field(&mut line, title(status(one)));
            line.push("\r\n");
        }
    }
    line.text
}
