//! The wires between the pages and the server, and what breaks them.

use std::time::Duration;

use call::{Input, SocketEvent};
use protocol::{ClientMessage, CloseCode, GRACE_MILLIS, IDLE_MILLIS, ServerMessage};

use super::{Event, Socket, SocketId, Who, World};

/// How long the server hears nothing on a socket before it gives it up.
const IDLE: Duration = Duration::from_millis(IDLE_MILLIS);

impl World {
    pub(super) fn connect(&mut self, who: Who, attempt: u32) {
        let old: Vec<_> = self.sockets_of(who);
        for id in old {
            // Left without a word: the server sees the connection end a little later, or, where
            // the wire is dead, when it has been silent for too long.
            let dead = self.sockets.remove(&id).is_some_and(|s| s.dead);
            if dead {
                self.at(IDLE, Event::ServerHearsNothing(id));
            } else {
                let after = self.wire();
                self.at(after, Event::ServerSeesLoss(id));
            }
        }
        self.serial += 1;
        let id = self.serial;
        let socket = Socket {
            page: who,
            attempt,
            open: false,
            dead: false,
            last_up: self.now,
            last_down: self.now,
        };
        self.sockets.insert(id, socket);
        let after = self.wire() * 2;
        self.at(after, Event::SocketOpens(id));
    }

    pub(super) fn socket_opens(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get(&id) else {
            return;
        };
        let (who, attempt) = (socket.page, socket.attempt);
        let page = &self.pages[who];
        if page.walled && self.random.chance(50) {
            // Nobody answers at all; the page has to lose patience by itself.
            return;
        }
        if !self.server_up || !page.online || page.walled {
            self.sockets.remove(&id);
            let closed = SocketEvent::Closed {
                attempt,
                code: 1006,
            };
            return self.input(who, Input::Socket(closed));
        }
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.open = true;
        }
        self.server.opened(id);
        self.input(who, Input::Socket(SocketEvent::Opened { attempt }));
    }

    pub(super) fn send(&mut self, who: Who, message: ClientMessage) {
        // A browser drops what is sent on a socket that has just broken.
        let Some(id) = self.sockets_of(who).pop() else {
            return;
        };
        let wire = self.wire();
        let now = self.now;
        let socket = self.sockets.get_mut(&id).unwrap();
        assert!(socket.open, "a message on a socket that is not open");
        // Nothing overtakes on one wire.
        socket.last_up = socket.last_up.max(now + wire);
        let after = socket.last_up - now;
        self.at(after, Event::ToServer(id, message));
    }

    pub(crate) fn deliver_from_server(&mut self) {
        while let Some((id, message)) = self.server.out.pop_front() {
            let wire = self.wire();
            let now = self.now;
            let held = match (&message, self.server.holds_back) {
                // Without its answer there is nobody whom anything could be said to.
                (ServerMessage::Welcome { .. }, _) | (_, 0) => None,
                (_, longest) => Some(self.random.millis(0, longest)),
            };
            if let Some(socket) = self.sockets.get_mut(&id) {
                let arrives = socket.last_down.max(now + wire);
                if held.is_none() {
                    socket.last_down = arrives;
                }
                let after = arrives - now + held.unwrap_or_default();
                self.at(after, Event::ToPage(id, message));
            }
        }
        while let Some((id, code)) = self.server.closing.pop_front() {
            if let Some(socket) = self.sockets.remove(&id) {
                let attempt = socket.attempt;
                let closed = Input::Socket(SocketEvent::Closed { attempt, code });
                let after = self.wire();
                self.at(after, Event::Input(socket.page, closed));
            }
        }
    }

    /// The server finds a socket gone, and waits a while for whoever it belonged to.
    pub(super) fn server_loses(&mut self, id: SocketId) {
        if self.server.lost(self.now, id) {
            self.at(Duration::from_millis(GRACE_MILLIS), Event::Expire);
        }
    }

    /// Nothing was heard on a socket for too long; whoever it belonged to has been away since then.
    pub(super) fn server_hears_nothing(&mut self, id: SocketId) {
        if self.server.lost(self.now.saturating_sub(IDLE), id) {
            let left = Duration::from_millis(GRACE_MILLIS).saturating_sub(IDLE);
            self.at(left, Event::Expire);
        }
    }

    pub(super) fn sockets_of(&self, who: Who) -> Vec<SocketId> {
        self.sockets
            .iter()
            .filter(|(_, socket)| socket.page == who)
            .map(|(id, _)| *id)
            .collect()
    }

    /// One way between a page and the server.
    pub(super) fn wire(&mut self) -> Duration {
        self.random.millis(self.delay.0, self.delay.1)
    }

    /// The page's socket breaks, and both ends notice soon.
    pub(crate) fn break_socket(&mut self, who: Who) {
        for id in self.sockets_of(who) {
            let socket = self.sockets.remove(&id).unwrap();
            let closed = SocketEvent::Closed {
                attempt: socket.attempt,
                code: 1006,
            };
            let (page, server) = (self.wire(), self.wire());
            self.at(page, Event::Input(who, Input::Socket(closed)));
            self.at(server, Event::ServerSeesLoss(id));
        }
    }

    /// The page's socket swallows everything from now on, and nobody notices.
    pub(crate) fn deaden_socket(&mut self, who: Who) {
        for id in self.sockets_of(who) {
            self.sockets.get_mut(&id).unwrap().dead = true;
            self.at(IDLE, Event::ServerHearsNothing(id));
        }
    }

    /// The server is killed; it stays down until [`World::start_server`].
    pub(crate) fn kill_server(&mut self) {
        self.server_up = false;
        self.server.restart();
        for who in 0..self.pages.len() {
            self.break_socket(who);
        }
    }

    pub(crate) fn start_server(&mut self) {
        self.server_up = true;
    }

    /// The page's machine has no network: nothing gets in or out.
    pub(crate) fn unplug(&mut self, who: Who) {
        self.pages[who].online = false;
        self.deaden_socket(who);
        self.relook_page(who);
    }

    /// The network is back, at another address if `moved`.
    pub(crate) fn plug_in(&mut self, who: Who, moved: bool) {
        self.pages[who].online = true;
        if moved {
            self.pages[who].network += 1;
        }
        self.relook_page(who);
        self.input(who, Input::Network(call::NetworkEvent::Online));
    }

    /// Nothing gets through directly between two pages.
    pub(crate) fn cut(&mut self, a: Who, b: Who) {
        self.cut.insert((a.min(b), a.max(b)));
        self.relook_page(a);
    }

    /// Every page reaches every other again.
    pub(crate) fn heal(&mut self) {
        self.cut.clear();
        for who in 0..self.pages.len() {
            self.relook_page(who);
        }
    }

    /// The tab is closed by its person.
    pub(crate) fn close_tab(&mut self, who: Who) {
        self.input(who, Input::Network(call::NetworkEvent::Hidden));
        self.vanish(who);
        for id in self.sockets_of(who) {
            self.sockets.remove(&id);
            self.server.closed_by_page(id);
        }
        self.deliver_from_server();
    }

    /// The machine dies without a word.
    pub(crate) fn crash(&mut self, who: Who) {
        self.deaden_socket(who);
        self.vanish(who);
    }

    /// The browser dies, and its machine closes what it had open.
    pub(crate) fn kill_browser(&mut self, who: Who) {
        self.vanish(who);
        for id in self.sockets_of(who) {
            self.sockets.remove(&id);
            self.server_loses(id);
        }
        self.deliver_from_server();
    }

    pub(super) fn vanish(&mut self, who: Who) {
        self.pages[who].alive = false;
        let ends = std::mem::take(&mut self.pages[who].ends);
        for id in ends.values() {
            if let Some(other) = self.ends.remove(id).and_then(|end| end.path) {
                self.look(other);
            }
        }
    }

    /// What the server holds of a page's socket ends with this code, as the server decided.
    pub(crate) fn close_socket(&mut self, who: Who, code: CloseCode) {
        for id in self.sockets_of(who) {
            self.server.closing.push_back((id, code.code()));
            self.server_loses(id);
        }
        self.deliver_from_server();
    }
}
