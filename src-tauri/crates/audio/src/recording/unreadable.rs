//! Why something is no recording.

use std::io;

/// How large a file may be: some hours at the best quality that people have.
pub(super) const MOST_BYTES: u64 = 1024 * 1024 * 1024;

/// Why something is no recording.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each says by its text what it is")]
pub enum Unreadable {
    #[error("it is {found}, and a WAV file is wanted")]
    Format { found: &'static str },
    #[error("it says of its sound nothing that can be read: {found}")]
    Header { found: String },
    #[error(
        "its sound is {found}, and PCM of 8 to 64 bits, float, µ-law or A-law is wanted; most sound editors save it so"
    )]
    Coding { found: String },
    #[error("its sample rate of {rate} Hz cannot be converted")]
    Rate { rate: u32 },
    #[error("it is larger than {} MB", MOST_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("it holds no sound")]
    Empty,
    #[error(transparent)]
    Broken(#[from] io::Error),
}
