//! The adapters in a real browser: that each does what the machine takes for granted.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks for one event among all there are"
)]

use call::{
    AcquireRequest, BrowserEvent, CallLink, Capture, ConnectionState, DeviceKind, Input,
    MediaEvent, MediaProblem, OpenPeer, Operation, PeerKey, RoomKey, Settings, Slot, SocketEvent,
    Switches, TransportPolicy,
};
use frontend::browser::{
    self, Former, FormerSelf, JsError, Living, LocalMedia, Peer, Socket, Wake, Waker,
};
use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver};
use protocol::{Description, DescriptionKind, ResumeToken, RoomName};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{MediaStreamTrack, MediaStreamTrackState};

wasm_bindgen_test_configure!(run_in_browser);

fn open(peer: u32, offers: bool) -> OpenPeer {
    OpenPeer {
        peer: PeerKey(peer),
        generation: 1,
        offers,
        receives: true,
        ice_servers: vec![],
        policy: TransportPolicy::All,
    }
}

/// Two connections in one page, and the least machine that could connect them.
struct Pair {
    peers: [Peer; 2],
    waker: Waker,
    wakes: UnboundedReceiver<Wake>,
    tracks: [Vec<(Slot, MediaStreamTrack)>; 2],
}

impl Pair {
    fn new() -> Self {
        let (waker, wakes) = mpsc::unbounded();
        let peers = [
            Peer::open(&open(0, true), None, &waker).unwrap(),
            Peer::open(&open(1, false), None, &waker).unwrap(),
        ];
        Self {
            peers,
            waker,
            wakes,
            tracks: [vec![], vec![]],
        }
    }

    /// Passes everything on until `done` says so.
    async fn run(&mut self, mut done: impl FnMut(usize, &BrowserEvent) -> bool) {
        while let Some(wake) = self.wakes.next().await {
            match wake {
                Wake::Track {
                    peer,
                    slot,
                    receiver,
                    ..
                } => self.tracks[peer.0 as usize].push((slot, receiver.track())),
                Wake::Input(Input::Browser { peer, event, .. }) => {
                    let at = peer.0 as usize;
                    self.pass_on(at, &event);
                    if done(at, &event) {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    fn pass_on(&self, at: usize, event: &BrowserEvent) {
        let (me, other) = (&self.peers[at], &self.peers[1 - at]);
        match event {
            BrowserEvent::NegotiationNeeded if at == 0 => me.set_local_description(),
            BrowserEvent::LocalDescription(description) => {
                other.set_remote_description(description);
            }
            BrowserEvent::RemoteDescriptionApplied if at == 1 => me.set_local_description(),
            BrowserEvent::Candidate(candidate) => other.add_candidate(candidate.as_ref()),
            BrowserEvent::Failed { operation, reason } => {
                panic!("{operation:?} failed: {reason}");
            }
            _ => {}
        }
    }

    async fn connect(&mut self) {
        let mut open = [false; 2];
        let mut connected = [false; 2];
        self.run(|at, event| {
            open[at] |= *event == BrowserEvent::ChannelOpened;
            connected[at] |= *event == BrowserEvent::ConnectionState(ConnectionState::Connected);
            open == [true; 2] && connected == [true; 2]
        })
        .await;
    }
}

#[wasm_bindgen_test]
async fn two_connections_connect_and_their_channel_carries_bytes() {
    let mut pair = Pair::new();
    pair.connect().await;
    pair.peers[0].send_channel(b"hello");
    pair.run(|at, event| at == 1 && *event == BrowserEvent::ChannelMessage(b"hello".to_vec()))
        .await;
}

#[wasm_bindgen_test]
async fn every_slot_has_its_track_on_both_sides() {
    let mut pair = Pair::new();
    pair.connect().await;
    for side in &pair.tracks {
        let slots: Vec<Slot> = side.iter().map(|(slot, _)| *slot).collect();
        assert_eq!(slots, Slot::ALL);
        let kinds: Vec<String> = side.iter().map(|(_, track)| track.kind()).collect();
        assert_eq!(kinds, ["audio", "video", "video", "audio"]);
    }
}

#[wasm_bindgen_test]
async fn a_restart_asks_for_a_negotiation() {
    let mut pair = Pair::new();
    pair.connect().await;
    pair.peers[0].restart_ice();
    pair.run(|at, event| at == 0 && *event == BrowserEvent::NegotiationNeeded)
        .await;
}

#[wasm_bindgen_test]
async fn nonsense_from_the_other_side_is_an_event_and_not_a_panic() {
    let (waker, mut wakes) = mpsc::unbounded();
    let peer = Peer::open(&open(1, false), None, &waker).unwrap();
    peer.set_remote_description(&Description {
        kind: DescriptionKind::Offer,
        sdp: "this is no description".into(),
    });
    loop {
        if let Some(Wake::Input(Input::Browser {
            event: BrowserEvent::Failed { operation, .. },
            ..
        })) = wakes.next().await
        {
            assert_eq!(operation, Operation::SetRemoteDescription);
            return;
        }
    }
}

#[wasm_bindgen_test]
async fn a_dropped_connection_says_nothing_more() {
    let mut pair = Pair::new();
    pair.connect().await;
    let Pair {
        peers: [first, second],
        waker,
        mut wakes,
        ..
    } = pair;
    drop(first);
    // The other side sees the channel close: by then the dropped one would have spoken, too.
    while let Some(wake) = wakes.next().await {
        let Wake::Input(Input::Browser { peer, event, .. }) = wake else {
            continue;
        };
        assert_eq!(peer, PeerKey(1), "{event:?}");
        if event == BrowserEvent::ChannelClosed {
            break;
        }
    }
    drop((second, waker));
}

#[wasm_bindgen_test]
async fn devices_open_together_and_stop_when_let_go() {
    let (waker, mut wakes) = mpsc::unbounded();
    let request = AcquireRequest::Devices {
        microphone: Some(None),
        camera: Some(None),
        capture: Capture::default(),
    };
    LocalMedia::acquire(7, request, &waker);
    let Some(Wake::Acquired {
        attempt: 7,
        request,
        result: Ok(stream),
    }) = wakes.next().await
    else {
        panic!("no devices");
    };
    let mut media = LocalMedia::default();
    let event = media.hold(7, &request, &stream, &waker);
    let MediaEvent::Acquired {
        microphone, camera, ..
    } = event
    else {
        panic!("{event:?}");
    };
    assert!(microphone.is_some() && camera.is_some());

    // Rust's clone: web-sys has one of the same name that copies the track.
    let camera = Clone::clone(media.track(Slot::Camera).unwrap());
    let microphone = Clone::clone(media.track(Slot::Microphone).unwrap());
    media.enable_microphone(false);
    assert!(!microphone.enabled());
    media.release(Slot::Camera);
    assert_eq!(camera.ready_state(), MediaStreamTrackState::Ended);
    assert_eq!(microphone.ready_state(), MediaStreamTrackState::Live);
    drop(media);
    assert_eq!(microphone.ready_state(), MediaStreamTrackState::Ended);
}

#[wasm_bindgen_test]
async fn a_device_that_ends_by_itself_is_told_of() {
    let (waker, mut wakes) = mpsc::unbounded();
    let request = AcquireRequest::Devices {
        microphone: None,
        camera: Some(None),
        capture: Capture::default(),
    };
    LocalMedia::acquire(1, request, &waker);
    let mut media = LocalMedia::default();
    while let Some(wake) = wakes.next().await {
        match wake {
            Wake::Acquired {
                request,
                result: Ok(stream),
                ..
            } => {
                media.hold(1, &request, &stream, &waker);
                let track = media.track(Slot::Camera).unwrap();
                // What a browser dispatches when the camera is unplugged.
                let ended = web_sys::Event::new("ended").unwrap();
                track.dispatch_event(&ended).unwrap();
            }
            Wake::Input(Input::Media(MediaEvent::Ended(kind))) => {
                assert_eq!(kind, DeviceKind::Camera);
                return;
            }
            _ => {}
        }
    }
}

#[wasm_bindgen_test]
async fn a_socket_that_cannot_open_is_closed_without_a_code() {
    let (waker, mut wakes) = mpsc::unbounded();
    // The test's own web server knows no such address.
    let _socket = Socket::open(3, &waker).unwrap();
    let Some(Wake::Input(Input::Socket(event))) = wakes.next().await else {
        panic!("the socket said nothing");
    };
    assert_eq!(
        event,
        SocketEvent::Closed {
            attempt: 3,
            code: 1006
        }
    );
}

#[wasm_bindgen_test]
fn what_a_browser_throws_has_a_meaning() {
    let thrown = |name| {
        let exception = web_sys::DomException::new_with_message_and_name("no", name).unwrap();
        JsError::from(exception.unchecked_into::<wasm_bindgen::JsValue>()).media_problem()
    };
    assert_eq!(thrown("NotAllowedError"), MediaProblem::Denied);
    assert_eq!(thrown("NotFoundError"), MediaProblem::NotFound);
    assert_eq!(thrown("OverconstrainedError"), MediaProblem::NotFound);
    assert_eq!(thrown("NotReadableError"), MediaProblem::InUse);
    assert_eq!(thrown("SecurityError"), MediaProblem::Insecure);
    assert_eq!(thrown("TypeError"), MediaProblem::Unsupported);
}

#[wasm_bindgen_test]
fn settings_are_kept_in_this_browser() {
    let settings = Settings {
        name: Some("Anna".parse().unwrap()),
        camera_on: false,
        speaker: Some("speaker-2".into()),
        hide_address: true,
        lines: 360,
        switches: Switches::from_changed(0b1001),
        ..Settings::default()
    };
    browser::keep_settings(&settings);
    assert_eq!(browser::load_settings(), settings);
}

fn former(token: u8) -> FormerSelf {
    FormerSelf {
        token: ResumeToken::from_bytes([token; ResumeToken::BYTES]),
        holder: [token; 8],
    }
}

#[wasm_bindgen_test]
fn what_a_page_was_that_went_away_is_found_once() {
    let room = "gone".parse().unwrap();
    let living = Living::begin();
    living.note(&room, Some(&former(3)));
    browser::say_gone(&room, &former(3));
    let found = [(); 2].map(|()| match Former::take(&room) {
        Former::Known(found) => found,
        Former::Unclear(_) => panic!("it said that it goes"),
    });
    assert_eq!(found, [Some(former(3)), None]);
}

#[wasm_bindgen_test]
async fn who_copied_the_storage_of_a_living_page_is_not_taken_for_it_until_it_died() {
    async fn find_out(room: &RoomName) -> Option<FormerSelf> {
        match Former::take(room) {
            Former::Known(_) => panic!("nobody can know"),
            Former::Unclear(unclear) => unclear.find_out(room).await,
        }
        match Former::take(room) {
            Former::Known(former) => former,
            Former::Unclear(_) => panic!("it was found out"),
        }
    }
    let room = "died".parse().unwrap();
    let living = Living::begin();
    living.note(&room, Some(&former(4)));
    let storage = web_sys::window().unwrap().session_storage();
    let storage = storage.unwrap().unwrap();
    let copy = storage.get_item("tincan.living.died").unwrap().unwrap();
    assert_eq!(find_out(&room).await, None);
    drop(living);
    // The browser takes a moment to give the lock back.
    let found = loop {
        storage.set_item("tincan.living.died", &copy).unwrap();
        if let Some(found) = find_out(&room).await {
            break found;
        }
    };
    assert_eq!(found, former(4));
    let living = Living::begin();
    living.note(&room, Some(&former(4)));
    living.note(&room, None);
    assert!(matches!(Former::take(&room), Former::Known(None)));
}

#[wasm_bindgen_test]
fn random_bytes_differ() {
    assert_ne!(browser::random::<16>(), browser::random::<16>());
}

/// The vector of `frontend/call/tests/golden.rs`.
#[wasm_bindgen_test]
async fn a_phrase_makes_the_key_of_the_test_vector() {
    let vector = include_str!("../call/tests/golden/phrase.json");
    let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
    let text = |name: &str| vector[name].as_str().unwrap();
    let link = CallLink::parse(text("link")).unwrap();
    let key = browser::phrase_key(&link, text("typed")).await.unwrap();
    assert_eq!(key.to_fragment().unwrap(), text("key"));
    let nothing = browser::phrase_key(&link, "\u{a0} ").await;
    assert_eq!(nothing.err(), Some(browser::NoKey::Empty));
}

#[wasm_bindgen_test]
fn the_key_of_a_phrase_is_kept_for_its_link_alone() {
    let link = |text| CallLink::parse(text).unwrap();
    let one = link("/r/our-room#BwcHBwcHBwcHBwcHBwcHBw~");
    let other = link("/r/our-room#AwcHBwcHBwcHBwcHBwcHBw~");
    let key = RoomKey::from_bytes([9; RoomKey::BYTES]);
    browser::keep_phrase_key(&one, &key);
    assert_eq!(browser::load_phrase_key(&one), Some(key));
    assert_eq!(browser::load_phrase_key(&other), None);
}
