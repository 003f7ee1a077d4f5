//! The rows that were fetched: a few pages of the newest search's result.
//!
//! While a new search is under way, the old rows stay until the new ones come, so that typing does not
//! flicker. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use mailtrace::protocol::{RowView, Ticket};

/// Rows that are asked for at once.
pub const PAGE: u32 = 128;

/// Pages that are kept; the farthest go first.
const KEPT: usize = 48;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pages {
    /// Counts the searches.
    search: u32,
    /// With the search that each is of.
    pages: BTreeMap<u32, (u32, Vec<RowView>)>,
    /// Asked for, with the ticket.
    asked: BTreeMap<u32, Ticket>,
}

impl Pages {
    /// A new search begins: what is still to come of the old one counts no more.
    pub fn renew(&mut self) {
        self.search = self.search.wrapping_add(1);
        self.asked.clear();
    }

    pub fn row(&self, index: u32) -> Option<&RowView> {
        let (_, rows) = self.pages.get(&(index / PAGE))?;
        rows.get((index % PAGE) as usize)
    }

    /// The index of a row that is here, and the row.
    pub fn find(&self, key: &str) -> Option<(u32, &RowView)> {
        self.pages
            .iter()
            .filter(|(_, (search, _))| *search == self.search)
            .flat_map(|(page, (_, rows))| (page * PAGE..).zip(rows))
            .find(|(_, row)| row.key == key)
    }

    /// Pages that a window needs and that are neither here nor asked for.
    pub fn missing(&self, window: &Range<u32>) -> Vec<u32> {
        if window.is_empty() {
            return Vec::new();
        }
        (window.start / PAGE..=(window.end - 1) / PAGE)
            .filter(|page| {
                let here = self
                    .pages
                    .get(page)
                    .is_some_and(|(search, _)| *search == self.search);
                !here && !self.asked.contains_key(page)
            })
            .collect()
    }

    pub fn asked(&mut self, page: u32, ticket: Ticket) {
        self.asked.insert(page, ticket);
    }

    /// Takes a page, unless it comes too late.
    pub fn put(&mut self, ticket: Ticket, from: u32, rows: Vec<RowView>) {
        let page = from / PAGE;
        if self.asked.get(&page) != Some(&ticket) {
            return;
        }
        self.asked.remove(&page);
        self.pages.insert(page, (self.search, rows));
        while self.pages.len() > KEPT {
            let first = self.pages.keys().next().copied().unwrap_or(page);
            let last = self.pages.keys().next_back().copied().unwrap_or(page);
            let farthest = if page - first > last - page {
                first
            } else {
                last
            };
            self.pages.remove(&farthest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailtrace::delivery::status::Status;

    fn rows(from: u32, subject: &str) -> Vec<RowView> {
        (from..from + PAGE)
            .map(|delivery| RowView {
                delivery,
                key: delivery.to_string(),
                time: 0,
                sender: String::new(),
                recipient: String::new(),
                subject: subject.to_owned(),
                status: Status::Delivered,
                why: String::new(),
            })
            .collect()
    }

    #[test]
    fn a_page_is_asked_for_once() {
        let mut pages = Pages::default();
        assert!(pages.missing(&(0..0)).is_empty());
        assert_eq!(pages.missing(&(100..300)), [0, 1, 2]);
        pages.asked(0, 1);
        assert_eq!(pages.missing(&(100..300)), [1, 2]);
        pages.put(1, 0, rows(0, "a"));
        assert!(pages.missing(&(0..128)).is_empty());
        assert_eq!(pages.row(127).map(|row| row.delivery), Some(127));
        assert_eq!(pages.row(128), None);
    }

    #[test]
    fn rows_of_an_older_search_stay_until_newer_ones_come() {
        let mut pages = Pages::default();
        pages.asked(0, 1);
        pages.put(1, 0, rows(0, "old"));
        pages.renew();
        assert_eq!(pages.row(0).map(|row| row.subject.as_str()), Some("old"));
        assert_eq!(pages.find("0"), None);
        assert_eq!(pages.missing(&(0..10)), [0]);
        pages.asked(0, 2);
        pages.renew();
        pages.put(2, 0, rows(0, "late"));
        assert_eq!(pages.row(0).map(|row| row.subject.as_str()), Some("old"));
        pages.asked(0, 3);
        pages.put(3, 0, rows(0, "new"));
        assert_eq!(pages.row(0).map(|row| row.subject.as_str()), Some("new"));
        assert_eq!(pages.find("5").map(|(index, _)| index), Some(5));
    }

    #[test]
    fn pages_far_away_are_forgotten() {
        let mut pages = Pages::default();
        for page in 0..200 {
            pages.asked(page, page);
            pages.put(page, page * PAGE, rows(page * PAGE, ""));
        }
        assert_eq!(pages.pages.len(), KEPT);
        assert!(pages.row(199 * PAGE).is_some());
        assert!(pages.row(0).is_none());
    }
}
