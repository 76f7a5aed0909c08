//! Owns the rooms of a running server: brings time, randomness and sockets to them, and rings
//! the bell of whoever has something to read.
//!
//! Not here: what follows from what (`rooms`), reading and writing sockets (`web::socket`).

mod households;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::task::AtomicWaker;
use protocol::{
    IceServer, ParticipantId, RefuseReason, ResumeToken, RoomAction, RoomName, SealedText,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::households::Households;
use crate::address::Address;
use crate::config::{Config, Limits, LogAddresses};
use crate::credentials::Credentials;
use crate::ice::{Host, IceSettings, wants_credentials};
use crate::quota::Quota;
use crate::relay::{RelayHandle, unix_seconds};
use crate::rooms::{Batch, Counts, Ending, Frame, Gone, Newcomer, Outbound, Resumed, Rooms};

/// When clients are asked to come back after a restart, in milliseconds: spread over these, so
/// that a thousand of them do not come at once.
const RETRY_AFTER: std::ops::Range<u64> = 1_000..5_000;

/// See the module.
#[derive(Debug)]
pub struct Hub {
    started: Instant,
    limits: Limits,
    log_addresses: LogAddresses,
    ice: IceSettings,
    /// Gives out TURN credentials and takes them back.
    relay: RelayHandle,
    /// For relays of others that were told the same secret, if there are any.
    shared: Option<Credentials>,
    /// Held for a moment at a time; nothing awaits while it is.
    rooms: Mutex<Rooms<Bell>>,
    /// What the sockets of each address have together; held for a moment at a time.
    households: Mutex<Households>,
    sockets: AtomicUsize,
    /// The next deadline may have changed.
    deadline_changed: Notify,
    draining: CancellationToken,
}

/// How the hub reaches one socket's task. Only that task listens, which makes this a flag and a
/// waker: it is waited for and rung for every message.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Ringing>);

#[derive(Debug, Default)]
struct Ringing {
    was_rung: AtomicBool,
    listener: AtomicWaker,
    ending: OnceLock<Ending>,
}

impl PartialEq for Bell {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Bell {
    /// Waits until there is something to take, or the socket has to end.
    pub async fn rung(&self) {
        std::future::poll_fn(|context| {
            if self.was_rung() {
                return Poll::Ready(());
            }
            self.0.listener.register(context.waker());
            // It may have been rung just before somebody listened.
            if self.was_rung() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// How the socket has to end, if it has to.
    pub fn ending(&self) -> Option<Ending> {
        self.0.ending.get().copied()
    }

    /// Makes [`Bell::rung`] return, now or when it is next waited for.
    pub fn ring(&self) {
        self.0.was_rung.store(true, Ordering::Release);
        self.0.listener.wake();
    }

    fn was_rung(&self) -> bool {
        self.0.was_rung.load(Ordering::Relaxed) && self.0.was_rung.swap(false, Ordering::Acquire)
    }

    fn end(&self, ending: Ending) {
        // The first reason stands.
        let _ = self.0.ending.set(ending);
        self.ring();
    }
}

/// Counts a socket while it lives.
#[derive(Debug)]
pub struct SocketCount {
    hub: Arc<Hub>,
    address: Option<Address>,
    shared: Option<Arc<Quota>>,
}

impl SocketCount {
    /// How much all sockets of its address may say, where that is counted.
    pub(crate) fn shared(&self) -> Option<Arc<Quota>> {
        self.shared.clone()
    }
}

impl Drop for SocketCount {
    fn drop(&mut self) {
        self.hub.sockets.fetch_sub(1, Ordering::Relaxed);
        if let Some(address) = self.address {
            lock(&self.hub.households).remove(self.hub.now(), address);
        }
    }
}

/// Somebody at the door, on a socket of their own.
#[derive(Debug)]
pub struct Visitor {
    /// Where they come from.
    pub ip: IpAddr,
    /// What they opened the page under.
    pub host: Host,
    /// How to reach them.
    pub bell: Bell,
}

impl Hub {
    /// A hub without rooms, whose participants reach STUN and TURN on `port`, by the credentials
    /// of `relay`.
    pub fn new(config: &Config, port: u16, relay: RelayHandle) -> Self {
        Self {
            started: Instant::now(),
            limits: config.limits.clone(),
            log_addresses: config.log_addresses,
            ice: IceSettings::new(config, port),
            relay,
            shared: config
                .turn_secret
                .as_ref()
                .filter(|_| config.ice_servers.iter().any(wants_credentials))
                .map(|secret| Credentials::new(secret.0.clone().into_bytes())),
            rooms: Mutex::new(Rooms::new(config.limits.clone())),
            households: Mutex::new(Households::new(config.limits.clone())),
            sockets: AtomicUsize::new(0),
            deadline_changed: Notify::new(),
            draining: CancellationToken::new(),
        }
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether the log says where visitors come from.
    pub fn log_addresses(&self) -> LogAddresses {
        self.log_addresses
    }

    /// Counts a new socket from `ip`.
    ///
    /// # Errors
    /// `too_many_sockets` from this address; `overloaded` when there are as many as may be in all.
    pub fn count_socket(self: &Arc<Self>, ip: IpAddr) -> Result<SocketCount, RefuseReason> {
        // It is counted as long as this lives, also where it is refused further down.
        let mut count = SocketCount {
            hub: Arc::clone(self),
            address: None,
            shared: None,
        };
        if self.sockets.fetch_add(1, Ordering::Relaxed) >= self.limits.sockets {
            return Err(RefuseReason::Overloaded);
        }
        if let Some(address) = self.address_of(ip) {
            let added = lock(&self.households).add(self.now(), address);
            count.shared = Some(added.map_err(|_| RefuseReason::TooManySockets)?);
            count.address = Some(address);
        }
        Ok(count)
    }

    /// Brings a visitor into the lobby of `room`, see [`Rooms::enter`].
    ///
    /// # Errors
    /// As [`Rooms::enter`]; `overloaded` when the server is about to stop.
    pub fn enter(
        &self,
        visitor: &Visitor,
        room: RoomName,
        replaces: Option<ResumeToken>,
    ) -> Result<ParticipantId, RefuseReason> {
        if self.is_draining() {
            return Err(RefuseReason::Overloaded);
        }
        let id = ParticipantId::from_bytes(random()?);
        let newcomer = Newcomer {
            id: id.clone(),
            token: ResumeToken::from_bytes(random()?),
            room: room.clone(),
            replaces,
            socket: visitor.bell.clone(),
            address: self.address_of(visitor.ip),
            ice_servers: self.ice_servers(visitor, &room, &id),
        };
        let now = self.now();
        let entered = self.with_rooms(|rooms| rooms.enter(now, newcomer));
        self.deadline_changed.notify_one();
        entered.map(|()| id)
    }

    /// Takes up a participant on a visitor's socket, see [`Rooms::resume`].
    ///
    /// # Errors
    /// `unknown_token`.
    pub fn resume(
        &self,
        visitor: &Visitor,
        token: &ResumeToken,
        received: u64,
    ) -> Result<Resumed, RefuseReason> {
        let socket = visitor.bell.clone();
        self.with_rooms(|rooms| rooms.resume(token, received, socket))
    }

    /// The STUN and TURN servers for `visitor`, who is participant `id` of `room`, with fresh
    /// credentials.
    pub fn ice_servers(
        &self,
        visitor: &Visitor,
        room: &RoomName,
        id: &ParticipantId,
    ) -> Vec<IceServer> {
        let access = self.relay.access(room, id);
        let shared = self.shared.as_ref().map(|credentials| {
            let (access, _) = credentials.issue(room, id, unix_seconds());
            access
        });
        self.ice.servers(&visitor.host, visitor.ip, access, shared)
    }

    /// See [`Rooms::join`].
    pub fn join(&self, id: &ParticipantId) {
        let now = self.now();
        self.with_rooms(|rooms| rooms.join(now, id));
    }

    /// Passes on a signal; the sender finds a refusal where nobody of that id is in the room.
    pub fn signal(
        &self,
        from: &ParticipantId,
        received: u64,
        to: &ParticipantId,
        body: SealedText<'_>,
    ) {
        // Written before the lock is taken: it is the largest part of the work.
        let signal = Frame::signal(from, body);
        self.with_rooms(|rooms| {
            if let Err(reason) = rooms.signal(from, received, to, signal) {
                rooms.refuse(from, reason, None);
            }
        });
    }

    /// See [`Rooms::refuse`].
    pub fn refuse(&self, id: &ParticipantId, reason: RefuseReason, retry_after_ms: Option<u64>) {
        self.with_rooms(|rooms| rooms.refuse(id, reason, retry_after_ms));
    }

    /// See [`Rooms::leave`].
    pub fn leave(&self, id: &ParticipantId) {
        let now = self.now();
        self.with_rooms(|rooms| rooms.leave(now, id));
        self.deadline_changed.notify_one();
    }

    /// See [`Rooms::act`].
    pub fn act(&self, id: &ParticipantId, action: RoomAction, about: Option<&ParticipantId>) {
        self.with_rooms(|rooms| rooms.act(id, action, about));
    }

    /// See [`Rooms::acknowledge`].
    pub fn acknowledge(&self, id: &ParticipantId, received: u64) {
        lock(&self.rooms).acknowledge(id, received);
    }

    /// See [`Rooms::take`].
    pub fn take(&self, id: &ParticipantId, bell: &Bell, batch_bytes: usize) -> Batch {
        lock(&self.rooms).take(id, bell, batch_bytes)
    }

    /// See [`Rooms::detach`].
    pub fn detach(&self, id: &ParticipantId, bell: &Bell, gone: Gone) {
        let now = self.now();
        self.with_rooms(|rooms| rooms.detach(now, id, bell, gone));
        self.deadline_changed.notify_one();
    }

    /// How much is going on in the rooms.
    pub fn counts(&self) -> Counts {
        lock(&self.rooms).counts()
    }

    /// Open sockets, in a room or not.
    pub fn sockets(&self) -> usize {
        self.sockets.load(Ordering::Relaxed)
    }

    /// Gives up whose grace period is over, as long as it is polled.
    pub async fn keep_time(&self) {
        loop {
            let next = lock(&self.rooms).next_deadline();
            let wait = async {
                match next {
                    Some(deadline) => {
                        tokio::time::sleep(deadline.saturating_sub(self.now())).await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => {
                    let now = self.now();
                    self.with_rooms(|rooms| rooms.expire(now));
                }
                () = self.deadline_changed.notified() => {}
            }
        }
    }

    /// Tells everyone that the server is about to stop, and closes their sockets.
    pub fn drain(&self) {
        self.draining.cancel();
        let spread = RETRY_AFTER.end - RETRY_AFTER.start;
        self.with_rooms(|rooms| {
            rooms.drain(|| {
                // Without randomness they come back at once, which is no reason not to stop.
                let random = random().map_or(0, u64::from_le_bytes);
                RETRY_AFTER.start + random % spread
            });
        });
    }

    /// Whether the server is about to stop.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Waits until the server is about to stop.
    pub async fn drained(&self) {
        self.draining.cancelled().await;
    }

    fn address_of(&self, ip: IpAddr) -> Option<Address> {
        Address::of(ip, self.limits.loopback)
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Asks something of the rooms, and does what follows once the lock is free again.
    fn with_rooms<T>(&self, ask: impl FnOnce(&mut Rooms<Bell>) -> T) -> T {
        let mut rooms = lock(&self.rooms);
        let answer = ask(&mut rooms);
        // Mostly it is one or none; a list is made only for more.
        let first = rooms.poll_outbound();
        let more: Vec<_> = std::iter::from_fn(|| rooms.poll_outbound()).collect();
        drop(rooms);
        for outbound in first.into_iter().chain(more) {
            match outbound {
                Outbound::Wake(bell) => bell.ring(),
                Outbound::Close(bell, ending) => bell.end(ending),
                Outbound::Forget(room, id) => self.relay.revoke(&room, &id),
            }
        }
        answer
    }
}

fn random<const N: usize>() -> Result<[u8; N], RefuseReason> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| RefuseReason::Overloaded)?;
    Ok(bytes)
}

/// A panic under one of these locks would be a fault of ours in one request; the tables hold no
/// half-made state that the others would have to be protected from.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use futures::FutureExt as _;
    use futures::task::noop_waker_ref;

    use super::*;

    #[test]
    fn a_bell_is_heard_by_who_listens_later_and_once() {
        let bell = Bell::default();
        assert_eq!(bell.rung().now_or_never(), None);
        bell.ring();
        bell.ring();
        assert_eq!(bell.rung().now_or_never(), Some(()));
        assert_eq!(bell.rung().now_or_never(), None);
    }

    #[test]
    fn a_bell_is_heard_by_who_listens_already() {
        let bell = Bell::default();
        let mut rung = std::pin::pin!(bell.rung());
        let mut context = Context::from_waker(noop_waker_ref());
        assert!(rung.as_mut().poll(&mut context).is_pending());
        bell.ring();
        assert!(rung.poll(&mut context).is_ready());
    }

    #[tokio::test]
    async fn a_sleeping_listener_is_woken() {
        let bell = Bell::default();
        let ringer = bell.clone();
        let listener = tokio::spawn(async move { bell.rung().await });
        tokio::task::yield_now().await;
        ringer.ring();
        listener.await.expect("listening does not panic");
    }
}
