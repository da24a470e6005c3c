//! Ending a holder, and never anybody else.

use std::net::SocketAddr;

use ports::{Known, Listener, Sharing, free};
use wire::{Failure, Force, Guard, Identity};

use crate::holder::Holder;
use crate::soon;

/// Confirms these and nobody else.
pub(crate) async fn freed(addr: SocketAddr, victims: &[Identity]) -> Result<Vec<Force>, Failure> {
    let ended = soon(free(addr, victims, &Known::default())).await?;
    Ok(ended.into_iter().map(|one| one.force).collect())
}

#[tokio::test]
async fn a_confirmed_holder_is_asked_and_goes() {
    let mut holder = Holder::plain();
    let ended = soon(free(holder.addr, &[holder.identity()], &Known::default()))
        .await
        .expect("nothing speaks against it");
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].identity.pid, holder.pid());
    assert_eq!(ended[0].force, if cfg!(unix) { Force::Polite } else { Force::Firm });
    soon(holder.end()).await;
    Listener::bind(holder.addr, Sharing::Exclusive).expect("the first try succeeds");
}

#[tokio::test]
async fn a_holder_that_has_already_gone_needs_no_force() {
    let mut holder = Holder::plain();
    let victim = holder.identity();
    holder.kill();
    assert_eq!(freed(holder.addr, &[victim]).await, Ok(vec![Force::None]));
}

#[tokio::test]
async fn without_a_confirmation_the_holders_are_told() {
    let mut holder = Holder::plain();
    match freed(holder.addr, &[]).await {
        Err(Failure::Unconfirmed { holders }) => assert_eq!(holders[0].identity, holder.identity()),
        other => panic!("{other:?}"),
    }
    holder.still_answers();
}

#[tokio::test]
async fn a_process_that_differs_in_anything_is_not_the_one_that_was_confirmed() {
    let mut holder = Holder::plain();
    let pid = holder.pid();
    let other_start = Identity { began: "1".to_owned(), ..holder.identity() };
    let other_program =
        Identity { executable: Some("/bin/innocent".to_owned()), ..holder.identity() };
    let other_user = Identity { uid: Some(4711), ..holder.identity() };
    for victim in [other_start, other_program, other_user] {
        assert_eq!(freed(holder.addr, &[victim]).await, Err(Failure::Changed { pid }));
    }
    holder.still_answers();
}

#[tokio::test]
async fn a_process_that_does_not_hold_the_port_is_left_alone() {
    let (holder, mut bystander) = (Holder::plain(), Holder::plain());
    let answer = freed(holder.addr, &[holder.identity(), bystander.identity()]).await;
    assert_eq!(answer, Err(Failure::Changed { pid: bystander.pid() }));
    bystander.still_answers();
}

#[tokio::test]
async fn a_client_is_left_alone_even_if_it_was_confirmed() {
    let holder = Holder::plain();
    let _client = std::net::TcpStream::connect(holder.addr).expect("it listens");
    let mut other = Holder::plain();
    let answer = freed(holder.addr, &[other.identity()]).await;
    assert!(answer.is_err());
    other.still_answers();
}

pub(crate) async fn guard_of(holder: &Holder, victim: Identity, known: &Known) -> Guard {
    match soon(free(holder.addr, &[victim], known)).await {
        Err(Failure::Refused { guard, .. }) => guard,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn we_end_neither_ourselves_nor_those_who_started_us() {
    let holder = Holder::plain();
    let known = Known::default();
    assert_eq!(guard_of(&holder, ports::this_process(), &known).await, Guard::Ourselves);
    #[cfg(unix)]
    {
        let parent = std::os::unix::process::parent_id();
        let guard = guard_of(&holder, ports::identity(parent).expect("it runs"), &known).await;
        assert!(matches!(guard, Guard::Ancestor | Guard::System), "{guard:?}");
        let first = guard_of(&holder, ports::identity(1).expect("it runs"), &known).await;
        assert_eq!(first, Guard::System);
    }
}

#[tokio::test]
async fn the_running_xswarm_is_not_ended_from_another_process() {
    let mut holder = Holder::plain();
    let known = Known { running: Some(holder.identity()), ..Known::default() };
    assert_eq!(guard_of(&holder, holder.identity(), &known).await, Guard::RunningXswarm);
    holder.still_answers();
}

#[tokio::test]
async fn a_port_that_only_we_have_is_not_freed() {
    let ours = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Sharing::Exclusive)
        .expect("a port is free");
    match freed(ours.local_addr(), &[]).await {
        Err(Failure::Refused { guard: Guard::Ourselves, .. }) => {}
        other => panic!("{other:?}"),
    }
}
