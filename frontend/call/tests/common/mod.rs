//! A world to put machines into: pages with fake browsers, a fake server, wires that delay and
//! break, and a clock that jumps from event to event. A seed repeats everything.

#![allow(dead_code, reason = "each test file uses its own part of the world")]

mod browser;
mod check;
mod ids;
mod middle;
pub(crate) mod page;
mod paths;
mod random;
mod server;
mod sleep;
mod sockets;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use call::safety::SafetyCode;
use call::{ChatCode, Config, ConnectionState, Input, InsideCode, PeerKey, SocketEvent, Timestamp};
use protocol::{ClientMessage, ServerMessage};

use browser::FakePeer;
pub(crate) use ids::Ids;
pub(crate) use middle::Middle;
pub(crate) use page::Page;
pub(crate) use random::Random;
pub(crate) use server::{FakeServer, SocketId};
pub(crate) use sleep::Nap;

/// A page's index.
pub(crate) type Who = usize;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug)]
enum Event {
    Tick(Who, u64),
    Input(Who, Input),
    /// Something a peer connection does by itself.
    Peer(u64, PeerEvent),
    /// What is next in an end's channel gets to the other one, if the path held that long.
    Arrives {
        from: u64,
        breaks: u32,
    },
    /// An end's browser may have something to say of its path, unless that changed since.
    Look(u64, u64),
    ToServer(SocketId, ClientMessage),
    ToPage(SocketId, ServerMessage),
    SocketOpens(SocketId),
    ServerSeesLoss(SocketId),
    ServerHearsNothing(SocketId),
    /// The server may have waited long enough for somebody.
    Expire,
    /// A page that sleeps since then was silent for too long.
    Idle(Who, Duration),
}

#[derive(Debug)]
enum PeerEvent {
    LocalSet,
    RemoteSet,
    Needed,
    Found(String, u32, usize),
    Reached,
    State(ConnectionState),
    Channel(Vec<u8>),
    Beat,
    ChannelOpens,
    ChannelCloses,
}

/// One end of a connection, as the world sees it.
struct End {
    page: Who,
    key: PeerKey,
    generation: u32,
    /// Sound and pictures of the other are wanted.
    receives: bool,
    fake: FakePeer,
    /// The other end, while a path leads there.
    path: Option<u64>,
    /// The other end and the networks of both, when descriptions last made a path.
    held: Option<(u64, (u32, u32))>,
    /// How often it broke.
    breaks: u32,
    /// Since when there is none, and by how much this browser's patience is longer than others'.
    broken: Option<(Duration, Duration)>,
    /// When the checks over a new path will have succeeded.
    works_at: Option<Duration>,
    /// The [`Event::Look`] that counts.
    look: u64,
    /// Sent over the channel and not there yet, in order.
    channel: VecDeque<Vec<u8>>,
    /// How many of them are on the wire.
    on_the_wire: usize,
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
    cut: BTreeSet<(Who, Who)>,
    /// The relay passes on what is sent through it, also between pages that do not reach each other.
    pub(crate) relay: bool,
    /// Browsers find it, whether or not it passes anything on.
    pub(crate) relay_found: bool,
    /// One-way delays of the server's wires and of the direct ones, in milliseconds.
    pub(crate) delay: (u64, u64),
    events: BTreeMap<(Duration, u64), Event>,
    serial: u64,
    sockets: BTreeMap<SocketId, Socket>,
    ends: BTreeMap<u64, End>,
    seed: u64,
    /// How long a browser takes to set a description, in milliseconds.
    pub(crate) operation: (u64, u64),
    /// How often pages opened from now on beat.
    pub(crate) beat: Duration,
    /// The people of pages opened from now on deny every prompt.
    pub(crate) deny: bool,
    /// Commands carried out, for tests that nothing spins.
    pub(crate) commands: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now: Duration::from_secs(3),
            random: Random::new(seed),
            server: FakeServer::new(seed ^ 0x5EED),
            server_up: true,
            pages: Vec::new(),
            cut: BTreeSet::new(),
            relay: false,
            relay_found: false,
            delay: (5, 60),
            events: BTreeMap::new(),
            serial: 0,
            sockets: BTreeMap::new(),
            ends: BTreeMap::new(),
            seed,
            operation: (1, 30),
            beat: call::BEAT,
            deny: false,
            commands: 0,
        }
    }

    /// Opens a page of the room.
    pub(crate) fn open(&mut self, name: &str) -> Who {
        self.open_with(name, |_| {})
    }

    pub(crate) fn open_with(&mut self, name: &str, change: impl FnOnce(&mut Config)) -> Who {
        let who = self.pages.len();
        let mut config = page::config(name, Timestamp(self.now), self.random.bytes());
        config.beat = self.beat;
        change(&mut config);
        self.pages.push(Page::new(name, config));
        self.pages[who].denies = self.deny;
        self.drain(who);
        // The code of the chat comes before the person is in the call, or some time after.
        let chat = self.random.millis(100, 3_000);
        self.at(chat, Event::Input(who, Input::BeginChat(ChatCode::new())));
        self.at(
            chat,
            Event::Input(who, Input::BeginSafety(SafetyCode::new())),
        );
        self.at(
            chat,
            Event::Input(who, Input::BeginInside(InsideCode::new())),
        );
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
        if self.pages[who].nap.is_some() {
            self.pages[who].held.push(Event::Input(who, input));
            return;
        }
        let now = self.clock(who);
        self.pages[who].call.handle(now, input);
        self.drain(who);
        let due = self.pages[who].call.poll_timeout();
        if let Some(due) = due {
            assert!(
                due > now,
                "{} wants to be woken in the past: {due:?} at {now:?}, seed {}",
                self.pages[who].name,
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

    /// Has something happen later; tells its number.
    fn at(&mut self, after: Duration, event: Event) -> u64 {
        self.serial += 1;
        self.events.insert((self.now + after, self.serial), event);
        self.serial
    }

    fn happen(&mut self, event: Event) {
        if let Some(who) = self.napping(&event) {
            return self.pages[who].held.push(event);
        }
        match event {
            Event::Idle(who, since) => self.idle(who, since),
            Event::Tick(who, serial) => {
                if self.pages[who].wake.is_some_and(|(_, of)| of == serial) {
                    self.pages[who].wake = None;
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
                    self.note_credential(who, &message);
                    let message = SocketEvent::Message { attempt, message };
                    self.input(who, Input::Socket(message));
                }
            }
            Event::SocketOpens(id) => self.socket_opens(id),
            Event::ServerSeesLoss(socket) => {
                self.server_loses(socket);
                self.deliver_from_server();
            }
            Event::ServerHearsNothing(socket) => {
                self.server_hears_nothing(socket);
                self.deliver_from_server();
            }
            Event::Expire => {
                self.server.expire(self.now);
                self.deliver_from_server();
            }
            Event::Arrives { from, breaks } => self.arrives(from, breaks),
            Event::Look(id, serial) => {
                if self.ends.get(&id).is_some_and(|end| end.look == serial) {
                    self.look(id);
                }
            }
        }
    }
}
