//! The exact JSON of every message, so that a change of the wire shows as a change of these files.
//!
//! After a wanted change, `UPDATE_GOLDEN=1 cargo test -p protocol` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::PathBuf;

use protocol::{
    Candidate, ChatMessage, ClientMessage, Credential, Description, DescriptionKind, IceServer,
    MediaState, ParticipantId, ParticipantState, PathState, Place, Present, RefuseReason,
    ResumeToken, RoomAction, RoomName, RoomSettings, RoomState, SealedBody, ServerMessage, Signal,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn check<T>(name: &str, messages: &[T])
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{name}.json"));
    let lines: Vec<String> = messages
        .iter()
        .map(|message| serde_json::to_string(message).unwrap())
        .collect();
    let text = format!("[\n  {}\n]\n", lines.join(",\n  "));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let golden = fs::read_to_string(&path).expect("the golden file is there");
    assert_eq!(text, golden, "{name} no longer writes what it wrote");
    let read: Vec<T> = serde_json::from_str(&golden).unwrap();
    assert_eq!(read, messages, "{name} no longer reads what it wrote");
}

fn id(byte: u8) -> ParticipantId {
    ParticipantId::from_bytes([byte; ParticipantId::BYTES])
}

fn token() -> ResumeToken {
    ResumeToken::from_bytes([7; ResumeToken::BYTES])
}

fn room() -> RoomName {
    "kfd-wupq-xnr".parse().unwrap()
}

fn body() -> SealedBody {
    SealedBody::from_bytes(b"sealed").unwrap()
}

fn ice_servers() -> Vec<IceServer> {
    vec![
        IceServer {
            urls: vec!["stun:tincan.example:8080".into()],
            username: None,
            credential: None,
            ttl_seconds: None,
        },
        IceServer {
            urls: vec!["turn:tincan.example:8080?transport=udp".into()],
            username: Some("1800000000:AQEBAQEBAQEBAQEB".into()),
            credential: Some(Credential("c2VjcmV0".into())),
            ttl_seconds: Some(3_600),
        },
    ]
}

fn room_action(action: RoomAction, about: Option<u8>) -> ClientMessage {
    let id = about.map(id);
    ClientMessage::Room { action, id }
}

#[test]
fn what_a_participant_says() {
    check(
        "client",
        &[
            ClientMessage::Enter {
                version: 1,
                room: room(),
                replaces: None,
            },
            ClientMessage::Enter {
                version: 1,
                room: room(),
                replaces: Some(token()),
            },
            ClientMessage::Resume {
                token: token(),
                received: 12,
            },
            ClientMessage::Join,
            ClientMessage::Signal {
                to: id(2),
                received: 12,
                body: body(),
            },
            ClientMessage::Leave,
            room_action(RoomAction::Lock, None),
            room_action(RoomAction::Unlock, None),
            room_action(RoomAction::Admit, Some(2)),
            room_action(RoomAction::Refuse, Some(2)),
            room_action(RoomAction::Remove, Some(2)),
            room_action(RoomAction::MakeHost, Some(2)),
            room_action(RoomAction::StepDown, None),
            room_action(RoomAction::Withdraw, None),
            ClientMessage::Ping { received: 3 },
        ],
    );
}

#[test]
fn what_the_server_says() {
    check(
        "server",
        &[
            ServerMessage::Welcome {
                id: id(1),
                token: token(),
                participants: vec![
                    Present {
                        id: id(2),
                        place: Place::Call,
                    },
                    Present {
                        id: id(3),
                        place: Place::Lobby,
                    },
                ],
                ice_servers: ice_servers(),
                settings: RoomSettings {
                    max_participants: 8,
                },
                room: RoomState {
                    hosts: vec![id(2)],
                    ..RoomState::default()
                },
            },
            ServerMessage::Room(RoomState {
                hosts: vec![id(2), id(1)],
                locked: true,
                knocking: vec![id(3)],
                barred: vec![id(3)],
            }),
            ServerMessage::Room(RoomState::default()),
            ServerMessage::Resumed {
                place: Place::Call,
                ice_servers: ice_servers(),
            },
            ServerMessage::Entered { id: id(2) },
            ServerMessage::Joined { id: id(2) },
            ServerMessage::Left {
                id: id(2),
                expired: false,
            },
            ServerMessage::Left {
                id: id(2),
                expired: true,
            },
            ServerMessage::Signal {
                from: id(2),
                body: body(),
            },
            ServerMessage::Refused {
                reason: RefuseReason::TooFast,
                retry_after_ms: Some(1_000),
            },
            ServerMessage::Refused {
                reason: RefuseReason::BadMessage,
                retry_after_ms: None,
            },
            ServerMessage::Draining {
                retry_after_ms: 2_500,
            },
            ServerMessage::Pong,
        ],
    );
}

#[test]
fn what_two_participants_say() {
    check(
        "signal",
        &[
            Signal::State(Box::new(ParticipantState {
                in_call: true,
                name: Some("Anna".parse().unwrap()),
                media: MediaState {
                    microphone: true,
                    camera: true,
                    screen: false,
                    screen_audio: false,
                    sound_only: false,
                },
                paths: vec![("AAAAAAAAAAAAAAAAAAAAAA".into(), PathState::Interrupted)],
                hand: None,
                guests: Vec::new(),
            })),
            Signal::State(Box::default()),
            Signal::State(Box::new(ParticipantState {
                in_call: true,
                media: MediaState {
                    sound_only: true,
                    ..MediaState::default()
                },
                ..ParticipantState::default()
            })),
            Signal::State(Box::new(ParticipantState {
                in_call: true,
                hand: Some(1_800_000_000_123),
                ..ParticipantState::default()
            })),
            Signal::Description {
                generation: 1,
                description: Description {
                    kind: DescriptionKind::Offer,
                    sdp: "v=0\r\n".into(),
                },
            },
            Signal::Candidates {
                generation: 1,
                candidates: vec![
                    Some(Candidate {
                        candidate: "candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host".into(),
                        sdp_mid: Some("0".into()),
                        sdp_m_line_index: Some(0),
                        username_fragment: Some("aB3d".into()),
                    }),
                    None,
                ],
            },
            Signal::Restart { generation: 1 },
            Signal::Renew { generation: 2 },
            Signal::Chat(Box::new(ChatMessage {
                from: "EREREREREREREREREREREQ".into(),
                key: "BA".into(),
                number: 1,
                sent: 1_800_000_000_123,
                name: Some("Anna".parse().unwrap()),
                text: "Tea?\n<b>".into(),
                signature: "AA".into(),
            })),
            Signal::ChatHave {
                key: Some("BA".into()),
                heads: vec![("AAAA".into(), 3)],
                ask: true,
            },
            Signal::Reaction {
                emoji: "👍".into()
            },
            Signal::Mute,
            Signal::Unmute,
            Signal::LowerHand,
            Signal::Safety { text: "AAA".into() },
            Signal::State(Box::new(ParticipantState {
                in_call: true,
                guests: vec!["AAAA".into()],
                ..ParticipantState::default()
            })),
            Signal::TurnedAway { used: true },
            Signal::Bye,
        ],
    );
}

#[test]
fn every_reason_has_its_word() {
    let reasons = [
        (RefuseReason::BadMessage, "bad_message"),
        (RefuseReason::MessageTooLarge, "message_too_large"),
        (RefuseReason::UnsupportedVersion, "unsupported_version"),
        (RefuseReason::NotEntered, "not_entered"),
        (RefuseReason::AlreadyEntered, "already_entered"),
        (RefuseReason::RoomFull, "room_full"),
        (RefuseReason::LobbyFull, "lobby_full"),
        (RefuseReason::UnknownToken, "unknown_token"),
        (RefuseReason::UnknownRecipient, "unknown_recipient"),
        (RefuseReason::TooFast, "too_fast"),
        (RefuseReason::TooManySockets, "too_many_sockets"),
        (RefuseReason::TooManyRooms, "too_many_rooms"),
        (RefuseReason::Idle, "idle"),
        (RefuseReason::FellBehind, "fell_behind"),
        (RefuseReason::Overloaded, "overloaded"),
        (RefuseReason::NotHost, "not_host"),
        (RefuseReason::NotAdmitted, "not_admitted"),
        (RefuseReason::Removed, "removed"),
    ];
    for (reason, word) in reasons {
        assert_eq!(serde_json::to_value(reason).unwrap(), word);
    }
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    let joined: ServerMessage = serde_json::from_str(
        r#"{"type":"joined","id":"AgICAgICAgICAgIC","since":"later versions say more"}"#,
    )
    .unwrap();
    assert_eq!(joined, ServerMessage::Joined { id: id(2) });
    let reason: RefuseReason = serde_json::from_str(r#""for_a_reason_of_tomorrow""#).unwrap();
    assert_eq!(reason, RefuseReason::Unknown);
    let signal: Signal = serde_json::from_str(r#"{"type":"wave","hand":"left"}"#).unwrap();
    assert_eq!(signal, Signal::Unknown);
}

#[test]
fn an_unknown_message_is_an_error() {
    assert!(serde_json::from_str::<ClientMessage>(r#"{"type":"steal"}"#).is_err());
    assert!(serde_json::from_str::<ClientMessage>("[]").is_err());
}
