//! Tincan's server: the page, signaling, STUN and TURN on one port.
//!
//! `rooms` and `ice` are pure; `hub`, `web`, `listen`, `tls` and `relay` bring sockets and time to them.

pub mod address;
mod build;
pub mod config;
pub mod credentials;
pub mod doctor;
mod files;
pub mod hub;
pub mod ice;
pub mod listen;
pub mod meters;
pub mod page;
mod quota;
pub mod rates;
pub mod relay;
pub mod rooms;
pub mod tls;
pub mod web;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::build::VERSION;
use self::config::{Config, Listen};
use self::hub::Hub;
use self::listen::{Places, Reception};
use self::page::Page;
use self::relay::Relay;
use self::tls::Tls;

/// How long everyone has to hear that the server stops; who has not by then is cut off.
const FAREWELL: Duration = Duration::from_secs(5);

/// How often a port is chosen anew that is free for TCP and turns out to be taken for UDP.
const PORT_CHOICES: usize = 16;

/// The server, not yet listening.
#[derive(Debug)]
pub struct Server;

/// The server, listening and not yet answering.
#[derive(Debug)]
pub struct Bound {
    config: Config,
    listeners: Vec<TcpListener>,
    http: SocketAddr,
    redirect: Option<TcpListener>,
    relay: Relay,
    tls: Option<Tls>,
    page: Page,
}

impl Server {
    /// Listens where `config` says, TCP and UDP.
    ///
    /// # Errors
    /// When a port cannot be had, or the page or the certificate not be read; the error says
    /// which.
    pub fn bind(mut config: Config) -> anyhow::Result<Bound> {
        meters::install();
        config.limits = files::fit(config.limits, files::allow_many());
        let page = match &config.page {
            Some(folder) => Page::from_folder(folder)
                .with_context(|| format!("cannot read the page in {}", folder.display()))?,
            None => Page::built_in(),
        }
        .framed_by(&config.frame_ancestors);
        let tls = Tls::prepare(&config)?;
        let (listener, relay) = bind_both(&config)?;
        let http = listener.local_addr().context("the listener is gone")?;
        let mut listeners = vec![listener];
        if let Some(address) = config.stun_listen {
            listeners.push(listen::bind_at(address)?);
        }
        let redirect = config.redirect_listen.map(listen::bind_at).transpose()?;
        Ok(Bound {
            config,
            listeners,
            http,
            redirect,
            relay,
            tls,
            page,
        })
    }
}

impl Bound {
    /// Where HTTP is spoken, with the port that was chosen where 0 was asked for.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where plain HTTP is sent to HTTPS.
    pub fn redirect(&self) -> Option<SocketAddr> {
        self.redirect.as_ref()?.local_addr().ok()
    }

    /// The address to open in a browser on this machine, or the one its certificate is for.
    pub fn url(&self) -> String {
        let (scheme, default_port) = match self.tls {
            Some(_) => ("https", 443),
            None => ("http", 80),
        };
        let host = match &self.config.tls {
            config::Tls::Acme(acme) => &acme.domain,
            config::Tls::Off | config::Tls::Files { .. } | config::Tls::SelfSigned { .. } => {
                "localhost"
            }
        };
        match self.http.port() {
            port if port == default_port => format!("{scheme}://{host}/"),
            port => format!("{scheme}://{host}:{port}/"),
        }
    }

    /// Where STUN and TURN are spoken over UDP.
    pub fn turn(&self) -> Vec<SocketAddr> {
        self.relay.addresses()
    }

    /// Answers until `shutdown`, then says farewell to everyone, which takes a few seconds at most.
    pub async fn run(self, shutdown: CancellationToken) {
        let hub = Arc::new(Hub::new(
            &self.config,
            self.http.port(),
            self.relay.handle(),
        ));
        let tasks = TaskTracker::new();
        let closing = CancellationToken::new();
        let web = web::Web {
            hub: Arc::clone(&hub),
            page: Arc::new(self.page),
            proxies: Arc::new(web::Proxies::new(self.config.trusted_proxies.clone())),
            tls: self.config.tls.trust(),
            tasks: tasks.clone(),
        };
        let door = self.tls.map(|tls| {
            tasks.spawn(tls.keeper.keep(closing.clone()));
            tls.door
        });
        let reception = Reception {
            router: web::router(web),
            relay: self.relay.handle(),
            tls: door,
            places: Places::new(self.config.limits.connections),
            tasks: tasks.clone(),
            shutdown: closing.clone(),
        };
        for listener in self.listeners {
            tasks.spawn(listen::accept(listener, reception.clone()));
        }
        if let Some(listener) = self.redirect {
            let reception = Reception {
                router: web::redirects(self.http.port()),
                tls: None,
                ..reception.clone()
            };
            tasks.spawn(listen::accept(listener, reception));
        }
        let relay = tokio::spawn(self.relay.run(closing.clone()));
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = hub.keep_time() => {}
        }

        hub.drain();
        closing.cancel();
        tasks.close();
        let everyone = async {
            tasks.wait().await;
            // A panic of the relay has been reported where it happened.
            let _ = relay.await;
        };
        if tokio::time::timeout(FAREWELL, everyone).await.is_err() {
            tracing::warn!("some connections did not end in time and were cut off");
        }
    }
}

/// One port number for TCP and UDP, also where the system chooses it.
fn bind_both(config: &Config) -> anyhow::Result<(TcpListener, Relay)> {
    let is_chosen = match config.listen {
        Listen::Everywhere(port) => port == 0,
        Listen::At(address) => address.port() == 0,
    };
    let mut choices = if is_chosen { PORT_CHOICES } else { 1 };
    loop {
        choices -= 1;
        let listener = listen::bind(config.listen)?;
        let mut udp = vec![listener.local_addr().context("the listener is gone")?];
        udp.extend(config.stun_listen);
        match Relay::bind(config, udp) {
            Ok(relay) => return Ok((listener, relay)),
            Err(error) if choices == 0 => return Err(error),
            Err(_) => {}
        }
    }
}
