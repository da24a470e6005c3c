//! Hosts, origins, signatures and secrets in every spelling: nobody gets a stream or a page that isn't for them.

use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use testcall::{Dialect, Stream};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Message, WebSocket};

use super::fort::{Footprint, open_to_the_world, unharmed};
use super::tally::once;
use super::trials::{self, Expected, Trial};
use crate::figures::{Count, Row, Table};
use crate::place::Place;
use crate::station::Station;

/// How long an answer, or the first sound, may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// What a health check tells only those of this machine.
const DETAILS: [&str; 4] = ["proven_at", "companions", "since", "127.0.0.1"];

/// What became of a request.
enum Fate {
    Answered(u16, String),
    Heard,
    /// Let in, and ended before anything was heard.
    Ended(String),
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(status, text) => {
                let line = text.lines().next().unwrap_or_default();
                write!(f, "answered {status} {}", line.chars().take(100).collect::<String>())
            }
            Self::Heard => f.write_str("let in and heard something"),
            Self::Ended(how) => write!(f, "let in and ended: {how}"),
        }
    }
}

pub(super) fn table(place: &Place) -> Result<Table> {
    let mut station = Station::proven(place, &open_to_the_world())?;
    let before = Footprint::of(&station)?;
    let trials = trials::all(&station.bridge.to_string());
    let mut rows: Vec<Row> = Vec::new();
    let mut as_expected = 0;
    for trial in &trials {
        let judged = attempt(station.bridge, trial).and_then(|fate| judge(&fate, trial.expected));
        as_expected += usize::from(judged.is_ok());
        // The port is another in every run, and lines are to be compared.
        let what = trial.what.replace(&station.bridge.to_string(), "127.0.0.1:9998");
        rows.push(once(format!("{what} → {}", told(trial.expected)), judged));
    }
    rows.push(Count::new("requests that got what they should", as_expected, trials.len()).into());
    rows.extend(unharmed(&mut station, before, 32.0)?);
    Ok(Table::new("Hosts, origins, signatures and secrets, with a public address", rows))
}

fn told(expected: Expected) -> String {
    match expected {
        Expected::Status(statuses) => {
            statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
        }
        Expected::Nothing => "no stream".to_owned(),
        Expected::Sound => "sound".to_owned(),
        Expected::NoDetails => "no details".to_owned(),
    }
}

fn judge(fate: &Fate, expected: Expected) -> Result<()> {
    let is_right = match (fate, expected) {
        (Fate::Answered(status, _), Expected::Status(statuses)) => statuses.contains(status),
        (Fate::Answered(status, _), Expected::Nothing) => (400..500).contains(status),
        (Fate::Answered(_, text), Expected::NoDetails) => {
            !DETAILS.iter().any(|detail| text.contains(detail))
        }
        (Fate::Ended(_), Expected::Nothing) | (Fate::Heard, Expected::Sound) => true,
        (Fate::Answered(..) | Fate::Ended(_), Expected::Sound)
        | (Fate::Heard, Expected::Status(_) | Expected::Nothing | Expected::NoDetails)
        | (Fate::Ended(_), Expected::Status(_) | Expected::NoDetails) => false,
    };
    ensure!(is_right, "it was {fate}");
    Ok(())
}

fn attempt(bridge: SocketAddr, trial: &Trial) -> Result<Fate> {
    let mut stream = TcpStream::connect_timeout(&bridge, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = format!("GET {} HTTP/1.1\r\n", trial.target);
    for (name, value) in &trial.headers {
        request += &format!("{name}: {value}\r\n");
    }
    if trial.is_upgrade {
        request += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    } else {
        request += "Connection: close\r\n";
    }
    stream.write_all(format!("{request}\r\n").as_bytes())?;
    let head = head(&mut stream)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("the answer is {head:?}"))?;
    if status != 101 {
        let mut rest = String::new();
        stream.read_to_string(&mut rest).context("the answer has no end")?;
        return Ok(Fate::Answered(status, rest));
    }
    listen(stream, trial)
}

/// The answer's head, and nothing of what follows it.
fn head(stream: &mut TcpStream) -> Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).context("there is no answer")? == 0 || head.len() > 16_384 {
            break;
        }
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Begins a stream, or waits for a handshake, and tells whether anybody is there.
fn listen(stream: TcpStream, trial: &Trial) -> Result<Fate> {
    let mut socket = WebSocket::from_raw_socket(stream, Role::Client, None);
    let is_chat = trial.target.contains("/api/chat");
    if !is_chat {
        let stream = Stream::new(Dialect::Twilio, "MZ1", "CA1");
        let start = stream.showing(trial.secret.map(str::to_owned)).start();
        socket.send(Message::text(start))?;
    }
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match socket.read() {
            Ok(Message::Text(text)) if text.contains(r#""media""#) => return Ok(Fate::Heard),
            Ok(Message::Binary(_)) if is_chat => return Ok(Fate::Heard),
            Ok(Message::Close(frame)) => return Ok(Fate::Ended(format!("{frame:?}"))),
            Ok(_) => {}
            Err(error) => return Ok(Fate::Ended(error.to_string())),
        }
    }
    bail!("neither sound nor an end within 8 s")
}
