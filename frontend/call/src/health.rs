//! How the connection to somebody does, and what to do about it: first wait a moment, then
//! restart ICE (RFC 8445, section 9), then build it anew, each time with more patience.
//!
//! Only the offerer can act; the answerer asks it to, a little later, so that usually nobody needs
//! to be asked.

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
/// Added by the answerer to all of these.
const COURTESY: Duration = Duration::from_secs(2);
/// Restarts that came through and did not help, before the connection is built anew.
const RESTARTS: u32 = 3;
/// Times that an offer may be found unanswered when something should be done, before the
/// connection is built anew: whoever was asked is away, or lost in their own negotiation.
const STALLS: u32 = 4;
/// After building anew, before the next time; doubled each time.
const REBUILD: Duration = Duration::from_secs(4);
/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(30);
/// Reports of a changed network come in swarms; one restart in this time is enough.
const SWARM: Duration = Duration::from_secs(1);
/// As [`RESTART`], where the browser still holds the path for a working one.
const RESTART_IN_DOUBT: Duration = Duration::from_millis(1_500);

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
    /// Times that an offer was found unanswered since it was.
    stalls: u32,
    /// There is reason to restart although the browser did not say that the path is broken.
    doubted: bool,
    /// That reason is a change of network, which counts also where the old path still carries something.
    moved: bool,
    /// Nothing is heard of the other over it.
    silent: bool,
    /// The browser refused something that cannot be mended.
    broken: bool,
    /// When it counts as stuck if it was not made.
    stuck_at: Timestamp,
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
            stalls: 0,
            doubted: false,
            moved: false,
            silent: false,
            broken: false,
            stuck_at: now + CONNECT,
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
                self.silent = false;
                self.restarts = 0;
                self.stalls = 0;
                self.rebuilds = 0;
                self.act_at = None;
                return;
            }
            ConnectionState::New | ConnectionState::Connecting => return,
            ConnectionState::Disconnected if before == ConnectionState::Connected => {
                self.restarts = 0;
                self.stalls = 0;
                PATIENCE
            }
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

    /// This machine is on another network: the path will be dead soon, though it may still be heard over.
    pub(crate) fn handle_network_changed(&mut self, now: Timestamp) {
        self.doubt(now, SWARM);
        self.moved = self.doubted;
    }

    /// Has ICE restarted, but the last restart gets `time` first.
    fn doubt(&mut self, now: Timestamp, time: Duration) {
        if self.state != ConnectionState::New && !self.broken {
            self.doubted = true;
            let had_its_time = self.restarted_at.map(|at| at + time);
            self.act_by(had_its_time.map_or(now, |at| at.max(now)));
        }
    }

    /// Nothing was heard of the other for too long, or they are heard again.
    pub(crate) fn handle_silence(&mut self, now: Timestamp, silent: bool) {
        self.silent = silent;
        if silent {
            self.doubt(now, SWARM);
        } else {
            self.doubted = self.moved;
        }
    }

    /// They ask for a restart. What is under way already gets its time: most likely both noticed the
    /// same, and another restart would end the checks of the one that is just coming through.
    pub(crate) fn handle_asked(&mut self, now: Timestamp) {
        if self.is_connected() || self.restarts == 0 {
            self.doubt(now, RESTART_IN_DOUBT);
        }
    }

    /// There is a way to the other again: what waited to be mended can be.
    pub(crate) fn handle_way_back(&mut self, now: Timestamp) {
        if self.is_interrupted() || self.state == ConnectionState::Failed {
            self.doubt(now, SWARM);
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
        if self.is_connected() {
            return self.poll_connected(now, settled);
        }
        let tries = (self.restarts + self.stalls).min(4);
        let wait = (RESTART * 2_u32.pow(tries)).min(LONGEST);
        self.act_at = Some(now + wait + courtesy(self.role));
        if !settled && self.stalls < STALLS {
            self.stalls += 1;
            return None;
        }
        let restarts = if self.was_connected { RESTARTS } else { 1 };
        if !settled || self.restarts >= restarts {
            self.act_at = Some(now + LONGEST);
            return Some(Remedy::Rebuild);
        }
        self.restarts += 1;
        self.doubted = false;
        self.moved = false;
        self.restarted_at = Some(now);
        Some(Remedy::Restart)
    }

    /// As [`Health::poll`] where the browser holds the path for a working one; so the connection
    /// is not replaced, whatever one hears: the other's page may sleep and its sound go on.
    fn poll_connected(&mut self, now: Timestamp, settled: bool) -> Option<Remedy> {
        if !self.doubted && !self.silent {
            // The restart after a change of network is done, or was not needed; should the path
            // be dead after all, one will hear so.
            self.restarts = 0;
            self.stalls = 0;
            self.act_at = None;
            return None;
        }
        if !settled {
            self.act_at = Some(now + SWARM);
            return None;
        }
        let wait = (RESTART_IN_DOUBT * 2_u32.pow(self.restarts.min(5))).min(LONGEST);
        self.act_at = Some(now + wait + courtesy(self.role));
        self.restarts += 1;
        self.doubted = false;
        self.moved = false;
        self.restarted_at = Some(now);
        Some(Remedy::Restart)
    }

    /// Something is due, and the connection had the time it may take, or failed before.
    pub(crate) fn is_stuck(&self, now: Timestamp) -> bool {
        let had_its_time = self.stuck_at <= now || self.state == ConnectionState::Failed;
        had_its_time && self.act_at.is_some_and(|at| at <= now)
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
        Role::Offerer => Duration::ZERO,
        Role::Answerer => COURTESY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(Duration::from_secs(50));

    fn connected(role: Role) -> Health {
        let mut health = Health::new(role, START, None);
        health.handle_state(START, ConnectionState::Connected);
        assert_eq!(health.poll_timeout(), None);
        health
    }

    /// Was connected and fell silent, and ICE was restarted.
    fn restarted() -> Health {
        let mut health = connected(Role::Offerer);
        health.handle_silence(START, true);
        assert_eq!(next(&mut health, true).1, Some(Remedy::Restart));
        health
    }

    /// What is done the next time something is, and when.
    fn next(health: &mut Health, settled: bool) -> (Duration, Option<Remedy>) {
        let at = health.poll_timeout().unwrap();
        (at.since(START), health.poll(at, settled))
    }

    #[test]
    fn a_short_silence_is_left_alone() {
        let mut health = connected(Role::Offerer);
        health.handle_state(START, ConnectionState::Disconnected);
        assert_eq!(health.view(), ConnectionView::Interrupted);
        assert_eq!(health.poll(START + Duration::from_secs(1), true), None);
        health.handle_state(START, ConnectionState::Connected);
        assert_eq!(health.poll_timeout(), None);
    }

    #[test]
    fn a_longer_one_is_met_by_restarts_and_then_by_a_new_connection() {
        let mut health = connected(Role::Offerer);
        health.handle_state(START, ConnectionState::Disconnected);
        for _ in 0..RESTARTS {
            assert_eq!(next(&mut health, true).1, Some(Remedy::Restart));
            assert_eq!(health.view(), ConnectionView::Healing);
        }
        assert_eq!(next(&mut health, true).1, Some(Remedy::Rebuild));
    }

    #[test]
    fn the_answerer_acts_later() {
        let mut answerer = connected(Role::Answerer);
        let mut offerer = connected(Role::Offerer);
        answerer.handle_state(START, ConnectionState::Failed);
        offerer.handle_state(START, ConnectionState::Failed);
        let (soon, remedy) = next(&mut offerer, true);
        assert_eq!((soon, remedy), (Duration::ZERO, Some(Remedy::Restart)));
        assert_eq!(next(&mut answerer, true).0, COURTESY);
    }

    #[test]
    fn no_restart_is_asked_for_while_an_offer_is_unanswered_but_not_for_ever() {
        let mut health = connected(Role::Offerer);
        health.handle_state(START, ConnectionState::Failed);
        for _ in 0..STALLS {
            assert_eq!(next(&mut health, false).1, None);
        }
        assert_eq!(next(&mut health, false).1, Some(Remedy::Rebuild));
    }

    #[test]
    fn connections_that_do_not_help_are_replaced_with_growing_patience_and_called_lost() {
        let mut health = connected(Role::Offerer);
        let mut waits = Vec::new();
        for _ in 0..4 {
            health = Health::new(Role::Offerer, START, Some(&health));
            waits.push(health.poll_timeout().unwrap().since(START));
        }
        assert!(waits.is_sorted() && waits[3] == LONGEST, "{waits:?}");
        assert_eq!(health.view(), ConnectionView::Lost);
        health.handle_state(START, ConnectionState::Connected);
        assert_eq!(health.view(), ConnectionView::Connected);
    }

    #[test]
    fn what_the_browser_refuses_is_built_anew_at_once_the_first_time() {
        let mut health = connected(Role::Answerer);
        health.handle_broken(START);
        assert_eq!(
            next(&mut health, true),
            (Duration::ZERO, Some(Remedy::Rebuild))
        );
        let mut second = Health::new(Role::Answerer, START, Some(&health));
        second.handle_broken(START);
        assert!(next(&mut second, true).0 >= REBUILD);
    }

    #[test]
    fn one_restart_is_enough_where_the_connection_never_broke() {
        let mut health = connected(Role::Offerer);
        health.handle_network_changed(START);
        assert_eq!(next(&mut health, true).1, Some(Remedy::Restart));
        assert_eq!(next(&mut health, true).1, None);
        assert_eq!(health.poll_timeout(), None);
    }

    #[test]
    fn silence_restarts_again_and_again_but_replaces_nothing_the_browser_holds_for_working() {
        let mut health = connected(Role::Offerer);
        health.handle_silence(START, true);
        let mut waits = Vec::new();
        for _ in 0..10 {
            let (at, remedy) = next(&mut health, true);
            assert_eq!(remedy, Some(Remedy::Restart));
            waits.push(at);
        }
        assert!(waits[1] <= Duration::from_secs(2), "{waits:?}");
        assert!(waits[9] - waits[8] >= LONGEST, "{waits:?}");
        health.handle_silence(START, false);
        assert_eq!(next(&mut health, true).1, None);
        assert_eq!(health.poll_timeout(), None);
    }

    #[test]
    fn asking_for_what_is_under_way_makes_no_second_restart_once_they_are_heard() {
        let mut health = restarted();
        let asked_at = START + Duration::from_millis(700);
        health.handle_asked(asked_at);
        assert!(health.poll_timeout().unwrap() >= START + RESTART_IN_DOUBT);
        health.handle_silence(START + Duration::from_millis(900), false);
        assert_eq!(next(&mut health, true).1, None);
    }

    #[test]
    fn asking_long_after_a_restart_makes_one_at_once() {
        let mut health = restarted();
        let later = START + Duration::from_secs(5);
        health.handle_silence(later, false);
        assert_eq!(health.poll(later, true), None);
        health.handle_asked(later);
        assert_eq!(health.poll(later, true), Some(Remedy::Restart));
    }

    #[test]
    fn a_change_of_network_in_the_middle_of_a_restart_makes_another_one_after_it() {
        let mut health = restarted();
        health.handle_network_changed(START + Duration::from_millis(300));
        assert_eq!(next(&mut health, false), (SWARM, None));
        assert_eq!(next(&mut health, true), (SWARM * 2, Some(Remedy::Restart)));
    }

    #[test]
    fn a_swarm_of_network_changes_makes_one_restart() {
        let mut health = connected(Role::Offerer);
        health.handle_network_changed(START);
        assert_eq!(health.poll(START, true), Some(Remedy::Restart));
        health.handle_network_changed(START + Duration::from_millis(10));
        assert_eq!(health.poll(START + Duration::from_millis(10), true), None);
    }
}
