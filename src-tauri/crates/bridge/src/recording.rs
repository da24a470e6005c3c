//! Recordings of calls, where people have asked for them: WAV files of 16 bits at 8 kHz, the caller left, we right.
//!
//! The file is written beside the call and never holds it up: where the disk is too slow sound is left out of the recording,
//! and where it is full the recording ends, each with a warning. What was sent and then cleared, 80 ms at most, is on it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use audio::{Frame, SAMPLES_PER_SECOND};
use hound::{SampleFormat, WavSpec, WavWriter};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::Instant;
use tracing::{info, warn};

/// How many frames may wait for the disk: two seconds of both sides.
const WAITING: usize = 200;
/// By how much sound may come late or early before the recording is set by the clock anew.
const SLACK: usize = 1_600;
/// How far one side may be ahead of the other before silence is taken for what the other says.
const AHEAD: usize = 2 * SAMPLES_PER_SECOND as usize;
/// After how much sound the file is made whole on the disk.
const WHOLE_EVERY: usize = 5 * SAMPLES_PER_SECOND as usize;

/// Where calls are recorded, and how long recordings are kept.
#[derive(Clone, Debug)]
pub struct Recordings {
    /// Where. Nothing else is kept there.
    pub folder: PathBuf,
    /// Makes a file that only its owner may read.
    pub open: fn(&Path) -> io::Result<File>,
    /// How long each is kept.
    pub kept: Duration,
    /// How much room all may take; the oldest go first.
    pub most_bytes: u64,
}

impl Recordings {
    /// Begins the recording of a call: what takes its sound, and what ends when all is on the disk, after the last tape is
    /// dropped.
    pub(crate) fn begin(&self, call: u64) -> (Tape, JoinHandle<()>) {
        let (sender, pieces) = mpsc::channel(WAITING);
        let (recordings, is_lossy) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let written = spawn_blocking(move || {
            recordings.sweep(SystemTime::now());
            match recordings.write(call, pieces) {
                Ok(()) => info!(call, "the recording is finished"),
                Err(error) => warn!(call, %error, "the recording ended early, the call goes on"),
            }
        });
        (Tape { began: Instant::now(), sender, is_lossy }, written)
    }

    fn write(&self, call: u64, mut pieces: mpsc::Receiver<Piece>) -> Result<(), hound::Error> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let path = self.folder.join(format!("call-{}-{call}.wav", since.as_millis()));
        let spec = WavSpec {
            channels: 2,
            sample_rate: SAMPLES_PER_SECOND,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut file = WavWriter::new(BufWriter::new((self.open)(&path)?), spec)?;
        let (mut mix, mut unsaved) = (Mix::default(), 0);
        while let Some(piece) = pieces.blocking_recv() {
            mix.put(&piece);
            unsaved += mix.write(AHEAD, &mut file)?;
            if unsaved >= WHOLE_EVERY {
                file.flush()?;
                unsaved = 0;
            }
        }
        mix.write(0, &mut file)?;
        file.finalize()
    }

    /// Removes what is too old or takes too much room.
    fn sweep(&self, now: SystemTime) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        let recording = |entry: io::Result<std::fs::DirEntry>| {
            let (path, about) =
                entry.and_then(|entry| Ok((entry.path(), entry.metadata()?))).ok()?;
            let name = path.file_name()?.to_str()?;
            let is_ours = name.starts_with("call-") && name.ends_with(".wav") && about.is_file();
            is_ours.then_some((about.modified().ok()?, about.len(), path))
        };
        let mut recordings: Vec<_> = entries.filter_map(recording).collect();
        recordings.sort();
        let mut total: u64 = recordings.iter().map(|(_, bytes, _)| bytes).sum();
        for (made, bytes, path) in recordings {
            let is_old = now.duration_since(made).is_ok_and(|age| age > self.kept);
            if !is_old && total <= self.most_bytes {
                break;
            }
            match std::fs::remove_file(&path) {
                Ok(()) => total = total.saturating_sub(bytes),
                Err(error) => warn!(path = %path.display(), %error, "an old recording stays"),
            }
        }
    }
}

/// Takes the sound of one call.
#[derive(Clone)]
pub(crate) struct Tape {
    began: Instant,
    sender: mpsc::Sender<Piece>,
    is_lossy: Arc<AtomicBool>,
}

/// Whose sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Caller,
    Us,
}

/// A frame, and after how many samples of the call it was there.
struct Piece {
    side: Side,
    at: usize,
    frame: Frame,
}

impl Tape {
    /// Takes a frame that is there now.
    pub(crate) fn take(&self, side: Side, frame: Frame) {
        let at = (self.began.elapsed().as_secs_f64() * f64::from(SAMPLES_PER_SECOND)) as usize;
        let taken = self.sender.try_send(Piece { side, at, frame });
        let is_full = matches!(taken, Err(mpsc::error::TrySendError::Full(_)));
        if is_full && !self.is_lossy.swap(true, Ordering::Relaxed) {
            warn!("the disk is too slow, so some sound is missing in the recording");
        }
    }
}

/// Both sides, side by side.
#[derive(Default)]
struct Mix {
    sides: [Track; 2],
    written: usize,
}

/// One side's sound that isn't written yet.
#[derive(Default)]
struct Track {
    end: usize,
    waiting: VecDeque<i16>,
}

impl Mix {
    fn put(&mut self, piece: &Piece) {
        let track = &mut self.sides[piece.side as usize];
        // Frames follow one another without a gap as long as they come more or less in time.
        if track.end + SLACK < piece.at {
            let silence = piece.at - track.end.max(self.written);
            track.waiting.resize(track.waiting.len() + silence, 0);
        }
        track.waiting.extend(piece.frame);
        track.end = self.written + track.waiting.len();
    }

    /// Writes all that is certain, and tells how many samples of each side that is.
    fn write<W: io::Write + io::Seek>(
        &mut self,
        ahead: usize,
        file: &mut WavWriter<W>,
    ) -> Result<usize, hound::Error> {
        let [one, other] = [0, 1].map(|side: usize| self.sides[side].waiting.len());
        let count = one.min(other).max(one.max(other).saturating_sub(ahead));
        for _ in 0..count {
            for track in &mut self.sides {
                file.write_sample(track.waiting.pop_front().unwrap_or(0))?;
            }
        }
        self.written += count;
        for track in &mut self.sides {
            track.end = track.end.max(self.written);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn recordings(folder: &Path) -> Recordings {
        let open = |path: &Path| File::create_new(path);
        let kept = Duration::from_hours(24);
        Recordings { folder: folder.to_owned(), open, kept, most_bytes: 1_000 }
    }

    fn mixed(pieces: &[(Side, usize, i16)]) -> Vec<(i16, i16)> {
        let spec = WavSpec {
            channels: 2,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut file = WavWriter::new(&mut bytes, spec).expect("memory");
        let mut mix = Mix::default();
        for (side, at, value) in pieces {
            mix.put(&Piece { side: *side, at: *at, frame: [*value; 160] });
            mix.write(AHEAD, &mut file).expect("memory");
        }
        mix.write(0, &mut file).expect("memory");
        file.finalize().expect("memory");
        let reader = hound::WavReader::new(Cursor::new(bytes.into_inner())).expect("WAV");
        let samples: Vec<i16> = reader.into_samples().map(|sample| sample.expect("one")).collect();
        samples.chunks(2).map(|pair| (pair[0], pair[1])).collect()
    }

    #[test]
    fn both_sides_are_side_by_side_and_whoever_is_silent_is_silence() {
        let samples = mixed(&[
            (Side::Caller, 150, 1),
            (Side::Caller, 330, 2),
            (Side::Us, 8_000, 3),
            (Side::Caller, 8_000, 4),
        ]);
        assert_eq!(samples.len(), 8_160);
        assert_eq!((samples[0], samples[160], samples[320]), ((1, 0), (2, 0), (0, 0)));
        assert_eq!(samples[8_000], (4, 3));
    }

    #[test]
    fn a_side_that_is_never_heard_does_not_hold_up_the_other() {
        let pieces: Vec<_> = (0..200).map(|number| (Side::Caller, number * 160, 1)).collect();
        let samples = mixed(&pieces);
        assert_eq!(samples.len(), 200 * 160);
        assert!(samples.iter().all(|pair| *pair == (1, 0)));
    }

    #[test]
    fn a_side_that_speaks_after_long_silence_is_where_it_spoke() {
        let mut pieces: Vec<_> = (0..500).map(|number| (Side::Caller, number * 160, 1)).collect();
        pieces.push((Side::Us, 500 * 160, 2));
        let samples = mixed(&pieces);
        assert_eq!(samples.iter().position(|pair| pair.1 == 2), Some(500 * 160));
    }

    #[test]
    fn what_is_too_old_or_too_much_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, hours) in
            [("call-1-1.wav", 30), ("call-2-2.wav", 3), ("call-3-3.wav", 2), ("mine.wav", 90)]
        {
            let path = folder.path().join(name);
            std::fs::write(&path, [0; 600]).expect("room");
            let made = SystemTime::now() - Duration::from_hours(hours);
            File::options()
                .write(true)
                .open(path)
                .and_then(|file| file.set_modified(made))
                .expect("ours");
        }
        recordings(folder.path()).sweep(SystemTime::now());
        let mut left: Vec<_> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["call-3-3.wav", "mine.wav"]);
    }

    #[tokio::test]
    async fn a_recording_that_cannot_be_written_ends_and_nobody_waits_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let gone = Recordings { folder: folder.path().join("gone"), ..recordings(folder.path()) };
        let (tape, written) = gone.begin(1);
        for _ in 0..2 * WAITING {
            tape.take(Side::Caller, [1; 160]);
        }
        drop(tape);
        written.await.expect("it ends in peace");
    }
}
