//! An address that leads nowhere.

use leptos::prelude::*;

use crate::components::message::MessageScreen;
use crate::words;

/// Says so, and leads home.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <MessageScreen
            title=words::nothing_here()
            words=words::nothing_here_advice()
        >
            <a class="button button--primary" href="/">
                {words::home()}
            </a>
        </MessageScreen>
    }
}
