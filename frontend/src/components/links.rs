//! Finds the addresses in what somebody wrote, and makes visible what would turn its letters about.

/// A stretch of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// To be shown as it is.
    Text(String),
    /// An address of the web.
    Link(String),
}

/// Splits a message. Only whole addresses with http or https are links.
pub fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ended = words
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric());
        if let Some(length) = link_at(rest).filter(|_| ended) {
            let (link, after) = rest.split_at(length);
            if !words.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut words)));
            }
            parts.push(Part::Link(link.to_owned()));
            rest = after;
        } else {
            if turns_letters(first) {
                words.push_str(&format!("[U+{:04X}]", u32::from(first)));
            } else {
                words.push(first);
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    if !words.is_empty() {
        parts.push(Part::Text(words));
    }
    parts
}

/// Controls that change the direction of what follows (Unicode Standard Annex 9, section 2).
fn turns_letters(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes of the address at the beginning of a text.
fn link_at(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        let head = text.get(..scheme.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })?;
    // Plain ASCII, so that an address reads as what it is.
    let end = text
        .find(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | '\\' | '`'))
        .unwrap_or(text.len());
    let link = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*']);
    let host = link.get(scheme.len()..)?.split(['/', '?', '#']).next()?;
    // No name and password before the host: they are there to deceive.
    let good = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c));
    good.then_some(link.len())
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn links(text: &str) -> Vec<String> {
        let all = parts(text).into_iter();
        all.filter_map(|part| match part {
            Part::Link(link) => Some(link),
            Part::Text(_) => None,
        })
        .collect()
    }

    #[test]
    fn addresses_of_the_web_are_links_and_nothing_else_is() {
        assert_eq!(
            links("(see https://a.example/b?c=1#d)."),
            ["https://a.example/b?c=1#d"]
        );
        assert_eq!(
            links("HTTP://a.example:80, http://[::1]/"),
            ["HTTP://a.example:80", "http://[::1]/"]
        );
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "xhttps://a.example",
            "https://good.example@bad.example/",
            "https://\u{202e}moc.example",
        ] {
            assert_eq!(links(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_turns_letters_about_is_shown() {
        assert_eq!(parts("a\u{202e}b"), [Part::Text("a[U+202E]b".to_owned())]);
    }
}
