//! Functional forms of scaling laws, and constants that others published.
//!
//! A law does not know how it is fitted: it predicts, gives its gradient, and says which of its parameters enter
//! linearly. One file a form; [`LawKind`] is the registry.

mod bnsl;
#[cfg(test)]
mod checks;
mod chinchilla;
mod chinchilla_tied;
mod choice;
mod data_constrained;
mod farseer;
pub mod formula;
mod grouped;
mod inputs;
mod kaplan;
mod kaplan_nd;
mod kaplan_ns;
mod least_squares;
mod logs;
mod m3;
mod m4;
mod overfit_gap;
mod power;
pub mod published;
mod recipe;
mod skaling;
mod starts;
mod surface;

pub use chinchilla::Additive;
pub use choice::LawChoice;
pub use grouped::Grouped;
pub use inputs::{Inputs, Response, Rows, Variable};
pub use kaplan::KaplanJoint;
pub use recipe::{Recipe, Step};
pub use starts::{StartData, combinations};
pub use surface::Surface;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
    /// L = E + A N^-alpha + B D^-alpha.
    ChinchillaTied,
    /// L = [(N_c/N)^(alpha_N/alpha_D) + D_c/D]^alpha_D.
    KaplanNd,
    /// L = (N_c/N)^alpha_N + (S_c/S)^alpha_S.
    KaplanNs,
    /// L = E + A N'^-alpha + B D'^-beta, with repeats and excess parameters worth less.
    DataConstrained,
    /// L_test − L_train = K (N/D)^kappa.
    OverfitGap,
    /// L = beta (1/x + gamma)^c.
    M3,
    /// (L − E)/(E0 − L)^alpha = beta x^-c.
    M4,
    /// y = a + b x^-c0 (1 + (x/d1)^(1/f1))^(−c1 f1).
    Bnsl,
    /// L = E + (A N^-alpha + B D^-beta)^k.
    Skaling,
    /// L = e^(a3 N^gamma + b3) + e^(a2 N^beta + b2) D^(−e^(a1 N^alpha + b1)).
    Farseer,
}

impl LawKind {
    /// In menu order.
    pub const ALL: [Self; 13] = [
        Self::Chinchilla,
        Self::ChinchillaTied,
        Self::Skaling,
        Self::Farseer,
        Self::KaplanNd,
        Self::KaplanNs,
        Self::DataConstrained,
        Self::OverfitGap,
        Self::PowerFloor,
        Self::Power,
        Self::M3,
        Self::M4,
        Self::Bnsl,
    ];

    /// The form itself.
    pub fn law(self) -> &'static dyn Law {
        match self {
            Self::Power => &power::Power,
            Self::PowerFloor => &power::PowerFloor,
            Self::Chinchilla => &chinchilla::Chinchilla,
            Self::ChinchillaTied => &chinchilla_tied::ChinchillaTied,
            Self::KaplanNd => &kaplan_nd::KaplanNd,
            Self::KaplanNs => &kaplan_ns::KaplanNs,
            Self::DataConstrained => &data_constrained::DataConstrained,
            Self::OverfitGap => &overfit_gap::OverfitGap,
            Self::M3 => &m3::M3,
            Self::M4 => &m4::M4,
            Self::Bnsl => &bnsl::Bnsl,
            Self::Skaling => &skaling::Skaling,
            Self::Farseer => &farseer::Farseer,
        }
    }

    /// In a word, for lists: `Chinchilla`.
    pub fn short_label(self) -> &'static str {
        match self {
            Self::Power => "Power law",
            Self::PowerFloor => "Power law with floor",
            Self::Chinchilla => "Chinchilla",
            Self::ChinchillaTied => "Chinchilla, α = β",
            Self::KaplanNd => "Kaplan L(N, D)",
            Self::KaplanNs => "Kaplan L(N, S)",
            Self::DataConstrained => "Data-constrained",
            Self::OverfitGap => "Generalisation gap",
            Self::M3 => "M3",
            Self::M4 => "M4",
            Self::Bnsl => "Broken power law",
            Self::Skaling => "Skaling",
            Self::Farseer => "Farseer",
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        self.law().name()
    }
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
    /// A positive number that spans decades, such as N_c = 6e13: searched in logs.
    Scale,
    /// Any other number, searched as it is.
    Shape,
}

impl ParameterRole {
    /// Whether a law of general structure is searched in the logarithm of this parameter.
    pub fn in_logs(self) -> bool {
        matches!(self, Self::Coefficient { .. } | Self::Scale)
    }
}

/// A parameter of a law.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// As in formulas and JSON: `E`, `A`, `alpha`.
    pub name: Cow<'static, str>,
    /// For people: α instead of alpha.
    pub symbol: Cow<'static, str>,
    /// What it means, with its unit.
    pub meaning: Cow<'static, str>,
    /// How it enters.
    pub role: ParameterRole,
    /// Least and greatest value it can have, both allowed.
    pub bounds: [f64; 2],
}

impl Parameter {
    /// One of a built-in law.
    pub const fn new(
        name: &'static str,
        symbol: &'static str,
        meaning: &'static str,
        role: ParameterRole,
        bounds: [f64; 2],
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            symbol: Cow::Borrowed(symbol),
            meaning: Cow::Borrowed(meaning),
            role,
            bounds,
        }
    }
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
    /// Nothing is known: the law is searched by its value and its gradient alone, from starts of its own.
    General,
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
pub trait Law: Send + Sync {
    /// The name on the command line.
    fn name(&self) -> &str;
    /// For menus: `Chinchilla L(N, D)`.
    fn label(&self) -> &str;
    /// Plain formula, as in `E + A/N^alpha + B/D^beta`.
    fn formula(&self) -> &str;
    /// Paper and equation.
    fn source(&self) -> &str;
    /// What it cannot tell, in a sentence or two.
    fn limits(&self) -> &str;
    /// What it is a function of.
    fn inputs(&self) -> Inputs<'_>;
    /// Which number of a run it describes.
    fn response(&self) -> Response {
        Response::Chosen
    }
    /// Its parameters, in the order of θ.
    fn parameters(&self) -> &[Parameter];
    /// The loss at x for θ in natural units (E, A in nats; exponents plain). Not finite where the law has no value.
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64;
    /// ∂L/∂θ at x, written to `out` (one a parameter), in natural units.
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]);
    /// Both, for laws where one comes with the other.
    fn loss_and_gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) -> f64 {
        self.gradient(theta, x, out);
        self.loss(theta, x)
    }
    /// Which parameters enter linearly.
    fn structure(&self) -> Structure;
    /// Of a general structure: parameters in which the law is linear together. Starts may leave them to a least-squares
    /// problem.
    fn linear(&self) -> &[usize] {
        &[]
    }
    /// Of a general structure: values of θ where a search may begin, such as the combinations of a few values. The best of
    /// them are taken to their end.
    fn starts(&self, _data: &StartData<'_>) -> Vec<Vec<f64>> {
        vec![]
    }
    /// The surface L(N, D), where the law is one whose optimum has a closed form.
    fn surface(&self, _theta: &[f64]) -> Option<Surface> {
        None
    }
}

/// x = [N, D].
const PARAMS_AND_TOKENS: Inputs<'static> = Inputs::Named(&[Variable::PARAMS, Variable::TOKENS]);

/// E, the floor of many forms.
const FLOOR: Parameter = Parameter::new(
    "E",
    "E",
    "irreducible loss, nats per token",
    ParameterRole::Floor,
    NON_NEGATIVE,
);

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
                ParameterRole::Scale => 1e9,
                ParameterRole::Shape => 0.5,
            })
            .collect()
    }

    #[test]
    fn gradients_match_central_differences() {
        // The others have examples of their own, in their files.
        for law in [LawKind::Power, LawKind::PowerFloor, LawKind::Chinchilla].map(LawKind::law) {
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
            let Structure::SumOfPowers { floor, terms } = law.structure() else {
                continue;
            };
            let mut sum = floor.map_or(0.0, |k| theta[k]);
            if let Some(k) = floor {
                assert_eq!(parameters[k].role, ParameterRole::Floor);
            }
            for term in terms {
                let input = term.input;
                assert_eq!(parameters[term.coefficient].role, ParameterRole::Coefficient { input });
                // Terms that share an exponent cannot both be its input.
                assert!(matches!(parameters[term.exponent].role, ParameterRole::Exponent { .. }));
                sum += theta[term.coefficient] * x[input].powf(-theta[term.exponent]);
            }
            assert!((sum / law.loss(&theta, &x) - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn parameter_names_are_those_of_the_command_line() {
        let names = |kind: LawKind| kind.law().parameters().iter().map(|p| &*p.name).collect::<Vec<_>>();
        assert_eq!(names(LawKind::Power), ["A", "alpha"]);
        assert_eq!(names(LawKind::PowerFloor), ["E", "A", "alpha"]);
        assert_eq!(names(LawKind::Chinchilla), ["E", "A", "B", "alpha", "beta"]);
        assert_eq!(names(LawKind::ChinchillaTied), ["E", "A", "B", "alpha"]);
        assert_eq!(names(LawKind::KaplanNd), ["N_c", "D_c", "alpha_N", "alpha_D"]);
        assert_eq!(names(LawKind::KaplanNs), ["N_c", "S_c", "alpha_N", "alpha_S"]);
        assert_eq!(
            names(LawKind::DataConstrained),
            ["E", "A", "B", "alpha", "beta", "R_D", "R_N"]
        );
        assert_eq!(names(LawKind::OverfitGap), ["K", "kappa"]);
        assert_eq!(names(LawKind::M3), ["beta", "gamma", "c"]);
        assert_eq!(names(LawKind::M4), ["E", "E0", "alpha", "beta", "c"]);
        assert_eq!(names(LawKind::Bnsl), ["a", "b", "c0", "c1", "d1", "f1"]);
        assert_eq!(names(LawKind::Skaling), ["E", "A", "B", "alpha", "beta", "k"]);
        assert_eq!(
            names(LawKind::Farseer),
            ["a1", "b1", "alpha", "a2", "b2", "beta", "a3", "b3", "gamma"]
        );
    }

    #[test]
    fn every_law_says_what_it_is() {
        for (index, kind) in LawKind::ALL.into_iter().enumerate() {
            let law = kind.law();
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            for other in &LawKind::ALL[..index] {
                assert_ne!(other.name(), kind.name());
                assert_ne!(other.short_label(), kind.short_label());
                assert_ne!(other.law().label(), law.label());
            }
            assert!(!kind.short_label().is_empty() && !law.formula().is_empty());
            let sourced = law.source().contains("arXiv");
            assert_eq!(
                sourced,
                kind != LawKind::OverfitGap,
                "{}: {}",
                kind.name(),
                law.source()
            );
            for (k, parameter) in law.parameters().iter().enumerate() {
                assert!(!parameter.meaning.is_empty() && !parameter.symbol.is_empty());
                assert!(parameter.bounds[0] < parameter.bounds[1]);
                assert!(law.parameters()[..k].iter().all(|other| other.name != parameter.name));
            }
        }
        // An exploratory form is no one's law.
        assert!(!LawKind::OverfitGap.law().source().contains("Kaplan"));
    }

    #[test]
    fn an_enormous_coefficient_does_not_overflow_a_modest_loss() {
        // 1e300 · (1e310-ish)^-1 style products pass through infinity or zero unless they are taken in logs.
        let value = power_term(1e300, 12.0, 1e25);
        assert!((value - 1.0).abs() < 1e-10, "{value}");
        assert_eq!(power_term(0.0, 0.3, 1e9), 0.0);
    }
}
