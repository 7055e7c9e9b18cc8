//! Runs and points that the user left out by hand, each with a reason.
//!
//! They are known by name and line, not by place: a file that is read again, with a column corrected, keeps them.

use super::{DataId, TableSelection};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A run of a data set, or one of its points.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunKey {
    /// Which data set.
    pub data: DataId,
    /// Name of the run; runs of one data set that share it are meant together.
    pub run: String,
    /// Line of the point in the file; `None` is the whole run.
    #[serde(default)]
    pub line: Option<u64>,
}

/// Something left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// What.
    #[serde(flatten)]
    pub of: RunKey,
    /// In words.
    pub reason: String,
}

/// Leaves runs out, for a reason that takes the place of an earlier one.
pub(super) fn exclude(exclusions: &mut Vec<Exclusion>, what: Vec<RunKey>, reason: &str) {
    for of in what {
        match exclusions.iter_mut().find(|exclusion| exclusion.of == of) {
            Some(known) => reason.clone_into(&mut known.reason),
            None => exclusions.push(Exclusion {
                of,
                reason: reason.to_owned(),
            }),
        }
    }
}

/// Lets runs take part again; a whole run brings its points back with it.
pub(super) fn restore(exclusions: &mut Vec<Exclusion>, what: &[RunKey]) {
    exclusions.retain(|Exclusion { of, .. }| {
        let back =
            |key: &RunKey| (of.data, &of.run) == (key.data, &key.run) && (key.line.is_none() || key.line == of.line);
        !what.iter().any(back)
    });
}

/// `3 runs`, `1 point`, for labels.
pub(super) fn counted(what: &[RunKey]) -> String {
    let noun = if what.iter().any(|key| key.line.is_some()) {
        "point"
    } else {
        "run"
    };
    match what.len() {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// The exclusions of one table, laid out by run.
#[derive(Debug)]
pub struct ByHand<'a> {
    table: &'a TableSelection,
    runs: HashMap<usize, Vec<&'a Exclusion>>,
}

impl<'a> ByHand<'a> {
    /// Of these exclusions, those that mean something in the table.
    pub fn of(table: &'a TableSelection, exclusions: &'a [Exclusion]) -> Self {
        let mut named: HashMap<&str, Vec<&Exclusion>> = HashMap::new();
        for exclusion in exclusions.iter().filter(|exclusion| table.holds(exclusion.of.data)) {
            named.entry(&exclusion.of.run).or_default().push(exclusion);
        }
        let mut runs = HashMap::new();
        if !named.is_empty() {
            for (run, about) in table.table.runs().iter().enumerate() {
                if let Some(exclusions) = named.get(about.name.as_str()) {
                    runs.insert(run, exclusions.clone());
                }
            }
        }
        Self { table, runs }
    }

    /// Why a point is left out, if it is.
    pub fn reason(&self, point: usize) -> Option<&'a str> {
        if self.runs.is_empty() {
            return None;
        }
        let exclusions = self.runs.get(&self.table.table.run_of(point))?;
        let meant = exclusions.iter().find(|exclusion| match exclusion.of.line {
            None => true,
            Some(line) => {
                let here = (self.table.source(point), self.table.table.points().get(point).line);
                here == (exclusion.of.data, line)
            }
        });
        meant.map(|exclusion| exclusion.reason.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(run: &str, line: Option<u64>) -> RunKey {
        RunKey {
            data: DataId(1),
            run: run.to_owned(),
            line,
        }
    }

    #[test]
    fn a_run_comes_back_with_its_points() {
        let mut exclusions = vec![];
        exclude(
            &mut exclusions,
            vec![key("a", None), key("b", Some(3)), key("b", Some(4))],
            "noisy",
        );
        exclude(&mut exclusions, vec![key("a", None)], "diverged");
        let reasons: Vec<&str> = exclusions.iter().map(|exclusion| exclusion.reason.as_str()).collect();
        assert_eq!(reasons, ["diverged", "noisy", "noisy"]);
        restore(&mut exclusions, &[key("b", Some(4))]);
        assert_eq!(exclusions.len(), 2);
        restore(&mut exclusions, &[key("b", None)]);
        assert_eq!(exclusions[0].of, key("a", None));
        assert_eq!(counted(&[key("a", None), key("b", None)]), "2 runs");
        assert_eq!(counted(&[key("a", Some(3))]), "1 point");
    }

    #[test]
    fn saved_flat() {
        let exclusion = Exclusion {
            of: key("a", None),
            reason: "diverged".to_owned(),
        };
        let text = serde_json::to_string(&exclusion).unwrap();
        assert_eq!(text, r#"{"data":1,"run":"a","line":null,"reason":"diverged"}"#);
        assert_eq!(serde_json::from_str::<Exclusion>(&text).unwrap(), exclusion);
    }
}
