//! A visit to the lobby of a running server, as a page makes one: whoever comes is given access to the
//! relay, also where nobody but the server knows the secret that makes it.

use std::net::SocketAddr;

use futures::{SinkExt as _, StreamExt as _};
use protocol::{ClientMessage, PROTOCOL_VERSION, RoomName, SUBPROTOCOL, ServerMessage};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::probe::Stream;
use super::trust;
use crate::config::{Config, Tls};

/// Messages before the welcome that are waited for at most; it is the first.
const FEW: usize = 4;

/// Somebody in a lobby of their own, who leaves when this is dropped and has no access any more then.
pub(super) struct Visit {
    /// TURN user name.
    pub(super) username: String,
    /// TURN password.
    pub(super) password: String,
    _socket: WebSocketStream<Box<dyn Stream>>,
}

impl Visit {
    /// Enters a room that nobody else is in; `None` where that is not to be had.
    pub(super) async fn pay(config: &Config, server: SocketAddr) -> Option<Self> {
        let stream: Box<dyn Stream> = if config.tls == Tls::Off {
            Box::new(TcpStream::connect(server).await.ok()?)
        } else {
            Box::new(trust::connect(config, server).await.ok()?)
        };
        let mut request = format!("ws://{server}/ws").into_client_request().ok()?;
        let subprotocol = HeaderValue::from_static(SUBPROTOCOL);
        request
            .headers_mut()
            .insert("sec-websocket-protocol", subprotocol);
        let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .ok()?;
        let mut draw = [0; 10];
        getrandom::fill(&mut draw).ok()?;
        let enter = ClientMessage::Enter {
            version: PROTOCOL_VERSION,
            room: RoomName::from_bytes(draw),
            replaces: None,
        };
        let text = serde_json::to_string(&enter).ok()?;
        socket.send(Message::text(text)).await.ok()?;
        for _ in 0..FEW {
            let Message::Text(text) = socket.next().await?.ok()? else {
                continue;
            };
            let Ok(ServerMessage::Welcome { ice_servers, .. }) = serde_json::from_str(&text) else {
                continue;
            };
            // Those of other relays come later.
            let mut given = ice_servers.into_iter().filter(|one| one.username.is_some());
            let given = given.next()?;
            return Some(Self {
                username: given.username?,
                password: given.credential?.0,
                _socket: socket,
            });
        }
        None
    }
}
