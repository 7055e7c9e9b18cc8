//! Functional forms of scaling laws, and constants that others published.
//!
//! A law does not know how it is fitted: it predicts, gives its gradient, and says which of its parameters enter
//! linearly. One file a form; [`LawKind`] is the registry.

mod chinchilla;
mod kaplan;
mod power;
pub mod published;
mod surface;

pub use chinchilla::Additive;
pub use kaplan::KaplanJoint;
pub use surface::Surface;

use serde::{Deserialize, Serialize};

/// The forms that can be fitted. Serialised by the command line's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LawKind {
    /// L = A x^-alpha.
    Power,
    /// L = E + A x^-alpha.
    PowerFloor,
    /// L = E + A N^-alpha + B D^-beta.
    Chinchilla,
}

impl LawKind {
    /// In menu order.
    pub const ALL: [Self; 3] = [Self::Chinchilla, Self::PowerFloor, Self::Power];

    /// The form itself.
    pub fn law(self) -> &'static dyn Law {
        match self {
            Self::Power => &power::Power,
            Self::PowerFloor => &power::PowerFloor,
            Self::Chinchilla => &chinchilla::Chinchilla,
        }
    }

    /// In a word, for lists: `Chinchilla`.
    pub fn short_label(self) -> &'static str {
        match self {
            Self::Power => "Power law",
            Self::PowerFloor => "Power law with floor",
            Self::Chinchilla => "Chinchilla",
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::PowerFloor => "power-floor",
            Self::Chinchilla => "chinchilla",
        }
    }
}

/// What a law is a function of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inputs {
    /// One variable of the user's choice, compute by default: `x[0]`.
    One,
    /// Parameters and tokens: `x = [N, D]`.
    ParamsTokens,
}

/// How a parameter enters the law, which decides how it is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRole {
    /// The irreducible loss, E: the term without a variable.
    Floor,
    /// A positive coefficient of `x[input]` to a power.
    Coefficient {
        /// Index into x.
        input: usize,
    },
    /// The exponent of `x[input]`.
    Exponent {
        /// Index into x.
        input: usize,
    },
}

/// A parameter of a law.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// As in formulas and JSON: `E`, `A`, `alpha`.
    pub name: &'static str,
    /// For people: α instead of alpha.
    pub symbol: &'static str,
    /// What it means, with its unit.
    pub meaning: &'static str,
    /// How it enters.
    pub role: ParameterRole,
    /// Least and greatest value it can have, both allowed.
    pub bounds: [f64; 2],
}

/// What of a law is linear once its exponents are given. Indices point into θ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Structure {
    /// L = floor + Σ coefficient · x_input^-exponent: linear in the floor and the coefficients. Terms may share an
    /// exponent.
    SumOfPowers {
        /// The floor, where the form has one.
        floor: Option<usize>,
        /// The terms.
        terms: &'static [PowerTerm],
    },
}

/// One term of [`Structure::SumOfPowers`]; indices into θ and x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerTerm {
    /// Which parameter is its coefficient.
    pub coefficient: usize,
    /// Which parameter is its exponent.
    pub exponent: usize,
    /// Which input it is a power of.
    pub input: usize,
}

/// A functional form L(x; θ).
pub trait Law: Sync {
    /// Which form.
    fn kind(&self) -> LawKind;
    /// For menus: `Chinchilla L(N, D)`.
    fn label(&self) -> &'static str;
    /// Plain formula, as in `E + A/N^alpha + B/D^beta`.
    fn formula(&self) -> &'static str;
    /// Paper and equation.
    fn source(&self) -> &'static str;
    /// What it is a function of.
    fn inputs(&self) -> Inputs;
    /// Its parameters, in the order of θ.
    fn parameters(&self) -> &'static [Parameter];
    /// The loss at x for θ in natural units (E, A in nats; exponents plain).
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64;
    /// ∂L/∂θ at x, written to `out` (one a parameter), in natural units.
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]);
    /// Which parameters enter linearly.
    fn structure(&self) -> Structure;
    /// The surface L(N, D), where the law is one whose optimum has a closed form.
    fn surface(&self, _theta: &[f64]) -> Option<Surface> {
        None
    }
}

/// `coefficient · x^-exponent` in logs: no overflow on the way where the value itself has none.
fn power_term(coefficient: f64, exponent: f64, x: f64) -> f64 {
    (coefficient.ln() - exponent * x.ln()).exp()
}

/// An exponent beyond 10 would mean that doubling x divides the reducible loss by a thousand.
const EXPONENT_BOUNDS: [f64; 2] = [0.0, 10.0];

/// Floors and coefficients.
const NON_NEGATIVE: [f64; 2] = [0.0, f64::INFINITY];

#[cfg(test)]
mod tests {
    use super::*;

    fn example(law: &dyn Law) -> Vec<f64> {
        law.parameters()
            .iter()
            .map(|p| match p.role {
                ParameterRole::Floor => 1.7,
                ParameterRole::Coefficient { input } => 300.0 + 1000.0 * input as f64,
                ParameterRole::Exponent { input } => 0.34 + 0.03 * input as f64,
            })
            .collect()
    }

    #[test]
    fn gradients_match_central_differences() {
        for law in LawKind::ALL.map(LawKind::law) {
            for x in [[1e6, 2e7], [3.3e9, 5e10], [7e11, 1.4e13]] {
                let theta = example(law);
                let mut gradient = vec![0.0; theta.len()];
                law.gradient(&theta, &x, &mut gradient);
                for k in 0..theta.len() {
                    let step = 1e-5 * theta[k];
                    let (mut up, mut down) = (theta.clone(), theta.clone());
                    up[k] += step;
                    down[k] -= step;
                    let numeric = (law.loss(&up, &x) - law.loss(&down, &x)) / (2.0 * step);
                    // The rounding of L, about 1e-16, is divided by the step.
                    let error = (gradient[k] - numeric).abs();
                    assert!(
                        error <= 1e-7 * numeric.abs() + 1e-15 / step,
                        "{} {k}: {} {numeric}",
                        law.label(),
                        gradient[k]
                    );
                }
            }
        }
    }

    #[test]
    fn structure_agrees_with_the_roles_and_the_formula() {
        for law in LawKind::ALL.map(LawKind::law) {
            let parameters = law.parameters();
            let theta = example(law);
            let x: [f64; 2] = [2e8, 9e9];
            let Structure::SumOfPowers { floor, terms } = law.structure();
            let mut sum = floor.map_or(0.0, |k| theta[k]);
            if let Some(k) = floor {
                assert_eq!(parameters[k].role, ParameterRole::Floor);
            }
            for term in terms {
                let input = term.input;
                assert_eq!(parameters[term.coefficient].role, ParameterRole::Coefficient { input });
                assert_eq!(parameters[term.exponent].role, ParameterRole::Exponent { input });
                sum += theta[term.coefficient] * x[input].powf(-theta[term.exponent]);
            }
            assert!((sum / law.loss(&theta, &x) - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn parameter_names_are_those_of_the_command_line() {
        let names = |kind: LawKind| kind.law().parameters().iter().map(|p| p.name).collect::<Vec<_>>();
        assert_eq!(names(LawKind::Power), ["A", "alpha"]);
        assert_eq!(names(LawKind::PowerFloor), ["E", "A", "alpha"]);
        assert_eq!(names(LawKind::Chinchilla), ["E", "A", "B", "alpha", "beta"]);
        for kind in LawKind::ALL {
            assert_eq!(kind.law().kind(), kind);
        }
    }

    #[test]
    fn an_enormous_coefficient_does_not_overflow_a_modest_loss() {
        // 1e300 · (1e310-ish)^-1 style products pass through infinity or zero unless they are taken in logs.
        let value = power_term(1e300, 12.0, 1e25);
        assert!((value - 1.0).abs() < 1e-10, "{value}");
        assert_eq!(power_term(0.0, 0.3, 1e9), 0.0);
    }
}
