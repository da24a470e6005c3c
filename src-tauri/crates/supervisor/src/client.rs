//! A client's connection: requests come in, answers and events go out.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use door::{Place, Socket, complaint, dismiss};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, Stream, StreamExt};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message as Frame};
use wire::protocol::{self, Message};

use crate::outbox::Outbox;
use crate::request::Request;

/// How long a client may take to read what it must still be told when its visit ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// After so many unanswered pings in a row a client is silent; there are so many within the time that it may take to read.
const PINGS: u32 = 2;

/// The client has left, or must be sent away with this code and for this reason.
pub(crate) struct Left(pub(crate) Option<(CloseCode, &'static str)>);

/// The client's next request. Nothing is lost if this is dropped while it waits.
pub(crate) async fn next_request<S>(socket: &mut S) -> Result<Request, Left>
where
    S: Stream<Item = Result<Frame, tungstenite::Error>> + Unpin,
{
    loop {
        match socket.next().await {
            Some(Ok(Frame::Text(text))) => return Ok(Request::read(&text)),
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let code = complaint(&error);
                return Err(Left(code.map(|code| (code, "the message broke the rules"))));
            }
            None => return Err(Left(None)),
        }
    }
}

/// Sends an answer, labelled with the `id` of its request.
pub(crate) async fn say(
    socket: &mut Socket,
    answer: &Message,
    id: Option<&Value>,
) -> Result<(), Left> {
    socket.send(Frame::text(protocol::write(answer, id))).await.map_err(|_| Left(None))
}

pub(crate) fn split(socket: Socket) -> (Reader, Writer) {
    let ((writer, reader), pulse) = (socket.split(), Arc::new(AtomicBool::new(true)));
    (Reader { socket: reader, pulse: Arc::clone(&pulse) }, Writer { socket: writer, pulse })
}

pub(crate) struct Reader {
    socket: SplitStream<Socket>,
    /// Set whenever anything comes, be it only the answer to a ping.
    pulse: Arc<AtomicBool>,
}

impl Reader {
    /// The next request. Nothing is lost if this is dropped while it waits.
    pub(crate) async fn hear(&mut self) -> Result<Request, Left> {
        let pulse = &self.pulse;
        next_request(&mut (&mut self.socket).inspect(|_| pulse.store(true, Ordering::Relaxed)))
            .await
    }
}

pub(crate) struct Writer {
    socket: SplitSink<Socket, Frame>,
    pulse: Arc<AtomicBool>,
}

impl Writer {
    /// Sends all that comes into the outbox, until the client has gone or takes longer than `stall` to read something. It is
    /// pinged as well: one that doesn't answer may have died or hang, or be one that reads only when it asks for something.
    pub(crate) async fn send_from(
        &mut self,
        outbox: &Outbox,
        place: &Place,
        stall: Duration,
    ) -> Result<Infallible, Left> {
        let (mut round, mut unanswered) = (pin!(sleep(stall / PINGS)), 0);
        loop {
            tokio::select! {
                () = outbox.filled() => {}
                () = &mut round => {
                    round.set(sleep(stall / PINGS));
                    let is_alive = self.pulse.swap(false, Ordering::Relaxed);
                    unanswered = if is_alive { 0 } else { unanswered + 1 };
                    place.note_silence(unanswered >= PINGS);
                    within(stall, self.socket.send(Frame::Ping(Bytes::new()))).await?;
                    continue;
                }
            }
            // Nothing is taken out before it can be handed on, so that nothing is lost if this is dropped.
            within(stall, poll_fn(|cx| self.socket.poll_ready_unpin(cx))).await?;
            let Some(text) = outbox.take() else { continue };
            within(stall, self.socket.send(Frame::Text(text))).await?;
        }
    }

    /// Sends the answers that wait, then the close code.
    pub(crate) async fn part(
        mut self,
        reader: Reader,
        outbox: &Outbox,
        code: CloseCode,
        reason: &str,
    ) {
        let last_words = async {
            while let Some(text) = outbox.take_answer() {
                self.socket.send(Frame::Text(text)).await?;
            }
            Ok::<_, tungstenite::Error>(())
        };
        if !matches!(timeout(LAST_WORDS, last_words).await, Ok(Ok(()))) {
            return;
        }
        if let Ok(socket) = self.socket.reunite(reader.socket) {
            dismiss(socket, code, reason).await;
        }
    }
}

/// Sends something to a client that may take this long to read it.
async fn within(
    stall: Duration,
    sending: impl Future<Output = Result<(), tungstenite::Error>>,
) -> Result<(), Left> {
    match timeout(stall, sending).await {
        Ok(sent) => sent.map_err(|_| Left(None)),
        Err(_) => {
            tracing::warn!("a client that does not read was cut off");
            Err(Left(None))
        }
    }
}
