//! The programs of the settings, as the keeper is to run them.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use keeper::{ProgramSpec, Prove};
use ports::program::{Guardian, Program};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::Silence;

use crate::settings::{ProgramProof, ProgramSettings};

/// Variables of ours that are nobody else's business.
const OURS: [&str; 8] = [
    "SUPERVISOR_TOKEN",
    "TWILIO_AUTH_TOKEN",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "LISTEN_PID",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// How much of an answer is read until it must be known what it is.
const LONGEST_ANSWER: usize = 512;

/// How a program is to be kept.
pub(crate) fn spec(settings: &ProgramSettings) -> ProgramSpec {
    let address = settings.address();
    let (program, arguments) = settings.command.split_first().map_or_else(
        || (String::new(), Vec::new()),
        |(program, arguments)| (program.clone(), arguments.to_vec()),
    );
    let kept_from_it = OURS.iter().map(|name| ((*name).to_owned(), None));
    let given = settings.environment.iter();
    let given = given.map(|(name, value)| (name.clone(), Some(value.clone())));
    ProgramSpec {
        name: settings.name,
        announcement: "the program is ready",
        address,
        program: Program {
            program,
            arguments,
            folder: settings.folder.clone(),
            environment: kept_from_it.chain(given).collect(),
        },
        guardian: Guardian::of_this_program(),
        ready_limit: settings.ready,
        prove: prove(settings.proof, address),
        starts_by_itself: settings.start_with_app,
    }
}

fn prove(proof: ProgramProof, address: SocketAddr) -> Prove {
    match proof {
        ProgramProof::Http => Arc::new(move || -> BoxFuture<'static, Result<(), Silence>> {
            Box::pin(answers_http(address))
        }),
        ProgramProof::Port => Arc::new(|| Box::pin(std::future::ready(Ok(())))),
    }
}

/// Whether an answer to a plain request comes, whatever it says. MOSHI servers turn it away before they give it a place.
async fn answers_http(address: SocketAddr) -> Result<(), Silence> {
    let mut stream = TcpStream::connect(address).await.map_err(|_| Silence::Unreachable)?;
    let request = format!("GET /api/chat HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|_| Silence::Unanswered)?;
    let mut answer = Vec::new();
    let mut piece = [0; LONGEST_ANSWER];
    loop {
        match is_http(&answer) {
            Some(true) => return Ok(()),
            Some(false) => return Err(Silence::OtherProtocol),
            None => {}
        }
        match stream.read(&mut piece).await {
            Ok(length @ 1..) => answer.extend_from_slice(&piece[..length]),
            // One that hangs up without a word speaks something else.
            Ok(_) | Err(_) => return Err(Silence::OtherProtocol),
        }
    }
}

/// Whether that is the beginning of an answer in HTTP; nothing as long as it may become one.
fn is_http(answer: &[u8]) -> Option<bool> {
    let mut headers = [httparse::EMPTY_HEADER; 1];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(answer) {
        Ok(_) if response.code.is_some() => Some(true),
        // It has more headers than there is room for, so the beginning was right.
        Err(httparse::Error::TooManyHeaders) => Some(true),
        Ok(_) if answer.len() < LONGEST_ANSWER => None,
        Ok(_) | Err(_) => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_http_is_known_by_its_beginning() {
        assert_eq!(is_http(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\nDate: y\r\n"), Some(true));
        assert_eq!(is_http(b"HTTP/1.0 200 OK\r\n"), Some(true));
        assert_eq!(is_http(b"HTTP/1"), None);
        assert_eq!(is_http(b""), None);
        for other in [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"\x15\x03\x01\x00\x02\x02\x46", b"+OK\r\n"]
        {
            assert_eq!(is_http(other), Some(false), "{other:?}");
        }
    }
}
