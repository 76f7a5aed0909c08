//! Every screen in every state, with made-up views: for looking, in development builds only.
//! `/style` lists them, `/style#NAME` shows one.

use call::safety::SafetyView;
use call::{
    ChatView, ConnectionView, Device, Devices, LinkView, MeView, MediaProblem, MediaView, Notice,
    NoticeKind, ParticipantView, PeerKey, Phase, RefusalView, Settings, View,
};
use futures::channel::mpsc;
use leptos::prelude::*;
use protocol::{DisplayName, RefuseReason};

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
    ("lobby-joining", |view| view.phase = Phase::Joining),
    ("alone", |view| view.phase = Phase::InCall),
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
        for kind in [
            NoticeKind::Joined(PeerKey(1), Some(name("Ada"))),
            NoticeKind::CameraGone(false),
            NoticeKind::WithoutKey,
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
    ("full", |view| refused(view, RefuseReason::RoomFull)),
    ("version", |view| {
        refused(view, RefuseReason::UnsupportedVersion)
    }),
];

/// The list, or one state.
#[component]
pub fn StylePage() -> impl IntoView {
    let address = expect_context::<Navigator>().address();
    move || {
        let wanted = address.get().fragment;
        match STATES.iter().find(|(name, _)| *name == wanted) {
            Some((_, change)) => show(*change).into_any(),
            None => view! {
                <main class="message" aria-label="States">
                    <ul>
                        {STATES
                            .iter()
                            .map(|(name, _)| {
                                view! {
                                    <li>
                                        <a href=format!("/style#{name}")>{*name}</a>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </main>
            }
            .into_any(),
        }
    }
}

fn show(change: fn(&mut View)) -> impl IntoView {
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
    view! { <RoomScreens again=Callback::new(|()| ()) /> }
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
