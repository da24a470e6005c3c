//! Modes of files, and disks that take nothing.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{comes_up, soon};
use crate::caller::Caller;
use crate::home::Home;

fn mode(path: impl AsRef<Path>) -> u32 {
    std::fs::symlink_metadata(path).expect("it is there").mode() & 0o7777
}

fn set(path: &str, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}

/// Everything below a folder, and its mode.
fn modes(folder: &Path) -> Vec<(String, u32, bool)> {
    let mut found = Vec::new();
    for entry in folder.read_dir().expect("a folder").flatten() {
        let path = entry.path();
        let is_folder = path.is_dir();
        if is_folder {
            found.extend(modes(&path));
        }
        found.push((path.display().to_string(), mode(&path), is_folder));
    }
    found
}

/// `xswarm serve`, started by this line of shell.
fn shell(line: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", line, env!("CARGO_BIN_EXE_xswarm")]).stdin(Stdio::null());
    shell
}

/// Whether all that lies there is for its owner alone, these among it.
fn assert_private(home: &Home, names: &[&str], umask: &str) {
    let modes = modes(Path::new(&home.path("")));
    for name in names {
        assert!(modes.iter().any(|(path, ..)| path.ends_with(name)), "no {name} in {modes:?}");
    }
    for (path, mode, is_folder) in modes {
        assert_eq!(mode, if is_folder { 0o700 } else { 0o600 }, "{path} under umask {umask}");
    }
}

#[test]
fn all_that_is_kept_is_readable_by_you_alone_whatever_the_umask() {
    for umask in ["000", "002", "022", "277"] {
        let line = format!(r#"umask {umask}; exec "$0" serve"#);
        let home = Home::new();
        std::fs::remove_file(home.path("settings.toml")).expect("it is there");
        // The file that is left for people is one of ours as well.
        home.run(&["status"]);
        assert_private(&home, &["settings.toml"], "of the test");
        let home = Home::new();
        home.set_bridge("public_url = \"https://voice.example.org\"\n");
        set(&home.path("settings.toml"), 0o600);
        set(&home.path(""), 0o755);
        {
            let serve = home.start_as(shell(&line));
            serve.until("server listening");
            serve.until("server listening");
            let names =
                ["lock", "running.json", "token", "token-observe", "stream-secret", "handover"];
            assert_private(&home, &names, umask);
        }
        let home = Home::new();
        home.set_bridge("recording.on = true\n");
        set(&home.path("settings.toml"), 0o600);
        let serve = home.start_as(shell(&line));
        serve.until("server listening");
        serve.until("server listening");
        let monitor = home.follow(&["monitor", "--json"]);
        monitor.until_json(|event| event["type"] == "subscribed");
        let caller = Caller::of(&home);
        monitor.until_json(|event| event["type"] == "call_started");
        drop(caller);
        serve.until("the recording is finished");
        assert_private(&home, &[".wav"], umask);
    }
}

#[test]
fn secrets_that_others_may_read_are_closed_to_them_and_that_is_said() {
    for name in ["token", "token-observe", "stream-secret", "settings.toml"] {
        let home = Home::new();
        home.set_bridge(
            "public_url = \"https://voice.example.org\"\ntwilio_auth_token = \"0123456789abcdef\"\n",
        );
        if name != "settings.toml" {
            std::fs::write(home.path(name), "0123456789abcdef0123456789abcdef\n").expect("room");
            set(&home.path("settings.toml"), 0o600);
        }
        set(&home.path(name), 0o644);
        let serve = home.start(&["serve"]);
        let said = serve.until("this was open to others and has been closed to them");
        assert!(said.contains(&home.path(name)), "{said}");
        serve.until("server listening");
        assert_eq!(mode(home.path(name)), 0o600);
    }
}

#[test]
fn a_folder_that_others_may_write_to_is_refused_with_the_way_out() {
    let planted = "planted-by-somebody-else";
    for open in [0o1777, 0o777, 0o775, 0o702] {
        let home = Home::new();
        std::fs::write(home.path("token"), planted).expect("room");
        set(&home.path(""), open);
        let folder = home.path("");
        let folder = folder.trim_end_matches('/');
        for command in [&["serve"][..], &["serve", "--take-over"], &["token"]] {
            let refused = soon(&home, command);
            assert_eq!(refused.code, Some(1), "{}", refused.err);
            assert!(refused.err.contains(&format!("`chmod 700 {folder}`")), "{}", refused.err);
            assert!(!refused.out.contains(planted));
        }
        let doctor = home.run(&["doctor"]);
        assert!(doctor.out.contains(&format!("`chmod 700 {folder}`")), "{}", doctor.out);
        set(&home.path(""), 0o700);
        drop(comes_up(&home));
    }
}

#[test]
fn another_user_s_folder_and_another_user_s_token_are_refused() {
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED another_user_s_folder: only root can give files to others");
        return;
    }
    for name in ["", "token"] {
        let home = Home::new();
        std::fs::write(home.path("token"), "planted-by-somebody-else").expect("room");
        set(&home.path("token"), 0o600);
        std::os::unix::fs::chown(home.path(name), Some(12_345), None).expect("we are root");
        let refused = soon(&home, &["serve"]);
        assert_eq!(refused.code, Some(1), "{}", refused.err);
        assert!(refused.err.contains("belongs to another user (uid 12345)"), "{}", refused.err);
    }
}

#[test]
fn another_user_who_comes_to_the_handover_is_turned_away() {
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED another_user_who_comes: only root can be another user");
        return;
    }
    let home = Home::new();
    let serve = home.serve();
    // As where somebody has opened it: the mode alone does not stand in the way.
    set(&home.path(""), 0o755);
    set(&home.path("handover"), 0o666);
    let knock = "import os, socket, sys\nos.setuid(12345)\n\
                 s = socket.socket(socket.AF_UNIX)\ns.settimeout(10)\ns.connect(sys.argv[1])\n\
                 try:\n  s.send(b'g')\n  print(len(s.recv(9)))\nexcept OSError:\n  print(0)";
    let knocked = Command::new("python3").args(["-c", knock, &home.path("handover")]).output();
    let knocked = knocked.expect("there is python");
    assert_eq!(String::from_utf8_lossy(&knocked.stdout).trim(), "0", "{knocked:?}");
    serve.until("another user was turned away from our socket");
    assert_eq!(home.run(&["status"]).code, Some(0), "it goes on");
}

/// `xswarm serve` with its home on a disk that this line of shell makes at `$1`, seen by this program and its own alone.
fn on_a_disk(home: &Home, prepare: &str) -> Command {
    let line = format!(r#"set -e; settings=$(cat "$1/settings.toml"); {prepare}; exec "$0" serve"#);
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &line, env!("CARGO_BIN_EXE_xswarm"), &home.path("")]);
    command.stdin(Stdio::null());
    command
}

/// A command given where that program sees the disk.
fn there(pid: u32, command: &str) -> Command {
    let mut entered = Command::new("nsenter");
    entered.args(["-m", "-t", &pid.to_string(), env!("CARGO_BIN_EXE_xswarm")]);
    entered.args(command.split(' '));
    entered
}

#[test]
fn on_a_disk_that_takes_nothing_the_ports_come_up_and_what_is_not_kept_is_said() {
    let can = Command::new("unshare").args(["-m", "true"]).stderr(Stdio::null()).status();
    if !can.is_ok_and(|status| status.success()) {
        println!("SKIPPED on_a_disk_that_takes_nothing: no disks can be made here");
        return;
    }
    let settings = r#"printf '%s\n' "$settings" > "$1/settings.toml""#;
    let disk =
        |options: &str| format!("mount -t tmpfs -o mode=700,{options} tmpfs \"$1\"; {settings}");
    let read_only = "mount -o remount,ro tmpfs \"$1\"";
    for (prepare, why) in [
        // Full: a page for the settings, and none besides.
        (disk("size=4k"), "no storage space"),
        // No other file can be made at all.
        (disk("nr_inodes=2"), "no storage space"),
        (format!("{}; {read_only}", disk("size=1m")), "read-only"),
        // An earlier start has left its files, and a note of a process that is gone.
        (
            format!(
                "{}; \"$0\" token > /dev/null; touch \"$1/lock\"; echo '{{}}' > \"$1/running.json\"; {read_only}",
                disk("size=1m")
            ),
            "read-only",
        ),
    ] {
        println!("{prepare}");
        let (home, runtime) = (Home::new(), tempfile::tempdir().expect("a folder"));
        set(&runtime.path().display().to_string(), 0o700);
        let with_runtime = |mut command: Command| {
            command.env("XDG_RUNTIME_DIR", runtime.path());
            command
        };
        let serve = home.start_as(with_runtime(on_a_disk(&home, &prepare)));
        serve.until("Nothing can be kept in ");
        serve.until("server listening");
        serve.until("server listening");
        let status = home.run_as(with_runtime(there(serve.child.id(), "status")));
        assert_eq!(status.code, Some(0), "{}{}", status.out, status.err);
        assert!(status.out.contains("Nothing can be kept in "), "{}", status.out);
        let doctor = home.run_as(with_runtime(there(serve.child.id(), "doctor")));
        let told =
            format!("- Nothing can be written in {}: {why}", home.path("").trim_end_matches('/'));
        assert!(doctor.out.contains(&told), "{}", doctor.out);
        let token = || home.run_as(with_runtime(there(serve.child.id(), "token"))).out;
        let before = token();
        let renewing = home.run_as(with_runtime(there(serve.child.id(), "token --new")));
        // A renewal that fails leaves the token that was in force, and says so.
        assert_eq!(renewing.code == Some(0), token() != before, "{}{}", renewing.out, renewing.err);
        assert!(renewing.code != Some(0) || renewing.out == token(), "{}", renewing.out);
        assert_eq!(home.run_as(with_runtime(there(serve.child.id(), "status"))).code, Some(0));
        let second = home.run_as(with_runtime(there(serve.child.id(), "serve")));
        assert_eq!(second.code, Some(4), "{}", second.err);
        assert!(second.err.contains(&format!("as process {}", serve.child.id())), "{}", second.err);
    }
}
