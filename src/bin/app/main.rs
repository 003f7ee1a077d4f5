//! The trace page.
//!
//! `state` holds what the page knows, `ask` asks the engine for more and takes its replies, `view`
//! shows it. `form`, `pages`, `scroll`, `import`, `correct`, `tree` and `format` are plain values and
//! functions with plain tests; `drop`, `clock`, `settings`, `keys`, `served` and `sample` each touch one
//! thing of the browser, and only `bridge` knows workers. The page never reads a log itself.

// The modules of a program are public to each other, and nobody else can reach them.
#![allow(unreachable_pub)]

mod ask;
mod bridge;
mod clock;
mod correct;
mod drop;
mod form;
mod format;
mod import;
mod keys;
mod pages;
mod sample;
mod scroll;
mod served;
mod settings;
mod state;
mod tree;
mod view;

fn main() {
    leptos::mount::mount_to_body(view::App);
}
