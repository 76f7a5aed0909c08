//! The call in a small window above all others, for those who do something else meanwhile.

use call::{Intent, MediaView, PeerKey};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::avatar::Avatar;
use super::devices::{CameraToggle, MicrophoneToggle};
use super::icon::{Icon, IconKind};
use super::text;
use super::video_tile::VideoTile;
use crate::browser::{self, FloatingWindow, Floats};
use crate::state::Session;
use crate::streams::StreamOf;
use crate::words;

/// Which video floats where only one can, the best first.
const BEST_VIDEO: [&str; 4] = [
    ".tile--screen video",
    ".tile--staged video:not(.video--hidden, .video--mirrored)",
    ".tile--speaking video:not(.video--hidden, .video--mirrored)",
    ".tile video:not(.video--hidden, .video--mirrored)",
];

/// What keeps the window and what is in it; dropped, both are gone.
struct Floating {
    content: Option<Box<dyn FnOnce()>>,
    _window: FloatingWindow,
}

impl Drop for Floating {
    fn drop(&mut self) {
        if let Some(take_down) = self.content.take() {
            take_down();
        }
    }
}

/// "Picture in picture" or "Close picture in picture"; nothing where the browser cannot.
#[component]
pub fn FloatingButton() -> impl IntoView {
    let kind = browser::what_floats()?;
    let owner = Owner::current()?;
    let floating = StoredValue::new_local(None::<Floating>);
    let open = RwSignal::new(false);
    let close = move || {
        // Let go of outside of the borrow: what is taken down may look here.
        drop(floating.try_update_value(Option::take));
        open.try_set(false);
    };
    on_cleanup(close);
    let press = move |_| match kind {
        Floats::Video => browser::float_video(&BEST_VIDEO),
        Floats::Document if open.get_untracked() => close(),
        Floats::Document => {
            let owner = owner.clone();
            spawn_local(async move {
                let Some(mut window) = FloatingWindow::open().await else {
                    return;
                };
                let Some(body) = window.body() else { return };
                window.on_gone(close);
                let stage = owner.child();
                let mut content = stage.with(|| view! { <FloatingCall /> }.into_any().build());
                content.mount(&body, None);
                let floating_now = Floating {
                    content: Some(Box::new(move || {
                        content.unmount();
                        stage.cleanup();
                    })),
                    _window: window,
                };
                if open.try_set(true).is_none() {
                    floating.try_set_value(Some(floating_now));
                }
            });
        }
    };
    let label = move || {
        if open.get() {
            words::close_picture_in_picture()
        } else {
            words::picture_in_picture()
        }
    };
    Some(view! {
        <button type="button" class="icon-button" aria-label=label title=label on:click=press>
            <Icon kind=IconKind::Float />
        </button>
    })
}

/// What the window shows: screens and people, and what one presses most.
#[component]
fn FloatingCall() -> impl IntoView {
    let session = expect_context::<Session>();
    let participants = session.participants();
    let keys = move |wanted: fn(&call::ParticipantView) -> bool| {
        Memo::new(move |_| {
            let all = participants.read();
            let wanted = all.iter().filter(|who| who.in_call && wanted(who));
            wanted.map(|who| who.key).collect::<Vec<PeerKey>>()
        })
    };
    let people = keys(|_| true);
    let screens = keys(|who| who.screen);
    view! {
        <main class="floating" aria-label=words::call()>
            <div class="floating-people">
                <For each=move || screens.get() key=|key| *key let:key>
                    <FloatingScreen key />
                </For>
                <For each=move || people.get() key=|key| *key let:key>
                    <FloatingPerson key />
                </For>
                <Show when=move || people.read().is_empty()>
                    <FloatingSelf />
                </Show>
            </div>
            <div class="floating-bar" role="region" aria-label=words::call_controls()>
                <MicrophoneToggle />
                <CameraToggle />
                <button
                    type="button"
                    class="control control--leave"
                    title=words::leave_call()
                    aria-label=words::leave_call()
                    on:click=move |_| session.send(Intent::Leave)
                >
                    <span class="control-icon">
                        <Icon kind=IconKind::Leave />
                    </span>
                </button>
            </div>
        </main>
    }
}

#[component]
fn FloatingPerson(key: PeerKey) -> impl IntoView {
    let session = expect_context::<Session>();
    let participant = session.participant(key);
    let name = Memo::new(move |_| {
        text::name_or_guest(participant.read().as_ref().and_then(|p| p.name.as_ref()))
    });
    let stream = session.stream(StreamOf::Peer(key));
    let camera = Memo::new(move |_| participant.read().as_ref().is_some_and(|p| p.camera));
    let seen = Memo::new(move |_| camera.get() && stream.read().is_some());
    let state = Memo::new(move |_| {
        participant
            .read()
            .as_ref()
            .map(|p| text::connection(p.connection))
    });
    view! {
        <div class="tile" role="group" aria-label=name>
            <VideoTile stream label=name visible=seen />
            <Show when=move || !seen.get()>
                <Avatar name=name.into() />
            </Show>
            <p class="tile-state">{state}</p>
            <p class="tile-name">
                <span class="tile-name-text">{name}</span>
            </p>
        </div>
    }
}

#[component]
fn FloatingScreen(key: PeerKey) -> impl IntoView {
    let session = expect_context::<Session>();
    let participant = session.participant(key);
    let name = Memo::new(move |_| {
        let who = participant.read();
        words::screen_of(&text::name_or_guest(
            who.as_ref().and_then(|p| p.name.as_ref()),
        ))
    });
    let stream = session.stream(StreamOf::PeerScreen(key));
    view! {
        <figure class="tile tile--screen" aria-label=name>
            <VideoTile stream label=name contained=true visible=Signal::derive(|| true) />
        </figure>
    }
}

#[component]
fn FloatingSelf() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let name = Memo::new(move |_| text::own_name(me.read().name.as_ref()));
    let stream = session.stream(StreamOf::MyCamera);
    let seen = Memo::new(move |_| me.read().camera == MediaView::On && stream.read().is_some());
    view! {
        <div class="tile" role="group" aria-label=name>
            <VideoTile stream label=words::your_camera() mirrored=true visible=seen />
            <Show when=move || !seen.get()>
                <Avatar name=name.into() />
            </Show>
        </div>
    }
}
