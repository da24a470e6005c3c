//! The system's table of TCP sockets.
#![expect(unsafe_code, reason = "the table is only to be had from the system's C interface")]

use std::io;
use std::mem::offset_of;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, MIB_TCP_STATE, MIB_TCP6ROW_OWNER_MODULE, MIB_TCP6TABLE_OWNER_MODULE,
    MIB_TCPROW_OWNER_MODULE, MIB_TCPTABLE_OWNER_MODULE, TCP_TABLE_CLASS,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};

pub(super) struct Row {
    pub(super) local: SocketAddr,
    /// The other end, where there is one.
    pub(super) peer: SocketAddr,
    pub(super) state: MIB_TCP_STATE,
    /// The process that bound it.
    pub(super) pid: u32,
    /// When that was, in tenths of microseconds since 1601, where the system tells.
    pub(super) bound_at: Option<u64>,
}

/// The lines of that class, of both families. A socket for both has a line in each.
pub(super) fn rows(class: TCP_TABLE_CLASS) -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let table = Table::read(AF_INET, class)?;
    // SAFETY: a table of this family and these classes has rows of this type, which begin there.
    let lines = unsafe { table.rows(offset_of!(MIB_TCPTABLE_OWNER_MODULE, table)) };
    rows.extend(lines.iter().map(|line: &MIB_TCPROW_OWNER_MODULE| {
        let ip = |address: u32| Ipv4Addr::from(address.to_ne_bytes()).into();
        let local = end(ip(line.dwLocalAddr), line.dwLocalPort);
        let peer = end(ip(line.dwRemoteAddr), line.dwRemotePort);
        row((local, peer), line.dwState, line.dwOwningPid, line.liCreateTimestamp)
    }));
    let table = Table::read(AF_INET6, class)?;
    // SAFETY: as above.
    let lines = unsafe { table.rows(offset_of!(MIB_TCP6TABLE_OWNER_MODULE, table)) };
    rows.extend(lines.iter().map(|line: &MIB_TCP6ROW_OWNER_MODULE| {
        let local = end(Ipv6Addr::from(line.ucLocalAddr).into(), line.dwLocalPort);
        let peer = end(Ipv6Addr::from(line.ucRemoteAddr).into(), line.dwRemotePort);
        row((local, peer), line.dwState, line.dwOwningPid, line.liCreateTimestamp)
    }));
    Ok(rows)
}

/// The port stands in the lower half, in the network's order of bytes.
fn end(ip: IpAddr, port: u32) -> SocketAddr {
    SocketAddr::new(ip, u16::from_be((port & 0xffff) as u16))
}

fn row((local, peer): (SocketAddr, SocketAddr), state: u32, pid: u32, bound_at: i64) -> Row {
    Row {
        local,
        peer,
        state: state.cast_signed(),
        pid,
        bound_at: u64::try_from(bound_at).ok().filter(|moment| *moment != 0),
    }
}

/// The number of rows, then the rows, in words because that is how they are aligned.
struct Table(Vec<u64>);

impl Table {
    fn read(family: u16, class: TCP_TABLE_CLASS) -> io::Result<Self> {
        let mut words = Vec::<u64>::new();
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
                    class,
                    0,
                )
            };
            match answer {
                NO_ERROR => return Ok(Self(words)),
                // Between two calls the table may have grown: some more rows than asked for save most repetitions.
                ERROR_INSUFFICIENT_BUFFER => {
                    words.resize(bytes as usize / size_of::<u64>() + 64, 0);
                }
                other => return Err(io::Error::from_raw_os_error(other.cast_signed())),
            }
        }
    }

    /// # Safety
    ///
    /// The table must have been read for a family and a class whose rows are of that type and begin at that byte.
    unsafe fn rows<Row>(&self, begin: usize) -> &[Row] {
        let room = size_of_val(self.0.as_slice()).saturating_sub(begin) / size_of::<Row>();
        if room == 0 {
            return &[];
        }
        // SAFETY: there is room for a row, so there are the four bytes of the number before it. The rows are words and
        // arrays of bytes, so any content is valid; they are aligned as the vector is, and lie within it, for `room`
        // bounds them.
        unsafe {
            let count = self.0.as_ptr().cast::<u32>().read() as usize;
            let rows = self.0.as_ptr().cast::<u8>().add(begin).cast();
            std::slice::from_raw_parts(rows, room.min(count))
        }
    }
}
