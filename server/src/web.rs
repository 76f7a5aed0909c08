//! HTTP: the page, the way into signaling, and what monitoring asks.
//!
//! Not here: what happens on a WebSocket (`web::socket`), what the page's files are (`page`).

mod https;
mod origin;
mod parse;
mod proxy;
mod refusal;
mod socket;

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use metrics::counter;
use protocol::{MAX_MESSAGE_BYTES, RoomName, SUBPROTOCOL};
use tokio_util::task::TaskTracker;

pub(crate) use self::https::redirects;
pub use self::proxy::Proxies;
use crate::hub::{Bell, Hub, Visitor};
use crate::ice::Host;
use crate::listen::Connection;
use crate::meters;
use crate::page::{File, INDEX, Page};
use crate::tls::Trust;

/// Read buffer of a WebSocket, in bytes, there for as long as the socket: room for a message of
/// the usual size and the beginning of the next, and it grows for a longer one. With half of it every
/// other message is read in two pieces. The library fills it with zeros each time it looks for a
/// message: its default of 128 KiB costs ten times the memory and half the speed.
const READ_BUFFER: usize = 8 * 1024;

/// Bytes of messages that wait at the same time and go out as one, instead of one by one.
const WRITE_BUFFER: usize = 16 * 1024;

/// What the handlers share.
#[derive(Debug, Clone)]
pub struct Web {
    /// Everybody's rooms.
    pub hub: Arc<Hub>,
    /// The page.
    pub page: Arc<Page>,
    /// Whose word on where somebody comes from is taken.
    pub proxies: Arc<Proxies>,
    /// How browsers take the certificate, where there is one.
    pub tls: Option<Trust>,
    /// Where sockets are counted until they have ended.
    pub tasks: TaskTracker,
}

/// Everything the server answers over HTTP.
pub fn router(web: Web) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/r/{room}", get(room))
        .route("/ws", any(signaling))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(file)
        .layer(middleware::from_fn_with_state(web.clone(), https::prefer))
        .layer(middleware::from_fn(with_safety_headers))
        .with_state(web)
}

async fn index(State(web): State<Web>, headers: HeaderMap) -> Response {
    page(&web, StatusCode::OK, &headers)
}

/// The page for every room, since the page itself says what is wrong with a room's name; the
/// status says it to programs.
async fn room(State(web): State<Web>, Path(room): Path<String>, headers: HeaderMap) -> Response {
    let status = match RoomName::try_from(room) {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::NOT_FOUND,
    };
    page(&web, status, &headers)
}

async fn file(State(web): State<Web>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if path == INDEX {
        return page(&web, StatusCode::OK, &headers);
    }
    match web.page.file(path) {
        Some(file) => send(file, StatusCode::OK, &headers),
        None => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
    }
}

async fn ready(State(web): State<Web>) -> Response {
    if web.hub.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "about to stop\n").into_response();
    }
    "ready\n".into_response()
}

async fn metrics(State(web): State<Web>) -> Response {
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    (
        [(header::CONTENT_TYPE, content_type)],
        meters::render(&web.hub),
    )
        .into_response()
}

async fn signaling(
    State(web): State<Web>,
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.protocols([SUBPROTOCOL]),
        Err(rejection) => return rejection.into_response(),
    };
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if !origin::is_allowed(text(header::ORIGIN), text(header::HOST)) {
        let why = "This page may not use this server.\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    if upgrade.selected_protocol().is_none() {
        let why = format!("The WebSocket subprotocol must be {SUBPROTOCOL}.\n");
        return (StatusCode::BAD_REQUEST, why).into_response();
    }
    if web.hub.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "about to stop\n").into_response();
    }
    let visitor = Visitor {
        ip: web.proxies.client(connection.peer.ip(), &headers),
        host: Host::of_header(text(header::HOST), connection.local.ip()),
        bell: Bell::default(),
    };
    let ticket = web.tasks.token();
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(async move |websocket| {
            let count = web.hub.count_socket(visitor.ip);
            let is_counted = count.is_ok();
            // Its buffers are the size of what the connection has left behind.
            let serving = Box::pin(socket::serve(websocket, web.hub, visitor, count));
            if is_counted {
                connection.upgraded();
                serving.await;
            } else {
                // It holds the place of a connection until it has heard why, if there are enough.
                connection.rest();
                tokio::select! {
                    () = serving => {}
                    () = connection.displaced() => {}
                }
            }
            drop(ticket);
        })
}

fn page(web: &Web, status: StatusCode, headers: &HeaderMap) -> Response {
    let mut response = send(web.page.index(), status, headers);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, web.page.policy().clone());
    response
}

fn send(file: &File, status: StatusCode, request: &HeaderMap) -> Response {
    let form = file.form(request);
    let is_known = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|value| names_etag(value, &form.etag));
    let mut response = if status == StatusCode::OK && is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (status, form.bytes.clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, file.content_type());
    headers.insert(header::CACHE_CONTROL, file.cache_control());
    headers.insert(header::ETAG, form.etag.clone());
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = form.encoding {
        let encoding = HeaderValue::from_static(encoding);
        headers.insert(header::CONTENT_ENCODING, encoding);
    }
    response
}

/// Whether an `If-None-Match` names `etag` (RFC 9110, section 13.1.2; weak comparison).
fn names_etag(value: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(value), Ok(etag)) = (value.to_str(), etag.to_str()) else {
        return false;
    };
    value
        .split(',')
        .map(str::trim)
        .any(|item| item == "*" || item.trim_start_matches("W/") == etag)
}

/// What the page must not be used for, whatever is asked for.
const SAFETY_HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), \
         screen-wake-lock=(self), picture-in-picture=(self), fullscreen=(self), autoplay=(self), \
         clipboard-write=(self), web-share=(self), geolocation=(), payment=(), usb=(), serial=(), \
         hid=(), midi=(), accelerometer=(), gyroscope=(), magnetometer=(), browsing-topics=()",
    ),
];

async fn with_safety_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SAFETY_HEADERS {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    let status = response.status().as_u16().to_string();
    counter!("tincan_http_requests_total", "status" => status).increment(1);
    response
}
