//! Which languages there are.

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// Portuguese.
    Portuguese,
    /// Chinese, in simplified characters.
    Chinese,
    /// Japanese.
    Japanese,
    /// Arabic.
    Arabic,
    /// Hindi.
    Hindi,
}

impl Language {
    /// In the order in which one chooses.
    pub(crate) const ALL: [Self; 9] = [
        Self::English,
        Self::German,
        Self::Spanish,
        Self::French,
        Self::Portuguese,
        Self::Chinese,
        Self::Japanese,
        Self::Arabic,
        Self::Hindi,
    ];

    /// BCP 47.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Portuguese => "pt",
            Self::Chinese => "zh",
            Self::Japanese => "ja",
            Self::Arabic => "ar",
            Self::Hindi => "hi",
        }
    }

    /// What those who speak it call it.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Spanish => "Español",
            Self::French => "Français",
            Self::Portuguese => "Português",
            Self::Chinese => "中文",
            Self::Japanese => "日本語",
            Self::Arabic => "العربية",
            Self::Hindi => "हिन्दी",
        }
    }

    /// The value of `dir`.
    pub(crate) fn direction(self) -> &'static str {
        if self == Self::Arabic { "rtl" } else { "ltr" }
    }

    /// The language of a BCP 47 tag, of whatever region or script; none where the page has no such.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?;
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The first that the page has, in the order of somebody's liking; English where it has none.
    pub(crate) fn best(tags: &[String]) -> Self {
        let mut known = tags.iter().filter_map(|tag| Self::from_tag(tag));
        known.next().unwrap_or(Self::English)
    }
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_first_language_that_the_page_has_is_taken() {
        let best = |tags: &[&str]| {
            let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
            Language::best(&tags)
        };
        assert_eq!(best(&["pt-BR", "en"]), Language::Portuguese);
        assert_eq!(best(&["nl", "de-AT", "en"]), Language::German);
        assert_eq!(best(&["ZH-hant-TW"]), Language::Chinese);
        assert_eq!(best(&["nl"]), Language::English);
        assert_eq!(best(&[]), Language::English);
    }
}
