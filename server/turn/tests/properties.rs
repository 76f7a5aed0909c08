//! What holds for any bytes: reading never panics, what is written is read again, and an
//! independent implementation (`stun-types`) agrees.

mod world;

use std::net::SocketAddr;

use proptest::prelude::*;
use stun_types::attribute::{MessageIntegrity, Username, XorMappedAddress};
use stun_types::message::{Message as Witness, ShortTermCredentials};
use stun_types::prelude::*;
use turn::attribute::{AttributeType, SOFTWARE, USERNAME, XOR_MAPPED_ADDRESS, read_xor_address};
use turn::auth::Key;
use turn::frame::{self, next_stream_frame};
use turn::message::{Class, Integrity, Message, Method, Writer};
use world::{Person, World};

fn address() -> impl Strategy<Value = SocketAddr> {
    prop_oneof![
        any::<([u8; 4], u16)>().prop_map(SocketAddr::from),
        any::<([u8; 16], u16)>().prop_map(SocketAddr::from),
    ]
}

/// Bytes that have some chance to be taken for a message.
fn nearly_a_message() -> impl Strategy<Value = Vec<u8>> {
    let attribute = (
        prop_oneof![0_u16..0x30, 0x8000_u16..0x8030, any::<u16>()],
        prop::collection::vec(any::<u8>(), 0..40),
    );
    let attributes = prop::collection::vec(attribute, 0..8);
    (
        0_u16..0x400,
        any::<[u8; 12]>(),
        attributes,
        any::<prop::sample::Index>(),
        any::<u8>(),
        0..4,
    )
        .prop_map(|(kind, id, attributes, place, noise, damage)| {
            let mut bytes = Vec::new();
            let mut writer = Writer::new(&mut bytes, Class::Request, Method::BINDING, &id);
            for (kind, value) in attributes {
                writer.attribute(AttributeType(kind), &value);
            }
            writer.finish();
            if damage == 0 {
                let at = place.index(bytes.len());
                bytes[at] ^= noise;
            } else if damage == 1 {
                bytes.truncate(place.index(bytes.len()));
            }
            if let Some(head) = bytes.first_chunk_mut() {
                *head = kind.to_be_bytes();
            }
            bytes
        })
}

proptest! {
    #[test]
    fn any_datagram_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut world = World::new();
        let client = Person::at("198.51.100.7:1", "a").client;
        world.ask(client, &bytes);
        let _ = next_stream_frame(&bytes);
    }

    #[test]
    fn what_is_nearly_a_message_is_survived_and_never_amplified(
        messages in prop::collection::vec(nearly_a_message(), 1..20),
    ) {
        let mut world = World::new();
        let mut anna = Person::at("198.51.100.7:1", "room.anna");
        anna.allocate(&mut world);
        let stranger = Person::at("198.51.100.8:1", "a").client;
        for message in messages {
            for client in [anna.client, stranger] {
                if let Some(reply) = world.ask(client, &message) {
                    prop_assert!(reply.len() < 200);
                    // As the network counts, with the headers of IPv4 and UDP; it is most for a
                    // bare request that is told to bring credentials.
                    let (asked, answered) = (28 + message.len(), 28 + reply.len());
                    prop_assert!(
                        client != stranger || answered < 3 * asked,
                        "{} bytes for {}", answered, asked
                    );
                    prop_assert!(Message::decode(&reply).is_ok() || reply.len() <= 44);
                }
            }
        }
        prop_assert_eq!(world.server.allocations(), 1);
    }

    #[test]
    fn signed_requests_with_any_attributes_are_survived(
        requests in prop::collection::vec(
            (
                prop::sample::select(vec![3_u16, 4, 8, 9]),
                prop::collection::vec(
                    (
                        prop::sample::select(vec![
                            0x0C_u16, 0x0D, 0x12, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x22, 0x8000,
                        ]),
                        prop::collection::vec(any::<u8>(), 0..24),
                    ),
                    0..5,
                ),
                0_u64..400,
            ),
            1..40,
        ),
    ) {
        let mut world = World::new();
        let mut anna = Person::at("198.51.100.7:1", "room.anna");
        for (method, mut attributes, wait) in requests {
            if method == 3 {
                attributes.push((0x19, vec![17, 0, 0, 0]));
            }
            let attributes: Vec<_> =
                attributes.into_iter().map(|(kind, value)| (AttributeType(kind), value)).collect();
            let answer = anna.request(&mut world, Method(method), &attributes);
            if answer.error == Some(438) {
                anna.nonce = String::new();
            }
            world.pass(wait);
            prop_assert!(world.server.allocations() <= 1);
            prop_assert!(world.sockets.len() <= 2);
        }
        world.pass(4000);
        prop_assert_eq!(world.server.allocations(), 0);
        prop_assert_eq!(world.shared.ports.count(), 0);
        prop_assert!(world.sockets.is_empty());
    }

    #[test]
    fn addresses_survive_coding(address in address(), id in any::<[u8; 12]>()) {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, Class::Success, Method::BINDING, &id);
        writer.xor_address(XOR_MAPPED_ADDRESS, address).finish();
        let message = Message::decode(&bytes).unwrap();
        let value = message.attribute(XOR_MAPPED_ADDRESS).unwrap();
        prop_assert_eq!(read_xor_address(value, &id), Some(address));
        let witness = Witness::from_bytes(&bytes).unwrap();
        let told = witness.attribute::<XorMappedAddress>().unwrap();
        prop_assert_eq!(told.addr(witness.transaction_id()), address);
    }

    #[test]
    fn a_witness_reads_and_believes_what_is_written(
        name in "[a-z]{1,40}",
        software in "[ -~]{0,40}",
        id in any::<[u8; 12]>(),
        sha256 in any::<bool>(),
    ) {
        let key = Key::from_password(b"password");
        let integrity = if sha256 { Integrity::Sha256 } else { Integrity::Sha1 };
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, Class::Request, Method::ALLOCATE, &id);
        writer
            .attribute(USERNAME, name.as_bytes())
            .attribute(SOFTWARE, software.as_bytes())
            .integrity(&key, integrity)
            .fingerprint()
            .finish();
        let message = Message::decode(&bytes).unwrap();
        prop_assert!(message.is_signed_by(&key));
        let witness = Witness::from_bytes(&bytes).unwrap();
        let username = witness.attribute::<Username>().unwrap();
        prop_assert_eq!(username.username(), name);
        let credentials = ShortTermCredentials::new("password".to_owned());
        prop_assert!(witness.validate_integrity(&credentials.into()).is_ok());
        prop_assert_eq!(witness.has_attribute(MessageIntegrity::TYPE), !sha256);
    }

    #[test]
    fn a_witness_reads_whatever_is_read_here(bytes in nearly_a_message()) {
        if Message::decode(&bytes).is_ok() {
            prop_assert!(Witness::from_bytes(&bytes).is_ok());
        }
    }

    #[test]
    fn a_stream_is_cut_the_same_way_however_it_comes(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..10),
        step in 1_usize..30,
    ) {
        let mut stream = Vec::new();
        for payload in &payloads {
            stream.extend_from_slice(&[0x40, 0]);
            stream.extend_from_slice(&(payload.len() as u16).to_be_bytes());
            stream.extend_from_slice(payload);
            stream.resize(stream.len().next_multiple_of(4), 0);
        }
        let mut buffer = Vec::new();
        let mut cut = Vec::new();
        for piece in stream.chunks(step) {
            buffer.extend_from_slice(piece);
            while let Some(found) = next_stream_frame(&buffer).unwrap() {
                cut.push(buffer[frame::CHANNEL_HEADER..found.length].to_vec());
                buffer.drain(..found.consumed);
            }
        }
        prop_assert_eq!(cut, payloads);
        prop_assert!(buffer.is_empty());
    }
}
