//! What a fit cannot know, said in words, with the numbers in it and a remedy.
//!
//! Two measures decide. The *standard error* of a parameter is that of the delta method, s² (JᵀJ)⁻¹ with J = ∂r/∂u over
//! the runs and s from the median residual: rough, but known without resampling. The *likelihood ratio* of holding a
//! parameter at a value is k n ln(F_held/F) with n the number of runs, k = 2 where residuals count as absolute values
//! (Laplace noise) and 1 where as squares (Gaussian noise); below 3.84 the value lies within the 95 % interval.
//!
//! The design itself is judged by the correlation of ln N and ln D: at ±1 the runs lie on a line, and a surface cannot
//! be seen from a line.

use super::{FitReport, Observations, Outcome, Stopped, model::Model, model::Slot, setup::Setup, solver};
use crate::law::{Parameter, ParameterRole, Rows, Structure};
use crate::units::format_significant;
use nalgebra::{Cholesky, DMatrix};
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
    /// A few refits, to say how far a floor could go.
    Full,
    /// At most one refit.
    Quick,
}

/// 95 % quantile of χ² with one degree of freedom.
const CHI_SQUARED_95: f64 = 3.841;
/// Inputs or estimates that correlate this much cannot be told apart.
const CANNOT_BE_TOLD_APART: f64 = 0.99;
/// A standard error above this fraction of an exponent leaves hardly its sign.
const HARDLY_KNOWN: f64 = 0.5;

impl FitReport {
    /// Whether a verdict of this code was given.
    pub fn has(&self, code: VerdictCode) -> bool {
        self.verdicts.iter().any(|v| v.code == code)
    }
}

/// Everything to be said about a fit, the gravest first.
pub(super) fn verdicts(setup: &Setup, data: &Observations, end: &Outcome, depth: Depth) -> Vec<Verdict> {
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
    verdicts.extend(exponents(setup, data, end, &information));
    verdicts.extend(floor(setup, end, &information, depth));
    verdicts.extend(bounds(setup, end));
    verdicts.extend(few_runs(setup));
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

/// Delta-method covariance of the coordinates that are not at a bound.
struct Information {
    /// Coordinates covered.
    coordinates: Vec<usize>,
    /// `None` where JᵀJ is singular.
    covariance: Option<DMatrix<f64>>,
}

impl Information {
    fn new(model: &Model, end: &Outcome, n_runs: usize) -> Self {
        let squares = model.evaluate(&end.u, f64::INFINITY, false).reweighted;
        // The exponent of a coefficient that ended at zero is felt by no run.
        let coordinates: Vec<usize> = (0..model.free())
            .filter(|&k| model.at_bound(&end.u, k).is_none() && squares[(k, k)] > 0.0)
            .collect();
        let m = coordinates.len();
        // Scaled to a unit diagonal, so that a failing factorisation means collinear and not small.
        let scale: Vec<f64> = coordinates.iter().map(|&k| squares[(k, k)].sqrt()).collect();
        let matrix = DMatrix::from_fn(m, m, |i, j| {
            squares[(coordinates[i], coordinates[j])] / (scale[i] * scale[j])
        });
        let mut sizes: Vec<f64> = model.residuals(&end.u).iter().map(|r| r.abs()).collect();
        let linear = model.mostly_linear(&sizes);
        sizes.sort_by(f64::total_cmp);
        // The median size of Gaussian noise is σ/1.4826; medians are π/2 times less efficient than means.
        let sigma = 1.4826 * sizes[sizes.len() / 2];
        let efficiency = if linear { std::f64::consts::FRAC_PI_2 } else { 1.0 };
        let clusters = sizes.len() as f64 / n_runs as f64;
        let factor = sigma * sigma * efficiency * clusters;
        let covariance = (m > 0).then(|| Cholesky::new(matrix)).flatten().map(|c| {
            let inverse = c.inverse();
            DMatrix::from_fn(m, m, |i, j| factor * inverse[(i, j)] / (scale[i] * scale[j]))
        });
        Self {
            coordinates,
            covariance,
        }
    }

    fn place(&self, slot: Slot) -> Option<usize> {
        match slot {
            Slot::Free(k) => self.coordinates.iter().position(|&c| c == k),
            Slot::Fixed(_) => None,
        }
    }

    /// Standard error of a free parameter that is not at a bound; infinite where the runs do not determine it.
    fn standard_error(&self, slot: Slot) -> Option<f64> {
        let k = self.place(slot)?;
        Some(self.covariance.as_ref().map_or(f64::INFINITY, |c| c[(k, k)].sqrt()))
    }

    /// Correlation of two estimates, 1 where the runs do not determine them.
    fn correlation(&self, a: Slot, b: Slot) -> Option<f64> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        Some(
            self.covariance
                .as_ref()
                .map_or(1.0, |c| c[(a, b)] / (c[(a, a)] * c[(b, b)]).sqrt()),
        )
    }
}

fn exponents(setup: &Setup, data: &Observations, end: &Outcome, information: &Information) -> Vec<Verdict> {
    let say = |text: String| Verdict {
        code: VerdictCode::ExponentsNotIdentified,
        severity: Severity::Warning,
        text,
    };
    let free: Vec<(&Parameter, Slot, usize)> = setup
        .law
        .parameters()
        .iter()
        .zip(&setup.model.slots)
        .filter_map(|(p, slot)| match p.role {
            ParameterRole::Exponent { input } if slot.is_free() => Some((p, *slot, input)),
            _ => None,
        })
        .collect();
    if let [(a, slot_a, _), (b, slot_b, _)] = free[..]
        && slot_a != slot_b
        && setup.law.inputs().params_and_tokens()
    {
        let names = format!("{} and {} cannot be told apart", a.name, b.name);
        if let Some(text) = line_design(&data.x) {
            return vec![say(format!("{names}: {text}"))];
        }
        if let Some(correlation) = information.correlation(slot_a, slot_b)
            && correlation.abs() > CANNOT_BE_TOLD_APART
        {
            return vec![say(format!(
                "{names}: their estimates correlate at {correlation:.3}. Runs that vary N and D separately, over a \
                 decade each, would help most."
            ))];
        }
    }
    free.iter()
        .filter_map(|(parameter, slot, input)| {
            let error = information.standard_error(*slot)?;
            let value = slot.value(&end.u);
            if error <= HARDLY_KNOWN * value {
                return None;
            }
            let (low, high) = range(data.x.iter().map(|x| x[*input]));
            let error = if error.is_finite() {
                format!("{} ± {}", format_significant(value, 3), format_significant(error, 2))
            } else {
                "undetermined".to_owned()
            };
            Some(say(format!(
                "{} is hardly known ({error}): the runs span a factor of {} in {}. Runs beyond either end would help most.",
                parameter.name,
                format_significant(high / low, 2),
                setup.law.inputs().symbol(*input),
            )))
        })
        .collect()
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    })
}

/// What is wrong with a design whose runs lie on one line in ln N and ln D; `None` where they do not.
fn line_design(x: &Rows) -> Option<String> {
    let correlation = correlation(x.iter().map(|x| (x[0].ln(), x[1].ln())));
    if correlation.abs() <= CANNOT_BE_TOLD_APART {
        return None;
    }
    let n = x.len();
    // The quantity that hardly varies: D/N on a rising line, ND on a falling one.
    let same = |x: &[f64]| if correlation > 0.0 { x[1] / x[0] } else { x[0] * x[1] };
    let (low, high) = range(x.iter().map(same));
    let middle = (low * high).sqrt();
    let percent = 100.0 * (high / middle - 1.0);
    let about = if percent < 1.0 {
        format!("{} to within 1 %", format_significant(middle, 3))
    } else if percent < 60.0 {
        format!(
            "{} ± {} %",
            format_significant(middle, 3),
            format_significant(percent, 2)
        )
    } else {
        format!(
            "{} to {}, which follows N (correlation {correlation:.3})",
            format_significant(low, 3),
            format_significant(high, 3)
        )
    };
    Some(if correlation > 0.0 {
        format!(
            "all {n} runs lie at D/N = {about}. One run at D/N > {} would help most.",
            format_significant(4.0 * high, 2)
        )
    } else {
        format!(
            "all {n} runs lie at 6ND = {} FLOP, one compute budget. Runs at a second budget, ten times away, would help most.",
            if percent < 60.0 {
                format_significant(6.0 * middle, 3)
            } else {
                format!(
                    "{} to {}",
                    format_significant(6.0 * low, 3),
                    format_significant(6.0 * high, 3)
                )
            }
        )
    })
}

/// Pearson's correlation; 0 where one side does not vary.
fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = pairs.clone().count() as f64;
    let (sum_a, sum_b) = pairs.clone().fold((0.0, 0.0), |(a, b), p| (a + p.0, b + p.1));
    let (mean_a, mean_b) = (sum_a / n, sum_b / n);
    let (aa, bb, ab) = pairs.fold((0.0, 0.0, 0.0), |(aa, bb, ab), (a, b)| {
        let (a, b) = (a - mean_a, b - mean_b);
        (aa + a * a, bb + b * b, ab + a * b)
    });
    if aa > 0.0 && bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

/// How much the objective rises when a parameter is held at a value, as a likelihood ratio (see the module).
fn likelihood_ratio(setup: &Setup, end: &Outcome, parameter: usize, coordinate: usize, value: f64) -> f64 {
    let held = setup.model.holding(parameter, value);
    let mut u = end.u.clone();
    u.remove(coordinate);
    let refit = solver::descend(&held, u);
    let factor = if setup.model.mostly_linear(&setup.model.residuals(&end.u)) {
        2.0
    } else {
        1.0
    };
    // A perfect fit has no noise to compare with.
    let nothing = setup.model.negligible();
    factor * setup.n_runs as f64 * ((refit.value + nothing) / (end.value + nothing)).ln()
}

fn floor(setup: &Setup, end: &Outcome, information: &Information, depth: Depth) -> Option<Verdict> {
    let Structure::SumOfPowers { floor: Some(floor), .. } = setup.law.structure() else {
        return None;
    };
    let Slot::Free(coordinate) = setup.model.slots[floor] else {
        return None;
    };
    let value = end.u[coordinate];
    let lowest = setup.model.loss.iter().copied().fold(f64::INFINITY, f64::min);
    let at_zero = value <= 1e-6 * lowest.abs();
    // Far from zero in standard errors there is no need for a refit.
    let far = information
        .standard_error(setup.model.slots[floor])
        .is_some_and(|error| value > 6.0 * error);
    if !at_zero && (far || likelihood_ratio(setup, end, floor, coordinate, 0.0) > CHI_SQUARED_95) {
        return None;
    }
    let name = &setup.law.parameters()[floor].name;
    let mut text = if at_zero {
        format!(
            "{name} ended at 0: losses down to {} still fall as a power, no floor is in sight.",
            format_significant(lowest, 3)
        )
    } else {
        format!(
            "{name} = {} is hardly known: {name} = 0 fits about as well (within the 95 % interval).",
            format_significant(value, 3)
        )
    };
    if depth == Depth::Full {
        let (mut below, mut above) = (value, lowest.max(value));
        for _ in 0..8 {
            let middle = 0.5 * (below + above);
            if likelihood_ratio(setup, end, floor, coordinate, middle) <= CHI_SQUARED_95 {
                below = middle;
            } else {
                above = middle;
            }
        }
        text.push_str(&format!(
            " What can be said is {name} ≤ {}.",
            format_significant(above, 3)
        ));
    }
    text.push_str(" Runs at lower losses would help most.");
    Some(Verdict {
        code: VerdictCode::FloorNotIdentified,
        severity: Severity::Warning,
        text,
    })
}

fn bounds(setup: &Setup, end: &Outcome) -> Vec<Verdict> {
    let say = |text: String| {
        Some(Verdict {
            code: VerdictCode::AtBound,
            severity: Severity::Warning,
            text,
        })
    };
    setup
        .law
        .parameters()
        .iter()
        .zip(&setup.model.slots)
        .zip(setup.model.theta(&end.u))
        .filter_map(|((parameter, slot), value)| {
            let Slot::Free(k) = *slot else { return None };
            let bound = setup.model.at_bound(&end.u, k)?;
            let name = &parameter.name;
            let inputs = setup.law.inputs();
            match parameter.role {
                // A floor at zero has its own verdict.
                ParameterRole::Floor if bound == 0.0 => None,
                ParameterRole::Coefficient { input } => say(format!(
                    "{name} ended at its bound 0: these losses do not fall with {0}, and the exponent of that term means nothing. A wider range of {0}, or a law without that term, \
                     would help.",
                    inputs.symbol(input)
                )),
                ParameterRole::Exponent { input } => say(format!(
                    "{name} ended at its bound {bound}: {}",
                    if bound == 0.0 {
                        format!("these losses do not fall with {}. Check the columns and the excluded runs.", inputs.symbol(input))
                    } else {
                        "one run far above the others can do that. Look at the smallest runs, or leave the term out.".to_owned()
                    }
                )),
                ParameterRole::Floor | ParameterRole::Scale | ParameterRole::Shape => say(format!(
                    "{name} ended at its bound {}: the runs would have it farther still, or do not tell it at all. Hold it \
                     at a known value, or choose a law without it.",
                    format_significant(value, 3)
                )),
            }
        })
        .collect()
}

fn few_runs(setup: &Setup) -> Option<Verdict> {
    let (free, runs) = (setup.model.free(), setup.n_runs);
    (runs < 2 * free).then(|| Verdict {
        code: VerdictCode::TooFewRuns,
        severity: Severity::Warning,
        text: format!(
            "{runs} {} for {free} free parameters: the curve follows the noise. {} runs would do, or hold a parameter \
             at a known value.",
            if runs == 1 { "run" } else { "runs" },
            2 * free
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_named_by_what_does_not_vary() {
        let fixed_ratio: Vec<[f64; 2]> = (0..8).map(|i| [1e7 * 2.0_f64.powi(i), 2e8 * 2.0_f64.powi(i)]).collect();
        assert_eq!(
            line_design(&fixed_ratio.into()).unwrap(),
            "all 8 runs lie at D/N = 20.0 to within 1 %. One run at D/N > 80 would help most."
        );
        let one_budget: Vec<[f64; 2]> = (0..8)
            .map(|i| [1e7 * 2.0_f64.powi(i), 1e11 / 2.0_f64.powi(i)])
            .collect();
        assert!(line_design(&one_budget.into()).unwrap().contains("one compute budget"));
        let grid: Vec<[f64; 2]> = (0..16)
            .map(|i| [1e7 * 2.0_f64.powi(i % 4), 1e9 * 2.0_f64.powi(i / 4)])
            .collect();
        assert_eq!(line_design(&grid.into()), None);
    }
}
