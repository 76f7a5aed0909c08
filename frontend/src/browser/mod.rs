//! Thin web-sys adapters: each turns one browser API into the machine's events and commands, and
//! decides nothing. What they own is let go of when they are dropped.

mod awake;
mod certificate;
mod clipboard;
mod clock;
mod devices;
mod ear;
mod error;
mod ext;
mod floating;
mod former;
mod full_screen;
mod language;
mod level;
mod media;
mod media_session;
mod motion;
mod network;
mod notify;
mod page;
mod peer;
mod phrase;
mod random;
mod signing;
mod socket;
mod stats;
mod storage;
mod style;
mod video;

pub use awake::Awake;
pub use certificate::{certificate, forget_certificate, keep_certificate};
pub use clipboard::{can_share, copy_text, share_link};
pub use clock::{mark, now, wall_clock};
pub use devices::{DeviceWatch, list_devices};
pub use ear::Ear;
pub use error::JsError;
pub use ext::{can_blur, can_choose_speaker, can_share_screen, set_sink_id};
pub use floating::{FloatingWindow, Floats, float_video, what_floats};
pub use former::{Former, FormerSelf, Living, say_gone};
pub use full_screen::{can_fill_screen, fills_screen, turn_full_screen};
pub use language::{languages, set_language};
pub use level::LevelMeter;
pub(crate) use media::problem;
pub use media::{LocalMedia, stream_of};
pub use media_session::{MediaKey, MediaSession};
pub use motion::{Motion, moves_little};
pub use network::{CheckEvent, CheckEvents, Gathering, RelayPair};
pub use notify::{ask_to_notify, can_notify, notify};
pub use page::{PageWatch, build};
pub use peer::Peer;
pub(crate) use peer::failed;
pub use phrase::{NoKey, keep_phrase_key, load_phrase_key, phrase_key};
pub use random::random;
pub use signing::{Signer, signer};
pub use socket::Socket;
pub use stats::read_stats;
pub use storage::{
    keep_guests, keep_language, keep_recent, keep_seen, keep_settings, keep_volumes, load_guests,
    load_language, load_recent, load_seen, load_settings, load_volumes,
};
pub use style::load_call_style;
pub use video::{new_video, play};

use call::{AcquireRequest, ChatCode, Input, PeerKey, Slot};
use futures::channel::mpsc::UnboundedSender;
use web_sys::{MediaStream, RtcCertificate, RtcRtpReceiver};

/// What adapters tell the session, beside the machine's own inputs: those that carry handles.
pub enum Wake {
    /// Something the machine decides on.
    Input(Input),
    /// `getUserMedia` or `getDisplayMedia` ended.
    Acquired {
        /// Which [`call::Command::Acquire`].
        attempt: u32,
        /// What it asked for.
        request: AcquireRequest,
        /// The stream, or why there is none.
        result: Result<MediaStream, JsError>,
    },
    /// A connection has a track to play.
    Track {
        /// Whose.
        peer: PeerKey,
        /// Of which connection.
        generation: u32,
        /// Which.
        slot: Slot,
        /// What receives it.
        receiver: RtcRtpReceiver,
    },
    /// The page's certificate is there.
    Certificate(RtcCertificate),
    /// Something is to be done with that certificate.
    WithCertificate(fn(RtcCertificate)),
    /// The chat's code is there, and what carries its commands out.
    Chat(ChatCode, Signer),
    /// How loud the microphone is, 0 to 1.
    Level(f64),
}

/// Where adapters push what happens. Unbounded, because callbacks cannot wait and the session
/// drains it before it waits for anything; what the network can fill is bounded at its source.
pub type Waker = UnboundedSender<Wake>;

/// Pushes one wake. After the session ended nobody listens, which is as it should be.
pub(crate) fn wake(waker: &Waker, wake: Wake) {
    let _ = waker.unbounded_send(wake);
}
