//! Before anything else: the token.

use door::{Place, Reason, Socket, dismiss, reasons, send_off};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use wire::protocol::{Command, ErrorCode, Message};

use crate::client::{Left, next_request, say};
use crate::given::{Run, Supervisor};
use crate::tokens::{Pass, Tokens};

/// How many wrong tokens a client may show.
pub(crate) const TRIES: u32 = 3;

/// The close code for a client without the right token, after HTTP's 401.
pub(crate) const UNAUTHORIZED: CloseCode = CloseCode::Library(4401);

const NO_TOKEN: Reason = Reason {
    id: "no_token",
    because: "they connected and showed no token in time",
    cure: "If it is a program of yours, have it send `auth` with the token that `xswarm token` shows.",
};

/// Gives the client back once it has shown a token, with what that allows; one that doesn't is sent away.
pub(crate) async fn log_in(
    mut socket: Socket,
    place: &Place,
    run: &Run,
    stop: &CancellationToken,
) -> Option<(Socket, Pass)> {
    let Supervisor { tokens, settings, ledger, .. } = &*run.supervisor;
    let heard = tokio::select! {
        () = stop.cancelled() => Err(Left(Some((CloseCode::Restart, "the supervisor is ending")))),
        () = sleep(settings.login) => {
            ledger.note(&NO_TOKEN);
            Err(Left(Some((UNAUTHORIZED, "no token was shown in time"))))
        }
        () = place.must_make_way() => {
            send_off(socket, CloseCode::Again, "too many others came");
            return None;
        }
        heard = hear_out(&mut socket, tokens, place) => heard,
    };
    match heard {
        Ok(Some(pass)) => return Some((socket, pass)),
        Ok(None) => {
            ledger.note(&reasons::WRONG_TOKEN);
            // It is a stranger still, and its place may be wanted.
            tokio::select! {
                () = place.must_make_way() => {}
                () = dismiss(socket, UNAUTHORIZED, "the token was wrong too often") => {}
            }
        }
        Err(Left(Some((code, reason)))) => dismiss(socket, code, reason).await,
        Err(Left(None)) => {}
    }
    None
}

/// What the token allows that it shows at last; nothing if it was wrong too often.
async fn hear_out(
    socket: &mut Socket,
    tokens: &Tokens,
    place: &Place,
) -> Result<Option<Pass>, Left> {
    let mut wrong = 0;
    while wrong < TRIES {
        let request = next_request(socket).await?;
        let mut pass = None;
        let answer = match request.command {
            Ok(Command::Auth { token }) => {
                pass = tokens.pass_for(&token);
                if pass.is_none() {
                    wrong += 1;
                    Message::wrong_token()
                } else if place.settle().is_ok() {
                    Message::authenticated()
                } else {
                    let reason = "all places are taken; try again later";
                    return Err(Left(Some((CloseCode::Again, reason))));
                }
            }
            Ok(Command::Ping) => Message::Pong,
            // Strangers are told the same whether a command exists or not, and not what is wrong with it.
            Ok(_) | Err(_) => Message::error(ErrorCode::NotAuthenticated, "Not authenticated"),
        };
        say(socket, &answer, request.id.as_ref()).await?;
        if pass.is_some() {
            return Ok(pass);
        }
    }
    Ok(None)
}
