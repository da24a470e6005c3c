//! Where a request comes from, decided once for everybody behind the door.
//!
//! A tunnel or a proxy makes everybody look like a program of this machine: its connection comes from loopback, and it may
//! well pass on a loopback `Host`. So a request is local only if nothing about it says otherwise: not the peer, not the name
//! that it asks for, and no header of those that proxies add.

use std::net::{IpAddr, SocketAddr};

use http::header::{FORWARDED, HOST, VIA};
use http::uri::Authority;
use http::{HeaderMap, Request, StatusCode};

use crate::reasons::{BAD_REQUEST, FOREIGN_HOST};
use crate::{Door, Rejection};

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// From a program of this machine, as far as anybody can tell.
    Local,
    /// From another machine, or through something that passes requests on.
    Outside,
}

/// How the headers begin that proxies, tunnels and content networks add, besides `Via` and `Forwarded`.
const PASSED_ON: [&str; 41] = [
    "akamai-",
    "cdn-loop",
    "cf-",
    "client-ip",
    "do-connecting-ip",
    "fastly-",
    "fly-",
    "forwarded-",
    "forwarded_for",
    "front-end-https",
    "incap-",
    "ngrok-",
    "proxy-",
    "remote-addr",
    "tailscale-",
    "true-client-ip",
    "wl-proxy-",
    "x-amz-cf-",
    "x-amzn-",
    "x-appengine-",
    "x-arr-",
    "x-azure-",
    "x-client",
    "x-cloud-trace",
    "x-cluster-client-ip",
    "x-envoy-",
    "x-forwarded",
    "x-host",
    "x-http-forwarded",
    "x-ms-client-",
    "x-original-",
    "x-originating-",
    "x-proxy",
    "x-real-",
    "x-remote-",
    "x-scheme",
    "x-sucuri-",
    "x-varnish",
    "x-vercel-",
    "x_forwarded",
    "x_real",
];

/// Tells where the request comes from, or that it asks for a name that isn't ours.
pub(crate) fn of<B>(
    door: &Door,
    request: &Request<B>,
    peer: Option<SocketAddr>,
) -> Result<Provenance, Rejection> {
    let mut hosts = request.headers().get_all(HOST).into_iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        let text = "the request must have exactly one Host";
        return Err(Rejection::because(StatusCode::BAD_REQUEST, text, &BAD_REQUEST));
    };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    // A target such as `GET http://example.org/` overrides the header.
    let named = [host.as_ref().and_then(|host| by_name(door, host))]
        .into_iter()
        .chain(request.uri().authority().map(|target| by_name(door, target)));
    let mut is_local = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        && !is_passed_on(request.headers());
    for named in named {
        let Some(provenance) = named else {
            let text = "this host name is not served here";
            return Err(Rejection::because(StatusCode::FORBIDDEN, text, &FOREIGN_HOST));
        };
        is_local &= provenance == Provenance::Local;
    }
    Ok(if is_local { Provenance::Local } else { Provenance::Outside })
}

/// Who asks for this name, or nothing if it isn't ours.
fn by_name(door: &Door, authority: &Authority) -> Option<Provenance> {
    // A name and password have no place in a `Host` (RFC 9110, 7.2), and whoever compares hosts may stumble over them.
    if authority.as_str().contains('@') {
        return None;
    }
    let name = authority.host();
    let is = |ours: &String| ours.eq_ignore_ascii_case(name);
    if door.public_host.iter().any(is) {
        Some(Provenance::Outside)
    } else if is_loopback(name) || door.hosts.iter().any(is) {
        Some(Provenance::Local)
    } else {
        None
    }
}

/// Whether this host, as it stands in an address, is this machine's loopback.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        || host.eq_ignore_ascii_case("localhost")
}

fn is_passed_on(headers: &HeaderMap) -> bool {
    let by_proxy = |name: &str| PASSED_ON.iter().any(|begin| name.starts_with(begin));
    headers.keys().any(|name| *name == FORWARDED || *name == VIA || by_proxy(name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: &str = "127.0.0.1:50000";

    fn door() -> Door {
        Door {
            hosts: vec!["host.internal".to_owned()],
            public_host: Some("voice.example.org".to_owned()),
            ..Door::default()
        }
    }

    /// Where a request with this target and these headers comes from; nothing if it is turned away.
    fn whence(peer: &str, target: &str, headers: &[(&str, &str)]) -> Option<Provenance> {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("the parts are valid");
        of(&door(), &request, peer.parse().ok()).ok()
    }

    fn by_host(host: &str) -> Option<Provenance> {
        whence(LOOPBACK, "/", &[("host", host)])
    }

    #[test]
    fn loopback_and_the_listed_hosts_are_local_with_any_port() {
        for host in [
            "127.0.0.1:9998",
            "127.0.0.1",
            "[::1]:9998",
            "[::1]",
            "LocalHost:1",
            "Host.Internal:443",
        ] {
            assert_eq!(by_host(host), Some(Provenance::Local), "{host}");
        }
    }

    #[test]
    fn the_public_name_is_outside_however_it_is_spelt() {
        for host in ["voice.example.org", "Voice.Example.org", "VOICE.EXAMPLE.ORG:9998"] {
            assert_eq!(by_host(host), Some(Provenance::Outside), "{host}");
        }
        let by_target = |target| whence(LOOPBACK, target, &[("host", "127.0.0.1:9998")]);
        assert_eq!(by_target("http://Voice.Example.org/api/chat"), Some(Provenance::Outside));
        assert_eq!(by_target("http://localhost:9998/api/chat"), Some(Provenance::Local));
        let host_and_target =
            whence(LOOPBACK, "http://127.0.0.1:9998/api/chat", &[("host", "voice.example.org")]);
        assert_eq!(host_and_target, Some(Provenance::Outside));
    }

    #[test]
    fn every_other_name_is_foreign() {
        for host in [
            "evil.example",
            "localhost.evil.example:9998",
            "10.0.0.7:9998",
            "127.0.0.1.evil.example",
            "user@voice.example.org",
            "user@127.0.0.1",
            "voice.example.org.",
            "voice.example.org,127.0.0.1",
            "",
        ] {
            assert_eq!(by_host(host), None, "{host}");
        }
        assert_eq!(whence(LOOPBACK, "http://evil.example/", &[("host", "127.0.0.1")]), None);
        assert_eq!(whence(LOOPBACK, "http://a@127.0.0.1/", &[("host", "127.0.0.1")]), None);
        assert_eq!(whence(LOOPBACK, "/", &[]), None);
        assert_eq!(whence(LOOPBACK, "/", &[("host", "127.0.0.1"), ("host", "127.0.0.1")]), None);
    }

    #[test]
    fn whoever_was_passed_on_is_outside_whatever_the_host() {
        for header in [
            "Forwarded",
            "X-Forwarded-For",
            "x-forwarded-proto",
            "X-Forwarded-Host",
            "CF-Connecting-IP",
            "cf-ray",
            "X-Real-IP",
            "Via",
            "True-Client-IP",
            "Tailscale-User-Login",
            "X-Original-Forwarded-For",
            "X-ClientIP",
            "X_Forwarded_For",
            "X-Remote-Addr",
            "X-Varnish",
        ] {
            let whence = whence(LOOPBACK, "/", &[("host", "127.0.0.1:9998"), (header, "")]);
            assert_eq!(whence, Some(Provenance::Outside), "{header}");
        }
        let harmless = [("host", "127.0.0.1"), ("user-agent", "curl"), ("x-twilio-signature", "x")];
        assert_eq!(whence(LOOPBACK, "/", &harmless), Some(Provenance::Local));
    }

    #[test]
    fn whoever_comes_from_another_machine_is_outside_whatever_it_says() {
        let from = |peer| whence(peer, "/", &[("host", "127.0.0.1:9998")]);
        assert_eq!(from("192.168.1.7:50000"), Some(Provenance::Outside));
        assert_eq!(from("[fe80::1]:50000"), Some(Provenance::Outside));
        assert_eq!(from("nowhere"), Some(Provenance::Outside), "nobody knows where from");
        assert_eq!(from("[::1]:50000"), Some(Provenance::Local));
        assert_eq!(from("[::ffff:127.0.0.1]:50000"), Some(Provenance::Local));
    }
}
