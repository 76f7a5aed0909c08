//! The page's own life: network, sleep, going away and coming back.

use std::cell::Cell;
use std::rc::Rc;

use call::{Input, NetworkEvent};
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::PageTransitionEvent;

use super::{Wake, Waker, clock, ext, wake};

/// Pushes network events for as long as it is held.
pub struct PageWatch {
    _listeners: Vec<EventListener>,
}

/// A page that was hidden this long may have slept; its timers tell nothing then.
const SLEEP_MILLIS: u128 = 5_000;

impl PageWatch {
    /// Listens on the window, the document and, where there is one, the network's description.
    pub fn start(waker: Waker) -> Self {
        let Some(window) = web_sys::window() else {
            return Self { _listeners: vec![] };
        };
        let push = |event| {
            let waker = waker.clone();
            move |_: &web_sys::Event| {
                wake(&waker, Wake::Input(Input::Network(event)));
            }
        };
        let mut listeners = vec![
            EventListener::new(&window, "online", push(NetworkEvent::Online)),
            EventListener::new(&window, "offline", push(NetworkEvent::Offline)),
            EventListener::new(&window, "pagehide", push(NetworkEvent::Hidden)),
        ];
        let shown = waker.clone();
        listeners.push(EventListener::new(&window, "pageshow", move |event| {
            let restored = event
                .dyn_ref::<PageTransitionEvent>()
                .is_some_and(PageTransitionEvent::persisted);
            if restored {
                wake(&shown, Wake::Input(Input::Network(NetworkEvent::Woken)));
            }
        }));
        if let Some(document) = window.document() {
            listeners.push(visibility(document, waker.clone()));
        }
        if let Some(network) = ext::network_information(&window.navigator()) {
            listeners.push(moves(network, waker.clone()));
        }
        Self {
            _listeners: listeners,
        }
    }
}

/// Tells when the machine goes from one kind of network to another, as from Wi-Fi to mobile. Browsers say
/// "change" as well when they think otherwise of how fast it is.
fn moves(network: web_sys::EventTarget, waker: Waker) -> EventListener {
    let last = Cell::new(ext::network_kind(&network));
    EventListener::new(&network.clone(), "change", move |_| {
        let kind = ext::network_kind(&network);
        if last.replace(kind.clone()) != kind {
            wake(&waker, Wake::Input(Input::Network(NetworkEvent::Changed)));
        }
    })
}

/// Which build of the page this is, as its release build wrote into it; nothing under `trunk serve`.
pub fn build() -> String {
    let document = web_sys::window().and_then(|window| window.document());
    let meta = document.and_then(|document| {
        let found = document.query_selector("meta[name=build]");
        found.ok().flatten()
    });
    meta.and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_default()
}

fn visibility(document: web_sys::Document, waker: Waker) -> EventListener {
    let hidden_at = Rc::new(Cell::new(None));
    EventListener::new(&document.clone(), "visibilitychange", move |_| {
        if document.hidden() {
            hidden_at.set(Some(clock::now()));
            return;
        }
        let away = hidden_at.take().map(|at| clock::now().since(at));
        if away.is_some_and(|away| away.as_millis() >= SLEEP_MILLIS) {
            wake(&waker, Wake::Input(Input::Network(NetworkEvent::Woken)));
        }
    })
}
