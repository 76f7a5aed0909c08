//! Somebody else in the call: picture, name, and how things stand with them, in words.

use call::{ConnectionView, Intent, PeerKey, Slot};
use leptos::prelude::*;

use super::avatar::Avatar;
use super::gestures::TileGestures;
use super::icon::{Icon, IconKind};
use super::lookalike::LookalikeBadge;
use super::participant_menu::OptionsButton;
use super::pin::PinButton;
use super::safety_code::VerifiedMark;
use super::sound::Sound;
use super::spotlight::{Spotlight, Who};
use super::text;
use super::trouble::TroubleNote;
use super::video_tile::VideoTile;
use super::volumes::Volumes;
use crate::browser;
use crate::state::Session;
use crate::streams::StreamOf;
use crate::words;

/// A group named after the participant, holding their video.
#[component]
pub fn ParticipantTile(
    /// Who.
    key: PeerKey,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let spotlight = expect_context::<Spotlight>();
    let who = Who::Peer(key);
    let participant = session.participant(key);
    let name = Memo::new(move |_| {
        text::name_or_guest(participant.read().as_ref().and_then(|p| p.name.as_ref()))
    });
    let connection = Memo::new(move |_| {
        participant
            .read()
            .as_ref()
            .map_or(ConnectionView::Connecting, |p| p.connection)
    });
    // One's own connection to them first; else whom they miss, so that nobody has to guess why two do
    // not answer each other.
    let participants = session.participants();
    let state = Memo::new(move |_| {
        let who = participant.read();
        match (connection.get(), who.as_ref()) {
            (ConnectionView::Connected, Some(who)) => text::cannot_reach(who, &participants.read()),
            (connection, _) => text::connection(connection).to_owned(),
        }
    });
    let microphone = Memo::new(move |_| participant.read().as_ref().is_some_and(|p| p.microphone));
    let verified = Memo::new(move |_| {
        let who = participant.read();
        who.as_ref().is_some_and(|p| p.safety.is_verified())
    });
    let volume = expect_context::<Volumes>().of(key);
    let reactions = Memo::new(move |_| {
        let who = participant.read();
        who.as_ref().map_or_else(Vec::new, |p| p.reactions.clone())
    });
    let listens = participant
        .read_untracked()
        .as_ref()
        .is_some_and(|p| p.listens);
    let camera = Memo::new(move |_| participant.read().as_ref().is_some_and(|p| p.camera));
    let stream = session.stream(StreamOf::Peer(key));
    // A camera that is on has no picture before the connection carries one.
    let seen = Memo::new(move |_| {
        camera.get() && connection.get() != ConnectionView::Connecting && stream.read().is_some()
    });
    view! {
        <div
            class="tile"
            class:tile--stale=move || is_stale(connection.get())
            class:tile--staged=move || spotlight.is_on(who)
            class:tile--speaking=move || spotlight.is_speaking(who)
            role="group"
            aria-label=name
        >
            <VideoTile
                stream
                of=StreamOf::Peer(key)
                label=name
                visible=seen
                on_picture=Callback::new(move |()| {
                    browser::mark("tincan:first-frame");
                    session.send(Intent::Noticed(key, Slot::Camera));
                })
            />
            <Sound stream=session.stream(StreamOf::PeerSound(key)) of=key />
            <Show when=move || !seen.get()>
                <Avatar name=name.into() />
            </Show>
            <p class="tile-state" role="status">
                {state}
            </p>
            {listens.then(|| view! { <p class="tile-listens">{words::only_listens()}</p> })}
            <TroubleNote key name />
            <TileGestures
                hand=Signal::derive(move || participant.read().as_ref().is_some_and(|p| p.hand.is_some()))
                reactions=reactions.into()
            />
            <TileName
                name=name.into()
                microphone=microphone.into()
                camera=camera.into()
                verified=verified.into()
                silenced=Signal::derive(move || volume.get().muted)
                key
            />
            <div class="tile-actions">
                <OptionsButton key name />
                <PinButton who name />
            </div>
        </div>
    }
}

/// The name in the corner of a tile, with what is off.
#[component]
pub fn TileName(
    /// As shown.
    name: Signal<String>,
    /// Can be heard.
    microphone: Signal<bool>,
    /// Can be seen.
    camera: Signal<bool>,
    /// The safety code was compared; nobody compares one with oneself.
    #[prop(optional)]
    verified: Signal<bool>,
    /// They are not played here.
    #[prop(optional)]
    silenced: Signal<bool>,
    /// Whose tile; not given for one's own.
    #[prop(optional)]
    key: Option<PeerKey>,
) -> impl IntoView {
    view! {
        <p class="tile-name">
            <Show when=move || !microphone.get()>
                <span class="tile-muted">
                    <Icon kind=IconKind::MicrophoneOff />
                    <span class="visually-hidden">{words::microphone_off()}</span>
                </span>
            </Show>
            <Show when=move || silenced.get()>
                <span class="tile-muted" title=words::muted_for_you()>
                    <Icon kind=IconKind::SpeakerOff />
                    <span class="visually-hidden">{words::muted_for_you()}</span>
                </span>
            </Show>
            <Show when=move || !camera.get()>
                <span class="visually-hidden">{words::camera_off()}</span>
            </Show>
            <span class="tile-name-text">{name}</span>
            <Show when=move || verified.get()>
                <VerifiedMark />
            </Show>
            <LookalikeBadge key />
        </p>
    }
}

/// The picture stands still.
fn is_stale(connection: ConnectionView) -> bool {
    match connection {
        ConnectionView::Connecting | ConnectionView::Connected => false,
        ConnectionView::Interrupted | ConnectionView::Healing | ConnectionView::Lost => true,
    }
}
