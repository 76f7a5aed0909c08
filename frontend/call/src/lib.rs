//! Tincan's whole client as a pure state machine: no sockets, no clock, no browser.
//!
//! How it is driven, always in this order:
//! 1. [`Call::handle`] takes one [`Input`] and the time;
//! 2. [`Call::poll_command`] is drained until it gives `None`, and each [`Command`] carried out;
//! 3. [`Call::view`] is shown;
//! 4. [`Call::poll_timeout`] says when to come back with [`Input::Tick`] if nothing happens before.
//!
//! Completions of commands come back as inputs; nothing here waits.

mod command;
mod input;
mod time;
mod view;

pub use command::{AcquireRequest, Command, OpenPeer, SetTrack, TransportPolicy};
pub use input::{
    BrowserEvent, ConnectionState, Device, DeviceKind, Devices, Input, Intent, MediaEvent,
    MediaProblem, NetworkEvent, Operation, SocketEvent,
};
pub use time::Timestamp;
pub use view::{
    ConnectionView, LinkView, MeView, MediaView, Notice, NoticeKind, ParticipantView, PeerKey,
    Phase, RefusalView, Settings, Slot, View,
};
