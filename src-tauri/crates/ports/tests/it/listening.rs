//! Having a port: alone, at once, and as the kernel sees it.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};

use ports::{BindError, Listener, Sharing, Standing};
use wire::Refusal;

use crate::holder::{Holder, let_go};
use crate::naming::free_port;
use crate::orders::try_foreign;
use crate::{skipped, soon};

fn some_port() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

async fn accepted(listener: &Listener) -> tokio::net::TcpStream {
    let (stream, _) =
        soon(std::future::poll_fn(|cx| listener.poll_accept(cx))).await.expect("it accepts");
    stream
}

#[tokio::test]
async fn a_listener_is_made() {
    let listener = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    assert_ne!(listener.local_addr().port(), 0);
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Alone);
}

#[tokio::test]
async fn a_listener_stands_alone_however_often_it_is_asked() {
    let listener = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    for _ in 0..100 {
        assert_eq!(listener.standing().expect("the kernel answers"), Standing::Alone);
    }
    let accepting = std::future::poll_fn(|cx| listener.poll_accept(cx));
    tokio::select! {
        biased;
        visitor = accepting => panic!("{visitor:?}"),
        () = tokio::task::yield_now() => {}
    }
}

#[tokio::test]
async fn a_listener_that_another_made_is_adopted() {
    let foreign = std::net::TcpListener::bind(some_port()).expect("a port is free");
    let listener = Listener::adopt(foreign).expect("it listens");
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Alone);
    let client = TcpStream::connect(listener.local_addr()).expect("it listens");
    assert_eq!(accepted(&listener).await.peer_addr().ok(), client.local_addr().ok());
}

#[tokio::test]
async fn a_duplicate_is_the_same_listener_and_keeps_the_port_when_the_other_is_dropped() {
    let listener = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    let duplicate = listener.duplicate().expect("a descriptor is left");
    let duplicate = Listener::adopt(duplicate).expect("it listens");
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Alone);
    let client = TcpStream::connect(listener.local_addr()).expect("it listens");
    let_go(listener);
    assert_eq!(duplicate.standing().expect("the kernel answers"), Standing::Alone);
    assert_eq!(accepted(&duplicate).await.peer_addr().ok(), client.local_addr().ok());
}

#[tokio::test]
async fn of_several_listeners_each_is_told_for_itself() {
    let first = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    let second = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    assert_eq!(first.standing().expect("the kernel answers"), Standing::Alone);
    assert_eq!(second.standing().expect("the kernel answers"), Standing::Alone);
}

#[tokio::test]
async fn a_port_is_bound_again_at_once_after_the_first_is_dropped() {
    let first = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    let addr = first.local_addr();
    let_go(first);
    let second = Listener::bind(addr, Sharing::Exclusive).expect("the port is free again");
    assert_eq!(second.local_addr(), addr);
}

#[tokio::test]
async fn a_port_is_bound_again_at_once_after_it_closed_a_connection() {
    let first = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    let addr = first.local_addr();
    let mut client = TcpStream::connect(addr).expect("it listens");
    drop(accepted(&first).await);
    assert_eq!(client.read(&mut [0]).expect("a close is no error"), 0);
    let_go((client, first));
    assert!(Listener::bind(addr, Sharing::Exclusive).is_ok());
}

#[tokio::test]
async fn connections_are_taken() {
    let listener = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    let client = TcpStream::connect(listener.local_addr()).expect("it listens");
    let stream = accepted(&listener).await;
    assert_eq!(stream.peer_addr().ok(), client.local_addr().ok());
}

#[tokio::test]
async fn a_holder_keeps_us_out_whatever_it_allows() {
    for words in ["", "reuse_address", "reuse_port", "reuse_address reuse_port"] {
        let holder = Holder::ordered(&format!("127.0.0.1:0 {words}"));
        assert!(
            matches!(Listener::bind(holder.addr, Sharing::Exclusive), Err(BindError::InUse)),
            "{words}"
        );
    }
}

#[tokio::test]
async fn nobody_gets_in_beside_us_whatever_they_try() {
    let ours = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    let port = ours.local_addr().port();
    for addr in [ours.local_addr(), SocketAddr::from(([0, 0, 0, 0], port))] {
        for words in
            [&[][..], &["reuse_address"], &["reuse_port"], &["reuse_address", "reuse_port"]]
        {
            assert!(try_foreign(addr, words).is_err(), "{addr} {words:?}");
        }
    }
    assert_eq!(ours.standing().expect("the kernel answers"), Standing::Alone);
}

#[tokio::test]
async fn a_holder_of_the_other_loopback_keeps_us_from_there_only() {
    let holder = Holder::ordered(&format!("[::1]:{}", free_port()));
    let v4 = SocketAddr::from(([127, 0, 0, 1], holder.addr.port()));
    let v4 = Listener::bind(v4, Sharing::Exclusive).expect("that port is free here");
    assert_eq!(v4.standing().expect("the kernel answers"), Standing::Alone);
    assert!(matches!(Listener::bind(holder.addr, Sharing::Exclusive), Err(BindError::InUse)));
    let addr = holder.addr;
    drop(holder);
    Listener::bind(addr, Sharing::Exclusive).expect("the holder has gone");
}

#[tokio::test]
async fn two_of_us_cannot_have_the_same_port() {
    let first = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    assert!(matches!(
        Listener::bind(first.local_addr(), Sharing::Exclusive),
        Err(BindError::InUse)
    ));
}

#[tokio::test]
async fn both_loopbacks_can_have_the_same_port() {
    let v4 = Listener::bind(some_port(), Sharing::Exclusive).expect("a port is free");
    let v6 = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, v4.local_addr().port()));
    match Listener::bind(v6, Sharing::Exclusive) {
        Ok(v6) => assert_eq!(v6.standing().expect("the kernel answers"), Standing::Alone),
        Err(BindError::Refused(Refusal::NoSuchAddress)) => {
            skipped("this machine has no IPv6 loopback");
        }
        Err(other) => panic!("{other:?}"),
    }
    assert_eq!(v4.standing().expect("the kernel answers"), Standing::Alone);
}

#[tokio::test]
async fn an_address_of_another_machine_is_refused() {
    let elsewhere = "203.0.113.5:9998".parse().expect("an address");
    assert!(matches!(
        Listener::bind(elsewhere, Sharing::Exclusive),
        Err(BindError::Refused(Refusal::NoSuchAddress))
    ));
}
