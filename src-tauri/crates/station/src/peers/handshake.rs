//! How one xSwarm Voice knows another: by the `Server` that each names in whatever it answers.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use http::HeaderMap;
use http::header::SERVER;
use socket2::SockRef;

/// How long each step of asking who is there may take. Whoever takes longer is shown as any other program.
const ANSWERS_WITHIN: Duration = Duration::from_millis(200);

/// More than the head of a page of ours.
const HEAD_BYTES: usize = 1024;
const MOST_HEADERS: usize = 16;

pub(crate) fn is_ours(head: &HeaderMap) -> bool {
    head.get(SERVER).is_some_and(|product| product == door::PRODUCT)
}

/// Whether whoever listens at this address says that it is an xSwarm Voice. Blocks, for less than a second.
pub(crate) fn is_one_of_us(address: SocketAddr) -> bool {
    head(ports::reachable(address)).is_ok_and(|head| names_us(&head))
}

fn names_us(head: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    answer.parse(head).is_ok_and(|parsed| parsed.is_complete())
        && answer
            .headers
            .iter()
            .any(|header| SERVER == header.name && header.value == door::PRODUCT.as_bytes())
}

/// What it answers to a request, as far as it comes in time.
fn head(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWERS_WITHIN)?;
    // Or it would be left with a closing connection, which on Windows keeps its port from the next.
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let deadline = Instant::now() + ANSWERS_WITHIN;
    let mut head = Vec::new();
    let mut piece = [0; 256];
    while head.len() < HEAD_BYTES {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece)? {
            0 => break,
            length => head.extend_from_slice(&piece[..length]),
        }
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_its_program_in_its_head_and_nowhere_else() {
        let ours =
            format!("HTTP/1.1 503 Service Unavailable\r\nserver:  {} \r\n\r\n", door::PRODUCT);
        assert!(names_us(ours.as_bytes()));
        assert!(names_us(format!("{ours}{{\"some\":\"body\"}}").as_bytes()));
        let in_its_body = format!("HTTP/1.1 200 OK\r\n\r\nServer: {}\r\n\r\n", door::PRODUCT);
        let longer = format!("HTTP/1.1 200 OK\r\nServer: {}-like\r\n\r\n", door::PRODUCT);
        for foreign in [&in_its_body, &longer, "Server: {}", "", "HTTP/1.1 200 OK\r\nServer: "] {
            assert!(!names_us(foreign.as_bytes()), "{foreign}");
        }
    }
}
