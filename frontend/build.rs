//! What the linker is told about the page.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        // Taking code apart needs to know who calls whom.
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
}
