//! Another process that holds a port: this very test program, started again to run only the last function of this file.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use ports::{BindError, Known, Listener};
use socket2::{Domain, Socket, Type};
use wire::Identity;

/// The environment variable that tells the other process what to do, in words.
const ORDERS: &str = "XSWARM_PORTS_TEST_HOLDER";
const ANSWER: &str = "the holder says: ";

/// A process that does what its orders say, until it is dropped.
pub(crate) struct Holder {
    child: Child,
    /// Apart from the child, which would close it when waited for; a grandchild still reads it.
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub(crate) addr: SocketAddr,
    /// The process that inherited the listener, or 0.
    #[cfg(unix)]
    pub(crate) child_pid: u32,
}

impl Holder {
    /// A process that listens on some free port of the IPv4 loopback.
    pub(crate) fn plain() -> Self {
        Self::ordered("127.0.0.1:0")
    }

    /// A process with these orders: an address, then any of the words that [`hold`] knows.
    pub(crate) fn ordered(orders: &str) -> Self {
        Self::started(&mut this_program(), orders)
    }

    pub(crate) fn started(program: &mut Command, orders: &str) -> Self {
        let mut child = start(program, orders);
        let mut answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let orders = child.stdin.take().expect("its input is a pipe");
        let addr = answer(&mut answers).parse().expect("it says where it listens");
        Self {
            child,
            orders,
            answers,
            addr,
            #[cfg(unix)]
            child_pid: 0,
        }
    }

    /// A process that listens, and a child of it that has inherited the listener.
    #[cfg(unix)]
    pub(crate) fn with_child() -> Self {
        let mut holder = Self::ordered("127.0.0.1:0 with_child");
        holder.child_pid = holder.answer().parse().expect("it says who its child is");
        holder
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn identity(&self) -> Identity {
        ports::identity(self.pid()).expect("it runs")
    }

    /// Has it close its socket and live on.
    pub(crate) fn close(&mut self) {
        self.tell("close");
        assert_eq!(self.answer(), "closed");
    }

    /// It lives, and no signal is on its way to it: that would have ended it before it could answer.
    pub(crate) fn still_answers(&mut self) {
        self.tell("answer");
        assert_eq!(self.answer(), "here");
    }

    fn tell(&mut self, order: &str) {
        writeln!(self.orders, "{order}").expect("it still listens to us");
    }

    /// The next thing that it has to say.
    pub(crate) fn answer(&mut self) -> String {
        answer(&mut self.answers)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }

    /// Resolves when it has ended. A process lets go of its port a moment before that.
    pub(crate) async fn end(&mut self) {
        while self.child.try_wait().expect("it is our child").is_none() {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // Its own children end when their input, which is its input, is closed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program, by a path that another user may start as well.
pub(crate) fn this_program() -> Command {
    if cfg!(target_os = "linux") {
        Command::new("/proc/self/exe")
    } else {
        Command::new(std::env::current_exe().expect("the path of this program"))
    }
}

/// What a process answers that is given orders and then ends.
#[cfg(target_os = "linux")]
pub(crate) fn asked(program: &mut Command, orders: &str) -> String {
    let output = start(program, orders).wait_with_output().expect("it is our child");
    answer(&mut output.stdout.as_slice())
}

fn start(program: &mut Command, orders: &str) -> Child {
    follow_orders(program, orders);
    program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program can be started again")
}

fn follow_orders(program: &mut Command, orders: &str) {
    program
        .args(["--exact", "--ignored", "--nocapture", "holder::a_process_that_follows_orders"])
        .env(ORDERS, orders);
}

fn answer(output: &mut impl BufRead) -> String {
    output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.split_once(ANSWER).map(|(_, said)| said.to_owned()))
        .expect("it says something before it ends")
}

#[test]
#[ignore = "it is the program of the processes that the other tests start"]
fn a_process_that_follows_orders() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Vec<_> = orders.split_whitespace().collect();
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
        [addr, words @ ..] => hold(addr.parse().expect("an address"), words),
        [] => {}
    }
}

fn bind_in_a_word(addr: &str) -> String {
    match Listener::bind(addr.parse().expect("an address")) {
        Ok(_) => "bound".to_owned(),
        Err(BindError::Refused(refusal)) => format!("{refusal:?}"),
        Err(other) => format!("{other}"),
    }
}

fn hold(addr: SocketAddr, words: &[&str]) {
    #[cfg(unix)]
    let _deaf = words.contains(&"deaf").then(|| {
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .expect("a handler can be set")
    });
    let socket = foreign(addr, words);
    let local =
        socket.local_addr().expect("it is bound").as_socket().expect("it is an internet address");
    say(&local.to_string());
    #[cfg(unix)]
    let child = words.contains(&"with_child").then(|| start_child_with(&socket));
    let mut socket = Some(socket);
    for told in until_told() {
        if told == "close" {
            drop(socket.take());
            say("closed");
        } else {
            say("here");
        }
    }
    #[cfg(unix)]
    if let Some(mut child) = child {
        child.wait().expect("it is our child");
    }
}

/// A listening socket as other programs make them.
pub(crate) fn foreign(addr: SocketAddr, words: &[&str]) -> Socket {
    try_foreign(addr, words).expect("the address is free")
}

pub(crate) fn try_foreign(addr: SocketAddr, words: &[&str]) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    if words.contains(&"dual") {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(words.contains(&"reuse_address"))?;
    #[cfg(unix)]
    socket.set_reuse_port(words.contains(&"reuse_port"))?;
    socket.bind(&addr.into())?;
    if !words.contains(&"silent") {
        socket.listen(16)?;
    }
    Ok(socket)
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
    say(&child.id().to_string());
    child
}

/// What the test tells, line by line, until it has nothing more to tell or is gone itself.
fn until_told() -> impl Iterator<Item = String> {
    std::io::stdin().lines().map_while(Result::ok)
}

fn say(word: &str) {
    println!("{ANSWER}{word}");
}
