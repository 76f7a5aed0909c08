//! Which page the address bar asks for, and going to another one without loading anything.
//!
//! Three routes need no router: leptos_router would be a sizeable part of all the page weighs.

use gloo_events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{Element, Event, HtmlAnchorElement, MouseEvent};

/// What the address bar says behind the origin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// From the first `/`, percent-decoded where that gives a text.
    pub path: String,
    /// What follows the `#`, without it.
    pub fragment: String,
}

impl Address {
    fn now() -> Self {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        let path = js_sys::decode_uri_component(&path).map_or(path, String::from);
        let hash = location.hash().unwrap_or_default();
        Self {
            path,
            fragment: hash.trim_start_matches('#').to_owned(),
        }
    }
}

/// Knows the address and changes it; found in the context of every page.
#[derive(Clone, Copy)]
pub struct Navigator(RwSignal<Address>);

impl Navigator {
    /// Listens to the history and to links until the component that called this goes.
    pub(super) fn start() -> Self {
        let navigator = Self(RwSignal::new(Address::now()));
        let moved = EventListener::new(&window(), "popstate", move |_| navigator.read());
        let clicked = EventListener::new_with_options(
            &window(),
            "click",
            EventListenerOptions::enable_prevent_default(),
            move |event| {
                if let Some(path) = link_followed(event) {
                    event.prevent_default();
                    navigator.go(&path);
                }
            },
        );
        StoredValue::new_local([moved, clicked]);
        navigator
    }

    /// The address as it is.
    pub fn address(self) -> Signal<Address> {
        self.0.into()
    }

    /// Goes to a path of this page, which may carry a fragment.
    pub fn go(self, path: &str) {
        // Refused only to pages that navigate hundreds of times in a few seconds.
        if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
        }
        self.read();
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    /// Writes the same place in another way, without a further step in the history.
    pub fn respell(self, path: &str) {
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
        }
        self.read();
    }

    fn read(self) {
        let now = Address::now();
        if self.0.try_get_untracked().is_some_and(|last| last != now) {
            self.0.set(now);
        }
    }
}

/// Where a click leads, if it is a plain one on a link inside this page.
fn link_followed(event: &Event) -> Option<String> {
    let click = event.dyn_ref::<MouseEvent>()?;
    let with_key = click.meta_key() || click.ctrl_key() || click.shift_key() || click.alt_key();
    if click.button() != 0 || with_key || click.default_prevented() {
        return None;
    }
    let element: Element = event.target()?.dyn_into().ok()?;
    let link = element.closest("a[href]").ok()??;
    let link: HtmlAnchorElement = link.dyn_into().ok()?;
    let inside = window()
        .location()
        .origin()
        .is_ok_and(|origin| origin == link.origin());
    (inside && link.target().is_empty() && !link.has_attribute("download"))
        .then(|| format!("{}{}", link.pathname(), link.hash()))
}
