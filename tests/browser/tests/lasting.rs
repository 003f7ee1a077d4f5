//! What lasts and what does not: a cancelled import leaves nothing, what is erased is gone, and two
//! tabs do each other no harm.

use std::time::Duration;

use browser_tests::{Page, Scratch, Stored, logs};

const POSTFIX: &str = "postfix/ordinary.log";
const TRACKING: &str = "exchange_tracking/group-expanded.log";

#[test]
fn a_cancelled_import_leaves_nothing_of_the_file_and_keeps_the_whole_ones() {
    let scratch = Scratch::new();
    let large = scratch.at("z-large.log");
    logs::postfix(&large, "mx9", 400_000);

    let page = Page::open().patient(Duration::from_secs(60));
    page.drop(&[POSTFIX, &large]);
    page.until(
        "the large file is being read, and shows rows already",
        || page.row_count() > Some(10_000) && page.is_importing(),
    );
    assert!(
        page.stored().segments > 1,
        "something of it is on the disk: {:?}",
        page.stored()
    );
    page.press("Cancel");
    page.has_rows(3);
    page.sees("z-large.log");
    page.sees("Cancelled");
    let kept = Stored {
        imports: 0,
        sources: 1,
        segments: 1,
        blocks: 1,
    };
    page.until("nothing of it is on the disk", || page.stored() == kept);

    page.reload();
    page.has_rows(3);
    page.sees("1 source");
    assert_eq!(page.stored(), kept);
}

#[test]
fn a_page_closed_in_the_middle_of_an_import_leaves_nothing() {
    let scratch = Scratch::new();
    let large = scratch.at("large.log");
    logs::postfix(&large, "mx9", 400_000);

    let page = Page::open().patient(Duration::from_secs(60));
    page.drop(&[&large]);
    page.until("some of it is on the disk", || page.stored().segments > 1);
    page.reload();
    page.sees("What happened to this e-mail?");
    page.until("what was left behind is swept", || {
        page.stored() == Stored::default()
    });
}

#[test]
fn erasing_leaves_nothing() {
    let page = Page::open();
    page.drop(&[POSTFIX, TRACKING]);
    page.has_rows(7);
    page.until("both are kept", || page.stored().sources == 2);
    page.go("Imports");
    page.press("Erase everything…");
    page.sees("Forget 2 sources, in this browser too?");
    page.press("Erase");
    page.sees("What happened to this e-mail?");
    page.until("nothing is kept", || page.stored() == Stored::default());
    page.reload();
    page.sees("What happened to this e-mail?");

    // And it goes on as if nothing had been.
    page.drop(&[POSTFIX]);
    page.has_rows(3);
}

#[test]
fn one_source_is_removed_and_the_other_stays() {
    let page = Page::open();
    page.drop(&[POSTFIX, TRACKING]);
    page.has_rows(7);
    page.until("both are kept", || page.stored().sources == 2);
    page.go("Imports");
    page.press("Remove ordinary.log");
    page.press("Remove");
    page.go("Messages");
    page.has_rows(4);
    page.until("its pieces are gone", || {
        page.stored().sources == 1 && page.stored().segments == 1
    });
    page.reload();
    page.has_rows(4);
}

#[test]
fn a_file_that_is_here_already_is_not_taken_twice() {
    let page = Page::open();
    page.drop(&[POSTFIX]);
    page.has_rows(3);
    page.until("it is kept", || page.stored().sources == 1);
    page.drop(&[POSTFIX]);
    page.sees("Its content is here already, as “ordinary.log”.");
    page.has_rows(3);
    assert_eq!(page.stored().sources, 1);
}

#[test]
fn two_tabs_do_each_other_no_harm() {
    let mut page = Page::open();
    page.open_tab();
    page.turn_to_tab(0);
    page.drop(&[POSTFIX]);
    page.has_rows(3);
    page.turn_to_tab(1);
    page.drop(&[TRACKING]);
    page.has_rows(4);
    page.until("both are kept", || {
        let stored = page.stored();
        stored.sources == 2 && stored.imports == 0
    });
    for tab in [0, 1] {
        page.turn_to_tab(tab);
        page.reload();
        page.has_rows(7);
    }

    // What one removes is removed in the other, which says so.
    page.turn_to_tab(0);
    page.go("Imports");
    page.press("Remove ordinary.log");
    page.press("Remove");
    page.go("Messages");
    page.has_rows(4);
    page.turn_to_tab(1);
    page.has_rows(4);
    page.sees("was removed in another tab");
    page.reload();
    page.has_rows(4);
    page.sees("1 source");

    // What one erases is erased for both, and each can go on.
    page.go("Imports");
    page.press("Erase everything…");
    page.press("Erase");
    page.sees("What happened to this e-mail?");
    page.turn_to_tab(0);
    page.sees("What happened to this e-mail?");
    page.until("nothing is kept", || page.stored() == Stored::default());
    page.drop(&[POSTFIX]);
    page.has_rows(3);
    page.turn_to_tab(1);
    page.reload();
    page.has_rows(3);
}

#[test]
fn a_second_tab_leaves_the_first_one_s_import_alone() {
    let scratch = Scratch::new();
    let large = scratch.at("large.log");
    logs::postfix(&large, "mx9", 150_000);

    let mut page = Page::open().patient(Duration::from_secs(60));
    page.drop(&[&large]);
    page.until("some of it is on the disk", || page.stored().segments > 0);
    // It opens the same store while the other is writing, and would sweep what nobody holds.
    page.open_tab();
    page.drop(&[TRACKING]);
    page.has_rows(4);
    page.turn_to_tab(0);
    page.has_rows(150_000);
    page.until("both are kept", || {
        let stored = page.stored();
        stored.sources == 2 && stored.imports == 0
    });
    page.reload();
    page.has_rows(150_004);
}

#[test]
fn where_there_is_no_room_the_page_says_so_and_works_in_memory() {
    let scratch = Scratch::new();
    let log = scratch.at("mail.log");
    logs::postfix(&log, "mx9", 30_000);

    let page = Page::open();
    page.limit_storage(2 << 20);
    page.drop(&[POSTFIX]);
    page.has_rows(3);
    page.until("it is kept", || page.stored().sources == 1);
    let kept = page.stored();
    page.drop(&[&log]);
    page.has_rows(30_003);
    page.sees("“mail.log” is in the table, but will be gone with this page.");
    // Its raw lines are held in memory.
    page.search_recipients("person77@fabrikam.example");
    page.has_rows(2);
    page.open_row(0);
    assert!(page.lines().iter().any(|line| line.decides));

    page.reload();
    page.has_rows(3);
    page.until("nothing of it is left", || page.stored() == kept);
}
