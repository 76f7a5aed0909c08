//! "Hide my address": the switch in the lobby, and the badge that says it is on.

use call::Intent;
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use crate::state::Session;
use crate::words;

/// The switch, with what it means or why it cannot be had. It stays usable where it is on and the
/// server has no relay, since then it is what stands in the way.
#[component]
pub fn HideAddress() -> impl IntoView {
    let session = expect_context::<Session>();
    let hidden = hidden(session);
    let no_relay = session.is(|view| view.relay == Some(false));
    let words = move || match (no_relay.get(), hidden.get()) {
        (true, true) => words::hidden_without_relay(),
        (true, false) => words::hide_address_no_relay(),
        (false, _) => words::hide_address_words(),
    };
    view! {
        <div class="switch-row">
            <input
                type="checkbox"
                role="switch"
                class="switch"
                id="hide-address"
                aria-describedby="hide-address-words"
                prop:checked=move || hidden.get()
                disabled=move || no_relay.get() && !hidden.get()
                on:change=move |_| session.send(Intent::HideAddress(!hidden.get_untracked()))
            />
            <label for="hide-address">{words::hide_address()}</label>
            <HiddenBadge />
            <p class="quiet" id="hide-address-words">
                {words}
            </p>
        </div>
    }
}

/// Shown while one's address is hidden.
#[component]
pub fn HiddenBadge() -> impl IntoView {
    let hidden = hidden(expect_context::<Session>());
    view! {
        <Show when=move || hidden.get()>
            <span class="badge badge--good" title=words::hide_address_words()>
                <Icon kind=IconKind::Lock />
                {words::address_hidden()}
            </span>
        </Show>
    }
}

fn hidden(session: Session) -> Memo<bool> {
    let view = session.view();
    Memo::new(move |_| view.read().me.settings.hide_address)
}
