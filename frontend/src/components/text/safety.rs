//! The pictures of safety codes and what they are called.

use crate::words;

/// The 64 pictures, which are those of Matrix
/// (<https://spec.matrix.org/v1.13/client-server-api/#sas-method-emoji>), in its order. One text, since
/// as many places in memory as pieces would weigh more than the pieces.
const PICTURES: &str = "\
    🐶,🐱,🦁,🐎,🦄,🐷,🐘,🐰,🐼,🐓,🐧,🐢,🐟,🐙,🦋,🌷,🌳,🌵,🍄,🌏,🌙,☁️,\
    🔥,🍌,🍎,🍓,🌽,🍕,🎂,❤️,😀,🤖,🎩,👓,🔧,🎅,👍,☂️,⌛,⏰,🎁,💡,📕,✏️,\
    📎,✂️,🔒,🔑,🔨,☎️,🏁,🚂,🚲,✈️,🚀,🏆,⚽,🎸,🎺,🔔,⚓,🎧,📁,📌";

/// A picture of a code and its name.
pub fn picture(of: u8) -> (&'static str, &'static str) {
    let nth = |all: &'static str| all.split(',').nth(usize::from(of)).unwrap_or_default();
    (nth(PICTURES), nth(words::safety_pictures()))
}

const _: () = assert!(count() == 64, "six bits for each picture");

const fn count() -> usize {
    let (bytes, mut at, mut count) = (PICTURES.as_bytes(), 0, 1);
    while at < bytes.len() {
        if bytes[at] == b',' {
            count += 1;
        }
        at += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// As the specification lists them: number, picture, name.
    const GOLDEN: &str = include_str!("../../../tests/golden/pictures.txt");

    #[test]
    fn pictures_and_names_are_those_of_matrix_in_its_order() {
        assert_eq!(GOLDEN.lines().count(), 64);
        for (number, line) in (0..).zip(GOLDEN.lines()) {
            let (shown, name) = picture(number);
            assert_eq!(format!("{number} {shown} {name}"), line);
        }
    }
}
