//! A site that says everything back, behind a door under test, and its clients.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use door::{
    Admission, Door, Ledger, Limits, Page, Place, Rejection, RequestHead, Site, Socket, complaint,
    dismiss, send_off, serve,
};
use futures_util::{SinkExt, Stream, StreamExt};
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;

pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Says everything back, panics at `panic`, stays for ever at the path `/deaf`, takes whoever comes to `/stranger` for one
/// until it says something, and has pages.
pub(crate) struct Echo;

impl Site for Echo {
    fn admit(&self, head: &RequestHead) -> Result<Admission, Rejection> {
        match &*head.path {
            "/private" => Err(Rejection::new(StatusCode::NOT_FOUND, "there is nothing here")),
            "/stranger" => Ok(Admission::Stranger),
            _ => Ok(Admission::Known),
        }
    }

    fn answer(&self, head: &RequestHead, _form: Option<&[u8]>) -> Result<Option<Page>, Rejection> {
        let text = match &*head.path {
            "/healthz" => "{}".to_owned(),
            "/whence" => format!("{:?}", head.provenance),
            _ => return Ok(None),
        };
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Ok(Some(Page { status, content_type: "application/json", text }))
    }

    async fn receive(
        self: Arc<Self>,
        head: RequestHead,
        mut socket: Socket,
        place: Place,
        stop: CancellationToken,
    ) {
        if head.path == "/deaf" {
            std::future::pending::<()>().await;
        }
        loop {
            let message = tokio::select! {
                () = stop.cancelled() => return dismiss(socket, CloseCode::Restart, "ending").await,
                () = place.must_make_way() => return send_off(socket, CloseCode::Again, "crowded"),
                message = socket.next() => message,
            };
            match message {
                Some(Ok(Message::Text(text))) => {
                    assert_ne!(text.as_str(), "panic", "asked for");
                    if place.settle().is_err() {
                        return send_off(socket, CloseCode::Again, "full");
                    }
                    socket.send(Message::Text(text)).await.expect("the client reads");
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    if let Some(code) = complaint(&error) {
                        dismiss(socket, code, "not like this").await;
                    }
                    return;
                }
                None => return,
            }
        }
    }
}

struct Connections(TcpListener);

impl Stream for Connections {
    type Item = io::Result<TcpStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_accept(cx).map(|accepted| Some(accepted.map(|(stream, _)| stream)))
    }
}

pub(crate) struct Served {
    pub(crate) addr: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) ended: JoinHandle<()>,
    pub(crate) ledger: Arc<Ledger>,
}

pub(crate) async fn serve_echo(limits: Limits, drain: Duration) -> Served {
    let origins = vec!["https://friend.example".to_owned()];
    serve_behind(Door { origins, limits, ..Door::default() }, drain).await
}

pub(crate) async fn serve_behind(door: Door, drain: Duration) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (stop, ledger) = (CancellationToken::new(), Arc::clone(&door.ledger));
    let ended = tokio::spawn(serve(
        Connections(listener),
        Arc::new(door),
        Arc::new(Echo),
        stop.clone(),
        drain,
    ));
    Served { addr, stop, ended, ledger }
}

pub(crate) async fn echo() -> Served {
    serve_echo(Limits::default(), SOON).await
}

impl Served {
    pub(crate) async fn client(&self, path: &str) -> Client {
        connect_async(format!("ws://{}{path}", self.addr)).await.expect("the door opens").0
    }

    /// The whole answer to a request with these headers.
    pub(crate) async fn answer(&self, headers: &str) -> String {
        self.answer_raw(&format!("GET / HTTP/1.1\r\n{headers}\r\n")).await
    }

    pub(crate) async fn answer_raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.addr).await.expect("somebody listens");
        stream.write_all(request.as_bytes()).await.expect("the service reads");
        let mut answer = String::new();
        timeout(SOON, stream.read_to_string(&mut answer))
            .await
            .expect("the answer ends")
            .expect("it is text");
        answer
    }

    /// For what people were turned away, and how often.
    pub(crate) fn turned_away(&self) -> Vec<(&'static str, u64)> {
        self.ledger.all().iter().map(|entry| (entry.reason.id, entry.times)).collect()
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        timeout(SOON, self.ended).await.expect("the service ends").expect("without a panic");
    }
}

pub(crate) async fn say(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.expect("the service reads");
}

pub(crate) async fn hear(client: &mut Client) -> Message {
    timeout(SOON, client.next()).await.expect("an answer").expect("not the end").expect("no error")
}

pub(crate) fn close_code(message: Message) -> u16 {
    let Message::Close(Some(frame)) = message else { panic!("not a close: {message:?}") };
    frame.code.into()
}

pub(crate) const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \
                       dGhlIHNhbXBsZSBub25jZQ==\r\n";
