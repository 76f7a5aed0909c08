//! Safety codes as something that comes later, as the chat does (`chat/late.rs`): nobody in the lobby
//! compares any.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chacha20::ChaCha20Rng;
use protocol::DisplayName;
use rand_core::Rng as _;

use super::exchange::Exchange;
use super::{Mark, SafetyView};
use crate::seal::SessionNonce;
use crate::view::PeerKey;

/// Signals of one participant that are kept until the code is there: they can only have bound
/// themselves so far, perhaps for a second certificate.
const MAX_EARLY: usize = 2;
/// Names of verified people who left that are remembered.
const MAX_GONE: usize = 16;

/// Somebody in the call with us.
#[derive(Debug)]
pub(crate) struct Someone {
    pub(crate) key: PeerKey,
    pub(crate) nonce: SessionNonce,
    pub(crate) name: Option<DisplayName>,
    /// The fingerprints in both descriptions of their connection, one's own first.
    pub(crate) prints: [Arc<str>; 2],
    /// What is said to them goes from browser to browser.
    pub(crate) reached: bool,
}

/// What the machine needs of safety codes; who has it, has their code.
pub(crate) trait Safety: std::fmt::Debug {
    /// What the page shows of somebody.
    fn view(&self, key: PeerKey) -> SafetyView;
    /// The person compared the code with somebody.
    fn mark(&mut self, key: PeerKey, mark: Mark);
    /// Somebody said something of it.
    fn take(&mut self, from: PeerKey, nonce: SessionNonce, text: &str);
    /// Does what is due with those who are in the call: what to say to whom, and whose mark is gone.
    fn settle(&mut self, present: &[Someone], rng: &mut ChaCha20Rng) -> Due;
    /// Forgets those of whom nothing is known any more.
    fn keep(&mut self, known: &dyn Fn(PeerKey) -> bool);
}

/// What follows from [`Safety::settle`].
#[derive(Debug, Default)]
pub(crate) struct Due {
    pub(crate) say: Vec<(PeerKey, String)>,
    /// Whoever was verified and is not any more.
    pub(crate) lost: Vec<(PeerKey, Option<DisplayName>)>,
}

/// The code of it, for [`crate::Input::BeginSafety`].
#[derive(Debug, Clone, Copy)]
pub struct SafetyCode(fn(SessionNonce) -> Box<dyn Safety>);

impl SafetyCode {
    /// It.
    #[expect(
        clippy::new_without_default,
        reason = "who asks for the code is to be seen"
    )]
    pub fn new() -> Self {
        Self(|me| Box::new(Codes::new(me)))
    }
}

/// There is one.
impl PartialEq for SafetyCode {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The safety codes of a call, and what came before them.
#[derive(Debug, Default)]
pub(crate) struct LateSafety {
    codes: Option<Box<dyn Safety>>,
    early: Vec<(PeerKey, SessionNonce, String)>,
}

impl LateSafety {
    /// The code came.
    pub(crate) fn begin(&mut self, code: SafetyCode, me: SessionNonce) {
        if self.codes.is_some() {
            return;
        }
        let codes = self.codes.insert((code.0)(me));
        for (from, nonce, text) in std::mem::take(&mut self.early) {
            codes.take(from, nonce, &text);
        }
    }

    /// The codes, once they are there.
    pub(crate) fn codes(&mut self) -> Option<&mut dyn Safety> {
        match &mut self.codes {
            Some(codes) => Some(codes.as_mut()),
            None => None,
        }
    }

    /// What the page shows of somebody.
    pub(crate) fn view(&self, key: PeerKey) -> SafetyView {
        let codes = self.codes.as_ref();
        codes.map_or_else(SafetyView::default, |codes| codes.view(key))
    }

    /// Somebody said something of it.
    pub(crate) fn take(&mut self, from: PeerKey, nonce: SessionNonce, text: String) {
        if let Some(codes) = &mut self.codes {
            codes.take(from, nonce, &text);
        } else if self.early.iter().filter(|early| early.0 == from).count() < MAX_EARLY {
            self.early.push((from, nonce, text));
        }
    }
}

/// The codes themselves.
#[derive(Debug)]
struct Codes {
    me: SessionNonce,
    /// Also with those who left: should they come back, what binds both is still what it was.
    exchanges: BTreeMap<PeerKey, Exchange>,
    /// Who was in the call last.
    present: BTreeMap<PeerKey, Option<DisplayName>>,
    /// Names of those who were verified and left: whoever comes in their name is to be compared anew.
    gone: VecDeque<DisplayName>,
}

impl Codes {
    fn new(me: SessionNonce) -> Self {
        Self {
            me,
            exchanges: BTreeMap::new(),
            present: BTreeMap::new(),
            gone: VecDeque::new(),
        }
    }

    fn with(&mut self, key: PeerKey, nonce: SessionNonce) -> &mut Exchange {
        let me = self.me;
        let make = || Exchange::new(me, nonce);
        self.exchanges.entry(key).or_insert_with(make)
    }

    /// Notes who left although they were verified, and who came in the name of such a one.
    fn note(&mut self, present: &[Someone]) -> Vec<(PeerKey, Option<DisplayName>)> {
        let now = present.iter().map(|who| (who.key, who.name.clone()));
        let before = std::mem::replace(&mut self.present, now.collect());
        for (key, name) in before {
            let left = !self.present.contains_key(&key) && self.view(key).is_verified();
            if let Some(name) = name.filter(|_| left) {
                self.gone.truncate(MAX_GONE - 1);
                self.gone.push_front(name);
            }
        }
        if self.gone.is_empty() {
            return Vec::new();
        }
        let mut lost = Vec::new();
        for who in present {
            let Some(name) = &who.name else { continue };
            let before = self.gone.len();
            self.gone.retain(|gone| gone != name);
            if self.gone.len() < before && !self.view(who.key).is_verified() {
                lost.push((who.key, who.name.clone()));
            }
        }
        lost
    }
}

impl Safety for Codes {
    fn view(&self, key: PeerKey) -> SafetyView {
        let exchange = self.exchanges.get(&key);
        exchange.map_or_else(SafetyView::default, Exchange::view)
    }

    fn mark(&mut self, key: PeerKey, mark: Mark) {
        if let Some(exchange) = self.exchanges.get_mut(&key) {
            exchange.mark(mark);
        }
    }

    fn take(&mut self, from: PeerKey, nonce: SessionNonce, text: &str) {
        self.with(from, nonce).take(text);
    }

    fn settle(&mut self, present: &[Someone], rng: &mut ChaCha20Rng) -> Due {
        let mut due = Due::default();
        for key in self.present.keys() {
            if !present.iter().any(|who| who.key == *key)
                && let Some(exchange) = self.exchanges.get_mut(key)
            {
                exchange.say_again();
            }
        }
        for who in present {
            let exchange = self.with(who.key, who.nonce);
            exchange.look(&who.prints, || {
                let mut nonce = [0; 32];
                rng.fill_bytes(&mut nonce);
                nonce
            });
            if exchange.take_loss() {
                due.lost.push((who.key, who.name.clone()));
            }
            while let Some(step) = who.reached.then(|| exchange.next()).flatten() {
                due.say.push((who.key, step.write()));
            }
        }
        due.lost.extend(self.note(present));
        due
    }

    fn keep(&mut self, known: &dyn Fn(PeerKey) -> bool) {
        self.exchanges.retain(|key, _| known(*key));
    }
}
