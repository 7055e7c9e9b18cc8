//! A law and runs in, a [`FitReport`] out.
//!
//! ```text
//! minimise F(θ) = Σ_i ρ(ln L(x_i; θ) − ln L_i)      over the law's free parameters, within their bounds
//! ```
//!
//! x as the law takes it (N in parameters, D in tokens, C in FLOP; their units move A and B, nothing else), L in nats per
//! token, ρ as [`Objective`] says. In three steps: variable projection over a grid of exponents gives starts,
//! so nobody is asked for any; a damped Newton method finishes each on the objective that was chosen; the runs that
//! end at the best value are counted. Observations are put into an order of their own first: the same
//! observations in any order give the same bits.
//!
//! Sources: Hoffmann et al. 2022 (arXiv 2203.15556), appendix D.3, for the objective; Besiroglu et al. 2024 (arXiv
//! 2404.10102) for what it costs not to converge.
//!
//! Limits: a minimum is looked for from many places, not proven to be the only one. Nothing here knows how runs were
//! chosen: selection and conventions are the caller's.

mod bootstrap;
mod criterion;
mod delta;
mod derivatives;
mod general;
mod likelihood;
mod marquardt;
mod model;
mod objective;
mod polish;
mod profile;
mod report;
mod screen;
mod setup;
mod solver;
#[cfg(test)]
mod tests;
mod uncertainty;
mod verdict;
mod words;

pub use bootstrap::{Bootstrap, BootstrapConfig, bootstrap};
pub use criterion::{Criterion, free};
pub use delta::{Covariance, Delta};
pub use likelihood::{ProfileCurve, ProfilePoint, likelihood_interval, profile_curve};
pub use uncertainty::{Curved, Ends, IntervalMethod, Uncertainty};
pub use verdict::{Severity, Verdict, VerdictCode};
pub use words::power_or_digits;

use crate::law::{LawChoice, Parameter, Rows};
use serde::{Deserialize, Serialize};
use setup::Setup;
use solver::Outcome;
use std::ops::ControlFlow;

/// How far a residual counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveKind {
    /// Quadratic up to delta, linear beyond (Hoffmann et al. 2022, eq. 11).
    Huber,
    /// r².
    Squared,
    /// |r|.
    Absolute,
    /// τ |r| for runs above the curve, (1 − τ) |r| for runs below: the curve of the quantile τ.
    Asymmetric,
}

/// Where residuals are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// ln L_predicted − ln L.
    Log,
    /// L_predicted − L, nats per token.
    Level,
}

/// What is minimised: the sum over points, not the mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// Shape of the penalty.
    pub kind: ObjectiveKind,
    /// Huber's delta, in the unit of the residual.
    pub delta: f64,
    /// Of an asymmetric objective: the share of runs that lie below the curve, between 0 and 1.
    #[serde(default = "default_tau")]
    pub tau: f64,
    /// Log or level.
    pub space: Space,
}

impl Default for Objective {
    /// Huber with delta 1e-3 on log losses (Hoffmann et al. 2022, appendix D.3).
    fn default() -> Self {
        Self {
            kind: ObjectiveKind::Huber,
            delta: 1e-3,
            tau: default_tau(),
            space: Space::Log,
        }
    }
}

impl Objective {
    /// Least squares on the measured values themselves: what formulas are fitted by unless something else is chosen.
    pub fn least_squares() -> Self {
        Self {
            kind: ObjectiveKind::Squared,
            space: Space::Level,
            ..Self::default()
        }
    }
}

/// A run below the curve counts ten times as much as one above (see [`Objective`]).
fn default_tau() -> f64 {
    1.0 / 11.0
}

/// What the user chose of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitConfig {
    /// The form.
    pub law: LawChoice,
    /// What is minimised.
    pub objective: Objective,
    /// Parameters held at a value, by name.
    pub fixed: Vec<(String, f64)>,
    /// Pairs of parameters that have one value, by name.
    #[serde(default)]
    pub ties: Vec<(String, String)>,
    /// Least and greatest value of a parameter, by name, within the law's own bounds.
    #[serde(default)]
    pub bounds: Vec<(String, [f64; 2])>,
    /// A first start, by name; others follow unless `starts` is 1. Empty: none, the search finds its own.
    pub start: Vec<(String, f64)>,
    /// How many starts are polished.
    pub starts: usize,
}

impl FitConfig {
    /// The defaults for a law: least squares for a formula, Hoffmann's objective for any other.
    pub fn new(law: impl Into<LawChoice>) -> Self {
        let law = law.into();
        Self {
            objective: match law {
                LawChoice::Built(_) | LawChoice::Grouped(_) => Objective::default(),
                LawChoice::Formula(_) => Objective::least_squares(),
            },
            law,
            fixed: vec![],
            ties: vec![],
            bounds: vec![],
            start: vec![],
            starts: 8,
        }
    }

    /// Least and greatest value that the user allows a parameter, where there are such.
    pub fn bounds_of(&self, parameter: &Parameter) -> Option<[f64; 2]> {
        let mut bounds = self.bounds.iter();
        bounds
            .find(|(name, _)| *name == parameter.name)
            .map(|(_, limits)| *limits)
    }
}

/// Observations: `x[i]` as the law takes it, `loss[i]` in nats per token, `run[i]` the resampling unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observations {
    /// Inputs, at least as many as the law has; what is beyond them is not looked at.
    pub x: Rows,
    /// Measured losses.
    pub loss: Vec<f64>,
    /// Index of the run that each observation belongs to.
    pub run: Vec<usize>,
}

impl Observations {
    /// Adds one.
    pub fn push(&mut self, x: &[f64], loss: f64, run: usize) {
        self.x.push(x);
        self.loss.push(loss);
        self.run.push(run);
    }

    /// The runs, each once, in the order of their labels.
    pub fn runs(&self) -> Vec<usize> {
        let mut runs = self.run.clone();
        runs.sort_unstable();
        runs.dedup();
        runs
    }
}

/// Why the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// The scaled gradient is below its tolerance.
    Gradient,
    /// The objective no longer falls and the subgradient admits zero.
    Objective,
    /// Neither, within the allowed iterations: not converged.
    Iterations,
}

/// A fitted parameter in natural units.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Name as in [`crate::law::Parameter::name`].
    pub name: String,
    /// Fitted or fixed value.
    pub value: f64,
    /// It was held.
    pub fixed: bool,
}

/// What a fit says.
#[derive(Debug, Clone, PartialEq)]
pub struct FitReport {
    /// The form.
    pub law: LawChoice,
    /// What was minimised.
    pub objective: Objective,
    /// Its value: the sum over points.
    pub value: f64,
    /// Parameters in the law's order.
    pub params: Vec<Estimate>,
    /// Observations used.
    pub n_used: usize,
    /// Distinct runs among them.
    pub n_runs: usize,
    /// Why the search ended.
    pub stopped: Stopped,
    /// Starts polished.
    pub starts_tried: usize,
    /// Starts that ended within 1e-6 (relative) of the best objective.
    pub starts_agreed: usize,
    /// ln L_measured − ln L_predicted, one an observation, in the order given. Where L_measured ≤ 0 (level space), L_measured/L_predicted − 1.
    pub residuals: Vec<f64>,
    /// What the fit cannot know, and what to do about it.
    pub verdicts: Vec<Verdict>,
}

impl FitReport {
    /// Whether the search ended at an optimum.
    pub fn converged(&self) -> bool {
        self.stopped != Stopped::Iterations
    }

    /// Parameter values in the law's order.
    pub fn theta(&self) -> Vec<f64> {
        self.params.iter().map(|p| p.value).collect()
    }

    /// A parameter by name.
    pub fn value_of(&self, name: &str) -> Option<f64> {
        self.params.iter().find(|p| p.name == name).map(|p| p.value)
    }
}

/// Why there is no fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Fewer distinct observations than free parameters.
    #[error("{law} has {free} free parameters; {found} {} too few", if *.found == 1 { "run is" } else { "runs are" })]
    TooFewRuns {
        /// The form's name.
        law: String,
        /// Free parameters.
        free: usize,
        /// Runs found.
        found: usize,
    },
    /// The configuration names something that is not there or cannot be, or observations are not numbers a law can take.
    #[error("{0}")]
    Config(String),
    /// The runs do not vary in what a parameter multiplies: no fit could tell its value.
    #[error("{0}")]
    NoSpread(String),
    /// A loss that cannot be taken in logs.
    #[error("a loss of {0} has no logarithm: fit in level space or leave the point out")]
    NonPositiveLoss(f64),
    /// The caller stopped it.
    #[error("cancelled")]
    Cancelled,
}

/// Fits a law. Needs no start values. The same input gives the same output to the bit.
///
/// `progress` is told the fraction done and may stop the search.
///
/// # Errors
/// See [`FitError`].
pub fn fit(
    config: &FitConfig,
    data: &Observations,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<FitReport, FitError> {
    let setup = Setup::new(config, data)?;
    let mut tell = |fraction| match progress(fraction) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(FitError::Cancelled),
    };
    tell(0.0)?;
    let starts = setup.starts(config)?;
    let named = |name: &str| config.start.iter().any(|(given, _)| given == name);
    let free = setup.law.parameters().iter().zip(&setup.model.slots);
    let only_here = config.starts == 1 && free.filter(|(_, slot)| slot.is_free()).all(|(p, _)| named(&p.name));
    let ends = solver::search_all(&setup.model, &starts, only_here, &mut |share| tell(0.1 + 0.7 * share))?;
    tell(0.8)?;
    let report = report::report(&setup, config, data, &ends, verdict::Depth::Full);
    tell(1.0)?;
    Ok(report)
}

/// Fits a law from one start, `theta` in the law's order: for refits under the user's hand, whose runs changed little.
///
/// Ends where that start leads: it does not look elsewhere, and `config.start` and `config.starts` are not used.
///
/// # Errors
/// See [`FitError`].
pub fn fit_from(config: &FitConfig, data: &Observations, theta: &[f64]) -> Result<FitReport, FitError> {
    let setup = Setup::new(config, data)?;
    let start = setup.coordinates(theta)?;
    let end = solver::descend(&setup.model, start);
    let ends = solver::Ends {
        of_starts: vec![end],
        others: vec![],
    };
    Ok(report::report(&setup, config, data, &ends, verdict::Depth::Quick))
}

/// Index of the end to report: the lowest, and of equally low ones a converged one. Where the law can say the same in several
/// ways, as a sum of two exponentials can, the user's own start, which is the first, says which is meant.
fn best(ends: &[Outcome], own_start: bool, same: impl Fn(f64, f64) -> bool) -> usize {
    let lowest = (0..ends.len())
        .min_by(|&i, &j| ends[i].value.total_cmp(&ends[j].value))
        .expect("there is at least one start");
    let as_good = |end: &Outcome| end.stopped != Stopped::Iterations && same(end.value, ends[lowest].value);
    if own_start && ends.first().is_some_and(as_good) {
        return 0;
    }
    (0..ends.len())
        .filter(|&i| ends[i].stopped != Stopped::Iterations && same(ends[i].value, ends[lowest].value))
        .min_by(|&i, &j| ends[i].value.total_cmp(&ends[j].value))
        .unwrap_or(lowest)
}
