//! What stands for somebody who is not seen: their initials on a colour of their own.

use leptos::prelude::*;

use crate::words;

/// How many colours there are in style/room.css.
const HUES: u32 = 6;

/// Initials in a circle. An ornament: the name stands beside it as text.
#[component]
pub fn Avatar(
    /// Whose.
    name: Signal<String>,
) -> impl IntoView {
    view! {
        <span class=move || format!("avatar avatar--{}", hue(&name.read())) aria-hidden="true">
            {move || initials(&name.read())}
        </span>
    }
}

/// First letters of the first and the last word, two at most, without what stands in brackets.
fn initials(name: &str) -> String {
    let name = bare(name);
    let mut words = name
        .split_whitespace()
        .filter(|word| !word.starts_with('('));
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// Without what keeps a name together in words that run the other way.
fn bare(name: &str) -> String {
    name.replace(['\u{2068}', '\u{2069}'], "")
}

/// The same name has the same colour on every screen.
fn hue(name: &str) -> u32 {
    let name = bare(name);
    // One's own has a word after it, which is another in each language.
    let name = name.trim_end_matches(&bare(&words::you("")));
    name.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    }) % HUES
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ada"), "A");
        assert_eq!(initials("ada king lovelace"), "AL");
        assert_eq!(initials("Bo Li (you)"), "BL");
        assert_eq!(initials("Guest (you)"), "G");
        assert_eq!(initials("李小龙"), "李");
        assert_eq!(initials("\u{2068}Bo Li\u{2069} (أنت)"), "BL");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn one_has_the_same_colour_on_both_screens() {
        assert_eq!(hue("Ada"), hue("Ada (you)"));
        assert!(hue("anything at all") < HUES);
    }
}
