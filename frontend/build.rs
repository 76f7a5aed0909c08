//! What the linker is told about the page, and its words as code.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use words::{ENGLISH, Language, Line, OTHERS};

const TEXT: &str = "text";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={TEXT}");
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        // Taking code apart needs to know who calls whom.
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
    match write_words() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error=frontend/{TEXT}: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// `words.rs` with a function for each line, and a table for each language but the first.
fn write_words() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let english = read(ENGLISH)?;
    write(&out.join("words.rs"), &words::functions(&english))?;
    for language in OTHERS {
        let table = words::table(language, &english, &read(language)?);
        let table = table.map_err(|problem| problem.to_string())?;
        write(&out.join(format!("{}.txt", language.tag)), &table)?;
    }
    Ok(())
}

fn read(language: Language) -> Result<Vec<Line>, String> {
    let path = Path::new(TEXT).join(format!("{}.txt", language.tag));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    words::parse(language, &text).map_err(|problem| problem.to_string())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
