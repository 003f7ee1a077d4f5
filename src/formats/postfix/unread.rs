//! What Postfix is known to say and Mailtrace does not read yet (formats.md 4.4).
//!
//! A line that begins in none of these ways is unknown, and shown as such.

use memchr::memmem;

/// Whether Postfix says this of a message, after its queue id or `NOQUEUE`.
pub(super) fn with_id(said: &[u8]) -> bool {
    begins(said, OF_A_MESSAGE) || without_id(said)
}

/// Whether Postfix says this of a connection or of itself.
pub(super) fn without_id(text: &[u8]) -> bool {
    begins(text, OF_A_CONNECTION) || begins(text, OF_ITSELF) || is_certificate(text)
}

fn begins(text: &[u8], forms: &[&[u8]]) -> bool {
    forms.iter().any(|form| text.starts_with(form))
}

/// `mx.fabrikam.example[203.0.113.5]:25: subject_CN=…, issuer_CN=…, fingerprint=…`
fn is_certificate(text: &[u8]) -> bool {
    memmem::find(text, b": subject_CN=").is_some()
}

const OF_A_MESSAGE: &[&[u8]] = &[
    // Delivery agents on the way to a result.
    b"host ",
    b"enabling PIX workarounds",
    b"SASL authentication failed",
    b"Cannot start TLS",
    b"TLS is required",
    b"Server certificate not ",
    b"breaking line ",
    // Restrictions, header_checks and milters.
    b"reject: ",
    b"reject_warning: ",
    b"milter-",
    b"info: ",
    b"warn: ",
    b"filter: ",
    b"hold: ",
    b"delay: ",
    b"discard: ",
    b"redirect: ",
    b"replace: ",
    b"prepend: ",
    b"strip: ",
    b"pass: ",
    b"bcc: ",
    b"permit",
    b"hangup: ",
    // The queue, and people who meddle with it.
    b"removed",
    b"requeued",
    b"placed on hold",
    b"released from hold",
    b"expired",
    b"skipped, still being delivered",
    b"status=deferred",
    b"sender ",
    b"postmaster ",
];

const OF_A_CONNECTION: &[&[u8]] = &[
    b"connect from ",
    b"disconnect from ",
    b"connect to ",
    b"lost connection ",
    b"timeout after ",
    b"too many errors after ",
    b"conversation with ",
    b"CONNECT ",
    b"PASS ",
    b"DISCONNECT ",
    b"HANGUP ",
    b"PREGREET ",
    b"DNSBL rank ",
    b"addr ",
    b"ALLOWLIST",
    b"WHITELIST",
    b"DENYLIST",
    b"BLACKLIST",
    b"BARE NEWLINE ",
    b"COMMAND ",
    b"NON-SMTP COMMAND ",
    b"reject: ",
    b"setting up TLS connection ",
    b"Anonymous TLS connection ",
    b"Untrusted TLS connection ",
    b"Trusted TLS connection ",
    b"Verified TLS connection ",
    b"SSL_accept error ",
    b"SSL_connect error ",
    b"SSL_accept:",
    b"SSL_connect:",
    b"certificate verification failed ",
    b"proxy-accept: ",
    b"proxy-reject: ",
    b"improper command pipelining ",
    b"bare <LF> ",
    b"Host offered STARTTLS: ",
    b"TLS SNI ",
    b"entering STRESS mode",
    b"leaving STRESS mode",
    b"discarding EHLO keywords",
];

const OF_ITSELF: &[&[u8]] = &[
    b"statistics: ",
    b"cache ",
    b"close database ",
    b"table ",
    b"daemon started ",
    b"terminating on signal ",
    b"reload ",
    b"starting the Postfix mail system",
    b"stopping the Postfix mail system",
    b"aborting the Postfix mail system",
    b"refreshing the Postfix mail system",
    b"the Postfix mail system is ",
    b"using backwards-compatible default setting ",
    b"Postfix is ",
    b"To disable backwards compatibility ",
    b"Deleted: ",
    b"Requeued: ",
    b"Placed on hold: ",
    b"Released from hold: ",
    b"Expired: ",
    b"See http",
];
