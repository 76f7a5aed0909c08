//! Where one says what the others shall call one.

use call::Intent;
use leptos::prelude::*;
use protocol::DisplayName;

use crate::state::Session;
use crate::words;

/// The textbox "Your name". Said at every change in the lobby; during a call only once it is
/// finished, so that the others do not watch one type.
#[component]
pub fn NameField(
    /// `id` of the input, for its label.
    id: &'static str,
    /// Wait until the field is left or Enter pressed.
    #[prop(optional)]
    when_finished: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let name = session.view().with_untracked(|view| {
        view.me
            .name
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default()
    });
    let say = move |text: String| {
        session.send(Intent::SetName(DisplayName::try_from(text).ok()));
    };
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {words::your_name()}
            </label>
            <input
                class="input"
                id=id
                type="text"
                autocomplete="name"
                enterkeyhint="go"
                maxlength=DisplayName::MAX_CHARS.to_string()
                placeholder=words::your_name_example()
                value=name
                on:input:target=move |event| {
                    if !when_finished {
                        say(event.target().value());
                    }
                }
                on:change:target=move |event| say(event.target().value())
            />
        </div>
    }
}
