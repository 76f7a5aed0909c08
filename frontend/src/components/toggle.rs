//! A button that turns something on and off and says which of the two it will do.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::shortcuts;

/// How something that can be turned on is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToggleState {
    /// On.
    On,
    /// Off.
    Off,
    /// On its way to one of them.
    Busy,
    /// Wanted, and cannot be had.
    Problem,
}

/// The button. Its name is what a press does; the state is also told by icon and shape.
#[component]
pub fn Toggle(
    /// How it is.
    state: Signal<ToggleState>,
    /// Icon while on.
    on_icon: IconKind,
    /// Icon while off.
    off_icon: IconKind,
    /// What a press does while on.
    on_label: &'static str,
    /// What a press does while off.
    off_label: &'static str,
    /// The word below the icon, where there is room; part of both names, so that who speaks to
    /// the computer can say what is seen (WCAG 2.2, 2.5.3).
    #[prop(into)]
    caption: Signal<&'static str>,
    /// Told `true` when it should be on.
    on_toggle: Callback<bool>,
    /// Where being on is the unusual state, such as sharing.
    #[prop(optional)]
    highlight_on: bool,
    /// The key that presses it, where there is one.
    #[prop(optional)]
    keys: &'static str,
) -> impl IntoView {
    let is_on = move || state.get() == ToggleState::On;
    let label = move || if is_on() { on_label } else { off_label };
    view! {
        <button
            type="button"
            class="control"
            class:control--off=move || !highlight_on && !is_on()
            class:control--lit=move || highlight_on && is_on()
            class:control--problem=move || state.get() == ToggleState::Problem
            aria-label=label
            title=move || shortcuts::hint(label(), keys)
            aria-keyshortcuts=(!keys.is_empty()).then_some(keys)
            aria-busy=move || (state.get() == ToggleState::Busy).to_string()
            on:click=move |_| on_toggle.run(!is_on())
        >
            <span class="control-icon">
                <Icon kind=Signal::derive(move || if is_on() { on_icon } else { off_icon }) />
            </span>
            <span class="control-caption" aria-hidden="true">{caption}</span>
        </button>
    }
}
