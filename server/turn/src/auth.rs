//! Who may ask: long-term keys, time-limited credentials and stateless nonces
//! (RFC 8489, section 9.2; the "REST API" credentials of coturn's `use-auth-secret`).

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::time::{MAX_LIFETIME, Now};

/// The protection space that clients are told (RFC 8489, section 14.9).
pub const REALM: &str = "tincan";

/// How long a nonce is taken, in seconds. Short enough that an overheard one is of little use,
/// long enough that a call hardly ever meets a stale one; the RFC wants less than an hour.
pub const NONCE_LIFETIME: u64 = 45 * 60;

/// Begins a nonce of a server that knows RFC 8489; three bytes of base64 with the security
/// features follow (section 9.2). The one feature is bit 0, password algorithms.
const NONCE_COOKIE: &str = "obMatJos2gAAA";

/// How the password becomes a key (RFC 8489, section 14.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum PasswordAlgorithm {
    /// `MD5(username:realm:password)`.
    Md5 = 1,
    /// `SHA-256(username:realm:password)`.
    Sha256 = 2,
}

impl PasswordAlgorithm {
    /// PASSWORD-ALGORITHMS as this server sends it: SHA-256 first, both without parameters.
    pub const OFFER: [u8; 8] = [0, 2, 0, 0, 0, 1, 0, 0];

    /// Reads the value of PASSWORD-ALGORITHM.
    #[must_use]
    pub fn read(value: &[u8]) -> Option<Self> {
        match value {
            [0, 1, 0, 0] => Some(Self::Md5),
            [0, 2, 0, 0] => Some(Self::Sha256),
            _ => None,
        }
    }
}

/// A key of the long-term mechanism with its HMACs already begun, so that a message costs only
/// the hashing of its own bytes.
#[derive(Clone)]
pub struct Key {
    sha1: Hmac<Sha1>,
    sha256: Hmac<Sha256>,
}

impl Key {
    /// The long-term key (RFC 8489, section 9.2.2).
    #[must_use]
    pub fn long_term(
        algorithm: PasswordAlgorithm,
        username: &str,
        realm: &str,
        password: &str,
    ) -> Self {
        let text = format!("{username}:{realm}:{password}");
        match algorithm {
            PasswordAlgorithm::Md5 => Self::from_password(&Md5::digest(text)),
            PasswordAlgorithm::Sha256 => Self::from_password(&Sha256::digest(text)),
        }
    }

    /// The short-term key, which is the password itself (RFC 8489, section 9.1.1).
    #[must_use]
    pub fn from_password(password: &[u8]) -> Self {
        Self {
            sha1: Hmac::new_from_slice(password).expect("HMAC takes a key of any length"),
            sha256: Hmac::new_from_slice(password).expect("HMAC takes a key of any length"),
        }
    }

    pub(crate) fn sign_sha1(&self, bytes: &[u8]) -> [u8; 20] {
        self.sha1
            .clone()
            .chain_update(bytes)
            .finalize()
            .into_bytes()
            .into()
    }

    pub(crate) fn sign_sha256(&self, bytes: &[u8]) -> [u8; 32] {
        self.sha256
            .clone()
            .chain_update(bytes)
            .finalize()
            .into_bytes()
            .into()
    }

    pub(crate) fn verify_sha1(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        let mut mac = self.sha1.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.verify_slice(tag).is_ok()
    }

    /// The tag may have been cut short; the decoder has seen to it that 16 bytes are left.
    pub(crate) fn verify_sha256(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        let mut mac = self.sha256.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.verify_truncated_left(tag).is_ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The password that belongs to a time-limited user name: `base64(HMAC-SHA1(secret, username))`.
#[must_use]
pub fn password(secret: &[u8], username: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(secret)
        .expect("HMAC takes a key of any length")
        .chain_update(username)
        .finalize();
    STANDARD.encode(mac.into_bytes())
}

/// A user name of the form `EXPIRY:ID`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Username<'a> {
    /// Seconds since 1970 after which it makes no more allocations.
    pub expires: u64,
    /// Who it was given to. Tincan writes `ROOM.PARTICIPANT`, both as opaque tags.
    pub id: &'a str,
}

impl<'a> Username<'a> {
    /// Longest user name taken, in bytes. Ours are near 50; what others make stays far below.
    pub const MAX_BYTES: usize = 256;

    /// Takes a user name apart; `None` when it is not of that form.
    #[must_use]
    pub fn parse(username: &'a str) -> Option<Self> {
        if username.len() > Self::MAX_BYTES {
            return None;
        }
        let (expires, id) = username.split_once(':').unwrap_or((username, ""));
        let expires = expires.parse().ok()?;
        Some(Self { expires, id })
    }

    /// The tag of the room, where the id holds one.
    #[must_use]
    pub fn room(&self) -> Option<&'a str> {
        self.id.split_once('.').map(|(room, _)| room)
    }
}

/// Judges user names, passwords and nonces. One for the whole server, shared by all its machines;
/// its lock is touched by requests alone, never by a packet that is relayed.
pub struct Authority {
    secret: Vec<u8>,
    nonce_key: Hmac<Sha256>,
    revoked: RwLock<Revoked>,
}

/// Whose credentials are void.
#[derive(Default)]
struct Revoked {
    /// Each id, and when (seconds since 1970) it can be forgotten because the credentials, and what
    /// was made with them, have expired by themselves.
    ids: BTreeMap<String, u64>,
    /// The minute in which what could be forgotten was looked for last.
    swept: u64,
}

impl Authority {
    /// `secret` signs credentials and may be known to others who hand them out; `nonce_key` is
    /// random and known to nobody.
    #[must_use]
    pub fn new(secret: &[u8], nonce_key: &[u8; 32]) -> Self {
        Self {
            secret: secret.to_vec(),
            nonce_key: Hmac::new_from_slice(nonce_key).expect("HMAC takes a key of any length"),
            revoked: RwLock::default(),
        }
    }

    /// The key of `username`, if that is a name this server could have given out.
    /// Whether the message was signed with it is for the caller to see.
    #[must_use]
    pub fn key(&self, username: &str, algorithm: PasswordAlgorithm) -> Option<Key> {
        Username::parse(username)?;
        let password = password(&self.secret, username);
        Some(Key::long_term(algorithm, username, REALM, &password))
    }

    /// Whether `username` may still make allocations.
    #[must_use]
    pub fn is_current(&self, username: &str, now: Now) -> bool {
        Username::parse(username)
            .is_some_and(|user| user.expires > now.unix_seconds && !self.is_revoked(user.id))
    }

    /// Whether the credentials of `id` were taken back.
    #[must_use]
    pub fn is_revoked(&self, id: &str) -> bool {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        revoked.ids.contains_key(id)
    }

    /// Voids the credentials of `id`, which expire by themselves at `expires` (seconds since 1970).
    /// It is remembered for longer where an allocation made with them could live longer.
    pub fn revoke(&self, id: &str, expires: u64, now: Now) {
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        let minute = now.unix_seconds / 60;
        if revoked.swept != minute {
            revoked.swept = minute;
            revoked.ids.retain(|_, forget| *forget > now.unix_seconds);
        }
        let forget = expires.max(now.unix_seconds + u64::from(MAX_LIFETIME));
        revoked.ids.insert(id.to_owned(), forget);
    }

    /// A nonce for `client`: the time, and a MAC over time and address. Nothing is kept.
    #[must_use]
    pub fn nonce(&self, client: SocketAddr, now: Now) -> String {
        let minute = u32::try_from(now.unix_seconds / 60).unwrap_or(u32::MAX);
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&minute.to_be_bytes());
        bytes[4..].copy_from_slice(&self.nonce_tag(client, minute));
        let mut nonce = NONCE_COOKIE.to_owned();
        URL_SAFE_NO_PAD.encode_string(bytes, &mut nonce);
        nonce
    }

    /// Whether `nonce` was given to `client` lately.
    #[must_use]
    pub fn is_fresh(&self, nonce: &str, client: SocketAddr, now: Now) -> bool {
        let Some(bytes) = nonce
            .strip_prefix(NONCE_COOKIE)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        else {
            return false;
        };
        let Some((&minute, tag)) = bytes.split_first_chunk::<4>() else {
            return false;
        };
        let minute = u32::from_be_bytes(minute);
        let made = u64::from(minute) * 60;
        // A minute of leeway: the clock may have been set back since.
        let recent = made <= now.unix_seconds + 60 && now.unix_seconds < made + NONCE_LIFETIME;
        recent && bool::from(self.nonce_tag(client, minute).ct_eq(tag))
    }

    fn nonce_tag(&self, client: SocketAddr, minute: u32) -> [u8; 16] {
        let ip = match client.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let mac = self
            .nonce_key
            .clone()
            .chain_update(minute.to_be_bytes())
            .chain_update(ip.octets())
            .chain_update(client.port().to_be_bytes())
            .finalize()
            .into_bytes();
        *mac.first_chunk().expect("SHA-256 has 32 bytes")
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now {
        millis: 0,
        unix_seconds: 1_800_000_000,
    };

    fn later(seconds: u64) -> Now {
        Now {
            millis: seconds * 1000,
            unix_seconds: NOW.unix_seconds + seconds,
        }
    }

    fn client() -> SocketAddr {
        "192.0.2.1:1000".parse().unwrap()
    }

    #[test]
    fn the_password_is_the_one_coturn_expects() {
        // From `printf '1800000000:anna' | openssl dgst -sha1 -hmac secret -binary | base64`.
        assert_eq!(
            password(b"secret", "1800000000:anna"),
            "DZa+gjeRRzCeIXNkQyXthnj0pCk="
        );
    }

    #[test]
    fn a_nonce_lasts_its_lifetime_and_serves_one_address() {
        let authority = Authority::new(b"secret", &[7; 32]);
        let nonce = authority.nonce(client(), NOW);
        assert!(authority.is_fresh(&nonce, client(), NOW));
        assert!(authority.is_fresh(&nonce, client(), later(NONCE_LIFETIME - 60)));
        assert!(!authority.is_fresh(&nonce, client(), later(NONCE_LIFETIME)));
        assert!(!authority.is_fresh(&nonce, "192.0.2.1:1001".parse().unwrap(), NOW));
        assert!(!authority.is_fresh(&nonce, "192.0.2.2:1000".parse().unwrap(), NOW));
        assert!(!authority.is_fresh("", client(), NOW));
        assert!(!Authority::new(b"secret", &[8; 32]).is_fresh(&nonce, client(), NOW));
    }

    #[test]
    fn credentials_end_with_their_time_or_when_taken_back() {
        let authority = Authority::new(b"secret", &[7; 32]);
        assert!(authority.is_current("1800000100:r.anna", NOW));
        assert!(!authority.is_current("1800000100:r.anna", later(100)));
        assert!(!authority.is_current("anna", NOW));
        authority.revoke("r.anna", 1_800_000_100, NOW);
        assert!(!authority.is_current("1800000100:r.anna", NOW));
        assert!(authority.is_current("1800000100:r.bob", NOW));
    }

    #[test]
    fn what_was_revoked_is_forgotten_once_it_expired() {
        let authority = Authority::new(b"secret", &[7; 32]);
        authority.revoke("r.anna", 1_800_000_100, NOW);
        authority.revoke("r.bob", 1_800_009_000, later(200));
        // An allocation of hers may live for an hour without asking again.
        assert!(authority.is_revoked("r.anna"));
        authority.revoke("r.carol", 1_800_009_000, later(u64::from(MAX_LIFETIME)));
        assert!(!authority.is_revoked("r.anna"));
        assert!(authority.is_revoked("r.bob"));
    }

    #[test]
    fn a_user_name_tells_expiry_room_and_participant() {
        let user = Username::parse("1800000100:room.anna").unwrap();
        assert_eq!(
            (user.expires, user.id, user.room()),
            (1_800_000_100, "room.anna", Some("room"))
        );
        assert_eq!(Username::parse("1800000100:anna").unwrap().room(), None);
        assert_eq!(Username::parse("anna:1800000100"), None);
    }
}
