//! Talking with the person at the terminal.

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};
use std::time::SystemTime;

use wire::Timestamp;

/// Prints a line.
pub(crate) fn say(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Prints a line that isn't the answer that was asked for.
pub(crate) fn complain(line: impl Display) -> io::Result<()> {
    writeln!(io::stderr(), "{line}")
}

/// The moment at which people read what is printed.
pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}

/// Whether somebody is there to answer a question.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks a question whose answer is no unless somebody says yes.
pub(crate) fn agrees_to(question: &str) -> io::Result<bool> {
    let mut out = io::stdout();
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
