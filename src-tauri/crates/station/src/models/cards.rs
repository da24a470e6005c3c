//! NVIDIA's cards, as `nvidia-smi` tells of them.

use wire::{bounded, plain};

/// What is asked of `nvidia-smi`.
pub(super) const QUESTION: [&str; 2] =
    ["--query-gpu=name,memory.total,memory.free,driver_version", "--format=csv,noheader,nounits"];

/// How much is shown of a complaint.
const LONGEST_COMPLAINT: usize = 200;

/// What `nvidia-smi` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cards {
    /// Nothing, for it isn't there.
    NotInstalled,
    /// That it can't tell, in its words.
    Complaint(String),
    Told(Vec<Card>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) driver: String,
    /// In mebibytes; a card that has its memory from the system doesn't tell.
    pub(super) total: Option<u32>,
    pub(super) free: Option<u32>,
}

impl Cards {
    /// What this output says.
    pub(super) fn read(output: &str) -> Self {
        let lines: Vec<&str> =
            output.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let cards: Option<Vec<Card>> = lines.iter().map(|line| Card::read(line)).collect();
        match cards {
            Some(cards) if !cards.is_empty() => Self::Told(cards),
            Some(_) => Self::Complaint("it says nothing".to_owned()),
            None if lines.iter().any(|line| line.starts_with("No devices")) => Self::Told(vec![]),
            None => Self::complaint(lines.first().copied().unwrap_or_default()),
        }
    }

    pub(super) fn complaint(words: &str) -> Self {
        let words = words.trim().trim_end_matches('.');
        Self::Complaint(bounded(&plain(words), LONGEST_COMPLAINT))
    }

    /// The one that a model is put on: the largest.
    pub(super) fn best(&self) -> Option<&Card> {
        match self {
            Self::Told(cards) => cards.iter().rev().max_by_key(|card| card.total),
            Self::NotInstalled | Self::Complaint(_) => None,
        }
    }
}

impl Card {
    fn read(line: &str) -> Option<Self> {
        // From the right: only a name may have commas in it.
        let mut fields = line.rsplitn(4, ',').map(str::trim);
        let [driver, free, total, name] =
            [fields.next()?, fields.next()?, fields.next()?, fields.next()?];
        let is_card = !name.is_empty() && driver.starts_with(|digit: char| digit.is_ascii_digit());
        is_card.then(|| Self {
            name: bounded(&plain(name), 80),
            driver: bounded(&plain(driver), 20),
            total: total.parse().ok(),
            free: free.parse().ok(),
        })
    }
}
