//! Servers on this machine that no call gets through to, each in its own way.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    reason = "they are foreign servers here, and their tasks end with their test"
)]

#[path = "../fake_moshi/acceptor.rs"]
mod acceptor;

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wire::{CertificateFault, ModelCause};

use acceptor::acceptor;

/// A way in which no call gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Illness {
    NobodyListens,
    NoSuchName,
    SpeaksTls,
    SpeaksPlain,
    BadCertificate,
    WantsKey,
    Redirects,
    HasNoSuchPath,
    ServesFiles,
    NeverAnswers,
}

impl Illness {
    pub(crate) const ALL: [Self; 10] = [
        Self::NobodyListens,
        Self::NoSuchName,
        Self::SpeaksTls,
        Self::SpeaksPlain,
        Self::BadCertificate,
        Self::WantsKey,
        Self::Redirects,
        Self::HasNoSuchPath,
        Self::ServesFiles,
        Self::NeverAnswers,
    ];

    /// What is told of it.
    pub(crate) fn cause(self) -> ModelCause {
        match self {
            Self::NobodyListens => ModelCause::Refused,
            Self::NoSuchName => ModelCause::NoSuchName,
            Self::SpeaksTls => ModelCause::SpeaksTls,
            Self::SpeaksPlain => ModelCause::SpeaksPlain,
            // It is one of an authority, as openssl makes them by itself.
            Self::BadCertificate => ModelCause::Certificate { fault: CertificateFault::Other },
            Self::WantsKey => ModelCause::Unauthorized { status: 401 },
            Self::Redirects => ModelCause::Redirect { to: "https://127.0.0.1/login".to_owned() },
            Self::HasNoSuchPath => ModelCause::NotFound,
            Self::ServesFiles => ModelCause::NotMoshi { status: Some(200) },
            Self::NeverAnswers => ModelCause::Mute,
        }
    }

    /// What is read of it, and what mends it.
    pub(crate) const fn read(self) -> [&'static str; 2] {
        match self {
            Self::NobodyListens => ["nobody listens there", "Start the server"],
            Self::NoSuchName => ["the name of its host can't be found", "Is the name right"],
            Self::SpeaksTls => {
                ["it speaks TLS, and the settings say ws://", "Write wss://127.0.0.1:"]
            }
            Self::SpeaksPlain => {
                ["it doesn't speak TLS, and the settings say wss://", "Write ws://127.0.0.1:"]
            }
            Self::BadCertificate => ["its certificate isn't one", "self_signed = true"],
            Self::WantsKey => {
                ["it wants a key or a password (401)", "Put its key into its address"]
            }
            Self::Redirects => {
                ["it sends calls elsewhere, to https://127.0.0.1/login", "write that address"]
            }
            Self::HasNoSuchPath => ["it has nothing at that path (404)", "/api/chat"],
            Self::ServesFiles => ["no MOSHI server answers there", "elsewhere"],
            Self::NeverAnswers => ["it accepts connections and never answers", "Restart"],
        }
    }

    fn scheme(self) -> &'static str {
        if matches!(self, Self::SpeaksPlain | Self::BadCertificate) { "wss" } else { "ws" }
    }

    fn answer(self) -> Option<&'static str> {
        Some(match self {
            Self::WantsKey => "401 Unauthorized\r\nWWW-Authenticate: Basic",
            Self::Redirects => {
                "302 Found\r\nLocation: https://ann:s3cret@127.0.0.1/login?key=s3cret"
            }
            Self::HasNoSuchPath => "404 Not Found",
            Self::ServesFiles => "200 OK\r\nContent-Type: text/html",
            Self::SpeaksPlain | Self::SpeaksTls | Self::BadCertificate => "400 Bad Request",
            Self::NobodyListens | Self::NoSuchName | Self::NeverAnswers => return None,
        })
    }
}

/// A server that is ill, until it is dropped.
pub(crate) struct IllServer {
    pub(crate) address: SocketAddr,
    illness: Illness,
    serving: Option<JoinHandle<()>>,
}

impl IllServer {
    pub(crate) async fn with(illness: Illness) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let serving =
            (illness != Illness::NobodyListens).then(|| tokio::spawn(serve(listener, illness)));
        Self { address, illness, serving }
    }

    pub(crate) fn url(&self) -> String {
        if self.illness == Illness::NoSuchName {
            return "ws://moshi.invalid:8998".to_owned();
        }
        format!("{}://{}", self.illness.scheme(), self.address)
    }

    /// Goes away, and returns its port, which is free for another.
    pub(crate) async fn go(mut self) -> SocketAddr {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
        self.address
    }
}

impl Drop for IllServer {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn serve(listener: TcpListener, illness: Illness) {
    let mut kept = Vec::new();
    let encrypts = matches!(illness, Illness::SpeaksTls | Illness::BadCertificate);
    let acceptor = encrypts.then(acceptor);
    while let Ok((stream, _)) = listener.accept().await {
        let Some(answer) = illness.answer() else {
            kept.push(stream);
            continue;
        };
        match &acceptor {
            None => drop(tokio::spawn(say(stream, answer))),
            Some(acceptor) => {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        say(stream, answer).await;
                    }
                });
            }
        }
    }
}

async fn say(mut stream: impl AsyncRead + AsyncWriteExt + Unpin, answer: &str) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let body = "<html></html>";
    let length = body.len();
    let text =
        format!("HTTP/1.1 {answer}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}
