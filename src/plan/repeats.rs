//! What it is worth to see the same tokens again.
//!
//! ```text
//! D'/U = 1 + R (1 − e^(−(e − 1)/R))                             e = D/U passes over U unique tokens, e ≥ 1
//! worth of the next pass = D'/U at e + 1, less that at e = R (1 − e^(−1/R)) e^(−(e − 1)/R)
//! L(N, D, U) = E + A N'^-alpha + B D'^-beta                     law/data_constrained.rs has N' and the rest
//! ```
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | U, D | unique tokens; tokens seen, repeats counted | tokens |
//! | D' | fresh tokens that would do as much as D | tokens |
//! | R | repeats after which their worth has fallen to 1/e | 1 |
//!
//! The worth of a pass is counted in fresh tokens, so it is the same for every N. What it does for the loss is not: a model
//! too small for its data gains little from any further pass. [`Repeats::useless_after`] is where all further passes
//! together, without end, would lower the loss by less than a given share.
//!
//! Source: Muennighoff et al. 2023 (arXiv 2305.16264), section 3, with the digits of their released notebook; the worth of a
//! pass and the end of use are derived here.
//!
//! Limits: the law is monotone. It says when repeats stop to help and never that they hurt; where the held-out loss turns
//! up is measured (`onset.rs`) or bounded (Kaplan's δL, `law/kaplan.rs`). R is near 15 on C4 up to a few tens of passes.

use super::surface::positive;
use crate::law::LawKind;
use crate::units::{Params, Tokens};

/// The constants of the data-constrained law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repeats {
    /// E, A, B, alpha, beta, R_D, R_N: the order of the law.
    theta: [f64; 7],
}

impl Repeats {
    /// C4, as released with the paper: single-pass constants held, R_D and R_N fitted to 182 runs.
    pub const MUENNIGHOFF: Self = Self {
        theta: [
            1.869_143_678_405_485_8,
            520.824_951_659_918_7,
            1_487.716_093_782_861,
            0.352_659_6,
            0.352_659_6,
            15.387_756,
            5.309_743,
        ],
    };

    /// Sizes of the models behind [`Self::MUENNIGHOFF`], in parameters.
    pub const MUENNIGHOFF_PARAMS: (f64, f64) = (7.1e6, 8.67e9);

    /// A fit of the data-constrained law, by its parameters in the law's order; `None` where they are not seven positive ones.
    pub fn fitted(theta: &[f64]) -> Option<Self> {
        let theta: [f64; 7] = theta.try_into().ok()?;
        theta
            .iter()
            .all(|value| *value >= 0.0 && value.is_finite())
            .then_some(Self { theta })
            .filter(|law| law.decay() > 0.0)
    }

    /// R: repeats after which their worth has fallen to 1/e.
    pub fn decay(self) -> f64 {
        self.theta[5]
    }

    /// D'/U: the passes over fresh tokens that so many passes over the same ones are worth.
    pub fn effective_epochs(self, epochs: f64) -> f64 {
        let repeats = (epochs - 1.0).max(0.0);
        epochs.min(1.0) - self.decay() * (-repeats / self.decay()).exp_m1()
    }

    /// What the next pass is worth, in passes over fresh tokens, after so many of them.
    pub fn next_epoch(self, epochs: f64) -> f64 {
        self.effective_epochs(epochs + 1.0) - self.effective_epochs(epochs)
    }

    /// Passes after which the next one is worth less than this share of fresh tokens; one where the second already is.
    pub fn epochs_until(self, share: f64) -> f64 {
        let second = self.next_epoch(1.0);
        1.0 + (self.decay() * (second / share).ln()).max(0.0)
    }

    /// L(N, D, U).
    pub fn loss(self, params: Params, seen: Tokens, unique: Tokens) -> f64 {
        let x = [params.0, seen.0, unique.0];
        LawKind::DataConstrained.law().loss(&self.theta, &x)
    }

    /// The tokens after which all further passes together would lower the loss by less than `share` of it; the unique tokens
    /// where the first pass is enough for that.
    ///
    /// With ℓ = L(N, ∞, U) and d∞ = B (U (1 + R))^-beta, the D' at which L = (1 + share) ℓ has B D'^-beta = d∞ + share ℓ:
    /// beyond one pass N' moves no more.
    pub fn useless_after(self, params: Params, unique: Tokens, share: f64) -> Option<Tokens> {
        let [_, _, b, _, beta, decay, _] = self.theta;
        let endless = self.loss(params, Tokens(f64::INFINITY), unique);
        let at_best = b * (unique.0 * (1.0 + decay)).powf(-beta);
        let effective = (b / (at_best + positive(share)? * positive(endless)?)).powf(1.0 / beta);
        let gained = positive(effective)? / unique.0 - 1.0;
        let repeats = if gained > 0.0 {
            -decay * (-gained / decay).ln_1p()
        } else {
            0.0
        };
        positive(unique.0 * (1.0 + repeats)).map(Tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C4: Repeats = Repeats::MUENNIGHOFF;

    fn near(value: f64, expected: f64, relative: f64) {
        assert!((value / expected - 1.0).abs() < relative, "{value} is not {expected}");
    }

    /// The paper's rounded R.
    fn rounded() -> Repeats {
        let mut theta = C4.theta;
        theta[5] = 15.39;
        Repeats::fitted(&theta).unwrap()
    }

    #[test]
    fn passes_are_worth_what_was_published() {
        for (epochs, worth) in [(2.0, 1.968), (4.0, 3.726), (8.0, 6.624), (16.0, 10.58), (40.0, 15.17)] {
            near(rounded().effective_epochs(epochs), worth, 5e-4);
        }
        near(rounded().effective_epochs(f64::INFINITY), 16.39, 1e-12);
        near(C4.effective_epochs(0.3), 0.3, 1e-15);
    }

    #[test]
    fn the_next_pass_is_the_difference_and_its_share_is_found_again() {
        for epochs in [1.0, 2.0, 7.5, 40.0, 200.0] {
            let closed = C4.decay() * -(-1.0 / C4.decay()).exp_m1() * (-(epochs - 1.0) / C4.decay()).exp();
            near(C4.next_epoch(epochs), closed, 1e-9);
            near(C4.epochs_until(C4.next_epoch(epochs)), epochs, 1e-9);
        }
        assert!((11.0..12.0).contains(&C4.epochs_until(0.5)), "{}", C4.epochs_until(0.5));
        assert!((35.0..36.5).contains(&C4.epochs_until(0.1)), "{}", C4.epochs_until(0.1));
        near(C4.epochs_until(1.0), 1.0, 1e-15);
    }

    #[test]
    fn beyond_its_end_no_pass_lowers_the_loss_by_the_share() {
        let unique = Tokens(1e8);
        for params in [2e6, 4.4e7, 1e9, 1e11] {
            for share in [0.005, 0.02, 0.1] {
                let end = C4.useless_after(Params(params), unique, share).unwrap();
                let best = C4.loss(Params(params), Tokens(f64::INFINITY), unique);
                let there = C4.loss(Params(params), end, unique);
                if end.0 > unique.0 {
                    near(there, (1.0 + share) * best, 1e-9);
                } else {
                    assert!(there <= (1.0 + share) * best * (1.0 + 1e-12));
                }
            }
        }
        // A small model has had enough sooner, and everybody sooner at a coarser measure.
        let end = |params: f64, share: f64| C4.useless_after(Params(params), unique, share).unwrap().0;
        assert!(end(1e6, 0.01) < end(1e9, 0.01) && end(1e9, 0.05) < end(1e9, 0.01));
        assert_eq!(C4.useless_after(Params(1e9), unique, 0.0), None);
    }

    #[test]
    fn the_law_is_the_fitted_one() {
        near(C4.loss(Params(2.81e9), Tokens(5.5e10), Tokens(1.25e9)), 2.701_206, 5e-7);
        assert_eq!(Repeats::fitted(&C4.theta), Some(C4));
        assert_eq!(Repeats::fitted(&C4.theta[1..]), None);
    }
}
