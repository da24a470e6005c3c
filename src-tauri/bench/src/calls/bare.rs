//! The least that a server of Media Streams can do, to hold the costs against: tokio-tungstenite, which parses, decodes,
//! encodes and sends back.

use std::net::SocketAddr;
use std::process::{Child, Command};

use anyhow::{Context, Result};
use audio::g711;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::server;

/// This program itself, with the word `bare`.
pub(super) struct Bare {
    pub(super) address: SocketAddr,
    process: Child,
}

impl Bare {
    pub(super) fn start() -> Result<Self> {
        let (address, process) =
            server::started(Command::new(std::env::current_exe()?).arg("bare"))?;
        Ok(Self { address, process })
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        server::end(&mut self.process);
    }
}

/// The program of that process. It ends when it is killed, or whoever started it ends.
pub(crate) fn serve() -> Result<()> {
    std::thread::spawn(|| {
        std::io::stdin().lines().for_each(drop);
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        #[expect(clippy::disallowed_methods, reason = "it is a foreign server")]
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{}", listener.local_addr()?);
        let mut calls = tokio::task::JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            calls.spawn(echo(stream));
        }
    })
}

#[derive(Deserialize)]
struct Told {
    event: String,
    media: Option<Media>,
}

#[derive(Deserialize)]
struct Media {
    payload: String,
}

async fn echo(stream: TcpStream) -> Result<()> {
    let mut socket = accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let told: Told = serde_json::from_str(&text)?;
        if told.event != "media" {
            continue;
        }
        let payload = told.media.context("media without sound")?.payload;
        let samples: Vec<i16> = g711::decode(&BASE64_STANDARD.decode(payload)?).collect();
        let payload = BASE64_STANDARD.encode(g711::encode(&samples));
        let text =
            format!(r#"{{"event":"media","streamSid":"MZ1","media":{{"payload":"{payload}"}}}}"#);
        socket.send(Message::text(text)).await?;
    }
    Ok(())
}
