//! Packets on their way: from clients to peers and back (RFC 8656, sections 11 and 12).
//!
//! The hot path. It allocates nothing, copies no payload and takes no lock.

use std::net::SocketAddr;
use std::ops::Range;

use rand_core::Rng;

use super::allocation::{Allocation, Scope};
use super::{
    Client, DontFragment, Fragment, HEADROOM, Outcome, RelayId, Request, Server, ToClient, ToPeer,
};
use super::{Shared, Transport, canonical};
use crate::attribute::{
    AttributeType, DATA, DONT_FRAGMENT, Family, MAGIC_COOKIE, MAX_ADDRESS, XOR_PEER_ADDRESS,
    read_xor_address, write_xor_address,
};
use crate::counters::Counters;
use crate::frame::{CHANNEL_HEADER, STUN_HEADER, channel_data};
use crate::time::Now;

/// What a Send indication may carry (RFC 8656, section 11.2); with anything else that must be
/// understood it is dropped.
const KNOWN: &[AttributeType] = &[XOR_PEER_ADDRESS, DATA, DONT_FRAGMENT];

/// The type field of a Data indication.
const DATA_INDICATION: [u8; 2] = [0x00, 0x17];

impl<R: Rng> Server<R> {
    pub(super) fn relay_channel_data(
        &mut self,
        now: Now,
        client: &Client,
        datagram: &[u8],
    ) -> Outcome {
        let Some((number, length)) = channel_data(datagram) else {
            return self.malformed();
        };
        let payload = CHANNEL_HEADER..CHANNEL_HEADER + length;
        let Some((slot, allocation)) = self.allocation_of(client) else {
            return self.unpermitted();
        };
        let Some(channel) = allocation.channel(number, now.millis) else {
            return self.unpermitted();
        };
        let (peer, scope) = (channel.peer, channel.scope);
        self.relay_up(now, slot, peer, scope, payload, Fragment::Allowed)
    }

    pub(super) fn relay_send(&mut self, request: &Request<'_>) -> Outcome {
        let message = &request.message;
        let peer = message
            .attribute(XOR_PEER_ADDRESS)
            .and_then(|value| read_xor_address(value, message.id()));
        let (Some(peer), Some(payload)) = (peer, message.attribute_range(DATA)) else {
            return self.malformed();
        };
        if message.unknown(KNOWN).next().is_some() {
            return self.malformed();
        }
        let asks = message.attribute(DONT_FRAGMENT).is_some();
        if asks && self.shared.dont_fragment == DontFragment::Unknown {
            return self.malformed();
        }
        let fragment = if asks {
            Fragment::Forbidden
        } else {
            Fragment::Allowed
        };
        let (now, client) = (request.now, &request.client);
        let Some((slot, allocation)) = self.allocation_of(client) else {
            return self.unpermitted();
        };
        let Some(scope) = allocation.permission(peer.ip(), now.millis) else {
            return self.unpermitted();
        };
        if self.shared.policy.is_listener(client.local.ip(), peer) {
            return self.unpermitted();
        }
        self.relay_up(now, slot, peer, scope, payload, fragment)
    }

    /// Sends a client's payload to a peer it has a permission for.
    fn relay_up(
        &mut self,
        now: Now,
        slot: u32,
        peer: SocketAddr,
        scope: Scope,
        payload: Range<usize>,
        fragment: Fragment,
    ) -> Outcome {
        let family = Family::of(peer.ip());
        if scope == Scope::OwnRelays && !self.shared.ports.is_used(family, peer.port()) {
            return self.unpermitted();
        }
        let Some(allocation) = self.slots[slot as usize].allocation.as_deref() else {
            return self.unpermitted();
        };
        let Some(&relay) = allocation.relay(family) else {
            return self.unpermitted();
        };
        if !allocation.lease().spend(payload.len(), now) {
            self.counters.over_quota += 1;
            return Outcome::Nothing;
        }
        self.counters.packets_up += 1;
        self.counters.bytes_up += payload.len() as u64;
        if relay.advertised.ip() == peer.ip()
            && let Some(&other) = self.by_relayed.get(&peer)
        {
            return Outcome::ToRelay {
                relay: other,
                from: relay.advertised,
                payload,
            };
        }
        Outcome::ToPeer(ToPeer {
            relay: relay.id,
            peer: self.shared.reachable(peer),
            payload,
            fragment,
        })
    }

    /// Takes a packet of `length` bytes that came to `relay` from `peer`. `headroom` are the bytes
    /// just before the payload; the header for the client is written to its end.
    pub fn handle_peer_data(
        &mut self,
        now: Now,
        relay: RelayId,
        peer: SocketAddr,
        length: usize,
        headroom: &mut [u8; HEADROOM],
    ) -> Option<ToClient> {
        let peer = self.shared.as_seen_outside(canonical(peer));
        // As `allocation_with`, which would borrow the random numbers and the counters too.
        let slot = self.slots.get(relay.slot as usize)?;
        let allocation = slot.allocation.as_deref();
        let allocation = allocation.filter(|_| slot.generation == relay.generation)?;
        let counters = &mut self.counters;
        let header = if let Some(channel) = allocation.channel_of(peer, now.millis) {
            let [.., a, b, c, d] = headroom;
            [*a, *b] = channel.number.to_be_bytes();
            [*c, *d] = u16::try_from(length).ok()?.to_be_bytes();
            CHANNEL_HEADER
        } else if allocation.permission(peer.ip(), now.millis).is_some() {
            let mut id = [0; 12];
            self.rng.fill_bytes(&mut id);
            write_data_indication(headroom, peer, length, &id)?
        } else {
            counters.unpermitted += 1;
            return None;
        };
        let down = to_client(allocation, header, length);
        count_down(counters, allocation, length, now)?;
        Some(down)
    }

    fn unpermitted(&mut self) -> Outcome {
        self.counters.unpermitted += 1;
        Outcome::Nothing
    }
}

fn count_down(
    counters: &mut Counters,
    allocation: &Allocation,
    length: usize,
    now: Now,
) -> Option<()> {
    if !allocation.lease().spend(length, now) {
        counters.over_quota += 1;
        return None;
    }
    counters.packets_down += 1;
    counters.bytes_down += length as u64;
    Some(())
}

fn to_client(allocation: &Allocation, header: usize, length: usize) -> ToClient {
    // A Data indication is always padded, ChannelData only where a stream needs it
    // (RFC 8656, section 12.5).
    let padded = header != CHANNEL_HEADER || allocation.client.transport == Transport::Stream;
    let padding = if padded {
        length.next_multiple_of(4) - length
    } else {
        0
    };
    ToClient {
        client: allocation.client,
        header,
        padding,
    }
}

/// Writes the header of a Data indication backwards from the payload and returns its length;
/// `None` when the payload is too long for one.
fn write_data_indication(
    headroom: &mut [u8; HEADROOM],
    peer: SocketAddr,
    length: usize,
    id: &[u8; 12],
) -> Option<usize> {
    let mut address = [0; MAX_ADDRESS];
    let address_length = write_xor_address(&mut address, peer, id);
    let header = STUN_HEADER + 4 + address_length + 4;
    let body = u16::try_from(header - STUN_HEADER + length.next_multiple_of(4)).ok()?;
    let out = &mut headroom[HEADROOM - header..];
    out[..2].copy_from_slice(&DATA_INDICATION);
    out[2..4].copy_from_slice(&body.to_be_bytes());
    out[4..8].copy_from_slice(&MAGIC_COOKIE);
    out[8..20].copy_from_slice(id);
    out[20..22].copy_from_slice(&XOR_PEER_ADDRESS.0.to_be_bytes());
    out[22..24].copy_from_slice(&(address_length as u16).to_be_bytes());
    out[24..24 + address_length].copy_from_slice(&address[..address_length]);
    let data = &mut out[24 + address_length..];
    data[..2].copy_from_slice(&DATA.0.to_be_bytes());
    data[2..4].copy_from_slice(&u16::try_from(length).ok()?.to_be_bytes());
    Some(header)
}

impl Shared {
    /// Where a packet for `peer` has to go: the address the world knows this server by may not
    /// lead back here from inside, so a relay of this server is reached under its own.
    fn reachable(&self, peer: SocketAddr) -> SocketAddr {
        let family = Family::of(peer.ip());
        if self.external(family) != Some(peer.ip()) {
            return peer;
        }
        self.local(family)
            .map_or(peer, |own| SocketAddr::new(own, peer.port()))
    }

    /// The reverse of [`Self::reachable`], for what comes from another relay of this server.
    fn as_seen_outside(&self, peer: SocketAddr) -> SocketAddr {
        let family = Family::of(peer.ip());
        match self.external(family) {
            Some(external)
                if self.local(family) == Some(peer.ip())
                    && self.ports.is_used(family, peer.port()) =>
            {
                SocketAddr::new(external, peer.port())
            }
            _ => peer,
        }
    }
}
