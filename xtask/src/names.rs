//! Names the page's script and program after what is in them. Trunk names both after the program as
//! it was compiled, and much happens to it and to the script afterwards: another build of the tools would
//! give another file under the same name, which browsers keep for ever and then refuse, since its hash is
//! not the one that the page says.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::fingerprint::Fingerprint;

/// How the names end, and what stands before that: name and hash.
pub(crate) const ENDINGS: [&str; 2] = ["_bg.wasm", ".js"];

/// What they begin with.
const NAME: &str = "frontend-";

/// Renames the two files in `dist`, and has `index.html` name them so.
///
/// # Errors
/// When the page does not name them, or a file cannot be read or written.
pub(crate) fn by_content(dist: &Path) -> Result<()> {
    let page = dist.join("index.html");
    let mut html =
        std::fs::read_to_string(&page).with_context(|| format!("reading {}", page.display()))?;
    for ending in ENDINGS {
        let before = named_in(&html, ending)?.to_owned();
        let file = dist.join(&before);
        let content =
            std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let sum = Fingerprint::default().bytes(&content).sum();
        let after = format!("{NAME}{sum}{ending}");
        std::fs::rename(&file, dist.join(&after))
            .with_context(|| format!("{after} cannot be written"))?;
        html = html.replace(&before, &after);
    }
    std::fs::write(&page, html).with_context(|| format!("{} cannot be written", page.display()))
}

/// The file with that ending that the page names.
///
/// # Errors
/// When it names none.
pub(crate) fn named_in<'a>(html: &'a str, ending: &str) -> Result<&'a str> {
    let found = html.match_indices(NAME).find_map(|(at, _)| {
        let rest = &html[at + NAME.len()..];
        let hash = rest
            .find(|c: char| !c.is_ascii_hexdigit())
            .filter(|hash| *hash > 0)?;
        rest[hash..]
            .starts_with(ending)
            .then(|| &html[at..at + NAME.len() + hash + ending.len()])
    });
    match found {
        Some(name) => Ok(name),
        None => bail!("the page names no {NAME}…{ending}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "import '/frontend-0a1.js'; init('/frontend-0a1_bg.wasm');\n\
                        <link href=\"/frontend-0a1.js\">";

    fn named(script: &str, program: &str) -> String {
        let dist = std::env::temp_dir().join(format!(
            "tincan-names-{}-{}",
            std::process::id(),
            script.len() + 10 * program.len()
        ));
        std::fs::create_dir_all(&dist).unwrap();
        std::fs::write(dist.join("index.html"), PAGE).unwrap();
        std::fs::write(dist.join("frontend-0a1.js"), script).unwrap();
        std::fs::write(dist.join("frontend-0a1_bg.wasm"), program).unwrap();
        by_content(&dist).unwrap();
        let html = std::fs::read_to_string(dist.join("index.html")).unwrap();
        let files = ENDINGS.map(|ending| named_in(&html, ending).unwrap().to_owned());
        assert_eq!(
            std::fs::read_to_string(dist.join(&files[0])).unwrap(),
            program
        );
        assert_eq!(
            std::fs::read_to_string(dist.join(&files[1])).unwrap(),
            script
        );
        assert!(!html.contains("frontend-0a1"), "{html}");
        std::fs::remove_dir_all(&dist).unwrap();
        html
    }

    #[test]
    fn another_content_is_another_name() {
        let one = named("s", "p");
        assert_ne!(one, named("ss", "p"));
        assert_ne!(one, named("s", "pp"));
    }

    #[test]
    fn a_page_that_names_none_is_an_error() {
        for html in ["", "/frontend-.js", "/frontend-0a1.css"] {
            assert!(named_in(html, ".js").is_err(), "{html}");
        }
    }
}
