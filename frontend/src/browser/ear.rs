//! How loud the sound of somebody else is.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use web_sys::{RtcPeerConnection, RtcRtpReceiver, RtcRtpSynchronizationSource};

/// Reads the level of what a receiver plays (W3C webrtc-pc, section 5.3).
pub struct Ear {
    receiver: RtcRtpReceiver,
    connection: RtcPeerConnection,
    /// When what was read last was played, in the browser's own time.
    last: Cell<f64>,
}

impl Ear {
    /// An ear at a receiver of sound, and the connection it belongs to.
    pub fn new(receiver: RtcRtpReceiver, connection: RtcPeerConnection) -> Self {
        Self {
            receiver,
            connection,
            last: Cell::new(0.0),
        }
    }

    /// Something was heard when the level was read.
    pub fn plays(&self) -> bool {
        self.last.get() > 0.0
    }

    /// What the sound comes over.
    pub fn connection(&self) -> RtcPeerConnection {
        self.connection.clone()
    }

    /// The level now, 0 to 1, where 1 is the loudest there is. The browser remembers what it
    /// played for ten seconds; what was read before is not what is heard now.
    pub fn level(&self) -> f64 {
        let last = self.last.get();
        let mut level = 0.0_f64;
        for source in self.receiver.get_synchronization_sources().iter() {
            let source: RtcRtpSynchronizationSource = source.unchecked_into();
            let at = source.get_timestamp();
            if at > last {
                self.last.set(at.max(self.last.get()));
                level = level.max(source.get_audio_level().unwrap_or_default());
            }
        }
        level
    }
}
