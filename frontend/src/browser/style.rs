//! The call's stylesheet, which `index.html` names and does not load (`xtask/src/styles.rs`).

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

/// Its id in `index.html`.
const CALL_STYLE: &str = "call-style";
/// What the link to it is before it is one to a stylesheet.
const LATER: &str = "later";

fn is_loaded(link: &Element) -> bool {
    link.get_attribute("rel").as_deref() != Some(LATER)
}

/// Has the browser load it, once, from this moment on. `trunk serve` has it loaded from the beginning.
///
/// # Errors
/// When it does not come; asking again may help.
pub fn load_call_style() -> impl Future<Output = Result<(), JsValue>> {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.get_element_by_id(CALL_STYLE));
    let link = found.filter(|link| !is_loaded(link));
    let loaded = link.as_ref().map(|link| {
        let loaded = Promise::new(&mut |here, missing| {
            // Without a listener nobody would wait: nothing else can be wrong with these names.
            let _ = link.add_event_listener_with_callback("load", &here);
            let _ = link.add_event_listener_with_callback("error", &missing);
        });
        link.set_attribute("rel", "stylesheet")
            .map(|()| JsFuture::from(loaded))
    });
    async move {
        if let Some(loaded) = loaded.transpose()?
            && let Err(missing) = loaded.await
        {
            if let Some(link) = link {
                link.set_attribute("rel", LATER)?;
            }
            return Err(missing);
        }
        Ok(())
    }
}
