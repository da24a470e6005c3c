//! What only Linux tells, or lets a test do.

use std::io::Read;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::time::SystemTime;

use ports::{BindError, Known, Listener, cause};
use wire::{Cause, Guard, Timestamp};

use crate::freeing::guard_of;
use crate::holder::{Holder, asked, foreign, this_program};
use crate::naming::ours;

#[tokio::test]
async fn a_privileged_port_is_refused_to_others_than_root() {
    let first_free = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        .unwrap_or_default();
    if first_free.trim().parse::<u16>().is_ok_and(|port| port <= 81) {
        crate::skipped("this machine gives privileged ports to everybody");
        return;
    }
    let mut program = this_program();
    if rustix::process::geteuid().is_root() {
        program.uid(65534);
    }
    assert_eq!(asked(&mut program, "bind 127.0.0.1:81"), "NotPermitted");
}

#[tokio::test]
async fn a_process_that_only_reserved_the_port_is_named() {
    let holder = Holder::ordered("127.0.0.1:0 silent");
    assert!(matches!(Listener::bind(holder.addr), Err(BindError::InUse)));
    let found = cause(holder.addr, &Known::default());
    if found == Cause::Unseen {
        crate::skipped("this kernel does not list sockets that are only bound");
    } else {
        assert_eq!(found.holders()[0].identity.pid, holder.pid());
    }
}

#[test]
fn a_program_of_another_user_is_hidden_and_its_user_named() {
    if !may_become_another_user() {
        return;
    }
    let roots = Holder::plain();
    let seen_by_nobody = asked(this_program().uid(65534), &format!("cause {}", roots.addr));
    assert_eq!(seen_by_nobody, r#"Hidden { user: Some("root") }"#);
}

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

#[tokio::test]
async fn a_holder_of_another_user_is_left_alone_even_by_root() {
    if !may_become_another_user() {
        return;
    }
    let mut holder = Holder::started(this_program().uid(65534), "127.0.0.1:0");
    assert_eq!(holder.identity().uid, Some(65534));
    assert_eq!(guard_of(&holder, holder.identity(), &Known::default()).await, Guard::AnotherUser);
    holder.still_answers();
}

fn may_become_another_user() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        crate::skipped("only root can become another user");
    }
    is_root
}
