//! `tincan doctor`: looks at an installation, asks a running server, and says what to change.
//!
//! What is asked here goes to this machine only; whether a firewall lets others in is theirs to
//! try. Not here: asking over the network (`doctor::probe`), certificates (`doctor::trust`).

mod probe;
mod trust;
mod visit;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;

use crate::config::{Config, ExternalIps, Listen, Turn};
use crate::listen;
use crate::relay::sockets::{self, BUFFER};

/// Fewest relay ports that serve more than a handful of calls: a participant behind strict
/// networks takes one for each other one.
const FEW_PORTS: usize = 100;

/// Fewest open files that do: each relayed path and each participant is one.
const FEW_FILES: u64 = 4096;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    Fine(String),
    /// As it may be; whether it should, only people know.
    Note(String),
    /// Not as it should be.
    Wrong {
        /// What is wrong.
        what: String,
        /// What to do about it.
        cure: String,
    },
}

impl Finding {
    fn fine(what: impl Into<String>) -> Self {
        Self::Fine(what.into())
    }

    fn note(what: impl Into<String>) -> Self {
        Self::Note(what.into())
    }

    fn wrong(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Wrong {
            what: what.into(),
            cure: cure.into(),
        }
    }

    /// Whether something has to be done.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine(what) => write!(f, "fine   {what}"),
            Self::Note(what) => write!(f, "note   {what}"),
            Self::Wrong { what, cure } => write!(f, "wrong  {what}: {cure}"),
        }
    }
}

/// Looks at everything `config` says, and at the server that runs with it, if one does.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (finding, server) = listening(config).await;
    findings.push(finding);
    let own = own_addresses();
    findings.extend(trust::of_certificate(config, &own).await);
    if let Some(server) = server {
        findings.extend(trust::of_server(config, server).await);
        findings.extend(probe::round_trips(config, server).await);
    }
    findings.extend(further(config, server.is_some()).await);
    findings.extend(external(config.external_ips, &own));
    if config.turn == Turn::On {
        findings.push(relay_ports(&config.relay_ports, is_free));
    }
    findings.push(open_files());
    findings.extend(buffers(BUFFER, sockets::buffer()));
    findings
}

/// Whether the port can be had, or who has it; where to ask the server if it is one of ours.
async fn listening(config: &Config) -> (Finding, Option<SocketAddr>) {
    let address = address_of(config.listen);
    let port = address.port();
    let Err(error) = listen::bind(config.listen) else {
        let udp = UdpSocket::bind(address).map(drop);
        return (free(port, udp), None);
    };
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    if kind == Some(io::ErrorKind::AddrInUse) {
        return if probe::is_tincan(address).await {
            let what = format!("a server answers at port {port}");
            (Finding::fine(what), Some(address))
        } else {
            let what = format!("another program holds TCP port {port}");
            let cure = format!("stop it (ss -ltnp 'sport = :{port}' names it), or choose another");
            (Finding::wrong(what, cure), None)
        };
    }
    let cure = if kind == Some(io::ErrorKind::PermissionDenied) {
        "ports below 1024 need a right: use server/dist/tincan.service, or \
         `setcap cap_net_bind_service=+ep tincan`"
    } else {
        "--listen must be an address of this machine, or [::] for all"
    };
    (Finding::wrong(format!("{error:#}"), cure), None)
}

/// The addresses beside `--listen`: asked where the server runs, tried where it does not.
async fn further(config: &Config, runs: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(address) = config.stun_listen {
        let local = address_of(Listen::At(address));
        if runs {
            findings.extend(probe::round_trips(config, local).await);
        } else {
            let udp = UdpSocket::bind(address).map(drop).map_err(Into::into);
            let both = udp.and_then(|()| listen::bind_at(address).map(drop));
            findings.push(may_be_had("--stun-listen", address, both));
        }
    }
    if let Some(address) = config.redirect_listen {
        let local = address_of(Listen::At(address));
        findings.push(if !runs {
            let tcp = listen::bind_at(address).map(drop);
            may_be_had("--redirect-listen", address, tcp)
        } else if probe::redirects(local).await {
            Finding::fine(format!("plain HTTP at {address} is sent to HTTPS"))
        } else {
            Finding::wrong(
                format!("nothing at {address} sends plain HTTP to HTTPS"),
                "does the server run with --redirect-listen? Another program may hold the port",
            )
        });
    }
    findings
}

fn may_be_had(option: &str, address: SocketAddr, tried: anyhow::Result<()>) -> Finding {
    match tried {
        Ok(()) => Finding::note(format!("{option} {address} is free")),
        Err(error) => Finding::wrong(
            format!("{option} {address} cannot be had ({error:#})"),
            "stop the program that holds it, or choose another",
        ),
    }
}

fn free(port: u16, udp: io::Result<()>) -> Finding {
    match udp {
        Ok(()) => Finding::note(format!(
            "no server runs at port {port}, which is free; start one for the rest of the checks"
        )),
        Err(error) => Finding::wrong(
            format!("UDP port {port} cannot be had ({error})"),
            "stop the program that holds it, or choose another port with --listen",
        ),
    }
}

/// Where a server that listens at `listen` is reached from the same machine.
fn address_of(listen: Listen) -> SocketAddr {
    let address = match listen {
        Listen::At(address) => address,
        Listen::Everywhere(port) => (Ipv4Addr::UNSPECIFIED, port).into(),
    };
    let ip = match address.ip() {
        // A socket for all of IPv6 is one for IPv4 too.
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    (ip, address.port()).into()
}

/// The addresses of this machine; none where they cannot be listed.
fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().map(if_addrs::Interface::ip).collect()
}

fn external(given: ExternalIps, own: &[IpAddr]) -> Vec<Finding> {
    let given: Vec<IpAddr> = given.iter().collect();
    if given.is_empty() {
        let outer = own.iter().find(|ip| is_public(**ip));
        return vec![match outer {
            Some(ip) => Finding::fine(format!("this machine has the public address {ip}")),
            None => Finding::note(
                "this machine has no public address; for calls over the internet say the one it \
                 is reached under with --external-ip",
            ),
        }];
    }
    let finding = |ip: &IpAddr| {
        if own.contains(ip) {
            Finding::fine(format!("--external-ip {ip} is an address of this machine"))
        } else {
            Finding::note(format!(
                "--external-ip {ip} is not an address of this machine: what stands before it must \
                 pass its ports on unchanged"
            ))
        }
    };
    given.iter().map(finding).collect()
}

/// Whether the world can send to `ip` (RFC 1918, RFC 6598, RFC 4193, and those of one link).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let is_shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || is_shared)
        }
        // Only 2000::/3 is given out (RFC 4291, section 2.4).
        IpAddr::V6(ip) => ip.segments()[0] & 0xe000 == 0x2000,
    }
}

/// Whether a UDP port can be had.
fn is_free(port: u16) -> bool {
    UdpSocket::bind((Ipv6Addr::UNSPECIFIED, port))
        .or_else(|_| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)))
        .is_ok()
}

fn relay_ports(range: &RangeInclusive<u16>, is_free: impl Fn(u16) -> bool) -> Finding {
    let (low, high) = (*range.start(), *range.end());
    let count = usize::from(high - low) + 1;
    if count < FEW_PORTS {
        return Finding::wrong(
            format!("--relay-ports {low}-{high} has {count} ports"),
            format!("give it {FEW_PORTS} or more; each relayed path takes one"),
        );
    }
    let step = count.div_ceil(FEW_PORTS);
    let (mut all, mut had) = (0, 0);
    for port in range.clone().step_by(step) {
        all += 1;
        had += usize::from(is_free(port));
    }
    if had * 2 < all {
        return Finding::wrong(
            format!(
                "of {all} ports of --relay-ports {low}-{high}, {} are taken",
                all - had
            ),
            "choose a range that nobody else uses",
        );
    }
    Finding::fine(format!(
        "{count} UDP ports for relayed traffic, {low}-{high}; the firewall must let them in"
    ))
}

/// Whether the system gives the relay's sockets the room for packets that they ask for; bytes.
fn buffers(wanted: usize, given: Option<usize>) -> Option<Finding> {
    let given = given?;
    Some(if given >= wanted {
        Finding::fine(format!("the relay's sockets hold {} kB", given / 1_000))
    } else {
        Finding::note(format!(
            "the relay's sockets hold {} kB of the {} kB they ask for, so that a burst is sooner lost: \
             sysctl -w net.core.rmem_max={wanted} (docs/deployment.md says how to keep it)",
            given / 1_000,
            wanted / 1_000
        ))
    })
}

#[cfg(unix)]
fn open_files() -> Finding {
    use rustix::process::{Resource, getrlimit};
    files(getrlimit(Resource::Nofile).maximum)
}

/// `most` files may be open; `None` is no limit.
#[cfg(unix)]
fn files(most: Option<u64>) -> Finding {
    match most {
        Some(most) if most < FEW_FILES => Finding::wrong(
            format!("this user may open {most} files"),
            "let it open 65536: LimitNOFILE=65536 in the unit, or `ulimit -Hn 65536`",
        ),
        Some(most) => Finding::fine(format!("this user may open {most} files")),
        None => Finding::fine("this user may open as many files as there are"),
    }
}

#[cfg(not(unix))]
fn open_files() -> Finding {
    Finding::note("how many files may be open is not known here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_buffers_are_told_with_what_makes_them_larger() {
        let small = buffers(4_194_304, Some(212_992)).unwrap().to_string();
        assert!(small.starts_with("note"), "{small}");
        assert!(small.contains("212 kB of the 4194 kB"), "{small}");
        assert!(small.contains("net.core.rmem_max=4194304"), "{small}");
        let large = buffers(4_194_304, Some(4_194_304)).unwrap().to_string();
        assert!(large.starts_with("fine"), "{large}");
        assert!(buffers(1, None).is_none());
    }

    #[test]
    fn a_finding_is_one_line_with_its_cure() {
        let wrong = Finding::wrong("it is broken", "mend it");
        assert_eq!(wrong.to_string(), "wrong  it is broken: mend it");
        assert!(wrong.is_wrong() && !Finding::fine("x").is_wrong());
    }

    #[test]
    fn public_addresses_are_told_from_others() {
        for (ip, expected) in [
            ("203.0.113.7", true),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("2001:db8::1", true),
            ("fe80::1", false),
            ("fd00::1", false),
            ("::1", false),
        ] {
            assert_eq!(is_public(ip.parse().unwrap()), expected, "{ip}");
        }
    }

    #[test]
    fn too_few_relay_ports_are_wrong() {
        assert!(relay_ports(&(50_000..=50_010), |_| true).is_wrong());
        assert!(!relay_ports(&(50_000..=50_999), |_| true).is_wrong());
    }

    #[test]
    fn relay_ports_that_somebody_else_has_are_wrong_when_they_are_many() {
        let range = 50_000..=50_999;
        assert!(!relay_ports(&range, |port| port >= 50_100).is_wrong());
        let most = relay_ports(&range, |port| port >= 50_600);
        assert!(most.to_string().contains("60 are taken"), "{most}");
        assert!(most.is_wrong());
    }

    #[test]
    fn a_relay_port_that_is_bound_is_not_free() {
        let taken = UdpSocket::bind("0.0.0.0:0").expect("a port");
        let port = taken.local_addr().expect("it is bound").port();
        assert!(!is_free(port));
    }

    #[test]
    fn the_address_outside_is_held_against_those_of_the_machine() {
        let ips = |texts: &[&str]| -> Vec<IpAddr> {
            let ips = texts.iter().map(|text| text.parse().expect("an address"));
            ips.collect()
        };
        for (given, own, expected) in [
            (
                None,
                &["127.0.0.1", "203.0.113.7"][..],
                "fine   this machine has the public",
            ),
            (
                None,
                &["127.0.0.1", "10.0.0.7"],
                "note   this machine has no public",
            ),
            (None, &[], "note   this machine has no public"),
            (
                Some("203.0.113.7"),
                &["203.0.113.7"],
                "fine   --external-ip 203.0.113.7 is an",
            ),
            (
                Some("203.0.113.7"),
                &["10.0.0.7"],
                "note   --external-ip 203.0.113.7 is not",
            ),
        ] {
            let v4 = given.map(|text| text.parse().expect("an address"));
            let findings = external(ExternalIps { v4, v6: None }, &ips(own));
            assert_eq!(findings.len(), 1);
            let said = findings[0].to_string();
            assert!(said.starts_with(expected), "{given:?} and {own:?}: {said}");
        }
        let both = ExternalIps {
            v4: Some(Ipv4Addr::new(203, 0, 113, 7)),
            v6: Some(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7)),
        };
        assert_eq!(external(both, &[]).len(), 2, "each has its line");
    }

    #[cfg(unix)]
    #[test]
    fn few_open_files_are_wrong() {
        assert!(files(Some(1024)).is_wrong());
        assert!(!files(Some(65_536)).is_wrong());
        assert!(!files(None).is_wrong());
    }
}
