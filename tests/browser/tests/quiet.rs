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

    let fetched = page.fetched();
    use_everything(&page);
    assert_eq!(page.requests()[loaded.len()..], [""; 0]);
    assert_eq!(page.fetched(), fetched);
    assert!(
        fetched.iter().all(|url| url.starts_with(page.url())),
        "nothing comes from elsewhere: {fetched:?}"
    );

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
    page.go("Imports");
    page.sees("ordinary.log");
    page.correct("mx1", &[("Zone", "Europe/Berlin")]);
    page.source_says("ordinary.log", "set by you");
    page.go("Messages");
    page.press("Settings");
    page.press("Done");
    page.press("System theme");
    page.press("Light theme");
    page.press("Dark theme");
    page.press("Last 24 hours");
    page.press("All");
}

#[test]
fn the_policy_lets_nothing_out() {
    let page = Page::open();
    let elsewhere = page.url().replace("127.0.0.1", "localhost");
    assert!(!page.can_fetch(&elsewhere));
    let console = page.console().concat();
    assert!(console.contains("Content Security Policy"), "{console}");
}

#[test]
fn without_a_secure_context_the_page_does_the_same() {
    let mut page = Page::open_insecure();
    page.drop(&["postfix/ordinary.log"]);
    page.has_rows(3);
    page.until("it is kept", || page.stored().sources == 1);
    page.open_tab();
    page.has_rows(3);
    page.drop(&["exchange_tracking/group-expanded.log"]);
    page.has_rows(7);
    page.until("both are kept", || page.stored().sources == 2);
    page.turn_to_tab(0);
    page.reload();
    page.has_rows(7);
    page.search_recipients("bob@fabrikam.example");
    page.has_rows(1);
    page.open_row(0);
    page.lines();
    assert_eq!(page.console(), [""; 0]);
}
