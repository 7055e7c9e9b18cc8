//! Points kept out of a fit to see how well it foresees them.
//!
//! ```text
//! n = ⌈share · points⌉ points of largest C      rmse = √( Σ (ln L_measured − ln L_predicted)² / n )
//! ```
//!
//! The largest C because that is what a scaling law is for: what the small runs say of the large ones.

use super::FitInput;
use crate::data::Excluded;
use crate::fit::FitReport;

/// A point that was kept out.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// Name of its run.
    pub run: String,
    /// As the law takes it.
    pub x: Vec<f64>,
    /// Measured.
    pub loss: f64,
}

/// How well a fit foresees what it has not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoldOutScore {
    /// Points scored.
    pub n: usize,
    /// Root of the mean squared error of ln L.
    pub rmse_log: f64,
}

impl FitInput {
    /// Scores a fit on the points kept out of it. `None` where there are none, or a loss has no logarithm.
    pub fn hold_out_score(&self, report: &FitReport) -> Option<HoldOutScore> {
        let (law, theta, n) = (report.law.law(), report.theta(), self.held_out.len());
        let squares: f64 = self
            .held_out
            .iter()
            .map(|point| (point.loss.ln() - law.loss(&theta, &point.x).ln()).powi(2))
            .sum();
        let rmse_log = (squares / n as f64).sqrt();
        (n > 0 && rmse_log.is_finite()).then_some(HoldOutScore { n, rmse_log })
    }

    /// Places of the share of largest C among the observations, in order. Points without C cannot be ranked and are not there.
    pub fn largest_flops(&self, share: f64) -> Vec<usize> {
        let compute = |index: usize| {
            let datum = self.data[index];
            let point = self.tables[datum.table].table.points().get(datum.point);
            point.flops.map_or(0.0, |flops| flops.0)
        };
        let mut order: Vec<usize> = (0..self.data.len()).filter(|&index| compute(index) > 0.0).collect();
        order.sort_by(|&a, &b| compute(b).total_cmp(&compute(a)));
        // A share such as 0.07 of 100 must not become 8 by the rounding of its last bit.
        order.truncate((share * self.data.len() as f64 - 1e-9).ceil().max(0.0) as usize);
        order.sort_unstable();
        order
    }

    /// Takes the share of largest C out of the observations.
    pub(super) fn hold_out(&mut self, share: f64) {
        let order = self.largest_flops(share);
        let reason = format!("held out: among the {} of largest C", order.len());
        for &index in order.iter().rev() {
            let datum = self.data.remove(index);
            let x = self.observations.x.remove(index);
            let loss = self.observations.loss.remove(index);
            self.observations.run.remove(index);
            let table = &mut self.tables[datum.table];
            table.selected.used.retain(|point| *point != datum.point);
            table.selected.excluded.push(Excluded {
                point: datum.point,
                reason: reason.clone(),
            });
            table.selected.excluded.sort_by_key(|excluded| excluded.point);
            self.held_out.push(HeldOut {
                run: table.table.run_name(datum.point).to_owned(),
                x,
                loss,
            });
        }
        self.held_out.reverse();
    }
}
