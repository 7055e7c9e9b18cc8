//! What is asked: a law in closed form, or any law of N and D with its numbers.

use super::root::crossing;
use super::search::{answer_of, loss_at};
use super::surface::positive;
use super::{Allocation, Optimum, PlanError, Question, has_optimum};
use crate::law::LawChoice;
use crate::units::{Loss, Params, Tokens};

/// ln of the sizes and amounts between which a law without a closed form is searched.
const SEARCHED: [f64; 2] = [6.9, 69.0];

/// A law that answers.
#[derive(Debug, Clone)]
pub enum Oracle {
    /// In closed form.
    Closed(Allocation),
    /// By search: a law and its numbers, in its order.
    Searched(LawChoice, Vec<f64>),
}

impl From<Allocation> for Oracle {
    fn from(law: Allocation) -> Self {
        Self::Closed(law)
    }
}

impl Oracle {
    /// A fitted law; `None` where it is none of N and D with an optimum to look for.
    pub fn of(law: &LawChoice, theta: &[f64]) -> Option<Self> {
        match law.law().surface(theta) {
            Some(surface) => Some(Self::Closed(Allocation::Surface(surface))),
            None => has_optimum(law.law()).then(|| Self::Searched(law.clone(), theta.to_vec())),
        }
    }

    /// As on the command line for a published law or one that is searched; otherwise [`Allocation::label`].
    pub fn name(&self) -> &str {
        match self {
            Self::Closed(Allocation::Published(law)) => law.name,
            Self::Closed(surface) => surface.label(),
            Self::Searched(law, _) => law.name(),
        }
    }

    /// The same law in closed form, where there is one.
    pub fn closed(&self) -> Option<&Allocation> {
        match self {
            Self::Closed(allocation) => Some(allocation),
            Self::Searched(..) => None,
        }
    }

    /// The optimum that answers a question. `unique` as in [`answer_of`].
    ///
    /// # Errors
    /// As [`answer_of`] and [`Allocation::answer`].
    pub fn answer(&self, question: Question, unique: Option<Tokens>) -> Result<Optimum, PlanError> {
        match self {
            Self::Closed(allocation) => allocation.answer(question),
            Self::Searched(law, theta) => answer_of(law.law(), theta, question, unique),
        }
    }

    /// L(N, D); `None` where the law gives none.
    pub fn loss_at(&self, params: Params, tokens: Tokens, unique: Option<Tokens>) -> Option<Loss> {
        match self {
            Self::Closed(allocation) => allocation.loss_at(params, tokens),
            Self::Searched(law, theta) => positive(loss_at(law.law(), theta, params, tokens, unique)?).map(Loss),
        }
    }

    /// D at which a model reaches a loss; `None` where no amount does.
    pub(super) fn tokens_for_loss(&self, params: Params, loss: Loss, unique: Option<Tokens>) -> Option<Tokens> {
        match self {
            Self::Closed(allocation) => allocation.tokens_for_loss(params, loss),
            Self::Searched(..) => {
                let beyond =
                    |ln: f64| loss.0 - self.loss_at(params, Tokens(ln.exp()), unique).map_or(f64::NAN, |l| l.0);
                crossing(beyond, SEARCHED[0], SEARCHED[1]).map(|ln| Tokens(ln.exp()))
            }
        }
    }

    /// N that reaches a loss on this much data; `None` where no size does.
    pub(super) fn params_for_loss(&self, tokens: Tokens, loss: Loss, unique: Option<Tokens>) -> Option<Params> {
        match self {
            Self::Closed(allocation) => allocation.params_for_loss(tokens, loss),
            Self::Searched(..) => {
                let beyond =
                    |ln: f64| loss.0 - self.loss_at(Params(ln.exp()), tokens, unique).map_or(f64::NAN, |l| l.0);
                crossing(beyond, SEARCHED[0], SEARCHED[1]).map(|ln| Params(ln.exp()))
            }
        }
    }
}
