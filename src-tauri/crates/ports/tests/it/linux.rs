//! What only Linux tells, or lets a test do.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use ports::{
    BindError, Capabilities, Known, Listener, Sharing, Standing, capabilities, cause, free,
    released,
};
use wire::{Cause, Failure, Guard, Timestamp};

use crate::freeing::guard_of;
use crate::holder::{Holder, asked, let_go, succeeds, this_program};
use crate::naming::{free_port, ours, pids};
use crate::orders::{foreign, local};
use crate::waiting::is_over;
use crate::{skipped, soon};

#[tokio::test]
async fn a_privileged_port_is_refused_to_others_than_root() {
    let first_free = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        .unwrap_or_default();
    if first_free.trim().parse::<u16>().is_ok_and(|port| port <= 81) {
        skipped("this machine gives privileged ports to everybody");
        return;
    }
    let mut program = this_program();
    if rustix::process::geteuid().is_root() {
        program.uid(65534);
    }
    assert_eq!(asked(&mut program, "bind 127.0.0.1:81"), "NotPermitted");
}

#[tokio::test]
async fn a_process_that_only_reserved_the_port_is_named_and_may_be_ended() {
    let mut holder = Holder::ordered("127.0.0.1:0 silent");
    let bound = Listener::bind(holder.addr, Sharing::Exclusive);
    assert!(matches!(bound, Err(BindError::InUse)), "{bound:?}");
    let found = cause(holder.addr, &Known::default());
    let Cause::Reserved { holders } = &found else {
        assert!(matches!(found, Cause::Unseen { .. }), "{found:?}");
        skipped("this kernel does not list sockets that are only bound");
        return;
    };
    assert_eq!(holders[0].identity, holder.identity());
    let mut waiting = Box::pin(released(holder.addr, &found));
    assert!(!is_over(&mut waiting).await);
    let ended = soon(free(holder.addr, &[holder.identity()], &Known::default())).await;
    assert_eq!(ended.expect("nothing speaks against it").len(), 1);
    soon(waiting).await;
    soon(holder.end()).await;
    Listener::bind(holder.addr, Sharing::Exclusive).expect("the first try succeeds");
}

#[test]
fn one_that_begins_to_listen_while_it_is_looked_for_is_seen() {
    let own_pid = std::process::id();
    for round in 0..500 {
        let socket = foreign(ours(0), &["silent"]);
        let addr = local(&socket);
        let found = std::thread::scope(|scope| {
            let looking = scope.spawn(|| cause(addr, &Known::default()));
            let began = Instant::now();
            while began.elapsed() < Duration::from_micros(round) {
                std::hint::spin_loop();
            }
            socket.listen(16).expect("it is bound");
            looking.join().expect("no look panics")
        });
        let (Cause::Held { holders } | Cause::Reserved { holders }) = &found else {
            panic!("in round {round}: {found:?}");
        };
        assert_eq!(holders[0].identity.pid, own_pid);
    }
}

#[tokio::test]
async fn the_kernel_lists_sockets_and_reports_closed_ones() {
    assert_eq!(capabilities(), Capabilities { has_list: true, has_closings: true });
}

#[tokio::test]
async fn a_closed_listener_is_reported_long_before_it_would_be_looked_for() {
    let mut waited = Duration::ZERO;
    for _ in 0..10 {
        let mut holder = Holder::plain();
        let found = cause(holder.addr, &Known::default());
        let mut waiting = Box::pin(released(holder.addr, &found));
        assert!(!is_over(&mut waiting).await);
        holder.close();
        let closed = Instant::now();
        soon(waiting).await;
        waited += closed.elapsed();
        Listener::bind(holder.addr, Sharing::Exclusive).expect("the first try succeeds");
    }
    // Without reports the list is read every fifth of a second, and with them every second.
    assert!(waited < Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn a_careless_server_that_kept_a_call_is_connected_and_never_ended_for_it() {
    let mut server = Holder::plain();
    let client = TcpStream::connect(server.addr).expect("it listens");
    server.accept();
    server.close();
    let bound = Listener::bind(server.addr, Sharing::Exclusive);
    assert!(matches!(bound, Err(BindError::InUse)), "{bound:?}");
    let found = cause(server.addr, &Known::default());
    let Cause::Connected { holders } = &found else { panic!("{found:?}") };
    assert_eq!(holders.iter().map(|one| one.identity.pid).collect::<Vec<_>>(), [server.pid()]);
    assert_eq!(holders[0].address, server.addr.to_string());

    let answer = soon(free(server.addr, &[], &Known::default())).await;
    assert_eq!(answer, Err(Failure::NotVisible { cause: found.clone() }));
    let answer = soon(free(server.addr, &[server.identity()], &Known::default())).await;
    assert_eq!(answer, Err(Failure::Changed { pid: server.pid() }));
    server.still_answers();

    let mut waiting = Box::pin(released(server.addr, &found));
    assert!(!is_over(&mut waiting).await);
    // The client hangs up first, so nothing is left with the server when it goes.
    drop(client);
    drop(server);
    soon(waiting).await;
}

#[tokio::test]
async fn of_a_listener_and_a_caller_on_one_port_only_the_listener_has_it() {
    let port = free_port();
    let listener = Holder::ordered(&format!("[::1]:{port}"));
    let elsewhere = foreign(ours(0), &[]);
    let mut caller =
        Holder::ordered(&format!("127.0.0.1:{port} reuse_address calls={}", local(&elsewhere)));
    assert_eq!(pids(listener.addr), [listener.pid()]);
    let answer = soon(free(listener.addr, &[caller.identity()], &Known::default())).await;
    assert_eq!(answer, Err(Failure::Changed { pid: caller.pid() }));
    caller.still_answers();
}

#[tokio::test]
async fn a_holder_that_speaks_multipath_tcp_is_named_and_waited_for_like_any_other() {
    // What Go's servers do by default.
    let enabled = std::fs::read_to_string("/proc/sys/net/mptcp/enabled").unwrap_or_default();
    if enabled.trim() != "1" {
        skipped("this kernel has no multipath TCP");
        return;
    }
    let holder = Holder::ordered("127.0.0.1:0 multipath");
    assert_eq!(pids(holder.addr), [holder.pid()]);
    let found = cause(holder.addr, &Known::default());
    let mut waiting = Box::pin(released(holder.addr, &found));
    assert!(!is_over(&mut waiting).await);
    let addr = holder.addr;
    drop(holder);
    soon(waiting).await;
    Listener::bind(addr, Sharing::Exclusive).expect("the first try succeeds");
}

#[test]
fn a_program_of_another_user_is_hidden_and_its_user_named() {
    if !may_become_another_user() {
        return;
    }
    let roots = Holder::plain();
    let seen_by_nobody = asked(this_program().uid(65534), &format!("cause {}", roots.addr));
    let hidden = Cause::Hidden {
        user: Some("root".to_owned()),
        command: format!("sudo ss -ltnp 'sport = :{}'", roots.addr.port()),
    };
    assert_eq!(seen_by_nobody, format!("{hidden:?}"));
}

#[tokio::test]
async fn the_rest_of_a_careless_server_is_told_with_its_end() {
    // It did not ask for its port to be reusable, and closed its connection first.
    let server = foreign(ours(0), &[]);
    let addr = local(&server);
    let mut client = TcpStream::connect(addr).expect("it listens");
    drop(server.accept().expect("somebody has called"));
    assert_eq!(client.read(&mut [0]).expect("a close is no error"), 0);
    let_go((client, server));
    assert!(matches!(Listener::bind(addr, Sharing::Exclusive), Err(BindError::InUse)));
    let found = cause(addr, &Known::default());
    let Cause::Lingering { free_at } = found else { panic!("{found:?}") };
    let rest = free_at.0 - Timestamp::from(SystemTime::now()).0;
    assert!((50_000..=61_000).contains(&rest), "{rest} ms");
}

#[tokio::test]
async fn the_rest_of_a_server_whose_clients_have_not_hung_up_is_told_as_well() {
    let server = foreign(ours(0), &[]);
    let addr = local(&server);
    let _client = TcpStream::connect(addr).expect("it listens");
    drop(server.accept().expect("somebody has called"));
    let_go(server);
    assert!(matches!(Listener::bind(addr, Sharing::Exclusive), Err(BindError::InUse)));
    let found = cause(addr, &Known::default());
    assert!(matches!(found, Cause::Lingering { .. }), "{found:?}");
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

#[tokio::test]
async fn a_listener_that_an_administrator_destroyed_is_lost_and_can_be_bound_again() {
    if !is_root() {
        skipped("only root can destroy sockets");
        return;
    }
    let listener = Listener::bind(ours(0), Sharing::Exclusive).expect("a port is free");
    let addr = listener.local_addr();
    let this_port = format!("sport = :{}", addr.port());
    if !succeeds(Command::new("ss").args(["-K", "-ltn", &this_port])) {
        skipped("there is no ss here");
        return;
    }
    if listener.standing().expect("the kernel answers") == Standing::Alone {
        skipped("this kernel destroys no sockets for administrators");
        return;
    }
    assert_eq!(listener.standing().expect("the kernel answers"), Standing::Lost);
    let error = soon(std::future::poll_fn(|cx| listener.poll_accept(cx)))
        .await
        .expect_err("it does not listen any more");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let again = Listener::bind(addr, Sharing::Exclusive).expect("nobody listens there");
    assert_eq!(again.standing().expect("the kernel answers"), Standing::Alone);
}

pub(crate) fn may_become_another_user() -> bool {
    let is_root = is_root();
    if !is_root {
        skipped("only root can become another user");
    }
    is_root
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
