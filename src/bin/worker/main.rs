//! The worker: one program in two roles.
//!
//! A reader reads the files of a drop and sends what they say; the engine holds it all and answers the
//! page. A worker's name is its role, and what it begins with was left in its scope by the line that
//! started it (see the page's bridge).

#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

mod credit;
mod engine;
mod lock;
mod memory;
mod port;
mod reader;
mod store;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    std::panic::set_hook(Box::new(|panic| last_words(&panic.to_string())));
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    match scope.name().as_str() {
        "engine" => engine::start(scope, &text(&begun_with("build"))),
        "reader" => reader::start(
            &scope,
            text(&begun_with("build")),
            &text(&begun_with("order")),
            begun_with("files").unchecked_into(),
            begun_with("port").unchecked_into(),
        ),
        _ => {}
    }
}

/// Says to the page what this worker dies of.
fn last_words(words: &str) {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    // If even this fails, the page still learns from the trap that follows.
    let _ = scope.post_message(&js_sys::Error::new(words));
}

/// What the page has handed in under this name; undefined if nothing.
fn begun_with(name: &str) -> JsValue {
    let get = |from: &JsValue, name: &str| Reflect::get(from, &name.into());
    get(&js_sys::global(), "mailtrace")
        .and_then(|all| get(&all, name))
        .unwrap_or_default()
}

fn text(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}
