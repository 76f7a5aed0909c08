//! `cargo xtask test`: everything that must pass.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::system::Witnesses;
use crate::tally::Tally;
use crate::{bench, browsers, build, check, e2e, fuzz, shell, system, weight};

/// Worlds that the client machine lives through: enough to meet what happens once in a thousand
/// calls, and a minute's work.
const SEEDS: u32 = 10_000;

/// Runs every test there is, whatever fails on the way. The last line is `N passed, N failed`.
///
/// # Errors
/// When a tool is missing that cannot be installed.
pub(crate) fn run() -> Result<ExitCode> {
    let mut tally = Tally::default();
    // First of all: a witness that comes too late has seen nothing.
    if let Err(error) = system::install_missing() {
        // Whatever is missing fails below, where it is needed.
        eprintln!("{error:#}");
    }
    check::steps(&mut tally, SEEDS, Witnesses::of_this_machine())?;
    tally.step("Fuzz targets", fuzz::check);
    let built = tally.step("Page and server", build::both);
    if built {
        tally.step("Weight of the lobby", || {
            let weight = weight::of_the_lobby()?;
            println!("{weight}");
            if weight.total() > weight::BUDGET {
                bail!("the lobby loads more than it may");
            }
            Ok(())
        });
        tally.step("A call while others mean no good", bench::door_quickly);
    }
    tally.counted("Adapters in a browser", browsers::test);
    if built {
        tally.counted("Calls in browsers", || e2e::test(None, &[]));
    } else {
        shell::say("No calls in browsers, since there is nothing to call with");
    }
    Ok(if tally.finish() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
