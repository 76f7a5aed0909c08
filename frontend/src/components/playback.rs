//! The one place where a stream's sound meets an element; its picture does in `browser/video.rs`.
//!
//! Sound and picture have elements of their own: an element that has a picture to wait for, such
//! as that of a camera that is off, would keep silent while it waits. The browser keeps the two in
//! step all the same, since it does so where they arrive (W3C webrtc-pc, section 5.1).

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, HtmlMediaElement, MediaStream};

/// Has `element` play `stream`, or nothing. `blocked` tells whether the browser wants a press of
/// the person before it lets anything be heard.
pub fn show(element: &HtmlMediaElement, stream: Option<&MediaStream>, blocked: RwSignal<bool>) {
    element.set_src_object(stream);
    if stream.is_some() {
        play(element, blocked);
    } else {
        blocked.try_set(false);
    }
}

/// Begins to play, or tries once more.
pub fn play(element: &HtmlMediaElement, blocked: RwSignal<bool>) {
    let Ok(playing) = element.play() else { return };
    leptos::task::spawn_local(async move {
        let refused = match JsFuture::from(playing).await {
            Ok(_) => false,
            // Anything else (another stream came in between) is followed by another `play`.
            Err(error) => error
                .dyn_ref::<DomException>()
                .is_some_and(|error| error.name() == "NotAllowedError"),
        };
        blocked.try_set(refused);
    });
}
