//! Kaplan's joint law L(N, D) and its overfitting penalty (Kaplan et al. 2020, sections 1.2 and 4).

use crate::units::{Params, Tokens};

/// Kaplan's joint law L(N, D) = [(N_c/N)^(alpha_N/alpha_D) + D_c/D]^alpha_D (eq. 1.5); constants of Table 2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KaplanJoint {
    /// N_c, non-embedding parameters.
    pub params_scale: f64,
    /// D_c, tokens.
    pub tokens_scale: f64,
    /// alpha_N.
    pub params_exponent: f64,
    /// alpha_D.
    pub tokens_exponent: f64,
}

impl KaplanJoint {
    /// δL = L(N, D)/L(N, ∞) − 1 (eq. 4.3).
    pub fn penalty(&self, _params: Params, _tokens: Tokens) -> f64 {
        todo!()
    }

    /// Fewest tokens for a penalty of at most `penalty` (eq. 4.4).
    pub fn min_tokens(&self, _params: Params, _penalty: f64) -> Tokens {
        todo!()
    }

    /// Largest model for a penalty of at most `penalty`.
    pub fn max_params(&self, _tokens: Tokens, _penalty: f64) -> Params {
        todo!()
    }
}
