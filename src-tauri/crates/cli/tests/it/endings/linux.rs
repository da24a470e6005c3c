//! What a child of the program would get of it, read from `/proc`.

use std::fs;

use super::callers;
use crate::home::Home;

/// The flag of descriptors that are closed when another program is started, as `/proc/PID/fdinfo` writes it.
const CLOSED_FOR_CHILDREN: u32 = 0o2_000_000;

#[test]
fn no_child_would_inherit_a_socket_or_any_other_descriptor() {
    let home = Home::new();
    let serve = home.serve();
    let _callers = callers(&home);
    let process = format!("/proc/{}", serve.child.id());
    let mut sockets = 0;
    for entry in fs::read_dir(format!("{process}/fd")).expect("it runs").flatten() {
        let descriptor = entry.file_name().to_string_lossy().into_owned();
        // A connection may have been closed since the list was read.
        let Ok(what) = fs::read_link(entry.path()) else { continue };
        // What this program has been given itself it may pass on.
        if fs::read_link(format!("/proc/self/fd/{descriptor}")).is_ok_and(|ours| ours == what) {
            continue;
        }
        let Ok(facts) = fs::read_to_string(format!("{process}/fdinfo/{descriptor}")) else {
            continue;
        };
        let flags = facts.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = u32::from_str_radix(flags.expect("all have flags").trim(), 8).expect("octal");
        let is_standard = descriptor.parse::<u32>().is_ok_and(|number| number <= 2);
        assert!(is_standard || flags & CLOSED_FOR_CHILDREN != 0, "{descriptor} is {what:?}");
        sockets += u32::from(what.to_string_lossy().starts_with("socket:"));
    }
    assert!(sockets >= 4, "both services listen at both loopback addresses, but it has {sockets}");
}
