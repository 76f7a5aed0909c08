//! How loud everybody is whose sound arrives. Handles of the browser never enter the view.

use std::collections::HashMap;

use call::PeerKey;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::RtcPeerConnection;

use crate::browser::Ear;

/// An ear for each participant.
#[derive(Clone, Copy)]
pub struct Ears(StoredValue<HashMap<PeerKey, SendWrapper<Ear>>>);

impl Default for Ears {
    fn default() -> Self {
        Self::new()
    }
}

impl Ears {
    /// None yet.
    pub fn new() -> Self {
        Self(StoredValue::new(HashMap::new()))
    }

    /// Listens to somebody, and no more to their connection before.
    pub fn set(self, key: PeerKey, ear: Ear) {
        self.0.try_update_value(|all| {
            all.insert(key, SendWrapper::new(ear));
        });
    }

    /// Forgets those who are not here any more.
    pub fn keep(self, is_here: impl Fn(PeerKey) -> bool) {
        self.0
            .try_update_value(|all| all.retain(|key, _| is_here(*key)));
    }

    /// Something of somebody's sound was played.
    pub fn plays(self, key: PeerKey) -> bool {
        self.0
            .try_with_value(|all| all.get(&key).is_some_and(|ear| ear.plays()))
            .unwrap_or_default()
    }

    /// Over which connection it comes.
    pub fn connection(self, key: PeerKey) -> Option<RtcPeerConnection> {
        self.0
            .try_with_value(|all| all.get(&key).map(|ear| ear.connection()))
            .flatten()
    }

    /// How loud somebody is now, 0 to 1; 0 while nothing comes from them.
    pub fn level(self, key: PeerKey) -> f64 {
        self.0
            .try_with_value(|all| all.get(&key).map(|ear| ear.level()))
            .flatten()
            .unwrap_or_default()
    }
}
