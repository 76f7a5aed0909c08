//! Joins the page's stylesheets: they are written apart, since they are about different things, and
//! loaded as one, since each file is a request that the first picture waits for.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::fingerprint::Fingerprint;
use crate::integrity;

/// Has `index.html` in `dist` name one stylesheet that holds all it named, in their order.
///
/// # Errors
/// When it names none, or a file cannot be read or written.
pub(crate) fn join(dist: &Path) -> Result<()> {
    let page = dist.join("index.html");
    let html =
        std::fs::read_to_string(&page).with_context(|| format!("reading {}", page.display()))?;
    let names: Vec<&str> = html.lines().filter_map(stylesheet).collect();
    let mut all = String::new();
    for name in &names {
        let file = dist.join(name);
        all += &std::fs::read_to_string(&file)
            .with_context(|| format!("reading {}", file.display()))?;
        std::fs::remove_file(&file)?;
    }
    let name = format!("page-{}.css", Fingerprint::default().word(&all).sum());
    let joined = dist.join(&name);
    std::fs::write(&joined, all)
        .with_context(|| format!("{} cannot be written", joined.display()))?;
    let html = rewrite(&html, &name, &integrity::of(&joined)?)?;
    std::fs::write(&page, html).with_context(|| format!("{} cannot be written", page.display()))
}

/// The file that a line of `index.html` names as a stylesheet.
fn stylesheet(line: &str) -> Option<&str> {
    let rest = line
        .trim()
        .strip_prefix("<link rel=\"stylesheet\" href=\"/")?;
    rest.split('"').next()
}

/// The page with one stylesheet in the place of the first.
fn rewrite(html: &str, name: &str, integrity: &str) -> Result<String> {
    let mut lines = Vec::new();
    let mut joined = Some(format!(
        "    <link rel=\"stylesheet\" href=\"/{name}\" integrity=\"{integrity}\"/>"
    ));
    for line in html.lines() {
        if stylesheet(line).is_none() {
            lines.push(line.to_owned());
        } else {
            lines.extend(joined.take());
        }
    }
    if joined.is_some() {
        bail!("the page names no stylesheet in the way it used to");
    }
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head>\n  <link rel=\"stylesheet\" href=\"/a-1.css\" integrity=\"x\"/>\n  \
                        <link rel=\"stylesheet\" href=\"/b-2.css\"/>\n</head>\n";

    #[test]
    fn one_stylesheet_takes_the_place_of_all() {
        let names: Vec<_> = PAGE.lines().filter_map(stylesheet).collect();
        assert_eq!(names, ["a-1.css", "b-2.css"]);
        assert_eq!(
            rewrite(PAGE, "page-3.css", "sum").unwrap(),
            "<head>\n    <link rel=\"stylesheet\" href=\"/page-3.css\" integrity=\"sum\"/>\n</head>\n"
        );
    }

    #[test]
    fn a_page_without_one_is_an_error() {
        assert!(rewrite("<head></head>", "page-3.css", "sum").is_err());
    }
}
