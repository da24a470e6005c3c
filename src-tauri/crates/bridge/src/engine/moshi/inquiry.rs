//! Asks a server how it is without taking a place there: by a request for its path as a call would make it, but for the upgrade.
//! Whoever takes WebSockets there says so before anything else.

use std::error::Error;
use std::io;
use std::time::Duration;

use http::header::{CONNECTION, HOST};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Bytes;
use wire::{ModelCause, ModelHealth};

use super::address::{Address, BadAddress};
use super::causes;
use super::settings::MoshiSettings;
use super::tls::{self, Wire};

/// How much of an answer is read, head and body each.
const LONGEST_ANSWER: usize = 64 * 1024;
/// How long its name may take to be found.
const FOUND_WITHIN: Duration = Duration::from_secs(3);
/// How long a server may take to answer, to encrypt, and to be connected where the settings give it longer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);
const ENCRYPTED_WITHIN: Duration = Duration::from_secs(2);
const CONNECTED_WITHIN: Duration = Duration::from_secs(4);

/// An answer in HTTP.
struct Answer {
    health: ModelHealth,
    /// Whether it says that it wants to be spoken to encrypted.
    wants_tls: bool,
}

/// How it is with a server of the MOSHI protocol at that address, whether or not any settings name it. Takes no place there.
///
/// # Errors
/// Tells that it is no address.
pub async fn inquire_at(
    address: &str,
    settings: &MoshiSettings,
) -> Result<ModelHealth, BadAddress> {
    Ok(inquire(&Address::new(address, settings)?, settings.connect).await)
}

/// How it is with the server there, which may take so long to be connected.
pub(super) async fn inquire(address: &Address, connect: Duration) -> ModelHealth {
    let inquiry = Inquiry { address, connect: connect.min(CONNECTED_WITHIN) };
    let found =
        if address.is_encrypted { inquiry.encrypted().await } else { inquiry.plain().await };
    found.unwrap_or_else(|cause| ModelHealth::Unreachable { cause })
}

struct Inquiry<'a> {
    address: &'a Address,
    connect: Duration,
}

impl Inquiry<'_> {
    async fn plain(&self) -> Result<ModelHealth, ModelCause> {
        let stream = self.connection().await?;
        match self.answer(Box::new(stream)).await {
            Ok(Answer { health, wants_tls: false }) => Ok(health),
            // Who waits for the end of what it is told understands it so far.
            Err(ModelCause::Mute) => Err(ModelCause::Mute),
            Ok(_) | Err(_) if self.is_tls_spoken().await => Err(ModelCause::SpeaksTls),
            Ok(Answer { health, .. }) => Ok(health),
            Err(cause) => Err(cause),
        }
    }

    async fn encrypted(&self) -> Result<ModelHealth, ModelCause> {
        let stream = self.connection().await?;
        let error = match timeout(ENCRYPTED_WITHIN, tls::wire(stream, self.address)).await {
            Ok(Ok(wire)) => return self.answer(wire).await.map(|answer| answer.health),
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        if let Some(cause) = error.as_ref().and_then(causes::of_encryption) {
            return Err(cause);
        }
        let stream = self.connection().await?;
        if self.answer(Box::new(stream)).await.is_ok() {
            return Err(ModelCause::SpeaksPlain);
        }
        Err(match error {
            None => ModelCause::Mute,
            Some(error) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
                ModelCause::NotMoshi { status: None }
            }
            Some(error) => causes::of_breaking(&error),
        })
    }

    async fn connection(&self) -> Result<TcpStream, ModelCause> {
        let places = timeout(FOUND_WITHIN, lookup_host(&*self.address.authority)).await;
        let places = places.ok().and_then(Result::ok).ok_or(ModelCause::NoSuchName)?;
        let places: Vec<_> = places.collect();
        match timeout(self.connect, TcpStream::connect(&*places)).await {
            Ok(connected) => connected.map_err(|error| causes::of_connecting(&error)),
            Err(_) => Err(ModelCause::NoConnection),
        }
    }

    async fn is_tls_spoken(&self) -> bool {
        let Ok(stream) = self.connection().await else { return false };
        timeout(ENCRYPTED_WITHIN, tls::is_spoken(stream, self.address)).await.unwrap_or(false)
    }

    /// What is answered to a request without an upgrade, or why nothing is.
    async fn answer(&self, wire: Wire) -> Result<Answer, ModelCause> {
        let answered = timeout(ANSWERED_WITHIN, ask(wire, self.address));
        answered.await.unwrap_or(Err(ModelCause::Mute))
    }
}

async fn ask(wire: Wire, address: &Address) -> Result<Answer, ModelCause> {
    let mut http = http1::Builder::new();
    http.max_buf_size(LONGEST_ANSWER);
    let (mut sender, connection) =
        http.handshake(TokioIo::new(wire)).await.map_err(|error| of_http(&error))?;
    let asking = async {
        let response = sender.send_request(request(address)).await;
        let (head, body) = response.map_err(|error| of_http(&error))?.into_parts();
        let health = causes::of_answer(head.status, &head.headers);
        let wants_tls = head.status == StatusCode::BAD_REQUEST && is_about_tls(body).await;
        Ok(Answer { health, wants_tls })
    };
    // It ends with the server's part, when what it has said may not have been read yet.
    let carried = async {
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = asking => answer,
        () = carried => Err(ModelCause::HangsUp),
    }
}

fn request(address: &Address) -> Request<Empty<Bytes>> {
    let asked = address.asked_with(None).parse::<Uri>().unwrap_or_default();
    let path = asked.path_and_query().map_or("/", |path| path.as_str());
    Request::get(path)
        .header(HOST, &address.authority)
        .header(CONNECTION, "close")
        .body(Empty::new())
        .expect("its parts are those of an address that was checked")
}

/// Whether a server says that it wants HTTPS, as several do to whoever asks them in plain.
async fn is_about_tls(body: Incoming) -> bool {
    let Ok(body) = Limited::new(body, LONGEST_ANSWER).collect().await else { return false };
    let text = String::from_utf8_lossy(&body.to_bytes()).to_ascii_lowercase();
    ["https", "tls", "ssl"].iter().any(|word| text.contains(word))
}

fn of_http(error: &hyper::Error) -> ModelCause {
    if error.is_parse() {
        return ModelCause::NotMoshi { status: None };
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return ModelCause::HangsUp;
    }
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(error) => causes::of_breaking(error),
        None => causes::other(error),
    }
}
