//! What a server calls people when it speaks of them, rightly or not.

use protocol::{ParticipantId, ServerMessage};

use super::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    Right,
    /// Whoever says something is called by the id of somebody else who is there.
    Swapped,
    /// All others have one id.
    OneForAll,
    /// All others have the id of whoever is told of them.
    Own,
    /// Everybody tells of everybody by an id that nobody else hears.
    Fresh,
}

impl Ids {
    /// How `to` is told of `who`, where these are present in this order.
    fn of(
        self,
        present: &[ParticipantId],
        to: &ParticipantId,
        who: &ParticipantId,
    ) -> ParticipantId {
        let others: Vec<_> = present.iter().filter(|id| *id != to).collect();
        let at = others.iter().position(|id| *id == who);
        match (self, at) {
            _ if who == to => who.clone(),
            (Self::Right, _) | (Self::Swapped | Self::OneForAll, None) => who.clone(),
            (Self::Swapped, Some(at)) => others[(at + 1) % others.len()].clone(),
            (Self::OneForAll, Some(_)) => others[0].clone(),
            (Self::Own, _) => to.clone(),
            (Self::Fresh, _) => {
                let bytes = to.as_str().bytes().chain(who.as_str().bytes());
                let sum = bytes.fold(0, |sum: u64, byte| {
                    sum.wrapping_mul(131).wrapping_add(byte.into())
                });
                ParticipantId::from_bytes(Random::new(sum).bytes())
            }
        }
    }

    /// Whom `by` means by an id: nobody where it stands for nobody.
    pub(super) fn meant(
        self,
        present: &[ParticipantId],
        by: &ParticipantId,
        id: &ParticipantId,
    ) -> Vec<ParticipantId> {
        if self == Self::Own && id == by {
            // Also comes back to whoever says it.
            return present.to_vec();
        }
        let others = || present.iter().filter(|who| *who != by);
        let called = others().filter(|who| self.of(present, by, who) == *id);
        let meant: Vec<_> = called.cloned().collect();
        // Whoever is called wrongly only when they speak, or was called rightly before, is found
        // under their own id.
        if meant.is_empty() || self == Self::Swapped {
            others().filter(|who| *who == id).cloned().collect()
        } else {
            meant
        }
    }

    /// A message as `to` is told it.
    pub(super) fn tell(
        self,
        present: &[ParticipantId],
        to: &ParticipantId,
        mut message: ServerMessage,
    ) -> ServerMessage {
        let call = |id: &mut ParticipantId| *id = self.of(present, to, id);
        match &mut message {
            ServerMessage::Signal { from, .. } => call(from),
            _ if self == Self::Swapped => {}
            ServerMessage::Welcome {
                participants, room, ..
            } => {
                participants.iter_mut().for_each(|who| call(&mut who.id));
                room.hosts.iter_mut().for_each(call);
                room.knocking.iter_mut().for_each(call);
            }
            ServerMessage::Room(room) => {
                room.hosts.iter_mut().for_each(call);
                room.knocking.iter_mut().for_each(call);
            }
            ServerMessage::Entered { id }
            | ServerMessage::Joined { id }
            | ServerMessage::Left { id, .. } => call(id),
            ServerMessage::Resumed { .. }
            | ServerMessage::Refused { .. }
            | ServerMessage::Draining { .. }
            | ServerMessage::Pong => {}
        }
        message
    }
}
