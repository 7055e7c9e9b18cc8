//! The order in which the points of a run were measured.
//!
//! A run is ordered by what all of its points have: steps, else tokens, else their place in the file. Anything else would
//! depend on where one began to compare. Among equals the later row is the later: it overwrote the other after a restart.

use super::{Numbers, Role, RunTable};
use rayon::prelude::*;
use std::cmp::Ordering;

/// What orders the points of each run.
pub(super) struct Progress<'a> {
    steps: Option<&'a Numbers>,
    tokens: Option<&'a Numbers>,
    by: Vec<By>,
}

/// What orders the points of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Steps,
    Tokens,
    File,
}

impl<'a> Progress<'a> {
    /// For these points of a table.
    pub(super) fn of(table: &'a RunTable, points: &[usize]) -> Self {
        let (steps, tokens) = (table.quantity(Role::Step), table.quantity(Role::Tokens));
        let runs = table.runs().len();
        let complete = |numbers: Option<&Numbers>| {
            let mut complete = vec![numbers.is_some(); runs];
            if numbers.is_some_and(Numbers::is_complete) {
                return complete;
            }
            for &point in points {
                complete[table.run_of(point)] &= numbers.is_some_and(|numbers| numbers.get(point).is_some());
            }
            complete
        };
        let by = complete(steps)
            .into_iter()
            .zip(complete(tokens))
            .map(|complete| match complete {
                (true, _) => By::Steps,
                (false, true) => By::Tokens,
                (false, false) => By::File,
            })
            .collect();
        Self { steps, tokens, by }
    }

    /// What orders a run.
    pub(super) fn by(&self, run: usize) -> By {
        self.by[run]
    }

    /// How far a run was at a point; `None` where only the place in the file tells.
    pub(super) fn at(&self, run: usize, point: usize) -> Option<f64> {
        match self.by[run] {
            By::Steps => self.steps?.get(point),
            By::Tokens => self.tokens?.get(point),
            By::File => None,
        }
    }

    /// The order of two points of a run.
    pub(super) fn compare(&self, run: usize, a: usize, b: usize) -> Ordering {
        let (at_a, at_b) = (self.at(run, a), self.at(run, b));
        at_a.partial_cmp(&at_b).unwrap_or(Ordering::Equal)
    }
}

/// The points of each run in the order of their measurement.
pub(super) struct Curves<'a> {
    pub(super) progress: Progress<'a>,
    points: Vec<usize>,
    /// Where the points of each run begin; one more than there are runs.
    starts: Vec<usize>,
}

impl<'a> Curves<'a> {
    /// Of these points, given in the order of the file. Runs in parallel.
    pub(super) fn of(table: &'a RunTable, chosen: Vec<usize>) -> Self {
        let progress = Progress::of(table, &chosen);
        let runs = table.runs().len();
        let mut starts = vec![0; runs + 1];
        for &point in &chosen {
            starts[table.run_of(point) + 1] += 1;
        }
        for run in 0..runs {
            starts[run + 1] += starts[run];
        }
        let mut points = match chosen.is_sorted_by_key(|&point| table.run_of(point)) {
            // Mostly the runs of a file stand together.
            true => chosen,
            false => by_run(table, &chosen, starts.clone()),
        };
        let mut curves = Vec::new();
        let mut rest = points.as_mut_slice();
        for run in 0..runs {
            let (curve, tail) = rest.split_at_mut(starts[run + 1] - starts[run]);
            rest = tail;
            if curve.len() > 1 {
                curves.push((run, curve));
            }
        }
        curves
            .into_par_iter()
            .for_each(|(run, curve)| curve.sort_by(|&a, &b| progress.compare(run, a, b)));
        Self {
            progress,
            points,
            starts,
        }
    }

    /// The points of a run.
    pub(super) fn run(&self, run: usize) -> &[usize] {
        &self.points[self.starts[run]..self.starts[run + 1]]
    }
}

/// Points by their runs, of each in the order of the file; `next` is where the points of each run begin.
fn by_run(table: &RunTable, chosen: &[usize], mut next: Vec<usize>) -> Vec<usize> {
    let mut points = vec![0; chosen.len()];
    for &point in chosen {
        let place = &mut next[table.run_of(point)];
        points[*place] = point;
        *place += 1;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Point, Run};
    use crate::units::Tokens;

    #[test]
    fn steps_go_before_tokens_and_tokens_before_the_file() {
        let run = |name: &str| Run {
            name: name.into(),
            ..Run::default()
        };
        let point = |run, step: Option<f64>, tokens: Option<f64>| Point {
            run,
            step,
            tokens: tokens.map(Tokens),
            ..Point::default()
        };
        let points = vec![
            point(0, Some(20.0), Some(1.0)),
            point(0, Some(10.0), Some(2.0)),
            point(1, Some(5.0), Some(9.0)),
            point(1, None, Some(3.0)),
            point(2, Some(2.0), None),
            point(2, None, Some(1.0)),
            point(0, Some(20.0), Some(0.5)),
        ];
        let table = RunTable::new("t", vec![run("a"), run("b"), run("c"), run("d")], points, vec![]).unwrap();
        let curves = Curves::of(&table, vec![0, 1, 2, 3, 4, 5, 6]);
        let runs: Vec<&[usize]> = (0..4).map(|run| curves.run(run)).collect();
        assert_eq!(runs, [&[1, 0, 6][..], &[3, 2], &[4, 5], &[]]);
        assert_eq!(curves.progress.by(1), By::Tokens);
    }
}
