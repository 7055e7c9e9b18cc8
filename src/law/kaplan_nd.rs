//! Kaplan's joint law in parameters and tokens, as a form to fit:
//!
//! ```text
//! L(N, D) = [ (N_c/N)^(alpha_N/alpha_D) + D_c/D ]^alpha_D
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | N | parameters (Kaplan et al.: without embeddings) | 1 | > 0 |
//! | D | size of the data set, repeats not counted | tokens | > 0 |
//! | L | held-out loss, training stopped at its minimum | nats per token | |
//! | N_c, D_c | size and data at which the loss, limited by them alone, is 1 nat | parameters, tokens | > 0 |
//! | alpha_N, alpha_D | exponents in the limits D → ∞ and N → ∞ | 1 | 0 to 10, .0001 to 10 |
//!
//! Gradient, with u = (alpha_N/alpha_D) ln(N_c/N), v = ln(D_c/D), s = ln(eᵘ + eᵛ), p = eᵘ⁻ˢ, q = eᵛ⁻ˢ:
//! ∂L/∂N_c = L alpha_N p/N_c, ∂L/∂D_c = L alpha_D q/D_c, ∂L/∂alpha_N = L p ln(N_c/N), ∂L/∂alpha_D = L (s − p u).
//!
//! Source: Kaplan et al. 2020 (arXiv 2001.08361), eq. 1.5 and section 4.1.
//!
//! Limits: there is no floor, so both limits fall to zero and long extrapolation is too hopeful. N_c and D_c belong to one
//! vocabulary and one corpus. Its optimum under C = 6ND is derived (`plan/surface.rs`); the paper's own allocation rests on
//! L(N, S), not on this.

use super::least_squares::two_terms;
use super::logs::ln_sum;
use super::{
    EXPONENT_BOUNDS, Inputs, KaplanJoint, Law, NON_NEGATIVE, PARAMS_AND_TOKENS, Parameter, ParameterRole, StartData,
    Structure, Surface, combinations,
};

/// L = [(N_c/N)^(alpha_N/alpha_D) + D_c/D]^alpha_D.
pub(super) struct KaplanNd;

/// The two terms and their sum, in logs.
struct Terms {
    u: f64,
    v: f64,
    sum: f64,
}

impl Terms {
    fn new(theta: &[f64], x: &[f64]) -> Self {
        let u = theta[2] / theta[3] * (theta[0].ln() - x[0].ln());
        let v = theta[1].ln() - x[1].ln();
        Self {
            u,
            v,
            sum: ln_sum(u, v),
        }
    }
}

impl Law for KaplanNd {
    fn name(&self) -> &str {
        "kaplan-nd"
    }
    fn label(&self) -> &str {
        "Kaplan L(N, D)"
    }
    fn formula(&self) -> &str {
        "((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D"
    }
    fn source(&self) -> &str {
        "Kaplan et al. 2020, arXiv 2001.08361, eq. 1.5"
    }

    fn limits(&self) -> &str {
        "No floor, so long extrapolation is too hopeful. N_c and D_c belong to one vocabulary and corpus."
    }
    fn inputs(&self) -> Inputs<'_> {
        PARAMS_AND_TOKENS
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                Parameter::new(
                    "N_c",
                    "N_c",
                    "size whose loss with endless data is 1 nat, parameters",
                    ParameterRole::Scale,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "D_c",
                    "D_c",
                    "data whose loss with endless size is 1 nat, tokens",
                    ParameterRole::Scale,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "alpha_N",
                    "α_N",
                    "how fast the loss falls with N where data are endless",
                    ParameterRole::Exponent { input: 0 },
                    EXPONENT_BOUNDS,
                ),
                Parameter::new(
                    "alpha_D",
                    "α_D",
                    "how fast the loss falls with D where size is endless",
                    ParameterRole::Exponent { input: 1 },
                    [1e-4, 10.0],
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        (theta[3] * Terms::new(theta, x).sum).exp()
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let Terms { u, v, sum } = Terms::new(theta, x);
        let loss = (theta[3] * sum).exp();
        let (p, q) = ((u - sum).exp(), (v - sum).exp());
        out[0] = loss * theta[2] * p / theta[0];
        out[1] = loss * theta[3] * q / theta[1];
        out[2] = loss * p * (theta[0].ln() - x[0].ln());
        out[3] = loss * (sum - p * u);
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    fn surface(&self, theta: &[f64]) -> Option<Surface> {
        Some(joint(theta).into())
    }
    /// For given exponents L^(1/alpha_D) is linear in N_c^(alpha_N/alpha_D) and D_c.
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        const EXPONENTS: &[f64] = &[0.03, 0.06, 0.1, 0.16, 0.25, 0.4];
        combinations(&[EXPONENTS, EXPONENTS])
            .into_iter()
            .filter_map(|exponents| {
                let &[alpha_n, alpha_d] = exponents.as_slice() else {
                    return None;
                };
                let ratio = alpha_n / alpha_d;
                let rows = data.x.iter().zip(data.loss).filter(|(_, loss)| **loss > 0.0);
                let [a, d_c] =
                    two_terms(rows.map(|(x, loss)| [x[0].powf(-ratio), 1.0 / x[1], loss.powf(1.0 / alpha_d)]))?;
                let n_c = a.powf(1.0 / ratio);
                (n_c.is_finite() && n_c > 0.0).then(|| vec![n_c, d_c, alpha_n, alpha_d])
            })
            .collect()
    }
}

/// θ by its names.
fn joint(theta: &[f64]) -> KaplanJoint {
    KaplanJoint {
        params_scale: theta[0],
        tokens_scale: theta[1],
        params_exponent: theta[2],
        tokens_exponent: theta[3],
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rows, checks};
    use super::*;
    use crate::units::{Params, Tokens};

    /// Table 2 of the paper.
    const TABLE_2: [f64; 4] = [6.4e13, 1.8e13, 0.076, 0.103];

    #[test]
    fn gradient() {
        checks::gradient(
            &KaplanNd,
            &TABLE_2,
            &[&[1e6, 2e7], &[3.3e9, 5e10], &[7e11, 1e10], &[1e3, 1e13]],
        );
        checks::gradient(&KaplanNd, &[1e9, 4e8, 0.4, 0.09], &[&[1e6, 2e7], &[1e10, 1e12]]);
    }

    #[test]
    fn losses_of_table_2() {
        for (x, loss) in [
            ([1e6, 1e8], 4.031_315),
            ([1e8, 1e9], 2.956_734),
            ([1e9, 2.2e10], 2.369_316),
        ] {
            checks::near(KaplanNd.loss(&TABLE_2, &x), loss, 2e-7);
            let joint = KaplanJoint::TABLE_2.loss(Params(x[0]), Tokens(x[1])).0;
            checks::near(KaplanNd.loss(&TABLE_2, &x), joint, 1e-13);
        }
    }

    #[test]
    fn each_limit_is_the_law_of_the_other_variable() {
        checks::near(KaplanNd.loss(&TABLE_2, &[1e6, f64::INFINITY]), 3.919_852, 2e-7);
        let of_tokens = (1.8e13_f64 / 1e9).powf(0.103);
        checks::near(KaplanNd.loss(&TABLE_2, &[f64::INFINITY, 1e9]), of_tokens, 1e-13);
    }

    #[test]
    fn starts() {
        let x: Rows = [[1e6, 1e8], [1e7, 1e8], [1e7, 1e9], [1e9, 1e10], [1e8, 3e8]]
            .into_iter()
            .collect();
        checks::starts(&KaplanNd, &TABLE_2, &x);
    }
}
