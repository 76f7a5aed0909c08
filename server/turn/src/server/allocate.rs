//! Allocate: getting a relayed address (RFC 8656, section 7).
//!
//! The request is checked, ports are chosen and their sockets asked for; the answer goes out when
//! the sockets are there. Meanwhile a retransmission of the same request is ignored.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rand_core::Rng;

use super::allocation::{Allocation, Pending, PortWish, RelayedAddress};
use super::{Client, Command, Credentials, Outcome, RelayFailure, RelayId, Request, Server, close};
use super::{NextPort, Slot, respond};
use crate::attribute::{
    ADDITIONAL_ADDRESS_FAMILY, ADDRESS_ERROR_CODE, AttributeType, DONT_FRAGMENT, EVEN_PORT, Family,
    LIFETIME, NONCE, PASSWORD_ALGORITHM, REALM, REQUESTED_ADDRESS_FAMILY, REQUESTED_TRANSPORT,
    RESERVATION_TOKEN, USERNAME, XOR_MAPPED_ADDRESS, XOR_RELAYED_ADDRESS,
};
use crate::auth::Username;
use crate::error::ErrorCode;
use crate::message::{Class, Method, Writer};
use crate::ports::ReservationToken;
use crate::time::{MAX_LIFETIME, Now, SECOND};

pub(super) const KNOWN: &[AttributeType] = &[
    USERNAME,
    REALM,
    NONCE,
    PASSWORD_ALGORITHM,
    REQUESTED_TRANSPORT,
    REQUESTED_ADDRESS_FAMILY,
    RESERVATION_TOKEN,
    EVEN_PORT,
    LIFETIME,
    DONT_FRAGMENT,
];

/// The same where the driver cannot do it.
pub(super) const KNOWN_WITHOUT_DONT_FRAGMENT: &[AttributeType] = match KNOWN {
    [known @ .., DONT_FRAGMENT] => known,
    _ => panic!("DONT-FRAGMENT is the last of them"),
};

/// UDP in the numbering of IP, the only transport between server and peer.
const UDP: u8 = 17;

/// Seconds an allocation lives when nothing else is said, and the least (RFC 8656, section 3.2).
const DEFAULT_LIFETIME: u32 = 600;

/// Ports that are tried before giving up. Taken ones among our own are skipped without a try.
const TRIES: u8 = 16;

/// Families and ports a request asks for.
#[derive(Debug)]
struct Wish {
    families: [Option<Family>; 2],
    ports: PortWish,
    /// Stands for a port that was kept; it decides family and port.
    token: Option<ReservationToken>,
}

impl<R: Rng> Server<R> {
    pub(super) fn allocate(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials<'_>,
        reply: &mut Vec<u8>,
    ) -> Result<Outcome, ErrorCode> {
        let message = &request.message;
        if let Some((_, allocation)) = self.allocation_of(&request.client) {
            if allocation.transaction != *message.id() {
                return Err(ErrorCode::AllocationMismatch);
            }
            if allocation.pending.is_some() {
                return Ok(Outcome::Nothing);
            }
            // The answer was lost on its way.
            let allocation = &*allocation;
            respond(
                request,
                Class::Success,
                Some(credentials),
                reply,
                |writer| {
                    write_success(writer, allocation, request.now);
                },
            );
            return Ok(Outcome::Reply);
        }
        let mut wish = self.read_wish(request)?;
        let user = Username::parse(credentials.username).ok_or(ErrorCode::Unauthenticated)?;
        let lease = self.shared.quotas.admit(&user, request.now);
        let lease = lease.ok_or(ErrorCode::AllocationQuotaReached)?;
        if let Some(token) = &wish.token {
            // Last of all that can be refused, as a token serves once.
            let kept = self.shared.ports.redeem(token, request.now);
            let (family, port) = kept.ok_or(ErrorCode::InsufficientCapacity)?;
            wish.families = [Some(family), None];
            wish.ports = PortWish::Exactly(port);
        }
        let pending = Pending {
            key: credentials.key.clone(),
            integrity: credentials.integrity,
            has_fingerprint: message.has_fingerprint(),
            lifetime: granted_lifetime(message.attribute(LIFETIME))?.max(DEFAULT_LIFETIME),
            waiting: 0,
            tries: TRIES,
            ports: wish.ports,
        };
        let name = credentials.username;
        let allocation = Allocation::new(request.client, name, *message.id(), pending, lease);
        let slot = self.insert(allocation);
        for family in wish.families.into_iter().flatten() {
            if let Err(code) = self.open_relay(slot, family) {
                self.deallocate(slot);
                return Err(code);
            }
        }
        Ok(Outcome::Nothing)
    }

    /// The driver has bound the socket of `relay`.
    pub fn handle_relay_opened(&mut self, now: Now, relay: RelayId) {
        let Some(allocation) = self.allocation_with(relay) else {
            // Gone in the meantime; its CloseRelay is on its way already.
            return;
        };
        let Some(pending) = &mut allocation.pending else {
            return;
        };
        pending.waiting -= 1;
        if pending.waiting == 0 {
            self.complete(relay.slot, now);
        }
    }

    /// The driver could not bind the socket of `relay`.
    pub fn handle_relay_failed(&mut self, now: Now, relay: RelayId, failure: RelayFailure) {
        let Some(allocation) = self.allocation_with(relay) else {
            return;
        };
        let Some(pending) = &mut allocation.pending else {
            return;
        };
        pending.waiting -= 1;
        pending.tries = pending.tries.saturating_sub(1);
        let again = failure == RelayFailure::PortTaken
            && pending.tries > 0
            && !matches!(pending.ports, PortWish::Exactly(_));
        self.close_relay(relay, Closing::Unopened);
        if again && self.open_relay(relay.slot, relay.family).is_ok() {
            return;
        }
        self.give_up(relay, now);
    }

    /// One relayed address cannot be had: the allocation goes on with the other, or fails.
    fn give_up(&mut self, relay: RelayId, now: Now) {
        let slot = relay.slot;
        let Some(allocation) = self.slots[slot as usize].allocation.as_deref_mut() else {
            return;
        };
        let Some(pending) = allocation.pending.clone() else {
            return;
        };
        if relay.family == Family::V6 && allocation.relay(Family::V4).is_some() {
            allocation.missing_family = Some((Family::V6, ErrorCode::InsufficientCapacity));
            if pending.waiting == 0 {
                self.complete(slot, now);
            }
            return;
        }
        self.answer_later(slot, &pending, Class::Error, |writer, _| {
            writer.error(ErrorCode::InsufficientCapacity);
        });
        self.counters.errors[ErrorCode::InsufficientCapacity as usize] += 1;
        self.deallocate(slot);
    }

    /// All sockets are there: the allocation begins to live.
    fn complete(&mut self, slot: u32, now: Now) {
        let Some(allocation) = self.slots[slot as usize].allocation.as_deref_mut() else {
            return;
        };
        let Some(pending) = allocation.pending.take() else {
            return;
        };
        let expires = now.millis + u64::from(pending.lifetime) * SECOND;
        for relay in allocation.relays.iter_mut().flatten() {
            relay.expires = expires;
        }
        if pending.ports == PortWish::EvenWithNext
            && let Some(relay) = allocation.relays.into_iter().flatten().next()
        {
            let mut token = [0; 8];
            self.rng.fill_bytes(&mut token);
            allocation.reservation = Some(token);
            let next = relay.bound.port() + 1;
            self.shared.ports.reserve(token, relay.id.family, next, now);
        }
        let relays = allocation.relays;
        self.schedule(slot);
        for relay in relays.into_iter().flatten() {
            self.by_relayed.insert(relay.advertised, relay.id);
        }
        self.counters.allocations += 1;
        self.answer_later(slot, &pending, Class::Success, |writer, allocation| {
            write_success(writer, allocation, now);
        });
    }

    /// Sends the answer to the Allocate request that was waiting.
    fn answer_later(
        &mut self,
        slot: u32,
        pending: &Pending,
        class: Class,
        body: impl FnOnce(&mut Writer<'_>, &Allocation),
    ) {
        let Some(allocation) = self.slots[slot as usize].allocation.as_deref() else {
            return;
        };
        let mut reply = Vec::with_capacity(160);
        let id = &allocation.transaction;
        let mut writer = Writer::new(&mut reply, class, Method::ALLOCATE, id);
        body(&mut writer, allocation);
        let signature = (&pending.key, pending.integrity);
        close(&mut writer, Some(signature), pending.has_fingerprint);
        self.commands.push_back(Command::Send {
            client: allocation.client,
            message: reply,
        });
    }

    /// What the request asks for, checked (RFC 8656, section 7.2).
    fn read_wish(&self, request: &Request<'_>) -> Result<Wish, ErrorCode> {
        let message = &request.message;
        match message.attribute(REQUESTED_TRANSPORT) {
            Some(&[UDP, _, _, _]) => {}
            Some(&[_, _, _, _]) => return Err(ErrorCode::UnsupportedTransport),
            Some(_) | None => return Err(ErrorCode::BadRequest),
        }
        let requested = message.attribute(REQUESTED_ADDRESS_FAMILY);
        let additional = message.attribute(ADDITIONAL_ADDRESS_FAMILY);
        let ports = match message.attribute(EVEN_PORT) {
            None => PortWish::Any,
            Some(&[flags]) if flags & 0x80 == 0 => PortWish::Even,
            Some(&[_]) => PortWish::EvenWithNext,
            Some(_) => return Err(ErrorCode::BadRequest),
        };
        if let Some(token) = message.attribute(RESERVATION_TOKEN) {
            let token = token.try_into().map_err(|_| ErrorCode::BadRequest)?;
            if ports != PortWish::Any || requested.is_some() || additional.is_some() {
                return Err(ErrorCode::BadRequest);
            }
            return Ok(Wish {
                families: [None; 2],
                ports,
                token: Some(token),
            });
        }
        let families = match (requested, additional) {
            (Some(_), Some(_)) => return Err(ErrorCode::BadRequest),
            (None, None) => [Some(Family::V4), None],
            (Some(&[number, _, _, _]), None) => {
                let family = Family::from_number(number);
                [
                    Some(family.ok_or(ErrorCode::AddressFamilyNotSupported)?),
                    None,
                ]
            }
            (None, Some(&[number, _, _, _])) => {
                // Only IPv6 can be additional, and not together with a pair of ports
                // (RFC 8656, section 7.2).
                if number != Family::V6 as u8 || ports == PortWish::EvenWithNext {
                    return Err(ErrorCode::BadRequest);
                }
                [Some(Family::V4), Some(Family::V6)]
            }
            _ => return Err(ErrorCode::BadRequest),
        };
        Ok(Wish {
            families,
            ports,
            token: None,
        })
    }

    /// One of two families cannot be had, for the reason `code`: the other one is enough, if it is there.
    fn do_without(&mut self, slot: u32, family: Family, code: ErrorCode) -> Result<(), ErrorCode> {
        let place = &mut self.slots[slot as usize];
        let allocation = place.allocation.as_deref_mut();
        let has_other =
            |allocation: &&mut Allocation| allocation.relays.iter().any(Option::is_some);
        let allocation = allocation.filter(has_other).ok_or(code)?;
        allocation.missing_family = Some((family, code));
        Ok(())
    }

    /// Chooses a port and asks for its socket.
    fn open_relay(&mut self, slot: u32, family: Family) -> Result<(), ErrorCode> {
        let place = &self.slots[slot as usize];
        let generation = place.generation;
        let allocation = place.allocation.as_deref().ok_or(ErrorCode::ServerError)?;
        let wish = allocation
            .pending
            .as_ref()
            .map_or(PortWish::Any, |pending| pending.ports);
        let Some((bind, advertise)) = self.relay_address(&allocation.client, family) else {
            if let PortWish::Exactly(port) = wish {
                self.shared.ports.release(family, port);
            }
            return self.do_without(slot, family, ErrorCode::AddressFamilyNotSupported);
        };
        let Some(port) = self.take_port(family, wish) else {
            return self.do_without(slot, family, ErrorCode::InsufficientCapacity);
        };
        let id = RelayId {
            slot,
            generation,
            family,
        };
        let relay = RelayedAddress {
            id,
            bound: SocketAddr::new(bind, port),
            advertised: SocketAddr::new(advertise, port),
            expires: u64::MAX,
        };
        let place = &mut self.slots[slot as usize];
        let allocation = place
            .allocation
            .as_deref_mut()
            .ok_or(ErrorCode::ServerError)?;
        allocation.relays[family as usize - 1] = Some(relay);
        if let Some(pending) = &mut allocation.pending {
            pending.waiting += 1;
        }
        self.commands.push_back(Command::OpenRelay {
            relay: id,
            address: relay.bound,
            next: match wish {
                PortWish::EvenWithNext => NextPort::Keep,
                PortWish::Any | PortWish::Even | PortWish::Exactly(_) => NextPort::Free,
            },
        });
        Ok(())
    }

    /// What to bind a relay of `family` to, and what to tell the client: the address the client
    /// itself has reached us at, so that a machine with several needs no configuration.
    fn relay_address(&self, client: &Client, family: Family) -> Option<(IpAddr, IpAddr)> {
        if let Some(external) = self.shared.external(family) {
            // Bound to all, so that other relays of this server reach it under the machine's own
            // address, whatever the box in front does with packets to its own outside.
            let any = match family {
                Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            };
            return Some((any, external));
        }
        let reached = client.local.ip();
        let own = if Family::of(reached) == family && !reached.is_unspecified() {
            Some(reached)
        } else {
            self.shared.local(family)
        };
        own.map(|own| (own, own))
    }

    /// Takes a port that fits the wish; for a pair, both.
    fn take_port(&mut self, family: Family, wish: PortWish) -> Option<u16> {
        let ports = &self.shared.ports;
        if let PortWish::Exactly(port) = wish {
            // It was taken when it was reserved.
            return Some(port);
        }
        let (first, last) = (*ports.range().start(), *ports.range().end());
        let size = u32::from(last.checked_sub(first)?) + 1;
        let start = self.rng.next_u32() % size;
        // From a random place onwards, so that a port is found as long as there is one.
        (0..size).find_map(|step| {
            let offset = u16::try_from((start + step) % size).ok()?;
            let port = first + offset;
            match wish {
                PortWish::Any => ports.take(family, port).then_some(port),
                PortWish::Even => (port % 2 == 0 && ports.take(family, port)).then_some(port),
                PortWish::EvenWithNext => {
                    if port % 2 != 0 || !ports.take(family, port) {
                        return None;
                    }
                    if ports.take(family, port + 1) {
                        return Some(port);
                    }
                    ports.release(family, port);
                    None
                }
                PortWish::Exactly(_) => None,
            }
        })
    }

    fn insert(&mut self, allocation: Allocation) -> u32 {
        let client = allocation.client;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).expect("a machine has fewer allocations than ports")
        });
        self.slots[slot as usize].allocation = Some(Box::new(allocation));
        self.by_client.insert(client, slot);
        slot
    }

    /// Notes when the allocation is next to be looked at.
    pub(super) fn schedule(&mut self, slot: u32) {
        let Some(allocation) = self.slots[slot as usize].allocation.as_deref_mut() else {
            return;
        };
        let relays = allocation.relays.iter().flatten();
        let due = relays.map(|relay| relay.expires).min().unwrap_or(0);
        self.expiries.remove(&(allocation.due, slot));
        allocation.due = due;
        self.expiries.insert((due, slot));
    }

    /// Ends the relayed addresses whose time is up, and the allocation with the last of them.
    pub(super) fn expire_allocation(&mut self, slot: u32, now: Now) {
        let Some(allocation) = self.slots[slot as usize].allocation.as_deref() else {
            self.expiries.retain(|&(_, other)| other != slot);
            return;
        };
        for relay in allocation.relays.into_iter().flatten() {
            if relay.expires <= now.millis {
                self.close_relay(relay.id, Closing::Opened);
            }
        }
        self.end_if_empty(slot);
    }

    /// Ends an allocation that has no relayed address left, or notes when to look again.
    pub(super) fn end_if_empty(&mut self, slot: u32) {
        let allocation = self.slots[slot as usize].allocation.as_deref();
        if allocation.is_some_and(|allocation| allocation.relays.iter().all(Option::is_none)) {
            self.deallocate(slot);
        } else {
            self.schedule(slot);
        }
    }

    /// Ends an allocation.
    pub(super) fn deallocate(&mut self, slot: u32) {
        let Some(allocation) = self.slots[slot as usize].allocation.as_deref() else {
            return;
        };
        for relay in allocation.relays.into_iter().flatten() {
            self.close_relay(relay.id, Closing::Opened);
        }
        let place = &mut self.slots[slot as usize];
        if let Some(allocation) = place.allocation.take() {
            self.expiries.remove(&(allocation.due, slot));
            self.by_client.remove(&allocation.client);
            if allocation.pending.is_none() {
                self.counters.deallocations += 1;
            }
            // Else whoever makes and ends allocations would keep more ports than their quota allows.
            if let Some(token) = allocation.reservation {
                self.shared.ports.cancel(&token);
            }
        }
        place.generation = place.generation.wrapping_add(1);
        self.free.push(slot);
    }

    /// Takes a relayed address from its allocation.
    pub(super) fn close_relay(&mut self, relay: RelayId, closing: Closing) {
        let Some(allocation) = self.allocation_with(relay) else {
            return;
        };
        let wish = allocation.pending.as_ref().map(|pending| pending.ports);
        let Some(gone) = allocation.relays[relay.family as usize - 1].take() else {
            return;
        };
        let port = gone.bound.port();
        self.shared.ports.release(relay.family, port);
        if wish == Some(PortWish::EvenWithNext) {
            self.shared.ports.release(relay.family, port + 1);
        }
        if self.by_relayed.get(&gone.advertised) == Some(&relay) {
            self.by_relayed.remove(&gone.advertised);
        }
        if closing == Closing::Opened {
            self.commands.push_back(Command::CloseRelay { relay });
        }
    }

    /// The allocation `relay` belongs to, unless it has ended.
    pub(super) fn allocation_with(&mut self, relay: RelayId) -> Option<&mut Allocation> {
        let slot = self.slots.get_mut(relay.slot as usize)?;
        if slot.generation != relay.generation {
            return None;
        }
        slot.allocation.as_deref_mut()
    }
}

/// Whether the driver has, or may have, a socket for the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    Opened,
    Unopened,
}

/// Seconds to grant for what LIFETIME asks.
pub(super) fn granted_lifetime(asked: Option<&[u8]>) -> Result<u32, ErrorCode> {
    let Some(asked) = asked else {
        return Ok(DEFAULT_LIFETIME);
    };
    let asked = asked.try_into().map_err(|_| ErrorCode::BadRequest)?;
    Ok(match u32::from_be_bytes(asked) {
        0 => 0,
        seconds => seconds.clamp(DEFAULT_LIFETIME, MAX_LIFETIME),
    })
}

/// The body of the response to a successful Allocate request (RFC 8656, section 7.2).
fn write_success(writer: &mut Writer<'_>, allocation: &Allocation, now: Now) {
    let mut lifetime = 0;
    for relay in allocation.relays.iter().flatten() {
        writer.xor_address(XOR_RELAYED_ADDRESS, relay.advertised);
        lifetime = relay.expires.saturating_sub(now.millis) / SECOND;
    }
    let lifetime = u32::try_from(lifetime).unwrap_or(MAX_LIFETIME);
    writer.attribute(LIFETIME, &lifetime.to_be_bytes());
    if let Some(token) = &allocation.reservation {
        writer.attribute(RESERVATION_TOKEN, token);
    }
    if let Some((family, code)) = allocation.missing_family {
        let number = code.number();
        let [class, number] = [number / 100, number % 100].map(|part| part as u8);
        let mut value = vec![family as u8, 0, class, number];
        value.extend_from_slice(code.reason().as_bytes());
        writer.attribute(ADDRESS_ERROR_CODE, &value);
    }
    writer.xor_address(XOR_MAPPED_ADDRESS, allocation.client.remote);
}
