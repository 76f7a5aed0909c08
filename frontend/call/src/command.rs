//! What the machine wants done.

use protocol::{Candidate, ClientMessage, Description, IceServer, ResumeToken};

use crate::switches::Switches;
use crate::view::{PeerKey, Settings, Slot};

/// Everything the machine can ask for. Those about a peer connection carry its generation, and
/// what comes back of them carries it again.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open the signaling socket, closing the one before without a word.
    Connect {
        /// Counts the sockets.
        attempt: u32,
    },
    /// Say something on the socket of that `attempt`.
    Send(ClientMessage),
    /// Close the socket.
    Disconnect {
        /// Close code.
        code: u16,
    },
    /// Make a peer connection.
    OpenPeer(OpenPeer),
    /// Close and forget a peer connection.
    ClosePeer {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
    },
    /// `setLocalDescription()` without an argument: an offer or an answer, as the state asks
    /// (W3C webrtc-pc, section 4.4.1.5). Before an answer the adapter makes the transceivers of
    /// the offer send as well.
    SetLocalDescription {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
    },
    /// `setRemoteDescription`.
    SetRemoteDescription {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
        /// What to apply.
        description: Description,
    },
    /// `addIceCandidate`; `None` is the end of candidates.
    AddCandidate {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
        /// What to add.
        candidate: Option<Candidate>,
    },
    /// `restartIce`, which makes the browser ask for a negotiation.
    RestartIce {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
    },
    /// `setConfiguration` with fresh credentials.
    SetIceServers {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
        /// The new ones.
        ice_servers: Vec<IceServer>,
        /// What kind of candidates may be used.
        policy: TransportPolicy,
    },
    /// `replaceTrack`, with the local track of that slot as it is now, or none.
    SetTrack(SetTrack),
    /// `encodings[]` of the video senders.
    ShapeVideo {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
        /// How it is from now on.
        shape: Shape,
    },
    /// Send on the signal channel.
    SendChannel {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
        /// What.
        bytes: Vec<u8>,
    },
    /// Send one byte on the beat channel, unless it would have to wait there: then it would come
    /// late and tell nothing. What it was told with is [`crate::BrowserEvent::Beat`].
    Beat {
        /// Whose.
        peer: PeerKey,
        /// Which.
        generation: u32,
    },
    /// `getUserMedia` or `getDisplayMedia`; ends in [`crate::MediaEvent::Acquired`] or
    /// [`crate::MediaEvent::Refused`] of the same `attempt`.
    Acquire {
        /// Counts these commands.
        attempt: u32,
        /// What to open.
        request: AcquireRequest,
    },
    /// Stop the local track of a slot, so that its light goes out.
    Release(Slot),
    /// Set `enabled` of the microphone's track.
    EnableMicrophone(bool),
    /// Keys and signatures of the chat; none before [`crate::Input::BeginChat`].
    Chat(ChatCommand),
    /// Keep the settings for the next visit.
    Remember(Settings),
    /// Keep the token for this tab's next load; `None` forgets it.
    RememberToken(Option<ResumeToken>),
    /// Leave the token where this tab's next visit finds it, even if the page is not loaded again.
    LeaveToken,
    /// Keep for later calls who came with links that work once: a line for each.
    KeepGuests(String),
    /// `performance.mark`.
    Mark(&'static str),
}

/// A peer connection to be made. The adapter installs every listener before it returns, makes the
/// negotiated data channels (id 0, label `signal`, ordered and reliable; id 1, label `beat`,
/// neither) and, for the one who offers, one transceiver a [`Slot`] in the order of [`Slot::ALL`], without
/// tracks: `sendrecv`, or `sendonly` where nothing is to be received.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenPeer {
    /// Whose.
    pub peer: PeerKey,
    /// Counts the connections to that participant.
    pub generation: u32,
    /// Makes the offers.
    pub offers: bool,
    /// Whether sound and pictures of the other are wanted; else the transceivers only send.
    pub receives: bool,
    /// STUN and TURN servers.
    pub ice_servers: Vec<IceServer>,
    /// What kind of candidates may be used.
    pub policy: TransportPolicy,
}

/// `RTCConfiguration.iceTransportPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransportPolicy {
    /// Any.
    #[default]
    All,
    /// Relayed ones alone, so that the other does not learn one's address.
    Relay,
}

/// Which track a sender shall carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetTrack {
    /// Whose connection.
    pub peer: PeerKey,
    /// Which.
    pub generation: u32,
    /// Which sender.
    pub slot: Slot,
    /// The local track of that slot (`true`) or none.
    pub attached: bool,
}

/// What to open. `Some(None)` is the system's default device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcquireRequest {
    /// `getUserMedia` with what is `Some`; at least one of them is.
    Devices {
        /// Device id of the microphone.
        microphone: Option<Option<String>>,
        /// Device id of the camera.
        camera: Option<Option<String>>,
        /// How they should take sound and picture.
        capture: Capture,
    },
    /// `getDisplayMedia`, with sound if the person gives it.
    Screen,
}

/// How sound and picture should be taken, as far as the devices can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capture {
    /// Echo, noise, gain and blur.
    pub switches: Switches,
    /// Lines of the picture, which is 16 by 9.
    pub lines: u32,
}

/// What the chat has the browser do (Web Cryptography, ECDSA with P-256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatCommand {
    /// Make the key pair that one's messages are signed with; ends in [`crate::ChatEvent::Key`].
    MakeKey,
    /// Sign with it; ends in [`crate::ChatEvent::Signed`].
    Sign {
        /// Counts these commands.
        ticket: u32,
        /// What.
        bytes: Vec<u8>,
    },
    /// Look at a signature; ends in [`crate::ChatEvent::Verified`].
    Verify {
        /// Counts these commands.
        ticket: u32,
        /// Public key, uncompressed.
        key: Vec<u8>,
        /// What was signed.
        bytes: Vec<u8>,
        /// The signature.
        signature: Vec<u8>,
    },
}

/// How a connection sends pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Whether to send none.
    pub paused: bool,
    /// By how much the width and height of the camera's picture are divided
    /// (`scaleResolutionDownBy`; W3C webrtc-pc, `RTCRtpEncodingParameters`).
    pub scale_down_by: u8,
    /// Whether to send little: small pictures, few a second, few bits.
    pub saving: bool,
}
