//! Oneself among the others: mirrored, without sound.

use call::MediaView;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::gestures::TileGestures;
use super::participant_tile::TileName;
use super::text;
use super::video_tile::VideoTile;
use crate::state::Session;
use crate::streams::StreamOf;

/// A group named after oneself, ending in "(you)".
#[component]
pub fn SelfTile() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let name = Memo::new(move |_| text::own_name(me.read().name.as_ref()));
    let microphone = Memo::new(move |_| me.read().microphone == MediaView::On);
    let reactions = Memo::new(move |_| me.read().reactions.clone());
    let camera = Memo::new(move |_| me.read().camera == MediaView::On);
    let stream = session.stream(StreamOf::MyCamera);
    let seen = Memo::new(move |_| camera.get() && stream.read().is_some());
    view! {
        <div class="tile" role="group" aria-label=name>
            <VideoTile stream label="Your camera" mirrored=true visible=seen />
            <Show when=move || !seen.get()>
                <Avatar name=name.into() />
            </Show>
            <TileGestures
                hand=Signal::derive(move || me.read().hand.is_some())
                reactions=reactions.into()
            />
            <TileName name=name.into() microphone=microphone.into() camera=camera.into() />
        </div>
    }
}
