//! The kernel's list of sockets, asked for one port over netlink (`sock_diag(7)`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};

use crate::seen::Socket;

// States of TCP sockets, as bits (`include/net/tcp_states.h`).
pub(super) const TIME_WAIT: u32 = 1 << 6;
pub(super) const LISTEN: u32 = 1 << 10;
/// Kernels that don't know it, up to 6.7, answer with an empty list.
pub(super) const BOUND_INACTIVE: u32 = 1 << 13;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
const TIMER_TIME_WAIT: u8 = 3;
const ATTRIBUTE_V6_ONLY: u16 = 11;

const HEADER: usize = 16;
const REQUEST: usize = HEADER + 56;
/// The fixed part of an answer, before its attributes.
const ANSWER: usize = 72;
/// The kernel never sends more than this in one piece.
const PIECE: usize = 32 * 1024;

pub(super) struct Row {
    pub(super) socket: Socket,
    /// For a closed connection: when it will be forgotten.
    pub(super) expires_in: Option<Duration>,
}

/// The TCP sockets with that local port, of both families, that are in one of those states.
pub(super) fn dump(port: u16, states: u32) -> io::Result<Vec<Row>> {
    let kernel = connect(SocketFlags::CLOEXEC)?;
    let mut rows = Vec::new();
    for family in [AF_INET, AF_INET6] {
        send(&kernel, &request(family, port, states), SendFlags::empty())?;
        receive(&kernel, &mut rows)?;
    }
    Ok(rows)
}

pub(super) fn connect(flags: SocketFlags) -> io::Result<OwnedFd> {
    Ok(socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(netlink::SOCK_DIAG))?)
}

fn request(family: u8, port: u16, states: u32) -> [u8; REQUEST] {
    let mut bytes = [0; REQUEST];
    bytes[0..4].copy_from_slice(&(REQUEST as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&NLM_F_REQUEST_DUMP.to_ne_bytes());
    bytes[16] = family;
    bytes[17] = IPPROTO_TCP;
    bytes[20..24].copy_from_slice(&states.to_ne_bytes());
    // The kernel itself leaves out all other ports: without this the list may be thousands long.
    bytes[24..26].copy_from_slice(&port.to_be_bytes());
    bytes
}

fn receive(kernel: &OwnedFd, rows: &mut Vec<Row>) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let (_, length) = recv(kernel, buffer.as_mut_slice(), RecvFlags::empty())?;
        for message in Messages(&buffer[..length.min(PIECE)]) {
            match message.kind {
                NLMSG_DONE => return Ok(()),
                NLMSG_ERROR => return Err(refusal(message.body)),
                SOCK_DIAG_BY_FAMILY => rows.extend(row(message.body)),
                _ => {}
            }
        }
    }
}

fn refusal(body: &[u8]) -> io::Error {
    let code = u32_at(body, 0).map_or(Errno::PROTO.raw_os_error(), |code| -code.cast_signed());
    io::Error::from_raw_os_error(code)
}

fn row(body: &[u8]) -> Option<Row> {
    let fixed = body.first_chunk::<ANSWER>()?;
    let port = u16::from_be_bytes([fixed[4], fixed[5]]);
    let ip = match fixed[0] {
        AF_INET => IpAddr::V4(Ipv4Addr::from(*fixed[8..].first_chunk::<4>()?)),
        AF_INET6 => IpAddr::V6(Ipv6Addr::from(*fixed[8..].first_chunk::<16>()?)),
        _ => return None,
    };
    let is_closed_connection = fixed[2] == TIMER_TIME_WAIT;
    let expires = Duration::from_millis(u64::from(u32_at(fixed, 52)?));
    let is_v6_only =
        Attributes(&body[ANSWER..]).any(|(kind, value)| kind == ATTRIBUTE_V6_ONLY && value == [1]);
    Some(Row {
        socket: Socket {
            local: SocketAddr::new(ip, port),
            is_v6_only,
            key: u64::from(u32_at(fixed, 68)?),
            uid: Some(u32_at(fixed, 64)?),
        },
        expires_in: is_closed_connection.then_some(expires),
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

/// Netlink pads everything to four bytes.
fn after(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(length.next_multiple_of(4)..).unwrap_or_default()
}

struct Message<'a> {
    kind: u16,
    body: &'a [u8],
}

struct Messages<'a>(&'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let length = u32_at(self.0, 0)? as usize;
        let message = Message { kind: u16_at(self.0, 4)?, body: self.0.get(HEADER..length)? };
        self.0 = after(self.0, length);
        Some(message)
    }
}

struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(u16_at(self.0, 0)?);
        let attribute = (u16_at(self.0, 2)?, self.0.get(4..length)?);
        self.0 = after(self.0, length);
        Some(attribute)
    }
}
