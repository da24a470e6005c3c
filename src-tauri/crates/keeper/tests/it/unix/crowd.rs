//! A port that more people want than there are places.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::StreamExt;
use keeper::{Serve, ServiceSpec};
use wire::{Condition, Life, PortState, Service};

use crate::keep::{free_address, is_listening, keep_spec, quick, spec, until};

#[tokio::test]
async fn a_port_whose_service_turns_people_away_is_crowded_until_an_interval_without() {
    let (is_crowded, count) = (Arc::new(AtomicBool::new(true)), AtomicU64::new(0));
    let crowding = Arc::clone(&is_crowded);
    let address = free_address();
    let crowded = ServiceSpec {
        // While it is crowded, each look finds one more.
        turned_away: Arc::new(move || {
            count.fetch_add(crowding.load(Ordering::SeqCst).into(), Ordering::SeqCst)
        }),
        ..spec(vec![address], waiter())
    };
    let (keeper, _) = keep_spec(crowded, quick());
    until(&keeper, |service| matches!(service.state, PortState::Crowded { .. })).await;
    let mut crowd = crowd(address);
    let names_it = |service: &Service| {
        let most = service.state.crowd().and_then(<[_]>::first);
        most.is_some_and(|most| most.pid == crowd.id() && most.connections >= 2)
    };
    let seen = until(&keeper, names_it).await;
    assert_eq!((seen.life, seen.condition), (Life::Running, Condition::NeedsYou));
    is_crowded.store(false, Ordering::SeqCst);
    until(&keeper, is_listening).await;
    // Its input ends, and so does it.
    drop(crowd.stdin.take());
    crowd.wait().expect("it is our child");
}

/// A program that has two connections to that address until its input ends.
fn crowd(address: SocketAddr) -> Child {
    let (ip, port) = (address.ip(), address.port());
    let line = format!("exec 3<>/dev/tcp/{ip}/{port} 4<>/dev/tcp/{ip}/{port}; read -r _");
    Command::new("bash").args(["-c", &line]).stdin(Stdio::piped()).spawn().expect("there is bash")
}

/// Takes connections and keeps them.
fn waiter() -> Serve {
    Arc::new(|mut connections, stop| {
        Box::pin(async move {
            let mut kept = Vec::new();
            while let Some(taken) = stop.run_until_cancelled(connections.next()).await {
                kept.push(taken);
            }
        })
    })
}
