//! How alike sounds are.

/// The correlation of two sounds that begin together, from -1 to 1: 1 is the same sound at any level. What one of them has more
/// than the other is left out; silence is like nothing.
pub fn correlation<S: Copy + Into<f64>>(one: &[S], other: &[S]) -> f64 {
    let (mut product, mut power_one, mut power_other) = (0.0, 0.0, 0.0);
    for (&a, &b) in one.iter().zip(other) {
        let (a, b): (f64, f64) = (a.into(), b.into());
        product += a * b;
        power_one += a * a;
        power_other += b * b;
    }
    product / f64::sqrt(power_one * power_other).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_does_not_count_and_the_sign_does() {
        assert_eq!(correlation(&[1_i16, -2, 3], &[2, -4, 6, 9]), 1.0);
        assert_eq!(correlation(&[1.0_f32, -2.0], &[-1.0, 2.0]), -1.0);
        assert_eq!(correlation(&[1_i16, 1], &[1, -1]), 0.0);
    }

    #[test]
    fn silence_is_like_nothing() {
        assert_eq!(correlation(&[0_i16; 4], &[1, 2, 3, 4]), 0.0);
        assert_eq!(correlation::<f32>(&[], &[]), 0.0);
    }
}
