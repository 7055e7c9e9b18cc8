//! One model in several counts: N as the user has it, N as the law has it, FLOP per training token.

use super::shape::Count;
use super::{Counting, Oracle};
use crate::units::Params;

/// A model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) params: Params,
    pub(super) law_params: Params,
    pub(super) flops_per_token: f64,
}

/// How one count follows from another.
pub(super) enum Counts {
    /// C = k N D, and N is the law's.
    Own(f64),
    Counted(Counting),
}

impl Counts {
    pub(super) fn of(oracle: &Oracle, counting: Option<Counting>) -> Self {
        match (counting, oracle.closed()) {
            (Some(counting), _) => Self::Counted(counting),
            (None, Some(law)) => Self::Own(law.size().flops_per_token()),
            (None, None) => Self::Own(super::FLOPS_PER_PARAM_TOKEN),
        }
    }

    pub(super) fn of_params(&self, params: Params) -> Size {
        match self {
            Self::Own(k) => Size {
                params,
                law_params: params,
                flops_per_token: k * params.0,
            },
            Self::Counted(counting) => self.of_width(counting, counting.family.params(counting.convention), params.0),
        }
    }

    pub(super) fn of_law_params(&self, params: Params) -> Size {
        match self {
            Self::Own(_) => self.of_params(params),
            Self::Counted(counting) => self.of_width(counting, counting.family.params(counting.law_counts), params.0),
        }
    }

    pub(super) fn of_cost(&self, flops_per_token: f64) -> Size {
        match self {
            Self::Own(k) => self.of_params(Params(flops_per_token / k)),
            Self::Counted(counting) => {
                let costs = counting.family.flops(counting.rule, counting.convention);
                self.of_width(counting, costs, flops_per_token)
            }
        }
    }

    /// The width at which a count has this value.
    fn of_width(&self, counting: &Counting, count: Count, value: f64) -> Size {
        let ln_width = count.ln_width(value.ln());
        let at = |count: Count| count.at(ln_width).0.exp();
        Size {
            params: Params(at(counting.family.params(counting.convention))),
            law_params: Params(at(counting.family.params(counting.law_counts))),
            flops_per_token: at(counting.family.flops(counting.rule, counting.convention)),
        }
    }
}
