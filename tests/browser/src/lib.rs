//! The sealed page, used as a person uses it.
//!
//! [`Page`] has the verbs that the tests in `tests/` are written in; `driver` speaks WebDriver to one
//! browser, `logs` writes logs of any size, `memory` weighs a tree of processes. README.md says how
//! to run them and what they rest on.

// A helper of tests: what goes wrong here is a failed test, and is told by panicking.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

mod driver;
pub mod logs;
mod memory;
mod page;
mod scratch;

pub use page::{Line, Page, Row, Stored};
pub use scratch::Scratch;

/// A composed log of `tests/fixtures`, by its path there.
pub fn fixture(path: &str) -> String {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/");
    let path = std::path::Path::new(fixtures).join(path);
    let path = path
        .canonicalize()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path.to_string_lossy().into_owned()
}

/// The composed logs of a small company with a relay, an Exchange server and Exchange Online, which have
/// something of everything that the page shows.
pub fn company() -> [String; 3] {
    ["mail.log", "MSGTRK20260914-1.LOG", "MessageTrace.csv"]
        .map(|name| format!("{}/logs/{name}", env!("CARGO_MANIFEST_DIR")))
}
