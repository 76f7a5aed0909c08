//! The options as they are written, on the command line, in the environment or in a TOML file.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::Refused;

/// Every option; what is absent has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// One port number for everything.
    #[arg(
        long,
        env = "TINCAN_LISTEN",
        value_name = "ADDR",
        help = "One port number for everything: TCP carries HTTP, WebSocket and TURN, UDP carries \
                STUN and TURN [default: [::]:8080]"
    )]
    pub listen: Option<String>,

    /// A further address for STUN and TURN.
    #[arg(
        long,
        env = "TINCAN_STUN_LISTEN",
        value_name = "ADDR",
        help = "A further UDP and TCP address for STUN and TURN, for example [::]:3478; pages are \
                given it as a second place to ask for STUN"
    )]
    pub stun_listen: Option<String>,

    /// A further address for people who type no https://.
    #[arg(
        long,
        env = "TINCAN_REDIRECT_LISTEN",
        value_name = "ADDR",
        help = "A further TCP address where plain HTTP is answered with the way to HTTPS at the port \
                of --listen, for example [::]:80"
    )]
    pub redirect_listen: Option<String>,

    /// The address the world sees this machine under, where its own is another one; once for IPv4
    /// and once for IPv6 [default: found from the request]
    #[arg(
        long,
        env = "TINCAN_EXTERNAL_IP",
        value_name = "IP",
        value_delimiter = ' '
    )]
    pub external_ip: Vec<String>,

    /// UDP ports for relayed traffic [default: 49152-65535]
    #[arg(long, env = "TINCAN_RELAY_PORTS", value_name = "LO-HI")]
    pub relay_ports: Option<String>,

    /// Signs time-limited TURN credentials, as coturn's static-auth-secret does
    /// [default: random at every start]
    #[arg(
        long,
        env = "TINCAN_TURN_SECRET",
        value_name = "S",
        hide_env_values = true
    )]
    pub turn_secret: Option<String>,

    /// A further STUN or TURN server to hand out; a relay without USER and PASS gets those that
    /// --turn-secret makes; repeatable, in the environment separated by spaces
    #[arg(
        long,
        env = "TINCAN_ICE_SERVER",
        value_name = "URL[,USER,PASS]",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    pub ice_server: Vec<String>,

    /// STUN only: relay nothing
    #[arg(long, env = "TINCAN_NO_TURN", value_name = "true|false", num_args = 0..=1,
        require_equals = true, default_missing_value = "true",
        value_parser = clap::builder::BoolishValueParser::new())]
    pub no_turn: Option<bool>,

    /// Gigabytes that one participant may send and receive through the relay, eight times as many
    /// for a room; 0 is no limit [default: 250]
    #[arg(long, env = "TINCAN_RELAY_QUOTA", value_name = "GB")]
    pub relay_quota: Option<u64>,

    /// Private addresses that may be relayed to; repeatable, in the environment separated by
    /// spaces
    #[arg(
        long,
        env = "TINCAN_RELAY_ALLOW",
        value_name = "CIDR",
        value_delimiter = ' '
    )]
    pub relay_allow: Vec<String>,

    /// Reverse proxies that say in X-Forwarded-For where somebody comes from, for the limits that
    /// hold for each address; to the relay, whoever comes from one is a stranger; repeatable, in the
    /// environment separated by spaces
    #[arg(
        long,
        env = "TINCAN_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ' '
    )]
    pub trusted_proxy: Vec<String>,

    /// Another site, by scheme and host, whose pages may show this one in a frame;
    /// repeatable, in the environment separated by spaces [default: none]
    #[arg(
        long,
        env = "TINCAN_FRAME_ANCESTOR",
        value_name = "ORIGIN",
        value_delimiter = ' '
    )]
    pub frame_ancestor: Vec<String>,

    /// Certificate chain, PEM; goes with --tls-key. Both are read again when they change
    #[arg(long, env = "TINCAN_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// Private key, PEM; goes with --tls-cert
    #[arg(long, env = "TINCAN_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// TLS with a certificate made by the server itself, for a local network: browsers warn, and the
    /// log shows the fingerprint to compare. It is kept in systemd's state folder of the service,
    /// else in ~/.local/state/tincan, and is the same after a restart. TURN is not offered over TLS then, since there browsers refuse
    /// such a certificate without asking
    #[arg(long, env = "TINCAN_TLS_SELF_SIGNED", value_name = "true|false", num_args = 0..=1,
        require_equals = true, default_missing_value = "true",
        value_parser = clap::builder::BoolishValueParser::new())]
    pub tls_self_signed: Option<bool>,

    /// TLS with a certificate from Let's Encrypt for this host name, whose port 443 must lead to
    /// --listen
    #[arg(long, env = "TINCAN_ACME_DOMAIN", value_name = "DOMAIN")]
    pub acme_domain: Option<String>,

    /// Another authority than Let's Encrypt, by the address of its ACME directory
    #[arg(long, env = "TINCAN_ACME_DIRECTORY", value_name = "URL")]
    pub acme_directory: Option<String>,

    /// Folder for the account's key and the certificate
    /// [default: acme in systemd's state folder of the service, else ~/.local/state/tincan/acme]
    #[arg(long, env = "TINCAN_ACME_CACHE", value_name = "FOLDER")]
    pub acme_cache: Option<PathBuf>,

    /// Who vouches for the authority of --acme-directory, PEM; for one of your own
    #[arg(long, env = "TINCAN_ACME_CA", value_name = "FILE")]
    pub acme_ca: Option<PathBuf>,

    /// Participants in one call [default: 8]
    #[arg(long, env = "TINCAN_MAX_PARTICIPANTS", value_name = "N")]
    pub max_participants: Option<u32>,

    /// How log lines are written: text or json [default: text]
    #[arg(long, env = "TINCAN_LOG", value_name = "FORMAT")]
    pub log: Option<String>,

    /// Say in the log where visitors come from, in the line at the end of each socket
    #[arg(long, env = "TINCAN_LOG_ADDRESSES", value_name = "true|false", num_args = 0..=1,
        require_equals = true, default_missing_value = "true",
        value_parser = clap::builder::BoolishValueParser::new())]
    pub log_addresses: Option<bool>,
}

impl Settings {
    /// Reads a TOML file with the options' names as keys.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or has a key that is no option.
    pub fn from_file(path: &Path) -> Result<Self, Refused> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Refused::new(format!("cannot read {name}: {error}")))?;
        Self::from_toml(&text).map_err(|problem| Refused::new(format!("{name}: {problem}")))
    }

    fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        })
    }

    /// What is set here, and from `other` what is not.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        fn first(here: Vec<String>, there: Vec<String>) -> Vec<String> {
            if here.is_empty() { there } else { here }
        }
        Self {
            listen: self.listen.or(other.listen),
            stun_listen: self.stun_listen.or(other.stun_listen),
            redirect_listen: self.redirect_listen.or(other.redirect_listen),
            external_ip: first(self.external_ip, other.external_ip),
            relay_ports: self.relay_ports.or(other.relay_ports),
            turn_secret: self.turn_secret.or(other.turn_secret),
            ice_server: first(self.ice_server, other.ice_server),
            no_turn: self.no_turn.or(other.no_turn),
            relay_quota: self.relay_quota.or(other.relay_quota),
            relay_allow: first(self.relay_allow, other.relay_allow),
            trusted_proxy: first(self.trusted_proxy, other.trusted_proxy),
            frame_ancestor: first(self.frame_ancestor, other.frame_ancestor),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            tls_self_signed: self.tls_self_signed.or(other.tls_self_signed),
            acme_domain: self.acme_domain.or(other.acme_domain),
            acme_directory: self.acme_directory.or(other.acme_directory),
            acme_cache: self.acme_cache.or(other.acme_cache),
            acme_ca: self.acme_ca.or(other.acme_ca),
            max_participants: self.max_participants.or(other.max_participants),
            log: self.log.or(other.log),
            log_addresses: self.log_addresses.or(other.log_addresses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_key_of_its_name() {
        let settings = Settings::from_toml(
            "listen = '127.0.0.1:9000'\nno-turn = true\nmax-participants = 4\nrelay-quota = 50\n\
             ice-server = ['stun:stun.example.org']\ntls-cert = 'c'\ntls-key = 'k'\n\
             tls-self-signed = false\nacme-domain = 'd'\nacme-directory = 'u'\n\
             acme-cache = 'f'\nacme-ca = 'a'\nframe-ancestor = ['https://a.example']\n\
             log-addresses = true",
        )
        .unwrap();
        assert_eq!(settings.listen.as_deref(), Some("127.0.0.1:9000"));
        assert_eq!(settings.no_turn, Some(true));
        assert_eq!(settings.max_participants, Some(4));
        assert_eq!(settings.relay_quota, Some(50));
        assert_eq!(settings.ice_server, ["stun:stun.example.org"]);
        assert_eq!(settings.log_addresses, Some(true));
        assert_eq!(settings.frame_ancestor, ["https://a.example"]);
        assert_eq!(settings.tls_self_signed, Some(false));
        let acme = (settings.acme_domain, settings.acme_directory);
        assert_eq!(acme, (Some("d".into()), Some("u".into())));
        let paths = [
            settings.tls_cert,
            settings.tls_key,
            settings.acme_cache,
            settings.acme_ca,
        ];
        assert_eq!(paths, ["c", "k", "f", "a"].map(|path| Some(path.into())));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let problem = Settings::from_toml("listen = '[::]:1'\nlisen = '[::]:2'\n").unwrap_err();
        assert!(problem.starts_with("line 2: "), "{problem}");
        assert!(problem.contains("lisen"), "{problem}");
    }

    #[test]
    fn what_is_said_nearer_wins() {
        let near = Settings {
            no_turn: Some(false),
            listen: Some("near".into()),
            ..Settings::default()
        };
        let far = Settings {
            no_turn: Some(true),
            listen: Some("far".into()),
            log: Some("json".into()),
            ..Settings::default()
        };
        let both = near.or(far);
        assert_eq!(both.no_turn, Some(false));
        assert_eq!(both.listen.as_deref(), Some("near"));
        assert_eq!(both.log.as_deref(), Some("json"));
    }
}
