//! Files that are no text log: what each is, and what to do with it, in a sentence.

/// What a file is by its first bytes, if that is something that cannot be read.
///
/// `head` is the beginning of the unpacked bytes, a few kilobytes of it.
pub fn sentence(head: &[u8]) -> Option<String> {
    let known = MAGIC.iter().find(|(magic, ..)| head.starts_with(magic));
    let (what, advice) = match known {
        Some((magic, ..)) if *magic == ZIP => zip(head),
        Some((_, what, advice)) => (*what, *advice),
        None if is_binary(head) => ("a binary file", "no mail log is; nothing of it was taken."),
        None => return None,
    };
    Some(format!("This is {what}: {advice}"))
}

const ZIP: &[u8] = b"PK\x03\x04";
const NOT_A_LOG: &str = "not a mail log; nothing of it was taken.";
const UNPACK: &str = "unpack it and drop what is in it.";

/// First bytes, what they mean, and what to do.
const MAGIC: &[(&[u8], &str, &str)] = &[
    (ZIP, "a zip archive", UNPACK),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\xFD7zXZ\0", "packed with xz", UNPACK),
    (b"\x28\xB5\x2F\xFD", "packed with zstd", UNPACK),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "an old Office file or an Outlook message (.xls, .doc, .msg)",
        "save a sheet as CSV, or a message as text, and drop that.",
    ),
    (
        b"!BDN",
        "an Outlook data file (.pst, .ost)",
        "it holds mailboxes, not logs; nothing of it was taken.",
    ),
    (
        b"ElfFile\0",
        "a Windows event log (.evtx)",
        "export it as CSV or text and drop that.",
    ),
    (b"%PDF", "a PDF", NOT_A_LOG),
    (b"\x89PNG", "a picture (PNG)", NOT_A_LOG),
    (b"\xFF\xD8\xFF", "a picture (JPEG)", NOT_A_LOG),
    (b"GIF8", "a picture (GIF)", NOT_A_LOG),
    (
        b"SQLite format 3\0",
        "a SQLite database",
        "export its table as text and drop that.",
    ),
    (
        b"LPKSHHRH",
        "a systemd journal",
        "run journalctl -o short-iso on it and drop what that prints.",
    ),
];

fn zip(head: &[u8]) -> (&'static str, &'static str) {
    let names = |needle: &str| memchr::memmem::find(head, needle.as_bytes()).is_some();
    if names("[Content_Types].xml") && (names("xl/") || !names("word/")) {
        (
            "an Excel workbook (.xlsx)",
            "open it in Excel, save the sheet as CSV, and drop that.",
        )
    } else if names("word/") {
        ("a Word document (.docx)", NOT_A_LOG)
    } else {
        ("a zip archive", UNPACK)
    }
}

/// Text holds few control characters; a log that a crash has padded with zeros still has lines.
fn is_binary(head: &[u8]) -> bool {
    let odd = |byte: &&u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    let text = head.iter().skip_while(|byte| **byte == 0);
    let (odd, all) = (text.clone().filter(odd).count(), text.count());
    odd * 10 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        let xlsx = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml \xA2xl/workbook.xml";
        assert!(sentence(xlsx).unwrap().contains("save the sheet as CSV"));
        assert!(sentence(b"PK\x03\x04mail.log").unwrap().contains("unpack"));
        assert!(sentence(b"\xFF\xD8\xFF\xE0").unwrap().contains("picture"));
        assert!(
            sentence(&[1, 2, 3, 4, 200, 7, 8])
                .unwrap()
                .contains("binary")
        );
    }

    #[test]
    fn text_is_not_refused() {
        for text in [
            "",
            "Sep  4 08:12:44 mx1 postfix/qmgr[1]: x",
            "a;b;c\r\n1\t2",
            "\0\0\0\0Sep  4 ",
        ] {
            assert_eq!(sentence(text.as_bytes()), None, "{text:?}");
        }
    }
}
