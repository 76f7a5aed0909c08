//! What one sees where the others would be, as long as there are none: the link to send.

use leptos::prelude::*;

use super::copy_link::CopyLink;
use super::illustration::Cans;
use super::invite_people::InviteButton;
use super::share_link::ShareLink;
use crate::state::Session;
use crate::words;

/// An empty seat with the call link on it.
#[component]
pub fn Invite() -> impl IntoView {
    let session = expect_context::<Session>();
    let link = session.call_link();
    let view = session.view();
    let send = move || {
        if !session.has_phrase() {
            words::send_link()
        } else if view.read().apart {
            words::phrase_another()
        } else {
            words::phrase_send()
        }
    };
    view! {
        <section class="tile tile--invite" aria-labelledby="invite-title">
            <div class="invite">
                <Cans class="invite-cans" />
                <h2 id="invite-title">{words::only_one()}</h2>
                {(!session.guest())
                    .then(|| {
                        view! {
                            <p role="status">{send}</p>
                            <LinkField link />
                            <div class="invite-actions">
                                <CopyLink class="button--primary" />
                                <ShareLink />
                                <InviteButton class="button" words=words::invite_people() />
                            </div>
                        }
                    })}
            </div>
        </section>
    }
}

/// The link as text that can be selected.
#[component]
pub fn LinkField(
    /// The whole link.
    link: String,
) -> impl IntoView {
    view! {
        <input
            class="input link-field"
            dir="ltr"
            type="text"
            readonly
            aria-label=words::call_link()
            value=link
            on:focus:target=move |event| event.target().select()
        />
    }
}
