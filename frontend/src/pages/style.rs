//! Every screen in every state, with made-up views: for looking, in development builds only.
//! `/style` lists them, `/style#NAME` shows one. Parts of a screen that take a press to be seen are in
//! `style/components.rs`.

mod components;

use std::sync::Arc;

use call::safety::{Mark, SafetyView};
use call::{
    Cause, ChatView, ConnectionView, Device, Devices, Layout, LinkView, MeView, MediaProblem,
    MediaView, MessageView, Notice, NoticeKind, ParticipantView, PeerKey, Phase, ReactionView,
    RefusalView, Settings, Source, Switch, Trouble, TurnedAway, View,
};
use futures::channel::mpsc;
use leptos::prelude::*;
use protocol::{DisplayName, REACTIONS, RefuseReason};

use self::components::COMPONENTS;
use super::room::RoomScreens;
use crate::app::Navigator;
use crate::ears::Ears;
use crate::state::Session;
use crate::streams::Streams;

/// A state's name, and what makes it of the ordinary lobby.
type State = (&'static str, fn(&mut View));

const STATES: &[State] = &[
    ("lobby", |_| {}),
    ("lobby-others", |view| people(view, 3)),
    ("lobby-starting", |view| {
        view.me.camera = MediaView::Starting;
        view.me.microphone = MediaView::Starting;
    }),
    ("lobby-denied", |view| problem(view, MediaProblem::Denied)),
    ("lobby-not-found", |view| {
        problem(view, MediaProblem::NotFound)
    }),
    ("lobby-in-use", |view| {
        view.me.camera = MediaView::Problem(MediaProblem::InUse);
    }),
    ("lobby-insecure", |view| {
        problem(view, MediaProblem::Insecure)
    }),
    ("lobby-unreachable", |view| {
        view.link = LinkView::Unreachable
    }),
    ("lobby-not-private", |view| view.private = false),
    ("lobby-offline", |view| view.link = LinkView::Offline),
    ("lobby-joining", |view| view.phase = Phase::Joining),
    ("lobby-waiting", |view| {
        people(view, 2);
        view.phase = Phase::Joining;
        view.locked = true;
        view.waiting = true;
    }),
    ("lobby-listens", |view| {
        people(view, 2);
        view.me.guest = true;
        view.me.listens = true;
    }),
    ("lobby-hidden", |view| view.me.settings.hide_address = true),
    ("alone", |view| in_call(view, 0)),
    ("call-2", |view| in_call(view, 1)),
    ("call-3", |view| in_call(view, 2)),
    ("call-5", |view| in_call(view, 4)),
    ("call-8", |view| in_call(view, 7)),
    ("call-off", |view| {
        in_call(view, 2);
        view.me.microphone = MediaView::Off;
        view.me.camera = MediaView::Off;
    }),
    ("call-states", |view| {
        in_call(view, 4);
        view.participants[0].connection = ConnectionView::Connecting;
        view.participants[1].connection = ConnectionView::Interrupted;
        view.participants[2].connection = ConnectionView::Healing;
        view.participants[3].connection = ConnectionView::Lost;
        view.participants[3].cannot_reach = vec![PeerKey(1)];
        view.link = LinkView::Reconnecting;
        view.in_lobby = 1;
    }),
    ("call-tiles", |view| {
        in_call(view, 7);
        let who = &mut view.participants;
        who[0].hand = Some(1);
        who[1].reactions = vec![ReactionView {
            id: 1,
            emoji: REACTIONS[3],
        }];
        who[2].safety = verified();
        who[3].microphone = false;
        who[3].camera = false;
        who[4].connection = ConnectionView::Lost;
        who[4].trouble = Some(Trouble {
            cause: Cause::NoRelay,
            relay_may_help: false,
        });
        who[5].listens = true;
        who[5].guest = true;
        who[6].host = true;
        view.me.hand = Some(2);
    }),
    ("call-troubles", |view| {
        const CAUSES: [Cause; 7] = [
            Cause::Unanswered,
            Cause::NoNetwork,
            Cause::NoNetworkThere,
            Cause::HiddenWithoutRelay,
            Cause::NoRelay,
            Cause::RelayUseless,
            Cause::Unsealed,
        ];
        in_call(view, CAUSES.len());
        for (who, cause) in view.participants.iter_mut().zip(CAUSES) {
            who.connection = ConnectionView::Lost;
            who.trouble = Some(Trouble {
                cause,
                relay_may_help: true,
            });
        }
    }),
    ("call-speaker", |view| {
        in_call(view, 5);
        view.me.settings.layout = Layout::Speaker;
    }),
    ("call-small-self", |view| {
        in_call(view, 2);
        turn(view, Switch::SmallSelf);
    }),
    ("call-without-self", |view| {
        in_call(view, 2);
        view.me.settings.self_view = false;
    }),
    ("call-listens", |view| {
        in_call(view, 2);
        view.me.guest = true;
        view.me.listens = true;
    }),
    ("call-not-private", |view| {
        in_call(view, 2);
        view.private = false;
    }),
    ("call-hidden", |view| {
        in_call(view, 2);
        view.me.settings.hide_address = true;
    }),
    ("call-offline", |view| {
        in_call(view, 2);
        view.link = LinkView::Offline;
    }),
    ("call-unreachable", |view| {
        in_call(view, 2);
        view.link = LinkView::Unreachable;
    }),
    ("call-knocks", |view| {
        in_call(view, 4);
        view.locked = true;
        view.me.host = true;
        for at in [2, 3] {
            view.participants[at].in_call = false;
            view.participants[at].knocking = true;
        }
        view.participants[3].barred = true;
    }),
    ("call-screen", |view| {
        in_call(view, 3);
        view.participants[1].screen = true;
    }),
    ("call-two-screens", |view| {
        in_call(view, 3);
        view.participants[0].screen = true;
        view.participants[1].screen = true;
        view.me.screen = MediaView::On;
    }),
    ("call-notices", |view| {
        in_call(view, 2);
        let ada = || Some(name("Ada"));
        for kind in [
            NoticeKind::Joined(PeerKey(1), ada()),
            NoticeKind::Left(PeerKey(1), ada()),
            NoticeKind::HandRaised(PeerKey(1), ada()),
            NoticeKind::MicrophoneGone(true),
            NoticeKind::MicrophoneGone(false),
            NoticeKind::CameraGone(true),
            NoticeKind::CameraGone(false),
            NoticeKind::ScreenEnded,
            NoticeKind::WithoutKey,
            NoticeKind::RoomFull,
            NoticeKind::NotAdmitted,
            NoticeKind::MutedBy(PeerKey(1), ada()),
            NoticeKind::AskedToUnmute(PeerKey(1), ada()),
            NoticeKind::NotVerifiedAnyMore(PeerKey(1), ada()),
        ] {
            let id = u32::try_from(view.notices.len()).unwrap_or(0) + 1;
            view.notices.push(Notice { id, kind });
        }
    }),
    ("call-problem", |view| {
        in_call(view, 2);
        view.me.camera = MediaView::Problem(MediaProblem::InUse);
    }),
    ("left", |view| view.phase = Phase::Left),
    ("left-removed", |view| view.phase = Phase::Removed),
    ("left-link-ended", |view| {
        view.phase = Phase::TurnedAway(TurnedAway::Ended);
    }),
    ("left-link-used", |view| {
        view.phase = Phase::TurnedAway(TurnedAway::Used);
    }),
    ("refused-full", |view| refused(view, RefuseReason::RoomFull)),
    ("refused-lobby-full", |view| {
        refused(view, RefuseReason::LobbyFull)
    }),
    ("refused-too-many", |view| {
        refused(view, RefuseReason::TooManyRooms)
    }),
    ("refused-busy", |view| refused(view, RefuseReason::TooFast)),
    ("refused-other", |view| refused(view, RefuseReason::Unknown)),
    ("refused-version", |view| {
        refused(view, RefuseReason::UnsupportedVersion)
    }),
];

/// The list, or one state.
#[component]
pub fn StylePage() -> impl IntoView {
    let address = expect_context::<Navigator>().address();
    move || {
        let wanted = address.get().fragment;
        if let Some((_, change)) = STATES.iter().find(|(name, _)| *name == wanted) {
            pretend(*change);
            return view! { <RoomScreens again=Callback::new(|()| ()) /> }.into_any();
        }
        if let Some((_, change, part)) = COMPONENTS.iter().find(|(name, ..)| *name == wanted) {
            pretend(*change);
            return components::show(*part);
        }
        view! {
            <main class="message" aria-label="States">
                <h2>"Screens"</h2>
                {list(STATES.iter().map(|(name, _)| *name))}
                <h2>"Components"</h2>
                {list(COMPONENTS.iter().map(|(name, ..)| *name))}
            </main>
        }
        .into_any()
    }
}

fn list(names: impl Iterator<Item = &'static str>) -> impl IntoView {
    let links = names.map(|name| {
        view! {
            <li>
                <a href=format!("/style#{name}")>{name}</a>
            </li>
        }
    });
    view! { <ul>{links.collect_view()}</ul> }
}

/// Has everything that is shown from here on show the ordinary lobby with that change.
fn pretend(change: fn(&mut View)) {
    let mut view = ordinary();
    change(&mut view);
    // Nobody listens; what is pressed here has no consequences.
    let (inputs, _) = mpsc::unbounded();
    provide_context(Session::new(
        RwSignal::new(view),
        inputs,
        Streams::new(),
        Ears::new(),
        RwSignal::new(0.2),
        "https://call.example/r/kfd-wupq-xnr#BwcHBwcHBwcHBwcHBwcHBw".to_owned(),
    ));
}

fn ordinary() -> View {
    let device = |id: &str, label: &str| Device {
        id: id.to_owned(),
        label: label.to_owned(),
    };
    View {
        locked: false,
        waiting: false,
        phase: Phase::Lobby,
        entered: false,
        link: LinkView::Connected,
        me: MeView {
            guest: false,
            listens: false,
            host: false,
            name: Some(name("Mia Wallace")),
            microphone: MediaView::On,
            camera: MediaView::On,
            screen: MediaView::Off,
            screen_audio: false,
            hand: None,
            reactions: vec![],
            settings: Settings::default(),
            microphone_in_use: Some("m2".to_owned()),
            camera_in_use: Some("c1".to_owned()),
            speaker_in_use: None,
            devices: Devices {
                microphones: vec![device("m1", "Built-in microphone"), device("m2", "Headset")],
                cameras: vec![device("c1", "FaceTime HD Camera (Built-in, 05ac:8514)")],
                speakers: vec![device("s1", "Built-in speakers")],
            },
        },
        participants: vec![],
        in_lobby: 0,
        notices: vec![],
        chat: ChatView::default(),
        private: true,
        apart: false,
        ice_servers: std::sync::Arc::default(),
        relay: Some(true),
        max_participants: Some(8),
    }
}

fn name(text: &str) -> DisplayName {
    DisplayName::try_from(text.to_owned()).expect("the names below are names")
}

fn people(view: &mut View, count: usize) {
    const NAMES: [&str; 7] = [
        "Ada Lovelace",
        "Bo",
        "Céline Dupont-Beaulieu de la Tour",
        "李小龙",
        "Emil",
        "فاطمة",
        "G",
    ];
    for (key, text) in (1..).zip(NAMES).take(count) {
        view.participants.push(ParticipantView {
            guest: false,
            listens: false,
            host: false,
            knocking: false,
            barred: false,
            key: PeerKey(key),
            name: Some(name(text)),
            in_call: true,
            connection: ConnectionView::Connected,
            trouble: None,
            setup: vec![],
            microphone: key % 2 == 1,
            camera: key % 3 != 0,
            screen: false,
            screen_audio: false,
            hand: None,
            reactions: vec![],
            cannot_reach: vec![],
            safety: SafetyView::default(),
        });
    }
}

fn in_call(view: &mut View, others: usize) {
    view.phase = Phase::InCall;
    view.entered = true;
    people(view, others);
}

fn problem(view: &mut View, problem: MediaProblem) {
    view.me.camera = MediaView::Problem(problem);
    view.me.microphone = MediaView::Problem(problem);
    view.me.devices = Devices::default();
}

fn refused(view: &mut View, reason: RefuseReason) {
    view.phase = Phase::Refused(RefusalView {
        reason,
        retrying: false,
    });
}

fn turn(view: &mut View, switch: Switch) {
    view.me.settings.switches.turn(switch, true);
}

fn verified() -> SafetyView {
    SafetyView::Code {
        pictures: [0, 9, 18, 27, 36, 45, 54],
        mark: Mark::Same,
        device: [0; 32],
    }
}

/// Something written by everybody there can be, with a link, a long word and two lines.
fn messages(view: &mut View) {
    let said = [
        (Source::Author, "Ada Lovelace", "Shall we begin?"),
        (
            Source::Me,
            "Mia Wallace",
            "Yes: https://tea.example/menu?of=today",
        ),
        (
            Source::PassedOn(Some(name("Bo"))),
            "Cy",
            "Before you came\nand on two lines",
        ),
        (Source::Author, "فاطمة", "مرحبا بالجميع"),
        (
            Source::Author,
            "G",
            "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
        ),
    ];
    let messages = (1..)
        .zip(said)
        .map(|(id, (source, author, text))| MessageView {
            id,
            source,
            name: Some(name(author)),
            sent: 1_700_000_000_000 + u64::from(id) * 60_000,
            text: text.to_owned(),
        });
    view.chat = ChatView {
        messages: Arc::new(messages.collect()),
        unread: 3,
        possible: true,
    };
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::later::Code;
    use super::super::room::Screen;
    use super::*;

    #[test]
    fn each_state_shows_what_its_name_says() {
        for (state, change) in STATES {
            let mut view = ordinary();
            change(&mut view);
            let screen = match Screen::of(view.phase, view.entered, Code::Here) {
                Screen::Lobby => "lobby",
                Screen::Call if view.participants.is_empty() => "alone",
                Screen::Call => "call",
                Screen::Missing => "missing",
                Screen::Ended(_) => "left",
                Screen::Refused(_) => "refused",
            };
            assert_eq!(state.split('-').next(), Some(screen), "{state}");
        }
    }

    #[test]
    fn no_two_have_the_same_name() {
        let states = STATES.iter().map(|(name, _)| *name);
        let mut names: Vec<_> = states
            .chain(COMPONENTS.iter().map(|(name, ..)| *name))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
