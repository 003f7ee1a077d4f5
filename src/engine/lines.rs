//! The raw lines of a detail: which blocks hold them, and what becomes of the blocks when they come.

use super::{Effect, Engine, StoreOrder};
use crate::explain::{self, story::story};
use crate::protocol::{LineView, Reply, Ticket};
use crate::raw::{self, Place};
use crate::segment::Field;
use crate::source::SourceNumber;

/// The most lines of one answer.
const LINES: usize = 500;

/// Details whose raw lines are being read.
#[derive(Debug, Default)]
pub(super) struct Lines {
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    ticket: Ticket,
    wanted: Vec<Wanted>,
}

/// One record of a source.
#[derive(Debug)]
struct Wanted {
    source: SourceNumber,
    offset: u64,
    /// Where the first of its blocks lies; `None` if no block that is kept holds it.
    place: Option<Place>,
    first: u32,
    count: u32,
    view: LineView,
    is_read: bool,
}

impl Lines {
    /// Takes blocks that were asked for; the answer, once all its lines are read.
    pub(super) fn blocks(
        &mut self,
        ticket: Ticket,
        source: SourceNumber,
        first: u32,
        blocks: &[Option<Vec<u8>>],
    ) -> Option<Reply> {
        let idx = self.waiting.iter().position(|one| one.ticket == ticket)?;
        let waiting = self.waiting.get_mut(idx)?;
        let texts: Vec<Option<Vec<u8>>> = blocks
            .iter()
            .map(|block| block.as_deref().and_then(raw::unpack))
            .collect();
        for wanted in &mut waiting.wanted {
            let begins = wanted.first.checked_sub(first).map(|skip| skip as usize);
            if let Some(begins) = begins.filter(|_| wanted.source == source) {
                let own = texts.get(begins..).unwrap_or_default();
                if !own.is_empty() && !wanted.is_read {
                    wanted.read(own.get(..wanted.count as usize).unwrap_or(own));
                }
            }
        }
        if !waiting.wanted.iter().all(|wanted| wanted.is_read) {
            return None;
        }
        Some(self.waiting.swap_remove(idx).reply())
    }

    /// A source is gone, and so are the questions that wait for it.
    pub(super) fn forget(&mut self, source: SourceNumber) {
        let waits_for = |wanted: &Wanted| wanted.source == source && !wanted.is_read;
        self.waiting
            .retain(|waiting| !waiting.wanted.iter().any(waits_for));
    }
}

impl Waiting {
    fn reply(self) -> Reply {
        Reply::Lines {
            ticket: self.ticket,
            lines: self.wanted.into_iter().map(|wanted| wanted.view).collect(),
        }
    }
}

impl Wanted {
    fn read(&mut self, blocks: &[Option<Vec<u8>>]) {
        self.is_read = true;
        // What follows a block that doesn't read back is not the same line's end.
        let text: Vec<u8> = blocks
            .iter()
            .map_while(Option::as_deref)
            .flatten()
            .copied()
            .collect();
        let record = self
            .place
            .and_then(|place| raw::record_at(place, &text, self.offset));
        match record {
            Some(record) if !text.is_empty() => {
                self.view.line = record.line;
                self.view.text = record.text;
                self.view.story = story(&self.view.text);
            }
            _ => self.view.text = "This line does not read back from the browser's storage.".into(),
        }
    }
}

impl Engine {
    /// Answers with a delivery's detail, and asks the store for its raw lines.
    pub(super) fn detail(&mut self, ticket: Ticket, delivery: u32) {
        let record = |source| self.sources.get(source).and_then(|source| source.record());
        let detail = explain::detail(&self.trace, delivery, record);
        let is_there = detail.is_some();
        self.reply(Reply::Detail {
            ticket,
            detail: detail.map(Box::new),
        });
        if !is_there {
            return;
        }
        let waiting = Waiting {
            ticket,
            wanted: self.wanted(delivery),
        };
        let mut orders: Vec<(SourceNumber, u32, u32)> = Vec::new();
        for wanted in waiting.wanted.iter().filter(|wanted| !wanted.is_read) {
            let order = (wanted.source, wanted.first, wanted.count);
            if !orders.contains(&order) {
                orders.push(order);
            }
        }
        if orders.is_empty() {
            self.reply(waiting.reply());
            return;
        }
        self.lines.waiting.push(waiting);
        let blocks = orders.into_iter().map(|(source, first, count)| {
            Effect::Store(StoreOrder::Blocks {
                ticket,
                source,
                first,
                count,
            })
        });
        self.effects.extend(blocks);
    }

    /// The records of a delivery's events, in their order, each once.
    fn wanted(&self, delivery: u32) -> Vec<Wanted> {
        let Some(delivery) = self.trace.delivery(delivery) else {
            return Vec::new();
        };
        let mut all: Vec<Wanted> = Vec::new();
        for number in self.trace.events_of_delivery(delivery) {
            let Some(row) = self.trace.events().row(number) else {
                continue;
            };
            let (source, offset) = (row.source(), row.number(Field::Offset));
            let decides = number == delivery.decided_by;
            let known = all
                .iter_mut()
                .find(|wanted| wanted.source == source && wanted.offset == offset);
            if let Some(known) = known {
                known.view.decides |= decides;
            } else if all.len() < LINES || decides {
                all.push(self.wanted_at(source, offset, decides));
            }
        }
        all
    }

    fn wanted_at(&self, source: SourceNumber, offset: u64, decides: bool) -> Wanted {
        let known = self.sources.get(source);
        let places = known.map(|source| source.places()).unwrap_or_default();
        let range = raw::blocks_at(places, offset);
        let holds = |place: &&Place| offset - place.first_byte < place.len.into();
        let place = places
            .get(range.start)
            .filter(|place| place.first_byte <= offset)
            .filter(holds)
            .copied();
        let text = match place {
            Some(_) => "",
            None => "This line has not been stored yet.",
        };
        Wanted {
            source,
            offset,
            place,
            first: range.start as u32,
            count: range.len() as u32,
            view: LineView {
                source: known
                    .map(|source| source.name())
                    .unwrap_or_default()
                    .to_owned(),
                line: 0,
                text: text.to_owned(),
                decides,
                story: Vec::new(),
            },
            is_read: place.is_none(),
        }
    }
}
