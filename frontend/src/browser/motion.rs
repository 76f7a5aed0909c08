//! Lets an element glide from where it was to where it is (Web Animations). Only `transform` is
//! animated, which a browser does without laying anything out anew.

use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
use web_sys::{DomRect, Element};

use super::ext;

/// How long a change of the layout takes, in milliseconds: seen, and not waited for.
const MILLIS: f64 = 220.0;

/// A movement under way; what is dropped stands where it belongs.
pub struct Motion(ext::Animation);

impl Motion {
    /// From `before`, in the same coordinates as `getBoundingClientRect`. `None` where it is there
    /// already, or the browser cannot.
    pub fn start(element: &Element, before: &DomRect, now: &DomRect) -> Option<Self> {
        let (width, height) = (now.width(), now.height());
        if width <= 0.0 || height <= 0.0 {
            return None;
        }
        let (x, y) = (before.x() - now.x(), before.y() - now.y());
        let (wide, high) = (before.width() / width, before.height() / height);
        let moved = x.abs() > 1.0 || y.abs() > 1.0;
        let grown = (wide - 1.0).abs() > 0.01 || (high - 1.0).abs() > 0.01;
        if !moved && !grown {
            return None;
        }
        // Whole thousandths: code that writes fractions weighs 20 KB.
        let thousandths = |value: f64| (value * 1000.0) as i32;
        let (wide, high) = (thousandths(wide), thousandths(high));
        let (x, y) = (x as i32, y as i32);
        let from =
            format!("translate({x}px, {y}px) scale(calc({wide} / 1000), calc({high} / 1000))");
        let entry = |name: &str, value: &JsValue| Array::of2(&name.into(), value);
        let frames = Object::from_entries(&Array::of3(
            &entry("transformOrigin", &"0 0".into()),
            &entry("transform", &Array::of2(&from.into(), &"none".into())),
            &entry("easing", &"ease-out".into()),
        ));
        ext::animate(element, &frames.ok()?, MILLIS).map(Self)
    }
}

impl Drop for Motion {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The person wants little to move.
pub fn moves_little() -> bool {
    web_sys::window()
        .and_then(|window| window.match_media("(prefers-reduced-motion: reduce)").ok())
        .flatten()
        .is_some_and(|query| query.matches())
}
