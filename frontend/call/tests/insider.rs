//! Somebody who has the link and says whatever they like, in whatever order, while the browser
//! succeeds and fails as it likes: the page goes on, keeps little, and does no harm to the
//! connection with somebody else.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a fake that does little looks at few commands"
)]

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use call::seal::{Ends, Kind, Seal, Sealed, SessionNonce};
use call::{
    BrowserEvent, Call, Command, ConnectionState, Input, Intent, Operation, SocketEvent, Timestamp,
};
use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use protocol::{
    ClientMessage, Description, DescriptionKind, ParticipantId, SealedBody, ServerMessage,
};
use rand_core::SeedableRng as _;
use serde_json::{Value, json};

use crate::common::page;

const GOLDEN: &str = include_str!("../../../protocol/tests/golden/signal.json");

/// Bytes that the page may keep of what one insider says.
const MOST_KEPT: usize = 4 << 20;

#[derive(Debug, Clone)]
enum Step {
    /// One of the signals there are, with values of the insider's choice in some places.
    Say(Index, Vec<(Index, Value)>),
    /// Any text under any number.
    Shout(u64, String),
    /// The same over the channel, with another first byte perhaps.
    Channel(u8, Vec<u8>),
    /// The browser does what was asked for longest, or refuses to.
    Obey(bool),
    State(ConnectionState),
    Needed,
    Beat,
    Wait(u64),
    Join,
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec![0_u64, 1, 2, 3, 4, u64::from(u32::MAX), u64::MAX]).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        ".{0,30}".prop_map(Value::from),
        select(vec![
            "offer",
            "answer",
            "interrupted",
            "v=0\r\na=ice-ufrag:x\r\na=rtcp-mux\r\n"
        ])
        .prop_map(Value::from),
        Just(Value::Null),
        (0_usize..70_000).prop_map(|length| Value::from("x".repeat(length))),
        (0_usize..100).prop_map(|length| Value::from(vec![Value::Null; length])),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    use ConnectionState::{Closed, Connected, Connecting, Disconnected, Failed, New};
    let changes = prop::collection::vec((any::<Index>(), value()), 0..3);
    prop_oneof![
        12 => (any::<Index>(), changes).prop_map(|(which, changes)| Step::Say(which, changes)),
        1 => (0_u64..80, ".{0,60}").prop_map(|(number, text)| Step::Shout(number, text)),
        1 => (0_u8..4, prop::collection::vec(any::<u8>(), 0..80)).prop_map(|(kind, bytes)| Step::Channel(kind, bytes)),
        8 => prop::bool::weighted(0.9).prop_map(Step::Obey),
        2 => select(vec![New, Connecting, Connected, Disconnected, Failed, Closed]).prop_map(Step::State),
        1 => Just(Step::Needed),
        1 => Just(Step::Beat),
        3 => (1_u64..5_000).prop_map(Step::Wait),
        1 => Just(Step::Join),
    ]
}

/// Somebody else in the room, as the page knows them.
struct Other {
    id: ParticipantId,
    numbered: u64,
}

struct Room {
    call: Call,
    seal: Seal,
    greeting: Seal,
    rng: ChaCha20Rng,
    now: Timestamp,
    page: Option<SessionNonce>,
    insider: Other,
    honest: Other,
    /// What the page asked the browser for, and nobody did yet.
    asked: Vec<Command>,
    /// The connections there are: whose number, and which of theirs.
    open: Vec<(call::PeerKey, u32)>,
    /// To the honest one, once it stands.
    kept: Option<(call::PeerKey, u32)>,
}

impl Room {
    fn new() -> Self {
        let now = Timestamp(Duration::from_secs(100));
        let config = page::config("Anna", now, [9; 32]);
        let seal = Seal::new(&config.room, &page::key());
        let greeting = Seal::new(&config.room, &page::key().greeting(&config.room));
        let other = |byte: u8| Other {
            id: ParticipantId::from_bytes([byte; ParticipantId::BYTES]),
            numbered: 0,
        };
        let mut room = Self {
            call: Call::new(config),
            seal,
            greeting,
            rng: ChaCha20Rng::from_seed([1; 32]),
            now,
            page: None,
            insider: other(2),
            honest: other(3),
            asked: Vec::new(),
            open: Vec::new(),
            kept: None,
        };
        room.input(Input::Socket(SocketEvent::Opened { attempt: 1 }));
        let present = |other: &Other| json!({ "id": other.id, "place": "call" });
        room.server(&json!({
            "type": "welcome",
            "id": ParticipantId::from_bytes([1; ParticipantId::BYTES]),
            "token": Base64UrlUnpadded::encode_string(&[5; 16]),
            "participants": [present(&room.insider), present(&room.honest)],
            "ice_servers": [],
            "settings": { "max_participants": 8 },
            "hosts": [room.honest.id],
            "locked": false,
            "knocking": [],
            "barred": [],
        }));
        assert!(room.page.is_some(), "the page greets those who are there");
        for other in [3, 2] {
            let sender = SessionNonce([other; SessionNonce::BYTES]);
            let hello = room
                .greeting
                .seal_hello(sender, br#"{"heard":true}"#, &mut room.rng);
            room.body(other, &hello);
        }
        room.input(Input::User(Intent::Join));
        room.server(&json!({ "type": "joined", "id": ParticipantId::from_bytes([1; ParticipantId::BYTES]) }));
        room.befriend();
        room.say(
            2,
            &json!({ "type": "state", "in_call": true, "name": "Mallory", "media": {
            "microphone": true, "camera": true, "screen": false, "screen_audio": false } }),
        );
        room
    }

    /// Makes the connection with the honest one.
    fn befriend(&mut self) {
        self.say(
            3,
            &json!({ "type": "state", "in_call": true, "name": "Bob", "media": {
            "microphone": true, "camera": true, "screen": false, "screen_audio": false } }),
        );
        let answer = json!({ "type": "description", "generation": 1, "description": { "kind": "answer", "sdp": "v=0\r\n" } });
        let offer = json!({ "type": "description", "generation": 1, "description": { "kind": "offer", "sdp": "v=0\r\n" } });
        self.say(3, &offer);
        while !self.asked.is_empty() {
            self.obey(true);
        }
        self.say(3, &answer);
        while !self.asked.is_empty() {
            self.obey(true);
        }
        let &(peer, generation) = self.open.first().expect("a connection was made");
        self.kept = Some((peer, generation));
        let connected = BrowserEvent::ConnectionState(ConnectionState::Connected);
        for event in [connected, BrowserEvent::ChannelOpened] {
            self.input(Input::Browser {
                peer,
                generation,
                event,
            });
        }
    }

    fn input(&mut self, input: Input) {
        self.call.handle(self.now, input);
        while let Some(command) = self.call.poll_command() {
            self.take(command);
        }
        let _ = self.call.view();
        assert!(
            self.call.poll_timeout().is_none_or(|at| at > self.now),
            "a time-out that does not move"
        );
        let kept = self.call.footprint();
        assert!(kept.bytes + kept.bytes_of_departed < MOST_KEPT, "{kept:?}");
        assert!(kept.negotiating <= 4096 && kept.notices < 64, "{kept:?}");
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Send(ClientMessage::Signal { body, .. }) if self.page.is_none() => {
                let bytes = body.to_bytes().unwrap();
                let sealed = Sealed::parse(&bytes).unwrap();
                self.page = self
                    .greeting
                    .open_hello(&sealed)
                    .ok()
                    .map(|(nonce, _)| nonce);
            }
            Command::OpenPeer(open) => self.open.push((open.peer, open.generation)),
            Command::ClosePeer { peer, generation } => {
                assert_ne!(
                    self.kept,
                    Some((peer, generation)),
                    "the honest one is cut off"
                );
                self.open.retain(|open| *open != (peer, generation));
            }
            command @ (Command::SetLocalDescription { .. }
            | Command::SetRemoteDescription { .. }
            | Command::AddCandidate { .. }) => self.asked.push(command),
            _ => {}
        }
    }

    fn server(&mut self, message: &Value) {
        let message: ServerMessage = serde_json::from_value(message.clone()).unwrap();
        self.input(Input::Socket(SocketEvent::Message {
            attempt: 1,
            message,
        }));
    }

    fn body(&mut self, from: u8, body: &[u8]) {
        let Ok(body) = SealedBody::from_bytes(body) else {
            return;
        };
        let from = ParticipantId::from_bytes([from; ParticipantId::BYTES]);
        let message = ServerMessage::Signal { from, body };
        self.input(Input::Socket(SocketEvent::Message {
            attempt: 1,
            message,
        }));
    }

    fn sealed(&mut self, from: u8, number: u64, text: &[u8]) -> Vec<u8> {
        let ends = Ends {
            sender: SessionNonce([from; SessionNonce::BYTES]),
            receiver: self.page.unwrap(),
        };
        self.seal
            .seal(Kind::Numbered(number), ends, text, &mut self.rng)
    }

    fn say(&mut self, from: u8, signal: &Value) {
        let other = if from == 2 {
            &mut self.insider
        } else {
            &mut self.honest
        };
        other.numbered += 1;
        let number = other.numbered;
        let text = json!({ "ack": u64::MAX, "signal": signal }).to_string();
        let body = self.sealed(from, number, text.as_bytes());
        self.body(from, &body);
    }

    /// The insider's connection of the moment.
    fn theirs(&self) -> Option<(call::PeerKey, u32)> {
        self.open
            .iter()
            .copied()
            .rfind(|open| Some(*open) != self.kept)
    }

    fn obey(&mut self, well: bool) {
        if self.asked.is_empty() {
            return;
        }
        let (peer, generation, operation, event) = match self.asked.remove(0) {
            Command::SetLocalDescription { peer, generation } => {
                let local = Description {
                    kind: DescriptionKind::Offer,
                    sdp: "v=0\r\n".to_owned(),
                };
                (
                    peer,
                    generation,
                    Operation::SetLocalDescription,
                    Some(BrowserEvent::LocalDescription(local)),
                )
            }
            Command::SetRemoteDescription {
                peer, generation, ..
            } => (
                peer,
                generation,
                Operation::SetRemoteDescription,
                Some(BrowserEvent::RemoteDescriptionApplied),
            ),
            Command::AddCandidate {
                peer, generation, ..
            } => (peer, generation, Operation::AddCandidate, None),
            other => panic!("{other:?} is not kept"),
        };
        // What belongs to the honest one always goes well.
        let failed = BrowserEvent::Failed {
            operation,
            reason: "no".to_owned(),
        };
        let event = if well || Some((peer, generation)) == self.kept {
            event
        } else {
            Some(failed)
        };
        if let Some(event) = event {
            self.input(Input::Browser {
                peer,
                generation,
                event,
            });
        }
    }

    fn browser(&mut self, event: BrowserEvent) {
        if let Some((peer, generation)) = self.theirs() {
            self.input(Input::Browser {
                peer,
                generation,
                event,
            });
        }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Say(which, changes) => {
                let all: Vec<Value> = serde_json::from_str(GOLDEN).unwrap();
                let mut signal = which.get(&all).clone();
                for (at, value) in changes {
                    let names: Vec<String> = signal
                        .as_object()
                        .unwrap()
                        .keys()
                        .filter(|name| *name != "type")
                        .cloned()
                        .collect();
                    if !names.is_empty() {
                        signal[at.get(&names).as_str()] = value;
                    }
                }
                self.say(2, &signal);
            }
            Step::Shout(number, text) => {
                let body = self.sealed(2, number, text.as_bytes());
                self.body(2, &body);
            }
            Step::Channel(kind, mut bytes) => {
                bytes.insert(0, kind);
                self.browser(BrowserEvent::ChannelMessage(bytes));
            }
            Step::Obey(well) => self.obey(well),
            Step::State(state) => {
                if state == ConnectionState::Connected {
                    self.browser(BrowserEvent::ChannelOpened);
                }
                self.browser(BrowserEvent::ConnectionState(state));
            }
            Step::Needed => self.browser(BrowserEvent::NegotiationNeeded),
            Step::Beat => self.browser(BrowserEvent::Beat),
            Step::Wait(millis) => self.wait(Duration::from_millis(millis)),
            Step::Join => self.input(Input::User(Intent::Join)),
        }
    }

    /// Lets time pass; the server and the honest one are heard of all the while.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.call.poll_timeout().filter(|at| *at <= end) {
            self.now = at;
            if let Some((peer, generation)) = self.kept {
                self.input(Input::Browser {
                    peer,
                    generation,
                    event: BrowserEvent::Beat,
                });
            }
            self.server(&json!({ "type": "pong" }));
            self.input(Input::Tick);
        }
        self.now = end;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(4_000), ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_insider_says_the_page_goes_on(steps in prop::collection::vec(step(), 1..80)) {
        let mut room = Room::new();
        for step in steps {
            room.apply(step);
        }
        room.wait(Duration::from_secs(60));
        prop_assert!(room.open.contains(&room.kept.unwrap()));
        // And they are heard as before.
        room.say(3, &json!({ "type": "state", "in_call": true, "name": "Robert", "media": {
            "microphone": false, "camera": true, "screen": false, "screen_audio": false } }));
        let heard = room.call.view().participants.iter().any(|other| format!("{other:?}").contains("Robert"));
        prop_assert!(heard);
    }
}
