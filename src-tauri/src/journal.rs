//! The last lines of the log, for the window. They are kept in memory: a file may be missing, and people look at what
//! happened just now.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;
use wire::{LogLevel, LogLine};

/// How many lines are kept.
const KEPT: usize = 1000;

/// How much of a line is kept, in bytes.
const LONGEST: usize = 2000;

/// The last lines of the log. Clones are the same journal.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    kept: VecDeque<LogLine>,
    written: u32,
}

impl Journal {
    /// The lines after the one with this number that are still kept, the oldest first.
    pub(crate) fn after(&self, number: u32) -> Vec<LogLine> {
        self.lines().kept.iter().filter(|line| line.number > number).cloned().collect()
    }

    fn write(&self, level: LogLevel, source: &str, text: String) {
        let mut lines = self.lines();
        lines.written += 1;
        let number = lines.written;
        if lines.kept.len() == KEPT {
            lines.kept.pop_front();
        }
        let at = SystemTime::now().into();
        lines.kept.push_back(LogLine { number, at, level, source: source.to_owned(), text });
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        self.write(level(*metadata.level()), metadata.target(), text.whole());
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

/// A line's words: its message, and its fields behind it.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn whole(self) -> String {
        let mut whole = self.message + &self.fields;
        if whole.len() > LONGEST {
            whole.truncate(whole.floor_char_boundary(LONGEST));
            whole.push('…');
        }
        whole
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A string takes everything.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn lines_are_numbered_and_the_oldest_are_forgotten() {
        let journal = Journal::default();
        let subscriber = tracing_subscriber::registry().with(journal.clone());
        tracing::subscriber::with_default(subscriber, || {
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
    }

    #[test]
    fn a_line_without_end_is_cut_between_letters() {
        let text = Text { message: "é".repeat(LONGEST), fields: String::new() };
        assert_eq!(text.whole().chars().count(), LONGEST / 2 + 1);
    }
}
