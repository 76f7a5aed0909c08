//! Handing the call link on.

use wasm_bindgen_futures::JsFuture;

/// Puts `text` on the clipboard; `false` where the browser does not let the page.
pub async fn copy_text(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    // Absent when the page was opened without HTTPS.
    let clipboard = window.navigator().clipboard();
    if wasm_bindgen::JsValue::from(clipboard.clone()).is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Whether the system has a sheet for sharing links.
pub fn can_share() -> bool {
    web_sys::window().is_some_and(|window| super::ext::has_share(&window.navigator()))
}

/// Opens the system's sheet for sharing; `false` when the person closed it or there is none.
pub async fn share_link(url: &str) -> bool {
    if !can_share() {
        return false;
    }
    let Some(window) = web_sys::window() else {
        return false;
    };
    let data = web_sys::ShareData::new();
    data.set_url(url);
    JsFuture::from(window.navigator().share_with_data(&data))
        .await
        .is_ok()
}
