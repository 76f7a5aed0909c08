//! Raised hands and reactions: one's own, and the reactions of the others while they are shown.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::REACTIONS;

use crate::time::Timestamp;
use crate::view::{PeerKey, ReactionView};

/// How long a reaction is shown.
const SHOWN: Duration = Duration::from_secs(4);
/// Of one participant more are not shown at once; the rest is passed over.
const MAX_EACH: usize = 5;

/// The gestures there are.
#[derive(Debug, Default)]
pub(crate) struct Gestures {
    /// Since when one's own hand is raised.
    pub(crate) hand: Option<u64>,
    /// Whether the hand of each of the others in the call was raised when last looked.
    pub(crate) hands: BTreeMap<PeerKey, bool>,
    count: u32,
    /// Whose (`None` is oneself), what, and until when.
    shown: Vec<(Option<PeerKey>, ReactionView, Timestamp)>,
}

impl Gestures {
    /// Shows a reaction; false where it is none, or one too many.
    pub(crate) fn show(&mut self, now: Timestamp, who: Option<PeerKey>, emoji: &str) -> bool {
        let Some(emoji) = REACTIONS.into_iter().find(|known| *known == emoji) else {
            return false;
        };
        if self.of(who).len() >= MAX_EACH {
            return false;
        }
        self.count += 1;
        let id = self.count;
        self.shown
            .push((who, ReactionView { id, emoji }, now + SHOWN));
        true
    }

    /// What somebody shows at this moment.
    pub(crate) fn of(&self, who: Option<PeerKey>) -> Vec<ReactionView> {
        let theirs = self.shown.iter().filter(|(of, ..)| *of == who);
        theirs.map(|(_, reaction, _)| *reaction).collect()
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.shown.retain(|(.., until)| *until > now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.shown.iter().map(|(.., until)| *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(Duration::from_secs(7));

    #[test]
    fn a_reaction_goes_by_itself() {
        let mut gestures = Gestures::default();
        assert!(gestures.show(START, None, REACTIONS[1]));
        gestures.tick(START + SHOWN - Duration::from_millis(1));
        assert_eq!(gestures.of(None).len(), 1);
        gestures.tick(gestures.poll_timeout().unwrap());
        assert_eq!(gestures.of(None), []);
    }

    #[test]
    fn what_is_no_reaction_or_one_too_many_is_passed_over() {
        let mut gestures = Gestures::default();
        let bob = Some(PeerKey(1));
        assert!(!gestures.show(START, bob, "<b>"));
        for at in 0..20 {
            assert_eq!(gestures.show(START, bob, REACTIONS[0]), at < MAX_EACH);
        }
        assert!(gestures.show(START, Some(PeerKey(2)), REACTIONS[0]));
    }
}
