//! Binding: telling clients how they look from outside (RFC 8489, section 12).

use std::net::{IpAddr, SocketAddr};

use super::{Client, Request, close, write_unknown};
use crate::attribute::{
    self, AttributeType, CHANGE_REQUEST, MAGIC_COOKIE, MESSAGE_INTEGRITY, MESSAGE_INTEGRITY_SHA256,
    NONCE, PASSWORD_ALGORITHM, REALM, USERNAME,
};
use crate::frame::STUN_HEADER;
use crate::message::{Class, Method, Writer};

/// Binding needs no credentials; those that come nevertheless are understood and not looked at.
const KNOWN: &[AttributeType] = &[
    USERNAME,
    REALM,
    NONCE,
    PASSWORD_ALGORITHM,
    MESSAGE_INTEGRITY,
    MESSAGE_INTEGRITY_SHA256,
];

/// Answers with the client's address, or with what was not understood.
pub(super) fn answer(request: &Request<'_>, reply: &mut Vec<u8>) {
    let message = &request.message;
    let understood = message.unknown(KNOWN).next().is_none();
    let class = if understood {
        Class::Success
    } else {
        Class::Error
    };
    let mut writer = Writer::new(reply, class, Method::BINDING, message.id());
    if understood {
        writer.xor_address(attribute::XOR_MAPPED_ADDRESS, request.client.remote);
    } else {
        write_unknown(&mut writer, message, KNOWN);
    }
    close(&mut writer, None, message.has_fingerprint());
}

/// Answers a client of RFC 3489, which knows no magic cookie and wants MAPPED-ADDRESS
/// (RFC 5389, section 12.2). `false` when the datagram is not such a request.
pub(super) fn answer_classic(datagram: &[u8], client: &Client, reply: &mut Vec<u8>) -> bool {
    let Some((header, attributes)) = datagram.split_first_chunk::<STUN_HEADER>() else {
        return false;
    };
    let is_binding = header[..2] == [0, 1] && header[4..8] != MAGIC_COOKIE;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    // A change of address would need a second one, which this server has not; a client that asks
    // for it gets no answer, as from a server that cannot be reached that way.
    let is_plain = match attributes {
        [] => true,
        [a, b, 0, 4, change @ ..] => {
            u16::from_be_bytes([*a, *b]) == CHANGE_REQUEST.0 && change == [0, 0, 0, 0]
        }
        _ => false,
    };
    if !is_binding || !is_plain || length != attributes.len() {
        return false;
    }
    reply.clear();
    reply.extend_from_slice(&[1, 1, 0, 0]);
    reply.extend_from_slice(&header[4..]);
    write_plain_address(reply, attribute::MAPPED_ADDRESS, client.remote);
    let length = u8::try_from(reply.len() - STUN_HEADER).expect("one address is a few bytes");
    reply[3] = length;
    true
}

/// Appends an address that is not masked (RFC 8489, section 14.1).
fn write_plain_address(out: &mut Vec<u8>, kind: AttributeType, address: SocketAddr) {
    out.extend_from_slice(&kind.0.to_be_bytes());
    match address.ip() {
        IpAddr::V4(ip) => {
            out.extend_from_slice(&[0, 8, 0, 1]);
            out.extend_from_slice(&address.port().to_be_bytes());
            out.extend_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            out.extend_from_slice(&[0, 20, 0, 2]);
            out.extend_from_slice(&address.port().to_be_bytes());
            out.extend_from_slice(&ip.octets());
        }
    }
}
