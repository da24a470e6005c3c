//! Servers that call themselves speech models and are none.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Result;
use futures_util::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// How long a server keeps a connection that it does nothing with.
const LONG: Duration = Duration::from_secs(600);

/// What a server does to whoever connects.
#[derive(Clone, Copy, Debug)]
pub(super) enum Habit {
    NeverAnswers,
    ClosesAtOnce,
    AnswersGarbage,
    SpeaksWithoutEnd,
    SendsGiantFrames,
    FragmentsPings,
    Trickles,
    KnowsOtherKinds,
    FloodsWithSound,
    Redirects,
    ClosesAndGoesOn,
    SpeaksHalfTls,
}

impl Habit {
    pub(super) const ALL: [Self; 12] = [
        Self::NeverAnswers,
        Self::ClosesAtOnce,
        Self::AnswersGarbage,
        Self::SpeaksWithoutEnd,
        Self::SendsGiantFrames,
        Self::FragmentsPings,
        Self::Trickles,
        Self::KnowsOtherKinds,
        Self::FloodsWithSound,
        Self::Redirects,
        Self::ClosesAndGoesOn,
        Self::SpeaksHalfTls,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NeverAnswers => "accepts and never answers",
            Self::ClosesAtOnce => "closes at once",
            Self::AnswersGarbage => "answers garbage",
            Self::SpeaksWithoutEnd => "sends text without end",
            Self::SendsGiantFrames => "sends giant frames",
            Self::FragmentsPings => "fragments its pings",
            Self::Trickles => "sends a byte a second",
            Self::KnowsOtherKinds => "sends other kinds of messages",
            Self::FloodsWithSound => "floods with sound",
            Self::Redirects => "redirects to itself",
            Self::ClosesAndGoesOn => "sends a Close and goes on",
            Self::SpeaksHalfTls => "begins TLS and stops",
        }
    }

    /// How the settings name a server with this habit.
    pub(super) fn url(self, address: SocketAddr) -> String {
        let scheme = if matches!(self, Self::SpeaksHalfTls) { "wss" } else { "ws" };
        format!("{scheme}://{address}")
    }

    async fn receive(self, mut stream: TcpStream) -> Result<()> {
        match self {
            Self::NeverAnswers => {
                sleep(LONG).await;
                Ok(())
            }
            Self::ClosesAtOnce => Ok(()),
            Self::AnswersGarbage => Ok(stream.write_all(&[0xA5; 4096]).await?),
            Self::SpeaksWithoutEnd => without_end(stream, &b"\x02 and".repeat(200)).await,
            Self::SendsGiantFrames => send_a_giant(stream).await,
            Self::FragmentsPings => fragment_pings(stream).await,
            Self::Trickles => trickle(stream).await,
            Self::KnowsOtherKinds => send_other_kinds(stream).await,
            Self::FloodsWithSound => {
                without_end(stream, &[b"\x01OggS".as_slice(), &[0x5A; 4000]].concat()).await
            }
            Self::Redirects => redirect(stream).await,
            Self::ClosesAndGoesOn => close_and_go_on(stream).await,
            Self::SpeaksHalfTls => begin_tls(stream).await,
        }
    }
}

/// A WebSocket that has begun as the protocol wants it, with the handshake.
async fn begun(stream: TcpStream) -> Result<WebSocketStream<TcpStream>> {
    let mut socket = accept_async(stream).await?;
    socket.send(Message::binary(vec![0; 9])).await?;
    Ok(socket)
}

async fn without_end(stream: TcpStream, message: &[u8]) -> Result<()> {
    let mut socket = begun(stream).await?;
    loop {
        socket.send(Message::binary(message.to_vec())).await?;
    }
}

async fn send_other_kinds(stream: TcpStream) -> Result<()> {
    let mut socket = begun(stream).await?;
    let mut often = interval(Duration::from_millis(20));
    for kind in (3_u8..=255).cycle() {
        often.tick().await;
        socket.send(Message::binary(vec![kind; 100])).await?;
        socket.send(Message::text("and text")).await?;
    }
    Ok(())
}

/// A frame of 4 EiB, of which as much is sent as is taken.
async fn send_a_giant(stream: TcpStream) -> Result<()> {
    let mut stream = begun(stream).await?.into_inner();
    stream.write_all(&[0x82, 127, 0x3F, 255, 255, 255, 255, 255, 255, 255]).await?;
    loop {
        stream.write_all(&[1; 65_536]).await?;
    }
}

async fn fragment_pings(stream: TcpStream) -> Result<()> {
    let mut stream = begun(stream).await?.into_inner();
    loop {
        stream.write_all(&[0x09, 2, b'h', b'i', 0x80, 2, b'h', b'o']).await?;
    }
}

async fn close_and_go_on(stream: TcpStream) -> Result<()> {
    let mut stream = begun(stream).await?.into_inner();
    stream.write_all(&[0x88, 2, 3, 232]).await?;
    let mut often = interval(Duration::from_millis(5));
    loop {
        often.tick().await;
        stream.write_all(&[&[0x82, 125], [1; 125].as_slice()].concat()).await?;
    }
}

async fn trickle(mut stream: TcpStream) -> Result<()> {
    let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";
    let mut often = interval(Duration::from_secs(1));
    for byte in answer.iter().cycle() {
        often.tick().await;
        stream.write_all(&[*byte]).await?;
    }
    Ok(())
}

async fn redirect(mut stream: TcpStream) -> Result<()> {
    let _ = stream.read(&mut [0; 4096]).await?;
    let answer = "HTTP/1.1 302 Found\r\nLocation: /api/chat\r\nContent-Length: 0\r\n\r\n";
    Ok(stream.write_all(answer.as_bytes()).await?)
}

/// The head of a ServerHello of 16 KiB, of which nothing follows.
async fn begin_tls(mut stream: TcpStream) -> Result<()> {
    let _ = stream.read(&mut [0; 4096]).await?;
    stream.write_all(&[0x16, 3, 3, 0x40, 0, 2, 0, 0x3F, 0xFC, 3, 3]).await?;
    sleep(LONG).await;
    Ok(())
}

/// A server with that habit, until its runtime is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "it is a foreign server")]
    pub(super) fn start(habit: Habit) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        runtime.handle().spawn(async move {
            let mut visits = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                visits.spawn(habit.receive(stream));
            }
        });
        Ok(Self { address, _runtime: runtime })
    }
}
