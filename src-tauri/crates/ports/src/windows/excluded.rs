//! The ranges of ports that Windows keeps for itself, mostly for virtual machines. A program that asks for one of them is
//! told that it lacks a permission, though nobody could grant it.

use std::net::SocketAddr;
use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::Command;

use windows_sys::Win32::System::Threading::CREATE_NO_WINDOW;

/// The range that the address falls into, first and last port, if there is one.
pub(super) fn range(addr: SocketAddr) -> Option<(u16, u16)> {
    let family = if addr.is_ipv4() { "ipv4" } else { "ipv6" };
    let system = std::env::var_os("SystemRoot")?;
    // By its whole path, for a program of that name may lie wherever we were started.
    let answer = Command::new(Path::new(&system).join("System32").join("netsh.exe"))
        .args(["int", family, "show", "excludedportrange", "protocol=tcp"])
        .creation_flags(CREATE_NO_WINDOW)
        .output()
        .ok()?;
    around(addr.port(), &String::from_utf8_lossy(&answer.stdout))
}

/// Whatever the language of the words around them, a range is a line of two numbers, with a star after it where a person
/// made it.
fn around(port: u16, answer: &str) -> Option<(u16, u16)> {
    let range = |line: &str| {
        let mut columns = line.split_whitespace();
        let range = (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
        matches!((columns.next(), columns.next()), (None | Some("*"), None)).then_some(range)
    };
    answer.lines().filter_map(range).find(|(from, to)| (*from..=*to).contains(&port))
}

#[cfg(test)]
mod tests {
    use super::around;

    const ANSWER: &str = "\r\n\
        Protokoll tcp: Portausschlussbereiche\r\n\r\n\
        Startport    Endport\r\n\
        ----------    --------\r\n\
        \u{20}     5357        5357\r\n\
        \u{20}     9985       10084\r\n\
        \u{20}    50000       50059     *\r\n\r\n\
        * - Verwaltete Portausschlüsse.\r\n";

    #[test]
    fn the_range_of_a_port_is_found_in_any_language() {
        assert_eq!(around(9998, ANSWER), Some((9985, 10084)));
        assert_eq!(around(5357, ANSWER), Some((5357, 5357)));
        assert_eq!(around(50_059, ANSWER), Some((50_000, 50_059)));
    }

    #[test]
    fn a_port_outside_of_all_ranges_has_none() {
        assert_eq!(around(9984, ANSWER), None);
        assert_eq!(around(9998, "Zugriff verweigert"), None);
    }
}
