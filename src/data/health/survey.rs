//! What every check looks at: the curve of each run and where it ends.

use crate::data::progress::Curves;
use crate::data::{Numbers, Role, RunTable};
use rayon::prelude::*;

/// A table laid out for its checks.
pub(super) struct Survey<'a> {
    pub(super) table: &'a RunTable,
    /// The held-out loss, or the training loss where the table has no other.
    pub(super) loss: Option<&'a Numbers>,
    /// Points with a loss or a divergence.
    pub(super) curves: Curves<'a>,
    /// Last finite points, one a run that has one and did not end in divergence.
    pub(super) ends: Vec<End>,
}

/// Where a run ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) run: usize,
    pub(super) point: usize,
    pub(super) params: Option<f64>,
    pub(super) tokens: Option<f64>,
    pub(super) loss: f64,
}

impl<'a> Survey<'a> {
    pub(super) fn of(table: &'a RunTable) -> Self {
        let loss = table.quantity(Role::Loss).or_else(|| table.quantity(Role::TrainLoss));
        let diverged = table.diverged();
        let measured = |point: usize| loss.is_some_and(|loss| loss.get(point).is_some());
        let all = 0..table.points().len();
        let points = match loss.is_some_and(Numbers::is_complete) {
            true => all.into_par_iter().collect(),
            false => all
                .filter(|&point| measured(point) || diverged.binary_search(&point).is_ok())
                .collect(),
        };
        let curves = Curves::of(table, points);
        let of = |role: Role, point: usize| table.quantity(role).and_then(|numbers| numbers.get(point));
        let end = |run: usize| {
            let point = *curves.run(run).last()?;
            Some(End {
                run,
                point,
                params: of(Role::Params, point).or_else(|| of(Role::ParamsNonEmbedding, point)),
                tokens: of(Role::Tokens, point),
                loss: loss?.get(point)?,
            })
        };
        let ends = (0..table.runs().len()).filter_map(end).collect();
        Self {
            table,
            loss,
            curves,
            ends,
        }
    }

    /// How many runs the table has.
    pub(super) fn all(&self) -> usize {
        self.table.runs().len()
    }

    /// A run's name as it stands in sentences.
    pub(super) fn name(&self, run: usize) -> String {
        format!("`{}`", self.table.runs()[run].name)
    }

    /// A quantity at a point.
    pub(super) fn at(&self, role: Role, point: usize) -> Option<f64> {
        self.table.quantity(role)?.get(point)
    }
}
