//! Machines that sleep, and pages whose thread stands still: nothing of them happens until they
//! are awake again, and their clock may not know that it was late.

use std::time::Duration;

use call::{Input, NetworkEvent, SocketEvent, Timestamp};
use protocol::CloseCode;

use super::{Event, SECOND, Who, World};

/// How long the server waits for a word of somebody.
const IDLE: Duration = Duration::from_secs(35);

/// How a page is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nap {
    /// The lid is closed: no network either. Whether `performance.now()` goes on meanwhile
    /// differs between systems.
    Asleep { clock_goes_on: bool },
    /// The page's thread stands still, as in a debugger or a frozen tab. The browser keeps its
    /// connections.
    Frozen,
}

impl World {
    /// What a page's clock says.
    pub(crate) fn clock(&self, who: Who) -> Timestamp {
        Timestamp(self.now.saturating_sub(self.pages[who].behind))
    }

    /// A page falls asleep, until [`World::wake`].
    pub(crate) fn nap(&mut self, who: Who, nap: Nap) {
        if !self.pages[who].alive || self.pages[who].nap.is_some() {
            return;
        }
        self.pages[who].nap = Some((self.now, nap));
        self.relook_page(who);
        self.at(IDLE, Event::Idle(who, self.now));
    }

    /// The server has not heard of a page for too long.
    pub(super) fn idle(&mut self, who: Who, since: Duration) {
        let Some((at, nap)) = self.pages[who].nap else {
            return;
        };
        if at != since {
            return;
        }
        for id in self.sockets_of(who) {
            self.server_loses(id);
            let attempt = self.sockets[&id].attempt;
            if nap == Nap::Frozen {
                self.sockets.remove(&id);
                let code = CloseCode::Idle.code();
                let closed = SocketEvent::Closed { attempt, code };
                self.input(who, Input::Socket(closed));
            } else if let Some(socket) = self.sockets.get_mut(&id) {
                // The farewell never reaches a machine that sleeps.
                socket.dead = true;
            }
        }
        self.deliver_from_server();
    }

    /// A page wakes up; `told`: its browser says so.
    pub(crate) fn wake(&mut self, who: Who, told: bool) {
        let Some((since, nap)) = self.pages[who].nap.take() else {
            return;
        };
        let clock_goes_on = nap
            != Nap::Asleep {
                clock_goes_on: false,
            };
        if !clock_goes_on {
            self.pages[who].behind += self.now - since;
        }
        let woken = Event::Input(who, Input::Network(NetworkEvent::Woken));
        let (mut before, mut after) = (told.then_some(woken), None);
        if self.random.chance(50) {
            std::mem::swap(&mut before, &mut after);
        }
        let held = std::mem::take(&mut self.pages[who].held);
        for event in before.into_iter().chain(held).chain(after) {
            self.at(Duration::ZERO, event);
        }
        self.set_alarm(who);
        self.relook_page(who);
    }

    /// Whether a page's browser speaks to others.
    pub(super) fn is_asleep(&self, who: Who) -> bool {
        matches!(self.pages[who].nap, Some((_, Nap::Asleep { .. })))
    }

    /// The page that an event is for, where nothing of it may happen now.
    pub(super) fn napping(&self, event: &Event) -> Option<Who> {
        let who = match event {
            Event::Tick(who, _) | Event::Input(who, _) => *who,
            Event::Peer(id, _) => self.ends.get(id)?.page,
            Event::ToPage(id, _) | Event::SocketOpens(id) => self.sockets.get(id)?.page,
            Event::Arrives { .. }
            | Event::Look(..)
            | Event::ToServer(..)
            | Event::ServerSeesLoss(_)
            | Event::ServerHearsNothing(_)
            | Event::Expire
            | Event::Idle(..) => return None,
        };
        self.pages[who].nap.is_some().then_some(who)
    }

    /// A page sleeps for so long, and wakes.
    pub(crate) fn sleep(&mut self, who: Who, nap: Nap, time: Duration) {
        self.nap(who, nap);
        self.run(time);
        self.wake(who, true);
    }

    /// A page moves to another network without being offline in between: its paths and its socket
    /// are dead at once. `told`: its browser says so.
    pub(crate) fn move_network(&mut self, who: Who, told: bool) {
        self.pages[who].network += 1;
        self.deaden_socket(who);
        self.relook_page(who);
        if told {
            self.input(who, Input::Network(NetworkEvent::Changed));
        }
    }

    /// Splits the pages in two between which nothing gets through.
    pub(crate) fn partition(&mut self, apart: impl Fn(Who) -> bool) {
        for a in 0..self.pages.len() {
            for b in (0..a).filter(|b| apart(a) != apart(*b)) {
                self.cut(a, b);
            }
        }
    }

    /// A page does not get through to the server any more; the others it reaches as before.
    pub(crate) fn wall_off(&mut self, who: Who) {
        self.pages[who].walled = true;
        self.deaden_socket(who);
    }

    /// Everybody gets through to everybody and to the server.
    pub(crate) fn repair(&mut self) {
        self.start_server();
        self.heal();
        for who in 0..self.pages.len() {
            self.pages[who].walled = false;
            // A laptop that slept with the page in sight is not told of it.
            let told = self.random.chance(50);
            self.wake(who, told);
            if !self.pages[who].online {
                self.plug_in(who, false);
            }
        }
    }

    /// Lets time pass until everything is as it shall be in the end; tells how long it took.
    pub(crate) fn settle(&mut self, limit: Duration) -> Duration {
        let start = self.now;
        while !self.is_at_rest() {
            if self.now >= start + limit {
                // Says what is wrong.
                self.check_all_in();
                panic!("not at rest after {limit:?}, seed {}", self.seed);
            }
            self.run(SECOND);
        }
        self.now - start
    }
}
