//! CreatePermission: letting peers through (RFC 8656, section 10).

use std::net::SocketAddr;

use rand_core::Rng;

use super::allocation::Scope;
use super::{Credentials, Outcome, Request, Server, respond};
use crate::attribute::{
    AttributeType, Family, NONCE, PASSWORD_ALGORITHM, REALM, USERNAME, XOR_PEER_ADDRESS,
    read_xor_address,
};
use crate::error::ErrorCode;
use crate::message::Class;

pub(super) const KNOWN: &[AttributeType] =
    &[USERNAME, REALM, NONCE, PASSWORD_ALGORITHM, XOR_PEER_ADDRESS];

impl<R: Rng> Server<R> {
    pub(super) fn create_permission(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials<'_>,
        reply: &mut Vec<u8>,
    ) -> Result<Outcome, ErrorCode> {
        let message = &request.message;
        self.allocation_for(request, credentials)?;
        // All are judged before any is let through (RFC 8656, section 10.2).
        let mut granted = Vec::new();
        for (kind, value) in message.attributes() {
            if kind == XOR_PEER_ADDRESS {
                let peer = read_xor_address(value, message.id()).ok_or(ErrorCode::BadRequest)?;
                granted.push((peer.ip(), self.judge(request, peer)?));
            }
        }
        if granted.is_empty() {
            return Err(ErrorCode::BadRequest);
        }
        let (_, allocation) = self.allocation_for(request, credentials)?;
        for (address, scope) in granted {
            allocation.permit(address, scope, request.now.millis)?;
        }
        respond(request, Class::Success, Some(credentials), reply, |_| {});
        Ok(Outcome::Reply)
    }

    /// How far a permission for `peer` would reach.
    pub(super) fn judge(
        &mut self,
        request: &Request<'_>,
        peer: SocketAddr,
    ) -> Result<Scope, ErrorCode> {
        let found = self.allocation_of(&request.client);
        let (_, allocation) = found.ok_or(ErrorCode::AllocationMismatch)?;
        if allocation.relay(Family::of(peer.ip())).is_none() {
            return Err(ErrorCode::PeerAddressFamilyMismatch);
        }
        let (client, local) = (request.client.remote.ip(), request.client.local.ip());
        Scope::of(self.shared.policy.judge(client, local, peer.ip()))
    }
}
