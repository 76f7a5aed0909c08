//! What a participant and the server say to each other, one JSON text frame a message.

use serde::{Deserialize, Serialize};

use crate::{IceServer, ParticipantId, ResumeToken, RoomName, SealedBody};

/// Said by a participant. The first message on a socket is `enter` or `resume`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Asks for a place in the lobby of `room`; answered by [`ServerMessage::Welcome`].
    Enter {
        /// [`crate::PROTOCOL_VERSION`] of the page.
        version: u16,
        /// Which room; made if it is not there.
        room: RoomName,
        /// Token of this browser tab's former self (after a reload), who then leaves at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<ResumeToken>,
    },
    /// Takes up a participant whose socket broke; answered by [`ServerMessage::Resumed`] and the
    /// messages that were missed, in order.
    Resume {
        /// The token that `welcome` brought.
        token: ResumeToken,
        /// How many messages of the server this participant has had, counted from `welcome`
        /// (which is the first); everything after it is sent again. `pong` and `resumed` are not
        /// counted.
        received: u64,
    },
    /// Goes from the lobby into the call; answered by one's own [`ServerMessage::Joined`].
    Join,
    /// Passes a sealed signal to another participant of the room.
    Signal {
        /// Who shall get it.
        to: ParticipantId,
        /// As in [`ClientMessage::Resume`]: whoever speaks says with it how far they have read.
        #[serde(default)]
        received: u64,
        /// What only they can open.
        body: SealedBody,
    },
    /// Leaves for good; the others are told at once.
    Leave,
    /// Something about who may be in the room; answered by [`ServerMessage::Room`] where it
    /// changed something, and refused to those who may not.
    Room {
        /// What.
        action: RoomAction,
        /// Whom it is about, where it is about somebody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<ParticipantId>,
    },
    /// Says "still here" and how far it has read; answered by [`ServerMessage::Pong`].
    Ping {
        /// As in [`ClientMessage::Resume`].
        received: u64,
    },
}

/// Said by the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "ServerFields")]
pub enum ServerMessage {
    /// Answers `enter`.
    Welcome {
        /// Who the participant is from now on.
        id: ParticipantId,
        /// Brings them back after a broken socket.
        token: ResumeToken,
        /// The others who are in the room.
        participants: Vec<Present>,
        /// STUN and TURN servers, with fresh credentials.
        ice_servers: Vec<IceServer>,
        /// How the room is set up.
        settings: RoomSettings,
        /// Who decides in it, and who may come in.
        #[serde(flatten)]
        room: RoomState,
    },
    /// Answers `resume`; the missed messages follow.
    Resumed {
        /// Where the server has the participant.
        place: Place,
        /// STUN and TURN servers, with fresh credentials.
        ice_servers: Vec<IceServer>,
    },
    /// Somebody came into the lobby.
    Entered {
        /// Who.
        id: ParticipantId,
    },
    /// Somebody went from the lobby into the call; one's own id answers `join`.
    Joined {
        /// Who.
        id: ParticipantId,
    },
    /// Somebody is gone for good, as far as the server knows.
    Left {
        /// Who.
        id: ParticipantId,
        /// They did not say so: the server has not heard of them for the grace period. A connection
        /// to them that still works is better informed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        expired: bool,
    },
    /// Who decides in the room, and who may come in, has changed.
    Room(RoomState),
    /// A sealed signal of another participant.
    Signal {
        /// Who sent it, as the server has it; the seal proves more.
        from: ParticipantId,
        /// What only the receiver can open.
        body: SealedBody,
    },
    /// A message was not carried out.
    Refused {
        /// Why.
        reason: RefuseReason,
        /// When it is worth trying again, in milliseconds; absent where it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// The server is about to stop; the connections between participants stay.
    Draining {
        /// When to come back, in milliseconds, spread so that not all come at once.
        retry_after_ms: u64,
    },
    /// Answers `ping`.
    Pong,
}

/// A message of an unknown type, or without a field that its type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a message of this version")]
pub struct Incomplete;

/// [`ServerMessage`] as it is read. One reader for the fields of all messages is a fraction of the
/// code that one for each of them is, and this is read by a page that people wait for.
#[derive(Deserialize)]
struct ServerFields {
    #[serde(rename = "type")]
    kind: String,
    id: Option<ParticipantId>,
    from: Option<ParticipantId>,
    body: Option<SealedBody>,
    token: Option<ResumeToken>,
    participants: Option<Vec<Present>>,
    ice_servers: Option<Vec<IceServer>>,
    settings: Option<RoomSettings>,
    #[serde(default)]
    hosts: Vec<ParticipantId>,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    knocking: Vec<ParticipantId>,
    #[serde(default)]
    barred: Vec<ParticipantId>,
    place: Option<Place>,
    reason: Option<RefuseReason>,
    retry_after_ms: Option<u64>,
    #[serde(default)]
    expired: bool,
}

impl TryFrom<ServerFields> for ServerMessage {
    type Error = Incomplete;

    fn try_from(fields: ServerFields) -> Result<Self, Incomplete> {
        let room = RoomState {
            hosts: fields.hosts,
            locked: fields.locked,
            knocking: fields.knocking,
            barred: fields.barred,
        };
        let read = || {
            Some(match fields.kind.as_str() {
                "welcome" => Self::Welcome {
                    id: fields.id?,
                    token: fields.token?,
                    participants: fields.participants?,
                    ice_servers: fields.ice_servers?,
                    settings: fields.settings?,
                    room,
                },
                "room" => Self::Room(room),
                "resumed" => Self::Resumed {
                    place: fields.place?,
                    ice_servers: fields.ice_servers?,
                },
                "entered" => Self::Entered { id: fields.id? },
                "joined" => Self::Joined { id: fields.id? },
                "left" => Self::Left {
                    id: fields.id?,
                    expired: fields.expired,
                },
                "signal" => Self::Signal {
                    from: fields.from?,
                    body: fields.body?,
                },
                "refused" => Self::Refused {
                    reason: fields.reason?,
                    retry_after_ms: fields.retry_after_ms,
                },
                "draining" => Self::Draining {
                    retry_after_ms: fields.retry_after_ms?,
                },
                "pong" => Self::Pong,
                _ => return None,
            })
        };
        read().ok_or(Incomplete)
    }
}

/// Where in the room a participant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Looking at their preview; not seen or heard.
    Lobby,
    /// Seen and heard; counts towards the room's size.
    Call,
}

/// Somebody who is in the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// Who.
    pub id: ParticipantId,
    /// Where.
    pub place: Place,
}

/// How a room is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSettings {
    /// How many may be in the call.
    pub max_participants: u32,
}

/// Who decides in a room, and who may come in. Always said as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RoomState {
    /// Those who may do what [`RoomAction`] names, in the order in which they became it.
    pub hosts: Vec<ParticipantId>,
    /// Whoever is not a host has to be admitted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
    /// Those in the lobby who said `join` and wait to be admitted, in the order in which they did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub knocking: Vec<ParticipantId>,
    /// Those in the lobby who have to be admitted even where it is not locked: somebody of their
    /// tab or from their address was removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub barred: Vec<ParticipantId>,
}

/// What [`ClientMessage::Room`] asks for. All but [`RoomAction::Withdraw`] is the hosts' alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomAction {
    /// Nobody comes in any more without being admitted.
    Lock,
    /// Everybody may come in; those who wait do.
    Unlock,
    /// Lets somebody in who waits.
    Admit,
    /// Does not.
    Refuse,
    /// Sends somebody out, who has to be admitted from then on.
    Remove,
    /// Makes somebody in the call a host as well.
    MakeHost,
    /// Is a host no longer; the last one is followed by whoever has been in the call longest.
    StepDown,
    /// Does not want to be admitted any more.
    Withdraw,
}

/// Why the server did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefuseReason {
    /// Not JSON, not a known message, or a field is not what it must be.
    BadMessage,
    /// Longer than [`crate::MAX_MESSAGE_BYTES`].
    MessageTooLarge,
    /// The page speaks another version of the protocol: reload it.
    UnsupportedVersion,
    /// The first message was neither `enter` nor `resume`.
    NotEntered,
    /// A second `enter` or `resume` on one socket.
    AlreadyEntered,
    /// The call has as many participants as it may.
    RoomFull,
    /// The lobby has as many participants as it may.
    LobbyFull,
    /// The token is unknown: too late, or the server was started anew. `enter` again.
    UnknownToken,
    /// Nobody of that id is in the room.
    UnknownRecipient,
    /// More messages or bytes than the limits allow.
    TooFast,
    /// More sockets from one address than the limits allow.
    TooManySockets,
    /// More rooms from one address than the limits allow.
    TooManyRooms,
    /// Said nothing for [`crate::IDLE_MILLIS`].
    Idle,
    /// Did not read what was sent, see [`crate::MAX_OUTBOX_BYTES`].
    FellBehind,
    /// The server has no room left for anybody.
    Overloaded,
    /// Only hosts may do this.
    NotHost,
    /// A host did not let them in.
    NotAdmitted,
    /// A host sent them out.
    Removed,
    /// A reason this version does not know.
    #[serde(other)]
    Unknown,
}

/// Why a WebSocket was closed (RFC 6455, section 7.4; 4000 and up are an application's own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u16)]
pub enum CloseCode {
    /// The participant left.
    Normal = 1000,
    /// The server stops, or the page is closed.
    GoingAway = 1001,
    /// A binary frame, where only text is spoken.
    Unsupported = 1003,
    /// A message longer than [`crate::MAX_MESSAGE_BYTES`].
    TooLarge = 1009,
    /// Goes with [`RefuseReason::BadMessage`], [`RefuseReason::NotEntered`],
    /// [`RefuseReason::AlreadyEntered`] and [`RefuseReason::UnsupportedVersion`].
    BadMessage = 4400,
    /// Goes with [`RefuseReason::Removed`].
    Removed = 4403,
    /// Goes with [`RefuseReason::UnknownToken`].
    UnknownToken = 4404,
    /// Goes with [`RefuseReason::Idle`].
    Idle = 4408,
    /// The participant was taken up on another socket.
    Replaced = 4409,
    /// Goes with [`RefuseReason::TooFast`].
    TooFast = 4429,
    /// Goes with [`RefuseReason::TooManySockets`], [`RefuseReason::TooManyRooms`],
    /// [`RefuseReason::LobbyFull`] and [`RefuseReason::Overloaded`].
    TooMany = 4430,
    /// Goes with [`RefuseReason::FellBehind`].
    FellBehind = 4431,
}

impl CloseCode {
    /// The number on the wire.
    pub fn code(self) -> u16 {
        self as u16
    }
}
