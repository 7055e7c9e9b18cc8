//! Intervals from how fast the fit gets worse when a parameter is moved.
//!
//! A parameter is held at a value and everything else is fitted again. It is within the interval while
//!
//! ```text
//! 2 (Σ ψ'/Σ ψ²) (F − F̂) / d ≤ χ²₁(level)
//! ```
//!
//! with ψ and the mean of its derivative as in [`super::delta`]: twice the log-likelihood ratio for squares, and the same test
//! for any other penalty, whatever the distribution of the residuals. d is 1 where an observation is a run; checkpoints of a
//! run share their luck, and d is how much that adds to the variance of the parameter. The interval may be lopsided, and it
//! may have no end: then the runs would have the parameter anywhere on that side, as far as its bounds allow.
//!
//! Sources: Venzon and Moolgavkar 1988, doi:10.2307/2347496, for the search; Ronchetti 1982 (Hampel et al. 1986, "Robust
//! Statistics", section 7.2) for the test; Kent 1982, doi:10.1093/biomet/69.1.19, for d. Limits: where curvature says nothing
//! about the parameter, d is the number of checkpoints a run, the most it can be if all are alike.

use super::delta::{Delta, normal_quantile, pulls};
use super::{FitConfig, FitError, FitReport, ObjectiveKind, Observations, fit_from, model::Slot, setup::Setup};

/// How often a side is searched farther out, each time twice as far.
const OUTWARDS: usize = 40;
/// Halvings to find the end of an interval.
const HALVINGS: usize = 24;

/// Ends of the interval of a parameter, by index; `None` for a side without an end within the bounds, and altogether for a
/// held parameter or a fit without noise.
///
/// # Errors
/// Whatever [`super::fit`] says of the same input.
pub fn likelihood_interval(
    config: &FitConfig,
    data: &Observations,
    report: &FitReport,
    index: usize,
    level: f64,
) -> Result<Option<[Option<f64>; 2]>, FitError> {
    let setup = Setup::new(config, data)?;
    let (parameter, estimate) = (&setup.law.parameters()[index], &report.params[index]);
    let theta = report.theta();
    let Slot::Free(coordinate) = setup.model.slots[index] else {
        return Ok(None);
    };
    let Some((psi, slope)) = pulls(config, &setup.model.residuals(&setup.coordinates(&theta)?)) else {
        return Ok(None);
    };
    // The value of least squares is Σ r², twice what has the slope r.
    let half = if config.objective.kind == ObjectiveKind::Squared {
        0.5
    } else {
        1.0
    };
    let n = psi.len();
    let design_effect = if setup.n_runs < n {
        Delta::new(config, data, report)?
            .and_then(|delta| delta.design_effect(index))
            .unwrap_or(n as f64 / setup.n_runs as f64)
    } else {
        1.0
    };
    let scale = 2.0 * half * slope * n as f64 / psi.iter().map(|p| p * p).sum::<f64>() / design_effect;
    let most = normal_quantile(level).powi(2);
    let logs = parameter.role.in_logs() && estimate.value > 0.0;
    let into = |value: f64| if logs { value.ln() } else { value };
    let [low, high] = setup.limits[coordinate];
    // Rounding must not carry a bound past itself.
    let back = |value: f64| (if logs { value.exp() } else { value }).clamp(low, high);
    let at = into(estimate.value);
    // Each refit begins where the one before ended: steps are small beside what they find.
    let mut warm = theta.clone();
    let mut within = |value: f64| {
        let mut held = config.clone();
        held.fixed.push((parameter.name.to_string(), value));
        let refit = fit_from(&held, data, &warm).ok()?;
        let inside = scale * (refit.value - report.value) <= most;
        if inside {
            warm = refit.theta();
        }
        Some(inside)
    };
    let first = if logs { 0.05 } else { 0.02 * at.abs().max(1e-6) };
    let mut ends = [None, None];
    for (end, direction) in ends.iter_mut().zip([-1.0, 1.0]) {
        let bound = if direction < 0.0 { low } else { high };
        let (mut inside, mut step) = (at, first);
        let mut outside = None;
        for _ in 0..OUTWARDS {
            let mut next = inside + direction * step;
            let past = |next: f64| direction * (back(next) - bound) >= 0.0;
            if past(next) {
                next = into(bound);
            }
            if !(next.is_finite() && back(next).is_finite()) {
                break;
            }
            match within(back(next)) {
                Some(true) => {}
                Some(false) => {
                    outside = Some(next);
                    break;
                }
                // No fit is possible that far out.
                None => break,
            }
            if past(next) {
                break;
            }
            (inside, step) = (next, 2.0 * step);
        }
        let Some(mut outside) = outside else { continue };
        for _ in 0..HALVINGS {
            let middle = 0.5 * (inside + outside);
            if within(back(middle)) == Some(true) {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        *end = Some(back(0.5 * (inside + outside)));
    }
    Ok(Some(ends))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Delta, Objective, fit};
    use crate::law::LawKind;
    use std::ops::ControlFlow;

    #[test]
    fn a_straight_line_has_nearly_the_interval_of_its_curvature_and_a_floor_may_have_none() {
        let noise = |i: usize| 0.01 * ((i * 7919 % 101) as f64 / 50.0 - 1.0);
        let data = |floor: f64| {
            let x: Vec<f64> = (0..40).map(|i| 1e6 * 1.5_f64.powi(i)).collect();
            let loss = x
                .iter()
                .enumerate()
                .map(|(i, x)| (floor + 30.0 * x.powf(-0.08)) * noise(i).exp());
            Observations {
                x: x.iter().map(|x| [*x]).collect(),
                run: (0..40).collect(),
                loss: loss.collect(),
            }
        };
        let config = |law| FitConfig {
            objective: Objective {
                kind: ObjectiveKind::Squared,
                ..Objective::default()
            },
            ..FitConfig::new(law)
        };
        let (line, data) = (config(LawKind::Power), data(0.0));
        let report = fit(&line, &data, &mut |_| ControlFlow::Continue(())).unwrap();
        let delta = Delta::new(&line, &data, &report)
            .unwrap()
            .unwrap()
            .of_parameter(0.95, 1)
            .unwrap();
        let found = likelihood_interval(&line, &data, &report, 1, 0.95)
            .unwrap()
            .unwrap()
            .map(Option::unwrap);
        let width = delta[1] - delta[0];
        assert!(
            (found[0] - delta[0]).abs() < 0.2 * width && (found[1] - delta[1]).abs() < 0.2 * width,
            "{found:?} {delta:?}"
        );
        // No floor is in sight: nothing stops it from below.
        let floor = config(LawKind::PowerFloor);
        let report = fit(&floor, &data, &mut |_| ControlFlow::Continue(())).unwrap();
        let [low, high] = likelihood_interval(&floor, &data, &report, 0, 0.95).unwrap().unwrap();
        assert_eq!(low, None);
        assert!(high.unwrap() > report.params[0].value);
    }
}
