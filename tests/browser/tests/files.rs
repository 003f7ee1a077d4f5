//! What can be dropped: folders of many files, and files that are not what they should be. Whatever
//! comes, a sentence says what it is, nothing hangs, and nothing good is lost.

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use browser_tests::{Page, Scratch, logs};
use flate2::Compression;
use flate2::write::GzEncoder;

const GOOD: &str = "postfix/ordinary.log";

#[test]
fn a_folder_of_250_files() {
    let scratch = Scratch::new();
    for number in 0..250 {
        // Half of them in a folder of its own: the browser gives a hundred entries at a time.
        let folder = if number % 2 == 0 {
            "logs"
        } else {
            "logs/older"
        };
        let text = logs::postfix_message(&format!("mx{number}"), number);
        scratch.file(&format!("{folder}/mail-{number:03}.log"), text);
    }
    let page = Page::open().patient(Duration::from_secs(60));
    page.drop(&[&scratch.at("logs")]);
    page.sees("250 sources");
    page.has_rows(250);
    page.until("the import is over", || !page.is_importing());
    page.go("Imports");
    for name in [
        "logs/mail-000.log",
        "logs/older/mail-249.log",
        "logs/mail-124.log",
    ] {
        page.sees(name);
    }
    page.until("all are kept", || page.stored().sources == 250);
    page.reload();
    page.sees("250 sources");
    page.go("Messages");
    page.has_rows(250);
}

/// Drops a file beside a good one; gives what the page says of it.
fn said_of(name: &str, bytes: &[u8], words: &[&str]) {
    let scratch = Scratch::new();
    let page = Page::open();
    page.drop(&[&scratch.file(name, bytes), GOOD]);
    page.has_rows(3);
    page.sees(name);
    for words in words {
        page.sees(words);
    }
    page.until("the import is over", || !page.is_importing());
    page.has_rows(3);
    page.until("nothing is left half", || page.stored().imports == 0);
    assert_eq!(page.stored().sources, 1);
    assert_eq!(page.console(), [""; 0]);
}

#[test]
fn an_empty_file() {
    said_of("empty.log", b"", &["The file is empty."]);
}

#[test]
fn a_picture() {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend((0..20_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
    said_of("holiday.log", &png, &["This is a picture (PNG)"]);
}

#[test]
fn an_excel_workbook() {
    let xlsx = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml \xA2xl/workbook.xml";
    said_of(
        "trace.xlsx",
        xlsx,
        &["This is an Excel workbook (.xlsx)", "save the sheet as CSV"],
    );
}

#[test]
fn a_csv_of_something_else() {
    let csv = "Article,Colour,Price\nChair,red,40\nTable,green,120\nLamp,white,18\n".repeat(50);
    said_of("prices.csv", csv.as_bytes(), &["Mailtrace reads:"]);
}

#[test]
fn half_a_gzip_gives_every_row_before_the_cut() {
    let text: String = (0..2000).map(|n| logs::postfix_message("mx1", n)).collect();
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    let mut packed = packer.finish().unwrap();
    packed.truncate(packed.len() / 2);

    let scratch = Scratch::new();
    let page = Page::open();
    page.drop(&[&scratch.file("mail.log.gz", packed), GOOD]);
    page.sees("mail.log.gz");
    page.sees("The gzip file is cut off: all text before the cut was read.");
    page.until(
        "about half of the messages are there, and the good file's",
        || {
            page.row_count()
                .is_some_and(|rows| (500..1900).contains(&rows))
        },
    );
    let rows = page.row_count();
    page.search_recipients("bob@fabrikam.example");
    page.has_rows(1);
    page.search_recipients("");
    page.until("the search is taken back", || page.row_count() == rows);
}

#[test]
fn bytes_that_are_no_text_and_a_line_that_is_cut_off() {
    let mut log = b"Sep  4 08:12:40 mx1 postfix/qmgr[811]: 9F2A1C0D40: from=<\xFF\xFEann\xC3@contoso.example>, size=53, nrcpt=1 (queue active)\n".to_vec();
    log.extend_from_slice(b"Sep  4 08:12:41 mx1 postfix/smtp[9]: 9F2A1C0D40: to=<eve@fabrikam.example>, relay=mx.fabrikam.example[203.0.113.5]:25, delay=1, dsn=2.0.0, status=sent (250 ok \x80\x81)\n");
    log.extend_from_slice(b"Sep  4 08:12:42 mx1 postfix/qmgr[811]: 9F2A1C0D40: remo");

    let scratch = Scratch::new();
    let page = Page::open();
    page.drop(&[&scratch.file("odd.log", log), GOOD]);
    page.has_rows(4);
    page.sees("odd.log The last line has no line end, so it may be cut off.");
    page.search_recipients("eve@");
    page.has_rows(1);
    page.open_row(0);
    assert!(page.detail().contains("Delivered"));
    assert!(
        page.lines()
            .iter()
            .any(|line| line.text.contains("\u{FFFD}")),
        "what is no text is shown as such"
    );
    assert_eq!(page.console(), [""; 0]);
}

#[test]
fn a_line_of_100_megabytes() {
    let scratch = Scratch::new();
    let path = scratch.at("long.log");
    let mut file = File::create(&path).unwrap();
    file.write_all(logs::postfix_message("mx7", 1).as_bytes())
        .unwrap();
    file.write_all(b"Sep  4 08:12:42 mx1 postfix/smtpd[1]: warning: ")
        .unwrap();
    for _ in 0..100 {
        file.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    file.write_all(b"\n").unwrap();
    file.write_all(logs::postfix_message("mx7", 2).as_bytes())
        .unwrap();
    drop(file);

    let page = Page::open().patient(Duration::from_secs(60));
    page.drop(&[&path, GOOD]);
    page.has_rows(5);
    page.sees("long.log A line is longer than a mebibyte; only its beginning was read.");
}

#[test]
fn a_log_that_is_written_while_it_is_read() {
    let scratch = Scratch::new();
    let path = scratch.at("mail.log");
    logs::postfix(&path, "mx9", 150_000);

    let page = Page::open().patient(Duration::from_secs(60));
    page.drop(&[&path, GOOD]);
    page.until("some of it is read", || page.row_count() > Some(100));
    let mut log = File::options().append(true).open(&path).unwrap();
    log.write_all(logs::postfix_message("mx9", 150_001).as_bytes())
        .unwrap();
    page.sees("as a log does that is still being written");
    page.until("the import is over", || !page.is_importing());
    // What was read is kept, and so is the good file behind it.
    page.until("what was read is there", || {
        page.row_count()
            .is_some_and(|rows| (100..=150_003).contains(&rows))
    });
    page.sees("2 sources");
    page.search_recipients("bob@fabrikam.example");
    page.has_rows(1);
}

#[test]
fn files_that_cannot_be_read_stop_no_drop() {
    let scratch = Scratch::new();
    let first = scratch.at("first.log");
    logs::postfix(&first, "mx5", 120_000);
    let gone: Vec<String> = (0..4)
        .map(|number| {
            let path = scratch.at(&format!("gone-{number}.log"));
            logs::postfix(&path, "mx6", 3);
            path
        })
        .collect();

    let page = Page::open().patient(Duration::from_secs(60));
    let mut paths = vec![first.as_str()];
    paths.extend(gone.iter().map(String::as_str));
    paths.push(GOOD);
    page.drop(&paths);
    // They are gone before the reader, who reads one file after the other, comes to them.
    page.until("the first is being read", || page.row_count() > Some(100));
    for path in &gone {
        std::fs::remove_file(path).unwrap();
    }
    page.sees("The file could not be read: it has changed, was moved, or may not be opened.");
    page.until("the import is over", || !page.is_importing());
    page.sees("2 sources");
    page.has_rows(120_003);
}
