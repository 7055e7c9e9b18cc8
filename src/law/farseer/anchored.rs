//! Better starts by least squares in coordinates that fit the law.
//!
//! ```text
//! a N^p + b  with  a = (h − l)/(N_h^p − N_l^p)   b = l − a N_l^p
//! ```
//!
//! a, b and p of an exponent can all change a lot while the exponent itself hardly does; its values l and h at a small and at
//! a large size cannot. In l, h and p a few steps of Levenberg and Marquardt's method end where hundreds in a, b and p
//! do not. Residuals are those of ln L, whatever the fit's own objective: this is where it begins, not its answer.

use super::super::{Law, StartData};
use super::{Farseer, POWERS, WEIGHTS};
use nalgebra::{SMatrix, SVector};

const STEPS: usize = 40;
/// Damping beyond which no step is left.
const MOST: f64 = 1e12;

type Vector = SVector<f64, 9>;
type Matrix = SMatrix<f64, 9, 9>;

/// ln of the two sizes at which exponents are held.
#[derive(Clone, Copy)]
pub(super) struct Anchors {
    pub(super) ln_small: f64,
    pub(super) ln_large: f64,
}

impl Anchors {
    /// a and b of an exponent.
    fn natural(self, [low, high, power]: [f64; 3]) -> [f64; 3] {
        let (small, large) = ((power * self.ln_small).exp(), (power * self.ln_large).exp());
        let a = (high - low) / (large - small);
        [a, low - a * small, power]
    }

    /// θ of l, h, p of each exponent; `None` where it leaves the law's bounds.
    pub(super) fn theta(self, u: &[f64; 9]) -> Option<Vec<f64>> {
        let (triples, _) = u.as_chunks::<3>();
        let theta: Vec<f64> = triples.iter().flat_map(|triple| self.natural(*triple)).collect();
        let within = |value: &f64, [low, high]: [f64; 2]| (low..=high).contains(value);
        let allowed =
            (theta.iter().enumerate()).all(|(k, value)| within(value, if k % 3 == 2 { POWERS } else { WEIGHTS }));
        allowed.then_some(theta)
    }

    /// Slopes in l, h, p from those in a, b, p.
    fn slopes(self, [low, high, power]: [f64; 3], [by_a, by_b, by_p]: [f64; 3]) -> [f64; 3] {
        let (small, large) = ((power * self.ln_small).exp(), (power * self.ln_large).exp());
        let apart = large - small;
        let a = (high - low) / apart;
        let a_by_p = -a * (large * self.ln_large - small * self.ln_small) / apart;
        let b_by_p = -a_by_p * small - a * small * self.ln_small;
        [
            (by_b * large - by_a) / apart,
            (by_a - by_b * small) / apart,
            by_p + by_a * a_by_p + by_b * b_by_p,
        ]
    }

    /// Σ (ln L(x) − ln L)², infinite where the law has no value.
    fn misses(self, data: &StartData<'_>, u: &[f64; 9]) -> f64 {
        let Some(theta) = self.theta(u) else {
            return f64::INFINITY;
        };
        let sum: f64 = (data.x.iter().zip(data.loss))
            .filter(|(_, loss)| **loss > 0.0)
            .map(|(x, loss)| (Farseer.loss(&theta, x) / loss).ln().powi(2))
            .sum();
        if sum.is_finite() { sum } else { f64::INFINITY }
    }

    /// JᵀJ and Jᵀr of the residuals of ln L.
    fn normal(self, data: &StartData<'_>, u: &[f64; 9], theta: &[f64]) -> (Matrix, Vector) {
        let (mut matrix, mut right) = (Matrix::zeros(), Vector::zeros());
        let mut gradient = [0.0; 9];
        for (x, loss) in data.x.iter().zip(data.loss).filter(|(_, loss)| **loss > 0.0) {
            let predicted = Farseer.loss_and_gradient(theta, x, &mut gradient);
            let (triples, natural) = (u.as_chunks::<3>().0, gradient.as_chunks::<3>().0);
            let slopes = triples.iter().zip(natural).flat_map(|(u, by)| self.slopes(*u, *by));
            let row = Vector::from_iterator(slopes.map(|slope| slope / predicted));
            matrix += row * row.transpose();
            right += row * (predicted / loss).ln();
        }
        (matrix, right)
    }

    /// Least squares from `u` on, as far as it goes; with the misses that are left.
    pub(super) fn refine(self, data: &StartData<'_>, mut u: [f64; 9]) -> (f64, [f64; 9]) {
        let mut misses = self.misses(data, &u);
        let mut damping = 1e-3;
        for _ in 0..STEPS {
            let Some(theta) = self.theta(&u) else { break };
            let (matrix, right) = self.normal(data, &u, &theta);
            let mut better = None;
            while better.is_none() && damping < MOST {
                let mut damped = matrix;
                for k in 0..9 {
                    damped[(k, k)] *= 1.0 + damping;
                }
                better = damped.cholesky().map(|c| c.solve(&right)).and_then(|step| {
                    let tried: [f64; 9] = std::array::from_fn(|k| u[k] - step[k]);
                    let there = self.misses(data, &tried);
                    (there < misses).then_some((there, tried))
                });
                damping *= if better.is_some() { 0.2 } else { 6.0 };
            }
            let Some((there, tried)) = better else { break };
            let gained = misses - there;
            (misses, u) = (there, tried);
            // A fit will look closer than this.
            if gained <= 1e-6 * misses {
                break;
            }
        }
        (misses, u)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANCHORS: Anchors = Anchors {
        ln_small: 20.0,
        ln_large: 23.0,
    };
    const U: [f64; 9] = [-1.1, -1.4, 0.12, 5.0, 3.0, -0.1, -0.7, -0.9, 0.17];

    #[test]
    fn exponents_pass_through_their_anchors() {
        let theta = ANCHORS.theta(&U).unwrap();
        for k in [0, 3, 6] {
            let at = |ln_n: f64| theta[k] * (theta[k + 2] * ln_n).exp() + theta[k + 1];
            assert!((at(20.0) - U[k]).abs() < 1e-10 && (at(23.0) - U[k + 1]).abs() < 1e-10);
        }
        let mut flat = U;
        flat[2] = 0.0;
        assert_eq!(ANCHORS.theta(&flat), None);
    }

    #[test]
    fn slopes_are_those_of_the_anchored_law() {
        let x = [3e9, 4e10];
        let loss = |u: &[f64; 9]| Farseer.loss(&ANCHORS.theta(u).unwrap(), &x);
        let mut natural = [0.0; 9];
        Farseer.gradient(&ANCHORS.theta(&U).unwrap(), &x, &mut natural);
        for (k, (u, by)) in U.as_chunks::<3>().0.iter().zip(natural.as_chunks::<3>().0).enumerate() {
            for (j, slope) in ANCHORS.slopes(*u, *by).into_iter().enumerate() {
                let (mut up, mut down) = (U, U);
                up[3 * k + j] += 1e-6;
                down[3 * k + j] -= 1e-6;
                let numeric = (loss(&up) - loss(&down)) / 2e-6;
                assert!(
                    (slope - numeric).abs() < 1e-7 * (1.0 + numeric.abs()),
                    "{k} {j}: {slope} {numeric}"
                );
            }
        }
    }
}
