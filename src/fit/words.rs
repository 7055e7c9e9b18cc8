//! The terms of a fit as people read them, the same on screen, on figures and on the command line.

use super::{Objective, ObjectiveKind, Space, Stopped};
use crate::units::{format_significant, superscript};

impl ObjectiveKind {
    /// In menu order.
    pub const ALL: [Self; 4] = [Self::Huber, Self::Squared, Self::Absolute, Self::Asymmetric];

    /// For menus.
    pub fn label(self) -> &'static str {
        match self {
            Self::Huber => "Huber",
            Self::Squared => "Squared",
            Self::Absolute => "Absolute",
            Self::Asymmetric => "Asymmetric",
        }
    }

    /// What choosing it means.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Huber => "Squared for small residuals, linear for large ones: a few bad runs count little",
            Self::Squared => "Least squares: right for clean Gaussian noise, led astray by outliers",
            Self::Absolute => "Least absolute deviations: a median fit, hardly moved by outliers",
            Self::Asymmetric => "A quantile fit: with a small τ, the curve follows the best runs",
        }
    }
}

impl Objective {
    /// `Huber δ 10⁻³ on log loss`.
    pub fn words(&self) -> String {
        let on = match self.space {
            Space::Log => "on log loss",
            Space::Level => "on loss",
        };
        match self.kind {
            ObjectiveKind::Huber => format!("Huber δ {} {on}", power_or_digits(self.delta)),
            ObjectiveKind::Squared => format!("least squares {on}"),
            ObjectiveKind::Absolute => format!("least absolute error {on}"),
            ObjectiveKind::Asymmetric => format!("quantile τ {} {on}", format_significant(self.tau, 2)),
        }
    }
}

/// `10⁻³` for whole powers of ten, two digits for anything between.
pub fn power_or_digits(value: f64) -> String {
    let exponent = value.log10();
    if (exponent - exponent.round()).abs() < 1e-9 {
        format!("10{}", superscript(exponent.round() as i32))
    } else {
        format_significant(value, 2)
    }
}

impl Stopped {
    /// What the search stopped at.
    pub fn words(self) -> &'static str {
        match self {
            Self::Gradient => "a zero gradient",
            Self::Objective => "the lowest objective",
            Self::Iterations => "its iteration limit",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_in_words() {
        assert_eq!(Objective::default().words(), "Huber δ 10⁻³ on log loss");
        let level = Objective {
            kind: ObjectiveKind::Squared,
            space: Space::Level,
            ..Objective::default()
        };
        assert_eq!(level.words(), "least squares on loss");
        assert_eq!(power_or_digits(0.0025), "0.0025");
    }
}
