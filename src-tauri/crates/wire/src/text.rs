//! Text from outside: how much of it is kept, and how it is shown.

use std::ops::RangeInclusive;

use crate::Timestamp;

/// How many characters of a name from outside are kept, live and afterwards.
pub const LONGEST_NAME: usize = 128;

/// What could steer a terminal, or hide or reorder what stands around it. Each such letter is shown as one that can't be
/// shown.
pub const HIDDEN: &[RangeInclusive<char>] = &[
    '\0'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200b}',
    '\u{200e}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e00ff}',
    '\u{e01f0}'..='\u{e0fff}',
];

/// What only tells how its neighbours look: soft hyphens, joiners and variation selectors. It is left out, for a word or an
/// emoji reads as well without it.
pub const LEFT_OUT: &[RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{180b}'..='\u{180d}',
    '\u{180f}'..='\u{180f}',
    '\u{200c}'..='\u{200d}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{e0100}'..='\u{e01ef}',
];

/// A text from outside as it is shown, wherever that is: with nothing in it that could steer a terminal, or hide or reorder
/// what is shown.
pub fn plain(text: &str) -> String {
    let is_among = |letter, ranges: &[RangeInclusive<char>]| {
        ranges.iter().any(|range| range.contains(&letter))
    };
    text.chars()
        .filter(|letter| !is_among(*letter, LEFT_OUT))
        .map(|letter| if is_among(letter, HIDDEN) { char::REPLACEMENT_CHARACTER } else { letter })
        .collect()
}

/// So many characters of a text from outside, the last of them "…" where there is more.
pub fn bounded(text: &str, most: usize) -> String {
    if text.char_indices().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A name from outside, as it is kept.
pub fn bounded_name(name: &str) -> String {
    bounded(name, LONGEST_NAME)
}

/// The time between two moments, as people say it: "4 s", "3 min", "2 h", "5 days".
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.0.saturating_sub(from.0).div_ceil(1000);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_hide_reorder_or_steer_is_shown_as_such() {
        for letter in [
            '\u{1b}',
            '\n',
            '\u{9b}',
            '\u{61c}',
            '\u{200b}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{206f}',
            '\u{feff}',
            '\u{e0001}',
            '\u{e0061}',
            '\u{e007f}',
            '\u{115f}',
            '\u{3164}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{180e}',
            '\u{34f}',
            '\u{2800}',
        ] {
            assert_eq!(plain(&format!("py{letter}thon")), "py\u{fffd}thon", "{letter:?}");
        }
    }

    #[test]
    fn joiners_and_variations_are_left_out_however_many_there_are() {
        assert_eq!(plain("node\u{200c}\u{200d}\u{ad}"), "node");
        assert_eq!(plain("a\u{fe01}\u{fe0e}\u{e0100}\u{e01ef}\u{180b}b"), "ab");
        assert_eq!(
            plain("\u{1f469}\u{200d}\u{1f4bb} \u{2764}\u{fe0f}"),
            "\u{1f469}\u{1f4bb} \u{2764}"
        );
    }

    #[test]
    fn the_worlds_scripts_are_left_as_they_are() {
        for text in
            ["Zo\u{eb} S\u{f8}rensen", "日本語", "עברית", "हिन्दी", "e\u{301}", "<b>&amp;</b>", "🚀"]
        {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn what_is_plain_stays_so() {
        let once = plain("a\u{202e}b\u{200d}c\u{1b}[31m");
        assert_eq!(plain(&once), once);
    }

    #[test]
    fn of_a_long_text_the_beginning_is_kept_and_no_room_for_the_rest() {
        assert_eq!(bounded("short", 5), "short");
        assert_eq!(bounded("longer", 5), "long…");
        assert_eq!(bounded("日本語日本語", 3), "日本…");
        assert_eq!(bounded("any", 0), "…");
        let name = bounded_name(&"x".repeat(250_000));
        assert_eq!(name.chars().count(), LONGEST_NAME);
        assert!(name.capacity() < 1024, "{}", name.capacity());
    }
}
