//! The last digits of a least-squares fit.
//!
//! Squares of J are what the normal equations see: where its columns nearly depend on each other (condition κ), they know
//! the optimum to κ² ε only. With J = QR the same Newton step is
//!
//! ```text
//! (I + R^-T S R^-1) R Δ = −Qᵀ r          S = Σ w r ∇²r
//! ```
//!
//! which loses κ ε (Björck 1996, "Numerical methods for least squares problems", sections 2.4 and 9.2). Qᵀ r is also the
//! honest measure of the optimum: the part of the residuals that the law could still take away, in every direction of its
//! parameters and not only along each of them. Steps go on until it falls no more.
//!
//! Source of the test of convergence: Bates and Watts 1981, doi:10.1080/00401706.1981.10486266.

use super::Space;
use super::general::General;
use super::model::Model;
use nalgebra::{DMatrix, DVector};

/// Steps at most.
const STEPS: usize = 60;
/// Rounding of a residual, as a fraction of what was measured.
const ROUNDING: f64 = 1e-14;
/// Columns this dependent have no digits left to gain.
const DEPENDENT: f64 = 1e-14;

/// Residuals seen from the directions of the parameters.
struct View {
    /// Coordinates not held at a bound.
    free: Vec<usize>,
    /// Lengths of their columns.
    scale: Vec<f64>,
    /// Of the scaled columns.
    r: DMatrix<f64>,
    /// Qᵀ r.
    projected: DVector<f64>,
    /// R^-T S R^-1.
    bend: DMatrix<f64>,
    /// ‖Qᵀ r‖/‖r‖.
    measure: f64,
    /// Rounding alone makes ‖Qᵀ r‖ as large.
    rounding: bool,
}

/// Improves `u` in place. Returns ‖Qᵀ r‖/‖r‖ at its end, nothing where it is no more than rounding, or `None` where J is
/// rank-deficient or there is nothing to polish.
pub(super) fn polish(model: &Model, general: &General, u: &mut Vec<f64>) -> Option<f64> {
    let mut view = View::new(model, general, u)?;
    let mut value = model.value(u);
    for _ in 0..STEPS {
        if view.measure == 0.0 {
            break;
        }
        let Some(step) = view.step() else { break };
        let mut tried = u.clone();
        for (&k, (step, scale)) in view.free.iter().zip(step.iter().zip(&view.scale)) {
            let [low, high] = model.bounds[k];
            tried[k] = (u[k] + step / scale).clamp(low, high);
        }
        let there = View::new(model, general, &tried)?;
        let there_value = model.value(&tried);
        // Near the optimum the value says nothing more; far from it, it must not rise.
        if !(there.measure < view.measure && there_value <= value * (1.0 + 1e-10)) {
            break;
        }
        *u = tried;
        view = there;
        value = there_value;
    }
    Some(if view.rounding { 0.0 } else { view.measure })
}

impl View {
    fn new(model: &Model, general: &General, u: &[f64]) -> Option<Self> {
        let here = general.slopes(model, u);
        let all = u.len();
        let log = model.objective.space == Space::Log;
        let n = here.losses.len();
        let by = |i: usize| if log { 1.0 / here.losses[i] } else { 1.0 };
        let mut residuals = DVector::zeros(n);
        let mut pulls = vec![0.0; n];
        for i in 0..n {
            let predicted = if log { here.losses[i].ln() } else { here.losses[i] };
            let residual = predicted - model.measured[i];
            residuals[i] = model.weight[i].sqrt() * residual;
            pulls[i] = model.weight[i] * residual * by(i);
        }
        let size = residuals.norm();
        let slope = |i: usize, k: usize| model.weight[i].sqrt() * by(i) * here.slopes[i * all + k];
        let free: Vec<usize> = (0..all)
            .filter(|&k| {
                let [low, high] = model.bounds[k];
                let gradient: f64 = (0..n).map(|i| slope(i, k) * residuals[i]).sum();
                !(u[k] <= low && gradient >= 0.0 || u[k] >= high && gradient <= 0.0)
            })
            .collect();
        let m = free.len();
        if m == 0 || n < m || !size.is_finite() {
            return None;
        }
        let mut jacobian = DMatrix::from_fn(n, m, |i, j| slope(i, free[j]));
        let scale: Vec<f64> = (0..m).map(|j| jacobian.column(j).norm()).collect();
        if scale.iter().any(|s| !s.is_normal()) {
            return None;
        }
        for (j, scale) in scale.iter().enumerate() {
            jacobian.column_mut(j).unscale_mut(*scale);
        }
        let (q, r) = jacobian.qr().unpack();
        if r.diagonal().iter().any(|v| v.abs() < DEPENDENT) {
            return None;
        }
        let projected = q.tr_mul(&residuals);
        let mut second = general.bend(model, u, &here, &pulls);
        if log {
            // ln L bends by −∇r ∇rᵀ more than L/L does.
            for i in 0..n {
                let pull = model.weight[i] * (here.losses[i].ln() - model.measured[i]);
                for j in 0..all {
                    for k in 0..all {
                        second[(j, k)] -= pull * by(i) * by(i) * here.slopes[i * all + j] * here.slopes[i * all + k];
                    }
                }
            }
        }
        let second = DMatrix::from_fn(m, m, |j, k| second[(free[j], free[k])] / (scale[j] * scale[k]));
        // R^-T S, and the same from the other side.
        let half = r.tr_solve_upper_triangular(&second)?;
        let bend = r.tr_solve_upper_triangular(&half.transpose())?;
        // Of residuals as small as the rounding of what was measured, the directions are chance.
        let largest = model.measured.iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
        let left = projected.norm();
        Some(Self {
            measure: if size > 0.0 { left / size } else { 0.0 },
            rounding: left <= ROUNDING * largest * (m as f64).sqrt(),
            free,
            scale,
            r,
            projected,
            bend,
        })
    }

    /// Newton's step in scaled coordinates, or Gauss and Newton's where that is no descent.
    fn step(&self) -> Option<DVector<f64>> {
        let m = self.free.len();
        let matrix = DMatrix::identity(m, m) + 0.5 * (&self.bend + self.bend.transpose());
        let towards = -&self.projected;
        let inner = matrix.cholesky().map_or(towards.clone(), |c| c.solve(&towards));
        self.r.solve_upper_triangular(&inner)
    }
}
