//! The signaling WebSocket. Its first one is opened by `index.html`, which also enters the lobby on it
//! while the program is still on its way: not where the link is damaged or a pass phrase (`~`) is to
//! be given first, and not behind Trunk's own server (8081), which would not pass it on.

use std::cell::Cell;

use call::{Input, SocketEvent};
use gloo_events::EventListener;
use protocol::{ClientMessage, MAX_MESSAGE_BYTES, SUBPROTOCOL, ServerMessage};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use super::ext::EarlySocket;
use super::{JsError, Wake, Waker, ext, wake};

/// An open or opening socket. Dropping it closes it without a further event.
pub struct Socket {
    socket: WebSocket,
    listeners: Vec<EventListener>,
    /// What was said on it before this program was here, and is not to be said twice.
    said: Cell<Option<String>>,
}

impl Socket {
    /// Opens `/ws` of the host that served the page.
    ///
    /// # Errors
    /// When the browser does not even try, as under a policy that forbids it.
    pub fn open(attempt: u32, waker: &Waker) -> Result<Self, JsError> {
        let address = address()?;
        let EarlySocket {
            socket,
            said,
            heard,
        } = match opened_early(&address) {
            Some(early) => early,
            None => EarlySocket {
                socket: WebSocket::new_with_str(&address, SUBPROTOCOL)?,
                said: None,
                heard: String::new(),
            },
        };
        if socket.ready_state() == WebSocket::OPEN {
            wake(
                waker,
                Wake::Input(Input::Socket(SocketEvent::Opened { attempt })),
            );
        }
        for text in heard.lines() {
            receive(waker, attempt, text);
        }
        let push = |waker: &Waker, event| wake(waker, Wake::Input(Input::Socket(event)));
        let (opened, message, closed) = (waker.clone(), waker.clone(), waker.clone());
        let listeners = vec![
            EventListener::once(&socket, "open", move |_| {
                push(&opened, SocketEvent::Opened { attempt });
            }),
            EventListener::new(&socket, "message", move |event| {
                if let Some(text) = event.dyn_ref::<MessageEvent>().and_then(text_of) {
                    receive(&message, attempt, &text);
                }
            }),
            EventListener::once(&socket, "close", move |event| {
                let code = event.dyn_ref::<CloseEvent>().map_or(1006, CloseEvent::code);
                push(&closed, SocketEvent::Closed { attempt, code });
            }),
        ];
        Ok(Self {
            socket,
            listeners,
            said: Cell::new(said),
        })
    }

    /// Says something. What is said while the socket is not open is lost; the machine says again
    /// what matters when it is.
    pub fn send(&self, message: &ClientMessage) {
        let Ok(text) = serde_json::to_string(message) else {
            return;
        };
        let said = self.said.take().is_some_and(|said| said == text);
        if !said && self.socket.ready_state() == WebSocket::OPEN {
            let _ = self.socket.send_with_str(&text);
        }
    }

    /// Closes with `code`, which must be 1000 or one of 3000 to 4999 (WebSockets, section 3.1).
    pub fn close(mut self, code: u16) {
        self.listeners.clear();
        let _ = self.socket.close_with_code(code);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.listeners.clear();
        let _ = self.socket.close();
    }
}

/// The socket that `index.html` began to open before this program was here, with what it said and
/// heard on it; it can be had once.
fn opened_early(address: &str) -> Option<EarlySocket> {
    let window = web_sys::window()?;
    let early = ext::take_early_socket(&window)?;
    let state = early.socket.ready_state();
    let usable = matches!(state, WebSocket::CONNECTING | WebSocket::OPEN);
    if usable && early.socket.url() == address {
        return Some(early);
    }
    let _ = early.socket.close();
    None
}

fn text_of(event: &MessageEvent) -> Option<String> {
    event.data().as_string()
}

fn receive(waker: &Waker, attempt: u32, text: &str) {
    if text.len() > MAX_MESSAGE_BYTES * 4 {
        return;
    }
    // As bytes, like all that is read: reading texts as well is a second reader to load.
    match serde_json::from_slice::<ServerMessage>(text.as_bytes()) {
        Ok(message) => wake(
            waker,
            Wake::Input(Input::Socket(SocketEvent::Message { attempt, message })),
        ),
        Err(error) => {
            leptos::logging::warn!("the server said what this page does not know: {error}")
        }
    }
}

fn address() -> Result<String, JsError> {
    let missing = || JsError::from(JsValue::from_str("no window"));
    let location = web_sys::window().ok_or_else(missing)?.location();
    let scheme = if location.protocol()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    // Under `trunk serve` the server is next door: Trunk's proxy does not pass the subprotocol on.
    if cfg!(debug_assertions) && location.port()? == "8081" {
        return Ok(format!("{scheme}://{}:8080/ws", location.hostname()?));
    }
    Ok(format!("{scheme}://{}/ws", location.host()?))
}
