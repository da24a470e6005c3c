//! What a program says, line by line, and never more of it than people can read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use wire::{bounded, plain};

/// How much of a line is kept, in bytes.
const LONGEST_LINE: usize = 4 * 1024;
/// How many lines are passed on at once, and how many a second in the long run.
const BURST: f64 = 100.0;
const A_SECOND: f64 = 10.0;
/// How many of the last lines are remembered, and how many characters of each.
const LAST: usize = 3;
const LONGEST_LAST: usize = 120;

/// The last lines that a program has said.
#[derive(Clone, Debug, Default)]
pub(super) struct LastLines(Arc<Mutex<VecDeque<String>>>);

/// Makes lines of what comes in pieces.
pub(super) struct Output<F> {
    hear: F,
    last: LastLines,
    line: Vec<u8>,
    is_cut: bool,
    /// How many more lines may be passed on, as of then.
    allowance: (f64, Instant),
    left_out: u64,
}

impl LastLines {
    pub(super) fn get(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn push(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LAST {
            lines.pop_front();
        }
        lines.push_back(bounded(line, LONGEST_LAST));
    }
}

impl<F: FnMut(&str)> Output<F> {
    pub(super) fn new(hear: F, last: LastLines) -> Self {
        let allowance = (BURST, Instant::now());
        Self { hear, last, line: Vec::new(), is_cut: false, allowance, left_out: 0 }
    }

    /// The next piece. What draws over its own line, as a progress bar does, says a line each time.
    pub(super) fn take(&mut self, piece: &[u8], now: Instant) {
        let mut parts = piece.split(|byte| matches!(byte, b'\n' | b'\r')).peekable();
        while let Some(part) = parts.next() {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            self.is_cut |= part.len() > room;
            if parts.peek().is_some() {
                self.line_ends(now);
            }
        }
    }

    /// There is nothing more to come.
    pub(super) fn end(&mut self) {
        let (_, now) = self.allowance;
        self.allowance.0 = self.allowance.0.max(1.0);
        self.line_ends(now);
        self.tell_what_was_left_out();
    }

    fn line_ends(&mut self, now: Instant) {
        let text = String::from_utf8_lossy(&self.line);
        let mut text =
            plain(&anstream::adapter::strip_str(&text).to_string()).trim_end().to_owned();
        if std::mem::take(&mut self.is_cut) {
            text.push('…');
        }
        self.line.clear();
        if text.is_empty() {
            return;
        }
        self.last.push(&text);
        if self.may_speak(now) {
            self.tell_what_was_left_out();
            (self.hear)(&text);
        } else {
            self.left_out += 1;
        }
    }

    fn may_speak(&mut self, now: Instant) -> bool {
        let (left, since) = self.allowance;
        let earned = now.saturating_duration_since(since).as_secs_f64() * A_SECOND;
        let left = (left + earned).min(BURST);
        let may = left >= 1.0;
        self.allowance = (if may { left - 1.0 } else { left }, now);
        may
    }

    fn tell_what_was_left_out(&mut self) {
        match std::mem::take(&mut self.left_out) {
            0 => {}
            1 => (self.hear)("… 1 line was left out"),
            many => (self.hear)(&format!("… {many} lines were left out")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What is heard of these pieces, each a second after the one before.
    fn heard(pieces: &[&[u8]]) -> Vec<String> {
        let mut heard = Vec::new();
        let mut output =
            Output::new(|line: &str| heard.push(line.to_owned()), LastLines::default());
        let start = Instant::now();
        for (second, piece) in (0..).zip(pieces) {
            output.take(piece, start + Duration::from_secs(second));
        }
        output.end();
        drop(output);
        heard
    }

    #[test]
    fn lines_are_told_whole_in_whichever_pieces_they_come() {
        assert_eq!(heard(&[b"one\ntw", b"o\r\n", b"three"]), ["one", "two", "three"]);
        assert_eq!(heard(&[b"10 %\r20 %\r", b"\n\n  \n"]), ["10 %", "20 %"]);
    }

    #[test]
    fn what_could_steer_a_terminal_is_not_in_them() {
        assert_eq!(heard(&[b"\x1b[32mINFO\x1b[0m \x1b]0;title\x07up\n"]), ["INFO up"]);
        assert_eq!(heard(&[b"caf\xe9 \xe2\x80\xae\n"]), ["caf\u{fffd} \u{fffd}"]);
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_room_than_a_long_one() {
        let heard = heard(&[&[b'x'; 3000], &[b'y'; 3000], b"\nnext\n"]);
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[0].len(), LONGEST_LINE + '…'.len_utf8());
        assert_eq!(heard[1], "next");
    }

    #[test]
    fn of_a_flood_as_much_is_told_as_can_be_read_and_the_rest_is_counted() {
        let flood = "x\n".repeat(10_000);
        let heard = heard(&[flood.as_bytes(), b"later\n"]);
        assert_eq!(heard.len(), BURST as usize + 2);
        assert_eq!(heard[BURST as usize..], ["… 9900 lines were left out", "later"]);
    }

    #[test]
    fn the_last_lines_are_remembered_also_of_a_flood() {
        let last = LastLines::default();
        let mut output = Output::new(|_: &str| {}, last.clone());
        let text: String = (0..5000).map(|line| format!("line {line}\n")).collect();
        output.take(text.as_bytes(), Instant::now());
        assert_eq!(last.get(), ["line 4997", "line 4998", "line 4999"]);
    }
}
