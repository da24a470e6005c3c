//! One connection: its request, its answer, and the visit that follows if it was let in.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_VERSION, SERVER,
    UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Collected, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::places::{NoPlace, Place, Places};
use crate::reasons::{BAD_REQUEST, NOT_TAKEN, TOO_SLOW};
use crate::{
    Admission, Door, Limits, PRODUCT, Page, Rejection, RequestHead, Site, Socket, gate, provenance,
};

/// How long somebody who came in before the end may take for the request.
const LAST_WORDS: Duration = Duration::from_millis(250);

pub(crate) struct Shared<T> {
    pub(crate) door: Arc<Door>,
    pub(crate) site: Arc<T>,
    pub(crate) places: Arc<Places>,
    pub(crate) stop: CancellationToken,
}

struct Guest {
    head: RequestHead,
    upgrade: OnUpgrade,
}

/// Sees one connection through, from its first byte to its last.
pub(crate) async fn visit<T: Site>(stream: TcpStream, place: Place, shared: Arc<Shared<T>>) {
    let greeted = tokio::select! {
        () = place.must_make_way() => return debug!("a connection made way before its request"),
        greeted = greet(stream, &place, &shared) => greeted,
    };
    let Some(Guest { head, upgrade }) = greeted else { return };
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => return debug!(%error, "the visitor left during the upgrade"),
    };
    // What is left of HTTP would be passed through for every message.
    let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<TcpStream>>() else {
        return warn!("a connection was not upgraded to what it came as");
    };
    let (config, read) = (config(&shared.door.limits), read_buf.into());
    let socket =
        Socket::from_partially_read(io.into_inner(), read, Role::Server, Some(config)).await;
    Arc::clone(&shared.site).receive(head, socket, place, shared.stop.clone()).await;
}

async fn greet<T: Site>(stream: TcpStream, place: &Place, shared: &Shared<T>) -> Option<Guest> {
    // Sound goes out in small messages, which must not wait for one another.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "the connection has gone");
        return None;
    }
    let peer = stream.peer_addr().ok();
    let admitted = Mutex::new(None);
    let service = service_fn(|request: Request<Incoming>| async {
        let mut answer = match admit(shared, request, peer, place).await {
            Ok((answer, guest)) => {
                *admitted.lock().unwrap_or_else(PoisonError::into_inner) = guest;
                answer
            }
            Err(rejection) => turn_away(&shared.door, rejection),
        };
        answer.headers_mut().insert(SERVER, HeaderValue::from_static(PRODUCT));
        Ok::<_, Infallible>(answer)
    });
    let mut connection =
        pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
    let served = timeout(shared.door.limits.request, async {
        tokio::select! {
            served = connection.as_mut() => served,
            () = shared.stop.cancelled() => {
                // Whoever came in before the end is on the way with a request, and gets an answer.
                if let Ok(served) = timeout(LAST_WORDS, connection.as_mut()).await {
                    return served;
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    });
    match served.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            debug!(%error, "the request could not be read");
            if error.is_parse() {
                shared.door.ledger.note(&BAD_REQUEST);
            }
        }
        Err(_) => shared.door.ledger.note(&TOO_SLOW),
    }
    admitted.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The answer to a request that passes, and the guest if it is for a visit.
async fn admit<T: Site>(
    shared: &Shared<T>,
    mut request: Request<Incoming>,
    peer: Option<SocketAddr>,
    place: &Place,
) -> Result<(Response<String>, Option<Guest>), Rejection> {
    let Shared { door, site, .. } = shared;
    let provenance = provenance::of(door, &request, peer)?;
    gate::pass(door, &request, provenance, site.takes_forms(request.uri().path()))?;
    let is_our_own = gate::is_our_own(door, request.headers(), provenance)?;
    let head = RequestHead {
        path: request.uri().path().to_owned(),
        query: request.uri().query().map(str::to_owned),
        headers: request.headers().clone(),
        provenance,
    };
    if request.method() == Method::POST {
        let form = form(request, door.limits.form_bytes).await?;
        let page = site.answer(&head, Some(&form))?;
        return page.map(|page| (hand_out(page), None)).ok_or_else(nothing_here);
    }
    if !gate::asks_for_a_websocket(&request) {
        let page = site.answer(&head, None)?;
        let speaks = site.speaks_at(&head.path);
        let otherwise = || if speaks { gate::no_websocket(provenance) } else { nothing_here() };
        return page.map(|page| (hand_out(page), None)).ok_or_else(otherwise);
    }
    let switching = gate::upgrade(&request)?;
    let admission = site.admit(&head)?;
    if shared.stop.is_cancelled() {
        return Err(Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "this service is ending"));
    }
    let has_place = match admission {
        _ if is_our_own => place.settle_as_our_own(),
        Admission::Known => place.settle(),
        Admission::Unproven => place.settle_unproven(),
        Admission::Stranger => place.may_settle(),
    };
    // That nobody more finds a place is noted where it is found out.
    has_place.map_err(|NoPlace| {
        Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "all places are taken; try again later")
    })?;
    let upgrade = hyper::upgrade::on(&mut request);
    Ok((switching, Some(Guest { head, upgrade })))
}

/// What was posted. The deadline of the request ends it, too.
async fn form(request: Request<Incoming>, most: usize) -> Result<Bytes, Rejection> {
    let text = "the form is too large";
    let too_large = || Rejection::because(StatusCode::PAYLOAD_TOO_LARGE, text, &NOT_TAKEN);
    let told = request.body().size_hint().lower();
    if usize::try_from(told).is_ok_and(|told| told > most) {
        return Err(too_large());
    }
    let form = Limited::new(request.into_body(), most).collect().await;
    form.map(Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            too_large()
        } else {
            Rejection::new(StatusCode::BAD_REQUEST, "the form could not be read")
        }
    })
}

fn nothing_here() -> Rejection {
    Rejection::new(StatusCode::NOT_FOUND, "there is nothing here")
}

fn hand_out(page: Page) -> Response<String> {
    let mut answer = Response::new(page.text);
    *answer.status_mut() = page.status;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(page.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn turn_away(door: &Door, rejection: Rejection) -> Response<String> {
    match rejection.reason {
        Some(reason) => door.ledger.note(reason),
        None => debug!(status = rejection.status.as_u16(), text = rejection.text, "turned away"),
    }
    let mut answer = Response::new(rejection.text + "\n");
    *answer.status_mut() = rejection.status;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if rejection.status == StatusCode::UPGRADE_REQUIRED {
        // RFC 9110 wants `upgrade` among the connection's options where `Upgrade` is sent.
        headers.insert(CONNECTION, HeaderValue::from_static("close, upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    if rejection.status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    answer
}

/// A connection's buffers are allocated at once, and cleared for every read, so they are small: by default they would be
/// 256 KiB. Larger messages are put together from several reads.
fn config(limits: &Limits) -> WebSocketConfig {
    const BUFFER: usize = 1024;
    WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(limits.write_buffer_bytes.max(BUFFER))
        .max_message_size(Some(limits.message_bytes))
        .max_frame_size(Some(limits.message_bytes))
}
