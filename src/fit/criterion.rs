//! How likely a fit makes the data, and what its parameters cost: AICc.
//!
//! ```text
//! AICc = −2 ln L̂ + 2k + 2k (k + 1)/(n − k − 1)
//!
//! squared      normal residuals          −2 ln L̂ = m (ln(2π F/m) + 1)
//! absolute     Laplace residuals         −2 ln L̂ = 2m (ln(2 F/m) + 1)
//! asymmetric   asymmetric Laplace        −2 ln L̂ = 2m (ln(F/(m τ (1 − τ))) + 1)
//! Huber        density e^(−ρ(r)/s)/Z(s)  −2 ln L̂ = min over s of 2 (m ln Z(s) + F/s)
//!              Z(s) = √(2πs) erf(δ/√(2s)) + 2 (s/δ) e^(−δ²/2s)
//! ```
//!
//! F is the value of the objective, m the number of points; the density of each row is the one whose maximum of likelihood is the
//! fit itself, with its scale at its own best value. k counts free parameters and that scale. n is the number of
//! runs: checkpoints of a run share their luck, so −2 ln L̂ counts n/m of each point.
//!
//! Sources: Hurvich and Tsai 1989, doi:10.1093/biomet/76.2.297; Huber 1964, doi:10.1214/aoms/1177703732, for the density.
//! Limits: the likelihood is one of residuals in the space of the objective, so that values compare between laws fitted to the same
//! numbers in the same space by the same objective, and nowhere else.

use super::delta::normal;
use super::{FitConfig, FitReport, Objective, ObjectiveKind};
use serde::Serialize;
use std::f64::consts::PI;

/// Halvings of the bracket about Huber's scale.
const STEPS: usize = 100;

/// AICc of a fit, with what it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Criterion {
    /// −2 ln L̂, each point counting as much as its run does.
    pub minus_two_log_likelihood: f64,
    /// Free parameters and the scale of the noise.
    pub k: usize,
    /// Runs.
    pub n: usize,
    /// −2 ln L̂ + 2k + 2k(k + 1)/(n − k − 1).
    pub aicc: f64,
}

impl Criterion {
    /// Of a fit.
    ///
    /// # Errors
    /// In words, where there are too few runs for the correction or no noise to speak of.
    pub fn of(config: &FitConfig, report: &FitReport) -> Result<Self, String> {
        let (m, n) = (report.n_used as f64, report.n_runs);
        let k = free(config, report) + 1;
        if n <= k + 1 {
            return Err(format!("{n} runs are too few for {} parameters and the noise", k - 1));
        }
        let likelihood = minus_two_log_likelihood(&report.objective, report.value, m) * n as f64 / m;
        if !likelihood.is_finite() {
            return Err("the fit leaves no residuals to tell likelihoods by".to_owned());
        }
        let (k_, n_) = (k as f64, n as f64);
        Ok(Self {
            minus_two_log_likelihood: likelihood,
            k,
            n,
            aicc: likelihood + 2.0 * k_ + 2.0 * k_ * (k_ + 1.0) / (n_ - k_ - 1.0),
        })
    }
}

/// Free parameters; tied ones are one.
pub fn free(config: &FitConfig, report: &FitReport) -> usize {
    let free: Vec<&str> = report.params.iter().filter(|p| !p.fixed).map(|p| &*p.name).collect();
    let mut groups: Vec<usize> = (0..free.len()).collect();
    let place = |name: &str| free.iter().position(|free| *free == name);
    for (a, b) in &config.ties {
        if let (Some(a), Some(b)) = (place(a), place(b)) {
            let (kept, gone) = (groups[a].min(groups[b]), groups[a].max(groups[b]));
            groups
                .iter_mut()
                .filter(|group| **group == gone)
                .for_each(|group| *group = kept);
        }
    }
    groups.sort_unstable();
    groups.dedup();
    groups.len()
}

impl Objective {
    /// The distribution of residuals of which this objective is the maximum likelihood, in words.
    pub fn likelihood(&self) -> &'static str {
        match self.kind {
            ObjectiveKind::Squared => "normal residuals",
            ObjectiveKind::Absolute => "Laplace residuals",
            ObjectiveKind::Asymmetric => "asymmetric Laplace residuals",
            ObjectiveKind::Huber => "Huber's density: normal within δ, exponential beyond",
        }
    }
}

/// −2 ln L̂ of m points with Σ ρ = `value`, the scale at its best.
fn minus_two_log_likelihood(objective: &Objective, value: f64, m: f64) -> f64 {
    match objective.kind {
        ObjectiveKind::Squared => m * ((2.0 * PI * value / m).ln() + 1.0),
        ObjectiveKind::Absolute => 2.0 * m * ((2.0 * value / m).ln() + 1.0),
        ObjectiveKind::Asymmetric => {
            let tau = objective.tau;
            2.0 * m * ((value / (m * tau * (1.0 - tau))).ln() + 1.0)
        }
        ObjectiveKind::Huber => {
            if value <= 0.0 {
                return f64::NEG_INFINITY;
            }
            let delta = objective.delta;
            let at = |ln_s: f64| {
                let s = ln_s.exp();
                2.0 * (m * ln_normaliser(delta, s) + value / s)
            };
            // The scale is the mean of ρ within a factor of two on either side of Huber's corner: of 1/2 for a normal, of 1 for
            // an exponential. One minimum lies between.
            let (mut low, mut high) = ((value / m).ln() - 3.0, (value / m).ln() + 3.0);
            for _ in 0..STEPS {
                let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
                if at(a) <= at(b) {
                    high = b;
                } else {
                    low = a;
                }
            }
            at(0.5 * (low + high))
        }
    }
}

/// ln Z(s).
fn ln_normaliser(delta: f64, s: f64) -> f64 {
    let corner = delta / s.sqrt();
    let middle = (2.0 * PI * s).sqrt() * (2.0 * normal(corner) - 1.0);
    let tails = 2.0 * s / delta * (-0.5 * corner * corner).exp();
    (middle + tails).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective(kind: ObjectiveKind, delta: f64) -> Objective {
        Objective {
            kind,
            delta,
            ..Objective::default()
        }
    }

    #[test]
    fn huber_lies_between_squares_and_absolute_values() {
        // Far from the corner Huber's value is half the squares, or δ times the sizes.
        let squares: f64 = 0.04;
        let wide = minus_two_log_likelihood(&objective(ObjectiveKind::Huber, 1e3), 0.5 * squares, 50.0);
        let squared = minus_two_log_likelihood(&objective(ObjectiveKind::Squared, 0.0), squares, 50.0);
        assert!((wide - squared).abs() < 1e-6, "{wide} {squared}");
        let sizes = 1.1;
        let narrow = minus_two_log_likelihood(&objective(ObjectiveKind::Huber, 1e-9), 1e-9 * sizes, 50.0);
        let absolute = minus_two_log_likelihood(&objective(ObjectiveKind::Absolute, 0.0), sizes, 50.0);
        assert!((narrow - absolute).abs() < 1e-4, "{narrow} {absolute}");
    }

    #[test]
    fn the_normaliser_is_the_integral_of_the_density() {
        for (delta, s) in [(1e-3_f64, 1e-6_f64), (0.02, 1e-5), (0.5, 0.3)] {
            let reach = 60.0 * (s / delta).max(f64::sqrt(s));
            let steps = 400_000;
            let width = 2.0 * reach / f64::from(steps);
            let huber = objective(ObjectiveKind::Huber, delta);
            let sum: f64 = (0..steps)
                .map(|i| (-huber.penalty(-reach + (f64::from(i) + 0.5) * width) / s).exp() * width)
                .sum();
            assert!((ln_normaliser(delta, s) - sum.ln()).abs() < 1e-5, "{delta} {s}");
        }
    }

    #[test]
    fn normal_residuals_have_the_textbook_value() {
        // n (ln(2π σ²) + 1) with σ² = 0.01/25.
        let value = minus_two_log_likelihood(&objective(ObjectiveKind::Squared, 0.0), 0.01, 25.0);
        assert!((value - 25.0 * ((2.0 * PI * 4e-4_f64).ln() + 1.0)).abs() < 1e-12);
    }
}
