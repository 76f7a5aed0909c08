//! What only those inside need of the machine: to judge guests, to rule, to gesture. Its code comes with
//! the call's screen, as that of the chat does (`chat/late.rs`): a lobby that weighs less is there
//! sooner.

use super::Call;
use crate::input::Intent;
use crate::time::Timestamp;

/// The code of it, for [`crate::Input::BeginInside`].
#[derive(Debug, Clone, Copy)]
pub struct InsideCode {
    pub(super) settle: fn(&mut Call, Timestamp),
    pub(super) intend: fn(&mut Call, Timestamp, Intent),
}

impl InsideCode {
    /// It.
    #[expect(
        clippy::new_without_default,
        reason = "who asks for the code is to be seen"
    )]
    pub fn new() -> Self {
        Self {
            settle: Call::settle_inside,
            intend: Call::intend_inside,
        }
    }
}

/// There is one.
impl PartialEq for InsideCode {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Call {
    fn settle_inside(&mut self, now: Timestamp) {
        self.settle_guests(now);
        self.settle_rule();
        self.settle_hands(now);
        self.settle_words(now);
        self.settle_safety(now);
    }

    /// What a person can want only where the call's screen is.
    fn intend_inside(&mut self, now: Timestamp, intent: Intent) {
        match intent {
            Intent::SetScreen(on) if !self.only_listen() => self.media.set_screen(on),
            Intent::Say { text, millis } => self.say_words(&text, millis),
            Intent::ReadChat(reading) => {
                if let Some(words) = self.chat.words() {
                    words.read(reading);
                }
            }
            Intent::SetHand(millis) => self.set_hand(millis),
            Intent::React(which) => self.react(now, which),
            Intent::SetLayout(layout) => self.media.settings_mut().layout = layout,
            Intent::ShowSelf(shown) => self.media.settings_mut().self_view = shown,
            Intent::TryRelay(key) => self.with_peer(now, key, |peer, _| peer.try_relay()),
            Intent::Noticed(key, slot) => {
                self.with_peer(now, key, |peer, _| peer.handle_noticed(now, slot));
            }
            Intent::Room(action, about) => self.act(action, about),
            Intent::AdmitAll => self.admit_all(),
            Intent::Request(key, request) => self.request(key, request),
            Intent::LowerHands => self.lower_hands(),
            Intent::MarkSafety(key, mark) => self.mark_safety(key, mark),
            // The machine's own (`call.rs`), or nothing for those who only listen.
            Intent::SetScreen(_)
            | Intent::Join
            | Intent::Leave
            | Intent::SetName(_)
            | Intent::SetMicrophone(_)
            | Intent::SetCamera(_)
            | Intent::ChooseDevice { .. }
            | Intent::Turn(..)
            | Intent::SetLines(_)
            | Intent::HideAddress(_)
            | Intent::RetryMedia
            | Intent::RetryConnection
            | Intent::StopWaiting
            | Intent::Dismiss(_) => {}
        }
    }
}
