//! Three hundred megabytes: all of it counted, within a stated memory, and no key press waits.

use std::cell::Cell;
use std::time::{Duration, Instant};

use browser_tests::{Page, Scratch, logs};

const MESSAGES: u32 = 450_000;
/// Bytes that the whole browser may hold beyond what it held with the empty page.
const MEMORY: u64 = 900 << 20;
/// What is typed while a log is being read is answered within this.
const ANSWER: Duration = Duration::from_secs(5);

#[test]
fn three_hundred_megabytes_fit_and_the_page_goes_on_answering() {
    let scratch = Scratch::new();
    let log = scratch.at("large.log");
    let bytes = logs::postfix(&log, "mx9", MESSAGES);
    assert!(bytes > 300_000_000, "{bytes} bytes");

    let page = Page::open().patient(Duration::from_secs(120));
    let before = page.memory();
    let most = Cell::new(0);
    let weigh = || most.set(most.get().max(page.memory().saturating_sub(before)));
    let begun = Instant::now();
    page.drop(&[&log]);
    page.until("the first rows are here", || page.row_count() > Some(0));
    let first = begun.elapsed();

    // A search in the middle of it.
    page.until("a good part is read", || {
        weigh();
        page.row_count() > Some(50_000)
    });
    assert!(page.is_importing());
    let asked = Instant::now();
    page.search_recipients("person77@fabrikam.example");
    page.until("the search is answered", || {
        page.row_count()
            .is_some_and(|rows| (1..=20).contains(&rows))
    });
    let answered = asked.elapsed();
    assert!(page.is_importing(), "the answer came before the end");
    page.search_recipients("");

    page.until("the import is over", || {
        weigh();
        !page.is_importing()
    });
    let took = begun.elapsed();
    page.has_rows(u64::from(MESSAGES));
    weigh();
    println!(
        "{:.0} MB, {MESSAGES} messages: first rows after {:.1} s, all after {:.1} s; \
         a search meanwhile took {:.2} s; at most {:.0} MB more in memory",
        bytes as f64 / 1e6,
        first.as_secs_f64(),
        took.as_secs_f64(),
        answered.as_secs_f64(),
        most.get() as f64 / f64::from(1 << 20),
    );
    assert!(most.get() < MEMORY, "{} bytes", most.get());
    assert!(answered < ANSWER, "{answered:?}");

    assert!(
        page.rows().len() < 100,
        "only what is on the screen is in the document"
    );
    page.key("Escape");
    page.key("End");
    page.until("the last row is on the screen", || {
        page.rows()
            .iter()
            .any(|row| row.recipient == "person0@fabrikam.example")
    });

    page.press("Failed");
    page.has_rows(u64::from(MESSAGES / 10));
    page.press("Clear all");
    page.has_rows(u64::from(MESSAGES));
    page.open_row(0);
    page.until("its lines are read", || !page.lines().is_empty());

    let begun = Instant::now();
    page.reload();
    page.has_rows(u64::from(MESSAGES));
    println!(
        "taken up again after a reload in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
}
