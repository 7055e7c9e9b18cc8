//! What the ends of the searches give away: a parameter that never left its start, and ends that fit equally well.

use super::super::{FitConfig, Outcome, Stopped, model::Form, setup::Setup};
use super::limits::ratio_of;
use super::{CHI_SQUARED_95, Severity, Verdict, VerdictCode};
use crate::units::format_significant;

/// Closer than this to its start, a parameter has not moved.
const UNMOVED: f64 = 1e-9;
/// Objectives that differ by less than this fit equally well, however many the runs.
const AS_GOOD: f64 = 1e-3;
/// Values of a parameter that differ by more than this fraction are different answers.
const DIFFERENT: f64 = 0.2;

/// Parameters that ended exactly where the user started them, though the search went elsewhere or found no optimum.
pub(super) fn at_start_value(setup: &Setup, config: &FitConfig, end: &Outcome) -> Option<Verdict> {
    // Without noise a start at the truth is where the search should end.
    if end.value <= setup.model.negligible() {
        return None;
    }
    let theta = setup.model.theta(&end.u);
    let parameters = setup.law.parameters();
    let stayed = |k: usize| {
        let start = config.start.iter().find(|(name, _)| *name == parameters[k].name);
        start.is_some_and(|(_, start)| (theta[k] - start).abs() <= UNMOVED * start.abs())
    };
    let free: Vec<(usize, usize)> = (0..parameters.len())
        .filter_map(|k| Some((k, setup.model.slots[k].coordinate()?)))
        .collect();
    let others_moved = free.iter().any(|&(k, _)| !stayed(k));
    if end.stopped == Stopped::Gradient && !others_moved {
        return None;
    }
    let names: Vec<String> = free
        .iter()
        // A bound is a reason to stay, and has a verdict of its own.
        .filter(|&&(k, coordinate)| stayed(k) && setup.model.at_bound(&end.u, coordinate).is_none())
        .map(|&(k, _)| format!("{} = {}", parameters[k].name, format_significant(theta[k], 4)))
        .collect();
    if names.is_empty() {
        return None;
    }
    Some(Verdict {
        code: VerdictCode::AtStartValue,
        severity: Severity::Warning,
        text: format!(
            "{} ended exactly at the start that was given{}: the search probably could not feel it there. Start elsewhere, \
             or hold it at a known value.",
            names.join(", "),
            if others_moved {
                ", while others moved"
            } else {
                ", and not at an optimum"
            }
        ),
    })
}

/// Parameters of a general law that differ between ends which fit about as well as the one reported.
pub(super) fn ambiguous(setup: &Setup, ends: &[Outcome], end: &Outcome) -> Option<Verdict> {
    if !matches!(setup.model.form, Form::General(_)) {
        return None;
    }
    let nothing = setup.model.negligible();
    let reported = setup.model.theta(&end.u);
    let as_good: Vec<Vec<f64>> = ends
        .iter()
        .filter(|other| {
            other.value - end.value <= AS_GOOD * end.value + nothing
                || ratio_of(setup, end, other.value) <= CHI_SQUARED_95
        })
        .map(|other| setup.model.theta(&other.u))
        .filter(|theta| !renamed(theta, &reported))
        .chain([reported.clone()])
        .collect();
    let between: Vec<String> = (0..reported.len())
        .filter(|&k| setup.model.slots[k].is_free())
        .filter_map(|k| {
            let (low, high) = as_good
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), theta| {
                    (low.min(theta[k]), high.max(theta[k]))
                });
            let name = &setup.law.parameters()[k].name;
            (high - low > DIFFERENT * low.abs().max(high.abs())).then(|| {
                format!(
                    "{name} between {} and {}",
                    format_significant(low, 3),
                    format_significant(high, 3)
                )
            })
        })
        .collect();
    if between.is_empty() {
        return None;
    }
    Some(Verdict {
        code: VerdictCode::AmbiguousParameter,
        severity: Severity::Warning,
        text: format!(
            "Searches ended at different values that fit these runs about equally well: what can be said is {}. Hold a \
             parameter at a known value, or add runs where the curves differ.",
            between.join(", ")
        ),
    })
}

/// Whether two θ are the same numbers under exchanged names, as those of a sum of two exponentials can be.
fn renamed(a: &[f64], b: &[f64]) -> bool {
    let sorted = |theta: &[f64]| {
        let mut values = theta.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    sorted(a)
        .iter()
        .zip(sorted(b))
        .all(|(a, b)| (a - b).abs() <= 1e-3 * a.abs().max(b.abs()))
}

#[cfg(test)]
mod tests {
    use super::super::super::{FitConfig, FitReport, Observations, fit};
    use super::super::VerdictCode;
    use crate::law::LawChoice;
    use crate::law::formula::Formula;
    use std::ops::ControlFlow;

    /// y = 2 + 3x for x = 0.1, 0.2, …, with a little noise that is always the same.
    fn line() -> Observations {
        let x: Vec<f64> = (1..=30).map(|i| 0.1 * f64::from(i)).collect();
        Observations {
            loss: x
                .iter()
                .enumerate()
                .map(|(i, x)| 2.0 + 3.0 * x + 0.01 * ((i * 7919 % 101) as f64 / 50.0 - 1.0))
                .collect(),
            run: (0..30).collect(),
            x: x.iter().map(|x| [*x]).collect(),
        }
    }

    fn started(formula: &str, data: &Observations, start: &[(&str, f64)], starts: usize) -> FitReport {
        let config = FitConfig {
            start: start.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            starts,
            ..FitConfig::new(LawChoice::Formula(
                Formula::parse(formula).unwrap().bind(|name| name == "x"),
            ))
        };
        fit(&config, data, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    fn said(report: &FitReport, code: VerdictCode) -> Option<&str> {
        report.verdicts.iter().find(|v| v.code == code).map(|v| v.text.as_str())
    }

    #[test]
    fn a_start_where_the_law_is_flat_is_told() {
        // exp(-800) is no number that could move.
        let start = [("a", 1.0), ("b", 1.0), ("c", 800.0)];
        let report = started("a + b*x + exp(-c*(1 + x))", &line(), &start, 1);
        let text = said(&report, VerdictCode::AtStartValue).unwrap_or_else(|| panic!("{report:?}"));
        assert!(
            text.starts_with("c = 800") && text.contains("while others moved"),
            "{text}"
        );
        // Elsewhere, at the optimum itself, and without a start there is nothing to say.
        let report = started("a + b*x", &line(), &start[..2], 1);
        assert_eq!(report.verdicts, []);
        let found: Vec<(&str, f64)> = report.params.iter().map(|p| (p.name.as_str(), p.value)).collect();
        let again = started("a + b*x", &line(), &found, 1);
        assert_eq!(again.verdicts, []);
        assert_eq!(started("a + b*x", &line(), &[], 8).verdicts, []);
    }

    #[test]
    fn ends_that_fit_equally_well_are_told_and_exchanged_names_are_not() {
        let report = started("a + b*x + exp(-c*(1 + x))", &line(), &[], 8);
        let text = said(&report, VerdictCode::AmbiguousParameter).unwrap_or_else(|| panic!("{report:?}"));
        assert!(text.contains("c between") && !text.contains("b between"), "{text}");

        let mut sum = line();
        sum.loss = sum
            .x
            .iter()
            .zip(&line().loss)
            .map(|(x, y)| y - 3.0 * x[0] + (-x[0]).exp() + (-5.0 * x[0]).exp())
            .collect();
        let report = started("2 + a*exp(-b*x) + c*exp(-d*x)", &sum, &[], 8);
        assert!(report.starts_agreed > 1, "{report:?}");
        assert_eq!(said(&report, VerdictCode::AmbiguousParameter), None);
    }
}
