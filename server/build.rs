//! Takes the built page into the server, compressed, and notes which commit and which page this is.
//!
//! Both in release builds only: a debug build reads the page from `dist` when it starts, and is
//! not built anew for every commit.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=TINCAN_COMMIT");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = if is_release {
        commit()
    } else {
        "development build".to_owned()
    };
    let dist = Path::new("../dist");
    let (build, table) = if is_release {
        (format!("{commit}, {}", page(dist)), embed(dist, &out)?)
    } else {
        (commit, table(&[], &out))
    };
    println!("cargo::rustc-env=TINCAN_BUILD={build}");
    fs::write(out.join("page.rs"), table)
}

/// The commit from `TINCAN_COMMIT` (for builds without a repository), else from git.
fn commit() -> String {
    if let Ok(commit) = env::var("TINCAN_COMMIT")
        && !commit.is_empty()
    {
        return commit;
    }
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file])
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned())
}

/// Which page it is, as its build wrote into it (`xtask/src/trust.rs`).
fn page(dist: &Path) -> String {
    let html = fs::read_to_string(dist.join("index.html")).unwrap_or_default();
    let after = html.split_once("<meta name=\"build\" content=\"");
    match after.and_then(|(_, after)| after.split_once('"')) {
        Some((build, _)) => format!("page {build}"),
        None => "no page".to_owned(),
    }
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Compresses every file below `dist` into `out` and writes the table that includes them.
fn embed(dist: &Path, out: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut paths = Vec::new();
    if dist.is_dir() {
        collect(dist, "", &mut paths)?;
    }
    let page = out.join("page");
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    for path in &paths {
        let plain = fs::read(dist.join(path))?;
        let target = page.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(beside(&target, "br"), brotli(&plain)?)?;
        fs::write(beside(&target, "gz"), gzip(&plain)?)?;
        fs::write(target, plain)?;
    }
    Ok(table(&paths, out))
}

fn collect(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        // What starts with a dot is Trunk's own staging.
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

fn table(paths: &[String], out: &Path) -> String {
    let mut table = String::from("static BUILT_IN: &[BuiltIn] = &[\n");
    for path in paths {
        let file = out.join("page").join(path);
        let (brotli, gzip) = (beside(&file, "br"), beside(&file, "gz"));
        writeln!(
            table,
            "BuiltIn {{ path: {path:?}, plain: include_bytes!({file:?}), \
             brotli: include_bytes!({brotli:?}), gzip: include_bytes!({gzip:?}) }},"
        )
        .expect("writing to a string does not fail");
    }
    table.push_str("];\n");
    table
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    // The best of both: this is done once, and loaded many times.
    let mut writer = brotli::CompressorWriter::new(&mut packed, 64 * 1024, 11, 22);
    writer.write_all(plain)?;
    drop(writer);
    Ok(packed)
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(plain)?;
    writer.finish()
}
