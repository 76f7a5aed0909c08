//! Joins the page's stylesheets: they are written apart, since they are about different things, and
//! loaded as one, since each file is a request that the first picture waits for. The call's own is
//! named but not loaded: the page does that when it fetches the call's code.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::fingerprint::Fingerprint;
use crate::integrity;

/// What the name of the call's own stylesheet begins with.
const LATER: &str = "call-";
/// What stands in the link to it; `frontend/src/browser/style.rs` makes it a stylesheet.
pub(crate) const CALL_STYLE: &str = r#"rel="later" id="call-style""#;

/// Has `index.html` in `dist` name one stylesheet that holds all it named, in their order, but for
/// the call's, which is no stylesheet yet: one that is only disabled is loaded all the same by some
/// browsers, which look ahead.
///
/// # Errors
/// When it names none, or a file cannot be read or written.
pub(crate) fn join(dist: &Path) -> Result<()> {
    let page = dist.join("index.html");
    let html =
        std::fs::read_to_string(&page).with_context(|| format!("reading {}", page.display()))?;
    let names = html.lines().filter_map(stylesheet);
    let (later, now): (Vec<&str>, Vec<&str>) = names.partition(|name| name.starts_with(LATER));
    let [later] = later[..] else {
        bail!("the page names {} stylesheets for the call", later.len());
    };
    let mut all = String::new();
    for name in &now {
        let file = dist.join(name);
        all += &std::fs::read_to_string(&file)
            .with_context(|| format!("reading {}", file.display()))?;
        std::fs::remove_file(&file)?;
    }
    let name = format!("page-{}.css", Fingerprint::default().word(&all).sum());
    let joined = dist.join(&name);
    std::fs::write(&joined, all)
        .with_context(|| format!("{} cannot be written", joined.display()))?;
    let links = [
        link("rel=\"stylesheet\"", &name, &integrity::of(&joined)?),
        link(CALL_STYLE, later, &integrity::of(&dist.join(later))?),
    ];
    let html = rewrite(&html, &links)?;
    std::fs::write(&page, html).with_context(|| format!("{} cannot be written", page.display()))
}

/// The file that a line of `index.html` names as a stylesheet.
fn stylesheet(line: &str) -> Option<&str> {
    let rest = line
        .trim()
        .strip_prefix("<link rel=\"stylesheet\" href=\"/")?;
    rest.split('"').next()
}

fn link(what: &str, name: &str, integrity: &str) -> String {
    format!("    <link {what} href=\"/{name}\" integrity=\"{integrity}\"/>")
}

/// The page with these links in the place of the first stylesheet, and without the others.
fn rewrite(html: &str, links: &[String]) -> Result<String> {
    let mut lines = Vec::new();
    let mut links = Some(links);
    for line in html.lines() {
        if stylesheet(line).is_none() {
            lines.push(line);
        } else {
            lines.extend(links.take().into_iter().flatten().map(String::as_str));
        }
    }
    if links.is_some() {
        bail!("the page names no stylesheet in the way it used to");
    }
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head>\n  <link rel=\"stylesheet\" href=\"/a-1.css\" integrity=\"x\"/>\n  \
                        <link rel=\"stylesheet\" href=\"/b-2.css\"/>\n  \
                        <link rel=\"stylesheet\" href=\"/call-3.css\"/>\n</head>\n";

    #[test]
    fn one_stylesheet_takes_the_place_of_all_but_the_calls() {
        let dist = std::env::temp_dir().join(format!("tincan-styles-{}", std::process::id()));
        std::fs::create_dir_all(&dist).unwrap();
        for (name, text) in [
            ("index.html", PAGE),
            ("a-1.css", "a{}"),
            ("b-2.css", "b{}"),
            ("call-3.css", "c{}"),
        ] {
            std::fs::write(dist.join(name), text).unwrap();
        }
        join(&dist).unwrap();
        let html = std::fs::read_to_string(dist.join("index.html")).unwrap();
        let names: Vec<&str> = html.lines().filter_map(stylesheet).collect();
        let [page] = names[..] else {
            panic!("{html}");
        };
        assert_eq!(std::fs::read_to_string(dist.join(page)).unwrap(), "a{}b{}");
        assert!(html.contains(&format!("<link {CALL_STYLE} href=\"/call-3.css\"")));
        std::fs::remove_dir_all(&dist).unwrap();
    }

    #[test]
    fn a_page_without_one_is_an_error() {
        assert!(rewrite("<head></head>", &[]).is_err());
    }
}
