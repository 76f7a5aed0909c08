//! Small questions to the document that several components ask.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// `navigator.userAgent`; empty where there is none.
pub fn user_agent() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

/// Sets the title of the tab for as long as the component is there.
pub fn title(text: impl Fn() -> String + 'static) {
    Effect::new(move |_| document().set_title(&text()));
}

/// What has the keyboard's focus now.
pub fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// As [`focus`], once what is new on the page was drawn: sooner the browser would have to lay it all
/// out just for that, while the person waits for a picture.
pub fn focus_when_drawn(element: HtmlElement) {
    request_animation_frame(move || {
        set_timeout(
            move || {
                // Nobody is torn away from where they went meanwhile.
                if focused().is_none_or(|at| at.tag_name() == "BODY") {
                    focus(&element);
                }
            },
            Duration::ZERO,
        );
    });
}

/// Takes the keyboard's focus from whatever has it. Where that goes away with its focus, browsers lay out
/// what has come in its place, there and then.
pub fn let_go_of_focus() {
    if let Some(element) = focused() {
        let _ = element.blur();
    }
}

/// Gives the keyboard's focus to an element of its own. One that cannot take it keeps it not.
pub fn focus(element: &HtmlElement) {
    let _ = element.focus();
}
