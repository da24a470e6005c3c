//! A keeper under test, and services that do as they are told or don't.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use keeper::{Connections, Keeper, Orders, Policy, Retry, Serve, ServiceSpec, TurnedAway};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use wire::{PortState, Service, ServiceName};

pub(crate) const NAME: ServiceName = ServiceName::literal("voice_bridge");
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// Answers each connection with one byte.
async fn greet(mut connections: Connections, stop: CancellationToken, greeted: Arc<AtomicUsize>) {
    while let Some(Some(Ok(mut stream))) = stop.run_until_cancelled(connections.next()).await {
        greeted.fetch_add(1, Ordering::SeqCst);
        // A caller who has gone again is the caller's business.
        let _ = stream.write_all(b"!").await;
    }
}

pub(crate) fn greeter(greeted: &Arc<AtomicUsize>) -> Serve {
    let greeted = Arc::clone(greeted);
    Arc::new(move |connections, stop| Box::pin(greet(connections, stop, Arc::clone(&greeted))))
}

/// A free address that nobody gets who asks the system for any: its port is below those, and no other test here has it.
pub(crate) fn free_address() -> SocketAddr {
    const PORTS: std::ops::Range<u16> = 12_000..32_000;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // Elsewhere for each process, so that two that test at once don't meet.
    let begin = std::process::id() as usize * 97;
    let addresses = std::iter::repeat_with(|| {
        let place = (begin + NEXT.fetch_add(1, Ordering::SeqCst)) % PORTS.len();
        SocketAddr::from((Ipv4Addr::LOCALHOST, PORTS.start + place as u16))
    });
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    addresses.take(PORTS.len()).find(is_free).expect("a port is free")
}

pub(crate) fn quick() -> Policy {
    Policy {
        proof_interval: Duration::from_millis(20),
        probe_deadline: Duration::from_millis(200),
        first_rest: Duration::from_millis(1),
        longest_rest: Duration::from_millis(5),
        stop_limit: Duration::from_millis(200),
        ..Policy::default()
    }
}

/// Attempts that only the watch can cut short.
pub(crate) fn patient(attempts: u32) -> Policy {
    let hour = Duration::from_secs(3600);
    Policy {
        retry: Retry { attempts, first_delay: hour, longest_delay: hour, ..Retry::default() },
        ..quick()
    }
}

pub(crate) fn keep(address: SocketAddr, serve: Serve, policy: Policy) -> (Keeper, Orders) {
    keep_spec(spec(vec![address], serve), policy)
}

/// A service at those addresses, of which it must have the first.
pub(crate) fn spec(addresses: Vec<SocketAddr>, serve: Serve) -> ServiceSpec {
    let sharing = ports::Sharing::Exclusive;
    let turned_away: TurnedAway = Arc::new(|| 0);
    ServiceSpec {
        name: NAME,
        announcement: "it is there",
        addresses,
        sharing,
        adopted: Vec::new(),
        serve,
        turned_away,
    }
}

pub(crate) fn keep_spec(spec: ServiceSpec, policy: Policy) -> (Keeper, Orders) {
    let (orders, inbox) = keeper::orders();
    (Keeper::start((orders.clone(), inbox), vec![spec], policy, ports::Known::default()), orders)
}

pub(crate) async fn until(keeper: &Keeper, wanted: impl Fn(&Service) -> bool) -> Service {
    let mut services = keeper.services();
    let found = tokio::time::timeout(SOON, services.wait_for(|all| wanted(&all[0]))).await;
    found.unwrap_or_else(|_| panic!("it came to {:?}", keeper.services().borrow()[0])).unwrap()[0]
        .clone()
}

pub(crate) fn is_listening(service: &Service) -> bool {
    matches!(service.state, PortState::Listening { .. })
}

pub(crate) async fn is_greeted(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else { return false };
    stream.read_u8().await.is_ok_and(|byte| byte == b'!')
}
