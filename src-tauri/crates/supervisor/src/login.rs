//! Before anything else: the token.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::client::{Client, Left};
use crate::keys::{Keys, Pass};
use crate::protocol::{Code, Command, Message};
use crate::strangers::Strangers;

/// How many wrong tokens a client may show.
pub(crate) const TRIES: u32 = 3;

/// The close code for a client without the right token, after HTTP's 401.
pub(crate) const UNAUTHORIZED: u16 = 4401;

/// How often the log tells of clients that were sent away. Whoever guesses must not be able to fill it.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// The clients that were sent away for their wrong tokens.
#[derive(Default)]
pub(crate) struct SentAway(Mutex<Untold>);

#[derive(Default)]
struct Untold {
    clients: u64,
    told_at: Option<Instant>,
}

impl SentAway {
    /// Counts one more, and tells how many there were, if it is time to.
    fn note(&self, now: Instant) -> Option<u64> {
        let mut untold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        untold.clients += 1;
        if untold.told_at.is_some_and(|at| now.duration_since(at) < TOLD_EVERY) {
            return None;
        }
        untold.told_at = Some(now);
        Some(std::mem::take(&mut untold.clients))
    }

    pub(crate) fn log(&self) {
        if let Some(clients) = self.note(Instant::now()) {
            warn!(clients, tries = TRIES, "clients showed wrong tokens and were sent away");
        }
    }
}

enum Verdict {
    Welcome(Pass),
    TooManyTries,
    Left(Left),
}

/// Gives the client back once it has shown a token, with what that allows; one that doesn't is sent away.
pub(crate) async fn log_in(
    mut client: Client,
    keys: &Keys,
    (strangers, sent_away): (&Strangers, &SentAway),
    patience: Duration,
    stop: &CancellationToken,
) -> Option<(Client, Pass)> {
    let stranger = strangers.enter();
    tokio::select! {
        () = stop.cancelled() => client.dismiss(CloseCode::Restart, "the supervisor is ending").await,
        () = sleep(patience) => client.dismiss(UNAUTHORIZED.into(), "no token was shown in time").await,
        // Its place is wanted at once, so nothing is said.
        () = stranger.must_go() => {}
        verdict = hear_out(&mut client, keys) => match verdict {
            Verdict::Welcome(pass) => return Some((client, pass)),
            Verdict::TooManyTries => {
                sent_away.log();
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
            Ok(Command::Auth { token }) => match keys.pass_for(&token) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_cannot_fill_the_log() {
        let (sent_away, start) = (SentAway::default(), Instant::now());
        assert_eq!(sent_away.note(start), Some(1));
        for millisecond in 1..1000 {
            assert_eq!(sent_away.note(start + Duration::from_millis(millisecond)), None);
        }
        assert_eq!(sent_away.note(start + TOLD_EVERY), Some(1000));
    }
}
