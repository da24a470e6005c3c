//! What a voice is given to read.

use deunicode::deunicode_char;
use wire::steering::{Reason, Refused};

use super::voice::{Letters, Voice};

/// How long a text may be, in characters: some 40 seconds.
const LONGEST: usize = 500;

/// The text without what a voice might take for an order, in letters that it can read, if there is anything to be said.
pub(super) fn for_voice(voice: &Voice, text: &str) -> Result<String, Refused> {
    let plain: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect::<String>()
        // Some voices take what is in these for orders.
        .replace("[[", "[ [")
        .replace('<', " ");
    match plain.chars().count() {
        _ if plain.trim().is_empty() => return Err(Reason::Empty.into()),
        length if length > LONGEST => return Err(Refused::too_long(LONGEST)),
        _ => {}
    }
    let readable = match voice.letters {
        Letters::Any => plain,
        Letters::Ascii => in_ascii(&plain).map_err(|letter| {
            let text = format!(
                "the voice {} can't say \"{letter}\": it reads only Latin letters",
                voice.name
            );
            Refused::new(Reason::VoiceFailed, text)
        })?,
    };
    if !readable.chars().any(char::is_alphanumeric) {
        let text = "there is no word in the text that could be said".to_owned();
        return Err(Refused::new(Reason::VoiceFailed, text));
    }
    Ok(readable.trim().to_owned() + "\n")
}

/// Latin letters without what is above and below them, and the signs between them as they are on any keyboard. What stands for
/// a sound and is none of these is given back; pictures, which stand for none, are left out.
///
/// An ä becomes an a, not ae: which of the two is right depends on a language that nobody names.
fn in_ascii(text: &str) -> Result<String, char> {
    let mut ascii = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\0'..='\x7F' => ascii.push(letter),
            // Marks that belong to the letter before.
            '\u{300}'..='\u{36F}' => {}
            '\u{80}'..='\u{2AF}'
            | '\u{1E00}'..='\u{1EFF}'
            | '\u{2000}'..='\u{218F}'
            | '\u{FB00}'..='\u{FB06}'
            | '\u{FF01}'..='\u{FF5E}' => ascii.push_str(deunicode_char(letter).unwrap_or(" ")),
            letter if letter.is_alphanumeric() => return Err(letter),
            _ => ascii.push(' '),
        }
    }
    Ok(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(letters: Letters, text: &str) -> Result<String, Refused> {
        let voice =
            Voice { name: "a stand-in", program: "".into(), letters, arguments: |_| Vec::new() };
        for_voice(&voice, text)
    }

    #[test]
    fn a_text_for_a_voice_holds_words_only() {
        let plain = |text: &str| said(Letters::Any, text);
        assert_eq!(
            plain(" Hello\u{7}\n[[slnc 9000]]<speak>there "),
            Ok("Hello  [ [slnc 9000]] speak>there\n".into())
        );
        assert_eq!(plain(" \n\t"), Err(Reason::Empty.into()));
        assert_eq!(plain(&"a".repeat(501)), Err(Refused::too_long(LONGEST)));
        assert_eq!(plain("你好 👋"), Ok("你好 👋\n".into()));
        assert_eq!(plain(&"ä".repeat(500)), Ok("ä".repeat(500) + "\n"));
    }

    #[test]
    fn an_ascii_voice_reads_latin_letters_without_their_accents() {
        for (text, folded) in [
            ("Grüße aus Köln, Ärger", "Grusse aus Koln, Arger"),
            ("Gru\u{308}n, cafe\u{301}", "Grun, cafe"),
            ("naïve Ångström, Łódź, Øl, þorn, Dvořák", "naive Angstrom, Lodz, Ol, thorn, Dvorak"),
            ("Tiếng Việt, İstanbul, ığ", "Tieng Viet, Istanbul, ig"),
            ("“It’s fine” – 20 € …", "\"It's fine\" - 20 EUR ..."),
            ("ﬁne Ｏｋ\u{a0}now", "fine Ok now"),
            ("Hello 👋🏽 there ❤️", "Hello    there"),
        ] {
            assert_eq!(said(Letters::Ascii, text), Ok(folded.to_owned() + "\n"), "{text}");
        }
    }

    #[test]
    fn what_a_voice_cannot_read_is_refused_with_the_reason() {
        for (text, letter) in [
            ("你好", '你'),
            ("Hello 世界", '世'),
            ("Привет", 'П'),
            ("γεια", 'γ'),
            ("שלום", 'ש'),
            ("नमस्ते", 'न'),
            ("한국", '한'),
        ] {
            let refused = said(Letters::Ascii, text).expect_err(text);
            let told =
                format!("the voice a stand-in can't say \"{letter}\": it reads only Latin letters");
            assert_eq!((refused.reason, refused.text), (Reason::VoiceFailed, told));
        }
    }

    #[test]
    fn where_there_is_no_word_nothing_is_said() {
        for letters in [Letters::Ascii, Letters::Any] {
            for text in ["👋", "🎉🎉 ❤️", "?!…", "- – —", "\"\"", "\u{200b}", "'", "。"]
            {
                let refused = said(letters, text).expect_err(text);
                assert_eq!(refused.reason, Reason::VoiceFailed, "{text}");
                assert_eq!(refused.text, "there is no word in the text that could be said");
            }
        }
    }
}
