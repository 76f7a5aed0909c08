//! Safety codes, as far as they concern the call.

use protocol::Signal;

use super::Call;
use crate::peer::Peer;
use crate::safety::{Mark, Someone};
use crate::time::Timestamp;
use crate::view::{NoticeKind, PeerKey};

impl Call {
    /// Says what is due for the codes. Over channels alone: then the pictures are there already, and
    /// nothing that introduces people waits behind it.
    pub(super) fn settle_safety(&mut self, now: Timestamp) {
        if self.safety.codes().is_none() {
            return;
        }
        let present = self.peers.values().filter(|peer| self.hears(peer.key));
        let present: Vec<Someone> = present
            .map(|peer| Someone {
                key: peer.key,
                nonce: peer.nonce,
                name: peer.state.as_ref().and_then(|state| state.name.clone()),
                prints: peer.prints(),
                reached: peer.has_live_channel(),
            })
            .collect();
        let Some(codes) = self.safety.codes() else {
            return;
        };
        let due = codes.settle(&present, &mut self.rng);
        codes.keep(&|key| self.peers.contains_key(&key));
        for (key, name) in due.lost {
            self.notices
                .add(now, NoticeKind::NotVerifiedAnyMore(key, name));
        }
        for (key, text) in due.say {
            if let Some(peer) = self.peers.get_mut(&key) {
                peer.session.push(Signal::Safety { text });
            }
        }
    }

    /// The person compared the code with somebody.
    pub(super) fn mark_safety(&mut self, key: PeerKey, mark: Mark) {
        if let Some(codes) = self.safety.codes() {
            codes.mark(key, mark);
        }
        let state = self
            .peers
            .get(&key)
            .and_then(|peer: &Peer| peer.state.as_ref());
        let name = state.and_then(|state| state.name.clone());
        // Whatever they say now, they know.
        self.notices
            .remove(&NoticeKind::NotVerifiedAnyMore(key, name));
    }
}
