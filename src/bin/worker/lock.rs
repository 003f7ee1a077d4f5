//! Web Locks: what one tab holds, no other tab sweeps away.
//!
//! The browser lets a lock go when the tab that holds it ends, however it ends. Where a page was loaded
//! by `http://` there are none, and the callers must do without.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

// web-sys has these behind a compiler flag.
#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &Function,
    ) -> Result<Promise, JsValue>;
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    release: Option<Function>,
}

impl Lock {
    /// Whether the browser has locks for this page.
    pub(crate) fn exist() -> bool {
        manager().is_some()
    }

    /// Waits for the lock; `None` where there are no locks.
    pub(crate) async fn hold(name: &str) -> Option<Lock> {
        ask(name, &Object::new()).await
    }

    /// Takes the lock if nobody has it.
    pub(crate) async fn hold_if_free(name: &str) -> Option<Lock> {
        let options = Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE).ok()?;
        ask(name, &options).await
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            // Resolving a promise calls nothing that could fail.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

fn manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}

/// The browser holds a lock as long as the promise that the callback returns is open.
async fn ask(name: &str, options: &Object) -> Option<Lock> {
    let manager = manager()?;
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let lock = Lock { release };
    let mut request = None;
    let granted = Promise::new(&mut |resolve, _| {
        let (held, answer) = (held.clone(), resolve.clone());
        let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            // As above: this only resolves a promise.
            let _ = answer.call1(&JsValue::UNDEFINED, &lock.is_object().into());
            held.into()
        });
        let asked = manager.request(name, options, callback.unchecked_ref());
        request = Some((asked, resolve));
    });
    if let Some((asked, answer)) = request {
        spawn_local(async move {
            let refused = match asked {
                Ok(promise) => JsFuture::from(promise).await.is_err(),
                Err(_) => true,
            };
            if refused {
                let _ = answer.call1(&JsValue::UNDEFINED, &JsValue::FALSE);
            }
        });
    }
    let granted = JsFuture::from(granted).await.ok()?;
    granted.is_truthy().then_some(lock)
}
