//! An answer, and why there may be none.
//!
//! C = k · size · D with k = 6 where size is N in parameters, and k = 1 where it is M in FLOP per token; D in tokens, C in
//! FLOP, L in nats per token.

use super::FLOPS_PER_PARAM_TOKEN;
use crate::law::published::PowerLaw;
use crate::units::{Flops, Loss, Params, Tokens};

/// What a law calls the size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeQuantity {
    /// N, a number of parameters; C = 6 N D.
    Params,
    /// M, non-embedding training FLOP per token; C = M D (DeepSeek LLM 2024, arXiv 2401.02954, section 3.2).
    FlopsPerToken,
}

impl SizeQuantity {
    /// k in C = k · size · D.
    pub fn flops_per_token(self) -> f64 {
        match self {
            Self::Params => FLOPS_PER_PARAM_TOKEN,
            Self::FlopsPerToken => 1.0,
        }
    }

    /// `N*` or `M*`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Params => "N*",
            Self::FlopsPerToken => "M*",
        }
    }

    /// For axes and tooltips.
    pub fn description(self) -> &'static str {
        match self {
            Self::Params => "parameters",
            Self::FlopsPerToken => "non-embedding FLOP per token",
        }
    }
}

/// The answer to a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimum {
    /// The budget, C.
    pub flops: Flops,
    /// N*; for DeepSeek M, non-embedding FLOPs per token.
    pub params: Params,
    /// D*.
    pub tokens: Tokens,
    /// L*, where the law gives one.
    pub loss: Option<Loss>,
    /// What `params` holds.
    pub size: SizeQuantity,
}

impl Optimum {
    /// D*/N*; `None` where the law's N is not a count of parameters.
    pub fn tokens_per_param(&self) -> Option<f64> {
        match self.size {
            SizeQuantity::Params => Some(self.tokens.0 / self.params.0),
            SizeQuantity::FlopsPerToken => None,
        }
    }

    /// N, or the N that costs as much a token: M/6. For overlays on an N axis; M also counts attention, so this is
    /// larger than the model's own count.
    pub fn equivalent_params(&self) -> Params {
        Params(self.params.0 * self.size.flops_per_token() / FLOPS_PER_PARAM_TOKEN)
    }
}

/// N*(C) and D*(C) as power laws of C in FLOP.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontierLaws {
    /// N*(C); its exponent is a.
    pub params: PowerLaw,
    /// D*(C); its exponent is b.
    pub tokens: PowerLaw,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The loss asked for is at or below the floor.
    #[error("no budget reaches a loss of {asked}: this law's floor is {floor}")]
    BelowFloor {
        /// What was asked.
        asked: Loss,
        /// E.
        floor: Loss,
    },
    /// What was given cannot reach the loss, however much there is of the other.
    #[error("{what} cannot reach a loss of {asked}, whatever the {other}")]
    OutOfReach {
        /// A size or an amount of data.
        what: String,
        /// What there may be any amount of.
        other: &'static str,
        /// L.
        asked: Loss,
    },
    /// Two quantities are given that leave two models, or the same quantity twice.
    #[error("a budget and a loss leave two models, a small one on much data and a large one on little: give N or D")]
    Ambiguous,
    /// The law does not give what the question needs.
    #[error("{law} publishes no {missing}")]
    NotGiven {
        /// Which law.
        law: String,
        /// What it lacks.
        missing: &'static str,
    },
    /// The surface does not fall in both N and D: a coefficient or an exponent is zero or negative.
    #[error("{law} has no compute-optimal size: {reason}")]
    NoInteriorOptimum {
        /// Which law.
        law: String,
        /// Which constant is to blame, and what follows.
        reason: String,
    },
    /// A question that is not a positive number, or an answer too large or too small to be one.
    #[error("{law} has no finite answer to {asked}")]
    NoFiniteAnswer {
        /// Which law.
        law: String,
        /// The question, such as `C = 0`.
        asked: String,
    },
    /// A side condition that is zero, negative or not a number.
    #[error("{quantity} = {value}: expected a positive number")]
    NotPositive {
        /// Which.
        quantity: &'static str,
        /// Its value.
        value: f64,
    },
}
