//! Light and dark, wide and narrow; and pictures of each for people to look at, in `target/screenshots`.

use browser_tests::{Page, company};

/// Light or dark, and a screen's width and height.
const LOOKS: [(&str, u32, u32); 4] = [
    ("light", 1440, 900),
    ("dark", 1440, 900),
    ("light", 390, 844),
    ("dark", 390, 844),
];

#[test]
fn every_state_in_every_look() {
    let page = Page::open();
    let each = |state: &str| {
        for (scheme, width, height) in LOOKS {
            page.look(scheme, width, height);
            page.until("the screen is as wide as that", || page.width() == width);
            assert!(
                page.overhang() <= 0,
                "{state} is too wide for {width} pixels"
            );
            page.picture(&format!("{state}-{scheme}-{width}"));
        }
        assert_eq!(
            page.nameless(),
            [""; 0],
            "a screen reader could not name them"
        );
        page.look("light", 1440, 900);
    };
    each("welcome");
    page.drop(&company().each_ref().map(String::as_str));
    page.until("the logs are here", || {
        page.row_count() > Some(20) && !page.is_importing()
    });
    page.rows();
    each("table");
    page.search_sender("yuki");
    page.press("Failed");
    page.has_rows(1);
    page.open_row(0);
    page.detail();
    page.lines();
    each("detail");
    page.key("Escape");
    page.press("Clear all");
    page.go("Imports");
    page.sees("Kept in this browser");
    each("imports");
    page.press("Correct relay7…");
    page.sees("Host name");
    each("correction");
    page.press("Cancel");
    page.go("Messages");
    page.press("Settings");
    page.sees("Delivered spam is in Junk Email");
    each("settings");
    page.press("Done");
    page.search_recipients("team-eu");
    page.has_rows(5);
    page.open_recipient("team-eu@contoso.example");
    page.sees("3 Delivered 1 Failed");
    each("group");
    page.key("Escape");
    page.press("Clear all");
    page.press("More");
    page.fill("IP address", "198.51.100.0/24");
    page.sees("IP address: 198.51.100.0/24");
    each("more");
    page.press("Clear all");
    page.press("More");
    page.search_sender("nobody@nowhere.example");
    page.sees("No deliveries to show");
    each("nothing-found");
    page.drop(&["postfix/broken.log", &manual()]);
    page.sees("was not taken");
    each("notices");
}

/// A text that is no log.
fn manual() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/README.md").to_owned()
}

#[test]
fn the_page_is_as_light_as_the_system() {
    let page = Page::open();
    let light = |[red, green, blue]: [u32; 3]| red + green + blue;
    page.look("light", 1440, 900);
    let day = light(page.background());
    page.look("dark", 1440, 900);
    let night = light(page.background());
    assert!(day > 600 && night < 200, "{day} by day, {night} by night");

    // Unless the person wants it otherwise, for longer than this visit.
    page.press("System theme; change to light theme");
    page.until("it is light", || light(page.background()) == day);
    page.reload();
    page.until("it is still light", || light(page.background()) == day);
}
