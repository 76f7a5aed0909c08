//! Programs that only the system's own package manager can bring: browsers and witnesses.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::shell;

/// A Debian package, and what shows that it is there.
struct Package {
    name: &'static str,
    sign: Sign,
}

/// What shows that a package is there.
enum Sign {
    /// A program on `PATH`.
    Program(&'static str),
    /// A file of a library.
    File(&'static str),
}

/// What the tests use beside Rust and Node.js.
const PACKAGES: [Package; 10] = [
    program("chromium", "chromium"),
    program("chromium-driver", "chromedriver"),
    program("firefox-esr", "firefox-esr"),
    program("coturn", "turnutils_uclient"),
    program("iproute2", "ip"),
    program("nftables", "nft"),
    program("openssl", "openssl"),
    program("pebble", "pebble"),
    program("stun-client", "stun"),
    Package {
        name: "python3-aioice",
        sign: Sign::File("/usr/lib/python3/dist-packages/aioice/__init__.py"),
    },
];

const fn program(name: &'static str, program: &'static str) -> Package {
    Package {
        name,
        sign: Sign::Program(program),
    }
}

/// Clients of other makers that the server's tests let loose on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Witnesses {
    /// A test whose witness is missing fails.
    All,
    /// A test whose witness is missing is left out.
    WhoeverIsHere,
}

impl Witnesses {
    /// All of them where they can be installed, so that nothing counts as passed that was never
    /// asked.
    pub(crate) fn of_this_machine() -> Self {
        if can_install() {
            Self::All
        } else {
            Self::WhoeverIsHere
        }
    }
}

/// Installs what is missing where that can be done without asking: as root on Debian and its
/// kin. Elsewhere the tests take the browsers the person has, and say which one they lack.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_missing() -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|package| !package.sign.is_there())
        .map(|package| package.name)
        .collect();
    if missing.is_empty() || shell::find("apt-get").is_none() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !can_install() {
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

/// Whether this is root on Debian or one of its kin.
fn can_install() -> bool {
    shell::find("apt-get").is_some() && shell::ask("id", ["-u"]).as_deref() == Some("0")
}

impl Sign {
    fn is_there(&self) -> bool {
        match self {
            Self::File(path) => Path::new(path).is_file(),
            // Some are where only root's `PATH` looks.
            Self::Program(program) => {
                let sbin = ["/usr/sbin", "/sbin"].map(Path::new);
                shell::find(program).is_some()
                    || sbin.iter().any(|folder| folder.join(program).is_file())
            }
        }
    }
}
