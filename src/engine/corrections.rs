//! Corrections: what the person knows of a source's times and hosts, here and in other tabs.

use super::sources::Stage;
use super::{Engine, StoreOrder};
use crate::source::{Correction, Record, SourceNumber};

impl Engine {
    /// Applies a correction at once, and lets it last where the source does.
    ///
    /// While the record is still being written this may come: the store does one thing after the other.
    pub(super) fn correct(&mut self, number: SourceNumber, host: &str, correction: &Correction) {
        let Some(source) = self.sources.get(number) else {
            self.notice(false, "This source is not here any more.".to_owned());
            return;
        };
        let (name, stage) = (source.name().to_owned(), source.stage);
        let corrected = match (source.record(), stage) {
            (None, _) | (_, Stage::Reading | Stage::Restoring) => {
                Err("It is still being read: try again once it is whole.".to_owned())
            }
            (Some(record), Stage::Committing | Stage::Kept | Stage::Unkept) => {
                let mut record = Box::new(record.clone());
                record.correct(host, correction).map(|()| record)
            }
        };
        match corrected {
            Ok(record) => {
                if stage != Stage::Unkept {
                    let record = record.clone();
                    self.order(StoreOrder::Amend {
                        source: number,
                        record,
                    });
                }
                self.apply(number, record);
            }
            Err(why) => {
                self.notice(true, format!("“{name}” was not corrected. {why}"));
                // The page shows again what holds.
                self.sources.changed();
            }
        }
    }

    /// Another tab has corrected a source.
    pub(super) fn amended(&mut self, number: SourceNumber, record: Box<Record>) {
        let Some(source) = self.sources.get(number) else {
            return;
        };
        let is_news = source.record().is_some_and(|known| *known != *record);
        if !is_news {
            return;
        }
        // What is still being read back, nobody has seen yet.
        if source.stage != Stage::Restoring {
            let text = format!("“{}” was corrected in another tab.", source.name());
            self.notice(false, text);
        }
        self.apply(number, record);
    }

    /// The store could not write what was corrected here.
    pub(super) fn not_amended(&mut self, number: SourceNumber, why: &str) {
        if let Some(source) = self.sources.get(number) {
            let name = source.name();
            let text = format!(
                "The correction of “{name}” holds as long as this page is open, but could not be kept. {why}"
            );
            self.notice(true, text);
        }
    }

    fn apply(&mut self, number: SourceNumber, record: Box<Record>) {
        self.trace.set_clocks(number, &record.clocks);
        if let Some(source) = self.sources.get_mut(number) {
            source.set_record(record);
        }
        // A search under way has seen other times.
        self.questions.again();
        self.underived = true;
        self.sources.changed();
    }
}
