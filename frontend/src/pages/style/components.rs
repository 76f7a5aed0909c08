//! Parts of the screens, each as it is when somebody opened it or something happened to it.

use call::{MediaProblem, MediaView, MicrophoneHint, PeerKey, View};
use leptos::prelude::*;

use super::{in_call, messages, people, problem, verified};
use crate::components::capture_options::{PictureOptions, SoundOptions};
use crate::components::chat::Chat;
use crate::components::controls::Controls;
use crate::components::dialog::Dialog;
use crate::components::icon::{Icon, IconKind};
use crate::components::illustration::Cans;
use crate::components::invite_people::{InvitePeople, Inviting};
use crate::components::media_problem::MediaProblems;
use crate::components::microphone_hint::Hint;
use crate::components::more_options::MoreOptions;
use crate::components::network_check::{CheckOpen, NetworkCheck};
use crate::components::participant_menu::{ParticipantMenu, ParticipantOptions};
use crate::components::roster::Roster;
use crate::components::same_device::Devices;
use crate::components::settings::SettingsDialog;
use crate::components::shortcut_sheet::ShortcutSheet;
use crate::components::spotlight::Spotlight;
use crate::components::toast::Announcer;
use crate::components::volumes::Volumes;
use crate::state::Session;

/// A part's name, what makes its state of the ordinary lobby, and the part.
type Part = (&'static str, fn(&mut View), fn() -> AnyView);

pub(super) const COMPONENTS: &[Part] = &[
    ("tokens", nothing, tokens),
    ("icons", nothing, icons),
    ("illustrations", nothing, || {
        view! { <Cans class="home-picture" /> }.into_any()
    }),
    ("bar", |view| in_call(view, 2), bar),
    (
        "bar-off",
        |view| {
            in_call(view, 2);
            media(view, MediaView::Off);
        },
        bar,
    ),
    (
        "bar-starting",
        |view| {
            in_call(view, 2);
            media(view, MediaView::Starting);
        },
        bar,
    ),
    (
        "bar-problem",
        |view| {
            in_call(view, 2);
            media(view, MediaView::Problem(MediaProblem::Denied));
        },
        bar,
    ),
    (
        "bar-sharing-and-unread",
        |view| {
            in_call(view, 2);
            messages(view);
            view.me.screen = MediaView::On;
        },
        bar,
    ),
    (
        "bar-listens",
        |view| {
            in_call(view, 2);
            view.me.listens = true;
        },
        bar,
    ),
    ("chat-empty", |view| in_call(view, 2), chat),
    (
        "chat-messages",
        |view| {
            in_call(view, 2);
            messages(view);
        },
        chat,
    ),
    (
        "chat-impossible",
        |view| {
            in_call(view, 2);
            view.chat.possible = false;
        },
        chat,
    ),
    ("people", everybody, roster),
    (
        "people-for-a-host",
        |view| {
            everybody(view);
            view.me.host = true;
            view.locked = true;
        },
        roster,
    ),
    (
        "dialog-more",
        |view| in_call(view, 2),
        || {
            let (open, other) = (RwSignal::new(true), RwSignal::new(false));
            view! { <MoreOptions open settings=other shortcuts=other /> }.into_any()
        },
    ),
    (
        "dialog-settings",
        |view| in_call(view, 2),
        || view! { <SettingsDialog open=RwSignal::new(true) /> }.into_any(),
    ),
    (
        "dialog-shortcuts",
        |view| in_call(view, 2),
        || {
            let closed = RwSignal::new(false);
            view! {
                <ShortcutSheet open=RwSignal::new(true) />
                <Controls chat=closed people=closed more=closed />
            }
            .into_any()
        },
    ),
    (
        "dialog-invite",
        |view| in_call(view, 2),
        || {
            provide_context(Inviting::open());
            view! { <InvitePeople /> }.into_any()
        },
    ),
    (
        "dialog-invite-as-host",
        |view| {
            in_call(view, 2);
            view.me.host = true;
        },
        || {
            provide_context(Inviting::open());
            view! { <InvitePeople /> }.into_any()
        },
    ),
    ("dialog-participant", |view| in_call(view, 2), participant),
    (
        "dialog-participant-verified",
        |view| {
            in_call(view, 2);
            view.participants[0].safety = verified();
        },
        participant,
    ),
    (
        "dialog-sound",
        |view| in_call(view, 2),
        || menu("Sound options", || view! { <SoundOptions /> }.into_any()),
    ),
    (
        "dialog-camera",
        |view| in_call(view, 2),
        || menu("Camera options", || view! { <PictureOptions /> }.into_any()),
    ),
    ("dialog-network", nothing, || {
        provide_context(CheckOpen(RwSignal::new(true)));
        view! { <NetworkCheck /> }.into_any()
    }),
    (
        "hints",
        |view| in_call(view, 2),
        || {
            let hint = |hint| view! { <Hint hint /> };
            view! {
            <div class="toasts">
                {hint(MicrophoneHint::Muted)} {hint(MicrophoneHint::Silent)} {hint(MicrophoneHint::Echo)}
            </div>
        }
        .into_any()
        },
    ),
    (
        "problems",
        |view| {
            in_call(view, 2);
            problem(view, MediaProblem::Denied);
        },
        || view! { <MediaProblems /> }.into_any(),
    ),
];

/// The part, with what the screen of the call has around it.
pub(super) fn show(part: fn() -> AnyView) -> AnyView {
    let session = expect_context::<Session>();
    provide_context(Announcer::default());
    provide_context(Spotlight::start());
    provide_context(ParticipantMenu::closed());
    provide_context(Inviting::closed());
    provide_context(Volumes::start(session));
    provide_context(Devices::watch(session));
    view! { <main class="call" aria-label="Component">{part()}</main> }.into_any()
}

fn nothing(_: &mut View) {}

fn media(view: &mut View, state: MediaView) {
    view.me.microphone = state;
    view.me.camera = state;
}

/// Somebody in every state that the list of people knows.
fn everybody(view: &mut View) {
    in_call(view, 0);
    people(view, 7);
    view.in_lobby = 2;
    let who = &mut view.participants;
    who[0].host = true;
    who[1].hand = Some(2);
    who[2].hand = Some(1);
    who[3].safety = verified();
    who[4].guest = true;
    who[4].listens = true;
    who[5].cannot_reach = vec![PeerKey(1)];
    who[6].in_call = false;
    who[6].knocking = true;
}

fn bar() -> AnyView {
    let closed = || RwSignal::new(false);
    view! { <Controls chat=closed() people=closed() more=closed() /> }.into_any()
}

fn chat() -> AnyView {
    let draft = RwSignal::new(String::new());
    view! { <Chat draft on_close=Callback::new(|()| ()) /> }.into_any()
}

fn roster() -> AnyView {
    view! { <Roster on_close=Callback::new(|()| ()) /> }.into_any()
}

fn participant() -> AnyView {
    provide_context(ParticipantMenu::open(PeerKey(1)));
    view! { <ParticipantOptions /> }.into_any()
}

fn menu(title: &'static str, options: fn() -> AnyView) -> AnyView {
    let open = RwSignal::new(true);
    view! {
        <Dialog open title heading_id="menu-title" class="dialog--menu">
            {options()}
        </Dialog>
    }
    .into_any()
}

fn tokens() -> AnyView {
    const COLOURS: [&str; 18] = [
        "ground",
        "surface",
        "sunken",
        "line",
        "line-strong",
        "ink",
        "ink-soft",
        "accent",
        "accent-soft",
        "accent-soft-ink",
        "string",
        "danger",
        "danger-soft",
        "danger-soft-ink",
        "warn-soft",
        "warn-soft-ink",
        "tile",
        "focus",
    ];
    const SIZES: [&str; 4] = ["text-small", "text", "text-large", "text-title"];
    let colour = |name: &'static str| {
        let style = format!("background: var(--{name}); width: 6rem; height: 2.75rem");
        view! {
            <li class="person">
                <span style=style></span>
                {name}
            </li>
        }
    };
    let size = |name: &'static str| {
        view! { <li style=format!("font-size: var(--{name})")>{name}</li> }
    };
    let space = |step: u32| {
        let style = format!("background: var(--accent); height: 1rem; width: var(--space-{step})");
        view! {
            <li class="person">
                <span style=style></span>
                {format!("space-{step}")}
            </li>
        }
    };
    view! {
        <ul style="overflow: auto">
            {COLOURS.map(colour).collect_view()} {SIZES.map(size).collect_view()}
            {(1..=8).map(space).collect_view()}
        </ul>
    }
    .into_any()
}

fn icons() -> AnyView {
    const ALL: [IconKind; 32] = [
        IconKind::Microphone,
        IconKind::MicrophoneOff,
        IconKind::Camera,
        IconKind::CameraOff,
        IconKind::Screen,
        IconKind::ScreenOff,
        IconKind::Chat,
        IconKind::Hand,
        IconKind::People,
        IconKind::More,
        IconKind::Leave,
        IconKind::Copy,
        IconKind::Done,
        IconKind::Move,
        IconKind::Caret,
        IconKind::Close,
        IconKind::Language,
        IconKind::Lock,
        IconKind::Unlocked,
        IconKind::Warning,
        IconKind::Speaker,
        IconKind::SpeakerOff,
        IconKind::Forward,
        IconKind::NewCall,
        IconKind::Float,
        IconKind::Invite,
        IconKind::Pin,
        IconKind::Unpin,
        IconKind::Fill,
        IconKind::Shrink,
        IconKind::Verified,
        IconKind::NoNetwork,
    ];
    let icon = |kind: IconKind| {
        view! {
            <li class="person">
                <Icon kind />
                {format!("{kind:?}")}
            </li>
        }
    };
    view! { <ul style="overflow: auto; columns: 3">{ALL.map(icon).collect_view()}</ul> }.into_any()
}
