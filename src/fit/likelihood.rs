//! Intervals from how fast the fit gets worse when a parameter is moved.
//!
//! A parameter is held at a value and everything else is fitted again. It is within the interval while
//!
//! ```text
//! 2 (Σ ψ'/Σ ψ²) (F − F̂) / d ≤ t²(level)
//! ```
//!
//! with ψ and the mean of its derivative as in [`super::delta`]: twice the log-likelihood ratio for squares, and the same test
//! for any other penalty, whatever the distribution of the residuals. t is Student's with R − p degrees of freedom, R the runs
//! and p the free parameters, its square that of F₁. d is n/(n − p) where each of the n observations is a run, as residuals of a
//! fit are too small by that; checkpoints of a run share their luck, and d is how much that adds to the variance of the parameter. The interval may be lopsided, and it
//! may have no end: then the runs would have the parameter anywhere on that side, as far as its bounds allow.
//!
//! Sources: Venzon and Moolgavkar 1988, doi:10.2307/2347496, for the search; Ronchetti 1982 (Hampel et al. 1986, "Robust
//! Statistics", section 7.2) for the test; Kent 1982, doi:10.1093/biomet/69.1.19, for d; Bates and Watts 1988, "Nonlinear
//! Regression Analysis and Its Applications", section 6.1, for t. Limits: where curvature says nothing
//! about the parameter, d is the number of checkpoints a run, the most it can be if all are alike.

use super::delta::{Delta, pulls, student_quantile};
use super::{FitConfig, FitError, FitReport, ObjectiveKind, Observations, fit_from, model::Slot, setup::Setup};
use std::ops::ControlFlow;

/// How often a side is searched farther out, each time twice as far.
const OUTWARDS: usize = 40;
/// Halvings to find the end of an interval.
const HALVINGS: usize = 24;

/// The test of one parameter: the fit anew with it held, and how much worse that is.
struct Held<'a> {
    config: &'a FitConfig,
    data: &'a Observations,
    report: &'a FitReport,
    name: String,
    /// What makes t² of a difference of objectives.
    scale: f64,
    /// R − p.
    freedom: f64,
    logs: bool,
    limits: [f64; 2],
    /// The estimate, in logs where the search is.
    at: f64,
}

impl<'a> Held<'a> {
    /// `None` for a held parameter, a fit without noise, or no more runs than free parameters.
    fn new(
        config: &'a FitConfig,
        data: &'a Observations,
        report: &'a FitReport,
        index: usize,
    ) -> Result<Option<Self>, FitError> {
        let setup = Setup::new(config, data)?;
        let (parameter, estimate) = (&setup.law.parameters()[index], &report.params[index]);
        let Slot::Free(coordinate) = setup.model.slots[index] else {
            return Ok(None);
        };
        let Some((psi, slope)) = pulls(config, &setup.model.residuals(&setup.coordinates(&report.theta())?)) else {
            return Ok(None);
        };
        // The value of least squares is Σ r², twice what has the slope r.
        let half = if config.objective.kind == ObjectiveKind::Squared {
            0.5
        } else {
            1.0
        };
        let n = psi.len();
        let free = setup.model.free();
        if setup.n_runs <= free {
            return Ok(None);
        }
        let design_effect = if setup.n_runs < n {
            Delta::new(config, data, report)?
                .and_then(|delta| delta.design_effect(index))
                .unwrap_or(n as f64 / setup.n_runs as f64)
        } else {
            n as f64 / (n - free) as f64
        };
        let logs = parameter.role.in_logs() && estimate.value > 0.0;
        Ok(Some(Self {
            config,
            data,
            report,
            name: parameter.name.to_string(),
            scale: 2.0 * half * slope * n as f64 / psi.iter().map(|p| p * p).sum::<f64>() / design_effect,
            freedom: (setup.n_runs - free) as f64,
            logs,
            limits: setup.limits[coordinate],
            at: if logs { estimate.value.ln() } else { estimate.value },
        }))
    }

    fn into(&self, value: f64) -> f64 {
        if self.logs { value.ln() } else { value }
    }

    /// Rounding must not carry a bound past itself.
    fn back(&self, at: f64) -> f64 {
        let [low, high] = self.limits;
        (if self.logs { at.exp() } else { at }).clamp(low, high)
    }

    /// t² with the parameter at a place, and θ there; `None` where no fit is possible. Begins where a refit before ended:
    /// steps are small beside what they find.
    fn test(&self, at: f64, warm: &[f64]) -> Option<(f64, Vec<f64>)> {
        let mut held = self.config.clone();
        held.fixed.push((self.name.clone(), self.back(at)));
        let refit = fit_from(&held, self.data, warm).ok()?;
        Some((self.scale * (refit.value - self.report.value), refit.theta()))
    }

    /// Places on either side of where t² comes to be `most`: within and without, or the bound that is still within. `warm`
    /// is left at the last place within.
    fn bracket(&self, direction: f64, most: f64, warm: &mut Vec<f64>) -> (f64, Option<f64>) {
        let bound = if direction < 0.0 {
            self.limits[0]
        } else {
            self.limits[1]
        };
        let mut inside = self.at;
        let mut step = if self.logs {
            0.05
        } else {
            0.02 * self.at.abs().max(1e-6)
        };
        for _ in 0..OUTWARDS {
            let mut next = inside + direction * step;
            let past = |next: f64| direction * (self.back(next) - bound) >= 0.0;
            if past(next) {
                next = self.into(bound);
            }
            if !(next.is_finite() && self.back(next).is_finite()) {
                break;
            }
            match self.test(next, warm) {
                Some((rise, theta)) if rise <= most => *warm = theta,
                Some(_) => return (inside, Some(next)),
                // No fit is possible that far out.
                None => break,
            }
            inside = next;
            if past(next) {
                break;
            }
            step *= 2.0;
        }
        (inside, None)
    }
}

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
    let Some(held) = Held::new(config, data, report, index)? else {
        return Ok(None);
    };
    let most = student_quantile(level, held.freedom).powi(2);
    let mut ends = [None, None];
    let mut warm = report.theta();
    for (end, direction) in ends.iter_mut().zip([-1.0, 1.0]) {
        let (mut inside, outside) = held.bracket(direction, most, &mut warm);
        let Some(mut outside) = outside else { continue };
        for _ in 0..HALVINGS {
            let middle = 0.5 * (inside + outside);
            match held.test(middle, &warm) {
                Some((rise, theta)) if rise <= most => (inside, warm) = (middle, theta),
                _ => outside = middle,
            }
        }
        *end = Some(held.back(0.5 * (inside + outside)));
    }
    Ok(Some(ends))
}

/// How far a profile is drawn: three standard deviations of a normal distribution.
const DRAWN: f64 = 9.0;
/// Refits on either side.
const SIDE: usize = 12;

/// How the fit gets worse as a parameter is moved and the others follow.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileCurve {
    /// Which parameter.
    pub index: usize,
    /// Level of the interval, such as 0.95.
    pub level: f64,
    /// t² at its ends.
    pub most: f64,
    /// As [`likelihood_interval`] has them.
    pub ends: [Option<f64>; 2],
    /// In rising order of its value; the fit itself is among them.
    pub points: Vec<ProfilePoint>,
}

/// One place on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfilePoint {
    /// t² above the fit.
    pub rise: f64,
    /// All parameters there, in the law's order.
    pub theta: Vec<f64>,
}

/// The profile of a parameter, by index, out to where it is three standard deviations off or at a bound; `None` as for
/// [`likelihood_interval`].
///
/// # Errors
/// [`FitError::Cancelled`], and whatever [`super::fit`] says of the same input.
pub fn profile_curve(
    config: &FitConfig,
    data: &Observations,
    report: &FitReport,
    index: usize,
    level: f64,
    progress: &dyn Fn(f64) -> ControlFlow<()>,
) -> Result<Option<ProfileCurve>, FitError> {
    let Some(held) = Held::new(config, data, report, index)? else {
        return Ok(None);
    };
    let ends = likelihood_interval(config, data, report, index, level)?.unwrap_or_default();
    let mut points = vec![ProfilePoint {
        rise: 0.0,
        theta: report.theta(),
    }];
    for (side, direction) in [-1.0, 1.0].into_iter().enumerate() {
        let (inside, outside) = held.bracket(direction, DRAWN, &mut report.theta());
        let end = outside.unwrap_or(inside);
        let mut warm = report.theta();
        for step in 1..=SIDE {
            if progress((side * SIDE + step) as f64 / (2 * SIDE) as f64).is_break() {
                return Err(FitError::Cancelled);
            }
            let at = held.at + (end - held.at) * step as f64 / SIDE as f64;
            let Some((rise, theta)) = held.test(at, &warm) else {
                break;
            };
            warm.clone_from(&theta);
            points.push(ProfilePoint { rise, theta });
        }
    }
    points.sort_by(|a, b| a.theta[index].total_cmp(&b.theta[index]));
    points.dedup_by(|a, b| a.theta[index] == b.theta[index]);
    Ok(Some(ProfileCurve {
        index,
        level,
        most: student_quantile(level, held.freedom).powi(2),
        ends,
        points,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Delta, Objective, fit};
    use crate::law::LawKind;

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
        let curve = profile_curve(&line, &data, &report, 1, 0.95, &|_| ControlFlow::Continue(()))
            .unwrap()
            .unwrap();
        assert!(curve.points.len() == 2 * SIDE + 1 && curve.points.iter().any(|point| point.rise == 0.0));
        assert_eq!(curve.ends.map(Option::unwrap), found);
        // It passes t² where the interval ends.
        for end in found {
            let after = curve.points.partition_point(|point| point.theta[1] < end);
            let [a, b] = [after - 1, after].map(|at| &curve.points[at]);
            let share = (end - a.theta[1]) / (b.theta[1] - a.theta[1]);
            let rise = a.rise + share * (b.rise - a.rise);
            assert!((rise - curve.most).abs() < 0.3, "{rise} at {end}");
        }
        // No floor is in sight: nothing stops it from below.
        let floor = config(LawKind::PowerFloor);
        let report = fit(&floor, &data, &mut |_| ControlFlow::Continue(())).unwrap();
        let [low, high] = likelihood_interval(&floor, &data, &report, 0, 0.95).unwrap().unwrap();
        assert_eq!(low, None);
        assert!(high.unwrap() > report.params[0].value);
    }
}
