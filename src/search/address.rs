//! What a person types for an IP address, matched against words: an address, the beginning of one, or a
//! network.
//!
//! Addresses are compared by value, so the many spellings of an IPv6 address are one (RFC 5952), and an
//! IPv4 address that is written as an IPv6 one is that IPv4 address.

use core::net::{IpAddr, Ipv6Addr};

use super::pattern::Memo;
use crate::words::{Word, Words};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    /// The address lies in this network; a single address is the smallest.
    Network { address: IpAddr, bits: u32 },
    /// The address is written so, in its canonical form, up to here.
    Beginning(String),
}

/// A typed address, and what is known of each word already.
#[derive(Debug)]
pub(super) struct Addresses {
    /// `None` where nothing is asked for; the fault of what can't be understood, in a sentence.
    condition: Option<Result<Condition, String>>,
    memo: Memo,
}

impl Addresses {
    pub(super) fn read(typed: &str) -> Addresses {
        let typed = typed.trim();
        Addresses {
            condition: (!typed.is_empty()).then(|| Condition::read(typed)),
            memo: Memo::default(),
        }
    }

    /// Whether nothing is asked for, so everything matches.
    pub(super) fn is_empty(&self) -> bool {
        self.condition.is_none()
    }

    /// Why nothing can match.
    pub(super) fn fault(&self) -> Option<&str> {
        match &self.condition {
            Some(Err(fault)) => Some(fault),
            _ => None,
        }
    }

    /// Whether a word is such an address. An absent one (word 0) never is.
    pub(super) fn matches(&mut self, words: &Words, word: Word) -> bool {
        let Some(Ok(condition)) = &self.condition else {
            return false;
        };
        self.memo.recall(words, word, |text| {
            let address = std::str::from_utf8(text).ok().and_then(address);
            address.is_some_and(|address| condition.holds(address))
        })
    }
}

impl Condition {
    fn read(typed: &str) -> Result<Condition, String> {
        let typed = unwrapped(typed);
        if let Some((start, bits)) = typed.split_once('/') {
            return network(start, bits).ok_or_else(|| {
                format!("“{typed}” is no network such as 192.0.2.0/24 or 2001:db8::/32.")
            });
        }
        let beginning = typed.strip_suffix('*').unwrap_or(typed);
        if beginning.len() == typed.len()
            && !typed.ends_with("::")
            && let Some(address) = address(typed)
        {
            return Ok(Condition::single(address));
        }
        let read = if beginning.contains(':') {
            beginning_of_v6(beginning)
        } else {
            beginning_of_v4(beginning)
        };
        read.ok_or_else(|| {
            format!(
                "“{typed}” is neither an IP address, nor the beginning of one such as 192.0.2., nor a network such as 192.0.2.0/24."
            )
        })
    }

    fn single(address: IpAddr) -> Condition {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        Condition::Network { address, bits }
    }

    fn holds(&self, address: IpAddr) -> bool {
        match self {
            Condition::Network {
                address: IpAddr::V4(start),
                bits,
            } => {
                let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                matches!(address, IpAddr::V4(it) if (it.to_bits() ^ start.to_bits()) & mask == 0)
            }
            Condition::Network {
                address: IpAddr::V6(start),
                bits,
            } => {
                let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                matches!(address, IpAddr::V6(it) if (it.to_bits() ^ start.to_bits()) & mask == 0)
            }
            Condition::Beginning(beginning) => address.to_string().starts_with(beginning),
        }
    }
}

/// `192.0.2.0/24`, `2001:db8::/32`; bits behind the network's mean nothing.
fn network(start: &str, bits: &str) -> Option<Condition> {
    let is_number = !bits.is_empty() && bits.bytes().all(|digit| digit.is_ascii_digit());
    let bits: u32 = bits.parse().ok().filter(|_| is_number)?;
    let typed: IpAddr = start.trim().parse().ok()?;
    let most = if typed.is_ipv4() { 32 } else { 128 };
    if bits > most {
        return None;
    }
    let canonical = typed.to_canonical();
    match canonical.is_ipv4() && typed.is_ipv6() {
        true => Some(Condition::Network {
            address: canonical,
            // The first 96 bits only say that it is an IPv4 address.
            bits: bits.checked_sub(96)?,
        }),
        false => Some(Condition::Network {
            address: typed,
            bits,
        }),
    }
}

/// `192.0.2.` or `192.0`: up to three whole numbers, and digits of the next.
fn beginning_of_v4(typed: &str) -> Option<Condition> {
    let parts: Vec<&str> = typed.split('.').collect();
    let is_number = |part: &&str| {
        part.bytes().all(|digit| digit.is_ascii_digit()) && part.parse::<u8>().is_ok()
    };
    let (last, whole) = parts.split_last()?;
    let fits = !typed.is_empty()
        && whole.len() <= 3
        && whole.iter().all(is_number)
        && (is_number(last) || last.is_empty() && !whole.is_empty());
    fits.then(|| Condition::Beginning(typed.to_owned()))
}

/// `2001:db8:` is a network of whole groups; anything else begins the canonical form.
fn beginning_of_v6(typed: &str) -> Option<Condition> {
    let is_group =
        |group: &&str| group.len() <= 4 && group.bytes().all(|digit| digit.is_ascii_hexdigit());
    let groups: Vec<&str> = typed.split(':').collect();
    let is_half = typed.starts_with(':') && !typed.starts_with("::");
    let is_unclear = is_half || typed.contains(":::") || typed.matches("::").count() > 1;
    let most = if typed.contains("::") { 9 } else { 8 };
    if groups.len() > most || !groups.iter().all(is_group) || is_unclear {
        return None;
    }
    if let Some(whole) = typed.strip_suffix(':').filter(|_| !typed.contains("::")) {
        let groups = whole.split(':').map(|group| u16::from_str_radix(group, 16));
        let groups: Vec<u16> = groups.collect::<Result<_, _>>().ok()?;
        let mut all = [0; 8];
        if groups.len() >= all.len() {
            return None;
        }
        let bits = groups.len() as u32 * 16;
        all.iter_mut().zip(groups).for_each(|(to, from)| *to = from);
        return Some(Condition::Network {
            address: Ipv6Addr::from(all).into(),
            bits,
        });
    }
    // RFC 5952 4: no leading zeros, small letters.
    let short = groups.iter().map(|group| {
        let short = group.trim_start_matches('0').to_ascii_lowercase();
        match short.is_empty() && !group.is_empty() {
            true => "0".to_owned(),
            false => short,
        }
    });
    Some(Condition::Beginning(short.collect::<Vec<_>>().join(":")))
}

/// An address as logs write it: also in brackets, behind `IPv6:`, with a zone.
fn address(text: &str) -> Option<IpAddr> {
    let text = unwrapped(text);
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    let address: IpAddr = text.parse().ok()?;
    Some(address.to_canonical())
}

fn unwrapped(text: &str) -> &str {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    match text.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("ipv6:") => text.get(5..).unwrap_or_default(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(typed: &str, text: &str) -> bool {
        let mut words = Words::new(1);
        let word = words.intern(text.as_bytes());
        let mut addresses = Addresses::read(typed);
        let first = addresses.matches(&words, word);
        assert_eq!(addresses.matches(&words, word), first, "known by now");
        first
    }

    #[test]
    fn an_address_is_compared_by_value() {
        assert!(matches("192.0.2.1", "192.0.2.1"));
        assert!(!matches("192.0.2.1", "192.0.2.10"));
        for typed in [
            "2001:db8::1",
            "2001:0DB8:0:0:0:0:0:1",
            "[2001:db8::1]",
            "IPv6:2001:db8:0::1",
        ] {
            assert!(matches(typed, "2001:DB8:0000::0001"), "{typed}");
            assert!(matches(typed, "IPv6:2001:db8::1"), "{typed}");
            assert!(!matches(typed, "2001:db8::10"), "{typed}");
        }
        assert!(matches("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(matches("::ffff:c000:201", "192.0.2.1"));
        assert!(matches("fe80::1", "fe80::1%eth0"));
    }

    #[test]
    fn the_beginning_of_an_address_is_enough() {
        assert!(matches("192.0.2.", "192.0.2.77"));
        assert!(matches("192.0.2.*", "192.0.2.77"));
        assert!(!matches("192.0.2.", "192.0.25.1"));
        assert!(matches("192.0.2", "192.0.25.1"), "it may go on");
        assert!(matches("192", "192.0.25.1"));
        assert!(!matches("192.", "2001:db8:192::1"));
        assert!(matches("2001:db8:", "2001:0db8:7::1"));
        assert!(
            matches("2001:db8:0:", "2001:db8::1"),
            "the groups are whole"
        );
        assert!(!matches("2001:db8:", "2001:db80::1"));
        assert!(matches("2001:db8::", "2001:db8::1"));
        assert!(matches("2001:0DB8:7:a", "2001:db8:7:ab::1"));
    }

    #[test]
    fn a_network_holds_its_addresses() {
        assert!(matches("192.0.2.0/24", "192.0.2.255"));
        assert!(matches("192.0.2.77/24", "192.0.2.1"));
        assert!(!matches("192.0.2.0/25", "192.0.2.128"));
        assert!(matches("0.0.0.0/0", "203.0.113.9"));
        assert!(!matches("0.0.0.0/0", "2001:db8::1"));
        assert!(matches("192.0.2.1/32", "192.0.2.1"));
        assert!(matches("2001:db8::/33", "2001:db8:7fff::1"));
        assert!(!matches("2001:db8::/33", "2001:db8:8000::1"));
        assert!(matches("::/0", "2001:db8::1"));
        assert!(matches("::ffff:192.0.2.0/120", "192.0.2.9"));
        assert!(matches("2001:db8::1/128", "2001:db8::1"));
    }

    #[test]
    fn what_is_none_of_it_matches_nothing_and_says_so() {
        for typed in [
            "192.0.2.0/33",
            "192.0.2/24",
            "192.0.2.0/",
            "192.0.2.0/+8",
            "2001:db8::/129",
            "300.",
            "192.0.2.1.",
            "192..2",
            ".",
            "mail",
            "2001:db8:::",
            "2001:xyz:",
            "1:2:3:4:5:6:7:8:9",
            ":1",
            "*",
        ] {
            assert!(Addresses::read(typed).fault().is_some(), "{typed}");
            assert!(!matches(typed, "192.0.2.1"), "{typed}");
        }
        assert!(Addresses::read(" ").fault().is_none());
        assert!(Addresses::read(" ").is_empty());
        assert!(!matches("192.0.2.1", ""));
        assert!(!matches("192.0.2.1", "mail.contoso.example"));
    }
}
