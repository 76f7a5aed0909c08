//! Gives what the page's program imports from its script short names.
//!
//! wasm-bindgen names each import in full and ends it with a hash of sixteen digits, so that
//! several programs could share a script. No compression gets rid of the digits, the names are in
//! both files, and this program has its script for itself: they are a thirtieth of what goes over
//! the wire.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};

/// What a wasm file begins with: its magic number and version 1.
const HEAD: &[u8] = b"\0asm\x01\0\0\0";

/// Number of the section of imports (WebAssembly Core, section 5.5.5).
const IMPORTS: u8 = 2;

/// Program and script with short names in both.
///
/// # Errors
/// When the program is no wasm, or imports what it should not.
pub(crate) fn shorten(program: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = HashMap::new();
    let mut reader = Reader(program.strip_prefix(HEAD).context("this is no wasm")?);
    let mut short = HEAD.to_vec();
    while !reader.0.is_empty() {
        let id = reader.byte()?;
        let length = reader.number()?;
        let content = reader.take(length)?;
        let renamed;
        let content = if id == IMPORTS {
            renamed = rename(content, &mut names)?;
            &renamed
        } else {
            content
        };
        short.push(id);
        write_bytes(&mut short, content);
    }
    Ok((short, replace(script, &names)))
}

/// The section of imports with other names, which are noted in `names`.
fn rename(section: &[u8], names: &mut HashMap<String, String>) -> Result<Vec<u8>> {
    let mut reader = Reader(section);
    let mut renamed = Vec::with_capacity(section.len());
    let count = reader.number()?;
    write_number(&mut renamed, count);
    for _ in 0..count {
        let length = reader.number()?;
        write_bytes(&mut renamed, reader.take(length)?);
        let length = reader.number()?;
        let name = std::str::from_utf8(reader.take(length)?).context("a name is no text")?;
        if is_bindgens(name) {
            // `$` alone begins none of wasm-bindgen's names.
            let next = format!("${:x}", names.len());
            let short = names.entry(name.to_owned()).or_insert(next);
            write_bytes(&mut renamed, short.as_bytes());
        } else {
            write_bytes(&mut renamed, name.as_bytes());
        }
        let rest = reader.0;
        reader.describe()?;
        let described = rest.len() - reader.0.len();
        renamed.extend_from_slice(&rest[..described]);
    }
    ensure!(reader.0.is_empty(), "the imports have no end");
    Ok(renamed)
}

/// One that wasm-bindgen made up, and so nobody else's.
fn is_bindgens(name: &str) -> bool {
    let hash = name.rsplit_once('_').map(|(_, hash)| hash);
    name.starts_with("__wb")
        && hash.is_some_and(|it| it.len() == 16 && it.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The script with every name of its own replaced, and none that only holds one.
fn replace(script: &str, names: &HashMap<String, String>) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut replaced = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(is_part) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        replaced.push_str(before);
        replaced.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

/// Reads wasm's binary format (WebAssembly Core, chapter 5).
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .context("the wasm is torn")?;
        self.0 = rest;
        Ok(taken)
    }

    /// An unsigned number in LEB128 (section 5.2.2).
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        anyhow::bail!("a number is too long")
    }

    /// Passes over what an import is.
    fn describe(&mut self) -> Result<()> {
        match self.byte()? {
            // A function, by its type.
            0 => {
                self.number()?;
            }
            // A table: what it holds, and how many.
            1 => {
                self.byte()?;
                self.limits()?;
            }
            // A memory.
            2 => self.limits()?,
            // A global: its type, and whether it changes.
            3 => {
                self.take(2)?;
            }
            // A tag: nothing, and its type.
            4 => {
                self.byte()?;
                self.number()?;
            }
            kind => anyhow::bail!("nobody knows imports of kind {kind}"),
        }
        Ok(())
    }

    fn limits(&mut self) -> Result<()> {
        let bounded = self.byte()? & 1 == 1;
        self.number()?;
        if bounded {
            self.number()?;
        }
        Ok(())
    }
}

fn write_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "__wbg_send_0123456789abcdef";

    /// A program that imports a function of each name, a memory and a table, and has a section
    /// after them.
    fn program(names: &[&str]) -> Vec<u8> {
        let mut section = Vec::new();
        write_number(&mut section, names.len() + 2);
        for name in names {
            write_bytes(&mut section, b"./f_bg.js");
            write_bytes(&mut section, name.as_bytes());
            section.extend([0, 0x80, 0x01]);
        }
        for (name, described) in [("memory", &[2, 1, 1, 2][..]), ("table", &[1, 0x70, 0, 5])] {
            write_bytes(&mut section, b"env");
            write_bytes(&mut section, name.as_bytes());
            section.extend(described);
        }
        let mut program = HEAD.to_vec();
        program.push(IMPORTS);
        write_bytes(&mut program, &section);
        program.extend([10, 1, 0]);
        program
    }

    #[test]
    fn both_sides_use_the_same_short_name() {
        let long = program(&[LONG, "__wbindgen_throw"]);
        let script = format!("const i = {{ {LONG}: function() {{}}, x{LONG}: 1 }};");
        let (short, script) = shorten(&long, &script).unwrap();
        assert_eq!(short, program(&["$0", "__wbindgen_throw"]));
        assert_eq!(
            script,
            format!("const i = {{ $0: function() {{}}, x{LONG}: 1 }};")
        );
    }

    #[test]
    fn a_torn_program_is_refused() {
        let whole = program(&[LONG]);
        for end in [0, 4, 9, 20, whole.len() - 1] {
            assert!(shorten(&whole[..end], "").is_err(), "{end}");
        }
    }
}
