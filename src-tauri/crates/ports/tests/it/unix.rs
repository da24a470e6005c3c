//! What only Unix lets a program do: share a port, hand a listener to a child, be stopped, and be deaf to a polite request.

use std::net::TcpStream;
use std::time::Duration;

use ports::{Known, Listener, Sharing, Standing, cause, released};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use wire::{Failure, Force, Guard, Identity};

use crate::freeing::freed;
use crate::holder::{Holder, let_go};
use crate::naming::{ours, pids};
use crate::orders::foreign;
use crate::soon;
use crate::waiting::is_over;

#[test]
fn all_who_share_a_port_are_named() {
    let first = Holder::ordered("127.0.0.1:0 reuse_port");
    let second = Holder::ordered(&format!("{} reuse_port", first.addr));
    let mut both = [first.pid(), second.pid()];
    both.sort_unstable();
    let mut found = pids(first.addr);
    found.sort_unstable();
    assert_eq!(found, both);
}

#[tokio::test]
async fn a_child_that_inherited_the_listener_is_named_with_its_parent_and_after_it() {
    let mut parent = Holder::with_child();
    let found = cause(parent.addr, &Known::default());
    let heirs: Vec<_> =
        found.endable_holders().iter().map(|one| (one.identity.pid, one.has_inherited)).collect();
    assert_eq!(heirs, [(parent.pid(), false), (parent.child_pid, true)]);
    let starter = found.endable_holders()[1].started_by.as_deref().expect("its parent started it");
    assert!(starter.ends_with(&format!("({})", parent.pid())), "{starter}");

    parent.kill();
    let found = cause(parent.addr, &Known::default());
    let heirs: Vec<_> =
        found.endable_holders().iter().map(|one| (one.identity.pid, one.has_inherited)).collect();
    assert_eq!(heirs, [(parent.child_pid, false)]);

    let mut waiting = Box::pin(released(parent.addr, &found));
    assert!(!is_over(&mut waiting).await);
    kill_process(raw(parent.child_pid), Signal::KILL).expect("it is our user's");
    soon(waiting).await;
    Listener::bind(parent.addr, Sharing::Exclusive).expect("the first try succeeds");
}

#[test]
fn the_one_beside_us_is_named_and_not_we() {
    let holder = Holder::ordered("127.0.0.1:0 reuse_port");
    let _own = foreign(holder.addr, &["reuse_port"]);
    assert_eq!(pids(holder.addr), [holder.pid()]);
}

#[tokio::test]
async fn a_listener_of_ours_that_shares_stands_beside_others_and_says_so() {
    let holder = Holder::ordered("127.0.0.1:0 reuse_address reuse_port");
    assert!(Listener::bind(holder.addr, Sharing::Exclusive).is_err());
    let listener = Listener::bind(holder.addr, Sharing::Shared).expect("both share");
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Shared);
    assert_eq!(pids(holder.addr), [holder.pid()]);
    drop(holder);
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Alone);
}

#[tokio::test]
async fn a_listener_beside_ours_is_noticed_though_it_came_later() {
    let listener = Listener::bind(ours(0), Sharing::Shared).expect("a port is free");
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Alone);
    let _other = foreign(listener.local_addr(), &["reuse_address", "reuse_port"]);
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Shared);
}

#[tokio::test]
async fn a_program_that_we_start_keeps_nothing_of_ours() {
    let listener = Listener::bind(ours(0), Sharing::Exclusive).expect("a port is free");
    let addr = listener.local_addr();
    let _client = TcpStream::connect(addr).expect("it listens");
    let call = soon(std::future::poll_fn(|cx| listener.poll_accept(cx))).await;
    let mut started = Holder::plain();
    let_go((listener, call));
    let again = Listener::bind(addr, Sharing::Exclusive).expect("nobody else has it");
    assert_eq!(again.standing().expect("the kernel answers"), Standing::Alone);
    started.still_answers();
}

#[tokio::test]
async fn the_end_of_one_of_several_holders_is_a_change() {
    let mut parent = Holder::with_child();
    let before = cause(parent.addr, &Known::default());
    let mut waiting = Box::pin(released(parent.addr, &before));
    assert!(!is_over(&mut waiting).await);
    parent.kill();
    soon(waiting).await;
    assert_eq!(cause(parent.addr, &Known::default()).endable_holders().len(), 1);
}

#[tokio::test]
async fn a_holder_that_does_not_go_when_asked_is_ended() {
    let mut holder = Holder::ordered("127.0.0.1:0 deaf");
    assert_eq!(freed(holder.addr, &[holder.identity()]).await, Ok(vec![Force::Firm]));
    soon(holder.end()).await;
}

#[tokio::test]
async fn a_process_that_does_not_go_when_asked_is_ended_after_its_grace() {
    let holder = Holder::ordered("127.0.0.1:0 deaf");
    let (victim, grace) = (holder.identity(), Duration::from_millis(100));
    for force in [Force::Firm, Force::None] {
        let ended = soon(ports::end(&victim, grace, &Known::default())).await;
        assert_eq!(ended.expect("nothing speaks against it").force, force);
    }
}

#[tokio::test]
async fn ourselves_and_whoever_is_not_the_same_any_more_are_never_ended() {
    let mut holder = Holder::plain();
    let pid = holder.pid();
    let other = Identity { began: "1".to_owned(), ..holder.identity() };
    let grace = Duration::from_secs(1);
    assert_eq!(ports::end(&other, grace, &Known::default()).await, Err(Failure::Changed { pid }));
    holder.still_answers();
    let ourselves = ports::end(&ports::this_process(), grace, &Known::default()).await;
    assert!(
        matches!(ourselves, Err(Failure::Refused { guard: Guard::Ourselves, .. })),
        "{ourselves:?}"
    );
}

#[tokio::test]
async fn a_frozen_holder_is_told_as_such_and_goes_when_asked() {
    let holder = Holder::plain();
    let pid = raw(holder.pid());
    kill_process(pid, Signal::STOP).expect("it is our child");
    waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED).expect("it is our child");
    // The kernel goes on taking its connections, which is why such a process is so hard to understand.
    let _client = TcpStream::connect(holder.addr).expect("it listens");
    assert!(cause(holder.addr, &Known::default()).endable_holders()[0].is_frozen);
    assert_eq!(freed(holder.addr, &[holder.identity()]).await, Ok(vec![Force::Polite]));
}

#[tokio::test]
async fn both_holders_of_an_inherited_listener_are_ended() {
    let parent = Holder::with_child();
    let child = ports::identity(parent.child_pid).expect("it runs");
    assert_eq!(
        freed(parent.addr, &[parent.identity(), child]).await,
        Ok(vec![Force::Polite, Force::Polite])
    );
    Listener::bind(parent.addr, Sharing::Exclusive).expect("the first try succeeds");
}

#[tokio::test]
async fn nobody_is_ended_while_a_second_holder_is_unconfirmed() {
    let mut first = Holder::ordered("127.0.0.1:0 reuse_port");
    let mut second = Holder::ordered(&format!("{} reuse_port", first.addr));
    match freed(first.addr, &[first.identity()]).await {
        Err(Failure::Unconfirmed { holders }) => assert_eq!(holders.len(), 2),
        other => panic!("{other:?}"),
    }
    first.still_answers();
    second.still_answers();
}

fn raw(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed()).expect("a process id")
}
