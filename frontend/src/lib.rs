//! Tincan's page: Leptos components over one session, and the session over the browser.
//!
//! `call` decides, `browser` does, `session` stands between them, and everything else renders.
//! A library so that `tests/` can run the adapters in real browsers.

pub mod app;
pub mod browser;
pub mod components;
pub mod ears;
pub mod pages;
pub mod pictures;
pub mod recent;
pub mod seen;
pub mod session;
pub mod state;
pub mod streams;
pub mod turned_down;
mod words;
