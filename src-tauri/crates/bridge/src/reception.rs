//! From a connection to a call.

use door::reasons::NOT_LOCAL;
use door::{NoPlace, Place, Provenance, Rejection, RequestHead, Socket};
use http::StatusCode;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::bridge::Bridge;
use crate::call::{self, Answering};
use crate::ending::{Ending, Farewell, Fault};
use crate::engine::Passage;
use crate::leg::carrier::{Start, Unstarted};
use crate::leg::interface::Leg;
use crate::leg::moshi_client::MoshiClient;
use crate::public_access::Entrance;
use crate::reasons::{self, BAD_PROMPT, MODEL_BUSY};

/// What a MOSHI client says of the voice that it wants: the name of a file on the model's server.
const VOICE: &str = "voice_prompt";

/// MOSHI clients come to this path.
pub(crate) const CHAT: &str = "/api/chat";

/// Receives a carrier's stream. Until it has shown what `entrance` wants, the caller is a stranger and may have to make way.
pub(crate) async fn stream(
    socket: Socket,
    bridge: &Bridge,
    (entrance, place): (Entrance<'_>, Place),
    stop: CancellationToken,
) {
    let mut stream = Unstarted::new(socket);
    let started = tokio::select! {
        () = stop.cancelled() => Err(Ending::Stopping),
        () = place.must_make_way() => Err(Ending::MadeWay),
        started = timeout(bridge.settings.start, stream.until_start()) => {
            started.unwrap_or_else(|_| Err(stream.no_start().into()))
        }
    };
    let mut account = None;
    let admitted = started.and_then(|start| {
        account = start.account.clone().filter(|account| is_account(account));
        check(&start, entrance, account.as_deref())?;
        place.settle().map(|()| start).map_err(|NoPlace| Ending::NoPlace)
    });
    match admitted {
        Ok(start) => {
            call::hold(bridge, stream.started(*start), bridge.engines().into(), stop).await;
        }
        Err(ending) => {
            debug!(%ending, "a caller was let in but its stream never started");
            bridge.roster.note_not_started(ending.by());
            if let Some(reason) = reasons::of(&ending) {
                bridge.ledger.note_of(reason, account.as_deref());
            }
            let Farewell { code, reason } = Farewell::from(&ending);
            if let Ending::MadeWay = ending {
                door::send_off(stream.socket, code.into(), &reason);
            } else if !matches!(ending, Ending::Gone) {
                // It is a stranger still, and its place may be wanted.
                tokio::select! {
                    () = place.must_make_way() => {}
                    () = door::dismiss(stream.socket, code.into(), &reason) => {}
                }
            }
        }
    }
}

/// Checks what a stream shows. A signature that can't be verified is as good as none: the secret decides.
fn check(start: &Start, entrance: Entrance<'_>, account: Option<&str>) -> Result<(), Fault> {
    match (entrance, entrance.opens_for(&start.secrets)) {
        (Entrance::Open, _) | (Entrance::Needs(_), true) => Ok(()),
        (Entrance::OpenAllTheSame, _) | (Entrance::NeedsAsWell(_), true) => {
            warn!(account, "a stream shows the secret, and a signature that isn't the account's");
            Ok(())
        }
        (Entrance::Needs(_), false) => Err(Fault::NoSecret),
        (Entrance::NeedsAsWell(_), false) => Err(Fault::WrongSignature),
    }
}

/// Whether it looks like the name of an account, such as `AC` and 32 digits, and like nobody's number.
fn is_account(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}

/// Lets in MOSHI clients that come from this machine, as long as there is somebody to talk to.
pub(crate) fn admit_client(bridge: &Bridge, head: &RequestHead) -> Result<(), Rejection> {
    let refused = |status, text, reason| Err(Rejection::because(status, text, reason));
    if head.provenance != Provenance::Local {
        let text = "MOSHI clients are taken from this machine only";
        return refused(StatusCode::FORBIDDEN, text, &NOT_LOCAL);
    }
    let mut asked = form_urlencoded::parse(head.query.as_deref().unwrap_or_default().as_bytes());
    if asked.any(|(name, value)| name == VOICE && !is_file_name(&value)) {
        let text = "voice_prompt must be the plain name of a file";
        return refused(StatusCode::BAD_REQUEST, text, &BAD_PROMPT);
    }
    if bridge.engines().first().is_busy() {
        let text = "the speech model is busy with another call; try again later";
        return refused(StatusCode::SERVICE_UNAVAILABLE, text, &MODEL_BUSY);
    }
    Ok(())
}

/// Whether it names a file and no folder. Servers put it behind the path of a folder of theirs, unchecked.
fn is_file_name(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_. ".contains(letter);
    !text.starts_with('.') && text.len() <= 128 && text.chars().all(is_plain)
}

/// Receives a MOSHI client. A speech model that speaks the protocol gets what it says as it is.
pub(crate) async fn client(
    socket: Socket,
    query: Option<String>,
    bridge: &Bridge,
    stop: CancellationToken,
) {
    let engines = bridge.engines();
    let passage = engines.first().takes_messages().then_some(Passage { query });
    let mut client = MoshiClient::new(socket, passage.is_some());
    if passage.is_none() {
        let greeted = tokio::select! {
            () = stop.cancelled() => Err(Ending::Stopping),
            greeted = timeout(bridge.settings.idle, client.greet()) => {
                greeted.unwrap_or(Err(Ending::Unread))
            }
        };
        match greeted {
            Ok(()) => {}
            Err(Ending::Gone) => return,
            Err(ending) => return client.end((&ending).into()).await,
        }
    }
    call::hold(bridge, client, Answering { engines, passage }, stop).await;
}
