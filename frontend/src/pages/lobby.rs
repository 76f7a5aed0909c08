//! Before the call: how one looks and sounds, what one is called, who is there already.

use std::time::Duration;

use call::{Intent, LinkView, MediaView, Phase, Switch};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::tachys::view::Render;

use super::call_code::CallCode;
use super::check_code::CheckButton;
use super::later::Code;
use super::phrase_code::phrase_place;
use crate::app::Navigator;
use crate::components::banner::LinkBanner;
use crate::components::brand::Brand;
use crate::components::devices::{CameraToggle, DevicePickers, MicrophoneToggle};
use crate::components::dom;
use crate::components::drawn::Rehearsal;
use crate::components::hide_address::HideAddress;
use crate::components::icon::{Icon, IconKind};
use crate::components::language_choice::{LanguageChoice, Spoken};
use crate::components::level_meter::LevelMeter;
use crate::components::media_problem::MediaProblems;
use crate::components::name_field::NameField;
use crate::components::text;
use crate::components::toast::Toasts;
use crate::components::video_tile::VideoTile;
use crate::state::{Session, new_call_path};
use crate::streams::StreamOf;
use crate::words;

/// When the lobby has come to rest: its own picture is there, and so are connections.
const AT_REST: Duration = Duration::from_millis(900);

/// The lobby.
#[component]
pub fn Lobby() -> impl IntoView {
    let session = expect_context::<Session>();
    // In the call already, but its screen is still on its way.
    let joining = session.is(|view| matches!(view.phase, Phase::Joining | Phase::InCall));
    let waiting = session.is(|view| view.waiting);
    let listens = session.view().with_untracked(|view| view.me.listens);
    let spoken = expect_context::<Spoken>();
    dom::title(move || {
        spoken.track();
        text::tab(words::lobby_title())
    });
    rehearse();
    let join = move |event: SubmitEvent| {
        event.prevent_default();
        if !joining.get_untracked() {
            session.send(Intent::Join);
        }
    };
    move || {
        spoken.track();
        view! {
            <div class="page">
                <header class="top">
                    <Brand />
                    <LanguageChoice />
                </header>
                <LinkBanner />
                <main class="lobby">
                    {if listens { view! { <Listens /> }.into_any() } else { view! { <Preview /> }.into_any() }}
                    <div class="lobby-side">
                        <h1>{words::lobby_title()}</h1>
                        <WhoIsThere />
                        <Waiting />
                        <form class="lobby-form" class:lobby-form--waiting=move || waiting.get() on:submit=join>
                            <NameField id="name" />
                            <button
                                type="submit"
                                class="button button--primary button--large"
                                aria-disabled=move || joining.get().to_string()
                            >
                                <span>{move || if joining.get() { words::joining() } else { words::join_call() }}</span>
                                <Icon kind=IconKind::Forward />
                            </button>
                        </form>
                        <NotPrivate />
                        {session.has_phrase().then(phrase_place)}
                    </div>
                    <div class="lobby-devices">
                        {(!listens).then(|| view! { <MediaProblems /> <DevicePickers /> })}
                        <HideAddress />
                        <CheckButton />
                    </div>
                </main>
                <Toasts />
            </div>
        }
    }
}

/// Fetches the screen of the call and builds it once without showing it, while the person looks at
/// themselves: the browser compiles a function of the program when it first runs, and those of the
/// call are many.
fn rehearse() {
    let Some(owner) = Owner::current() else {
        return;
    };
    let code = expect_context::<CallCode>();
    if let Ok(timer) = set_timeout_with_handle(move || code.fetch(), AT_REST) {
        on_cleanup(move || timer.clear());
    }
    Effect::new(move |rehearsed: Option<bool>| {
        let rehearsed = rehearsed.unwrap_or_default();
        if rehearsed || code.state() != Code::Here {
            return rehearsed;
        }
        let stage = owner.child();
        stage.with(|| {
            provide_context(Rehearsal);
            untrack(|| drop(code.screen().map(Render::build)));
        });
        stage.cleanup();
        true
    });
}

/// What a link allows that lets one watch and listen alone.
#[component]
fn Listens() -> impl IntoView {
    view! {
        <section class="preview" aria-label=words::preview()>
            <p class="preview-words">{words::lobby_listens()}</p>
        </section>
    }
}

/// One's own picture with the toggles on it.
#[component]
fn Preview() -> impl IntoView {
    let session = expect_context::<Session>();
    let view = session.view();
    let camera = Memo::new(move |_| view.read().me.camera);
    let microphone_on = session.is(|view| view.me.microphone == MediaView::On);
    let stream = session.stream(StreamOf::MyCamera);
    let seen = Memo::new(move |_| camera.get() == MediaView::On && stream.read().is_some());
    let mirror = session.switch(Switch::Mirror);
    let words = move || match camera.get() {
        MediaView::Off => words::camera_is_off(),
        MediaView::Starting => words::allow_devices(),
        MediaView::On => "",
        MediaView::Problem(_) => words::no_picture(),
    };
    view! {
        <section class="preview" class:as-seen=move || !mirror.get() aria-label=words::preview()>
            <VideoTile stream of=StreamOf::MyCamera label=words::your_camera() mirrored=true visible=seen />
            <Show when=move || !seen.get()>
                <p class="preview-words">{words}</p>
            </Show>
            <div class="preview-foot">
                <div class="preview-level" class:preview-level--off=move || !microphone_on.get()>
                    <Icon kind=Signal::derive(move || {
                        if microphone_on.get() {
                            IconKind::Microphone
                        } else {
                            IconKind::MicrophoneOff
                        }
                    }) />
                    <LevelMeter level=session.microphone_level() />
                </div>
                <div class="preview-toggles">
                    <MicrophoneToggle />
                    <CameraToggle />
                </div>
            </div>
        </section>
    }
}

/// Who is in the call already, and how many wait beside one.
#[component]
fn WhoIsThere() -> impl IntoView {
    let session = expect_context::<Session>();
    let view = session.view();
    let there = Memo::new(move |_| {
        let view = view.read();
        let names: Vec<String> = view
            .participants
            .iter()
            .filter(|who| who.in_call)
            .map(|who| text::name_or_guest(who.name.as_ref()))
            .collect();
        // An empty list means "nobody" only once the server has answered.
        if names.is_empty() && view.link != LinkView::Connected {
            String::new()
        } else {
            text::already_there(&names)
        }
    });
    let waiting = Memo::new(move |_| text::in_lobby(view.read().in_lobby));
    view! {
        <p class="lobby-there" role="status">
            {there}
            " "
            {waiting}
        </p>
    }
}

/// Said while the people inside of a locked call decide.
#[component]
fn Waiting() -> impl IntoView {
    let session = expect_context::<Session>();
    let waiting = session.is(|view| view.waiting);
    view! {
        <div class="lobby-waiting" role="status">
            <Show when=move || waiting.get()>
                <p>{words::lobby_waiting()}</p>
                <button type="button" class="button" on:click=move |_| session.send(Intent::StopWaiting)>
                    {words::stop_waiting()}
                </button>
            </Show>
        </div>
    }
}

/// What a link without a key means, and the way to a better one.
#[component]
fn NotPrivate() -> impl IntoView {
    let session = expect_context::<Session>();
    let private = session.private();
    let navigator = expect_context::<Navigator>();
    view! {
        <Show when=move || !private.get()>
            <div class="note">
                <Icon kind=IconKind::Unlocked />
                <div>
                    <p>{words::not_private()}</p>
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| navigator.go(&new_call_path())
                    >
                        {words::new_private_call()}
                    </button>
                </div>
            </div>
        </Show>
    }
}
