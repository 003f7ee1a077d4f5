//! What the page asks of the engine, and what it does with the replies.
//!
//! A reply whose ticket is not the newest of its kind comes too late and is dropped.

use leptos::prelude::*;
use mailtrace::protocol::{Correction, FileName, Notice, Reply, Request, SourceView, Ticket};
use mailtrace::search::{Column, Query, Sort};
use web_sys::File;

use crate::bridge::Bridge;
use crate::clock;
use crate::import::Import;
use crate::pages::PAGE;
use crate::state::{Place, State};

/// Starts the workers.
pub fn start(state: State) {
    let bridge = Bridge::start(move |reply| receive(state, reply));
    state.bridge.set_value(Some(bridge));
}

/// Asks for the rows of a query; a new question is read from its top.
pub fn search(state: State, query: Query, sort: Sort) {
    state.cursor.set(None);
    state
        .scroll
        .update(|scroll| (scroll.top, scroll.bar) = (0.0, 0.0));
    if let Some(grid) = state.grid.get_untracked() {
        grid.set_scroll_top(0);
    }
    ask_again(state, query, sort);
}

/// Asks the same once more, since the rows may be others now, and stays where it is.
fn ask_again(state: State, query: Query, sort: Sort) {
    let ticket = ticket(state);
    state.search_ticket.set_value(ticket);
    state.pages.update_untracked(|pages| pages.renew());
    ask(
        state,
        Request::Search {
            ticket,
            query,
            sort,
        },
    );
    fetch(state);
}

fn ask_as_before(state: State) {
    let query = untrack(|| state.form.query(state.newest(), state.zone.get()));
    ask_again(state, query, state.sort.get_untracked());
}

/// Asks for the rows on the screen that are not here.
pub fn fetch(state: State) {
    let mut window = state.scroll.with_untracked(|scroll| scroll.window());
    if window.is_empty() {
        window = 0..PAGE;
    }
    for page in state.pages.with_untracked(|pages| pages.missing(&window)) {
        let ticket = ticket(state);
        state
            .pages
            .update_untracked(|pages| pages.asked(page, ticket));
        let (from, count) = (page * PAGE, PAGE);
        ask(
            state,
            Request::Rows {
                ticket,
                from,
                count,
            },
        );
    }
}

/// Orders by a column: dates newest first, words from A; the other way round when asked again.
pub fn sort_by(state: State, column: Column) {
    state.sort.update(|sort| {
        let descending = match column {
            _ if sort.column == column => !sort.descending,
            Column::Date => true,
            Column::Sender | Column::Recipient | Column::Subject | Column::Status => false,
        };
        *sort = Sort { column, descending };
    });
}

/// Goes to one of the page's pages.
pub fn go(state: State, place: Place) {
    state.place.set(place);
    // The address follows; a browser that refuses shows the page all the same.
    let _ = window().location().set_hash(place.hash());
}

/// Opens the detail of a delivery.
pub fn open(state: State, delivery: u32) {
    let ticket = ticket(state);
    state.detail_ticket.set_value(ticket);
    state.open.set(Some(delivery));
    ask(state, Request::Detail { ticket, delivery });
}

/// Opens the detail of a row, and makes it the one that keys act on.
pub fn open_row(state: State, index: u32) {
    state.cursor.set(Some(index));
    let delivery = state
        .pages
        .with_untracked(|pages| pages.row(index).map(|row| row.delivery));
    if let Some(delivery) = delivery {
        open(state, delivery);
    }
}

/// Closes the detail; focus comes back to the table.
pub fn close(state: State) {
    state.detail_ticket.set_value(ticket(state));
    state.open.set(None);
    state.detail.set(None);
    state.lines.set(None);
    if let Some(grid) = state.grid.get_untracked() {
        // Focus is a courtesy: a table that is gone needs none.
        let _ = grid.focus();
    }
}

/// Moves to a row; an open detail follows.
pub fn move_to(state: State, index: u32) {
    let count = state
        .found
        .with_untracked(|found| found.as_ref().map_or(0, |found| found.deliveries));
    if count == 0 {
        return;
    }
    let index = index.min(count - 1);
    state.cursor.set(Some(index));
    let bar = state.scroll.try_update(|scroll| scroll.reveal(index));
    if let (Some(grid), Some(bar)) = (state.grid.get_untracked(), bar) {
        grid.set_scroll_top(bar as i32);
    }
    if state.open.with_untracked(Option::is_some) {
        open_row(state, index);
    }
}

/// Moves by so many rows from where it is.
pub fn move_by(state: State, rows: i64) {
    let index = match state.cursor.get_untracked() {
        Some(index) => (i64::from(index) + rows).clamp(0, i64::from(u32::MAX)),
        None => 0,
    };
    move_to(state, u32::try_from(index).unwrap_or(0));
}

/// Hands files to a reader.
pub fn import(state: State, files: Vec<(String, File)>) {
    if files.is_empty() {
        return;
    }
    let files = files
        .into_iter()
        .map(|(name, file)| {
            let size = file.size() as u64;
            (FileName { name, size }, file)
        })
        .collect();
    if let Some(batch) = with_bridge(state, |bridge| bridge.import(files)) {
        state.imports.update(|imports| {
            if imports.iter().all(|import| import.batch != batch) {
                imports.push(Import::new(batch, clock::now()));
            }
        });
    }
}

/// Ends an import; its files that are whole stay.
pub fn cancel(state: State, batch: u32) {
    with_bridge(state, |bridge| bridge.cancel(batch));
}

/// Decides contested cases as the person now has it.
pub fn settle(state: State) {
    let settings = state.cases.get_untracked();
    ask(state, Request::Settings { settings });
}

/// Sets what a source leaves out of one of its hosts.
pub fn correct(state: State, source: u32, host: String, correction: Correction) {
    ask(
        state,
        Request::Correct {
            source,
            host,
            correction,
        },
    );
}

pub fn remove(state: State, source: u32) {
    close(state);
    ask(state, Request::Remove { source });
}

pub fn erase(state: State) {
    close(state);
    state
        .imports
        .update(|imports| imports.retain(|import| !import.ended));
    ask(state, Request::Erase);
}

fn receive(state: State, reply: Reply) {
    match reply {
        Reply::Ready { build: _, formats } => {
            state.formats.set(formats);
            settle(state);
            ask_as_before(state);
        }
        Reply::Changed => {
            // What is open may have another status, other times, other recipients.
            state.detail_is_old.set_value(true);
            ask_as_before(state);
        }
        Reply::Storage { storage } => state.storage.set(storage),
        Reply::Sources { sources } => sources_came(state, sources),
        Reply::Progress {
            batch,
            files,
            ended,
        } => state.imports.update(|imports| {
            let now = clock::now();
            if imports.iter().all(|import| import.batch != batch) {
                imports.push(Import::new(batch, now));
            }
            for import in imports.iter_mut().filter(|import| import.batch == batch) {
                import.progress(files.clone(), ended, now);
            }
            imports.retain(|import| !import.ended || import.remarkable().next().is_some());
        }),
        Reply::Found { ticket, found } if ticket == state.search_ticket.get_value() => {
            if state
                .found
                .with_untracked(|old| old.as_ref() != Some(&found))
            {
                state.found.set(Some(found));
            }
        }
        Reply::Rows { ticket, from, rows } => {
            state.pages.update(|pages| pages.put(ticket, from, rows));
            follow_open(state);
        }
        Reply::Detail { ticket, detail } if ticket == state.detail_ticket.get_value() => {
            match detail {
                Some(detail) => {
                    let other = state
                        .detail
                        .with_untracked(|old| old.as_ref().is_none_or(|old| old.key != detail.key));
                    if other {
                        state.lines.set(None);
                    }
                    let same = state
                        .detail
                        .with_untracked(|old| old.as_ref() == Some(&*detail));
                    if !same {
                        state.detail.set(Some(*detail));
                    }
                }
                None => close(state),
            }
        }
        Reply::Lines { ticket, lines } if ticket == state.detail_ticket.get_value() => {
            state.lines.set(Some(lines));
        }
        Reply::Found { .. } | Reply::Detail { .. } | Reply::Lines { .. } => {}
        Reply::Notice { notice } => state.notify(notice),
    }
}

fn sources_came(state: State, sources: Vec<SourceView>) {
    let had = state.sources.with_untracked(|former| !former.is_empty());
    if sources.is_empty() {
        if had {
            go(state, Place::Messages);
        }
        state.open.set(None);
        state.detail.set(None);
        state.form.clear_all();
    }
    state.sources.set(sources);
}

/// After more files have come, the open delivery may have another number and another row.
fn follow_open(state: State) {
    let key = state
        .detail
        .with_untracked(|detail| detail.as_ref().map(|detail| detail.key.clone()));
    let (Some(key), Some(open_now)) = (key, state.open.get_untracked()) else {
        return;
    };
    let at = state
        .pages
        .with_untracked(|pages| pages.find(&key).map(|(at, row)| (at, row.delivery)));
    let Some((index, delivery)) = at else { return };
    let shown = state
        .detail
        .with_untracked(|detail| detail.as_ref().map(|detail| detail.delivery));
    if shown == Some(open_now) {
        state.cursor.set(Some(index));
        if delivery != open_now || state.detail_is_old.get_value() {
            state.detail_is_old.set_value(false);
            open(state, delivery);
        }
    }
}

fn ask(state: State, request: Request) {
    with_bridge(state, |bridge| bridge.ask(request));
}

fn with_bridge<T>(state: State, act: impl FnOnce(&Bridge) -> T) -> Option<T> {
    let bridge = state.bridge.with_value(Clone::clone)?;
    Some(act(&bridge))
}

fn ticket(state: State) -> Ticket {
    let ticket = state.ticket.get_value().wrapping_add(1);
    state.ticket.set_value(ticket);
    ticket
}

/// A failure of the page's own doing, in words.
pub fn complain(state: State, text: impl Into<String>) {
    state.notify(Notice {
        grave: true,
        text: text.into(),
    });
}
