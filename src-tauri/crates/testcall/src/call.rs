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
    /// Why the other side ended the call, if it did.
    pub cut_off: Option<String>,
}

impl PhoneCall {
    /// Dials, and tells why if nobody takes the call. Where the bridge asks for a secret, this is what it is shown; these
    /// headers go along with the request.
    pub async fn dial(
        address: SocketAddr,
        secret: Option<String>,
        headers: &[(&str, &str)],
    ) -> Result<Self, Unanswered> {
        let uri = Uri::builder().scheme("ws").authority(address.to_string()).path_and_query("/");
        let uri = uri.build().expect("an address of a socket is an authority");
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

    /// Sees the call through, unless the other side is no voice bridge, or the connection breaks while something is said:
    /// listens, speaks the voice, listens, hangs up. Whoever drops it hangs up at once.
    pub async fn talk(self, voice: &[[i16; FRAME_SAMPLES]]) -> Result<Ended, Broken> {
        let mut caller = self.0;
        let (mut script, mut playback) = (Script::new(voice.len()), Playback::default());
        caller.start().await?;
        let mut clock = clock();
        let cut_off = loop {
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
                            hang_up(&mut caller).await?;
                            break None;
                        }
                    }
                }
                heard = caller.hear() => match heard? {
                    FromBridge::Sound(bytes) => playback.queue(g711::decode(&bytes)),
                    FromBridge::Mark(name) => playback.mark(name),
                    FromBridge::Clear => playback.clear(),
                    FromBridge::Closed(closed) => break Some(closed.to_string()),
                },
            }
        };
        Ok(Ended { script, heard: playback.heard, cut_off })
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
