//! How fast a machine reads its memory, which is what decides whether a model keeps up with speech: for every frame of sound,
//! 12.5 times a second, all of its weights are read.

/// Frames of sound a second.
const FRAMES: f64 = 12.5;
/// What part of a memory's speed a model gets out of it where all goes well, and where it goes very well.
const USUAL: f64 = 0.6;
const AT_BEST: f64 = 0.9;

/// What can be said of a model's speed beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speed {
    FastEnough,
    /// It may keep up, with nothing to spare.
    Tight,
    TooSlow,
    /// The card isn't in the table.
    Unknown,
}

/// Whether a card, or a processor of Apple's, keeps up with a model of so many gigabytes.
pub(super) fn speed(name: &str, gigabytes: f64) -> Speed {
    let Some(bandwidth) = bandwidth(name) else { return Speed::Unknown };
    let share = gigabytes * FRAMES / bandwidth;
    if share <= USUAL {
        Speed::FastEnough
    } else if share <= AT_BEST {
        Speed::Tight
    } else {
        Speed::TooSlow
    }
}

/// In gigabytes a second.
fn bandwidth(name: &str) -> Option<f64> {
    let bare = name.trim();
    let bare = bare.strip_prefix("NVIDIA ").unwrap_or(bare);
    let bare = bare.strip_prefix("GeForce ").unwrap_or(bare);
    TABLE.iter().find(|(known, _)| known.eq_ignore_ascii_case(bare)).map(|(_, speed)| *speed)
}

/// By their makers' data sheets. A name stands for one card: `RTX 4090 Laptop GPU` is another.
const TABLE: &[(&str, f64)] = &[
    ("RTX 3060", 360.0),
    ("RTX 3060 Ti", 448.0),
    ("RTX 3070", 448.0),
    ("RTX 3070 Ti", 608.0),
    ("RTX 3080", 760.0),
    ("RTX 3080 Ti", 912.0),
    ("RTX 3090", 936.0),
    ("RTX 3090 Ti", 1008.0),
    ("RTX 4060", 272.0),
    ("RTX 4060 Ti", 288.0),
    ("RTX 4070", 504.0),
    ("RTX 4070 SUPER", 504.0),
    ("RTX 4070 Ti", 504.0),
    ("RTX 4070 Ti SUPER", 672.0),
    ("RTX 4080", 717.0),
    ("RTX 4080 SUPER", 736.0),
    ("RTX 4090", 1008.0),
    ("RTX 4090 Laptop GPU", 576.0),
    ("RTX 5060 Ti", 448.0),
    ("RTX 5070", 672.0),
    ("RTX 5070 Ti", 896.0),
    ("RTX 5080", 960.0),
    ("RTX 5090", 1792.0),
    ("RTX A4000", 448.0),
    ("RTX A5000", 768.0),
    ("RTX A6000", 768.0),
    ("RTX 6000 Ada Generation", 960.0),
    ("Tesla T4", 320.0),
    ("Tesla V100-SXM2-16GB", 900.0),
    ("Tesla V100-SXM2-32GB", 900.0),
    ("A10", 600.0),
    ("A10G", 600.0),
    ("A40", 696.0),
    ("A100-SXM4-40GB", 1555.0),
    ("A100-PCIE-40GB", 1555.0),
    ("A100-SXM4-80GB", 2039.0),
    ("A100 80GB PCIe", 1935.0),
    ("L4", 300.0),
    ("L40", 864.0),
    ("L40S", 864.0),
    ("H100 PCIe", 2000.0),
    ("H100 80GB HBM3", 3350.0),
    ("H200", 4800.0),
    ("Apple M1", 68.0),
    ("Apple M1 Pro", 200.0),
    ("Apple M1 Max", 400.0),
    ("Apple M1 Ultra", 800.0),
    ("Apple M2", 100.0),
    ("Apple M2 Pro", 200.0),
    ("Apple M2 Max", 400.0),
    ("Apple M2 Ultra", 800.0),
    ("Apple M3", 100.0),
    ("Apple M3 Pro", 150.0),
    // Two were sold under this name; this is the slower one.
    ("Apple M3 Max", 300.0),
    ("Apple M3 Ultra", 819.0),
    ("Apple M4", 120.0),
    ("Apple M4 Pro", 273.0),
    ("Apple M4 Max", 410.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    const BF16: f64 = 15.4;
    const Q8: f64 = 8.2;
    const Q4: f64 = 4.5;

    #[test]
    fn a_model_needs_a_memory_that_is_read_12_and_a_half_times_a_second_with_something_to_spare() {
        assert_eq!(speed("NVIDIA GeForce RTX 4090", BF16), Speed::FastEnough);
        assert_eq!(speed("NVIDIA GeForce RTX 3060", Q8), Speed::FastEnough);
        assert_eq!(speed("NVIDIA L4", BF16), Speed::Tight);
        assert_eq!(speed("NVIDIA GeForce RTX 4060", Q8), Speed::FastEnough);
        assert_eq!(speed("NVIDIA GeForce RTX 4060 Ti", BF16), Speed::Tight);
        assert_eq!(speed("Apple M1", Q4), Speed::Tight);
        assert_eq!(speed("Apple M3", Q4), Speed::FastEnough);
        assert_eq!(speed("Apple M1", BF16), Speed::TooSlow);
    }

    #[test]
    fn a_card_that_is_not_in_the_table_is_not_taken_for_one_with_a_similar_name() {
        for name in ["", "NVIDIA", "NVIDIA GeForce RTX 40", "NVIDIA GeForce RTX 3060 Laptop GPU"] {
            assert_eq!(speed(name, Q4), Speed::Unknown, "{name}");
        }
        assert_eq!(speed("Apple M9 Max", Q4), Speed::Unknown);
    }

    #[test]
    fn no_name_is_in_the_table_twice() {
        let mut names: Vec<_> = TABLE.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.sort();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
