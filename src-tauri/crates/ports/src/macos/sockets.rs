//! Which process has which socket open: every process's descriptors are read.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use libproc::bsd_info::BSDInfo;
use libproc::file_info::{ListFDs, ProcFDType, pidfdinfo};
use libproc::net_info::{InSIAddr, SocketFDInfo, SocketInfoKind, TcpSIState};
use libproc::proc_pid::{listpidinfo, pidinfo};
use libproc::processes::{ProcFilter, pids_by_type};
use tokio::net::TcpListener;

use crate::types::{Hold, Socket, is_same_machine};

/// `INI_IPV4` and `INI_IPV6`: which families a socket speaks. A dual one has both.
const SPEAKS_V4: u8 = 1;
const SPEAKS_V6: u8 = 2;

pub(crate) fn sockets(port: u16, hold: Hold) -> io::Result<Vec<Socket>> {
    let is_wanted = match hold {
        Hold::Listening => |state| matches!(state, TcpSIState::Listen),
        Hold::Reserved => |state| matches!(state, TcpSIState::Closed),
        Hold::Connected => is_connected,
    };
    among_all(is_wanted, |socket, _| socket.local.port() == port)
}

pub(crate) fn all_listening() -> io::Result<Vec<Socket>> {
    among_all(|state| matches!(state, TcpSIState::Listen), |_, _| true)
}

/// The kernel's own name for the socket.
pub(crate) fn key(listener: &TcpListener) -> io::Result<u64> {
    Ok(own_socket(listener)?.psi.soi_so)
}

pub(crate) fn is_listening(descriptor: &impl AsFd) -> bool {
    let is_listener = |state| matches!(state, TcpSIState::Listen);
    own_socket(descriptor).is_ok_and(|open| tcp_socket(&open, is_listener).is_some())
}

fn own_socket(descriptor: &impl AsFd) -> io::Result<SocketFDInfo> {
    let pid = std::process::id().cast_signed();
    pidfdinfo(pid, descriptor.as_fd().as_raw_fd()).map_err(io::Error::other)
}

pub(crate) fn owners(sockets: &[Socket]) -> BTreeMap<u64, Vec<u32>> {
    let mut owners = BTreeMap::<u64, Vec<u32>>::new();
    for pid in pids_by_type(ProcFilter::All).unwrap_or_default() {
        for open in open_sockets(pid) {
            let pids = owners.entry(open.psi.soi_so).or_default();
            if sockets.iter().any(|socket| socket.key == open.psi.soi_so)
                && pids.last() != Some(&pid)
            {
                pids.push(pid);
            }
        }
    }
    owners
}

pub(crate) fn holds(pid: u32, sockets: &[Socket]) -> bool {
    open_sockets(pid).any(|open| sockets.iter().any(|socket| socket.key == open.psi.soi_so))
}

pub(crate) fn clients(port: u16) -> io::Result<Vec<Socket>> {
    among_all(is_connected, |socket, peer| {
        peer.port() == port && is_same_machine(socket.local.ip(), peer.ip())
    })
}

fn is_connected(state: TcpSIState) -> bool {
    !matches!(state, TcpSIState::Closed | TcpSIState::Listen | TcpSIState::TimeWait)
}

fn among_all(
    is_wanted: impl Fn(TcpSIState) -> bool,
    is_meant: impl Fn(&Socket, SocketAddr) -> bool,
) -> io::Result<Vec<Socket>> {
    let mut found = BTreeMap::new();
    for pid in pids_by_type(ProcFilter::All)? {
        for open in open_sockets(pid) {
            if let Some((socket, _)) =
                tcp_socket(&open, &is_wanted).filter(|(socket, peer)| is_meant(socket, *peer))
            {
                // Several processes may have the same one.
                found.insert(socket.key, socket);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The sockets of a process; none of one that has ended or isn't ours to look into.
fn open_sockets(pid: u32) -> impl Iterator<Item = SocketFDInfo> {
    let pid = pid.cast_signed();
    let room = pidinfo::<BSDInfo>(pid, 0).map_or(0, |process| process.pbi_nfiles as usize);
    let descriptors = listpidinfo::<ListFDs>(pid, room).unwrap_or_default();
    descriptors
        .into_iter()
        .filter(|descriptor| matches!(ProcFDType::from(descriptor.proc_fdtype), ProcFDType::Socket))
        .filter_map(move |descriptor| pidfdinfo::<SocketFDInfo>(pid, descriptor.proc_fd).ok())
}

#[expect(unsafe_code, reason = "the kernel's answer is a union")]
fn tcp_socket(
    open: &SocketFDInfo,
    is_wanted: impl Fn(TcpSIState) -> bool,
) -> Option<(Socket, SocketAddr)> {
    if !matches!(SocketInfoKind::from(open.psi.soi_kind), SocketInfoKind::Tcp) {
        return None;
    }
    // SAFETY: the kind says that this is the variant that was filled; all its fields are plain numbers.
    let tcp = unsafe { open.psi.soi_proto.pri_tcp };
    if !is_wanted(TcpSIState::from(tcp.tcpsi_state)) {
        return None;
    }
    let internet = tcp.tcpsi_ini;
    // A port stands in the lower half, in the network's order of bytes.
    let end = |address, port| {
        let port = u16::from_be((port & 0xffff) as u16);
        SocketAddr::new(ip(address, internet.insi_vflag), port)
    };
    let peer = end(internet.insi_faddr, internet.insi_fport);
    let socket = Socket {
        local: end(internet.insi_laddr, internet.insi_lport),
        is_v6_only: internet.insi_vflag & SPEAKS_V4 == 0,
        key: open.psi.soi_so,
        cookie: open.psi.soi_so,
        uid: open.psi.soi_stat.vst_uid,
    };
    Some((socket, peer))
}

#[expect(unsafe_code, reason = "the kernel's answer is a union")]
fn ip(address: InSIAddr, families: u8) -> IpAddr {
    if families & SPEAKS_V6 != 0 {
        // SAFETY: both variants are plain bytes, and the flag says that all of them are the address.
        Ipv6Addr::from(unsafe { address.ina_6 }.s6_addr).into()
    } else {
        // SAFETY: as above, for the last four bytes.
        Ipv4Addr::from(unsafe { address.ina_46 }.i46a_addr4.s_addr.to_ne_bytes()).into()
    }
}
