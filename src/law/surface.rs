//! Surfaces L(N, D) whose reducible loss is a power of a sum of two powers.

use super::{Additive, KaplanJoint};

/// Constants of L(N, D) = E + (A N^-alpha + B D^-beta)^k. N in parameters, D in tokens, L in nats per token.
///
/// k = 1 is the additive surface. A rising function of the sum does not move its minimum, so N* and D* are those of the sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surface {
    /// E, and the sum: A, B, alpha, beta.
    pub sum: Additive,
    /// k.
    pub coupling: f64,
}

impl Surface {
    /// a = beta/(alpha + beta): the compute-optimal N grows as C^a.
    pub fn params_growth(&self) -> f64 {
        self.sum.tokens_exponent / (self.sum.params_exponent + self.sum.tokens_exponent)
    }
}

impl From<Additive> for Surface {
    fn from(sum: Additive) -> Self {
        Self { sum, coupling: 1.0 }
    }
}

/// E = 0, k = alpha_D, exponents (alpha_N/alpha_D, 1), A = N_c^(alpha_N/alpha_D), B = D_c.
impl From<KaplanJoint> for Surface {
    fn from(law: KaplanJoint) -> Self {
        let ratio = law.ratio();
        Self {
            sum: Additive {
                floor: 0.0,
                params_coefficient: law.params_scale.powf(ratio),
                tokens_coefficient: law.tokens_scale,
                params_exponent: ratio,
                tokens_exponent: 1.0,
            },
            coupling: law.tokens_exponent,
        }
    }
}
