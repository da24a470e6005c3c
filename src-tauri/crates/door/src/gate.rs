//! The checks that every request must pass, whatever service it is for.

use http::header::{CONNECTION, HOST, HeaderValue, ORIGIN, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::provenance::is_loopback;
use crate::reasons::{
    BROKEN_HANDSHAKE, FOREIGN_ORIGIN, NO_UPGRADE, NOT_TAKEN, ONLY_THIS_MACHINE, WRONG_TOKEN,
};
use crate::{Bearer, Door, Provenance, Rejection, TOKEN_HEADER};

/// Tells whether this request may come in, at a path that takes forms or not.
pub(crate) fn pass<B>(
    door: &Door,
    request: &Request<B>,
    provenance: Provenance,
    takes_forms: bool,
) -> Result<(), Rejection> {
    if provenance == Provenance::Outside && door.only_this_machine {
        let text = "only programs of this machine are let in";
        return Err(Rejection::because(StatusCode::FORBIDDEN, text, &ONLY_THIS_MACHINE));
    }
    if !comes_from_a_friend(door, request.headers()) {
        let text = "web pages of this origin are not allowed here; if it is yours, add it to `origins` in the settings";
        return Err(Rejection::because(StatusCode::FORBIDDEN, text, &FOREIGN_ORIGIN));
    }
    let is_form = takes_forms && request.method() == Method::POST;
    if !is_form && ![Method::GET, Method::HEAD].contains(request.method()) {
        let text = "only GET is understood here";
        return Err(Rejection::because(StatusCode::METHOD_NOT_ALLOWED, text, &NOT_TAKEN));
    }
    Ok(())
}

/// Whether it is a program of ours: a local one that shows the token of one for whom places are kept. Whoever shows a wrong one
/// is turned away.
pub(crate) fn is_our_own(
    door: &Door,
    headers: &HeaderMap,
    provenance: Provenance,
) -> Result<bool, Rejection> {
    let (Some(shown), Provenance::Local) = (headers.get(TOKEN_HEADER), provenance) else {
        return Ok(false);
    };
    let Some(bearer_of) = &door.bearer_of else { return Ok(false) };
    match str::from_utf8(shown.as_bytes()).ok().and_then(|shown| bearer_of(shown)) {
        Some(bearer) => Ok(bearer == Bearer::Owner),
        None => {
            let text = "this token is wrong";
            Err(Rejection::because(StatusCode::UNAUTHORIZED, text, &WRONG_TOKEN))
        }
    }
}

/// The 101 for this request for a WebSocket, if it asks as it should.
pub(crate) fn upgrade<B>(request: &Request<B>) -> Result<Response<String>, Rejection> {
    let mut answer = create_response_with_body(request, String::new)
        .map_err(|error| broken_handshake(&error))?;
    // RFC 6455, 4.2.2: one of those that were asked for, or none. Many clients leave where they get none.
    if let Some(protocol) = asked_protocol(request.headers()) {
        answer.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(answer)
}

/// The first subprotocol that is asked for.
fn asked_protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    // A token of RFC 9110, 5.6.2.
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    let lists =
        headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|list| list.to_str().ok());
    let mut names = lists.flat_map(|list| list.split(',')).map(str::trim);
    let name = names.find(|name| !name.is_empty() && name.chars().all(is_part))?;
    HeaderValue::from_str(name).ok()
}

/// The answer to a plain request where only WebSocket is spoken.
pub(crate) fn no_websocket(provenance: Provenance) -> Rejection {
    let text = "this address speaks WebSocket only";
    match provenance {
        Provenance::Local => Rejection::new(StatusCode::UPGRADE_REQUIRED, text),
        Provenance::Outside => Rejection::because(StatusCode::UPGRADE_REQUIRED, text, &NO_UPGRADE),
    }
}

/// Browsers always say whose page opens a WebSocket; of other programs some say nothing, and some say where they connect to.
fn comes_from_a_friend(door: &Door, headers: &HeaderMap) -> bool {
    let is_friend = |origin: &[u8]| {
        door.origins.iter().any(|friend| friend.as_bytes().eq_ignore_ascii_case(origin))
    };
    headers.get_all(ORIGIN).iter().all(|origin| {
        is_friend(origin.as_bytes())
            || origin.to_str().is_ok_and(|origin| is_where_it_connects_to(origin, headers))
    })
}

/// Whether this origin is the very address that was asked for, on loopback. A page of an attacker's name that leads here has
/// that name in both.
fn is_where_it_connects_to(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let Some((host, origin)) = host.zip(origin.parse::<Uri>().ok()) else { return false };
    let port = match origin.scheme_str() {
        Some("http" | "ws") => 80,
        Some("https" | "wss") => 443,
        _ => return false,
    };
    origin.authority().is_some_and(|origin| {
        is_loopback(host.host())
            && origin.host().eq_ignore_ascii_case(host.host())
            && origin.port_u16().unwrap_or(port) == host.port_u16().unwrap_or(80)
    })
}

pub(crate) fn asks_for_a_websocket<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    request.method() == Method::GET
        && headers.contains_key(CONNECTION)
        && headers
            .get(UPGRADE)
            .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

fn broken_handshake(error: &Error) -> Rejection {
    let (status, text) =
        if matches!(error, Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader)) {
            let text = "this address speaks version 13 of WebSocket".to_owned();
            (StatusCode::UPGRADE_REQUIRED, text)
        } else {
            (StatusCode::BAD_REQUEST, error.to_string())
        };
    Rejection::because(status, text, &BROKEN_HANDSHAKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(host: &str, origin: &str) -> bool {
        let request = Request::builder().header(HOST, host).header(ORIGIN, origin).body(());
        comes_from_a_friend(&Door::default(), request.expect("the parts are valid").headers())
    }

    #[test]
    fn the_address_that_was_asked_for_is_no_foreign_origin() {
        for (host, origin) in [
            ("127.0.0.1:9998", "http://127.0.0.1:9998"),
            ("localhost:9998", "http://LOCALHOST:9998"),
            ("[::1]:9999", "http://[::1]:9999"),
            ("127.0.0.1:9998", "https://127.0.0.1:9998"),
            ("127.0.0.1:9998", "ws://127.0.0.1:9998"),
            ("localhost", "http://localhost"),
            ("localhost:80", "http://localhost"),
        ] {
            assert!(is_let_in(host, origin), "{origin} at {host}");
        }
    }

    #[test]
    fn one_of_the_subprotocols_that_are_asked_for_is_answered() {
        for (asked, answered) in [
            (&["audio.jambonz.org"][..], Some("audio.jambonz.org")),
            (&["v1, v2"], Some("v1")),
            (&[" , v2 ,v3"], Some("v2")),
            (&["", "v2"], Some("v2")),
            (&["a b, v2"], Some("v2")),
            (&[""], None),
            (&["\u{e4}"], None),
            (&[], None),
        ] {
            let request = asked.iter().fold(Request::builder(), |request, list| {
                request.header(SEC_WEBSOCKET_PROTOCOL, *list)
            });
            let request = request.body(()).expect("the parts are valid");
            let found = asked_protocol(request.headers());
            assert_eq!(found.as_ref().and_then(|name| name.to_str().ok()), answered, "{asked:?}");
        }
    }

    #[test]
    fn any_other_origin_is_foreign() {
        for (host, origin) in [
            ("127.0.0.1:9998", "http://127.0.0.1:8998"),
            ("127.0.0.1:9998", "http://localhost:9998"),
            ("127.0.0.1:9998", "http://127.0.0.1"),
            ("localhost", "https://localhost"),
            ("evil.example:9998", "http://evil.example:9998"),
            ("127.0.0.1:9998", "null"),
            ("127.0.0.1:9998", "file://127.0.0.1:9998"),
            ("127.0.0.1:9998", "http://127.0.0.1:9998@evil.example"),
            ("127.0.0.1:9998", "http://127.0.0.1:9998.evil.example"),
            ("127.0.0.1:9998", ""),
        ] {
            assert!(!is_let_in(host, origin), "{origin} at {host}");
        }
    }
}
