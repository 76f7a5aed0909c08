//! What people write to each other: who has what of it, and who gives whom the rest.
//!
//! Authors give what they wrote to everybody who is there; what somebody wrote who is gone is
//! given by everybody who has it to whoever says that they have it not. Each message is signed by
//! its author and counts only with a good signature, and the browser does the signing. Not here:
//! how a signal gets to somebody (`session`).

mod late;
mod log;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use protocol::{ChatMessage, DisplayName, RoomName, Signal};

use crate::command::{ChatCommand, Command};
use crate::input::ChatEvent;
use crate::seal::SessionNonce;
use crate::time::Timestamp;
use crate::view::{ChatView, MessageView, PeerKey, Source};
pub use late::ChatCode;
pub(crate) use late::LateChat;
use late::Words;
use log::Log;

/// What we have is told again at most this often: an author who goes leaves at most this much to be
/// given twice.
const TELL: Duration = Duration::from_secs(5);
/// What somebody may bring at once when they come: as much as there can be.
const FIRST_BURST: f64 = protocol::MAX_CHAT_MESSAGES as f64;
/// What they may bring at once later on, and for how long they like each second: nobody types so fast.
const BURST: f64 = 30.0;
const PER_SECOND: f64 = 2.0;
/// Messages that wait for their signatures to be looked at.
const MAX_PENDING: usize = 1_000;
/// One's own messages that wait for their signatures.
const MAX_UNSIGNED: usize = 64;
/// Authors in one [`Signal::ChatHave`]; those left out are only given again what they have.
const MAX_HEADS: usize = 256;
/// Clocks that differ by less are put in step, so that an answer never comes before its question.
const CLOCKS_DIFFER_MILLIS: u64 = 300_000;

/// Somebody in the call, as far as words are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) key: PeerKey,
    pub(crate) nonce: SessionNonce,
}

/// One's own key for signing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum OwnKey {
    /// Not needed so far.
    None,
    /// The browser is making it.
    Wanted,
    /// Its public half.
    Made(String),
    /// This browser cannot: the page was opened without HTTPS.
    Missing,
}

/// What we know of what somebody has.
#[derive(Debug, Default)]
struct Reader {
    /// As they said, and what we gave them since; `None` until they said it.
    heads: Option<BTreeMap<String, u32>>,
    /// What we said of ourselves, and when.
    told: Option<(BTreeMap<String, u32>, Timestamp)>,
    /// They asked.
    answer: bool,
    /// Nothing was there to be given when this was the state of things.
    done: u32,
    /// What they may still bring at once, and since when that is so.
    allowance: Option<(f64, Timestamp)>,
}

#[derive(Debug)]
enum Waiting {
    /// Somebody brought it, and the signature is looked at.
    Verified(ChatMessage, Option<DisplayName>),
    /// One's own, to be signed.
    Signed(ChatMessage),
}

/// The chat of a call.
#[derive(Debug)]
struct Chat {
    room: RoomName,
    nonce: SessionNonce,
    own: OwnKey,
    number: u32,
    last_sent: u64,
    /// Typed and not signed yet: text, name and time.
    unsigned: VecDeque<(String, Option<DisplayName>, u64)>,
    signing: bool,
    tickets: u32,
    waiting: BTreeMap<u32, Waiting>,
    log: Log,
    /// Whose key is whose, as each said of themselves; the first word counts.
    known: BTreeMap<String, String>,
    present: Vec<Present>,
    readers: BTreeMap<PeerKey, Reader>,
    /// Counts what changes who should be given what.
    revision: u32,
    reading: bool,
    unread: u32,
    refused: u64,
    shown: ChatView,
}

impl Chat {
    fn new(room: RoomName, nonce: SessionNonce) -> Self {
        Self {
            room,
            nonce,
            own: OwnKey::None,
            number: 0,
            last_sent: 0,
            unsigned: VecDeque::new(),
            signing: false,
            tickets: 0,
            waiting: BTreeMap::new(),
            log: Log::default(),
            known: BTreeMap::new(),
            present: Vec::new(),
            readers: BTreeMap::new(),
            revision: 1,
            reading: false,
            unread: 0,
            refused: 0,
            shown: ChatView::default(),
        }
    }

    /// The key it is signed with is that of the one it claims to be of, as far as they are known.
    fn may_be_of(&self, message: &ChatMessage) -> bool {
        let known = self.known.get(&message.from);
        message.from != self.nonce.to_text() && known.is_none_or(|key| *key == message.key)
    }

    fn keep(&mut self, message: ChatMessage, by: Option<DisplayName>) {
        let mine = message.from == self.nonce.to_text();
        if !self.log.insert(message, by) {
            return;
        }
        self.revision += 1;
        if !mine && !self.reading {
            self.unread += 1;
        }
        self.show();
    }

    fn show(&mut self) {
        let mine = self.nonce.to_text();
        let messages = self.log.entries().iter().map(|entry| {
            let message = &entry.message;
            let source = if message.from == mine {
                Source::Me
            } else if self.known.contains_key(&message.from) {
                Source::Author
            } else {
                Source::PassedOn(entry.by.clone())
            };
            MessageView {
                id: entry.id,
                source,
                name: message.name.clone(),
                sent: message.sent,
                text: message.text.clone(),
            }
        });
        self.shown = ChatView {
            messages: Arc::new(messages.collect()),
            unread: self.unread,
            possible: self.own != OwnKey::Missing,
        };
    }
}

impl Words for Chat {
    fn view(&self) -> ChatView {
        self.shown.clone()
    }

    fn refused(&self) -> u64 {
        self.refused
    }

    fn is_settled(&self) -> bool {
        self.waiting.is_empty() && self.unsigned.is_empty()
    }

    fn read(&mut self, reading: bool) {
        self.reading = reading;
        if reading {
            self.unread = 0;
        }
        self.show();
    }

    fn say(&mut self, typed: &str, name: Option<DisplayName>, millis: u64) {
        if let Some(text) = log::tidy(typed)
            && self.own != OwnKey::Missing
            && self.unsigned.len() < MAX_UNSIGNED
        {
            self.unsigned.push_back((text, name, millis));
        }
    }

    fn handle(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::Key(key) => {
                let key = key.map(|key| log::encode(&key)).filter(|k| log::is_key(k));
                self.own = key.map_or(OwnKey::Missing, OwnKey::Made);
                if self.own == OwnKey::Missing {
                    self.unsigned.clear();
                }
                self.show();
            }
            ChatEvent::Signed { ticket, signature } => {
                let Some(Waiting::Signed(mut message)) = self.waiting.remove(&ticket) else {
                    return;
                };
                self.signing = false;
                let Some(signature) = signature else {
                    self.refused += 1;
                    return;
                };
                message.signature = log::encode(&signature);
                self.keep(message, None);
            }
            ChatEvent::Verified { ticket, good } => {
                let Some(Waiting::Verified(message, by)) = self.waiting.remove(&ticket) else {
                    return;
                };
                if good && self.may_be_of(&message) {
                    self.keep(message, by);
                } else {
                    self.refused += 1;
                }
            }
        }
    }

    fn take_have(
        &mut self,
        from: PeerKey,
        nonce: SessionNonce,
        key: Option<String>,
        heads: Vec<(String, u32)>,
        ask: bool,
    ) {
        if let Some(key) = key.filter(|key| log::is_key(key)) {
            let nonce = nonce.to_text();
            if !self.known.contains_key(&nonce) {
                // Whatever others said in their name before is not theirs.
                self.refused += self.log.drop_forged(&nonce, &key) as u64;
                self.known.insert(nonce, key);
                self.revision += 1;
                self.show();
            }
        }
        let reader = self.readers.entry(from).or_default();
        reader.answer |= ask;
        reader.done = 0;
        let theirs = reader.heads.get_or_insert_default();
        for (author, number) in heads.into_iter().take(MAX_HEADS) {
            let head = theirs.entry(author).or_default();
            *head = number.max(*head);
        }
        // Beyond these nobody is known, whatever they claim.
        while theirs.len() > 2 * MAX_HEADS {
            theirs.pop_first();
        }
    }

    fn take(
        &mut self,
        now: Timestamp,
        from: PeerKey,
        nonce: SessionNonce,
        name: Option<DisplayName>,
        message: ChatMessage,
        out: &mut VecDeque<Command>,
    ) {
        if !log::is_reasonable(&message) || !self.may_be_of(&message) {
            self.refused += 1;
            return;
        }
        if !self.log.wants(&message) {
            return;
        }
        if !self.readers.entry(from).or_default().may_bring(now)
            || self.waiting.len() >= MAX_PENDING
        {
            self.refused += 1;
            return;
        }
        let (Some(key), Some(signature)) =
            (log::decode(&message.key), log::decode(&message.signature))
        else {
            self.refused += 1;
            return;
        };
        self.tickets += 1;
        out.push_back(Command::Chat(ChatCommand::Verify {
            ticket: self.tickets,
            key,
            bytes: log::signed_bytes(&self.room, &message),
            signature,
        }));
        let by = (message.from != nonce.to_text()).then_some(name).flatten();
        self.waiting
            .insert(self.tickets, Waiting::Verified(message, by));
    }

    fn settle(&mut self, present: Vec<Present>, out: &mut VecDeque<Command>) {
        if self.present != present {
            self.revision += 1;
            let here = |key: &PeerKey| present.iter().any(|p| p.key == *key);
            self.readers.retain(|key, _| here(key));
            self.present = present;
        }
        match &self.own {
            OwnKey::None => {
                self.own = OwnKey::Wanted;
                out.push_back(Command::Chat(ChatCommand::MakeKey));
            }
            OwnKey::Made(key) if !self.signing => {
                if let Some((text, name, millis)) = self.unsigned.pop_front() {
                    self.last_sent = in_step(millis, self.log.newest()).max(self.last_sent + 1);
                    self.number += 1;
                    let message = ChatMessage {
                        from: self.nonce.to_text(),
                        key: key.clone(),
                        number: self.number,
                        sent: self.last_sent,
                        name,
                        text,
                        signature: String::new(),
                    };
                    self.tickets += 1;
                    self.signing = true;
                    out.push_back(Command::Chat(ChatCommand::Sign {
                        ticket: self.tickets,
                        bytes: log::signed_bytes(&self.room, &message),
                    }));
                    self.waiting.insert(self.tickets, Waiting::Signed(message));
                }
            }
            OwnKey::Made(_) | OwnKey::Wanted | OwnKey::Missing => {}
        }
    }

    fn rest(&mut self) {
        self.present.clear();
        self.readers.clear();
    }

    fn next_for(&mut self, now: Timestamp, to: PeerKey, room: usize) -> Vec<Signal> {
        let own = match &self.own {
            OwnKey::None | OwnKey::Wanted => return Vec::new(),
            OwnKey::Made(key) => Some(key),
            OwnKey::Missing => None,
        };
        if !self.present.iter().any(|p| p.key == to) {
            return Vec::new();
        }
        let reader = self.readers.entry(to).or_default();
        if room == 0 {
            if let Some((_, at)) = &mut reader.told {
                *at = (*at).max(now);
            }
            return Vec::new();
        }
        let mut signals = Vec::new();
        let heads = || self.log.heads().clone();
        let tell = match &reader.told {
            None => Some(heads()),
            Some(_) if reader.answer => Some(heads()),
            Some((told, at)) if *at + TELL <= now && told != self.log.heads() => Some(heads()),
            Some(_) => None,
        };
        if let Some(had) = tell {
            signals.push(Signal::ChatHave {
                key: own.cloned(),
                heads: had.clone().into_iter().take(MAX_HEADS).collect(),
                ask: reader.told.is_none(),
            });
            reader.answer = false;
            reader.told = Some((had, now));
        }
        let Some(theirs) = &mut reader.heads else {
            return signals;
        };
        if reader.done == self.revision {
            return signals;
        }
        let (known, present, mine) = (&self.known, &self.present, self.nonce.to_text());
        let is_here = |message: &ChatMessage| {
            let here = present.iter().any(|p| p.nonce.to_text() == message.from);
            here && known.contains_key(&message.from)
        };
        let mut missing: Vec<&ChatMessage> = self
            .log
            .entries()
            .iter()
            .map(|entry| &entry.message)
            .filter(|m| {
                theirs
                    .get(log::head_of(&m.key))
                    .is_none_or(|h| *h < m.number)
            })
            .filter(|m| m.from == mine || !is_here(m))
            .collect();
        // What each author wrote goes in the order of its numbers, whatever their clocks did.
        missing.sort_by_key(|message| message.number);
        if missing.len() <= room {
            reader.done = self.revision;
        }
        for message in missing.into_iter().take(room) {
            theirs.insert(log::head_of(&message.key).to_owned(), message.number);
            signals.push(Signal::Chat(Box::new(message.clone())));
        }
        signals
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        let heads = self.log.heads();
        self.readers
            .values()
            .filter_map(|reader| reader.told.as_ref())
            .filter(|(told, _)| told != heads)
            .map(|(_, at)| *at + TELL)
            .min()
    }
}

/// A time that is not before the `last` one, unless a clock is far off.
pub(crate) fn in_step(millis: u64, last: u64) -> u64 {
    if last.saturating_sub(millis) < CLOCKS_DIFFER_MILLIS {
        millis.max(last.saturating_add(1))
    } else {
        millis
    }
}

impl Reader {
    /// Takes one from what they may bring.
    fn may_bring(&mut self, now: Timestamp) -> bool {
        let (left, since) = self.allowance.unwrap_or((FIRST_BURST, now));
        let more = left + now.since(since).as_secs_f64() * PER_SECOND;
        let left = more.min(left.max(BURST));
        let may = left >= 1.0;
        self.allowance = Some((if may { left - 1.0 } else { left }, now));
        may
    }
}

#[cfg(test)]
mod tests;
