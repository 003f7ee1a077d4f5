//! The sample: small composed logs and an export, imported as any files are.

use js_sys::{Array, Uint8Array};
use web_sys::{File, FilePropertyBag};

use crate::ask;
use crate::state::State;

const LOGS: [(&str, &[u8]); 3] = [
    (
        "sample/MSGTRK20260914-1.LOG",
        include_bytes!("sample/MSGTRK20260914-1.LOG"),
    ),
    ("sample/mail.log", include_bytes!("sample/mail.log")),
    (
        "sample/MessageTrace.csv",
        include_bytes!("sample/MessageTrace.csv"),
    ),
];

/// 15 Sep 2026 00:00 UTC, in milliseconds: the date of the files.
const MODIFIED: f64 = 1_789_430_400_000.0;

pub fn import(state: State) {
    let options = FilePropertyBag::new();
    options.set_last_modified(MODIFIED);
    let files: Option<Vec<(String, File)>> = LOGS
        .iter()
        .map(|(name, bytes)| {
            let parts = Array::of1(&Uint8Array::from(*bytes));
            let file = File::new_with_u8_array_sequence_and_options(&parts, name, &options).ok()?;
            Some(((*name).to_owned(), file))
        })
        .collect();
    match files {
        Some(files) => ask::import(state, files),
        None => ask::complain(state, "The sample could not be opened."),
    }
}
