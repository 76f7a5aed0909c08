//! The keys of headsets and keyboards, and the buttons that a browser has of its own for a call.

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::ext;

/// What such a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKey {
    /// Microphone on or off.
    Microphone,
    /// Camera on or off.
    Camera,
    /// Leave the call.
    HangUp,
}

/// As `MediaSessionAction` calls them (Media Session, section 5).
const ACTIONS: [(&str, MediaKey); 3] = [
    ("togglemicrophone", MediaKey::Microphone),
    ("togglecamera", MediaKey::Camera),
    ("hangup", MediaKey::HangUp),
];

/// Listens for as long as it is held.
pub struct MediaSession {
    session: Option<ext::MediaSession>,
    /// Called by the browser for as long as it has them.
    _handlers: Vec<Closure<dyn FnMut()>>,
}

impl MediaSession {
    /// Names what goes on, and tells `pressed` of each key. A browser without it has nothing to tell;
    /// one that does not know an action tells of the others.
    pub fn start(title: &str, pressed: impl Fn(MediaKey) + Clone + 'static) -> Self {
        let session = ext::media_session();
        let mut handlers = Vec::new();
        if let Some(session) = &session {
            ext::set_media_title(session, Some(title));
            for (action, key) in ACTIONS {
                let pressed = pressed.clone();
                let handler = Closure::<dyn FnMut()>::new(move || pressed(key));
                if session.set_action_handler(action, handler.as_ref()).is_ok() {
                    handlers.push(handler);
                }
            }
        }
        Self {
            session,
            _handlers: handlers,
        }
    }

    /// Says what is on, for the browser's own buttons.
    pub fn show(&self, microphone: bool, camera: bool) {
        if let Some(session) = &self.session {
            ext::set_media_active(session, microphone, camera);
        }
    }
}

impl Drop for MediaSession {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            for (action, _) in ACTIONS {
                // One that was not known is not known now.
                let _ = session.set_action_handler(action, &JsValue::NULL);
            }
            ext::set_media_title(session, None);
        }
    }
}
