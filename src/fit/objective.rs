//! Residuals and penalties.
//!
//! ```text
//! r_i = ln L(x_i; θ) − ln L_i   (log)      r_i = L(x_i; θ) − L_i   (level)
//! F(θ) = Σ w_i ρ(r_i)
//! ρ(r) = r²                                            squared: F is the residual sum of squares
//! ρ(r) = r²/2 for |r| ≤ δ, δ(|r| − δ/2) beyond         Huber
//! ρ(r) = |r|                                           absolute
//! ```
//!
//! w_i is 1, or how often a run was drawn by the bootstrap. F is the sum over points, not the mean: at a typical 1e-3
//! in all, a mean lies below the absolute tolerances of common optimisers, which then stop early (Besiroglu et al.
//! 2024, arXiv 2404.10102, trace the too narrow intervals of Hoffmann et al. 2022 to that).
//!
//! The solver only ever sees a Huber penalty: squared is twice that of δ = ∞, and absolute is the limit of ρ/δ as δ → 0.

use super::{Objective, ObjectiveKind};

impl Objective {
    /// ρ(r).
    pub fn penalty(&self, residual: f64) -> f64 {
        match self.kind {
            ObjectiveKind::Squared => residual * residual,
            ObjectiveKind::Huber => huber(residual, self.delta),
            ObjectiveKind::Absolute => residual.abs(),
        }
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
            space: Space::Log,
        };
        let (huber, squared) = (objective(ObjectiveKind::Huber), objective(ObjectiveKind::Squared));
        assert_eq!(2.0 * huber.penalty(0.5), squared.penalty(0.5));
        assert_eq!(huber.penalty(-2.0), 0.5 * (2.0 - 0.25));
        assert_eq!(objective(ObjectiveKind::Absolute).penalty(-2.0), 2.0);
        assert_eq!(super::huber(-3.0, f64::INFINITY), 4.5);
    }
}
