//! The compute-optimal allocation N*(C), D*(C) and its inversions.
//!
//! ```text
//! N*(C), D*(C) = the N and D of lowest L(N, D) with k N D = C        k = 6 FLOP per parameter and token
//! ```
//!
//! N in parameters, D in tokens, C in FLOP, L in nats per token. A surface is solved in closed form (`surface.rs` has
//! it, with sources). Of a law that publishes only power laws of C, what is missing follows from C = k N D; where it
//! publishes both N* and D*, each stands as printed, and 6 N* D* need not equal C (Kaplan's does not: one epoch).
//! DeepSeek measures model size by M, non-embedding FLOP per token, and C = M D: there k = 1.
//!
//! Limits: an optimum of the law, not of the world. It knows nothing of inference, repeated data, or what lies beyond the
//! runs that the law was fitted on; [`beyond_data_decades`] says how far beyond.

use super::optimum::{FrontierLaws, Optimum, PlanError, SizeQuantity};
use super::surface::{Surface, Valley, positive};
use crate::law;
use crate::law::published::{ParamsConvention, PowerLaw, PublishedForm, PublishedLaw};
use crate::units::{Flops, Loss, Params, Tokens};

/// A law that can be asked for its optimum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allocation {
    /// A surface, fitted or published.
    Surface(law::Surface),
    /// A published law of any form.
    Published(&'static PublishedLaw),
}

/// What the methods work on: a surface's valley, or two power laws and perhaps a third.
enum Solver {
    Valley(Valley),
    Frontier(FrontierLaws, Option<PowerLaw>),
}

impl Allocation {
    /// For messages and legends: the published law's label, or `this fit`.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Surface(_) => "this fit",
            Self::Published(law) => law.label,
        }
    }

    /// What the law calls the size of a model.
    pub fn size(&self) -> SizeQuantity {
        match self {
            Self::Published(law) if law.params_convention == ParamsConvention::FlopsPerToken => {
                SizeQuantity::FlopsPerToken
            }
            _ => SizeQuantity::Params,
        }
    }

    /// N*, D*, L* for a budget.
    ///
    /// # Errors
    /// When the law has no interior optimum, or the budget is not a positive number.
    pub fn at_flops(&self, flops: Flops) -> Result<Optimum, PlanError> {
        self.optimum(&self.solver()?, flops.0.ln(), || format!("C = {flops}"))
            .map(|optimum| Optimum { flops, ..optimum })
    }

    /// The cheapest optimum that reaches a loss.
    ///
    /// # Errors
    /// When the loss is at or below the floor, the law gives no loss, or [`Self::at_flops`] has none.
    pub fn at_loss(&self, loss: Loss) -> Result<Optimum, PlanError> {
        let solver = self.solver()?;
        let (ln_flops, floor) = match &solver {
            Solver::Valley(valley) => (
                valley.ln_x_for_loss(loss.0).map(|x| x + self.ln_flops_per_token()),
                valley.floor(),
            ),
            Solver::Frontier(_, Some(law)) => (positive(loss.0).map(|l| law.ln_inverse(l.ln())), 0.0),
            Solver::Frontier(_, None) => return Err(self.not_given("loss")),
        };
        let ln_flops = ln_flops.ok_or(PlanError::BelowFloor {
            asked: loss,
            floor: Loss(floor),
        })?;
        self.optimum(&solver, ln_flops, || format!("L = {loss}"))
            .map(|optimum| Optimum {
                loss: Some(loss),
                ..optimum
            })
    }

    /// The optimum whose N* is this; for DeepSeek, whose M* is this.
    ///
    /// # Errors
    /// As [`Self::at_flops`].
    pub fn at_params(&self, params: Params) -> Result<Optimum, PlanError> {
        let solver = self.solver()?;
        let ln_flops = match &solver {
            Solver::Valley(valley) => valley.ln_x_for_params(params.0.ln()) + self.ln_flops_per_token(),
            Solver::Frontier(laws, _) => laws.params.ln_inverse(params.0.ln()),
        };
        self.optimum(&solver, ln_flops, || format!("N = {params}"))
            .map(|optimum| Optimum { params, ..optimum })
    }

    /// The optimum whose D* is this.
    ///
    /// # Errors
    /// As [`Self::at_flops`].
    pub fn at_tokens(&self, tokens: Tokens) -> Result<Optimum, PlanError> {
        let solver = self.solver()?;
        let ln_flops = match &solver {
            Solver::Valley(valley) => valley.ln_x_for_tokens(tokens.0.ln()) + self.ln_flops_per_token(),
            Solver::Frontier(laws, _) => laws.tokens.ln_inverse(tokens.0.ln()),
        };
        self.optimum(&solver, ln_flops, || format!("D = {tokens}"))
            .map(|optimum| Optimum { tokens, ..optimum })
    }

    /// N*(C) and D*(C) as power laws; their exponents are a and b.
    ///
    /// # Errors
    /// When the law has no interior optimum.
    pub fn frontier(&self) -> Result<FrontierLaws, PlanError> {
        Ok(match self.solver()? {
            Solver::Frontier(laws, _) => laws,
            Solver::Valley(valley) => {
                let (ln_params, ln_tokens) = valley.at(-self.ln_flops_per_token());
                FrontierLaws {
                    params: PowerLaw::new(ln_params.exp(), valley.params_exponent),
                    tokens: PowerLaw::new(ln_tokens.exp(), valley.tokens_exponent),
                }
            }
        })
    }

    /// L(N, D) off the optimum, where the law is a surface.
    pub fn loss_at(&self, params: Params, tokens: Tokens) -> Option<Loss> {
        let loss = self.surface()?.loss(params.0, tokens.0);
        loss.is_finite().then_some(Loss(loss))
    }

    /// D that reaches a loss at a given N: a point of the isoloss contour. `None` where no amount does, or no surface is given.
    pub fn tokens_for_loss(&self, params: Params, loss: Loss) -> Option<Tokens> {
        self.surface()?.tokens_for_loss(params.0, loss.0).map(Tokens)
    }

    /// N that reaches a loss with a given D: the same contour, read the other way.
    pub fn params_for_loss(&self, tokens: Tokens, loss: Loss) -> Option<Params> {
        self.surface()?.params_for_loss(tokens.0, loss.0).map(Params)
    }

    /// The isoloss contour at `count` log-spaced sizes of a range, where it exists: towards small N it ends where even
    /// endless data would not do.
    pub fn contour(&self, loss: Loss, from: Params, to: Params, count: usize) -> Vec<(Params, Tokens)> {
        log_spaced(from.0, to.0, count)
            .filter_map(|params| Some((Params(params), self.tokens_for_loss(Params(params), loss)?)))
            .collect()
    }

    /// C/C* of a model of `size` · N* trained to the loss of the optimum: what a wrong size costs. The same at every
    /// budget. `None` where the model is too small to reach that loss, or no surface is given.
    pub fn compute_ratio_at_size(&self, size: f64) -> Option<f64> {
        self.surface()?.valley()?.compute_ratio_at_size(positive(size)?)
    }

    /// The sizes, as factors of N*, whose cost at equal loss is at most `ratio` · C*: how flat the optimum is.
    pub fn sizes_within(&self, ratio: f64) -> Option<(f64, f64)> {
        let valley = self.surface()?.valley()?;
        let allowed = |size: f64| valley.compute_ratio_at_size(size).is_some_and(|cost| cost <= ratio);
        if !(ratio.is_finite() && ratio > 1.0) {
            return None;
        }
        // The cost falls to 1 at N* and rises after it, without bound on either side.
        let edge = |mut inside: f64, mut outside: f64| {
            for _ in 0..200 {
                let middle = (inside * outside).sqrt();
                *(if allowed(middle) { &mut inside } else { &mut outside }) = middle;
            }
            inside
        };
        Some((edge(1.0, f64::MIN_POSITIVE), edge(1.0, ratio / valley.ratio_per_size())))
    }

    pub(super) fn surface(&self) -> Option<Surface> {
        match self {
            Self::Surface(law) => Some((*law).into()),
            Self::Published(law) => match law.form {
                PublishedForm::Additive(law) => Some(law.into()),
                PublishedForm::KaplanJoint(law) => Some(law.into()),
                PublishedForm::Frontier { .. } => None,
            },
        }
    }

    fn solver(&self) -> Result<Solver, PlanError> {
        if let Some(surface) = self.surface() {
            return surface.valley().map(Solver::Valley).ok_or_else(|| self.no_interior());
        }
        let Self::Published(PublishedLaw {
            form: PublishedForm::Frontier { params, tokens, loss },
            ..
        }) = self
        else {
            return Err(self.not_given("optimum"));
        };
        let k = self.size().flops_per_token();
        let laws = match (*params, *tokens) {
            (Some(params), Some(tokens)) => FrontierLaws { params, tokens },
            (Some(params), None) => FrontierLaws {
                params,
                tokens: params.complement(k),
            },
            (None, Some(tokens)) => FrontierLaws {
                params: tokens.complement(k),
                tokens,
            },
            (None, None) => return Err(self.not_given("optimum")),
        };
        Ok(Solver::Frontier(laws, *loss))
    }

    /// The optimum at ln C, refused where a part of it leaves the range of numbers.
    fn optimum(&self, solver: &Solver, ln_flops: f64, asked: impl Fn() -> String) -> Result<Optimum, PlanError> {
        let (ln_params, ln_tokens, loss) = match solver {
            Solver::Valley(valley) => {
                let ln_x = ln_flops - self.ln_flops_per_token();
                let (ln_params, ln_tokens) = valley.at(ln_x);
                (ln_params, ln_tokens, Some(valley.loss(ln_x)))
            }
            Solver::Frontier(laws, loss) => (
                laws.params.ln_at(ln_flops),
                laws.tokens.ln_at(ln_flops),
                loss.map(|law| law.ln_at(ln_flops).exp()),
            ),
        };
        let (Some(flops), Some(params), Some(tokens), true) = (
            positive(ln_flops.exp()),
            positive(ln_params.exp()),
            positive(ln_tokens.exp()),
            loss.is_none_or(f64::is_finite),
        ) else {
            return Err(PlanError::NoFiniteAnswer {
                law: self.label().to_owned(),
                asked: asked(),
            });
        };
        Ok(Optimum {
            flops: Flops(flops),
            params: Params(params),
            tokens: Tokens(tokens),
            loss: loss.map(Loss),
            size: self.size(),
        })
    }

    fn ln_flops_per_token(&self) -> f64 {
        self.size().flops_per_token().ln()
    }

    fn not_given(&self, missing: &'static str) -> PlanError {
        PlanError::NotGiven {
            law: self.label().to_owned(),
            missing,
        }
    }

    /// Names the constant that leaves the surface without a valley.
    fn no_interior(&self) -> PlanError {
        let reason = match self {
            Self::Surface(law::Surface { sum, coupling }) => [
                ("A", sum.params_coefficient, "the loss does not depend on N"),
                ("B", sum.tokens_coefficient, "the loss does not depend on D"),
                ("alpha", sum.params_exponent, "the loss does not fall with N"),
                ("beta", sum.tokens_exponent, "the loss does not fall with D"),
                ("k", *coupling, "the loss does not fall at all"),
            ]
            .into_iter()
            .find(|(_, value, _)| positive(*value).is_none())
            .map(|(name, value, why)| format!("{name} = {value}, so {why}")),
            Self::Published(_) => None,
        };
        PlanError::NoInteriorOptimum {
            law: self.label().to_owned(),
            reason: reason.unwrap_or_else(|| "a constant is not a finite number".to_owned()),
        }
    }
}

/// How many decades a budget lies outside the compute range of the runs behind a law: max(0, log10(C/C_max),
/// log10(C_min/C)).
pub fn beyond_data_decades(flops: Flops, range: (f64, f64)) -> f64 {
    let (least, most) = range;
    (flops.0 / most).log10().max((least / flops.0).log10()).max(0.0)
}

/// `count` values from `from` to `to`, evenly spaced in logs; the geometric middle when there is one.
pub(super) fn log_spaced(from: f64, to: f64, count: usize) -> impl Iterator<Item = f64> {
    let (start, end) = (from.ln(), to.ln());
    (0..count).map(move |index| match count {
        1 => f64::midpoint(start, end).exp(),
        _ => (start + (end - start) * index as f64 / (count - 1) as f64).exp(),
    })
}
