//! How loud one's own microphone is, so that one sees that it works before anybody listens.

use crate::words;
use leptos::prelude::*;

/// A meter from silence to loud.
#[component]
pub fn LevelMeter(
    /// 0 to 1.
    level: Signal<f64>,
) -> impl IntoView {
    // Speech sits in the lowest third of the range; the root spreads it over the bar.
    let shown = Memo::new(move |_| (level.get().clamp(0.0, 1.0).sqrt() * 100.0) as u32);
    view! {
        <div
            class="level"
            role="meter"
            aria-label=words::microphone_level()
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || shown.get().to_string()
        >
            <span class="level-bar" style:--level=move || shown.get().to_string()></span>
        </div>
    }
}
