//! What the page shows of the machine.

use std::sync::Arc;

use protocol::PathState;

use super::Call;
use crate::cause::relay_port;
use crate::footprint::Footprint;
use crate::peer::Peer;
use crate::switches::Switch;
use crate::view::{MeView, ParticipantView, PeerKey, View};

impl Call {
    /// Everything the page shows.
    pub fn view(&self) -> View {
        let here = || self.peers.values().filter(|peer| peer.is_here());
        View {
            phase: self.phase,
            entered: self.entered,
            link: self.signaling.view(),
            me: self.me_view(),
            participants: here().map(|peer| self.participant_view(peer)).collect(),
            in_lobby: u32::try_from(here().filter(|peer| !peer.is_in_call()).count())
                .unwrap_or(u32::MAX),
            notices: self.notices.list(),
            chat: self.chat.view(),
            private: self.private,
            apart: self.roster.has_stranger() && here().next().is_none(),
            ice_servers: Arc::clone(&self.ice_servers),
            relay: self.offers_relay(),
            locked: self.door.room.locked,
            waiting: self.waits(),
            max_participants: self.max_participants,
        }
    }

    /// Whether the server offers a relay, once it said what it offers.
    fn offers_relay(&self) -> Option<bool> {
        let welcomed = self.id.is_some();
        welcomed.then(|| relay_port(&self.ice_servers).is_some())
    }

    /// How much is kept.
    pub fn footprint(&self) -> Footprint {
        let kept = |here: bool| {
            let peers = self.peers.values().filter(|peer| peer.is_here() == here);
            peers.map(|peer| peer.session.kept_bytes()).sum()
        };
        Footprint {
            named: self.roster.count(),
            conversations: self.peers.len(),
            here: self.peers.values().filter(|peer| peer.is_here()).count(),
            bytes: kept(true),
            bytes_of_departed: kept(false),
            negotiating: self.peers.values().map(Peer::negotiating).sum(),
            notices: self.notices.list().len(),
            commands: self.out.len(),
        }
    }

    fn me_view(&self) -> MeView {
        let settings = self.media.settings();
        MeView {
            name: settings.name.clone(),
            microphone: self.media.microphone_view(),
            camera: self.media.camera_view(),
            screen: self.media.screen_view(),
            screen_audio: self.media.state().screen_audio,
            // Whoever has the room key decides; see `call/guests.rs`.
            host: self.am_host() && self.seals.ticket().is_none(),
            guest: self.seals.ticket().is_some(),
            listens: self.only_listen(),
            hand: self.gestures.hand,
            reactions: self.gestures.of(None),
            settings: settings.clone(),
            microphone_in_use: self.media.microphone_in_use(),
            camera_in_use: self.media.camera_in_use(),
            speaker_in_use: self.media.speaker_in_use(),
            devices: self.media.devices().clone(),
        }
    }

    fn participant_view(&self, peer: &Peer) -> ParticipantView {
        let state = peer.state.clone().unwrap_or_default();
        let cannot_reach = state
            .paths
            .iter()
            .filter(|(_, path)| matches!(path, PathState::Interrupted | PathState::Lost))
            .filter_map(|(nonce, _)| self.key_of(nonce))
            .collect();
        let listens = peer.only_listens();
        let pictures = !self.media.has(Switch::AudioOnly) && !listens;
        ParticipantView {
            key: peer.key,
            name: state.name,
            in_call: state.in_call,
            host: self.is_host(peer.key) && peer.guest.is_none(),
            guest: peer.guest.is_some(),
            listens,
            knocking: self.knocks(peer.key),
            barred: self.is_barred(peer.key),
            connection: peer.connection_view(),
            trouble: peer.trouble,
            setup: peer.setup_view(&self.arrival),
            microphone: state.media.microphone && !listens,
            // Who wants sound alone is sent no picture, so there is none to show.
            camera: state.media.camera && pictures,
            screen: state.media.screen && pictures,
            screen_audio: state.media.screen_audio && pictures,
            hand: state.hand,
            reactions: self.gestures.of(Some(peer.key)),
            cannot_reach,
            safety: self.safety.view(peer.key),
        }
    }

    fn key_of(&self, nonce: &str) -> Option<PeerKey> {
        self.peers
            .values()
            .find(|peer| peer.is_here() && peer.nonce.to_text() == nonce)
            .map(|peer| peer.key)
    }
}
