//! Elements that show a moving picture without its sound.

use wasm_bindgen::JsCast;
use web_sys::{HtmlVideoElement, MediaStream};

/// An element that is nowhere yet. `None` in a browser that makes none.
pub fn new_video() -> Option<HtmlVideoElement> {
    let document = web_sys::window()?.document()?;
    let element = document.create_element("video").ok()?;
    let element = element.dyn_into::<HtmlVideoElement>().ok()?;
    // As a property: browsers ignore the attribute on elements made by scripts.
    element.set_muted(true);
    element.set_autoplay(true);
    let _ = element.set_attribute("playsinline", "");
    Some(element)
}

/// Has `element` play the picture of `stream`, or nothing. A stream that it plays already goes on, so
/// that nothing flickers.
pub fn play(element: &HtmlVideoElement, stream: Option<&MediaStream>) {
    if element.src_object().as_ref() != stream {
        element.set_src_object(stream);
    }
    if stream.is_some() && element.paused() {
        // Without sound nothing is kept back, but for a moment while the page is in the background;
        // and what another stream interrupts begins with that.
        super::ext::ignore(element.play());
    }
}
