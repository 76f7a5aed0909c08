//! One switch of the settings, with what it means.

use call::{Intent, Switch};
use leptos::prelude::*;

use super::text::settings as text;
use crate::state::Session;

/// A switch named after what it turns on. It asks the session, and shows what the session says.
#[component]
pub fn SwitchRow(
    /// Which.
    switch: Switch,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let on = session.switch(switch);
    let meaning = text::meaning(switch);
    view! {
        <div class="switch-row">
            <label class="switch-label">
                <input
                    type="checkbox"
                    role="switch"
                    class="switch"
                    prop:checked=move || on.get()
                    on:change=move |_| session.send(Intent::Turn(switch, !on.get_untracked()))
                />
                {text::switch(switch)}
            </label>
            {(!meaning.is_empty()).then(|| view! { <p class="quiet">{meaning}</p> })}
        </div>
    }
}
