//! How programs are ended, with all that came of them.

use ports::program::End;

use super::*;
use crate::soon;

const GRACE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_program_is_asked_before_it_is_ended() {
    let token = fresh_token();
    let text = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let (running, said) = start(&script(text, &token)).await.expect("it is started");
    said.until(|lines| lines == ["ready"]).await;
    soon(running.end(GRACE)).await;
    assert!(said.lines().iter().any(|line| line == "bye"), "{:?}", said.lines());
    is_over(&token).await;
}

#[tokio::test]
async fn a_program_that_ignores_its_end_is_ended_after_the_grace_and_no_sooner() {
    let token = fresh_token();
    let text = "trap '' TERM INT HUP; echo ready; while :; do sleep 0.01; done";
    let (running, said) = start(&script(text, &token)).await.expect("it is started");
    said.until(|lines| lines == ["ready"]).await;
    let (began, grace) = (Instant::now(), Duration::from_millis(400));
    soon(running.end(grace)).await;
    assert!((grace..grace * 5).contains(&began.elapsed()), "{:?}", began.elapsed());
    is_over(&token).await;
}

#[tokio::test]
async fn one_that_somebody_has_stopped_is_ended_as_well() {
    let token = fresh_token();
    let (running, said) =
        start(&script("echo ready; exec sleep 1000", &token)).await.expect("it is started");
    said.until(|lines| lines == ["ready"]).await;
    signal(running.pid(), rustix::process::Signal::STOP);
    let began = Instant::now();
    soon(running.end(GRACE)).await;
    assert!(began.elapsed() < GRACE, "{:?}", began.elapsed());
    is_over(&token).await;
}

#[tokio::test]
async fn whoever_left_group_and_session_is_ended_with_it() {
    let token = fresh_token();
    let text =
        "setsid sh -c 'sleep 1000 & exec sleep 1000' & (setsid sleep 1000 &) ; echo ready; wait";
    let (running, said) = start(&script(text, &token)).await.expect("it is started");
    said.until(|lines| lines == ["ready"]).await;
    eventually("all of them run", || (sleepers(&token) == 3).then_some(())).await;
    soon(running.end(GRACE)).await;
    is_over(&token).await;
}

#[tokio::test]
async fn what_a_program_leaves_behind_when_it_ends_badly_is_ended() {
    let token = fresh_token();
    let text = "setsid sleep 1000 & sleep 1000 & sleep 0.1; exit 7";
    let (mut running, _) = start(&script(text, &token)).await.expect("it is started");
    assert_eq!(soon(running.ended()).await, End::Code(7));
    is_over(&token).await;
}

#[tokio::test]
async fn a_program_that_goes_into_the_background_still_runs() {
    let token = fresh_token();
    let (mut running, _) =
        start(&script("setsid sleep 1000 & exit 0", &token)).await.expect("it is started");
    eventually("it is in the background", || {
        (sleepers(&token) == 1 && !Path::new(&format!("/proc/{}", running.pid())).exists())
            .then_some(())
    })
    .await;
    let sleeper = processes_of(&token).into_iter().find(|pid| is_sleeper(*pid)).expect("it runs");
    let moment = Duration::from_millis(100);
    assert!(tokio::time::timeout(moment, running.ended()).await.is_err(), "it runs");
    signal(sleeper, rustix::process::Signal::KILL);
    assert_eq!(soon(running.ended()).await, End::Code(0));
    is_over(&token).await;
}

#[tokio::test]
async fn a_program_that_is_let_go_of_is_ended() {
    let token = fresh_token();
    let (running, said) =
        start(&script("sleep 1000 & echo ready; wait", &token)).await.expect("it is started");
    said.until(|lines| lines == ["ready"]).await;
    drop(running);
    is_over(&token).await;
}

#[tokio::test]
async fn a_guardian_that_is_asked_to_end_ends_the_program_first() {
    for asked in [rustix::process::Signal::TERM, rustix::process::Signal::INT] {
        let token = fresh_token();
        let (mut running, said) =
            start(&script("sleep 1000 & echo ready; wait", &token)).await.expect("it is started");
        said.until(|lines| lines == ["ready"]).await;
        signal(guardian_of(&token), asked);
        assert_eq!(soon(running.ended()).await, End::Signal(15));
        is_over(&token).await;
    }
}

#[tokio::test]
async fn a_program_without_its_guardian_is_ended() {
    for text in [
        "sleep 1000 & setsid sleep 1000 & echo ready; wait",
        // Of one without the mark is known that it was there.
        "env -i setsid sleep 1000 & echo ready; wait",
    ] {
        let token = fresh_token();
        let (mut running, said) = start(&script(text, &token)).await.expect("it is started");
        said.until(|lines| lines == ["ready"]).await;
        let tree = running.tree();
        let _ = tree.presence(free_address());
        signal(guardian_of(&token), rustix::process::Signal::KILL);
        assert_eq!(soon(running.ended()).await, End::Unguarded);
        is_over(&token).await;
    }
}

fn is_sleeper(pid: u32) -> bool {
    command_line_of(pid).starts_with("sleep 1000")
}

fn sleepers(token: &str) -> usize {
    processes_of(token).into_iter().filter(|pid| is_sleeper(*pid)).count()
}

fn guardian_of(token: &str) -> u32 {
    let is_one = |pid: &u32| command_line_of(*pid).contains("programs::a_guardian");
    processes_of(token).into_iter().find(is_one).expect("it is guarded")
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a process");
    rustix::process::kill_process(pid, signal).expect("it is ours");
}
