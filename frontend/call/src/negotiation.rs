//! One connection's negotiation (RFC 8829, section 4.1) as data.
//!
//! One of the two makes every offer and the other every answer, so offers cannot collide and none
//! is ever taken back: a browser that rolls an offer back may decode pictures from then on and
//! show none of them. At most one description is being set at a time, and what comes meanwhile
//! waits in order. So the phase always tells what the browser's signaling state is, and no call
//! can be refused for its state. Not here: generations, and what to do about a connection that
//! fails.

mod afresh;

use std::collections::VecDeque;

use protocol::{Candidate, Description, DescriptionKind};

use afresh::Afresh;

/// Descriptions and candidates of the other that wait for their turn. A browser finds some tens
/// of candidates for a connection; what comes beyond this bound is dropped.
const MAX_WAITING: usize = 256;

/// Which part one has in every exchange of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Makes the offers, also those that the other asks for.
    Offerer,
    /// Answers them.
    Answerer,
}

/// What the negotiation wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// `setLocalDescription()`.
    SetLocal,
    /// `setRemoteDescription`.
    SetRemote(Description),
    /// `addIceCandidate`.
    AddCandidate(Option<Candidate>),
    /// Tell the other one's description.
    Describe(Description),
    /// Tell the other a candidate.
    Trickle(Option<Candidate>),
}

/// The browser's signaling state, with the one operation that may be under way in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// `stable`.
    Stable,
    /// `stable`, an offer is being made.
    MakingOffer,
    /// `have-local-offer`.
    Offered,
    /// `have-local-offer`, the answer is being applied.
    ApplyingAnswer,
    /// `stable`, an offer is being applied.
    ApplyingOffer,
    /// `have-remote-offer`, the answer is being made.
    MakingAnswer,
}

#[derive(Debug)]
enum Incoming {
    Description(Description),
    Candidate(Option<Candidate>),
}

/// Negotiates one connection.
#[derive(Debug)]
pub(crate) struct Negotiation {
    role: Role,
    phase: Phase,
    /// An offer is to be made.
    needed: bool,
    /// A remote description was applied at least once.
    started: bool,
    /// Said by the other, not dealt with yet.
    incoming: VecDeque<Incoming>,
    /// One's own candidates found while the description they belong to is still being made.
    found: Vec<Option<Candidate>>,
    /// The other's candidates that came before any description.
    early: Vec<Option<Candidate>>,
    afresh: Afresh,
    steps: VecDeque<Step>,
}

impl Negotiation {
    /// Begins; the offerer makes its first offer at once.
    pub(crate) fn new(role: Role) -> Self {
        let mut negotiation = Self {
            role,
            phase: Phase::Stable,
            needed: role == Role::Offerer,
            started: false,
            incoming: VecDeque::new(),
            found: Vec::new(),
            early: Vec::new(),
            afresh: Afresh::default(),
            steps: VecDeque::new(),
        };
        negotiation.advance();
        negotiation
    }

    /// What to do next; each once.
    pub(crate) fn poll_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// The transceivers exist: one's own from the beginning, the other's once their offer is
    /// applied.
    pub(crate) fn has_slots(&self) -> bool {
        self.role == Role::Offerer || self.started
    }

    /// Nothing is under way.
    pub(crate) fn is_stable(&self) -> bool {
        self.phase == Phase::Stable && self.incoming.is_empty() && !self.needed
    }

    /// No description is being set.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Stable | Phase::Offered)
    }

    /// Descriptions and candidates kept until their turn comes.
    pub(crate) fn kept(&self) -> usize {
        self.incoming.len() + self.found.len() + self.early.len() + self.steps.len()
    }

    /// `negotiationneeded`. The answerer needs nothing that the other's offers do not bring.
    pub(crate) fn handle_needed(&mut self) {
        // The first offer covers what was there when it was made.
        let covered = !self.started && self.phase != Phase::Stable;
        if self.role == Role::Offerer && !covered {
            self.needed = true;
            self.advance();
        }
    }

    /// The other's description.
    pub(crate) fn handle_description(&mut self, description: Description) {
        self.enqueue(Incoming::Description(description));
    }

    /// The other's candidate.
    pub(crate) fn handle_candidate(&mut self, candidate: Option<Candidate>) {
        self.enqueue(Incoming::Candidate(candidate));
    }

    /// One's own candidate.
    pub(crate) fn handle_found(&mut self, candidate: Option<Candidate>) {
        // It can only reach out, and the other sees from where when it does (RFC 6544, section 4.5);
        // between browsers nobody listens for it.
        let reaches_out = |found: &Candidate| found.candidate.contains(" tcptype active");
        if candidate.as_ref().is_some_and(reaches_out) {
            return;
        }
        if matches!(self.phase, Phase::MakingOffer | Phase::MakingAnswer) {
            if self.found.len() < MAX_WAITING {
                self.found.push(candidate);
            }
        } else {
            self.steps.push_back(Step::Trickle(candidate));
        }
    }

    /// `setLocalDescription` ended well.
    pub(crate) fn handle_local(&mut self, description: Description) {
        self.phase = match self.phase {
            Phase::MakingOffer => Phase::Offered,
            Phase::MakingAnswer => Phase::Stable,
            Phase::Stable | Phase::Offered | Phase::ApplyingAnswer | Phase::ApplyingOffer => return,
        };
        self.steps.push_back(Step::Describe(description));
        self.steps.extend(self.found.drain(..).map(Step::Trickle));
        self.advance();
    }

    /// `setRemoteDescription` ended well.
    pub(crate) fn handle_applied(&mut self) {
        match self.phase {
            Phase::ApplyingAnswer => self.phase = Phase::Stable,
            Phase::ApplyingOffer => {
                self.phase = Phase::MakingAnswer;
                self.steps.push_back(Step::SetLocal);
            }
            Phase::Stable | Phase::MakingOffer | Phase::Offered | Phase::MakingAnswer => return,
        }
        self.started = true;
        let early = self.early.drain(..).map(Step::AddCandidate);
        self.steps.extend(early);
        self.advance();
    }

    fn enqueue(&mut self, incoming: Incoming) {
        if self.incoming.len() < MAX_WAITING {
            self.incoming.push_back(incoming);
        }
        self.advance();
    }

    /// Deals with what waits, as far as nothing is under way.
    fn advance(&mut self) {
        loop {
            match self.phase {
                Phase::MakingOffer | Phase::ApplyingAnswer | Phase::ApplyingOffer => return,
                // The offer is applied, so its candidates may be added; all else has to wait.
                Phase::MakingAnswer => {
                    if !matches!(self.incoming.front(), Some(Incoming::Candidate(_))) {
                        return;
                    }
                }
                Phase::Stable | Phase::Offered => {}
            }
            match self.incoming.pop_front() {
                Some(Incoming::Description(description)) => self.take_description(description),
                Some(Incoming::Candidate(candidate)) => self.take_candidate(candidate),
                None if self.needed && self.phase == Phase::Stable => {
                    self.needed = false;
                    self.phase = Phase::MakingOffer;
                    self.steps.push_back(Step::SetLocal);
                }
                None => return,
            }
        }
    }

    fn take_description(&mut self, description: Description) {
        self.phase = match (description.kind, self.phase, self.role) {
            (DescriptionKind::Offer, Phase::Stable, Role::Answerer) => Phase::ApplyingOffer,
            (DescriptionKind::Answer, Phase::Offered, Role::Offerer) => Phase::ApplyingAnswer,
            // An answer to nothing, or an offer from the one who answers: the other is confused
            // or hostile.
            _ => return,
        };
        let description = self.afresh.apply(description);
        self.steps.push_back(Step::SetRemote(description));
    }

    fn take_candidate(&mut self, candidate: Option<Candidate>) {
        if self.started {
            self.steps.push_back(Step::AddCandidate(candidate));
        } else if self.early.len() < MAX_WAITING {
            self.early.push(candidate);
        }
    }
}

#[cfg(test)]
mod tests;
