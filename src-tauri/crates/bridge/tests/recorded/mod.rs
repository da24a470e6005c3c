//! What a bridge has recorded.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use bridge::Recordings;

/// To be recorded in that folder.
pub(crate) fn recordings(folder: &Path) -> Recordings {
    Recordings {
        folder: folder.to_owned(),
        open: |path| File::create_new(path),
        kept: Duration::from_hours(1),
        most_bytes: 1 << 30,
        shelf: bridge::Shelf::default(),
    }
}

/// The caller and us, on the only recording in that folder.
pub(crate) fn recorded(folder: &Path) -> [Vec<i16>; 2] {
    let mut files = std::fs::read_dir(folder).expect("a folder");
    let file = files.next().expect("a recording").expect("an entry").path();
    assert!(files.next().is_none(), "one call is one recording");
    let recording = hound::WavReader::open(file).expect("a WAV file");
    assert_eq!((recording.spec().channels, recording.spec().sample_rate), (2, 8_000));
    let samples: Vec<i16> = recording.into_samples().map(|sample| sample.expect("one")).collect();
    [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
}
