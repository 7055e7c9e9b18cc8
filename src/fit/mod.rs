//! A law and runs in, a [`FitReport`] out.

mod bootstrap;
mod objective;
mod solver;
mod verdict;

pub use bootstrap::{Bootstrap, BootstrapConfig, bootstrap};
pub use verdict::{Severity, Verdict, VerdictCode};

use crate::law::LawKind;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// How far a residual counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveKind {
    /// Quadratic up to delta, linear beyond (Hoffmann et al. 2022, eq. 11).
    Huber,
    /// r²/2.
    Squared,
    /// |r|.
    Absolute,
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
    /// Log or level.
    pub space: Space,
}

impl Default for Objective {
    /// Huber with delta 1e-3 on log losses (Hoffmann et al. 2022, appendix D.3).
    fn default() -> Self {
        Self {
            kind: ObjectiveKind::Huber,
            delta: 1e-3,
            space: Space::Log,
        }
    }
}

/// What the user chose of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitConfig {
    /// The form.
    pub law: LawKind,
    /// What is minimised.
    pub objective: Objective,
    /// Parameters held at a value, by name.
    pub fixed: Vec<(String, f64)>,
    /// A first start, by name; others follow unless `starts` is 1. Empty: none, the search finds its own.
    pub start: Vec<(String, f64)>,
    /// How many starts are polished.
    pub starts: usize,
}

impl FitConfig {
    /// The defaults for a law.
    pub fn new(law: LawKind) -> Self {
        Self {
            law,
            objective: Objective::default(),
            fixed: vec![],
            start: vec![],
            starts: 8,
        }
    }
}

/// Observations: `x[i]` as the law takes it, `loss[i]` in nats per token, `run[i]` the resampling unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observations {
    /// Inputs; the second is unused by laws of one variable.
    pub x: Vec<[f64; 2]>,
    /// Measured losses.
    pub loss: Vec<f64>,
    /// Index of the run that each observation belongs to.
    pub run: Vec<usize>,
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
    pub name: &'static str,
    /// Fitted or fixed value.
    pub value: f64,
    /// It was held.
    pub fixed: bool,
}

/// What a fit says.
#[derive(Debug, Clone, PartialEq)]
pub struct FitReport {
    /// The form.
    pub law: LawKind,
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
    /// ln L_measured − ln L_predicted, one an observation.
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
    #[error("{law} has {free} free parameters; {found} runs are too few")]
    TooFewRuns {
        /// The form's name.
        law: &'static str,
        /// Free parameters.
        free: usize,
        /// Runs found.
        found: usize,
    },
    /// The configuration names something that is not there or cannot be.
    #[error("{0}")]
    Config(String),
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
    _config: &FitConfig,
    _data: &Observations,
    _progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<FitReport, FitError> {
    todo!()
}
