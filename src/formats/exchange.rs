//! What Exchange's tracking rows share, whichever file holds them: the columns and what a row states
//! (`row`), the recipients' states (`recipient_status`), custom-data (`custom_data`) and PowerShell's form
//! of it (`event_data`), the answers in source-context (`answer`), and the digest of a row's content
//! (`digest`).
//!
//! No format of its own: it knows neither lines nor headers of any file.

pub mod answer;
pub mod custom_data;
pub mod digest;
pub mod event_data;
pub mod recipient_status;
pub mod row;

use crate::remark::Remark;

/// What all of Exchange Online's reports give for the host, whose lines name none.
pub use crate::event::EXCHANGE_ONLINE as ONLINE;

/// What a person should know of a report that went through a spreadsheet (formats.md 0.4).
pub fn resaved() -> Remark {
    Remark::warning(
        "This report was opened and saved by a spreadsheet, which rewrites times and shortens long numbers, so the seconds are lost and some rows may not join. Download it anew and drop it as it is.",
    )
}
