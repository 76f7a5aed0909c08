//! The dialog "More options": gestures, name, layout, the way to the settings, the link, and what this is.

use leptos::prelude::*;

use super::dialog::Dialog;
use super::gestures::GestureButtons;
use super::invite::LinkField;
use super::name_field::NameField;
use super::text;
use super::view_options::ViewOptions;
use crate::browser;
use crate::state::Session;
use crate::words;

/// Shown while `open`.
#[component]
pub fn MoreOptions(
    /// Whether it is shown; becomes false when the person closes it.
    open: RwSignal<bool>,
    /// The dialog "Settings".
    settings: RwSignal<bool>,
    /// The sheet of shortcuts.
    shortcuts: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let private = session.private();
    view! {
        <Dialog open title=words::more_options() heading_id="more-title">
            <section class="dialog-section">
                <GestureButtons on_done=Callback::new(move |()| open.set(false)) />
            </section>
            <section class="dialog-section">
                <NameField id="call-name" when_finished=true />
            </section>
            <ViewOptions />
            <button
                type="button"
                class="button"
                on:click=move |_| {
                    open.set(false);
                    settings.set(true);
                }
            >
                {words::settings()}
            </button>
            <section class="dialog-section">
                <h3>{words::link_to_call()}</h3>
                <LinkField link=session.call_link() />
                {session.has_phrase().then(|| view! { <p class="quiet">{words::phrase_tell_apart()}</p> })}
                <p class="quiet">
                    {move || {
                        if private.get() {
                            words::key_in_link()
                        } else {
                            words::not_private()
                        }
                    }}
                </p>
            </section>
            <button
                type="button"
                class="button"
                on:click=move |_| {
                    open.set(false);
                    shortcuts.set(true);
                }
            >
                {words::keyboard_shortcuts()}
            </button>
            <p class="quiet">{text::version(&browser::build())}</p>
        </Dialog>
    }
}
