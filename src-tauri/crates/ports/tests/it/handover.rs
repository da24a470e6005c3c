//! Listeners that come from another process, through a socket or from the very start.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use ports::handover::{MOST, receive, send};
use ports::{Listener, Sharing, Standing, inherited};

use crate::holder::{answer, follow_orders, spawned, this_program};
use crate::orders::{foreign, say};

fn bound() -> Listener {
    let some_port = SocketAddr::from(([127, 0, 0, 1], 0));
    Listener::bind(some_port, Sharing::Exclusive).expect("a port is free")
}

/// What the other process says of each listener, and what a caller hears from it.
fn greeting(listener: &Listener) -> String {
    let standing = listener.standing().expect("the kernel answers");
    format!("{standing:?} at {} in {}", listener.local_addr(), std::process::id())
}

/// The program of a process that receives listeners over its input, and answers one call on each.
pub(crate) fn tell_what_is_received() {
    let input = std::io::stdin().as_fd().try_clone_to_owned().expect("a descriptor is left");
    greet_all(receive(&UnixStream::from(input)).expect("they are sent whole"));
}

/// The program of a process that was started with listeners, and answers one call on each.
pub(crate) fn tell_what_was_inherited() {
    greet_all(inherited().expect("they are open"));
    assert!(inherited().expect("there are none").is_empty(), "nothing is passed twice");
}

fn greet_all(listeners: Vec<TcpListener>) {
    say(&listeners.len().to_string());
    for listener in listeners {
        let listener = Listener::adopt(listener).expect("it listens");
        let (stream, _) = tokio::runtime::Handle::current()
            .block_on(std::future::poll_fn(|cx| listener.poll_accept(cx)))
            .expect("it accepts");
        let mut stream = stream.into_std().expect("it is a socket");
        stream.set_nonblocking(false).expect("it is a socket");
        stream.write_all(greeting(&listener).as_bytes()).expect("somebody reads it");
    }
}

fn heard(mut client: TcpStream) -> String {
    let mut greeting = String::new();
    client.read_to_string(&mut greeting).expect("it is answered");
    greeting
}

#[tokio::test]
async fn listeners_go_to_another_process_with_those_who_wait_in_them() {
    let (ours, theirs) = UnixStream::pair().expect("two descriptors are left");
    let mut program = this_program();
    follow_orders(&mut program, "receive");
    let mut child = spawned(program.stdin(OwnedFd::from(theirs)).stdout(Stdio::piped()));
    let (first, second) = (bound(), bound());
    let addresses = [first.local_addr(), second.local_addr()];
    let early = TcpStream::connect(first.local_addr()).expect("it listens");
    send(&ours, &[&first, &second]).expect("it can be sent");

    let mut answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
    assert_eq!(answer(&mut answers), "2");
    // Both of us have it: it is one listener all the same.
    assert_eq!(second.standing().expect("the kernel answers"), Standing::Alone);
    drop((first, second));

    let late = TcpStream::connect(addresses[1]).expect("the other process listens");
    for (client, addr) in [early, late].into_iter().zip(addresses) {
        assert_eq!(heard(client), format!("Alone at {addr} in {}", child.id()));
    }
    child.wait().expect("it is our child");
}

#[test]
fn a_process_that_is_gone_hands_over_nothing() {
    let (ours, theirs) = UnixStream::pair().expect("two descriptors are left");
    drop(theirs);
    let error = receive(&ours).expect_err("nobody is there");
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn what_is_not_a_handover_is_not_taken_for_one() {
    let (ours, mut theirs) = UnixStream::pair().expect("two descriptors are left");
    theirs.write_all(&[1]).expect("we read it");
    let error = receive(&ours).expect_err("one listener was announced and none sent");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn a_handover_of_no_listener_or_of_as_many_as_there_may_be_is_whole() {
    let (ours, theirs) = UnixStream::pair().expect("two descriptors are left");
    send(&ours, &[]).expect("it can be sent");
    assert!(receive(&theirs).expect("it was sent whole").is_empty());

    let many: Vec<_> = (0..=MOST).map(|_| bound()).collect();
    let most: Vec<_> = many.iter().take(MOST).collect();
    send(&ours, &most).expect("it can be sent");
    let received = receive(&theirs).expect("it was sent whole");
    let addresses = received.iter().map(|listener| listener.local_addr().expect("it is bound"));
    assert!(addresses.eq(most.iter().map(|listener| listener.local_addr())));

    let all: Vec<_> = many.iter().collect();
    let error = send(&ours, &all).expect_err("there are too many");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

/// A process that is passed a listener, no socket at all, and a socket that does not listen, in the way of a service
/// manager, and is told that they are for that process id.
fn started_with(listener: TcpListener, pid: &str) -> std::process::Child {
    let script = format!(
        "exec 3<&0 4</dev/null 5<&2 </dev/null 2>/dev/null; \
         export LISTEN_PID={pid} LISTEN_FDS=3; exec \"$0\" \"$@\""
    );
    let mut program = Command::new("sh");
    program.args(["-c", &script]).arg(std::env::current_exe().expect("the path of this program"));
    follow_orders(&mut program, "inherited");
    let silent = foreign(SocketAddr::from(([127, 0, 0, 1], 0)), &["silent"]);
    program.stdin(OwnedFd::from(listener)).stderr(OwnedFd::from(silent)).stdout(Stdio::piped());
    spawned(&mut program)
}

#[test]
fn listeners_that_a_service_manager_passes_are_taken_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let addr = listener.local_addr().expect("it is bound");
    let mut child = started_with(listener, "$$");
    let mut answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
    assert_eq!(answer(&mut answers), "1", "of the three descriptors only one listens");
    let client = TcpStream::connect(addr).expect("the other process listens");
    assert_eq!(heard(client), format!("Alone at {addr} in {}", child.id()));
    child.wait().expect("it is our child");
}

#[test]
fn listeners_that_are_passed_to_somebody_else_are_left_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let output = started_with(listener, "1").wait_with_output().expect("it is our child");
    assert_eq!(answer(&mut output.stdout.as_slice()), "0");
}
