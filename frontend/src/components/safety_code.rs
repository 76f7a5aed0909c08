//! The safety code with somebody: seven pictures to be compared aloud, and what the person said of them.

use call::safety::{CODE_LENGTH, Mark, SafetyView};
use call::{Intent, PeerKey};
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::same_device::SameDevice;
use super::text::safety as text;
use crate::state::Session;
use crate::words;

/// The part "Safety code" of somebody's menu.
#[component]
pub fn SafetyCode(
    /// Whose menu.
    key: PeerKey,
    /// What they are called.
    name: Memo<String>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let participant = session.participant(key);
    let safety = Memo::new(move |_| {
        let who = participant.read();
        who.as_ref().map(|who| who.safety).unwrap_or_default()
    });
    let pictures = Memo::new(move |_| match safety.get() {
        SafetyView::Code { pictures, .. } => Some(pictures),
        SafetyView::Waiting | SafetyView::Contradicted => None,
    });
    let mark = Memo::new(move |_| match safety.get() {
        SafetyView::Code { mark, .. } => mark,
        SafetyView::Waiting | SafetyView::Contradicted => Mark::None,
    });
    let contradicted = move || safety.get() == SafetyView::Contradicted;
    view! {
        <section class="dialog-section" aria-labelledby="safety-title">
            <h3 id="safety-title">{words::safety_code()}</h3>
            {move || match pictures.get() {
                Some(pictures) => view! { <Comparison key pictures mark /> }.into_any(),
                None => {
                    let words = if contradicted() { words::safety_contradicted() } else { words::safety_waiting() };
                    view! { <p>{words}</p> }.into_any()
                }
            }}
            <div role="status">
                <Show when=move || mark.get() == Mark::Same>
                    <p>
                        <VerifiedMark />
                        " "
                        {move || words::safety_verified(&name.read())}
                    </p>
                </Show>
                <SameDevice key />
                <Show when=move || mark.get() == Mark::Different>
                    <p>{words::safety_different()}</p>
                </Show>
                <Show when=move || mark.get() == Mark::Different || contradicted()>
                    <p>{words::safety_advice()}</p>
                </Show>
            </div>
        </section>
    }
}

/// The pictures and what to say of them. Both buttons stay, so that the keyboard's focus does.
#[component]
fn Comparison(key: PeerKey, pictures: [u8; CODE_LENGTH], mark: Memo<Mark>) -> impl IntoView {
    let pictures = pictures.map(|picture| {
        let (picture, name) = text::picture(picture);
        view! {
            <li>
                <span aria-hidden="true">{picture}</span>
                {name}
            </li>
        }
    });
    view! {
        <ol class="safety-code" aria-label=words::safety_code()>
            {pictures.into_iter().collect_view()}
        </ol>
        <p>{words::safety_how()}</p>
        <div class="knock-actions">
            <Answer key words=words::safety_match() answer=Mark::Same mark />
            <Answer key words=words::safety_no_match() answer=Mark::Different mark />
        </div>
    }
}

/// One of both answers; pressed again it is taken back.
#[component]
fn Answer(key: PeerKey, words: &'static str, answer: Mark, mark: Memo<Mark>) -> impl IntoView {
    let session = expect_context::<Session>();
    let pressed = move || mark.get() == answer;
    view! {
        <button
            type="button"
            class="button button--small"
            class:button--primary=pressed
            aria-pressed=move || pressed().to_string()
            on:click=move |_| {
                let said = if pressed() { Mark::None } else { answer };
                session.send(Intent::MarkSafety(key, said));
            }
        >
            {words}
        </button>
    }
}

/// Beside the name of somebody whose code was compared.
#[component]
pub fn VerifiedMark() -> impl IntoView {
    view! {
        <span class="verified" role="img" aria-label=words::verified() title=words::verified()>
            <Icon kind=IconKind::Verified />
        </span>
    }
}
