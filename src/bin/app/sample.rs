//! The sample: logs and a list that the build has made and laid beside the page. They are fetched when they
//! are asked for, and imported as any files are.

use js_sys::Array;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FilePropertyBag};

use crate::ask;
use crate::served::{address, body, fetch, meta};
use crate::state::State;

/// 15 Sep 2026 00:00 UTC, in milliseconds: the date of the files.
const MODIFIED: f64 = 1_789_430_400_000.0;

pub fn import(state: State) {
    let Some(names) = meta("mailtrace-sample") else {
        ask::complain(state, "This page was built without its sample.");
        return;
    };
    spawn_local(async move {
        match files(&names).await {
            Ok(files) => ask::import(state, files),
            Err(_) => ask::complain(
                state,
                "The sample could not be fetched. It lies where this page came from: is that still there?",
            ),
        }
    });
}

/// The files of a list of `name=address`, with spaces between.
async fn files(names: &str) -> Result<Vec<(String, File)>, JsValue> {
    let options = FilePropertyBag::new();
    options.set_last_modified(MODIFIED);
    let mut asked = Vec::new();
    for (name, path) in names.split(' ').filter_map(|entry| entry.split_once('=')) {
        asked.push((format!("sample/{name}"), fetch(&address(path)?)?));
    }
    let mut files = Vec::new();
    for (name, fetch) in asked {
        let bytes = JsFuture::from(body(fetch).await?.array_buffer()?).await?;
        let parts = Array::of1(&bytes);
        let file = File::new_with_buffer_source_sequence_and_options(&parts, &name, &options)?;
        files.push((name, file));
    }
    Ok(files)
}
