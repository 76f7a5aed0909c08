//! The button "Full screen".

use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::shortcuts;
use crate::browser;
use crate::words;

/// "Full screen" or "Leave full screen"; nothing where the browser cannot.
#[component]
pub fn FullScreenButton() -> impl IntoView {
    let full = RwSignal::new(browser::fills_screen());
    // Escape and F11 change it, too.
    let changed = window_event_listener_untyped("fullscreenchange", move |_| {
        full.set(browser::fills_screen());
    });
    on_cleanup(move || changed.remove());
    let label = move || {
        if full.get() {
            words::leave_full_screen()
        } else {
            words::full_screen()
        }
    };
    browser::can_fill_screen().then(|| {
        view! {
            <button
                type="button"
                class="icon-button full-screen"
                aria-label=label
                title=move || shortcuts::hint(label(), "F")
                aria-keyshortcuts="F"
                on:click=|_| browser::turn_full_screen()
            >
                <Icon kind=Signal::derive(move || {
                    if full.get() { IconKind::Shrink } else { IconKind::Fill }
                }) />
            </button>
        }
    })
}
