//! What only Unix lets a program do: share a port, hand a listener to a child, be stopped, and be deaf to a polite request.

use ports::{Known, Listener, cause, vacated};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use wire::{Failure, Force};

use crate::freeing::freed;
use crate::holder::{Holder, foreign};
use crate::naming::pids;
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

#[test]
fn a_child_that_inherited_the_listener_is_named_with_its_parent_and_after_it() {
    let mut parent = Holder::with_child();
    assert_eq!(pids(parent.addr), [parent.pid(), parent.child_pid]);
    parent.kill();
    assert_eq!(pids(parent.addr), [parent.child_pid]);
}

#[test]
fn the_one_beside_us_is_named_and_not_we() {
    let holder = Holder::ordered("127.0.0.1:0 reuse_port");
    let _own = foreign(holder.addr, &["reuse_port"]);
    assert_eq!(pids(holder.addr), [holder.pid()]);
}

#[tokio::test]
async fn the_end_of_one_of_several_holders_is_a_change() {
    let mut parent = Holder::with_child();
    let before = cause(parent.addr, &Known::default());
    let mut waiting = Box::pin(vacated(parent.addr, &before));
    assert!(!is_over(&mut waiting).await);
    parent.kill();
    soon(waiting).await;
    assert_eq!(cause(parent.addr, &Known::default()).holders().len(), 1);
}

#[tokio::test]
async fn a_holder_that_does_not_go_when_asked_is_ended() {
    let mut holder = Holder::ordered("127.0.0.1:0 deaf");
    assert_eq!(freed(holder.addr, &[holder.identity()]).await, Ok(vec![Force::Firm]));
    soon(holder.end()).await;
}

#[tokio::test]
async fn a_stopped_holder_goes_when_asked() {
    let holder = Holder::plain();
    let pid = Pid::from_raw(holder.pid().cast_signed()).expect("a process id");
    kill_process(pid, Signal::STOP).expect("it is our child");
    waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED).expect("it is our child");
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
    Listener::bind(parent.addr).expect("the first try succeeds");
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
