//! What the page says of the field for a pass phrase.

use crate::browser::NoKey;
use crate::words;

/// Shows what is in the field, or does not: on the button, and as its name.
pub fn show(shown: bool) -> (&'static str, &'static str) {
    if shown {
        (words::phrase_hide(), words::phrase_hide_name())
    } else {
        (words::phrase_show(), words::phrase_show_name())
    }
}

/// Why no key could be made.
pub fn no_key(problem: NoKey) -> &'static str {
    match problem {
        NoKey::Empty => words::phrase_empty(),
        NoKey::Unable => words::phrase_unable(),
    }
}
