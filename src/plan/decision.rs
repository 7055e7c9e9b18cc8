//! One question, one decision: the optimum, whether it overfits, and how far it lies beyond the data.
//!
//! ```text
//! δL = (1 + (N/N_c)^(alpha_N/alpha_D) · D_c/U)^alpha_D − 1      U = min(D*, unique tokens)      epochs = D*/unique
//! ```
//!
//! δL is the share of the loss that a larger data set would save, by Kaplan's joint law with the constants of Table 2
//! (Kaplan et al. 2020, arXiv 2001.08361, eq. 4.3). N in parameters, D and U in tokens.
//!
//! Limits: those constants belong to WebText2, to N without embeddings, to 10 % dropout and training stopped early; other
//! corpora overfit elsewhere, so δL is an order of magnitude and a warning. It counts distinct tokens: seeing them again
//! does not lower it. Where a law's N is M, the N that costs as much a token stands in.

use super::{Allocation, Optimum, Oracle, PlanError, beyond_data_decades};
use crate::law::KaplanJoint;
use crate::units::{Flops, Loss, Params, Tokens};
use serde::{Deserialize, Serialize};

/// The penalty at which a model counts as too big for its data: about the scatter between seeds (Kaplan et al. 2020,
/// section 4.2).
pub const DEFAULT_PENALTY: f64 = 0.02;

/// What is held fixed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The best for this compute.
    Flops(Flops),
    /// The cheapest that reaches this loss.
    Loss(Loss),
    /// The budget for which this is the best size.
    Params(Params),
    /// The budget for which this is the best amount of data.
    Tokens(Tokens),
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// C.
    Flops,
    /// L.
    Loss,
    /// N.
    Params,
    /// D.
    Tokens,
}

impl Question {
    /// Of which quantity a value is given.
    pub fn quantity(self) -> Quantity {
        match self {
            Self::Flops(_) => Quantity::Flops,
            Self::Loss(_) => Quantity::Loss,
            Self::Params(_) => Quantity::Params,
            Self::Tokens(_) => Quantity::Tokens,
        }
    }
}

/// Whether the answer overfits. Serialises as in the command line's `overfit`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overfit {
    /// The δL that is tolerated.
    pub penalty: f64,
    /// δL at the answer.
    pub value: f64,
    /// The largest model that the answer's distinct tokens bear at the tolerated δL.
    pub max_params: Params,
    /// The fewest distinct tokens that the answer's model needs at the tolerated δL.
    pub min_tokens: Tokens,
    /// Passes over the distinct tokens; 1 where their number is not known.
    pub epochs: f64,
}

impl Overfit {
    /// More than was to be tolerated.
    pub fn exceeds(&self) -> bool {
        self.value > self.penalty
    }

    fn of(optimum: &Optimum, penalty: f64, unique_tokens: Option<Tokens>) -> Self {
        let law = KaplanJoint::TABLE_2;
        let params = optimum.equivalent_params();
        let unique = unique_tokens.map_or(optimum.tokens.0, |unique| unique.0.min(optimum.tokens.0));
        Self {
            penalty,
            value: law.penalty(params, Tokens(unique)),
            max_params: law.max_params(Tokens(unique), penalty),
            min_tokens: law.min_tokens(params, penalty),
            epochs: unique_tokens.map_or(1.0, |unique| optimum.tokens.0 / unique.0),
        }
    }
}

/// The answer to a question. Intervals are not here: they come from asking the same question of every bootstrap replicate.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// As [`Oracle::name`].
    pub law: String,
    /// What was asked.
    pub question: Question,
    /// C, N*, D*, L*.
    pub optimum: Optimum,
    /// D*/N*; `None` where the law's N is not a count of parameters.
    pub tokens_per_param: Option<f64>,
    /// Whether it overfits.
    pub overfit: Overfit,
    /// Decades outside the compute range of the data; `None` where that range is not known.
    pub beyond_data_decades: Option<f64>,
}

impl Allocation {
    /// The optimum that answers a question.
    ///
    /// # Errors
    /// As the `at_` method that the question stands for.
    pub fn answer(&self, question: Question) -> Result<Optimum, PlanError> {
        match question {
            Question::Flops(flops) => self.at_flops(flops),
            Question::Loss(loss) => self.at_loss(loss),
            Question::Params(params) => self.at_params(params),
            Question::Tokens(tokens) => self.at_tokens(tokens),
        }
    }
}

/// Answers a question by the law's own counts, for training alone.
///
/// `data_range` is the compute range of the runs in FLOP; a published law brings its own where none is given.
///
/// # Errors
/// When the law cannot answer, or `penalty` or `unique_tokens` is not a positive number.
pub fn decide(
    oracle: &Oracle,
    question: Question,
    penalty: f64,
    unique_tokens: Option<Tokens>,
    data_range: Option<(f64, f64)>,
) -> Result<Decision, PlanError> {
    let optimum = oracle.answer(question, unique_tokens)?;
    Decision::at(oracle, question, optimum, penalty, unique_tokens, data_range)
}

fn check(penalty: f64, unique_tokens: Option<Tokens>) -> Result<(), PlanError> {
    for (quantity, value) in [
        ("penalty", Some(penalty)),
        ("unique tokens", unique_tokens.map(|unique| unique.0)),
    ] {
        if let Some(value) = value.filter(|v| super::surface::positive(*v).is_none()) {
            return Err(PlanError::NotPositive { quantity, value });
        }
    }
    Ok(())
}

impl Decision {
    /// What follows from an answer, however it was found: by other counts, or for more than training.
    ///
    /// # Errors
    /// When `penalty` or `unique_tokens` is not a positive number.
    pub fn at(
        oracle: &Oracle,
        question: Question,
        optimum: Optimum,
        penalty: f64,
        unique_tokens: Option<Tokens>,
        data_range: Option<(f64, f64)>,
    ) -> Result<Self, PlanError> {
        check(penalty, unique_tokens)?;
        let range = data_range.or(match oracle {
            Oracle::Closed(Allocation::Published(law)) => Some(law.flops_range),
            Oracle::Closed(Allocation::Surface(_)) | Oracle::Searched(..) => None,
        });
        Ok(Self {
            law: oracle.name().to_owned(),
            question,
            optimum,
            tokens_per_param: optimum.tokens_per_param(),
            overfit: Overfit::of(&optimum, penalty, unique_tokens),
            beyond_data_decades: range.map(|range| beyond_data_decades(optimum.flops, range)),
        })
    }
}
