//! The optimum under other counts of parameters and FLOP than the law's own.
//!
//! ```text
//! minimise L(N(d), D) subject to f(d) D = C
//! stationary where   alpha A N^-alpha (d ln N/d ln d) = beta B D^-beta (d ln f/d ln d)
//! ```
//!
//! d is the width of a family of models ([`Family`]), N(d) what the law counts, f(d) FLOP per training token by the chosen
//! rule; N as the user counts is read off at the same d. For each d the condition gives D, and with it C and L, all rising
//! with d (L falling), so that any question is one bisection.
//!
//! Source: Pearce and Song 2024 (arXiv 2406.12907), who show that counting without embeddings turns Chinchilla's exponent
//! of about a half into Kaplan's .73 over Kaplan's sizes. Limits: surfaces only, and models of one shape.

use super::optimum::{Optimum, PlanError, SizeQuantity};
use super::root::crossing;
use super::shape::{Convention, Family, FlopsRule};
use super::surface::{Surface, positive};
use super::{Allocation, Question};
use crate::units::{Flops, Loss, Params, Tokens};

/// How N and C are counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counting {
    /// The family of models.
    pub family: Family,
    /// What the user's N counts.
    pub convention: Convention,
    /// What a training token costs.
    pub rule: FlopsRule,
    /// What the law's N counts.
    pub law_counts: Convention,
}

/// An optimum with the model that has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountedOptimum {
    /// N as the user counts, C by the chosen rule.
    pub optimum: Optimum,
    /// N of the same model as the law counts.
    pub law_params: Params,
    /// d.
    pub width: f64,
    /// a: the slope of ln N* over ln C here.
    pub params_exponent: f64,
    /// The slope of ln D* over ln C here; with attention not 1 − a.
    pub tokens_exponent: f64,
}

/// ln of the widths that are looked at: from one to a billion.
const WIDTHS: [f64; 2] = [0.0, 20.7];
impl Counting {
    /// `None` where this is the law's own way: its own N, and C = 6 N D.
    pub fn unless_own(
        family: Family,
        convention: Option<Convention>,
        rule: FlopsRule,
        law_counts: Convention,
    ) -> Option<Self> {
        let convention = convention.unwrap_or(law_counts);
        (convention != law_counts || rule != FlopsRule::SixNd).then_some(Self {
            family,
            convention,
            rule,
            law_counts,
        })
    }

    /// Answers a question of N, C and D in these counts.
    ///
    /// # Errors
    /// When the law is no surface with an optimum, or no model of the family is the answer.
    pub fn answer(&self, law: &Allocation, question: Question) -> Result<CountedOptimum, PlanError> {
        let surface = law.surface().ok_or_else(|| PlanError::NotGiven {
            law: law.label().to_owned(),
            missing: "surface L(N, D), which other counts need",
        })?;
        // Whether there is an optimum at all does not depend on how it is counted.
        law.frontier()?;
        let asked = match question {
            Question::Flops(flops) => flops.0.ln(),
            Question::Loss(loss) => loss.0,
            Question::Params(params) => params.0.ln(),
            Question::Tokens(tokens) => tokens.0.ln(),
        };
        // Rises with the width.
        let beyond = |ln_width: f64| {
            let at = self.at(&surface, ln_width);
            match question {
                Question::Flops(_) => at.ln_flops - asked,
                Question::Loss(_) => asked - at.loss,
                Question::Params(_) => at.ln_params - asked,
                Question::Tokens(_) => at.ln_tokens - asked,
            }
        };
        let ln_width = crossing(beyond, WIDTHS[0], WIDTHS[1]).ok_or_else(|| PlanError::NoFiniteAnswer {
            law: law.label().to_owned(),
            asked: match question {
                Question::Flops(flops) => format!("C = {flops}"),
                Question::Loss(loss) => format!("L = {loss}"),
                Question::Params(params) => format!("N = {params}"),
                Question::Tokens(tokens) => format!("D = {tokens}"),
            },
        })?;
        let here = self.at(&surface, ln_width);
        let [below, above] = [-1e-4, 1e-4].map(|step| self.at(&surface, ln_width + step));
        let slope = |of: fn(&Place) -> f64| (of(&above) - of(&below)) / (above.ln_flops - below.ln_flops);
        Ok(CountedOptimum {
            optimum: Optimum {
                flops: Flops(here.ln_flops.exp()),
                params: Params(here.ln_params.exp()),
                tokens: Tokens(here.ln_tokens.exp()),
                loss: positive(here.loss).map(Loss),
                size: SizeQuantity::Params,
            },
            law_params: Params(self.family.params(self.law_counts).at(ln_width).0.exp()),
            width: ln_width.exp(),
            params_exponent: slope(|place| place.ln_params),
            tokens_exponent: slope(|place| place.ln_tokens),
        })
    }

    /// The width that is best for some budget, with that budget.
    fn at(&self, surface: &Surface, ln_width: f64) -> Place {
        let (ln_law_params, params_slope) = self.family.params(self.law_counts).at(ln_width);
        let (ln_cost, cost_slope) = self.family.flops(self.rule, self.convention).at(ln_width);
        let ln_tokens = surface.best_tokens(ln_law_params, params_slope / cost_slope);
        Place {
            ln_params: self.family.params(self.convention).at(ln_width).0,
            ln_tokens,
            ln_flops: ln_cost + ln_tokens,
            loss: surface.loss(ln_law_params.exp(), ln_tokens.exp()),
        }
    }
}

/// A point of the frontier.
struct Place {
    ln_params: f64,
    ln_tokens: f64,
    ln_flops: f64,
    loss: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::published;

    fn epoch() -> Allocation {
        Allocation::Published(published::by_name("epoch").unwrap())
    }

    fn counting(convention: Convention, rule: FlopsRule) -> Counting {
        Counting {
            family: Family {
                vocab: 32_000.0,
                context: 0.0,
                aspect: 39.2,
            },
            convention,
            rule,
            law_counts: Convention::Total,
        }
    }

    #[test]
    fn the_laws_own_counts_give_its_own_optimum() {
        // Without a vocabulary all counts are one, and N ∝ d³ like its cost.
        let mut own = counting(Convention::NonEmbedding, FlopsRule::SixNd);
        own.family.vocab = 0.0;
        for question in [
            Question::Flops(Flops(1e21)),
            Question::Params(Params(3e9)),
            Question::Tokens(Tokens(1e11)),
            Question::Loss(Loss(2.1)),
        ] {
            let (found, closed) = (
                own.answer(&epoch(), question).unwrap(),
                epoch().answer(question).unwrap(),
            );
            for (a, b) in [
                (found.optimum.params.0, closed.params.0),
                (found.optimum.tokens.0, closed.tokens.0),
                (found.optimum.flops.0, closed.flops.0),
                (found.optimum.loss.unwrap().0, closed.loss.unwrap().0),
            ] {
                assert!((a / b - 1.0).abs() < 1e-9, "{question:?}: {a} {b}");
            }
            assert!((found.params_exponent - 0.512_61).abs() < 1e-4);
        }
    }

    #[test]
    fn the_frontier_without_embeddings_is_that_of_pearce_and_song() {
        // Their closed form of C over N, both without embeddings; omega = v (A/12)^(1/3).
        let (alpha, beta, a, b) = (0.3478, 0.3658, 482.01_f64, 2085.43_f64);
        let counting = counting(Convention::NonEmbedding, FlopsRule::SixNd);
        let omega = 32_000.0 * (39.2_f64 / 12.0).cbrt();
        for n in [1e4, 1e6, 1e8, 1e10] {
            let found = counting.answer(&epoch(), Question::Params(Params(n))).unwrap().optimum;
            let expected = 6.0
                * n
                * (n + omega / 3.0 * n.cbrt()).powf(-1.0 / beta)
                * (n + omega * n.cbrt()).powf((1.0 + alpha) / beta)
                * (beta * b / (alpha * a)).powf(1.0 / beta);
            assert!((found.flops.0 / expected - 1.0).abs() < 1e-9, "N = {n:e}");
        }
    }

    #[test]
    fn counting_alone_turns_chinchilla_into_kaplan() {
        // Over Kaplan's sizes, 790 to 1.58e9 without embeddings: about .78 with these constants, .51 in all parameters.
        let slope = |convention| {
            let counting = counting(convention, FlopsRule::SixNd);
            let of = |n: f64| counting.answer(&epoch(), Question::Params(Params(n))).unwrap().optimum;
            let steps: Vec<[f64; 2]> = (0..60)
                .map(|i| of(790.0 * (1.58e9_f64 / 790.0).powf(f64::from(i) / 59.0)))
                .map(|o| [o.flops.0.ln(), o.params.0.ln()])
                .collect();
            let mean = |axis: usize| steps.iter().map(|p| p[axis]).sum::<f64>() / 60.0;
            let (x, y) = (mean(0), mean(1));
            let product = steps.iter().map(|p| (p[0] - x) * (p[1] - y)).sum::<f64>();
            product / steps.iter().map(|p| (p[0] - x).powi(2)).sum::<f64>()
        };
        let without = slope(Convention::NonEmbedding);
        assert!((0.77..0.80).contains(&without), "{without}");
        let large = counting(Convention::Total, FlopsRule::SixNd).answer(&epoch(), Question::Flops(Flops(1e26)));
        assert!((large.unwrap().params_exponent - 0.5126).abs() < 0.01);
    }

    #[test]
    fn what_cannot_be_answered_is_said() {
        let counting = counting(Convention::NonEmbedding, FlopsRule::Kaplan);
        let below = counting.answer(&epoch(), Question::Loss(Loss(1.5)));
        assert!(matches!(below, Err(PlanError::NoFiniteAnswer { .. })));
        let frontier = Allocation::Published(published::by_name("llama3").unwrap());
        let no_surface = counting.answer(&frontier, Question::Flops(Flops(1e21)));
        assert!(matches!(no_surface, Err(PlanError::NotGiven { .. })));
    }
}
