//! Residuals and penalties.
//!
//! ```text
//! r_i = ln L(x_i; θ) − ln L_i   (log)      r_i = L(x_i; θ) − L_i   (level)
//! F(θ) = Σ w_i ρ(r_i)
//! ρ(r) = r²                                            squared: F is the residual sum of squares
//! ρ(r) = r²/2 for |r| ≤ δ, δ(|r| − δ/2) beyond         Huber
//! ρ(r) = |r|                                           absolute
//! ρ(r) = τ |r| for r < 0, (1 − τ) |r| for r > 0        asymmetric
//! ```
//!
//! r < 0 where the run lies above the curve. Asymmetric is the loss of quantile regression (Koenker and Bassett 1978,
//! doi:10.2307/1913643): a share τ of the runs ends below the curve. τ = 1/2 is half of absolute; the default τ = 1/11
//! makes a run below the curve ten times as bad as one above, which follows the lower envelope. It is 1/11 of the
//! asymmetric absolute error with weight 10 of the `chinchilla` package, whose value is also a mean.
//!
//! w_i is 1, or how often a run was drawn by the bootstrap. F is the sum over points, not the mean: at a typical 1e-3
//! in all, a mean lies below the absolute tolerances of common optimisers, which then stop early (Besiroglu et al.
//! 2024, arXiv 2404.10102, trace the too narrow intervals of Hoffmann et al. 2022 to that).
//!
//! The solver only ever sees a Huber penalty, with one factor a side of the curve: squared is twice that of δ = ∞,
//! absolute and asymmetric are the limits of ρ/δ as δ → 0.

use super::{Objective, ObjectiveKind};

impl Objective {
    /// ρ(r).
    pub fn penalty(&self, residual: f64) -> f64 {
        match self.kind {
            ObjectiveKind::Squared => residual * residual,
            ObjectiveKind::Huber => huber(residual, self.delta),
            ObjectiveKind::Absolute => residual.abs(),
            ObjectiveKind::Asymmetric => self.sides()[usize::from(residual > 0.0)] * residual.abs(),
        }
    }

    /// Factors of the penalty of runs above and below the curve.
    pub(super) fn sides(&self) -> [f64; 2] {
        match self.kind {
            ObjectiveKind::Asymmetric => [self.tau, 1.0 - self.tau],
            _ => [1.0, 1.0],
        }
    }

    /// Whether the penalty has its kink at zero, so that the optimum passes through runs.
    pub(super) fn kinked(&self) -> bool {
        matches!(self.kind, ObjectiveKind::Absolute | ObjectiveKind::Asymmetric)
    }
}

/// Huber's penalty; δ = ∞ gives r²/2.
pub(super) fn huber(residual: f64, delta: f64) -> f64 {
    let size = residual.abs();
    if size <= delta {
        0.5 * size * size
    } else {
        delta * (size - 0.5 * delta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::Space;

    #[test]
    fn penalties_meet_where_huber_changes() {
        let objective = |kind| Objective {
            kind,
            delta: 0.5,
            tau: 0.2,
            space: Space::Log,
        };
        let (huber, squared) = (objective(ObjectiveKind::Huber), objective(ObjectiveKind::Squared));
        assert_eq!(2.0 * huber.penalty(0.5), squared.penalty(0.5));
        assert_eq!(huber.penalty(-2.0), 0.5 * (2.0 - 0.25));
        assert_eq!(objective(ObjectiveKind::Absolute).penalty(-2.0), 2.0);
        assert_eq!(super::huber(-3.0, f64::INFINITY), 4.5);
        let asymmetric = objective(ObjectiveKind::Asymmetric);
        assert_eq!(asymmetric.penalty(-2.0), 0.4);
        assert_eq!(asymmetric.penalty(2.0), 1.6);
    }
}
