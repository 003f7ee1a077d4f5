//! What Postfix says of connections and of itself (formats.md 4.4): known, and nothing of a message.
//!
//! A line that begins in none of these ways is unknown, and shown as such.

use memchr::memmem;

/// Whether Postfix says this of a connection or of itself.
pub(super) fn is_chatter(text: &[u8]) -> bool {
    begins(text, OF_A_CONNECTION) || begins(text, OF_ITSELF) || is_certificate(text)
}

fn begins(text: &[u8], forms: &[&[u8]]) -> bool {
    forms.iter().any(|form| text.starts_with(form))
}

/// `mx.fabrikam.example[203.0.113.5]:25: subject_CN=…, issuer_CN=…, fingerprint=…`
fn is_certificate(text: &[u8]) -> bool {
    memmem::find(text, b": subject_CN=").is_some()
}

const OF_A_CONNECTION: &[&[u8]] = &[
    // A filter before the queue takes the message on, and names the client again (formats.md 4.7, B).
    b"client=",
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
