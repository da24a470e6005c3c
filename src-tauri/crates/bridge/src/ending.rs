//! How calls end, and how the caller's side is told.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use wire::EndedBy;

use crate::caller::Garbled;

/// How a call ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ending {
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
pub(crate) enum Fault {
    #[error("binary messages are not taken here")]
    Binary,
    #[error("text messages are not taken here")]
    Text,
    #[error("{0}")]
    Opus(audio::opus::Garbled),
    #[error(transparent)]
    Garbled(#[from] Garbled),
    #[error("the message breaks the rules of WebSocket")]
    WebSocket(CloseCode),
    #[error("sound, key or mark before start")]
    BeforeStart,
    #[error("no start in time")]
    NoStart,
    #[error("the stream's secret is missing or wrong")]
    NoSecret,
    #[error("a second start")]
    StartedTwice,
    #[error("a message of another stream")]
    AnotherStream,
}

impl From<Garbled> for Ending {
    fn from(garbled: Garbled) -> Self {
        Self::Fault(Fault::Garbled(garbled))
    }
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
                Fault::Binary | Fault::Text | Fault::Garbled(Garbled::Format(_)) => {
                    CloseCode::Unsupported
                }
                Fault::Garbled(_) | Fault::Opus(_) => CloseCode::Invalid,
                Fault::WebSocket(code) => *code,
                Fault::BeforeStart
                | Fault::NoStart
                | Fault::NoSecret
                | Fault::StartedTwice
                | Fault::AnotherStream => CloseCode::Policy,
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
