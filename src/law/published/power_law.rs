//! y = coefficient · (x/unit)^exponent, as papers print it: x in their unit, the coefficient untouched.

use crate::units::FLOPS_PER_PF_DAY;

/// `coefficient · (x/unit)^exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// Value at x = unit.
    pub coefficient: f64,
    /// Slope in logs.
    pub exponent: f64,
    /// What the source counts x in, in ours: 8.64e19 for a compute in PF-days.
    pub unit: f64,
}

impl PowerLaw {
    /// A law of x in our own unit.
    pub const fn new(coefficient: f64, exponent: f64) -> Self {
        Self {
            coefficient,
            exponent,
            unit: 1.0,
        }
    }

    /// A law of compute in PF-days.
    pub(super) const fn of_pf_days(coefficient: f64, exponent: f64) -> Self {
        Self {
            coefficient,
            exponent,
            unit: FLOPS_PER_PF_DAY,
        }
    }

    /// `(scale/x)^exponent`, as Kaplan et al. write their laws.
    pub(super) const fn decay(scale: f64, exponent: f64) -> Self {
        Self {
            coefficient: 1.0,
            exponent: -exponent,
            unit: scale,
        }
    }

    /// The value at x.
    pub fn at(&self, x: f64) -> f64 {
        self.ln_at(x.ln()).exp()
    }

    /// The x of a value.
    pub fn inverse(&self, value: f64) -> f64 {
        self.ln_inverse(value.ln()).exp()
    }

    /// ln of the value at ln x.
    pub fn ln_at(&self, ln_x: f64) -> f64 {
        self.coefficient.ln() + self.exponent * (ln_x - self.unit.ln())
    }

    /// ln x of ln of a value.
    pub fn ln_inverse(&self, ln_value: f64) -> f64 {
        (ln_value - self.coefficient.ln()) / self.exponent + self.unit.ln()
    }

    /// The other factor of x = k · this · other: D*(C) from N*(C), or the reverse.
    #[must_use]
    pub fn complement(&self, k: f64) -> Self {
        Self {
            coefficient: self.unit / (k * self.coefficient),
            exponent: 1.0 - self.exponent,
            unit: self.unit,
        }
    }
}
