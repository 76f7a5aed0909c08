//! The home page as code that comes for those who open it: whoever follows a link needs none of it.

use futures::FutureExt;
use leptos::prelude::*;

use super::home::Home;
use super::later::{Code, later};
use crate::app::remove_skeleton;
use crate::components::message::MessageScreen;
use crate::words;

later!(home: Home in aside);

/// The home page, and what index.html shows until it is there.
#[component]
pub fn HomePage() -> impl IntoView {
    let code = RwSignal::new(Code::Absent);
    Code::fetch(code, load());
    move || match code.get() {
        Code::Absent | Code::Coming => None,
        Code::Here => {
            remove_skeleton();
            // What has been loaded answers at once.
            home().now_or_never()?.ok()
        }
        Code::Missing => {
            remove_skeleton();
            Some(view! { <Missing code /> }.into_any())
        }
    }
}

/// The network is away, or the server has another version by now.
#[component]
fn Missing(code: RwSignal<Code>) -> impl IntoView {
    view! {
        <MessageScreen title=words::page_missing() words=words::page_missing_advice()>
            <button
                type="button"
                class="button button--primary"
                on:click=move |_| Code::fetch(code, load())
            >
                {words::try_again()}
            </button>
        </MessageScreen>
    }
}
