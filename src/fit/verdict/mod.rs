//! What a fit cannot know, said in words, with the numbers in it and a remedy.
//!
//! Two measures decide. The *standard error* of a parameter is that of the delta method, s² (JᵀJ)⁻¹ with J = ∂r/∂u over
//! the runs and s from the median residual: rough, but known without resampling. The *likelihood ratio* of holding a
//! parameter at a value is k n ln(F_held/F) with n the number of runs, k = 2 where residuals count as absolute values
//! (Laplace noise) and 1 where as squares (Gaussian noise); below 3.84 the value lies within the 95 % interval.

mod design;
mod hold;
mod information;
mod limits;
mod searches;
mod stability;

use super::{FitConfig, FitReport, Observations, Outcome, Stopped, setup::Setup};
use information::Information;
use serde::Serialize;

/// Codes of the command line's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictCode {
    /// Exponents that the design cannot tell apart.
    ExponentsNotIdentified,
    /// E could be anything below the lowest loss.
    FloorNotIdentified,
    /// A parameter ended at its bound.
    AtBound,
    /// The search did not end at an optimum.
    NotConverged,
    /// Few observations for the parameters.
    TooFewRuns,
    /// Rows are checkpoints of the same runs.
    CorrelatedPoints,
    /// The question lies outside the data.
    Extrapolates,
    /// Some runs diverged.
    DivergedRuns,
    /// A budget whose lowest loss lies at the edge of its sizes.
    NoInteriorMinimum,
    /// A minimum near the edge of the sizes.
    OffCenter,
    /// A minimum that noise alone could have made.
    WeakCurvature,
    /// A few points decide the answer.
    OutliersDecide,
    /// Another objective gives another answer.
    ObjectiveSensitive,
    /// Other values of a parameter fit as well: searches ended at some, or no run feels which it is.
    AmbiguousParameter,
    /// A parameter did not leave the value that it was started from.
    AtStartValue,
    /// Quantities that are not counted as C = 6ND takes them.
    MixedConventions,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The answer may be wrong.
    Warning,
    /// The answer is not to be used.
    Error,
}

/// A sentence with the numbers in it and, where there is one, the remedy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Stable name.
    pub code: VerdictCode,
    /// How much it matters.
    pub severity: Severity,
    /// For people.
    pub text: String,
}

/// How much time verdicts may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// A few refits: how far a floor could go, and what runs or an objective decide.
    Full,
    /// At most one refit.
    Quick,
}

/// 95 % quantile of χ² with one degree of freedom.
const CHI_SQUARED_95: f64 = 3.841;

impl FitReport {
    /// Whether a verdict of this code was given.
    pub fn has(&self, code: VerdictCode) -> bool {
        self.verdicts.iter().any(|v| v.code == code)
    }
}

/// Everything to be said about a fit, the gravest first. `ends` are those of all searches, `end` the one reported.
pub(super) fn verdicts(
    setup: &Setup,
    config: &FitConfig,
    data: &Observations,
    ends: &[Outcome],
    end: &Outcome,
    depth: Depth,
) -> Vec<Verdict> {
    let mut verdicts = vec![];
    if end.stopped == Stopped::Iterations {
        verdicts.push(Verdict {
            code: VerdictCode::NotConverged,
            severity: Severity::Error,
            text: "The search used up its steps without reaching an optimum: these numbers are where it stood. Hold a \
                   parameter at a known value, or give other starts."
                .into(),
        });
    }
    let information = Information::new(&setup.model, end, setup.n_runs);
    verdicts.extend(design::exponents(setup, data, end, &information));
    verdicts.extend(limits::floor(setup, end, &information, depth));
    verdicts.extend(limits::bounds(setup, end));
    verdicts.extend(design::few_runs(setup));
    if depth == Depth::Full {
        verdicts.extend(searches::at_start_value(setup, config, end));
        verdicts.extend(searches::ambiguous(setup, ends, end).or_else(|| hold::verdict(setup, end)));
        verdicts.extend(stability::verdicts(setup, data, end, &information));
    }
    if data.loss.len() > setup.n_runs {
        verdicts.push(Verdict {
            code: VerdictCode::CorrelatedPoints,
            severity: Severity::Note,
            text: format!(
                "{} points are checkpoints of {} runs and share their luck: count runs as evidence, not points. \
                 Intervals resample runs.",
                data.loss.len(),
                setup.n_runs
            ),
        });
    }
    verdicts.sort_by_key(|v| std::cmp::Reverse(v.severity));
    verdicts
}
