//! Everything that is asked of a law at once: one known quantity and the best for it, or two and what follows; in any counts;
//! for training alone or for serving too.
//!
//! ```text
//! given C, N, D or L        N*, D* of lowest L for that C; of least C for that L; of the C whose N* or D* that is
//! given two of them         the third from C = 6 N D (or what the counts say), L from the law; with L, from its contour
//! ```
//!
//! N in parameters, D in tokens, C in FLOP, L in nats per token.
//!
//! Limits: C and L together leave two models, a small one on much data and a large one on little, and are refused.

use super::counts::Counts;
use super::{CountedOptimum, Counting, Optimum, Oracle, PlanError, Question, Served, SizeQuantity, serve};
use crate::units::{Flops, Loss, Params, Tokens};

/// A question to a law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// What is known.
    pub given: Question,
    /// What else is known: then nothing is left to be the best.
    pub also: Option<Question>,
    /// How N and C are counted; `None` as the law does.
    pub counting: Option<Counting>,
    /// Tokens that the model will serve; has no bearing where two quantities are known.
    pub serving: Option<Tokens>,
    /// Distinct tokens there are, for laws that know repeats.
    pub unique_tokens: Option<Tokens>,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered {
    /// C, N, D and L, as the user counts.
    pub optimum: Optimum,
    /// N as the law counts: its place on the law's own maps.
    pub law_params: Params,
    /// The best for the same C, where two quantities were given and it has one.
    pub best: Option<Optimum>,
    /// The model that has it, where counts other than the law's were asked.
    pub counted: Option<CountedOptimum>,
    /// What serving does to it.
    pub served: Option<Served>,
}

impl Ask {
    /// The best for one known quantity, by the law's own counts, for training alone.
    pub fn plain(given: Question) -> Self {
        Self {
            given,
            also: None,
            counting: None,
            serving: None,
            unique_tokens: None,
        }
    }

    /// Asks a law.
    ///
    /// # Errors
    /// When the law has no optimum, no model of the family is the answer, no amount of data or no size reaches the loss, or the
    /// law lacks what the question needs.
    pub fn answer(&self, oracle: &Oracle) -> Result<Answered, PlanError> {
        match self.also {
            None => self.best(oracle),
            Some(also) => self.of_two(oracle, also),
        }
    }

    fn best(&self, oracle: &Oracle) -> Result<Answered, PlanError> {
        let closed = || {
            oracle.closed().ok_or_else(|| PlanError::NotGiven {
                law: "this fit".to_owned(),
                missing: "closed form, which other counts and serving need",
            })
        };
        let plain = |optimum: Optimum| Answered {
            optimum,
            law_params: optimum.params,
            best: None,
            counted: None,
            served: None,
        };
        match (&self.counting, self.serving) {
            (Some(counting), _) => {
                let found = counting.answer(closed()?, self.given)?;
                Ok(Answered {
                    law_params: found.law_params,
                    counted: Some(found),
                    ..plain(found.optimum)
                })
            }
            (None, Some(tokens)) => {
                let optimum = closed()?.answer(self.given)?;
                let loss = optimum.loss.ok_or_else(|| PlanError::NotGiven {
                    law: closed().map_or("this law", |law| law.label()).to_owned(),
                    missing: "loss, which serving needs",
                })?;
                let served = serve(closed()?, loss, tokens)?;
                Ok(Answered {
                    served: Some(served),
                    best: Some(optimum),
                    ..plain(served.optimum())
                })
            }
            (None, None) => Ok(plain(oracle.answer(self.given, self.unique_tokens)?)),
        }
    }

    fn of_two(&self, oracle: &Oracle, also: Question) -> Result<Answered, PlanError> {
        let counts = Counts::of(oracle, self.counting);
        let unique = self.unique_tokens;
        let lost = |asked: String| PlanError::NoFiniteAnswer {
            law: "this law".to_owned(),
            asked,
        };
        let (size, tokens) = match (self.given, also) {
            (Question::Flops(flops), Question::Params(params)) | (Question::Params(params), Question::Flops(flops)) => {
                let size = counts.of_params(params);
                (size, Tokens(flops.0 / size.flops_per_token))
            }
            (Question::Flops(flops), Question::Tokens(tokens)) | (Question::Tokens(tokens), Question::Flops(flops)) => {
                (counts.of_cost(flops.0 / tokens.0), tokens)
            }
            (Question::Params(params), Question::Tokens(tokens))
            | (Question::Tokens(tokens), Question::Params(params)) => (counts.of_params(params), tokens),
            (Question::Loss(loss), Question::Params(params)) | (Question::Params(params), Question::Loss(loss)) => {
                let size = counts.of_params(params);
                let tokens = oracle.tokens_for_loss(size.law_params, loss, unique);
                let tokens = tokens.ok_or_else(|| PlanError::OutOfReach {
                    what: format!("{} parameters", params.short()),
                    other: "data",
                    asked: loss,
                })?;
                (size, tokens)
            }
            (Question::Loss(loss), Question::Tokens(tokens)) | (Question::Tokens(tokens), Question::Loss(loss)) => {
                let params = oracle.params_for_loss(tokens, loss, unique);
                let params = params.ok_or_else(|| PlanError::OutOfReach {
                    what: format!("{} tokens", tokens.short()),
                    other: "parameters",
                    asked: loss,
                })?;
                (counts.of_law_params(params), tokens)
            }
            _ => return Err(PlanError::Ambiguous),
        };
        // A budget that is given stays as it is, to the last bit.
        let flops = match (self.given, also) {
            (Question::Flops(flops), _) | (_, Question::Flops(flops)) => flops,
            _ => Flops(size.flops_per_token * tokens.0),
        };
        for (value, name) in [(size.params.0, "N"), (tokens.0, "D"), (flops.0, "C")] {
            if !(value.is_finite() && value > 0.0) {
                return Err(lost(format!("{name} = {value}")));
            }
        }
        let loss = oracle.loss_at(size.law_params, tokens, unique);
        let alone = Self {
            given: Question::Flops(flops),
            also: None,
            serving: None,
            ..*self
        };
        let best = alone.best(oracle).ok();
        Ok(Answered {
            optimum: Optimum {
                flops,
                params: size.params,
                tokens,
                loss,
                size: best.map_or(SizeQuantity::Params, |best| best.optimum.size),
            },
            law_params: size.law_params,
            best: best.map(|best| best.optimum),
            counted: None,
            served: None,
        })
    }
}

impl Answered {
    /// The cheapest that reaches the same loss, by the same counts; `None` where the loss is not known.
    pub fn cheapest(&self, ask: &Ask, oracle: &Oracle) -> Option<Optimum> {
        let cheapest = Ask {
            given: Question::Loss(self.optimum.loss?),
            also: None,
            serving: None,
            ..*ask
        };
        Some(cheapest.answer(oracle).ok()?.optimum)
    }

    /// L over the least for the same C, less 1.
    pub fn excess_loss(&self) -> Option<f64> {
        let (loss, best): (Loss, Loss) = (self.optimum.loss?, self.best?.loss?);
        Some(loss.0 / best.0 - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{LawKind, published};
    use crate::plan::{Allocation, Convention, Family, FlopsRule};

    fn epoch() -> Oracle {
        Allocation::Published(published::by_name("epoch").unwrap()).into()
    }

    fn counting() -> Counting {
        Counting {
            family: Family::USUAL,
            convention: Convention::NonEmbedding,
            rule: FlopsRule::Attention,
            law_counts: Convention::Total,
        }
    }

    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn any_two_that_the_best_has_give_the_best_again() {
        for counting in [None, Some(counting())] {
            let best = Ask {
                counting,
                ..Ask::plain(Question::Flops(Flops(1e21)))
            };
            let answered = best.answer(&epoch()).unwrap();
            let o = answered.optimum;
            let (c, n, d, l) = (
                Question::Flops(o.flops),
                Question::Params(o.params),
                Question::Tokens(o.tokens),
                Question::Loss(o.loss.unwrap()),
            );
            for (given, also) in [
                (c, n),
                (n, c),
                (c, d),
                (d, c),
                (n, d),
                (d, n),
                (l, n),
                (n, l),
                (l, d),
                (d, l),
            ] {
                let ask = Ask {
                    given,
                    also: Some(also),
                    ..best
                };
                let found = ask.answer(&epoch()).unwrap();
                near(found.optimum.params.0, o.params.0);
                near(found.optimum.tokens.0, o.tokens.0);
                near(found.optimum.flops.0, o.flops.0);
                near(found.optimum.loss.unwrap().0, o.loss.unwrap().0);
                near(found.law_params.0, answered.law_params.0);
                near(found.best.unwrap().params.0, o.params.0);
                near(found.cheapest(&ask, &epoch()).unwrap().flops.0, o.flops.0);
                assert!(found.excess_loss().unwrap().abs() < 1e-9);
            }
        }
    }

    #[test]
    fn off_the_best_it_costs() {
        // Seventy billion parameters on 5.76e23 FLOP: Chinchilla, which is off the best of its own replication.
        let ask = Ask {
            also: Some(Question::Params(Params(7e10))),
            ..Ask::plain(Question::Flops(Flops(5.76e23)))
        };
        let found = ask.answer(&epoch()).unwrap();
        near(found.optimum.tokens.0, 5.76e23 / 4.2e11);
        let excess = found.excess_loss().unwrap();
        assert!(excess > 0.0 && excess < 0.01, "{excess}");
        let cheapest = found.cheapest(&ask, &epoch()).unwrap();
        assert!(cheapest.flops.0 < 5.76e23);
        near(cheapest.loss.unwrap().0, found.optimum.loss.unwrap().0);
    }

    #[test]
    fn a_law_that_is_searched_answers_as_well() {
        // The same surface as a formula has no closed form.
        let law = crate::law::formula::Formula::parse("1.8172 + 482.01/N^0.3478 + 2085.43/D^0.3658").unwrap();
        let law = crate::law::LawChoice::Formula(law.bind(|name| matches!(name, "N" | "D")));
        let searched = Oracle::of(&law, &[]).unwrap();
        assert!(searched.closed().is_none());
        for (given, also) in [
            (Question::Flops(Flops(1e22)), Some(Question::Params(Params(3e9)))),
            (Question::Loss(Loss(2.2)), Some(Question::Params(Params(1e10)))),
            (Question::Loss(Loss(2.2)), Some(Question::Tokens(Tokens(5e11)))),
        ] {
            let ask = Ask {
                also,
                ..Ask::plain(given)
            };
            let (found, expected) = (ask.answer(&searched).unwrap(), ask.answer(&epoch()).unwrap());
            near(found.optimum.params.0, expected.optimum.params.0);
            near(found.optimum.tokens.0, expected.optimum.tokens.0);
        }
        assert!(Oracle::of(&LawKind::Power.into(), &[1.0, 1.0]).is_none());
    }

    #[test]
    fn what_cannot_be_answered_is_said() {
        let ask = |given, also| Ask {
            also: Some(also),
            ..Ask::plain(given)
        };
        let loss = Question::Loss(Loss(1.9));
        let small = ask(loss, Question::Params(Params(1e8))).answer(&epoch()).unwrap_err();
        assert_eq!(
            small.to_string(),
            "100M parameters cannot reach a loss of 1.9, whatever the data"
        );
        let few = ask(loss, Question::Tokens(Tokens(1e9))).answer(&epoch()).unwrap_err();
        assert!(matches!(few, PlanError::OutOfReach { .. }));
        let both = ask(loss, Question::Flops(Flops(1e21))).answer(&epoch());
        assert_eq!(both.unwrap_err(), PlanError::Ambiguous);
    }
}
