//! A service with several addresses, of which it must have the first.

use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use keeper::ServiceSpec;
use wire::{Companion, Condition, Life, Order, Outcome, PortState, Refusal, Service};

use crate::keep::{
    NAME, free_address, greeter, is_greeted, is_listening, keep_spec, patient, quick, spec, until,
};

/// Both loopbacks with one port that is free at both.
fn both_loopbacks() -> [SocketAddr; 2] {
    loop {
        let first = free_address();
        let second = SocketAddr::from((Ipv6Addr::LOCALHOST, first.port()));
        if TcpListener::bind(second).is_ok() {
            return [first, second];
        }
    }
}

fn greet_at(addresses: &[SocketAddr]) -> ServiceSpec {
    spec(addresses.to_vec(), greeter(&Arc::default()))
}

fn is_well_everywhere(service: &Service) -> bool {
    let is_proven = |companion: &Companion| matches!(companion.state, PortState::Listening { .. });
    is_listening(service) && service.companions.iter().all(is_proven)
}

fn is_shadowed(service: &Service) -> bool {
    is_listening(service) && service.companions.iter().any(|companion| companion.is_shadowed)
}

#[tokio::test]
async fn a_service_is_reached_at_each_of_its_addresses() {
    let addresses = both_loopbacks();
    let (keeper, _) = keep_spec(greet_at(&addresses), quick());
    let service = until(&keeper, is_well_everywhere).await;
    assert_eq!(service.condition, Condition::Well);
    for address in addresses {
        assert!(is_greeted(address).await, "{address}");
    }
}

#[tokio::test]
async fn a_service_waits_for_the_address_that_it_must_have() {
    let addresses = both_loopbacks();
    let squatter = TcpListener::bind(addresses[0]).unwrap();
    let (keeper, _) = keep_spec(greet_at(&addresses), patient(5));
    let is_waiting = |service: &Service| {
        matches!(service.state, PortState::Waiting { .. })
            && matches!(service.companions[0].state, PortState::Listening { .. })
    };
    let service = until(&keeper, is_waiting).await;
    assert_eq!((service.port, &service.life), (addresses[0].port(), &Life::Waiting));
    drop(squatter);
    let service = until(&keeper, is_well_everywhere).await;
    assert_eq!((service.condition, service.life), (Condition::Well, Life::Running));
}

#[tokio::test]
async fn somebody_else_on_the_other_loopback_is_named_and_nothing_is_called_well() {
    let addresses = both_loopbacks();
    let squatter = TcpListener::bind(addresses[1]).unwrap();
    let (keeper, _) = keep_spec(greet_at(&addresses), patient(5));
    let service = until(&keeper, is_shadowed).await;
    assert_eq!(service.condition, Condition::NeedsYou);
    let cause = service.companions[0].state.cause().unwrap();
    assert_eq!(cause.endable_holders()[0].identity.pid, std::process::id());
    assert!(is_greeted(addresses[0]).await, "the required address works all the same");

    drop(squatter);
    let healed = until(&keeper, is_well_everywhere).await;
    assert_eq!(healed.condition, Condition::Well);
    assert!(is_greeted(addresses[1]).await);
}

#[tokio::test]
async fn an_address_that_this_machine_lacks_is_no_trouble_where_it_is_not_required() {
    let addresses = [free_address(), "203.0.113.5:9998".parse().unwrap()];
    let (keeper, _) = keep_spec(greet_at(&addresses), quick());
    let is_refused = |service: &Service| {
        is_listening(service)
            && service.companions[0].state == PortState::Refused { refusal: Refusal::NoSuchAddress }
    };
    assert_eq!(until(&keeper, is_refused).await.condition, Condition::Well);
}

#[tokio::test]
async fn a_service_whose_required_address_is_taken_serves_at_the_other_and_is_not_called_well() {
    let addresses = both_loopbacks();
    let other = TcpListener::bind(addresses[0]).unwrap();
    let (keeper, _) = keep_spec(greet_at(&addresses), patient(1));
    let taken = until(&keeper, |service| {
        matches!(service.state, PortState::Taken { .. })
            && matches!(service.companions[0].state, PortState::Listening { .. })
    })
    .await;
    assert_eq!(taken.condition, Condition::NeedsYou);
    assert!(is_greeted(addresses[1]).await);
    drop(other);
    until(&keeper, is_well_everywhere).await;
}

#[tokio::test]
async fn a_stop_lets_every_address_go() {
    let addresses = both_loopbacks();
    let (keeper, orders) = keep_spec(greet_at(&addresses), quick());
    until(&keeper, is_well_everywhere).await;
    orders.give(Order::Stop { service: NAME }).await.unwrap();
    for address in addresses {
        drop(TcpListener::bind(address).unwrap());
    }
}

#[tokio::test]
async fn a_listener_that_was_given_to_us_is_used_and_outlives_a_stop() {
    let given = TcpListener::bind(free_address()).unwrap();
    let address = given.local_addr().unwrap();
    let ours = ServiceSpec { adopted: vec![given.try_clone().unwrap()], ..greet_at(&[address]) };
    let (keeper, orders) = keep_spec(ours, quick());
    until(&keeper, is_listening).await;
    assert!(is_greeted(address).await);
    orders.give(Order::Stop { service: NAME }).await.unwrap();
    let started = orders.give(Order::Start { service: NAME }).await.unwrap();
    assert!(matches!(started, Outcome::Done { service } if is_listening(&service)));
    assert!(is_greeted(address).await);
}

#[tokio::test]
async fn listeners_can_be_handed_to_another_keeper_without_refusing_anybody() {
    let address = free_address();
    let (old, orders) = keep_spec(greet_at(&[address]), quick());
    until(&old, is_listening).await;
    let callers = tokio::task::spawn(async move {
        for _ in 0..500 {
            assert!(is_greeted(address).await);
        }
    });
    let adopted = orders.listeners().await;
    assert_eq!(adopted.len(), 1);
    orders.release().await;
    let (heir, _) = keep_spec(ServiceSpec { adopted, ..greet_at(&[address]) }, quick());
    until(&heir, is_listening).await;
    old.close().await;
    callers.await.unwrap();
}
