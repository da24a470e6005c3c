//! How a visit is ended by us.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::Socket;

/// How long a visitor may take to read that it is dismissed.
const PATIENCE: Duration = Duration::from_secs(1);

/// Closes the visit with this code and reason, and waits for a moment until the visitor has gone.
pub async fn dismiss(mut socket: Socket, code: CloseCode, reason: &str) {
    let farewell = async {
        // Where the visitor has said goodbye first, the answer to that waits already, and nothing more can be said.
        let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
        let _ = socket.flush().await;
        let raw = socket.get_mut();
        raw.shutdown().await?;
        // To close a connection with unread input resets it, and the visitor would never read the code.
        let mut unread = [0; 4096];
        while raw.read(&mut unread).await? > 0 {}
        Ok::<_, Error>(())
    };
    if !matches!(timeout(PATIENCE, farewell).await, Ok(Ok(()))) {
        tracing::debug!(
            code = u16::from(code),
            "the visitor was gone before it could be dismissed"
        );
    }
}

/// Closes the visit at once: a visitor that reads what it is sent learns why, and nobody waits for one that doesn't.
pub fn send_off(mut socket: Socket, code: CloseCode, reason: &str) {
    let farewell = CloseFrame { code, reason: reason.into() };
    // What can't be written at once is not written.
    let _ = socket.send(Message::Close(Some(farewell))).now_or_never();
}

/// The close code for what went wrong while reading, or nothing if nobody is left to read it.
pub fn complaint(error: &Error) -> Option<CloseCode> {
    if matches!(error, Error::Capacity(_)) {
        Some(CloseCode::Size)
    } else if matches!(error, Error::Utf8(_)) {
        Some(CloseCode::Invalid)
    } else if matches!(error, Error::Protocol(fault) if *fault != ProtocolError::ResetWithoutClosingHandshake)
    {
        Some(CloseCode::Protocol)
    } else {
        None
    }
}
