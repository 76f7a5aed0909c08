//! What the machine is told.

use protocol::{Candidate, Description, DisplayName, RoomAction, ServerMessage};

use crate::call::InsideCode;
use crate::chat::ChatCode;
use crate::safety::{Mark, SafetyCode};
use crate::switches::Switch;
use crate::view::{Layout, PeerKey, Slot};

/// Everything that can happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The signaling socket.
    Socket(SocketEvent),
    /// One peer connection. An event of an older `generation` than the current one is dropped.
    Browser {
        /// Whose connection.
        peer: PeerKey,
        /// The generation its [`crate::OpenPeer`] named.
        generation: u32,
        /// What happened.
        event: BrowserEvent,
    },
    /// Cameras, microphones and screens.
    Media(MediaEvent),
    /// The machine under the page: its network and its sleep.
    Network(NetworkEvent),
    /// The chat's code is there. Once; more of it changes nothing.
    BeginChat(ChatCode),
    /// The code of what only those inside do is there. More of it changes nothing.
    BeginInside(InsideCode),
    /// The code for safety codes is there. Once; more of it changes nothing.
    BeginSafety(SafetyCode),
    /// Keys and signatures of the chat.
    Chat(ChatEvent),
    /// What the person wants.
    User(Intent),
    /// Nothing but time.
    Tick,
}

/// The signaling socket. `attempt` is that of the [`crate::Command::Connect`] it belongs to;
/// events of older attempts are dropped.
#[derive(Debug, Clone, PartialEq)]
pub enum SocketEvent {
    /// Open, subprotocol agreed.
    Opened {
        /// Which socket.
        attempt: u32,
    },
    /// A message came in. A text that is none is the adapter's to log and drop.
    Message {
        /// Which socket.
        attempt: u32,
        /// What it says.
        message: ServerMessage,
    },
    /// Closed, or never opened.
    Closed {
        /// Which socket.
        attempt: u32,
        /// The close code (RFC 6455, section 7.4); 1006 where there was none.
        code: u16,
    },
}

/// What a peer connection says of itself, and how the commands to it ended.
#[derive(Debug, Clone, PartialEq)]
pub enum BrowserEvent {
    /// `negotiationneeded`.
    NegotiationNeeded,
    /// [`crate::Command::SetLocalDescription`] ended; this is what it made.
    LocalDescription(Description),
    /// [`crate::Command::SetRemoteDescription`] ended.
    RemoteDescriptionApplied,
    /// `icecandidate`; `None` is the end of candidates.
    Candidate(Option<Candidate>),
    /// The checks found a way: `iceconnectionstate` is `connected`. Encryption is agreed on after it.
    Reached,
    /// `connectionstatechange`.
    ConnectionState(ConnectionState),
    /// The signal channel opened.
    ChannelOpened,
    /// The signal channel brought bytes.
    ChannelMessage(Vec<u8>),
    /// The signal channel closed.
    ChannelClosed,
    /// The beat channel brought something.
    Beat,
    /// A command was refused. `reason` is for the log, never for the person.
    Failed {
        /// Which.
        operation: Operation,
        /// The DOMException's name and message.
        reason: String,
    },
}

/// Which command to a peer connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `new RTCPeerConnection` and what belongs to it.
    Open,
    /// `setLocalDescription`.
    SetLocalDescription,
    /// `setRemoteDescription`.
    SetRemoteDescription,
    /// `addIceCandidate`.
    AddCandidate,
    /// `replaceTrack` of the sender of that slot.
    SetTrack(Slot),
    /// `send` of the signal channel.
    SendChannel,
}

/// `RTCPeerConnection.connectionState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Nothing has begun.
    New,
    /// ICE or DTLS is at work.
    Connecting,
    /// Carries media.
    Connected,
    /// Nothing has come for some seconds; may come back by itself.
    Disconnected,
    /// Given up by the browser; an ICE restart may bring it back.
    Failed,
    /// Closed for good.
    Closed,
}

/// Cameras, microphones and screens.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaEvent {
    /// A [`crate::Command::Acquire`] ended well. The adapter now holds the tracks and has let go
    /// of those they replace.
    Acquired {
        /// The command's `attempt`.
        attempt: u32,
        /// Id of the microphone that was opened, if one was asked for.
        microphone: Option<String>,
        /// Id of the camera that was opened, if one was asked for.
        camera: Option<String>,
        /// A screen was opened, and whether its sound comes with it.
        screen: Option<bool>,
    },
    /// A [`crate::Command::Acquire`] ended badly; nothing was opened.
    Refused {
        /// The command's `attempt`.
        attempt: u32,
        /// Why.
        problem: MediaProblem,
    },
    /// A track ended by itself: the device was unplugged or taken, or the person stopped the
    /// sharing with the browser's own button.
    Ended(DeviceKind),
    /// The list of devices, at start and whenever it changes.
    Devices(Devices),
}

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceKind {
    /// `audioinput`.
    Microphone,
    /// `videoinput`.
    Camera,
    /// `audiooutput`.
    Speaker,
    /// `getDisplayMedia`.
    Screen,
}

/// Why media could not be had (Media Capture and Streams, section 10.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaProblem {
    /// `NotAllowedError`: the person or the system said no.
    Denied,
    /// `NotAllowedError` of a screen: the person closed the dialog. Nothing to complain of.
    Cancelled,
    /// `NotFoundError`, `OverconstrainedError`: there is no such device.
    NotFound,
    /// `NotReadableError`, `AbortError`: another program has it, or it does not work.
    InUse,
    /// `SecurityError`, or no `navigator.mediaDevices`: the page was opened without HTTPS.
    Insecure,
    /// This browser cannot do it.
    Unsupported,
}

/// One entry of `enumerateDevices`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// `deviceId`; empty until permission was given.
    pub id: String,
    /// `label`; empty until permission was given.
    pub label: String,
}

/// `enumerateDevices`, by kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Devices {
    /// `audioinput`.
    pub microphones: Vec<Device>,
    /// `videoinput`.
    pub cameras: Vec<Device>,
    /// `audiooutput`; empty where the browser cannot choose one.
    pub speakers: Vec<Device>,
}

/// The machine under the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkEvent {
    /// `online`.
    Online,
    /// `offline`.
    Offline,
    /// `navigator.connection` changed.
    Changed,
    /// The page came back after sleep or from the back/forward cache.
    Woken,
    /// `pagehide`: the page is about to go; what is said now is the last.
    Hidden,
}

/// How the commands about keys and signatures ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatEvent {
    /// [`crate::ChatCommand::MakeKey`]: the public half, uncompressed; `None` where there can be none.
    Key(Option<Vec<u8>>),
    /// [`crate::ChatCommand::Sign`].
    Signed {
        /// The command's.
        ticket: u32,
        /// `None` where it failed.
        signature: Option<Vec<u8>>,
    },
    /// [`crate::ChatCommand::Verify`].
    Verified {
        /// The command's.
        ticket: u32,
        /// The signature is that of the key over the bytes.
        good: bool,
    },
}

/// What the person wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Go in.
    Join,
    /// Leave for good.
    Leave,
    /// Be called so.
    SetName(Option<DisplayName>),
    /// Turn the microphone on or off.
    SetMicrophone(bool),
    /// Turn the camera on or off.
    SetCamera(bool),
    /// Share a screen or stop sharing.
    SetScreen(bool),
    /// Use another device; `None` is the system's default.
    ChooseDevice {
        /// What for.
        kind: DeviceKind,
        /// Which.
        id: Option<String>,
    },
    /// Write something to everybody.
    Say {
        /// As typed.
        text: String,
        /// When, in milliseconds of the Unix epoch.
        millis: u64,
    },
    /// The messages are being looked at, or not any more.
    ReadChat(bool),
    /// Raise one's hand, at that time in milliseconds of the Unix epoch, or lower it.
    SetHand(Option<u64>),
    /// Show a gesture: an index of [`protocol::REACTIONS`].
    React(usize),
    /// Lay people out like this.
    SetLayout(Layout),
    /// See oneself among the others, or not.
    ShowSelf(bool),
    /// Turn a switch on or off.
    Turn(Switch, bool),
    /// Have the camera take so many lines.
    SetLines(u32),
    /// Let the others see the relay's address alone, or one's own too.
    HideAddress(bool),
    /// Make the connection to somebody anew, with relayed candidates alone.
    TryRelay(PeerKey),
    /// The page plays the sound of somebody's microphone, or shows their camera's picture.
    Noticed(PeerKey, Slot),
    /// Ask for microphone and camera again after a refusal.
    RetryMedia,
    /// Connect to the server now rather than after the wait.
    RetryConnection,
    /// The safety code with somebody was compared, or shall count as not compared.
    MarkSafety(PeerKey, Mark),
    /// The person has read a notice.
    Dismiss(u32),
    /// Do something about the room, perhaps about somebody; the server does it for hosts alone.
    Room(RoomAction, Option<PeerKey>),
    /// Let everybody in who knocks.
    AdmitAll,
    /// Do not wait any longer to be let in.
    StopWaiting,
    /// As a host, ask something of somebody's browser.
    Request(PeerKey, HostRequest),
    /// As a host, lower every hand.
    LowerHands,
}

/// What a host asks of somebody's browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostRequest {
    /// Turn the microphone off.
    Mute,
    /// Ask the person to turn it on.
    Unmute,
    /// Lower the hand.
    LowerHand,
}
