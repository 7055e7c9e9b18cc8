//! The compute-optimal allocation N*(C), D*(C) and its inversions.

use crate::law::{Additive, published::PublishedLaw};
use crate::units::{Flops, Loss, Params, Tokens};

/// A law that can be asked for its optimum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allocation {
    /// A surface, fitted or published.
    Surface(Additive),
    /// A published law of any form.
    Published(&'static PublishedLaw),
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
}

impl Optimum {
    /// D*/N*; `None` where the law's N is not a count of parameters.
    pub fn tokens_per_param(&self) -> f64 {
        self.tokens.0 / self.params.0
    }
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
    /// The law does not give what the question needs.
    #[error("{law} publishes no {missing}")]
    NotGiven {
        /// Which law.
        law: String,
        /// What it lacks.
        missing: &'static str,
    },
}

impl Allocation {
    /// N*, D*, L* for a budget.
    pub fn at_flops(&self, _flops: Flops) -> Optimum {
        todo!()
    }

    /// The cheapest optimum that reaches a loss.
    ///
    /// # Errors
    /// When the loss is at or below the floor, or the law gives no loss.
    pub fn at_loss(&self, _loss: Loss) -> Result<Optimum, PlanError> {
        todo!()
    }

    /// The optimum whose N* is this.
    pub fn at_params(&self, _params: Params) -> Optimum {
        todo!()
    }

    /// The optimum whose D* is this.
    pub fn at_tokens(&self, _tokens: Tokens) -> Optimum {
        todo!()
    }

    /// L(N, D) off the optimum, where the law is a surface.
    pub fn loss_at(&self, _params: Params, _tokens: Tokens) -> Option<Loss> {
        todo!()
    }

    /// D that reaches a loss at a given N: a point of the isoloss contour. `None` where no amount does, or no surface is given.
    pub fn tokens_for_loss(&self, _params: Params, _loss: Loss) -> Option<Tokens> {
        todo!()
    }
}
