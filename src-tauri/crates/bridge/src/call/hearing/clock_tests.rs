//! What a carrier's counters may do in a long call, and that nobody is deaf for it and nothing untrue is counted.

use std::time::Duration;

use audio::{FRAME, FRAME_SAMPLES, Rate};
use proptest::prelude::*;
use tokio::time::Instant;

use super::Hearing;
use crate::conversation::ears::Ears;
use crate::conversation::mouth::Mouth;
use crate::tap::Taps;

/// Ten minutes.
const PIECES: u64 = 30_000;

/// For how long nobody may be deaf, and what the figures may be off by.
const DEAF: Duration = Duration::from_millis(200);
const OFF: f64 = 40.0;

/// What happens to a counter, or to the sound, from some piece on.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// Times and numbers begin anew.
    Restart,
    /// Only the times do, or only the numbers.
    TimesRestart,
    NumbersRestart,
    /// They stand still for so many pieces, or one of them does.
    Stand(u64),
    TimesStand(u64),
    NumbersStand(u64),
    /// The times leap by that many milliseconds, there or back.
    Leap(i64),
    /// The numbers do.
    NumbersLeap(i64),
    /// From there on they wrap at 2 to the power of 16 or 32.
    Wrap(u32),
    /// So many pieces are lost.
    Lose(u64),
    /// So many pieces come twice.
    Twice(u64),
    /// A piece changes places with the next.
    Swap,
    /// Nothing comes for that many pieces; then all of it does.
    Stall(u64),
    /// The carrier sends nothing for that many pieces, and goes on counting where it was.
    Pause(u64),
    /// The times go on by so many milliseconds a piece.
    Pace(i64),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    use Mishap::*;
    let leap = prop_oneof![
        -3_600_000..3_600_000_i64,
        -3_000..3_000_i64,
        Just(3_600_000),
        Just(-3_600_000)
    ];
    prop_oneof![
        Just(Restart),
        Just(TimesRestart),
        Just(NumbersRestart),
        (1..200_u64).prop_map(Stand),
        (1..200_u64).prop_map(TimesStand),
        (1..2_000_u64).prop_map(NumbersStand),
        leap.clone().prop_map(Leap),
        leap.prop_map(NumbersLeap),
        prop_oneof![Just(16), Just(32)].prop_map(Wrap),
        (1..100_u64).prop_map(Lose),
        (1..50_u64).prop_map(Twice),
        Just(Swap),
        (1..100_u64).prop_map(Stall),
        (1..200_u64).prop_map(Pause),
        (10..=30_i64).prop_map(Pace),
    ]
}

/// A piece of sound on its way.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// When it was made, in truth, and when it comes, after the start.
    made: Duration,
    comes: Duration,
    /// Whether it can be known how late it comes: no counter has made a step just before.
    is_sure: bool,
    /// What the counters say.
    at: i64,
    number: i64,
}

/// The way of a call's sound to which all this happens, and the truth about it.
#[derive(Default)]
struct Line {
    pieces: Vec<Piece>,
    /// How far the times go on with each piece, in milliseconds.
    pace: i64,
    /// What the counters come to next: the times and the numbers.
    at: i64,
    number: i64,
    wrap: Option<u32>,
    /// For how many pieces the times, or the numbers, stand still, come twice, or are kept back.
    still_at: u64,
    still_number: u64,
    twice: u64,
    stall: u64,
    swaps: bool,
    paused: Duration,
    lost_until: u64,
    /// Before which piece a counter made its last step, and when nothing came for a while.
    step: Option<u64>,
    rested: Option<u64>,
    paused_at: Option<u64>,
    /// How much was lost outside of the seconds in which a counter made a step; of that, the last of it, and to which piece.
    lost: Duration,
    last_lost: Duration,
    lost_from: u64,
    lost_end: u64,
    /// How much was lost within them.
    unsure: Duration,
}

impl Line {
    /// Sends ten minutes of sound: each mishap comes before the piece of its number.
    fn with(mishaps: &[(u64, Mishap)]) -> Self {
        let mut line = Self { number: 1, pace: 20, ..Self::default() };
        let mut todo = mishaps.iter().peekable();
        for piece in 0..PIECES {
            while let Some((_, mishap)) = todo.next_if(|(before, _)| *before <= piece) {
                line.meet(*mishap, piece);
            }
            line.send(piece);
        }
        line.lost += line.last_lost;
        // Nothing overtakes on a connection.
        let mut latest = Duration::ZERO;
        for piece in &mut line.pieces {
            latest = latest.max(piece.comes);
            piece.comes = latest;
        }
        line
    }

    fn meet(&mut self, mishap: Mishap, piece: u64) {
        let (at, number) = (self.at, self.number);
        match mishap {
            Mishap::Restart => (self.at, self.number) = (0, 1),
            Mishap::TimesRestart => self.at = 0,
            Mishap::NumbersRestart => self.number = 1,
            Mishap::Stand(pieces) => (self.still_at, self.still_number) = (pieces, pieces),
            Mishap::TimesStand(pieces) => self.still_at = pieces,
            Mishap::NumbersStand(pieces) => self.still_number = pieces,
            Mishap::Leap(by) => self.at = (at + by).max(0),
            Mishap::NumbersLeap(by) => self.number = (number + by).max(0),
            Mishap::Wrap(power) => (self.wrap, self.step) = (Some(power), Some(piece)),
            Mishap::Lose(pieces) => self.lost_until = piece + pieces,
            Mishap::Twice(pieces) => self.twice = pieces,
            Mishap::Swap => self.swaps = true,
            Mishap::Stall(pieces) => {
                (self.stall, self.rested) = (pieces, Some(piece));
                if is_within(self.step, piece, 61) {
                    self.paused_at = Some(piece);
                }
            }
            Mishap::Pause(pieces) => {
                self.paused += FRAME * pieces as u32;
                (self.rested, self.step) = (Some(piece), Some(piece));
            }
            Mishap::Pace(pace) => (self.pace, self.step) = (pace, Some(piece)),
        }
        // As much may have been lost while nothing came.
        if is_within(self.rested, piece, 1_000) {
            self.unsure += Duration::from_millis((self.at - at).max(0) as u64);
        }
        if (self.at, self.number) != (at, number) {
            self.step = Some(piece);
        }
    }

    fn wrapped(&self, count: i64) -> i64 {
        self.wrap.map_or(count, |power| count % (1_i64 << power))
    }

    fn send(&mut self, piece: u64) {
        let (at, number) = (self.wrapped(self.at), self.wrapped(self.number));
        let wraps = self.wrap.is_some() && (at < 20 || number == 0);
        if wraps || self.still_at + self.still_number > 0 {
            self.step = Some(piece);
        }
        let is_step = self.step == Some(piece);
        let is_near_loss = piece < self.lost_until.max(self.lost_end) + 60;
        // What is lost just before a step is seen with it.
        if is_step && is_near_loss {
            self.unsure += std::mem::take(&mut self.last_lost);
        }
        // Where a counter stands still while nothing comes, the line may as well have become longer.
        if is_step && (is_near_loss || is_within(self.rested, piece, 300)) {
            self.paused_at = Some(piece);
        }
        let made = FRAME * piece as u32 + self.paused;
        let comes = made + Duration::from_millis(30 + piece * 7 % 5);
        let is_sure = !is_within(self.step, piece, 61);
        if piece < self.lost_until {
            self.lose(piece);
        } else {
            // A line that has become longer is known for one after a while.
            let is_sure = is_sure && !is_within(self.paused_at, piece, 1_200);
            self.pass(Piece { made, comes, is_sure, at, number });
        }
        count(&mut self.at, &mut self.still_at, self.pace);
        count(&mut self.number, &mut self.still_number, 1);
    }

    fn lose(&mut self, piece: u64) {
        if piece != self.lost_end {
            self.lost_from = piece;
        }
        // All that is lost without a break is seen at once, behind it.
        let is_sure = !is_within(self.step, self.lost_from, 61);
        if is_sure && piece > self.lost_end + 60 {
            self.lost += std::mem::take(&mut self.last_lost);
        }
        *if is_sure { &mut self.last_lost } else { &mut self.unsure } += FRAME;
        self.lost_end = piece + 1;
    }

    fn pass(&mut self, mut piece: Piece) {
        piece.comes += FRAME * self.stall as u32;
        self.stall = self.stall.saturating_sub(1);
        let follows = self.pieces.last().is_some_and(|last| last.made + FRAME == piece.made);
        self.pieces.push(piece);
        if self.twice > 0 {
            self.twice -= 1;
            let comes = piece.comes + Duration::from_millis(1);
            self.pieces.push(Piece { comes, is_sure: false, ..piece });
        }
        if let [.., before, last] = &mut *self.pieces
            && self.swaps
            && follows
        {
            std::mem::swap(before, last);
            // Nothing comes before it was made.
            last.comes = before.comes;
            self.swaps = false;
        }
    }
}

/// Goes on counting, unless the counter stands still.
fn count(counter: &mut i64, still: &mut u64, by: i64) {
    match still.checked_sub(1) {
        Some(left) => *still = left,
        None => *counter += by,
    }
}

/// Whether that happened less than so many pieces ago.
fn is_within(happened: Option<u64>, piece: u64, pieces: u64) -> bool {
    happened.is_some_and(|happened| piece < happened + pieces)
}

/// Sends this to the caller's end, and checks what is heard and counted.
fn holds(mishaps: &[(u64, Mishap)], has_numbers: bool) -> Result<(), TestCaseError> {
    let line = Line::with(mishaps);
    // Times that run at a pace of their own don't tell how much is lost or late beside it.
    let has_pace = mishaps.iter().any(|(_, mishap)| matches!(mishap, Mishap::Pace(_)));
    let is_told = !has_pace || mishaps.len() == 1;
    let mut hearing = Hearing::new(
        Ears::default(),
        Mouth::new(Rate::Telephone, true),
        Rate::Telephone,
        Taps::default(),
    );
    let start = Instant::now();
    let (mut heard, mut last_heard, mut last_came) =
        (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut deaf = Duration::ZERO;
    for Piece { made, comes, is_sure, at, number } in &line.pieces {
        let at = Some(Duration::from_millis(*at as u64));
        let number = has_numbers.then_some(*number as u64);
        hearing.sound(&[0; FRAME_SAMPLES], at, number, start + *comes);
        // Where nothing comes, nobody is deaf.
        deaf += (*comes - last_came).min(FRAME);
        last_came = *comes;
        if hearing.tally.sound > heard {
            (heard, last_heard, deaf) = (hearing.tally.sound, *comes, Duration::ZERO);
        }
        prop_assert!(deaf <= DEAF, "deaf for {deaf:?} since {last_heard:?}");
        let lag = (*comes - *made).as_secs_f64() * 1e3 - 30.0;
        let told = hearing.tally.lag.as_secs_f64() * 1e3;
        let is_true = (told - lag).abs() <= OFF.max(lag * 0.05);
        // What is held back for one before it is not heard yet.
        prop_assert!(
            !is_told || !is_sure || is_true || last_heard != *comes,
            "{told} ms late, in truth {lag}, at {comes:?}"
        );
    }
    hearing.silence();
    if !is_told {
        return Ok(());
    }
    let lost = hearing.tally.lost.as_secs_f64() * 1e3;
    let (least, most) =
        (line.lost.as_secs_f64() * 1e3, (line.lost + line.unsure).as_secs_f64() * 1e3);
    let off = |truth: f64| OFF.max(truth * 0.05);
    prop_assert!(lost >= least - off(least), "{lost} lost, in truth {least} and at most {most}");
    prop_assert!(lost <= most + off(most), "{lost} lost, in truth {least} and at most {most}");
    Ok(())
}

fn checked(mishaps: &[(u64, Mishap)]) {
    for has_numbers in [false, true] {
        holds(mishaps, has_numbers)
            .unwrap_or_else(|error| panic!("{has_numbers} {mishaps:?}: {error}"));
    }
}

#[test]
fn each_mishap_alone_is_harmless_early_and_late() {
    use Mishap::*;
    for when in [1, 3, 20, 45, 70, 1_000, 20_000] {
        for mishap in [
            Restart,
            TimesRestart,
            NumbersRestart,
            Stand(1),
            Stand(100),
            Stand(PIECES),
            TimesStand(PIECES),
            NumbersStand(PIECES),
            Leap(3_600_000),
            Leap(-3_600_000),
            Leap(500),
            Leap(-500),
            Leap(100),
            Leap(-100),
            Leap(2_000),
            NumbersLeap(100),
            NumbersLeap(-30),
            NumbersLeap(1_000_000),
            NumbersLeap(-100),
            Wrap(16),
            Wrap(32),
            Lose(1),
            Lose(50),
            Lose(2_000),
            Twice(1),
            Twice(1_000),
            Swap,
            Stall(5),
            Stall(250),
            Pause(10),
            Pause(1_000),
            Pace(10),
            Pace(15),
            Pace(19),
            Pace(21),
            Pace(30),
        ] {
            checked(&[(when, mishap)]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn mishaps_in_any_combination_are_harmless(
        mut mishaps in prop::collection::vec((1..PIECES - 300, mishap()), 0..40),
        has_numbers: bool,
    ) {
        mishaps.sort_by_key(|(when, _)| *when);
        holds(&mishaps, has_numbers)?;
    }
}
