//! Drop, read, search, look at one, come back: what the page is for.
#![allow(
    clippy::indexing_slicing,
    reason = "a test's helper may fail as a test does"
)]

use browser_tests::{Page, Row, company};

const POSTFIX: &str = "postfix/ordinary.log";
const TRACKING: &str = "exchange_tracking/group-expanded.log";

/// The message of [`TRACKING`].
const NETWORK_MESSAGE_ID: &str = "40000000-5000-4000-8000-000000000002";

/// Sender, recipient and status of each row, sorted.
fn facts(rows: &[Row]) -> Vec<String> {
    let mut facts: Vec<String> = rows
        .iter()
        .map(|row| format!("{} -> {}: {}", row.sender, row.recipient, row.status))
        .collect();
    facts.sort();
    facts
}

#[test]
fn two_logs_dropped_one_after_the_other() {
    let page = Page::open();
    page.drop(&[POSTFIX]);
    page.has_rows(3);
    assert_eq!(
        facts(&page.rows()),
        [
            "ann@contoso.example -> bob@fabrikam.example: Delivered",
            "root -> admin@mx1.contoso.example: Delivered",
            "root -> root: Delivered",
        ]
    );

    page.drop(&[TRACKING]);
    page.has_rows(7);
    assert_eq!(
        facts(&page.rows()),
        [
            "ann@contoso.example -> bob@fabrikam.example: Delivered",
            "ann@fabrikam.example -> bob@contoso.example: Delivered",
            "ann@fabrikam.example -> cyd@contoso.example: Delivered",
            "ann@fabrikam.example -> dan@contoso.example: Delivered",
            "ann@fabrikam.example -> team@contoso.example: Expanded",
            "root -> admin@mx1.contoso.example: Delivered",
            "root -> root: Delivered",
        ]
    );
    page.sees("2 sources");
}

#[test]
fn a_detail_says_what_happened_and_proves_it_after_a_reload_too() {
    let page = Page::open();
    page.drop(&[POSTFIX, TRACKING]);
    page.has_rows(7);
    page.search_recipients("bob@fabrikam.example");
    page.has_rows(1);
    page.open_row(0);
    it_is_all_there(&page);

    page.reload();
    page.has_rows(7);
    page.search_recipients("bob@fabrikam.example");
    page.has_rows(1);
    page.open_row(0);
    it_is_all_there(&page);
}

#[test]
fn a_station_of_the_journey_leads_to_its_events() {
    let page = Page::open();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../twice");
    let folder = std::fs::canonicalize(folder).unwrap();
    let folder = folder.join("clock-behind-in-front-of-a-filter");
    let log = |host: &str| folder.join(format!("{host}.log")).display().to_string();
    page.drop(&[&log("mx1"), &log("mx2")]);
    page.has_rows(1);
    page.open_row(0);
    let detail = page.detail();
    for words in [
        "2 s · by id",
        "clocks differ: −1 h 59 min",
        "by id and time",
    ] {
        assert!(detail.contains(words), "{words} in {detail}");
    }
    page.press("mx2 Postfix 4gWQ204Tb2z3J");
    let (role, _) = page.focus();
    assert_eq!(role, "row");
}

/// The detail of the message from Ann to Bob at Fabrikam.
fn it_is_all_there(page: &Page) {
    let detail = page.detail();
    for words in [
        "ann@contoso.example",
        "bob@fabrikam.example",
        "Delivered",
        "What to do",
    ] {
        assert!(detail.contains(words), "{words} in {detail}");
    }
    assert_eq!(page.fact("Message ID"), "<ordinary-1@contoso.example>");
    assert_eq!(page.fact("From IP"), "192.0.2.10");
    assert_eq!(page.fact("To IP"), "203.0.113.5");

    let events = page.events();
    let names: Vec<&str> = events.iter().map(|[_, event, _]| event.as_str()).collect();
    assert!(names[0].starts_with("Receive"), "{names:?}");
    assert!(
        names.iter().any(|name| name.starts_with("Send")),
        "{names:?}"
    );
    let deciding: Vec<&[String; 3]> = events
        .iter()
        .filter(|[.., detail]| detail.contains("Decides the status"))
        .collect();
    assert_eq!(deciding.len(), 1, "{events:?}");
    assert!(deciding[0][1].starts_with("Send"), "{deciding:?}");

    let lines = page.lines();
    let deciding: Vec<_> = lines.iter().filter(|line| line.decides).collect();
    assert_eq!(deciding.len(), 1, "{lines:?}");
    assert!(
        deciding[0].place.starts_with("ordinary.log line 6"),
        "{deciding:?}"
    );
    assert_eq!(
        deciding[0].text,
        "Sep  4 08:12:44 mx1 postfix/smtp[26184]: 9F2A1C0D3E: to=<bob@fabrikam.example>, \
         relay=mx.fabrikam.example[203.0.113.5]:25, delay=1.9, delays=0.05/0.01/1.1/0.71, \
         dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7C1E5A4B90)"
    );
}

#[test]
fn searches_narrow_the_rows_and_can_be_taken_back() {
    let page = Page::open();
    page.drop(&[POSTFIX, TRACKING, "postfix/several-recipients.log"]);
    page.has_rows(11);

    page.search_sender("ann@*.example");
    page.has_rows(9);
    page.search_sender("*@fabrikam.example");
    page.has_rows(4);
    page.search_sender("");
    page.has_rows(11);

    page.search_recipients("dave@adatum.example; cyd");
    page.has_rows(2);
    let mut recipients = page.recipients();
    recipients.sort();
    assert_eq!(recipients, ["cyd@contoso.example", "dave@adatum.example"]);
    page.press("Clear all");
    page.has_rows(11);

    page.press("Failed");
    page.has_rows(1);
    page.press("Pending");
    page.has_rows(2);
    page.rows_are("one has failed, one waits", |rows| {
        let mut statuses: Vec<&str> = rows.iter().map(|row| row.status.as_str()).collect();
        statuses.sort_unstable();
        statuses == ["Failed", "Pending"]
    });
    page.press("Status: Pending or Failed");
    page.has_rows(11);

    // Counted back from the newest event, which is Exchange's.
    page.press("Last 24 hours");
    page.has_rows(4);
    page.press("All");
    page.has_rows(11);

    page.search_message_id("<several-1@contoso.example>");
    page.has_rows(4);
    // A queue id leads to its message too.
    page.search_message_id("9F2A1C0D3E");
    page.has_rows(1);
    page.search_message_id("of-no-message@contoso.example");
    page.has_rows(0);
    page.sees("No deliveries to show");
}

#[test]
fn less_common_conditions_narrow_too() {
    let page = Page::open();
    page.drop(&[POSTFIX, TRACKING]);
    page.has_rows(7);
    page.press("More");
    page.fill("Subject", "site");
    page.has_rows(4);
    page.choose_option("Where in the subject", "starts with");
    page.has_rows(0);
    page.choose_option("Where in the subject", "ends with");
    page.has_rows(4);
    page.press("Subject ends with “site”");
    page.has_rows(7);

    page.fill("IP address", "203.0.113.0/24");
    page.has_rows(1);
    page.press("IP address: 203.0.113.0/24");
    page.has_rows(7);
    page.fill("IP address", "192.0.2.300");
    page.has_rows(0);
    page.press("Clear all");
    page.has_rows(7);

    page.choose_option("Direction", "Inbound");
    page.has_rows(4);
    page.press("Direction: Inbound");
    page.has_rows(7);

    page.search_message_id(NETWORK_MESSAGE_ID);
    page.has_rows(4);
}

#[test]
fn a_group_opens_to_its_members_and_related_messages_are_found() {
    let page = Page::open();
    page.drop(&[POSTFIX, TRACKING]);
    page.has_rows(7);
    page.open_recipient("team@contoso.example");
    page.detail();
    let members = [
        "team@contoso.example Expanded",
        ".bob@contoso.example Delivered",
        ".cyd@contoso.example Delivered",
        ".dan@contoso.example Delivered",
    ];
    page.until("the group shows its members", || page.tree() == members);
    page.sees("3 Delivered");
    page.press("Members of team@contoso.example");
    page.until("it is folded", || page.tree() == members[..1]);
    page.press("Members of team@contoso.example");
    page.press("cyd@contoso.example");
    page.until("the detail is the member's", || {
        page.open_detail()
            .is_some_and(|detail| detail.contains("By way of team@contoso.example"))
    });
    page.until("the group is still shown", || page.tree() == members);

    // Wherever else it is: every row of the message, and the way back.
    page.press("Find related");
    page.has_rows(4);
    page.press("Back to the search before");
    page.has_rows(7);
}

#[test]
fn a_blank_address_says_why() {
    let page = Page::open();
    page.drop(&[TRACKING]);
    page.has_rows(4);
    page.open_recipient("team@contoso.example");
    page.detail();
    page.until("To IP is blank", || page.fact("To IP") == "blank");
    page.press("Why To IP is blank");
    page.sees("The message went on to other addresses.");
}

#[test]
fn a_column_s_title_sorts_by_it() {
    let page = Page::open();
    page.drop(&[POSTFIX, TRACKING]);
    page.has_rows(7);
    // The newest first.
    page.rows_are("the newest message is on top", |rows| {
        rows[0].sender == "ann@fabrikam.example"
    });

    let of = |rows: &[Row]| {
        rows.iter()
            .map(|row| row.recipient.clone())
            .collect::<Vec<_>>()
    };
    page.press("Recipient");
    page.rows_are("recipients stand from A to Z", |rows| of(rows).is_sorted());
    page.press("Recipient");
    page.rows_are("recipients stand from Z to A", |rows| {
        of(rows).iter().rev().is_sorted() && of(rows)[0].starts_with("team")
    });
    page.press("Date");
    page.press("Date");
    page.rows_are("the oldest message is on top", |rows| {
        rows[0].sender == "ann@contoso.example"
    });
}

#[test]
fn the_keyboard_is_enough() {
    let page = Page::open();
    page.drop(&[POSTFIX, TRACKING]);
    page.has_rows(7);
    page.press("Recipient");
    page.rows_are("recipients stand from A to Z", |rows| {
        rows[0].recipient.starts_with("admin")
    });

    page.key("/");
    page.until("the sender's field has the focus", || {
        page.focus() == ("textbox".to_owned(), "Sender".to_owned())
    });
    page.key("Escape");
    page.until("the table has the focus", || {
        page.focus() == ("grid".to_owned(), "Message trace".to_owned())
    });

    page.key("ArrowDown");
    page.key("ArrowDown");
    page.key("Enter");
    // The second row of three; the arrows go on while the detail is open.
    page.sees("Delivery 2 of 7");
    let second = page.recipients()[1].clone();
    page.until("the detail is the second row's", || {
        page.open_detail()
            .is_some_and(|detail| detail.contains(&second))
    });
    page.key("ArrowDown");
    page.sees("Delivery 3 of 7");
    page.key("ArrowUp");
    page.key("ArrowUp");
    page.sees("Delivery 1 of 7");
    page.until("the detail follows", || {
        page.open_detail()
            .is_some_and(|detail| detail.contains("admin@mx1.contoso.example"))
    });

    page.key("Escape");
    page.until("the detail is closed", || page.open_detail().is_none());
    assert_eq!(page.focus().1, "Message trace");
}

#[test]
fn the_sample_is_fetched_when_it_is_asked_for() {
    let page = Page::open();
    let loaded = page.requests();
    assert!(!loaded.iter().any(|path| path.contains("sample")));
    page.press("Try it with sample data");
    page.sees("5 sources");
    page.until("the import is over", || !page.is_importing());
    let asked = page.requests().split_off(loaded.len());
    assert_eq!(asked.len(), 5, "{asked:?}");
    page.go("Imports");
    page.sees("Exchange message tracking");
    page.sees("Postfix");
    page.sees("Message Trace");
    page.go("Messages");
    page.until("there is a day of messages to see", || {
        page.row_count() > Some(2000)
    });
    let rows = page.row_count();
    page.reload();
    page.until("the same rows are there after a reload", || {
        page.row_count() == rows
    });
}

/// Exchange's own probes are counted, and one click away.
#[test]
fn probes_are_shown_when_they_are_asked_for() {
    let page = Page::open();
    page.drop(&company().each_ref().map(String::as_str));
    page.until("the import is over", || {
        page.row_count() > Some(20) && !page.is_importing()
    });
    let rows = page.row_count();
    page.tick("Show 8 probe rows");
    page.until("the probes are shown", || {
        page.row_count() == rows.map(|rows| rows + 8)
    });
}

#[test]
fn files_are_chosen_with_a_button_too() {
    let page = Page::open();
    page.choose(&[POSTFIX, TRACKING]);
    page.has_rows(7);
    page.go("Imports");
    page.sees("ordinary.log");
    page.sees("group-expanded.log");
}

#[test]
fn lines_are_pasted() {
    let page = Page::open();
    page.press("Paste…");
    let lines = std::fs::read_to_string(browser_tests::fixture(POSTFIX)).unwrap();
    page.fill("Log lines", &lines);
    page.press("Trace");
    page.has_rows(3);
    page.reload();
    page.has_rows(3);
}
