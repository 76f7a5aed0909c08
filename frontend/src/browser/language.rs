//! Which languages the person reads, and which one the page is in.

use wasm_bindgen::JsValue;

/// As the browser is set up, the best first (BCP 47).
pub fn languages() -> Vec<String> {
    let all = web_sys::window().map(|window| window.navigator().languages());
    let all = all.into_iter().flatten();
    all.filter_map(|tag| JsValue::as_string(&tag)).collect()
}

/// Says which language the page is in, for those who read it aloud and for its own direction.
pub fn set_language(tag: &str, direction: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(root) = document.and_then(|document| document.document_element()) {
        // These names are no nonsense that could be refused.
        let _ = root.set_attribute("lang", tag);
        let _ = root.set_attribute("dir", direction);
    }
}
