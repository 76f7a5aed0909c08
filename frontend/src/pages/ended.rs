//! After a call, and where there is none to be had.

use call::{Intent, RefusalView};
use leptos::prelude::*;
use protocol::RefuseReason;

use crate::components::message::MessageScreen;
use crate::components::text;
use crate::state::Session;
use crate::words;

/// The call is over for this page: it left, was removed, or came with a link that does not let it in.
#[component]
pub fn EndedScreen(
    /// Heading.
    title: &'static str,
    /// Below it.
    words: &'static str,
    /// What brings one back, where anything can.
    back: Option<&'static str>,
    /// Told when the person wants in once more.
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <MessageScreen title words>
            {back
                .map(|back| {
                    view! {
                        <button type="button" class="button button--primary" on:click=move |_| again.run(())>
                            {back}
                        </button>
                    }
                })}
            <a class="button" href="/">
                {words::home()}
            </a>
        </MessageScreen>
    }
}

/// The server does not let this page in: why, and what to do.
#[component]
pub fn RefusedScreen(
    /// What the server said.
    refusal: RefusalView,
    /// Told when the person wants to begin anew.
    again: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let (title, advice) = text::refusal(refusal);
    let words = if refusal.retrying {
        format!("{advice} {}", words::retrying())
    } else {
        advice.to_owned()
    };
    // Another version of the page is on the server.
    let outdated = refusal.reason == RefuseReason::UnsupportedVersion;
    let try_again = move |_| {
        if outdated {
            // A page that cannot be reloaded stays as it is, with its advice.
            let _ = window().location().reload();
        } else if refusal.retrying {
            session.send(Intent::RetryConnection);
        } else {
            again.run(());
        }
    };
    let label = if outdated {
        words::reload()
    } else {
        words::try_again()
    };
    view! {
        <MessageScreen title words>
            <button type="button" class="button button--primary" on:click=try_again>
                {label}
            </button>
            <a class="button" href="/">
                {words::home()}
            </a>
        </MessageScreen>
    }
}
