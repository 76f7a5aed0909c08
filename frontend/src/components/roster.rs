//! The panel "People": who is in the call and how things stand with each.

use call::{ConnectionView, MediaView, ParticipantView, PeerKey};
use leptos::html::Aside;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::dom;
use super::host_actions::{HostActions, HostTools};
use super::icon::{Icon, IconKind};
use super::lookalike::LookalikeBadge;
use super::safety_code::VerifiedMark;
use super::text;
use crate::state::Session;
use crate::words;

/// Beside the tiles, above them where there is no room. Not modal: the call goes on beside it.
#[component]
pub fn Roster(
    /// Told when the person closes it.
    on_close: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let participants = session.participants();
    let inside = Memo::new(move |_| {
        participants.with(|all| {
            all.iter()
                .filter(|p| p.in_call)
                .map(|p| p.key)
                .collect::<Vec<_>>()
        })
    });
    let view = session.view();
    let in_lobby = Memo::new(move |_| view.read().in_lobby);
    let own_name = Memo::new(move |_| text::own_name(me.read().name.as_ref()));
    // The place of a raised hand among all of them, by when each was raised.
    let place = move |hand: Option<u64>| {
        let all = participants.read();
        let hands = all.iter().map(|p| p.hand).chain([me.read().hand]);
        let before = hands.flatten().filter(|other| Some(*other) < hand).count();
        hand.map(|_| before + 1)
    };
    let node = NodeRef::<Aside>::new();
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            dom::focus(&element);
        }
    });
    view! {
        <aside
            class="panel"
            id="people"
            node_ref=node
            tabindex="-1"
            aria-labelledby="people-title"
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    on_close.run(());
                }
            }
        >
            <header class="panel-head">
                <h2 id="people-title">{words::people()}</h2>
                <button
                    type="button"
                    class="icon-button"
                    aria-label=words::close_people()
                    on:click=move |_| on_close.run(())
                >
                    <Icon kind=IconKind::Close />
                </button>
            </header>
            <HostTools />
            <ul class="people">
                <Person
                    host=Signal::derive(move || me.read().host)
                    name=own_name.into()
                    microphone=Signal::derive(move || me.read().microphone == MediaView::On)
                    camera=Signal::derive(move || me.read().camera == MediaView::On)
                    state=Signal::derive(String::new)
                    hand=Signal::derive(move || place(me.read().hand))
                />
                <For each=move || inside.get() key=|key| *key let:key>
                    {
                        let participant = session.participant(key);
                        let read = move |of: fn(&ParticipantView) -> bool| {
                            Signal::derive(move || participant.read().as_ref().is_some_and(of))
                        };
                        view! {
                            <Person
                                key=key
                                host=read(|p| p.host)
                                guest=read(|p| p.guest)
                                name=Signal::derive(move || {
                                    let who = participant.read();
                                    text::name_or_guest(who.as_ref().and_then(|p| p.name.as_ref()))
                                })
                                hand=Signal::derive(move || place(participant.read().as_ref().and_then(|p| p.hand)))
                                microphone=read(|p| p.microphone)
                                camera=read(|p| p.camera)
                                verified=read(|p| p.safety.is_verified())
                                state=Signal::derive(move || {
                                    let who = participant.read();
                                    who.as_ref()
                                        .map(|who| state(who, &participants.read()))
                                        .unwrap_or_default()
                                })
                            />
                        }
                    }
                </For>
            </ul>
            <p class="panel-foot">{move || text::in_lobby(in_lobby.get())}</p>
        </aside>
    }
}

#[component]
fn Person(
    /// Whose row it is; one's own is nobody else's.
    #[prop(optional)]
    key: Option<PeerKey>,
    host: Signal<bool>,
    /// They came with a link that has limits.
    #[prop(optional)]
    guest: Signal<bool>,
    name: Signal<String>,
    microphone: Signal<bool>,
    camera: Signal<bool>,
    state: Signal<String>,
    hand: Signal<Option<usize>>,
    #[prop(optional)] verified: Signal<bool>,
) -> impl IntoView {
    view! {
        <li class="person">
            <Avatar name />
            <span class="person-words">
                <span class="person-name">
                    {name}
                    <Show when=move || host.get()>
                        " "
                        <span class="badge">{words::host()}</span>
                    </Show>
                    <Show when=move || verified.get()>
                        " "
                        <VerifiedMark />
                    </Show>
                    " "
                    <LookalikeBadge key />
                </span>
                <span class="person-state">{state}</span>
            </span>
            {move || {
                hand.get()
                    .map(|place| {
                        view! {
                            <span class="person-hand" role="img" aria-label=words::hand_place(&place.to_string())>
                                <Icon kind=IconKind::Hand />
                                {place}
                            </span>
                        }
                    })
            }}
            <Medium on=microphone on_icon=IconKind::Microphone off_icon=IconKind::MicrophoneOff
                on_words=words::microphone_on() off_words=words::microphone_off() />
            <Medium on=camera on_icon=IconKind::Camera off_icon=IconKind::CameraOff
                on_words=words::camera_on() off_words=words::camera_off() />
            <HostActions key=key name microphone host guest hand />
        </li>
    }
}

#[component]
fn Medium(
    on: Signal<bool>,
    on_icon: IconKind,
    off_icon: IconKind,
    on_words: &'static str,
    off_words: &'static str,
) -> impl IntoView {
    view! {
        <span class="person-medium" class:person-medium--off=move || !on.get()>
            <Icon kind=Signal::derive(move || if on.get() { on_icon } else { off_icon }) />
            <span class="visually-hidden">{move || if on.get() { on_words } else { off_words }}</span>
        </span>
    }
}

/// How the connection to somebody is, and whom they miss.
fn state(who: &ParticipantView, everybody: &[ParticipantView]) -> String {
    if who.connection != ConnectionView::Connected {
        return text::connection(who.connection).to_owned();
    }
    if who.listens {
        return words::only_listens().to_owned();
    }
    text::cannot_reach(who, everybody)
}
