//! The way to the server: one socket at a time, opened again whenever it is lost, taken up where
//! it was or entered anew.
//!
//! Not here: what the server says about the room (`call`).

use std::collections::VecDeque;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use protocol::{
    ClientMessage, CloseCode, HEARTBEAT_MILLIS, IceServer, PROTOCOL_VERSION, ParticipantId,
    RefuseReason, ResumeToken, RoomName, SealedBody, ServerMessage,
};

use crate::backoff::Backoff;
use crate::command::Command;
use crate::input::{NetworkEvent, SocketEvent};
use crate::time::Timestamp;
use crate::view::LinkView;

/// How long a socket may take to open, and then the server to answer.
const ANSWER: Duration = Duration::from_secs(8);
/// How long a pong may take before the socket counts as dead: after a long silence TCP waits out
/// its back-off, and a fresh socket is quicker.
const PONG: Duration = Duration::from_secs(5);
/// The same after a sign that the network changed or the machine slept: this many times what the
/// last pong took, within these bounds. A fresh socket too many costs next to nothing.
const PONG_IN_DOUBT: u32 = 4;
const PONG_IN_DOUBT_BOUNDS: (Duration, Duration) =
    (Duration::from_millis(400), Duration::from_millis(1_500));
/// How long a fresh socket may take to open and answer where one was there before. On a path that
/// is silent TCP asks again after one second, then after two, four, eight; a socket begun anew asks
/// at once, so that the server is reached within a second of the path's return.
const ANSWER_AGAIN: Duration = Duration::from_secs(2);
/// Tries of that length; then each takes [`SLOWER`] longer, for the way may have become a slow one.
const QUICK_TRIES: u32 = 6;
const SLOWER: Duration = Duration::from_millis(500);
/// Tries that nobody answered, one right after the other; from then on with growing waits.
const EAGER_TRIES: u32 = 16;
/// A sign that the network is back makes a try that is this old not worth waiting for.
const STALE: Duration = Duration::from_millis(500);
/// How often a ping is sent.
const HEARTBEAT: Duration = Duration::from_millis(HEARTBEAT_MILLIS);
/// A socket that lasted this long was a success; one that did not leaves the waits as long.
const STEADY: Duration = Duration::from_secs(5);
/// Credentials are taken anew at three quarters of their time, but never sooner than this, whatever
/// a server says.
const SOONEST_RENEWAL: Duration = Duration::from_secs(60);
/// Tries in vain after which the person is told.
const UNREACHABLE_AFTER: u32 = 4;

/// What became of the way to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing that concerns others.
    None,
    /// There is a way now.
    Up,
    /// There is none any more.
    Down,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not wanted.
    Off,
    /// Until the next try.
    Waiting { until: Timestamp },
    /// The socket is being opened.
    Opening { until: Timestamp },
    /// `enter` or `resume` is on its way.
    Entering { until: Timestamp },
    /// Answered. A ping goes at `ping_at`; its answer is due by `pong_by`.
    Ready {
        since: Timestamp,
        ping_at: Timestamp,
        pong_by: Option<Timestamp>,
    },
}

/// The way to the server.
#[derive(Debug)]
pub(crate) struct Signaling {
    room: RoomName,
    replaces: Option<ResumeToken>,
    token: Option<ResumeToken>,
    /// Messages of the server since `welcome`, as [`ClientMessage::Resume`] counts them.
    received: u64,
    attempt: u32,
    /// When that attempt began.
    began_at: Timestamp,
    /// Attempts in a row that nobody answered.
    unanswered: u32,
    /// When the server was asked something last, and how long its last answer took.
    asked_at: Timestamp,
    round_trip: Option<Duration>,
    stage: Stage,
    backoff: Backoff,
    offline: bool,
    was_ready: bool,
    /// The server asked to stay away until then.
    not_before: Option<Timestamp>,
    /// When the relay's credentials are taken anew; `None` where they hold for ever.
    renew_at: Option<Timestamp>,
    /// The socket was left only for that, and there is nothing to tell the person of.
    renewing: bool,
}

impl Signaling {
    pub(crate) fn new(room: RoomName, replaces: Option<ResumeToken>) -> Self {
        Self {
            room,
            replaces,
            token: None,
            received: 0,
            attempt: 0,
            began_at: Timestamp::default(),
            unanswered: 0,
            asked_at: Timestamp::default(),
            round_trip: None,
            stage: Stage::Off,
            backoff: Backoff::default(),
            offline: false,
            was_ready: false,
            not_before: None,
            renew_at: None,
            renewing: false,
        }
    }

    /// Which room.
    pub(crate) fn room(&self) -> &RoomName {
        &self.room
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Ready { .. })
    }

    /// The socket of that number is the one in use.
    pub(crate) fn is_current(&self, attempt: u32) -> bool {
        self.attempt == attempt && self.stage != Stage::Off
    }

    pub(crate) fn view(&self) -> LinkView {
        if self.offline {
            LinkView::Offline
        } else if self.is_ready() || self.renewing {
            LinkView::Connected
        } else if self.backoff.tries() > UNREACHABLE_AFTER {
            LinkView::Unreachable
        } else if self.was_ready {
            LinkView::Reconnecting
        } else {
            LinkView::Connecting
        }
    }

    /// Opens the socket now.
    pub(crate) fn connect(&mut self, now: Timestamp, out: &mut VecDeque<Command>) {
        self.attempt += 1;
        self.began_at = now;
        self.stage = Stage::Opening {
            until: now + self.patience(),
        };
        out.push_back(Command::Connect {
            attempt: self.attempt,
        });
    }

    /// Leaves and closes the socket.
    pub(crate) fn leave(&mut self, out: &mut VecDeque<Command>) {
        if self.is_ready() {
            out.push_back(Command::Send(ClientMessage::Leave));
        }
        if self.stage != Stage::Off {
            out.push_back(Command::Disconnect {
                code: CloseCode::Normal.code(),
            });
        }
        self.stage = Stage::Off;
        self.token = None;
    }

    /// Stays away from the server for good.
    pub(crate) fn give_up(&mut self, out: &mut VecDeque<Command>) {
        self.stage = Stage::Off;
        out.push_back(Command::Disconnect {
            code: CloseCode::Normal.code(),
        });
    }

    /// Waits that long before the next try.
    pub(crate) fn hold_off(&mut self, now: Timestamp, wait: Duration) {
        self.not_before = Some(now + wait);
    }

    /// The person or the machine says that it is worth trying right now.
    pub(crate) fn hurry(&mut self, now: Timestamp, out: &mut VecDeque<Command>) {
        match &mut self.stage {
            Stage::Off | Stage::Waiting { .. } => {
                self.not_before = None;
                self.connect(now, out);
            }
            Stage::Opening { .. } | Stage::Entering { .. } => {
                if self.was_ready && now.since(self.began_at) >= STALE {
                    self.connect(now, out);
                }
            }
            Stage::Ready { .. } => self.doubt(now),
        }
    }

    /// Asks for a pong right now, if there is a socket, and does not wait for it long.
    pub(crate) fn doubt(&mut self, now: Timestamp) {
        let (least, most) = PONG_IN_DOUBT_BOUNDS;
        let expected = self.round_trip.map_or(most, |took| took * PONG_IN_DOUBT);
        let by = now + expected.clamp(least, most);
        if let Stage::Ready {
            ping_at, pong_by, ..
        } = &mut self.stage
        {
            *ping_at = now;
            *pong_by = Some(pong_by.map_or(by, |before| before.min(by)));
        }
    }

    /// How long a fresh socket may take until the server has answered on it.
    fn patience(&self) -> Duration {
        if !self.was_ready {
            return ANSWER;
        }
        let longer = SLOWER * self.unanswered.saturating_sub(QUICK_TRIES);
        (ANSWER_AGAIN + longer).min(ANSWER)
    }

    pub(crate) fn handle_network(
        &mut self,
        now: Timestamp,
        event: NetworkEvent,
        out: &mut VecDeque<Command>,
    ) {
        match event {
            NetworkEvent::Offline => self.offline = true,
            NetworkEvent::Online | NetworkEvent::Changed | NetworkEvent::Woken => {
                self.offline = false;
                self.hurry(now, out);
            }
            NetworkEvent::Hidden => {}
        }
    }

    /// Takes note of the socket opening or closing.
    pub(crate) fn handle_socket(
        &mut self,
        now: Timestamp,
        event: &SocketEvent,
        rng: &mut ChaCha20Rng,
        out: &mut VecDeque<Command>,
    ) -> Change {
        match event {
            SocketEvent::Opened { .. } => {
                if let Stage::Opening { .. } = self.stage {
                    self.stage = Stage::Entering {
                        until: now + self.patience(),
                    };
                    self.offline = false;
                    self.asked_at = now;
                    self.introduce(out);
                }
                Change::None
            }
            SocketEvent::Closed { code, .. } => {
                // Another socket has the participant now; coming back as the same one would
                // begin a quarrel with it.
                if [CloseCode::Replaced.code(), CloseCode::UnknownToken.code()].contains(code) {
                    self.token = None;
                }
                self.lost(now, rng)
            }
            SocketEvent::Message { .. } => Change::None,
        }
    }

    /// Takes note of what a message means for the way itself.
    pub(crate) fn handle_message(
        &mut self,
        now: Timestamp,
        message: &ServerMessage,
        out: &mut VecDeque<Command>,
    ) -> Change {
        self.offline = false;
        if let Stage::Ready { pong_by, .. } = &mut self.stage {
            *pong_by = None;
        }
        match message {
            ServerMessage::Welcome {
                token, ice_servers, ..
            } => {
                self.renew_at = renewal(now, ice_servers);
                self.received = 1;
                self.token = Some(token.clone());
                self.replaces = None;
                out.push_back(Command::RememberToken(Some(token.clone())));
                return self.ready(now);
            }
            ServerMessage::Resumed { ice_servers, .. } => {
                self.renew_at = renewal(now, ice_servers);
                return self.ready(now);
            }
            ServerMessage::Pong => {
                self.answered(now);
                return Change::None;
            }
            ServerMessage::Refused {
                reason: RefuseReason::UnknownToken,
                ..
            } => {
                // By it the server may know a tab that was sent out meanwhile.
                self.replaces = self.token.take().or(self.replaces.take());
                if let Stage::Entering { .. } = self.stage {
                    self.introduce(out);
                    return Change::None;
                }
            }
            ServerMessage::Draining { retry_after_ms } => {
                self.hold_off(now, Duration::from_millis((*retry_after_ms).min(60_000)));
            }
            ServerMessage::Refused { .. }
            | ServerMessage::Entered { .. }
            | ServerMessage::Joined { .. }
            | ServerMessage::Room(_)
            | ServerMessage::Left { .. }
            | ServerMessage::Signal { .. } => {}
        }
        self.received += 1;
        Change::None
    }

    /// Does what it is time for.
    pub(crate) fn tick(
        &mut self,
        now: Timestamp,
        rng: &mut ChaCha20Rng,
        out: &mut VecDeque<Command>,
    ) -> Change {
        let mut change = Change::None;
        match &mut self.stage {
            Stage::Off => {}
            Stage::Opening { until } | Stage::Entering { until } if *until <= now => {
                self.unanswered += 1;
                change = self.lost(now, rng);
            }
            Stage::Opening { .. } | Stage::Entering { .. } | Stage::Waiting { .. } => {}
            Stage::Ready {
                ping_at, pong_by, ..
            } => {
                if pong_by.is_some_and(|by| by <= now) {
                    change = self.lost(now, rng);
                } else if self.renew_at.is_some_and(|at| at <= now) {
                    self.renew(now, out);
                    change = Change::Down;
                } else if *ping_at <= now {
                    *ping_at = now + HEARTBEAT;
                    self.asked_at = now;
                    *pong_by = Some(pong_by.unwrap_or(now + PONG));
                    out.push_back(Command::Send(ClientMessage::Ping {
                        received: self.received,
                    }));
                }
            }
        }
        if let Stage::Waiting { until } = self.stage
            && until <= now
        {
            self.connect(now, out);
        }
        change
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Off => None,
            Stage::Waiting { until } | Stage::Opening { until } | Stage::Entering { until } => {
                Some(until)
            }
            Stage::Ready {
                ping_at, pong_by, ..
            } => [Some(ping_at), pong_by, self.renew_at]
                .into_iter()
                .flatten()
                .min(),
        }
    }

    /// A signal to somebody by way of the server.
    pub(crate) fn signal(&self, to: ParticipantId, body: SealedBody) -> Command {
        Command::Send(ClientMessage::Signal {
            to,
            received: self.received,
            body,
        })
    }

    /// Says who one is, first of all.
    fn introduce(&self, out: &mut VecDeque<Command>) {
        let message = match &self.token {
            Some(token) => ClientMessage::Resume {
                token: token.clone(),
                received: self.received,
            },
            None => ClientMessage::Enter {
                version: PROTOCOL_VERSION,
                room: self.room.clone(),
                replaces: self.replaces.clone(),
            },
        };
        out.push_back(Command::Send(message));
    }

    /// Takes the participant up on a fresh socket, which brings fresh credentials for the relay; what
    /// is under way on the old one is said again on the new one.
    fn renew(&mut self, now: Timestamp, out: &mut VecDeque<Command>) {
        self.renew_at = None;
        self.renewing = true;
        self.connect(now, out);
    }

    fn answered(&mut self, now: Timestamp) {
        self.round_trip = Some(now.since(self.asked_at));
    }

    fn ready(&mut self, now: Timestamp) -> Change {
        self.answered(now);
        self.was_ready = true;
        self.unanswered = 0;
        self.not_before = None;
        self.renewing = false;
        self.stage = Stage::Ready {
            since: now,
            ping_at: now + HEARTBEAT,
            pong_by: None,
        };
        Change::Up
    }

    fn lost(&mut self, now: Timestamp, rng: &mut ChaCha20Rng) -> Change {
        let before = self.stage;
        self.renewing = false;
        if let Stage::Ready { since, .. } = before
            && now.since(since) >= STEADY
        {
            self.backoff.reset();
        }
        if !matches!(before, Stage::Waiting { .. } | Stage::Off) {
            let eager = self.was_ready && (1..=EAGER_TRIES).contains(&self.unanswered);
            let next = if eager && !self.offline {
                now
            } else {
                now + self.backoff.next(self.was_ready, rng)
            };
            let until = self.not_before.take().map_or(next, |at| at.max(next));
            self.stage = Stage::Waiting { until };
        }
        if matches!(before, Stage::Ready { .. }) {
            Change::Down
        } else {
            Change::None
        }
    }
}

/// When credentials that came now are taken anew: well before the first of them expires, so that
/// there is time to do it in.
fn renewal(now: Timestamp, ice_servers: &[IceServer]) -> Option<Timestamp> {
    let ttl = ice_servers.iter().filter_map(|s| s.ttl_seconds).min()?;
    let soon = Duration::from_secs(u64::from(ttl)) * 3 / 4;
    Some(now + soon.max(SOONEST_RENEWAL))
}
