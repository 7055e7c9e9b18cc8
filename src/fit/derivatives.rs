//! F, its gradient and its curvature in one pass over the runs.
//!
//! ```text
//! ∂F/∂u   = Σ w ψ(r) ∇r                     ψ = ρ', r clipped to ±δ; w times the factor of its side of the curve
//! ∂²F/∂u² = Σ w (ψ'(r) ∇r ∇rᵀ + ψ(r) ∇²r)   ψ' = 1 within δ, 0 beyond
//! log residuals    ∇r = ∇L/L,  ∇²r = ∇²L/L − ∇r ∇rᵀ
//! level residuals  ∇r = ∇L,    ∇²r = ∇²L
//! ```
//!
//! A term c' exp(−e x), x = ln x_k − m, has ∂L/∂c' = exp(−e x), ∂L/∂e = −x c' exp(−e x), ∂²L/∂c'∂e = −x exp(−e x),
//! ∂²L/∂e² = x² c' exp(−e x). The two exponentials and the logarithm of each run dominate the cost of a fit.

use super::Space;
use super::model::{Form, Model, Powers, Slot};
use nalgebra::{DMatrix, DVector};

/// F and its derivatives at a point.
#[derive(Debug, Clone)]
pub(super) struct Local {
    /// Σ w ρ_δ(r).
    pub(super) value: f64,
    /// ∂F/∂u.
    pub(super) gradient: DVector<f64>,
    /// (Σ w ψ² Σ w (∂r/∂u)²)^½: what the gradient would be if residuals and derivatives were parallel.
    pub(super) parallel: DVector<f64>,
    /// The generalised Hessian: Σ w (ψ' ∇r ∇rᵀ + ψ ∇²r). Indefinite where few residuals lie within δ.
    pub(super) hessian: DMatrix<f64>,
    /// Σ w min(1, δ/|r|) ∇r ∇rᵀ, the matrix of iteratively reweighted least squares: always a descent metric.
    pub(super) reweighted: DMatrix<f64>,
}

impl Local {
    pub(super) fn new(free: usize) -> Self {
        Self {
            value: f64::INFINITY,
            gradient: DVector::zeros(free),
            parallel: DVector::zeros(free),
            hessian: DMatrix::zeros(free, free),
            reweighted: DMatrix::zeros(free, free),
        }
    }
}

impl Model<'_> {
    /// F with Huber's δ and its derivatives at `u`. The value is infinite where the law is. Second derivatives of the law
    /// itself may be left out of the Hessian where they are costly (`bend` false).
    pub(super) fn evaluate(&self, u: &[f64], delta: f64, bend: bool) -> Local {
        match &self.form {
            Form::General(general) => general.evaluate(self, u, delta, bend),
            Form::Powers(powers) => match powers.columns.len() {
                1 => self.evaluate_terms::<1, 3>(powers, u, delta),
                2 => self.evaluate_terms::<2, 5>(powers, u, delta),
                terms => unreachable!("no law has {terms} power terms"),
            },
        }
    }

    /// For T terms and Q = 1 + 2T numbers in the order floor, c'_0, e_0, c'_1, e_1: fixed sizes, so that the inner loop
    /// unrolls. Held and shared numbers are sorted out afterwards.
    fn evaluate_terms<const T: usize, const Q: usize>(&self, powers: &Powers, u: &[f64], delta: f64) -> Local {
        let mut parameter = [None; Q];
        parameter[0] = powers.floor;
        for (t, column) in powers.columns.iter().enumerate() {
            parameter[1 + 2 * t] = Some(column.term.coefficient);
            parameter[2 + 2 * t] = Some(column.term.exponent);
        }
        let number = parameter.map(|k| k.map_or(0.0, |k| self.slots[k].value(u)));

        let log = self.objective.space == Space::Log;
        let n = self.loss.len();
        let ln_x: [&[f64]; T] = std::array::from_fn(|t| &powers.columns[t].ln_x[..n]);
        let (measured, weight) = (&self.measured[..n], &self.weight[..n]);
        let [above, below] = self.objective.sides();
        let mut value = 0.0;
        let mut gradient = [0.0; Q];
        let mut pulls = 0.0;
        let mut squares = [0.0; Q];
        let mut hessian = [[0.0; Q]; Q];
        let mut reweighted = [[0.0; Q]; Q];
        for i in 0..n {
            let mut predicted = number[0];
            // ∇L, and the second derivatives of L: (c', e) and (e, e) of each term, all others are zero.
            let mut slope = [1.0; Q];
            let mut mixed = [0.0; T];
            let mut bend = [0.0; T];
            for t in 0..T {
                let x = ln_x[t][i];
                let power = (-number[2 + 2 * t] * x).exp();
                let term = number[1 + 2 * t] * power;
                predicted += term;
                slope[1 + 2 * t] = power;
                slope[2 + 2 * t] = -x * term;
                mixed[t] = -x * power;
                bend[t] = x * x * term;
            }
            let (residual, by) = if log {
                (predicted.ln() - measured[i], 1.0 / predicted)
            } else {
                (predicted - measured[i], 1.0)
            };
            let size = residual.abs();
            let w = weight[i] * if residual > 0.0 { below } else { above };
            let (penalty, psi, inside, metric) = if size <= delta {
                (0.5 * size * size, residual, 1.0, 1.0)
            } else {
                (
                    delta * (size - 0.5 * delta),
                    delta.copysign(residual),
                    0.0,
                    delta / size,
                )
            };
            value += w * penalty;
            pulls += w * psi * psi;
            let pull = w * psi;
            // ln L bends by −∇r ∇rᵀ more than L/L does.
            let outer = if log { w * inside - pull } else { w * inside };
            let metric = w * metric;
            for slope in &mut slope {
                *slope *= by;
            }
            for j in 0..Q {
                gradient[j] += pull * slope[j];
                squares[j] += w * slope[j] * slope[j];
                let (h, m) = (outer * slope[j], metric * slope[j]);
                for k in 0..=j {
                    hessian[j][k] += h * slope[k];
                    reweighted[j][k] += m * slope[k];
                }
            }
            for t in 0..T {
                hessian[2 + 2 * t][1 + 2 * t] += pull * by * mixed[t];
                hessian[2 + 2 * t][2 + 2 * t] += pull * by * bend[t];
            }
        }

        let mut local = Local::new(self.free());
        local.value = if value.is_finite() { value } else { f64::INFINITY };
        let coordinate = parameter.map(|k| match self.slots[k?] {
            Slot::Free(coordinate) => Some(coordinate),
            Slot::Fixed(_) => None,
        });
        let free = || coordinate.iter().enumerate().filter_map(|(j, c)| Some((j, (*c)?)));
        for (j, cj) in free() {
            local.gradient[cj] += gradient[j];
            // Terms that share an exponent: an upper bound, near enough for a tolerance.
            local.parallel[cj] += (pulls * squares[j]).sqrt();
            for (k, ck) in free() {
                let (row, column) = (j.max(k), j.min(k));
                local.hessian[(cj, ck)] += hessian[row][column];
                local.reweighted[(cj, ck)] += reweighted[row][column];
            }
        }
        local
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::model::tests::{config, observations};
    use crate::fit::setup::Setup;
    use crate::law::LawKind;

    #[test]
    fn derivatives_match_central_differences() {
        let cases = [
            (LawKind::Chinchilla, &[][..], vec![1.8, 0.5, 0.4, 0.33, 0.37]),
            (
                LawKind::Chinchilla,
                &[("A", 480.0), ("beta", 0.36)],
                vec![1.8, 0.4, 0.34],
            ),
            (LawKind::PowerFloor, &[], vec![1.8, 0.8, 0.2]),
            (LawKind::Power, &[], vec![2.8, 0.05]),
        ];
        for (kind, fixed, u) in cases {
            for space in [Space::Log, Space::Level] {
                let config = config(kind, space, fixed);
                let model = Setup::new(&config, &observations()).unwrap().model;
                let local = model.evaluate(&u, 0.03, true);
                assert!((local.value - model.value(&u)).abs() < 1e-14);
                for k in 0..u.len() {
                    let step = 1e-6;
                    let (mut up, mut down) = (u.clone(), u.clone());
                    up[k] += step;
                    down[k] -= step;
                    let (up, down) = (model.evaluate(&up, 0.03, true), model.evaluate(&down, 0.03, true));
                    let slope = (up.value - down.value) / (2.0 * step);
                    assert!((slope - local.gradient[k]).abs() < 1e-8, "{kind:?} {space:?} {k}");
                    for j in 0..u.len() {
                        let bend = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
                        assert!(
                            (bend - local.hessian[(j, k)]).abs() < 1e-6,
                            "{kind:?} {space:?} {j} {k}: {bend} {}",
                            local.hessian[(j, k)]
                        );
                    }
                }
            }
        }
    }
}
