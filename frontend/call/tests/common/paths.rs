//! What goes on in and between the peer connections: which paths work, what flows over them, and
//! what the browsers say of it.

use std::time::Duration;

use call::{BrowserEvent, ConnectionState, Input};

use super::{End, Event, PeerEvent, SECOND, Who, World, browser};

impl World {
    pub(super) fn peer_event(&mut self, id: u64, event: PeerEvent) {
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

    pub(super) fn tell(&mut self, id: u64, event: BrowserEvent) {
        let end = &self.ends[&id];
        let input = Input::Browser {
            peer: end.key,
            generation: end.generation,
            event,
        };
        self.input(end.page, input);
    }

    /// The other end, where both ends have applied each other's newest descriptions.
    pub(super) fn other_end(&self, id: u64) -> Option<u64> {
        let end = &self.ends[&id].fake;
        let (local, remote) = (end.local.as_ref()?, end.remote.as_ref()?);
        let other = &self.ends.get(&remote.connection)?.fake;
        let matches = other.local.as_ref() == Some(remote) && other.remote.as_ref() == Some(local);
        matches.then_some(remote.connection)
    }

    pub(super) fn reaches(&self, a: Who, b: Who) -> bool {
        self.pages[a].online && self.pages[b].online && !self.cut.contains(&(a.min(b), a.max(b)))
    }

    /// Whether a path between both ends exists right now: a network between them, and at least
    /// one end that knows a candidate of the other which still leads there.
    pub(super) fn path(&self, id: u64) -> Option<u64> {
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

    pub(super) fn physics(&mut self) {
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
                ConnectionState::Connecting
                | ConnectionState::Connected
                | ConnectionState::Disconnected
                | ConnectionState::Failed
                | ConnectionState::Closed => continue,
            };
            fake.state = next;
            self.at(Duration::ZERO, Event::Peer(id, PeerEvent::State(next)));
        }
    }

    /// What was sent over a channel whose path works gets through, in order.
    pub(super) fn flow(&mut self, from: u64, to: u64) {
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

    /// A page's browser wants to negotiate on every connection it has.
    pub(crate) fn need_negotiation(&mut self, who: Who) {
        for id in self.pages[who].ends.values().copied().collect::<Vec<_>>() {
            if self.ends.contains_key(&id) {
                self.tell(id, BrowserEvent::NegotiationNeeded);
            }
        }
    }
}
