//! Processes in unusual surroundings: without netlink, without descriptors, without IPv6, with process ids used twice.
//!
//! Each of these tests starts a process that puts itself there, tries what is to be tried and says how it went. What goes
//! wrong there panics there, and shows on the standard error of both.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use ports::{
    BindError, Capabilities, Known, Listener, Sharing, Standing, capabilities, cause, free,
    released,
};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, netlink, socket};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use wire::{Cause, Failure, Refusal};

use crate::holder::{Holder, asked, succeeds, this_program};
use crate::linux::is_root;
use crate::naming::ours;
use crate::orders::say;
use crate::waiting::is_over;
use crate::{skipped, soon};

const WELL: &str = "as it should be";

#[test]
fn without_netlink_the_tables_of_the_kernel_tell_the_same() {
    assert_eq!(asked(&mut this_program(), "without_netlink try tables"), WELL);
}

#[test]
fn without_netlink_a_free_port_is_noticed_by_looking() {
    assert_eq!(asked(&mut this_program(), "without_netlink try looking"), WELL);
}

#[test]
fn out_of_descriptors_a_port_is_worth_another_try() {
    assert_eq!(asked(&mut this_program(), "try descriptors"), WELL);
}

#[test]
fn without_ipv6_the_other_loopback_is_no_address_and_ours_is_well() {
    if let Some(mut program) = this_program_in(&["--net"]) {
        assert_eq!(asked(&mut program, "try one_family"), WELL);
    }
}

#[test]
fn a_process_that_got_the_id_of_a_confirmed_one_is_left_alone() {
    if let Some(mut program) = this_program_in(&["--pid", "--fork", "--mount-proc"]) {
        assert_eq!(asked(&mut program, "try recycled_id"), WELL);
    }
}

/// This program in namespaces of its own.
fn this_program_in(namespaces: &[&str]) -> Option<Command> {
    if !is_root() {
        skipped("only root can make namespaces");
        return None;
    }
    let mut program = Command::new("unshare");
    program.args(namespaces);
    if !succeeds(program.arg("true")) {
        skipped("namespaces cannot be made here");
        return None;
    }
    let mut program = Command::new("unshare");
    program.args(namespaces).arg(std::env::current_exe().expect("the path of this program"));
    Some(program)
}

/// Goes into the sandbox that the orders begin with, and gives the rest of them. To be called before there are threads.
pub(crate) fn entered(orders: Vec<&str>) -> Vec<&str> {
    match orders.as_slice() {
        ["without_netlink", rest @ ..] => {
            refuse_netlink();
            rest.to_vec()
        }
        _ => orders,
    }
}

fn refuse_netlink() {
    let netlink_family = u64::from(AddressFamily::NETLINK.as_raw());
    let is_netlink =
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, netlink_family)
            .and_then(|condition| SeccompRule::new(vec![condition]))
            .expect("a rule");
    let filter = SeccompFilter::new(
        BTreeMap::from([(libc::SYS_socket, vec![is_netlink])]),
        SeccompAction::Allow,
        SeccompAction::Errno(Errno::PERM.raw_os_error().cast_unsigned()),
        std::env::consts::ARCH.try_into().expect("an architecture with such filters"),
    );
    let program: seccompiler::BpfProgram =
        filter.and_then(TryInto::try_into).expect("a filter of one rule");
    seccompiler::apply_filter_all_threads(&program).expect("everybody may give up rights");
    let refused = socket(AddressFamily::NETLINK, SocketType::DGRAM, Some(netlink::SOCK_DIAG));
    assert_eq!(refused.err(), Some(Errno::PERM));
}

/// The program of the processes in these surroundings.
pub(crate) async fn tried(what: &str) {
    match what {
        "tables" => tables().await,
        "looking" => looking().await,
        "descriptors" => descriptors().await,
        "one_family" => one_family(),
        "recycled_id" => recycled_id().await,
        _ => panic!("nobody knows how to try {what}"),
    }
    say(WELL);
}

async fn tables() {
    assert_eq!(capabilities(), Capabilities { has_list: true, has_closings: false });
    let holder = Holder::plain();
    let found = cause(holder.addr, &Known::default());
    assert!(matches!(found, Cause::Held { .. }), "{found:?}");
    assert_eq!(found.endable_holders()[0].identity, holder.identity());
    let dual = Holder::ordered("[::]:0 dual");
    assert_eq!(
        cause(ours(dual.addr.port()), &Known::default()).endable_holders()[0].identity,
        dual.identity()
    );

    let own = Listener::bind(ours(0), Sharing::Exclusive).expect("a port is free");
    assert_eq!(own.standing().expect("the tables tell"), Standing::Alone);
    let _v6_only = Holder::ordered(&format!("[::]:{}", own.local_addr().port()));
    assert_eq!(own.standing().expect("the tables tell"), Standing::Alone);

    let ended = soon(free(holder.addr, &[holder.identity()], &Known::default())).await;
    assert_eq!(ended.expect("nothing speaks against it").len(), 1);
    Listener::bind(holder.addr, Sharing::Exclusive).expect("the first try succeeds");
}

async fn looking() {
    let mut closing = Holder::plain();
    let found = cause(closing.addr, &Known::default());
    let mut waiting = Box::pin(released(closing.addr, &found));
    assert!(!is_over(&mut waiting).await);
    closing.close();
    soon(waiting).await;
    Listener::bind(closing.addr, Sharing::Exclusive).expect("the first try succeeds");

    let mut ending = Holder::plain();
    let found = cause(ending.addr, &Known::default());
    let mut waiting = Box::pin(released(ending.addr, &found));
    assert!(!is_over(&mut waiting).await);
    ending.kill();
    soon(waiting).await;
    Listener::bind(ending.addr, Sharing::Exclusive).expect("the first try succeeds");
}

async fn descriptors() {
    let listener = Listener::bind(ours(0), Sharing::Exclusive).expect("a port is free");
    let _client = TcpStream::connect(listener.local_addr()).expect("it listens");
    let limits = getrlimit(Resource::Nofile);
    let none_left = Rlimit { current: Some(0), ..limits };
    setrlimit(Resource::Nofile, none_left).expect("everybody may give up rights");

    let bound = Listener::bind(ours(0), Sharing::Exclusive);
    assert!(matches!(bound, Err(BindError::Exhausted(_))), "{bound:?}");
    let accept = || std::future::poll_fn(|cx| listener.poll_accept(cx));
    let error = soon(accept()).await.expect_err("there is no descriptor for it");
    assert_eq!(Errno::from_io_error(&error), Some(Errno::MFILE));
    let elsewhere = ours(9);
    let mut waiting = Box::pin(released(elsewhere, &Cause::Exhausted));
    assert!(!is_over(&mut waiting).await);

    setrlimit(Resource::Nofile, limits).expect("the upper limit was left as it was");
    soon(waiting).await;
    soon(accept()).await.expect("nothing was lost");
}

fn one_family() {
    for interface in ["all", "default", "lo"] {
        let setting = format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6");
        // Where there is no such file, there is no IPv6 to be switched off.
        let _ = fs::write(setting, "1");
    }
    let v4 = Listener::bind(ours(0), Sharing::Exclusive).expect("a port is free");
    assert_eq!(v4.standing().expect("the kernel answers"), Standing::Alone);
    let v6 = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, v4.local_addr().port()));
    let bound = Listener::bind(v6, Sharing::Exclusive);
    assert!(matches!(bound, Err(BindError::Refused(Refusal::NoSuchAddress))), "{bound:?}");
}

async fn recycled_id() {
    let mut confirmed = Holder::plain();
    let (addr, victim) = (confirmed.addr, confirmed.identity());
    let found = cause(addr, &Known::default());
    confirmed.kill();
    // Within one hundredth of a second the kernel gives all processes the same start, so it may take two tries.
    let mut innocent = (0..100)
        .map(|_| {
            fs::write("/proc/sys/kernel/ns_last_pid", (victim.pid - 1).to_string())
                .expect("the kernel lets root choose");
            Holder::ordered(&addr.to_string())
        })
        .find(|holder| holder.pid() == victim.pid && holder.identity() != victim)
        .expect("that process id was free");
    let answer = soon(free(addr, std::slice::from_ref(&victim), &Known::default())).await;
    assert_eq!(answer, Err(Failure::Changed { pid: victim.pid }));
    // Nor is it taken for the one that was waited for.
    soon(released(addr, &found)).await;
    innocent.still_answers();
}
