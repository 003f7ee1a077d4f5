//! What engine and reader have in common over the port between them: the words that only say "go on", and
//! how a port is listened to.

use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

/// The engine has taken up a segment.
pub(crate) const TAKEN: &str = "taken";
/// From the reader: a slice is read. Back from the engine: the store keeps up, go on.
pub(crate) const SLICE_DONE: &str = "slice";

/// A message handler for as long as the worker lives.
pub(crate) fn listener(act: impl Fn(JsValue) + 'static) -> js_sys::Function {
    let closure =
        Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| act(event.data()));
    closure.into_js_value().unchecked_into()
}
