//! A law of which only the value and the gradient are known, over one data set.
//!
//! ```text
//! ∂F/∂u   = Σ w ψ(r) ∇r
//! ∂²F/∂u² = Σ w (ψ'(r) ∇r ∇rᵀ + ψ(r) ∇²r)      ∇²L by forward differences of ∇L
//! ```
//!
//! as in [`super::derivatives`]. A difference of gradients is good to about eight digits, which changes how fast Newton's
//! method converges and not where to. Coordinates are the parameters, or their logarithms (`in_logs`): then ∂L/∂u = θ ∂L/∂θ.

use super::Space;
use super::derivatives::Local;
use super::model::{Model, Slot};
use crate::law::{Law, Rows};
use nalgebra::{DMatrix, DVector};

/// Relative step of the differences: about √ε.
const DIFFERENCE: f64 = 1.5e-8;
/// Logs of parameters stay where their exponentials are numbers.
const LEAST: f64 = 1e-300;
const GREATEST: f64 = 1e300;

/// See the module.
#[derive(Clone)]
pub(super) struct General<'a> {
    pub(super) law: &'a dyn Law,
    /// Inputs, a row an observation.
    pub(super) x: Rows,
    /// One a coordinate.
    pub(super) in_logs: Vec<bool>,
}

impl std::fmt::Debug for General<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} over {} rows", self.law.name(), self.x.len())
    }
}

/// Values of the law and, a row each, its derivatives in the coordinates.
pub(super) struct Slopes {
    pub(super) losses: Vec<f64>,
    pub(super) slopes: Vec<f64>,
}

impl<'a> General<'a> {
    /// Observations drawn zero times are left out.
    pub(super) fn resampled(&self, times: &[f64]) -> Self {
        let drawn = self.x.iter().zip(times).filter(|(_, times)| **times > 0.0);
        Self {
            law: self.law,
            x: drawn.map(|(row, _)| row).collect(),
            in_logs: self.in_logs.clone(),
        }
    }

    /// Bounds of a coordinate.
    pub(super) fn bounds(in_logs: bool, [low, high]: [f64; 2]) -> [f64; 2] {
        if in_logs {
            [low.clamp(LEAST, GREATEST).ln(), high.clamp(LEAST, GREATEST).ln()]
        } else {
            [low, high]
        }
    }

    fn logs<'b>(&'b self, slots: &'b [Slot]) -> impl Iterator<Item = bool> + 'b {
        slots.iter().map(|slot| match *slot {
            Slot::Free(k) => self.in_logs[k],
            Slot::Fixed(_) => false,
        })
    }

    pub(super) fn take_exponentials(&self, slots: &[Slot], theta: &mut [f64]) {
        for (value, _) in theta.iter_mut().zip(self.logs(slots)).filter(|(_, log)| *log) {
            *value = value.exp();
        }
    }

    pub(super) fn take_logs(&self, slots: &[Slot], theta: &mut [f64]) {
        for (value, _) in theta.iter_mut().zip(self.logs(slots)).filter(|(_, log)| *log) {
            *value = value.max(LEAST).ln();
        }
    }

    /// L, one an observation.
    pub(super) fn losses(&self, theta: &[f64]) -> Vec<f64> {
        self.x.iter().map(|x| self.law.loss(theta, x)).collect()
    }

    /// L and how fast it changes along a step.
    pub(super) fn along(&self, model: &Model, u: &[f64], step: &[f64]) -> Vec<[f64; 2]> {
        let Slopes { losses, slopes } = self.slopes(model, u);
        let changes = slopes.chunks_exact(step.len().max(1)).map(|row| dot(row, step));
        losses
            .into_iter()
            .zip(changes)
            .map(|(loss, change)| [loss, change])
            .collect()
    }

    /// L and ∂L/∂u over all observations.
    pub(super) fn slopes(&self, model: &Model, u: &[f64]) -> Slopes {
        let (theta, free) = (model.theta(u), model.free());
        let mut gradient = vec![0.0; theta.len()];
        let mut losses = Vec::with_capacity(self.x.len());
        let mut slopes = vec![0.0; self.x.len() * free];
        // How a parameter moves with its coordinate.
        let places: Vec<(usize, usize, f64)> = model
            .slots
            .iter()
            .enumerate()
            .filter_map(|(parameter, slot)| match *slot {
                Slot::Free(k) if self.in_logs[k] => Some((parameter, k, theta[parameter])),
                Slot::Free(k) => Some((parameter, k, 1.0)),
                Slot::Fixed(_) => None,
            })
            .collect();
        for (index, x) in self.x.iter().enumerate() {
            losses.push(self.law.loss_and_gradient(&theta, x, &mut gradient));
            for &(parameter, k, rate) in &places {
                let slope = gradient[parameter] * rate;
                // An edge of where the law is defined; the value decides what it is worth.
                slopes[index * free + k] += if slope.is_finite() { slope } else { 0.0 };
            }
        }
        Slopes { losses, slopes }
    }

    /// F and its derivatives.
    pub(super) fn evaluate(&self, model: &Model, u: &[f64], delta: f64, bend: bool) -> Local {
        let free = u.len();
        let mut local = Local::new(free);
        let here = self.slopes(model, u);
        let log = model.objective.space == Space::Log;
        let [above, below] = model.objective.sides();
        let n = here.losses.len();
        // w ψ/L or w ψ: how hard each observation pulls at the law.
        let mut pulls = vec![0.0; n];
        let mut value = 0.0;
        let mut squared_pulls = 0.0;
        let mut squares = vec![0.0; free];
        let mut slope = vec![0.0; free];
        for (i, pulled) in pulls.iter_mut().enumerate() {
            let predicted = here.losses[i];
            let (residual, by) = if log {
                (predicted.ln() - model.measured[i], 1.0 / predicted)
            } else {
                (predicted - model.measured[i], 1.0)
            };
            let size = residual.abs();
            let w = model.weight[i] * if residual > 0.0 { below } else { above };
            let (psi, inside, metric) = if size <= delta {
                value += w * 0.5 * size * size;
                (residual, 1.0, 1.0)
            } else {
                value += w * delta * (size - 0.5 * delta);
                (delta.copysign(residual), 0.0, delta / size)
            };
            let pull = w * psi;
            squared_pulls += pull * psi;
            *pulled = pull * by;
            let outer = if log { w * inside - pull } else { w * inside };
            for (slope, along) in slope.iter_mut().zip(&here.slopes[i * free..]) {
                *slope = along * by;
            }
            for j in 0..free {
                local.gradient[j] += pull * slope[j];
                squares[j] += w * slope[j] * slope[j];
                for k in 0..=j {
                    let product = slope[j] * slope[k];
                    local.hessian[(j, k)] += outer * product;
                    local.reweighted[(j, k)] += w * metric * product;
                }
            }
        }
        local.value = if value.is_finite() { value } else { f64::INFINITY };
        for (j, squares) in squares.iter().enumerate() {
            local.parallel[j] = (squared_pulls * squares).sqrt();
            for k in 0..j {
                local.hessian[(k, j)] = local.hessian[(j, k)];
                local.reweighted[(k, j)] = local.reweighted[(j, k)];
            }
        }
        if bend && local.value.is_finite() {
            local.hessian += self.bend(model, u, &here, &pulls);
        }
        local
    }

    /// Σ pull ∇²L.
    pub(super) fn bend(&self, model: &Model, u: &[f64], here: &Slopes, pulls: &[f64]) -> DMatrix<f64> {
        let free = u.len();
        let mut bend = DMatrix::zeros(free, free);
        let mut moved = u.to_vec();
        for k in 0..free {
            let [low, high] = model.bounds[k];
            let size = if u[k] == 0.0 {
                self.size_at_zero(here, free, k)
            } else {
                u[k].abs()
            };
            let mut step = DIFFERENCE * size;
            if u[k] + step > high && u[k] - step >= low {
                step = -step;
            }
            moved[k] = u[k] + step;
            let step = moved[k] - u[k];
            let there = self.slopes(model, &moved);
            moved[k] = u[k];
            if step == 0.0 || there.losses.iter().any(|loss| !loss.is_finite()) {
                continue;
            }
            let mut column = DVector::<f64>::zeros(free);
            for (i, pull) in pulls.iter().enumerate() {
                for j in 0..free {
                    column[j] += pull * (there.slopes[i * free + j] - here.slopes[i * free + j]);
                }
            }
            bend.set_column(k, &(column / step));
        }
        let symmetric = 0.5 * (&bend + bend.transpose());
        if symmetric.iter().all(|v| v.is_finite()) {
            symmetric
        } else {
            DMatrix::zeros(free, free)
        }
    }

    /// A coordinate at zero has no size of its own: that which would change the law by as much as it is.
    fn size_at_zero(&self, here: &Slopes, free: usize, k: usize) -> f64 {
        let losses: f64 = here.losses.iter().map(|l| l * l).sum();
        let slopes: f64 = here.slopes.iter().skip(k).step_by(free).map(|s| s * s).sum();
        let size = (losses / slopes).sqrt();
        if size.is_normal() { size } else { 1.0 }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
