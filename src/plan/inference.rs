//! The model that is cheapest to train and to serve.
//!
//! ```text
//! minimise 6 N D + 2 N T subject to L(N, D) = l
//! stationary where   6 D (1 + d ln D/d ln N) + 2 T = 0,   d ln D/d ln N = −(alpha A N^-alpha)/(beta B D^-beta)
//! ```
//!
//! along the contour of the loss. N in parameters, D training tokens, T tokens to be served over the model's life, FLOP.
//!
//! Source: Sardana, Portes, Doubov and Frankle 2023 (arXiv 2401.00448), eqs. 2 and 3. Limits: a served token costs 2 N whatever
//! the hardware makes of it, and prompts cost what answers do; the more is served, the farther D/N lies beyond any runs.

use super::optimum::{Optimum, PlanError, SizeQuantity};
use super::root::crossing;
use super::surface::positive;
use super::{Allocation, FLOPS_PER_PARAM_TOKEN};
use crate::units::{Flops, Loss, Params, Tokens};
use serde::Serialize;

/// FLOP to serve a token, per parameter: one pass forward.
pub const FLOPS_PER_SERVED_TOKEN: f64 = 2.0;

/// The best for training and serving together, beside the best for training alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Served {
    /// T.
    pub tokens_served: Tokens,
    /// N of least training and serving.
    pub params: Params,
    /// D of it.
    pub tokens: Tokens,
    /// Its loss.
    pub loss: Loss,
    /// 6 N D + 2 N T.
    pub total_flops: Flops,
    /// 6 N D.
    pub training_flops: Flops,
    /// What training and serving the model costs that is cheapest to train to the same loss.
    pub training_optimal_total: Flops,
    /// Share of it that is saved.
    pub saving: f64,
}

impl Served {
    /// As an answer like any other; C is that of the training.
    pub fn optimum(&self) -> Optimum {
        Optimum {
            flops: self.training_flops,
            params: self.params,
            tokens: self.tokens,
            loss: Some(self.loss),
            size: SizeQuantity::Params,
        }
    }
}

/// Answers for a loss.
///
/// # Errors
/// When the law is no surface, has no optimum, or the loss lies below its floor.
pub fn serve(law: &Allocation, loss: Loss, served: Tokens) -> Result<Served, PlanError> {
    let surface = law.surface().ok_or_else(|| PlanError::NotGiven {
        law: law.label().to_owned(),
        missing: "surface L(N, D), which serving needs",
    })?;
    if positive(served.0).is_none() {
        return Err(PlanError::NotPositive {
            quantity: "tokens served",
            value: served.0,
        });
    }
    let optimum = law.at_loss(loss)?;
    let total =
        |params: f64, tokens: f64| params * (FLOPS_PER_PARAM_TOKEN * tokens + FLOPS_PER_SERVED_TOKEN * served.0);
    // Smaller models on more data are cheaper to serve: the answer lies between the least model that reaches the loss at all
    // and the one that is cheapest to train. Where the total falls with N the slope is negative; a model too small to reach
    // the loss lies on that side.
    let slope = |ln_params: f64| match surface.tokens_for_loss(ln_params.exp(), loss.0) {
        None => f64::MIN,
        Some(tokens) => {
            let slope = surface.contour_slope(ln_params.exp(), tokens);
            let falls = FLOPS_PER_PARAM_TOKEN * tokens * -(1.0 + slope);
            // As a quotient of what is gained and what is paid, whose logarithm is nearly straight.
            (FLOPS_PER_SERVED_TOKEN * served.0).ln() - falls.max(f64::MIN_POSITIVE).ln()
        }
    };
    let high = optimum.params.0.ln();
    let mut low = high - 1.0;
    while slope(low) > 0.0 {
        low = 2.0 * low - high;
    }
    let ln_params = crossing(slope, low, high).unwrap_or(high);
    let params = ln_params.exp();
    let tokens = surface
        .tokens_for_loss(params, loss.0)
        .ok_or_else(|| PlanError::NoFiniteAnswer {
            law: law.label().to_owned(),
            asked: format!("L = {loss} with {served} tokens served"),
        })?;
    let (ours, plain) = (total(params, tokens), total(optimum.params.0, optimum.tokens.0));
    Ok(Served {
        tokens_served: served,
        params: Params(params),
        tokens: Tokens(tokens),
        loss,
        total_flops: Flops(ours),
        training_flops: Flops(FLOPS_PER_PARAM_TOKEN * params * tokens),
        training_optimal_total: Flops(plain),
        saving: 1.0 - ours / plain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::published;

    fn law(name: &str) -> Allocation {
        Allocation::Published(published::by_name(name).unwrap())
    }

    #[test]
    fn ten_trillion_tokens_served_at_a_loss_of_1_95() {
        for (name, params, tokens, saving) in [
            ("chinchilla", 1.236e10, 4.323e12, 0.285),
            ("chinchilla-rounded", 1.290e10, 5.43e12, 0.213),
            ("epoch", 6.20e10, 4.83e12, 0.208),
        ] {
            let found = serve(&law(name), Loss(1.95), Tokens(1e13)).unwrap();
            assert!(
                (found.params.0 / params - 1.0).abs() < 1e-3,
                "{name}: {}",
                found.params.0
            );
            assert!(
                (found.tokens.0 / tokens - 1.0).abs() < 2e-3,
                "{name}: {}",
                found.tokens.0
            );
            assert!((found.saving - saving).abs() < 1e-3, "{name}: {}", found.saving);
        }
    }

    #[test]
    fn no_neighbour_is_cheaper_and_little_serving_changes_little() {
        let law = law("epoch");
        let found = serve(&law, Loss(2.1), Tokens(1e12)).unwrap();
        for factor in [0.999, 1.001] {
            let params = Params(found.params.0 * factor);
            let tokens = law.tokens_for_loss(params, Loss(2.1)).unwrap();
            let total = params.0 * (6.0 * tokens.0 + 2e12);
            assert!(total > found.total_flops.0);
        }
        let little = serve(&law, Loss(2.1), Tokens(1.0)).unwrap();
        let optimum = law.at_loss(Loss(2.1)).unwrap();
        assert!((little.params.0 / optimum.params.0 - 1.0).abs() < 1e-9);
        assert!(serve(&law, Loss(1.0), Tokens(1e12)).is_err());
        assert!(serve(&law, Loss(2.1), Tokens(0.0)).is_err());
    }
}
