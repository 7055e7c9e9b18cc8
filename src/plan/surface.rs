//! Closed forms of a surface whose reducible loss is a sum of two powers.
//!
//! ```text
//! L(N, D) = E + S^q      S = A N^-alpha + B D^-beta      C = k N D
//!
//! G  = (alpha A / (beta B))^(1/(alpha + beta))      a = beta/(alpha + beta)      b = alpha/(alpha + beta)
//! N* = G (C/k)^a      D* = G^-1 (C/k)^b      S* = (A G^-alpha + B G^beta) (C/k)^-(alpha beta/(alpha + beta))
//! ```
//!
//! N in parameters, D in tokens, C in FLOP, L and E in nats per token; q = 1 is Chinchilla's surface (Hoffmann et al.
//! 2022, arXiv 2203.15556, eqs. 2 and 4). Kaplan's joint law is the same with E = 0, q = alpha_D, exponents
//! (alpha_N/alpha_D, 1), A = N_c^(alpha_N/alpha_D), B = D_c (Kaplan et al. 2020, eq. 1.5). A rising function of S does not
//! move the minimum, so one optimum serves both.
//!
//! Everything runs in logs: A N^-alpha spans hundreds of decades before N* leaves f64.
//! Limits: the optimum exists only where both terms fall, so A, B, alpha, beta must be positive; with A = 0 the best model
//! is as small as one likes, with B = 0 as large as one likes.

use crate::law::{self, Additive, KaplanJoint};

/// A surface of the module's form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surface {
    /// E.
    floor: f64,
    /// ln A; minus infinity where the term is missing.
    ln_a: f64,
    /// ln B.
    ln_b: f64,
    alpha: f64,
    beta: f64,
    /// q.
    outer: f64,
}

impl From<Additive> for Surface {
    fn from(law: Additive) -> Self {
        Self {
            floor: law.floor,
            ln_a: law.params_coefficient.ln(),
            ln_b: law.tokens_coefficient.ln(),
            alpha: law.params_exponent,
            beta: law.tokens_exponent,
            outer: 1.0,
        }
    }
}

impl From<law::Surface> for Surface {
    fn from(law: law::Surface) -> Self {
        Self {
            outer: law.coupling,
            ..law.sum.into()
        }
    }
}

impl From<KaplanJoint> for Surface {
    fn from(law: KaplanJoint) -> Self {
        Self {
            floor: 0.0,
            ln_a: law.ratio() * law.params_scale.ln(),
            ln_b: law.tokens_scale.ln(),
            alpha: law.ratio(),
            beta: 1.0,
            outer: law.tokens_exponent,
        }
    }
}

impl Surface {
    /// L(N, D).
    pub(super) fn loss(&self, params: f64, tokens: f64) -> f64 {
        self.floor + (self.params_term(params) + self.tokens_term(tokens)).powf(self.outer)
    }

    /// D with L(N, D) = l; `None` where no amount of data, or any amount, gives that loss.
    pub(super) fn tokens_for_loss(&self, params: f64, loss: f64) -> Option<f64> {
        let rest = self.sum_at(loss)? - self.params_term(params);
        positive(((self.ln_b - positive(rest)?.ln()) / self.beta).exp())
    }

    /// N with L(N, D) = l; `None` as above.
    pub(super) fn params_for_loss(&self, tokens: f64, loss: f64) -> Option<f64> {
        let rest = self.sum_at(loss)? - self.tokens_term(tokens);
        positive(((self.ln_a - positive(rest)?.ln()) / self.alpha).exp())
    }

    /// ln D at which a model is the best for its budget, where C grows with N as N^(1/`slope`): alpha A N^-alpha · slope =
    /// beta B D^-beta. `slope` is 1 where C = k N D.
    pub(super) fn best_tokens(&self, ln_params: f64, slope: f64) -> f64 {
        let ln_params_side = self.alpha.ln() + self.ln_a - self.alpha * ln_params + slope.ln();
        (self.beta.ln() + self.ln_b - ln_params_side) / self.beta
    }

    /// d ln D/d ln N along the contour through a point.
    pub(super) fn contour_slope(&self, params: f64, tokens: f64) -> f64 {
        -(self.alpha * self.params_term(params)) / (self.beta * self.tokens_term(tokens))
    }

    /// S at a loss; `None` at the floor and below.
    fn sum_at(&self, loss: f64) -> Option<f64> {
        positive((loss - self.floor).powf(1.0 / self.outer)).filter(|_| loss > self.floor)
    }

    fn params_term(&self, params: f64) -> f64 {
        (self.ln_a - self.alpha * params.ln()).exp()
    }

    fn tokens_term(&self, tokens: f64) -> f64 {
        (self.ln_b - self.beta * tokens.ln()).exp()
    }

    /// The optimum for every budget; `None` where the surface has none (see the module).
    pub(super) fn valley(self) -> Option<Valley> {
        let finite = self.floor.is_finite() && self.ln_a.is_finite() && self.ln_b.is_finite();
        let falling = [self.alpha, self.beta, self.outer]
            .into_iter()
            .all(|e| positive(e).is_some());
        (finite && falling).then(|| {
            let both = self.alpha + self.beta;
            let ln_g = (self.alpha.ln() + self.ln_a - self.beta.ln() - self.ln_b) / both;
            let (x, y) = (self.ln_a - self.alpha * ln_g, self.ln_b + self.beta * ln_g);
            let top = x.max(y);
            Valley {
                surface: self,
                ln_g,
                ln_sum: top + ((x - top).exp() + (y - top).exp()).ln(),
                params_exponent: self.beta / both,
                tokens_exponent: self.alpha / both,
            }
        })
    }
}

/// The line of optima through a surface. `x` is C/k throughout, the product of N and D.
#[derive(Debug, Clone, Copy)]
pub(super) struct Valley {
    surface: Surface,
    /// ln G.
    ln_g: f64,
    /// ln(A G^-alpha + B G^beta).
    ln_sum: f64,
    /// a.
    pub(super) params_exponent: f64,
    /// b.
    pub(super) tokens_exponent: f64,
}

impl Valley {
    /// ln N* and ln D* from ln x.
    pub(super) fn at(&self, ln_x: f64) -> (f64, f64) {
        (
            self.ln_g + self.params_exponent * ln_x,
            self.tokens_exponent * ln_x - self.ln_g,
        )
    }

    /// L* from ln x.
    pub(super) fn loss(&self, ln_x: f64) -> f64 {
        let ln_sum = self.ln_sum - self.sum_exponent() * ln_x;
        self.surface.floor + (self.surface.outer * ln_sum).exp()
    }

    /// ln x from L*; `None` at the floor and below.
    pub(super) fn ln_x_for_loss(&self, loss: f64) -> Option<f64> {
        let reducible = positive(loss - self.surface.floor)?;
        Some((self.ln_sum - reducible.ln() / self.surface.outer) / self.sum_exponent())
    }

    /// ln x from ln N*.
    pub(super) fn ln_x_for_params(&self, ln_params: f64) -> f64 {
        (ln_params - self.ln_g) / self.params_exponent
    }

    /// ln x from ln D*.
    pub(super) fn ln_x_for_tokens(&self, ln_tokens: f64) -> f64 {
        (ln_tokens + self.ln_g) / self.tokens_exponent
    }

    /// C/C* of a model of `size` · N* at equal loss. At the optimum the terms of S stand as beta to alpha, so N* itself
    /// drops out. `None` where the model is too small to reach that loss with any data.
    pub(super) fn compute_ratio_at_size(&self, size: f64) -> Option<f64> {
        let (params_share, tokens_share) = (self.params_exponent, self.tokens_exponent);
        let left = 1.0 - params_share * size.powf(-self.surface.alpha);
        positive(size * (positive(left)? / tokens_share).powf(-1.0 / self.surface.beta))
    }

    /// E.
    pub(super) fn floor(&self) -> f64 {
        self.surface.floor
    }

    /// The least that a model of `size` · N* can cost is `size` · this: C/C* as its size grows without bound.
    pub(super) fn ratio_per_size(&self) -> f64 {
        self.tokens_exponent.powf(1.0 / self.surface.beta)
    }

    /// alpha beta/(alpha + beta): the fall of S* with compute.
    fn sum_exponent(&self) -> f64 {
        self.surface.alpha * self.params_exponent
    }
}

/// The value where it is a positive finite number.
pub(super) fn positive(value: f64) -> Option<f64> {
    (value.is_finite() && value > 0.0).then_some(value)
}
