//! Files beside the page, where it was served from: the `<meta>`s that name them, and fetching them.

use js_sys::{JsString, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlMetaElement, Response, Url};

/// Asks at once, whenever it is awaited.
pub fn fetch(address: &str) -> Result<JsFuture, JsValue> {
    let window = web_sys::window().ok_or("There is no window.")?;
    let asked: Promise = window.fetch_with_str(address).unchecked_into();
    Ok(JsFuture::from(asked))
}

/// The answer, if it holds what was asked for.
pub async fn body(fetch: JsFuture) -> Result<Response, JsValue> {
    let response: Response = fetch.await?.unchecked_into();
    match response.ok() {
        true => Ok(response),
        false => {
            Err(JsString::from(format!("{} for {}", response.status(), response.url())).into())
        }
    }
}

/// The whole address of a path that is written as seen from the page.
pub fn address(path: &str) -> Result<String, JsValue> {
    let base = web_sys::window().and_then(|window| window.document());
    let base = base.and_then(|document| document.base_uri().ok().flatten());
    Ok(Url::new_with_base(path, &base.unwrap_or_default())?.href())
}

/// What the page's `<meta>` of this name says; none where it was not sealed.
pub fn meta(name: &str) -> Option<String> {
    let document = web_sys::window()?.document()?;
    let found = document
        .query_selector(&format!("meta[name={name}]"))
        .ok()??;
    let content = found.dyn_into::<HtmlMetaElement>().ok()?.content();
    (!content.is_empty()).then_some(content)
}
