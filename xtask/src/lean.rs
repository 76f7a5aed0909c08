//! A standard library for the page that is built with it: for size, and without words for panics.
//!
//! The one that comes with the toolchain is built for speed, and a panic formats what it says of
//! itself in code that every page load pays for: a fourteenth of the program. A page that panics has
//! ended either way; the browser's console has the stack, and a page of `trunk serve` the words.
//!
//! What this needs of Cargo and rustc is not stable yet, so they are told to allow it, for the page
//! alone. Where the library's source is not to be had, the page is built with the toolchain's, and is
//! that much heavier.

use std::path::Path;
use std::process::Command;

use crate::shell;

/// Allows what is not stable yet.
const ALLOW: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// A panic ends the program at once, and nothing is written for it.
const NO_WORDS: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// What of the library is built, and how.
const SETTINGS: [(&str, &str); 4] = [
    ALLOW,
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    // Added to those in `.cargo/config.toml`.
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", NO_WORDS),
];

/// Sets a command up that builds the page, where that is possible.
pub(crate) fn set_up(command: &mut Command) {
    if is_understood() && has_source() {
        command.envs(SETTINGS);
    }
}

/// Whether this compiler knows what it would be told: another version may call it otherwise.
fn is_understood() -> bool {
    let mut rustc = Command::new("rustc");
    rustc
        .args(NO_WORDS.split(' '))
        .args(["--print", "cfg"])
        .env(ALLOW.0, ALLOW.1);
    let understood = rustc.output().is_ok_and(|output| output.status.success());
    if !understood {
        shell::say("This Rust cannot build the page without words for panics; it will be heavier");
    }
    understood
}

/// Whether the library's source is there, after a try to add it to the toolchain.
fn has_source() -> bool {
    let sysroot = shell::ask("rustc", ["--print", "sysroot"]).unwrap_or_default();
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.lock");
    if source.is_file() {
        return true;
    }
    shell::say("Adding rust-src to the Rust toolchain (once)");
    let mut command = Command::new("rustup");
    let added = shell::run(command.args(["component", "add", "rust-src"]));
    if added.is_err() || !source.is_file() {
        shell::say(
            "The page will be some 17 KB heavier than it could be: the source of Rust's standard \
             library is missing (rustup component add rust-src)",
        );
        return false;
    }
    true
}
