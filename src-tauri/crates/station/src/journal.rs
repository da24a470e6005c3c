//! The lines of the log on their way: the last are kept in memory for the window and for whoever asks on port 9999, and none
//! goes anywhere with something in it that hides or reorders what is shown.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, Scope};
use wire::{LogLevel, LogLine, plain};

const KEPT: usize = 1000;
/// How much of a line is kept, in bytes.
const LONGEST: usize = 2000;

/// The last lines of the log. They are kept in memory: a file may be missing, and people look at what happened just now.
/// Clones are the same journal.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<VecDeque<LogLine>>>);

impl Journal {
    /// The lines after the one with this number that are still kept, the oldest first.
    pub fn after(&self, number: u32) -> Vec<LogLine> {
        self.lines().iter().filter(|line| line.number > number).cloned().collect()
    }

    /// So many of the last lines, the latest last.
    pub(crate) fn last(&self, most: usize) -> Vec<LogLine> {
        let kept = self.lines();
        kept.iter().skip(kept.len().saturating_sub(most)).cloned().collect()
    }

    fn write(&self, level: LogLevel, source: &str, text: &str) {
        let (at, source, text) = (SystemTime::now().into(), short(source), short(text));
        let mut kept = self.lines();
        let number = kept.back().map_or(1, |last| last.number + 1);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(LogLine { number, at, level, source, text });
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<LogLine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Journal {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut words = Words::default();
        attributes.record(&mut words);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(words);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        let mut source = String::new();
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            let fields = extensions.get::<Words>().map_or("", |words| words.fields.trim_start());
            // A string takes everything, here and below.
            let _ = write!(source, "{}{{{fields}}}: ", span.name());
        }
        source += event.metadata().target();
        self.write(level(*event.metadata().level()), &source, &(words.message + &words.fields));
    }
}

fn level(level: tracing::Level) -> LogLevel {
    match level {
        tracing::Level::ERROR => LogLevel::Error,
        tracing::Level::WARN => LogLevel::Warn,
        tracing::Level::INFO => LogLevel::Info,
        tracing::Level::DEBUG => LogLevel::Debug,
        tracing::Level::TRACE => LogLevel::Trace,
    }
}

fn short(text: &str) -> String {
    let kept = plain(&text[..text.floor_char_boundary(LONGEST)]);
    if text.len() > LONGEST { kept + "…" } else { kept }
}

/// What is said of an event or a span: its message, and its fields behind it.
#[derive(Default)]
struct Words {
    message: String,
    fields: String,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}

/// Where a log writes its lines to have them written there, with whatever came into them from outside made plain. The colours
/// of terminals are the log's own, which lets nobody else's through.
#[derive(Clone, Debug)]
pub struct PlainLines<W>(pub W);

impl<W: Write> Write for PlainLines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let is_own = |byte: &u8| matches!(byte, b'\n' | 0x1b);
        let mut written = Vec::with_capacity(line.len());
        for part in line.split_inclusive(is_own) {
            let ends = usize::from(part.last().is_some_and(is_own));
            let (text, own) = part.split_at(part.len() - ends);
            written.extend(plain(&String::from_utf8_lossy(text)).as_bytes());
            written.extend(own);
        }
        // In one piece, for others write there as well.
        self.0.write_all(&written)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn logged(journal: &Journal, log: impl FnOnce()) {
        let subscriber = tracing_subscriber::registry().with(journal.clone());
        tracing::subscriber::with_default(subscriber, log);
    }

    #[test]
    fn lines_are_numbered_and_the_oldest_are_forgotten() {
        let journal = Journal::default();
        logged(&journal, || {
            tracing::warn!(port = 9998, "port is taken");
            let first = journal.after(0);
            assert_eq!(first.len(), 1);
            assert_eq!(
                (first[0].level, first[0].text.as_str()),
                (LogLevel::Warn, "port is taken port=9998")
            );
            (0..KEPT).for_each(|_| tracing::info!("more"));
        });
        assert_eq!(journal.after(0).len(), KEPT);
        assert_eq!(journal.after(0)[0].number, 2);
        assert_eq!(journal.after(KEPT.try_into().expect("a few")).len(), 1);
        assert_eq!(journal.last(usize::MAX), journal.after(0));
        assert_eq!(journal.last(2), journal.after(u32::try_from(KEPT).expect("a few") - 1));
    }

    #[test]
    fn a_line_says_in_which_spans_it_was_written() {
        let journal = Journal::default();
        logged(&journal, || {
            let call = tracing::info_span!("call", id = 7, from = "twilio").entered();
            tracing::info_span!("model").in_scope(|| tracing::info!("it answers"));
            drop(call);
            tracing::info!("it is quiet");
        });
        let sources: Vec<String> = journal.after(0).into_iter().map(|line| line.source).collect();
        let module = module_path!();
        let within = format!("call{{id=7 from=\"twilio\"}}: model{{}}: {module}");
        assert_eq!(sources, [within, module.to_owned()]);
    }

    #[test]
    fn a_line_without_end_is_cut_between_letters_and_what_came_from_outside_is_plain() {
        let journal = Journal::default();
        logged(&journal, || {
            tracing::info!("{}", "é".repeat(LONGEST));
            tracing::info!("a\u{202e}b");
        });
        let lines = journal.after(0);
        assert_eq!(lines[0].text.chars().count(), LONGEST / 2 + 1);
        assert_eq!(lines[1].text, "a\u{fffd}b");
    }

    #[test]
    fn what_came_into_a_line_from_outside_is_plain_and_the_logs_own_colours_stay() {
        let mut written = PlainLines(Vec::new());
        for line in
            ["\u{1b}[32m INFO\u{1b}[0m a\u{202e}b\u{200b}\u{9b}c\u{200d}\n", "d \u{fc}\n", "e\n"]
        {
            written.write_all(line.as_bytes()).expect("memory");
        }
        assert_eq!(
            String::from_utf8(written.0).expect("text"),
            "\u{1b}[32m INFO\u{1b}[0m a\u{fffd}b\u{fffd}\u{fffd}c\nd \u{fc}\ne\n"
        );
    }
}
