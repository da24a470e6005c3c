//! How programs start, what they say, and where they listen.

use ports::program::{End, Presence};
use ports::{Known, Programs};
use wire::{Cause, Guard};

use super::*;
use crate::holder::Holder;
use crate::soon;

#[tokio::test]
async fn a_program_that_is_not_there_is_told_as_such() {
    let token = fresh_token();
    let refused = |text: &'static str| start_error(program(text, &[], &token));
    let error = refused("no-such-program-anywhere").await;
    assert_eq!(error, "there is no program no-such-program-anywhere");
    assert!(refused("/etc/passwd").await.starts_with("/etc/passwd may not be run"));
    let folder = tempfile::tempdir().expect("room");
    let orphan = folder.path().join("orphan");
    fs::write(&orphan, "#!/no/such/interpreter\n").expect("room");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&orphan, mode).expect("it is ours");
    let orphan = orphan.to_str().expect("a text").to_owned();
    let error = start_error(program(&orphan, &[], &token)).await;
    assert!(error.ends_with("what its first line says should run it isn't"), "{error}");
    let mut nowhere = script("true", &token);
    nowhere.folder = Some("/no/such/folder".into());
    assert_eq!(start_error(nowhere).await, "there is no folder /no/such/folder");
    is_over(&token).await;
}

async fn start_error(program: Program) -> String {
    match start(&program).await {
        Ok(_) => panic!("{program:?} was started"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_program_that_ends_at_once_tells_how_and_what_it_said_last() {
    for (text, end, last) in [
        ("echo oops >&2; exit 3", End::Code(3), vec!["oops"]),
        ("printf 'no newline'; exit 0", End::Code(0), vec!["no newline"]),
        ("kill -9 $$", End::Signal(9), vec![]),
    ] {
        let token = fresh_token();
        let (mut running, _) = start(&script(text, &token)).await.expect("it is started");
        assert_eq!(soon(running.ended()).await, end, "{text}");
        assert_eq!(running.last_lines(), last, "{text}");
        is_over(&token).await;
    }
    assert_eq!(End::Signal(9).to_string(), "it was ended by signal 9 (SIGKILL)");
    assert_eq!(End::Code(3).to_string(), "it ended with exit code 3");
}

#[tokio::test]
async fn a_program_has_its_arguments_its_folder_and_its_variables_and_none_of_our_descriptors() {
    let (token, folder) = (fresh_token(), tempfile::tempdir().expect("room"));
    // One that children inherit, as careless programs leave them.
    let careless = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let inherited = rustix::io::dup(&careless).expect("a descriptor is left");
    let text = "echo \"$1|$PWD|$COLOUR|${HOME-none}|$(ls -l /proc/$$/fd | grep -c socket)\"";
    let mut one = program("sh", &["-c", text, "sh", "two words; $HOME"], &token);
    one.folder = Some(folder.path().to_owned());
    one.environment.push(("COLOUR".to_owned(), Some("blue".to_owned())));
    one.environment.push(("HOME".to_owned(), None));
    let (mut running, said) = start(&one).await.expect("it is started");
    assert_eq!(soon(running.ended()).await, End::Code(0));
    let expected = format!("two words; $HOME|{}|blue|none|0", folder.path().display());
    assert_eq!(said.lines(), [expected]);
    drop(inherited);
}

#[tokio::test]
async fn a_flood_neither_holds_the_program_up_nor_takes_any_room() {
    let token = fresh_token();
    let text = "i=0; yes 0123456789012345678901234567890123456789 | head -n 200000; echo done";
    let (mut running, said) = start(&script(text, &token)).await.expect("it is started");
    assert_eq!(soon(running.ended()).await, End::Code(0));
    assert_eq!(running.last_lines().last().map(String::as_str), Some("done"));
    let lines = said.until(|lines| lines.iter().any(|line| line.contains("left out"))).await;
    assert!(lines.len() < 300, "{}", lines.len());
}

#[tokio::test]
async fn where_a_program_listens_is_seen_also_of_one_that_it_started() {
    let programs = Programs::default();
    for wrapped in [false, true] {
        let (token, address, other) = (fresh_token(), free_address(), free_address());
        let mut one = holder(&format!("{address} forever"), &token);
        if wrapped {
            let line = format!("{} {}; true", one.program, one.arguments.join(" "));
            (one.program, one.arguments) = ("sh".to_owned(), vec!["-c".to_owned(), line]);
        }
        let (running, _) = start_known(&one, &programs).await.expect("it is started");
        let tree = running.tree();
        let presence = |at| tree.presence(at).expect("the list can be read");
        eventually("it listens", || (presence(address) == Presence::Alone).then_some(())).await;
        assert_eq!(presence(other), Presence::Absent { elsewhere: vec![address] });
        let known = Known { programs: programs.clone(), ..Known::default() };
        let Cause::Held { holders } = ports::cause(address, &known) else {
            panic!("it is held");
        };
        assert_eq!((holders[0].program, holders[0].guard), (Some(NAME), Some(Guard::OurProgram)));
        assert_eq!(ports::cause(address, &Known::default()).endable_holders()[0].guard, None);
        running.end(Duration::from_secs(2)).await;
        assert!(std::net::TcpListener::bind(address).is_ok());
        is_over(&token).await;
    }
}

#[tokio::test]
async fn a_stranger_on_the_port_is_told_from_the_program() {
    let (token, stranger) = (fresh_token(), Holder::plain());
    let (running, _) = start(&script("exec sleep 1000", &token)).await.expect("it is started");
    assert_eq!(running.tree().presence(stranger.addr).ok(), Some(Presence::Foreign));
    let shared = Holder::ordered("127.0.0.1:0 reuse_port");
    let beside = format!("{} reuse_port forever", shared.addr);
    let (beside, _) = start(&holder(&beside, &token)).await.expect("it is started");
    let tree = beside.tree();
    eventually("both listen", || {
        (tree.presence(shared.addr).ok() == Some(Presence::Shared)).then_some(())
    })
    .await;
}
