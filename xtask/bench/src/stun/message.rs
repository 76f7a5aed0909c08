//! Binding requests and answers (RFC 8489), by hand: the load must cost less than the server.

use std::net::SocketAddrV4;

/// RFC 8489, section 5.
const COOKIE: [u8; 4] = 0x2112_A442_u32.to_be_bytes();

/// XOR-MAPPED-ADDRESS (RFC 8489, section 14.2).
const MAPPED: u16 = 0x0020;

/// 127.0.0.1 as the attribute has it: combined with the cookie.
const LOOPBACK: [u8; 4] = [127 ^ COOKIE[0], COOKIE[1], COOKIE[2], 1 ^ COOKIE[3]];

/// A request without attributes.
pub(crate) fn request(transaction: [u8; 12]) -> [u8; 20] {
    let mut bytes = [0; 20];
    bytes[1] = 0x01;
    bytes[4..8].copy_from_slice(&COOKIE);
    bytes[8..].copy_from_slice(&transaction);
    bytes
}

/// The shortest answer to `request`, which is not checked.
pub(crate) fn answer(request: &[u8], from: SocketAddrV4) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&[0x01, 0x01, 0, 12]);
    bytes[4..20].copy_from_slice(&request[4..20]);
    bytes[20..24].copy_from_slice(&[0, 0x20, 0, 8]);
    bytes[25] = 1;
    let port = from.port() ^ u16::from_be_bytes([COOKIE[0], COOKIE[1]]);
    bytes[26..28].copy_from_slice(&port.to_be_bytes());
    for (at, byte) in from.ip().octets().into_iter().enumerate() {
        bytes[28 + at] = byte ^ COOKIE[at];
    }
    bytes
}

/// The transaction of an answer, or of anything that is long enough to have one.
pub(crate) fn transaction(bytes: &[u8]) -> Option<[u8; 12]> {
    bytes.get(8..20)?.try_into().ok()
}

/// Whether `bytes` answer the request of that transaction with 127.0.0.1 and `port`.
pub(crate) fn is_answer(bytes: &[u8], transaction: [u8; 12], port: u16) -> bool {
    if bytes.len() < 20 || bytes[..2] != [0x01, 0x01] || bytes[4..8] != COOKIE {
        return false;
    }
    bytes[8..20] == transaction && mapped(&bytes[20..]) == Some((LOOPBACK, port))
}

/// The first XOR-MAPPED-ADDRESS for IPv4: the address as it stands, and the port.
fn mapped(mut attributes: &[u8]) -> Option<([u8; 4], u16)> {
    loop {
        let (kind, len) = (number(attributes, 0)?, usize::from(number(attributes, 2)?));
        let value = attributes.get(4..4 + len)?;
        if kind == MAPPED && len == 8 && value[1] == 1 {
            let port = number(value, 2)? ^ u16::from_be_bytes([COOKIE[0], COOKIE[1]]);
            return Some((value[4..].try_into().ok()?, port));
        }
        attributes = attributes.get(4 + len.next_multiple_of(4)..)?;
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use stun_types::attribute::{Software, XorMappedAddress};
    use stun_types::message::{BINDING, Message, MessageWriteVec};
    use stun_types::prelude::*;

    use super::*;

    const FROM: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 50_123);

    #[test]
    fn a_library_reads_our_request_and_we_read_its_answer() {
        let request = request([9; 12]);
        let message = Message::from_bytes(&request).unwrap();
        assert!(message.has_method(BINDING));
        let mut answer = Message::builder_success(&message, MessageWriteVec::new());
        answer
            .add_attribute(&Software::new("odd").unwrap())
            .unwrap();
        let mapped = XorMappedAddress::new(FROM.into(), message.transaction_id());
        answer.add_attribute(&mapped).unwrap();
        let answer = answer.finish();
        assert!(is_answer(&answer, [9; 12], FROM.port()));
        assert!(!is_answer(&answer, [8; 12], FROM.port()));
        assert!(!is_answer(&answer, [9; 12], FROM.port() + 1));
    }

    #[test]
    fn a_library_reads_the_floors_answer() {
        let answer = answer(&request([9; 12]), FROM);
        assert!(is_answer(&answer, [9; 12], FROM.port()));
        let message = Message::from_bytes(&answer).unwrap();
        let mapped = message.attribute::<XorMappedAddress>().unwrap();
        assert_eq!(mapped.addr(message.transaction_id()), FROM.into());
    }

    #[test]
    fn what_is_cut_off_is_no_answer() {
        let answer = answer(&request([9; 12]), FROM);
        for len in 0..answer.len() {
            assert!(!is_answer(&answer[..len], [9; 12], FROM.port()), "{len}");
        }
    }
}
