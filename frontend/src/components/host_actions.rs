//! What hosts can do, in the panel "People": about the call, and about each of the others.

use call::{HostRequest, Intent, PeerKey};
use leptos::prelude::*;
use protocol::RoomAction;

use super::dialog::Dialog;
use super::icon::{Icon, IconKind};
use crate::state::Session;
use crate::words;

/// Locking the call, lowering all hands, and giving the role up. Whoever is no host reads that the
/// call is locked.
#[component]
pub fn HostTools() -> impl IntoView {
    let session = expect_context::<Session>();
    let view = session.view();
    let me = session.me();
    let participants = session.participants();
    let locked = Memo::new(move |_| view.read().locked);
    let host = Memo::new(move |_| me.read().host);
    let hands = Memo::new(move |_| {
        let theirs = participants.read().iter().any(|who| who.hand.is_some());
        theirs || me.read().hand.is_some()
    });
    let accompanied = Memo::new(move |_| participants.read().iter().any(|who| who.in_call));
    let turn = move |_| {
        let action = if locked.get_untracked() {
            RoomAction::Unlock
        } else {
            RoomAction::Lock
        };
        session.send(Intent::Room(action, None));
    };
    let kind = Signal::derive(move || {
        if locked.get() {
            IconKind::Unlocked
        } else {
            IconKind::Lock
        }
    });
    view! {
        <div class="host-tools">
            <Show when=move || locked.get()>
                <p>{words::locked()}</p>
            </Show>
            <Show when=move || host.get()>
                <button type="button" class="button button--small" on:click=turn>
                    <Icon kind />
                    {move || if locked.get() { words::unlock_call() } else { words::lock_call() }}
                </button>
                <Show when=move || hands.get()>
                    <button
                        type="button"
                        class="button button--small"
                        on:click=move |_| session.send(Intent::LowerHands)
                    >
                        {words::lower_all_hands()}
                    </button>
                </Show>
                <Show when=move || accompanied.get()>
                    <button
                        type="button"
                        class="button button--small"
                        on:click=move |_| session.send(Intent::Room(RoomAction::StepDown, None))
                    >
                        {words::stop_being_host()}
                    </button>
                </Show>
            </Show>
        </div>
    }
}

/// What a host can do about one of the others; nothing for anybody else.
#[component]
pub fn HostActions(
    /// About whom; `None` is oneself.
    key: Option<PeerKey>,
    /// What they are called.
    name: Signal<String>,
    /// They can be heard.
    microphone: Signal<bool>,
    /// They are a host themselves.
    host: Signal<bool>,
    /// They came with a link that has limits, and cannot be hosts.
    guest: Signal<bool>,
    /// Their hand is raised.
    hand: Signal<Option<usize>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let can = Memo::new(move |_| me.read().host);
    let asking = RwSignal::new(false);
    let key = key?;
    let request = move |request| session.send(Intent::Request(key, request));
    let room = move |action| session.send(Intent::Room(action, Some(key)));
    Some(view! {
        <Show when=move || can.get()>
            <div class="host-actions" role="group" aria-label=move || words::for_person(&name.read())>
                <Show
                    when=move || microphone.get()
                    fallback=move || {
                        view! {
                            <Action words=words::ask_to_unmute() name act=Callback::new(move |()| {
                                request(HostRequest::Unmute);
                            }) />
                        }
                    }
                >
                    <Action words=words::mute() name act=Callback::new(move |()| request(HostRequest::Mute)) />
                </Show>
                <Show when=move || hand.get().is_some()>
                    <Action words=words::lower_hand() name act=Callback::new(move |()| {
                        request(HostRequest::LowerHand);
                    }) />
                </Show>
                <Show when=move || !host.get() && !guest.get()>
                    <Action words=words::make_host() name act=Callback::new(move |()| room(RoomAction::MakeHost)) />
                </Show>
                <Action words=words::remove() name act=Callback::new(move |()| asking.set(true)) />
            </div>
            <Dialog open=asking title=words::remove_title() heading_id="remove-title">
                <p>{move || words::remove_words(&name.read())}</p>
                <div class="knock-actions">
                    <button
                        type="button"
                        class="button button--primary"
                        on:click=move |_| {
                            asking.set(false);
                            room(RoomAction::Remove);
                        }
                    >
                        {move || words::remove_yes(&name.read())}
                    </button>
                    <button type="button" class="button" on:click=move |_| asking.set(false)>
                        {words::remove_no()}
                    </button>
                </div>
            </Dialog>
        </Show>
    })
}

/// One small button; its name says whom it is about.
#[component]
fn Action(words: &'static str, name: Signal<String>, act: Callback<()>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button button--small"
            aria-label=move || words::action_for(words, &name.read())
            on:click=move |_| act.run(())
        >
            {words}
        </button>
    }
}
