//! The call link as a picture that another device reads with its camera.

use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::state::Session;
use crate::words;

/// Light modules around the code, as ISO/IEC 18004 asks for.
const QUIET_ZONE: i32 = 4;

/// The call link; nothing where it is too long for one.
#[component]
pub fn LinkQrCode() -> impl IntoView {
    let link = expect_context::<Session>().call_link();
    let (path, size) = drawing(&link)?;
    Some(view! {
        // Dark on light in both schemes: not every reader takes it the other way round.
        <svg class="qr" viewBox=format!("0 0 {size} {size}") role="img" aria-label=words::qr_code_of_link()>
            <rect width="100%" height="100%" fill="#fff" />
            <path d=path fill="#000" shape-rendering="crispEdges" />
        </svg>
    })
}

/// The dark modules of `text` as SVG path data, in a square of so many modules with its margin.
fn drawing(text: &str) -> Option<(String, i32)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).ok()?;
            if run > 0 {
                let (left, top) = (x + QUIET_ZONE, y + QUIET_ZONE);
                path.push_str(&format!("M{left} {top}h{run}v1h-{run}z"));
            }
            x += run + 1;
        }
    }
    Some((path, size + 2 * QUIET_ZONE))
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let text = "https://tincan.example/r/kfd-wupq-xnr#AAECAwQFBgcICQoLDA0ODw";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = all.filter(|(x, y)| code.get_module(*x, *y)).count();
        let (path, size) = drawing(text).unwrap();
        let runs = path.split('h').skip(1).step_by(2);
        let drawn: usize = runs
            .map(|run| run.split('v').next().unwrap().parse::<usize>().unwrap())
            .sum();
        assert_eq!(drawn, dark);
        assert_eq!(size, code.size() + 8);
        assert!(
            path.starts_with("M4 4h7v1h-7z"),
            "the corner's finder: {path:.20}"
        );
    }

    #[test]
    fn what_is_too_long_is_not_drawn() {
        assert_eq!(drawing(&"x".repeat(3_000)), None);
    }
}
