//! What was measured, in order, held against its goals, and how it is told: in tables for people, in JSON for programs.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// What belongs together.
pub(crate) struct Table {
    title: String,
    rows: Vec<Row>,
}

/// One line of a table.
pub(crate) enum Row {
    /// Many measurements of one thing.
    Spread(Spread),
    /// How often something happened.
    Count(Count),
    /// Why something was not measured.
    Skipped {
        /// What.
        what: String,
        /// Why not.
        why: String,
    },
    /// Why something could not be measured that should have been.
    Failed {
        /// What.
        what: String,
        /// Why not.
        why: String,
    },
}

/// Many measurements of one thing.
pub(crate) struct Spread {
    what: String,
    unit: &'static str,
    /// In ascending order.
    measured: Vec<f64>,
    goals: Vec<Goal>,
}

/// The most that one figure of a spread may be.
#[derive(Clone, Copy)]
struct Goal {
    figure: &'static str,
    most: f64,
}

/// How often something happened.
pub(crate) struct Count {
    what: String,
    happened: usize,
    of: usize,
    goal: Option<usize>,
    /// What went wrong, where something did.
    reasons: Vec<String>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, rows: Vec<Row>) -> Self {
        Self { title: title.into(), rows }
    }

    /// Which of the goals were met.
    pub(crate) fn verdicts(&self) -> impl Iterator<Item = bool> {
        self.rows.iter().filter_map(Row::is_met)
    }

    pub(crate) fn as_json(&self) -> Value {
        json!({
            "title": self.title,
            "rows": self.rows.iter().map(Row::as_json).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        write!(f, "  {:WHAT$} {:>5}", "", "n")?;
        for figure in FIGURES {
            write!(f, " {figure:>9}")?;
        }
        writeln!(f)?;
        self.rows.iter().try_for_each(|row| writeln!(f, "  {row}"))
    }
}

/// The figures by which a spread is told.
const FIGURES: [&str; 5] = ["mean", "p50", "p95", "p99", "max"];
/// How wide the names of rows are.
const WHAT: usize = 62;

impl Row {
    /// Whether all goals were met, where there are any.
    fn is_met(&self) -> Option<bool> {
        match self {
            Self::Spread(spread) if spread.goals.is_empty() => None,
            Self::Spread(spread) => Some(spread.goals.iter().all(|goal| spread.meets(*goal))),
            Self::Count(count) => count.goal.map(|goal| count.happened == goal),
            Self::Skipped { .. } => None,
            Self::Failed { .. } => Some(false),
        }
    }

    fn as_json(&self) -> Value {
        let mut row = match self {
            Self::Spread(spread) => spread.as_json(),
            Self::Count(Count { what, happened, of, goal, reasons }) => {
                json!({ "what": what, "happened": happened, "of": of, "goal": goal, "reasons": reasons })
            }
            Self::Failed { what, why } => json!({ "what": what, "failed": why }),
            Self::Skipped { what, why } => json!({ "what": what, "skipped": why }),
        };
        row["is_met"] = json!(self.is_met());
        row
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spread(spread) => spread.fmt(f)?,
            Self::Count(Count { what, happened, of, goal, .. }) => {
                write!(f, "{what:WHAT$} {of:>5} {happened:>9}")?;
                if let Some(goal) = goal {
                    write!(f, "  goal: {goal}")?;
                }
            }
            Self::Skipped { what, why } => write!(f, "{what:WHAT$}  skipped: {why}")?,
            Self::Failed { what, why } => write!(f, "{what:WHAT$}  failed: {why}")?,
        }
        match self.is_met() {
            Some(true) => write!(f, ", met")?,
            Some(false) => write!(f, ", NOT MET")?,
            None => {}
        }
        let Self::Count(Count { reasons, .. }) = self else { return Ok(()) };
        reasons.iter().try_for_each(|reason| write!(f, "\n      {reason}"))
    }
}

impl Spread {
    pub(crate) fn of_times(what: impl Into<String>, taken: &[Duration]) -> Self {
        Self::new(what, "ms", taken.iter().map(|time| time.as_secs_f64() * 1000.0).collect())
    }

    pub(crate) fn new(what: impl Into<String>, unit: &'static str, mut measured: Vec<f64>) -> Self {
        measured.sort_by(f64::total_cmp);
        Self { what: what.into(), unit, measured, goals: Vec::new() }
    }

    /// One of [`FIGURES`], and the most that it may be.
    pub(crate) fn at_most(mut self, figure: &'static str, most: f64) -> Self {
        self.goals.push(Goal { figure, most });
        self
    }

    fn figure(&self, name: &str) -> f64 {
        match name {
            "mean" => self.measured.iter().sum::<f64>() / self.measured.len() as f64,
            "p50" => self.at(0.50),
            "p95" => self.at(0.95),
            "p99" => self.at(0.99),
            _ => self.at(1.0),
        }
    }

    /// The smallest measurement that this share of all does not exceed.
    fn at(&self, share: f64) -> f64 {
        let rank = (share * self.measured.len() as f64).ceil() as usize;
        self.measured.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    fn meets(&self, goal: Goal) -> bool {
        self.figure(goal.figure) <= goal.most
    }

    fn as_json(&self) -> Value {
        let figures: Map<String, Value> = FIGURES
            .iter()
            .map(|name| ((*name).to_owned(), json!(rounded(self.figure(name)))))
            .collect();
        let goals: Vec<Value> = self
            .goals
            .iter()
            .map(|goal| json!({ "figure": goal.figure, "at_most": goal.most }))
            .collect();
        json!({
            "what": self.what,
            "unit": self.unit,
            "figures": figures,
            "goals": goals,
            "all": self.measured.iter().copied().map(rounded).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = format!("{}, {}", self.what, self.unit);
        write!(f, "{what:WHAT$} {:>5}", self.measured.len())?;
        for name in FIGURES {
            let figure = self.figure(name);
            // Four digits that say something, be it seconds or microseconds.
            let decimals = if figure < 1.0 { 4 } else { 2 };
            write!(f, " {figure:>9.decimals$}")?;
        }
        for (index, goal) in self.goals.iter().enumerate() {
            let before = if index == 0 { "  goal:" } else { "," };
            write!(f, "{before} {} ≤ {}", goal.figure, goal.most)?;
        }
        Ok(())
    }
}

impl Count {
    pub(crate) fn new(what: impl Into<String>, happened: usize, of: usize) -> Self {
        Self { what: what.into(), happened, of, goal: None, reasons: Vec::new() }
    }

    /// What went wrong.
    pub(crate) fn because(self, reasons: Vec<String>) -> Self {
        Self { reasons, ..self }
    }

    /// How often it should have happened.
    pub(crate) fn exactly(mut self, goal: usize) -> Self {
        self.goal = Some(goal);
        self
    }
}

impl From<Spread> for Row {
    fn from(spread: Spread) -> Self {
        Self::Spread(spread)
    }
}

impl From<Count> for Row {
    fn from(count: Count) -> Self {
        Self::Count(count)
    }
}

fn rounded(figure: f64) -> f64 {
    (figure * 1_000_000.0).round() / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hundred() -> Spread {
        Spread::new("x", "MiB", (1..=100).rev().map(f64::from).collect())
    }

    #[test]
    fn figures_are_told_by_rank() {
        let figures = FIGURES.map(|name| hundred().figure(name));
        assert_eq!(figures, [50.5, 50.0, 95.0, 99.0, 100.0]);
    }

    #[test]
    fn a_goal_is_met_only_if_each_of_its_figures_is() {
        let met = hundred().at_most("p50", 50.0).at_most("p99", 99.0);
        assert!(Row::from(met).to_string().ends_with("goal: p50 ≤ 50, p99 ≤ 99, met"));
        let missed = hundred().at_most("p50", 50.0).at_most("p99", 98.0);
        assert!(Row::from(missed).to_string().ends_with("NOT MET"));
    }

    #[test]
    fn a_count_is_met_only_if_it_is_exact() {
        assert_eq!(Row::from(Count::new("x", 99, 100).exactly(100)).is_met(), Some(false));
        assert_eq!(Row::from(Count::new("x", 0, 100).exactly(0)).is_met(), Some(true));
        assert_eq!(Row::from(Count::new("x", 1, 100)).is_met(), None);
    }

    #[test]
    fn nothing_measured_meets_no_goal() {
        assert_eq!(Row::from(Spread::of_times("x", &[]).at_most("max", 1.0)).is_met(), Some(false));
    }
}
