//! What Exchange's tracking rows share, whichever file holds them: the columns and what a row states
//! (`row`), the recipients' states (`recipient_status`), custom-data (`custom_data`) and the answers in
//! source-context (`answer`).
//!
//! No format of its own: it knows neither lines nor headers of any file.

pub mod answer;
pub mod custom_data;
pub mod recipient_status;
pub mod row;
