//! The life of a service with one address.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use keeper::Serve;
use wire::{Condition, Failure, Life, Order, Outcome, PortState, ServiceName};

use crate::keep::{
    NAME, SOON, free_address, greeter, is_greeted, is_listening, keep, patient, quick, until,
};

#[tokio::test]
async fn a_free_port_is_proven_and_served() {
    let address = free_address();
    let (keeper, _) = keep(address, greeter(&Arc::default()), quick());
    let service = until(&keeper, is_listening).await;
    assert_eq!((service.life, service.condition), (Life::Running, Condition::Well));
    assert!(is_greeted(address).await);
}

#[tokio::test]
async fn the_service_never_sees_a_probe() {
    let (greeted, address) = (Arc::default(), free_address());
    let (keeper, _) = keep(address, greeter(&greeted), quick());
    let mut proofs = std::collections::HashSet::new();
    let mut services = keeper.services();
    while proofs.len() < 5 {
        services.changed().await.unwrap();
        if let PortState::Listening { proven_at, .. } = services.borrow()[0].state {
            proofs.insert(proven_at);
        }
    }
    assert_eq!(greeted.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_service_that_does_not_take_its_connections_is_never_called_listening() {
    let deaf: Serve = Arc::new(|connections, stop| {
        Box::pin(async move {
            let _unused = connections;
            stop.cancelled().await;
        })
    });
    let (keeper, _) = keep(free_address(), deaf, quick());
    let mut services = keeper.services();
    let seen = services.wait_for(|all| {
        assert!(!is_listening(&all[0]));
        matches!(all[0].state, PortState::Silent { .. })
    });
    let service = tokio::time::timeout(SOON, seen).await.unwrap().unwrap()[0].clone();
    assert_eq!(service.condition, Condition::NeedsYou);
}

#[tokio::test]
async fn a_port_in_use_is_waited_for_and_taken_the_moment_it_is_let_go() {
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (keeper, _) = keep(other.local_addr().unwrap(), greeter(&Arc::default()), patient(5));
    let waiting =
        until(&keeper, |service| matches!(service.state, PortState::Waiting { .. })).await;
    let cause = waiting.state.cause().unwrap();
    assert_eq!(cause.endable_holders()[0].identity.pid, std::process::id(), "{cause:?}");
    drop(other);
    until(&keeper, is_listening).await;
}

#[tokio::test]
async fn a_taken_port_heals_without_a_click() {
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (keeper, _) = keep(other.local_addr().unwrap(), greeter(&Arc::default()), patient(1));
    let taken = until(&keeper, |service| matches!(service.state, PortState::Taken { .. })).await;
    assert_eq!(taken.condition, Condition::NeedsYou);
    drop(other);
    until(&keeper, is_listening).await;
}

#[tokio::test]
async fn a_restart_refuses_nobody() {
    let address = free_address();
    let (keeper, orders) = keep(address, greeter(&Arc::default()), quick());
    until(&keeper, is_listening).await;
    let callers = async {
        for _ in 0..200 {
            assert!(is_greeted(address).await);
        }
    };
    let restarts = async {
        for _ in 0..10 {
            let outcome = orders.give(Order::Restart { service: NAME }).await.unwrap();
            assert!(matches!(outcome, Outcome::Done { service } if is_listening(&service)));
        }
    };
    tokio::join!(callers, restarts);
}

#[tokio::test]
async fn a_stop_lets_the_port_go_and_a_start_takes_it_again() {
    let address = free_address();
    let (keeper, orders) = keep(address, greeter(&Arc::default()), quick());
    until(&keeper, is_listening).await;
    let Ok(Outcome::Done { service }) = orders.give(Order::Stop { service: NAME }).await else {
        panic!("not done")
    };
    assert_eq!((service.life, service.state), (Life::Stopped, PortState::Stopped));
    drop(TcpListener::bind(address).unwrap());
    let Ok(Outcome::Done { service }) = orders.give(Order::Start { service: NAME }).await else {
        panic!("not done")
    };
    assert!(is_listening(&service), "{service:?}");
}

#[tokio::test]
async fn a_service_that_will_not_stop_is_ended_after_its_limit() {
    let stubborn: Serve = Arc::new(|mut connections, _stop| {
        Box::pin(async move { while connections.next().await.is_some() {} })
    });
    let (keeper, orders) = keep(free_address(), stubborn, quick());
    until(&keeper, is_listening).await;
    let outcome = tokio::time::timeout(SOON, orders.give(Order::Stop { service: NAME }))
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(outcome, Outcome::Done { service } if service.life == Life::Stopped));
}

#[tokio::test]
async fn a_panic_restarts_the_service_and_too_many_fail_it() {
    let panics: Serve = Arc::new(|_, _| Box::pin(async { panic!("the engine fell out") }));
    let (keeper, orders) = keep(free_address(), panics, quick());
    let failed = until(&keeper, |service| matches!(service.life, Life::Failed { .. })).await;
    assert_eq!(failed.life, Life::Failed { reason: "the engine fell out".to_owned() });
    assert_eq!(failed.condition, Condition::NeedsYou);
    drop(TcpListener::bind(failed.address.parse::<SocketAddr>().unwrap()).unwrap());
    // A person may still try.
    assert!(orders.give(Order::Start { service: NAME }).await.is_ok());
}

#[tokio::test]
async fn an_address_of_another_machine_is_refused_at_once() {
    let (keeper, _) =
        keep("203.0.113.5:9998".parse().unwrap(), greeter(&Arc::default()), patient(5));
    let refused =
        until(&keeper, |service| matches!(service.state, PortState::Refused { .. })).await;
    assert_eq!(refused.state, PortState::Refused { refusal: wire::Refusal::NoSuchAddress });
}

#[tokio::test]
async fn orders_that_cannot_be_carried_out_say_why() {
    let address = free_address();
    let (keeper, orders) = keep(address, greeter(&Arc::default()), quick());
    until(&keeper, is_listening).await;
    let service = ServiceName::literal("supervisor");
    assert_eq!(orders.give(Order::Start { service }).await, Err(Failure::NotHere { service }));
    let nothing = orders.give(Order::FreePort { service: NAME, victims: Vec::new() }).await;
    assert_eq!(nothing, Err(Failure::NothingToFree { service: NAME }));
    orders.give(Order::Stop { service: NAME }).await.unwrap();
    let restart = orders.give(Order::Restart { service: NAME }).await;
    assert_eq!(restart, Err(Failure::NotRunning { service: NAME }));
    keeper.close().await;
    assert_eq!(orders.give(Order::Start { service: NAME }).await, Err(Failure::Ending));
}

#[tokio::test]
async fn after_the_end_the_port_is_free() {
    let address = free_address();
    let (keeper, _) = keep(address, greeter(&Arc::default()), quick());
    until(&keeper, is_listening).await;
    keeper.close().await;
    drop(TcpListener::bind(address).unwrap());
}
