//! When a program counts as ready, and what is told until then.

use std::time::Duration;

use wire::{Condition, Life, PortState, Service, Silence};

use super::acting::*;
use crate::keep::free_address;

const HARDLY: Duration = Duration::from_millis(300);

fn is_silent_for(why: Silence) -> impl Fn(&Service) -> bool {
    move |service| matches!(service.state, PortState::Silent { why: told, .. } if told == why)
}

#[tokio::test]
async fn a_program_that_takes_its_time_is_told_and_counts_once_it_is_ready() {
    let (address, folder) = (free_address(), tempfile::tempdir().expect("room"));
    let sign = folder.path().join("ready");
    let act = format!("is_late {address} {}", sign.display());
    let spec = keeper::ProgramSpec { ready_limit: HARDLY, ..acting(MODEL, &act, address) };
    let (keeper, _) = keep(vec![spec]);
    let is_starting =
        |service: &Service| service.program.as_ref().is_some_and(|it| it.pid.is_some());
    let starting = until(&keeper, MODEL, is_starting).await;
    assert_eq!((&starting.life, starting.condition), (&Life::Starting, Condition::Busy));
    let program = starting.program.expect("it is one");
    let (started, ready_by) = (program.started.expect("it runs"), program.ready_by.expect("so"));
    assert_eq!(ready_by.0 - started.0, HARDLY.as_millis() as u64);
    let late = until(&keeper, MODEL, is_silent_for(Silence::NotListening)).await;
    assert_eq!(late.condition, Condition::NeedsYou);
    assert_eq!(late.program.expect("it runs on").pid, program.pid);
    std::fs::write(&sign, "").expect("room");
    let ready = until(&keeper, MODEL, is_proven).await;
    assert_eq!(proven_pid(&ready), program.pid);
    keeper.close().await;
}

#[tokio::test]
async fn a_program_that_listens_elsewhere_is_told_where() {
    let (address, elsewhere) = (free_address(), free_address());
    let act = format!("listens {elsewhere}");
    let spec = keeper::ProgramSpec { ready_limit: HARDLY, ..acting(MODEL, &act, address) };
    let (keeper, _) = keep(vec![spec]);
    let silent = until(&keeper, MODEL, |service| {
        is_silent_for(Silence::NotListening)(service)
            && service.program.as_ref().is_some_and(|it| !it.elsewhere.is_empty())
    })
    .await;
    let program = silent.program.expect("it runs");
    assert_eq!((program.elsewhere, program.listens), (vec![elsewhere.to_string()], false));
    keeper.close().await;
}

#[tokio::test]
async fn a_program_that_speaks_something_else_is_not_ready() {
    let address = free_address();
    let (keeper, _) = keep(vec![acting(MODEL, &format!("lies {address}"), address)]);
    let silent = until(&keeper, MODEL, is_silent_for(Silence::OtherProtocol)).await;
    assert!(silent.program.expect("it runs").listens);
    assert_eq!(silent.condition, Condition::NeedsYou);
    keeper.close().await;
}

#[tokio::test]
async fn a_program_that_never_listens_is_ended_when_it_is_told_to() {
    let spec =
        keeper::ProgramSpec { ready_limit: HARDLY, ..acting(MODEL, "sleeps", free_address()) };
    let (keeper, _) = keep(vec![spec]);
    let silent = until(&keeper, MODEL, is_silent_for(Silence::NotListening)).await;
    let pid = silent.program.and_then(|program| program.pid).expect("it runs");
    keeper.close().await;
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}
