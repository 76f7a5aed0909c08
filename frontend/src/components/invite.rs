//! What one sees where the others would be, as long as there are none: the link to send.

use leptos::prelude::*;

use super::copy_link::CopyLink;
use super::illustration::Cans;
use super::invite_people::InviteButton;
use super::share_link::ShareLink;
use crate::state::Session;

/// An empty seat with the call link on it.
#[component]
pub fn Invite() -> impl IntoView {
    let session = expect_context::<Session>();
    let link = session.call_link();
    view! {
        <section class="tile tile--invite" aria-labelledby="invite-title">
            <div class="invite">
                <Cans class="invite-cans" />
                <h2 id="invite-title">"You are the only one here"</h2>
                <p>"Send this link to whoever should be in the call."</p>
                <LinkField link />
                <div class="invite-actions">
                    <CopyLink class="button--primary" />
                    <ShareLink />
                    <InviteButton class="button" words="QR code" />
                </div>
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
            type="text"
            readonly
            aria-label="Call link"
            value=link
            on:focus:target=move |event| event.target().select()
        />
    }
}
