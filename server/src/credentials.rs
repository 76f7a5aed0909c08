//! Time-limited TURN credentials, as coturn's `use-auth-secret` has them: pure.
//!
//! The user name is `EXPIRY:ROOM.PARTICIPANT`, with the room as an opaque tag, as STUN shows user
//! names to everybody on the way. The password is `base64(HMAC-SHA1(secret, user name))`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use protocol::{Credential, ParticipantId, RoomName};
use sha2::Sha256;

use crate::ice::Access;

/// How long credentials make new allocations, in seconds. A call may last longer: pages ask for
/// fresh ones, and an allocation once made lives as long as it is refreshed.
pub const TTL_SECONDS: u32 = 6 * 3600;

/// Bytes of a room's tag before it is written in base64.
const TAG_BYTES: usize = 9;

/// Makes credentials with one secret.
#[derive(Clone)]
pub struct Credentials {
    secret: Vec<u8>,
}

impl Credentials {
    /// Signs with `secret`, which the relay must know too.
    #[must_use]
    pub fn new(secret: Vec<u8>) -> Self {
        Self { secret }
    }

    /// Credentials for a participant from `now` (seconds since 1970), and when they expire.
    #[must_use]
    pub fn issue(&self, room: &RoomName, participant: &ParticipantId, now: u64) -> (Access, u64) {
        let expires = now + u64::from(TTL_SECONDS);
        let username = format!("{expires}:{}", self.id(room, participant));
        let password = turn::auth::password(&self.secret, &username);
        let access = Access {
            username,
            credential: Credential(password),
            ttl_seconds: TTL_SECONDS,
        };
        (access, expires)
    }

    /// The part of a user name that stays the same as long as the participant is in the room.
    #[must_use]
    pub fn id(&self, room: &RoomName, participant: &ParticipantId) -> String {
        let tag = Hmac::<Sha256>::new_from_slice(&self.secret)
            .expect("HMAC takes a key of any length")
            .chain_update("room ")
            .chain_update(room.as_str())
            .finalize()
            .into_bytes();
        format!(
            "{}.{participant}",
            URL_SAFE_NO_PAD.encode(&tag[..TAG_BYTES])
        )
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> ParticipantId {
        ParticipantId::from_bytes([1; 12])
    }

    fn room(name: &str) -> RoomName {
        name.parse().unwrap()
    }

    #[test]
    fn the_relay_takes_what_was_issued_until_it_expires() {
        let credentials = Credentials::new(b"secret".to_vec());
        let (access, expires) = credentials.issue(&room("tea"), &ada(), 1_800_000_000);
        let authority = turn::auth::Authority::new(b"secret", &[0; 32]);
        let at = |unix_seconds| turn::Now {
            millis: 0,
            unix_seconds,
        };
        assert!(authority.is_current(&access.username, at(1_800_000_000)));
        assert!(!authority.is_current(&access.username, at(expires)));
        assert_eq!(
            access.credential.0,
            turn::auth::password(b"secret", &access.username)
        );
    }

    #[test]
    fn the_user_name_does_not_tell_the_room() {
        let credentials = Credentials::new(b"secret".to_vec());
        let (access, _) = credentials.issue(&room("kfd-wupq-xnr"), &ada(), 0);
        assert!(!access.username.contains("kfd"));
        let user = turn::auth::Username::parse(&access.username).unwrap();
        let same_room = credentials.id(&room("kfd-wupq-xnr"), &ParticipantId::from_bytes([2; 12]));
        let other_room = credentials.id(&room("tea"), &ada());
        assert!(same_room.starts_with(user.room().unwrap()));
        assert!(!other_room.starts_with(user.room().unwrap()));
    }

    #[test]
    fn the_secret_is_not_printed() {
        let credentials = Credentials::new(b"hunter2".to_vec());
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }
}
