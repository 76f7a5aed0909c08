//! After a call, and where there is none to be had.

use call::{Intent, RefusalView, TurnedAway};
use leptos::prelude::*;
use protocol::RefuseReason;

use crate::components::message::MessageScreen;
use crate::components::text;
use crate::state::Session;
use crate::words;

/// "You left the call".
#[component]
pub fn LeftScreen(
    /// Told when the person wants in once more.
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <MessageScreen title=words::left_title() words=words::left_words()>
            <button type="button" class="button button--primary" on:click=move |_| again.run(())>
                {words::join_again()}
            </button>
            <a class="button" href="/">
                {words::home()}
            </a>
        </MessageScreen>
    }
}

/// "You were removed from the call".
#[component]
pub fn RemovedScreen(
    /// Told when the person would like to come back.
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <MessageScreen title=words::removed_title() words=words::removed_words()>
            <button type="button" class="button button--primary" on:click=move |_| again.run(())>
                {words::ask_to_come_back()}
            </button>
            <a class="button" href="/">
                {words::home()}
            </a>
        </MessageScreen>
    }
}

/// The link, which has limits, does not let one in.
#[component]
pub fn TurnedAwayScreen(
    /// Why.
    why: TurnedAway,
) -> impl IntoView {
    let (title, words) = match why {
        TurnedAway::Ended => (words::link_ended_title(), words::link_ended()),
        TurnedAway::Used => (words::link_used_title(), words::link_used()),
    };
    view! {
        <MessageScreen title words>
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
