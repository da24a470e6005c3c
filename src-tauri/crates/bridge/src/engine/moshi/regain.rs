//! A session for a call that had to be left to another engine, from the first server that is back and has a place.

use std::time::Duration;

use tokio::time::sleep;
use tracing::debug;

use super::servers::{Servers, Session};
use super::session::until_lost;
use crate::conversation::mouth::Mouth;

/// How long to wait before the servers are asked; each time twice as long.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10);
/// The same for a call that was lost again and again.
const LONGEST_OF_ALL: Duration = Duration::from_secs(60);
/// For how long a place is held until there is a pause: others may want it.
const HELD: Duration = Duration::from_secs(20);
/// Where neither side can be heard for that long is a pause.
const LULL: Duration = Duration::from_millis(800);

/// Waits for a session, and for a pause in which the call may pass to it. It was regained and lost so many `times` already.
pub(super) async fn regain<'a>(
    servers: &'a Servers,
    query: Option<&str>,
    mouth: &Mouth,
    times: u32,
) -> Session<'a> {
    let mut rest = FIRST.saturating_mul(1 << times.min(16)).min(LONGEST_OF_ALL);
    let longest = rest.max(LONGEST);
    loop {
        sleep(rest).await;
        rest = (rest * 2).min(longest);
        let Some(mut session) = servers.vacant(query).await else { continue };
        let server = &*session.server.address.authority;
        let (_, reader) = session.connection.halves();
        tokio::select! {
            lost = until_lost(reader) => debug!(server, %lost, "the speech model was back for a moment"),
            () = lull(mouth) => return session,
            () = sleep(HELD) => debug!(server, "the call has no pause, so the place is left to others"),
        }
    }
}

/// Waits for a pause, in which nobody is heard from its beginning to its end.
async fn lull(mouth: &Mouth) {
    loop {
        mouth.quiet().await;
        tokio::select! {
            biased;
            () = mouth.noise() => {}
            () = sleep(LULL) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use audio::Rate;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_quiet_from_its_beginning_to_its_end() {
        let mouth = Mouth::new(Rate::Telephone, true);
        let mut pause = pin!(lull(&mouth));
        assert!(timeout(LULL / 2, &mut pause).await.is_err());
        mouth.note_caller(true);
        assert!(timeout(LULL / 8, &mut pause).await.is_err());
        mouth.note_caller(false);
        assert!(timeout(LULL * 7 / 8, &mut pause).await.is_err(), "a word was in between");
        assert!(timeout(LULL / 4, &mut pause).await.is_ok());
    }
}
