//! Programs whose port somebody else has.

use wire::{Cause, Failure, Life, Order, PortState, Service};

use super::acting::*;
use crate::keep::{free_address, patient};

fn cause(service: &Service) -> Option<&Cause> {
    service.state.cause()
}

#[tokio::test]
async fn a_stranger_on_the_port_is_named_and_the_program_is_started_when_it_leaves() {
    for round in 0..tries() {
        let address = free_address();
        let stranger = Stranger::at(address);
        let (keeper, _) = keep_with(vec![listening(MODEL, address)], patient(3));
        let waiting = until(&keeper, MODEL, |service| cause(service).is_some()).await;
        let Some(Cause::Held { holders }) = cause(&waiting) else { panic!("{waiting:?}") };
        assert_eq!(holders[0].identity.pid, stranger.pid(), "round {round}");
        assert_eq!(waiting.life, Life::Waiting);
        assert_eq!(waiting.program.as_ref().and_then(|program| program.pid), None);
        drop(stranger);
        until(&keeper, MODEL, is_proven).await;
        keeper.close().await;
    }
    println!("a stranger named: {} of {}", tries(), tries());
}

#[tokio::test]
async fn the_second_of_two_programs_on_one_port_waits_for_the_first() {
    let address = free_address();
    let first = acting(MODEL, "sleeps", address);
    let (keeper, orders) = keep_with(vec![first, listening(OTHER, address)], patient(3));
    let waiting = until(&keeper, OTHER, |service| cause(service).is_some()).await;
    assert_eq!(cause(&waiting), Some(&Cause::Claimed { by: MODEL }), "before it listens");
    orders.give(Order::Stop { service: MODEL }).await.expect("it stops");
    until(&keeper, OTHER, is_proven).await;
    orders.give(Order::Start { service: MODEL }).await.expect("it waits");
    let waiting = until(&keeper, MODEL, |service| cause(service).is_some()).await;
    assert_eq!(cause(&waiting), Some(&Cause::Claimed { by: OTHER }));
    keeper.close().await;
}

#[tokio::test]
async fn a_program_of_ours_is_no_victim() {
    let address = free_address();
    let (keeper, orders) = keep(vec![listening(MODEL, address)]);
    let pid = proven_pid(&until(&keeper, MODEL, is_proven).await).expect("it is proven");
    let victims = || vec![ports::identity(pid).expect("it runs")];
    for victims in [victims(), Vec::new()] {
        let freed = orders.give(Order::FreePort { service: MODEL, victims }).await;
        assert_eq!(freed, Err(Failure::NothingToFree { service: MODEL }));
    }
    assert_eq!(proven_pid(&keeper.services().borrow()[0]), Some(pid));
    keeper.close().await;
}

#[tokio::test]
async fn a_port_that_is_freed_is_the_programs() {
    let address = free_address();
    let _stranger = Stranger::at(address);
    let (keeper, orders) = keep_with(vec![listening(MODEL, address)], patient(3));
    let waiting = until(&keeper, MODEL, |service| cause(service).is_some()).await;
    let holders = cause(&waiting).map(Cause::endable_holders).unwrap_or_default();
    let victims = holders.iter().map(|holder| holder.identity.clone()).collect();
    let freed = orders.give(Order::FreePort { service: MODEL, victims }).await;
    assert!(matches!(freed, Ok(wire::Outcome::Freed { .. })), "{freed:?}");
    let ready = until(&keeper, MODEL, is_proven).await;
    assert!(matches!(ready.state, PortState::Listening { .. }));
    keeper.close().await;
}
