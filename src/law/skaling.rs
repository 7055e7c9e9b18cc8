//! A surface whose two terms are coupled by an outer power:
//!
//! ```text
//! L(N, D) = E + (A N^-alpha + B D^-beta)^k
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | N, D | parameters, training tokens | 1, tokens | > 0 |
//! | L | held-out loss | nats per token | |
//! | E | irreducible loss | nats per token | ≥ 0 |
//! | A, B | the terms at N = 1 and D = 1 | (nats per token)^(1/k) | ≥ 0 |
//! | alpha, beta | how fast the terms fall; the loss falls with k alpha and k beta | 1 | 0 to 10 |
//! | k | coupling: 1 is Chinchilla's sum, less makes the larger term rule | 1 | .01 to 10 |
//!
//! Gradient, with s = ln(A N^-alpha + B D^-beta), R = e^(k s), p and q the shares of the terms: ∂L/∂E = 1, ∂L/∂A = k R p/A,
//! ∂L/∂B = k R q/B, ∂L/∂alpha = −k R p ln N, ∂L/∂beta = −k R q ln D, ∂L/∂k = R s.
//!
//! Source: Videau et al. 2026 (arXiv 2608.07222). With E = 0, k = alpha_D and exponents (alpha_N/alpha_D, 1) it is the joint
//! law of Kaplan et al. 2020, eq. 1.5.
//!
//! Limits: k is told from alpha and beta only by runs off the diagonal, far from D ∝ N; on a few isoFLOP profiles the three
//! trade against each other. k does not move N* and D*.

use super::least_squares::two_terms;
use super::logs::ln_sum;
use super::{
    Additive, EXPONENT_BOUNDS, FLOOR, Inputs, Law, NON_NEGATIVE, PARAMS_AND_TOKENS, Parameter, ParameterRole,
    StartData, Structure, Surface, combinations,
};

/// L = E + (A N^-alpha + B D^-beta)^k.
pub(super) struct Skaling;

/// ln N, ln D and the logs of the sum.
struct Terms {
    ln_n: f64,
    ln_d: f64,
    u: f64,
    v: f64,
    sum: f64,
}

impl Terms {
    fn new(theta: &[f64], x: &[f64]) -> Self {
        let (ln_n, ln_d) = (x[0].ln(), x[1].ln());
        let (u, v) = (theta[1].ln() - theta[3] * ln_n, theta[2].ln() - theta[4] * ln_d);
        Self {
            ln_n,
            ln_d,
            u,
            v,
            sum: ln_sum(u, v),
        }
    }
}

impl Law for Skaling {
    fn name(&self) -> &str {
        "skaling"
    }
    fn label(&self) -> &str {
        "Coupled L(N, D) (Skaling)"
    }
    fn formula(&self) -> &str {
        "E + (A/N^alpha + B/D^beta)^k"
    }
    fn source(&self) -> &str {
        "Videau et al. 2026, arXiv 2608.07222"
    }

    fn limits(&self) -> &str {
        "k is told from alpha and beta only by runs far from D ∝ N; it does not move N* and D*."
    }
    fn inputs(&self) -> Inputs<'_> {
        PARAMS_AND_TOKENS
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                FLOOR,
                Parameter::new(
                    "A",
                    "A",
                    "the term of finite size at N = 1",
                    ParameterRole::Coefficient { input: 0 },
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "B",
                    "B",
                    "the term of finite data at D = 1",
                    ParameterRole::Coefficient { input: 1 },
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "alpha",
                    "α",
                    "how fast the term of finite size falls with N",
                    ParameterRole::Exponent { input: 0 },
                    EXPONENT_BOUNDS,
                ),
                Parameter::new(
                    "beta",
                    "β",
                    "how fast the term of finite data falls with D",
                    ParameterRole::Exponent { input: 1 },
                    EXPONENT_BOUNDS,
                ),
                Parameter::new(
                    "k",
                    "k",
                    "coupling of size and data; 1 is none",
                    ParameterRole::Shape,
                    [0.01, 10.0],
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        theta[0] + (theta[5] * Terms::new(theta, x).sum).exp()
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let Terms { ln_n, ln_d, u, v, sum } = Terms::new(theta, x);
        let k = theta[5];
        let reducible = (k * sum).exp();
        out[0] = 1.0;
        // p/A and q/B in logs, so that a term of zero has its slope too.
        out[1] = k * reducible * (-theta[3] * ln_n - sum).exp();
        out[2] = k * reducible * (-theta[4] * ln_d - sum).exp();
        out[3] = -k * reducible * (u - sum).exp() * ln_n;
        out[4] = -k * reducible * (v - sum).exp() * ln_d;
        out[5] = reducible * sum;
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    fn surface(&self, theta: &[f64]) -> Option<Surface> {
        let &[
            floor,
            params_coefficient,
            tokens_coefficient,
            params_exponent,
            tokens_exponent,
            coupling,
        ] = theta
        else {
            unreachable!("six parameters")
        };
        let sum = Additive {
            floor,
            params_coefficient,
            tokens_coefficient,
            params_exponent,
            tokens_exponent,
        };
        Some(Surface { sum, coupling })
    }
    /// For given E, k and exponents (L − E)^(1/k) is linear in A and B.
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        let [lowest, _] = data.losses();
        combinations(&[
            &[0.3, 0.7, 0.9],
            &[0.1, 0.2, 0.35, 0.6],
            &[0.1, 0.2, 0.35, 0.6],
            &[0.3, 0.6, 1.0],
        ])
        .into_iter()
        .filter_map(|values| {
            let &[share, outer_alpha, outer_beta, k] = values.as_slice() else {
                return None;
            };
            // The loss shows k alpha and k beta; those are the numbers that are alike everywhere.
            let (floor, alpha, beta) = (share * lowest.max(0.0), outer_alpha / k, outer_beta / k);
            let rows = data.x.iter().zip(data.loss).filter(|(_, loss)| **loss > floor);
            let [a, b] =
                two_terms(rows.map(|(x, loss)| [x[0].powf(-alpha), x[1].powf(-beta), (loss - floor).powf(1.0 / k)]))?;
            Some(vec![floor, a, b, alpha, beta, k])
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KaplanJoint, Rows, checks};
    use super::*;
    use crate::units::{Params, Tokens};

    const EXAMPLE: [f64; 6] = [1.5, 2e5, 9e6, 0.8, 0.85, 0.4];

    #[test]
    fn gradient() {
        checks::gradient(&Skaling, &EXAMPLE, &[&[1e6, 2e7], &[3.3e9, 5e10], &[7e11, 1e10]]);
        checks::gradient(
            &Skaling,
            &[1.8, 482.0, 2085.0, 0.35, 0.37, 1.0],
            &[&[1e6, 2e10], &[3.3e9, 5e8]],
        );
    }

    #[test]
    fn without_coupling_it_is_chinchilla() {
        let additive = Additive {
            floor: 1.8172,
            params_coefficient: 482.01,
            tokens_coefficient: 2085.43,
            params_exponent: 0.3478,
            tokens_exponent: 0.3658,
        };
        let theta = [1.8172, 482.01, 2085.43, 0.3478, 0.3658, 1.0];
        for x in [[1e6, 2e7], [3.3e9, 5e10], [7e11, 1e10]] {
            checks::near(Skaling.loss(&theta, &x), additive.loss(x[0], x[1]), 1e-13);
        }
    }

    #[test]
    fn without_a_floor_it_holds_kaplans_joint_law() {
        let joint = KaplanJoint::TABLE_2;
        let ratio = joint.ratio();
        let theta = [
            0.0,
            joint.params_scale.powf(ratio),
            joint.tokens_scale,
            ratio,
            1.0,
            joint.tokens_exponent,
        ];
        for x in [[1e6, 1e8], [1e9, 2.2e10]] {
            checks::near(
                Skaling.loss(&theta, &x),
                joint.loss(Params(x[0]), Tokens(x[1])).0,
                1e-12,
            );
        }
    }

    #[test]
    fn only_the_floor_remains_without_limits() {
        assert_eq!(Skaling.loss(&EXAMPLE, &[f64::INFINITY, f64::INFINITY]), 1.5);
    }

    #[test]
    fn starts() {
        let x: Rows = [[1e6, 1e8], [1e7, 1e8], [1e7, 1e9], [1e9, 1e10], [1e8, 3e8]]
            .into_iter()
            .collect();
        checks::starts(&Skaling, &EXAMPLE, &x);
    }
}
