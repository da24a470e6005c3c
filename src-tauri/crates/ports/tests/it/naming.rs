//! Saying who has a port.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ports::{Known, cause};
use wire::{Cause, Guard, Holder as Named, HolderKind};

use crate::holder::Holder;

fn named(addr: SocketAddr) -> Vec<Named> {
    let found = cause(addr, &Known::default());
    let Cause::Held { holders } = found else { panic!("{found:?}") };
    holders
}

pub(crate) fn pids(addr: SocketAddr) -> Vec<u32> {
    named(addr).iter().map(|holder| holder.identity.pid).collect()
}

/// The address of the IPv4 loopback with that port: where we would like to listen.
pub(crate) fn ours(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

#[test]
fn a_holder_is_named_with_all_that_a_person_wants_to_know() {
    let before = SystemTime::now();
    let holder = Holder::plain();
    let [named] = &named(holder.addr)[..] else { panic!("there is one holder") };
    assert_eq!(named.identity, holder.identity());
    assert_eq!(named.address, holder.addr.to_string());
    assert!(named.identity.executable.as_deref().is_some_and(|path| path.ends_with(&named.name)));
    assert!(named.command_line.iter().any(|argument| argument == "--exact"));
    assert_eq!((named.kind, named.guard), (HolderKind::Program, None));
    assert!(named.user.is_some());
    // The kernel tells the time of its own start in whole seconds.
    let started = UNIX_EPOCH + Duration::from_millis(named.started.expect("the kernel tells").0);
    assert!(
        started + Duration::from_secs(2) > before
            && started < SystemTime::now() + Duration::from_secs(2)
    );
}

#[test]
fn a_holder_looks_the_same_whenever_it_is_shown() {
    let holder = Holder::plain();
    assert_eq!(named(holder.addr), named(holder.addr));
}

#[test]
fn a_holder_of_all_addresses_is_named() {
    let everywhere = Holder::ordered("0.0.0.0:0");
    assert_eq!(pids(ours(everywhere.addr.port())), [everywhere.pid()]);
    let dual = Holder::ordered("[::]:0 dual");
    assert_eq!(pids(ours(dual.addr.port())), [dual.pid()]);
}

#[test]
fn a_holder_of_the_other_loopback_is_not_in_the_way() {
    let holder = Holder::ordered("[::1]:0");
    assert_eq!(cause(ours(holder.addr.port()), &Known::default()), Cause::Unseen);
    assert_eq!(pids(holder.addr), [holder.pid()]);
}

#[test]
fn a_process_that_is_merely_connected_is_no_holder() {
    let holder = Holder::plain();
    let client = TcpStream::connect(holder.addr).expect("it listens");
    assert_eq!(pids(holder.addr), [holder.pid()]);
    let own_end = client.local_addr().expect("it is connected");
    assert_eq!(cause(own_end, &Known::default()), Cause::Unseen);
}

#[test]
fn a_socket_of_our_own_is_named_only_where_there_is_nobody_else() {
    let own = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let [named] = &named(own.local_addr().expect("it is bound"))[..] else {
        panic!("there is one holder")
    };
    assert_eq!(
        (named.identity.clone(), named.guard),
        (ports::this_process(), Some(Guard::Ourselves))
    );
}

#[test]
fn an_older_xswarm_is_known_by_its_identity_alone() {
    let holder = Holder::plain();
    let kind = |known| cause(holder.addr, &known).holders()[0].kind;
    let older = holder.identity();
    assert_eq!(kind(Known { running: None, older: Some(older.clone()) }), HolderKind::OlderXswarm);
    let same_pid = wire::Identity { began: "1".to_owned(), ..older };
    assert_eq!(kind(Known { running: None, older: Some(same_pid) }), HolderKind::Program);
}
