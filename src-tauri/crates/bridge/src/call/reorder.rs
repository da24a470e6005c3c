//! Sound that a carrier may send out of turn, put back in order.
//!
//! What comes in its turn is passed on at once. Only behind a missing piece are the next ones held back, three at most: the
//! missing one is then taken for lost, as is every piece that comes after its turn has passed.

use std::collections::BTreeMap;
use std::time::Duration;

/// How many pieces are held back for one that is missing: 60 ms where each has 20.
const HELD: usize = 3;

/// A piece of sound.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) samples: Vec<i16>,
    /// How long after the start of the stream it was made.
    pub(crate) at: Option<Duration>,
}

/// Puts the pieces of one stream in order.
#[derive(Debug, Default)]
pub(crate) struct ReorderBuffer {
    next: Option<u64>,
    held: BTreeMap<u64, Packet>,
}

impl ReorderBuffer {
    /// Takes the piece with this number and gives back those whose turn it is.
    pub(crate) fn put(&mut self, number: u64, piece: Packet) -> Vec<Packet> {
        let next = *self.next.get_or_insert(number);
        if number < next {
            return Vec::new();
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

    fn due(&mut self) -> Vec<Packet> {
        let mut due = Vec::new();
        while let Some(piece) = self.next.and_then(|next| self.held.remove(&next)) {
            self.next = self.next.map(|next| next.saturating_add(1));
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
        numbers.map(|number| {
            let samples = vec![number as i16];
            order
                .put(number, Packet { samples, at: None })
                .into_iter()
                .flat_map(|piece| piece.samples)
                .collect()
        })
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
            order.put(number, Packet { samples: vec![number as i16], at: None });
        }
        let rest: Vec<i16> = order.finish().into_iter().flat_map(|piece| piece.samples).collect();
        assert_eq!(rest, [3, 4]);
    }

    proptest::proptest! {
        #[test]
        fn every_piece_comes_out_at_most_once_and_in_order(numbers in proptest::collection::vec(0_u64..40, 0..60)) {
            let mut order = ReorderBuffer::default();
            let mut out = Vec::new();
            for number in numbers {
                out.extend(order.put(number, Packet { samples: vec![number as i16], at: None }));
            }
            out.extend(order.finish());
            proptest::prop_assert!(out.is_sorted_by(|one, other| one.samples < other.samples));
        }
    }
}
