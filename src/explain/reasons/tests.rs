//! Every reason is found by an answer that means it, and by none that a more particular one explains.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn found(text: &str) -> Option<Reason> {
    find(&Answer::new(text, 0, Enhanced::NONE))
}

/// IANA's registry of SMTP enhanced status codes: each subject and its details.
const REGISTERED: [(u32, u32); 8] = [
    (0, 0),
    (1, 10),
    (2, 4),
    (3, 6),
    (4, 7),
    (5, 6),
    (6, 10),
    (7, 30),
];

/// Codes of RFC 5321 and of its extensions that an answer may have.
const REPLIES: [u16; 26] = [
    421, 432, 450, 451, 452, 454, 455, 500, 501, 502, 503, 504, 521, 523, 530, 534, 535, 538, 550,
    551, 552, 553, 554, 555, 556, 557,
];

#[test]
fn every_registered_code_has_a_text_of_its_own() {
    for (subject, last) in REGISTERED {
        for detail in 0..=last {
            let key = format!("x.{subject}.{detail}");
            for text in [
                format!("550 5.{subject}.{detail} no"),
                format!("4.{subject}.{detail}"),
                format!("2.{subject}.{detail} yes"),
            ] {
                // X.0.0 tells less than a reply code.
                let text = match subject {
                    0 => text.replace("550 ", ""),
                    _ => text,
                };
                assert_eq!(found(&text).map(|reason| reason.key), Some(&*key), "{text}");
            }
        }
    }
}

#[test]
fn every_reply_code_has_a_text_and_an_unknown_one_that_of_its_class() {
    for reply in REPLIES {
        let key = match reply {
            557 => "5".to_owned(),
            reply => reply.to_string(),
        };
        let reason = found(&format!("{reply} well"));
        assert_eq!(reason.map(|reason| reason.key), Some(&*key));
    }
}

#[test]
fn unknown_codes_fall_back_to_their_class() {
    for (text, key) in [
        ("5.9.999 it is so", "5"),
        ("4.8.77", "4"),
        ("2.9.1 fine", "2"),
        ("559 5.7.400 it is so", "5"),
        ("450 4.7.400 it is so", "450"),
        ("550 5.0.0 it is so", "550"),
    ] {
        assert_eq!(found(text).map(|reason| reason.key), Some(key), "{text}");
    }
    assert_eq!(found("5.7.987654 is no code"), None);
    assert_eq!(found("it is so"), None);
    assert_eq!(found(""), None);
}

#[test]
fn codes_that_came_beside_the_text_count_where_it_has_none() {
    let code = Enhanced::parse(b"5.2.2").unwrap();
    let find = |text: &str| find(&Answer::new(text, 0, code)).map(|reason| reason.key);
    assert_eq!(find("it is so"), Some("x.2.2"));
    assert_eq!(find("550 5.1.1 it is so"), Some("x.1.1"));
}

#[test]
fn every_reason_has_an_answer_that_finds_it() {
    let mut missing: BTreeSet<&str> = all().map(|reason| reason.key).collect();
    let mut wrong = Vec::new();
    for line in include_str!("samples.txt").lines() {
        let Some((key, text)) = line.split_once(" => ") else {
            assert!(line.is_empty() || line.starts_with('#'), "{line}");
            continue;
        };
        assert!(
            missing.remove(key),
            "{key} is no reason's key, or is there twice"
        );
        let got = found(text).map_or("nothing", |reason| reason.key);
        if got != key {
            wrong.push(format!("{text}\n    finds {got}, not {key}"));
        }
    }
    // Codes alone are their own sample.
    missing.retain(|key| {
        let answer = key.replace("x.", "5.");
        let answer = answer.split('-').next().unwrap();
        let is_code = !key.contains(' ') && Code::parse(key).is_some();
        !(is_code && found(answer).map(|reason| reason.key) == Some(key))
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(missing.is_empty(), "no sample: {missing:#?}");
}

#[test]
fn no_two_texts_are_equal_and_there_are_many() {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for reason in all() {
        if let Some(other) = known.insert(reason.means, reason.key) {
            panic!("{other} and {} both say: {}", reason.key, reason.means);
        }
    }
    assert!(known.len() >= 220, "{}", known.len());
    let keys: BTreeSet<&str> = all().map(|reason| reason.key).collect();
    assert_eq!(keys.len(), known.len());
}

#[test]
fn texts_are_sentences_to_be_read_aloud_and_name_their_source() {
    for reason in all() {
        let (key, means, source) = (reason.key, reason.means, reason.source);
        assert!(!source.is_empty() && source == source.trim(), "{key}");
        assert!(means.ends_with('.') && means.len() <= 120, "{key}: {means}");
        assert!(means.is_ascii(), "{key}: {means}");
        assert!(
            means.starts_with(|c: char| c.is_ascii_uppercase()),
            "{key}: {means}"
        );
        assert_eq!(key, key.to_lowercase(), "words are compared in lower case");
    }
}

#[test]
fn nothing_is_told_that_the_answer_contradicts() {
    for text in [
        "451 4.7.24 SPF validation error",
        "451 #4.4.3 Temporary error occurred during SPF verification.",
        "550 5.7.1 rejected, although SPF and DKIM are fine",
        "454 4.3.0 STARTTLS is broken here, sorry",
        "451 4.3.0 the virus scanner does not answer",
        "550 5.3.0 certificate no longer valid",
        "554 5.3.0 antispam.example ESMTP says no",
        "452 4.3.0 marble garbled",
    ] {
        let means = found(text).map_or("", |reason| reason.means);
        for wrong in [
            "does not allow",
            "did not pass",
            "encrypted",
            "harmful",
            "nobody",
            "for spam",
            "block list",
        ] {
            assert!(!means.contains(wrong), "{text}: {means}");
        }
    }
}

#[test]
fn a_receivers_word_outweighs_a_code_and_a_code_the_common_words() {
    for (text, key) in [
        // Neither is X.1.10, which is for null MX.
        (
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
            "resolver.adr.recipientnotfound",
        ),
        (
            "550 5.7.705 Access denied, tenant has exceeded threshold",
            "5.7.705",
        ),
        (
            "550 5.7.509 Access denied, sending domain a.example does not pass DMARC verification",
            "5.7.509",
        ),
        ("550 5.7.12 a password is wanted", "x.7.12"),
        ("450 4.3.2 not now", "x.3.2"),
        ("554 5.2.2 STOREDRV.Deliver; mailbox full", "quotaexceeded"),
        ("550 5.2.1 STOREDRV.Deliver; no access", "x.2.1"),
        // A refusal that quotes its policy's page still tells the recipient's state first.
        (
            "550 5.7.1 user unknown, see our spam policy",
            "user unknown|",
        ),
    ] {
        let got = found(text).map_or("nothing", |reason| reason.key);
        assert!(got.starts_with(key), "{text}: {got}");
    }
}

proptest! {
    #[test]
    fn arbitrary_answers_are_looked_up(bytes in prop::collection::vec(any::<u8>(), 0..300), reply: u16, code: u32) {
        let text = String::from_utf8_lossy(&bytes);
        find(&Answer::new(&text, reply, Enhanced(code)));
    }

    #[test]
    fn arbitrary_codes_are_looked_up(text in "[245]?[0-9.# -]{0,12}[a-z <@>]{0,12}") {
        let answer = Answer::new(&text, 0, Enhanced::NONE);
        let found = find(&answer);
        // What has a class has a text.
        prop_assert!(found.is_some() || !matches!(answer.class(), 2 | 4 | 5), "{}", text);
    }
}
