//! The dialog "Invite people": the call link in every form that reaches somebody.

use leptos::prelude::*;

use super::copy_link::CopyLink;
use super::dialog::Dialog;
use super::icon::{Icon, IconKind};
use super::invite::LinkField;
use super::limited_link::LimitedLink;
use super::share_link::ShareLink;
use crate::pages::qr_code::QrCode;
use crate::state::Session;
use crate::words;

/// Whether the dialog is shown; a context of the call.
#[derive(Clone, Copy)]
pub struct Inviting(RwSignal<bool>);

impl Inviting {
    /// Not shown.
    pub fn closed() -> Self {
        Self(RwSignal::new(false))
    }

    /// Shown from the beginning.
    #[cfg(debug_assertions)]
    pub fn open() -> Self {
        Self(RwSignal::new(true))
    }
}

/// Opens the dialog; an icon alone where `words` are none.
#[component]
pub fn InviteButton(
    /// Class of the button.
    class: &'static str,
    /// What it says beside its icon.
    #[prop(optional)]
    words: &'static str,
) -> impl IntoView {
    let Inviting(open) = expect_context();
    let name = words.is_empty().then_some(words::invite_people());
    view! {
        <button
            type="button"
            class=class
            aria-label=name
            title=name
            on:click=move |_| open.set(true)
        >
            <Icon kind=IconKind::Invite />
            {(!words.is_empty()).then_some(words)}
        </button>
    }
}

/// See the module.
#[component]
pub fn InvitePeople() -> impl IntoView {
    let session = expect_context::<Session>();
    let private = session.private();
    let Inviting(open) = expect_context();
    view! {
        <Dialog open title=words::invite_people() heading_id="invite-people-title">
            <p>{words::invite_words()}</p>
            <QrCode />
            <section class="dialog-section">
                <LinkField link=session.call_link() />
                <div class="invite-actions">
                    <CopyLink class="button--primary" />
                    <ShareLink />
                </div>
            </section>
            <LimitedLink />
            {session.has_phrase().then(|| view! { <p>{words::phrase_tell_apart()}</p> })}
            <p class="quiet">
                {move || {
                    if private.get() {
                        words::key_in_link().to_owned()
                    } else {
                        words::name_to_say(&session.room_name())
                    }
                }}
            </p>
        </Dialog>
    }
}
