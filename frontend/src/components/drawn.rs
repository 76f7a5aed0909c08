//! When a new screen is to be seen, so that what nobody sees at first can wait for it.

use std::time::Duration;

use leptos::prelude::*;

/// Longest wait: in a tab that is hidden nothing is drawn.
const PATIENCE: Duration = Duration::from_millis(250);

/// Provided around a screen that is built only so that its code has run once: it waits for nothing.
#[derive(Debug, Clone, Copy)]
pub struct Rehearsal;

/// Becomes true, once and for good, when what is built now was drawn.
pub fn drawn() -> RwSignal<bool> {
    let drawn = RwSignal::new(use_context::<Rehearsal>().is_some());
    let tell = move || {
        // The screen may be gone by then.
        if drawn.try_get_untracked() == Some(false) {
            drawn.set(true);
        }
    };
    Effect::new(move |_| {
        set_timeout(tell, PATIENCE);
        request_animation_frame(move || set_timeout(tell, Duration::ZERO));
    });
    drawn
}
