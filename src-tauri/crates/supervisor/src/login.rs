//! Before anything else: the token.

use door::Place;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use wire::protocol::{Command, ErrorCode, Message};

use crate::client::{Client, Left};
use crate::given::{Run, Supervisor};
use crate::reasons::{NO_TOKEN, WRONG_TOKEN};
use crate::tokens::{Pass, Tokens};

/// How many wrong tokens a client may show.
pub(crate) const TRIES: u32 = 3;

/// The close code for a client without the right token, after HTTP's 401.
pub(crate) const UNAUTHORIZED: u16 = 4401;

enum Verdict {
    Welcome(Pass),
    TooManyTries,
    NoPlace,
    Left(Left),
}

/// Gives the client back once it has shown a token, with what that allows; one that doesn't is sent away.
pub(crate) async fn log_in(
    mut client: Client,
    place: &Place,
    run: &Run,
    stop: &CancellationToken,
) -> Option<(Client, Pass)> {
    let Supervisor { tokens, settings, ledger, .. } = &*run.supervisor;
    tokio::select! {
        () = stop.cancelled() => client.dismiss(CloseCode::Restart, "the supervisor is ending").await,
        () = sleep(settings.login) => {
            ledger.note(&NO_TOKEN);
            client.dismiss(UNAUTHORIZED.into(), "no token was shown in time").await;
        }
        () = place.must_make_way() => client.send_off(CloseCode::Again, "too many others came"),
        verdict = hear_out(&mut client, tokens, place) => match verdict {
            Verdict::Welcome(pass) => return Some((client, pass)),
            Verdict::TooManyTries => {
                ledger.note(&WRONG_TOKEN);
                // It is a stranger still, and its place may be wanted.
                tokio::select! {
                    () = place.must_make_way() => {}
                    () = client.dismiss(UNAUTHORIZED.into(), "the token was wrong too often") => {}
                }
            }
            Verdict::NoPlace => {
                client.dismiss(CloseCode::Again, "all places are taken; try again later").await;
            }
            Verdict::Left(left) => client.part(left).await,
        },
    }
    None
}

async fn hear_out(client: &mut Client, tokens: &Tokens, place: &Place) -> Verdict {
    let mut wrong = 0;
    loop {
        let request = match client.hear().await {
            Ok(request) => request,
            Err(left) => return Verdict::Left(left),
        };
        let mut verdict = None;
        let answer = match request.command {
            Ok(Command::Auth { token }) => match tokens.pass_for(&token) {
                Some(_) if place.settle().is_err() => return Verdict::NoPlace,
                Some(pass) => {
                    verdict = Some(Verdict::Welcome(pass));
                    Message::authenticated()
                }
                None => {
                    wrong += 1;
                    verdict = (wrong == TRIES).then_some(Verdict::TooManyTries);
                    Message::wrong_token()
                }
            },
            Ok(Command::Ping) => Message::Pong,
            // Strangers are told the same whether a command exists or not, and not what is wrong with it.
            Ok(_) | Err(_) => Message::error(ErrorCode::NotAuthenticated, "Not authenticated"),
        };
        if let Err(left) = client.say(&answer, request.id.as_ref()).await {
            return Verdict::Left(left);
        }
        if let Some(verdict) = verdict {
            return verdict;
        }
    }
}
