//! Tests of the page's browser adapters, run by wasm-bindgen in a real browser.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::tally::Counts;
use crate::{shell, tools, workspace};

/// What wasm-bindgen's test runner asks of the browser: no window, no sandbox (containers have
/// none to offer), and a camera and a microphone that play a test picture and a tone.
const WEBDRIVER: &str = r#"{
  "goog:chromeOptions": {
    "args": [
      "headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage",
      "use-fake-device-for-media-stream", "use-fake-ui-for-media-stream",
      "allow-loopback-in-peer-connection", "autoplay-policy=no-user-gesture-required"
    ]
  },
  "moz:firefoxOptions": {
    "args": ["-headless"],
    "prefs": {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.peerconnection.ice.loopback": true,
      "media.autoplay.default": 0
    }
  }
}
"#;

/// Runs the adapters' tests.
///
/// # Errors
/// When no browser can be driven.
pub(crate) fn test() -> Result<Counts> {
    let runner = tools::WASM_BINDGEN
        .folder()?
        .join("wasm-bindgen-test-runner");
    let (variable, driver) = driver()?;
    let settings = workspace::target().join("webdriver.json");
    std::fs::write(&settings, WEBDRIVER)
        .with_context(|| format!("{} cannot be written", settings.display()))?;
    let mut command = shell::cargo(["test", "--locked", "-p", "frontend", "--target"]);
    command
        .arg(tools::WASM_TARGET)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
        .env(variable, driver);
    let (lines, succeeded) = shell::run_and_read(&mut command)?;
    Ok(Counts::read(&lines, succeeded))
}

/// A program that drives a browser, and the variable that wasm-bindgen's runner reads it from.
fn driver() -> Result<(&'static str, PathBuf)> {
    for (variable, program) in [
        ("CHROMEDRIVER", "chromedriver"),
        ("GECKODRIVER", "geckodriver"),
    ] {
        if let Some(path) = std::env::var_os(variable) {
            return Ok((variable, path.into()));
        }
        if let Some(path) = shell::find(program) {
            return Ok((variable, path));
        }
    }
    bail!(
        "no browser can be driven: install chromedriver (Debian: chromium-driver) in the version of \
         your Chromium or Chrome, or geckodriver for Firefox"
    );
}
