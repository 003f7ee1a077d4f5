//! The account of what was imported, what a person can correct in it, and the settings.

use browser_tests::{Page, Scratch, logs};

const POSTFIX: &str = "postfix/ordinary.log";
const BROKEN: &str = "postfix/broken.log";
const TRACKING: &str = "exchange_tracking/group-expanded.log";

#[test]
fn each_source_has_an_account_and_those_with_warnings_are_found() {
    let scratch = Scratch::new();
    let cut = logs::postfix_message("mx3", 1);
    let cut = scratch.file("cut.log", cut.trim_end());
    let page = Page::open();
    page.drop(&[BROKEN, TRACKING, &cut]);
    page.sees("3 sources");
    page.until("the import is over", || !page.is_importing());
    page.go("Imports");
    assert_eq!(page.title(), "Imports · Mailtrace");
    page.until("the title has the focus, for those who hear it", || {
        page.focus() == ("heading".to_owned(), "Imports".to_owned())
    });
    for words in [
        "Postfix (syslog) recognised by the programs that its lines name",
        "5 recognised",
        "6 not understood",
        "mx1",
        "assumed",
        "kept in this browser",
    ] {
        page.source_says("broken.log", words);
    }
    page.source_says(
        "group-expanded.log",
        "Exchange message tracking log recognised by its header",
    );
    page.source_says("cut.log", "Warning The last line has no line end");

    page.press("With warnings");
    page.until("only the source with a warning is listed", || {
        page.source("broken.log").is_empty() && !page.source("cut.log").is_empty()
    });
    page.press("All sources");
    page.source_says("broken.log", "1 assumption");

    // Removing asks once more, and the answer that does nothing is at hand.
    page.press("Remove cut.log");
    page.sees("Remove it and all its rows?");
    page.until("nothing happens by itself", || {
        page.focus() == ("button".to_owned(), "Keep".to_owned())
    });
    page.press("Keep");
    page.until("the focus comes back", || {
        page.focus() == ("button".to_owned(), "Remove cut.log".to_owned())
    });
    page.press("Remove cut.log");
    page.press("Remove");
    page.until("it is gone", || page.source("cut.log").is_empty());
    assert_eq!(page.nameless(), [""; 0]);
    assert_eq!(page.console(), [""; 0]);
}

#[test]
fn a_corrected_zone_moves_times_at_once_and_lasts() {
    let page = Page::open();
    page.drop(&[POSTFIX]);
    page.has_rows(3);
    page.press("UTC");
    page.until("it is kept", || page.stored().sources == 1);
    let hours = |hour: &str| {
        page.rows_are(&format!("the first message came at {hour}"), |rows| {
            rows.iter()
                .any(|row| row.sender.starts_with("ann") && row.date.contains(hour))
        });
    };

    page.go("Imports");
    page.correct("mx1", &[("Zone", "+05:30")]);
    page.source_says("ordinary.log", "+05:30 set by you");
    page.source_says("ordinary.log", "Zone +05:30 instead of");
    page.go("Messages");
    hours("02:42:42");

    // A zone of the browser's list, with its summer time: the log is of September.
    page.go("Imports");
    page.correct("mx1", &[("Zone", "europe/berlin")]);
    page.source_says(
        "ordinary.log",
        "Zone Europe/Berlin instead of +05:30. The times of this source moved forward by 3 h 30 min.",
    );
    page.go("Messages");
    hours("06:12:42");
    page.reload();
    page.has_rows(3);
    hours("06:12:42");

    page.go("Imports");
    page.press("Correct mx1…");
    page.fill("Zone", "Middle-earth/Shire");
    page.press("Apply");
    page.sees("This zone is not known.");
    page.press("Cancel");
    page.until("the focus comes back", || {
        page.focus() == ("button".to_owned(), "Correct mx1…".to_owned())
    });
    page.correct("mx1", &[("Year of the first line", "2024")]);
    page.source_says("ordinary.log", "2024 set by you");
    page.go("Messages");
    hours("06:12:42");
    page.sees("Sep 2024");
}

#[test]
fn the_order_of_dates_and_the_name_of_a_host_are_corrected_too() {
    let page = Page::open();
    page.drop(&["message_trace/dates-undecided.csv"]);
    page.sees("1 source");
    page.go("Imports");
    page.source_says("dates-undecided.csv", "Dates");
    page.press("Correct Exchange Online…");
    page.choose_option("Dates such as 3/4", "March 4: month first");
    page.press("Apply");
    page.source_says("dates-undecided.csv", "month first set by you");
    page.source_says(
        "dates-undecided.csv",
        "Dates month first instead of day first.",
    );

    page.correct("Exchange Online", &[("Host name", "Contoso’s tenant")]);
    page.source_says(
        "dates-undecided.csv",
        "Called Contoso’s tenant instead of Exchange Online.",
    );
    page.until("it is kept", || page.stored().sources == 1);
    page.reload();
    page.source_says("dates-undecided.csv", "Contoso’s tenant");
    page.source_says("dates-undecided.csv", "month first set by you");
}

#[test]
fn the_page_of_imports_has_an_address() {
    let page = Page::open();
    page.drop(&[POSTFIX]);
    page.has_rows(3);
    page.go("Imports");
    page.sees("Kept in this browser");
    page.until("it is kept", || page.stored().sources == 1);
    page.reload();
    page.source_says("ordinary.log", "Postfix (syslog)");
    page.go("Messages");
    page.has_rows(3);
    // From anywhere, `/` leads to the search.
    page.go("Imports");
    page.key("/");
    page.until("the sender's field has the focus", || {
        page.focus() == ("textbox".to_owned(), "Sender".to_owned())
    });
}

#[test]
fn a_setting_decides_a_contested_case_and_lasts() {
    let page = Page::open();
    page.drop(&["rules/spam-delivered.log"]);
    page.has_rows(7);
    let status = |wanted: &str| {
        page.rows_are(&format!("the spam is {wanted}"), |rows| {
            rows.iter()
                .any(|row| row.recipient.starts_with("bob@") && row.status == wanted)
        });
    };
    status("Filtered as spam");
    page.press("Settings");
    page.tick("Delivered spam is in Junk Email");
    page.press("Done");
    status("Delivered");
    page.reload();
    page.has_rows(7);
    status("Delivered");

    page.search_recipients("bob@contoso.example");
    page.has_rows(1);
    page.open_row(0);
    page.detail();
    // The detail says that a setting made the difference, and leads to it.
    page.press("Change the setting");
    page.press("Back to the defaults");
    page.press("Done");
    status("Filtered as spam");
    page.until("the open detail follows", || {
        page.open_detail()
            .is_some_and(|detail| detail.contains("Filtered as spam"))
    });
}
