//! Tiles glide to where they belong when people go, somebody is pinned or speaks up; a window that is
//! made larger moves nothing. Nothing glides for those who want little to move.
//!
//! Whoever comes is made room for at once: their first picture is waited for, and a machine without a
//! graphics card would draw the gliding meanwhile.

use leptos::html::Div;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::{DomRect, Element};

use super::size::size_of;
use crate::browser::{self, Motion};

/// What glides.
const MOVED: &str = ".tile:not(.tile--small)";

/// Where everything was when last looked, and what is under way.
#[derive(Default)]
struct Places {
    known: Vec<(Element, DomRect)>,
    moving: Vec<Motion>,
}

/// Watches the tiles in `node` for as long as the component that calls it is there. `cause` is whatever
/// moves them, but for the size of the window.
pub fn watch<T>(node: NodeRef<Div>, cause: Memo<T>)
where
    T: PartialEq + Send + Sync + 'static,
{
    let size = size_of(node);
    let places = StoredValue::new(SendWrapper::new(Places::default()));
    Effect::new(move |last: Option<(f64, f64)>| {
        let size = size.get();
        // Read, not only tracked: a memo that nobody reads looks at nothing that it is made of.
        cause.with(|_| ());
        let glides = last == Some(size) && !browser::moves_little();
        // When everything is in its new place, and before anybody sees it.
        request_animation_frame(move || {
            let Some(stage) = node.try_get_untracked().flatten() else {
                return;
            };
            places.try_update_value(|places| places.look(&stage, glides));
        });
        size
    });
}

impl Places {
    fn look(&mut self, stage: &Element, glides: bool) {
        self.moving.clear();
        let now = tiles(stage);
        let is_known = |tile: &Element| self.known.iter().any(|(known, _)| known == tile);
        if glides && now.iter().all(|(tile, _)| is_known(tile)) {
            self.moving = now
                .iter()
                .filter_map(|(tile, place)| {
                    let mut known = self.known.iter();
                    let (_, before) = known.find(|(known, _)| known == tile)?;
                    Motion::start(tile, before, place)
                })
                .collect();
        }
        self.known = now;
    }
}

fn tiles(stage: &Element) -> Vec<(Element, DomRect)> {
    let Ok(found) = stage.query_selector_all(MOVED) else {
        return vec![];
    };
    (0..found.length())
        .filter_map(|at| found.get(at)?.dyn_into::<Element>().ok())
        .map(|tile| {
            let place = tile.get_bounding_client_rect();
            (tile, place)
        })
        .collect()
}
