//! The additive surface with one exponent for both terms:
//!
//! ```text
//! L(N, D) = E + A N^-alpha + B D^-alpha
//! ```
//!
//! Symbols, units and ranges are those of `chinchilla.rs`, with beta = alpha.
//!
//! Gradient: ∂L/∂E = 1, ∂L/∂A = N^-alpha, ∂L/∂B = D^-alpha, ∂L/∂alpha = −A N^-alpha ln N − B D^-alpha ln D.
//!
//! Source: Muennighoff et al. 2023 (arXiv 2305.16264), whose fit to C4 ties the exponents of Hoffmann et al. 2022 (arXiv
//! 2203.15556), eq. 2.
//!
//! Limits: N*(C) and D*(C) both grow as C^½ by construction, so tokens per parameter are the same at every budget. That
//! is an assumption, not a finding: compare the objective with the untied fit before relying on it. What it buys is a
//! stable answer where few runs leave alpha and beta to trade against each other.

use super::chinchilla::{Chinchilla, PARAMS_COEFFICIENT, TOKENS_COEFFICIENT};
use super::{
    EXPONENT_BOUNDS, FLOOR, Inputs, Law, PARAMS_AND_TOKENS, Parameter, ParameterRole, PowerTerm, Structure, Surface,
};

/// L = E + A N^-alpha + B D^-alpha.
pub(super) struct ChinchillaTied;

impl Law for ChinchillaTied {
    fn name(&self) -> &str {
        "chinchilla-tied"
    }
    fn label(&self) -> &str {
        "Chinchilla L(N, D), alpha = beta"
    }
    fn formula(&self) -> &str {
        "E + A/N^alpha + B/D^alpha"
    }
    fn source(&self) -> &str {
        "Muennighoff et al. 2023, arXiv 2305.16264: eq. 2 of Hoffmann et al. 2022 (arXiv 2203.15556) with alpha = beta"
    }

    fn limits(&self) -> &str {
        "Tokens per parameter are the same at every budget: an assumption, not a finding."
    }
    fn inputs(&self) -> Inputs<'_> {
        PARAMS_AND_TOKENS
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                FLOOR,
                PARAMS_COEFFICIENT,
                TOKENS_COEFFICIENT,
                Parameter::new(
                    "alpha",
                    "α",
                    "how fast both losses fall, with N and with D",
                    ParameterRole::Exponent { input: 0 },
                    EXPONENT_BOUNDS,
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        Chinchilla.loss(&untied(theta), x)
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let mut slopes = [0.0; 5];
        Chinchilla.gradient(&untied(theta), x, &mut slopes);
        out.copy_from_slice(&slopes[..4]);
        out[3] += slopes[4];
    }
    fn structure(&self) -> Structure {
        const TERMS: &[PowerTerm] = &[
            PowerTerm {
                coefficient: 1,
                exponent: 3,
                input: 0,
            },
            PowerTerm {
                coefficient: 2,
                exponent: 3,
                input: 1,
            },
        ];
        Structure::SumOfPowers {
            floor: Some(0),
            terms: TERMS,
        }
    }
    fn surface(&self, theta: &[f64]) -> Option<Surface> {
        Chinchilla.surface(&untied(theta))
    }
}

/// θ of the free law: beta is alpha.
fn untied(theta: &[f64]) -> [f64; 5] {
    [theta[0], theta[1], theta[2], theta[3], theta[3]]
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    /// Fitted to C4 by the source.
    const C4: [f64; 4] = [1.869_143_678_4, 520.824_951_66, 1_487.716_093_8, 0.352_659_6];

    #[test]
    fn gradient() {
        checks::gradient(&ChinchillaTied, &C4, &[&[1e6, 2e7], &[3.3e9, 5e10], &[7e11, 1.4e13]]);
    }

    #[test]
    fn losses_at_the_optima_of_the_c4_constants() {
        checks::near(ChinchillaTied.loss(&C4, &[2.91509e9, 5.71738e10]), 2.347_687, 5e-7);
        checks::near(
            ChinchillaTied.loss(&C4, &[6.99622e10, 6.99622e10 * 19.6130]),
            2.025_162,
            5e-7,
        );
    }
}
