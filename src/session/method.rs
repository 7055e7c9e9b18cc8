//! The points of a fit as the method laws take them.

use super::exclusion::ByHand;
use super::question::FitInput;
use crate::data::{Checkpoints, Selection};
use crate::figure::Datum;
use crate::method::Measurement;
use crate::plan::FLOPS_PER_PARAM_TOKEN;
use std::collections::HashSet;

impl FitInput {
    /// The points of a surface's fit, one for one in their order, each with the C of the file or 6ND.
    pub fn measurements(&self) -> Vec<Measurement> {
        self.placed_measurements().into_iter().map(|(_, run)| run).collect()
    }

    /// The same for any law, each with its place among the observations; points without N or D are not there.
    pub fn placed_measurements(&self) -> Vec<(usize, Measurement)> {
        let fitted = self.data.iter().zip(&self.observations.run).enumerate();
        let of = |(place, (datum, run)): (usize, (&Datum, &usize))| Some((place, self.measurement(*datum, *run)?));
        fitted.filter_map(of).collect()
    }

    /// Every checkpoint of the fitted runs, under the same filter and exclusions.
    pub fn checkpoints(&self) -> Vec<Measurement> {
        let selection = Selection {
            checkpoints: Checkpoints::All,
            drop_highest_loss: 0,
            ..self.question.selection.clone()
        };
        let (mut points, mut first_run) = (vec![], 0);
        let fitted: HashSet<usize> = self.observations.run.iter().copied().collect();
        for (index, part) in self.tables.iter().enumerate() {
            let by_hand = ByHand::of(part, &self.question.exclusions);
            // A filter that cannot be read has left nothing to fit.
            let selected = selection
                .apply_without(&part.table, |point| by_hand.reason(point))
                .unwrap_or_default();
            for point in selected.used {
                let run = first_run + part.table.run_of(point);
                if fitted.contains(&run) {
                    points.extend(self.measurement(Datum { table: index, point }, run));
                }
            }
            first_run += part.table.runs().len();
        }
        points
    }

    /// `None` where N, D or the loss is unknown.
    fn measurement(&self, datum: Datum, run: usize) -> Option<Measurement> {
        let table = &self.tables[datum.table].table;
        let number = |name: &str| table.number(datum.point, name);
        let (params, tokens) = (number("params")?, number("tokens")?);
        Some(Measurement {
            run,
            params,
            tokens,
            flops: number("flops").unwrap_or(FLOPS_PER_PARAM_TOKEN * params * tokens),
            loss: number(&self.question.y)?,
        })
    }
}
