//! The page on the whole screen.

use super::ext;

/// Whether this browser can; those of small phones cannot, nor can a page in another's frame.
pub fn can_fill_screen() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.fullscreen_enabled())
}

/// Whether the page has the whole screen.
pub fn fills_screen() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.fullscreen_element().is_some())
}

/// Takes the whole screen, or gives it back. A browser that refuses leaves things as they are.
pub fn turn_full_screen() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        ext::request_full_screen(&root);
    }
}
