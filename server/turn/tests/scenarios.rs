//! What clients live through, as sentences. Time is virtual and sockets are notes.

mod world;

use turn::attribute::{
    ADDITIONAL_ADDRESS_FAMILY, ADDRESS_ERROR_CODE, AttributeType, DONT_FRAGMENT, EVEN_PORT,
    LIFETIME, NONCE, PASSWORD_ALGORITHMS, REALM, REQUESTED_ADDRESS_FAMILY, REQUESTED_TRANSPORT,
    RESERVATION_TOKEN, SOFTWARE, UNKNOWN_ATTRIBUTES, XOR_MAPPED_ADDRESS, read_xor_address,
};
use turn::auth::{NONCE_LIFETIME, PasswordAlgorithm};
use turn::message::{Class, Message, Method, Writer};
use turn::policy::Policy;
use turn::ports::Ports;
use turn::quota::{Limit, Limits, Quotas};
use turn::server::TurnService;
use turn::{DontFragment, ErrorCode, Fragment, Transport};
use world::{Got, Person, SERVER, World};

const ANNA: &str = "198.51.100.7:5000";
const BOB: &str = "198.51.100.8:6000";
const PEER: &str = "192.0.2.9:7000";

fn anna() -> Person {
    Person::at(ANNA, "room.anna")
}

fn bob() -> Person {
    Person::at(BOB, "room.bob")
}

mod binding {
    use super::*;

    fn ask(world: &mut World, attributes: &[(AttributeType, &[u8])]) -> Option<Vec<u8>> {
        let mut request = Vec::new();
        let mut writer = Writer::new(&mut request, Class::Request, Method::BINDING, &[3; 12]);
        for (kind, value) in attributes {
            writer.attribute(*kind, value);
        }
        writer.finish();
        world.ask(anna().client, &request)
    }

    #[test]
    fn a_binding_request_is_answered_with_the_address_it_came_from() {
        let reply = ask(&mut World::new(), &[]).unwrap();
        let message = Message::decode(&reply).unwrap();
        assert_eq!(message.class(), Class::Success);
        let address = message.attribute(XOR_MAPPED_ADDRESS).unwrap();
        assert_eq!(
            read_xor_address(address, message.id()),
            Some(ANNA.parse().unwrap())
        );
        // Nothing else: what the server is called does not concern strangers.
        assert!(!message.has_fingerprint());
        assert_eq!(reply.len(), 32);
    }

    #[test]
    fn a_fingerprint_is_answered_with_a_fingerprint() {
        let mut request = Vec::new();
        let mut writer = Writer::new(&mut request, Class::Request, Method::BINDING, &[3; 12]);
        writer.fingerprint().finish();
        let reply = World::new().ask(anna().client, &request).unwrap();
        assert!(Message::decode(&reply).unwrap().has_fingerprint());
    }

    #[test]
    fn what_must_be_understood_and_is_not_is_named() {
        let unknown = AttributeType(0x7001);
        let optional = AttributeType(0xC001);
        let reply = ask(&mut World::new(), &[(optional, b""), (unknown, b"abc")]).unwrap();
        let message = Message::decode(&reply).unwrap();
        assert_eq!(message.class(), Class::Error);
        assert_eq!(
            message.attribute(UNKNOWN_ATTRIBUTES),
            Some(&[0x70, 0x01][..])
        );
    }

    #[test]
    fn many_unknown_attributes_are_not_answered_with_more() {
        let many = vec![(AttributeType(0x7001), &b""[..]); 1000];
        let reply = ask(&mut World::new(), &many).unwrap();
        assert!(reply.len() < 100);
    }

    #[test]
    fn a_client_of_rfc_3489_is_told_its_address_in_plain() {
        let mut world = World::new();
        let mut request = vec![0, 1, 0, 0];
        request.extend_from_slice(&[5; 16]);
        let reply = world.ask(anna().client, &request).unwrap();
        let plain = [0, 1, 0, 8, 0, 1, 0x13, 0x88, 198, 51, 100, 7];
        assert_eq!(reply, [&[1, 1, 0, 12][..], &[5; 16], &plain].concat());
    }

    #[test]
    fn nothing_else_is_answered_at_all() {
        let mut world = World::new();
        let mut indication = Vec::new();
        Writer::new(
            &mut indication,
            Class::Indication,
            Method::BINDING,
            &[3; 12],
        )
        .finish();
        let mut response = Vec::new();
        Writer::new(&mut response, Class::Success, Method::BINDING, &[3; 12]).finish();
        let mut method = Vec::new();
        Writer::new(&mut method, Class::Request, Method(0x123), &[3; 12]).finish();
        let mut short = indication.clone();
        short.pop();
        let junk: [&[u8]; 7] = [
            &indication,
            &response,
            &method,
            &short,
            b"",
            b"\0",
            b"GET / HTTP/1.1\r\n\r\n",
        ];
        for datagram in junk {
            assert_eq!(world.ask(anna().client, datagram), None, "{datagram:?}");
        }
        assert_eq!(world.server.counters().malformed, 6);
    }

    #[test]
    fn without_turn_only_binding_is_answered() {
        let mut world = World::with(|shared| shared.turn = TurnService::Off);
        assert!(ask(&mut world, &[]).is_some());
        let mut request = Vec::new();
        Writer::new(&mut request, Class::Request, Method::ALLOCATE, &[3; 12]).finish();
        assert_eq!(world.ask(anna().client, &request), None);
    }
}

mod credentials {
    use super::*;

    #[test]
    fn who_shows_no_credentials_is_challenged() {
        let mut world = World::new();
        let mut request = Vec::new();
        Writer::new(&mut request, Class::Request, Method::ALLOCATE, &[3; 12]).finish();
        let reply = world.ask(anna().client, &request).unwrap();
        let message = Message::decode(&reply).unwrap();
        assert_eq!(message.text(REALM), Some("tincan"));
        assert!(message.text(NONCE).unwrap().starts_with("obMatJos2"));
        assert_eq!(
            message.attribute(PASSWORD_ALGORITHMS),
            Some(&PasswordAlgorithm::OFFER[..])
        );
        assert_eq!(
            world.server.counters().errors(ErrorCode::Unauthenticated),
            1
        );
        assert_eq!(world.server.allocations(), 0);
    }

    #[test]
    fn a_flood_of_strangers_is_answered_less_and_less() {
        let mut world = World::new();
        let mut request = Vec::new();
        Writer::new(&mut request, Class::Request, Method::ALLOCATE, &[3; 12]).finish();
        let (flood, other) = (anna().client, bob().client);
        let mut answered = Vec::new();
        for _ in 0..5 {
            let answers = (0..5_000).filter(|_| world.ask(flood, &request).is_some());
            answered.push(answers.count());
            assert!(world.ask(other, &request).is_some(), "others are answered");
            world.pass(1);
        }
        // A classroom's worth at once, and then what a thin line carries.
        assert!((2_000..4_000).contains(&answered[0]), "{answered:?}");
        assert!(
            answered[1..].iter().all(|count| *count < 400),
            "{answered:?}"
        );
        let counters = world.server.counters();
        let sent: usize = answered.iter().sum();
        assert_eq!(counters.throttled, (5 * 5_000 - sent) as u64);
        world.pass(10);
        assert!(world.ask(flood, &request).is_some(), "it is forgiven");
    }

    #[test]
    fn of_whoever_a_proxy_brings_a_flood_is_held_back_too() {
        let mut request = Vec::new();
        Writer::new(&mut request, Class::Request, Method::ALLOCATE, &[3; 12]).finish();
        let here = Person::at("127.0.0.1:5000", "room.anna").client;
        let answered = |proxies: &[&str]| {
            let ranges: Vec<_> = proxies.iter().map(|range| range.parse().unwrap()).collect();
            let mut world = World::with(|shared| {
                let policy = Policy::new(vec![], vec![], vec![8080]);
                shared.policy = policy.with_proxies(ranges.clone());
            });
            let answers = (0..5_000).filter(|_| world.ask(here, &request).is_some());
            answers.count()
        };
        assert_eq!(answered(&[]), 5_000);
        assert!(answered(&["127.0.0.1/32"]) < 4_000);
    }

    #[test]
    fn a_challenge_is_less_than_three_times_what_asked_for_it() {
        // The headers of IPv4 and UDP, as the network counts.
        const HEADERS: usize = 28;
        let methods = [
            Method::BINDING,
            Method::ALLOCATE,
            Method::REFRESH,
            Method::CREATE_PERMISSION,
            Method::CHANNEL_BIND,
        ];
        for method in methods {
            for has_fingerprint in [false, true] {
                let mut request = Vec::new();
                let mut writer = Writer::new(&mut request, Class::Request, method, &[3; 12]);
                if has_fingerprint {
                    writer.fingerprint();
                }
                writer.finish();
                let reply = World::new().ask(anna().client, &request).unwrap();
                let (asked, answered) = (HEADERS + request.len(), HEADERS + reply.len());
                assert!(answered < 3 * asked, "{answered} bytes for {asked}");
            }
        }
    }

    #[test]
    fn a_wrong_password_gets_nothing() {
        let mut world = World::new();
        let mut anna = anna();
        anna.password = "guess".to_owned();
        assert_eq!(anna.allocate_with(&mut world, &[]).error, Some(401));
        assert!(world.sockets.is_empty());
    }

    #[test]
    fn expired_credentials_make_no_allocation_but_keep_one() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        for _ in 0..9 {
            world.pass(500);
            anna.nonce = String::new();
            assert_eq!(anna.refresh(&mut world, 600).error, None);
        }
        let mut late = Person::at("198.51.100.7:5001", "room.anna");
        assert_eq!(late.allocate_with(&mut world, &[]).error, Some(401));
    }

    #[test]
    fn sha_256_is_taken_from_those_who_offer_it() {
        let mut world = World::new();
        let mut anna = anna();
        anna.algorithm = PasswordAlgorithm::Sha256;
        anna.allocate(&mut world);
        assert_eq!(anna.permit(&mut world, PEER), None);
    }

    #[test]
    fn a_downgraded_offer_is_refused() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        let only_md5 = (PASSWORD_ALGORITHMS, vec![0, 1, 0, 0]);
        let answer = anna.request(&mut world, Method::REFRESH, &[only_md5]);
        assert_eq!(answer.error, Some(400));
    }

    #[test]
    fn a_stale_nonce_is_replaced() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        for _ in 0..NONCE_LIFETIME / 300 {
            world.pass(300);
            let answer = anna.refresh(&mut world, 600);
            if answer.error == Some(438) {
                anna.nonce = answer.message().text(NONCE).unwrap().to_owned();
                assert_eq!(anna.refresh(&mut world, 600).error, None);
                return;
            }
        }
        panic!("the nonce never became stale");
    }

    #[test]
    fn a_nonce_of_somebody_else_is_stale_and_a_wrong_password_is_told_before() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        let mut bob = bob();
        bob.nonce = anna.nonce;
        assert_eq!(bob.allocate_with(&mut world, &[]).error, Some(438));
        bob.password = "guess".to_owned();
        assert_eq!(bob.allocate_with(&mut world, &[]).error, Some(401));
    }

    #[test]
    fn an_allocation_is_its_makers_alone() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        let mut bob = bob();
        bob.client = anna.client;
        assert_eq!(bob.refresh(&mut world, 0).error, Some(441));
        assert_eq!(world.server.allocations(), 1);
    }

    #[test]
    fn who_left_loses_allocation_and_credentials() {
        let mut world = World::new();
        let (mut anna, mut bob) = (anna(), bob());
        let relayed = anna.allocate(&mut world);
        bob.allocate(&mut world);
        anna.permit(&mut world, PEER);
        world
            .shared
            .authority
            .revoke("room.anna", world::START + 3600, world.now);
        world.server.handle_revoked("room.anna");
        world.carry_out();
        assert_eq!(world.server.allocations(), 1);
        assert_eq!(world.arrive(PEER, relayed, b"late"), None);
        assert_eq!(anna.allocate_with(&mut world, &[]).error, Some(401));
        assert_eq!(bob.refresh(&mut world, 600).error, None);
    }
}

mod revocations_that_were_missed {
    use super::*;

    #[test]
    fn end_the_allocations_they_were_about_and_no_others() {
        let mut world = World::new();
        let (mut anna, mut bob) = (anna(), bob());
        let relayed = anna.allocate(&mut world);
        let relayed_bob = bob.allocate(&mut world);
        anna.permit(&mut world, PEER);
        bob.permit(&mut world, PEER);
        let expires = world::START + 3600;
        world
            .shared
            .authority
            .revoke("room.anna", expires, world.now);
        assert!(world.arrive(PEER, relayed, b"not told yet").is_some());
        world.server.handle_revocations_missed();
        world.carry_out();
        assert_eq!(world.arrive(PEER, relayed, b"late"), None);
        assert!(world.arrive(PEER, relayed_bob, b"hello").is_some());
    }
}

mod allocations {
    use super::*;

    #[test]
    fn an_allocation_tells_both_addresses_and_its_lifetime() {
        let mut world = World::new();
        let mut anna = anna();
        let answer = anna.allocate_with(&mut world, &[]);
        let message = answer.message();
        let relayed = answer.relayed()[0];
        assert_eq!(relayed.ip().to_string(), SERVER);
        assert!((50_000..51_000).contains(&relayed.port()));
        let mapped = message.attribute(XOR_MAPPED_ADDRESS).unwrap();
        assert_eq!(
            read_xor_address(mapped, message.id()),
            Some(ANNA.parse().unwrap())
        );
        assert_eq!(answer.lifetime(), 600);
        assert_eq!(message.text(SOFTWARE), Some("tincan"));
        assert!(message.has_fingerprint());
    }

    #[test]
    fn a_lost_answer_is_given_again_and_a_second_allocation_is_not() {
        let mut world = World::new();
        let mut anna = anna();
        let relayed = anna.allocate(&mut world);
        let transport = (REQUESTED_TRANSPORT, vec![17, 0, 0, 0]);
        let again = anna.write(Method::ALLOCATE, &[transport]);
        assert_eq!(anna.send(&mut world, &again).relayed(), [relayed]);
        assert_eq!(anna.allocate_with(&mut world, &[]).error, Some(437));
        assert_eq!(world.server.allocations(), 1);
    }

    #[test]
    fn only_udp_is_relayed() {
        let mut world = World::new();
        let tcp = [(REQUESTED_TRANSPORT, vec![6, 0, 0, 0])];
        assert_eq!(
            anna().request(&mut world, Method::ALLOCATE, &tcp).error,
            Some(442)
        );
        assert_eq!(
            anna().request(&mut world, Method::ALLOCATE, &[]).error,
            Some(400)
        );
    }

    #[test]
    fn an_unknown_attribute_is_refused_and_dont_fragment_is_known() {
        let mut world = World::new();
        let answer = anna().allocate_with(&mut world, &[(AttributeType(0x7001), vec![])]);
        assert_eq!(answer.error, Some(420));
        let attribute = answer
            .message()
            .attribute(UNKNOWN_ATTRIBUTES)
            .map(<[u8]>::to_vec);
        assert_eq!(attribute, Some(vec![0x70, 0x01]));
        assert_eq!(
            anna()
                .allocate_with(&mut world, &[(DONT_FRAGMENT, vec![])])
                .error,
            None
        );
    }

    #[test]
    fn both_families_fit_in_one_allocation() {
        let mut world = World::new();
        let mut anna = anna();
        let both = (ADDITIONAL_ADDRESS_FAMILY, vec![2, 0, 0, 0]);
        let relayed = anna.allocate_with(&mut world, &[both]).relayed();
        assert!(relayed[0].is_ipv4() && relayed[1].is_ipv6());
        assert_eq!(anna.permit(&mut world, "[2001:db8:9::9]:1"), None);
        assert_eq!(anna.permit(&mut world, PEER), None);
        let only_v6 = [
            (LIFETIME, vec![0; 4]),
            (REQUESTED_ADDRESS_FAMILY, vec![2, 0, 0, 0]),
        ];
        assert_eq!(
            anna.request(&mut world, Method::REFRESH, &only_v6).error,
            None
        );
        assert_eq!(anna.permit(&mut world, "[2001:db8:9::9]:1"), Some(443));
        assert_eq!(
            anna.tell(&mut world, PEER, b"still").unwrap().from,
            relayed[0]
        );
        assert_eq!(
            anna.request(&mut world, Method::REFRESH, &only_v6).error,
            Some(443)
        );
    }

    #[test]
    fn a_family_the_server_has_not_is_refused_or_left_out() {
        let mut world = World::with(|shared| shared.local_v6 = None);
        let v6 = (REQUESTED_ADDRESS_FAMILY, vec![2, 0, 0, 0]);
        assert_eq!(anna().allocate_with(&mut world, &[v6]).error, Some(440));
        assert_eq!(world.server.allocations(), 0);
        let both = (ADDITIONAL_ADDRESS_FAMILY, vec![2, 0, 0, 0]);
        let answer = anna().allocate_with(&mut world, &[both]);
        assert_eq!(answer.relayed().len(), 1);
        let reason = answer
            .message()
            .attribute(ADDRESS_ERROR_CODE)
            .unwrap()
            .to_vec();
        assert_eq!(reason[..4], [2, 0, 4, 40]);
    }

    #[test]
    fn where_one_family_has_no_port_left_the_other_is_had() {
        let mut world = World::with(|shared| shared.ports = Ports::new(50_000..=50_001));
        let v6 = (REQUESTED_ADDRESS_FAMILY, vec![2, 0, 0, 0]);
        let both = (ADDITIONAL_ADDRESS_FAMILY, vec![2, 0, 0, 0]);
        for from in ["198.51.100.9:1", "198.51.100.9:2"] {
            let mut person = Person::at(from, "room.carol");
            let wish = std::slice::from_ref(&v6);
            assert_eq!(person.allocate_with(&mut world, wish).error, None);
        }
        let answer = anna().allocate_with(&mut world, &[both]);
        assert!(matches!(
            answer.relayed()[..],
            [std::net::SocketAddr::V4(_)]
        ));
        let reason = answer.message().attribute(ADDRESS_ERROR_CODE).unwrap();
        assert_eq!(reason[..4], [2, 0, 5, 8]);
    }

    #[test]
    fn families_that_contradict_each_other_are_a_bad_request() {
        let mut world = World::new();
        let v4 = (REQUESTED_ADDRESS_FAMILY, vec![1, 0, 0, 0]);
        let more_v6 = (ADDITIONAL_ADDRESS_FAMILY, vec![2, 0, 0, 0]);
        let more_v4 = (ADDITIONAL_ADDRESS_FAMILY, vec![1, 0, 0, 0]);
        let pair = (EVEN_PORT, vec![0x80]);
        for wish in [
            vec![v4, more_v6.clone()],
            vec![more_v4],
            vec![pair, more_v6],
        ] {
            assert_eq!(
                anna().allocate_with(&mut world, &wish).error,
                Some(400),
                "{wish:?}"
            );
        }
        let unknown = (REQUESTED_ADDRESS_FAMILY, vec![3, 0, 0, 0]);
        assert_eq!(
            anna().allocate_with(&mut world, &[unknown]).error,
            Some(440)
        );
    }

    #[test]
    fn a_pair_of_ports_is_kept_for_whoever_brings_the_token() {
        let mut world = World::new();
        let answer = anna().allocate_with(&mut world, &[(EVEN_PORT, vec![0x80])]);
        let even = answer.relayed()[0].port();
        assert_eq!(even % 2, 0);
        let token = answer
            .message()
            .attribute(RESERVATION_TOKEN)
            .unwrap()
            .to_vec();
        let wish = [(RESERVATION_TOKEN, token)];
        let odd = bob().allocate_with(&mut world, &wish).relayed()[0].port();
        assert_eq!(odd, even + 1);
        let mut late = Person::at("198.51.100.9:1", "room.carol");
        assert_eq!(
            late.allocate_with(&mut world, &wish).error,
            Some(508),
            "a token serves once"
        );
    }

    #[test]
    fn a_kept_port_goes_with_the_allocation_it_was_kept_for() {
        let mut world = World::new();
        let mut anna = anna();
        for _ in 0..3 {
            let answer = anna.allocate_with(&mut world, &[(EVEN_PORT, vec![0x80])]);
            assert_eq!(answer.error, None);
            assert_eq!(world.shared.ports.count(), 2);
            assert_eq!(anna.refresh(&mut world, 0).error, None);
            assert_eq!(world.shared.ports.count(), 0);
        }
        // Whoever has brought the token has the port for themselves.
        let answer = anna.allocate_with(&mut world, &[(EVEN_PORT, vec![0x80])]);
        let token = answer.message().attribute(RESERVATION_TOKEN).unwrap();
        let wish = [(RESERVATION_TOKEN, token.to_vec())];
        assert_eq!(bob().allocate_with(&mut world, &wish).error, None);
        assert_eq!(anna.refresh(&mut world, 0).error, None);
        assert_eq!(world.shared.ports.count(), 1);
    }

    #[test]
    fn an_even_port_alone_keeps_no_other() {
        let mut world = World::new();
        let answer = anna().allocate_with(&mut world, &[(EVEN_PORT, vec![0])]);
        assert_eq!(answer.relayed()[0].port() % 2, 0);
        assert_eq!(answer.message().attribute(RESERVATION_TOKEN), None);
        assert_eq!(world.shared.ports.count(), 1);
    }

    #[test]
    fn where_packets_cannot_be_kept_whole_dont_fragment_is_unknown() {
        let mut world = World::with(|shared| shared.dont_fragment = DontFragment::Unknown);
        let mut anna = anna();
        let answer = anna.allocate_with(&mut world, &[(DONT_FRAGMENT, vec![])]);
        assert_eq!(answer.error, Some(420));
        let named = answer.message().attribute(UNKNOWN_ATTRIBUTES);
        assert_eq!(named, Some(&DONT_FRAGMENT.0.to_be_bytes()[..]));
        anna.allocate(&mut world);
        anna.permit(&mut world, PEER);
        assert!(anna.tell(&mut world, PEER, b"x").is_some());
        let whole = anna.tell_with(&mut world, PEER, b"x", &[DONT_FRAGMENT]);
        assert_eq!(whole, None);
    }

    #[test]
    fn a_token_nobody_brings_lets_its_port_go() {
        let mut world = World::new();
        let answer = anna().allocate_with(&mut world, &[(EVEN_PORT, vec![0x80])]);
        let token = answer
            .message()
            .attribute(RESERVATION_TOKEN)
            .unwrap()
            .to_vec();
        assert_eq!(world.shared.ports.count(), 2);
        world.pass(61);
        assert_eq!(world.shared.ports.count(), 1);
        let wish = [(RESERVATION_TOKEN, token)];
        assert_eq!(bob().allocate_with(&mut world, &wish).error, Some(508));
    }

    #[test]
    fn a_port_somebody_else_has_is_passed_over() {
        let mut world = World::with(|shared| shared.ports = Ports::new(50_000..=50_003));
        world.taken.extend([50_000, 50_001, 50_003]);
        let mut found = false;
        for attempt in 0..8 {
            let mut person = Person::at(&format!("198.51.100.7:{}", 5000 + attempt), "room.anna");
            let answer = person.allocate_with(&mut world, &[]);
            if answer.error.is_none() {
                assert_eq!(answer.relayed()[0].port(), 50_002);
                found = true;
            } else {
                assert_eq!(answer.error, Some(508));
            }
        }
        assert!(found);
        assert_eq!(world.shared.ports.count(), 1, "no port is lost by failing");
    }

    #[test]
    fn when_all_ports_are_gone_the_next_is_told_so() {
        let mut world = World::with(|shared| shared.ports = Ports::new(50_000..=50_000));
        anna().allocate(&mut world);
        assert_eq!(bob().allocate_with(&mut world, &[]).error, Some(508));
    }

    #[test]
    fn a_refresh_prolongs_and_a_lifetime_of_nothing_ends() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        world.pass(599);
        assert_eq!(anna.refresh(&mut world, 100_000).lifetime(), 3600);
        world.pass(3599);
        assert_eq!(world.server.allocations(), 1);
        anna.nonce = String::new();
        assert_eq!(anna.refresh(&mut world, 0).lifetime(), 0);
        assert_eq!(world.server.allocations(), 0);
        assert!(world.sockets.is_empty());
        assert_eq!(anna.refresh(&mut world, 600).error, Some(437));
    }

    #[test]
    fn an_allocation_nobody_refreshes_ends() {
        let mut world = World::new();
        anna().allocate(&mut world);
        world.pass(599);
        assert_eq!(world.sockets.len(), 1);
        world.pass(1);
        assert!(world.sockets.is_empty());
        assert_eq!(world.shared.ports.count(), 0);
    }

    #[test]
    fn a_closed_stream_ends_its_allocation() {
        let mut world = World::new();
        let mut anna = anna();
        anna.client.transport = Transport::Stream;
        anna.allocate(&mut world);
        world.server.handle_client_gone(&anna.client);
        world.carry_out();
        assert!(world.sockets.is_empty());
    }

    #[test]
    fn behind_an_external_address_that_one_is_told() {
        let mut world = World::with(|shared| {
            shared.external_v4 = Some("203.0.113.99".parse().unwrap());
            let own = vec!["203.0.113.99".parse().unwrap(), SERVER.parse().unwrap()];
            shared.policy = Policy::new(vec![], own, vec![8080]);
        });
        let relayed = anna().allocate(&mut world);
        assert_eq!(relayed.ip().to_string(), "203.0.113.99");
        let bound = world.sockets.values().next().unwrap();
        assert!(bound.ip().is_unspecified());
    }
}

mod peers {
    use super::*;

    #[test]
    fn a_permission_opens_an_address_in_both_directions() {
        let mut world = World::new();
        let mut anna = anna();
        let relayed = anna.allocate(&mut world);
        assert_eq!(anna.tell(&mut world, PEER, b"too early"), None);
        assert_eq!(world.arrive(PEER, relayed, b"too early"), None);
        assert_eq!(anna.permit(&mut world, PEER), None);
        let delivery = anna.tell(&mut world, PEER, b"hello").unwrap();
        assert_eq!(
            (delivery.from, &*delivery.payload),
            (relayed, &b"hello"[..])
        );
        // Any port of the address will do.
        let got = world.arrive("192.0.2.9:1", relayed, b"hello too").unwrap();
        let peer = "192.0.2.9:1".parse().unwrap();
        let payload = b"hello too".to_vec();
        assert_eq!(got, Got::Data { peer, payload });
        assert_eq!(world.arrive("192.0.2.10:7000", relayed, b"stranger"), None);
    }

    #[test]
    fn a_packet_is_kept_whole_where_that_is_asked_and_only_there() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        anna.bind(&mut world, 0x4000, PEER);
        let whole = anna.tell_with(&mut world, PEER, b"x", &[DONT_FRAGMENT]);
        assert_eq!(whole.unwrap().fragment, Fragment::Forbidden);
        let plain = anna.tell(&mut world, PEER, b"x").unwrap();
        assert_eq!(plain.fragment, Fragment::Allowed);
        let channel = anna.channel(&mut world, 0x4000, b"x").unwrap();
        assert_eq!(channel.fragment, Fragment::Allowed);
    }

    #[test]
    fn a_permission_ends_after_five_minutes_unless_renewed() {
        let mut world = World::new();
        let mut anna = anna();
        let relayed = anna.allocate(&mut world);
        anna.permit(&mut world, PEER);
        world.pass(299);
        assert!(world.arrive(PEER, relayed, b"x").is_some());
        anna.permit(&mut world, PEER);
        world.pass(299);
        assert!(world.arrive(PEER, relayed, b"x").is_some());
        world.pass(1);
        assert_eq!(world.arrive(PEER, relayed, b"x"), None);
        assert_eq!(anna.tell(&mut world, PEER, b"x"), None);
    }

    #[test]
    fn a_channel_carries_payload_with_four_bytes_of_header() {
        let mut world = World::new();
        let mut anna = anna();
        let relayed = anna.allocate(&mut world);
        assert_eq!(anna.channel(&mut world, 0x4000, b"too early"), None);
        assert_eq!(anna.bind(&mut world, 0x4000, PEER), None);
        let delivery = anna.channel(&mut world, 0x4000, b"hello").unwrap();
        assert_eq!(delivery.to, PEER.parse().unwrap());
        assert_eq!(delivery.payload, b"hello");
        let got = world.arrive(PEER, relayed, b"hello too").unwrap();
        let payload = b"hello too".to_vec();
        assert_eq!(
            got,
            Got::Channel {
                number: 0x4000,
                payload
            }
        );
        // Another port of the same address has no number.
        let got = world.arrive("192.0.2.9:1", relayed, b"x").unwrap();
        assert!(matches!(got, Got::Data { .. }));
    }

    #[test]
    fn a_channel_outlives_its_permission_only_if_that_is_renewed() {
        let mut world = World::new();
        let mut anna = anna();
        let relayed = anna.allocate(&mut world);
        anna.bind(&mut world, 0x4000, PEER);
        world.pass(301);
        assert_eq!(anna.channel(&mut world, 0x4000, b"x"), None);
        assert_eq!(world.arrive(PEER, relayed, b"x"), None);
        anna.permit(&mut world, PEER);
        assert!(anna.channel(&mut world, 0x4000, b"x").is_some());
        world.pass(200);
        anna.refresh(&mut world, 600);
        world.pass(99);
        // The channel itself is over after ten minutes, the permission is not.
        anna.permit(&mut world, PEER);
        assert_eq!(anna.channel(&mut world, 0x4000, b"x"), None);
        assert!(matches!(
            world.arrive(PEER, relayed, b"x"),
            Some(Got::Data { .. })
        ));
        assert_eq!(
            anna.bind(&mut world, 0x4000, BOB),
            None,
            "the number is free again"
        );
    }

    #[test]
    fn a_number_stands_for_one_peer_and_a_peer_has_one_number() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        assert_eq!(anna.bind(&mut world, 0x4000, PEER), None);
        assert_eq!(
            anna.bind(&mut world, 0x4000, PEER),
            None,
            "binding again renews"
        );
        assert_eq!(anna.bind(&mut world, 0x4000, BOB), Some(400));
        assert_eq!(anna.bind(&mut world, 0x4001, PEER), Some(400));
        assert_eq!(anna.bind(&mut world, 0x3FFF, BOB), Some(400));
        assert_eq!(anna.bind(&mut world, 0x8000, BOB), Some(400));
    }

    #[test]
    fn peers_in_forbidden_places_are_refused() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        for peer in [
            "127.0.0.1:22",
            "10.0.0.1:80",
            "169.254.169.254:80",
            "224.0.0.1:9",
        ] {
            assert_eq!(anna.permit(&mut world, peer), Some(403), "{peer}");
            assert_eq!(anna.bind(&mut world, 0x4000, peer), Some(403), "{peer}");
        }
        assert_eq!(anna.permit(&mut world, "[2001:db8::9]:1"), Some(443));
    }

    #[test]
    fn of_the_server_itself_only_living_relays_can_be_reached() {
        let mut world = World::new();
        let (mut anna, mut bob) = (anna(), bob());
        let relayed_anna = anna.allocate(&mut world);
        let relayed_bob = bob.allocate(&mut world);
        assert_eq!(anna.permit(&mut world, &relayed_bob.to_string()), None);
        let delivery = anna
            .tell(&mut world, &relayed_bob.to_string(), b"hi")
            .unwrap();
        assert_eq!((delivery.from, delivery.to), (relayed_anna, relayed_bob));
        assert_eq!(world.inside, 1, "it took no detour through the network");
        assert_eq!(anna.tell(&mut world, &format!("{SERVER}:22"), b"x"), None);
        assert_eq!(anna.tell(&mut world, &format!("{SERVER}:8080"), b"x"), None);
        assert_eq!(
            anna.bind(&mut world, 0x4000, &format!("{SERVER}:8080")),
            Some(403)
        );
        bob.refresh(&mut world, 0);
        assert_eq!(anna.tell(&mut world, &relayed_bob.to_string(), b"x"), None);
    }

    #[test]
    fn two_clients_behind_an_external_address_meet_inside() {
        let mut world = World::with(|shared| {
            shared.external_v4 = Some("203.0.113.99".parse().unwrap());
            let own = vec!["203.0.113.99".parse().unwrap(), SERVER.parse().unwrap()];
            shared.policy = Policy::new(vec![], own, vec![8080]);
        });
        let (mut anna, mut bob) = (anna(), bob());
        let relayed_anna = anna.allocate(&mut world);
        let relayed_bob = bob.allocate(&mut world);
        bob.permit(&mut world, &relayed_anna.to_string());
        anna.bind(&mut world, 0x4000, &relayed_bob.to_string());
        assert!(anna.channel(&mut world, 0x4000, b"hi").is_some());
        assert_eq!(world.inside, 1);
        // What another thread's relay sends comes from the machine's own address.
        let bound = world
            .sockets
            .values()
            .find(|bound| bound.port() == relayed_bob.port());
        let bound = *bound.unwrap();
        let from = format!("{SERVER}:{}", relayed_anna.port());
        let payload = b"hi".to_vec();
        let got = world.arrive(&from, bound, b"hi");
        assert_eq!(
            got,
            Some(Got::Data {
                peer: relayed_anna,
                payload
            })
        );
    }

    #[test]
    fn a_malformed_indication_is_dropped() {
        let mut world = World::new();
        let mut anna = anna();
        anna.allocate(&mut world);
        anna.permit(&mut world, PEER);
        let mut message = Vec::new();
        Writer::new(&mut message, Class::Indication, Method::SEND, &[9; 12]).finish();
        assert_eq!(world.relay(anna.client, &message), None);
        assert_eq!(world.relay(anna.client, &[0x40, 0, 0, 9, 1]), None);
    }
}

mod quotas {
    use super::*;

    fn limited(participant: Limit, room: Limit) -> World {
        World::with(|shared| shared.quotas = Quotas::new(Limits { participant, room }))
    }

    fn allocations(allocations: u32) -> Limit {
        Limit {
            allocations,
            ..Limit::NONE
        }
    }

    #[test]
    fn a_participant_has_so_many_allocations_and_no_more() {
        let mut world = limited(allocations(2), Limit::NONE);
        let mut people: Vec<_> = (0..3)
            .map(|n| Person::at(&format!("198.51.100.7:{}", 5000 + n), "room.anna"))
            .collect();
        assert_eq!(people[0].allocate_with(&mut world, &[]).error, None);
        assert_eq!(people[1].allocate_with(&mut world, &[]).error, None);
        for _ in 0..3 {
            assert_eq!(people[2].allocate_with(&mut world, &[]).error, Some(486));
        }
        assert_eq!(
            bob().allocate_with(&mut world, &[]).error,
            None,
            "others have their own"
        );
        people[0].refresh(&mut world, 0);
        assert_eq!(people[2].allocate_with(&mut world, &[]).error, None);
    }

    #[test]
    fn a_room_has_so_many_together() {
        let mut world = limited(Limit::NONE, allocations(1));
        anna().allocate(&mut world);
        assert_eq!(bob().allocate_with(&mut world, &[]).error, Some(486));
        let mut elsewhere = Person::at("198.51.100.9:1", "other.carol");
        assert_eq!(elsewhere.allocate_with(&mut world, &[]).error, None);
    }

    #[test]
    fn who_holds_the_secret_is_not_counted() {
        let mut world = limited(allocations(1), allocations(1));
        for port in 1..5 {
            let mut tool = Person::at(&format!("198.51.100.7:{port}"), "tool");
            assert_eq!(tool.allocate_with(&mut world, &[]).error, None);
        }
    }

    #[test]
    fn bytes_beyond_the_rate_are_dropped() {
        let rate = Limit {
            bytes_per_second: 10_000,
            ..Limit::NONE
        };
        let mut world = limited(rate, Limit::NONE);
        let mut anna = anna();
        anna.allocate(&mut world);
        anna.permit(&mut world, PEER);
        for _ in 0..3 {
            // Half a second's worth may come at once, and the packet that goes beyond it.
            let passed = (0..100).filter(|_| anna.tell(&mut world, PEER, &[0; 100]).is_some());
            assert_eq!(passed.count(), 51);
            world.pass(1);
        }
        assert_eq!(world.server.counters().over_quota, 3 * 49);
    }

    #[test]
    fn bytes_beyond_the_rooms_rate_are_dropped() {
        let rate = Limit {
            bytes_per_second: 10_000,
            ..Limit::NONE
        };
        let mut world = limited(Limit::NONE, rate);
        let (mut anna, mut bob) = (anna(), bob());
        let mut carol = Person::at("198.51.100.9:1", "other.carol");
        for person in [&mut anna, &mut bob, &mut carol] {
            person.allocate(&mut world);
            person.permit(&mut world, PEER);
        }
        let mut said = |person: &Person| {
            let passed = (0..100).filter(|_| person.tell(&mut world, PEER, &[0; 100]).is_some());
            passed.count()
        };
        assert_eq!(said(&anna), 51);
        assert_eq!(said(&bob), 0, "she has taken the room's share");
        assert_eq!(said(&carol), 51, "another room has its own");
    }

    #[test]
    fn bytes_beyond_the_rooms_total_are_dropped() {
        let total = Limit {
            bytes_in_all: 250,
            ..Limit::NONE
        };
        let mut world = limited(Limit::NONE, total);
        let (mut anna, mut bob) = (anna(), bob());
        for person in [&mut anna, &mut bob] {
            person.allocate(&mut world);
            person.permit(&mut world, PEER);
        }
        assert!(anna.tell(&mut world, PEER, &[0; 100]).is_some());
        assert!(bob.tell(&mut world, PEER, &[0; 100]).is_some());
        assert!(anna.tell(&mut world, PEER, &[0; 100]).is_none());
        assert!(bob.tell(&mut world, PEER, &[0; 100]).is_none());
        assert_eq!(world.server.counters().over_quota, 2);
        let mut late = Person::at("198.51.100.9:1", "room.carol");
        assert_eq!(late.allocate_with(&mut world, &[]).error, Some(486));
    }

    #[test]
    fn bytes_beyond_the_total_are_dropped() {
        let total = Limit {
            bytes_in_all: 250,
            ..Limit::NONE
        };
        let mut world = limited(total, Limit::NONE);
        let mut anna = anna();
        let relayed = anna.allocate(&mut world);
        anna.permit(&mut world, PEER);
        assert!(anna.tell(&mut world, PEER, &[0; 100]).is_some());
        assert!(world.arrive(PEER, relayed, &[0; 100]).is_some());
        assert!(anna.tell(&mut world, PEER, &[0; 100]).is_none());
        assert_eq!(world.server.counters().over_quota, 1);
    }
}

#[test]
fn a_day_of_comings_and_goings_leaves_nothing_behind() {
    let mut world = World::new();
    for minute in 0..24 * 60_u64 {
        let now = world.now.unix_seconds;
        let mut person = Person::at(&format!("198.51.100.7:{}", 1 + minute), "room.anna");
        person.username = format!("{}:room{}.p{minute}", now + 900, minute % 7);
        person.password = turn::auth::password(world::SECRET, &person.username);
        let wish: &[_] = match minute % 3 {
            0 => &[],
            1 => &[(EVEN_PORT, vec![0x80])],
            _ => &[(ADDITIONAL_ADDRESS_FAMILY, vec![2, 0, 0, 0])],
        };
        assert_eq!(person.allocate_with(&mut world, wish).error, None);
        person.bind(&mut world, 0x4000 + (minute % 100) as u16, PEER);
        world.pass(60);
        assert!(
            world.server.allocations() <= 10,
            "{} live",
            world.server.allocations()
        );
    }
    world.pass(3600);
    assert_eq!(world.server.allocations(), 0);
    assert_eq!(world.shared.ports.count(), 0);
    assert!(world.shared.quotas.is_empty());
    assert!(world.sockets.is_empty());
    let counters = world.server.counters();
    assert_eq!(counters.allocations, counters.deallocations);
}
