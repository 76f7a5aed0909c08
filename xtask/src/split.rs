//! Takes the page's program apart: what `#[wasm_split]` marks goes into files that the page fetches
//! when it needs them.
//!
//! This has to happen between the linker and wasm-bindgen, and Trunk runs wasm-bindgen by itself.
//! So a copy of this very program stands in for it: called `wasm-bindgen` and first on Trunk's
//! `PATH`, it takes the program apart, passes the first part on to the real one, and writes how to
//! fetch the others into the JavaScript that comes out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::fingerprint::Fingerprint;
use crate::{imports, integrity, shell, tools, workspace};

/// What the stand-in is called.
const STAND_IN: &str = "wasm-bindgen";

/// Tells the stand-in where the real wasm-bindgen is.
const REAL: &str = "TINCAN_WASM_BINDGEN";

/// Tells the stand-in where the program that takes others apart is.
const SPLITTER: &str = "TINCAN_WASM_SPLIT";

/// Tells the stand-in where wasm-opt is.
const OPTIMIZER: &str = "TINCAN_WASM_OPT";

/// Tells the stand-in where the program that makes JavaScript smaller is.
const MINIFIER: &str = "TINCAN_TERSER";

/// What the script may be taken for: a module that nobody but the page imports.
const MINIFY: [&str; 4] = ["--module", "--mangle", "--compress", "passes=2"];

/// The splitter's JavaScript, beside the parts it wrote.
const LOADER: &str = "__wasm_split.js";

/// The part that the home page is in.
const HOME: &str = "aside";

/// What browsers of today understand, as `index.html` says it for the first part.
const OPTIMIZE: [&str; 7] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// Where the parts wait for the page to be finished.
fn parts() -> PathBuf {
    workspace::target().join("page-parts")
}

/// Sets a command of Trunk's up so that the page is taken apart. `path` is the `PATH` with the
/// tools.
///
/// # Errors
/// When a tool cannot be had or the stand-in cannot be put in place.
pub(crate) fn set_up(trunk: &mut Command, path: &OsString) -> Result<()> {
    let program = |name: &str| format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let folder = workspace::target().join("stand-in");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let stand_in = folder.join(program(STAND_IN));
    std::fs::copy(
        std::env::current_exe().context("this program cannot be found")?,
        &stand_in,
    )
    .with_context(|| format!("{} cannot be written", stand_in.display()))?;
    let mut folders = vec![folder];
    folders.extend(std::env::split_paths(path));
    trunk
        .args(["--features", "split"])
        .env("PATH", std::env::join_paths(folders)?)
        .env(REAL, tools::WASM_BINDGEN.folder()?.join(program(STAND_IN)))
        .env(SPLITTER, tools::WASM_SPLIT.program()?)
        .env(OPTIMIZER, tools::BINARYEN.program()?)
        .env(MINIFIER, tools::TERSER.program()?);
    let _ = std::fs::remove_dir_all(parts());
    Ok(())
}

/// Puts the parts beside the page.
///
/// # Errors
/// When there are none, or they cannot be copied.
pub(crate) fn finish(dist: &Path) -> Result<()> {
    let parts = parts();
    let entries = std::fs::read_dir(&parts).with_context(|| {
        format!(
            "{} is missing: the page was not taken apart",
            parts.display()
        )
    })?;
    for entry in entries {
        let part = entry?;
        let target = dist.join(part.file_name());
        std::fs::copy(part.path(), &target)
            .with_context(|| format!("{} cannot be written", target.display()))?;
    }
    Ok(())
}

/// Whether this process was started in the place of wasm-bindgen.
pub(crate) fn stands_in() -> bool {
    let name = std::env::args_os().next().map(PathBuf::from);
    name.is_some_and(|name| name.file_stem().is_some_and(|stem| stem == STAND_IN))
}

/// Does what wasm-bindgen would, with the program taken apart before it.
///
/// # Errors
/// When one of the steps fails.
pub(crate) fn run() -> Result<ExitCode> {
    let real = required(REAL)?;
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let input = arguments.iter().position(|argument| {
        Path::new(argument)
            .extension()
            .is_some_and(|it| it == "wasm")
    });
    let Some(input) = input else {
        // A question, such as which version this is.
        shell::run(Command::new(real).args(arguments))?;
        return Ok(ExitCode::SUCCESS);
    };
    let value = |option: &str| {
        let said = arguments.iter().find_map(|argument| {
            let text = argument.to_str()?;
            text.strip_prefix(option)?
                .strip_prefix('=')
                .map(str::to_owned)
        });
        said.with_context(|| format!("wasm-bindgen was called without {option}=…"))
    };
    let out = PathBuf::from(value("--out-dir")?);
    let name = value("--out-name")?;

    let work = workspace::target().join("page-split");
    let _ = std::fs::remove_dir_all(&work);
    shell::run(
        Command::new(required(SPLITTER)?)
            .arg(&arguments[input])
            .arg(&work)
            .args(["--target", "web", "--out-name", &name]),
    )?;
    arguments[input] = work.join(format!("{name}.wasm")).into();
    // The other parts share the first one's table of functions.
    shell::run(
        Command::new(real)
            .args(&arguments)
            .arg("--keep-lld-exports"),
    )?;

    let mut loader = read(&work.join(LOADER))?;
    let needed = needed_at_home(&loader)?;
    let mut early = Vec::new();
    for part in parts_in(&work, &name)? {
        let fetched;
        (loader, fetched) = add_part(&loader, &part)?;
        let stem = part.file_stem().unwrap_or_default();
        if needed.iter().any(|needed| stem == needed.as_str()) {
            early.push(fetched);
        }
    }
    loader = fetch_early(&loader, &early);
    let script = out.join(format!("{name}.js"));
    let program = out.join(format!("{name}_bg.wasm"));
    let joined = join(&read(&script)?, &loader)?;
    let long = std::fs::read(&program).with_context(|| format!("reading {}", program.display()))?;
    let (short, joined) = imports::shorten(&long, &joined)?;
    for (file, content) in [(&script, joined.as_bytes()), (&program, &short)] {
        std::fs::write(file, content)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    shell::run(
        Command::new(required(MINIFIER)?)
            .arg(&script)
            .args(MINIFY)
            .arg("--output")
            .arg(&script),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The parts that the splitter wrote, but for the first.
fn parts_in(work: &Path, first: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(work).with_context(|| format!("reading {}", work.display()))? {
        let path = entry?.path();
        let is_wasm = path.extension().is_some_and(|it| it == "wasm");
        if is_wasm && path.file_stem().is_some_and(|stem| stem != first) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// How the splitter's JavaScript fetches a part.
fn fetching(stem: &str) -> String {
    format!("fetch(new URL(\"./{stem}.wasm\", import.meta.url))")
}

/// The parts, without `.wasm`, that come with the one that the home page is in.
fn needed_at_home(loader: &str) -> Result<Vec<String>> {
    let name_in = |after: &str| {
        let name = after.split_once("\"./")?.1.split_once(".wasm")?.0;
        Some(name.to_owned())
    };
    let find = || {
        let at_home = loader.split_once(&format!("__wasm_split_load_{HOME} "))?.1;
        let (fetch, after) = at_home.split_once("\n, [")?;
        let mut needed = vec![name_in(fetch)?];
        for shared in after.split_once(']')?.0.split(',').map(str::trim) {
            if !shared.is_empty() {
                needed.push(name_in(loader.split_once(&format!("const {shared} "))?.1)?);
            }
        }
        Some(needed)
    };
    find().with_context(|| format!("the loader does not say what {HOME} needs"))
}

/// Optimises a part and puts it where [`finish`] finds it, under a name that tells its content;
/// the loader then fetches that, and nothing else under this name. Gives the loader, and how it
/// fetches the part.
fn add_part(loader: &str, part: &Path) -> Result<(String, String)> {
    let stem = part.file_stem().unwrap_or_default().to_string_lossy();
    std::fs::create_dir_all(parts())?;
    let ready = part.with_extension("opt");
    shell::run(
        Command::new(required(OPTIMIZER)?)
            .args(OPTIMIZE)
            .arg(part)
            .arg("-o")
            .arg(&ready),
    )?;
    let name = format!("{stem}-{}.wasm", Fingerprint::default().path(&ready)?.sum());
    std::fs::copy(&ready, parts().join(&name))
        .with_context(|| format!("{name} cannot be written"))?;
    let integrity = integrity::of(&ready)?;
    let fetch = fetching(&stem);
    if !loader.contains(&fetch) {
        bail!("the page does not fetch {stem}.wasm in the way it used to");
    }
    let fetched =
        format!("fetch(new URL(\"./{name}\", import.meta.url), {{ integrity: \"{integrity}\" }})");
    Ok((loader.replace(&fetch, &fetched), fetched))
}

/// Has the parts of the home page fetched as soon as the script runs where that page is opened: the
/// program, which would ask for them, is on its way for longer. What came early is taken once; asking
/// again after a failure fetches.
fn fetch_early(loader: &str, fetches: &[String]) -> String {
    let mut text = String::from("const early = [];\n");
    let mut loader = loader.to_owned();
    for (at, fetch) in fetches.iter().enumerate() {
        loader = loader.replace(fetch, &format!("(take({at}) ?? {fetch})"));
    }
    text.push_str("if (location.pathname === \"/\") {\n");
    for fetch in fetches {
        text.push_str(&format!("early.push({fetch});\n"));
    }
    text.push_str("for (const part of early) part.catch(() => {});\n}\n");
    text.push_str(
        "const take = (at) => { const part = early[at]; early[at] = undefined; return part; };\n",
    );
    text + &loader
}

/// Writes the loader into the script of wasm-bindgen, which would else import it: one file less to
/// wait for, and the name of the script, which nobody knows yet, is not needed.
fn join(script: &str, loader: &str) -> Result<String> {
    // One for each part that the script asks for.
    let mut imported = Vec::new();
    let mut joined = String::new();
    let script = without_idle_classes(script);
    for line in script.lines() {
        let name = line
            .strip_prefix("import * as ")
            .and_then(|rest| rest.split_once(" from "))
            .filter(|(_, from)| from.contains(LOADER))
            .map(|(name, _)| name);
        if let Some(name) = name {
            imported.push(name);
        } else {
            // Indentation and comments are a tenth of what goes over the wire.
            let line = line.trim_start();
            let comments = line.starts_with("/**") || line.starts_with("* ") || line == "*/";
            if !comments {
                joined.push_str(line);
                joined.push('\n');
            }
        }
    }
    if imported.is_empty() {
        bail!("nothing of the page is marked to be fetched later");
    }
    let mut exports = Vec::new();
    for line in loader.lines() {
        if line.starts_with("import { initSync }") {
            continue;
        }
        if let Some(constant) = line.strip_prefix("export const ") {
            exports.extend(constant.split_once(' ').map(|(export, _)| export));
            joined.push_str("const ");
            joined.push_str(constant);
        } else {
            joined.push_str(line);
        }
        joined.push('\n');
    }
    let mut parts = format!("{{ {} }}", exports.join(", "));
    for name in imported {
        joined.push_str(&format!("const {name} = {parts};\n"));
        name.clone_into(&mut parts);
    }
    Ok(joined)
}

/// The script without the classes that it exports and never makes one of: a library offers them to
/// scripts, and the page has no other.
fn without_idle_classes(script: &str) -> String {
    let idle: Vec<&str> = script
        .lines()
        .filter_map(|line| line.strip_prefix("export class ")?.strip_suffix(" {"))
        .filter(|name| !script.contains(&format!("{name}.__wrap(")))
        .collect();
    let begins = |line: &str| {
        idle.iter().find_map(|name| {
            let ends = [
                (format!("export class {name} {{"), "}"),
                (format!("if (Symbol.dispose) {name}."), ";"),
                (format!("const {name}Finalization = "), ";"),
            ];
            ends.into_iter()
                .find_map(|(start, end)| line.starts_with(&start).then_some(end))
        })
    };
    let mut kept = String::new();
    let mut until = None;
    for line in script.lines() {
        until = until.or_else(|| begins(line));
        match until {
            None => {
                kept.push_str(line);
                kept.push('\n');
            }
            Some(end) if line == end || (end == ";" && line.ends_with(end)) => until = None,
            Some(_) => {}
        }
    }
    kept
}

fn required(variable: &str) -> Result<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .with_context(|| format!("{variable} is not set: `cargo xtask build` does that"))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_is_written_into_the_script() {
        let script = "import * as import1 from \"./__wasm_split.js\"\nconst imports = { a: 1 };\n";
        let loader = "import { initSync } from \"./f.js\";\nexport const load = () => 1;\n";
        assert_eq!(
            join(script, loader).unwrap(),
            "const imports = { a: 1 };\nconst load = () => 1;\nconst import1 = { load };\n"
        );
    }

    const SPLIT: &str = "const __chunk_1 = makeLoad(() => {\n\
        const src = fetch(new URL(\"./chunk_1.wasm\", import.meta.url));\n}\n, []);\n\
        export const __wasm_split_load_aside = wrapAsyncCb(makeLoad(() => {\n\
        const src = fetch(new URL(\"./split_aside.wasm\", import.meta.url));\n}\n, [__chunk_1]));\n";

    #[test]
    fn what_the_home_page_needs_is_fetched_as_soon_as_it_is_opened() {
        assert_eq!(needed_at_home(SPLIT).unwrap(), ["split_aside", "chunk_1"]);
        assert!(needed_at_home("").is_err());
        let early = fetch_early(SPLIT, &["split_aside", "chunk_1"].map(fetching));
        let (before, loader) = early.split_once("const __chunk_1").unwrap();
        assert_eq!(before.matches("early.push(fetch(").count(), 2);
        assert!(before.contains("if (location.pathname === \"/\")"));
        assert!(loader.contains("const src = (take(0) ?? fetch(new URL(\"./split_aside.wasm\""));
        assert!(loader.contains("const src = (take(1) ?? fetch(new URL(\"./chunk_1.wasm\""));
    }

    #[test]
    fn two_parts_are_two_imports_of_one_loader() {
        let script = "import * as import1 from \"./__wasm_split.js\"\nimport * as import2 from \"./__wasm_split.js\"\n";
        let loader = "export const one = 1;\nexport const two = 2;\n";
        assert_eq!(
            join(script, loader).unwrap(),
            "const one = 1;\nconst two = 2;\nconst import1 = { one, two };\nconst import2 = import1;\n"
        );
    }

    #[test]
    fn classes_that_nobody_makes_one_of_are_left_out() {
        let class = |name| {
            format!(
                "export class {name} {{\n    free() {{\n    }}\n}}\n\
                 if (Symbol.dispose) {name}.prototype[Symbol.dispose] = {name}.prototype.free;\n"
            )
        };
        let registry = "const IdleFinalization = (typeof FinalizationRegistry === 'undefined')\n\
            \x20   ? { register: () => {} }\n    : new FinalizationRegistry(ptr => wasm.free(ptr));\n";
        let rest = "const a = { make: (ptr) => Busy.__wrap(ptr) };\n";
        let script = [&class("Idle"), &class("Busy"), rest, registry].concat();
        assert_eq!(without_idle_classes(&script), class("Busy") + rest);
    }

    #[test]
    fn a_script_that_loads_nothing_later_is_an_error() {
        assert!(join("const a = 1;\n", "").is_err());
    }
}
