//! What an answer, a refusal or a failed call shows of a server.

use std::io;

use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode, Uri};
use rustls::CertificateError;
use tokio_tungstenite::tungstenite;
use wire::{CertificateFault, ModelCause, ModelHealth, bounded, plain};

use super::session::Lost;

/// How much of an address, or of what the system says, is told.
const LONGEST: usize = 160;

/// What this answer to a request without an upgrade shows. Whoever takes WebSockets there asks for the upgrade.
pub(super) fn of_answer(status: StatusCode, headers: &HeaderMap) -> ModelHealth {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UPGRADE_REQUIRED => ModelHealth::Reachable,
        _ => of_refusal(status, headers),
    }
}

/// What this answer in place of a WebSocket shows.
fn of_refusal(status: StatusCode, headers: &HeaderMap) -> ModelHealth {
    let code = status.as_u16();
    let cause = match status {
        StatusCode::TOO_MANY_REQUESTS => return ModelHealth::Busy,
        StatusCode::SERVICE_UNAVAILABLE if headers.contains_key(RETRY_AFTER) => {
            return ModelHealth::Busy;
        }
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::PROXY_AUTHENTICATION_REQUIRED => ModelCause::Unauthorized { status: code },
        StatusCode::NOT_FOUND | StatusCode::GONE => ModelCause::NotFound,
        _ if status.is_redirection() => ModelCause::Redirect { to: elsewhere(headers) },
        _ if status.is_server_error() => ModelCause::Faulty { status: code },
        _ => ModelCause::NotMoshi { status: Some(code) },
    };
    ModelHealth::Unreachable { cause }
}

/// Where a redirect leads, without what may be a key. Nothing where that can't be read.
fn elsewhere(headers: &HeaderMap) -> String {
    let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let Some(uri) = location.and_then(|location| location.parse::<Uri>().ok()) else {
        return String::new();
    };
    let place = match (uri.scheme_str(), uri.host(), uri.port()) {
        (Some(scheme), Some(host), Some(port)) => format!("{scheme}://{host}:{port}"),
        (Some(scheme), Some(host), None) => format!("{scheme}://{host}"),
        (_, _, _) => String::new(),
    };
    bounded(&plain(&format!("{place}{}", uri.path())), LONGEST)
}

/// Why there was no connection.
pub(super) fn of_connecting(error: &io::Error) -> ModelCause {
    let is_lost = matches!(
        error.kind(),
        io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    );
    if error.kind() == io::ErrorKind::ConnectionRefused {
        ModelCause::Refused
    } else if is_lost {
        ModelCause::NoConnection
    } else {
        other(error)
    }
}

/// What it is when a connection breaks that was there.
pub(super) fn of_breaking(error: &io::Error) -> ModelCause {
    let is_hung_up = matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
    );
    if is_hung_up { ModelCause::HangsUp } else { other(error) }
}

/// Why there was no encryption; nothing where the other side may not know any.
pub(super) fn of_encryption(error: &io::Error) -> Option<ModelCause> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    if let rustls::Error::InvalidCertificate(wrong) = error {
        return Some(ModelCause::Certificate { fault: fault_of(wrong) });
    }
    let is_encryption = !matches!(error, rustls::Error::InvalidMessage(_));
    is_encryption.then(|| other(error))
}

const fn fault_of(wrong: &CertificateError) -> CertificateFault {
    if matches!(wrong, CertificateError::UnknownIssuer) {
        return CertificateFault::Untrusted;
    }
    if matches!(
        wrong,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ) {
        return CertificateFault::OtherName;
    }
    let is_out_of_date = matches!(
        wrong,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    );
    if is_out_of_date { CertificateFault::Expired } else { CertificateFault::Other }
}

pub(super) fn other(error: &impl ToString) -> ModelCause {
    ModelCause::Other { problem: bounded(&plain(&error.to_string()), LONGEST) }
}

/// What a call shows that came to nothing in this way, where asking wouldn't show it as well.
pub(super) fn of_call(lost: &Lost) -> Option<ModelHealth> {
    let cause = match lost {
        Lost::Unreachable(_) | Lost::Tls(_) | Lost::Silent => return None,
        Lost::Slow => ModelCause::Mute,
        Lost::Refused(error) => {
            if let tungstenite::Error::Http(answer) = &**error {
                return Some(of_refusal(answer.status(), answer.headers()));
            }
            ModelCause::NotMoshi { status: None }
        }
        Lost::NotReady => return Some(ModelHealth::Busy),
        Lost::Closed | Lost::Broken(_) | Lost::Complaint | Lost::Garbled(_) => {
            ModelCause::DropsCalls
        }
    };
    Some(ModelHealth::Unreachable { cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(status: u16, header: Option<(&'static str, &'static str)>) -> Option<ModelCause> {
        let headers = header.map(|(name, value)| {
            (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())
        });
        match of_answer(StatusCode::from_u16(status).unwrap(), &headers.into_iter().collect()) {
            ModelHealth::Unreachable { cause } => Some(cause),
            ModelHealth::Unknown
            | ModelHealth::Reachable
            | ModelHealth::Busy
            | ModelHealth::Stalled => None,
        }
    }

    #[test]
    fn who_asks_for_the_upgrade_takes_websockets_and_nobody_else_does() {
        assert_eq!((cause(400, None), cause(426, None)), (None, None));
        assert_eq!((cause(429, None), cause(503, Some(("retry-after", "5")))), (None, None));
        // A WebSocket is asked for by GET, so who doesn't take that takes none.
        for status in [200, 204, 405, 418] {
            assert_eq!(cause(status, None), Some(ModelCause::NotMoshi { status: Some(status) }));
        }
        for status in [500, 502, 503] {
            assert_eq!(cause(status, None), Some(ModelCause::Faulty { status }));
        }
        for status in [401, 403, 407] {
            assert_eq!(cause(status, None), Some(ModelCause::Unauthorized { status }));
        }
        assert_eq!(cause(404, None), Some(ModelCause::NotFound));
    }

    #[test]
    fn a_redirect_is_told_without_what_may_be_a_key() {
        let to = |location| match cause(302, Some(("location", location))) {
            Some(ModelCause::Redirect { to }) => to,
            other => panic!("{other:?} is no redirect"),
        };
        assert_eq!(to("https://ann:s3cret@gpu:8998/chat?key=s3cret"), "https://gpu:8998/chat");
        assert_eq!(to("/login?next=s3cret"), "/login");
        assert_eq!(to("https://[::1]/x"), "https://[::1]/x");
        assert_eq!(to("::"), "");
        let long: &'static str = Box::leak(format!("/{}", "x".repeat(5_000)).into_boxed_str());
        assert_eq!(to(long).chars().count(), LONGEST);
    }
}
