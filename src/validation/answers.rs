//! What a fit answers at one budget: the numbers that a different choice or a missing run may move.

use super::as_map;
use crate::fit::FitReport;
use crate::law::{Inputs, Law};
use crate::plan::{Allocation, Counting, FLOPS_PER_PARAM_TOKEN, Question, exponents_of, optimum_of};
use crate::units::Flops;
use serde::Serialize;

/// Where answers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Budget {
    /// C, FLOP.
    pub flops: f64,
    /// k in C = k N D: 6, or what a column of C holds.
    pub flops_per_param_token: f64,
    /// Other counts of N and C, in place of k.
    #[serde(skip)]
    pub counting: Option<Counting>,
    /// Where laws of one variable have their loss: C where that is the variable, its largest value among the runs otherwise.
    pub x: Option<f64>,
}

impl Budget {
    /// C = 6ND.
    pub fn new(flops: f64, x: Option<f64>) -> Self {
        Self {
            flops,
            flops_per_param_token: FLOPS_PER_PARAM_TOKEN,
            counting: None,
            x,
        }
    }
}

/// The answers of a fit at a budget; what the law does not give is missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answers {
    /// Exponent of N* in C.
    pub a: Option<f64>,
    /// Exponent of D* in C.
    pub b: Option<f64>,
    /// N*.
    pub params: Option<f64>,
    /// D*, tokens.
    pub tokens: Option<f64>,
    /// D*/N*.
    pub tokens_per_param: Option<f64>,
    /// L*, or the loss of a law of one variable at the budget's x; nats per token.
    pub loss: Option<f64>,
    /// Why there is no optimum.
    pub why: Option<String>,
}

impl Answers {
    /// Of a law with its numbers.
    pub fn of(law: &dyn Law, theta: &[f64], budget: &Budget) -> Self {
        let mut answers = Self {
            a: None,
            b: None,
            params: None,
            tokens: None,
            tokens_per_param: None,
            loss: None,
            why: None,
        };
        if law.inputs() == Inputs::One {
            answers.loss = budget.x.map(|x| law.loss(theta, &[x])).filter(|loss| loss.is_finite());
            return answers;
        }
        if let Some(counting) = &budget.counting {
            answers.count(counting, law, theta, budget);
            return answers;
        }
        // The valley is the same; only which point of it a budget buys depends on k.
        let flops = Flops(budget.flops * FLOPS_PER_PARAM_TOKEN / budget.flops_per_param_token);
        if let Ok([a, b]) = exponents_of(law, theta, flops, None) {
            (answers.a, answers.b) = (Some(a), Some(b));
        }
        match optimum_of(law, theta, flops, None) {
            Ok(optimum) => {
                answers.params = Some(optimum.params.0);
                answers.tokens = Some(optimum.tokens.0);
                answers.tokens_per_param = Some(optimum.tokens.0 / optimum.params.0);
                answers.loss = optimum.loss.map(|loss| loss.0);
            }
            Err(error) => answers.why = Some(error.to_string()),
        }
        answers
    }

    /// Fills itself in by other counts of N and C.
    fn count(&mut self, counting: &Counting, law: &dyn Law, theta: &[f64], budget: &Budget) {
        let Some(surface) = law.surface(theta) else {
            self.why = Some(format!("{} has no surface that other counts could go by", law.label()));
            return;
        };
        match counting.answer(&Allocation::Surface(surface), Question::Flops(Flops(budget.flops))) {
            Ok(found) => {
                let optimum = found.optimum;
                (self.a, self.b) = (Some(found.params_exponent), Some(found.tokens_exponent));
                (self.params, self.tokens) = (Some(optimum.params.0), Some(optimum.tokens.0));
                self.tokens_per_param = Some(optimum.tokens.0 / optimum.params.0);
                self.loss = optimum.loss.map(|loss| loss.0);
            }
            Err(error) => self.why = Some(error.to_string()),
        }
    }

    /// The number by which answers are told apart: D*/N* where there is an optimum, the loss where there is none.
    pub fn headline(&self) -> Option<f64> {
        self.tokens_per_param.or(self.loss)
    }
}

/// A fit that was done for comparison: its numbers and its answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refit {
    /// Parameters in the law's order.
    #[serde(serialize_with = "as_map")]
    pub params: Vec<(String, f64)>,
    /// Value of the objective, the sum over points.
    pub objective: f64,
    /// What it answers.
    pub answers: Answers,
}

impl Refit {
    /// From a report.
    ///
    /// # Errors
    /// In words, where the search did not converge.
    pub fn of(report: &FitReport, budget: &Budget) -> Result<Self, String> {
        if !report.converged() {
            return Err("the search did not converge".to_owned());
        }
        Ok(Self {
            params: report.params.iter().map(|p| (p.name.clone(), p.value)).collect(),
            objective: report.value,
            answers: Answers::of(report.law.law(), &report.theta(), budget),
        })
    }
}
