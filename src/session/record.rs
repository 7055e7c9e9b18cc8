//! What a project came to when it was saved: a few numbers beside the choices, for people and for comparison.
//!
//! Never used instead of a fit. A project that is opened is fitted anew; where the new fit is not the recorded one to the last
//! bit, somebody should know, and where the data of an earlier save are gone, its record is all that there is of it.

use super::picture::file_name;
use super::{DataId, Derived, FitInput, Session};
use crate::fit::{Ends, FitReport, Uncertainty};
use crate::plan::closed_exponents;
use crate::units::format_significant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// More names of runs than this are counted, not listed: a record stays small.
const NAMED: usize = 2000;

/// A number of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedNumber {
    /// As in formulas and JSON.
    pub name: String,
    /// Unrounded.
    pub value: f64,
    /// Ends of its interval, where that was known; a side may have none.
    #[serde(default)]
    pub interval: Option<Ends>,
    /// It was held.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fixed: bool,
}

/// The runs of one data set that took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedRuns {
    /// Which data set of the session.
    pub data: DataId,
    /// The file's own name.
    pub name: String,
    /// Points of it in the fit.
    pub points: usize,
    /// Runs of it in the fit.
    pub runs: usize,
    /// Their names, in the order of the file; fewer than `runs` where there are very many.
    #[serde(default)]
    pub used: Vec<String>,
}

/// What a project came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Name of the law.
    pub law: String,
    /// Its parameters, in the law's order.
    pub params: Vec<RecordedNumber>,
    /// a and b of N*(C) and D*(C), where the law has them in closed form.
    #[serde(default)]
    pub derived: Vec<RecordedNumber>,
    /// The sum that was minimised.
    pub objective: f64,
    /// Level of the intervals.
    pub level: f64,
    /// Points fitted.
    pub n_used: usize,
    /// Runs among them.
    pub n_runs: usize,
    /// Points left out.
    pub n_excluded: usize,
    /// Which runs, a data set each.
    #[serde(default)]
    pub runs: Vec<RecordedRuns>,
}

impl Record {
    /// Of the present fit, with its intervals as far as they are known; `None` where there is no fit to be relied on.
    pub fn of(session: &Session, derived: &Derived, known: Option<Uncertainty<'_>>) -> Option<Self> {
        let fit = &derived.fit;
        let (report, input) = (derived.report()?, fit.input.as_deref()?);
        if fit.draft || !report.converged() {
            return None;
        }
        let level = session.fit.level;
        let finite = |ends: Ends| ends.map(|end| end.filter(|end| end.is_finite()));
        let params = report
            .params
            .iter()
            .enumerate()
            .map(|(index, estimate)| RecordedNumber {
                name: estimate.name.clone(),
                value: estimate.value,
                interval: known
                    .and_then(|known| known.of_parameter(report, index, level))
                    .map(finite),
                fixed: estimate.fixed,
            });
        let record = Self {
            law: report.law.name().to_owned(),
            params: params.collect(),
            derived: exponents(report, known, level),
            objective: report.value,
            level,
            n_used: report.n_used,
            n_runs: report.n_runs,
            n_excluded: input.left_out.len(),
            runs: runs(session, input),
        };
        // JSON has no other numbers.
        let numbers = record.params.iter().chain(&record.derived).map(|number| number.value);
        numbers.chain([record.objective]).all(f64::is_finite).then_some(record)
    }

    /// Without the names of runs, where there is little room.
    #[must_use]
    pub fn brief(mut self) -> Self {
        for runs in &mut self.runs {
            runs.used.clear();
        }
        self
    }

    /// In words, in what a fit of the same choices is another one; `None` where it is the same to the last bit.
    pub fn moved(&self, report: &FitReport, input: &FitInput) -> Option<String> {
        let same = |(before, now): (&RecordedNumber, &crate::fit::Estimate)| {
            before.name == now.name && before.value.to_bits() == now.value.to_bits()
        };
        let pairs = || self.params.iter().zip(&report.params);
        let counts = [
            (self.n_used, report.n_used, "fitted"),
            (self.n_excluded, input.left_out.len(), "left out"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(before, now, _)| before != now)
            .map(|(before, now, what)| format!("{now} points are {what} instead of {before}"))
            .collect();
        let mut parts = vec![];
        for pair in pairs().filter(|pair| !same(*pair)) {
            let [before, now] = told_apart(pair.0.value, pair.1.value);
            let verb = if parts.is_empty() { " moved" } else { "" };
            parts.push(format!("{}{verb} from {before} to {now}", pair.1.name));
        }
        if parts.is_empty() && counts.is_empty() {
            return None;
        }
        if parts.is_empty() {
            parts.push("its parameters are the same".to_owned());
        }
        parts.extend(counts);
        Some(format!(
            "The fit is not the one that the project was saved with: {}.",
            parts.join(", ")
        ))
    }
}

/// a and b, where the law has them.
fn exponents(report: &FitReport, known: Option<Uncertainty<'_>>, level: f64) -> Vec<RecordedNumber> {
    let law = report.law.law();
    let of = |theta: &[f64]| closed_exponents(law, theta);
    let Some(values) = of(&report.theta()) else {
        return vec![];
    };
    let names = ["a", "b"].into_iter().enumerate();
    names
        .map(|(index, name)| {
            let one = |theta: &[f64]| of(theta).map_or(f64::NAN, |pair| pair[index]);
            RecordedNumber {
                name: name.to_owned(),
                value: values[index],
                interval: known
                    .and_then(|known| known.interval(level, one))
                    .map(|ends| ends.map(Some)),
                fixed: false,
            }
        })
        .collect()
}

/// Which runs take part, a data set each.
fn runs(session: &Session, input: &FitInput) -> Vec<RecordedRuns> {
    let mut found: Vec<RecordedRuns> = vec![];
    let mut named = 0;
    for part in &input.tables {
        let mut seen = vec![false; part.table.runs().len()];
        for &point in &part.selected.used {
            let data = part.source(point);
            let place = found.iter().position(|runs| runs.data == data).unwrap_or_else(|| {
                let set = session.data_set(data);
                found.push(RecordedRuns {
                    data,
                    name: set.map_or_else(String::new, |set| file_name(&set.source)),
                    points: 0,
                    runs: 0,
                    used: vec![],
                });
                found.len() - 1
            });
            let runs = &mut found[place];
            runs.points += 1;
            if !std::mem::replace(&mut seen[part.table.run_of(point)], true) {
                runs.runs += 1;
                if named < NAMED {
                    runs.used.push(part.table.run_name(point).to_owned());
                    named += 1;
                }
            }
        }
    }
    found
}

/// Two numbers in as few digits as tell them apart, four at least.
pub(super) fn told_apart(a: f64, b: f64) -> [String; 2] {
    let written = |digits: usize| [a, b].map(|value| format_significant(value, digits));
    let apart = |texts: &[String; 2]| texts[0] != texts[1];
    (4..17).map(written).find(apart).unwrap_or_else(|| written(17))
}

/// The record that a project came with, and the session that it is a record of.
#[derive(Debug, Clone)]
pub struct Recorded {
    of: Session,
    record: Arc<Record>,
}

impl Recorded {
    pub(super) fn new(of: Session, record: Record) -> Self {
        Self {
            of,
            record: Arc::new(record),
        }
    }

    /// What it says.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Whether a session asks for the very fit that was recorded: of the same files, as far as the user did not accept another
    /// content, by the same choices.
    pub(super) fn is_of(&self, session: &Session) -> bool {
        fn files(session: &Session) -> impl Iterator<Item = impl PartialEq> {
            let sets = session.shown();
            sets.map(|set| (set.id, &set.source, &set.import, &set.sha256))
        }
        fn choices(session: &Session) -> impl PartialEq {
            let fit = &session.fit;
            (
                (
                    &session.selection,
                    session.quantities,
                    session.join,
                    &session.exclusions,
                ),
                (&fit.config, &fit.x, &fit.y, fit.hold_out),
            )
        }
        files(session).eq(files(&self.of)) && choices(session) == choices(&self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::ImportOptions;
    use crate::session::{Action, DataAction, Source, Workspace};

    fn example() -> Workspace {
        let mut workspace = Workspace::new(Session::default());
        let open = DataAction::Open(vec![(Source::Example, ImportOptions::default())]);
        let tasks = workspace.act(Action::Data(open), None);
        workspace.settle(tasks);
        workspace
    }

    fn record(workspace: &Workspace) -> Record {
        let (session, derived) = (workspace.session(), workspace.derived());
        Record::of(session, derived, derived.uncertainty(session.fit.interval)).unwrap()
    }

    #[test]
    fn a_record_has_every_digit_and_comes_back_from_its_text() {
        let workspace = example();
        let record = record(&workspace);
        let report = workspace.derived().report().unwrap();
        assert_eq!(record.params[0].value.to_bits(), report.params[0].value.to_bits());
        assert!(
            record
                .params
                .iter()
                .chain(&record.derived)
                .all(|n| n.interval.is_some())
        );
        assert_eq!(record.runs[0].used.len(), report.n_runs);
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
        assert!(record.brief().runs[0].used.is_empty());
        assert!(Record::of(&Session::default(), &Derived::default(), None).is_none());
    }

    #[test]
    fn another_fit_is_told_to_the_last_bit() {
        let workspace = example();
        let known = record(&workspace);
        let derived = workspace.derived();
        let (mut report, input) = (derived.report().unwrap().clone(), derived.fit.input.clone().unwrap());
        assert_eq!(known.moved(&report, &input), None);
        let before = report.params[0].value;
        report.params[0].value = f64::from_bits(before.to_bits() + 1);
        let told = known.moved(&report, &input).unwrap();
        let [a, b] = told_apart(before, report.params[0].value);
        assert!(a != b && told.contains(&format!("E moved from {a} to {b}")), "{told}");
        report.params[0].value = before;
        report.n_used += 1;
        let told = known.moved(&report, &input).unwrap();
        assert!(told.contains("its parameters are the same") && told.contains("points are fitted instead of"));
    }

    #[test]
    fn a_record_is_of_the_same_question_only() {
        let workspace = example();
        let recorded = Recorded::new(workspace.session().clone(), record(&workspace));
        let mut other = workspace.session().clone();
        other.plan.budget = crate::units::Flops(1e21);
        assert!(recorded.is_of(&other));
        other.selection.drop_highest_loss = 3;
        assert!(!recorded.is_of(&other));
    }
}
