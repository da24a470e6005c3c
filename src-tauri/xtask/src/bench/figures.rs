//! What was measured, in order, and how it is told.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

/// Many measurements of one thing.
pub(super) struct Figures {
    what: &'static str,
    unit: &'static str,
    /// In ascending order.
    measured: Vec<f64>,
    goal: Option<(&'static str, f64)>,
}

impl Figures {
    pub(super) fn of_times(what: &'static str, taken: Vec<Duration>) -> Self {
        Self::new(what, "ms", taken.iter().map(|time| time.as_secs_f64() * 1000.0).collect())
    }

    pub(super) fn of_sizes(what: &'static str, mebibytes: Vec<f64>) -> Self {
        Self::new(what, "MiB", mebibytes)
    }

    fn new(what: &'static str, unit: &'static str, mut measured: Vec<f64>) -> Self {
        measured.sort_by(f64::total_cmp);
        Self { what, unit, measured, goal: None }
    }

    /// The goal, and which of the figures has to keep it.
    pub(super) fn at_most(mut self, figure: &'static str, most: f64) -> Self {
        self.goal = Some((figure, most));
        self
    }

    pub(super) fn as_json(&self) -> Value {
        let told: serde_json::Map<String, Value> = self
            .told()
            .into_iter()
            .map(|(name, figure)| (name.to_owned(), json!(rounded(figure))))
            .collect();
        json!({
            "what": self.what,
            "unit": self.unit,
                        "figures": told,
            "all": self.measured.iter().copied().map(rounded).collect::<Vec<_>>(),
            "goal": self.goal.map(|(figure, most)| json!({ "figure": figure, "at_most": most, "kept": self.is_kept() })),
        })
    }

    fn told(&self) -> [(&'static str, f64); 5] {
        let mean = self.measured.iter().sum::<f64>() / self.measured.len().max(1) as f64;
        [
            ("mean", mean),
            ("p50", self.at(0.50)),
            ("p95", self.at(0.95)),
            ("p99", self.at(0.99)),
            ("max", self.at(1.0)),
        ]
    }

    /// The smallest measurement that this share of all does not exceed.
    fn at(&self, share: f64) -> f64 {
        let rank = (share * self.measured.len() as f64).ceil() as usize;
        self.measured.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    fn is_kept(&self) -> Option<bool> {
        let (figure, most) = self.goal?;
        self.told()
            .into_iter()
            .find(|(name, _)| *name == figure)
            .map(|(_, measured)| measured <= most)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({} measured, {})", self.what, self.measured.len(), self.unit)?;
        write!(f, " ")?;
        for (name, figure) in self.told() {
            write!(f, " {name} {figure:.2} ")?;
        }
        match (self.goal, self.is_kept()) {
            (Some((figure, most)), Some(true)) => write!(f, " goal: {figure} at most {most}, kept"),
            (Some((figure, most)), _) => write!(f, " goal: {figure} at most {most}, MISSED"),
            (None, _) => Ok(()),
        }
    }
}

/// How long a port would stay unused if it were tried only after 1, 2, 3 and 4 s and its holder left at any moment of
/// that time: what watching the holder is compared with. Reckoned, not waited for.
pub(super) fn backoff_waits() -> Figures {
    const ATTEMPTS_MS: [u64; 4] = [1000, 3000, 6000, 10_000];
    let waits = (0..10_000)
        .step_by(10)
        .filter_map(|left| ATTEMPTS_MS.iter().find(|at| **at > left).map(|at| at - left));
    Figures::of_times(
        "the same with attempts after 1, 2, 3 and 4 s (reckoned)",
        waits.map(Duration::from_millis).collect(),
    )
}

fn rounded(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_by_rank() {
        let figures = Figures::of_sizes("x", (1..=100).rev().map(f64::from).collect());
        assert_eq!(figures.told().map(|(_, figure)| figure), [50.5, 50.0, 95.0, 99.0, 100.0]);
        assert_eq!(figures.at_most("p95", 95.0).is_kept(), Some(true));
    }

    #[test]
    fn a_missed_goal_is_told() {
        let missed = Figures::of_sizes("x", vec![3.0]).at_most("mean", 2.0);
        assert!(missed.to_string().ends_with("MISSED"));
    }

    #[test]
    fn the_fixed_waits_cost_seconds() {
        let p50 = backoff_waits().at(0.5);
        assert!((1300.0..1400.0).contains(&p50), "{p50}");
    }
}
