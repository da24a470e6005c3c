//! What a process does that a test has started: its orders are words in its environment, and then lines on its input.

use std::net::SocketAddr;
#[cfg(unix)]
use std::process::{Child, Stdio};

use ports::{BindError, Known, Listener, Sharing};
use socket2::{Domain, Socket, Type};

#[cfg(unix)]
use crate::holder::{follow_orders, this_program};

/// The environment variable that holds the orders.
pub(crate) const ORDERS: &str = "XSWARM_PORTS_TEST_HOLDER";
/// What begins each of its answers.
pub(crate) const ANSWER: &str = "the holder says: ";
/// The test that is no test, but the program of such a process.
pub(crate) const PROGRAM: &str = "orders::a_process_that_follows_orders";

#[test]
#[ignore = "it is the program of the processes that the other tests start"]
fn a_process_that_follows_orders() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Vec<_> = orders.split_whitespace().collect();
    #[cfg(target_os = "linux")]
    let orders = crate::sandbox::entered(orders);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let _inside = runtime.enter();
    match orders.as_slice() {
        ["bind", addr] => say(&bind_in_a_word(addr)),
        ["cause", addr] => say(&format!(
            "{:?}",
            ports::cause(addr.parse().expect("an address"), &Known::default())
        )),
        ["sit"] => until_told().for_each(drop),
        #[cfg(target_os = "linux")]
        ["heir"] => {
            say("here");
            until_told().for_each(|told| say(&format!("done: {told}")));
        }
        #[cfg(unix)]
        ["inherited"] => crate::handover::tell_what_was_inherited(),
        #[cfg(unix)]
        ["receive"] => crate::handover::tell_what_is_received(),
        #[cfg(target_os = "linux")]
        ["run_until_ended"] => runtime.block_on(crate::programs::run_until_ended()),
        #[cfg(target_os = "linux")]
        ["try", what] => runtime.block_on(crate::sandbox::tried(what)),
        [addr, words @ ..] => hold(addr.parse().expect("an address"), words),
        [] => {}
    }
}

fn bind_in_a_word(addr: &str) -> String {
    match Listener::bind(addr.parse().expect("an address"), Sharing::Exclusive) {
        Ok(_) => "bound".to_owned(),
        Err(BindError::Refused(refusal)) => format!("{refusal:?}"),
        Err(other) => format!("{other}"),
    }
}

/// Makes a socket as the words say, and then does what it is told: `accept` a connection and keep it, `close` the socket,
/// or just `answer`.
fn hold(addr: SocketAddr, words: &[&str]) {
    #[cfg(unix)]
    let _deaf = words.contains(&"deaf").then(|| {
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .expect("a handler can be set")
    });
    #[cfg(target_os = "linux")]
    crate::guise::prepare(words);
    let socket = foreign(addr, words);
    say(&local(&socket).to_string());
    #[cfg(unix)]
    let child = words.contains(&"with_child").then(|| start_child_with(&socket));
    let mut socket = Some(socket);
    let mut accepted = Vec::new();
    while words.contains(&"forever") {
        std::thread::park();
    }
    for told in until_told() {
        match told.as_str() {
            "accept" => accepted.extend(socket.as_ref().map(Socket::accept)),
            "close" => drop(socket.take()),
            #[cfg(target_os = "linux")]
            "become_another" | "become_the_same" => {
                crate::guise::become_heir(socket.as_ref(), told == "become_another");
            }
            #[cfg(target_os = "linux")]
            "rename" => crate::guise::rename(),
            #[cfg(target_os = "linux")]
            "end_first_thread" => crate::guise::end_first_thread(),
            _ => {}
        }
        say(&format!("done: {told}"));
    }
    #[cfg(unix)]
    if let Some(mut child) = child {
        child.wait().expect("it is our child");
    }
}

/// A socket as other programs make them, over TCP or, told `multipath`, over its successor: it listens, unless it is `silent` or, told `calls=ADDRESS`, is one end of a
/// connection.
pub(crate) fn foreign(addr: SocketAddr, words: &[&str]) -> Socket {
    try_foreign(addr, words).expect("the address is free")
}

pub(crate) fn try_foreign(addr: SocketAddr, words: &[&str]) -> std::io::Result<Socket> {
    #[cfg(target_os = "linux")]
    let protocol = words.contains(&"multipath").then_some(socket2::Protocol::MPTCP);
    #[cfg(not(target_os = "linux"))]
    let protocol = None;
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, protocol)?;
    if addr.is_ipv6() {
        socket.set_only_v6(!words.contains(&"dual"))?;
    }
    socket.set_reuse_address(words.contains(&"reuse_address"))?;
    #[cfg(unix)]
    socket.set_reuse_port(words.contains(&"reuse_port"))?;
    socket.bind(&addr.into())?;
    if let Some(other_end) = words.iter().find_map(|word| word.strip_prefix("calls=")) {
        socket.connect(&other_end.parse::<SocketAddr>().expect("an address").into())?;
    } else if !words.contains(&"silent") {
        socket.listen(16)?;
    }
    Ok(socket)
}

pub(crate) fn local(socket: &Socket) -> SocketAddr {
    let addr = socket.local_addr().expect("it is bound");
    addr.as_socket().expect("it is an internet address")
}

#[cfg(unix)]
fn start_child_with(socket: &Socket) -> Child {
    // A duplicate is inherited, as the listeners of careless programs are.
    let inherited = rustix::io::dup(socket).expect("a descriptor is left");
    let mut program = this_program();
    follow_orders(&mut program, "sit");
    let child = program
        .stdin(Stdio::inherit())
        .stdout(Stdio::null())
        .spawn()
        .expect("this program can be started again");
    drop(inherited);
    // A program that has only just been started has no command line yet.
    #[cfg(target_os = "linux")]
    while std::fs::read(format!("/proc/{}/cmdline", child.id())).is_ok_and(|line| line.is_empty()) {
        std::thread::yield_now();
    }
    say(&child.id().to_string());
    child
}

/// What the test tells, line by line, until it has nothing more to tell or is gone itself.
pub(crate) fn until_told() -> impl Iterator<Item = String> {
    std::io::stdin().lines().map_while(Result::ok)
}

pub(crate) fn say(word: &str) {
    println!("{ANSWER}{word}");
}
