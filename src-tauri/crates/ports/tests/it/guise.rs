//! Processes that aren't what they seem: those that change what they are while they are looked at, call themselves all
//! kinds of things, or have their sockets where few look.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;

use ports::{Known, Listener, Sharing, cause, free, released};
use socket2::Socket;
use tokio::signal::unix::{SignalKind, signal};
use wire::{Cause, Failure, Force, Holder as Named, Identity};

use crate::freeing::freed;
use crate::holder::{Holder, follow_orders, this_program};
use crate::linux::may_become_another_user;
use crate::naming::pids;
use crate::soon;
use crate::waiting::is_over;

fn named(holder: &Holder) -> Named {
    let found = cause(holder.addr, &Known::default());
    let Cause::Held { holders } = found else { panic!("{found:?}") };
    let [named] = <[Named; 1]>::try_from(holders).expect("there is one holder");
    named
}

/// What a holder does before it makes its socket.
pub(crate) fn prepare(words: &[&str]) {
    if words.contains(&"own_table") {
        unshare_descriptors();
    }
    if words.contains(&"renames_when_asked") {
        let mut asked = signal(SignalKind::terminate()).expect("a handler can be set");
        tokio::spawn(async move {
            while asked.recv().await.is_some() {
                rename();
            }
        });
    }
}

/// Gives this thread, which is not the first of its process, a table of descriptors of its own.
#[expect(unsafe_code, reason = "nobody else has a safe name for it")]
fn unshare_descriptors() {
    // SAFETY: takes and gives plain numbers.
    assert_eq!(unsafe { libc::unshare(libc::CLONE_FILES) }, 0);
}

/// Becomes a program that has the socket and answers, with another command line or with the same.
pub(crate) fn become_heir(socket: Option<&Socket>, is_another: bool) {
    let socket = rustix::io::dup(socket.expect("it was not closed")).expect("one is left");
    let mut program = this_program();
    follow_orders(&mut program, "heir");
    if is_another {
        program.arg("--test-threads=1");
    }
    let error = program.exec();
    drop(socket);
    panic!("{error}");
}

/// Rewrites its command line where it stands, as many servers do to tell of their work.
pub(crate) fn rename() {
    let stat = fs::read_to_string("/proc/self/stat").expect("this is Linux");
    let (_, fields) = stat.rsplit_once(") ").expect("a whole line");
    let begins = fields.split(' ').nth(45).and_then(|at| at.parse().ok()).expect("it is told");
    let mut memory = fs::File::options().write(true).open("/proc/self/mem").expect("it is ours");
    memory.seek(SeekFrom::Start(begins)).expect("it is there");
    memory.write_all(b"busy").expect("it is ours");
}

/// Ends the first thread of this process, which gave it its number.
#[expect(
    unsafe_code,
    reason = "a thread ends by itself only, and the first one belongs to the test program"
)]
pub(crate) fn end_first_thread() {
    extern "C" fn end(_signal: libc::c_int) {
        // SAFETY: ends this thread, and returns to nobody.
        unsafe { libc::syscall(libc::SYS_exit, 0) };
    }
    let pid = std::process::id();
    let handler = end as extern "C" fn(libc::c_int);
    // SAFETY: the handler makes one call, which is allowed in one; the rest takes and gives plain numbers.
    unsafe {
        libc::signal(libc::SIGUSR1, handler as libc::sighandler_t);
        libc::syscall(libc::SYS_tgkill, pid, pid, libc::SIGUSR1);
    }
    while !fs::read_to_string("/proc/self/stat").is_ok_and(|stat| stat.contains(") Z ")) {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn a_process_that_became_another_program_is_not_the_one_that_was_confirmed() {
    let mut holder = Holder::plain();
    let (confirmed, pid) = (named(&holder).identity, holder.pid());
    holder.becomes("another");
    let found = named(&holder).identity;
    assert_eq!(
        (found.pid, &found.began, &found.executable),
        (pid, &confirmed.began, &confirmed.executable)
    );
    let answer = freed(holder.addr, std::slice::from_ref(&confirmed)).await;
    assert_eq!(answer, Err(Failure::Changed { pid }));
    let answer = ports::end(&confirmed, crate::DEADLINE, &Known::default()).await;
    assert_eq!(answer, Err(Failure::Changed { pid }));
    holder.still_answers();
    // Whoever agrees to the end of what it is by now ends it.
    assert_eq!(freed(holder.addr, &[found]).await, Ok(vec![Force::Polite]));
}

#[tokio::test]
async fn a_process_that_started_itself_again_as_it_was_is_still_the_one_that_was_confirmed() {
    let mut holder = Holder::plain();
    let confirmed = named(&holder).identity;
    holder.becomes("the_same");
    assert_eq!(named(&holder).identity, confirmed);
    assert_eq!(freed(holder.addr, &[confirmed]).await, Ok(vec![Force::Polite]));
}

#[tokio::test]
async fn a_process_that_has_rewritten_its_command_line_must_be_confirmed_anew() {
    let mut holder = Holder::plain();
    let confirmed = named(&holder).identity;
    holder.does("rename");
    let answer = freed(holder.addr, &[confirmed]).await;
    assert_eq!(answer, Err(Failure::Changed { pid: holder.pid() }));
    holder.still_answers();
    let found = named(&holder);
    assert!(found.command_line[0].starts_with("busy"), "{:?}", found.command_line);
    assert_eq!(freed(holder.addr, &[found.identity]).await, Ok(vec![Force::Polite]));
}

#[tokio::test]
async fn one_that_becomes_another_when_asked_gets_no_further_signal_and_is_not_said_to_have_ended()
{
    let mut holder = Holder::ordered("127.0.0.1:0 renames_when_asked");
    let answer = freed(holder.addr, &[holder.identity()]).await;
    assert_eq!(answer, Err(Failure::Changed { pid: holder.pid() }));
    holder.still_answers();
    // It has the same name when it is asked again, so that it can be ended.
    assert_eq!(freed(holder.addr, &[holder.identity()]).await, Ok(vec![Force::Firm]));
}

#[tokio::test]
async fn the_identity_of_an_older_build_or_client_still_names_the_process() {
    let holder = Holder::plain();
    let mut told = serde_json::to_value(holder.identity()).expect("plain data");
    assert!(told["command_digest"].is_string(), "{told}");
    told.as_object_mut().expect("it is one").remove("command_digest");
    let older: Identity = serde_json::from_value(told).expect("the field may be missing");
    let known = Known { running: Some(older.clone()), ..Known::default() };
    assert_eq!(
        soon(free(holder.addr, std::slice::from_ref(&older), &known))
            .await
            .map_err(|f| matches!(f, Failure::Refused { .. })),
        Err(true)
    );
    assert_eq!(freed(holder.addr, &[older]).await, Ok(vec![Force::Polite]));
}

#[test]
fn of_an_endless_command_line_the_beginning_is_read_and_shown_as_cut() {
    let mut program = this_program();
    // Unknown filters match no other test; each argument may have 128 KiB.
    program.args((0..14).map(|_| "x".repeat(120_000)));
    let holder = Holder::started(&mut program, "127.0.0.1:0");
    let before = read_so_far();
    let named = named(&holder);
    let read = read_so_far() - before;
    assert!(read < 1_000_000, "{read} bytes were read");
    let shown: usize = named.command_line.iter().map(|argument| argument.chars().count()).sum();
    assert!(shown <= 4096, "{shown} characters");
    assert!(named.command_line.last().is_some_and(|last| last.ends_with('…')));
    assert!(named.command_line[0].ends_with("exe"), "{}", named.command_line[0]);
}

#[test]
fn a_command_line_of_nothing_but_empty_arguments_is_cut_as_well() {
    let mut program = this_program();
    program.args((0..200_000).map(|_| ""));
    let holder = Holder::started(&mut program, "127.0.0.1:0");
    let named = named(&holder);
    assert!(named.command_line.len() <= 4097, "{} arguments", named.command_line.len());
    assert_eq!(named.command_line.last().map(String::as_str), Some("…"));
}

/// How many bytes this thread has read since it began.
fn read_so_far() -> u64 {
    let io = fs::read_to_string("/proc/thread-self/io").expect("this is Linux");
    let line = io.lines().find_map(|line| line.strip_prefix("rchar: ")).expect("the kernel counts");
    line.parse().expect("a number")
}

#[tokio::test]
async fn a_holder_whose_first_thread_has_ended_is_named_watched_and_ended() {
    let mut holder = Holder::plain();
    let whole = named(&holder);
    holder.does("end_first_thread");
    let found = named(&holder);
    assert_eq!(found.identity, whole.identity);
    assert_eq!((found.name, found.command_line), (whole.name, whole.command_line));
    let seen = cause(holder.addr, &Known::default());
    let mut waiting = Box::pin(released(holder.addr, &seen));
    assert!(!is_over(&mut waiting).await);
    assert_eq!(freed(holder.addr, &[whole.identity]).await, Ok(vec![Force::Polite]));
    soon(waiting).await;
    soon(holder.end()).await;
    Listener::bind(holder.addr, Sharing::Exclusive).expect("the first try succeeds");
}

#[tokio::test]
async fn one_whose_first_thread_has_ended_and_that_is_deaf_is_ended_by_force() {
    let mut holder = Holder::ordered("127.0.0.1:0 deaf");
    holder.does("end_first_thread");
    assert_eq!(freed(holder.addr, &[named(&holder).identity]).await, Ok(vec![Force::Firm]));
    soon(holder.end()).await;
    assert_eq!(ports::identity(holder.pid()), None);
}

#[tokio::test]
async fn a_holder_whose_socket_is_in_a_threads_own_table_is_named_watched_and_ended() {
    let mut holder = Holder::ordered("127.0.0.1:0 own_table");
    assert_eq!(pids(holder.addr), [holder.pid()]);
    let seen = cause(holder.addr, &Known::default());
    let mut waiting = Box::pin(released(holder.addr, &seen));
    assert!(!is_over(&mut waiting).await);
    assert_eq!(freed(holder.addr, &[holder.identity()]).await, Ok(vec![Force::Polite]));
    soon(waiting).await;
    soon(holder.end()).await;
}

#[tokio::test]
async fn one_that_closes_the_socket_in_its_threads_own_table_has_let_go() {
    let mut holder = Holder::ordered("127.0.0.1:0 own_table");
    let seen = cause(holder.addr, &Known::default());
    let mut waiting = Box::pin(released(holder.addr, &seen));
    assert!(!is_over(&mut waiting).await);
    holder.close();
    soon(waiting).await;
    holder.still_answers();
}

#[tokio::test]
async fn both_at_once_are_found() {
    let mut holder = Holder::ordered("127.0.0.1:0 own_table");
    holder.does("end_first_thread");
    assert_eq!(pids(holder.addr), [holder.pid()]);
    assert_eq!(freed(holder.addr, &[named(&holder).identity]).await, Ok(vec![Force::Polite]));
    soon(holder.end()).await;
}

#[tokio::test]
async fn another_users_holder_without_its_first_thread_is_still_another_users() {
    if !may_become_another_user() {
        return;
    }
    let mut holder = Holder::started(this_program().uid(65534), "127.0.0.1:0");
    holder.does("end_first_thread");
    assert_eq!(named(&holder).guard, Some(wire::Guard::AnotherUser));
    holder.still_answers();
}
