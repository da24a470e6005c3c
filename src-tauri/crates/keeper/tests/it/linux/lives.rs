//! How programs live: started, ended, killed and back.

use keeper::Policy;
use wire::{Condition, Failure, Life, Order, Outcome, PortState, ServiceKind};

use super::acting::*;
use crate::keep::{free_address, is_greeted, quick};

#[tokio::test]
async fn a_program_is_started_proven_and_ended_with_what_it_started() {
    for act in ["listens", "wraps"] {
        let address = free_address();
        let (keeper, orders) = keep(vec![acting(MODEL, &format!("{act} {address}"), address)]);
        let ready = until(&keeper, MODEL, is_proven).await;
        assert_eq!((ready.kind, ready.condition), (ServiceKind::Program, Condition::Well));
        let program = ready.program.expect("it is one");
        assert!(program.listens && program.could_start && program.elsewhere.is_empty());
        assert!(program.command.ends_with("linux::acting::an_actor"), "{}", program.command);
        let stopped = orders.give(Order::Stop { service: MODEL }).await.expect("it stops");
        let Outcome::Done { service } = stopped else { panic!("{stopped:?}") };
        assert_eq!((&service.life, &service.state), (&Life::Stopped, &PortState::Stopped));
        assert_eq!(service.program.expect("it is one").pid, None);
        assert!(std::net::TcpListener::bind(address).is_ok(), "nothing of it is left");
        orders.give(Order::Start { service: MODEL }).await.expect("it starts");
        until(&keeper, MODEL, is_proven).await;
        keeper.close().await;
        assert!(std::net::TcpListener::bind(address).is_ok(), "nothing of it is left");
    }
}

#[tokio::test]
async fn a_program_that_is_killed_comes_back_proven_each_time() {
    let address = free_address();
    let (keeper, _) = keep(vec![listening(MODEL, address)]);
    let mut pid = proven_pid(&until(&keeper, MODEL, is_proven).await).expect("it is proven");
    for _ in 0..tries() {
        kill(pid);
        let is_back = |service: &wire::Service| proven_pid(service).is_some_and(|it| it != pid);
        let back = until(&keeper, MODEL, is_back).await;
        pid = proven_pid(&back).expect("it is proven");
        assert!(!is_greeted(address).await, "it answers in its own way");
    }
    println!("killed and back: {} of {}", tries(), tries());
    keeper.close().await;
}

#[tokio::test]
async fn a_restart_is_another_process_on_the_same_port() {
    let address = free_address();
    let (keeper, orders) = keep(vec![listening(MODEL, address)]);
    let before = proven_pid(&until(&keeper, MODEL, is_proven).await);
    orders.give(Order::Restart { service: MODEL }).await.expect("it restarts");
    let after = until(&keeper, MODEL, is_proven).await;
    assert_ne!(proven_pid(&after), before);
    keeper.close().await;
}

#[tokio::test]
async fn a_program_that_ends_at_once_is_tried_again_and_given_up_with_its_last_words() {
    let policy = Policy { most_crashes: 2, ..quick() };
    let (keeper, orders) = keep_with(vec![acting(MODEL, "crashes", free_address())], policy);
    let failed = until(&keeper, MODEL, |service| matches!(service.life, Life::Failed { .. })).await;
    let Life::Failed { reason } = &failed.life else { panic!("it failed") };
    assert!(
        reason.starts_with("it ended with exit code 7; its last words: ")
            && reason.ends_with("the weights are damaged"),
        "{reason}"
    );
    assert_eq!(failed.troubles.len(), 3);
    assert!(failed.program.expect("it is one").could_start);
    let started = orders.give(Order::Start { service: MODEL }).await;
    assert!(matches!(started, Ok(Outcome::Done { .. })), "{started:?}");
    keeper.close().await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_not_tried_again() {
    let mut missing = listening(MODEL, free_address());
    missing.program.program = "no-such-program-anywhere".to_owned();
    let (keeper, _) = keep(vec![missing]);
    let failed = until(&keeper, MODEL, |service| matches!(service.life, Life::Failed { .. })).await;
    let Life::Failed { reason } = &failed.life else { panic!("it failed") };
    assert_eq!(reason, "there is no program no-such-program-anywhere");
    assert!(!failed.program.expect("it is one").could_start);
    assert_eq!(failed.troubles.len(), 1);
    keeper.close().await;
}

#[tokio::test]
async fn a_program_that_is_not_to_start_by_itself_waits_for_its_order() {
    let spec = keeper::ProgramSpec { starts_by_itself: false, ..listening(MODEL, free_address()) };
    let (keeper, orders) = keep(vec![spec]);
    let restarted = orders.give(Order::Restart { service: MODEL }).await;
    assert_eq!(restarted, Err(Failure::NotRunning { service: MODEL }));
    assert_eq!(keeper.services().borrow()[0].condition, Condition::Off);
    orders.give(Order::Start { service: MODEL }).await.expect("it starts");
    until(&keeper, MODEL, is_proven).await;
    keeper.close().await;
}

#[tokio::test]
async fn a_program_whose_guardian_is_killed_comes_back_and_leaves_nothing() {
    let address = free_address();
    let (keeper, _) = keep(vec![acting(MODEL, &format!("wraps {address}"), address)]);
    let before = proven_pid(&until(&keeper, MODEL, is_proven).await).expect("it is proven");
    let status = std::fs::read_to_string(format!("/proc/{before}/status")).expect("it runs");
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).expect("it has one");
    kill(parent.trim().parse().expect("a number"));
    let is_back = |service: &wire::Service| proven_pid(service).is_some_and(|it| it != before);
    let back = until(&keeper, MODEL, is_back).await;
    let Some(trouble) = back.troubles.last() else { panic!("it is told") };
    let told = format!("{:?}", trouble.what);
    assert!(told.contains("somebody ended the process that guards it"), "{told}");
    keeper.close().await;
    assert!(std::net::TcpListener::bind(address).is_ok(), "nothing of it is left");
}
