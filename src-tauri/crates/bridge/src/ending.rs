//! How calls end, and what may be wrong with what comes in.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use wire::EndedBy;

/// How a call ended.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each says by its text what it is")]
pub enum Ending {
    #[error("the caller hung up")]
    HungUp,
    #[error("the connection is gone")]
    Gone,
    #[error("the engine hung up")]
    Answered,
    #[error("somebody who steers hung up")]
    Steered,
    #[error("the voice bridge is stopping")]
    Stopping,
    #[error("the longest time for a call is over")]
    TooLong,
    #[error("no message for too long")]
    Idle,
    #[error("what is sent is not read")]
    Unread,
    #[error("all places are taken")]
    NoPlace,
    #[error("too many others came before it started")]
    MadeWay,
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What the caller's side did wrong.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each says by its text what it is")]
pub enum Fault {
    #[error(transparent)]
    Garbled(#[from] Garbled),
    #[error("{}", if *.0 == CloseCode::Size { "the message is larger than message_bytes in the settings" } else { "the message breaks the rules of WebSocket" })]
    WebSocket(CloseCode),
    #[error("no start in time")]
    NoStart,
    #[error("other things than a start, and no start in time")]
    OtherThanStart,
    #[error("the stream's secret is missing or wrong")]
    NoSecret,
    #[error("the signature is wrong, and the stream's secret is missing or wrong")]
    WrongSignature,
    #[error("too many messages that mean nothing")]
    Flood,
}

/// What is wrong with a stream's start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each says by its text what it is")]
pub enum Garbled {
    #[error("a start without streamSid, stream_id or streamId")]
    NoStream,
    #[error("a start whose stream has a name of more than {} letters", wire::LONGEST_NAME)]
    LongStream,
    #[error("sound as {0} is not taken, only \u{b5}-law or A-law at 8000 Hz, one channel")]
    Format(String),
}

impl Ending {
    /// For what went wrong while reading or writing.
    pub(crate) fn from_error(error: &Error) -> Self {
        if matches!(error, Error::WriteBufferFull(_)) {
            return Self::Unread;
        }
        door::complaint(error).map_or(Self::Gone, |code| Self::Fault(Fault::WebSocket(code)))
    }

    /// The code with which the connection is closed.
    pub(crate) fn code(&self) -> CloseCode {
        match self {
            Self::HungUp | Self::Gone | Self::Answered | Self::Steered => CloseCode::Normal,
            Self::Stopping => CloseCode::Away,
            Self::TooLong | Self::Idle | Self::Unread => CloseCode::Policy,
            Self::NoPlace | Self::MadeWay => CloseCode::Again,
            Self::Fault(fault) => match fault {
                Fault::Garbled(Garbled::Format(_)) => CloseCode::Unsupported,
                Fault::Garbled(Garbled::NoStream | Garbled::LongStream) => CloseCode::Invalid,
                Fault::WebSocket(code) => *code,
                Fault::NoStart
                | Fault::OtherThanStart
                | Fault::NoSecret
                | Fault::WrongSignature
                | Fault::Flood => CloseCode::Policy,
            },
        }
    }

    /// By whom, or by what, it was ended.
    pub(crate) fn by(&self) -> EndedBy {
        match self {
            Self::HungUp => EndedBy::Caller,
            Self::Gone => EndedBy::Lost,
            Self::Answered => EndedBy::Engine,
            Self::Steered => EndedBy::Supervisor,
            Self::Stopping => EndedBy::Bridge,
            Self::TooLong | Self::Idle | Self::Unread | Self::NoPlace | Self::MadeWay => {
                EndedBy::Limit
            }
            Self::Fault(_) => EndedBy::Fault,
        }
    }
}

/// What the caller's side is told at the end: a close of the WebSocket protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Its code.
    pub code: u16,
    /// Its reason.
    pub reason: String,
}

impl From<&Ending> for Farewell {
    fn from(ending: &Ending) -> Self {
        Self { code: ending.code().into(), reason: ending.to_string() }
    }
}
