//! The page's newest search, and the rows that it found.

use crate::explain::Entry;
use crate::protocol::{Reply, Ticket};
use crate::search::{Query, Search, Sort};
use crate::trace::Trace;

/// The most rows of one answer.
const ROWS: u32 = 1000;

#[derive(Debug, Default)]
pub(super) struct Questions {
    running: Option<Running>,
    rows: Vec<u32>,
    /// Windows that were asked for while the search still runs.
    waiting: Vec<(Ticket, u32, u32)>,
}

#[derive(Debug)]
struct Running {
    ticket: Ticket,
    query: Query,
    sort: Sort,
    search: Box<Search>,
}

impl Questions {
    /// Begins a search, which replaces one that is not finished.
    pub(super) fn search(&mut self, ticket: Ticket, query: Query, sort: Sort) {
        self.waiting.clear();
        self.running = Some(Running {
            ticket,
            search: Box::new(Search::new(query.clone(), sort)),
            query,
            sort,
        });
    }

    pub(super) fn is_searching(&self) -> bool {
        self.running.is_some()
    }

    /// The trace is another than it was: an unfinished search begins anew.
    pub(super) fn again(&mut self) {
        self.rows.clear();
        if let Some(running) = &mut self.running {
            *running.search = Search::new(running.query.clone(), running.sort);
        }
    }

    /// Searches on; the answers, once all is found.
    pub(super) fn step(&mut self, trace: &Trace, go_on: &mut dyn FnMut() -> bool) -> Vec<Reply> {
        let Some(running) = &mut self.running else {
            return Vec::new();
        };
        let Some(outcome) = running.search.step(trace, go_on) else {
            return Vec::new();
        };
        let found = Reply::Found {
            ticket: running.ticket,
            found: outcome.found,
        };
        self.running = None;
        self.rows = outcome.rows;
        let waiting = std::mem::take(&mut self.waiting);
        let windows = waiting
            .into_iter()
            .map(|(ticket, from, count)| self.window(trace, ticket, from, count));
        std::iter::once(found).chain(windows).collect()
    }

    /// A window of the rows; `None` while they are still being found.
    pub(super) fn rows(
        &mut self,
        trace: &Trace,
        ticket: Ticket,
        from: u32,
        count: u32,
    ) -> Option<Reply> {
        if self.running.is_some() {
            self.waiting.push((ticket, from, count));
            return None;
        }
        Some(self.window(trace, ticket, from, count))
    }

    fn window(&self, trace: &Trace, ticket: Ticket, from: u32, count: u32) -> Reply {
        let window = self.rows.iter().skip(from as usize);
        let entries = window
            .take(count.min(ROWS) as usize)
            .filter_map(|number| Entry::new(trace, *number));
        Reply::Rows {
            ticket,
            from,
            rows: entries.map(|entry| entry.view()).collect(),
        }
    }
}
