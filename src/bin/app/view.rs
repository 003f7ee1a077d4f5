//! What the page shows: one component a file.

mod add_files;
mod app;
mod conditions;
mod detail;
mod dialog;
mod drop_overlay;
mod evidence;
mod filters;
mod footer;
mod icon;
mod import_files;
mod import_status;
mod message_events;
mod more_information;
mod notices;
mod paste_dialog;
mod progress_bar;
mod recipients;
mod result_line;
mod search;
mod sort_picker;
mod source_card;
mod sources_dialog;
mod status_badge;
mod status_facets;
mod theme_button;
mod time_range;
mod top_bar;
mod trace;
mod trace_row;
mod trace_table;
mod welcome;

pub use app::App;
