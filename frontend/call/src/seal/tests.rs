use proptest::prelude::*;
use rand_core::SeedableRng as _;

use super::*;

const ANNA: SessionNonce = SessionNonce([1; 16]);
const BOB: SessionNonce = SessionNonce([2; 16]);
const ANNA_TO_BOB: Ends = Ends {
    sender: ANNA,
    receiver: BOB,
};

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([9; 32])
}

fn seal(room: &str, key: u8) -> Seal {
    Seal::new(&room.parse().unwrap(), &RoomKey::from_bytes([key; 16]))
}

fn open(seal: &Seal, body: &[u8], ends: Ends) -> Result<Vec<u8>, Unopened> {
    seal.open(&Sealed::parse(body)?, ends)
}

#[test]
fn the_receiver_reads_what_the_sender_said() {
    let body = seal("our-room", 7).seal(Kind::Numbered(3), ANNA_TO_BOB, b"hi", &mut rng());
    assert_eq!(
        open(&seal("our-room", 7), &body, ANNA_TO_BOB),
        Ok(b"hi".to_vec())
    );
}

#[test]
fn nothing_said_shows_in_a_body() {
    let body = seal("our-room", 7).seal(Kind::Status(3), ANNA_TO_BOB, b"a secret", &mut rng());
    assert!(!body.windows(8).any(|part| part == b"a secret"));
}

#[test]
fn another_key_or_room_does_not_open_it() {
    let body = seal("our-room", 7).seal(Kind::Numbered(1), ANNA_TO_BOB, b"hi", &mut rng());
    assert_eq!(
        open(&seal("our-room", 8), &body, ANNA_TO_BOB),
        Err(Unopened)
    );
    assert_eq!(
        open(&seal("her-room", 7), &body, ANNA_TO_BOB),
        Err(Unopened)
    );
}

#[test]
fn a_body_cannot_be_reflected_or_redirected() {
    let seal = seal("our-room", 7);
    let body = seal.seal(Kind::Numbered(1), ANNA_TO_BOB, b"hi", &mut rng());
    let back = Ends {
        sender: BOB,
        receiver: ANNA,
    };
    let elsewhere = Ends {
        sender: ANNA,
        receiver: SessionNonce([3; 16]),
    };
    assert_eq!(open(&seal, &body, back), Err(Unopened));
    assert_eq!(open(&seal, &body, elsewhere), Err(Unopened));
}

#[test]
fn a_body_cannot_take_another_place_or_kind() {
    let seal = seal("our-room", 7);
    let body = seal.seal(Kind::Numbered(1), ANNA_TO_BOB, b"hi", &mut rng());
    let mut later = body.clone();
    later[8] = 2;
    assert_eq!(open(&seal, &later, ANNA_TO_BOB), Err(Unopened));
    let mut status = body;
    status[0] = 2;
    assert_eq!(open(&seal, &status, ANNA_TO_BOB), Err(Unopened));
}

#[test]
fn a_hello_tells_who_greets_whoever_has_the_key() {
    let body = seal("our-room", 7).seal_hello(ANNA, b"{}", &mut rng());
    let sealed = Sealed::parse(&body).unwrap();
    let opened = seal("our-room", 7).open_hello(&sealed);
    assert_eq!(opened, Ok((ANNA, b"{}".to_vec())));
    assert_eq!(seal("our-room", 8).open_hello(&sealed), Err(Unopened));
    assert_eq!(seal("her-room", 7).open_hello(&sealed), Err(Unopened));
}

#[test]
fn a_hello_is_not_taken_for_a_signal_nor_the_other_way_round() {
    let seal = seal("our-room", 7);
    let hello = seal.seal_hello(ANNA, b"{}", &mut rng());
    assert_eq!(open(&seal, &hello, ANNA_TO_BOB), Err(Unopened));
    let signal = seal.seal(Kind::Numbered(1), ANNA_TO_BOB, b"hi", &mut rng());
    let sealed = Sealed::parse(&signal).unwrap();
    assert_eq!(seal.open_hello(&sealed), Err(Unopened));
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_or_the_box_panic(body: Vec<u8>) {
        let seal = seal("our-room", 7);
        if let Ok(sealed) = Sealed::parse(&body) {
            prop_assert_eq!(seal.open(&sealed, ANNA_TO_BOB), Err(Unopened));
            prop_assert_eq!(seal.open_hello(&sealed), Err(Unopened));
        }
    }

    #[test]
    fn a_changed_bit_is_always_found(counter: u64, text: Vec<u8>, at: prop::sample::Index, bit in 0..8_u8) {
        let seal = seal("our-room", 7);
        let mut body = seal.seal(Kind::Numbered(counter), ANNA_TO_BOB, &text, &mut rng());
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        prop_assert_eq!(open(&seal, &body, ANNA_TO_BOB), Err(Unopened));
    }
}
