//! A call that is seen through: it listens, speaks a voice, listens and hangs up.

use std::net::SocketAddr;
use std::time::SystemTime;

use audio::{FRAME_SAMPLES, g711};
use futures_util::StreamExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Error};

use crate::caller::{Caller, clock};
use crate::dialect::{Dialect, FromBridge, Stream};
use crate::playback::Playback;
use crate::script::{Script, Step};
use crate::socket::{Broken, PATIENCE, Unanswered};

/// A call in progress.
#[derive(Debug)]
pub struct PhoneCall(Caller);

/// A call that is over.
#[derive(Debug)]
pub struct Ended {
    pub(crate) script: Script,
    /// All that was heard, in real time.
    pub heard: Vec<i16>,
    /// How it ended.
    pub end: End,
}

/// How a call ended.
#[derive(Debug)]
pub enum End {
    /// The caller hung up, when all was said and heard.
    HungUp,
    /// The caller was told to.
    Stopped,
    /// The other side did, for this reason.
    CutOff(String),
    /// It could not be seen through.
    Broken(Broken),
}

impl PhoneCall {
    /// Dials, and tells why if nobody takes the call. Where the bridge asks for a secret, this is what it is shown; these
    /// headers go along with the request. The host is the one that is asked for there: a name, perhaps.
    pub async fn dial(
        address: SocketAddr,
        host: &str,
        secret: Option<String>,
        headers: &[(&str, &str)],
    ) -> Result<Self, Unanswered> {
        let uri = Uri::builder().scheme("ws").authority(host).path_and_query("/").build();
        let uri = uri.map_err(|error| Unanswered::Declined {
            status: None,
            reason: format!("{host} is no host: {error}"),
        })?;
        let request =
            headers.iter().fold(ClientRequestBuilder::new(uri), |request, (name, value)| {
                request.with_header(*name, *value)
            });
        let since_1970 =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let number = since_1970.as_nanos();
        let (stream, call) = (format!("MZ{number:032x}"), format!("CA{number:032x}"));
        let stream = Stream::new(Dialect::Twilio, stream, call).showing(secret);
        Ok(Self(Caller::dial(address, request, stream).await?))
    }

    /// What the bridge is told that its carrier calls it, which no other call is called.
    pub fn carrier_id(&self) -> &str {
        self.0.stream.call()
    }

    /// Sees the call through: listens, speaks the voice, listens, hangs up; or hangs up when it is told to stop. Whoever
    /// drops it hangs up at once.
    pub async fn talk(
        self,
        voice: &[[i16; FRAME_SAMPLES]],
        stop: impl Future<Output = ()>,
    ) -> Ended {
        let mut caller = self.0;
        let (mut script, mut playback) = (Script::new(voice), Playback::default());
        let talking = talk(&mut caller, voice, &mut script, &mut playback);
        let end = tokio::select! {
            end = talking => end.unwrap_or_else(End::Broken),
            () = stop => {
                // Whoever doesn't read that we hang up will notice.
                let _ = hang_up(&mut caller).await;
                End::Stopped
            }
        };
        Ended { script, heard: playback.heard, end }
    }
}

async fn talk(
    caller: &mut Caller,
    voice: &[[i16; FRAME_SAMPLES]],
    script: &mut Script,
    playback: &mut Playback,
) -> Result<End, Broken> {
    caller.start().await?;
    let mut clock = clock();
    loop {
        tokio::select! {
            _ = clock.tick() => {
                let played = playback.play();
                for name in &played.marks {
                    let played = caller.stream.played(name);
                    caller.send(played).await?;
                }
                match script.next(&played) {
                    Step::Listen => caller.say(&[0; FRAME_SAMPLES]).await?,
                    Step::Speak(frame) => caller.say(&voice[frame]).await?,
                    Step::HangUp => {
                        hang_up(caller).await?;
                        return Ok(End::HungUp);
                    }
                }
            }
            heard = caller.hear() => match heard? {
                FromBridge::Sound(bytes) => playback.queue(g711::decode(&bytes)),
                FromBridge::Mark(name) => playback.mark(name),
                FromBridge::Clear => playback.clear(),
                FromBridge::Closed(closed) => return Ok(End::CutOff(closed.to_string())),
            },
        }
    }
}

async fn hang_up(caller: &mut Caller) -> Result<(), Broken> {
    let stop = caller.stream.stop();
    caller.send(stop).await?;
    let socket = &mut caller.socket;
    let farewell = async {
        socket.close(None).await?;
        while socket.next().await.is_some_and(|message| message.is_ok()) {}
        Ok::<_, Error>(())
    };
    // The call is over, whether or not the other side says goodbye.
    let _ = timeout(PATIENCE, farewell).await;
    Ok(())
}
