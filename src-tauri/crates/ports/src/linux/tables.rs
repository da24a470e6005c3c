//! The kernel's list of sockets as text, for where netlink is refused. It is a hundred times slower, for it names every
//! socket of the machine; it knows nothing of sockets that are only bound, and it has no cookies.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::diag::{LISTEN, Port, Row, TIMER_TIME_WAIT};
use crate::types::Socket;

/// Those of the thread's own network, which may differ from that of the process.
const TABLES: [&str; 2] = ["/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"];

pub(super) fn rows(port: Port, states: u32) -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for table in TABLES {
        match File::open(table) {
            Ok(table) => {
                for line in BufReader::new(table).lines().skip(1) {
                    rows.extend(row(&line?, port, states));
                }
            }
            // A kernel without IPv6.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if states & LISTEN != 0 {
        tell_families_apart(&mut rows);
    }
    Ok(rows)
}

/// The tables don't say whether an IPv6 wildcard takes IPv4 as well. Where an IPv4 socket listens on the same port it
/// doesn't, unless all of them are shared.
fn tell_families_apart(rows: &mut [Row]) {
    let is_v6_only = rows.iter().any(|row| row.socket.local.is_ipv4());
    rows.iter_mut().for_each(|row| row.socket.is_v6_only = is_v6_only);
}

/// Reads `sl local remote st tx:rx tr:when retransmits uid timeout inode …`, all of it in hexadecimal but the end.
fn row(line: &str, port: Port, states: u32) -> Option<Row> {
    let mut fields = line.split_ascii_whitespace();
    let (own, peers) = (fields.nth(1)?, fields.next()?);
    let has = |text: &str, wanted| {
        let (_, port) = text.split_once(':')?;
        (u16::from_str_radix(port, 16).ok()? == wanted).then_some(())
    };
    match port {
        Port::Any => {}
        Port::Own(port) => has(own, port)?,
        Port::Peers(port) => has(peers, port)?,
    }
    let state = u32::from_str_radix(fields.next()?, 16).ok()?;
    if 1_u32.checked_shl(state)? & states == 0 {
        return None;
    }
    let (timer, ticks) = fields.nth(1)?.split_once(':')?;
    let uid = fields.nth(1)?.parse().ok()?;
    let inode = fields.nth(1)?.parse().ok()?;
    let is_only_remembered = u8::from_str_radix(timer, 16).ok()? == TIMER_TIME_WAIT;
    let rest =
        u64::from_str_radix(ticks, 16).ok()? * 1000 / rustix::param::clock_ticks_per_second();
    Some(Row {
        socket: Socket {
            local: end(own)?,
            is_v6_only: false,
            key: inode,
            // Nothing better is known.
            cookie: inode,
            uid,
        },
        peer: end(peers)?,
        expires_in: is_only_remembered.then_some(Duration::from_millis(rest)),
    })
}

fn end(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    Some(SocketAddr::new(address(ip)?, u16::from_str_radix(port, 16).ok()?))
}

/// One word for IPv4 and four for IPv6, each as the machine reads the bytes of the address.
fn address(words: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(words.get(at..at + 8)?, 16).ok();
    match words.len() {
        8 => Some(Ipv4Addr::from(word(0)?.to_ne_bytes()).into()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?].map(u32::to_ne_bytes);
            Some(Ipv6Addr::from(<[u8; 16]>::try_from(words.as_flattened()).ok()?).into())
        }
        _ => None,
    }
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::super::diag::CONNECTION;
    use super::*;

    const LISTENER: &str = "   1: 0100007F:270E 00000000:0000 0A 00000000:00000000 00:00000000 \
                            00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0";
    const CLOSED: &str = "   2: 0100007F:270E 0100007F:D2F0 06 00000000:00000000 03:000012C0 \
                          00000000     0        0 0 3 0000000000000000";
    const DUAL: &str = "   0: 00000000000000000000000000000000:270E 00000000000000000000000000000000:0000 0A \
                        00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0";

    #[test]
    fn a_listener_is_read() {
        let row = row(LISTENER, Port::Own(9998), LISTEN).expect("it is on this port and listens");
        assert_eq!(row.socket.local.to_string(), "127.0.0.1:9998");
        assert_eq!((row.socket.key, row.socket.uid, row.expires_in), (4711, 1000, None));
    }

    #[test]
    fn other_ports_and_states_are_left_out() {
        assert!(row(LISTENER, Port::Own(9999), LISTEN).is_none());
        assert!(row(LISTENER, Port::Own(9998), CONNECTION).is_none());
        assert!(row(CLOSED, Port::Own(9998), LISTEN).is_none());
    }

    #[test]
    fn a_closed_connection_tells_how_long_it_is_remembered() {
        let row = row(CLOSED, Port::Own(9998), CONNECTION).expect("it is on this port and closed");
        assert_eq!((row.socket.key, row.expires_in), (0, Some(Duration::from_secs(48))));
    }

    #[test]
    fn a_connection_is_found_by_its_other_end_too() {
        let row = row(CLOSED, Port::Peers(0xD2F0), CONNECTION).expect("it leads there");
        assert_eq!(row.peer.to_string(), "127.0.0.1:54000");
        assert_eq!(row.socket.local.to_string(), "127.0.0.1:9998");
    }

    #[test]
    fn a_wildcard_for_both_families_is_told_by_the_absence_of_others() {
        let dual = || row(DUAL, Port::Own(9998), LISTEN).expect("it is on this port and listens");
        let mut alone = [dual()];
        tell_families_apart(&mut alone);
        assert_eq!(alone[0].socket.local.to_string(), "[::]:9998");
        assert!(!alone[0].socket.is_v6_only);
        let mut beside_v4 = [
            dual(),
            row(LISTENER, Port::Own(9998), LISTEN).expect("it is on this port and listens"),
        ];
        tell_families_apart(&mut beside_v4);
        assert!(beside_v4[0].socket.is_v6_only);
    }
}
