//! A world to put machines into: pages with fake browsers, a fake server, wires that delay and
//! break, and a clock that jumps from event to event. A seed repeats everything.

#![allow(dead_code, reason = "each test file uses its own part of the world")]

mod browser;
mod check;
mod page;
mod random;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use call::{BrowserEvent, Config, ConnectionState, Input, PeerKey, SocketEvent, Timestamp};
use protocol::{ClientMessage, CloseCode, ServerMessage};

use browser::FakePeer;
pub(crate) use page::Page;
pub(crate) use random::Random;
pub(crate) use server::{FakeServer, SocketId};

/// A page's index.
pub(crate) type Who = usize;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// How often the fake network looks which connections work.
const PHYSICS: Duration = Duration::from_millis(50);

#[derive(Debug)]
enum Event {
    Tick(Who, u64),
    Input(Who, Input),
    /// Something a peer connection does by itself.
    Peer(u64, PeerEvent),
    ToServer(SocketId, ClientMessage),
    ToPage(SocketId, ServerMessage),
    SocketOpens(SocketId),
    ServerSeesLoss(SocketId),
    Physics,
}

#[derive(Debug)]
enum PeerEvent {
    LocalSet,
    RemoteSet,
    Needed,
    Found(String, u32, usize),
    State(ConnectionState),
    Channel(Vec<u8>),
    ChannelOpens,
    ChannelCloses,
}

/// One end of a connection, as the world sees it.
struct End {
    page: Who,
    key: PeerKey,
    generation: u32,
    fake: FakePeer,
    /// Since when the path has been as it is.
    broken_since: Option<Duration>,
    works_since: Option<Duration>,
    last_told: ConnectionState,
    last_delivery: Duration,
}

struct Socket {
    page: Who,
    attempt: u32,
    open: bool,
    /// Swallows everything without telling anybody.
    dead: bool,
    last_up: Duration,
    last_down: Duration,
}

pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) random: Random,
    pub(crate) server: FakeServer,
    pub(crate) server_up: bool,
    pub(crate) pages: Vec<Page>,
    /// Pairs of pages between which nothing gets through directly.
    pub(crate) cut: BTreeSet<(Who, Who)>,
    /// One-way delays of the server's wires and of the direct ones, in milliseconds.
    pub(crate) delay: (u64, u64),
    events: BTreeMap<(Duration, u64), Event>,
    serial: u64,
    sockets: BTreeMap<SocketId, Socket>,
    ends: BTreeMap<u64, End>,
    seed: u64,
    /// How long a browser takes to set a description, in milliseconds.
    pub(crate) operation: (u64, u64),
    /// The people of pages opened from now on deny every prompt.
    pub(crate) deny: bool,
    /// Commands carried out, for tests that nothing spins.
    pub(crate) commands: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self {
            now: Duration::from_secs(3),
            random: Random::new(seed),
            server: FakeServer::new(seed ^ 0x5EED),
            server_up: true,
            pages: Vec::new(),
            cut: BTreeSet::new(),
            delay: (5, 60),
            events: BTreeMap::new(),
            serial: 0,
            sockets: BTreeMap::new(),
            ends: BTreeMap::new(),
            seed,
            operation: (1, 30),
            deny: false,
            commands: 0,
        };
        world.at(PHYSICS, Event::Physics);
        world
    }

    /// Opens a page of the room.
    pub(crate) fn open(&mut self, name: &str) -> Who {
        self.open_with(name, |_| {})
    }

    pub(crate) fn open_with(&mut self, name: &str, change: impl FnOnce(&mut Config)) -> Who {
        let who = self.pages.len();
        let mut config = page::config(name, Timestamp(self.now), self.random.bytes());
        change(&mut config);
        self.pages.push(Page::new(name, config));
        self.pages[who].denies = self.deny;
        self.drain(who);
        who
    }

    /// Opens a page, and its person presses the button.
    pub(crate) fn join(&mut self, name: &str) -> Who {
        let who = self.open(name);
        self.say(who, call::Intent::Join);
        who
    }

    /// Several people in one settled call.
    pub(crate) fn call_of(&mut self, names: &[&str]) -> Vec<Who> {
        let all = names.iter().map(|name| self.join(name)).collect();
        self.run(10 * SECOND);
        self.check();
        all
    }

    pub(crate) fn say(&mut self, who: Who, intent: call::Intent) {
        self.input(who, Input::User(intent));
    }

    /// Gives a page an input now.
    pub(crate) fn input(&mut self, who: Who, input: Input) {
        if !self.pages[who].alive {
            return;
        }
        let page = &mut self.pages[who];
        page.call.handle(Timestamp(self.now), input);
        self.drain(who);
        let due = self.pages[who].call.poll_timeout();
        if let Some(due) = due {
            assert!(
                due.0 > self.now,
                "{} wants to be woken in the past: {due:?} at {:?}, seed {}",
                self.pages[who].name,
                self.now,
                self.seed
            );
        }
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(entry) = self.events.first_entry()
            && entry.key().0 <= end
        {
            let ((at, _), event) = entry.remove_entry();
            self.now = at;
            self.happen(event);
        }
        self.now = end;
    }

    /// Lets time pass until something is so.
    pub(crate) fn run_until(&mut self, limit: Duration, done: impl Fn(&World) -> bool) -> Duration {
        let start = self.now;
        while !done(self) {
            assert!(
                self.now < start + limit,
                "did not happen within {limit:?}, seed {}: {:#?}",
                self.seed,
                self.pages.iter().map(|p| p.call.view()).collect::<Vec<_>>()
            );
            self.run(Duration::from_millis(10));
        }
        self.now - start
    }

    fn at(&mut self, after: Duration, event: Event) {
        self.serial += 1;
        self.events.insert((self.now + after, self.serial), event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Tick(who, serial) => {
                if self.pages[who].wake == serial {
                    self.input(who, Input::Tick);
                }
            }
            Event::Input(who, input) => self.input(who, input),
            Event::Peer(end, event) => self.peer_event(end, event),
            Event::ToServer(socket, message) => {
                if self.server_up && self.sockets.get(&socket).is_some_and(|s| !s.dead) {
                    self.server.handle(socket, message);
                    self.deliver_from_server();
                }
            }
            Event::ToPage(socket, message) => {
                if let Some(socket) = self.sockets.get(&socket).filter(|s| s.open && !s.dead) {
                    let (who, attempt) = (socket.page, socket.attempt);
                    let message = SocketEvent::Message { attempt, message };
                    self.input(who, Input::Socket(message));
                }
            }
            Event::SocketOpens(id) => self.socket_opens(id),
            Event::ServerSeesLoss(socket) => {
                self.server.lost(self.now, socket);
                self.deliver_from_server();
            }
            Event::Physics => {
                self.server.expire(self.now);
                self.deliver_from_server();
                self.physics();
                self.at(PHYSICS, Event::Physics);
            }
        }
    }

    // The server and its sockets.

    fn connect(&mut self, who: Who, attempt: u32) {
        let old: Vec<_> = self.sockets_of(who);
        for id in old {
            // Left without a word: the server sees the connection end a little later, or, where
            // the wire is dead, when it has been silent for too long.
            let dead = self.sockets.remove(&id).is_some_and(|s| s.dead);
            let after = if dead { 35 * SECOND } else { self.wire() };
            self.at(after, Event::ServerSeesLoss(id));
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

    fn socket_opens(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get(&id) else {
            return;
        };
        let (who, attempt) = (socket.page, socket.attempt);
        if !self.server_up || !self.pages[who].online {
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

    fn send(&mut self, who: Who, message: ClientMessage) {
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

    fn deliver_from_server(&mut self) {
        while let Some((id, message)) = self.server.out.pop_front() {
            let wire = self.wire();
            let now = self.now;
            if let Some(socket) = self.sockets.get_mut(&id) {
                socket.last_down = socket.last_down.max(now + wire);
                let after = socket.last_down - now;
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

    fn sockets_of(&self, who: Who) -> Vec<SocketId> {
        self.sockets
            .iter()
            .filter(|(_, socket)| socket.page == who)
            .map(|(id, _)| *id)
            .collect()
    }

    /// One way between a page and the server.
    fn wire(&mut self) -> Duration {
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
            self.at(35 * SECOND, Event::ServerSeesLoss(id));
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
    }

    /// The network is back, at another address if `moved`.
    pub(crate) fn plug_in(&mut self, who: Who, moved: bool) {
        self.pages[who].online = true;
        if moved {
            self.pages[who].network += 1;
        }
        self.input(who, Input::Network(call::NetworkEvent::Online));
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

    fn vanish(&mut self, who: Who) {
        self.pages[who].alive = false;
        self.ends.retain(|_, end| end.page != who);
        self.pages[who].ends.clear();
    }

    // Peer connections.

    fn peer_event(&mut self, id: u64, event: PeerEvent) {
        let Some(end) = self.ends.get_mut(&id) else {
            return;
        };
        let who = end.page;
        let told = match event {
            PeerEvent::LocalSet => {
                let description = end.fake.finish_local();
                let network = self.pages[who].network;
                if let Some(ufrag) = end.fake.gather(network) {
                    let count = 1 + self.random.below(3);
                    for at in 0..=count {
                        let after =
                            self.random.millis(0, 80) + Duration::from_millis(80) * at as u32;
                        let found = PeerEvent::Found(ufrag.clone(), network, count - at);
                        self.at(after, Event::Peer(id, found));
                    }
                }
                BrowserEvent::LocalDescription(description)
            }
            PeerEvent::RemoteSet => {
                end.fake.finish_remote();
                BrowserEvent::RemoteDescriptionApplied
            }
            PeerEvent::Needed => {
                if !end.fake.take_need() {
                    return;
                }
                BrowserEvent::NegotiationNeeded
            }
            PeerEvent::Found(ufrag, network, left) => {
                if end
                    .fake
                    .gathered
                    .as_ref()
                    .is_none_or(|(of, _)| *of != ufrag)
                {
                    return;
                }
                let found =
                    (left > 0).then(|| browser::candidate(&ufrag, network, &mut self.random));
                BrowserEvent::Candidate(found)
            }
            PeerEvent::State(state) => BrowserEvent::ConnectionState(state),
            PeerEvent::ChannelOpens => BrowserEvent::ChannelOpened,
            PeerEvent::ChannelCloses => BrowserEvent::ChannelClosed,
            PeerEvent::Channel(bytes) => BrowserEvent::ChannelMessage(bytes),
        };
        self.tell(id, told);
        // Back in `stable` the browser looks again whether something is needed.
        let needs = self.ends.get(&id).is_some_and(|end| {
            end.fake.needs_negotiation && end.fake.signaling == browser::Signaling::Stable
        });
        if needs {
            let after = self.random.millis(0, 5);
            self.at(after, Event::Peer(id, PeerEvent::Needed));
        }
    }

    fn tell(&mut self, id: u64, event: BrowserEvent) {
        let end = &self.ends[&id];
        let input = Input::Browser {
            peer: end.key,
            generation: end.generation,
            event,
        };
        self.input(end.page, input);
    }

    /// The other end, where both ends have applied each other's newest descriptions.
    fn other_end(&self, id: u64) -> Option<u64> {
        let end = &self.ends[&id].fake;
        let (local, remote) = (end.local.as_ref()?, end.remote.as_ref()?);
        let other = &self.ends.get(&remote.connection)?.fake;
        let matches = other.local.as_ref() == Some(remote) && other.remote.as_ref() == Some(local);
        matches.then_some(remote.connection)
    }

    fn reaches(&self, a: Who, b: Who) -> bool {
        self.pages[a].online && self.pages[b].online && !self.cut.contains(&(a.min(b), a.max(b)))
    }

    /// Whether a path between both ends exists right now: a network between them, and at least
    /// one end that knows a candidate of the other which still leads there.
    fn path(&self, id: u64) -> Option<u64> {
        let other = self.other_end(id)?;
        let (a, b) = (&self.ends[&id], &self.ends[&other]);
        let knows = |from: &End, to: &End| {
            let network = self.pages[to.page].network;
            let ufrag = &to.fake.local.as_ref().unwrap().ufrag;
            from.fake
                .candidates
                .iter()
                .any(|(of, in_network)| of == ufrag && *in_network == network)
        };
        // A machine that moved has no socket on the new address until it gathers again.
        let there = |end: &End| {
            let gathered = end.fake.gathered.as_ref();
            gathered.is_some_and(|(_, network)| *network == self.pages[end.page].network)
        };
        (self.reaches(a.page, b.page) && there(a) && there(b) && (knows(a, b) || knows(b, a)))
            .then_some(other)
    }

    fn physics(&mut self) {
        let ids: Vec<u64> = self.ends.keys().copied().collect();
        for id in ids {
            let path = self.path(id);
            let now = self.now;
            let (checks, gives_up) = (self.random.millis(30, 250), self.random.millis(0, 900));
            let end = self.ends.get_mut(&id).unwrap();
            let fake = &mut end.fake;
            let ufrag = fake.local.as_ref().map(|l| l.ufrag.clone());
            if path.is_some() {
                end.broken_since = None;
                let since = *end.works_since.get_or_insert(now);
                let dead = fake.state == ConnectionState::Failed && fake.failed_with == ufrag;
                if !dead && fake.state != ConnectionState::Connected && now - since >= checks {
                    fake.state = ConnectionState::Connected;
                    let first = !fake.channel_open;
                    fake.channel_open = true;
                    self.at(
                        Duration::ZERO,
                        Event::Peer(id, PeerEvent::State(ConnectionState::Connected)),
                    );
                    if first {
                        self.at(
                            Duration::from_millis(5),
                            Event::Peer(id, PeerEvent::ChannelOpens),
                        );
                    }
                }
                let flows = self.ends[&id].fake.state == ConnectionState::Connected;
                if let Some(other) = path.filter(|_| flows) {
                    self.flow(id, other);
                }
                continue;
            }
            end.works_since = None;
            if fake.local.is_none() || fake.remote.is_none() {
                continue;
            }
            let since = *end.broken_since.get_or_insert(now);
            let silent = now - since;
            let next = match fake.state {
                ConnectionState::New => ConnectionState::Connecting,
                ConnectionState::Connected if silent >= 5 * SECOND + gives_up => {
                    ConnectionState::Disconnected
                }
                ConnectionState::Disconnected | ConnectionState::Connecting
                    if silent >= 16 * SECOND + gives_up =>
                {
                    fake.failed_with = ufrag;
                    ConnectionState::Failed
                }
                ConnectionState::Failed if fake.failed_with != ufrag => {
                    end.broken_since = Some(now);
                    ConnectionState::Connecting
                }
                _ => continue,
            };
            fake.state = next;
            self.at(Duration::ZERO, Event::Peer(id, PeerEvent::State(next)));
        }
    }

    /// What was sent over a channel whose path works gets through, in order.
    fn flow(&mut self, from: u64, to: u64) {
        let waiting = std::mem::take(&mut self.ends.get_mut(&from).unwrap().fake.buffered);
        for bytes in waiting {
            let wire = self.random.millis(1, 40);
            let now = self.now;
            let end = self.ends.get_mut(&to).unwrap();
            end.last_delivery = end.last_delivery.max(now + wire);
            let after = end.last_delivery - now;
            self.at(after, Event::Peer(to, PeerEvent::Channel(bytes)));
        }
    }

    /// What the server holds of a page's socket ends with this code, as the server decided.
    pub(crate) fn close_socket(&mut self, who: Who, code: CloseCode) {
        for id in self.sockets_of(who) {
            self.server.closing.push_back((id, code.code()));
            self.server.lost(self.now, id);
        }
        self.deliver_from_server();
    }

    /// A page's browser wants to negotiate on every connection it has.
    pub(crate) fn need_negotiation(&mut self, who: Who) {
        for id in self.pages[who].ends.values().copied().collect::<Vec<_>>() {
            if self.ends.contains_key(&id) {
                self.tell(id, BrowserEvent::NegotiationNeeded);
            }
        }
    }
}
