//! The chat as something that comes later: nobody in the lobby needs its code, so the machine begins
//! without it, and keeps what others say to it until it is there.

use std::collections::VecDeque;

use protocol::{ChatMessage, DisplayName, RoomName, Signal};

use super::{Chat, Present};
use crate::command::Command;
use crate::input::ChatEvent;
use crate::seal::SessionNonce;
use crate::time::Timestamp;
use crate::view::{ChatView, PeerKey};

/// Signals of one participant that are kept for a chat that is not there yet. Nobody says more than
/// what they have before they know what we have.
const MAX_EARLY: usize = 8;

/// What the machine needs of a chat. Behind it a page can keep the chat's code apart: whatever
/// names [`ChatCode::new`] brings it along, and nothing else does.
pub(crate) trait Words: std::fmt::Debug {
    /// What the page shows.
    fn view(&self) -> ChatView;
    /// Messages that were not taken, and what carried them was passed over.
    fn refused(&self) -> u64;
    /// Nothing waits for the browser.
    fn is_settled(&self) -> bool;
    /// The person looks at the messages, or looks away.
    fn read(&mut self, reading: bool);
    /// The person wrote something, at that time by the clock on the wall.
    fn say(&mut self, typed: &str, name: Option<DisplayName>, millis: u64);
    /// The browser made, signed or looked at something.
    fn handle(&mut self, event: ChatEvent);
    /// Somebody says what they have, and with which key they sign.
    fn take_have(
        &mut self,
        from: PeerKey,
        nonce: SessionNonce,
        key: Option<String>,
        heads: Vec<(String, u32)>,
        ask: bool,
    );
    /// Somebody brought a message, their own or another's.
    fn take(
        &mut self,
        now: Timestamp,
        from: PeerKey,
        nonce: SessionNonce,
        name: Option<DisplayName>,
        message: ChatMessage,
        out: &mut VecDeque<Command>,
    );
    /// Has everything done that is due, with those who are in the call now. What to say to somebody
    /// is asked for with [`Words::next_for`].
    fn settle(&mut self, present: Vec<Present>, out: &mut VecDeque<Command>);
    /// Nobody is there to talk to.
    fn rest(&mut self);
    /// What to say to somebody next, most `room` signals of it.
    fn next_for(&mut self, now: Timestamp, to: PeerKey, room: usize) -> Vec<Signal>;
    /// When something is due although nothing happens.
    fn poll_timeout(&self) -> Option<Timestamp>;
}

/// The code of the chat, for [`crate::Input::BeginChat`].
#[derive(Debug, Clone, Copy)]
pub struct ChatCode(fn(RoomName, SessionNonce) -> Box<dyn Words>);

impl ChatCode {
    /// It.
    #[expect(
        clippy::new_without_default,
        reason = "who asks for the code is to be seen"
    )]
    pub fn new() -> Self {
        Self(|room, nonce| Box::new(Chat::new(room, nonce)))
    }
}

/// There is one.
impl PartialEq for ChatCode {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Something somebody said before the chat was there.
#[derive(Debug)]
struct Early {
    from: PeerKey,
    nonce: SessionNonce,
    name: Option<DisplayName>,
    signal: Signal,
}

/// The chat of a call, and what came before it.
#[derive(Debug, Default)]
pub(crate) struct LateChat {
    words: Option<Box<dyn Words>>,
    early: Vec<Early>,
}

impl LateChat {
    /// The code came.
    pub(crate) fn begin(
        &mut self,
        now: Timestamp,
        code: ChatCode,
        room: RoomName,
        nonce: SessionNonce,
        out: &mut VecDeque<Command>,
    ) {
        if self.words.is_some() {
            return;
        }
        self.words = Some((code.0)(room, nonce));
        for early in std::mem::take(&mut self.early) {
            self.take(now, early.from, early.nonce, early.name, early.signal, out);
        }
    }

    /// The chat, once it is there.
    pub(crate) fn words(&mut self) -> Option<&mut dyn Words> {
        match &mut self.words {
            Some(words) => Some(words.as_mut()),
            None => None,
        }
    }

    /// What the page shows.
    pub(crate) fn view(&self) -> ChatView {
        let words = self.words.as_ref();
        words.map_or_else(ChatView::default, |words| words.view())
    }

    /// Messages that were not taken, and what carried them was passed over.
    pub(crate) fn refused(&self) -> u64 {
        self.words.as_ref().map_or(0, |words| words.refused())
    }

    /// Nothing waits for the browser.
    pub(crate) fn is_settled(&self) -> bool {
        let words = self.words.as_ref();
        words.map_or(self.early.is_empty(), |words| words.is_settled())
    }

    /// When something is due although nothing happens.
    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.words.as_ref()?.poll_timeout()
    }

    /// Somebody said something for the chat; `name` is theirs.
    pub(crate) fn take(
        &mut self,
        now: Timestamp,
        from: PeerKey,
        nonce: SessionNonce,
        name: Option<DisplayName>,
        signal: Signal,
        out: &mut VecDeque<Command>,
    ) {
        let Some(words) = &mut self.words else {
            if self.early.iter().filter(|e| e.from == from).count() < MAX_EARLY {
                self.early.push(Early {
                    from,
                    nonce,
                    name,
                    signal,
                });
            }
            return;
        };
        if let Signal::Chat(message) = signal {
            words.take(now, from, nonce, name, *message, out);
        } else if let Signal::ChatHave { key, heads, ask } = signal {
            words.take_have(from, nonce, key, heads, ask);
        }
    }
}
