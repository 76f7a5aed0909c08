//! ChannelBind: giving a peer a number, so that its packets need four bytes instead of
//! thirty-six (RFC 8656, section 12).

use rand_core::Rng;

use super::{Credentials, Outcome, Request, Server, respond};
use crate::attribute::{
    AttributeType, CHANNEL_NUMBER, NONCE, PASSWORD_ALGORITHM, REALM, USERNAME, XOR_PEER_ADDRESS,
    read_xor_address,
};
use crate::error::ErrorCode;
use crate::message::Class;

pub(super) const KNOWN: &[AttributeType] = &[
    USERNAME,
    REALM,
    NONCE,
    PASSWORD_ALGORITHM,
    CHANNEL_NUMBER,
    XOR_PEER_ADDRESS,
];

impl<R: Rng> Server<R> {
    pub(super) fn bind_channel(
        &mut self,
        request: &Request<'_>,
        credentials: &Credentials<'_>,
        reply: &mut Vec<u8>,
    ) -> Result<Outcome, ErrorCode> {
        let message = &request.message;
        self.allocation_for(request, credentials)?;
        let number = match message.attribute(CHANNEL_NUMBER) {
            Some(&[high, low, _, _]) => u16::from_be_bytes([high, low]),
            Some(_) | None => return Err(ErrorCode::BadRequest),
        };
        let peer = message
            .attribute(XOR_PEER_ADDRESS)
            .and_then(|value| read_xor_address(value, message.id()))
            .ok_or(ErrorCode::BadRequest)?;
        // RFC 8656 stops at 0x4FFF, to leave room for other protocols on the same socket. There
        // are none here, and clients of RFC 5766 use all of its range.
        if !(0x4000..=0x7FFF).contains(&number) {
            return Err(ErrorCode::BadRequest);
        }
        let scope = self.judge(request, peer)?;
        if self
            .shared
            .policy
            .is_listener(request.client.local.ip(), peer)
        {
            return Err(ErrorCode::Forbidden);
        }
        let (_, allocation) = self.allocation_for(request, credentials)?;
        allocation.bind(number, peer, scope, request.now.millis)?;
        respond(request, Class::Success, Some(credentials), reply, |_| {});
        Ok(Outcome::Reply)
    }
}
