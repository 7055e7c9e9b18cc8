//! The additive surface in parameters and tokens:
//!
//! ```text
//! L(N, D) = E + A N^-alpha + B D^-beta
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | N | parameters (Hoffmann et al.: all of them, embeddings included) | 1 | > 0 |
//! | D | training tokens | 1 | > 0 |
//! | L | held-out loss | nats per token | |
//! | E | irreducible loss | nats per token | ≥ 0 |
//! | A, B | loss of finite size at N = 1, of finite data at D = 1 | nats per token | ≥ 0 |
//! | alpha, beta | how fast those fall | 1 | 0 to 10 |
//!
//! Gradient: ∂L/∂E = 1, ∂L/∂A = N^-alpha, ∂L/∂alpha = −A N^-alpha ln N, and the same with B, D, beta.
//!
//! Source: Hoffmann et al. 2022 (arXiv 2203.15556), eqs. 2 and 10.
//!
//! Limits: one pass over the data (repeats are worth less than D says) and a learning-rate schedule that ends at D;
//! size and data do not interact, so there is no overfitting at small D beyond the B term. Published E, A, B must
//! not be rounded before optima are derived from them.

use super::{
    EXPONENT_BOUNDS, FLOOR, Inputs, Law, NON_NEGATIVE, PARAMS_AND_TOKENS, Parameter, ParameterRole, PowerTerm,
    Structure, Surface,
};
use serde::{Deserialize, Serialize};

/// Constants of the additive surface L(N, D) = E + A N^-alpha + B D^-beta. N in parameters, D in tokens, L in nats/token.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Additive {
    /// E.
    pub floor: f64,
    /// A.
    pub params_coefficient: f64,
    /// B.
    pub tokens_coefficient: f64,
    /// alpha.
    pub params_exponent: f64,
    /// beta.
    pub tokens_exponent: f64,
}

impl Additive {
    /// L(N, D) in nats per token. N or D may be infinite: its term vanishes.
    pub fn loss(&self, params: f64, tokens: f64) -> f64 {
        self.floor
            + super::power_term(self.params_coefficient, self.params_exponent, params)
            + super::power_term(self.tokens_coefficient, self.tokens_exponent, tokens)
    }
}

/// A.
pub(super) const PARAMS_COEFFICIENT: Parameter = Parameter::new(
    "A",
    "A",
    "loss of finite size at N = 1, nats per token",
    ParameterRole::Coefficient { input: 0 },
    NON_NEGATIVE,
);
/// B.
pub(super) const TOKENS_COEFFICIENT: Parameter = Parameter::new(
    "B",
    "B",
    "loss of finite data at D = 1, nats per token",
    ParameterRole::Coefficient { input: 1 },
    NON_NEGATIVE,
);
const PARAMS_EXPONENT: Parameter = Parameter::new(
    "alpha",
    "α",
    "how fast the loss of finite size falls with N",
    ParameterRole::Exponent { input: 0 },
    EXPONENT_BOUNDS,
);
const TOKENS_EXPONENT: Parameter = Parameter::new(
    "beta",
    "β",
    "how fast the loss of finite data falls with D",
    ParameterRole::Exponent { input: 1 },
    EXPONENT_BOUNDS,
);

/// L = E + A N^-alpha + B D^-beta.
pub(super) struct Chinchilla;

impl Law for Chinchilla {
    fn name(&self) -> &str {
        "chinchilla"
    }
    fn label(&self) -> &str {
        "Chinchilla L(N, D)"
    }
    fn formula(&self) -> &str {
        "E + A/N^alpha + B/D^beta"
    }
    fn source(&self) -> &str {
        "Hoffmann et al. 2022, arXiv 2203.15556, eqs. 2 and 10"
    }

    fn limits(&self) -> &str {
        "One pass over the data, and a learning-rate schedule that ends at D. Size and data do not interact."
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
                PARAMS_EXPONENT,
                TOKENS_EXPONENT,
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        surface(theta).loss(x[0], x[1])
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let &[_, a, b, alpha, beta] = theta else {
            unreachable!("five parameters")
        };
        out[0] = 1.0;
        out[1] = super::power_term(1.0, alpha, x[0]);
        out[2] = super::power_term(1.0, beta, x[1]);
        out[3] = -super::power_term(a, alpha, x[0]) * x[0].ln();
        out[4] = -super::power_term(b, beta, x[1]) * x[1].ln();
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
                exponent: 4,
                input: 1,
            },
        ];
        Structure::SumOfPowers {
            floor: Some(0),
            terms: TERMS,
        }
    }
    fn surface(&self, theta: &[f64]) -> Option<Surface> {
        Some(surface(theta).into())
    }
}

/// θ by its names.
fn surface(theta: &[f64]) -> Additive {
    Additive {
        floor: theta[0],
        params_coefficient: theta[1],
        tokens_coefficient: theta[2],
        params_exponent: theta[3],
        tokens_exponent: theta[4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_losses_of_the_rounded_constants() {
        // Hoffmann's rounded constants at Chinchilla itself, 70B parameters and 1.4T tokens: 1.69 + 0.0836 + 0.1630.
        let law = Additive {
            floor: 1.69,
            params_coefficient: 406.4,
            tokens_coefficient: 410.7,
            params_exponent: 0.34,
            tokens_exponent: 0.28,
        };
        assert!((law.loss(70e9, 1.4e12) - 1.936_645_5).abs() < 1e-6);
        assert!((law.loss(1.82422e9, 9.13634e10) - 2.328_883).abs() < 1e-6);
    }

    #[test]
    fn without_limit_only_the_floor_is_left() {
        let law = surface(&[1.8172, 482.01, 2085.43, 0.3478, 0.3658]);
        assert_eq!(law.loss(f64::INFINITY, f64::INFINITY), 1.8172);
    }
}
