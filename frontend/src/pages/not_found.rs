//! An address that leads nowhere.

use leptos::prelude::*;

use crate::components::message::MessageScreen;

/// Says so, and leads home.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <MessageScreen
            title="There is nothing here"
            words="This address does not lead to a call. Check the link, or begin a new call."
        >
            <a class="button button--primary" href="/">
                "Home"
            </a>
        </MessageScreen>
    }
}
