//! Whole machines in a fake world, one file a subject.

#![allow(
    clippy::unwrap_used,
    reason = "what a fake does not expect shall fail the test"
)]

mod candidates;
mod chat;
mod common;
mod convergence;
mod glare;
mod golden;
mod guests;
mod hidden;
mod hostile_server;
mod hosts;
mod ice_restart;
mod insider;
mod joining;
mod media_toggles;
mod memory;
mod partitions;
mod reconnect;
mod safety;
mod sleeping;
mod told;
