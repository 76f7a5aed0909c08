//! What two participants say to each other, in order and without loss, over whatever way there
//! happens to be: numbers, acknowledgements, repetition.
//!
//! A signal gets its number when it is first sent; until then a newer state takes the place of an
//! older one. It is said again until it is acknowledged. Not here: which way a body goes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chacha20::ChaCha20Rng;
use protocol::{MAX_CANDIDATE_BYTES, MAX_SDP_BYTES, Signal};
use serde::{Deserialize, Serialize};

use crate::footprint::bytes_of;
use crate::seal::{Ends, Kind, Seal, Sealed, SessionNonce, Unopened};
use crate::time::Timestamp;

/// Signals that may be under way without an acknowledgement, and so the most that a receiver
/// keeps out of order.
const WINDOW: usize = 64;
/// Signals that wait for a way or a place in the window.
const MAX_UNSENT: usize = 256;
/// Candidates in one signal; with [`MAX_CANDIDATE_BYTES`] each it still fits a sealed body.
const MAX_CANDIDATES: usize = 32;
/// Characters of a step of the safety code: 65 bytes in base64url, and some more.
const MAX_SAFETY_CHARS: usize = 96;
/// Entries in the paths of a state, and the length of each nonce's text.
const MAX_PATHS: usize = 64;
/// As many guests in a state.
pub(crate) const MAX_GUESTS: usize = 64;
/// How long an acknowledgement waits for a signal that takes it along.
const ACK_DELAY: Duration = Duration::from_millis(200);
/// Candidates are found one after the other. The first goes at once; those found within this time of
/// the last that went wait for each other.
const GATHERING: Duration = Duration::from_millis(20);
/// What was said less long ago is probably on its way still, and hardly lost.
const UNDER_WAY: Duration = Duration::from_millis(400);
/// Without an acknowledgement for this long a signal is said again; doubled each time. Several
/// round trips of a bad path, with the acknowledgement's delay.
const FIRST_RESEND: Duration = Duration::from_secs(1);
/// No repetition waits longer.
const LAST_RESEND: Duration = Duration::from_secs(8);

/// One pair's conversation as one of them sees it.
#[derive(Debug)]
pub(crate) struct Session {
    outward: Ends,
    /// Without a number yet.
    unsent: VecDeque<Signal>,
    /// Numbered, and not acknowledged.
    unacked: VecDeque<Said>,
    /// When candidates were last said.
    candidates_at: Option<Timestamp>,
    /// Numbers to be said again at the next opportunity.
    again: VecDeque<u64>,
    last_sent: u64,
    /// Everything up to this number was delivered.
    delivered: u64,
    /// Came before its turn.
    early: BTreeMap<u64, Signal>,
    /// An acknowledgement is owed, at this time at the latest.
    ack_due: Option<Timestamp>,
    status_sent: u64,
    status_seen: u64,
    resend_after: Duration,
    resend_at: Option<Timestamp>,
    confirmed: bool,
}

#[derive(Debug)]
struct Said {
    number: u64,
    /// When it was first said.
    at: Timestamp,
    signal: Signal,
}

/// What a body brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Received {
    /// The signals whose turn it is, in order.
    pub(crate) signals: Vec<Signal>,
    /// It was not seen before, so whoever brought it stands on a way to the sender right now.
    pub(crate) fresh: bool,
}

#[derive(Serialize, Deserialize)]
struct Numbered {
    /// Everything up to this number of the other direction has come.
    ack: u64,
    signal: Signal,
}

/// Also what is read of a [`Numbered`] with a signal that this version cannot read.
#[derive(Serialize, Deserialize)]
struct Status {
    /// As in [`Numbered`].
    ack: u64,
    /// Later numbers have come already, the next one has not.
    #[serde(default)]
    gap: bool,
}

impl Session {
    pub(crate) fn new(me: SessionNonce, them: SessionNonce) -> Self {
        Self {
            outward: Ends {
                sender: me,
                receiver: them,
            },
            unsent: VecDeque::new(),
            unacked: VecDeque::new(),
            candidates_at: None,
            again: VecDeque::new(),
            last_sent: 0,
            delivered: 0,
            early: BTreeMap::new(),
            ack_due: None,
            status_sent: 0,
            status_seen: 0,
            resend_after: FIRST_RESEND,
            resend_at: None,
            confirmed: false,
        }
    }

    /// The other has shown that they know our nonce.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Something was said that they may have heard.
    pub(crate) fn has_spoken(&self) -> bool {
        self.last_sent > 0 || self.status_sent > 0
    }

    /// Nothing waits to be said or acknowledged.
    pub(crate) fn is_idle(&self) -> bool {
        self.unsent.is_empty() && self.unacked.is_empty() && self.early.is_empty()
    }

    /// Signals that wait to be said or acknowledged.
    pub(crate) fn waiting(&self) -> usize {
        self.unsent.len() + self.unacked.len()
    }

    /// Bytes of the signals kept, of both directions.
    pub(crate) fn kept_bytes(&self) -> usize {
        let unacked = self.unacked.iter().map(|said| &said.signal);
        let kept = self.unsent.iter().chain(unacked).chain(self.early.values());
        kept.map(bytes_of).sum()
    }

    /// Has `signal` said as soon as there is a way.
    pub(crate) fn push(&mut self, signal: Signal) {
        if let Signal::State(_) = signal {
            let old = self
                .unsent
                .iter_mut()
                .find(|s| matches!(s, Signal::State(_)));
            if let Some(old) = old {
                *old = signal;
                return;
            }
        }
        if let Signal::Candidates {
            generation,
            candidates,
        } = &signal
            && let Some(Signal::Candidates {
                generation: last,
                candidates: waiting,
            }) = self.unsent.back_mut()
            && last == generation
            && waiting.len() + candidates.len() <= MAX_CANDIDATES
        {
            waiting.extend(candidates.iter().cloned());
            return;
        }
        if self.unsent.len() == MAX_UNSENT {
            // Only candidates can come in such numbers, and a connection can do without some.
            let spare = self
                .unsent
                .iter()
                .position(|s| matches!(s, Signal::Candidates { .. }))
                .unwrap_or(0);
            self.unsent.remove(spare);
        }
        self.unsent.push_back(signal);
    }

    /// Takes back what was not said yet about connections before number `generation`.
    pub(crate) fn forget_before(&mut self, before: u32) {
        self.unsent.retain(|signal| match signal {
            Signal::Description { generation, .. }
            | Signal::Candidates { generation, .. }
            | Signal::Restart { generation } => *generation >= before,
            Signal::State(_)
            | Signal::Renew { .. }
            | Signal::Chat(_)
            | Signal::ChatHave { .. }
            | Signal::Reaction { .. }
            | Signal::Safety { .. }
            | Signal::Mute
            | Signal::Unmute
            | Signal::LowerHand
            | Signal::TurnedAway { .. }
            | Signal::Bye
            | Signal::Unknown => true,
        });
    }

    /// The other left and their connections are closed. What was said about these is of no use any
    /// more, but its numbers are, should the other come back: they wait for each in turn. What came
    /// early they would say again.
    pub(crate) fn rest(&mut self) {
        self.withdraw();
        // Words are asked for anew when they come back.
        self.unsent.retain(|signal| !is_words(signal));
        for Said { signal, .. } in &mut self.unacked {
            if is_words(signal) {
                *signal = Signal::Unknown;
            }
        }
        self.early.clear();
        self.again.clear();
        self.unsent.shrink_to_fit();
        self.unacked.shrink_to_fit();
        self.again.shrink_to_fit();
    }

    /// Says nothing more of the connections there were, not even again. The numbers stay taken, since
    /// the other waits for each in turn.
    pub(crate) fn withdraw(&mut self) {
        self.forget_before(u32::MAX);
        for Said { signal, .. } in &mut self.unacked {
            if matches!(
                signal,
                Signal::Description { .. } | Signal::Candidates { .. }
            ) {
                *signal = Signal::Unknown;
            }
        }
    }

    /// Has everything said again that is not acknowledged, because a new way opened or the old
    /// one may have swallowed it.
    pub(crate) fn say_again(&mut self) {
        self.again = self.unacked.iter().map(|said| said.number).collect();
        self.resend_after = FIRST_RESEND;
    }

    /// As [`Session::say_again`], where the old way is none the worse for the new one.
    pub(crate) fn say_old_again(&mut self, now: Timestamp) {
        let old = self.unacked.iter();
        let old = old.take_while(|said| now.since(said.at) >= UNDER_WAY);
        self.again = old.map(|said| said.number).collect();
        self.resend_after = FIRST_RESEND;
    }

    /// Has the other told how far we have read, even if nothing new came.
    pub(crate) fn owe_status(&mut self, now: Timestamp) {
        self.ack_due = Some(now);
    }

    /// The next body to send, if there is a way to send it now.
    pub(crate) fn poll(
        &mut self,
        now: Timestamp,
        seal: &Seal,
        rng: &mut ChaCha20Rng,
    ) -> Option<Vec<u8>> {
        if self.resend_at.is_some_and(|at| at <= now) {
            self.again = self.unacked.iter().map(|said| said.number).collect();
            self.resend_after = (self.resend_after * 2).min(LAST_RESEND);
            self.resend_at = Some(now + self.resend_after);
        }
        while let Some(number) = self.again.pop_front() {
            let signal = self
                .unacked
                .iter()
                .find(|said| said.number == number)
                .map(|said| said.signal.clone());
            if let Some(signal) = signal {
                return Some(self.seal_numbered(number, signal, seal, rng));
            }
        }
        if self.unacked.len() < WINDOW
            && self.gathering().is_none_or(|until| until <= now)
            && let Some(signal) = self.unsent.pop_front()
        {
            self.last_sent += 1;
            let number = self.last_sent;
            if matches!(signal, Signal::Candidates { .. }) {
                self.candidates_at = Some(now);
            }
            self.unacked.push_back(Said {
                number,
                at: now,
                signal: signal.clone(),
            });
            if self.resend_at.is_none() {
                self.resend_at = Some(now + self.resend_after);
            }
            return Some(self.seal_numbered(number, signal, seal, rng));
        }
        if self.ack_due.is_some_and(|at| at <= now) {
            self.ack_due = None;
            self.status_sent += 1;
            let status = Status {
                ack: self.delivered,
                gap: !self.early.is_empty(),
            };
            let kind = Kind::Status(self.status_sent);
            return Some(seal.seal(kind, self.outward, &to_json(&status), rng));
        }
        None
    }

    /// When [`Session::poll`] has something although nothing else happened.
    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        [self.ack_due, self.resend_at, self.gathering()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Until when the candidates that are all there is to be said wait for more of them.
    fn gathering(&self) -> Option<Timestamp> {
        let only = self.unsent.len() == 1 && self.unacked.len() < WINDOW;
        match self.unsent.front() {
            Some(Signal::Candidates { .. }) if only => Some(self.candidates_at? + GATHERING),
            _ => None,
        }
    }

    /// Opens a body that came from the other.
    ///
    /// # Errors
    /// When it was not sealed by them for us.
    pub(crate) fn receive(
        &mut self,
        now: Timestamp,
        seal: &Seal,
        sealed: &Sealed<'_>,
    ) -> Result<Received, Unopened> {
        let inward = Ends {
            sender: self.outward.receiver,
            receiver: self.outward.sender,
        };
        let text = seal.open(sealed, inward)?;
        self.confirmed = true;
        match sealed.kind {
            Kind::Hello => Err(Unopened),
            Kind::Status(number) => Ok(self.receive_status(now, number, &text)),
            Kind::Numbered(number) => Ok(self.receive_numbered(now, number, &text)),
        }
    }

    fn receive_status(&mut self, now: Timestamp, number: u64, text: &[u8]) -> Received {
        let fresh = number > self.status_seen;
        if fresh {
            self.status_seen = number;
            if let Ok(status) = serde_json::from_slice::<Status>(text) {
                self.acknowledged(now, status.ack);
                if status.gap && self.again.is_empty() {
                    self.again
                        .extend(self.unacked.front().map(|said| said.number));
                }
            }
        }
        Received {
            signals: Vec::new(),
            fresh,
        }
    }

    fn receive_numbered(&mut self, now: Timestamp, number: u64, text: &[u8]) -> Received {
        let mut received = Received {
            signals: Vec::new(),
            fresh: false,
        };
        let ahead = number.saturating_sub(self.delivered);
        if ahead > WINDOW as u64 {
            return received;
        }
        let due = now + ACK_DELAY;
        self.ack_due = Some(self.ack_due.map_or(due, |at| at.min(due)));
        if ahead == 0 || self.early.contains_key(&number) {
            return received;
        }
        received.fresh = true;
        let signal = match serde_json::from_slice::<Numbered>(text) {
            Ok(numbered) => {
                self.acknowledged(now, numbered.ack);
                numbered.signal
            }
            Err(_) => {
                if let Ok(Status { ack, .. }) = serde_json::from_slice(text) {
                    self.acknowledged(now, ack);
                }
                Signal::Unknown
            }
        };
        self.early.insert(number, signal);
        while let Some(signal) = self.early.remove(&(self.delivered + 1)) {
            self.delivered += 1;
            if is_acceptable(&signal) {
                received.signals.push(signal);
            }
        }
        if !self.early.is_empty() {
            self.ack_due = Some(now);
        }
        received
    }

    fn acknowledged(&mut self, now: Timestamp, ack: u64) {
        let before = self.unacked.len();
        while self.unacked.front().is_some_and(|said| said.number <= ack) {
            self.unacked.pop_front();
        }
        if self.unacked.is_empty() {
            self.resend_at = None;
            self.resend_after = FIRST_RESEND;
        } else if self.unacked.len() < before {
            self.resend_after = FIRST_RESEND;
            self.resend_at = Some(now + self.resend_after);
        }
    }

    fn seal_numbered(
        &mut self,
        number: u64,
        signal: Signal,
        seal: &Seal,
        rng: &mut ChaCha20Rng,
    ) -> Vec<u8> {
        // While there is a gap the next status says so; an acknowledgement alone does not.
        if self.early.is_empty() {
            self.ack_due = None;
        }
        let text = to_json(&Numbered {
            ack: self.delivered,
            signal,
        });
        seal.seal(Kind::Numbered(number), self.outward, &text, rng)
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("signals are plain data with text keys")
}

/// Of the chat, a gesture, or of the safety code.
fn is_words(signal: &Signal) -> bool {
    matches!(
        signal,
        Signal::Chat(_) | Signal::ChatHave { .. } | Signal::Reaction { .. } | Signal::Safety { .. }
    )
}

/// Within the bounds this page accepts; the seal proves who said it, not that it is reasonable.
fn is_acceptable(signal: &Signal) -> bool {
    match signal {
        Signal::State(state) => {
            state.paths.len() <= MAX_PATHS
                && state.paths.iter().all(|(nonce, _)| nonce.len() <= 64)
                && state.guests.len() <= MAX_GUESTS
                && state.guests.iter().all(|guest| guest.len() <= 64)
        }
        Signal::Description { description, .. } => description.sdp.len() <= MAX_SDP_BYTES,
        Signal::Candidates { candidates, .. } => {
            candidates.len() <= MAX_CANDIDATES
                && candidates
                    .iter()
                    .flatten()
                    .all(|c| c.candidate.len() <= MAX_CANDIDATE_BYTES)
        }
        // The chat looks closer, and counts what it does not take.
        Signal::Chat(_) | Signal::ChatHave { .. } | Signal::Reaction { .. } => true,
        // Longer ones would be kept until the code that reads them is there.
        Signal::Safety { text } => text.len() <= MAX_SAFETY_CHARS,
        Signal::Restart { .. } | Signal::Renew { .. } | Signal::Bye => true,
        Signal::Mute | Signal::Unmute | Signal::LowerHand | Signal::TurnedAway { .. } => true,
        Signal::Unknown => false,
    }
}

#[cfg(test)]
mod tests;
