//! What happened to this e-mail? The library behind the page, without a browser.
//!
//! Bytes become text and lines (`unpack`, `text`, `lines`), a format reads them (`formats`) and states
//! events (`event`) with the time as the log writes it (`time`). `source` drives one file through that
//! and packs its events into segments (`segment`), the one form in which events travel between workers,
//! lie in IndexedDB and are taken up (`events`). From the events, and from nothing else, come journeys
//! (`journey`) and deliveries with their status (`delivery`); what only the whole data set knows are
//! `facts`, and `trace` holds these together and derives them in steps. `explain` has words for them and
//! `search` finds them. `engine` is the whole program without a browser: it answers requests (`protocol`)
//! and says what is to be done.
//! The library performs no input or output, reads no clock, knows no time zone but those it is given,
//! logs nothing, and never panics on input.

pub mod delivery;
pub mod engine;
pub mod event;
pub mod events;
pub mod explain;
pub mod facts;
pub mod formats;
pub mod journey;
pub mod lines;
pub mod pages;
pub mod protocol;
pub mod queue_id;
pub mod raw;
pub mod remark;
pub mod search;
pub mod segment;
pub mod source;
pub mod text;
pub mod time;
pub mod trace;
pub mod unpack;
pub mod unreadable;
pub mod words;
