//! One allocation: whose it is, its relayed addresses, and which peers it may exchange packets
//! with (RFC 8656, section 3). Its tables are short sorted lists: small in memory, and a look-up
//! is a few comparisons.

use std::net::{IpAddr, SocketAddr};

use super::{Client, RelayId};
use crate::attribute::Family;
use crate::auth::{Key, Username};
use crate::error::ErrorCode;
use crate::message::{Integrity, TransactionId};
use crate::policy::Verdict;
use crate::ports::ReservationToken;
use crate::quota::Lease;
use crate::time::SECOND;

/// A permission's lifetime in milliseconds (RFC 8656, section 9).
pub(super) const PERMISSION_MILLIS: u64 = 300 * SECOND;

/// A channel's lifetime in milliseconds (RFC 8656, section 12).
pub(super) const CHANNEL_MILLIS: u64 = 600 * SECOND;

/// Permissions, and channels, of one allocation. A peer brings some ten candidates and a browser
/// makes an allocation for each peer, so this is ten times what is needed.
const MAX_PEERS: usize = 128;

/// Up to so many channels are looked through one by one for a peer's: they lie in a few lines of the
/// cache, where a list of their order would be one line more.
const FEW_CHANNELS: usize = 8;

/// An allocation, or one that is about to be. Small, since with thousands of them each packet meets
/// one that no cache holds any more.
#[derive(Debug)]
pub(super) struct Allocation {
    pub(super) client: Client,
    username: Box<str>,
    /// The id of the request that made it, by which a retransmission is known.
    pub(super) transaction: TransactionId,
    /// The relayed addresses, IPv4 first.
    pub(super) relays: [Option<RelayedAddress>; 2],
    /// The port kept for whoever brings this token.
    pub(super) reservation: Option<ReservationToken>,
    /// A family that was asked for besides and could not be had.
    pub(super) missing_family: Option<(Family, ErrorCode)>,
    /// Set until all sockets are there; elsewhere, as no packet needs it.
    pub(super) pending: Option<Box<Pending>>,
    /// When it is next to be looked at, as noted in the machine's list.
    pub(super) due: u64,
    permissions: Vec<Permission>,
    channels: Vec<Channel>,
    /// Indices into `channels`, in the order of their peers; empty while there are
    /// [`FEW_CHANNELS`].
    by_peer: Vec<u8>,
    lease: Lease,
}

/// A relayed address.
#[derive(Debug, Clone, Copy)]
pub(super) struct RelayedAddress {
    pub(super) id: RelayId,
    /// What the socket is bound to.
    pub(super) bound: SocketAddr,
    /// What the client is told.
    pub(super) advertised: SocketAddr,
    /// Milliseconds.
    pub(super) expires: u64,
}

/// What is needed to answer once the sockets are there.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) key: Key,
    pub(super) integrity: Integrity,
    pub(super) has_fingerprint: bool,
    pub(super) lifetime: u32,
    /// Sockets still to come.
    pub(super) waiting: u8,
    /// Ports that may still be tried.
    pub(super) tries: u8,
    pub(super) ports: PortWish,
}

/// Which port the client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortWish {
    Any,
    Even,
    /// An even one, and the next kept for later.
    EvenWithNext,
    /// The one that was kept.
    Exactly(u16),
}

/// Packets may be exchanged with this address, at any port.
#[derive(Debug, Clone, Copy)]
struct Permission {
    address: IpAddr,
    expires: u64,
    scope: Scope,
}

/// How far a permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// To every port.
    AllPorts,
    /// To the ports of living allocations of this server.
    OwnRelays,
}

impl Scope {
    /// The scope a judged address gets.
    pub(super) const fn of(verdict: Verdict) -> Result<Self, ErrorCode> {
        match verdict {
            Verdict::Allowed => Ok(Self::AllPorts),
            Verdict::OwnRelaysOnly => Ok(Self::OwnRelays),
            Verdict::Refused => Err(ErrorCode::Forbidden),
        }
    }
}

/// A number that stands for a peer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Channel {
    pub(super) number: u16,
    pub(super) peer: SocketAddr,
    expires: u64,
    /// When the permission for the peer's address ends, noted here so that a packet needs no
    /// second look-up.
    permitted_until: u64,
    pub(super) scope: Scope,
}

impl Allocation {
    pub(super) fn new(
        client: Client,
        username: &str,
        transaction: TransactionId,
        pending: Pending,
        lease: Lease,
    ) -> Self {
        Self {
            client,
            username: username.into(),
            transaction,
            relays: [None; 2],
            reservation: None,
            missing_family: None,
            pending: Some(Box::new(pending)),
            due: 0,
            permissions: Vec::new(),
            channels: Vec::new(),
            by_peer: Vec::new(),
            lease,
        }
    }

    pub(super) fn username(&self) -> &str {
        &self.username
    }

    /// Who made it, as revocations name them.
    pub(super) fn user_id(&self) -> &str {
        Username::parse(&self.username).map_or(&self.username, |user| user.id)
    }

    pub(super) fn relay(&self, family: Family) -> Option<&RelayedAddress> {
        self.relays[family as usize - 1].as_ref()
    }

    pub(super) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Lets `address` through from now on, or for longer.
    pub(super) fn permit(
        &mut self,
        address: IpAddr,
        scope: Scope,
        now: u64,
    ) -> Result<(), ErrorCode> {
        let expires = now + PERMISSION_MILLIS;
        match self.find_permission(address) {
            Ok(at) => self.permissions[at].expires = expires,
            Err(_) => {
                self.permissions
                    .retain(|permission| permission.expires > now);
                if self.permissions.len() >= MAX_PEERS {
                    return Err(ErrorCode::InsufficientCapacity);
                }
                let at = self.find_permission(address).unwrap_or_else(|at| at);
                let permission = Permission {
                    address,
                    expires,
                    scope,
                };
                self.permissions.insert(at, permission);
            }
        }
        for channel in &mut self.channels {
            if channel.peer.ip() == address {
                channel.permitted_until = expires;
            }
        }
        Ok(())
    }

    /// How far the permission for `address` reaches, if there is one.
    pub(super) fn permission(&self, address: IpAddr, now: u64) -> Option<Scope> {
        let permission = &self.permissions[self.find_permission(address).ok()?];
        (permission.expires > now).then_some(permission.scope)
    }

    /// Makes `number` stand for `peer`, or for longer; permits the peer's address.
    pub(super) fn bind(
        &mut self,
        number: u16,
        peer: SocketAddr,
        scope: Scope,
        now: u64,
    ) -> Result<(), ErrorCode> {
        if self.channels.iter().any(|channel| channel.expires <= now) {
            self.channels.retain(|channel| channel.expires > now);
            self.sort_peers();
        }
        let place = self
            .channels
            .binary_search_by_key(&number, |channel| channel.number);
        match (place, self.find_peer(peer)) {
            (Ok(at), Some(there)) if at == there => {}
            (Err(_), None) if self.channels.len() >= MAX_PEERS => {
                return Err(ErrorCode::InsufficientCapacity);
            }
            (Err(_), None) => {}
            // The number is taken by another peer, or the peer has another number
            // (RFC 8656, section 12.2).
            _ => return Err(ErrorCode::BadRequest),
        }
        self.permit(peer.ip(), scope, now)?;
        let channel = Channel {
            number,
            peer,
            expires: now + CHANNEL_MILLIS,
            permitted_until: now + PERMISSION_MILLIS,
            scope,
        };
        match place {
            Ok(at) => self.channels[at] = channel,
            Err(at) => {
                self.channels.insert(at, channel);
                self.sort_peers();
            }
        }
        Ok(())
    }

    /// The channel of that number, if it may be used.
    pub(super) fn channel(&self, number: u16, now: u64) -> Option<&Channel> {
        let at = self
            .channels
            .binary_search_by_key(&number, |channel| channel.number)
            .ok()?;
        let channel = &self.channels[at];
        channel.is_open(now).then_some(channel)
    }

    /// The channel that stands for `peer`, if it may be used.
    pub(super) fn channel_of(&self, peer: SocketAddr, now: u64) -> Option<&Channel> {
        let channel = &self.channels[self.find_peer(peer)?];
        channel.is_open(now).then_some(channel)
    }

    fn find_permission(&self, address: IpAddr) -> Result<usize, usize> {
        self.permissions
            .binary_search_by_key(&address, |permission| permission.address)
    }

    fn find_peer(&self, peer: SocketAddr) -> Option<usize> {
        if self.channels.len() <= FEW_CHANNELS {
            return self
                .channels
                .iter()
                .position(|channel| channel.peer == peer);
        }
        let at = self
            .by_peer
            .binary_search_by_key(&peer, |&index| self.channels[usize::from(index)].peer)
            .ok()?;
        Some(usize::from(self.by_peer[at]))
    }

    fn sort_peers(&mut self) {
        self.by_peer.clear();
        if self.channels.len() <= FEW_CHANNELS {
            return;
        }
        // There are at most MAX_PEERS, so an index fits a byte.
        self.by_peer
            .extend((0..self.channels.len()).map(|index| index as u8));
        let channels = &self.channels;
        self.by_peer
            .sort_unstable_by_key(|&index| channels[usize::from(index)].peer);
    }
}

impl Channel {
    const fn is_open(&self, now: u64) -> bool {
        self.expires > now && self.permitted_until > now
    }
}
