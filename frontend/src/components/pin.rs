//! The button in the corner of a tile that keeps its picture large.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::spotlight::{Spotlight, Who};
use super::text;

/// "Pin Ada" or "Unpin Ada".
#[component]
pub fn PinButton(
    /// Whose tile.
    who: Who,
    /// What they are called.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let spotlight = expect_context::<Spotlight>();
    let pinned = Memo::new(move |_| spotlight.is_pinned(who));
    let label = Memo::new(move |_| text::pin(&name.read(), pinned.get()));
    view! {
        <button
            type="button"
            class="tile-action"
            class:tile-action--kept=move || pinned.get()
            aria-label=label
            title=label
            on:click=move |_| spotlight.turn_pin(who)
        >
            <Icon kind=Signal::derive(move || {
                if pinned.get() { IconKind::Unpin } else { IconKind::Pin }
            }) />
        </button>
    }
}
