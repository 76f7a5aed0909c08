//! Programs that only the system's own package manager can bring: browsers and witnesses.

use std::process::Command;

use anyhow::Result;

use crate::shell;

/// A Debian package and the program that shows it is there.
struct Package {
    name: &'static str,
    program: &'static str,
}

/// What the tests use beside Rust and Node.js.
const PACKAGES: [Package; 7] = [
    Package {
        name: "chromium",
        program: "chromium",
    },
    Package {
        name: "chromium-driver",
        program: "chromedriver",
    },
    Package {
        name: "firefox-esr",
        program: "firefox-esr",
    },
    Package {
        name: "coturn",
        program: "turnutils_stunclient",
    },
    Package {
        name: "iproute2",
        program: "ip",
    },
    Package {
        name: "nftables",
        program: "nft",
    },
    Package {
        name: "pebble",
        program: "pebble",
    },
];

/// Installs what is missing where that can be done without asking: as root on Debian and its
/// kin. Elsewhere the tests take the browsers the person has, and say which one they lack.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_missing() -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|package| !is_there(package.program))
        .map(|package| package.name)
        .collect();
    if missing.is_empty() || shell::find("apt-get").is_none() {
        return Ok(());
    }
    let list = missing.join(" ");
    if shell::ask("id", ["-u"]).as_deref() != Some("0") {
        println!("The tests use programs that are not here: sudo apt-get install {list}");
        return Ok(());
    }
    shell::say(&format!("Installing {list} (once; a few minutes)"));
    let mut apt = apt();
    if shell::run(apt.args(["install", "--yes"]).args(&missing)).is_ok() {
        return Ok(());
    }
    // A machine that has never read the package lists finds no package.
    shell::run(self::apt().arg("update"))?;
    shell::run(self::apt().args(["install", "--yes"]).args(&missing))
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command
        .arg("-q")
        .arg("--no-install-recommends")
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Whether a program is on `PATH` or where only root's `PATH` looks.
fn is_there(program: &str) -> bool {
    let sbin = ["/usr/sbin", "/sbin"].map(std::path::Path::new);
    shell::find(program).is_some() || sbin.iter().any(|folder| folder.join(program).is_file())
}
