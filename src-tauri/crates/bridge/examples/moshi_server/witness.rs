//! What a client has said, held against a recording that it was given to hear over and over: whether its pages have all come,
//! from the first on, and how alike the sound is.

use std::ops::Range;

use audio::opus::Reader;
use audio::{Converter, Rate, correlation, to_f32};
use serde::Serialize;

/// How much of a client is heard before it is judged, in samples at 24 kHz: two seconds.
const ENOUGH: usize = 48_000;
/// How much of it is compared at a time: a quarter of a second.
const PIECE: usize = 6_000;
/// The recording is of a telephone, so that every third sample at 24 kHz tells all of it.
const STEP: usize = 3;
/// A quarter of a millisecond.
const SLOPE: usize = 6;

/// Where a page of Ogg (RFC 3533, 6) tells of itself.
const CAPTURE: &[u8] = b"OggS";
const FLAGS: usize = 5;
const NUMBER: usize = 18;
const HEADER: usize = 27;
/// The bit of a stream's first page, in the byte of flags.
const FIRST: u8 = 0x02;

/// Hears what clients say, one after the other.
pub(crate) struct Witness {
    /// The recording, twice: a piece may begin at its end.
    recording: Vec<f32>,
    /// After how many samples it begins anew.
    period: usize,
    client: usize,
    pages: Vec<Page>,
    unread: Vec<u8>,
    reader: Reader,
    sound: Vec<f32>,
}

/// What was heard of a client, a line of JSON.
#[derive(Serialize)]
struct Account {
    client: usize,
    /// The number of the first page that came; a stream begins with 0.
    first_page: u32,
    /// Whether that was the page by which a stream of Opus begins.
    is_beginning: bool,
    pages: usize,
    /// How many pages did not follow the one that came before them.
    breaks: usize,
    /// How alike the sound and the recording are, from -1 to 1: the median of all pieces.
    likeness: f64,
}

/// What a page tells of itself.
struct Page {
    number: u32,
    is_beginning: bool,
}

impl Witness {
    /// One that knows this recording, of a telephone.
    pub(crate) fn of(recording: &str) -> Self {
        let samples: Vec<i16> = hound::WavReader::open(recording)
            .expect("a recording")
            .samples()
            .map(|sample| sample.expect("a sample"))
            .collect();
        let once = to_f32(&Converter::new(Rate::Telephone, Rate::Wide).push(&samples));
        Self {
            recording: once.repeat(2),
            period: once.len(),
            client: 0,
            pages: Vec::new(),
            unread: Vec::new(),
            reader: Reader::default(),
            sound: Vec::new(),
        }
    }

    /// Takes what a client says, and gives its account once it has said enough.
    pub(crate) fn hear(&mut self, client: usize, pages: &[u8]) -> Option<String> {
        if client != self.client {
            (self.client, self.reader) = (client, Reader::default());
            self.pages.clear();
            self.unread.clear();
            self.sound.clear();
        }
        if self.sound.len() >= ENOUGH {
            return None;
        }
        self.unread.extend_from_slice(pages);
        while let Some((page, length)) = page(&self.unread) {
            self.pages.push(page);
            self.unread.drain(..length);
        }
        self.sound.extend(self.reader.push(pages).unwrap_or_default());
        (self.sound.len() >= ENOUGH).then(|| self.account())
    }

    fn account(&self) -> String {
        let first = self.pages.first();
        let follows = |two: &&[Page]| two[1].number == two[0].number.wrapping_add(1);
        let account = Account {
            client: self.client,
            first_page: first.map_or(0, |page| page.number),
            is_beginning: first.is_some_and(|page| page.is_beginning),
            pages: self.pages.len(),
            breaks: self.pages.windows(2).filter(|two| !follows(two)).count(),
            likeness: self.likeness(),
        };
        serde_json::to_string(&account).expect("it is plain data")
    }

    /// Each piece is looked for by itself: a busy machine takes pieces out of what a microphone hears, for which nobody is to
    /// blame who passes it on.
    fn likeness(&self) -> f64 {
        let (sound, recording) = (slopes(&self.sound), slopes(&self.recording));
        let thin = thinned(&recording);
        let mut all: Vec<f64> = sound
            .chunks_exact(PIECE)
            .map(|piece| {
                // First the best place among every third, then the best beside it.
                let roughly = best(0..self.period / STEP, &thinned(piece), &thin).1 * STEP;
                best(roughly.saturating_sub(STEP)..roughly + STEP, piece, &recording).0
            })
            .collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    }
}

/// What is compared. The sound itself would be no fair measure: Opus, told that it hears a voice, takes away what is below one
/// and shifts the phases just above, which nobody hears. How much the sound rises within a quarter of a millisecond is what it
/// is within the band of a telephone.
fn slopes(sound: &[f32]) -> Vec<f32> {
    sound.iter().zip(&sound[SLOPE..]).map(|(before, after)| after - before).collect()
}

fn thinned(samples: &[f32]) -> Vec<f32> {
    samples.iter().step_by(STEP).copied().collect()
}

/// How alike they are at the best of these places, and which that is.
fn best(places: Range<usize>, sound: &[f32], recording: &[f32]) -> (f64, usize) {
    places
        .map(|place| (correlation(sound, &recording[place..]), place))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .unwrap_or_default()
}

/// The page that begins here and how long it is, if all of it is there.
fn page(bytes: &[u8]) -> Option<(Page, usize)> {
    let segments = usize::from(*bytes.get(HEADER - 1)?);
    let lengths = bytes.get(HEADER..HEADER + segments)?;
    let body = HEADER + segments;
    let length = body + lengths.iter().map(|&length| usize::from(length)).sum::<usize>();
    let content = bytes.get(body..length)?;
    let number = bytes[NUMBER..].first_chunk().copied().map(u32::from_le_bytes)?;
    let is_first = bytes.starts_with(CAPTURE) && bytes[FLAGS] & FIRST != 0;
    let is_beginning = is_first && content.starts_with(b"OpusHead");
    Some((Page { number, is_beginning }, length))
}
