//! Drop, read, search, look at one, come back: what the page is for.

use browser_tests::{Page, Row};

const POSTFIX: &str = "postfix/ordinary.log";
const TRACKING: &str = "exchange_tracking/group-expanded.log";

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
