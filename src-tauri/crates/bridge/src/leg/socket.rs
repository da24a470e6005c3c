//! A caller's WebSocket in two halves.

use door::Socket;
use futures_util::SinkExt;
use futures_util::stream::{SplitSink, SplitStream};
use tokio_tungstenite::tungstenite::Message;

use crate::ending::{Ending, Farewell};

pub(super) type Reader = SplitStream<Socket>;
pub(super) type Writer = SplitSink<Socket, Message>;

pub(super) async fn send(writer: &mut Writer, message: Message) -> Result<(), Ending> {
    writer.send(message).await.map_err(|error| Ending::from_error(&error))
}

/// Tells the caller's side how the call ended.
pub(super) async fn dismiss(reader: Reader, writer: Writer, farewell: &Farewell) {
    if let Ok(socket) = writer.reunite(reader) {
        door::dismiss(socket, farewell.code.into(), &farewell.reason).await;
    }
}
