//! "Copy link", wherever it stands.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::toast::Announcer;
use crate::browser;
use crate::state::Session;
use crate::words;

/// Puts the call link on the clipboard and says so. Where the browser does not let it, it says
/// where the link can be seen.
#[component]
pub fn CopyLink(
    /// Class of the button beside `button`.
    class: &'static str,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let announcer = expect_context::<Announcer>();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            let done = browser::copy_text(&session.call_link()).await;
            copied.try_set(done);
            announcer.say(if done {
                words::link_copied()
            } else {
                words::link_not_copied()
            });
        });
    };
    view! {
        <button type="button" class=format!("button {class}") on:click=copy>
            <Icon kind=Signal::derive(move || {
                if copied.get() { IconKind::Done } else { IconKind::Copy }
            }) />
            <span class="button-text">{words::copy_link()}</span>
        </button>
    }
}
