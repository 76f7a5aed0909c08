//! A box that gives its tiles the size the pure [`super::grid_layout`] finds for it.

use leptos::html::Div;
use leptos::prelude::*;

use super::grid_layout::{Grid, grid};
use super::size::size_of;

/// Between tiles, in CSS pixels; the same as `--tile-gap` in style/room.css.
const GAP: u32 = 8;

/// Smallest width of a tile in CSS pixels; below it the box scrolls.
const SMALLEST: u32 = 120;

/// Lays its children out as tiles.
#[component]
pub fn TileGrid(
    /// How many tiles there are.
    #[prop(into)]
    count: Signal<u32>,
    /// Class of the box beside `tiles`.
    class: &'static str,
    /// The tiles.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let size = size_of(node);
    let layout = Memo::new(move |_| {
        let (width, height) = size.get();
        let found = grid(count.get(), width, height, f64::from(GAP));
        if found.tile_width >= SMALLEST || width <= 0.0 {
            return found;
        }
        // Too many for the box: as wide as the box allows, one or two beside one another, and
        // it scrolls.
        let width = width as u32;
        let columns = (width / SMALLEST).clamp(1, 2);
        let tile_width = (width - GAP * (columns - 1)) / columns;
        Grid {
            tile_width,
            tile_height: tile_width * 9 / 16,
            ..found
        }
    });
    view! {
        <div class=format!("tiles {class}") node_ref=node>
            <div
                class="tiles-inner"
                style:--tile-width=move || format!("{}px", layout.read().tile_width)
                style:--tile-height=move || format!("{}px", layout.read().tile_height)
            >
                {children()}
            </div>
        </div>
    }
}
