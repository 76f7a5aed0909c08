//! The call: screens on the stage, people beside or alone, the bar below.

use std::time::Duration;

use call::{MediaView, PeerKey, Switch};
use leptos::html::{Div, Main};
use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::browser;
use crate::components::away;
use crate::components::banner::LinkBanner;
use crate::components::brand::Mark;
use crate::components::chat::Chat;
use crate::components::controls::Controls;
use crate::components::copy_link::CopyLink;
use crate::components::dom;
use crate::components::drawn::drawn;
use crate::components::floating::FloatingButton;
use crate::components::full_screen::FullScreenButton;
use crate::components::grid::TileGrid;
use crate::components::hide_address::HiddenBadge;
use crate::components::icon::{Icon, IconKind};
use crate::components::invite::Invite;
use crate::components::invite_people::{InviteButton, InvitePeople, Inviting};
use crate::components::knocks::Knocks;
use crate::components::language_choice::Spoken;
use crate::components::lasting::lasting;
use crate::components::lookalike::Lookalikes;
use crate::components::media_keys;
use crate::components::media_problem::MediaProblems;
use crate::components::message_news::MessageNews;
use crate::components::microphone_hint::MicrophoneHint;
use crate::components::more_options::MoreOptions;
use crate::components::moves;
use crate::components::participant_menu::{ParticipantMenu, ParticipantOptions};
use crate::components::participant_tile::ParticipantTile;
use crate::components::roster::Roster;
use crate::components::same_device::Devices;
use crate::components::screen_tile::{OwnScreenTile, ScreenTile};
use crate::components::self_tile::SelfTile;
use crate::components::settings::SettingsDialog;
use crate::components::shortcut_sheet::ShortcutSheet;
use crate::components::shortcuts;
use crate::components::spotlight::{Spotlight, Who};
use crate::components::text;
use crate::components::toast::Toasts;
use crate::components::volumes::Volumes;
use crate::recent;
use crate::state::Session;
use crate::words;

/// Whoever comes in within this time need not be spoken of before.
const WORTH_A_WORD: Duration = Duration::from_millis(1_500);

/// Keeps where the call is among the recent ones.
fn remember(link: &str) {
    if let Some(path) = link.find("/r/").and_then(|at| link.get(at..)) {
        // Whole milliseconds: code that reads and writes fractions weighs 20 KB.
        let now = js_sys::Date::now() as u64;
        browser::keep_recent(&recent::with(&browser::load_recent(), path, now));
    }
}

/// The screen of the call.
#[component]
pub fn CallScreen() -> impl IntoView {
    let session = expect_context::<Session>();
    let drawn = drawn();
    Effect::new(move |_| {
        if !drawn.get() {
            return;
        }
        session.begin_chat();
        session.begin_inside();
        if !session.guest() {
            remember(&session.call_link());
        }
    });
    let people_open = RwSignal::new(false);
    let chat_open = RwSignal::new(false);
    let draft = RwSignal::new(String::new());
    // There is room for one of them.
    Effect::new(move |_| {
        if chat_open.get() {
            people_open.set(false);
        }
    });
    Effect::new(move |_| {
        if people_open.get() {
            chat_open.set(false);
        }
    });
    let more_open = RwSignal::new(false);
    let settings_open = RwSignal::new(false);
    let shortcuts_open = RwSignal::new(false);
    shortcuts::listen(shortcuts_open);
    provide_context(Spotlight::start());
    provide_context(ParticipantMenu::closed());
    provide_context(Inviting::closed());
    provide_context(Volumes::start(session));
    provide_context(Devices::watch(session));
    provide_context(Lookalikes::watch(session));
    // Let go of with the screen of the call.
    StoredValue::new_local(browser::Awake::start());
    media_keys::listen();
    let node = NodeRef::<Main>::new();
    Effect::new(move |_| {
        // The button that was pressed is gone; go on from the top of the call.
        if let Some(element) = node.get() {
            dom::focus_when_drawn(element);
        }
    });
    let close_people = close_and_return_focus(people_open);
    let close_chat = close_and_return_focus(chat_open);
    let spoken = expect_context::<Spoken>();
    move || {
        spoken.track();
        view! {
            <div class="call">
                <CallHead />
                <LinkBanner in_call=true />
                <main class="call-main" node_ref=node tabindex="-1" aria-label=words::call()>
                    <Stage />
                    <Show when=move || people_open.get()>
                        <Roster on_close=close_people />
                    </Show>
                    <Show when=move || chat_open.get()>
                        <Chat draft on_close=close_chat />
                    </Show>
                </main>
                <MediaProblems />
                <Toasts>
                    <Knocks />
                    <MicrophoneHint />
                </Toasts>
                <Controls chat=chat_open people=people_open more=more_open />
                // Nobody sees them before.
                <Show when=move || drawn.get()>
                    <MessageNews chat=chat_open />
                    <MoreOptions open=more_open settings=settings_open shortcuts=shortcuts_open />
                    <SettingsDialog open=settings_open />
                    <ShortcutSheet open=shortcuts_open />
                    <InvitePeople />
                    <ParticipantOptions />
                </Show>
            </div>
        }
    }
}

/// Gives the focus back to what had it before a panel opened, when the panel closes by whatever key or
/// button and takes the focus with it.
fn close_and_return_focus(open: RwSignal<bool>) -> Callback<()> {
    let opener = StoredValue::new_local(None::<HtmlElement>);
    Effect::new(move |_| {
        if open.get() {
            opener.set_value(dom::focused());
        } else if let Some(element) = opener.try_update_value(Option::take).flatten() {
            dom::focus_when_drawn(element);
        }
    });
    Callback::new(move |()| open.set(false))
}

/// What this call is called, whether its link is private, and the link to copy.
#[component]
fn CallHead() -> impl IntoView {
    let session = expect_context::<Session>();
    let private = session.private();
    let room = session.room_name();
    let alone = alone(session);
    let tab = text::tab(&room);
    let missed = away::missed(session, room.clone());
    dom::title(move || match missed.get() {
        0 => tab.clone(),
        some => format!("({some}) {tab}"),
    });
    view! {
        <header class="call-head">
            <Mark />
            <h1 class="call-room">{room}</h1>
            <Show when=move || !private.get()>
                <span class="badge" title=words::not_private()>
                    <Icon kind=IconKind::Unlocked />
                    {words::no_key()}
                </span>
            </Show>
            <HiddenBadge />
            <AtTheDoor />
            <span class="call-head-gap"></span>
            <FloatingButton />
            <FullScreenButton />
            // Alone, the empty seat has the button.
            <Show when=move || !alone.get() && !session.guest()>
                <InviteButton class="icon-button" />
                <CopyLink class="button--small" />
            </Show>
        </header>
    }
}

/// How many are getting ready, so that nobody has to open the list of people to see that somebody comes.
#[component]
fn AtTheDoor() -> impl IntoView {
    let view = expect_context::<Session>().view();
    let count = Memo::new(move |_| view.read().in_lobby);
    let there = Signal::derive(move || count.get() > 0);
    let stays = lasting(there, WORTH_A_WORD);
    view! {
        <p class="call-door" role="status">
            {move || if stays.get() { text::in_lobby(count.get()) } else { String::new() }}
        </p>
    }
}

fn alone(session: Session) -> Memo<bool> {
    let participants = session.participants();
    Memo::new(move |_| !participants.read().iter().any(|who| who.in_call))
}

/// Screens, if any are shown, and people.
#[component]
fn Stage() -> impl IntoView {
    let session = expect_context::<Session>();
    let participants = session.participants();
    let keys = move |wanted: fn(&call::ParticipantView) -> bool| {
        Memo::new(move |_| {
            let all = participants.read();
            all.iter()
                .filter(|who| who.in_call && wanted(who))
                .map(|who| who.key)
                .collect::<Vec<PeerKey>>()
        })
    };
    let people = keys(|_| true);
    let screens = keys(|who| who.screen);
    let me = session.me();
    let self_view = Memo::new(move |_| me.read().settings.self_view);
    let spotlight = expect_context::<Spotlight>();
    let sharing = Memo::new(move |_| me.read().screen == MediaView::On);
    let alone = alone(session);
    let small_self = session.switch(Switch::SmallSelf);
    let people_count = Signal::derive(move || {
        // A small picture of oneself lies over the others and takes nothing of their room.
        let own = self_view.get() && (!small_self.get() || spotlight.is_on(Who::Me));
        let extra = [sharing.get(), alone.get(), own];
        let all = people.read().len() + extra.into_iter().filter(|there| *there).count();
        let beside = all.saturating_sub(usize::from(spotlight.is_used()));
        u32::try_from(beside).unwrap_or(u32::MAX)
    });
    let screen_count =
        Signal::derive(move || u32::try_from(screens.read().len()).unwrap_or(u32::MAX));
    let node = NodeRef::<Div>::new();
    let cause = Memo::new(move |_| {
        (
            people.get(),
            screens.get(),
            people_count.get(),
            spotlight.staged(),
        )
    });
    moves::watch(node, cause);
    view! {
        <div
            class="stage"
            node_ref=node
            class:stage--screens=move || !screens.read().is_empty()
            class:stage--spotlight=move || spotlight.is_used()
            class:stage--bare=move || people_count.get() == 0
        >
            <Show when=move || !screens.read().is_empty()>
                <TileGrid count=screen_count class="tiles--screens">
                    <For each=move || screens.get() key=|key| *key let:key>
                        <ScreenTile key />
                    </For>
                </TileGrid>
            </Show>
            <TileGrid count=people_count class="tiles--people">
                <For each=move || people.get() key=|key| *key let:key>
                    <ParticipantTile key />
                </For>
                <Show when=move || sharing.get()>
                    <OwnScreenTile />
                </Show>
                <Show when=move || self_view.get()>
                    <SelfTile />
                </Show>
                <Show when=move || alone.get()>
                    <Invite />
                </Show>
            </TileGrid>
        </div>
    }
}
