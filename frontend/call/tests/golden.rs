//! The bytes of the seal, held fast: whoever changes them changes the protocol.
//!
//! `TINCAN_BLESS=1 cargo test -p call golden` writes the files anew.

use call::safety;
use call::seal::{Ends, Kind, Seal, Sealed, SessionNonce};
use call::{CallLink, RoomKey, phrase};
use chacha20::ChaCha20Rng;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::SeedableRng as _;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vectors {
    /// The link's fragment.
    key: String,
    room: String,
    /// Hexadecimal, as are all other bytes here.
    sender: String,
    receiver: String,
    boxes: Vec<Vector>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vector {
    kind: String,
    counter: Option<u64>,
    plaintext: String,
    body: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn nonce(text: &str) -> SessionNonce {
    SessionNonce(unhex(text).try_into().unwrap())
}

fn make() -> Vectors {
    let key = RoomKey::from_bytes(std::array::from_fn(|at| at as u8));
    let room = "kfd-wupq-xnr";
    let seal = Seal::new(&room.parse().unwrap(), &key);
    let greeting = Seal::new(
        &room.parse().unwrap(),
        &key.greeting(&room.parse().unwrap()),
    );
    let ends = Ends {
        sender: SessionNonce([0x11; 16]),
        receiver: SessionNonce([0x22; 16]),
    };
    let mut rng = ChaCha20Rng::from_seed([0x33; 32]);
    let hello = r#"{"heard":false}"#;
    let numbered = r#"{"ack":0,"signal":{"type":"renew","generation":2}}"#;
    let status = r#"{"ack":7,"gap":false}"#;
    let mut boxes = vec![Vector {
        kind: "hello".to_owned(),
        counter: None,
        plaintext: hello.to_owned(),
        body: hex(&greeting.seal_hello(ends.sender, hello.as_bytes(), &mut rng)),
    }];
    for (name, counter, text) in [("numbered", 1, numbered), ("status", 9, status)] {
        let kind = if name == "numbered" {
            Kind::Numbered(counter)
        } else {
            Kind::Status(counter)
        };
        boxes.push(Vector {
            kind: name.to_owned(),
            counter: Some(counter),
            plaintext: text.to_owned(),
            body: hex(&seal.seal(kind, ends, text.as_bytes(), &mut rng)),
        });
    }
    Vectors {
        key: key.to_fragment().unwrap(),
        room: room.to_owned(),
        sender: hex(&ends.sender.0),
        receiver: hex(&ends.receiver.0),
        boxes,
    }
}

fn stored() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/seal.json");
    if std::env::var_os("TINCAN_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&make()).unwrap();
        std::fs::write(path, text + "\n").unwrap();
    }
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A safety code and what leads to it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SafetyVector {
    sessions: [String; 2],
    descriptions: [String; 2],
    nonces: [String; 2],
    about: String,
    /// What binds the first to their nonce, as said to the second.
    commitment: String,
    /// Both steps of the first, as they are said.
    steps: [String; 2],
    pictures: [u8; safety::CODE_LENGTH],
}

fn make_safety() -> SafetyVector {
    let sessions = [SessionNonce([0x11; 16]), SessionNonce([0x22; 16])];
    let descriptions = [
        "v=0\r\na=fingerprint:sha-256 AA:BB\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=fingerprint:sha-256 CC:DD\r\n",
    ];
    let nonces = [[0x33; 32], [0x44; 32]];
    let [one, other] = [0, 1].map(|at| safety::Side {
        session: sessions[at],
        fingerprints: safety::fingerprints(descriptions[at]).unwrap(),
    });
    let about = safety::about(one, other);
    let commitment = safety::commitment(sessions[0], sessions[1], &about, &nonces[0]);
    SafetyVector {
        sessions: sessions.map(|session| hex(&session.0)),
        descriptions: descriptions.map(str::to_owned),
        nonces: nonces.map(|nonce| hex(&nonce)),
        about: hex(&about),
        commitment: hex(&commitment),
        steps: [
            safety::Step::Commit(about, commitment).write(),
            safety::Step::Reveal(about, nonces[0]).write(),
        ],
        pictures: safety::code((one, &nonces[0]), (other, &nonces[1])),
    }
}

#[test]
fn the_safety_code_is_what_it_always_was() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/safety.json");
    if std::env::var_os("TINCAN_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&make_safety()).unwrap();
        std::fs::write(path, text + "\n").unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        make_safety(),
        serde_json::from_str::<SafetyVector>(&stored).unwrap()
    );
}

/// A pass phrase and the key it makes with a link.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct PhraseVector {
    link: String,
    /// As a person types it.
    typed: String,
    /// In Unicode's form NFKC and trimmed, as bytes.
    password: String,
    salt: String,
    rounds: u32,
    /// What stands in the place of the link's key, as a fragment would carry it.
    key: String,
}

/// PBKDF2-HMAC-SHA-256 (RFC 8018, section 5.2), of one block.
fn pbkdf2(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(password).unwrap();
    let hmac = |parts: [&[u8]; 2]| -> [u8; 32] {
        let mac = keyed.clone().chain_update(parts[0]).chain_update(parts[1]);
        mac.finalize().into_bytes().into()
    };
    let mut round = hmac([salt, &1_u32.to_be_bytes()]);
    let mut block = round;
    for _ in 1..rounds {
        round = hmac([&round, &[]]);
        for (byte, more) in block.iter_mut().zip(round) {
            *byte ^= more;
        }
    }
    block
}

/// The file was also checked with Python:
///
/// ```text
/// password = unicodedata.normalize("NFKC", typed).strip().encode()
/// hashlib.pbkdf2_hmac("sha256", password, salt, 600000, 16)
/// ```
///
/// That a browser makes the same of it, normalising included, `frontend/tests/browser.rs` sees.
#[test]
fn a_phrase_makes_the_key_that_it_always_made() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/phrase.json");
    let stored: PhraseVector =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let link = CallLink::parse(&stored.link).unwrap();
    let password = unhex(&stored.password);
    let text = String::from_utf8(password.clone()).unwrap();
    let spaced = format!(" {text}\n");
    assert_eq!(phrase::password(&spaced), Some(text.as_str()));
    let salt = link.phrase_salt().unwrap();
    assert_eq!(hex(&salt), stored.salt);
    assert_eq!(phrase::ROUNDS, stored.rounds);
    let made = pbkdf2(&password, &salt, phrase::ROUNDS);
    let key = RoomKey::from_bytes(made[..phrase::KEY_BITS as usize / 8].try_into().unwrap());
    assert_eq!(key.to_fragment().unwrap(), stored.key);
}

#[test]
fn the_boxes_are_sealed_as_they_always_were() {
    assert_eq!(make(), stored());
}

#[test]
fn the_stored_boxes_open() {
    let vectors = stored();
    let key = RoomKey::from_fragment(&vectors.key).unwrap();
    let room = vectors.room.parse().unwrap();
    let seal = Seal::new(&room, &key);
    let greeting = Seal::new(&room, &key.greeting(&room));
    let ends = Ends {
        sender: nonce(&vectors.sender),
        receiver: nonce(&vectors.receiver),
    };
    for vector in vectors.boxes {
        let body = unhex(&vector.body);
        let sealed = Sealed::parse(&body).unwrap();
        let plain = match sealed.kind {
            Kind::Hello => {
                let (sender, text) = greeting.open_hello(&sealed).unwrap();
                assert_eq!(sender, ends.sender);
                text
            }
            Kind::Numbered(counter) | Kind::Status(counter) => {
                assert_eq!(vector.counter, Some(counter));
                seal.open(&sealed, ends).unwrap()
            }
        };
        assert_eq!(plain, vector.plaintext.as_bytes());
    }
}
