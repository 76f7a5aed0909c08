//! The published test vectors for STUN (RFC 5769).

use std::net::SocketAddr;

use turn::attribute::{NONCE, REALM, SOFTWARE, USERNAME, XOR_MAPPED_ADDRESS, read_xor_address};
use turn::auth::{Key, PasswordAlgorithm};
use turn::message::{Class, Malformed, Message, Method};

/// The password of sections 2.1 to 2.3.
const PASSWORD: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";

/// Section 2.1.
const REQUEST: &str = "
    00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
    80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
    00 24 00 04 6e 00 01 ff
    80 29 00 08 93 2f f9 b1 51 26 3b 36
    00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
    00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2
    80 28 00 04 e5 7a 3b cf";

/// Section 2.2.
const RESPONSE_V4: &str = "
    01 01 00 3c 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
    80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20
    00 20 00 08 00 01 a1 47 e1 12 a6 43
    00 08 00 14 2b 91 f5 99 fd 9e 90 c3 8c 74 89 f9 2a f9 ba 53 f0 6b e7 d7
    80 28 00 04 c0 7d 4c 96";

/// Section 2.3.
const RESPONSE_V6: &str = "
    01 01 00 48 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
    80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20
    00 20 00 14 00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9
    00 08 00 14 a3 82 95 4e 4b e6 7b f1 17 84 c9 7c 82 92 c2 75 bf e3 ed 41
    80 28 00 04 c8 fb 0b 4c";

/// Section 2.4.
const LONG_TERM_REQUEST: &str = "
    00 01 00 60 21 12 a4 42 78 ad 34 33 c6 ad 72 c0 29 da 41 2e
    00 06 00 12 e3 83 9e e3 83 88 e3 83 aa e3 83 83 e3 82 af e3 82 b9 00 00
    00 15 00 1c 66 2f 2f 34 39 39 6b 39 35 34 64 36 4f 4c 33 34 6f 4c 39 46 53 54 76 79 36 34 73 41
    00 14 00 0b 65 78 61 6d 70 6c 65 2e 6f 72 67 00
    00 08 00 14 f6 70 24 65 6d d6 4a 3e 02 b8 e0 71 2e 85 c9 a2 8c a8 96 66";

#[test]
fn the_sample_request_is_read_and_its_signature_holds() {
    let bytes = bytes(REQUEST);
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(
        (message.class(), message.method()),
        (Class::Request, Method::BINDING)
    );
    assert_eq!(message.text(SOFTWARE), Some("STUN test client"));
    assert_eq!(message.text(USERNAME), Some("evtj:h6vY"));
    assert!(message.has_fingerprint());
    assert!(message.is_signed_by(&Key::from_password(PASSWORD)));
    assert!(!message.is_signed_by(&Key::from_password(b"another")));
}

#[test]
fn the_sample_responses_tell_the_address() {
    for (text, address) in [
        (RESPONSE_V4, "192.0.2.1:32853"),
        (RESPONSE_V6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ] {
        let bytes = bytes(text);
        let message = Message::decode(&bytes).unwrap();
        assert_eq!(message.class(), Class::Success);
        assert_eq!(message.text(SOFTWARE), Some("test vector"));
        let value = message.attribute(XOR_MAPPED_ADDRESS).unwrap();
        let told = read_xor_address(value, message.id());
        assert_eq!(told, Some(address.parse::<SocketAddr>().unwrap()));
        assert!(message.is_signed_by(&Key::from_password(PASSWORD)));
    }
}

#[test]
fn the_sample_request_with_long_term_credentials_is_signed() {
    let bytes = bytes(LONG_TERM_REQUEST);
    let message = Message::decode(&bytes).unwrap();
    let username = message.text(USERNAME).unwrap();
    assert_eq!(username, "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}");
    assert_eq!(message.text(NONCE), Some("f//499k954d6OL34oL9FSTvy64sA"));
    let realm = message.text(REALM).unwrap();
    assert_eq!(realm, "example.org");
    let key = Key::long_term(PasswordAlgorithm::Md5, username, realm, "TheMatrIX");
    assert!(message.is_signed_by(&key));
}

#[test]
fn a_flipped_bit_anywhere_is_noticed() {
    let good = bytes(REQUEST);
    // The last eight bytes are the fingerprint itself.
    for bit in 0..(good.len() - 8) * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        // A longer attribute can swallow the fingerprint; then the signature is gone with it.
        if let Ok(message) = Message::decode(&bad) {
            let noticed = !message.has_fingerprint() && message.integrity().is_none();
            assert!(noticed, "bit {bit} went unnoticed");
        }
    }
    let mut bad = good;
    let last = bad.len() - 1;
    bad[last] ^= 1;
    assert_eq!(Message::decode(&bad).unwrap_err(), Malformed::Fingerprint);
}

fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).expect("the vectors are hexadecimal"))
        .collect()
}
