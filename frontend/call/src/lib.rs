//! Tincan's whole client as a pure state machine: no sockets, no clock, no browser.
//!
//! How it is driven, always in this order:
//! 1. [`Call::handle`] takes one [`Input`] and the time;
//! 2. [`Call::poll_command`] is drained until it gives `None`, and each [`Command`] carried out;
//! 3. [`Call::view`] is shown;
//! 4. [`Call::poll_timeout`] says when to come back with [`Input::Tick`] if nothing happens before.
//!
//! Completions of commands come back as inputs; nothing here waits.

mod backoff;
mod call;
mod cause;
mod chat;
mod command;
mod echo;
mod footprint;
mod gestures;
mod health;
mod hiding;
mod input;
mod key;
mod link;
mod lookalike;
mod media;
mod microphone;
mod negotiation;
pub mod network_check;
mod notices;
mod path;
mod peer;
pub mod phrase;
mod pulse;
mod roster;
pub mod safety;
pub mod seal;
mod seals;
mod session;
mod setup;
mod signaling;
mod switches;
mod ticket;
mod time;
mod view;
mod voices;

pub use call::{Call, Config, InsideCode};
pub use cause::{Cause, Trouble, Unreached, relay_port};
pub use chat::ChatCode;
pub use command::{
    AcquireRequest, Capture, ChatCommand, Command, OpenPeer, SetTrack, Shape, TransportPolicy,
};
pub use echo::EchoWatch;
pub use footprint::Footprint;
pub use input::{
    BrowserEvent, ChatEvent, ConnectionState, Device, DeviceKind, Devices, HostRequest, Input,
    Intent, MediaEvent, MediaProblem, NetworkEvent, Operation, SocketEvent,
};
pub use key::{InvalidKey, RoomKey};
pub use link::{CallLink, InvalidLink};
pub use lookalike::{Lookalike, lookalikes};
pub use microphone::{MicrophoneHint, MicrophoneWatch};
pub use path::{PathView, StatsEntry, Transport, path_in_use};
pub use pulse::BEAT;
pub use setup::{Step, StepView};
pub use switches::{Switch, Switches};
pub use ticket::{Access, GuestKey, Limits};
pub use time::Timestamp;
pub use view::{
    ChatView, ConnectionView, LINES, Layout, LinkView, MeView, MediaView, MessageView, Notice,
    NoticeKind, ParticipantView, PeerKey, Phase, ReactionView, RefusalView, Settings, Slot, Source,
    TurnedAway, View,
};
pub use voices::{Voice, Voices};
