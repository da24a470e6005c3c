//! Before anything else: the token.

use std::time::Duration;

use subtle::ConstantTimeEq;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::client::{Client, Left};
use crate::protocol::{Answer, Code, Command};

/// The token that earlier versions of xSwarm published as their default. It opens nothing.
const PUBLISHED: &str = "dev-token-12345";

/// How many wrong tokens a client may show.
const TRIES: u32 = 3;

/// The close code for a client without the right token, after HTTP's 401.
const UNAUTHORIZED: u16 = 4401;

enum Verdict {
    Welcome,
    TooManyTries,
    Left(Left),
}

/// Gives the client back once it has shown the token; one that doesn't is sent away.
pub(crate) async fn log_in(
    mut client: Client,
    token: &str,
    patience: Duration,
    stop: &CancellationToken,
) -> Option<Client> {
    tokio::select! {
        () = stop.cancelled() => client.dismiss(CloseCode::Restart, "the supervisor is ending").await,
        () = sleep(patience) => client.dismiss(UNAUTHORIZED.into(), "no token was shown in time").await,
        verdict = hear_out(&mut client, token) => match verdict {
            Verdict::Welcome => {
                info!("a client has logged in");
                return Some(client);
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

async fn hear_out(client: &mut Client, token: &str) -> Verdict {
    let mut wrong = 0;
    loop {
        let request = match client.hear().await {
            Ok(request) => request,
            Err(left) => return Verdict::Left(left),
        };
        let mut verdict = None;
        let answer = match request.command {
            Ok(Command::Auth { token: shown }) if is_right(&shown, token) => {
                verdict = Some(Verdict::Welcome);
                Answer::authenticated()
            }
            Ok(Command::Auth { .. }) => {
                wrong += 1;
                verdict = (wrong == TRIES).then_some(Verdict::TooManyTries);
                Answer::wrong_token()
            }
            Ok(Command::Ping) => Answer::Pong,
            Ok(_) => Answer::error(Code::NotAuthenticated, "Not authenticated"),
            // Strangers are not told what is wrong: that would teach them the commands.
            Err(_) => Answer::error(Code::Invalid, "Invalid message format"),
        };
        if let Err(left) = client.say(&answer, request.id.as_ref()).await {
            return Verdict::Left(left);
        }
        if let Some(verdict) = verdict {
            return verdict;
        }
    }
}

/// Compares in constant time, so that the time taken tells nothing about the token.
pub(crate) fn is_right(shown: &str, token: &str) -> bool {
    let is_secret = !token.is_empty() && token != PUBLISHED;
    is_secret && bool::from(shown.as_bytes().ct_eq(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_right() {
        assert!(is_right("secret", "secret"));
        for shown in ["", "s", "secre", "secret ", "Secret"] {
            assert!(!is_right(shown, "secret"), "{shown}");
        }
    }

    #[test]
    fn a_token_that_everybody_knows_opens_nothing() {
        assert!(!is_right(PUBLISHED, PUBLISHED));
        assert!(!is_right("", ""));
    }
}
