//! The signaling WebSocket.

use call::{Input, SocketEvent};
use gloo_events::EventListener;
use protocol::{ClientMessage, MAX_MESSAGE_BYTES, SUBPROTOCOL, ServerMessage};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use super::{JsError, Wake, Waker, ext, wake};

/// An open or opening socket. Dropping it closes it without a further event.
pub struct Socket {
    socket: WebSocket,
    listeners: Vec<EventListener>,
}

impl Socket {
    /// Opens `/ws` of the host that served the page.
    ///
    /// # Errors
    /// When the browser does not even try, as under a policy that forbids it.
    pub fn open(attempt: u32, waker: &Waker) -> Result<Self, JsError> {
        let address = address()?;
        let socket = match opened_early(&address) {
            Some(early) => early,
            None => WebSocket::new_with_str(&address, SUBPROTOCOL)?,
        };
        if socket.ready_state() == WebSocket::OPEN {
            wake(
                waker,
                Wake::Input(Input::Socket(SocketEvent::Opened { attempt })),
            );
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
        Ok(Self { socket, listeners })
    }

    /// Says something. What is said while the socket is not open is lost; the machine says again
    /// what matters when it is.
    pub fn send(&self, message: &ClientMessage) {
        let Ok(text) = serde_json::to_string(message) else {
            return;
        };
        if self.socket.ready_state() == WebSocket::OPEN {
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

/// The socket that `index.html` began to open before this program was here; it can be had once.
/// Nothing is missed on it, since the server speaks second.
fn opened_early(address: &str) -> Option<WebSocket> {
    let window = web_sys::window()?;
    let early = ext::take_early_socket(&window)?;
    let usable = matches!(early.ready_state(), WebSocket::CONNECTING | WebSocket::OPEN);
    if usable && early.url() == address {
        return Some(early);
    }
    let _ = early.close();
    None
}

fn text_of(event: &MessageEvent) -> Option<String> {
    event
        .data()
        .as_string()
        .filter(|text| text.len() <= MAX_MESSAGE_BYTES * 4)
}

fn receive(waker: &Waker, attempt: u32, text: &str) {
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
