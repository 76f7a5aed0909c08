//! Elements that play somebody's picture wherever it is shown.
//!
//! A browser takes tens of milliseconds from being given a stream to showing a picture of it. So an
//! element is made as soon as there is a stream, before there is a place for it, and goes along when
//! the place changes: from the lobby's preview to one's tile in the call.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use call::PeerKey;
use leptos::prelude::*;
use web_sys::{HtmlVideoElement, MediaStream};

use crate::browser;
use crate::streams::StreamOf;

/// One element for each picture.
#[derive(Clone, Copy)]
pub struct Pictures(StoredValue<HashMap<StreamOf, Picture>, LocalStorage>);

struct Picture {
    element: HtmlVideoElement,
    /// How often it was taken; whoever took it last has it.
    taken: u32,
}

impl Default for Pictures {
    fn default() -> Self {
        Self(StoredValue::new_local(HashMap::new()))
    }
}

impl Pictures {
    /// Has an element play that stream already, unless it is shown: then whoever shows it sees to it.
    pub(crate) fn prepare(self, of: StreamOf, stream: Option<&MediaStream>) {
        self.0.try_update_value(|all| {
            if let Some(picture) = get_or_make(all, of)
                && picture.taken == 0
            {
                browser::play(&picture.element, stream);
            }
        });
    }

    /// The element of that picture, away from whoever has it.
    pub fn take(self, of: StreamOf) -> Held {
        let taken = self.0.try_update_value(|all| {
            let picture = get_or_make(all, of)?;
            picture.taken += 1;
            Some((picture.element.clone(), picture.taken))
        });
        match taken.flatten() {
            Some((element, turn)) => Held {
                element: Some(element),
                lent: Some(Lent {
                    pictures: self,
                    of,
                    turn,
                }),
            },
            None => Held::new(),
        }
    }

    fn forget(self, of: StreamOf) {
        self.0.try_update_value(|all| all.remove(&of));
    }

    /// Forgets the pictures of those who are not here any more, but for those still shown.
    pub(crate) fn keep(self, is_here: impl Fn(PeerKey) -> bool) {
        self.0.try_update_value(|all| {
            all.retain(|of, picture| {
                let needed = picture.taken > 0 || of.peer().is_none_or(&is_here);
                if !needed {
                    browser::play(&picture.element, None);
                }
                needed
            });
        });
    }
}

fn get_or_make(all: &mut HashMap<StreamOf, Picture>, of: StreamOf) -> Option<&mut Picture> {
    Some(match all.entry(of) {
        Entry::Occupied(there) => there.into_mut(),
        Entry::Vacant(place) => place.insert(Picture {
            element: browser::new_video()?,
            taken: 0,
        }),
    })
}

/// An element that somebody shows. Dropped, it plays nothing any more, unless another takes it: one
/// screen goes before the next one shows what it shows.
pub struct Held {
    element: Option<HtmlVideoElement>,
    lent: Option<Lent>,
}

#[derive(Clone, Copy)]
struct Lent {
    pictures: Pictures,
    of: StreamOf,
    turn: u32,
}

impl Held {
    /// One that nobody else shows.
    pub fn new() -> Self {
        Self {
            element: browser::new_video(),
            lent: None,
        }
    }

    /// The element; none where the browser makes none, or once another has taken it.
    pub fn element(&self) -> Option<&HtmlVideoElement> {
        let element = self.element.as_ref();
        element.filter(|_| self.lent.is_none_or(Lent::is_valid))
    }
}

impl Default for Held {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(element) = self.element().cloned() else {
            return;
        };
        let lent = self.lent;
        let end = move || {
            if lent.is_none_or(Lent::is_valid) {
                // A video that still holds its stream keeps the decoder alive.
                browser::play(&element, None);
                if let Some(Lent { pictures, of, .. }) = lent {
                    pictures.forget(of);
                }
            }
        };
        set_timeout(end, Duration::ZERO);
    }
}

impl Lent {
    /// Nobody has taken it since. Once the call's page is gone nobody does any more.
    fn is_valid(self) -> bool {
        let taken = |all: &HashMap<StreamOf, Picture>| all.get(&self.of).map(|it| it.taken);
        let taken = self.pictures.0.try_with_value(taken);
        taken.is_none_or(|taken| taken == Some(self.turn))
    }
}
