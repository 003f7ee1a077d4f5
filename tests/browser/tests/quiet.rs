//! Nothing leaves the page: once it is loaded it asks the network for nothing, and it breaks no rule of
//! its own policy.

use browser_tests::Page;

#[test]
fn once_loaded_the_page_asks_for_nothing() {
    let page = Page::open();
    let loaded = page.requests();
    // The workers are there once the store is open; each was fetched once.
    let workers = loaded.iter().filter(|path| path.contains("worker"));
    assert_eq!(
        workers.count(),
        2,
        "script and program of the worker: {loaded:?}"
    );

    use_everything(&page);
    assert_eq!(page.requests()[loaded.len()..], [""; 0]);

    page.reload();
    page.has_rows(7);
    let reloaded = page.requests();
    let again = reloaded.len() - loaded.len();
    assert!(
        again <= loaded.len(),
        "a reload asks for no more: {reloaded:?}"
    );
    use_everything(&page);
    assert_eq!(page.requests()[reloaded.len()..], [""; 0]);

    assert_eq!(
        page.console(),
        [""; 0],
        "no errors, no breaches of the policy"
    );
}

fn use_everything(page: &Page) {
    page.drop(&[
        "postfix/ordinary.log",
        "exchange_tracking/group-expanded.log",
    ]);
    page.has_rows(7);
    page.until("the import is over", || !page.is_importing());
    page.search_recipients("bob@fabrikam.example");
    page.has_rows(1);
    page.open_row(0);
    page.detail();
    page.lines();
    page.key("Escape");
    page.press("Clear all");
    page.has_rows(7);
    page.press("Sources");
    page.sees("ordinary.log");
    page.key("Escape");
    page.press("System theme");
    page.press("Light theme");
    page.press("Dark theme");
    page.press("Last 24 hours");
    page.press("All");
}
