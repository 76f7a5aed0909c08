//! The dialog "Keyboard shortcuts".

use call::Switch;
use leptos::prelude::*;

use super::dialog::Dialog;
use super::shortcuts;
use super::switch_row::SwitchRow;
use crate::words;

/// Shown while `open`.
#[component]
pub fn ShortcutSheet(
    /// Whether it is shown; becomes false when the person closes it.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open title=words::keyboard_shortcuts() heading_id="shortcuts-title">
            <ul class="shortcuts">
                {shortcuts::available()
                    .into_iter()
                    .map(|shortcut| {
                        view! {
                            <li class="shortcut">
                                <span>{shortcut.words}</span>
                                <kbd class="keys">{shortcut.label()}</kbd>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
            <p class="quiet">{words::keys_rest()}</p>
            <SwitchRow switch=Switch::Shortcuts />
        </Dialog>
    }
}
