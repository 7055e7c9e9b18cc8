//! Intervals from the curvature at the optimum.
//!
//! ```text
//! Cov(u) = (c JᵀJ)^-1 (Σ_runs g gᵀ) (c JᵀJ)^-1 · R/(R − 1)      g = Σ ψ(r) ∇r over the observations of a run
//! Var(f) = ∇fᵀ Cov ∇f
//! ```
//!
//! ψ is the slope of the penalty, c the mean of its derivative: 1 for squares, the share of residuals within δ for Huber, and
//! twice their density at zero for absolute values, both read from a smoothed distribution of the residuals, as few lie there.
//! Runs are the units: checkpoints of one run pull together.
//!
//! Source: Huber 1967 (sandwich); Koenker and Bassett 1978, doi:10.2307/1913643, for absolute values; White's correction for
//! few units. Limits: symmetric, so best for what is nearly linear in the parameters; a coefficient has its interval in logs.

use super::{FitConfig, FitError, FitReport, ObjectiveKind, Observations, setup::Setup};
use crate::law::ParameterRole;
use nalgebra::{Cholesky, DMatrix, DVector};

/// What is known of the spread of θ about a fit.
#[derive(Debug, Clone)]
pub struct Delta {
    theta: Vec<f64>,
    /// θ a little to either side of the optimum in each coordinate, and how far apart the two are.
    beside: Vec<([Vec<f64>; 2], f64)>,
    covariance: DMatrix<f64>,
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
        let mut runs: Vec<usize> = data.run.clone();
        runs.sort_unstable();
        runs.dedup();
        if free.is_empty() || runs.len() <= free.len() {
            return Ok(None);
        }
        let Some((psi, mean_slope)) = pulls(config, &residuals) else {
            return Ok(None);
        };
        let (m, units) = (free.len(), runs.len());
        let mut scores = DMatrix::<f64>::zeros(m, units);
        for (place, &observation) in setup.order.iter().enumerate() {
            let unit = runs.binary_search(&data.run[observation]).unwrap_or(0);
            for (j, &k) in free.iter().enumerate() {
                scores[(j, unit)] += psi[place] * slopes[k][place];
            }
        }
        let scale: Vec<f64> = free.iter().map(|&k| squares(k).sqrt()).collect();
        let bread = DMatrix::from_fn(m, m, |i, j| {
            let product = slopes[free[i]]
                .iter()
                .zip(&slopes[free[j]])
                .map(|(a, b)| a * b)
                .sum::<f64>();
            product / (scale[i] * scale[j])
        });
        let meat = &scores * scores.transpose();
        let meat = DMatrix::from_fn(m, m, |i, j| meat[(i, j)] / (scale[i] * scale[j]));
        let Some(inverse) = Cholesky::new(bread).map(|c| c.inverse() / mean_slope) else {
            return Ok(None);
        };
        let sandwich = &inverse * meat * &inverse * (units as f64 / (units as f64 - 1.0));
        let covariance = DMatrix::from_fn(m, m, |i, j| sandwich[(i, j)] / (scale[i] * scale[j]));
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
        Ok(Some(Self {
            theta: report.theta(),
            beside: beside.collect(),
            covariance,
            in_logs: parameters
                .map(|p| p.role.in_logs() && !matches!(p.role, ParameterRole::Floor))
                .collect(),
            held: report.params.iter().map(|p| p.fixed).collect(),
        }))
    }

    /// Standard error of a function of θ; `None` where it has none.
    pub fn standard_error(&self, of: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let slopes = self
            .beside
            .iter()
            .map(|([up, down], apart)| (of(up) - of(down)) / apart);
        let slopes = DVector::from_iterator(self.beside.len(), slopes);
        let variance = slopes.dot(&(&self.covariance * &slopes));
        Some(variance.sqrt()).filter(|error| error.is_finite() && *error > 0.0)
    }

    /// Interval of a function of θ, symmetric about its value.
    pub fn interval(&self, level: f64, of: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
        let (value, error) = (of(&self.theta), self.standard_error(of)?);
        let reach = normal_quantile(level) * error;
        Some([value - reach, value + reach])
    }

    /// Interval of a parameter: of its logarithm where it spans decades. `None` where it was held.
    pub fn of_parameter(&self, level: f64, index: usize) -> Option<[f64; 2]> {
        if self.held.get(index) != Some(&false) {
            return None;
        }
        if self.in_logs[index] {
            let logs = self.interval(level, |theta| theta[index].ln())?;
            return Some(logs.map(f64::exp));
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
fn normal(z: f64) -> f64 {
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

/// z of a central interval: 1.96 for .95.
pub(super) fn normal_quantile(level: f64) -> f64 {
    let wanted = 0.5 + 0.5 * level.clamp(0.0, 1.0);
    let (mut low, mut high) = (0.0, 8.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if normal(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Objective, Space, fit};
    use crate::law::LawKind;
    use std::ops::ControlFlow;

    #[test]
    fn quantiles_of_the_normal_distribution() {
        assert!((normal_quantile(0.95) - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((normal_quantile(0.5) - 0.674_489_750_196_082).abs() < 1e-9);
        assert!((normal(-1.0) - 0.158_655_253_931_457).abs() < 1e-9);
    }

    #[test]
    fn a_straight_line_has_the_errors_of_the_textbook() {
        // ln L = ln A − alpha ln x is ordinary regression in ln x.
        let x: Vec<f64> = (0..40).map(|i| 1e6 * 1.5_f64.powi(i)).collect();
        let noise = |i: usize| 0.01 * ((i * 7919 % 101) as f64 / 50.0 - 1.0);
        let loss: Vec<f64> = x
            .iter()
            .enumerate()
            .map(|(i, x)| 30.0 * x.powf(-0.08) * noise(i).exp())
            .collect();
        let data = Observations {
            x: x.iter().map(|x| [*x]).collect(),
            run: (0..loss.len()).collect(),
            loss,
        };
        let config = FitConfig {
            objective: Objective {
                kind: ObjectiveKind::Squared,
                space: Space::Log,
                ..Objective::default()
            },
            ..FitConfig::new(LawKind::Power)
        };
        let report = fit(&config, &data, &mut |_| ControlFlow::Continue(())).unwrap();
        let delta = Delta::new(&config, &data, &report).unwrap().unwrap();
        let mean = x.iter().map(|x| x.ln()).sum::<f64>() / 40.0;
        // White's variance of a slope: Σ (x − x̄)² r² / (Σ (x − x̄)²)² · n/(n − 1).
        let pairs = x
            .iter()
            .zip(&report.residuals)
            .map(|(x, r)| ((x.ln() - mean).powi(2), r * r));
        let (squares, weighted) = pairs.fold((0.0, 0.0), |(s, w), (x, r)| (s + x, w + x * r));
        let expected = (weighted / squares.powi(2) * 40.0 / 39.0).sqrt();
        let found = delta.standard_error(|theta| theta[1]).unwrap();
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
        let [low, high] = delta.of_parameter(0.95, 0).unwrap();
        assert!(low > 0.0 && low < report.params[0].value && report.params[0].value < high);
    }
}
