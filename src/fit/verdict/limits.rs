//! Parameters at or near the end of what they may be: a floor that could be anything lower, bounds that were reached.

use super::super::{Outcome, model::Slot, setup::Setup, solver};
use super::{CHI_SQUARED_95, Depth, Information, Severity, Verdict, VerdictCode};
use crate::law::{ParameterRole, Structure};
use crate::units::format_significant;

/// How much worse a value of the objective is than the optimum's, as a likelihood ratio (see [`super`]).
pub(super) fn ratio_of(setup: &Setup, end: &Outcome, value: f64) -> f64 {
    let factor = if setup.model.mostly_linear(&setup.model.residuals(&end.u)) {
        2.0
    } else {
        1.0
    };
    // A perfect fit has no noise to compare with.
    let nothing = setup.model.negligible();
    factor * setup.n_runs as f64 * ((value + nothing) / (end.value + nothing)).ln()
}

/// How much the objective rises when a parameter is held at a value, as a likelihood ratio (see [`super`]).
fn likelihood_ratio(setup: &Setup, end: &Outcome, parameter: usize, coordinate: usize, value: f64) -> f64 {
    let held = setup.model.holding(parameter, value);
    let mut u = end.u.clone();
    u.remove(coordinate);
    let refit = solver::descend(&held, u);
    ratio_of(setup, end, refit.value)
}

pub(super) fn floor(setup: &Setup, end: &Outcome, information: &Information, depth: Depth) -> Option<Verdict> {
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

pub(super) fn bounds(setup: &Setup, end: &Outcome) -> Vec<Verdict> {
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
