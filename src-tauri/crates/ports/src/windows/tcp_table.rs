//! The system's table of TCP listeners.
#![expect(unsafe_code, reason = "the table is only to be had from the system's C interface")]

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, MIB_TCP6ROW_OWNER_PID, MIB_TCPROW_OWNER_PID, TCP_TABLE_OWNER_PID_LISTENER,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};

use crate::seen::Socket;

pub(super) fn listeners() -> io::Result<Vec<Socket>> {
    let mut sockets = Vec::new();
    let table = Table::read(AF_INET)?;
    // SAFETY: a table of this family has rows of this type.
    sockets.extend(unsafe { table.rows::<MIB_TCPROW_OWNER_PID>() }.iter().map(|row| {
        let ip = Ipv4Addr::from(row.dwLocalAddr.to_ne_bytes());
        socket(ip.into(), row.dwLocalPort, row.dwOwningPid)
    }));
    let table = Table::read(AF_INET6)?;
    // SAFETY: as above.
    sockets.extend(unsafe { table.rows::<MIB_TCP6ROW_OWNER_PID>() }.iter().map(|row| {
        let ip = Ipv6Addr::from(row.ucLocalAddr);
        socket(ip.into(), row.dwLocalPort, row.dwOwningPid)
    }));
    Ok(sockets)
}

fn socket(ip: IpAddr, port: u32, pid: u32) -> Socket {
    // The port stands in the lower half, in the network's order of bytes.
    let port = u16::from_be((port & 0xffff) as u16);
    // A socket for both families has a row in the table of each, so each row counts for its own family only.
    Socket { local: SocketAddr::new(ip, port), is_v6_only: true, key: u64::from(pid), uid: None }
}

/// The number of rows, then the rows, in words because that is how they are aligned.
struct Table(Vec<u32>);

impl Table {
    fn read(family: u16) -> io::Result<Self> {
        let mut words = Vec::<u32>::new();
        loop {
            let mut bytes =
                u32::try_from(size_of_val(words.as_slice())).map_err(io::Error::other)?;
            // SAFETY: the pointer leads to `bytes` writable bytes; where they don't suffice, only `bytes` is written.
            let answer = unsafe {
                GetExtendedTcpTable(
                    words.as_mut_ptr().cast(),
                    &raw mut bytes,
                    0,
                    u32::from(family),
                    TCP_TABLE_OWNER_PID_LISTENER,
                    0,
                )
            };
            match answer {
                NO_ERROR => return Ok(Self(words)),
                // Between two calls the table may have grown: one more row than asked for saves most repetitions.
                ERROR_INSUFFICIENT_BUFFER => {
                    words.resize(bytes as usize / size_of::<u32>() + 16, 0)
                }
                other => return Err(io::Error::from_raw_os_error(other.cast_signed())),
            }
        }
    }

    /// # Safety
    ///
    /// The table must have been read for the family whose rows are of that type.
    unsafe fn rows<Row>(&self) -> &[Row] {
        let Some((count, rows)) = self.0.split_first() else { return &[] };
        let room = size_of_val(rows) / size_of::<Row>();
        // SAFETY: the rows begin right after their number and are words or arrays of bytes, so any content is valid; they
        // lie within the vector, for `room` bounds them.
        unsafe { std::slice::from_raw_parts(rows.as_ptr().cast(), room.min(*count as usize)) }
    }
}
