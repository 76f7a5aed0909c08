//! What was written, in the one order everybody sees: each message once, the newest of them kept.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use protocol::{ChatMessage, DisplayName, MAX_CHAT_CHARS, MAX_CHAT_MESSAGES, RoomName};

/// Characters of a public key in base64url: 65 bytes.
const KEY_CHARS: usize = 87;
/// Characters of a signature in base64url: 64 bytes.
const SIGNATURE_CHARS: usize = 86;
/// Characters of a session nonce in base64url.
const NONCE_CHARS: usize = 22;
/// The part of a key that names it among others: 128 bits of the point's first coordinate.
const HEAD: std::ops::Range<usize> = 2..24;

/// A message that was kept.
#[derive(Debug)]
pub(super) struct Entry {
    /// Counts what this page was told, so that the page knows it again.
    pub(super) id: u32,
    pub(super) message: ChatMessage,
    /// Who gave it to us, where that was not known to be its author.
    pub(super) by: Option<DisplayName>,
}

/// The messages there are, oldest first.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: Vec<Entry>,
    ids: u32,
    /// The highest number had of each author.
    heads: BTreeMap<String, u32>,
    /// What is older made room, and is not taken again.
    horizon: Option<(u64, String, u32)>,
}

impl Log {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether it would be new.
    pub(super) fn wants(&self, message: &ChatMessage) -> bool {
        let place = place(message);
        let fell_out = self.horizon.as_ref().is_some_and(|last| place <= *last);
        !fell_out && !self.entries.iter().any(|e| is_same(&e.message, message))
    }

    /// Keeps a message whose signature was found good; false where it is there already.
    pub(super) fn insert(&mut self, message: ChatMessage, by: Option<DisplayName>) -> bool {
        if !self.wants(&message) {
            return false;
        }
        self.ids += 1;
        let place_of_it = place(&message);
        let at = self
            .entries
            .partition_point(|entry| place(&entry.message) < place_of_it);
        let id = self.ids;
        let head = head_of(&message.key).to_owned();
        let head = self.heads.entry(head).or_insert(0);
        *head = message.number.max(*head);
        self.entries.insert(at, Entry { id, message, by });
        if self.entries.len() > MAX_CHAT_MESSAGES {
            let oldest = self.entries.remove(0);
            self.horizon = Some(place(&oldest.message));
        }
        true
    }

    /// Drops what carries the nonce of somebody and was signed with another key than theirs.
    pub(super) fn drop_forged(&mut self, nonce: &str, key: &str) -> usize {
        let before = self.entries.len();
        self.entries
            .retain(|e| e.message.from != nonce || e.message.key == key);
        before - self.entries.len()
    }

    /// The highest number had of each author.
    pub(super) fn heads(&self) -> &BTreeMap<String, u32> {
        &self.heads
    }

    /// When the newest was written.
    pub(super) fn newest(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.message.sent)
    }
}

/// By time; the rest only so that everybody has the same order.
fn place(message: &ChatMessage) -> (u64, String, u32) {
    (message.sent, message.key.clone(), message.number)
}

fn is_same(one: &ChatMessage, other: &ChatMessage) -> bool {
    one.number == other.number && one.key == other.key
}

/// What an author is called in [`protocol::Signal::ChatHave`].
pub(super) fn head_of(key: &str) -> &str {
    key.get(HEAD).unwrap_or_default()
}

/// Whether it is a public key, as far as its form goes.
pub(super) fn is_key(key: &str) -> bool {
    // The first byte, 4, says that the point is not compressed.
    key.len() == KEY_CHARS && key.starts_with('B') && decode(key).is_some_and(|k| k[0] == 4)
}

/// Whether a message is one that this page would write itself, whoever signed it.
pub(super) fn is_reasonable(message: &ChatMessage) -> bool {
    let count = message.text.chars().take(MAX_CHAT_CHARS + 1).count();
    let text = &message.text;
    message.number > 0
        && message.from.len() == NONCE_CHARS
        && is_key(&message.key)
        && message.signature.len() == SIGNATURE_CHARS
        && (1..=MAX_CHAT_CHARS).contains(&count)
        && !text.trim().is_empty()
        && !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t')
}

/// What is sent of what was typed; `None` where nothing is left.
pub(super) fn tidy(typed: &str) -> Option<String> {
    let lines = typed.replace("\r\n", "\n");
    let visible: String = lines
        .chars()
        .filter(|c| !c.is_control() || *c == '\n' || *c == '\t')
        .collect();
    let text = visible.trim_end().trim_start_matches('\n');
    let text: String = text.chars().take(MAX_CHAT_CHARS).collect();
    (!text.trim().is_empty()).then_some(text)
}

/// The bytes that are signed: everything of the message, and the room it was said in.
pub(super) fn signed_bytes(room: &RoomName, message: &ChatMessage) -> Vec<u8> {
    let mut bytes = b"tincan/v1|chat".to_vec();
    let name = message.name.as_ref().map_or("", DisplayName::as_str);
    for part in [room.as_str(), &message.from, &message.key, name] {
        // All of them are short; a length before each keeps them apart.
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.extend_from_slice(&message.number.to_be_bytes());
    bytes.extend_from_slice(&message.sent.to_be_bytes());
    bytes.extend_from_slice(message.text.as_bytes());
    bytes
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

pub(super) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
