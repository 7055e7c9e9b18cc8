//! The learning curves of tables: which quantity they run over, their points, how they end.
//!
//! A run has a curve where its held-out loss is known at two or more places; where no held-out loss is known at two, its
//! training loss stands in. Curves run over tokens, unless more runs have one over steps: a table may give each row the
//! tokens of the whole run.

use crate::data::{Numbers, Role, RunTable};
use crate::figure::{Datum, Pyramid, Scale};
use crate::plan::{Turn, onset};
use std::sync::Arc;

/// So many curves have names at their ends, and their training losses beside them.
pub(super) const FEW: usize = 8;

/// Of a table of more points than this, turns are not looked for: a crowd of curves does not show them.
const TURNS: usize = 100_000;

/// One run's curve.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) table: usize,
    pub(super) run: usize,
    pub(super) params: Option<f64>,
    pub(super) points: Arc<Pyramid>,
    /// The training loss, where there is a held-out loss as well and curves are few.
    pub(super) training: Option<Arc<Pyramid>>,
    /// The training loss stands in for the other.
    pub(super) stands_in: bool,
    /// Where its held-out loss is lowest, if it has risen since; not looked for on very many points.
    pub(super) turn: Option<[f64; 2]>,
    /// Index of the point at its end.
    pub(super) end: usize,
    /// Nothing finite came after the end.
    pub(super) diverged: bool,
    /// Where restarts joined on, in data units.
    pub(super) seams: Vec<[f64; 2]>,
}

/// A trace with what the selection says of its run.
pub(super) struct Styled<'a> {
    pub(super) trace: &'a Trace,
    pub(super) name: &'a str,
    pub(super) excluded: bool,
}

impl Styled<'_> {
    pub(super) fn end(&self) -> Datum {
        Datum {
            table: self.trace.table,
            point: self.trace.end,
        }
    }

    pub(super) fn last(&self) -> [f64; 2] {
        self.trace.points.last().unwrap_or([f64::NAN; 2])
    }
}

/// Every curve of some tables.
#[derive(Debug)]
pub(super) struct Traces {
    pub(super) curves: Vec<Trace>,
    /// Runs without a curve.
    pub(super) without: usize,
    /// Checkpoints on the curves.
    pub(super) checkpoints: usize,
    /// Points that a log axis has no place for, at step 0.
    pub(super) at_zero: usize,
    /// Over tokens, else over steps.
    pub(super) over_tokens: bool,
    /// Of the loss; linear where a loss is not positive.
    pub(super) y: Scale,
}

/// The columns of a table that curves are made of.
struct Columns<'a> {
    tokens: Option<&'a Numbers>,
    steps: Option<&'a Numbers>,
    loss: Option<&'a Numbers>,
    training: Option<&'a Numbers>,
    /// Points of each run.
    of_run: Vec<Vec<u32>>,
    /// Those of them that diverged.
    diverged: Vec<Vec<u32>>,
}

fn value(numbers: Option<&Numbers>, point: u32) -> Option<f64> {
    numbers?.get(point as usize)
}

impl<'a> Columns<'a> {
    fn of(table: &'a RunTable) -> Self {
        let mut of_run = vec![vec![]; table.runs().len()];
        let mut diverged = of_run.clone();
        for (index, point) in table.points().iter().enumerate() {
            of_run[point.run].push(index as u32);
            if point.diverged {
                diverged[point.run].push(index as u32);
            }
        }
        Self {
            tokens: table.quantity(Role::Tokens),
            steps: table.quantity(Role::Step),
            loss: table.quantity(Role::Loss),
            training: table.quantity(Role::TrainLoss),
            of_run,
            diverged,
        }
    }

    /// The loss of a run that its curve shows, and whether it is the training loss; `None` where it has no curve.
    fn shown(&self, run: usize, over: Option<&Numbers>) -> Option<(Option<&'a Numbers>, bool)> {
        let several = |loss: Option<&Numbers>| {
            let mut places = self.of_run[run]
                .iter()
                .filter(|point| value(loss, **point).is_some())
                .filter_map(|point| value(over, *point));
            places.next().is_some_and(|first| places.any(|other| other != first))
        };
        [(self.loss, false), (self.training, true)]
            .into_iter()
            .find(|(loss, _)| several(*loss))
    }
}

impl Traces {
    pub(super) fn of(tables: &[&RunTable]) -> Self {
        let columns: Vec<Columns<'_>> = tables.iter().map(|table| Columns::of(table)).collect();
        let count = |tokens: bool| -> usize {
            let over = |columns: &Columns<'_>, run| {
                columns
                    .shown(run, if tokens { columns.tokens } else { columns.steps })
                    .is_some()
            };
            columns
                .iter()
                .map(|columns| (0..columns.of_run.len()).filter(|run| over(columns, *run)).count())
                .sum()
        };
        let (by_tokens, by_steps) = (count(true), count(false));
        let over_tokens = by_tokens >= by_steps;
        let few = by_tokens.max(by_steps) <= FEW;
        let losses = columns
            .iter()
            .flat_map(|columns| [columns.loss, columns.training])
            .flatten();
        let positive = losses.flat_map(Numbers::iter).flatten().all(|loss| loss > 0.0);
        let mut found = Self {
            curves: vec![],
            without: 0,
            checkpoints: 0,
            at_zero: 0,
            over_tokens,
            y: if positive { Scale::Log } else { Scale::Linear },
        };
        for (index, columns) in columns.iter().enumerate() {
            for run in 0..columns.of_run.len() {
                match found.trace(index, tables[index], columns, run, few) {
                    Some(trace) => found.curves.push(trace),
                    None => found.without += usize::from(!columns.of_run[run].is_empty()),
                }
            }
        }
        found
    }

    fn trace(&mut self, index: usize, table: &RunTable, columns: &Columns<'_>, run: usize, few: bool) -> Option<Trace> {
        let over = if self.over_tokens {
            columns.tokens
        } else {
            columns.steps
        };
        let (loss, stands_in) = columns.shown(run, over)?;
        let own = &columns.of_run[run];
        let place = |point: u32, loss| Some([value(over, point)?, value(loss, point)?]);
        let pyramid = |loss| {
            Arc::new(Pyramid::new(
                own.iter().filter_map(|point| place(*point, loss)),
                Scale::Log,
                self.y,
            ))
        };
        let points = pyramid(loss);
        let known = own.iter().filter(|point| place(**point, loss).is_some());
        let at_zero = known.clone().count() - points.len();
        // The later row wins among equals, as in the selection.
        let end = known.copied().reduce(|best, point| {
            if value(over, point) >= value(over, best) {
                point
            } else {
                best
            }
        })?;
        if points.len() < 2 {
            return None;
        }
        self.at_zero += at_zero;
        self.checkpoints += points.len();
        let beyond = |point: &u32| match value(over, *point).zip(value(over, end)) {
            Some((here, end)) => here >= end,
            None => *point > end,
        };
        // A seam is a step; on an axis of tokens it stands at the first point from that step on.
        let step = |point: &u32| value(columns.steps, *point);
        let joined = |seam: f64| {
            let after = own.iter().filter(|point| step(point).is_some_and(|step| step >= seam));
            value(
                over,
                *after.min_by(|a, b| step(a).unwrap_or(seam).total_cmp(&step(b).unwrap_or(seam)))?,
            )
        };
        let at = |seam: &f64| points.at(if self.over_tokens { joined(*seam)? } else { *seam });
        let seams: Vec<[f64; 2]> = table.runs()[run].seams.iter().filter_map(at).collect();
        Some(Trace {
            table: index,
            run,
            params: own
                .iter()
                .find_map(|point| table.points().get(*point as usize).model_size())
                .map(|n| n.0),
            training: (few && !stands_in)
                .then(|| pyramid(columns.training))
                .filter(|training| training.len() > 1),
            stands_in,
            turn: (!stands_in && table.points().len() <= TURNS)
                .then(|| turn(&points))
                .flatten(),
            end: end as usize,
            diverged: columns.diverged[run].iter().any(beyond),
            seams,
            points,
        })
    }
}

/// The lowest smoothed loss of a curve that rises after it.
fn turn(points: &Pyramid) -> Option<[f64; 2]> {
    let found = onset(&points.iter().collect::<Vec<_>>())?;
    (found.turn == Turn::Rises).then_some([found.tokens, found.loss])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Point, Run};
    use crate::units::{Loss, Params, Tokens};

    /// Rows of run, step, tokens, loss and training loss; NaN is unknown, an infinite loss a divergence.
    fn table(rows: &[(usize, f64, f64, f64, f64)], seams: &[f64]) -> RunTable {
        let runs = (0..3).map(|index| Run {
            name: format!("r{index}"),
            seams: if index == 0 { seams.to_vec() } else { vec![] },
            ..Run::default()
        });
        let known = |value: f64| Some(value).filter(|v| v.is_finite());
        let points = rows.iter().map(|&(run, step, tokens, loss, training)| Point {
            run,
            params: Some(Params(1e6 * (run + 1) as f64)),
            step: known(step),
            tokens: known(tokens).map(Tokens),
            loss: known(loss).map(Loss),
            train_loss: known(training).map(Loss),
            diverged: loss.is_infinite(),
            ..Point::default()
        });
        RunTable::new("t", runs.collect(), points.collect(), vec![]).unwrap()
    }

    const NONE: f64 = f64::NAN;

    #[test]
    fn tokens_go_before_steps_unless_they_stand_still() {
        let moving = table(&[(0, 1.0, 10.0, 3.0, NONE), (0, 2.0, 20.0, 2.0, NONE)], &[]);
        assert!(Traces::of(&[&moving]).over_tokens);
        let still = table(&[(0, 1.0, 20.0, 3.0, NONE), (0, 2.0, 20.0, 2.0, NONE)], &[]);
        let traces = Traces::of(&[&still]);
        assert!(!traces.over_tokens);
        assert_eq!(traces.curves[0].points.last().unwrap()[0].round(), 2.0);
    }

    #[test]
    fn a_run_of_one_point_has_no_curve_and_training_stands_in() {
        let rows = [
            (0, 1.0, 10.0, NONE, 3.5),
            (0, 2.0, 20.0, NONE, 2.5),
            (1, 1.0, 10.0, 3.0, 3.1),
            (2, 1.0, 10.0, 3.0, 3.1),
            (2, 2.0, 20.0, 2.0, 2.1),
        ];
        let traces = Traces::of(&[&table(&rows, &[])]);
        assert_eq!((traces.curves.len(), traces.without, traces.checkpoints), (2, 1, 4));
        let kinds: Vec<_> = traces
            .curves
            .iter()
            .map(|c| (c.run, c.stands_in, c.training.is_some()))
            .collect();
        assert_eq!(kinds, [(0, true, false), (2, false, true)]);
    }

    #[test]
    fn ends_seams_and_divergence() {
        let rows = [
            (0, 3.0, 30.0, 2.5, NONE),
            (0, 0.0, NONE, 9.0, NONE),
            (0, 1.0, 10.0, 3.0, NONE),
            (0, 2.0, 20.0, 2.7, NONE),
            (0, 4.0, 40.0, f64::INFINITY, NONE),
            (1, 1.0, 10.0, f64::INFINITY, NONE),
            (1, 2.0, 20.0, 3.0, NONE),
            (1, 3.0, 30.0, 2.9, NONE),
        ];
        let traces = Traces::of(&[&table(&rows, &[2.0])]);
        let [first, second] = &traces.curves[..] else {
            panic!("two curves")
        };
        assert_eq!((first.end, first.diverged), (0, true));
        assert_eq!((second.end, second.diverged), (7, false), "it recovered");
        assert_eq!(first.seams.len(), 1);
        assert!((first.seams[0][0] - 20.0).abs() < 1e-9 && (first.seams[0][1] - 2.7).abs() < 1e-9);
        assert_eq!(traces.y, Scale::Log);
        let below_zero = table(
            &[
                (0, 0.0, NONE, 0.1, NONE),
                (0, 1.0, NONE, 0.1, NONE),
                (0, 2.0, NONE, -0.1, NONE),
            ],
            &[],
        );
        let traces = Traces::of(&[&below_zero]);
        assert_eq!((traces.y, traces.at_zero, traces.checkpoints), (Scale::Linear, 1, 2));
    }
}
