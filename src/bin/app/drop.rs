//! Files that come in: dropped on the window, chosen, or pasted.
//!
//! Folders are walked here; what is in a file is the reader's business.

use js_sys::{Array, Function, Promise};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ClipboardEvent, DataTransfer, DragEvent, File, FileList, FileSystemDirectoryEntry,
    FileSystemEntry, FileSystemFileEntry,
};

use crate::ask;
use crate::format;
use crate::keys;
use crate::state::State;

/// Makes the whole window take drops and pastes, for as long as the page lives.
pub fn listen(state: State) {
    // Every element inside the window is entered and left too: only the balance tells.
    let depth = StoredValue::new(0_i32);
    let leave = move || {
        depth.set_value(0);
        state.dragging.set(false);
    };
    window_event_listener(ev::dragenter, move |event| {
        event.prevent_default();
        if carries(&event) {
            depth.update_value(|depth| *depth += 1);
            state.dragging.set(true);
        }
    });
    window_event_listener(ev::dragleave, move |event| {
        if carries(&event) {
            depth.update_value(|depth| *depth -= 1);
            if depth.get_value() <= 0 {
                leave();
            }
        }
    });
    window_event_listener(ev::dragover, |event| {
        event.prevent_default();
        if let Some(data) = event.data_transfer() {
            data.set_drop_effect("copy");
        }
    });
    window_event_listener(ev::drop, move |event| {
        event.prevent_default();
        leave();
        if let Some(data) = event.data_transfer() {
            take(state, &data);
        }
    });
    window_event_listener(ev::paste, move |event: ClipboardEvent| {
        if keys::in_field(&event) {
            return;
        }
        if let Some(data) = event.clipboard_data() {
            take(state, &data);
        }
    });
}

/// Takes what an input for files or folders has chosen.
pub fn chosen(state: State, files: &FileList) {
    let files = (0..files.length())
        .filter_map(|at| files.get(at))
        .map(|file| {
            // The path below the chosen folder; web-sys does not know it.
            let path = js_sys::Reflect::get(&file, &JsValue::from_str("webkitRelativePath"));
            let path = path
                .ok()
                .and_then(|path| path.as_string())
                .unwrap_or_default();
            (if path.is_empty() { file.name() } else { path }, file)
        })
        .collect();
    ask::import(state, files);
}

/// Takes pasted text as a file.
pub fn text(state: State, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    let parts = Array::of1(&JsValue::from_str(text));
    match File::new_with_str_sequence(&parts, "Pasted text") {
        Ok(file) => ask::import(state, vec![(file.name(), file)]),
        Err(_) => ask::complain(state, "The pasted text could not be taken."),
    }
}

fn carries(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| {
        let types = data.types();
        types.includes(&JsValue::from_str("Files"), 0)
            || types.includes(&JsValue::from_str("text/plain"), 0)
    })
}

/// Takes files and folders, or text where there are none.
fn take(state: State, data: &DataTransfer) {
    // The list is empty once this call is over, so every entry is taken from it now.
    let mut entries = Vec::new();
    let mut files = Vec::new();
    let items = data.items();
    for at in 0..items.length() {
        let Some(item) = items.get(at).filter(|item| item.kind() == "file") else {
            continue;
        };
        match item.webkit_get_as_entry().ok().flatten() {
            Some(entry) => entries.push(entry),
            None => files.extend(
                item.get_as_file()
                    .ok()
                    .flatten()
                    .map(|file| (file.name(), file)),
            ),
        }
    }
    if entries.is_empty() && files.is_empty() {
        text(state, &data.get_data("text/plain").unwrap_or_default());
        return;
    }
    spawn_local(async move {
        let mut unreadable = 0;
        for entry in entries {
            walk(entry, &mut files, &mut unreadable).await;
        }
        files.sort_by(|a, b| a.0.cmp(&b.0));
        if unreadable > 0 {
            let entries = format::count(unreadable, "entry");
            ask::complain(
                state,
                format!(
                    "The browser could not read {entries} of what was dropped; the rest is taken."
                ),
            );
        } else if files.is_empty() {
            ask::complain(state, "There are no files in what was dropped.");
        }
        ask::import(state, files);
    });
}

/// Gathers the files of an entry and of everything below it.
async fn walk(entry: FileSystemEntry, files: &mut Vec<(String, File)>, unreadable: &mut u64) {
    let mut open = vec![entry];
    while let Some(entry) = open.pop() {
        let took = if entry.is_directory() {
            children(entry.unchecked_ref())
                .await
                .map(|entries| open.extend(entries))
        } else {
            let path = entry.full_path().trim_start_matches('/').to_owned();
            file(entry.unchecked_ref())
                .await
                .map(|file| files.push((path, file)))
        };
        if took.is_err() {
            *unreadable += 1;
        }
    }
}

/// Everything in a folder. A reader gives a hundred entries at a time, and none when it is done.
async fn children(folder: &FileSystemDirectoryEntry) -> Result<Vec<FileSystemEntry>, JsValue> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        let some = promise(|take, fail| reader.read_entries_with_callback_and_callback(take, fail));
        let some: Array = some.await?.unchecked_into();
        if some.length() == 0 {
            return Ok(all);
        }
        all.extend(some.iter().map(JsCast::unchecked_into));
    }
}

async fn file(entry: &FileSystemFileEntry) -> Result<File, JsValue> {
    let file = promise(|take, fail| {
        entry.file_with_callback_and_callback(take, fail);
        Ok(())
    });
    Ok(file.await?.unchecked_into())
}

/// What an old-fashioned pair of callbacks gives.
async fn promise(
    ask: impl Fn(&Function, &Function) -> Result<(), JsValue>,
) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |take, fail| {
        if let Err(error) = ask(&take, &fail) {
            // Rejecting calls no code of the page's: it cannot fail.
            let _ = fail.call1(&JsValue::NULL, &error);
        }
    });
    JsFuture::from(promise).await
}
