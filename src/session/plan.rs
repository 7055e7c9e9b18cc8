//! What is asked of the law: what is known of a training, how it is counted, what it is for and what it runs on; and named
//! what-ifs of all that.

use super::{Intervals, Workspace, intervals_by};
use crate::data::ParamsCount;
use crate::fit::{Bootstrap, FitReport, Uncertainty};
use crate::law::published::{self, ParamsConvention, PublishedLaw};
use crate::plan::{
    Allocation, Answered, Ask, Bill, Convention, Counting, DEFAULT_PENALTY, Family, FlopsRule, GPUS, Gpu, Optimum,
    Oracle, PlanError, Quantity, Question, bill,
};
use crate::units::{Flops, Tokens};
use serde::{Deserialize, Serialize};

/// The compute that the budget slider spans, in FLOP.
pub const BUDGET_RANGE: (f64, f64) = (1e12, 1e28);

/// What is known of the training. What is known here beside a budget is never compute itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// The budget: the best for it is asked.
    Budget,
    /// The budget and N or D.
    BudgetWith(Question),
    /// N, D or L: the budget for which it is the best is asked.
    Best(Question),
    /// Two of N, D and L: the budget follows.
    Two(Question, Question),
}

impl Aim {
    /// With one more quantity known, or the same one anew. Of three the oldest is let go, and a loss and a budget, which leave
    /// two models, displace each other.
    pub(super) fn holding(self, question: Question) -> Self {
        let same = |other: Question| other.quantity() == question.quantity();
        if question.quantity() == Quantity::Flops {
            return match self {
                Self::Best(other) | Self::Two(_, other) if other.quantity() != Quantity::Loss => {
                    Self::BudgetWith(other)
                }
                Self::Two(other, _) if other.quantity() != Quantity::Loss => Self::BudgetWith(other),
                Self::Best(_) | Self::Two(..) => Self::Budget,
                held => held,
            };
        }
        let loss = question.quantity() == Quantity::Loss;
        match self {
            Self::Budget if loss => Self::Best(question),
            Self::Budget => Self::BudgetWith(question),
            Self::BudgetWith(other) if loss => Self::Two(other, question),
            Self::BudgetWith(_) => Self::BudgetWith(question),
            Self::Best(other) if same(other) => Self::Best(question),
            Self::Best(other) => Self::Two(other, question),
            Self::Two(first, second) if same(first) => Self::Two(question, second),
            Self::Two(first, second) if same(second) => Self::Two(first, question),
            Self::Two(_, second) => Self::Two(second, question),
        }
    }

    /// With a quantity let go; the last one stays.
    pub(super) fn without(self, quantity: Quantity) -> Self {
        match self {
            Self::BudgetWith(other) if quantity == Quantity::Flops => Self::Best(other),
            Self::BudgetWith(other) if quantity == other.quantity() => Self::Budget,
            Self::Two(first, second) if quantity == first.quantity() => Self::Best(second),
            Self::Two(first, second) if quantity == second.quantity() => Self::Best(first),
            held => held,
        }
    }
}

/// How N and C are counted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// What N counts; `None` as the law does.
    pub convention: Option<Convention>,
    /// What a training token costs.
    pub rule: FlopsRule,
    /// The models that other counts suppose.
    pub family: Family,
}

/// What the training runs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hardware {
    /// Name of a preset, or what the user calls it.
    pub name: String,
    /// Peak of one, dense, 16 bit, in FLOP/s.
    pub peak: f64,
    /// Board power of one in watts, where it is known.
    pub watts: Option<f64>,
    /// How many.
    pub count: f64,
    /// Share of the peak that training reaches.
    pub mfu: f64,
    /// Price of an hour of one, in any currency.
    pub price: Option<f64>,
}

impl Hardware {
    /// 64 of a preset, at 40 % of its peak.
    fn of(gpu: &Gpu) -> Self {
        Self {
            name: gpu.name.to_owned(),
            peak: gpu.peak,
            watts: gpu.watts,
            count: 64.0,
            mfu: 0.4,
            price: None,
        }
    }

    /// For people.
    pub fn label(&self) -> &str {
        let preset = GPUS.iter().find(|gpu| gpu.name == self.name);
        preset.map_or(&self.name, |gpu| gpu.label)
    }

    /// The bill for a training.
    pub fn bill(&self, flops: Flops) -> Bill {
        let gpu = Gpu {
            watts: self.watts,
            ..Gpu::of_peak(self.peak)
        };
        bill(flops, gpu, self.mfu, self.price)
    }

    /// Days that all of them take.
    pub fn days(&self, flops: Flops) -> f64 {
        self.bill(flops).gpu_hours / (24.0 * self.count)
    }

    /// What all of them do in so many days.
    pub fn flops_in(&self, days: f64) -> Flops {
        Flops(86_400.0 * days * self.count * self.peak * self.mfu)
    }
}

/// What is asked of the law.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanChoice {
    /// Training compute, C: what is known, or what was known last.
    pub budget: Flops,
    /// What is known.
    #[serde(default = "the_budget")]
    pub aim: Aim,
    /// Tolerated overfitting penalty, δL.
    pub penalty: f64,
    /// Distinct tokens to be had; `None` is no limit.
    pub unique_tokens: Option<Tokens>,
    /// Tokens that the model will serve; `None` for training alone.
    #[serde(default)]
    pub serving: Option<Tokens>,
    /// The published law that answers; `None` for the user's own fit.
    #[serde(default)]
    pub by: Option<String>,
    /// How N and C are counted.
    #[serde(default)]
    pub counts: Counts,
    /// What it runs on.
    #[serde(default)]
    pub hardware: Hardware,
}

fn the_budget() -> Aim {
    Aim::Budget
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            convention: None,
            rule: FlopsRule::SixNd,
            family: Family::USUAL,
        }
    }
}

impl Default for Hardware {
    /// H100s.
    fn default() -> Self {
        let h100 = GPUS.iter().find(|gpu| gpu.name == "h100");
        Self::of(h100.unwrap_or(&GPUS[0]))
    }
}

impl Default for PlanChoice {
    /// The best for the Gopher budget of 5.76e23 FLOP (Hoffmann et al. 2022, table 3).
    fn default() -> Self {
        Self {
            budget: Flops(5.76e23),
            aim: Aim::Budget,
            penalty: DEFAULT_PENALTY,
            unique_tokens: None,
            serving: None,
            by: None,
            counts: Counts::default(),
            hardware: Hardware::default(),
        }
    }
}

impl PlanChoice {
    /// What is known: one quantity, or two.
    pub fn known(&self) -> (Question, Option<Question>) {
        match self.aim {
            Aim::Budget => (Question::Flops(self.budget), None),
            Aim::BudgetWith(other) => (Question::Flops(self.budget), Some(other)),
            Aim::Best(question) => (question, None),
            Aim::Two(first, second) => (first, Some(second)),
        }
    }

    /// Whether a quantity is known and not asked for.
    pub fn holds(&self, quantity: Quantity) -> bool {
        let (given, also) = self.known();
        given.quantity() == quantity || also.is_some_and(|also| also.quantity() == quantity)
    }

    /// The published law that answers.
    pub fn published(&self) -> Option<&'static PublishedLaw> {
        published::by_name(self.by.as_deref()?)
    }
}

/// Identifies a scenario within a session; never reused while it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScenarioId(pub u32);

/// A named what-if.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Its identity.
    pub id: ScenarioId,
    /// As the user calls it.
    pub name: String,
    /// What it asks.
    pub plan: PlanChoice,
}

impl Workspace {
    /// The law that answers a plan: the published one that it names, else the fit.
    pub fn oracle(&self, plan: &PlanChoice) -> Option<Oracle> {
        if let Some(law) = plan.published() {
            return Some(Allocation::Published(law).into());
        }
        let report = self.derived().report().filter(|report| report.converged())?;
        Oracle::of(&report.law, &report.theta())
    }

    /// What N of the runs counts, and so that of a fit of them.
    pub fn fit_counts(&self) -> Convention {
        match self.session().quantities.params {
            ParamsCount::NonEmbedding => Convention::NonEmbedding,
            ParamsCount::AsGiven | ParamsCount::Total => Convention::Total,
        }
    }

    /// A plan as a question to its law. Serving is asked in the law's own counts only.
    pub fn ask(&self, plan: &PlanChoice) -> Ask {
        let (given, also) = plan.known();
        let law_counts = match plan.published().map(|law| law.params_convention) {
            None => Some(self.fit_counts()),
            Some(ParamsConvention::Total) => Some(Convention::Total),
            Some(ParamsConvention::NonEmbedding) => Some(Convention::NonEmbedding),
            Some(ParamsConvention::FlopsPerToken) => None,
        };
        let Counts {
            convention,
            rule,
            family,
        } = plan.counts;
        let counting = law_counts.and_then(|law_counts| Counting::unless_own(family, convention, rule, law_counts));
        Ask {
            given,
            also,
            counting,
            serving: plan.serving.filter(|_| counting.is_none()),
            unique_tokens: plan.unique_tokens,
        }
    }

    /// What a plan comes to; `None` where no law answers.
    pub fn answered(&self, plan: &PlanChoice) -> Option<Result<Answered, PlanError>> {
        Some(self.ask(plan).answer(&self.oracle(plan)?))
    }

    /// Intervals of what a plan comes to by the fit: the same question of every replicate.
    pub fn intervals(&self, plan: &PlanChoice) -> Intervals {
        let (fit, derived) = (&self.session().fit, self.derived());
        // Where nothing was fitted, resampling moves nothing; a search a replicate is too long for a frame.
        let closed = |report: &&FitReport| report.law.law().surface(&report.theta()).is_some();
        let fitted = derived
            .report()
            .filter(|report| report.params.iter().any(|parameter| !parameter.fixed))
            .filter(|report| plan.by.is_none() && closed(report));
        let (Some(report), Some(known)) = (fitted, derived.uncertainty(fit.interval)) else {
            return Intervals::default();
        };
        let ask = self.ask(plan);
        let answer = |theta: &[f64]| Some(ask.answer(&Oracle::of(&report.law, theta)?).ok()?.optimum);
        let Uncertainty::Resampled(bootstrap) = known else {
            return intervals_by(answer, |of| known.interval_in_logs(fit.level, of));
        };
        // A thousand replicates are asked in a frame: once each, and not once a part.
        let answers: Vec<Option<Optimum>> = bootstrap.replicates.iter().map(|theta| answer(theta)).collect();
        Intervals::of_parts(|part| {
            let values = answers.iter().map(|answer| answer.as_ref().map_or(f64::NAN, part));
            Bootstrap::interval_of(fit.level, values)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Loss, Params};

    const N: Question = Question::Params(Params(7e10));
    const D: Question = Question::Tokens(Tokens(1.4e12));
    const L: Question = Question::Loss(Loss(2.0));
    const C: Question = Question::Flops(Flops(1e21));

    #[test]
    fn one_more_is_known_and_the_oldest_is_let_go() {
        for (from, held, to) in [
            (Aim::Budget, N, Aim::BudgetWith(N)),
            (Aim::Budget, L, Aim::Best(L)),
            (Aim::Budget, C, Aim::Budget),
            (Aim::BudgetWith(N), D, Aim::BudgetWith(D)),
            (Aim::BudgetWith(N), L, Aim::Two(N, L)),
            (Aim::BudgetWith(N), C, Aim::BudgetWith(N)),
            (Aim::Best(L), N, Aim::Two(L, N)),
            (Aim::Best(L), C, Aim::Budget),
            (Aim::Best(N), C, Aim::BudgetWith(N)),
            (Aim::Two(L, N), D, Aim::Two(N, D)),
            (Aim::Two(L, N), C, Aim::BudgetWith(N)),
            (Aim::Two(N, L), C, Aim::BudgetWith(N)),
            (
                Aim::Two(N, D),
                Question::Params(Params(1e9)),
                Aim::Two(Question::Params(Params(1e9)), D),
            ),
        ] {
            assert_eq!(from.holding(held), to, "{from:?} and {held:?}");
        }
    }

    #[test]
    fn the_last_one_stays() {
        for (from, quantity, to) in [
            (Aim::Budget, Quantity::Flops, Aim::Budget),
            (Aim::BudgetWith(N), Quantity::Flops, Aim::Best(N)),
            (Aim::BudgetWith(N), Quantity::Params, Aim::Budget),
            (Aim::Two(L, N), Quantity::Loss, Aim::Best(N)),
            (Aim::Two(L, N), Quantity::Tokens, Aim::Two(L, N)),
            (Aim::Best(D), Quantity::Tokens, Aim::Best(D)),
        ] {
            assert_eq!(from.without(quantity), to, "{from:?} without {quantity:?}");
        }
    }

    #[test]
    fn sixty_four_accelerators_for_three_weeks_are_a_budget() {
        let hardware = Hardware::default();
        let flops = hardware.flops_in(21.0);
        assert!((flops.0 / (64.0 * 21.0 * 86_400.0 * 989.4e12 * 0.4) - 1.0).abs() < 1e-12);
        assert!((hardware.days(flops) - 21.0).abs() < 1e-9);
        assert_eq!(hardware.label(), "NVIDIA H100 SXM");
    }

    #[test]
    fn plans_of_older_sessions_are_read() {
        let text = r#"{"budget":5.76e23,"penalty":0.02,"unique_tokens":null}"#;
        assert_eq!(serde_json::from_str::<PlanChoice>(text).unwrap(), PlanChoice::default());
    }
}
