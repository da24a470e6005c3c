//! Another process that holds a port: this very test program, started again to follow [orders](crate::orders).

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use wire::Identity;

use crate::orders::{ANSWER, ORDERS, PROGRAM};

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

    /// A process with these orders: an address, then any of the words of [`crate::orders`].
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

    /// Has it close its listener and live on.
    pub(crate) fn close(&mut self) {
        self.does("close");
    }

    /// Has it take a connection, which it keeps.
    #[cfg(target_os = "linux")]
    pub(crate) fn accept(&mut self) {
        self.does("accept");
    }

    /// It lives, and no signal is on its way to it: that would have ended it before it could answer.
    pub(crate) fn still_answers(&mut self) {
        self.does("answer");
    }

    pub(crate) fn does(&mut self, order: &str) {
        writeln!(self.orders, "{order}").expect("it still listens to us");
        assert_eq!(self.answer(), format!("done: {order}"));
    }

    /// Has it become the program of an heir to its socket, with the same command line or another one.
    #[cfg(target_os = "linux")]
    pub(crate) fn becomes(&mut self, what: &str) {
        writeln!(self.orders, "become_{what}").expect("it still listens to us");
        assert_eq!(self.answer(), "here");
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
    program.stdin(Stdio::piped()).stdout(Stdio::piped());
    spawned(program)
}

/// Starts a process, which for a moment has everything open that this one has, until it has become the program.
pub(crate) fn spawned(program: &mut Command) -> Child {
    let _in_the_making = in_the_making();
    program.spawn().expect("this program can be started again")
}

/// Whether there is such a program and it does what it is asked to.
#[cfg(target_os = "linux")]
pub(crate) fn succeeds(program: &mut Command) -> bool {
    let _in_the_making = in_the_making();
    program.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Closes sockets of this process so that no other one has them, even for a moment. All tests run in one process, and each
/// may be starting another.
pub(crate) fn let_go<T>(sockets: T) {
    let _in_the_making = in_the_making();
    drop(sockets);
}

fn in_the_making() -> MutexGuard<'static, ()> {
    static IN_THE_MAKING: Mutex<()> = Mutex::new(());
    IN_THE_MAKING.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn follow_orders(program: &mut Command, orders: &str) {
    program.args(["--exact", "--ignored", "--nocapture", PROGRAM]).env(ORDERS, orders);
}

pub(crate) fn answer(output: &mut impl BufRead) -> String {
    output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.split_once(ANSWER).map(|(_, said)| said.to_owned()))
        .expect("it says something before it ends")
}
