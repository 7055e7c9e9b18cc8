//! Changes to what is asked.

use crate::session::{BUDGET_RANGE, Session};
use crate::units::{Flops, Tokens};

/// Changes to what is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PlanAction {
    /// Training compute; kept within [`BUDGET_RANGE`].
    SetBudget(Flops),
    /// Tolerated overfitting penalty.
    SetPenalty(f64),
    /// Distinct tokens to be had.
    SetUniqueTokens(Option<Tokens>),
}

impl PlanAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::SetBudget(_) => "change budget",
            Self::SetPenalty(_) => "change penalty",
            Self::SetUniqueTokens(_) => "change unique tokens",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        match self {
            Self::SetBudget(flops) => {
                session.plan.budget = Flops(flops.0.clamp(BUDGET_RANGE.0, BUDGET_RANGE.1));
            }
            Self::SetPenalty(penalty) => session.plan.penalty = penalty.clamp(1e-4, 1.0),
            Self::SetUniqueTokens(tokens) => session.plan.unique_tokens = tokens,
        }
    }
}
