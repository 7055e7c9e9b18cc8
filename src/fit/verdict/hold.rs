//! Parameters that the runs have no hold on: the curve is the same whatever their value, alone or traded for one another.
//!
//! Each column of J = ∂L/∂θ is taken in the size of its parameter. One that is nothing beside the losses belongs to a
//! parameter that no run feels, such as the rate of a term that has vanished. Columns that depend on each other belong to
//! parameters of which only a combination is felt, such as two constants that are added.
//!
//! Limits: only of laws that are no sums of powers, which have bounds and verdicts of their own; looks at the optimum only.

use super::super::{Outcome, model::Form, setup::Setup};
use super::{Severity, Verdict, VerdictCode};
use crate::units::format_significant;
use nalgebra::DMatrix;

/// Changes of the losses smaller than this fraction are nothing: no measured loss has nine digits.
const NOTHING: f64 = 1e-8;
/// Columns whose directions differ by less than this are one.
const ONE_DIRECTION: f64 = 1e-10;
/// A parameter takes part in a trade from this share on.
const TAKES_PART: f64 = 0.05;

pub(super) fn verdict(setup: &Setup, end: &Outcome) -> Option<Verdict> {
    let Form::General(general) = &setup.model.form else {
        return None;
    };
    let model = &setup.model;
    let all = end.u.len();
    let here = general.slopes(model, &end.u);
    let losses = here.losses.iter().map(|l| l * l).sum::<f64>().sqrt();
    if !(losses.is_finite() && losses > 0.0) {
        return None;
    }
    // The size of a parameter at zero is that of what it multiplies, inverted, or one.
    let unit = (0..general.x.width())
        .map(|input| general.x.column(input).map(f64::abs).sum::<f64>() / general.x.len() as f64)
        .filter(|size| size.is_normal())
        .fold(1.0, |unit: f64, size| unit.min(1.0 / size));
    let length = |k: usize| {
        here.slopes
            .iter()
            .skip(k)
            .step_by(all)
            .map(|s| s * s)
            .sum::<f64>()
            .sqrt()
    };
    let parameter = |k: usize| model.slots.iter().position(|slot| slot.coordinate() == Some(k));
    let name = |k: usize| parameter(k).map_or("", |p| &*setup.law.parameters()[p].name);
    let unfelt = |k: usize| {
        // A coefficient near zero says that its term is not there, which is an answer.
        if parameter(k).is_some_and(|p| setup.law.linear().contains(&p)) {
            return length(k) == 0.0;
        }
        let size = if general.in_logs[k] {
            1.0
        } else {
            end.u[k].abs().max(unit)
        };
        length(k) * size <= NOTHING * losses
    };
    let (lost, felt): (Vec<usize>, Vec<usize>) = (0..all)
        .filter(|&k| model.at_bound(&end.u, k).is_none())
        .partition(|&k| unfelt(k));
    let say = |text: String| {
        Some(Verdict {
            code: VerdictCode::AmbiguousParameter,
            severity: Severity::Warning,
            text,
        })
    };
    if !lost.is_empty() {
        let theta = model.theta(&end.u);
        let values = lost.iter().filter_map(|&k| {
            let value = theta[parameter(k)?];
            Some(format!("{} = {}", name(k), format_significant(value, 3)))
        });
        return say(format!(
            "{} could be anything: no run feels it there, because what it belongs to is nothing. Leave that term out, or \
             hold the parameter at a known value.",
            values.collect::<Vec<_>>().join(", ")
        ));
    }
    let names: Vec<&str> = traded(&here.slopes, all, &felt, &length)
        .into_iter()
        .map(name)
        .collect();
    if names.is_empty() {
        return None;
    }
    say(format!(
        "{} cannot be told apart: these runs feel only a combination of them, so their values are one choice among many. \
         Hold one of them at a known value, or write the formula with one parameter less.",
        names.join(" and ")
    ))
}

/// Coordinates of which the columns depend on each other.
fn traded(slopes: &[f64], all: usize, felt: &[usize], length: &dyn Fn(usize) -> f64) -> Vec<usize> {
    let rows = slopes.len() / all.max(1);
    let columns: Vec<usize> = felt.iter().copied().filter(|&k| length(k).is_normal()).collect();
    if columns.len() < 2 || rows < columns.len() {
        return vec![];
    }
    let matrix = DMatrix::from_fn(rows, columns.len(), |i, j| {
        slopes[i * all + columns[j]] / length(columns[j])
    });
    let found = matrix.svd(false, true);
    let (Some(directions), Some(least)) = (
        found.v_t,
        (0..columns.len()).min_by(|&i, &j| found.singular_values[i].total_cmp(&found.singular_values[j])),
    ) else {
        return vec![];
    };
    if found.singular_values[least] > ONE_DIRECTION {
        return vec![];
    }
    let share = |j: usize| directions[(least, j)].powi(2);
    (0..columns.len())
        .filter(|&j| share(j) > TAKES_PART)
        .map(|j| columns[j])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::{FitConfig, FitReport, Observations, fit};
    use super::super::VerdictCode;
    use crate::law::LawChoice;
    use crate::law::formula::Formula;
    use std::ops::ControlFlow;

    fn fitted(formula: &str, loss: impl Fn(f64) -> f64) -> FitReport {
        let x: Vec<f64> = (1..=20).map(|i| 0.5 * f64::from(i)).collect();
        let data = Observations {
            loss: x.iter().map(|x| loss(*x)).collect(),
            run: (0..20).collect(),
            x: x.into_iter().map(|x| [x]).collect(),
        };
        let formula = Formula::parse(formula).unwrap().bind(|name| name == "x");
        let config = FitConfig::new(LawChoice::Formula(formula));
        fit(&config, &data, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    fn said(report: &FitReport) -> Option<&str> {
        let mut of_code = report
            .verdicts
            .iter()
            .filter(|v| v.code == VerdictCode::AmbiguousParameter);
        of_code.next().map(|v| v.text.as_str())
    }

    #[test]
    fn what_no_run_feels_is_told() {
        let line = |x: f64| 3.0 * x + 0.02 * (7.0 * x).sin();
        let report = fitted("a*x + 0*q", line);
        let text = said(&report).unwrap_or_else(|| panic!("{report:?}"));
        assert!(text.starts_with("q = ") && text.contains("could be anything"), "{text}");
        let report = fitted("a*x + b + c", line);
        let text = said(&report).unwrap_or_else(|| panic!("{report:?}"));
        assert!(text.starts_with("b and c cannot be told apart"), "{text}");
        // Equal losses have no rate at which they fall.
        let report = fitted("a + b*exp(-c*x)", |_| 2.5);
        let text = said(&report).unwrap_or_else(|| panic!("{report:?}"));
        assert!(text.contains('c'), "{text}");
    }

    #[test]
    fn what_the_runs_feel_is_not() {
        let wave = |x: f64| 0.01 * (7.0 * x).sin();
        for formula in ["a + b*exp(-c*x)", "a + b*x", "a + b/x^c"] {
            let report = fitted(formula, |x| 2.0 + 3.0 * (-0.4 * x).exp() + wave(x));
            assert_eq!(said(&report), None, "{formula}");
        }
        // A term that is not there is an answer.
        let report = fitted("a + b*x", |_| 2.5);
        assert_eq!(said(&report), None, "{report:?}");
    }
}
