//! The files in `frontend/text/` as code: a function for each line of the English one, and a table of
//! the same lines for each other language. What does not fit together is an error of the build.

mod code;
mod file;

pub use code::{functions, table};
pub use file::{Line, Problem, Words, parse};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// BCP 47, and the name of its file.
    pub tag: &'static str,
    /// The kinds of number that it tells apart (Unicode CLDR, cardinal plurals), without those for
    /// millions: nothing here comes in millions.
    pub plurals: &'static [&'static str],
}

const ONE: &[&str] = &["one", "other"];

/// The language that all others have to match.
pub const ENGLISH: Language = Language {
    tag: "en",
    plurals: ONE,
};

/// All others.
pub const OTHERS: [Language; 8] = [
    Language {
        tag: "de",
        plurals: ONE,
    },
    Language {
        tag: "es",
        plurals: ONE,
    },
    Language {
        tag: "fr",
        plurals: ONE,
    },
    Language {
        tag: "pt",
        plurals: ONE,
    },
    Language {
        tag: "zh",
        plurals: &["other"],
    },
    Language {
        tag: "ja",
        plurals: &["other"],
    },
    Language {
        tag: "ar",
        plurals: &["zero", "one", "two", "few", "many", "other"],
    },
    Language {
        tag: "hi",
        plurals: ONE,
    },
];
