//! What else stands in a log: lines of other programs, and lines that were destroyed.

use crate::calendar::Time;
use crate::fact::TransportFact;
use crate::random::Random;
use crate::world::Host;
use crate::write::{Line, exchange_tracking, syslog_head};

/// Chance of its own, so that noise changes nothing of what happens.
#[derive(Debug)]
pub struct Noise {
    random: Random,
    /// So many lines of a million are destroyed.
    damaged: u64,
}

const FOREIGN: [(&str, &str); 8] = [
    (
        "CRON",
        "(root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)",
    ),
    (
        "sshd",
        "Connection closed by 198.51.100.77 port 51022 [preauth]",
    ),
    ("systemd", "Started Session 4711 of user root."),
    (
        "dovecot",
        "imap-login: Login: user=<bob.berg>, method=PLAIN, rip=192.0.2.101, lip=192.0.2.25, mpid=4711, TLS, session=<x7Fq>",
    ),
    (
        "postfix/anvil",
        "statistics: max connection rate 3/60s for (smtp:198.51.100.20) at Sep 14 08:00:01",
    ),
    (
        "postfix/smtpd",
        "warning: hostname mail.tailspin.example does not resolve to address 198.51.100.14",
    ),
    (
        "postfix/scache",
        "statistics: domain lookup hits=0 miss=12 success=0%",
    ),
    (
        "postfix/postscreen",
        "CONNECT from [203.0.113.99]:40122 to [192.0.2.25]:25",
    ),
];

impl Noise {
    pub fn new(seed: u64, damaged: u64) -> Self {
        Noise {
            random: Random::new(seed ^ 0x006e_6f69_7365),
            damaged,
        }
    }

    /// Now and then, a line of another program before the next one.
    pub fn foreign(&mut self, host: &Host, shown: Time, line: &mut Line) {
        if self.random.per_mille(40) {
            let (tag, text) = *self.random.pick(&FOREIGN);
            let process = 400 + self.random.below(30_000);
            syslog_head(host, shown, tag, process, line);
            line.pushes(&[text, "\n"]);
        }
    }

    /// Now and then, rows about no mail of anybody's.
    pub fn foreign_rows(
        &mut self,
        host: &Host,
        shown: Time,
        next: &TransportFact,
        line: &mut Line,
    ) {
        if self.random.per_mille(30) {
            let number = self.random.number();
            exchange_tracking::write_probe(host, shown, next.service, number, line);
        }
    }

    /// Destroys what stands behind `start`, seldom: the line is cut, or its middle is NULs, as after a
    /// crash of the host. Whether it did.
    pub fn damage(&mut self, start: usize, line: &mut Line) -> bool {
        if self.damaged == 0 || self.random.below(1_000_000) >= self.damaged {
            return false;
        }
        let length = line.text.len().saturating_sub(start + 1) as u64;
        let at = start + self.random.below(length) as usize;
        if self.random.per_mille(500) {
            line.text.truncate(at);
            line.push("\n");
        } else {
            let until = (at + 20).min(line.text.len().saturating_sub(1));
            for byte in line.text.iter_mut().take(until).skip(at) {
                *byte = 0;
            }
        }
        true
    }
}
