//! How the call is shown: everybody alike or the speaker large, and with oneself or without.

use call::{Intent, Layout, Switch};
use leptos::prelude::*;

use super::switch_row::SwitchRow;
use crate::state::Session;
use crate::words;

/// The choice "Layout", and "Hide self view" or "Show self view".
#[component]
pub fn ViewOptions() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let layout = Memo::new(move |_| me.read().settings.layout);
    let self_view = Memo::new(move |_| me.read().settings.self_view);
    let choice = move |words: &'static str, means: Layout| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="layout"
                    prop:checked=move || layout.get() == means
                    on:change=move |_| session.send(Intent::SetLayout(means))
                />
                {words}
            </label>
        }
    };
    view! {
        <section class="dialog-section">
            <h3 id="layout-title">{words::layout()}</h3>
            <div class="choices" role="radiogroup" aria-labelledby="layout-title">
                {choice(words::layout_grid(), Layout::Grid)}
                {choice(words::layout_speaker(), Layout::Speaker)}
            </div>
            <button
                type="button"
                class="button"
                on:click=move |_| session.send(Intent::ShowSelf(!self_view.get_untracked()))
            >
                {move || if self_view.get() { words::hide_self_view() } else { words::show_self_view() }}
            </button>
            <Show when=move || self_view.get()>
                <SwitchRow switch=Switch::SmallSelf />
            </Show>
        </section>
    }
}
