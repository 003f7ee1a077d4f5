//! Files that are no text log: what each is, and what to do with it, in a sentence.

/// What a file is by its first bytes, if that is something that cannot be read.
///
/// `head` is the beginning of the unpacked bytes, a few kilobytes of it.
pub fn sentence(head: &[u8]) -> Option<String> {
    let starts =
        |(at, magic, ..): &&Magic| head.get(*at..).is_some_and(|rest| rest.starts_with(magic));
    let (what, advice) = match MAGIC.iter().find(starts) {
        Some((_, ZIP, ..)) => zip(head),
        Some((_, _, what, advice)) => (*what, *advice),
        None if is_binary(head) => ("a binary file", "no mail log is; nothing of it was taken."),
        None => return None,
    };
    Some(format!("This is {what}: {advice}"))
}

const ZIP: &[u8] = b"PK\x03\x04";
const NOT_A_LOG: &str = "not a mail log; nothing of it was taken.";
const UNPACK: &str = "unpack it and drop what is in it.";

/// Bytes and where they stand, what they mean, and what to do.
type Magic = (usize, &'static [u8], &'static str, &'static str);

const MAGIC: &[Magic] = &[
    (0, ZIP, "a zip archive", UNPACK),
    (0, b"BZh", "packed with bzip2", UNPACK),
    (0, b"\xFD7zXZ\0", "packed with xz", UNPACK),
    (0, b"\x28\xB5\x2F\xFD", "packed with zstd", UNPACK),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", UNPACK),
    (0, b"Rar!", "a RAR archive", UNPACK),
    (
        0,
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "an old Office file or an Outlook message (.xls, .doc, .msg)",
        "save a sheet as CSV, or a message as text, and drop that.",
    ),
    (
        0,
        b"!BDN",
        "an Outlook data file (.pst, .ost)",
        "it holds mailboxes, not logs; nothing of it was taken.",
    ),
    (
        0,
        b"ElfFile\0",
        "a Windows event log (.evtx)",
        "export it as CSV or text and drop that.",
    ),
    (0, b"%PDF", "a PDF", NOT_A_LOG),
    (0, b"\x89PNG", "a picture (PNG)", NOT_A_LOG),
    (0, b"\xFF\xD8\xFF", "a picture (JPEG)", NOT_A_LOG),
    (0, b"GIF8", "a picture (GIF)", NOT_A_LOG),
    (
        0,
        b"SQLite format 3\0",
        "a SQLite database",
        "export its table as text and drop that.",
    ),
    (
        0,
        b"LPKSHHRH",
        "a systemd journal",
        "run journalctl -o short-iso on it and drop what that prints.",
    ),
    (256, b"\0ustar", "a tar archive", UNPACK),
    (4, b"ftyp", "a picture or a film (HEIC, MP4)", NOT_A_LOG),
    (8, b"WEBP", "a picture (WebP)", NOT_A_LOG),
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

/// Text holds hardly a control character, and bytes at random hold one in ten; a log that a crash has
/// padded with zeros still has lines.
fn is_binary(head: &[u8]) -> bool {
    let odd = |byte: &&u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    let is_text = |byte: &u8| *byte != 0;
    let start = head.iter().position(is_text).unwrap_or(head.len());
    let end = head
        .iter()
        .rposition(is_text)
        .map_or(start, |last| last + 1);
    let text = head.get(start..end).unwrap_or_default();
    let padding = memchr::memmem::find_iter(text, &[0; 8]).count() * 8;
    let odd = text.iter().filter(odd).count();
    odd.saturating_sub(padding) * 20 > text.len()
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
    fn archives_and_films_are_known_by_what_stands_behind_their_first_bytes() {
        let mut tar = b"mail.log\0".to_vec();
        tar.resize(257, 0);
        tar.extend_from_slice(b"ustar  \0");
        tar.resize(512, 0);
        tar.extend_from_slice(b"Sep  4 08:12:44 mx1 postfix/qmgr[1]: x\n");
        assert!(sentence(&tar).unwrap().contains("a tar archive: unpack it"));
        assert!(sentence(b"\0\0\0\x18ftypheic").unwrap().contains("picture"));
        assert!(
            sentence(b"RIFF\x10\0\0\0WEBPVP8 ")
                .unwrap()
                .contains("WebP")
        );
    }

    #[test]
    fn bytes_at_random_are_binary() {
        let mut state = 1u32;
        let random = (0..4096).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let random: Vec<u8> = random.collect();
        assert!(sentence(&random).unwrap().contains("binary"));
    }

    #[test]
    fn a_crash_s_padding_is_no_binary() {
        let line = b"Sep  4 08:12:44 mx1 postfix/qmgr[1]: x\n";
        let padded = [&line[..], &[0; 3000], &line[..]].concat();
        assert_eq!(sentence(&padded), None);
        assert_eq!(sentence(&[0; 4096]), None);
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
