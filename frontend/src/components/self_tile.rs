//! Oneself among the others: mirrored, without sound.

use call::{MediaView, Switch};
use leptos::html::Div;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::gestures::TileGestures;
use super::participant_tile::TileName;
use super::pin::PinButton;
use super::small_self::{SmallSelf, SmallSelfButtons};
use super::spotlight::{Spotlight, Who};
use super::text;
use super::video_tile::VideoTile;
use crate::state::Session;
use crate::streams::StreamOf;
use crate::words;

/// A group named after oneself, ending in "(you)".
#[component]
pub fn SelfTile() -> impl IntoView {
    let session = expect_context::<Session>();
    let spotlight = expect_context::<Spotlight>();
    let me = session.me();
    let participants = session.participants();
    let company = Memo::new(move |_| participants.read().iter().any(|who| who.in_call));
    let name = Memo::new(move |_| text::own_name(me.read().name.as_ref()));
    let microphone = Memo::new(move |_| me.read().microphone == MediaView::On);
    let reactions = Memo::new(move |_| me.read().reactions.clone());
    let camera = Memo::new(move |_| me.read().camera == MediaView::On);
    let node = NodeRef::<Div>::new();
    let picture = SmallSelf::of(session, node);
    // On a small picture there is room for two buttons.
    let can_pin = Memo::new(move |_| !picture.small.get() || spotlight.is_on(Who::Me));
    let mirror = session.switch(Switch::Mirror);
    let stream = session.stream(StreamOf::MyCamera);
    let seen = Memo::new(move |_| camera.get() && stream.read().is_some());
    view! {
        <div
            node_ref=node
            class="tile"
            class:tile--small=move || picture.small.get()
            class:tile--left=move || picture.left.get()
            class:tile--top=move || picture.top.get()
            style:translate=move || picture.carried()
            on:pointerdown=move |event| picture.take(&event)
            on:pointermove=move |event| picture.carry(&event)
            on:pointerup=move |_| picture.drop()
            on:pointercancel=move |_| picture.drop()
            class:as-seen=move || !mirror.get()
            class:tile--staged=move || spotlight.is_on(Who::Me)
            class:tile--speaking=move || spotlight.is_speaking(Who::Me)
            role="group"
            aria-label=name
        >
            <VideoTile stream of=StreamOf::MyCamera label=words::your_camera() mirrored=true visible=seen />
            <Show when=move || !seen.get()>
                <Avatar name=name.into() />
            </Show>
            <TileGestures
                hand=Signal::derive(move || me.read().hand.is_some())
                reactions=reactions.into()
            />
            <TileName name=name.into() microphone=microphone.into() camera=camera.into() />
            <div class="tile-actions">
                <SmallSelfButtons picture />
                <Show when=move || company.get() && can_pin.get()>
                    <PinButton who=Who::Me name />
                </Show>
            </div>
        </div>
    }
}
