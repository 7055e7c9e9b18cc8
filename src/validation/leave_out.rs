//! Refits without some of the points: how well the rest foresees them, and how far they move the answer.
//!
//! ```text
//! rmse = √( Σ (ln L − ln L̂)² / n )      bias = Σ (ln L − ln L̂) / n      over the n points left out, L̂ of the fit without them
//! shift of X = ln X without them − ln X of all      for N*, D*/N* and L; a is a plain difference
//! ```
//!
//! Sizes and budgets are searched anew, because a law without its largest models may have its optimum elsewhere. A run hardly
//! moves it: its refit begins at the optimum of all runs, and runs are listed by how far they move D*/N*, or the loss at the
//! budget where the law has no optimum.
//!
//! Sources: Stone 1974 (cross-validation); Cook 1977, doi:10.1080/00401706.1977.10489493, for one run at a time. Limits: runs that
//! are wrong together hide each other; a refit from the optimum finds the valley it starts in.

use super::groups::{Group, GroupKind};
use super::{Answers, Budget, Progress, Refit, in_parallel, only};
use crate::fit::{FitConfig, FitError, FitReport, Observations, fit, fit_from};
use crate::units::format_significant;
use serde::Serialize;

/// How well a fit foresees points that it has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prediction {
    /// Root of the mean squared error of ln L.
    pub rmse_log: f64,
    /// Mean of ln L measured − ln L predicted: above 0 the runs are worse than foreseen.
    pub bias_log: f64,
}

impl Prediction {
    /// Of a law on some of the observations. `None` where there is none, or a loss has no logarithm.
    pub(super) fn of(report: &FitReport, data: &Observations, places: &[usize]) -> Option<Self> {
        let errors = errors(report, data, places);
        let n = errors.len() as f64;
        let prediction = Self {
            rmse_log: (errors.iter().map(|e| e * e).sum::<f64>() / n).sqrt(),
            bias_log: errors.iter().sum::<f64>() / n,
        };
        (prediction.rmse_log.is_finite() && prediction.bias_log.is_finite()).then_some(prediction)
    }
}

/// ln L measured − ln L predicted.
pub(super) fn errors(report: &FitReport, data: &Observations, places: &[usize]) -> Vec<f64> {
    let (law, theta) = (report.law.law(), report.theta());
    let error = |&place: &usize| data.loss[place].ln() - law.loss(&theta, data.x.row(place)).ln();
    places.iter().map(error).collect()
}

/// How far an answer moves without some of the points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shift {
    /// Of a, the difference.
    pub a: Option<f64>,
    /// Of ln N*.
    pub ln_params: Option<f64>,
    /// Of ln D*/N*.
    pub ln_tokens_per_param: Option<f64>,
    /// Of ln L at the budget.
    pub ln_loss: Option<f64>,
    /// The most that ln L̂ moves, up or down, at any of the points.
    pub largest_ln_prediction: Option<f64>,
}

impl Shift {
    fn between(all: &Answers, without: &Answers, [before, after]: [&FitReport; 2], data: &Observations) -> Self {
        let places: Vec<usize> = (0..data.loss.len()).collect();
        let (before, after) = (errors(before, data, &places), errors(after, data, &places));
        let largest = before
            .iter()
            .zip(&after)
            .map(|(b, a)| (a - b).abs())
            .fold(0.0, f64::max);
        let difference = |of: fn(&Answers) -> Option<f64>| Some(of(without)? - of(all)?).filter(|d| d.is_finite());
        Self {
            a: difference(|answers| answers.a),
            ln_params: difference(|answers| answers.params.map(f64::ln)),
            ln_tokens_per_param: difference(|answers| answers.tokens_per_param.map(f64::ln)),
            ln_loss: difference(|answers| answers.loss.map(f64::ln)),
            largest_ln_prediction: largest.is_finite().then_some(largest),
        }
    }

    /// By which runs are ordered: how far D*/N* moves, the loss at the budget where there is no optimum, any prediction where
    /// there is neither.
    pub fn size(&self) -> Option<f64> {
        let answer = self.ln_tokens_per_param.or(self.ln_loss).map(f64::abs);
        answer.or(self.largest_ln_prediction)
    }
}

/// What is the case without a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Without {
    /// The group's name.
    pub name: String,
    /// Its N or C; of a run none.
    pub value: Option<f64>,
    /// Points left out.
    pub n: usize,
    /// Runs with a point left out.
    pub n_runs: usize,
    /// The fit of the rest.
    pub fit: Option<Refit>,
    /// How well it foresees the group.
    pub prediction: Option<Prediction>,
    /// How far its answers are from those of all points.
    pub shift: Option<Shift>,
    /// Why there is no fit.
    pub why: Option<String>,
    /// Places of the points among the observations of the fit.
    #[serde(skip)]
    pub members: Vec<usize>,
}

/// Every group left out in turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeaveOut {
    /// What the points of a group have in common.
    pub kind: GroupKind,
    /// Where answers are compared.
    pub budget: Budget,
    /// Answers of the fit to all points.
    pub all: Answers,
    /// Sizes and budgets from the lowest; runs by how far they move the answer.
    pub groups: Vec<Without>,
    /// Root of the mean squared error over all points, each foreseen by the fit without its group.
    pub rmse_log: Option<f64>,
    /// The same in a sentence, with what moves the answer most.
    pub summary: String,
}

/// Leaves each group out in turn. `report` is the fit of all observations.
///
/// # Errors
/// [`FitError::Cancelled`] when `progress` stops it.
pub fn leave_out(
    config: &FitConfig,
    data: &Observations,
    report: &FitReport,
    kind: GroupKind,
    groups: &[Group],
    budget: &Budget,
    progress: Progress<'_>,
) -> Result<LeaveOut, FitError> {
    let all = Answers::of(report.law.law(), &report.theta(), budget);
    let mut without = in_parallel(groups, progress, |group, going| {
        let mut out = vec![false; data.loss.len()];
        group.members.iter().for_each(|member| out[*member] = true);
        let rest = only(data, (0..out.len()).filter(|place| !out[*place]));
        let refit = match kind {
            GroupKind::Run => fit_from(config, &rest, &report.theta()),
            GroupKind::Size | GroupKind::Budget => fit(config, &rest, &mut |_| going()),
        };
        let outcome = refit.map_err(|error| error.to_string()).and_then(|refit| {
            let prediction = Prediction::of(&refit, data, &group.members);
            let fit = Refit::of(&refit, budget)?;
            let shift = Shift::between(&all, &fit.answers, [report, &refit], data);
            Ok((fit, prediction, shift))
        });
        let mut left_out = Without {
            name: group.name.clone(),
            value: group.value,
            n: group.members.len(),
            n_runs: only(data, group.members.iter().copied()).runs().len(),
            fit: None,
            prediction: None,
            shift: None,
            why: None,
            members: group.members.clone(),
        };
        match outcome {
            Ok((refit, prediction, shift)) => {
                left_out.shift = Some(shift);
                left_out.prediction = prediction;
                left_out.fit = Some(refit);
            }
            Err(why) => left_out.why = Some(why),
        }
        left_out
    })?;
    if kind == GroupKind::Run {
        let moved = |w: &Without| w.shift.and_then(|shift| shift.size()).unwrap_or(-1.0);
        // The sort is stable: equal ones stay in the order of their runs.
        without.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
    }
    let foreseen = || without.iter().filter_map(|w| Some((w.n as f64, w.prediction?)));
    let n: f64 = foreseen().map(|(n, _)| n).sum();
    let squares: f64 = foreseen().map(|(n, prediction)| n * prediction.rmse_log.powi(2)).sum();
    let mut left_out = LeaveOut {
        kind,
        budget: *budget,
        all,
        rmse_log: (n > 0.0).then(|| (squares / n).sqrt()),
        groups: without,
        summary: String::new(),
    };
    left_out.summary = left_out.sentence();
    Ok(left_out)
}

impl LeaveOut {
    /// The group without which the answer moves most.
    pub fn most_influential(&self) -> Option<&Without> {
        let moved = |w: &&Without| w.shift.and_then(|shift| shift.size()).is_some();
        let size = |w: &&Without| w.shift.and_then(|shift| shift.size()).unwrap_or(0.0);
        let largest = self.groups.iter().filter(moved).map(|w| size(&w)).fold(0.0, f64::max);
        self.groups.iter().filter(moved).find(|w| size(w) == largest)
    }

    fn sentence(&self) -> String {
        let one = match self.kind {
            GroupKind::Size => "size",
            GroupKind::Budget => "budget",
            GroupKind::Run => "run",
        };
        let mut text = match self.rmse_log {
            Some(rmse) => format!(
                "Each {one} is foreseen by the others to {} % of the loss (root mean square).",
                format_significant(100.0 * rmse, 2)
            ),
            None => format!("No {one} could be foreseen by the others."),
        };
        if let Some(most) = self.most_influential()
            && let Some(fit) = &most.fit
        {
            let change = |of: fn(&Answers) -> Option<f64>| {
                let (before, after) = (of(&self.all)?, of(&fit.answers)?);
                Some(format!(
                    "{} to {}",
                    format_significant(before, 3),
                    format_significant(after, 3)
                ))
            };
            let ratio = change(|answers| answers.tokens_per_param);
            let at = crate::units::Flops(self.budget.flops).short();
            let moved = match (ratio, change(|answers| answers.loss)) {
                (Some(moved), _) => Some(format!("D/N at C = {at} goes from {moved}")),
                (None, Some(moved)) => Some(format!("the loss at the largest x goes from {moved}")),
                (None, None) => {
                    let largest = most.shift.and_then(|shift| shift.largest_ln_prediction);
                    largest.map(|by| format!("predictions move by up to {} %", format_significant(100.0 * by, 2)))
                }
            };
            if let Some(moved) = moved {
                text.push_str(&format!(
                    " Without {}, {moved}, more than without any other.",
                    most.name
                ));
            }
        }
        let failed = self.groups.iter().filter(|w| w.why.is_some()).count();
        if failed > 0 {
            text.push_str(&format!(" {failed} of {} give no fit without them.", self.groups.len()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::{by_run, by_size};
    use super::*;
    use crate::law::LawKind;
    use std::ops::ControlFlow;

    const TRUTH: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

    /// 40 runs of the truth, with a little scatter that is the same every time.
    fn simulated() -> Observations {
        let mut data = Observations::default();
        for i in 0..40_usize {
            let x = [5e7 * 2.5_f64.powi((i % 5) as i32), 1e9 * 2.0_f64.powi((i / 5) as i32)];
            let scatter = 0.002 * ((i * 7919 % 101) as f64 / 50.0 - 1.0);
            data.push(&x, LawKind::Chinchilla.law().loss(&TRUTH, &x) * scatter.exp(), i);
        }
        data
    }

    fn fitted(config: &FitConfig, data: &Observations) -> FitReport {
        fit(config, data, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn the_wild_run_is_the_most_influential() {
        let mut data = simulated();
        data.loss[17] *= 1.05;
        let mut config = FitConfig::new(LawKind::Chinchilla);
        config.objective.kind = crate::fit::ObjectiveKind::Squared;
        let report = fitted(&config, &data);
        let groups = by_run(&data, |run| format!("run-{run}")).unwrap();
        let budget = Budget::new(1e21, None);
        let go = |_| ControlFlow::Continue(());
        let found = leave_out(&config, &data, &report, GroupKind::Run, &groups, &budget, &go).unwrap();
        assert_eq!(found.groups[0].name, "run-17");
        assert!(found.summary.contains("Without run-17"), "{}", found.summary);
        // By hand: the same fit without that run.
        let rest = only(&data, (0..40).filter(|i| *i != 17));
        let by_hand = Answers::of(LawKind::Chinchilla.law(), &fitted(&config, &rest).theta(), &budget);
        let ours = &found.groups[0].fit.as_ref().unwrap().answers;
        assert!((ours.tokens_per_param.unwrap() / by_hand.tokens_per_param.unwrap() - 1.0).abs() < 1e-6);
        let sizes: Vec<f64> = found.groups.iter().map(|w| w.shift.unwrap().size().unwrap()).collect();
        assert!(
            sizes.is_sorted_by(|a, b| a >= b) && sizes[0] > 1.5 * sizes[1],
            "{sizes:?}"
        );
    }

    #[test]
    fn sizes_are_foreseen_and_what_cannot_be_fitted_says_why() {
        let data = simulated();
        let config = FitConfig::new(LawKind::Chinchilla);
        let report = fitted(&config, &data);
        let params: Vec<Option<f64>> = data.x.column(0).map(Some).collect();
        let groups = by_size(&params).unwrap();
        let budget = Budget::new(1e21, None);
        let go = |_| ControlFlow::Continue(());
        let found = leave_out(&config, &data, &report, GroupKind::Size, &groups, &budget, &go).unwrap();
        assert_eq!(found.groups.len(), 5);
        assert!(found.rmse_log.unwrap() < 0.004, "{:?}", found.rmse_log);
        assert!(
            found
                .groups
                .iter()
                .all(|w| w.n == 8 && w.n_runs == 8 && w.why.is_none())
        );
        // Two sizes: without either of them there is one N.
        let two = only(&data, (0..40).filter(|i| i % 5 < 2));
        let report = fitted(&config, &two);
        let params: Vec<Option<f64>> = two.x.column(0).map(Some).collect();
        let groups = by_size(&params).unwrap();
        let found = leave_out(&config, &two, &report, GroupKind::Size, &groups, &budget, &go).unwrap();
        assert!(
            found
                .groups
                .iter()
                .all(|w| w.fit.is_none() && w.why.as_ref().unwrap().contains("N ="))
        );
        assert!(found.summary.contains("No size could be foreseen"), "{}", found.summary);
        let stop = |_| ControlFlow::Break(());
        let stopped = leave_out(&config, &two, &report, GroupKind::Size, &groups, &budget, &stop);
        assert_eq!(stopped.unwrap_err(), FitError::Cancelled);
    }
}
