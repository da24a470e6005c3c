//! Recordings of calls, where people have asked for them: WAV files of 16 bits at 8 kHz, the caller left, we right.
//!
//! The file is written beside the call and never holds it up: where the disk is too slow sound is left out of the recording,
//! and where it is full, or what recordings may take is used up by others that go on, the recording ends, each with a
//! warning. What was sent and then cleared, 80 ms at most, is on it.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use audio::{Converter, Rate, SAMPLES_PER_SECOND};
use futures_util::future::BoxFuture;
use hound::{SampleFormat, WavSpec, WavWriter};
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use super::interface::{Overheard, Side, Snippet, Tap};

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

impl Tap for Recordings {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn listen(&self, sound: Overheard) -> BoxFuture<'static, ()> {
        let (recordings, call) = (self.clone(), sound.call);
        let written = spawn_blocking(move || match recordings.write(sound) {
            Ok(()) => info!(call, "the recording is finished"),
            Err(error) => warn!(call, %error, "the recording ended early, the call goes on"),
        });
        Box::pin(async {
            // What went wrong there was told there.
            let _ = written.await;
        })
    }
}

impl Recordings {
    fn write(&self, mut sound: Overheard) -> Result<(), hound::Error> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let path = self.folder.join(format!("call-{}-{}.wav", since.as_millis(), sound.call));
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
        let (mut mix, mut unsaved) = (Mix::of(sound.rate), 0);
        let mut is_over = false;
        while !is_over {
            match sound.blocking_next() {
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

struct Mix {
    sides: [Track; 2],
    written: usize,
}

/// One side's sound that isn't written yet.
struct Track {
    /// To the rate of the file.
    converter: Converter,
    end: usize,
    waiting: VecDeque<i16>,
}

impl Mix {
    fn of(rate: Rate) -> Self {
        let track = |_| Track {
            converter: Converter::new(rate, Rate::Telephone),
            end: 0,
            waiting: VecDeque::new(),
        };
        Self { sides: [(); 2].map(track), written: 0 }
    }

    fn put(&mut self, piece: &Snippet) {
        let track = match piece.side {
            Side::Caller => &mut self.sides[0],
            Side::Us => &mut self.sides[1],
        };
        let at = (piece.at.as_secs_f64() * f64::from(SAMPLES_PER_SECOND)) as usize;
        // Frames follow one another without a gap as long as they come more or less in time.
        if track.end + SLACK < at {
            let silence = at - track.end.max(self.written);
            track.waiting.resize(track.waiting.len() + silence, 0);
        }
        track.waiting.extend(&*track.converter.push(&piece.samples));
        track.end = self.written + track.waiting.len();
    }

    /// How many samples of each side are certain, where one may be ahead of the other by so many.
    fn certain(&self, ahead: usize) -> usize {
        let [one, other] = [0, 1].map(|side: usize| self.sides[side].waiting.len());
        one.min(other).max(one.max(other).saturating_sub(ahead))
    }

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
mod tests;
