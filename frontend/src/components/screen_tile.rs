//! Screens that are shown: somebody's on the stage, and a small one of one's own.

use call::PeerKey;
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::sound::Sound;
use super::text;
use super::video_tile::VideoTile;
use crate::state::Session;
use crate::streams::StreamOf;
use crate::words;

/// A figure with the screen of somebody else, shown whole.
#[component]
pub fn ScreenTile(
    /// Whose.
    key: PeerKey,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let participant = session.participant(key);
    let label = Memo::new(move |_| {
        let who = participant.read();
        words::screen_of(&text::name_or_guest(
            who.as_ref().and_then(|p| p.name.as_ref()),
        ))
    });
    view! {
        <figure class="tile tile--screen" aria-label=label>
            <VideoTile
                stream=session.stream(StreamOf::PeerScreen(key))
                label
                contained=true
                visible=true
            />
            <Sound stream=session.stream(StreamOf::PeerScreenSound(key)) of=key />
            <figcaption class="tile-name">
                <Icon kind=IconKind::Screen />
                <span class="tile-name-text">{label}</span>
            </figcaption>
        </figure>
    }
}

/// A figure with one's own screen, as the others get it.
#[component]
pub fn OwnScreenTile() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <figure class="tile tile--screen" aria-label=words::your_screen()>
            <VideoTile
                stream=session.stream(StreamOf::MyScreen)
                label=words::your_screen()
                contained=true
                visible=true
            />
            <figcaption class="tile-name">
                <Icon kind=IconKind::Screen />
                <span class="tile-name-text">{words::you_share_screen()}</span>
            </figcaption>
        </figure>
    }
}
