//! Noticing that a port is let go.

use std::net::TcpStream;
use std::time::Duration;

use ports::{Known, Listener, Sharing, cause, released};
use wire::Cause;

use crate::holder::Holder;
use crate::soon;

/// Whether the wait is over at once.
pub(crate) async fn is_over(waiting: &mut (impl Future<Output = ()> + Unpin)) -> bool {
    tokio::select! {
        biased;
        () = waiting => true,
        () = tokio::task::yield_now() => false,
    }
}

#[tokio::test]
async fn the_end_of_the_holder_is_noticed_and_the_port_is_ours() {
    let mut holder = Holder::plain();
    let cause = cause(holder.addr, &Known::default());
    let mut waiting = Box::pin(released(holder.addr, &cause));
    assert!(!is_over(&mut waiting).await);
    holder.kill();
    soon(waiting).await;
    Listener::bind(holder.addr, Sharing::Exclusive).expect("the first try succeeds");
}

#[tokio::test]
async fn a_holder_that_closes_its_socket_and_lives_is_noticed() {
    let mut holder = Holder::plain();
    let cause = cause(holder.addr, &Known::default());
    let mut waiting = Box::pin(released(holder.addr, &cause));
    assert!(!is_over(&mut waiting).await);
    holder.close();
    soon(waiting).await;
    Listener::bind(holder.addr, Sharing::Exclusive).expect("the first try succeeds");
    holder.still_answers();
}

#[tokio::test]
async fn a_holder_that_has_already_gone_is_not_waited_for() {
    let mut holder = Holder::plain();
    let cause = cause(holder.addr, &Known::default());
    holder.kill();
    soon(released(holder.addr, &cause)).await;
}

#[tokio::test]
async fn a_holder_that_another_one_replaces_is_a_change_and_the_other_one_is_named() {
    let mut first = Holder::plain();
    let before = cause(first.addr, &Known::default());
    let mut waiting = Box::pin(released(first.addr, &before));
    assert!(!is_over(&mut waiting).await);
    first.kill();
    let second = Holder::ordered(&first.addr.to_string());
    soon(waiting).await;
    let after = cause(first.addr, &Known::default());
    assert_eq!(after.endable_holders()[0].identity, second.identity());
}

#[tokio::test]
async fn the_closed_calls_of_a_holder_are_no_change() {
    let mut holder = Holder::plain();
    let before = cause(holder.addr, &Known::default());
    let mut waiting = Box::pin(released(holder.addr, &before));
    for _ in 0..10 {
        drop(TcpStream::connect(holder.addr).expect("it listens"));
        assert!(!is_over(&mut waiting).await);
    }
    holder.still_answers();
    assert!(!is_over(&mut waiting).await);
}

#[tokio::test]
async fn what_cannot_be_seen_is_over_when_somebody_is_seen() {
    let holder = Holder::plain();
    soon(released(holder.addr, &Cause::Unseen { command: String::new() })).await;
}

#[tokio::test]
async fn connections_and_what_is_left_of_them_are_over_when_somebody_listens() {
    let holder = Holder::plain();
    let _call = TcpStream::connect(holder.addr).expect("it listens");
    let in_an_hour = std::time::SystemTime::now() + Duration::from_secs(3600);
    for before in
        [Cause::Connected { holders: Vec::new() }, Cause::Lingering { free_at: in_an_hour.into() }]
    {
        soon(released(holder.addr, &before)).await;
    }
}

#[tokio::test]
async fn what_cannot_be_seen_is_over_when_a_bind_would_succeed() {
    let holder = Holder::ordered("127.0.0.1:0 silent");
    let addr = holder.addr;
    let unseen = Cause::Unseen { command: String::new() };
    let mut waiting = Box::pin(released(addr, &unseen));
    assert!(!is_over(&mut waiting).await);
    drop(holder);
    soon(waiting).await;
    Listener::bind(addr, Sharing::Exclusive).expect("the first try succeeds");
}

#[tokio::test]
async fn what_is_hidden_is_over_when_its_socket_is_gone() {
    let mut holder = Holder::plain();
    let hidden = Cause::Hidden { user: None, command: String::new() };
    let mut waiting = Box::pin(released(holder.addr, &hidden));
    assert!(!is_over(&mut waiting).await);
    holder.close();
    soon(waiting).await;
}

#[tokio::test]
async fn a_lack_of_descriptors_is_over_when_a_bind_would_succeed() {
    let addr = Holder::plain().addr;
    soon(released(addr, &Cause::Exhausted)).await;
}

#[tokio::test]
async fn closing_connections_that_are_forgotten_early_are_not_waited_for() {
    let addr = Holder::plain().addr;
    let in_an_hour = std::time::SystemTime::now() + Duration::from_secs(3600);
    soon(released(addr, &Cause::Lingering { free_at: in_an_hour.into() })).await;
}

#[tokio::test]
async fn closing_connections_are_waited_for_until_their_end() {
    let moment = std::time::SystemTime::now() + Duration::from_millis(50);
    let holder = Holder::ordered("127.0.0.1:0 silent");
    soon(released(holder.addr, &Cause::Lingering { free_at: moment.into() })).await;
    assert!(std::time::SystemTime::now() + Duration::from_millis(1) >= moment);
}
