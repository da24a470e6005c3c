//! Saying who has a port.

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ports::{BindError, Known, Listener, cause};
use wire::{Cause, Guard, Holder as Named, HolderKind, Timestamp};

use crate::holder::{Holder, asked, foreign, this_program};
use crate::skipped;

fn named(addr: SocketAddr) -> Vec<Named> {
    let found = cause(addr, &Known::default());
    let Cause::Held { holders } = found else { panic!("{found:?}") };
    holders
}

fn pids(addr: SocketAddr) -> Vec<u32> {
    named(addr).iter().map(|holder| holder.identity.pid).collect()
}

/// The address of the IPv4 loopback with that port: where we would like to listen.
fn ours(port: u16) -> SocketAddr {
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

#[cfg(unix)]
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

#[cfg(unix)]
#[test]
fn a_child_that_inherited_the_listener_is_named_with_its_parent_and_after_it() {
    let mut parent = Holder::with_child();
    assert_eq!(pids(parent.addr), [parent.pid(), parent.child_pid]);
    parent.kill();
    assert_eq!(pids(parent.addr), [parent.child_pid]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_only_reserved_the_port_is_named() {
    let holder = Holder::ordered("127.0.0.1:0 silent");
    assert!(matches!(Listener::bind(holder.addr), Err(BindError::InUse)));
    let found = cause(holder.addr, &Known::default());
    if found == Cause::Unseen {
        skipped("this kernel does not list sockets that are only bound");
    } else {
        assert_eq!(found.holders()[0].identity.pid, holder.pid());
    }
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

#[cfg(unix)]
#[test]
fn the_one_beside_us_is_named_and_not_we() {
    let holder = Holder::ordered("127.0.0.1:0 reuse_port");
    let _own = foreign(holder.addr, &["reuse_port"]);
    assert_eq!(pids(holder.addr), [holder.pid()]);
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

#[cfg(target_os = "linux")]
#[test]
fn a_program_of_another_user_is_hidden_and_its_user_named() {
    use std::os::unix::process::CommandExt;

    if !rustix::process::geteuid().is_root() {
        skipped("only root can become another user");
        return;
    }
    let roots = Holder::plain();
    let seen_by_nobody = asked(this_program().uid(65534), &format!("cause {}", roots.addr));
    assert_eq!(seen_by_nobody, r#"Hidden { user: Some("root") }"#);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_rest_of_a_careless_server_is_told_with_its_end() {
    // It did not ask for its port to be reusable, and closed its connection first.
    let server = foreign(ours(0), &[]);
    let addr = server.local_addr().expect("it is bound").as_socket().expect("an internet address");
    let mut client = TcpStream::connect(addr).expect("it listens");
    drop(server.accept().expect("somebody has called"));
    assert_eq!(client.read(&mut [0]).expect("a close is no error"), 0);
    drop((client, server));
    assert!(matches!(Listener::bind(addr), Err(BindError::InUse)));
    let Cause::Lingering { free_at } = cause(addr, &Known::default()) else {
        panic!("its connection lingers")
    };
    let rest = free_at.0 - Timestamp::from(SystemTime::now()).0;
    assert!((50_000..=61_000).contains(&rest), "{rest} ms");
}
