//! The exchange of nonces with one participant, and what the person said of the code it ended in.

use std::sync::Arc;

use super::{CODE_LENGTH, Digest, Mark, SafetyView, Side, Step};
use super::{about, code, commitment};
use crate::seal::SessionNonce;

/// Certificates one participant may come with, one after the other: each is a guess at a code for
/// somebody in between, and nobody honest needs more than two.
const MAX_ROUNDS: u32 = 16;

/// With one participant, as long as they are known.
#[derive(Debug)]
pub(super) struct Exchange {
    me: SessionNonce,
    them: SessionNonce,
    /// What the fingerprints were read from, mine and theirs.
    read: [Arc<str>; 2],
    rounds: u32,
    round: Option<Round>,
    /// What they are bound by, and about which certificates.
    theirs: Option<(Digest, Digest)>,
    mark: Mark,
}

/// The exchange about certain certificates.
#[derive(Debug)]
struct Round {
    mine: Side,
    theirs: Side,
    about: Digest,
    nonce: Digest,
    /// We are bound to the nonce, as they may know.
    bound: bool,
    /// What of it is said and need not be said again.
    committed: bool,
    revealed: bool,
    code: Option<[u8; CODE_LENGTH]>,
    /// They said what nobody who keeps to the rules says.
    contradicted: bool,
}

impl Exchange {
    pub(super) fn new(me: SessionNonce, them: SessionNonce) -> Self {
        Self {
            me,
            them,
            read: Default::default(),
            rounds: 0,
            round: None,
            theirs: None,
            mark: Mark::None,
        }
    }

    pub(super) fn view(&self) -> SafetyView {
        let Some(round) = &self.round else {
            return SafetyView::Waiting;
        };
        let elsewhere = self.theirs.is_some_and(|(about, _)| about != round.about);
        match round.code {
            _ if round.contradicted || elsewhere => SafetyView::Contradicted,
            Some(pictures) => SafetyView::Code {
                pictures,
                mark: self.mark,
                device: round.theirs.fingerprints,
            },
            None => SafetyView::Waiting,
        }
    }

    /// The person compared. Without a code there was nothing to compare.
    pub(super) fn mark(&mut self, mark: Mark) {
        if let SafetyView::Code { .. } = self.view() {
            self.mark = mark;
        }
    }

    /// Tells, once, whether the code that the person marked as the same is no longer valid.
    pub(super) fn take_loss(&mut self) -> bool {
        let lost = self.mark == Mark::Same && !self.view().is_verified();
        if lost {
            self.mark = Mark::None;
        }
        lost
    }

    /// The fingerprints in both descriptions, one's own first. Others than before need another code,
    /// and nonces that nobody has seen.
    pub(super) fn look(&mut self, prints: &[Arc<str>; 2], fresh: impl FnOnce() -> Digest) {
        if self.read == *prints {
            return;
        }
        self.read = prints.clone();
        let [Some(mine), Some(theirs)] = prints.each_ref().map(|p| super::fingerprints(p)) else {
            // A connection is being made, and what it will be encrypted with is not known yet.
            return;
        };
        let side = |session, fingerprints| Side {
            session,
            fingerprints,
        };
        let (mine, theirs) = (side(self.me, mine), side(self.them, theirs));
        let known = self.round.as_ref();
        if known.is_some_and(|round| round.mine == mine && round.theirs == theirs) {
            return;
        }
        self.rounds += 1;
        if self.mark != Mark::Same {
            // What was said of another code; that one was marked is for `take_loss` to tell.
            self.mark = Mark::None;
        }
        let about = about(mine, theirs);
        // What bound them for the certificates before is of no use any more. What they are bound to
        // about yet others stays: then they see something else than we do.
        let before = known.map(|round| round.about);
        self.theirs = self.theirs.filter(|(of, _)| Some(*of) != before);
        self.round = Some(Round {
            mine,
            theirs,
            about,
            nonce: fresh(),
            bound: false,
            committed: false,
            revealed: false,
            code: None,
            contradicted: self.rounds > MAX_ROUNDS,
        });
    }

    /// What we said may not have reached them; said again it changes nothing.
    pub(super) fn say_again(&mut self) {
        if let Some(round) = &mut self.round {
            (round.committed, round.revealed) = (false, false);
        }
    }

    /// What to say to them next.
    pub(super) fn next(&mut self) -> Option<Step> {
        let round = self.round.as_mut().filter(|r| !r.contradicted)?;
        if !round.committed {
            (round.committed, round.bound) = (true, true);
            let hash = commitment(self.me, self.them, &round.about, &round.nonce);
            return Some(Step::Commit(round.about, hash));
        }
        let bound = self.theirs.is_some_and(|(about, _)| about == round.about);
        if bound && !round.revealed {
            round.revealed = true;
            return Some(Step::Reveal(round.about, round.nonce));
        }
        None
    }

    /// They said something of it.
    pub(super) fn take(&mut self, text: &str) {
        match Step::read(text) {
            Some(Step::Commit(about, hash)) => self.take_commit(about, hash),
            Some(Step::Reveal(about, nonce)) => self.take_reveal(about, nonce),
            None => self.contradict(),
        }
    }

    fn take_commit(&mut self, about: Digest, hash: Digest) {
        match self.theirs {
            Some((of, bound)) if of == about && bound != hash => self.contradict(),
            _ => self.theirs = Some((about, hash)),
        }
    }

    fn take_reveal(&mut self, about: Digest, nonce: Digest) {
        let Some(round) = &mut self.round else {
            return;
        };
        if about != round.about {
            // Of certificates that are not in use any more.
            return;
        }
        let hash = commitment(self.them, self.me, &about, &nonce);
        // Before they heard what binds us, their nonce would tell ours nothing; whoever says it all
        // the same does not keep to the rules.
        if self.theirs != Some((about, hash)) || !round.bound {
            return self.contradict();
        }
        round.code = Some(code((round.mine, &round.nonce), (round.theirs, &nonce)));
    }

    fn contradict(&mut self) {
        if let Some(round) = &mut self.round {
            round.contradicted = true;
        }
    }
}
