//! Which points take part in a fit, and why the others do not.
//!
//! In this order: checkpoints (earlier ones of a run are not considered at all, nor are points without a loss), then
//! points left out by hand, diverged points, rules, the filter, and the highest losses among what is left.
//!
//! Dropping the K highest losses leaves out exactly K points, the earlier in the table among equals. The published
//! protocol keeps losses strictly below the K-th highest; for distinct losses that is the same.

use super::progress::Progress;
use super::{BoundRules, Expression, ExpressionError, Role, Rule, RuleOutcome, RunTable};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Which checkpoints of a run count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checkpoints {
    /// Only the last of each run.
    #[default]
    Final,
    /// Every one.
    All,
}

/// What the user chose.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Which checkpoints.
    pub checkpoints: Checkpoints,
    /// Rows to keep, as text; empty keeps all.
    pub keep: String,
    /// Rules that leave rows out.
    pub rules: Vec<Rule>,
    /// Leave out this many points with the highest losses.
    pub drop_highest_loss: usize,
}

/// A point that was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Excluded {
    /// Index into the table's points.
    pub point: usize,
    /// In words.
    pub reason: String,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selected {
    /// Points that take part, in table order.
    pub used: Vec<usize>,
    /// Points that were left out by choice, in table order. Earlier checkpoints of a run are not among them.
    pub excluded: Vec<Excluded>,
    /// What each rule says of the points that could take part.
    pub rules: Vec<RuleOutcome>,
}

impl Selection {
    /// Applies the choice.
    ///
    /// # Errors
    /// When the filter cannot be read.
    pub fn apply(&self, table: &RunTable) -> Result<Selected, ExpressionError> {
        self.apply_without(table, |_| None)
    }

    /// Applies the choice to a table of which some points are left out by hand; `by_hand` gives the reason.
    ///
    /// # Errors
    /// When the filter cannot be read.
    pub fn apply_without<'a>(
        &self,
        table: &RunTable,
        by_hand: impl Fn(usize) -> Option<&'a str>,
    ) -> Result<Selected, ExpressionError> {
        let keep = match self.keep.trim() {
            "" => None,
            text => Some((Expression::parse(&self.keep, table)?, format!("not {text}"))),
        };
        let (points, diverged) = (table.points(), table.diverged());
        let rules = BoundRules::of(&self.rules, table);
        let considered = considered(table, self.checkpoints);
        let mut selected = Selected {
            rules: rules.outcomes(table, &considered),
            ..Selected::default()
        };
        for point in considered {
            let diverged = || diverged.binary_search(&point).is_ok().then_some("diverged");
            let filtered = || {
                let (_, reason) = keep.as_ref().filter(|(keep, _)| !keep.keeps(table, point))?;
                Some(reason.as_str())
            };
            let ruled = || rules.reason(table, point);
            let reason = by_hand(point).or_else(diverged).or_else(ruled).or_else(filtered);
            match reason {
                Some(reason) => selected.excluded.push(Excluded {
                    point,
                    reason: reason.to_owned(),
                }),
                None => selected.used.push(point),
            }
        }
        if self.drop_highest_loss > 0 {
            let loss = |point: usize| points.get(point).loss.map_or(f64::NEG_INFINITY, |loss| loss.0);
            let mut highest = selected.used.clone();
            highest.sort_by(|&a, &b| loss(b).total_cmp(&loss(a)));
            highest.truncate(self.drop_highest_loss);
            highest.sort_unstable();
            let reason = match self.drop_highest_loss {
                1 => "the highest loss".to_owned(),
                count => format!("among the {count} highest losses"),
            };
            selected.used.retain(|point| highest.binary_search(point).is_err());
            selected.excluded.extend(highest.into_iter().map(|point| Excluded {
                point,
                reason: reason.clone(),
            }));
            selected.excluded.sort_by_key(|excluded| excluded.point);
        }
        Ok(selected)
    }
}

/// Points with a loss or a divergence, every one or the last of each run, in table order.
fn considered(table: &RunTable, checkpoints: Checkpoints) -> Vec<usize> {
    let loss = table.quantity(Role::Loss);
    let measured = |point: &usize| loss.is_some_and(|loss| loss.get(*point).is_some());
    let diverged = table.diverged();
    let all: Vec<usize> = (0..table.points().len())
        .filter(|point| measured(point) || diverged.binary_search(point).is_ok())
        .collect();
    if checkpoints == Checkpoints::All {
        return all;
    }
    let progress = Progress::of(table, &all);
    let mut last: Vec<Option<usize>> = vec![None; table.runs().len()];
    for &point in &all {
        let run = table.run_of(point);
        let overtaken = last[run].is_none_or(|best| progress.compare(run, point, best) != Ordering::Less);
        if overtaken {
            last[run] = Some(point);
        }
    }
    let mut last: Vec<usize> = last.into_iter().flatten().collect();
    last.sort_unstable();
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Point, Run};
    use crate::units::{Loss, Params, Tokens};

    /// Rows of run, tokens and loss; NaN is a divergence.
    fn table(rows: &[(usize, f64, f64)]) -> RunTable {
        let runs = (0..8)
            .map(|index| Run {
                name: format!("r{index}"),
                ..Run::default()
            })
            .collect();
        let points = rows
            .iter()
            .map(|&(run, tokens, loss)| Point {
                run,
                params: Some(Params(1e9)),
                tokens: Some(Tokens(tokens)),
                loss: (!loss.is_nan()).then_some(Loss(loss)),
                diverged: loss.is_nan(),
                ..Point::default()
            })
            .collect();
        RunTable::new("t", runs, points, vec![]).unwrap()
    }

    fn reasons(selected: &Selected) -> Vec<(usize, &str)> {
        selected.excluded.iter().map(|e| (e.point, e.reason.as_str())).collect()
    }

    #[test]
    fn final_checkpoints_are_not_exclusions() {
        let table = table(&[
            (0, 3e9, 2.0),
            (0, 1e9, 3.0),
            (1, 1e9, 2.5),
            (1, 1e9, 2.4),
            (0, 2e9, 2.2),
        ]);
        let selected = Selection::default().apply(&table).unwrap();
        assert_eq!((selected.used, selected.excluded.len()), (vec![0, 3], 0));
        let all = Selection {
            checkpoints: Checkpoints::All,
            ..Selection::default()
        };
        assert_eq!(all.apply(&table).unwrap().used, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn exclusions_have_reasons() {
        let rows = [
            (0, 1e9, 2.0),
            (1, 9e9, 2.9),
            (2, 2e9, f64::NAN),
            (3, 1e9, 3.0),
            (4, 1e9, 3.0),
            (5, 1e9, 2.5),
        ];
        let selection = Selection {
            keep: " D/N < 5 ".to_owned(),
            drop_highest_loss: 1,
            ..Selection::default()
        };
        let table = table(&rows);
        let selected = selection.apply(&table).unwrap();
        assert_eq!(selected.used, [0, 4, 5]);
        assert_eq!(
            reasons(&selected),
            [(1, "not D/N < 5"), (2, "diverged"), (3, "the highest loss")]
        );
        let two = Selection {
            drop_highest_loss: 2,
            ..Selection::default()
        };
        let selected = two.apply(&table).unwrap();
        assert_eq!(selected.used, [0, 1, 5]);
        assert_eq!(reasons(&selected)[1], (3, "among the 2 highest losses"));
        let broken = Selection {
            keep: "D/N <".to_owned(),
            ..Selection::default()
        };
        assert!(broken.apply(&table).is_err());
    }

    #[test]
    fn rules_leave_out_what_they_match_with_their_text_as_the_reason() {
        let table = table(&[(0, 1e9, 2.0), (1, 9e9, 2.9), (2, 2e9, f64::NAN), (3, 3e9, 2.5)]);
        let rule = |text: &str, on: bool| Rule {
            text: text.to_owned(),
            on,
        };
        let selection = Selection {
            rules: vec![
                rule("D/N > 5", true),
                rule("D/N < 3", false),
                rule("state = crashed", true),
                rule("D/N > 2", true),
            ],
            ..Selection::default()
        };
        let selected = selection.apply(&table).unwrap();
        assert_eq!(selected.used, [0]);
        assert_eq!(reasons(&selected), [(1, "D/N > 5"), (2, "diverged"), (3, "D/N > 2")]);
        let counts: Vec<Option<usize>> = selected.rules.iter().map(|rule| rule.clone().ok()).collect();
        assert_eq!(
            counts,
            [Some(1), Some(2), None, Some(2)],
            "a table without the column leaves its runs in"
        );
        // Sessions from before there were rules have none.
        let old: Selection =
            serde_json::from_str(r#"{"checkpoints":"final","keep":"","drop_highest_loss":0}"#).unwrap();
        assert_eq!(old, Selection::default());
    }

    #[test]
    fn dropping_more_than_there_are_leaves_none() {
        let selection = Selection {
            drop_highest_loss: 9,
            ..Selection::default()
        };
        let selected = selection.apply(&table(&[(0, 1e9, 2.0), (1, 1e9, 2.0)])).unwrap();
        assert_eq!((selected.used.len(), selected.excluded.len()), (0, 2));
    }
}
