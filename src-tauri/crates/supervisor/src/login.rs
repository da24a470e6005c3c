//! Before anything else: the token.

use std::time::Duration;

use tokio::time::sleep;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::client::{Client, Left};
use crate::keys::{Keys, Role};
use crate::protocol::{Code, Command, Message};

/// How many wrong tokens a client may show.
pub(crate) const TRIES: u32 = 3;

/// The close code for a client without the right token, after HTTP's 401.
pub(crate) const UNAUTHORIZED: u16 = 4401;

enum Verdict {
    Welcome(Role),
    TooManyTries,
    Left(Left),
}

/// Gives the client back once it has shown a token, with what that allows; one that doesn't is sent away.
pub(crate) async fn log_in(
    mut client: Client,
    keys: &Keys,
    patience: Duration,
    stop: &CancellationToken,
) -> Option<(Client, Role)> {
    tokio::select! {
        () = stop.cancelled() => client.dismiss(CloseCode::Restart, "the supervisor is ending").await,
        () = sleep(patience) => client.dismiss(UNAUTHORIZED.into(), "no token was shown in time").await,
        verdict = hear_out(&mut client, keys) => match verdict {
            Verdict::Welcome(role) => {
                info!(?role, "a client has logged in");
                return Some((client, role));
            }
            Verdict::TooManyTries => {
                warn!(tries = TRIES, "a client showed wrong tokens and was sent away");
                client.dismiss(UNAUTHORIZED.into(), "the token was wrong too often").await;
            }
            Verdict::Left(left) => client.part(left).await,
        },
    }
    None
}

async fn hear_out(client: &mut Client, keys: &Keys) -> Verdict {
    let mut wrong = 0;
    loop {
        let request = match client.hear().await {
            Ok(request) => request,
            Err(left) => return Verdict::Left(left),
        };
        let mut verdict = None;
        let answer = match request.command {
            Ok(Command::Auth { token }) => match keys.role_of(&token) {
                Some(role) => {
                    verdict = Some(Verdict::Welcome(role));
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
            Ok(_) | Err(_) => Message::error(Code::NotAuthenticated, "Not authenticated"),
        };
        if let Err(left) = client.say(&answer, request.id.as_ref()).await {
            return Verdict::Left(left);
        }
        if let Some(verdict) = verdict {
            return verdict;
        }
    }
}
