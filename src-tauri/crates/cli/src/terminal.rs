//! Talking with the person at the terminal.

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};
use std::time::SystemTime;

use station::words;
use wire::Timestamp;

pub(crate) fn say(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{}", shown(&line))
}

/// Prints JSON for other programs. Beyond ASCII its letters are written as numbers, which mean the same to those and nothing
/// to a terminal.
pub(crate) fn say_json(json: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{}", in_ascii(json))
}

/// Prints a line that isn't the answer that was asked for.
pub(crate) fn complain(line: impl Display) -> io::Result<()> {
    writeln!(io::stderr(), "{}", shown(&line))
}

/// Whatever is printed may have come from outside.
fn shown(text: &impl Display) -> String {
    text.to_string().split('\n').map(words::plain).collect::<Vec<_>>().join("\n")
}

fn in_ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(plain @ (b'\n' | b' '..=b'~')) => text.push(plain.into()),
            Ok(_) | Err(_) => text += &format!("\\u{unit:04x}"),
        }
    }
    text
}

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
    write!(out, "{} [y/N] ", shown(&question))?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_printed_steers_a_terminal_or_hides_in_it() {
        assert_eq!(
            shown(&"two\nlines\u{1b}[2J of \u{202e}text"),
            "two\nlines\u{fffd}[2J of \u{fffd}text"
        );
    }

    #[test]
    fn json_means_the_same_in_ascii() {
        let value = serde_json::json!({ "name": "\u{202e}\u{200b}Zo\u{eb} \u{1f680} \u{7f}\n" });
        let text = serde_json::to_string_pretty(&value).expect("plain data");
        let printed = in_ascii(&text);
        assert!(printed.chars().all(|letter| matches!(letter, '\n' | ' '..='~')), "{printed}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).expect("JSON"), value);
    }
}
