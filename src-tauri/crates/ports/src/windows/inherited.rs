//! Listeners that the process made which started us: on this system there are none.

use std::io;
use std::net::TcpListener;

/// Gives none.
pub fn inherited() -> io::Result<Vec<TcpListener>> {
    Ok(Vec::new())
}
