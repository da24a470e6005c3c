//! Saying who has a port.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ports::{Known, cause};
use tempfile::TempDir;
use wire::{Cause, Guard, Holder as Named, HolderKind};

use crate::holder::{Holder, let_go};

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

/// The port of an address where we would like to listen and nothing is, not even an old connection. Another address of the
/// same port is as good as sure to be free, too, but not the other way round: most of the machine's traffic is here.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(ours(0)).expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let_go(listener);
    port
}

/// A copy of this program under another name.
fn called(name: &str) -> (TempDir, Command) {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join(name);
    std::fs::copy(std::env::current_exe().expect("the path of this program"), &copy).expect("room");
    let program = Command::new(copy);
    (folder, program)
}

fn is_unseen(addr: SocketAddr) -> bool {
    matches!(cause(addr, &Known::default()), Cause::Unseen { .. })
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
    assert!(!named.is_frozen && !named.has_inherited);
    let starter = named.started_by.as_deref().expect("we started it");
    assert!(starter.ends_with(&format!("({})", std::process::id())), "{starter}");
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
    let holder = Holder::ordered(&format!("[::1]:{}", free_port()));
    assert!(is_unseen(ours(holder.addr.port())));
    assert_eq!(pids(holder.addr), [holder.pid()]);
}

#[test]
fn a_process_that_is_merely_connected_is_no_holder() {
    let holder = Holder::plain();
    let client = Holder::ordered(&format!("127.0.0.1:0 calls={}", holder.addr));
    assert_eq!(pids(holder.addr), [holder.pid()]);
    let found = cause(client.addr, &Known::default());
    let Cause::Connected { holders } = &found else { panic!("{found:?}") };
    assert_eq!(holders[0].identity, client.identity());
    assert!(found.endable_holders().is_empty());
}

#[test]
fn where_nobody_is_seen_a_person_is_told_what_to_ask() {
    let addr = Holder::plain().addr;
    let found = cause(addr, &Known::default());
    let Cause::Unseen { command } = found else { panic!("{found:?}") };
    assert!(command.contains(&addr.port().to_string()), "{command}");
}

#[test]
fn a_socket_of_our_own_is_named_only_where_there_is_nobody_else() {
    let own = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let [named] = &named(own.local_addr().expect("it is bound"))[..] else {
        panic!("there is one holder")
    };
    assert_eq!(
        (named.identity.clone(), named.guard, named.started_by.as_deref()),
        (ports::this_process(), Some(Guard::Ourselves), None)
    );
}

#[test]
fn an_older_xswarm_is_known_by_its_identity_alone() {
    let holder = Holder::plain();
    let kind = |known| cause(holder.addr, &known).endable_holders()[0].kind;
    let older = holder.identity();
    assert_eq!(
        kind(Known { older: Some(older.clone()), ..Known::default() }),
        HolderKind::OlderXswarm
    );
    let same_pid = wire::Identity { began: "1".to_owned(), ..older };
    assert_eq!(kind(Known { older: Some(same_pid), ..Known::default() }), HolderKind::Program);
}

#[test]
fn an_xswarm_of_another_home_is_known_by_what_it_says() {
    let (_folder, mut program) = called("xSwarm-copy.exe");
    let holder = Holder::started(&mut program, "127.0.0.1:0");
    let kind = |says: fn(SocketAddr) -> bool| {
        cause(holder.addr, &Known { handshake: Some(says), ..Known::default() }).endable_holders()
            [0]
        .kind
    };
    assert_eq!(kind(|_| true), HolderKind::OlderXswarm);
    assert_eq!(kind(|_| false), HolderKind::Program, "its name alone says nothing");
}

#[test]
fn a_program_that_has_no_name_of_ours_is_not_spoken_to() {
    let holder = Holder::plain();
    let known =
        Known { handshake: Some(|addr| panic!("{addr} was spoken to")), ..Known::default() };
    assert_eq!(cause(holder.addr, &known).endable_holders()[0].kind, HolderKind::Program);
}
