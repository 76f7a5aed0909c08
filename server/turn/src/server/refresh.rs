//! Refresh: prolonging or ending an allocation (RFC 8656, section 8).

use rand_core::Rng;

use super::allocate::{Closing, granted_lifetime};
use super::allocation::Allocation;
use super::{Credentials, Outcome, Request, Server, respond};
use crate::attribute::{
    AttributeType, Family, LIFETIME, NONCE, PASSWORD_ALGORITHM, REALM, REQUESTED_ADDRESS_FAMILY,
    USERNAME,
};
use crate::error::ErrorCode;
use crate::message::Class;
use crate::time::SECOND;

pub(super) const KNOWN: &[AttributeType] = &[
    USERNAME,
    REALM,
    NONCE,
    PASSWORD_ALGORITHM,
    LIFETIME,
    REQUESTED_ADDRESS_FAMILY,
];

impl<R: Rng> Server<R> {
    pub(super) fn refresh(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials<'_>,
        reply: &mut Vec<u8>,
    ) -> Result<Outcome, ErrorCode> {
        let message = &request.message;
        let lifetime = granted_lifetime(message.attribute(LIFETIME))?;
        let wanted = match message.attribute(REQUESTED_ADDRESS_FAMILY) {
            None => None,
            Some(&[number, _, _, _]) => {
                let family = Family::from_number(number);
                Some(family.ok_or(ErrorCode::AddressFamilyNotSupported)?)
            }
            Some(_) => return Err(ErrorCode::BadRequest),
        };
        let (slot, allocation) = self.allocation_for(request, credentials)?;
        if wanted.is_some_and(|family| allocation.relay(family).is_none()) {
            return Err(ErrorCode::PeerAddressFamilyMismatch);
        }
        let expires = request.now.millis + u64::from(lifetime) * SECOND;
        let relays = allocation.relays.iter_mut().flatten();
        let meant = relays.filter(|relay| wanted.is_none_or(|family| relay.id.family == family));
        let mut ended = Vec::new();
        for relay in meant {
            relay.expires = expires;
            if lifetime == 0 {
                ended.push(relay.id);
            }
        }
        for relay in ended {
            self.close_relay(relay, Closing::Opened);
        }
        self.end_if_empty(slot);
        respond(
            request,
            Class::Success,
            Some(credentials),
            reply,
            |writer| {
                writer.attribute(LIFETIME, &lifetime.to_be_bytes());
            },
        );
        Ok(Outcome::Reply)
    }

    /// The allocation a request is about, which must be the asker's own.
    pub(super) fn allocation_for(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials<'_>,
    ) -> Result<(u32, &mut Allocation), ErrorCode> {
        let found = self.allocation_of(&request.client);
        let (slot, allocation) = found.ok_or(ErrorCode::AllocationMismatch)?;
        if allocation.pending.is_some() {
            return Err(ErrorCode::AllocationMismatch);
        }
        if allocation.username() != credentials.username {
            return Err(ErrorCode::WrongCredentials);
        }
        Ok((slot, allocation))
    }
}
