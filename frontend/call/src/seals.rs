//! Which box is for whom: one for greetings, which everybody opens who has any link of the room, and one
//! for what two say to each other, which depends on what links they came with.

use protocol::RoomName;

use crate::key::RoomKey;
use crate::seal::Seal;
use crate::ticket::{Access, Pass, Ticket};

/// The boxes of a room, as far as somebody can make them.
#[derive(Debug)]
pub(crate) struct Seals {
    greeting: Seal,
    room: RoomName,
    mine: Mine,
}

#[derive(Debug)]
enum Mine {
    Member(RoomKey),
    Guest { own: RoomKey, ticket: Ticket },
}

impl Seals {
    pub(crate) fn new(room: &RoomName, access: Access) -> Self {
        let (greeting, mine) = match access {
            Access::Member(key) => (key.greeting(room), Mine::Member(key)),
            Access::Guest(guest) => {
                let (own, ticket) = (guest.own, guest.ticket);
                (guest.greeting, Mine::Guest { own, ticket })
            }
        };
        Self {
            greeting: Seal::new(room, &greeting),
            room: room.clone(),
            mine,
        }
    }

    /// The box of greetings.
    pub(crate) fn greeting(&self) -> &Seal {
        &self.greeting
    }

    /// The box for what we and somebody else say, who has the room key or is a guest. Who says to be
    /// what they are not cannot open it, but for two guests: they have nothing that others have not.
    pub(crate) fn with(&self, guest: Option<Pass>) -> Seal {
        let key = match (&self.mine, guest) {
            (Mine::Member(key), None) => key,
            (Mine::Member(key), Some(pass)) => &key.of_ticket(&self.room, &pass.ticket),
            (Mine::Guest { own, .. }, None) => own,
            (Mine::Guest { .. }, Some(_)) => return self.greeting.clone(),
        };
        Seal::new(&self.room, key)
    }

    /// The link with limits that we came with.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        match self.mine {
            Mine::Member(_) => None,
            Mine::Guest { ticket, .. } => Some(ticket),
        }
    }
}
