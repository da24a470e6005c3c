//! Chance that can be had again, and what it makes of bytes and of JSON.

use serde_json::{Value, json};

/// Numbers that look like chance and are the same in every run.
#[derive(Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: usize) -> Self {
        // Seeds that are neighbours must not begin alike, and none may be 0.
        Self((seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below that one.
    pub(super) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % most.max(1)
    }

    pub(super) fn is_one_of(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(super) fn choose<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }
}

/// A few bytes changed, left out, put in, said twice or cut off.
pub(super) fn bytes(dice: &mut Dice, from: &[u8]) -> Vec<u8> {
    let mut bytes = from.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len());
        let end = (at + 1 + dice.below(24)).min(bytes.len());
        match dice.below(7) {
            0 => bytes.truncate(at),
            1 if at < end => drop(bytes.drain(at..end)),
            2 if at < end => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            3 => bytes.insert(at, dice.below(256) as u8),
            4 => bytes.splice(at..at, [0xFF; 9]).for_each(drop),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
    }
    bytes
}

/// A message of which some values are of another kind, somewhere else, twice or not there, or whose text is spoilt.
pub(super) fn json(dice: &mut Dice, from: &Value) -> String {
    let mut message = from.clone();
    for _ in 0..dice.below(3) {
        spoil(dice, &mut message);
    }
    let text = message.to_string();
    if dice.is_one_of(3) {
        String::from_utf8_lossy(&bytes(dice, text.as_bytes())).into_owned()
    } else {
        text
    }
}

/// Goes down to some place, and puts something odd there.
fn spoil(dice: &mut Dice, value: &mut Value) {
    let goes_on = !dice.is_one_of(5);
    if let Value::Object(fields) = value
        && goes_on
        && !fields.is_empty()
    {
        let names: Vec<String> = fields.keys().cloned().collect();
        let name = dice.choose(&names).clone();
        match dice.below(8) {
            0 => drop(fields.remove(&name)),
            1 => {
                let taken = fields.remove(&name).unwrap_or_default();
                fields.insert(name.to_uppercase(), taken);
            }
            2 => drop(fields.insert(format!("{name}\u{0}"), odd(dice))),
            _ => spoil(dice, &mut fields[&name]),
        }
    } else if let Value::Array(items) = value
        && goes_on
        && !items.is_empty()
    {
        let at = dice.below(items.len());
        spoil(dice, &mut items[at]);
    } else {
        *value = odd(dice);
    }
}

fn odd(dice: &mut Dice) -> Value {
    match dice.below(18) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(i64::MIN),
        5 => json!(1e308),
        6 => json!(0),
        7 => json!(""),
        8 => json!("\u{0}"),
        9 => json!("x".repeat(10_000)),
        10 => json!([]),
        11 => json!({}),
        12 => json!("\u{202e}\u{1F600}\u{feff}"),
        13 => (0..100).fold(json!([]), |within, _| json!([within])),
        14 => (0..100).fold(json!({}), |within, _| json!({ "a": within })),
        15 => json!("18446744073709551616"),
        16 => json!([{ "name": "secret", "value": "guess" }]),
        _ => json!("../../../../etc/passwd"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_of_it_and_another_does_not() {
        let message =
            json!({ "event": "start", "start": { "streamSid": "MZ1", "tracks": ["inbound"] } });
        let made = |seed| {
            let mut dice = Dice::new(seed);
            (0..20).map(|_| json(&mut dice, &message)).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
    }

    #[test]
    fn nothing_at_all_can_be_spoilt_too() {
        let mut dice = Dice::new(7);
        for _ in 0..1000 {
            let _ = (bytes(&mut dice, b""), json(&mut dice, &Value::Null));
        }
    }
}
