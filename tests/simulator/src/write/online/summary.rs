//! The enhanced summary report: a row is a message with the history of each recipient (formats.md 1.2, 1.3).

use super::Traced;
use crate::write::{Line, field, guid};

const HEADER: &str = "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality,connector_id,delivery_priority\r\n";

pub(super) fn write(messages: &[Traced]) -> Vec<u8> {
    let mut line = Line::default();
    line.push(HEADER);
    for message in messages {
        let mail = &message.mail;
        line.date_time(message.came, 7);
        line.push("Z");
        field(&mut line, message.sender());
        let items: Vec<String> = message
            .recipients
            .iter()
            .map(|one| format!("{}##{}", one.address, one.history.join(", ")))
            .collect();
        field(&mut line, &items.join(";"));
        field(&mut line, message.subject());
        line.push(",");
        line.number(mail.size);
        field(&mut line, &mail.message_id);
        line.push(",");
        guid(&mut line, message.network_id);
        field(&mut line, message.client_ip());
        field(
            &mut line,
            if message.is_incoming {
                "Incoming"
            } else {
                "Originating"
            },
        );
        field(&mut line, &message.connector);
        line.push(",Normal\r\n");
    }
    line.text
}
