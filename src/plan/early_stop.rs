//! When training on too few tokens has to stop.
//!
//! ```text
//! S_stop ≥ S_c/[L(N, D) − L(N, ∞)]^(1/alpha_S)      S_c = 2.1e3 steps, alpha_S = .76
//! ```
//!
//! N in parameters without embeddings, D the tokens of the data set, each counted once; S in optimiser steps at a batch far
//! over the critical one, and so the fewest steps; L by the joint law of Table 2, in nats per token.
//!
//! Source: Kaplan et al. 2020 (arXiv 2001.08361), eq. 5.7, with alpha_S and S_c of Table 3.
//!
//! Limits: a lower bound, from the argument that a model on few tokens learns as one on endless tokens does until it
//! reaches the loss that those few allow. It belongs to WebText2, 10 % dropout, and training that overfits at all: with
//! plenty of tokens the difference of losses is nearly zero and the bound is out of any training's sight.

use super::surface::positive;
use crate::law::KaplanJoint;
use crate::units::{Params, Tokens};

/// S_c of L(N, S), in steps (Kaplan et al. 2020, Table 3).
const STEPS_SCALE: f64 = 2.1e3;
/// alpha_S of L(N, S) (Kaplan et al. 2020, Table 3).
const STEPS_EXPONENT: f64 = 0.76;

/// The step before which nothing is gained by stopping; `None` where it is no number, as with endless tokens.
pub fn earliest_stop(params: Params, unique: Tokens) -> Option<f64> {
    let law = KaplanJoint::TABLE_2;
    // The penalty keeps the digits of a small difference.
    let excess = law.penalty(params, unique) * law.loss_at_infinite_data(params).0;
    positive(STEPS_SCALE * positive(excess)?.powf(-1.0 / STEPS_EXPONENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_equation_5_7() {
        let law = KaplanJoint::TABLE_2;
        for (params, tokens) in [(1e6, 1e8), (1e8, 1e9), (1e9, 2.2e10)] {
            let (params, tokens) = (Params(params), Tokens(tokens));
            let excess = law.loss(params, tokens).0 - law.loss_at_infinite_data(params).0;
            let steps = 2.1e3 / excess.powf(1.0 / 0.76);
            let found = earliest_stop(params, tokens).unwrap();
            assert!((found / steps - 1.0).abs() < 1e-9, "{found} is not {steps}");
        }
        // L(1e9, 2.2e10) is .0505 nats over its limit: a hundred thousand steps.
        let found = earliest_stop(Params(1e9), Tokens(2.2e10)).unwrap();
        assert!((1.05e5..1.08e5).contains(&found), "{found}");
    }

    #[test]
    fn more_tokens_leave_more_time_and_endless_ones_all_of_it() {
        let at = |tokens: f64| earliest_stop(Params(1e9), Tokens(tokens));
        assert!(at(1e9).unwrap() < at(1e10).unwrap());
        assert_eq!(at(f64::INFINITY), None);
    }
}
