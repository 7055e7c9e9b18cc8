//! Kaplan's law of a training in progress, in parameters and steps:
//!
//! ```text
//! L(N, S) = (N_c/N)^alpha_N + (S_c/S)^alpha_S
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | N | parameters (Kaplan et al.: without embeddings) | 1 | > 0 |
//! | S | optimiser steps; in the paper S_min, the steps of a batch far above the critical one | steps | > 0 |
//! | L | held-out loss after S steps, data seen once | nats per token | |
//! | N_c, S_c | size and steps at which either term is 1 nat | parameters, steps | > 0 |
//! | alpha_N, alpha_S | how fast either term falls | 1 | .0001 to 10 |
//!
//! Gradient, with t = (N_c/N)^alpha_N: ∂L/∂N_c = alpha_N t/N_c, ∂L/∂alpha_N = t ln(N_c/N), and the same with S.
//!
//! Source: Kaplan et al. 2020 (arXiv 2001.08361), eqs. 1.6 and 5.6, Table 3.
//!
//! Limits: steps count as S_min = S/(1 + B_crit(L)/B) (eq. 5.4). Uncorrected steps of one fixed batch give exponents of that
//! batch. The form starts after warm-up and holds for a constant or slowly decaying learning rate; a point in the
//! middle of a cosine is not the loss of a shorter run. It has no optimum under C = 6ND without a batch size.

use super::least_squares::two_terms;
use super::{Inputs, Law, NON_NEGATIVE, Parameter, ParameterRole, StartData, Structure, Variable, combinations};

/// L = (N_c/N)^alpha_N + (S_c/S)^alpha_S.
pub(super) struct KaplanNs;

/// At an exponent of zero a term is 1 nat whatever its scale; below this no data could tell.
const BOUNDS: [f64; 2] = [1e-4, 10.0];

/// (scale/x)^exponent.
fn term(scale: f64, exponent: f64, x: f64) -> f64 {
    (exponent * (scale.ln() - x.ln())).exp()
}

impl Law for KaplanNs {
    fn name(&self) -> &str {
        "kaplan-ns"
    }
    fn label(&self) -> &str {
        "Kaplan L(N, S)"
    }
    fn formula(&self) -> &str {
        "(N_c/N)^alpha_N + (S_c/S)^alpha_S"
    }
    fn source(&self) -> &str {
        "Kaplan et al. 2020, arXiv 2001.08361, eqs. 1.6 and 5.6 (there S is S_min, steps corrected for batch size)"
    }

    fn limits(&self) -> &str {
        "S is S_min, steps corrected for batch size; raw steps give exponents of that batch. No optimum without a batch size."
    }
    fn inputs(&self) -> Inputs<'_> {
        const { Inputs::Named(&[Variable::PARAMS, Variable::STEP]) }
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                Parameter::new(
                    "N_c",
                    "N_c",
                    "size whose loss after endless steps is 1 nat, parameters",
                    ParameterRole::Scale,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "S_c",
                    "S_c",
                    "steps after which an endless model's loss is 1 nat",
                    ParameterRole::Scale,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "alpha_N",
                    "α_N",
                    "how fast the converged loss falls with N",
                    ParameterRole::Exponent { input: 0 },
                    BOUNDS,
                ),
                Parameter::new(
                    "alpha_S",
                    "α_S",
                    "how fast the loss of unfinished training falls with S",
                    ParameterRole::Exponent { input: 1 },
                    BOUNDS,
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        term(theta[0], theta[2], x[0]) + term(theta[1], theta[3], x[1])
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        for input in 0..2 {
            let (scale, exponent) = (theta[input], theta[2 + input]);
            let value = term(scale, exponent, x[input]);
            out[input] = exponent * value / scale;
            out[2 + input] = value * (scale.ln() - x[input].ln());
        }
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    /// For given exponents L is linear in N_c^alpha_N and S_c^alpha_S.
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        combinations(&[
            &[0.03, 0.05, 0.08, 0.12, 0.2, 0.35, 0.6],
            &[0.1, 0.2, 0.35, 0.6, 0.9, 1.3],
        ])
        .into_iter()
        .filter_map(|exponents| {
            let &[alpha_n, alpha_s] = exponents.as_slice() else {
                return None;
            };
            let rows = data.x.iter().zip(data.loss).filter(|(_, loss)| **loss > 0.0);
            let [a, b] = two_terms(rows.map(|(x, loss)| [x[0].powf(-alpha_n), x[1].powf(-alpha_s), *loss]))?;
            let (n_c, s_c) = (a.powf(1.0 / alpha_n), b.powf(1.0 / alpha_s));
            let usable = [n_c, s_c].iter().all(|c| c.is_finite() && *c > 0.0);
            usable.then(|| vec![n_c, s_c, alpha_n, alpha_s])
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rows, checks};
    use super::*;

    /// Table 3 of the paper.
    const TABLE_3: [f64; 4] = [6.5e13, 2.1e3, 0.077, 0.76];

    #[test]
    fn gradient() {
        checks::gradient(&KaplanNs, &TABLE_3, &[&[1e6, 300.0], &[3.3e9, 2.5e5], &[7e11, 1e4]]);
    }

    #[test]
    fn steps_saved_by_a_larger_model() {
        // From N to 100 N at the same loss: 123, 41 and 9.7 times fewer steps, by where one starts.
        for (params, steps, saved) in [(1e7, 2.5e5, 123.0), (1e8, 1e5, 41.0), (1e8, 2e4, 9.7)] {
            let loss = KaplanNs.loss(&TABLE_3, &[params, steps]);
            let rest = loss - KaplanNs.loss(&TABLE_3, &[100.0 * params, f64::INFINITY]);
            let fewer = 2.1e3 * rest.powf(-1.0 / 0.76);
            checks::near(steps / fewer, saved, 0.01);
            checks::near(KaplanNs.loss(&TABLE_3, &[100.0 * params, fewer]), loss, 1e-12);
        }
    }

    #[test]
    fn endless_steps_leave_the_law_of_size() {
        checks::near(KaplanNs.loss(&TABLE_3, &[6.5e13, f64::INFINITY]), 1.0, 1e-12);
        checks::near(KaplanNs.loss(&TABLE_3, &[f64::INFINITY, 2.1e3]), 1.0, 1e-12);
    }

    #[test]
    fn starts() {
        let x: Rows = [[1e6, 1e3], [1e7, 1e4], [1e8, 3e3], [1e9, 1e5], [1e8, 1e5]]
            .into_iter()
            .collect();
        checks::starts(&KaplanNs, &TABLE_3, &x);
    }
}
