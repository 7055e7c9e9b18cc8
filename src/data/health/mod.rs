//! What is suspicious about runs, before anything is fitted to them.
//!
//! Each check says its rule in its own file and is written so that it stays silent on ordinary tables: a warning that is
//! mostly wrong is not read. Nothing is left out because of a finding; the user may, with its reason.
//!
//! Every check takes n log n at most, and most of them one look at each point.

mod curves;
mod digits;
mod duplicates;
mod survey;
mod training;

use super::RunTable;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use survey::Survey;

/// What may be wrong with runs. Names as on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A loss is NaN or infinite.
    Diverged,
    /// The loss stayed where it began, or on the plateau of runs that learned nothing.
    DidNotTrain,
    /// The curve ends long before those of its siblings, or the tracker says so.
    CrashedEarly,
    /// N, D and L of another run.
    ExactDuplicate,
    /// N and D of another run, and another loss.
    NearDuplicate,
    /// Hardly any points where the other curves have many.
    TooFewCheckpoints,
    /// As many points as trackers export of longer curves.
    LooksSampled,
    /// Numbers rounded to three digits.
    FewDigits,
}

impl FindingKind {
    /// In a few words: the reason when its runs are left out.
    pub fn words(self) -> &'static str {
        match self {
            Self::Diverged => "diverged",
            Self::DidNotTrain => "did not train",
            Self::CrashedEarly => "crashed early",
            Self::ExactDuplicate => "duplicate",
            Self::NearDuplicate => "near duplicate",
            Self::TooFewCheckpoints => "too few checkpoints",
            Self::LooksSampled => "sampled curve",
            Self::FewDigits => "rounded numbers",
        }
    }
}

/// Something suspicious, at most one of a kind a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What it is.
    #[serde(rename = "code")]
    pub kind: FindingKind,
    /// The runs meant, as indices into [`RunTable::runs`], in order. Of exact duplicates the first is not among them.
    pub runs: Vec<usize>,
    /// One sentence with its numbers.
    pub text: String,
}

/// Everything suspicious about the runs of a table, in the order of [`FindingKind`].
pub fn health(table: &RunTable) -> Vec<Finding> {
    let survey = Survey::of(table);
    let checks: [(FindingKind, Check); 8] = [
        (FindingKind::Diverged, training::diverged),
        (FindingKind::DidNotTrain, training::did_not_train),
        (FindingKind::CrashedEarly, training::crashed_early),
        (FindingKind::ExactDuplicate, duplicates::exact),
        (FindingKind::NearDuplicate, duplicates::near),
        (FindingKind::TooFewCheckpoints, curves::too_few),
        (FindingKind::LooksSampled, curves::sampled),
        (FindingKind::FewDigits, digits::few),
    ];
    let found = checks.into_par_iter().filter_map(|(kind, check)| {
        let Suspicion { mut runs, text } = check(&survey)?;
        runs.sort_unstable();
        runs.dedup();
        Some(Finding { kind, runs, text })
    });
    found.collect()
}

/// Looks for one kind of finding.
type Check = fn(&Survey<'_>) -> Option<Suspicion>;

/// What a check found.
struct Suspicion {
    runs: Vec<usize>,
    text: String,
}

/// `2 of 50 runs have` and `1 of 50 runs has`, by the verb's two forms.
fn of_runs(count: usize, all: usize, verbs: [&str; 2]) -> String {
    let verb = verbs[usize::from(count != 1)];
    match (count, all) {
        (_, 1) => format!("the only run {}", verbs[0]),
        _ => format!("{count} of {all} runs {verb}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Point, Run};
    use crate::units::{Loss, Params, Tokens};

    /// Rows of run, N, D, step and L; NaN is a divergence.
    pub(super) fn table(rows: &[(&str, f64, f64, Option<f64>, f64)]) -> RunTable {
        let mut runs: Vec<Run> = vec![];
        let mut points = vec![];
        for (index, &(name, params, tokens, step, loss)) in rows.iter().enumerate() {
            let run = runs.iter().position(|run| run.name == name).unwrap_or(runs.len());
            if run == runs.len() {
                runs.push(Run {
                    name: name.to_owned(),
                    ..Run::default()
                });
            }
            points.push(Point {
                run,
                line: index as u64 + 2,
                params: Some(Params(params)),
                tokens: Some(Tokens(tokens)),
                step,
                loss: (!loss.is_nan()).then_some(Loss(loss)),
                diverged: loss.is_nan(),
                ..Point::default()
            });
        }
        RunTable::new("t", runs, points, vec![]).unwrap()
    }

    /// A curve of so many points, evenly spaced to the last step.
    pub(super) fn curve(
        name: &str,
        count: usize,
        last: f64,
        loss: impl Fn(f64) -> f64,
    ) -> Vec<(&str, f64, f64, Option<f64>, f64)> {
        let step = |index: usize| last * (index + 1) as f64 / count as f64;
        let row = |index| {
            (
                name,
                1.1234e7,
                512.0 * step(index),
                Some(step(index)),
                loss(step(index)),
            )
        };
        (0..count).map(row).collect()
    }

    /// The finding of a kind.
    pub(super) fn found(table: &RunTable, kind: FindingKind) -> Option<Finding> {
        health(table).into_iter().find(|finding| finding.kind == kind)
    }

    #[test]
    fn an_ordinary_table_is_healthy() {
        let names: Vec<String> = (0..40).map(|index| format!("r{index}")).collect();
        let row = |(index, name): (usize, &String)| {
            let (n, d) = (
                1.0123e7 * 1.7f64.powi(index as i32 % 8),
                2e8 * 2.3f64.powi(index as i32 / 8),
            );
            (
                name.clone(),
                n,
                d,
                None,
                1.7 + 400.0 * n.powf(-0.34) + 900.0 * d.powf(-0.3),
            )
        };
        let rows: Vec<_> = names.iter().enumerate().map(row).collect();
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, n, d, step, l)| (name.as_str(), *n, *d, *step, *l))
            .collect();
        assert_eq!(health(&table(&rows)), []);
        assert_eq!(health(&table(&[])), []);
    }

    #[test]
    fn two_million_points_take_well_under_a_second() {
        let names: Vec<String> = (0..1000).map(|index| format!("r{index}")).collect();
        let rows: Vec<_> = names
            .iter()
            .flat_map(|name| curve(name, 2000, 1e5, |step| 2.0 + 8.0 * step.powf(-0.3)))
            .collect();
        let table = table_fast(&rows);
        let start = std::time::Instant::now();
        let found = health(&table);
        assert!(start.elapsed().as_secs_f64() < 2.0, "{:?}", start.elapsed());
        assert!(
            found.iter().all(|finding| finding.kind == FindingKind::ExactDuplicate),
            "{found:?}"
        );
    }

    /// As [`table`], for runs that follow one another.
    fn table_fast(rows: &[(&str, f64, f64, Option<f64>, f64)]) -> RunTable {
        let mut runs: Vec<Run> = vec![];
        let mut points = Vec::with_capacity(rows.len());
        for &(name, params, tokens, step, loss) in rows {
            if runs.last().is_none_or(|run| run.name != name) {
                runs.push(Run {
                    name: name.to_owned(),
                    ..Run::default()
                });
            }
            points.push(Point {
                run: runs.len() - 1,
                params: Some(Params(params)),
                tokens: Some(Tokens(tokens)),
                step,
                loss: Some(Loss(loss)),
                ..Point::default()
            });
        }
        RunTable::new("t", runs, points, vec![]).unwrap()
    }
}
