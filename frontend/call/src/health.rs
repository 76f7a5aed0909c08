//! How the connection to somebody does, and what to do about it: first wait a moment, then
//! restart ICE (RFC 8445, section 9), then build it anew, each time with more patience.
//!
//! The impolite one acts first and the polite one a little later, so that usually one alone does;
//! if both do, the negotiation settles it.

use std::time::Duration;

use crate::input::ConnectionState;
use crate::negotiation::Role;
use crate::time::Timestamp;
use crate::view::ConnectionView;

/// How long the first connection may take before it counts as stuck: gathering, checks over a bad
/// path and DTLS with one lost flight.
const CONNECT: Duration = Duration::from_secs(10);
/// A path that falls silent often comes back by itself within this time.
const PATIENCE: Duration = Duration::from_secs(2);
/// After an ICE restart, before the next one; doubled each time.
const RESTART: Duration = Duration::from_secs(3);
/// Added by the polite one to all of these.
const COURTESY: Duration = Duration::from_secs(2);
/// Restarts that came through and did not help, before the connection is built anew.
const RESTARTS: u32 = 3;
/// After building anew, before the next time; doubled each time.
const REBUILD: Duration = Duration::from_secs(4);
/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(30);
/// Reports of a changed network come in swarms; one restart in this time is enough.
const SWARM: Duration = Duration::from_secs(1);

/// What shall be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Restart ICE.
    Restart,
    /// Replace the connection by a new one.
    Rebuild,
}

/// One connection's condition.
#[derive(Debug)]
pub(crate) struct Health {
    role: Role,
    state: ConnectionState,
    /// This participant could be reached once, by this connection or one before it.
    was_connected: bool,
    /// Connections given up since it was.
    rebuilds: u32,
    /// Restarts since it was.
    restarts: u32,
    /// The browser refused something that cannot be mended.
    broken: bool,
    act_at: Option<Timestamp>,
    restarted_at: Option<Timestamp>,
}

impl Health {
    /// Of a new connection. `former` is that of the one it replaces.
    pub(crate) fn new(role: Role, now: Timestamp, former: Option<&Health>) -> Self {
        let rebuilds = former.map_or(0, |f| f.rebuilds + 1);
        let patience = (CONNECT * (rebuilds + 1)).min(LONGEST);
        Self {
            role,
            state: ConnectionState::New,
            was_connected: former.is_some_and(|f| f.was_connected),
            rebuilds,
            restarts: 0,
            broken: false,
            act_at: Some(now + patience + courtesy(role)),
            restarted_at: None,
        }
    }

    /// Carries media at this moment.
    pub(crate) fn is_connected(&self) -> bool {
        self.state == ConnectionState::Connected
    }

    /// Was connected and is not now.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.was_connected && !self.is_connected()
    }

    /// `connectionstatechange`.
    pub(crate) fn handle_state(&mut self, now: Timestamp, state: ConnectionState) {
        let before = std::mem::replace(&mut self.state, state);
        let soon = match state {
            ConnectionState::Connected => {
                self.was_connected = true;
                self.restarts = 0;
                self.rebuilds = 0;
                self.act_at = None;
                return;
            }
            ConnectionState::New | ConnectionState::Connecting => return,
            ConnectionState::Disconnected if before == ConnectionState::Connected => PATIENCE,
            ConnectionState::Disconnected => return,
            ConnectionState::Failed if self.restarts == 0 => Duration::ZERO,
            // What was begun last gets its time.
            ConnectionState::Failed => return,
            ConnectionState::Closed => return self.handle_broken(now),
        };
        self.act_by(now + soon + courtesy(self.role));
    }

    /// The browser refused what this connection needs.
    pub(crate) fn handle_broken(&mut self, now: Timestamp) {
        if self.broken {
            return;
        }
        self.broken = true;
        let delay = match self.rebuilds {
            0 => Duration::ZERO,
            n => (REBUILD * 2_u32.pow((n - 1).min(4))).min(LONGEST),
        };
        self.act_at = Some(now + delay);
    }

    /// The network changed, so the path of this connection may be dead although nobody said so.
    pub(crate) fn handle_network_changed(&mut self, now: Timestamp) {
        let lately = self.restarted_at.is_some_and(|at| now.since(at) < SWARM);
        if self.state != ConnectionState::New && !lately && !self.broken {
            self.act_by(now);
        }
    }

    /// There is a way to the other again: what waited to be mended can be.
    pub(crate) fn handle_way_back(&mut self, now: Timestamp) {
        if self.is_interrupted() || self.state == ConnectionState::Failed {
            self.handle_network_changed(now);
        }
    }

    /// What shall be done now. `settled`: no offer is on its way unanswered; as long as one is,
    /// another would change nothing.
    pub(crate) fn poll(&mut self, now: Timestamp, settled: bool) -> Option<Remedy> {
        if self.act_at.is_none_or(|at| at > now) {
            return None;
        }
        if self.broken {
            // The new connection begins a new count; should none come, ask once more.
            self.rebuilds = self.rebuilds.saturating_add(1);
            self.act_at = Some(now + LONGEST);
            return Some(Remedy::Rebuild);
        }
        let wait = (RESTART * 2_u32.pow(self.restarts.min(4))).min(LONGEST);
        self.act_at = Some(now + wait + courtesy(self.role));
        if !settled && self.was_connected {
            return None;
        }
        let restarts = if self.was_connected { RESTARTS } else { 1 };
        if self.restarts >= restarts {
            self.act_at = Some(now + LONGEST);
            return Some(Remedy::Rebuild);
        }
        self.restarts += 1;
        self.restarted_at = Some(now);
        Some(Remedy::Restart)
    }

    /// When [`Health::poll`] has something although nothing else happened.
    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.act_at
    }

    /// As the person sees it.
    pub(crate) fn view(&self) -> ConnectionView {
        if self.is_connected() {
            return ConnectionView::Connected;
        }
        if self.rebuilds >= 2 {
            return ConnectionView::Lost;
        }
        if !self.was_connected {
            return ConnectionView::Connecting;
        }
        if self.restarts == 0 && self.rebuilds == 0 && self.state != ConnectionState::Failed {
            return ConnectionView::Interrupted;
        }
        ConnectionView::Healing
    }

    fn act_by(&mut self, at: Timestamp) {
        self.act_at = Some(self.act_at.map_or(at, |before| before.min(at)));
    }
}

fn courtesy(role: Role) -> Duration {
    match role {
        Role::Impolite => Duration::ZERO,
        Role::Polite => COURTESY,
    }
}
