//! What `cargo xtask` does, as functions that tests can call too.
//!
//! A tool at a terminal: unlike the library it prints, and it touches the machine.
#![allow(clippy::print_stdout, clippy::print_stderr)]

pub mod digest;
pub mod page;
pub mod process;
pub mod seal;
pub mod sealed;
pub mod server;
pub mod setup;
pub mod simulate;
pub mod steps;
