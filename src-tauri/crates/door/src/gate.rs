//! The checks that every request must pass, whatever service it is for.

use std::net::IpAddr;

use http::header::{CONNECTION, HOST, ORIGIN, UPGRADE};
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::{Door, Refusal};

/// Tells whether this request may come in, at a path that takes forms or not.
pub(crate) fn pass<B>(door: &Door, request: &Request<B>, takes_forms: bool) -> Result<(), Refusal> {
    if !is_for_us(door, request)? {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "this host name is not served here"));
    }
    if !comes_from_a_friend(door, request.headers()) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "web pages of this origin are not allowed here",
        ));
    }
    if request.method() != Method::GET && !(takes_forms && request.method() == Method::POST) {
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "only GET is understood here"));
    }
    Ok(())
}

/// The 101 for this request, if it asks for a WebSocket as it should.
pub(crate) fn upgrade<B>(request: &Request<B>) -> Result<Response<String>, Refusal> {
    if !asks_for_a_websocket(request.headers()) {
        return Err(Refusal::new(
            StatusCode::UPGRADE_REQUIRED,
            "this address speaks WebSocket only",
        ));
    }
    create_response_with_body(request, String::new).map_err(|error| broken_handshake(&error))
}

/// A page whose name an attacker points at 127.0.0.1 comes with that name in `Host`.
fn is_for_us<B>(door: &Door, request: &Request<B>) -> Result<bool, Refusal> {
    let mut hosts = request.headers().get_all(HOST).into_iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "the request must have exactly one Host",
        ));
    };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    // A target such as `GET http://example.org/` overrides the header.
    let target = request.uri().authority();
    Ok(host.is_some_and(|host| is_ours(door, &host))
        && target.is_none_or(|target| is_ours(door, target)))
}

fn is_ours(door: &Door, authority: &Authority) -> bool {
    let name = authority.host();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        || name.eq_ignore_ascii_case("localhost")
        || door.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

/// Browsers always say whose page opens a WebSocket; programs other than browsers say nothing.
fn comes_from_a_friend(door: &Door, headers: &HeaderMap) -> bool {
    headers.get_all(ORIGIN).iter().all(|origin| {
        door.origins.iter().any(|friend| friend.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
    })
}

pub(crate) fn asks_for_a_websocket(headers: &HeaderMap) -> bool {
    headers.contains_key(CONNECTION)
        && headers
            .get(UPGRADE)
            .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

fn broken_handshake(error: &Error) -> Refusal {
    if matches!(error, Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader)) {
        Refusal::new(StatusCode::UPGRADE_REQUIRED, "this address speaks version 13 of WebSocket")
    } else {
        Refusal::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host_is_ours(host: &str) -> bool {
        let door = Door { hosts: vec!["voice.example.org".to_owned()], ..Door::default() };
        let request = Request::builder().header(HOST, host).body(()).expect("the parts are valid");
        is_for_us(&door, &request).expect("there is one Host")
    }

    #[test]
    fn loopback_and_the_listed_hosts_are_ours_with_any_port() {
        for host in [
            "127.0.0.1:9998",
            "127.0.0.1",
            "[::1]:9998",
            "[::1]",
            "LocalHost:1",
            "voice.example.org:443",
        ] {
            assert!(host_is_ours(host), "{host}");
        }
    }

    #[test]
    fn every_other_name_is_foreign() {
        for host in [
            "evil.example",
            "localhost.evil.example:9998",
            "10.0.0.7:9998",
            "127.0.0.1.evil.example",
            "",
        ] {
            assert!(!host_is_ours(host), "{host}");
        }
    }

    #[test]
    fn a_foreign_target_is_not_hidden_by_a_loopback_host() {
        let request = Request::builder()
            .uri("http://evil.example/")
            .header(HOST, "127.0.0.1")
            .body(())
            .expect("the parts are valid");
        assert_eq!(is_for_us(&Door::default(), &request), Ok(false));
    }
}
