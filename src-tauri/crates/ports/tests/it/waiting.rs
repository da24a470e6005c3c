//! Noticing that a port is let go.

use std::time::Duration;

use ports::{Known, Listener, cause, vacated};
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
    let mut waiting = Box::pin(vacated(holder.addr, &cause));
    assert!(!is_over(&mut waiting).await);
    holder.kill();
    soon(waiting).await;
    Listener::bind(holder.addr).expect("the first try succeeds");
}

#[tokio::test]
async fn a_holder_that_closes_its_socket_and_lives_is_noticed() {
    let mut holder = Holder::plain();
    let cause = cause(holder.addr, &Known::default());
    let mut waiting = Box::pin(vacated(holder.addr, &cause));
    assert!(!is_over(&mut waiting).await);
    holder.close();
    soon(waiting).await;
    Listener::bind(holder.addr).expect("the first try succeeds");
    holder.still_answers();
}

#[tokio::test]
async fn a_holder_that_has_already_gone_is_not_waited_for() {
    let mut holder = Holder::plain();
    let cause = cause(holder.addr, &Known::default());
    holder.kill();
    soon(vacated(holder.addr, &cause)).await;
}

#[tokio::test]
async fn what_cannot_be_seen_is_over_when_a_bind_would_succeed() {
    let holder = Holder::plain();
    let addr = holder.addr;
    let mut waiting = Box::pin(vacated(addr, &Cause::Unseen));
    assert!(!is_over(&mut waiting).await);
    drop(holder);
    soon(waiting).await;
    Listener::bind(addr).expect("the first try succeeds");
}

#[tokio::test]
async fn what_is_hidden_is_over_when_its_socket_is_gone() {
    let mut holder = Holder::plain();
    let mut waiting = Box::pin(vacated(holder.addr, &Cause::Hidden { user: None }));
    assert!(!is_over(&mut waiting).await);
    holder.close();
    soon(waiting).await;
}

#[tokio::test]
async fn closing_connections_are_waited_for_until_their_end() {
    let moment = std::time::SystemTime::now() + Duration::from_millis(50);
    let addr = "127.0.0.1:9".parse().expect("an address");
    soon(vacated(addr, &Cause::Lingering { free_at: moment.into() })).await;
    assert!(std::time::SystemTime::now() + Duration::from_millis(1) >= moment);
}
