//! Plain HTTP at a port that speaks TLS, and what is said to browsers that have come over it.
//!
//! Without TLS a browser gives no page the camera, so who comes without it is sent to the same
//! page with it. The machine itself is not: `localhost` needs no certificate, and what asks there
//! are monitors and proxies.

use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Web;
use crate::ice::{is_loopback, split_port};
use crate::listen::{Connection, Security};
use crate::tls::Trust;

/// What monitors ask for, who take a redirect for an answer.
const FOR_MONITORS: [&str; 2] = ["/healthz", "/readyz"];

/// The port that a URL with https need not name.
const HTTPS: u16 = 443;

/// Half a year without plain HTTP (RFC 6797), counted from each visit.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=15768000");

/// Sends those away who came without TLS where there is TLS, and tells the others to stay with it.
pub(super) async fn prefer(State(web): State<Web>, request: Request<Body>, next: Next) -> Response {
    let Some(trust) = web.tls else {
        return next.run(request).await;
    };
    let (security, ip) = match request.extensions().get::<Connection>() {
        Some(connection) => (connection.security, connection.peer.ip()),
        None => return next.run(request).await,
    };
    match security {
        Security::Plain => match redirect(request.method(), request.uri(), request.headers(), ip) {
            Some(response) => response,
            None => next.run(request).await,
        },
        Security::Tls => {
            let is_strict = may_be_strict(trust, request.headers());
            let mut response = next.run(request).await;
            if is_strict {
                let headers = response.headers_mut();
                headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
            }
            response
        }
    }
}

/// Answers whatever comes over plain HTTP with the way to the same page over TLS at `port`.
pub(crate) fn redirects(port: u16) -> Router {
    Router::new().fallback(move |request: Request<Body>| async move {
        let host = host(request.headers()).and_then(|host| at_port(host, port));
        to_https(request.method(), request.uri(), host.as_deref())
    })
}

/// The same host at another port.
fn at_port(host: &str, port: u16) -> Option<String> {
    let (name, _) = split_port(host)?;
    Some(match port {
        HTTPS => name.to_owned(),
        _ => format!("{name}:{port}"),
    })
}

/// The way to the same page over TLS for somebody at `ip`; `None` who may stay.
fn redirect(method: &Method, uri: &Uri, headers: &HeaderMap, ip: IpAddr) -> Option<Response> {
    if ip.to_canonical().is_loopback() || FOR_MONITORS.contains(&uri.path()) {
        return None;
    }
    Some(to_https(method, uri, host(headers)))
}

fn to_https(method: &Method, uri: &Uri, host: Option<&str>) -> Response {
    const WHY: &str = "This server wants HTTPS.\n";
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::BAD_REQUEST, WHY).into_response();
    }
    let location = host.and_then(|host| {
        let path = uri
            .path_and_query()
            .map_or("/", axum::http::uri::PathAndQuery::as_str);
        HeaderValue::from_str(&format!("https://{host}{path}")).ok()
    });
    match location {
        Some(location) => (
            StatusCode::PERMANENT_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
        None => (StatusCode::BAD_REQUEST, WHY).into_response(),
    }
}

/// Not where people say yes to a certificate that is another one tomorrow, and not for
/// `localhost`, whose other ports are other people's.
fn may_be_strict(trust: Trust, headers: &HeaderMap) -> bool {
    let name = host(headers).and_then(split_port).map(|(name, _)| name);
    trust == Trust::Expected && name.is_some_and(|name| !is_loopback(name))
}

/// The host and port a request is for, if they could stand in a URL unchanged.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    split_port(host).map(|_| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTSIDE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn the_same_page_is_shown_over_tls() {
        for (host, path, location) in [
            ("call.example.org", "/", "https://call.example.org/"),
            ("a.example:8443", "/r/tea", "https://a.example:8443/r/tea"),
            (
                "[2001:db8::1]:80",
                "/x?y=z",
                "https://[2001:db8::1]:80/x?y=z",
            ),
        ] {
            for method in [Method::GET, Method::HEAD] {
                let response = asked(&method, path, host, OUTSIDE).unwrap();
                assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
                assert_eq!(response.headers()[header::LOCATION], location);
            }
        }
    }

    #[test]
    fn the_machine_itself_and_monitors_may_stay() {
        for ip in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let ip = ip.parse().unwrap();
            assert!(asked(&Method::GET, "/", "localhost", ip).is_none(), "{ip}");
        }
        assert!(asked(&Method::GET, "/healthz", "a.example", OUTSIDE).is_none());
    }

    #[test]
    fn the_port_of_https_takes_the_place_of_the_one_that_was_asked() {
        for (host, port, expected) in [
            ("call.example.org", 443, "call.example.org"),
            ("call.example.org:80", 443, "call.example.org"),
            ("call.example.org:80", 8443, "call.example.org:8443"),
            ("[2001:db8::1]:80", 443, "[2001:db8::1]"),
        ] {
            assert_eq!(at_port(host, port).as_deref(), Some(expected));
        }
        assert_eq!(at_port("a b", 443), None);
    }

    #[test]
    fn what_cannot_be_redirected_is_a_bad_request() {
        for (method, host) in [
            (Method::POST, "a.example"),
            (Method::GET, "a b"),
            (Method::GET, "a.example/@b.example"),
            (Method::GET, ""),
        ] {
            let response = asked(&method, "/", host, OUTSIDE).unwrap();
            assert_eq!(
                response.status(),
                StatusCode::BAD_REQUEST,
                "{method} {host}"
            );
        }
    }

    #[test]
    fn browsers_stay_with_tls_only_where_it_will_be_there() {
        let strict = |trust, host: &'static str| may_be_strict(trust, &headers(host));
        assert!(strict(Trust::Expected, "call.example.org:8443"));
        assert!(!strict(Trust::Expected, "localhost:8443"));
        assert!(!strict(Trust::OnSight, "call.example.org"));
    }

    fn asked(method: &Method, path: &str, host: &'static str, ip: IpAddr) -> Option<Response> {
        redirect(method, &path.parse().unwrap(), &headers(host), ip)
    }

    fn headers(host: &'static str) -> HeaderMap {
        [(header::HOST, HeaderValue::from_static(host))]
            .into_iter()
            .collect()
    }
}
