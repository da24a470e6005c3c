//! What keeps a listener of ours from an address on Linux, and what doesn't: each rule of the kernel's, tried.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;

use ports::{BindError, Listener, Sharing, Standing};
use socket2::Socket;

use crate::holder::{Holder, let_go, this_program};
use crate::linux::may_become_another_user;
use crate::naming::{free_port, ours};
use crate::orders::{foreign, local, try_foreign};
use crate::soon;

/// Whom an address is open to.
#[derive(Debug, PartialEq)]
enum Open {
    All,
    ThoseWhoShare,
    Nobody,
}

fn open(addr: SocketAddr) -> Open {
    let can_be_had = |sharing| match Listener::bind(addr, sharing) {
        Ok(listener) => {
            let_go(listener);
            true
        }
        Err(BindError::InUse) => false,
        Err(other) => panic!("{other:?}"),
    };
    match (can_be_had(Sharing::Exclusive), can_be_had(Sharing::Shared)) {
        (true, true) => Open::All,
        (false, true) => Open::ThoseWhoShare,
        (false, false) => Open::Nobody,
        (true, false) => panic!("who shares gets less than who doesn't"),
    }
}

/// A server as others make them; ours asks for a reusable address.
fn server(words: &[&str]) -> Socket {
    foreign(ours(0), words)
}

/// A connection to it, both ends.
fn call(server: &Socket) -> (TcpStream, Socket) {
    let client = TcpStream::connect(local(server)).expect("it listens");
    (client, server.accept().expect("somebody has called").0)
}

#[tokio::test]
async fn what_a_careful_server_leaves_behind_is_in_nobodys_way() {
    let server = server(&["reuse_address"]);
    let addr = local(&server);
    let (mut client, connection) = call(&server);
    drop(connection);
    assert_eq!(client.read(&mut [0]).expect("a close is no error"), 0);
    let_go((client, server));
    assert_eq!(open(addr), Open::All);
}

#[tokio::test]
async fn what_a_careless_server_leaves_behind_keeps_everybody_out() {
    let server = server(&[]);
    let addr = local(&server);
    let (mut client, connection) = call(&server);
    drop(connection);
    assert_eq!(client.read(&mut [0]).expect("a close is no error"), 0);
    let_go((client, server));
    assert_eq!(open(addr), Open::Nobody);
}

#[tokio::test]
async fn a_client_that_hangs_up_first_leaves_nothing_with_the_server() {
    let server = server(&[]);
    let addr = local(&server);
    let (client, mut connection) = call(&server);
    drop(client);
    assert_eq!(connection.read(&mut [0]).expect("a close is no error"), 0);
    let_go((connection, server));
    assert_eq!(open(addr), Open::All);
}

#[tokio::test]
async fn an_open_call_of_a_careful_server_is_in_nobodys_way() {
    let server = server(&["reuse_address"]);
    let addr = local(&server);
    let _call = call(&server);
    let_go(server);
    assert_eq!(open(addr), Open::All);
}

#[tokio::test]
async fn an_open_call_of_a_careless_server_keeps_everybody_out() {
    let server = server(&[]);
    let addr = local(&server);
    let _call = call(&server);
    let_go(server);
    assert_eq!(open(addr), Open::Nobody);
}

#[tokio::test]
async fn a_listener_keeps_everybody_out_unless_it_shares() {
    for words in [&[][..], &["reuse_address"]] {
        assert_eq!(open(local(&server(words))), Open::Nobody, "{words:?}");
    }
    for words in [&["reuse_port"][..], &["reuse_address", "reuse_port"]] {
        let server = server(words);
        assert_eq!(open(local(&server)), Open::ThoseWhoShare, "{words:?}");
    }
}

#[tokio::test]
async fn a_port_is_only_shared_among_the_programs_of_one_user() {
    if may_become_another_user() {
        let others =
            Holder::started(this_program().uid(65534), "127.0.0.1:0 reuse_address reuse_port");
        assert_eq!(open(others.addr), Open::Nobody);
    }
}

#[tokio::test]
async fn a_reservation_keeps_everybody_out_unless_its_address_is_reusable() {
    assert_eq!(open(local(&server(&["silent"]))), Open::Nobody);
    let careful = server(&["silent", "reuse_address"]);
    assert_eq!(open(local(&careful)), Open::All);
}

#[tokio::test]
async fn a_call_that_goes_out_from_the_port_keeps_everybody_out_unless_its_address_is_reusable() {
    let elsewhere = server(&[]);
    let calls = format!("calls={}", local(&elsewhere));
    let careless = server(&[&calls]);
    assert_eq!(open(local(&careless)), Open::Nobody);
    let careful = server(&[&calls, "reuse_address"]);
    assert_eq!(open(local(&careful)), Open::All);
}

#[tokio::test]
async fn a_wildcard_over_our_address_keeps_everybody_out_unless_it_shares() {
    let wildcards = ["0.0.0.0:0", "[::]:0", "[::ffff:127.0.0.1]:0"];
    for wildcard in wildcards {
        let wildcard: SocketAddr = wildcard.parse().expect("an address");
        let server = foreign(wildcard, &["dual", "reuse_address"]);
        assert_eq!(open(ours(local(&server).port())), Open::Nobody, "{wildcard}");
    }
    for wildcard in &wildcards[..2] {
        let wildcard: SocketAddr = wildcard.parse().expect("an address");
        let server = foreign(wildcard, &["dual", "reuse_address", "reuse_port"]);
        assert_eq!(open(ours(local(&server).port())), Open::ThoseWhoShare, "{wildcard}");
    }
}

#[tokio::test]
async fn neighbours_of_our_address_are_in_nobodys_way() {
    for neighbour in ["[::]", "[::1]", "127.0.0.2"] {
        let addr = ours(free_port());
        let neighbour = format!("{neighbour}:{}", addr.port()).parse().expect("an address");
        let _server = foreign(neighbour, &[]);
        assert_eq!(open(addr), Open::All, "{neighbour}");
        let listener = Listener::bind(addr, Sharing::Exclusive).expect("it is open to all");
        assert_eq!(listener.standing().expect("the kernel answers"), Standing::Alone);
    }
}

#[tokio::test]
async fn beside_a_wildcard_that_shares_every_connection_is_ours() {
    let everywhere = foreign("0.0.0.0:0".parse().expect("an address"), &["reuse_port"]);
    let addr = ours(local(&everywhere).port());
    let listener = Listener::bind(addr, Sharing::Shared).expect("both share");
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Shared);
    for _ in 0..20 {
        let client = TcpStream::connect(addr).expect("somebody listens");
        let accepted = soon(std::future::poll_fn(|cx| listener.poll_accept(cx))).await;
        let (_, peer) = accepted.expect("it is ours");
        assert_eq!(Some(peer), client.local_addr().ok());
    }
}

#[tokio::test]
async fn nobody_joins_us_from_a_wildcard_either() {
    let listener = Listener::bind(ours(0), Sharing::Exclusive).expect("a port is free");
    let port = listener.local_addr().port();
    for wildcard in [format!("0.0.0.0:{port}"), format!("[::]:{port}")] {
        let wildcard = wildcard.parse().expect("an address");
        assert!(try_foreign(wildcard, &["dual", "reuse_address", "reuse_port"]).is_err());
    }
}
