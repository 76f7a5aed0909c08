//! A small window above all others: a document of its own where the browser can (Document
//! Picture-in-Picture), else one video (Picture-in-Picture). Firefox has neither for pages, and a
//! button of its own on every video.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, HtmlElement, HtmlVideoElement, Window};

use super::ext;

/// What this browser lets float above other windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floats {
    /// A document with whatever is in it.
    Document,
    /// One video, without anything around it.
    Video,
}

/// What may float here, if anything.
pub fn what_floats() -> Option<Floats> {
    let window = web_sys::window()?;
    if ext::document_picture_in_picture(&window).is_some() {
        return Some(Floats::Document);
    }
    ext::can_float_video(&window.document()?).then_some(Floats::Video)
}

/// A floating window with a document that looks like the page and is empty; closed when dropped.
pub struct FloatingWindow {
    window: Window,
    document: Document,
    gone: Option<EventListener>,
}

impl FloatingWindow {
    /// Opens one; `None` where the browser does not want to, which it does only upon a press.
    pub async fn open() -> Option<Self> {
        let page = web_sys::window()?;
        let opening = ext::document_picture_in_picture(&page)?
            .request_window()
            .ok()?;
        let window: Window = JsFuture::from(opening).await.ok()?.unchecked_into();
        let (from, document) = (page.document()?, window.document()?);
        let head = document.head()?;
        let sheets = from
            .query_selector_all("link[rel=stylesheet]:not([disabled])")
            .ok()?;
        for at in 0..sheets.length() {
            let copy = sheets.get(at)?.clone_node_with_deep(true).ok()?;
            head.append_child(&copy).ok()?;
        }
        document.set_title(&from.title());
        if let (Some(here), Some(there)) = (from.document_element(), document.document_element()) {
            for name in ["lang", "dir"] {
                let value = here.get_attribute(name).unwrap_or_default();
                there.set_attribute(name, &value).ok()?;
            }
        }
        Some(Self {
            window,
            document,
            gone: None,
        })
    }

    /// Where to put what it shall show.
    pub fn body(&self) -> Option<HtmlElement> {
        self.document.body()
    }

    /// Calls back when the person closes it.
    pub fn on_gone(&mut self, told: impl FnOnce() + 'static) {
        self.gone = Some(EventListener::once(&self.window, "pagehide", move |_| {
            told()
        }));
    }
}

impl Drop for FloatingWindow {
    fn drop(&mut self) {
        self.gone = None;
        // One that is closed already stays so.
        let _ = self.window.close();
    }
}

/// Lets the first video that fits one of `selectors` float, or stops it. A browser that refuses
/// leaves things as they are.
pub fn float_video(selectors: &[&str]) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    if ext::stop_floating_video(&document) {
        return;
    }
    let found = selectors
        .iter()
        .find_map(|selector| document.query_selector(selector).ok()?);
    if let Some(video) = found.and_then(|found: Element| found.dyn_into::<HtmlVideoElement>().ok())
    {
        ext::float_video(&video);
    }
}
