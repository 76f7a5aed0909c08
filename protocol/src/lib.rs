//! What Tincan's page and server say to each other: ids, messages and limits.
//!
//! Two layers travel over one WebSocket. The outer one ([`ClientMessage`], [`ServerMessage`]) is
//! between a participant and the server. The inner one ([`Signal`]) is between two participants
//! and crosses the server sealed, inside a [`SealedBody`] the server cannot open.
//!
//! Not here: how a signal is sealed (crate `call`), and what anyone does with a message.

mod chat;
mod ice;
mod id;
mod message;
mod signal;
mod visible;

pub use chat::ChatMessage;
pub use ice::{Credential, IceServer};
pub use id::{
    DisplayName, InvalidId, InvalidName, ParticipantId, ResumeToken, RoomName, SealedBody,
    SealedText,
};
pub use message::{
    ClientMessage, CloseCode, Incomplete, Place, Present, RefuseReason, RoomAction, RoomSettings,
    RoomState, ServerMessage,
};
pub use signal::{
    Candidate, Description, DescriptionKind, MediaState, ParticipantState, PathState, Signal,
};

/// Version of the signaling protocol, said in [`ClientMessage::Enter`].
pub const PROTOCOL_VERSION: u16 = 1;

/// WebSocket subprotocol that both ends name in the handshake (RFC 6455, section 1.9).
pub const SUBPROTOCOL: &str = "tincan.v1";

/// Largest WebSocket message either end accepts, in bytes.
/// A description with every codec Chromium offers is about 8 KiB; sealing and base64 add half.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// Largest sealed body inside a message, in base64url characters.
pub const MAX_BODY_CHARS: usize = 60 * 1024;

/// Largest session description a participant accepts from another, in bytes.
pub const MAX_SDP_BYTES: usize = 40 * 1024;

/// Largest ICE candidate line a participant accepts from another, in bytes.
pub const MAX_CANDIDATE_BYTES: usize = 1024;

/// Most characters of one message of the chat: some two pages. Escaped and sealed it still fits
/// [`MAX_BODY_CHARS`].
pub const MAX_CHAT_CHARS: usize = 4_000;

/// Messages of the chat that everybody keeps; the oldest make room.
pub const MAX_CHAT_MESSAGES: usize = 500;

/// The gestures of [`Signal::Reaction`].
pub const REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "👏", "😮"];

/// Messages per second that one socket may send for as long as it likes.
pub const MESSAGES_PER_SECOND: u32 = 1_000;

/// Messages one socket may send at once, before [`MESSAGES_PER_SECOND`] holds.
pub const MESSAGES_BURST: u32 = 2_000;

/// Bytes per second that one socket may send for as long as it likes.
pub const BYTES_PER_SECOND: u32 = 4 * 1024 * 1024;

/// Bytes one socket may send at once, before [`BYTES_PER_SECOND`] holds.
pub const BYTES_BURST: u32 = 8 * 1024 * 1024;

/// Messages per second from all sockets of one address (IPv6: one /64; the loopback is not counted),
/// for as long as they like: a household that floods in earnest needs more than one socket, and some
/// calls of eight behind one address, who find their candidates all at once, say far less.
pub const ADDRESS_MESSAGES_PER_SECOND: u32 = 4 * MESSAGES_PER_SECOND;

/// Messages all sockets of one address may send at once.
pub const ADDRESS_MESSAGES_BURST: u32 = 4 * MESSAGES_BURST;

/// Bytes per second from all sockets of one address, for as long as they like.
pub const ADDRESS_BYTES_PER_SECOND: u32 = 4 * BYTES_PER_SECOND;

/// Bytes all sockets of one address may send at once.
pub const ADDRESS_BYTES_BURST: u32 = 4 * BYTES_BURST;

/// How often one address may say `enter`, in a minute, for as long as it likes. It bounds guesses of
/// rooms' names to 3,600 an hour.
pub const ENTERS_PER_MINUTE: u32 = 60;

/// How often one address may say `enter` at once: a school whose server was started anew comes back
/// with as many as [`SOCKETS_PER_ADDRESS`], and loads a page or two again.
pub const ENTERS_BURST: u32 = 256;

/// Knocks from one address in a minute, for as long as it likes: each disturbs those inside.
pub const KNOCKS_PER_MINUTE: u32 = 12;

/// Knocks from one address at once: everybody with a socket in front of a locked room.
pub const KNOCKS_BURST: u32 = 64;

/// Sockets one address may hold open (IPv6: one /64). Addresses of the loopback are not counted,
/// since a reverse proxy on the same machine brings everybody from there.
pub const SOCKETS_PER_ADDRESS: usize = 64;

/// Sockets in all, from wherever: 11 KB each that says nothing makes 180 MB. Fewer where the system
/// allows few open files.
pub const MAX_SOCKETS: usize = 16_384;

/// Rooms in all, as each needs somebody in it.
pub const MAX_ROOMS: usize = MAX_SOCKETS;

/// Rooms one address may hold open (IPv6: one /64); the loopback is not counted.
pub const ROOMS_PER_ADDRESS: usize = 32;

/// Participants in the lobby of one room, beside those in its call.
pub const MAX_LOBBY: usize = 32;

/// How often one participant may knock before they are refused without anybody being asked.
pub const MAX_KNOCKS: u8 = 5;

/// Removed people whom a room remembers; the oldest make room.
pub const MAX_BANS: usize = 64;

/// Participants in the call of one room unless the server is told otherwise.
pub const DEFAULT_MAX_PARTICIPANTS: usize = 8;

/// How long a participant without a socket is kept, in milliseconds.
pub const GRACE_MILLIS: u64 = 30_000;

/// How often a participant says [`ClientMessage::Ping`], in milliseconds.
pub const HEARTBEAT_MILLIS: u64 = 10_000;

/// A socket that says nothing for this long is closed as idle, in milliseconds: two heartbeats are late
/// by then. No longer than the grace period, so that a machine that died is gone within it, also where
/// nothing ends its sockets.
pub const IDLE_MILLIS: u64 = GRACE_MILLIS;

/// Bytes of messages kept for one participant who does not read or is away.
/// Beyond it the participant is cut off with [`CloseCode::FellBehind`].
pub const MAX_OUTBOX_BYTES: usize = 1024 * 1024;
