//! Strangers who take places: idle WebSockets that come again whenever they are closed, and connections that never finish
//! their request.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::client_async;

use crate::system;

/// How many idle WebSockets there are at once, and how many connections begin a request in a second.
pub(super) const IDLE: usize = 200;
pub(super) const HALF_OPEN: u32 = 300;

/// How long a stranger waits for an answer, and keeps a connection that nobody closes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Who gets no WebSocket comes again after this; who is closed comes again at once.
const NEXT_TRY: Duration = Duration::from_millis(100);
const HALF_A_REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgr";

/// What strangers did.
#[derive(Default)]
pub(super) struct Strangers {
    /// How many WebSockets they got.
    pub(super) let_in: AtomicUsize,
    /// How many they did not get.
    pub(super) kept_out: AtomicUsize,
    /// How many connections they left half open.
    pub(super) half_open: AtomicUsize,
}

/// Besieges a port for that long, asking for it by these names in turn.
pub(super) fn besiege(
    address: SocketAddr,
    names: &[String],
    time: Duration,
    strangers: &Strangers,
) -> Result<()> {
    // The station has its own limit, and got it before.
    system::have_all_descriptors()?;
    // Real strangers have cores of their own; these have only what the station and its callers leave.
    system::give_way()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let idle = futures_util::future::join_all(
            (0..IDLE).map(|number| idle(address, &names[number % names.len()], strangers)),
        );
        // Whatever they have open is closed with this.
        let _ = timeout(time, async { tokio::join!(idle, half_open(address, strangers)) }).await;
    });
    Ok(())
}

async fn idle(address: SocketAddr, name: &str, strangers: &Strangers) {
    loop {
        let connected = timeout(PATIENCE, async {
            let stream = TcpStream::connect(address).await.ok()?;
            client_async(format!("ws://{name}/"), stream).await.ok()
        });
        if let Ok(Some((mut socket, _))) = connected.await {
            strangers.let_in.fetch_add(1, Ordering::AcqRel);
            while let Some(Ok(_)) = socket.next().await {}
        } else {
            strangers.kept_out.fetch_add(1, Ordering::AcqRel);
            sleep(NEXT_TRY).await;
        }
    }
}

async fn half_open(address: SocketAddr, strangers: &Strangers) {
    let mut often = interval(Duration::from_secs(1) / HALF_OPEN);
    often.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut open = JoinSet::new();
    loop {
        often.tick().await;
        let number = strangers.half_open.fetch_add(1, Ordering::AcqRel);
        open.spawn(async move {
            let held = async {
                let mut stream = TcpStream::connect(address).await?;
                if number.is_multiple_of(2) {
                    stream.write_all(HALF_A_REQUEST).await?;
                }
                stream.read_to_end(&mut Vec::new()).await
            };
            // However it ends, it was there.
            let _ = timeout(PATIENCE, held).await;
        });
        while open.try_join_next().is_some() {}
    }
}
