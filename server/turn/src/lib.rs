//! STUN and TURN as a pure state machine (RFC 8489, RFC 8656). Sockets, clocks and randomness stay
//! outside: a [`Server`] is handed what arrived and told the time, and says what to do.
//!
//! In five lines:
//! 1. a datagram of a client goes into [`Server::handle_datagram`], what came to a relayed address
//!    into [`Server::handle_peer_data`]; both answer at once with what to send, and copy nothing;
//! 2. sockets are asked for and let go through [`Server::poll_command`];
//! 3. [`Server::poll_timeout`] says when [`Server::handle_timeout`] is due;
//! 4. each thread has a `Server` of its own, and all of them share one [`Shared`];
//! 5. whatever is malformed is dropped and counted, never answered.

pub mod attribute;
pub mod auth;
pub mod counters;
pub mod error;
mod fingerprint;
pub mod frame;
pub mod message;
pub mod policy;
pub mod ports;
pub mod quota;
pub mod server;
pub mod time;

pub use counters::Counters;
pub use error::ErrorCode;
pub use server::{
    Client, Command, DontFragment, Fragment, HEADROOM, NextPort, Outcome, RelayFailure, RelayId,
    Server, Shared, ToClient, ToPeer, Transport,
};
pub use time::Now;

/// What the server calls itself in SOFTWARE (RFC 8489, section 14.14).
pub const SOFTWARE: &str = "tincan";
