//! What is done for every packet takes no memory: neither answering a Binding request nor passing a
//! packet on, either way.

mod world;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use turn::message::{Class, Method, Writer};
use turn::{HEADROOM, Outcome};
use world::{Person, World};

const PEER: &str = "192.0.2.9:7000";

/// The system's memory, and how often this thread asked for some.
struct Counting;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

#[expect(
    unsafe_code,
    reason = "the trait is unsafe; every call is passed on as it came"
)]
// SAFETY: the system's own allocator does all of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.with(|asked| asked.set(asked.get() + 1));
        // SAFETY: what the caller promises is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static MEMORY: Counting = Counting;

/// How often `packet`, done once to warm up, takes memory when it is done a thousand times more.
fn asked_by(mut packet: impl FnMut()) -> u64 {
    packet();
    let before = ASKED.with(Cell::get);
    (0..1000).for_each(|_| packet());
    ASKED.with(Cell::get) - before
}

#[test]
fn a_binding_request_takes_no_memory() {
    let mut world = World::new();
    let client = Person::at("198.51.100.7:5000", "room.anna").client;
    let mut request = Vec::new();
    Writer::new(&mut request, Class::Request, Method::BINDING, &[3; 12]).finish();
    let mut reply = Vec::new();
    let asked = asked_by(|| {
        let outcome = world
            .server
            .handle_datagram(world.now, client, &request, &mut reply);
        assert_eq!(outcome, Outcome::Reply);
    });
    assert_eq!(asked, 0);
}

#[test]
fn a_packet_takes_no_memory_in_either_direction() {
    let mut world = World::new();
    let mut anna = Person::at("198.51.100.7:5000", "room.anna");
    let relayed = anna.allocate(&mut world);
    // More than are looked through one by one.
    for number in 0..20_u16 {
        let peer = format!("192.0.2.9:{}", 7000 + number);
        assert_eq!(anna.bind(&mut world, 0x4000 + number, &peer), None);
    }
    let relay = *world
        .sockets
        .iter()
        .find_map(|(relay, bound)| (*bound == relayed).then_some(relay))
        .unwrap();
    let message = [&[0x40, 0x00, 0x00, 0x04][..], b"data"].concat();
    let (peer, mut reply, mut headroom) = (PEER.parse().unwrap(), Vec::new(), [0; HEADROOM]);
    let up = asked_by(|| {
        let outcome = world
            .server
            .handle_datagram(world.now, anna.client, &message, &mut reply);
        assert!(matches!(outcome, Outcome::ToPeer(_)));
    });
    let down = asked_by(|| {
        let packet = world
            .server
            .handle_peer_data(world.now, relay, peer, 4, &mut headroom);
        assert!(packet.is_some());
    });
    assert_eq!((up, down), (0, 0));
}
