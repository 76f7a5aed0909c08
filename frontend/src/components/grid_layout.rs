//! How many columns and how large the tiles: a pure function of their number and the room there is.

/// Widest a tile may get, width through height: what cameras deliver.
const WIDEST: f64 = 16.0 / 9.0;

/// Narrowest a tile may get in a tall box and in a wide one; between them, the shape of the box.
/// A picture is cut at its sides to fill a narrow tile, which pays only where height is plenty.
const NARROWEST: (f64, f64) = (3.0 / 4.0, 4.0 / 3.0);

/// How to lay tiles out in a box. Lengths are whole CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Tiles beside one another.
    pub columns: u32,
    /// Tiles one above the other.
    pub rows: u32,
    /// Width of each tile.
    pub tile_width: u32,
    /// Height of each tile.
    pub tile_height: u32,
}

/// Finds the grid that gives `count` tiles the most area in a box of `width` by `height`, with
/// `gap` between them. Of two that are equally good it takes the one with fewer empty places.
/// A box without area gives tiles without area.
pub fn grid(count: u32, width: f64, height: f64, gap: f64) -> Grid {
    let count = count.max(1);
    let mut best = fit(count, 1, width, height, gap);
    for columns in 2..=count {
        let next = fit(count, columns, width, height, gap);
        let fuller = empty(next, count) < empty(best, count);
        if area(next) > area(best) || (area(next) == area(best) && fuller) {
            best = next;
        }
    }
    best
}

fn fit(count: u32, columns: u32, width: f64, height: f64, gap: f64) -> Grid {
    let rows = count.div_ceil(columns);
    let cell_width = share(width, columns, gap);
    let cell_height = share(height, rows, gap);
    let narrowest = narrowest(width, height);
    Grid {
        columns,
        rows,
        tile_width: cell_width.min(cell_height * WIDEST) as u32,
        tile_height: cell_height.min(cell_width / narrowest) as u32,
    }
}

fn narrowest(width: f64, height: f64) -> f64 {
    let (tall, wide) = NARROWEST;
    // The maximum also catches the "not a number" of a box without height.
    (width / height).max(tall).min(wide)
}

fn share(length: f64, parts: u32, gap: f64) -> f64 {
    let parts = f64::from(parts);
    ((length - gap * (parts - 1.0)) / parts).max(0.0)
}

fn area(grid: Grid) -> u32 {
    grid.tile_width * grid.tile_height
}

fn empty(grid: Grid, count: u32) -> u32 {
    grid.columns * grid.rows - count
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const GAP: f64 = 8.0;

    #[test]
    fn one_tile_is_as_large_as_the_box_allows() {
        let one = grid(1, 1600.0, 900.0, GAP);
        assert_eq!((one.columns, one.rows), (1, 1));
        assert_eq!((one.tile_width, one.tile_height), (1600, 900));
    }

    #[test]
    fn two_sit_side_by_side_in_a_wide_window_and_stack_in_a_tall_one() {
        let wide = grid(2, 1400.0, 700.0, GAP);
        assert_eq!((wide.columns, wide.rows), (2, 1));
        let tall = grid(2, 390.0, 700.0, GAP);
        assert_eq!((tall.columns, tall.rows), (1, 2));
    }

    #[test]
    fn four_make_a_square_and_six_three_by_two() {
        let four = grid(4, 1280.0, 720.0, GAP);
        assert_eq!((four.columns, four.rows), (2, 2));
        let six = grid(6, 1440.0, 760.0, GAP);
        assert_eq!((six.columns, six.rows), (3, 2));
    }

    #[test]
    fn every_tile_fits_and_keeps_its_shape_whatever_the_box() {
        for count in 1..=12 {
            for (width, height) in [
                (320.0, 480.0),
                (390.0, 700.0),
                (768.0, 900.0),
                (1440.0, 760.0),
                (3840.0, 2000.0),
                (200.0, 1000.0),
                (1800.0, 140.0),
            ] {
                let grid = grid(count, width, height, GAP);
                let (columns, rows) = (f64::from(grid.columns), f64::from(grid.rows));
                assert!(grid.columns * grid.rows >= count);
                assert!((grid.columns * (grid.rows - 1)) < count, "an empty row");
                let (tile_width, tile_height) =
                    (f64::from(grid.tile_width), f64::from(grid.tile_height));
                assert!(columns * tile_width + (columns - 1.0) * GAP <= width);
                assert!(rows * tile_height + (rows - 1.0) * GAP <= height);
                let shape = tile_width / tile_height;
                // Whole pixels: small tiles may miss the shape by a little.
                assert!(
                    (narrowest(width, height) - 0.03..=WIDEST + 0.03).contains(&shape),
                    "{count} in {width}x{height}: {shape}"
                );
            }
        }
    }

    #[test]
    fn more_room_never_makes_tiles_smaller() {
        for count in 1..=8 {
            let mut last = 0;
            for step in 1..=40 {
                let scale = f64::from(step);
                let now = area(grid(count, 48.0 * scale, 27.0 * scale, GAP));
                assert!(now >= last, "{count} at step {step}");
                last = now;
            }
        }
    }

    #[test]
    fn a_box_without_area_is_no_trouble() {
        let none = grid(3, 0.0, 0.0, GAP);
        assert_eq!((none.tile_width, none.tile_height), (0, 0));
    }
}
