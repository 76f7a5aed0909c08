//! "Share…", where the system has a sheet for it: phones mostly.

use leptos::prelude::*;

use crate::browser;
use crate::state::Session;
use crate::words;

/// Hands the call link to the system's sheet for sharing; nothing where there is none.
#[component]
pub fn ShareLink() -> impl IntoView {
    let session = expect_context::<Session>();
    let share = move |_| {
        leptos::task::spawn_local(async move {
            // Who closes the sheet has seen it, and knows that nothing was sent.
            browser::share_link(&session.call_link()).await;
        });
    };
    browser::can_share().then(|| {
        view! {
            <button type="button" class="button" on:click=share>
                {words::share_link()}
            </button>
        }
    })
}
