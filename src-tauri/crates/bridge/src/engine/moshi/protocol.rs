//! The MOSHI protocol, version 0, as Kyutai's servers and PersonaPlex speak it: binary WebSocket messages whose first byte
//! is their kind.
//!
//! The protocol's own page wants unknown kinds to be ignored; some servers end the session at one. So we ignore them, and
//! send none.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FromModel<'a> {
    /// The server is ready. Some add the versions of protocol and model, some don't.
    Handshake,
    /// A piece of one endless stream of Opus in Ogg.
    Sound(&'a [u8]),
    /// A piece of what the model says; a space before it begins a word.
    Text(&'a str),
    /// What went wrong at the other end.
    Error(&'a str),
    /// Something that isn't for us: control, metadata, pings and kinds that nobody knows.
    Other,
}

const HANDSHAKE: u8 = 0;
const SOUND: u8 = 1;
const TEXT: u8 = 2;
const ERROR: u8 = 5;
/// Text with a colour, one byte, before it.
const COLOURED_TEXT: u8 = 7;

/// What this message says. Text that isn't UTF-8 counts as nothing for us.
pub(crate) fn read(message: &[u8]) -> FromModel<'_> {
    let Some((kind, rest)) = message.split_first() else { return FromModel::Other };
    let text = |bytes| std::str::from_utf8(bytes).ok();
    match *kind {
        HANDSHAKE => FromModel::Handshake,
        SOUND => FromModel::Sound(rest),
        TEXT => text(rest).map_or(FromModel::Other, FromModel::Text),
        COLOURED_TEXT => rest.get(1..).and_then(text).map_or(FromModel::Other, FromModel::Text),
        ERROR => text(rest).map_or(FromModel::Other, FromModel::Error),
        _ => FromModel::Other,
    }
}

/// The message that says that we are ready: version 0 of the protocol, and of our model.
pub(crate) fn handshake() -> Vec<u8> {
    [HANDSHAKE].into_iter().chain([0; 8]).collect()
}

pub(crate) fn sound(pages: &[u8]) -> Vec<u8> {
    [&[SOUND], pages].concat()
}

/// The message that adds a word to what is said.
pub(crate) fn word(word: &str) -> Vec<u8> {
    [&[TEXT, b' '], word.as_bytes()].concat()
}

pub(crate) fn error(what: &str) -> Vec<u8> {
    [&[ERROR], what.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_every_known_server_are_understood() {
        assert_eq!(read(&[0]), FromModel::Handshake);
        assert_eq!(read(&[0; 9]), FromModel::Handshake);
        assert_eq!(read(b"\x01OggS"), FromModel::Sound(b"OggS"));
        assert_eq!(read(b"\x02 hello"), FromModel::Text(" hello"));
        assert_eq!(read(b"\x07\x03 hello"), FromModel::Text(" hello"));
        assert_eq!(read(b"\x04{\"text_topk\":250}"), FromModel::Other);
        assert_eq!(read(b"\x05no"), FromModel::Error("no"));
        for other in [b"".as_slice(), b"\x03\x00", b"\x06", b"\x07", b"\x09codes", b"\x02\xFF"] {
            assert_eq!(read(other), FromModel::Other);
        }
    }

    #[test]
    fn what_is_sent_is_what_is_understood() {
        assert_eq!(handshake(), [0; 9]);
        assert_eq!(read(&sound(b"OggS")), FromModel::Sound(b"OggS"));
        assert_eq!(read(&word("so")), FromModel::Text(" so"));
        assert_eq!(read(&error("busy")), FromModel::Error("busy"));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_messages_never_panic(message: Vec<u8>) {
            let _ = read(&message);
        }
    }
}
