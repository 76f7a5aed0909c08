//! The page's files: what they are, how they are compressed, how long a browser may keep them.
//!
//! A release build carries them inside; a debug build reads them from `dist` when it starts.
//! Not here: which path of the server shows what (`web`).

mod policy;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// A file built into the program.
struct BuiltIn {
    path: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

/// The path of the page itself.
pub const INDEX: &str = "index.html";

/// Shown where no page was built yet.
const NO_PAGE: &str = include_str!("page/none.html");

/// A compression is worth a decompression only if it saves this much: a tenth.
const WORTH_TENTHS: usize = 9;

/// See the module.
#[derive(Debug)]
pub struct Page {
    files: HashMap<String, File>,
    policy: HeaderValue,
}

/// One file, in all the forms it can be sent in.
#[derive(Debug)]
pub struct File {
    content_type: &'static str,
    keep: Keep,
    plain: Form,
    brotli: Option<Form>,
    gzip: Option<Form>,
}

/// One form of a file.
#[derive(Debug)]
pub struct Form {
    /// What is sent.
    pub bytes: Bytes,
    /// Changes whenever the bytes do (RFC 9110, section 8.8.3).
    pub etag: HeaderValue,
    /// How they are compressed.
    pub encoding: Option<&'static str>,
}

/// How long a browser may keep a file without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Its name changes when it does.
    Forever,
    /// It has to be asked for each time; the answer is mostly "not modified".
    NotAtAll,
}

impl Page {
    /// The page built into the program, the one in `dist` for a debug build, or one that says how
    /// to build it.
    pub fn built_in() -> Self {
        let files: Vec<_> = BUILT_IN
            .iter()
            .map(|file| {
                let forms = [file.plain, file.brotli, file.gzip].map(Bytes::from_static);
                let [plain, brotli, gzip] = forms;
                (file.path.to_owned(), plain, [Some(brotli), Some(gzip)])
            })
            .collect();
        if files.is_empty() && cfg!(debug_assertions) {
            let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
            // Not being there is the common case, and the page then says so.
            return Self::from_folder(&dist).unwrap_or_else(|_| Self::new(Vec::new()));
        }
        Self::new(files)
    }

    /// The page in `folder`; `FILE.br` and `FILE.gz` beside a file are its compressed forms.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        let mut found = HashMap::new();
        read_folder(folder, "", &mut found)?;
        let is_packed_form = |path: &str| {
            let plain = path.strip_suffix(".br").or(path.strip_suffix(".gz"));
            plain.is_some_and(|plain| found.contains_key(plain))
        };
        let files = found
            .iter()
            .filter(|(path, _)| !is_packed_form(path))
            .map(|(path, plain)| {
                let packed = |extension: &str| found.get(&format!("{path}.{extension}")).cloned();
                let forms = [packed("br"), packed("gz")];
                (path.clone(), plain.clone(), forms)
            })
            .collect();
        Ok(Self::new(files))
    }

    fn new(files: Vec<(String, Bytes, [Option<Bytes>; 2])>) -> Self {
        let mut files: HashMap<_, _> = files
            .into_iter()
            .map(|(path, plain, packed)| {
                let file = File::new(&path, plain, packed);
                (path, file)
            })
            .collect();
        let index = files.entry(INDEX.to_owned()).or_insert_with(|| {
            let plain = Bytes::from_static(NO_PAGE.as_bytes());
            File::new(INDEX, plain, [None, None])
        });
        let policy = policy::content_security_policy(&index.plain.bytes, &[]);
        Self { files, policy }
    }

    /// The same page, which may be shown in frames of these origins, and of no others.
    #[must_use]
    pub fn framed_by(mut self, origins: &[String]) -> Self {
        self.policy = policy::content_security_policy(&self.index().plain.bytes, origins);
        self
    }

    /// The page itself.
    pub fn index(&self) -> &File {
        self.files
            .get(INDEX)
            .expect("a page is made with an index, if need be a substitute")
    }

    /// The file at `path`, without a slash in front.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// What the page may load and run (Content-Security-Policy).
    pub fn policy(&self) -> &HeaderValue {
        &self.policy
    }
}

impl File {
    fn new(path: &str, plain: Bytes, [brotli, gzip]: [Option<Bytes>; 2]) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(&plain)[..12]);
        let most = plain.len() / 10 * WORTH_TENTHS;
        let form = |bytes: Bytes, encoding: Option<&'static str>| {
            let suffix = encoding.map(|encoding| format!("-{encoding}"));
            let etag = format!("\"{hash}{}\"", suffix.unwrap_or_default());
            Form {
                bytes,
                etag: HeaderValue::try_from(etag).expect("base64url is legal in a header"),
                encoding,
            }
        };
        let packed = |bytes: Option<Bytes>, encoding| {
            let bytes = bytes.filter(|bytes| bytes.len() < most)?;
            Some(form(bytes, Some(encoding)))
        };
        Self {
            content_type: content_type(path),
            keep: if has_hash(path) {
                Keep::Forever
            } else {
                Keep::NotAtAll
            },
            brotli: packed(brotli, "br"),
            gzip: packed(gzip, "gzip"),
            plain: form(plain, None),
        }
    }

    /// The `Content-Type`.
    pub fn content_type(&self) -> HeaderValue {
        HeaderValue::from_static(self.content_type)
    }

    /// The `Cache-Control`.
    pub fn cache_control(&self) -> HeaderValue {
        HeaderValue::from_static(match self.keep {
            Keep::Forever => "public, max-age=31536000, immutable",
            Keep::NotAtAll => "no-cache",
        })
    }

    /// The smallest form that whoever sent `headers` accepts (RFC 9110, section 12.5.3).
    pub fn form(&self, headers: &HeaderMap) -> &Form {
        let accepted = headers.get_all(header::ACCEPT_ENCODING);
        let accepts = |encoding: &str| {
            accepted
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|value| accepts(value, encoding))
        };
        let brotli = self.brotli.as_ref().filter(|_| accepts("br"));
        let gzip = || self.gzip.as_ref().filter(|_| accepts("gzip"));
        brotli.or_else(gzip).unwrap_or(&self.plain)
    }
}

/// Whether an `Accept-Encoding` names `encoding` with a weight above zero.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let is_refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").map(str::trim);
            weight.and_then(|weight| weight.parse::<f32>().ok()) == Some(0.0)
        });
        is_named && !is_refused
    })
}

fn read_folder(folder: &Path, prefix: &str, found: &mut HashMap<String, Bytes>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.insert(path, std::fs::read(entry.path())?.into());
        }
    }
    Ok(())
}

/// Whether Trunk has put a hash into a file's name: a dash and 16 hexadecimal digits, at the end
/// or before `.` or `_`. Folders with such a name (wasm-bindgen's snippets) count as well.
fn has_hash(path: &str) -> bool {
    let is_hash = |text: &str| {
        let (hash, rest) = text.split_at_checked(16).unwrap_or_default();
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        !hash.is_empty()
            && hash.bytes().all(is_hex)
            && (rest.is_empty() || rest.starts_with(['.', '_', '/']))
    };
    path.match_indices('-')
        .any(|(at, _)| is_hash(&path[at + 1..]))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt" | "ftl") => "text/plain; charset=utf-8",
        Some("mp3") => "audio/mpeg",
        Some("ogg" | "opus") => "audio/ogg",
        _ => "application/octet-stream",
    }
}

/// A hash as Content-Security-Policy writes it.
fn source_hash(text: &[u8]) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_hash_in_its_name_may_be_kept_forever() {
        for path in [
            "frontend-0123456789abcdef.js",
            "frontend-0123456789abcdef_bg.wasm",
            "snippets/call-0123456789abcdef/inline0.js",
        ] {
            assert!(has_hash(path), "{path}");
        }
        for path in [
            "index.html",
            "my-icon.svg",
            "a-0123456789abcde.js",
            "a-0123456789abcdeg.js",
        ] {
            assert!(!has_hash(path), "{path}");
        }
    }

    #[test]
    fn an_encoding_is_taken_only_when_it_is_accepted() {
        assert!(accepts("gzip, deflate, br, zstd", "br"));
        assert!(accepts("GZIP;q=0.5", "gzip"));
        assert!(!accepts("gzip;q=0, br;q=0.0", "gzip"));
        assert!(!accepts("gzip;q=0, br;q=0.0", "br"));
        assert!(!accepts("", "br"));
        assert!(!accepts("brotli", "br"));
    }

    #[test]
    fn a_compression_that_saves_nothing_is_not_used() {
        let file = File::new(
            "a.png",
            vec![1; 1000].into(),
            [Some(vec![2; 990].into()), None],
        );
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(file.form(&headers).encoding, None);
    }

    #[test]
    fn without_a_built_page_there_is_one_that_says_how() {
        let page = Page::new(Vec::new());
        let text = String::from_utf8(page.index().plain.bytes.to_vec()).unwrap();
        assert!(text.contains("cargo xtask serve"));
        assert!(text.contains("trunk serve"));
    }
}
