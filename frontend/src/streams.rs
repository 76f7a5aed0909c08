//! Which `MediaStream` to show for whom. Handles of the browser never enter the view.

use std::collections::HashMap;

use call::PeerKey;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::MediaStream;

use crate::pictures::{Held, Pictures};

/// Whose stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamOf {
    /// One's own camera, without sound.
    MyCamera,
    /// One's own screen, without sound.
    MyScreen,
    /// Picture of somebody.
    Peer(PeerKey),
    /// Sound of somebody.
    PeerSound(PeerKey),
    /// Picture of somebody's screen.
    PeerScreen(PeerKey),
    /// Sound of somebody's screen.
    PeerScreenSound(PeerKey),
}

impl StreamOf {
    /// Somebody else's, and whose.
    pub(crate) fn peer(self) -> Option<PeerKey> {
        match self {
            Self::MyCamera | Self::MyScreen => None,
            Self::Peer(key)
            | Self::PeerSound(key)
            | Self::PeerScreen(key)
            | Self::PeerScreenSound(key) => Some(key),
        }
    }
}

type StreamSignal = ArcRwSignal<Option<SendWrapper<MediaStream>>>;

/// A signal for each stream, made when it is first asked for.
#[derive(Clone, Copy)]
pub struct Streams {
    signals: StoredValue<HashMap<StreamOf, StreamSignal>>,
    pictures: Pictures,
}

impl Default for Streams {
    fn default() -> Self {
        Self::new()
    }
}

impl Streams {
    /// None yet.
    pub fn new() -> Self {
        Self {
            signals: StoredValue::new(HashMap::new()),
            pictures: Pictures::default(),
        }
    }

    /// The signal of one stream. After the page is gone, one that never changes.
    pub fn signal(self, of: StreamOf) -> StreamSignal {
        self.signals
            .try_update_value(|all| {
                all.entry(of)
                    .or_insert_with(|| ArcRwSignal::new(None))
                    .clone()
            })
            .unwrap_or_else(|| ArcRwSignal::new(None))
    }

    /// The element that plays that picture, for whoever shows it from now on.
    pub fn picture(self, of: StreamOf) -> Held {
        self.pictures.take(of)
    }

    /// Shows `stream`, or nothing. A stream that is shown already is not touched, so that no
    /// picture flickers.
    pub fn set(self, of: StreamOf, stream: Option<MediaStream>) {
        let signal = self.signal(of);
        let same = signal
            .try_with_untracked(|shown| match (shown, &stream) {
                (Some(shown), Some(stream)) => **shown == *stream,
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            })
            .unwrap_or(true);
        if !same {
            if matches!(of, StreamOf::Peer(_)) {
                self.pictures.prepare(of, stream.as_ref());
            }
            signal.set(stream.map(SendWrapper::new));
        }
    }

    /// Shows `preview` unless what is shown holds the very same track already.
    pub fn set_preview(self, of: StreamOf, preview: Option<MediaStream>) {
        let same_track = self
            .signal(of)
            .try_with_untracked(|shown| match (shown, &preview) {
                (Some(shown), Some(preview)) => {
                    shown.get_tracks().get(0) == preview.get_tracks().get(0)
                }
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            })
            .unwrap_or(true);
        if !same_track {
            self.set(of, preview);
        }
    }

    /// Forgets everything of those who are not here any more. Whoever is keeps their signals while
    /// one connection takes another's place, since tiles follow them.
    pub fn keep(self, is_here: impl Fn(PeerKey) -> bool) {
        self.pictures.keep(&is_here);
        self.signals.try_update_value(|all| {
            all.retain(|of, signal| {
                let here = of.peer().is_none_or(&is_here);
                if !here {
                    signal.try_set(None);
                }
                here
            });
        });
    }
}
