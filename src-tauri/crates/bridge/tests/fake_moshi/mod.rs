//! A server that speaks the MOSHI protocol and echoes what it hears, with the habits of those that exist. It is no model.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    clippy::result_large_err,
    reason = "it is a foreign server here, its tasks end with their test, and tungstenite makes the errors"
)]

mod acceptor;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use audio::opus::{Reader, Writer};
use futures_util::{SinkExt, Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify, mpsc, watch};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use acceptor::acceptor;

/// What it does to whoever comes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habits {
    /// A handshake with versions, as Kyutai's Rust server sends it, and not the single byte of the others.
    pub(crate) tells_versions: bool,
    /// Tells of its model before the handshake.
    pub(crate) tells_of_model: bool,
    /// Takes clients one after the other, and lets others wait without a word.
    pub(crate) one_at_a_time: bool,
    /// Drops every client as soon as it has taken it.
    pub(crate) drops_at_once: bool,
    /// Does so as long as this is so.
    pub(crate) drops: Option<watch::Receiver<bool>>,
    /// Ends every session after so much sound.
    pub(crate) session: Option<Duration>,
    /// Encrypts, with a certificate for which nobody vouches.
    pub(crate) is_encrypted: bool,
    /// Hears what it is sent and speaks it anew, and does not merely send it back.
    pub(crate) understands: bool,
    /// Answers every message at once, and doesn't wait until it has 80 ms.
    pub(crate) answers_at_once: bool,
    /// Hums without a pause, whatever it hears.
    pub(crate) hums: bool,
    /// Leaves out what isn't spoken, where it speaks anew what it hears.
    pub(crate) only_speech: bool,
    /// Sends nothing while that is so, and reads on.
    pub(crate) freezes: Option<watch::Receiver<bool>>,
    /// By how many decibels that is louder than it would be.
    pub(crate) louder_by: f32,
    /// What it says after its handshake, piece by piece.
    pub(crate) text: Vec<String>,
    /// Tells whenever it was asked, without a word, whether it is there.
    pub(crate) pinged: Arc<Notify>,
    /// How long it takes until it is ready for whoever it has taken.
    pub(crate) ready_after: Option<Duration>,
    /// Whom it tells what it is sent: which client that was, from 1 on, and the pages.
    pub(crate) tells: Option<mpsc::Sender<(usize, Vec<u8>)>>,
    /// Whom it tells with which code a client has said goodbye.
    pub(crate) left: Option<mpsc::Sender<Option<u16>>>,
}

/// One that runs.
pub(crate) struct FakeMoshi {
    pub(crate) address: SocketAddr,
    /// How many clients it has taken, and what they asked for.
    pub(crate) asked: watch::Receiver<Vec<String>>,
}

impl FakeMoshi {
    pub(crate) async fn with(habits: Habits) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (asking, asked) = watch::channel(Vec::new());
        tokio::spawn(serve(listener, habits, asking));
        Self { address, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }
}

/// How many messages of 20 ms make up what a model says at once.
const AT_ONCE: usize = 4;
/// The same in samples.
const FRAME: usize = 1_920;

/// What is quieter all through a frame isn't spoken.
const SPOKEN: f32 = 0.02;

/// A hum of 100 Hz.
const HUM: [f32; FRAME] = {
    let mut hum = [0.3; FRAME];
    let mut at = 0;
    while at < FRAME {
        if at / 120 % 2 == 1 {
            hum[at] = -0.3;
        }
        at += 1;
    }
    hum
};

/// Takes clients for ever.
pub(crate) async fn serve(
    listener: TcpListener,
    habits: Habits,
    asked: watch::Sender<Vec<String>>,
) {
    let turn = Arc::new(Mutex::new(()));
    let habits = Arc::new(habits);
    let asked = Arc::new(asked);
    let acceptor = habits.is_encrypted.then(acceptor);
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).expect("a fresh connection");
        let (habits, turn, asked) = (Arc::clone(&habits), Arc::clone(&turn), Arc::clone(&asked));
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            match acceptor {
                None => take(stream, &habits, &turn, &asked).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => take(stream, &habits, &turn, &asked).await,
                    Err(_) => return,
                },
            };
        });
    }
}

/// Sees one client through. `None` if it went, or wanted no WebSocket.
async fn take<S>(
    mut stream: S,
    habits: &Habits,
    turn: &Mutex<()>,
    asked: &watch::Sender<Vec<String>>,
) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut client = 0;
    let note = |request: &Request, response: Response| {
        asked.send_modify(|asked| {
            asked.push(request.uri().to_string());
            client = asked.len();
        });
        Ok(response)
    };
    let accepted = accept_hdr_async(&mut stream, note).await.ok();
    let Some(mut socket) = accepted else {
        // Kyutai's asks for the upgrade before it looks for a place.
        let answer = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 27\r\n\r\nNo WebSocket UPGRADE hdr: N";
        stream.write_all(answer).await.ok()?;
        return None;
    };
    let drops = habits.drops.as_ref().is_some_and(|drops| *drops.borrow());
    if habits.drops_at_once || drops {
        return None;
    }
    let _turn = if habits.one_at_a_time { Some(turn.lock().await) } else { None };
    if habits.tells_of_model {
        let model = b"\x04{\"text_temperature\":0.8,\"instance_name\":\"fake\"}".to_vec();
        socket.send(Message::binary(model)).await.ok()?;
    }
    if let Some(time) = habits.ready_after
        && timeout(time, next(&mut socket, habits)).await.is_ok()
    {
        return None;
    }
    let handshake = if habits.tells_versions { vec![0; 9] } else { vec![0] };
    socket.send(Message::binary(handshake)).await.ok()?;
    for piece in &habits.text {
        socket.send(Message::binary([b"\x02", piece.as_bytes()].concat())).await.ok()?;
    }
    echo(socket, habits, client).await
}

/// Sends what comes back, 80 ms at a time.
async fn echo<S>(socket: WebSocketStream<S>, habits: &Habits, client: usize) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut writer, mut reader) = socket.split();
    let (mut hear, mut speak) = (Reader::default(), Writer::default());
    let (mut waiting, mut sound, mut messages) = (Vec::new(), Vec::new(), 0);
    loop {
        let message = next(&mut reader, habits).await?;
        let (1, pages) = (*message.first()?, &message[1..]) else { return None };
        messages += 1;
        if let Some(told) = &habits.tells {
            told.send((client, pages.to_vec())).await.ok()?;
        }
        if habits.hums {
            if messages % AT_ONCE == 0 {
                let gain = 10_f32.powf(habits.louder_by / 20.0);
                waiting.extend(speak.push(&HUM.map(|sample| sample * gain)));
            }
        } else if habits.understands {
            sound.extend(hear.push(pages).ok()?);
            while sound.len() >= FRAME {
                let frame: Vec<f32> = sound.drain(..FRAME).collect();
                let is_spoken = frame.iter().any(|sample| sample.abs() > SPOKEN);
                if is_spoken || !habits.only_speech {
                    waiting.extend(speak.push(&frame));
                }
            }
        } else {
            waiting.extend(pages);
        }
        if habits.freezes.as_ref().is_some_and(|frozen| *frozen.borrow()) {
            waiting.clear();
        }
        if (habits.answers_at_once || messages % AT_ONCE == 0) && !waiting.is_empty() {
            let pages = std::mem::take(&mut waiting);
            writer.send(Message::binary([b"\x01", &pages[..]].concat())).await.ok()?;
        }
        let heard = Duration::from_millis(20) * u32::try_from(messages).ok()?;
        if habits.session.is_some_and(|session| heard >= session) {
            return None;
        }
    }
}

/// The next binary message. A ping with something in it would be one to Kyutai's Rust server, and end the session.
async fn next<S>(reader: &mut S, habits: &Habits) -> Option<Vec<u8>>
where
    S: Stream<Item = Result<Message, Error>> + Unpin,
{
    loop {
        match reader.next().await?.ok()? {
            Message::Binary(message) => return Some(message.into()),
            Message::Ping(payload) if !payload.is_empty() => return None,
            Message::Close(frame) => {
                if let Some(left) = &habits.left {
                    left.send(frame.map(|frame| frame.code.into())).await.ok()?;
                }
                // It is answered as it is read on.
                while reader.next().await?.is_ok() {}
                return None;
            }
            Message::Text(_) => return None,
            Message::Ping(_) => habits.pinged.notify_one(),
            Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}
