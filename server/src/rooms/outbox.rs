//! The messages kept for one participant: what they have not read yet, and what they have read
//! but not acknowledged, so that a broken socket loses nothing.
//!
//! Messages are numbered from 1 (`welcome`). Not here: who gets which message.

use std::collections::VecDeque;

use axum::extract::ws::Utf8Bytes;
use protocol::{ParticipantId, SealedText, ServerMessage};

/// One message of the server as it goes over the wire, written once and shared from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Utf8Bytes);

impl Frame {
    /// Writes `message` as JSON.
    pub fn of(message: &ServerMessage) -> Self {
        let json = serde_json::to_string(message)
            .expect("a message has text keys only, and its values always serialise");
        Self(Utf8Bytes::from(json))
    }

    /// Writes a signal. A body is base64url and an id too, so nothing in either needs escaping;
    /// going through the general writer would look at every character once more.
    pub fn signal(from: &ParticipantId, body: SealedText<'_>) -> Self {
        let parts = [
            r#"{"type":"signal","from":""#,
            from.as_str(),
            r#"","body":""#,
            body.as_str(),
            r#""}"#,
        ];
        Self(Utf8Bytes::from(parts.concat()))
    }

    /// The JSON text.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_str().as_bytes()
    }

    /// The JSON text, for whoever passes it on.
    pub fn into_text(self) -> Utf8Bytes {
        self.0
    }

    fn len(&self) -> usize {
        self.bytes().len()
    }
}

/// What [`Outbox::push`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pushed {
    /// Nothing was waiting before: whoever reads must be woken.
    First,
    /// Others were waiting already.
    Queued,
    /// It does not fit any more.
    Overflow,
}

/// Messages handed out to be written to a socket.
#[derive(Debug, Default)]
pub struct Batch {
    /// In order.
    pub frames: Vec<Frame>,
    /// Number of the last of them.
    pub last: u64,
    /// Bytes handed out and not acknowledged, these included.
    pub unacknowledged: usize,
}

/// The participant has missed messages that are no longer kept, or claims some never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap;

/// See the module.
#[derive(Debug)]
pub(super) struct Outbox {
    kept: VecDeque<Frame>,
    /// Number of the oldest message kept, or of the next one when none is.
    first: u64,
    /// How many of `kept` were handed out already.
    taken: usize,
    taken_bytes: usize,
    waiting_bytes: usize,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            kept: VecDeque::new(),
            first: 1,
            taken: 0,
            taken_bytes: 0,
            waiting_bytes: 0,
        }
    }

    /// Adds a message, unless more than `max_bytes` would then be waiting.
    pub(super) fn push(&mut self, frame: Frame, max_bytes: usize) -> Pushed {
        if self.waiting_bytes + frame.len() > max_bytes {
            return Pushed::Overflow;
        }
        let was_empty = self.taken == self.kept.len();
        self.waiting_bytes += frame.len();
        self.kept.push_back(frame);
        if was_empty {
            Pushed::First
        } else {
            Pushed::Queued
        }
    }

    /// Hands out what is waiting, about `batch_bytes` of it at a time. What was handed out stays
    /// kept, the newest `history_bytes` of it, until it is acknowledged.
    pub(super) fn take(&mut self, batch_bytes: usize, history_bytes: usize) -> Batch {
        let mut batch = Batch::default();
        let mut bytes = 0;
        while bytes < batch_bytes
            && let Some(frame) = self.kept.get(self.taken)
        {
            bytes += frame.len();
            self.taken += 1;
            batch.frames.push(frame.clone());
        }
        self.taken_bytes += bytes;
        self.waiting_bytes -= bytes;
        batch.last = self.first + self.taken as u64 - 1;
        batch.unacknowledged = self.taken_bytes;
        while self.taken_bytes > history_bytes {
            self.forget_oldest();
        }
        batch
    }

    /// Lets go of the messages up to number `received`.
    pub(super) fn acknowledge(&mut self, received: u64) {
        while self.taken > 0 && self.first <= received {
            self.forget_oldest();
        }
        if self.kept.is_empty() && self.kept.capacity() > 64 {
            self.kept.shrink_to(0);
        }
    }

    /// Goes back to where everything after number `received` is still to be handed out.
    pub(super) fn rewind(&mut self, received: u64) -> Result<(), Gap> {
        let sent = self.first + self.taken as u64 - 1;
        if received > sent || received + 1 < self.first {
            return Err(Gap);
        }
        self.acknowledge(received);
        self.waiting_bytes += self.taken_bytes;
        self.taken = 0;
        self.taken_bytes = 0;
        Ok(())
    }

    /// Drops the oldest message that was handed out.
    fn forget_oldest(&mut self) {
        debug_assert!(self.taken > 0, "only what was handed out is forgotten");
        if let Some(frame) = self.kept.pop_front() {
            self.taken -= 1;
            self.taken_bytes -= frame.len();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::SealedBody;

    use super::*;

    const PLENTY: usize = 1_000_000;

    #[test]
    fn a_signal_is_written_as_the_general_writer_would() {
        let from = ParticipantId::from_bytes([7; 12]);
        let body = SealedBody::from_bytes(&[0xfb; 100]).unwrap();
        let message = ServerMessage::Signal {
            from: from.clone(),
            body: body.clone(),
        };
        assert_eq!(Frame::signal(&from, body.as_text()), Frame::of(&message));
    }

    #[test]
    fn what_was_not_received_is_handed_out_again_in_order() {
        let mut outbox = filled(5);
        outbox.take(PLENTY, PLENTY);
        outbox.rewind(2).unwrap();
        assert_eq!(numbers(&outbox.take(PLENTY, PLENTY)), ["3", "4", "5"]);
    }

    #[test]
    fn what_came_while_away_follows_what_was_missed() {
        let mut outbox = filled(2);
        outbox.take(PLENTY, PLENTY);
        outbox.push(frame(3), PLENTY);
        outbox.rewind(1).unwrap();
        let batch = outbox.take(PLENTY, PLENTY);
        assert_eq!(numbers(&batch), ["2", "3"]);
        assert_eq!(batch.last, 3);
    }

    #[test]
    fn an_acknowledged_message_is_gone() {
        let mut outbox = filled(3);
        outbox.take(PLENTY, PLENTY);
        outbox.acknowledge(2);
        assert_eq!(outbox.rewind(1), Err(Gap));
        assert_eq!(outbox.rewind(2), Ok(()));
    }

    #[test]
    fn claiming_messages_that_were_never_sent_is_a_gap() {
        let mut outbox = filled(3);
        assert_eq!(outbox.rewind(1), Err(Gap), "nothing was handed out yet");
        outbox.take(PLENTY, PLENTY);
        assert_eq!(outbox.rewind(4), Err(Gap));
        assert_eq!(outbox.rewind(u64::MAX - 1), Err(Gap));
    }

    #[test]
    fn an_acknowledgement_ahead_of_the_socket_frees_only_what_was_handed_out() {
        let mut outbox = filled(3);
        outbox.take(1, PLENTY);
        outbox.acknowledge(u64::MAX);
        assert_eq!(numbers(&outbox.take(PLENTY, PLENTY)), ["2", "3"]);
    }

    #[test]
    fn history_is_bounded_and_what_waits_is_never_cut() {
        let mut outbox = filled(10);
        outbox.take(PLENTY, 3);
        assert_eq!(outbox.taken_bytes, 3);
        assert_eq!(outbox.push(frame(1), 2), Pushed::First);
        assert_eq!(outbox.push(frame(2), 2), Pushed::Queued);
        assert_eq!(outbox.push(frame(3), 2), Pushed::Overflow);
    }

    fn filled(count: usize) -> Outbox {
        let mut outbox = Outbox::new();
        for number in 1..=count {
            outbox.push(frame(number), PLENTY);
        }
        outbox
    }

    fn frame(number: usize) -> Frame {
        Frame(Utf8Bytes::from(number.to_string()))
    }

    fn numbers(batch: &Batch) -> Vec<&str> {
        batch
            .frames
            .iter()
            .map(|frame| std::str::from_utf8(frame.bytes()).unwrap())
            .collect()
    }
}
