//! What goes on in and between the peer connections: which paths work, what flows over them, and
//! what the browsers say of it.

use std::time::Duration;

use call::{BrowserEvent, ConnectionState, Input, Operation, TransportPolicy};

use super::{End, Event, PeerEvent, SECOND, Who, World, browser};

impl World {
    pub(super) fn peer_event(&mut self, id: u64, event: PeerEvent) {
        let Some(end) = self.ends.get_mut(&id) else {
            return;
        };
        let who = end.page;
        let mut changed = false;
        let told = match event {
            PeerEvent::LocalSet => {
                let description = end.fake.finish_local();
                changed = true;
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
                changed = true;
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
                // The relay answers last.
                let policy = if self.relay_found && left == 1 {
                    TransportPolicy::Relay
                } else {
                    end.fake.policy
                };
                let found = (left > 0)
                    .then(|| browser::candidate(&ufrag, network, policy, &mut self.random));
                BrowserEvent::Candidate(found)
            }
            PeerEvent::Reached => BrowserEvent::Reached,
            PeerEvent::State(state) => BrowserEvent::ConnectionState(state),
            PeerEvent::Beat => BrowserEvent::Beat,
            PeerEvent::ChannelOpens => BrowserEvent::ChannelOpened,
            PeerEvent::ChannelCloses => BrowserEvent::ChannelClosed,
            PeerEvent::Channel(bytes) => BrowserEvent::ChannelMessage(bytes),
        };
        if changed {
            self.relook(id);
        }
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
        let there = |who: Who| self.pages[who].online && !self.is_asleep(who);
        there(a) && there(b) && !self.cut.contains(&(a.min(b), a.max(b)))
    }

    /// As [`World::reaches`]; or through the relay, where one of them uses nothing else.
    fn gets_through(&self, a: &End, b: &End) -> bool {
        let relayed = [a, b]
            .iter()
            .any(|end| end.fake.policy == TransportPolicy::Relay);
        let there = |end: &End| self.pages[end.page].online && !self.is_asleep(end.page);
        if relayed {
            self.relay && there(a) && there(b)
        } else {
            self.reaches(a.page, b.page)
        }
    }

    /// The other end, where there is a path to it right now: one between the newest descriptions,
    /// or the one that carried everything until a restart has found another.
    pub(super) fn path(&self, id: u64) -> Option<u64> {
        self.new_path(id).or_else(|| self.held_path(id))
    }

    fn held_path(&self, id: u64) -> Option<u64> {
        let end = &self.ends[&id];
        let (other, networks) = end.held?;
        let to = self.ends.get(&other)?;
        let gave_up = |end: &End| end.fake.state == ConnectionState::Failed;
        let stands = networks == self.networks(end.page, to.page)
            && self.gets_through(end, to)
            && !gave_up(end)
            && !gave_up(to);
        stands.then_some(other)
    }

    fn networks(&self, a: Who, b: Who) -> (u32, u32) {
        (self.pages[a].network, self.pages[b].network)
    }

    /// Whether a path between both ends exists right now: a network between them, and at least
    /// one end that knows a candidate of the other which still leads there.
    fn new_path(&self, id: u64) -> Option<u64> {
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
        (self.gets_through(a, b) && there(a) && there(b) && (knows(a, b) || knows(b, a)))
            .then_some(other)
    }

    /// Looks again at an end whose descriptions or candidates changed, and at those it concerns.
    pub(super) fn relook(&mut self, id: u64) {
        let before = self.ends.get(&id).and_then(|end| end.path);
        self.look(id);
        let after = self.ends.get(&id).and_then(|end| end.path);
        let others = [before, after.filter(|_| after != before)];
        for other in others.into_iter().flatten() {
            self.look(other);
        }
    }

    /// Looks again at everything of a page, because its network changed.
    pub(super) fn relook_page(&mut self, who: Who) {
        let ends: Vec<u64> = self.pages[who].ends.values().copied().collect();
        for id in ends {
            self.relook(id);
        }
    }

    /// Which path an end has now, and what its browser makes of that, now and later.
    pub(super) fn look(&mut self, id: u64) {
        let Some(end) = self.ends.get(&id) else {
            return;
        };
        let asleep = self.is_asleep(end.page);
        let path = self.path(id);
        let held = self
            .new_path(id)
            .map(|other| (other, self.networks(end.page, self.ends[&other].page)));
        let end = self.ends.get_mut(&id).unwrap();
        end.held = held.or(end.held);
        if end.path.is_some() && path != end.path {
            // What was on the wire is sent again over the next path.
            end.breaks += 1;
            end.on_the_wire = 0;
        }
        end.path = path;
        end.look = 0;
        if path.is_some() {
            self.look_at_path(id);
        } else if !asleep {
            self.look_at_break(id);
        }
    }

    fn look_at_path(&mut self, id: u64) {
        let checks = self.random.millis(30, 300);
        let now = self.now;
        let end = self.ends.get_mut(&id).unwrap();
        end.broken = None;
        let works_at = *end.works_at.get_or_insert(now + checks);
        if end.fake.state == ConnectionState::Connected {
            return self.flow(id);
        }
        let dead = end.fake.state == ConnectionState::Failed
            && end.fake.failed_with.as_deref() == end.fake.local_ufrag();
        if dead {
            return;
        }
        if works_at > now {
            return self.look_at(id, works_at);
        }
        self.at(Duration::ZERO, Event::Peer(id, PeerEvent::Reached));
        self.change_state(id, ConnectionState::Connected);
        let fake = &mut self.ends.get_mut(&id).unwrap().fake;
        if !std::mem::replace(&mut fake.channel_open, true) {
            self.at(
                Duration::from_millis(5),
                Event::Peer(id, PeerEvent::ChannelOpens),
            );
        }
        self.flow(id);
    }

    fn look_at_break(&mut self, id: u64) {
        let patience = self.random.millis(0, 900);
        let now = self.now;
        let end = self.ends.get_mut(&id).unwrap();
        end.works_at = None;
        if end.fake.local.is_none() || end.fake.remote.is_none() {
            return;
        }
        let ufrag = end.fake.local_ufrag().map(str::to_owned);
        // A restart begins its checks anew, and so its time.
        if end.fake.state != ConnectionState::Connected && end.fake.checked != ufrag {
            end.broken = None;
        }
        end.fake.checked.clone_from(&ufrag);
        let (since, patience) = *end.broken.get_or_insert((now, patience));
        let (next, at) = match end.fake.state {
            ConnectionState::New => (ConnectionState::Connecting, now),
            ConnectionState::Connected => {
                (ConnectionState::Disconnected, since + 5 * SECOND + patience)
            }
            ConnectionState::Disconnected | ConnectionState::Connecting => {
                (ConnectionState::Failed, since + 16 * SECOND + patience)
            }
            ConnectionState::Failed if end.fake.failed_with != ufrag => {
                end.broken = None;
                (ConnectionState::Connecting, now)
            }
            ConnectionState::Failed | ConnectionState::Closed => return,
        };
        if at > now {
            return self.look_at(id, at);
        }
        if next == ConnectionState::Failed {
            end.fake.failed_with = ufrag;
        }
        self.change_state(id, next);
        self.look_at_break(id);
    }

    /// Comes back to an end at that time, unless something changes before.
    fn look_at(&mut self, id: u64, at: Duration) {
        let after = at - self.now;
        let serial = self.at(after, Event::Look(id, self.serial + 1));
        self.ends.get_mut(&id).unwrap().look = serial;
    }

    fn change_state(&mut self, id: u64, state: ConnectionState) {
        self.ends.get_mut(&id).unwrap().fake.state = state;
        self.at(Duration::ZERO, Event::Peer(id, PeerEvent::State(state)));
    }

    /// Puts on the wire what waits in the channel of an end whose path works.
    pub(super) fn flow(&mut self, id: u64) {
        loop {
            let end = &self.ends[&id];
            let Some(other) = end.path else { return };
            let flows = end.fake.state == ConnectionState::Connected;
            if !flows || end.on_the_wire == end.channel.len() {
                return;
            }
            let breaks = end.breaks;
            let wire = self.random.millis(1, 40);
            let now = self.now;
            let receiver = self.ends.get_mut(&other).unwrap();
            receiver.last_delivery = receiver.last_delivery.max(now + wire);
            let after = receiver.last_delivery - now;
            self.ends.get_mut(&id).unwrap().on_the_wire += 1;
            self.at(after, Event::Arrives { from: id, breaks });
        }
    }

    pub(super) fn arrives(&mut self, from: u64, breaks: u32) {
        let Some(end) = self.ends.get_mut(&from).filter(|end| end.breaks == breaks) else {
            return;
        };
        if let Some(to) = end.path
            && let Some(bytes) = end.channel.pop_front()
        {
            end.on_the_wire -= 1;
            self.happen(Event::Peer(to, PeerEvent::Channel(bytes)));
        }
    }

    /// Closes an end. What waits in its channel is lost; what is on the wire may get through.
    pub(super) fn close_end(&mut self, id: u64) {
        let Some(mut end) = self.ends.remove(&id) else {
            return;
        };
        let Some(other) = end.path else { return };
        let through = self.random.below(end.on_the_wire + 1);
        for bytes in end.channel.drain(..through) {
            self.at(
                Duration::from_millis(20),
                Event::Peer(other, PeerEvent::Channel(bytes)),
            );
        }
        self.at(
            Duration::from_millis(30),
            Event::Peer(other, PeerEvent::ChannelCloses),
        );
        self.look(other);
    }

    /// The browser of a page finds a connection beyond repair, so that it is closed and made anew.
    pub(crate) fn break_connections(&mut self, who: Who) {
        for id in self.pages[who].ends.values().copied().collect::<Vec<_>>() {
            if self.ends.contains_key(&id) {
                self.tell(
                    id,
                    BrowserEvent::Failed {
                        operation: Operation::SetRemoteDescription,
                        reason: "InvalidAccessError".to_owned(),
                    },
                );
            }
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
