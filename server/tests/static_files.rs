//! The page and its files, as browsers and caches see them.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

mod common;

use std::path::{Path, PathBuf};

use common::{TestServer, test_config};
use tincan::config::Config;

const SCRIPT: &str = "/app-0123456789abcdef.js";
const WASM: &str = "/app-0123456789abcdef_bg.wasm";

#[tokio::test]
async fn the_page_is_served_for_home_and_every_room() {
    let server = start("page");
    for path in ["/", "/r/kfd-wupq-xnr", "/index.html"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.text(), INDEX);
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_room_name_gets_the_page_which_says_so_and_a_404() {
    let server = start("wrong-room");
    for path in ["/r/A", "/r/ab", "/r/a%20b%20c"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.text(), INDEX);
    }
}

#[tokio::test]
async fn nothing_else_is_there() {
    let server = start("nothing-else");
    for path in [
        "/nope",
        "/r",
        "/r/abc/def",
        "/../Cargo.toml",
        "/%2e%2e/etc/passwd",
        "//",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    assert_eq!(server.http("POST", "/", &[]).await.status, 405);
    assert_eq!(server.http("DELETE", SCRIPT, &[]).await.status, 405);
}

#[tokio::test]
async fn hashed_files_are_kept_forever_and_others_are_asked_for() {
    let server = start("hashed");
    for (path, kind, keep) in [
        (
            SCRIPT,
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        (
            WASM,
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
        ("/icon.svg", "image/svg+xml", "no-cache"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!(answer.header("cache-control"), Some(keep));
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
    }
}

#[tokio::test]
async fn the_smallest_accepted_form_is_sent() {
    let server = start("forms");
    for (accepted, encoding, body) in [
        ("gzip, deflate, br, zstd", Some("br"), "brotli form"),
        ("gzip, deflate", Some("gzip"), "gzip form"),
        ("br;q=0, gzip", Some("gzip"), "gzip form"),
        ("deflate", None, &script()[..]),
        ("", None, &script()[..]),
    ] {
        let answer = server
            .http("GET", SCRIPT, &[("accept-encoding", accepted)])
            .await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.text(), body, "{accepted}");
    }
    let direct = server.get(&format!("{SCRIPT}.br")).await;
    assert_eq!(direct.status, 404, "a form is no file");
}

#[tokio::test]
async fn what_a_browser_has_already_is_not_sent_again() {
    let server = start("etag");
    let first = server.http("GET", "/", &[("accept-encoding", "br")]).await;
    let etag = first.header("etag").unwrap().to_owned();
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        let headers = [("accept-encoding", "br"), ("if-none-match", &known)];
        let answer = server.http("GET", "/", &headers).await;
        assert_eq!(answer.status, 304, "{known}");
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("etag"), Some(&etag[..]));
    }
    let stale = [("if-none-match", "\"other\"")];
    assert_eq!(server.http("GET", "/", &stale).await.status, 200);
}

#[tokio::test]
async fn each_form_has_an_etag_of_its_own() {
    let server = start("etags");
    let mut etags = Vec::new();
    for accepted in ["br", "gzip", ""] {
        let answer = server
            .http("GET", SCRIPT, &[("accept-encoding", accepted)])
            .await;
        etags.push(answer.header("etag").unwrap().to_owned());
    }
    etags.sort();
    etags.dedup();
    assert_eq!(etags.len(), 3);
}

#[tokio::test]
async fn head_says_the_same_without_the_body() {
    let server = start("head");
    for path in ["/", SCRIPT] {
        let (get, head) = (server.get(path).await, server.http("HEAD", path, &[]).await);
        assert_eq!(head.status, get.status);
        assert!(head.body.is_empty());
        for name in ["etag", "content-type", "content-length", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn the_page_may_run_its_own_scripts_and_nothing_else() {
    let server = start("policy");
    let answer = server.get("/").await;
    let policy = answer.header("content-security-policy").unwrap();
    // The hash of `start()`, by `printf 'start()' | openssl dgst -sha256 -binary | base64`.
    let script = "script-src 'self' 'wasm-unsafe-eval' \
                  'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00=';";
    assert!(policy.contains(script), "{policy}");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("; connect-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
}

#[tokio::test]
async fn every_answer_carries_the_safety_headers() {
    let server = start("safety");
    for path in ["/", SCRIPT, "/nope", "/healthz", "/ws"] {
        let answer = server.get(path).await;
        for (name, value) in [
            ("x-content-type-options", Some("nosniff")),
            ("referrer-policy", Some("no-referrer")),
            ("cross-origin-opener-policy", Some("same-origin")),
            ("cross-origin-resource-policy", Some("same-origin")),
            ("permissions-policy", Some(PERMISSIONS)),
            // Nobody is recognised, nothing is for others, and frames are the policy's matter.
            ("set-cookie", None),
            ("access-control-allow-origin", None),
            ("x-frame-options", None),
            // Who stays with TLS is told so over TLS alone.
            ("strict-transport-security", None),
        ] {
            assert_eq!(answer.header(name), value, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn the_policy_allows_what_the_page_needs_and_nothing_else() {
    let server = start("whole-policy");
    // The hash as in the test above.
    let policy = "default-src 'none'; \
                  script-src 'self' 'wasm-unsafe-eval' \
                  'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00='; \
                  style-src 'self'; img-src 'self' data:; media-src 'self' mediastream:; \
                  font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'none'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for path in ["/", "/index.html", "/r/tea", "/r/A"] {
        let answer = server.get(path).await;
        assert_eq!(
            answer.header("content-security-policy"),
            Some(policy),
            "{path}"
        );
    }
}

#[tokio::test]
async fn those_sites_alone_show_the_page_in_a_frame_that_were_named() {
    let server = TestServer::with(Config {
        frame_ancestors: vec![
            "https://intranet.example.org".to_owned(),
            "https://*.example.com:8443".to_owned(),
        ],
        ..test_config()
    });
    for path in ["/", "/r/tea"] {
        let answer = server.get(path).await;
        let policy = answer.header("content-security-policy").unwrap();
        let (_, ancestors) = policy.split_once("; frame-ancestors ").unwrap();
        assert_eq!(
            ancestors,
            "https://intranet.example.org https://*.example.com:8443"
        );
        // It would say something else.
        assert_eq!(answer.header("x-frame-options"), None);
    }
}

#[tokio::test]
async fn monitoring_is_answered() {
    let server = start("monitoring");
    assert_eq!(server.get("/healthz").await.text(), "ok\n");
    assert_eq!(server.get("/readyz").await.status, 200);
    let metrics = server.get("/metrics").await;
    for name in [
        "tincan_sockets 0",
        "tincan_rooms 0",
        "tincan_participants 0",
    ] {
        assert!(metrics.text().contains(name), "{}", metrics.text());
    }
    assert!(
        metrics
            .text()
            .contains("tincan_http_requests_total{status=\"200\"}")
    );
}

#[tokio::test]
async fn without_a_built_page_the_server_says_how_to_build_it() {
    let empty = folder("empty");
    let server = TestServer::with(Config {
        page: Some(empty),
        ..test_config()
    });
    let answer = server.get("/").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("cargo xtask serve"));
}

/// What a call needs for itself, and what it never does.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), \
    speaker-selection=(self), screen-wake-lock=(self), picture-in-picture=(self), \
    fullscreen=(self), autoplay=(self), clipboard-write=(self), web-share=(self), geolocation=(), \
    payment=(), usb=(), serial=(), hid=(), midi=(), accelerometer=(), gyroscope=(), \
    magnetometer=(), browsing-topics=()";

const INDEX: &str = "<!doctype html><title>t</title><script type=\"module\">start()</script>";

fn script() -> String {
    "call(); ".repeat(100)
}

fn start(name: &str) -> TestServer {
    let folder = folder(name);
    for (path, content) in [
        ("index.html", INDEX),
        ("icon.svg", "<svg/>"),
        (&SCRIPT[1..], &script()),
        (&format!("{}.br", &SCRIPT[1..]), "brotli form"),
        (&format!("{}.gz", &SCRIPT[1..]), "gzip form"),
        (&WASM[1..], "\0asm"),
    ] {
        std::fs::write(folder.join(path), content).unwrap();
    }
    TestServer::with(Config {
        page: Some(folder),
        ..test_config()
    })
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
