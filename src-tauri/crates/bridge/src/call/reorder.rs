//! Sound that a carrier may send out of turn, put back in order.
//!
//! What comes in its turn is passed on at once. Only behind a missing piece are the next ones held back, three at most: the
//! missing one is then taken for lost, as is every piece that comes after its turn has passed. Where the numbers themselves
//! are out of order (they start again, stand still, or say another thing than the times), or nothing was heard for too long,
//! pieces are passed on as they come, until the numbers have followed one another for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::timeline::Position;

/// How many pieces are held back for one that is missing: 60 ms where each has 20.
const HELD: usize = 3;

/// How far behind its turn a piece may come that was heard already, or was given up: about a second.
const RECENT: u64 = 50;

/// How many numbers must follow one another until they are believed again.
const PROBATION: u32 = 10;

/// A piece of sound.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) samples: Vec<i16>,
    /// How long after the start of the stream it was made.
    pub(crate) at: Option<Duration>,
    /// When it came.
    pub(crate) came: Instant,
}

/// Puts the pieces of one stream in order.
#[derive(Debug, Default)]
pub(crate) struct ReorderBuffer {
    next: Option<u64>,
    held: BTreeMap<u64, Packet>,
    /// How many numbers must follow one another until they are believed.
    probation: u32,
}

impl ReorderBuffer {
    /// Takes the piece with this number, which is in time where `position` says, and gives back those whose turn it is. Who is
    /// hungry has heard nothing for too long.
    pub(crate) fn put(
        &mut self,
        number: u64,
        piece: Packet,
        position: Position,
        is_hungry: bool,
    ) -> Vec<Packet> {
        let next = *self.next.get_or_insert(number);
        if self.probation > 0 {
            self.probation = if number == next { self.probation - 1 } else { PROBATION };
            self.next = Some(number.wrapping_add(1));
            return vec![piece];
        }
        let was_passed = number < next;
        if was_passed && next - number <= RECENT {
            match position {
                // Whether it was heard already is told by its time.
                Position::Before => return vec![piece],
                Position::Untold if !is_hungry => return Vec::new(),
                Position::Untold | Position::Next | Position::Later => {}
            }
        }
        let is_held = self.held.get(&number).map(|held| held.at == piece.at);
        if is_held == Some(true) && !is_hungry {
            return Vec::new();
        }
        let leaps = number > next && position == Position::Next && self.held.is_empty();
        if was_passed || leaps || is_hungry || is_held.is_some() {
            return self.distrust(number, piece);
        }
        self.held.insert(number, piece);
        if self.held.len() > HELD {
            self.next = self.held.first_key_value().map(|(number, _)| *number);
        }
        self.due()
    }

    /// Gives back all that is held, because no more comes.
    pub(crate) fn finish(&mut self) -> Vec<Packet> {
        self.next = None;
        std::mem::take(&mut self.held).into_values().collect()
    }

    /// Passes on what is held and this, whose number is where it should not be.
    fn distrust(&mut self, number: u64, piece: Packet) -> Vec<Packet> {
        let mut all = self.finish();
        all.push(piece);
        self.next = Some(number.wrapping_add(1));
        self.probation = PROBATION;
        all
    }

    fn due(&mut self) -> Vec<Packet> {
        let mut due = Vec::new();
        while let Some(piece) = self.next.and_then(|next| self.held.remove(&next)) {
            self.next = self.next.map(|next| next.wrapping_add(1));
            due.push(piece);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out after each number that is put in.
    fn in_turn<const N: usize>(numbers: [u64; N]) -> [Vec<i16>; N] {
        let mut order = ReorderBuffer::default();
        numbers.map(|number| put(&mut order, number, Position::Untold, false))
    }

    /// What comes out after the piece with this number, which is a sample of it.
    fn put(
        order: &mut ReorderBuffer,
        number: u64,
        position: Position,
        is_hungry: bool,
    ) -> Vec<i16> {
        let piece = Packet { samples: vec![number as i16], at: None, came: Instant::now() };
        order
            .put(number, piece, position, is_hungry)
            .into_iter()
            .flat_map(|piece| piece.samples)
            .collect()
    }

    #[test]
    fn what_comes_in_its_turn_is_passed_on_at_once() {
        assert_eq!(in_turn([7, 8, 9]), [vec![7], vec![8], vec![9]]);
    }

    #[test]
    fn neighbours_that_changed_places_are_put_back() {
        assert_eq!(in_turn([1, 3, 2, 4]), [vec![1], vec![], vec![2, 3], vec![4]]);
    }

    #[test]
    fn a_missing_piece_is_given_up_after_three_and_not_taken_any_more() {
        assert_eq!(
            in_turn([1, 3, 4, 5, 6, 2, 7]),
            [vec![1], vec![], vec![], vec![], vec![3, 4, 5, 6], vec![], vec![7]]
        );
    }

    #[test]
    fn what_is_held_at_the_end_is_given_back() {
        let mut order = ReorderBuffer::default();
        for number in [1, 4, 3] {
            put(&mut order, number, Position::Untold, false);
        }
        let rest: Vec<i16> = order.finish().into_iter().flat_map(|piece| piece.samples).collect();
        assert_eq!(rest, [3, 4]);
    }

    #[test]
    fn numbers_that_start_again_far_behind_are_a_new_beginning() {
        assert_eq!(in_turn([60, 1, 2, 3]), [vec![60], vec![1], vec![2], vec![3]]);
        assert_eq!(in_turn([60, 62, 1, 2]), [vec![60], vec![], vec![62, 1], vec![2]]);
    }

    #[test]
    fn a_number_that_stands_still_is_heard_where_the_times_go_on() {
        let mut order = ReorderBuffer::default();
        let heard = [Position::Untold, Position::Next, Position::Next]
            .map(|position| put(&mut order, 1, position, false));
        assert_eq!(heard, [[1], [1], [1]]);
    }

    #[test]
    fn a_number_that_stands_still_without_times_is_heard_by_whoever_is_hungry() {
        let mut order = ReorderBuffer::default();
        let heard = [false, false, true, false]
            .map(|is_hungry| put(&mut order, 1, Position::Untold, is_hungry));
        assert_eq!(heard, [vec![1], vec![], vec![1], vec![1]]);
    }

    #[test]
    fn a_number_that_leaps_and_stands_still_is_heard_by_whoever_is_hungry() {
        let mut order = ReorderBuffer::default();
        let heard = [(1, false), (3, false), (3, false), (3, true), (3, false)]
            .map(|(number, is_hungry)| put(&mut order, number, Position::Untold, is_hungry));
        assert_eq!(heard, [vec![1], vec![], vec![], vec![3, 3], vec![3]]);
    }

    #[test]
    fn numbers_that_leap_while_the_times_do_not_hold_nothing_back() {
        let mut order = ReorderBuffer::default();
        let heard = [1, 900, 901].map(|number| put(&mut order, number, Position::Next, false));
        assert_eq!(heard, [[1], [900], [901]]);
    }

    #[test]
    fn numbers_that_have_followed_one_another_for_a_while_are_believed_again() {
        let mut order = ReorderBuffer::default();
        put(&mut order, 500, Position::Untold, false);
        for number in 1..=11 {
            assert_eq!(put(&mut order, number, Position::Next, false), [number as i16]);
        }
        assert!(put(&mut order, 13, Position::Later, false).is_empty());
        assert_eq!(put(&mut order, 12, Position::Next, false), [12, 13]);
    }

    proptest::proptest! {
        #[test]
        fn every_piece_comes_out_at_most_once_and_in_order(numbers in proptest::collection::vec(0_u64..40, 0..60)) {
            let mut order = ReorderBuffer::default();
            let mut out = Vec::new();
            for number in numbers {
                out.extend(put(&mut order, number, Position::Untold, false));
            }
            out.extend(order.finish().into_iter().flat_map(|piece| piece.samples));
            proptest::prop_assert!(out.is_sorted_by(|one, other| one < other));
        }
    }
}
