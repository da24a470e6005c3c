//! What goes wrong while a service runs, and how it comes right again.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use keeper::Serve;
use tokio::sync::watch;
use wire::{Life, Mishap, Order, PortState, Service, Silence};

use crate::keep::{
    NAME, SOON, free_address, greeter, is_greeted, is_listening, keep, patient, quick, until,
};

pub(crate) fn has_happened(service: &Service, wanted: impl Fn(&Mishap) -> bool) -> bool {
    service.troubles.iter().any(|trouble| wanted(&trouble.what))
}

/// Takes connections, but only while it is let.
fn fitful(is_let: watch::Receiver<bool>) -> Serve {
    Arc::new(move |mut connections, stop| {
        let mut is_let = is_let.clone();
        Box::pin(async move {
            loop {
                if stop.is_cancelled() || is_let.wait_for(|is_let| *is_let).await.is_err() {
                    break;
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    taken = connections.next() => drop(taken),
                    _ = is_let.changed() => {}
                }
            }
        })
    })
}

#[tokio::test]
async fn a_service_that_stalls_is_silent_until_it_goes_on() {
    let (let_it, is_let) = watch::channel(true);
    let (keeper, _) = keep(free_address(), fitful(is_let), quick());
    until(&keeper, is_listening).await;
    let_it.send_replace(false);
    let silent = until(&keeper, |service| matches!(service.state, PortState::Silent { .. })).await;
    assert!(matches!(silent.state, PortState::Silent { why: Silence::Unanswered, .. }));
    let_it.send_replace(true);
    let well = until(&keeper, is_listening).await;
    assert!(has_happened(&well, |what| matches!(what, Mishap::Silent { .. })));
}

#[tokio::test]
async fn a_connection_that_comes_while_a_crashed_service_rests_is_served_afterwards() {
    let runs = Arc::new(AtomicUsize::new(0));
    let greeted = Arc::default();
    let greet = greeter(&greeted);
    let crashes_once: Serve = {
        let runs = Arc::clone(&runs);
        Arc::new(move |mut connections, stop| {
            if runs.fetch_add(1, Ordering::SeqCst) > 0 {
                return greet(connections, stop);
            }
            Box::pin(async move {
                let _caller = connections.next().await;
                panic!("the first caller was too much");
            })
        })
    };
    let address = free_address();
    let (keeper, _) = keep(address, crashes_once, quick());
    until(&keeper, is_listening).await;
    assert!(!is_greeted(address).await);
    assert!(is_greeted(address).await);
    let well = until(&keeper, is_listening).await;
    assert!(has_happened(&well, |what| {
        *what == Mishap::Crashed { reason: "the first caller was too much".to_owned() }
    }));
}

#[tokio::test]
async fn restarts_in_quick_succession_are_one() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted: Serve = {
        let (runs, greet) = (Arc::clone(&runs), greeter(&Arc::default()));
        Arc::new(move |connections, stop| {
            runs.fetch_add(1, Ordering::SeqCst);
            greet(connections, stop)
        })
    };
    let (keeper, orders) = keep(free_address(), counted, quick());
    until(&keeper, is_listening).await;
    let restart = || orders.give(Order::Restart { service: NAME });
    let (first, second, third) = tokio::join!(restart(), restart(), restart());
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_service_stopped_while_it_waits_for_its_port_stays_stopped() {
    let other = TcpListener::bind(free_address()).unwrap();
    let (keeper, orders) = keep(other.local_addr().unwrap(), greeter(&Arc::default()), patient(5));
    until(&keeper, |service| matches!(service.state, PortState::Waiting { .. })).await;
    orders.give(Order::Stop { service: NAME }).await.unwrap();
    let address = other.local_addr().unwrap();
    drop(other);
    // Nobody takes it: it can be had again and again.
    for _ in 0..50 {
        drop(TcpListener::bind(address).unwrap());
    }
    assert_eq!(keeper.services().borrow()[0].life, Life::Stopped);
}

#[tokio::test]
async fn what_went_wrong_is_remembered_with_its_holder() {
    let other = TcpListener::bind(free_address()).unwrap();
    let (keeper, _) = keep(other.local_addr().unwrap(), greeter(&Arc::default()), patient(2));
    until(&keeper, |service| matches!(service.state, PortState::Waiting { .. })).await;
    drop(other);
    let well = until(&keeper, is_listening).await;
    assert!(has_happened(&well, |what| {
        matches!(what, Mishap::InUse { cause, .. } if cause.endable_holders().len() == 1)
    }));
    assert!(tokio::time::timeout(SOON, keeper.close()).await.is_ok());
}
