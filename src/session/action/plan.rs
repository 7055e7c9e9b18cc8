//! Changes to what is asked.

use crate::plan::{Quantity, Question};
use crate::session::{Aim, BUDGET_RANGE, Counts, Hardware, Session};
use crate::units::{Flops, Params, Tokens};

/// Changes to what is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanAction {
    /// Training compute; kept within [`BUDGET_RANGE`]. What was asked without a budget is asked for the best for it.
    SetBudget(Flops),
    /// One more quantity is known, or another value of one.
    Hold(Question),
    /// N and D are known.
    Place(Params, Tokens),
    /// A quantity is known no more; the last one stays.
    Release(Quantity),
    /// The best for the budget that the answer has.
    Best(Flops),
    /// Tolerated overfitting penalty.
    SetPenalty(f64),
    /// Distinct tokens to be had.
    SetUniqueTokens(Option<Tokens>),
    /// Tokens that the model will serve.
    SetServing(Option<Tokens>),
    /// The published law that answers, or the user's fit.
    SetLaw(Option<&'static str>),
    /// How N and C are counted.
    SetCounts(Counts),
    /// What it runs on.
    SetHardware(Hardware),
}

impl PlanAction {
    pub(super) fn label(&self) -> &'static str {
        match self {
            // A drag of the star is one step, whether it ends on the frontier or off it.
            Self::SetBudget(_) | Self::Place(..) => "change budget",
            Self::Hold(question) => match question.quantity() {
                Quantity::Flops => "hold budget",
                Quantity::Params => "hold model size",
                Quantity::Tokens => "hold tokens",
                Quantity::Loss => "hold loss",
            },
            Self::Release(_) => "let go",
            Self::Best(_) => "ask for the best",
            Self::SetPenalty(_) => "change penalty",
            Self::SetUniqueTokens(_) => "change unique tokens",
            Self::SetServing(_) => "change tokens to serve",
            Self::SetLaw(_) => "change answering law",
            Self::SetCounts(_) => "change counts",
            Self::SetHardware(_) => "change hardware",
        }
    }

    pub(super) fn apply(self, session: &mut Session) {
        let plan = &mut session.plan;
        let within = |flops: Flops| Flops(flops.0.clamp(BUDGET_RANGE.0, BUDGET_RANGE.1));
        match self {
            Self::SetBudget(flops) => {
                plan.budget = within(flops);
                if !plan.holds(Quantity::Flops) {
                    plan.aim = Aim::Budget;
                }
            }
            Self::Hold(question) => {
                if let Question::Flops(flops) = question {
                    plan.budget = within(flops);
                }
                plan.aim = plan.aim.holding(question);
            }
            Self::Place(params, tokens) => plan.aim = Aim::Two(Question::Params(params), Question::Tokens(tokens)),
            Self::Release(quantity) => plan.aim = plan.aim.without(quantity),
            Self::Best(flops) => {
                plan.budget = within(flops);
                plan.aim = Aim::Budget;
            }
            Self::SetPenalty(penalty) => plan.penalty = penalty.clamp(1e-4, 1.0),
            Self::SetUniqueTokens(tokens) => plan.unique_tokens = tokens,
            Self::SetServing(tokens) => plan.serving = tokens,
            Self::SetLaw(law) => plan.by = law.map(str::to_owned),
            Self::SetCounts(counts) => plan.counts = counts,
            Self::SetHardware(hardware) => plan.hardware = hardware,
        }
    }
}
