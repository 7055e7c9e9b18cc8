//! Functional forms of scaling laws, and constants that others published.
//!
//! A law does not know how it is fitted: it predicts, gives its gradient, and says which of its parameters enter
//! linearly. One file a form; [`LawKind`] is the registry.

mod chinchilla;
mod kaplan;
mod power;
pub mod published;

pub use chinchilla::Additive;
pub use kaplan::KaplanJoint;

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
}
