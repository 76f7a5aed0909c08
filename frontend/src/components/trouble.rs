//! On a tile without a connection: why there is none, and a button that tries another way.

use call::{Intent, PeerKey, Trouble};
use leptos::prelude::*;

use super::text::paths;
use crate::state::Session;
use crate::words;

/// Nothing while there is no trouble.
#[component]
pub fn TroubleNote(
    /// With whom.
    key: PeerKey,
    /// What they are called.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let participant = session.participant(key);
    let trouble = Memo::new(move |_| participant.read().as_ref().and_then(|p| p.trouble));
    let note = move |Trouble {
                         cause,
                         relay_may_help,
                     }| {
        view! {
            <div class="trouble">
                <p>{paths::cause(cause, &name.read())}</p>
                {relay_may_help
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button button--small"
                                on:click=move |_| session.send(Intent::TryRelay(key))
                            >
                                {words::try_relay()}
                            </button>
                        }
                    })}
            </div>
        }
    };
    // The region stays, so that what comes into it is read aloud.
    view! { <div role="status">{move || trouble.get().map(note)}</div> }
}
