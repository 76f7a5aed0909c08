//! Somebody who has the room's key and the server: opens what people say to introduce themselves, and
//! puts a certificate of their own in place of theirs.

use std::collections::BTreeMap;

use call::RoomKey;
use call::seal::{Ends, Kind, Seal, Sealed, SessionNonce};
use chacha20::ChaCha20Rng;
use protocol::{ParticipantId, SealedBody};
use rand_core::SeedableRng as _;

pub(crate) struct Middle {
    greeting: Seal,
    seal: Seal,
    rng: ChaCha20Rng,
    nonces: BTreeMap<ParticipantId, SessionNonce>,
    /// Descriptions that were changed.
    pub(crate) swapped: u32,
    /// How the fingerprint lines are to read for whom.
    pub(crate) swap: fn(&str, u32) -> String,
}

impl Middle {
    pub(crate) fn new(room: &str, key: &RoomKey, swap: fn(&str, u32) -> String) -> Self {
        Self {
            greeting: Seal::new(
                &room.parse().unwrap(),
                &key.greeting(&room.parse().unwrap()),
            ),
            seal: Seal::new(&room.parse().unwrap(), key),
            rng: ChaCha20Rng::from_seed([9; 32]),
            nonces: BTreeMap::new(),
            swapped: 0,
            swap,
        }
    }

    pub(super) fn pass(
        &mut self,
        from: &ParticipantId,
        to: &ParticipantId,
        body: SealedBody,
    ) -> SealedBody {
        let bytes = body.to_bytes().unwrap();
        let sealed = Sealed::parse(&bytes).unwrap();
        if sealed.kind == Kind::Hello {
            let (nonce, _) = self.greeting.open_hello(&sealed).unwrap();
            self.nonces.insert(from.clone(), nonce);
            return body;
        }
        let ends = Ends {
            sender: self.nonces[from],
            receiver: self.nonces[to],
        };
        let text = String::from_utf8(self.seal.open(&sealed, ends).unwrap()).unwrap();
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let Some(sdp) = value.pointer_mut("/signal/description/sdp") else {
            return body;
        };
        self.swapped += 1;
        *sdp = (self.swap)(sdp.as_str().unwrap(), self.swapped).into();
        let text = serde_json::to_vec(&value).unwrap();
        let bytes = self.seal.seal(sealed.kind, ends, &text, &mut self.rng);
        SealedBody::from_bytes(&bytes).unwrap()
    }
}
