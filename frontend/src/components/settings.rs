//! The dialog "Settings": everything that this browser remembers of how a call should be.

use call::{Intent, Switch};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

use super::capture_options::{PictureOptions, SoundOptions};
use super::dialog::Dialog;
use super::language_choice::LanguageChoice;
use super::switch_row::SwitchRow;
use super::text::settings as text;
use crate::browser;
use crate::state::Session;
use crate::words;

/// Shown while `open`.
#[component]
pub fn SettingsDialog(
    /// Whether it is shown; becomes false when the person closes it.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open title=words::settings() heading_id="settings-title">
            <section class="dialog-section" aria-labelledby="settings-sound">
                <h3 id="settings-sound">{words::sound()}</h3>
                <SoundOptions />
            </section>
            <section class="dialog-section" aria-labelledby="settings-camera">
                <h3 id="settings-camera">{words::camera()}</h3>
                <PictureOptions />
            </section>
            <section class="dialog-section" aria-labelledby="settings-data">
                <h3 id="settings-data">{words::data()}</h3>
                <SwitchRow switch=Switch::DataSaver />
                <SwitchRow switch=Switch::AudioOnly />
            </section>
            <section class="dialog-section" aria-labelledby="settings-notices">
                <h3 id="settings-notices">{words::notices()}</h3>
                <SwitchRow switch=Switch::Quiet />
                <NotifyRow />
            </section>
            <section class="dialog-section" aria-labelledby="settings-keys">
                <h3 id="settings-keys">{words::keyboard()}</h3>
                <SwitchRow switch=Switch::Shortcuts />
            </section>
            <section class="dialog-section" aria-labelledby="settings-trust">
                <h3 id="settings-trust">{words::recognition()}</h3>
                <SwitchRow switch=Switch::SameDevice />
            </section>
            <section class="dialog-section">
                <h3 aria-hidden="true">{words::language()}</h3>
                <LanguageChoice />
            </section>
            <p class="quiet">{words::remembered()}</p>
        </Dialog>
    }
}

/// The switch "Notifications". The browser is asked for permission when it is turned on, and never
/// before.
#[component]
fn NotifyRow() -> impl IntoView {
    let session = expect_context::<Session>();
    let on = session.switch(Switch::Notify);
    let refused = RwSignal::new(false);
    let turn = move |input: HtmlInputElement| {
        refused.set(false);
        if on.get_untracked() {
            return session.send(Intent::Turn(Switch::Notify, false));
        }
        spawn_local(async move {
            if browser::ask_to_notify().await {
                session.send(Intent::Turn(Switch::Notify, true));
            } else {
                input.set_checked(false);
                // The dialog may be closed by now.
                refused.try_set(true);
            }
        });
    };
    browser::can_notify().then(|| {
        view! {
            <div class="switch-row">
                <label class="switch-label">
                    <input
                        type="checkbox"
                        role="switch"
                        class="switch"
                        prop:checked=move || on.get()
                        on:change:target=move |event| turn(event.target())
                    />
                    {text::switch(Switch::Notify)}
                </label>
                <p class="quiet">{text::meaning(Switch::Notify)}</p>
                <p class="settings-refused" role="status">
                    {move || refused.get().then_some(words::notifications_refused())}
                </p>
            </div>
        }
    })
}
