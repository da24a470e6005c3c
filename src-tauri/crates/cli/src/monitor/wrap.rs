//! Text, cut to what fits.

use std::borrow::Cow;

use ratatui::text::Span;
use textwrap::WordSplitter;

/// The lines of a text that has `width` columns, and in the first of them so many less.
pub(super) fn lines(text: &str, less: usize, width: usize) -> Vec<String> {
    let taken = " ".repeat(less);
    let options = textwrap::Options::new(width).initial_indent(&taken);
    let mut lines = textwrap::wrap(text, options.word_splitter(WordSplitter::NoHyphenation));
    if let Some(first) = lines.first_mut() {
        *first = first.strip_prefix(&taken).unwrap_or_default().to_owned().into();
    }
    lines.into_iter().map(Cow::into_owned).collect()
}

/// The end of a text, as much of it as has room in so many columns.
pub(super) fn end(text: &str, width: usize) -> &str {
    let ends = text.char_indices().rev().map(|(from, _)| &text[from..]);
    ends.take_while(|end| columns(end) <= width).last().unwrap_or_default()
}

/// How many columns a terminal gives to this.
pub(super) fn columns(text: &str) -> usize {
    Span::raw(text).width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_anywhere() {
        assert_eq!(lines("the quick brown fox", 4, 10), ["the", "quick", "brown fox"]);
        assert_eq!(lines("incomprehensible", 0, 6), ["incomp", "rehens", "ible"]);
        assert_eq!(lines("日本語", 0, 4), ["日本", "語"]);
        assert_eq!(lines("", 3, 6), [""]);
    }

    #[test]
    fn of_what_is_too_long_the_end_is_shown() {
        assert_eq!(end("the quick brown fox", 5), "n fox");
        assert_eq!(end("fox", 5), "fox");
        assert_eq!(end("日本語", 5), "本語");
    }
}
