//! How the loss of one model goes with the tokens it saw, whatever the file calls that: the checkpoints of a run, or runs
//! that differ in their length alone.
//!
//! What is kept of each is small, however many checkpoints there are: where its held-out loss turns up, and the places
//! where its smoothed loss was lower than ever before.

use super::context::Context;
use crate::data::{Numbers, Role, RunTable};
use crate::figure::Datum;
use crate::plan::{Onset, Turn, by_tokens, onset, smooth};
use std::collections::{BTreeMap, HashSet};

/// The losses of one model on one set of unique tokens.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) params: f64,
    /// U, where the file has it.
    pub(super) unique: Option<f64>,
    /// Where it turns, where that can be asked of it.
    pub(super) onset: Option<Onset>,
    /// D and smoothed loss at every new low, the first measurement included.
    lows: Vec<[f64; 2]>,
    /// Its longest measurement.
    pub(super) end: Datum,
    /// Left out of the fit.
    pub(super) excluded: bool,
}

impl Series {
    /// `held_out`: the losses are of tokens that it was not trained on.
    fn new(params: f64, unique: Option<f64>, points: &[[f64; 2]], end: Datum, held_out: bool) -> Option<Self> {
        let curve = by_tokens(points);
        let (first, last) = (curve.first()?, curve.last()?);
        if first[0] == last[0] {
            return None;
        }
        let smoothed = smooth(&curve.iter().map(|point| point[1]).collect::<Vec<_>>());
        let mut lows: Vec<[f64; 2]> = vec![];
        for (point, loss) in curve.iter().zip(smoothed) {
            if lows.last().is_none_or(|low| loss < low[1]) {
                lows.push([point[0], loss]);
            }
        }
        // Tokens that are all new cannot be learnt by heart: no turn is expected, and none missing.
        let fresh = unique.is_some_and(|unique| last[0] <= unique);
        let onset = onset(points).filter(|onset| held_out && (onset.turn != Turn::NotYet || !fresh));
        Some(Self {
            params,
            unique,
            onset,
            lows,
            end,
            excluded: false,
        })
    }

    /// The D at which the loss is first as low as this, between measurements by a line in ln D; `None` where it never is, or
    /// was from the first.
    pub(super) fn reaches(&self, loss: f64) -> Option<f64> {
        let after = self.lows.partition_point(|low| low[1] > loss);
        let (from, to) = (self.lows.get(after.checked_sub(1)?)?, self.lows.get(after)?);
        let share = (from[1] - loss) / (from[1] - to[1]);
        Some(from[0] * (to[0] / from[0]).powf(share))
    }

    /// The highest and the lowest loss it had.
    pub(super) fn losses(&self) -> (f64, f64) {
        let of = |low: Option<&[f64; 2]>| low.map_or(f64::NAN, |low| low[1]);
        (of(self.lows.first()), of(self.lows.last()))
    }
}

/// The runs of some tables that have several checkpoints over tokens.
#[derive(Debug)]
pub(super) struct Courses(BTreeMap<(usize, usize), Series>);

impl Courses {
    pub(super) fn of(tables: &[&RunTable]) -> Self {
        let mut found = BTreeMap::new();
        for (index, table) in tables.iter().enumerate() {
            let Some(tokens) = table.quantity(Role::Tokens) else {
                continue;
            };
            let mut of_run: Vec<Vec<u32>> = vec![vec![]; table.runs().len()];
            for (place, point) in table.points().iter().enumerate() {
                of_run[point.run].push(place as u32);
            }
            for (run, own) in of_run.iter().enumerate().filter(|(_, own)| own.len() > 1) {
                if let Some(series) = course(index, table, tokens, own) {
                    found.insert((index, run), series);
                }
            }
        }
        Self(found)
    }

    /// These, and what runs of one point make together: same table, N and U.
    pub(super) fn with_lengths(&self, context: &Context<'_>) -> Vec<Series> {
        let excluded = context.excluded_runs();
        let courses = self.0.iter().map(|(key, series)| Series {
            excluded: excluded.contains(key),
            ..series.clone()
        });
        courses
            .chain(lengths(context, &self.0.keys().copied().collect()))
            .collect()
    }
}

/// The series of one run.
fn course(index: usize, table: &RunTable, tokens: &Numbers, own: &[u32]) -> Option<Series> {
    let points = |role: Role| -> Vec<[f64; 2]> {
        let loss = table.quantity(role);
        let at = |place: &u32| Some([tokens.get(*place as usize)?, loss?.get(*place as usize)?]);
        own.iter().filter_map(at).collect()
    };
    let end = own.iter().copied().max_by(|a, b| {
        tokens
            .get(*a as usize)
            .partial_cmp(&tokens.get(*b as usize))
            .unwrap_or(std::cmp::Ordering::Equal)
    })?;
    let rows = || own.iter().map(|place| table.points().get(*place as usize));
    let params = rows().find_map(|row| row.model_size())?.0;
    let unique = rows().find_map(|row| row.unique_tokens).map(|unique| unique.0);
    let end = Datum {
        table: index,
        point: end as usize,
    };
    Series::new(params, unique, &points(Role::Loss), end, true)
        .or_else(|| Series::new(params, unique, &points(Role::TrainLoss), end, false))
}

/// Where a measurement stands, and which it is.
type Place = ([f64; 2], Datum);

/// The series of runs of one point each.
fn lengths(context: &Context<'_>, with_course: &HashSet<(usize, usize)>) -> Vec<Series> {
    let mut together: BTreeMap<(usize, u64, u64), Vec<Place>> = BTreeMap::new();
    for run in context.used() {
        let (Some(params), Some(tokens), Some((table, _))) =
            (run.params, run.tokens, context.scene.tables.get(run.datum.table))
        else {
            continue;
        };
        if with_course.contains(&(run.datum.table, table.points().get(run.datum.point).run)) {
            continue;
        }
        let key = (run.datum.table, params.to_bits(), run.unique.unwrap_or(0.0).to_bits());
        together.entry(key).or_default().push(([tokens, run.loss], run.datum));
    }
    together
        .into_iter()
        .filter_map(|((_, params, unique), runs)| {
            let points: Vec<[f64; 2]> = runs.iter().map(|(point, _)| *point).collect();
            let (_, end) = runs.iter().max_by(|a, b| a.0[0].total_cmp(&b.0[0]))?;
            let unique = Some(f64::from_bits(unique)).filter(|unique| *unique > 0.0);
            let mut series = Series::new(f64::from_bits(params), unique, &points, *end, true)?;
            // Budgets of a sweep have other seeds and schedules, and mostly new tokens: only known repeats are looked at.
            if unique.is_none() {
                series.onset = None;
            }
            Some(series)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Datum = Datum { table: 0, point: 0 };

    #[test]
    fn a_loss_is_first_reached_between_two_measurements() {
        let points = [[1e6, 4.0], [1e7, 3.0], [1e8, 3.2], [1e9, 2.0]];
        let series = Series::new(1e6, None, &points, END, true).unwrap();
        let near = |loss: f64, tokens: f64| {
            let found = series.reaches(loss).unwrap();
            assert!((found / tokens - 1.0).abs() < 1e-9, "{found}");
        };
        near(3.5, 1e6 * 10f64.sqrt());
        near(3.0, 1e7);
        near(2.5, 1e8);
        assert_eq!(series.reaches(4.5), None, "it began lower");
        assert_eq!(series.reaches(1.9), None, "it never came there");
        assert_eq!(series.losses(), (4.0, 2.0));
    }

    #[test]
    fn new_tokens_have_no_turn_to_miss() {
        let falling = [[1e6, 4.0], [1e7, 3.5], [1e8, 3.0]];
        let turn = |unique: Option<f64>, held_out| {
            let series = Series::new(1e6, unique, &falling, END, held_out).unwrap();
            series.onset.map(|onset| onset.turn)
        };
        assert_eq!(turn(Some(1e9), true), None);
        assert_eq!(turn(Some(1e6), true), Some(Turn::NotYet));
        assert_eq!(turn(None, true), Some(Turn::NotYet));
        assert_eq!(turn(Some(1e6), false), None, "losses of what was trained on never turn");
    }

    #[test]
    fn one_length_is_no_series() {
        assert!(Series::new(1e6, None, &[[1e6, 4.0], [1e6, 3.9]], END, true).is_none());
    }
}
