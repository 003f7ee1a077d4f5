//! The extended report: Exchange Online's own tracking log in 27 columns (formats.md 1.4).

use super::LONGEST_SUBJECT;
use crate::calendar::Time;
use crate::fact::{Mail, TransportFact};
use crate::write::Line;
use crate::write::exchange_tracking::{Writer, columns};

const HEADER: &str = "date_time_utc,client_ip,client_hostname,server_ip,server_hostname,source_context,connector_id,source,event_id,internal_message_id,message_id,network_message_id,recipient_address,recipient_status,total_bytes,recipient_count,related_recipient_address,reference,message_subject,sender_address,return_path,message_info,directionality,tenant_id,original_client_ip,original_server_ip,custom_data\r\n";

const WRITER: Writer = Writer {
    tenant: "6a3c8f0e-0000-4000-8000-00000000c0de",
    server_ip: "",
    longest_subject: LONGEST_SUBJECT,
};

pub(super) fn header(line: &mut Line) {
    line.push(HEADER);
}

pub(super) fn row(at: Time, fact: &TransportFact, mail: &Mail, line: &mut Line) {
    // Seven digits, of which the service knows three or four.
    line.date_time(at, 7);
    line.push("Z");
    columns(fact, Some(mail), &WRITER, line);
    line.push("\r\n");
}
