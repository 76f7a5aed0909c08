//! Has the browser check what `index.html` starts the page with, as it checks the rest: the script by an
//! import map, which holds for whatever imports it, and the program where it is fetched. The hashes in
//! the links that Trunk writes are for what comes early, and bind nobody who asks again.
//!
//! And writes into the page which build it is.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{integrity, names};

/// What loads modules, before all of which an import map has to stand.
const LOADS: [&str; 2] = ["<script type=\"module\"", "<link rel=\"modulepreload\""];
/// Before what the page says which build it is.
const VIEWPORT: &str = "<meta name=\"viewport\"";

/// Rewrites `index.html` in `dist`, after which nothing in there may change.
///
/// # Errors
/// When the page does not start in the way it used to, or a file cannot be read or written.
pub(crate) fn enforce(dist: &Path) -> Result<()> {
    let page = dist.join("index.html");
    let html =
        std::fs::read_to_string(&page).with_context(|| format!("reading {}", page.display()))?;
    let [program, script] = names::ENDINGS.map(|ending| -> Result<_> {
        let name = names::named_in(&html, ending)?;
        Ok((name, integrity::of(&dist.join(name))?))
    });
    let html = checked(&html, &script?, &program?)?;
    let write = |html: &str| {
        std::fs::write(&page, html).with_context(|| format!("{} cannot be written", page.display()))
    };
    // The sum is over everything but itself.
    write(&html)?;
    write(&named(&html, &integrity::of_all(dist)?)?)
}

/// The page with the hashes of script and program, each with its name, wherever they are loaded.
fn checked(html: &str, script: &(&str, String), program: &(&str, String)) -> Result<String> {
    for (name, sum) in [script, program] {
        if !html.contains(&format!("integrity=\"{sum}\"")) {
            bail!("the page does not load {name} early by its hash");
        }
    }
    let (name, sum) = program;
    let start = format!("'/{name}'");
    if html.matches(&start).count() != 1 {
        bail!("the page does not start {name} in the way it used to");
    }
    let fetched = format!("fetch({start}, {{ integrity: '{sum}' }})");
    let html = html.replace(&start, &fetched);
    let (name, sum) = script;
    let map = format!(r#"<script type="importmap">{{"integrity":{{"/{name}":"{sum}"}}}}</script>"#);
    before(&html, &LOADS, &map)
}

/// The page with the name of the build.
fn named(html: &str, build: &str) -> Result<String> {
    before(
        html,
        &[VIEWPORT],
        &format!("<meta name=\"build\" content=\"{build}\" />\n    "),
    )
}

/// The page with `text` at the first of these places.
fn before(html: &str, places: &[&str], text: &str) -> Result<String> {
    let Some(at) = places.iter().filter_map(|place| html.find(place)).min() else {
        bail!("the page has no {} any more", places.join(" or "));
    };
    let (head, rest) = html.split_at(at);
    Ok([head, text, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head><meta name=\"viewport\" />\
        <script type=\"module\">import init from '/f.js';\
        await init({ module_or_path: '/f.wasm' });</script>\
        <link rel=\"modulepreload\" href=\"/f.js\" integrity=\"sha384-s\">\
        <link rel=\"preload\" href=\"/f.wasm\" integrity=\"sha384-p\"></head>";

    fn files() -> [(&'static str, String); 2] {
        [("f.js", "sha384-s".into()), ("f.wasm", "sha384-p".into())]
    }

    #[test]
    fn the_script_is_bound_before_anything_loads_it_and_the_program_where_it_is_fetched() {
        let [script, program] = files();
        let html = checked(PAGE, &script, &program).unwrap();
        let map = html.find(r#"{"integrity":{"/f.js":"sha384-s"}}"#).unwrap();
        assert!(LOADS.iter().all(|load| map < html.find(load).unwrap()));
        let fetch = "module_or_path: fetch('/f.wasm', { integrity: 'sha384-p' }) }";
        assert!(html.contains(fetch), "{html}");
    }

    #[test]
    fn a_page_that_starts_otherwise_is_an_error() {
        let [script, program] = files();
        for (what, instead) in [
            ("sha384-s", "sha384-x"),
            ("sha384-p", "sha384-x"),
            ("'/f.wasm'", "other"),
        ] {
            let html = PAGE.replacen(what, instead, 1);
            assert!(checked(&html, &script, &program).is_err(), "{what}");
        }
    }

    #[test]
    fn the_page_says_which_build_it_is() {
        let html = named(PAGE, "0a1b").unwrap();
        assert!(html.contains(r#"<meta name="build" content="0a1b" />"#));
        assert!(named("", "0a1b").is_err());
    }
}
