//! Kaplan's joint law and its overfitting penalty.
//!
//! ```text
//! L(N, D) = [ (N_c/N)^(alpha_N/alpha_D) + D_c/D ]^alpha_D                                  (eq. 1.5)
//! δL      = L(N, D)/L(N, ∞) − 1 = (1 + (N/N_c)^(alpha_N/alpha_D) · D_c/D)^alpha_D − 1      (eq. 4.3)
//! ```
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | L | loss on held-out text, training stopped at its minimum | nats per token |
//! | N, N_c | model size without embeddings, and its scale | parameters |
//! | D, D_c | size of the data set, repeats not counted, and its scale | tokens |
//! | alpha_N, alpha_D | exponents in the limits D → ∞ and N → ∞ | 1 |
//!
//! δL depends on N and D through N^(alpha_N/alpha_D)/D alone, so a bound on it is a power law between N and D.
//! That bound says when a model is too big for its data; it says nothing about where compute is best spent.
//!
//! Source: Kaplan et al. 2020, arXiv 2001.08361, sections 1.2 and 4.1, Table 2.
//! Limits: the scales N_c and D_c belong to one vocabulary and one corpus (WebText2, 50,257 BPE tokens); only the
//! exponents carry over. The runs used 10 % dropout, and the smallest data set (2e7 tokens) already leaves the fit.

use crate::units::{Loss, Params, Tokens};

/// Constants of the joint law L(N, D) of the module.
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
    /// Table 2 of the paper. Not to be mixed with the one-variable laws of its section 1.2, which have their own scales.
    pub const TABLE_2: Self = Self {
        params_scale: 6.4e13,
        tokens_scale: 1.8e13,
        params_exponent: 0.076,
        tokens_exponent: 0.103,
    };

    /// alpha_N/alpha_D, quoted as 0.74 in the paper: the exponent of N in the data that a model needs.
    pub fn ratio(&self) -> f64 {
        self.params_exponent / self.tokens_exponent
    }

    /// L(N, D) (eq. 1.5).
    pub fn loss(&self, params: Params, tokens: Tokens) -> Loss {
        let capacity = (self.params_scale / params.0).powf(self.ratio());
        Loss((capacity + self.tokens_scale / tokens.0).powf(self.tokens_exponent))
    }

    /// L(N, ∞) = (N_c/N)^alpha_N.
    pub fn loss_at_infinite_data(&self, params: Params) -> Loss {
        Loss((self.params_scale / params.0).powf(self.params_exponent))
    }

    /// δL = L(N, D)/L(N, ∞) − 1 (eq. 4.3).
    pub fn penalty(&self, params: Params, tokens: Tokens) -> f64 {
        let x = (params.0 / self.params_scale).powf(self.ratio()) * self.tokens_scale / tokens.0;
        // exp_m1 and ln_1p keep the digits of a penalty far below one.
        (self.tokens_exponent * x.ln_1p()).exp_m1()
    }

    /// Fewest tokens for a penalty of at most `penalty` (eq. 4.4, exact); endless for a penalty of zero.
    pub fn min_tokens(&self, params: Params, penalty: f64) -> Tokens {
        let scaled = (params.0 / self.params_scale).powf(self.ratio());
        Tokens(self.tokens_scale * scaled / self.allowance(penalty))
    }

    /// Largest model for a penalty of at most `penalty`: eq. 4.4 solved for N.
    pub fn max_params(&self, tokens: Tokens, penalty: f64) -> Params {
        let scaled = self.allowance(penalty) * tokens.0 / self.tokens_scale;
        Params(self.params_scale * scaled.powf(1.0 / self.ratio()))
    }

    /// (1 + δL)^(1/alpha_D) − 1: what (N/N_c)^ratio · D_c/D may be.
    fn allowance(&self, penalty: f64) -> f64 {
        (penalty.ln_1p() / self.tokens_exponent).exp_m1()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: KaplanJoint = KaplanJoint::TABLE_2;

    fn near(value: f64, expected: f64, relative: f64) {
        assert!((value / expected - 1.0).abs() < relative, "{value} is not {expected}");
    }

    #[test]
    fn losses_and_penalties_of_table_2() {
        for (params, tokens, loss, penalty) in [
            (1e6, 1e8, 4.031_315, 0.028_435),
            (1e8, 1e9, 2.956_734, 0.070_391),
            (1e9, 2.2e10, 2.369_316, 0.021_771),
        ] {
            let (params, tokens) = (Params(params), Tokens(tokens));
            near(LAW.loss(params, tokens).0, loss, 2e-7);
            near(LAW.penalty(params, tokens), penalty, 3e-5);
            let ratio = LAW.loss(params, tokens).0 / LAW.loss_at_infinite_data(params).0;
            near(LAW.penalty(params, tokens), ratio - 1.0, 1e-12);
        }
        near(LAW.loss_at_infinite_data(Params(1e6)).0, 3.919_852, 2e-7);
    }

    #[test]
    fn data_that_a_model_needs() {
        near(LAW.ratio(), 0.7379, 1e-4);
        for (penalty, coefficient, digits) in [
            (0.01, 1.1536e4, 5e-5),
            (0.02, 5519.3, 1e-5),
            (0.05, 1931.0, 3e-4),
            (0.10, 768.4, 1e-4),
        ] {
            near(LAW.min_tokens(Params(1.0), penalty).0, coefficient, digits);
        }
        // Eight times the model needs about five times the data; 100 times the model 29.9 times (section 4.1).
        let growth = |factor| LAW.min_tokens(Params(factor), 0.02).0 / LAW.min_tokens(Params(1.0), 0.02).0;
        near(growth(8.0), 4.64, 1e-3);
        near(growth(100.0), 29.9, 1e-3);
    }

    #[test]
    fn no_penalty_needs_endless_data() {
        assert_eq!(LAW.min_tokens(Params(1e9), 0.0).0, f64::INFINITY);
        assert_eq!(LAW.max_params(Tokens(1e9), 0.0).0, 0.0);
    }

    proptest::proptest! {
        #[test]
        fn bounds_invert_the_penalty(log_params in 3.0f64..13.0, log_tokens in 6.0f64..15.0) {
            let (params, tokens) = (Params(10f64.powf(log_params)), Tokens(10f64.powf(log_tokens)));
            let penalty = LAW.penalty(params, tokens);
            proptest::prop_assert!(penalty > 0.0);
            near(LAW.min_tokens(params, penalty).0, tokens.0, 1e-10);
            near(LAW.max_params(tokens, penalty).0, params.0, 1e-10);
        }
    }
}
