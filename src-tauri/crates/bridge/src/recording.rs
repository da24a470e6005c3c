//! Recordings of calls, where people have asked for them: WAV files of 16 bits at 8 kHz, the caller left, we right.
//!
//! The file is written beside the call and never holds it up: where the disk is too slow sound is left out of the recording,
//! and where it is full, or what recordings may take is used up by others that go on, the recording ends, each with a
//! warning. What was sent and then cleared, 80 ms at most, is on it.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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
/// What comes before the sound in a file.
const HEADER_BYTES: u64 = 44;
/// How many bytes a sample of both sides takes.
const SAMPLE_BYTES: u64 = 4;

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
    /// Which of them grow.
    pub shelf: Shelf,
}

/// The recordings that grow. Whoever needs room for one looks through all of them, one after another.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<Mutex<Growing>>);

#[derive(Debug, Default)]
struct Growing {
    /// How much room each was given.
    bytes: BTreeMap<PathBuf, u64>,
    /// Whether it was said already that a recording can't be removed.
    has_complained: bool,
}

/// A recording that grows, until this is dropped.
struct Grows<'a> {
    recordings: &'a Recordings,
    path: PathBuf,
}

impl Recordings {
    /// Begins the recording of a call: what takes its sound, and what ends when all is on the disk, after the last tape is
    /// dropped.
    pub(crate) fn begin(&self, call: u64) -> (Tape, JoinHandle<()>) {
        let (sender, pieces) = mpsc::channel(WAITING);
        let (recordings, is_lossy) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let written = spawn_blocking(move || match recordings.write(call, pieces) {
            Ok(()) => info!(call, "the recording is finished"),
            Err(error) => warn!(call, %error, "the recording ended early, the call goes on"),
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
        let place = Grows { recordings: self, path };
        let mut room = WHOLE_EVERY;
        place.make_room(room)?;
        let mut file = WavWriter::new(BufWriter::new((self.open)(&place.path)?), spec)?;
        let (mut mix, mut unsaved) = (Mix::default(), 0);
        let mut is_over = false;
        while !is_over {
            match pieces.blocking_recv() {
                Some(piece) => mix.put(&piece),
                None => is_over = true,
            }
            let count = mix.certain(if is_over { 0 } else { AHEAD });
            if mix.written + count > room {
                room = mix.written + count + WHOLE_EVERY;
                place.make_room(room)?;
            }
            mix.write(count, &mut file)?;
            unsaved += count;
            if unsaved >= WHOLE_EVERY {
                file.flush()?;
                unsaved = 0;
            }
        }
        file.finalize()
    }

    /// Removes what is too old or takes too much room, and tells how much of it is taken.
    fn sweep(&self, growing: &mut Growing, now: SystemTime) -> u64 {
        let mut total: u64 = growing.bytes.values().sum();
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return total };
        let recording = |entry: io::Result<std::fs::DirEntry>| {
            let (path, about) =
                entry.and_then(|entry| Ok((entry.path(), entry.metadata()?))).ok()?;
            let name = path.file_name()?.to_str()?;
            let is_ours = name.starts_with("call-") && name.ends_with(".wav") && about.is_file();
            let is_done = is_ours && !growing.bytes.contains_key(&path);
            is_done.then_some((about.modified().ok()?, about.len(), path))
        };
        let mut recordings: Vec<_> = entries.filter_map(recording).collect();
        recordings.sort();
        total += recordings.iter().map(|(_, bytes, _)| bytes).sum::<u64>();
        for (made, bytes, path) in recordings {
            let is_old = now.duration_since(made).is_ok_and(|age| age > self.kept);
            if !is_old && total <= self.most_bytes {
                break;
            }
            match std::fs::remove_file(&path) {
                Ok(()) => growing.has_complained = false,
                // Its owner has removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    if !std::mem::replace(&mut growing.has_complained, true) {
                        warn!(path = %path.display(), %error, "an old recording stays");
                    }
                    continue;
                }
            }
            total = total.saturating_sub(bytes);
        }
        total
    }
}

impl Grows<'_> {
    /// Makes room for so many samples of both sides in all, at the cost of the oldest that are finished.
    fn make_room(&self, samples: usize) -> io::Result<()> {
        let mut growing = self.recordings.shelf.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = HEADER_BYTES + SAMPLE_BYTES * samples as u64;
        let before = growing.bytes.insert(self.path.clone(), bytes);
        let total = self.recordings.sweep(&mut growing, SystemTime::now());
        if total <= self.recordings.most_bytes {
            return Ok(());
        }
        growing.bytes.insert(self.path.clone(), before.unwrap_or_default());
        Err(io::Error::new(io::ErrorKind::QuotaExceeded, "recordings take all of their room"))
    }
}

impl Drop for Grows<'_> {
    fn drop(&mut self) {
        let mut growing = self.recordings.shelf.0.lock().unwrap_or_else(PoisonError::into_inner);
        growing.bytes.remove(&self.path);
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

    /// How many samples of each side are certain, where one may be ahead of the other by so many.
    fn certain(&self, ahead: usize) -> usize {
        let [one, other] = [0, 1].map(|side: usize| self.sides[side].waiting.len());
        one.min(other).max(one.max(other).saturating_sub(ahead))
    }

    /// Writes so many.
    fn write<W: io::Write + io::Seek>(
        &mut self,
        count: usize,
        file: &mut WavWriter<W>,
    ) -> Result<(), hound::Error> {
        for _ in 0..count {
            for track in &mut self.sides {
                file.write_sample(track.waiting.pop_front().unwrap_or(0))?;
            }
        }
        self.written += count;
        for track in &mut self.sides {
            track.end = track.end.max(self.written);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn recordings(folder: &Path) -> Recordings {
        let open = |path: &Path| File::create_new(path);
        let kept = Duration::from_hours(24);
        let shelf = Shelf::default();
        Recordings { folder: folder.to_owned(), open, kept, most_bytes: 1_000, shelf }
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
            mix.write(mix.certain(AHEAD), &mut file).expect("memory");
        }
        mix.write(mix.certain(0), &mut file).expect("memory");
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
        recordings(folder.path()).sweep(&mut Growing::default(), SystemTime::now());
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

    /// How much the recordings in this folder take.
    fn taken(folder: &Path) -> u64 {
        let entries = std::fs::read_dir(folder).expect("a folder").flatten();
        entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
    }

    #[test]
    fn one_sweeps_at_a_time_so_the_limit_holds_and_nothing_is_removed_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let all = Recordings { most_bytes: 400_000, ..recordings(folder.path()) };
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut most = 0;
                while !is_over.load(Ordering::Relaxed) {
                    most = most.max(taken(folder.path()));
                }
                most
            });
            let calls: Vec<_> = (0..8_u32)
                .map(|call| {
                    let all = &all;
                    scope.spawn(move || {
                        for round in 0..60 {
                            let path = all.folder.join(format!("call-{round}-{call}.wav"));
                            let place = Grows { recordings: all, path };
                            if place.make_room(10_000).is_ok() {
                                std::fs::write(&place.path, vec![0; 40_044]).expect("room");
                            }
                        }
                    })
                })
                .collect();
            calls.into_iter().for_each(|call| call.join().expect("no sweep panics"));
            is_over.store(true, Ordering::Relaxed);
            let most = watch.join().expect("it only looks");
            assert!(most <= all.most_bytes, "{most} bytes");
        });
        let growing = all.shelf.0.lock().expect("nobody panicked");
        assert!(growing.bytes.is_empty() && !growing.has_complained, "{growing:?}");
        assert!(taken(folder.path()) > 300_000, "what has room is kept");
    }

    #[tokio::test]
    async fn calls_that_are_recorded_at_once_take_no_more_than_they_may() {
        let folder = tempfile::tempdir().expect("a folder");
        let all = Recordings { most_bytes: 1_000_000, ..recordings(folder.path()) };
        let calls: Vec<_> = (0..12).map(|call| all.begin(call)).collect();
        // Twenty seconds of each would be 7.7 MB.
        for frame in 0..1_000 {
            for (tape, _) in &calls {
                let piece = |side| Piece { side, at: frame * 160, frame: [1; 160] };
                // One whose recording has ended takes no more.
                let _ = tape.sender.send(piece(Side::Caller)).await;
                let _ = tape.sender.send(piece(Side::Us)).await;
            }
            assert!(taken(folder.path()) <= all.most_bytes);
        }
        for (tape, written) in calls {
            drop(tape);
            written.await.expect("it ends in peace");
        }
        assert!(taken(folder.path()) <= all.most_bytes);
        assert!(taken(folder.path()) > 500_000, "{} bytes", taken(folder.path()));
    }

    #[test]
    fn one_that_grows_is_not_removed_for_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let all = Recordings { most_bytes: 100_000, ..recordings(folder.path()) };
        let first = Grows { recordings: &all, path: folder.path().join("call-1-1.wav") };
        first.make_room(20_000).expect("it is the only one");
        std::fs::write(&first.path, vec![0; 80_044]).expect("room");
        let second = Grows { recordings: &all, path: folder.path().join("call-2-2.wav") };
        assert!(second.make_room(10_000).is_err());
        assert!(first.path.exists());
        drop(first);
        second.make_room(10_000).expect("the first is finished and makes way");
        assert!(!folder.path().join("call-1-1.wav").exists());
    }
}
