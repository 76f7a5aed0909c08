//! A server with one room, as small as the protocol allows.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use protocol::{
    ClientMessage, Credential, GRACE_MILLIS, IceServer, ParticipantId, Place, Present,
    RefuseReason, ResumeToken, RoomAction, RoomSettings, RoomState, ServerMessage,
};

use super::ids::Ids;
use super::middle::Middle;
use super::random::Random;

/// Who a socket belongs to on the server's side, and what is to be sent on it.
pub(crate) type SocketId = u64;

struct Member {
    token: ResumeToken,
    place: Place,
    socket: Option<SocketId>,
    /// Numbered, kept until the client says it has them.
    kept: VecDeque<(u64, ServerMessage)>,
    sent: u64,
    detached_at: Option<Duration>,
    /// Counts those who entered.
    since: u64,
}

pub(crate) struct FakeServer {
    members: BTreeMap<ParticipantId, Member>,
    sockets: BTreeMap<SocketId, Option<ParticipantId>>,
    random: Random,
    credentials: u64,
    entered: u64,
    pub(crate) max_participants: u32,
    /// What is to be sent now.
    pub(crate) out: VecDeque<(SocketId, ServerMessage)>,
    /// Sockets to be closed by the server, with the code.
    pub(crate) closing: VecDeque<(SocketId, u16)>,
    /// It offers a relay, rather than STUN alone.
    pub(crate) relay: bool,
    /// Every signal that went through, newest last: what a lying server has to work with.
    pub(crate) seen: Vec<(ParticipantId, ParticipantId, protocol::SealedBody)>,
    /// Who decides, and who waits.
    pub(crate) room: RoomState,
    /// Those in the call, in the order they joined.
    callers: Vec<ParticipantId>,
    banned: Vec<ResumeToken>,
    admitted: Vec<ParticipantId>,
    told: RoomState,
    /// Does not pass signals on.
    pub(crate) swallows_signals: bool,
    /// Holds each message back for up to so many milliseconds, so that later ones overtake it.
    pub(crate) holds_back: u64,
    /// What it calls people.
    pub(crate) ids: Ids,
    /// Puts somebody in between who has the key.
    pub(crate) middle: Option<Middle>,
}

impl FakeServer {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            members: BTreeMap::new(),
            sockets: BTreeMap::new(),
            random: Random::new(seed),
            credentials: 0,
            entered: 0,
            max_participants: 8,
            out: VecDeque::new(),
            closing: VecDeque::new(),
            relay: true,
            seen: Vec::new(),
            room: RoomState::default(),
            callers: Vec::new(),
            banned: Vec::new(),
            admitted: Vec::new(),
            told: RoomState::default(),
            swallows_signals: false,
            holds_back: 0,
            ids: Ids::Right,
            middle: None,
        }
    }

    /// Killed and started again: knows nobody.
    pub(crate) fn restart(&mut self) {
        self.members.clear();
        self.room = RoomState::default();
        self.told = RoomState::default();
        self.callers.clear();
        self.banned.clear();
        self.sockets.clear();
        self.out.clear();
        self.closing.clear();
    }

    pub(crate) fn opened(&mut self, socket: SocketId) {
        self.sockets.insert(socket, None);
    }

    /// The socket is gone without a farewell. Tells whether somebody is waited for now.
    pub(crate) fn lost(&mut self, now: Duration, socket: SocketId) -> bool {
        if let Some(Some(id)) = self.sockets.remove(&socket)
            && let Some(member) = self.members.get_mut(&id)
            && member.socket == Some(socket)
        {
            member.socket = None;
            member.detached_at = Some(now);
            return true;
        }
        false
    }

    /// The browser closed it: the tab is gone.
    pub(crate) fn closed_by_page(&mut self, socket: SocketId) {
        if let Some(Some(id)) = self.sockets.remove(&socket)
            && self
                .members
                .get(&id)
                .is_some_and(|m| m.socket == Some(socket))
        {
            self.remove(&id);
        }
    }

    pub(crate) fn expire(&mut self, now: Duration) {
        let grace = Duration::from_millis(GRACE_MILLIS);
        self.give_up(|since| since + grace <= now);
    }

    /// Gives the places of all without a socket away, as a full call does.
    pub(crate) fn give_up_absent(&mut self) {
        self.give_up(|_| true);
    }

    /// Gives up those without a socket who have been so for long enough.
    fn give_up(&mut self, is_long: impl Fn(Duration) -> bool) {
        let members = self.members.iter();
        let gone: Vec<_> = members
            .filter(|(_, member)| member.detached_at.is_some_and(&is_long))
            .map(|(id, _)| id.clone())
            .collect();
        for id in gone {
            self.forget(&id, true);
        }
    }

    pub(crate) fn present(&self) -> Vec<ParticipantId> {
        self.members.keys().cloned().collect()
    }

    /// How many are hosts.
    pub(crate) fn hosts(&self) -> usize {
        self.room.hosts.len()
    }

    /// Says something to a member that the rules do not call for.
    pub(crate) fn lie(&mut self, to: &ParticipantId, message: ServerMessage) {
        self.send(to, message);
    }

    /// The same to whoever entered last.
    pub(crate) fn lie_to_newest(&mut self, message: ServerMessage) {
        let newest = self.members.iter().max_by_key(|(_, member)| member.since);
        if let Some(id) = newest.map(|(id, _)| id.clone()) {
            self.send(&id, message);
        }
    }

    pub(crate) fn handle(&mut self, socket: SocketId, message: ClientMessage) {
        let Some(owner) = self.sockets.get(&socket).cloned() else {
            return;
        };
        match (message, owner) {
            (ClientMessage::Enter { replaces, .. }, None) => self.enter(socket, replaces),
            (ClientMessage::Resume { token, received }, None) => {
                self.resume(socket, &token, received);
            }
            (ClientMessage::Enter { .. } | ClientMessage::Resume { .. }, Some(_)) => {
                panic!("a page entered twice on one socket");
            }
            (_, None) => panic!("a page spoke before it entered"),
            (ClientMessage::Join, Some(id)) => self.join(&id),
            (ClientMessage::Signal { to, received, body }, Some(id)) => {
                self.acknowledge(&id, received);
                self.seen.push((id.clone(), to.clone(), body.clone()));
                if self.swallows_signals {
                    return;
                }
                let meant = self.meant(&id, &to);
                for to in &meant {
                    let (from, body) = (id.clone(), body.clone());
                    let body = match &mut self.middle {
                        Some(middle) => middle.pass(&from, to, body),
                        None => body,
                    };
                    self.send(to, ServerMessage::Signal { from, body });
                }
                if meant.is_empty() {
                    self.send(
                        &id,
                        ServerMessage::Refused {
                            reason: RefuseReason::UnknownRecipient,
                            retry_after_ms: None,
                        },
                    );
                }
            }
            (ClientMessage::Room { action, id: about }, Some(id)) => self.act(&id, action, about),
            (ClientMessage::Leave, Some(id)) => {
                self.remove(&id);
                self.sockets.remove(&socket);
            }
            (ClientMessage::Ping { received }, Some(id)) => {
                self.acknowledge(&id, received);
                self.out.push_back((socket, ServerMessage::Pong));
            }
        }
    }

    fn enter(&mut self, socket: SocketId, replaces: Option<ResumeToken>) {
        let banned = replaces
            .as_ref()
            .is_some_and(|token| self.banned.contains(token));
        let former = replaces.and_then(|token| self.id_of(&token));
        let was_host = former
            .as_ref()
            .is_some_and(|id| self.room.hosts.contains(id));
        if let Some(former) = former {
            self.remove(&former);
        }
        let id = ParticipantId::from_bytes(self.random.bytes());
        let token = ResumeToken::from_bytes(self.random.bytes());
        let participants = self
            .members
            .iter()
            .map(|(id, member)| Present {
                id: id.clone(),
                place: member.place,
            })
            .collect();
        self.entered += 1;
        self.members.insert(
            id.clone(),
            Member {
                token: token.clone(),
                place: Place::Lobby,
                socket: Some(socket),
                kept: VecDeque::new(),
                sent: 0,
                detached_at: None,
                since: self.entered,
            },
        );
        self.sockets.insert(socket, Some(id.clone()));
        if was_host {
            self.room.hosts = vec![id.clone()];
        }
        if banned {
            self.room.barred.push(id.clone());
        }
        let welcome = ServerMessage::Welcome {
            id: id.clone(),
            token,
            participants,
            ice_servers: self.ice_servers(),
            settings: RoomSettings {
                max_participants: self.max_participants,
            },
            room: self.room.clone(),
        };
        self.send(&id, welcome);
        self.announce();
        self.tell_others(&id, &ServerMessage::Entered { id: id.clone() });
    }

    fn resume(&mut self, socket: SocketId, token: &ResumeToken, received: u64) {
        let Some(id) = self.id_of(token) else {
            self.out.push_back((
                socket,
                ServerMessage::Refused {
                    reason: RefuseReason::UnknownToken,
                    retry_after_ms: None,
                },
            ));
            return;
        };
        self.acknowledge(&id, received);
        let ice_servers = self.ice_servers();
        let member = self.members.get_mut(&id).unwrap();
        if let Some(old) = member.socket.replace(socket) {
            self.sockets.remove(&old);
            self.closing
                .push_back((old, protocol::CloseCode::Replaced.code()));
        }
        member.detached_at = None;
        self.sockets.insert(socket, Some(id));
        self.out.push_back((
            socket,
            ServerMessage::Resumed {
                place: member.place,
                ice_servers,
            },
        ));
        for (_, message) in &member.kept {
            self.out.push_back((socket, message.clone()));
        }
    }

    fn join(&mut self, id: &ParticipantId) {
        let inside = self
            .members
            .values()
            .filter(|m| m.place == Place::Call)
            .count();
        let member = self.members.get_mut(id).unwrap();
        if member.place == Place::Lobby && inside >= self.max_participants as usize {
            self.send(
                id,
                ServerMessage::Refused {
                    reason: RefuseReason::RoomFull,
                    retry_after_ms: None,
                },
            );
            return;
        }
        let asks = self.room.locked || self.room.barred.contains(id);
        if member.place == Place::Lobby
            && asks
            && !self.room.hosts.contains(id)
            && !self.admitted.contains(id)
        {
            if !self.room.knocking.contains(id) {
                self.room.knocking.push(id.clone());
            }
            return self.announce();
        }
        member.place = Place::Call;
        if !self.callers.contains(id) {
            self.callers.push(id.clone());
        }
        if self.room.hosts.is_empty() {
            self.room.hosts.push(id.clone());
        }
        let joined = ServerMessage::Joined { id: id.clone() };
        self.send(id, joined.clone());
        self.tell_others(id, &joined);
        self.announce();
    }

    fn act(&mut self, id: &ParticipantId, action: RoomAction, about: Option<ParticipantId>) {
        if action == RoomAction::Withdraw {
            self.room.knocking.retain(|other| other != id);
            return self.announce();
        }
        if !self.room.hosts.contains(id) {
            return self.refuse(id, RefuseReason::NotHost);
        }
        match (action, about) {
            (RoomAction::Lock, _) => self.room.locked = true,
            (RoomAction::Unlock, _) => {
                self.room.locked = false;
                for id in std::mem::take(&mut self.room.knocking) {
                    self.join(&id);
                }
            }
            (RoomAction::StepDown, _) => {
                self.room.hosts.retain(|host| host != id);
                self.succeed(Some(id));
            }
            (RoomAction::Admit, Some(other)) if self.stops_waiting(&other) => {
                self.room.barred.retain(|barred| *barred != other);
                self.admitted.push(other.clone());
                self.join(&other);
            }
            (RoomAction::Refuse, Some(other)) if self.stops_waiting(&other) => {
                self.refuse(&other, RefuseReason::NotAdmitted);
            }
            (RoomAction::MakeHost, Some(other)) if self.callers.contains(&other) => {
                if !self.room.hosts.contains(&other) {
                    self.room.hosts.push(other);
                }
            }
            (RoomAction::Remove, Some(other)) => {
                if let Some(member) = self.members.get(&other) {
                    self.banned.push(member.token.clone());
                    let socket = member.socket;
                    self.refuse(&other, RefuseReason::Removed);
                    self.remove(&other);
                    let code = protocol::CloseCode::Removed.code();
                    self.closing.extend(socket.map(|socket| (socket, code)));
                }
            }
            _ => self.refuse(id, RefuseReason::UnknownRecipient),
        }
        self.announce();
    }

    fn stops_waiting(&mut self, id: &ParticipantId) -> bool {
        let before = self.room.knocking.len();
        self.room.knocking.retain(|waiting| waiting != id);
        self.room.knocking.len() < before
    }

    /// Somebody has to decide.
    fn succeed(&mut self, but: Option<&ParticipantId>) {
        if self.room.hosts.is_empty() {
            let next = self.callers.iter().find(|id| Some(*id) != but).cloned();
            self.room.hosts.extend(next);
        }
    }

    fn announce(&mut self) {
        if self.told != self.room {
            self.told = self.room.clone();
            for id in self.present() {
                self.send(&id, ServerMessage::Room(self.room.clone()));
            }
        }
    }

    fn refuse(&mut self, id: &ParticipantId, reason: RefuseReason) {
        let retry_after_ms = None;
        let refused = ServerMessage::Refused {
            reason,
            retry_after_ms,
        };
        self.send(id, refused);
    }

    fn remove(&mut self, id: &ParticipantId) {
        self.forget(id, false);
    }

    fn forget(&mut self, id: &ParticipantId, expired: bool) {
        if self.members.remove(id).is_some() {
            let left = ServerMessage::Left {
                id: id.clone(),
                expired,
            };
            self.tell_others(id, &left);
            for list in [
                &mut self.room.hosts,
                &mut self.room.knocking,
                &mut self.room.barred,
                &mut self.callers,
            ] {
                list.retain(|other| other != id);
            }
            self.succeed(None);
            if self.callers.is_empty() {
                self.room.locked = false;
            }
            self.announce();
        }
    }

    fn tell_others(&mut self, but: &ParticipantId, message: &ServerMessage) {
        for id in self.present() {
            if id != *but {
                self.send(&id, message.clone());
            }
        }
    }

    /// Everybody present, in the order they entered.
    fn in_order(&self) -> Vec<ParticipantId> {
        let mut all: Vec<_> = self.members.iter().collect();
        all.sort_by_key(|(_, member)| member.since);
        all.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// Whom a member means by an id.
    fn meant(&self, by: &ParticipantId, id: &ParticipantId) -> Vec<ParticipantId> {
        if self.ids == Ids::Right {
            let found = self.members.get_key_value(id);
            return found.map(|(id, _)| id.clone()).into_iter().collect();
        }
        self.ids.meant(&self.in_order(), by, id)
    }

    fn send(&mut self, id: &ParticipantId, message: ServerMessage) {
        let message = if self.ids == Ids::Right {
            message
        } else {
            self.ids.tell(&self.in_order(), id, message)
        };
        let Some(member) = self.members.get_mut(id) else {
            return;
        };
        member.sent += 1;
        member.kept.push_back((member.sent, message.clone()));
        if let Some(socket) = member.socket {
            self.out.push_back((socket, message));
        }
    }

    fn acknowledge(&mut self, id: &ParticipantId, received: u64) {
        let member = self.members.get_mut(id).unwrap();
        assert!(
            received <= member.sent,
            "a page claims {received} messages and had {}",
            member.sent
        );
        while member.kept.front().is_some_and(|(n, _)| *n <= received) {
            member.kept.pop_front();
        }
    }

    fn id_of(&self, token: &ResumeToken) -> Option<ParticipantId> {
        self.members
            .iter()
            .find(|(_, member)| member.token == *token)
            .map(|(id, _)| id.clone())
    }

    fn ice_servers(&mut self) -> Vec<IceServer> {
        self.credentials += 1;
        vec![IceServer {
            urls: vec![if self.relay {
                "turn:call.example:3478".to_owned()
            } else {
                "stun:call.example:3478".to_owned()
            }],
            username: Some("anna".to_owned()),
            credential: Some(Credential(format!("secret {}", self.credentials))),
            ttl_seconds: Some(3600),
        }]
    }
}
