//! Which pages may open a socket here (RFC 6455, section 10.2).
//!
//! Browsers say where a page comes from; without this check any page on the web could make its
//! visitors' browsers hold sockets here, from their addresses. Programs that are no browsers say
//! nothing, and have nothing of anybody's to misuse.

use crate::ice::{is_loopback, split_port};

/// Whether a page of `origin` may use the server it knows as `host`.
pub(super) fn is_allowed(origin: Option<&str>, host: Option<&str>) -> bool {
    let Some(origin) = origin else {
        return true;
    };
    let (Some((scheme, origin)), Some(host)) = (origin.split_once("://"), host) else {
        return false;
    };
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    let (Some((origin_name, origin_port)), Some((name, port))) =
        (split_port(origin), split_port(host))
    else {
        return false;
    };
    // `trunk serve` shows the page on another port of the same machine and passes its sockets on.
    if is_loopback(origin_name) && is_loopback(name) {
        return true;
    }
    origin_name.eq_ignore_ascii_case(name)
        && origin_port.unwrap_or(default_port) == port.unwrap_or(default_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_host_and_port_are_allowed() {
        for (origin, host) in [
            ("https://call.example.org", "call.example.org"),
            ("https://call.example.org", "call.example.org:443"),
            ("https://Call.example.org:8443", "call.example.org:8443"),
            ("http://192.0.2.1:8080", "192.0.2.1:8080"),
            ("http://[2001:db8::1]:8080", "[2001:db8::1]:8080"),
        ] {
            assert!(is_allowed(Some(origin), Some(host)), "{origin} {host}");
        }
    }

    #[test]
    fn another_page_is_not() {
        for (origin, host) in [
            ("https://evil.example", "call.example.org"),
            ("https://call.example.org:8443", "call.example.org"),
            ("https://call.example.org.evil.example", "call.example.org"),
            ("https://evil.example", "localhost:8080"),
            ("http://localhost:8081", "call.example.org"),
            ("null", "call.example.org"),
            ("file://", "localhost"),
            ("", "localhost"),
        ] {
            assert!(!is_allowed(Some(origin), Some(host)), "{origin} {host}");
        }
        assert!(!is_allowed(Some("https://call.example.org"), None));
    }

    #[test]
    fn the_development_page_on_another_port_of_the_machine_is_allowed() {
        assert!(is_allowed(
            Some("http://localhost:8081"),
            Some("127.0.0.1:8080")
        ));
        assert!(is_allowed(
            Some("http://[::1]:8081"),
            Some("localhost:8080")
        ));
    }

    #[test]
    fn programs_that_are_no_browsers_are_allowed() {
        assert!(is_allowed(None, Some("call.example.org")));
        assert!(is_allowed(None, None));
    }
}
