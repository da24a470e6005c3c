//! What we and a guardian tell each other: what is to be started and ended over its input, and what became of it over its
//! output.

use std::fmt;
use std::io::{self, BufRead, Write};
use std::time::Duration;

/// How much of a command is taken; systems take less.
const LONGEST: usize = 16 * 1024 * 1024;
/// What begins each of a guardian's reports, so that nothing else on its output is taken for one.
const MARK: &str = "xswarm-guardian: ";

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with that exit code.
    Code(i32),
    /// By that signal.
    Signal(i32),
    /// Its guardian was ended, and we ended what was left of it.
    Unguarded,
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(out, "it ended with exit code {code}"),
            Self::Signal(signal) => match crate::system::signal_name(*signal) {
                Some(name) => write!(out, "it was ended by signal {signal} ({name})"),
                None => write!(out, "it was ended by signal {signal}"),
            },
            Self::Unguarded => out
                .write_str("somebody ended the process that guards it, so the rest was ended, too"),
        }
    }
}

/// What a guardian tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// The program runs, as that process.
    Started(u32),
    /// The system did not start it, with that error's number.
    NotStarted(i32),
    /// It has ended, and nothing of it is left.
    Ended(End),
}

impl Report {
    pub(super) fn read(line: &str) -> Option<Self> {
        // Whatever else stands before it in its line was written there by somebody else.
        let (_, report) = line.split_once(MARK)?;
        let (what, number) = report.split_once(' ')?;
        Some(match what {
            "started" => Self::Started(number.parse().ok()?),
            "not_started" => Self::NotStarted(number.parse().ok()?),
            "code" => Self::Ended(End::Code(number.parse().ok()?)),
            "signal" => Self::Ended(End::Signal(number.parse().ok()?)),
            _ => return None,
        })
    }

    pub(super) fn tell(self) {
        let (what, number) = match self {
            Self::Started(pid) => ("started", i64::from(pid)),
            Self::NotStarted(error) => ("not_started", error.into()),
            Self::Ended(End::Code(code)) => ("code", code.into()),
            Self::Ended(End::Signal(signal)) => ("signal", signal.into()),
            Self::Ended(End::Unguarded) => return,
        };
        let mut out = io::stdout();
        // Whoever is not there any more has no use for it.
        let _ = out.write_all(format!("{MARK}{what} {number}\n").as_bytes());
        let _ = out.flush();
    }
}

/// The program and its arguments, as they are told to a guardian.
pub(super) fn command(parts: &[&str]) -> Vec<u8> {
    let mut told = format!("{}\n", parts.len()).into_bytes();
    for part in parts {
        told.extend_from_slice(format!("{}\n", part.len()).as_bytes());
        told.extend_from_slice(part.as_bytes());
    }
    told
}

pub(super) fn read_command(input: &mut impl BufRead) -> io::Result<Vec<String>> {
    let count = read_number(input)?;
    let mut parts = Vec::new();
    for _ in 0..count {
        let mut part = vec![0; read_number(input)?];
        input.read_exact(&mut part)?;
        parts.push(String::from_utf8(part).map_err(io::Error::other)?);
    }
    Ok(parts)
}

fn read_number(input: &mut impl BufRead) -> io::Result<usize> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let number = line.trim_end().parse().ok().filter(|number| *number <= LONGEST);
    number.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The order to end everything: politely for that long, then firmly.
pub(super) fn order_to_end(grace: Duration) -> String {
    format!("{}\n", grace.as_millis())
}

/// The grace that the next order gives; nothing if there will be none any more.
pub(super) fn read_order(input: &mut impl BufRead) -> Option<Duration> {
    let mut line = String::new();
    input.read_line(&mut line).ok().filter(|length| *length > 0)?;
    line.trim_end().parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_arrives_as_it_was_told_whatever_is_in_it() {
        let parts = ["/bin/sh", "-c", "echo 'a\nb'\t\"ü\"", ""];
        let read = read_command(&mut command(&parts).as_slice()).expect("it was just told");
        assert_eq!(read, parts);
        for cut in [&b""[..], b"2\n1\na", b"1\n5\nabc", b"x\n", b"1\n99999999999\n"] {
            assert!(read_command(&mut &*cut).is_err(), "{cut:?}");
        }
    }

    #[test]
    fn a_report_is_known_among_other_lines() {
        let line = "test a ... xswarm-guardian: started 4711";
        assert_eq!(Report::read(line), Some(Report::Started(4711)));
        assert_eq!(Report::read("xswarm-guardian: code 3"), Some(Report::Ended(End::Code(3))));
        assert_eq!(Report::read("running 1 test"), None);
        assert_eq!(Report::read("xswarm-guardian: code many"), None);
    }

    #[test]
    fn an_order_gives_its_grace_and_there_is_none_after_the_end() {
        let order = order_to_end(Duration::from_millis(1500));
        assert_eq!(read_order(&mut order.as_bytes()), Some(Duration::from_millis(1500)));
        assert_eq!(read_order(&mut &b""[..]), None);
    }
}
