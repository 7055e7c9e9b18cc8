//! Intervals from the curvature at the optimum.
//!
//! ```text
//! Cov(u) = s² (JᵀJ)^-1                               least squares, an observation a run
//! Cov(u) = (R − 1)/R Σ_runs d dᵀ                     otherwise; d = (c JᵀJ − c J_gᵀJ_g)^-1 J_gᵀψ_g for each run g
//! Var(f) = ∇fᵀ Cov ∇f,  interval f ± t √Var(f)       t of Student's distribution with R − p degrees of freedom
//! Var(f | one run more) = Var(f) − (∇fᵀ Cov h)²/(τ² + hᵀ Cov h)      h = ∇ of what the law says of that run
//! ```
//!
//! s² is Σ r²/(n − p), n the observations, R the runs, p the free parameters. d is how far the optimum moves without the run,
//! to first order: the sandwich with every run's pull taken at the residual that it has when the fit has not seen it, because
//! a fit bends towards the runs it sees, and the more the fewer they are.
//! τ² = Σ ψ²/(c² (n − p)) is the variance with which a run counts: s² for squares.
//! ψ is the slope of the penalty, c the mean of its derivative: 1 for squares, the share of residuals within δ for Huber, and
//! twice their density at zero for absolute values, both read from a smoothed distribution of the residuals, as few lie there.
//! Runs are the units: checkpoints of one run pull together. c JᵀJ stands for the Hessian, which it approaches as residuals
//! lose their pattern, because it is positive definite wherever the runs determine the parameters.
//!
//! Source: Huber 1967 (sandwich); Koenker and Bassett 1978, doi:10.2307/1913643, for absolute values; MacKinnon and
//! White 1985, doi:10.1016/0304-4076(85)90158-7, for runs left out (HC3); Cameron and Miller 2015, doi:10.3368/jhr.50.2.317, for
//! the same in clusters (CR3) and for Student's t. Limits: symmetric, so best for what is nearly linear in the parameters; a
//! coefficient has its interval in logs. Where the runs without one of them determine nothing, neither does this.

use super::{FitConfig, FitError, FitReport, ObjectiveKind, Observations, setup::Setup};
use crate::law::ParameterRole;
use nalgebra::{Cholesky, DMatrix, DVector};
use serde::Serialize;

/// How the covariance was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Covariance {
    /// s² (JᵀJ)^-1: residuals that are alike and independent.
    LeastSquares,
    /// The sandwich, with runs as units.
    Sandwich,
}

/// What is known of the spread of θ about a fit.
#[derive(Debug, Clone)]
pub struct Delta {
    /// How the covariance was made.
    pub made: Covariance,
    theta: Vec<f64>,
    /// θ a little to either side of the optimum in each coordinate, and how far apart the two are.
    beside: Vec<([Vec<f64>; 2], f64)>,
    covariance: DMatrix<f64>,
    /// What it would be if observations of a run had nothing in common.
    independent: DMatrix<f64>,
    /// R − p.
    freedom: f64,
    /// τ².
    noise: f64,
    in_logs: Vec<bool>,
    held: Vec<bool>,
}

impl Delta {
    /// Looks at a fit. `None` where the runs do not determine its parameters, or where there are too few of them.
    ///
    /// # Errors
    /// Whatever [`super::fit`] says of the same input.
    pub fn new(config: &FitConfig, data: &Observations, report: &FitReport) -> Result<Option<Self>, FitError> {
        let setup = Setup::new(config, data)?;
        let u = setup.coordinates(&report.theta())?;
        let model = &setup.model;
        let residuals = model.residuals(&u);
        let unit = |k: usize| (0..u.len()).map(|j| f64::from(j == k)).collect::<Vec<f64>>();
        let slopes: Vec<Vec<f64>> = (0..u.len())
            .map(|k| model.along(&u, &unit(k)).into_iter().map(|[_, slope]| slope).collect())
            .collect();
        let squares = |k: usize| slopes[k].iter().map(|s| s * s).sum::<f64>();
        let free: Vec<usize> = (0..u.len())
            .filter(|&k| model.at_bound(&u, k).is_none() && squares(k) > 0.0)
            .collect();
        let runs = data.runs();
        if free.is_empty() || runs.len() <= free.len() {
            return Ok(None);
        }
        let Some((psi, mean_slope)) = pulls(config, &residuals) else {
            return Ok(None);
        };
        let (m, units) = (free.len(), runs.len());
        let scale: Vec<f64> = free.iter().map(|&k| squares(k).sqrt()).collect();
        let mut members = vec![vec![]; units];
        for (place, &observation) in setup.order.iter().enumerate() {
            members[runs.binary_search(&data.run[observation]).unwrap_or(0)].push(place);
        }
        let bread = DMatrix::from_fn(m, m, |i, j| {
            let product = slopes[free[i]]
                .iter()
                .zip(&slopes[free[j]])
                .map(|(a, b)| a * b)
                .sum::<f64>();
            product / (scale[i] * scale[j])
        });
        let Some(inverse) = Cholesky::new(bread.clone()).map(|c| c.inverse() / mean_slope) else {
            return Ok(None);
        };
        let unscaled = |matrix: &DMatrix<f64>| DMatrix::from_fn(m, m, |i, j| matrix[(i, j)] / (scale[i] * scale[j]));
        let n = residuals.len();
        let pull = psi.iter().map(|p| p * p).sum::<f64>();
        let independent = unscaled(&inverse) * (pull / (n as f64 * mean_slope));
        let (made, covariance) = if config.objective.kind == ObjectiveKind::Squared && units == n {
            (Covariance::LeastSquares, &independent * (n as f64 / (n - m) as f64))
        } else {
            let mut spread = DMatrix::zeros(m, m);
            for run in &members {
                let rows = DMatrix::from_fn(run.len(), m, |i, j| slopes[free[j]][run[i]] / scale[j]);
                let pulls = DVector::from_fn(run.len(), |i, _| psi[run[i]]);
                let Some(without) = Cholesky::new(&bread - rows.tr_mul(&rows)) else {
                    return Ok(None);
                };
                let moved = without.solve(&rows.tr_mul(&pulls)) / mean_slope;
                spread += &moved * moved.transpose();
            }
            let share = (units - 1) as f64 / units as f64;
            (Covariance::Sandwich, unscaled(&spread) * share)
        };
        if covariance.iter().any(|v| !v.is_finite()) {
            return Ok(None);
        }
        let beside = free.iter().enumerate().map(|(j, &k)| {
            // Small beside the error, large beside rounding.
            let step = (1e-3 * covariance[(j, j)].sqrt()).max(1e-9 * u[k].abs());
            let moved = |by: f64| {
                let mut u = u.clone();
                u[k] += by;
                model.theta(&u)
            };
            ([moved(step), moved(-step)], 2.0 * step)
        });
        let parameters = setup.law.parameters().iter();
        let noise = pull / (mean_slope.powi(2) * (n.max(m + 1) - m) as f64);
        Ok(Some(Self {
            made,
            theta: report.theta(),
            beside: beside.collect(),
            covariance,
            independent,
            freedom: (units - m) as f64,
            noise,
            in_logs: parameters
                .map(|p| p.role.in_logs() && !matches!(p.role, ParameterRole::Floor))
                .collect(),
            held: report.params.iter().map(|p| p.fixed).collect(),
        }))
    }

    /// Standard error of a function of θ; `None` where it has none.
    pub fn standard_error(&self, of: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let slopes = self.slopes(of);
        let variance = slopes.dot(&(&self.covariance * &slopes));
        Some(variance.sqrt()).filter(|error| error.is_finite() && *error > 0.0)
    }

    /// What the standard error of a function of θ would be with one run more, in the mean over what that may measure. `run`
    /// is what the law says of it, in the space of the objective. None where the function has no standard error.
    pub fn standard_error_with(&self, of: impl Fn(&[f64]) -> f64, run: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let (slopes, along) = (self.slopes(of), self.slopes(run));
        let spread = &self.covariance * &along;
        let gained = slopes.dot(&spread).powi(2) / (self.noise + along.dot(&spread));
        let variance = slopes.dot(&(&self.covariance * &slopes)) - gained;
        Some(variance.max(0.0).sqrt()).filter(|error| error.is_finite())
    }

    /// Correlation of two parameters, by index; `None` where one of them was held or is at a bound.
    pub fn correlation(&self, i: usize, j: usize) -> Option<f64> {
        let [a, b] = [i, j].map(|k| self.slopes(|theta| theta[k]));
        let covariance = |a: &DVector<f64>, b: &DVector<f64>| a.dot(&(&self.covariance * b));
        let found = covariance(&a, &b) / (covariance(&a, &a) * covariance(&b, &b)).sqrt();
        Some(found.clamp(-1.0, 1.0)).filter(|found| found.is_finite())
    }

    /// How many times larger the variance of a parameter is than it would be if observations of a run had nothing in common:
    /// the design effect of checkpoints.
    pub(super) fn design_effect(&self, index: usize) -> Option<f64> {
        let slopes = self.slopes(|theta| theta[index]);
        let [all, independent] = [&self.covariance, &self.independent].map(|c| slopes.dot(&(c * &slopes)));
        Some(all / independent).filter(|effect| effect.is_finite() && *effect > 0.0)
    }

    fn slopes(&self, of: impl Fn(&[f64]) -> f64) -> DVector<f64> {
        let slopes = self
            .beside
            .iter()
            .map(|([up, down], apart)| (of(up) - of(down)) / apart);
        DVector::from_iterator(self.beside.len(), slopes)
    }

    /// Interval of a function of θ, symmetric about its value.
    pub fn interval(&self, level: f64, of: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
        let (value, error) = (of(&self.theta), self.standard_error(of)?);
        let reach = student_quantile(level, self.freedom) * error;
        Some([value - reach, value + reach])
    }

    /// Interval of a positive function of θ that spans decades, such as N*: symmetric about its logarithm.
    pub fn interval_in_logs(&self, level: f64, of: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
        let logs = self.interval(level, |theta| of(theta).ln())?;
        Some(logs.map(f64::exp))
    }

    /// Interval of a parameter: of its logarithm where it spans decades. `None` where it was held.
    pub fn of_parameter(&self, level: f64, index: usize) -> Option<[f64; 2]> {
        if self.held.get(index) != Some(&false) {
            return None;
        }
        if self.in_logs[index] {
            return self.interval_in_logs(level, |theta| theta[index]);
        }
        self.interval(level, |theta| theta[index])
    }
}

/// ψ of every residual, and the mean of its derivative.
pub(super) fn pulls(config: &FitConfig, residuals: &[f64]) -> Option<(Vec<f64>, f64)> {
    let n = residuals.len() as f64;
    let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    // The median size is .6745 standard deviations of a normal distribution.
    let spread = sizes.get(sizes.len() / 2)? / 0.6745;
    let width = 1.06 * spread * n.powf(-0.2);
    if !(width > 0.0 && width.is_finite()) {
        return None;
    }
    let [above, below] = config.objective.sides();
    let side = |r: f64| if r > 0.0 { below } else { above };
    Some(match config.objective.kind {
        ObjectiveKind::Squared => (residuals.to_vec(), 1.0),
        ObjectiveKind::Huber => {
            let delta = config.objective.delta;
            let within = |r: &f64| normal((delta - r) / width) - normal((-delta - r) / width);
            let share = residuals.iter().map(within).sum::<f64>() / n;
            (residuals.iter().map(|r| r.clamp(-delta, delta)).collect(), share)
        }
        ObjectiveKind::Absolute | ObjectiveKind::Asymmetric => {
            let density = |r: &f64| (-0.5 * (r / width).powi(2)).exp() / (width * (2.0 * std::f64::consts::PI).sqrt());
            let at_zero = residuals.iter().map(density).sum::<f64>() / n;
            let jump = above + below;
            (
                residuals.iter().map(|r| side(*r) * r.signum()).collect(),
                jump * at_zero,
            )
        }
    })
}

/// Φ, by Simpson's rule on the density: to eleven digits within eight standard deviations.
pub(super) fn normal(z: f64) -> f64 {
    let z = z.clamp(-8.0, 8.0);
    let density = |t: f64| (-0.5 * t * t).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let step = z / 128.0;
    let sum: f64 = (0..=128)
        .map(|i| {
            let weight = match i {
                0 | 128 => 1.0,
                i if i % 2 == 1 => 4.0,
                _ => 2.0,
            };
            weight * density(step * f64::from(i))
        })
        .sum();
    0.5 + sum * step / 3.0
}

/// t of a central interval of Student's distribution: 1.96 for .95 and many degrees of freedom ν.
///
/// With t = √ν tan φ its density is cos^(ν−1) φ, which Simpson's rule adds up.
pub(super) fn student_quantile(level: f64, freedom: f64) -> f64 {
    const PARTS: u32 = 512;
    // Beyond this it is the normal distribution to six digits, and the density is too narrow for the parts.
    let freedom = freedom.clamp(1.0, 1e4);
    let density = |phi: f64| phi.cos().max(0.0).powf(freedom - 1.0);
    let until = |phi: f64| {
        let step = phi / f64::from(PARTS);
        let inner = (1..PARTS).map(|i| density(step * f64::from(i)) * if i % 2 == 1 { 4.0 } else { 2.0 });
        (density(0.0) + density(phi) + inner.sum::<f64>()) * step / 3.0
    };
    let half = std::f64::consts::FRAC_PI_2;
    let wanted = level.clamp(0.0, 1.0) * until(half);
    let (mut low, mut high) = (0.0, half);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if until(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    freedom.sqrt() * (0.5 * (low + high)).tan()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Objective, Space, fit};
    use crate::law::LawKind;
    use std::ops::ControlFlow;

    #[test]
    fn quantiles_of_the_distributions() {
        assert!((normal(-1.0) - 0.158_655_253_931_457).abs() < 1e-9);
        // Cauchy's distribution, tabulated values, and the normal one.
        assert!((student_quantile(0.5, 1.0) - 1.0).abs() < 1e-9);
        assert!((student_quantile(0.95, 1.0) - 12.706_204_736_432).abs() < 1e-6);
        assert!((student_quantile(0.95, 5.0) - 2.570_581_835_636).abs() < 1e-9);
        assert!((student_quantile(0.95, 31.0) - 2.039_513_446_396).abs() < 1e-9);
        assert!((student_quantile(0.95, 1e9) - 1.959_963_984_540).abs() < 1e-3);
    }

    /// ln L = ln A − alpha ln x is ordinary regression in ln x. `together` observations make a run.
    fn line(together: usize) -> (FitConfig, Observations) {
        let x: Vec<f64> = (0..40).map(|i| 1e6 * 1.5_f64.powi(i)).collect();
        let noise = |i: usize| 0.01 * ((i * 7919 % 101) as f64 / 50.0 - 1.0);
        let loss = x.iter().enumerate();
        let data = Observations {
            x: x.iter().map(|x| [*x]).collect(),
            run: (0..40).map(|i| i / together).collect(),
            loss: loss.map(|(i, x)| 30.0 * x.powf(-0.08) * noise(i).exp()).collect(),
        };
        let config = FitConfig {
            objective: Objective {
                kind: ObjectiveKind::Squared,
                space: Space::Log,
                ..Objective::default()
            },
            ..FitConfig::new(LawKind::Power)
        };
        (config, data)
    }

    #[test]
    fn a_straight_line_has_the_errors_of_the_textbook() {
        for together in [1, 4] {
            let (config, data) = line(together);
            let report = fit(&config, &data, &mut |_| ControlFlow::Continue(())).unwrap();
            let delta = Delta::new(&config, &data, &report).unwrap().unwrap();
            let ln_x: Vec<f64> = data.x.iter().map(|x| x[0].ln()).collect();
            let mean = ln_x.iter().sum::<f64>() / 40.0;
            let spread = ln_x.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
            let residuals = &report.residuals;
            let expected = if together == 1 {
                assert_eq!(delta.made, Covariance::LeastSquares);
                residuals.iter().map(|r| r * r).sum::<f64>() / 38.0 / spread
            } else {
                // The jackknife over ten clusters: how far the slope moves without each of them.
                assert_eq!(delta.made, Covariance::Sandwich);
                let slope = |without: Option<usize>| {
                    let kept: Vec<usize> = (0..40).filter(|i| without != Some(i / 4)).collect();
                    let n = kept.len() as f64;
                    let ln_y = |i: usize| data.loss[i].ln();
                    let [x, y] = [
                        kept.iter().map(|&i| ln_x[i]).sum::<f64>(),
                        kept.iter().map(|&i| ln_y(i)).sum(),
                    ];
                    let cross: f64 = kept.iter().map(|&i| (ln_x[i] - x / n) * (ln_y(i) - y / n)).sum();
                    cross / kept.iter().map(|&i| (ln_x[i] - x / n).powi(2)).sum::<f64>()
                };
                (0..10).map(|run| (slope(Some(run)) - slope(None)).powi(2)).sum::<f64>() * 0.9
            };
            let found = delta.standard_error(|theta| theta[1]).unwrap();
            assert!((found / expected.sqrt() - 1.0).abs() < 1e-6, "{found} {expected}");
            let [low, high] = delta.of_parameter(0.95, 0).unwrap();
            assert!(low > 0.0 && low < report.params[0].value && report.params[0].value < high);
            // A line that is steeper is higher at its start.
            assert!(delta.correlation(0, 1).unwrap() > 0.9 && (delta.correlation(1, 1).unwrap() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn one_run_more_narrows_as_in_the_textbook() {
        let (config, data) = line(1);
        let report = fit(&config, &data, &mut |_| ControlFlow::Continue(())).unwrap();
        let delta = Delta::new(&config, &data, &report).unwrap().unwrap();
        let ln_x: Vec<f64> = data.x.iter().map(|x| x[0].ln()).collect();
        let variance = report.residuals.iter().map(|r| r * r).sum::<f64>() / 38.0;
        // A slope has the variance s²/Σ (x − x̄)², of the old places and the new one.
        let expected = |new: f64| {
            let all: Vec<f64> = ln_x.iter().copied().chain([new]).collect();
            let mean = all.iter().sum::<f64>() / 41.0;
            (variance / all.iter().map(|x| (x - mean).powi(2)).sum::<f64>()).sqrt()
        };
        let law = LawKind::Power.law();
        for place in [1e6_f64, 3e9, 1e16] {
            let found = delta
                .standard_error_with(|theta| theta[1], |theta| law.loss(theta, &[place]).ln())
                .unwrap();
            assert!((found / expected(place.ln()) - 1.0).abs() < 1e-5, "{place}: {found}");
        }
    }

    #[test]
    fn copies_of_a_run_are_no_evidence() {
        let (config, once) = line(1);
        let mut twice = once.clone();
        for i in 0..40 {
            twice.x.push(&[once.x.row(i)[0]]);
            twice.loss.push(once.loss[i]);
            twice.run.push(i);
        }
        let report = fit(&config, &twice, &mut |_| ControlFlow::Continue(())).unwrap();
        let delta = Delta::new(&config, &twice, &report).unwrap().unwrap();
        // The spread of residuals is uneven along this line, and with it the sandwich is not exactly twice the even one.
        let effect = delta.design_effect(1).unwrap();
        assert!((1.5..2.7).contains(&effect), "{effect}");
    }
}
