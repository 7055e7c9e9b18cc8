//! A law spelled out in steps that any language has, in the grammar of formulas.
//!
//! Most laws are one step, their own formula. Those that are not a formula of their variables, or one that overflows on the way,
//! are a few: what they set, and once a fixed number of Newton's steps. From here a law goes into other languages, and a test holds
//! every recipe to the law itself.

use super::formula::Formula;
use super::{LawChoice, LawKind};

/// One step: `name = formula`, done `times` over.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it sets.
    pub name: &'static str,
    /// To what; names are variables, parameters and earlier steps.
    pub formula: Formula,
    /// How often; more than once where it refines itself.
    pub times: usize,
}

/// Steps, of which the last is the law's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// In order.
    pub steps: Vec<Step>,
}

/// ln(1 + e^t) without overflow.
const SOFTPLUS: &str = "(max(t, 0) + log(1 + exp(-abs(t))))";
/// ln(1 + e^-t).
const SOFTPLUS_OF_MINUS: &str = "(max(-t, 0) + log(1 + exp(-abs(t))))";
/// As many as the law itself takes at most.
const NEWTON: usize = 100;

impl Recipe {
    /// Of a law with these parameters; they decide which of two recipes holds where a law has a case apart. `None` for a law of
    /// several groups.
    pub fn of(law: &LawChoice, theta: &[f64]) -> Option<Self> {
        let kind = match law {
            LawChoice::Grouped(_) => return None,
            LawChoice::Formula(formula) => {
                let step = Step {
                    name: "value",
                    formula: formula.clone(),
                    times: 1,
                };
                return Some(Self { steps: vec![step] });
            }
            LawChoice::Built(kind) => *kind,
        };
        let steps = match kind {
            LawKind::M4 => m4(theta),
            LawKind::Bnsl => vec![
                ("t", "log(x/d1)/f1".to_owned(), 1),
                ("value", format!("a + b*exp(-c0*log(x) - c1*f1*{SOFTPLUS})"), 1),
            ],
            LawKind::DataConstrained => vec![
                ("U_D", "min(D, U)".to_owned(), 1),
                (
                    "U_N",
                    "min(N, (alpha*A/(beta*B))^(1/alpha)*U_D^(beta/alpha))".to_owned(),
                    1,
                ),
                ("D_eff", "U_D*(1 + R_D*(1 - exp(-(D/U_D - 1)/R_D)))".to_owned(), 1),
                ("N_eff", "U_N*(1 + R_N*(1 - exp(-(N/U_N - 1)/R_N)))".to_owned(), 1),
                ("value", "E + A/N_eff^alpha + B/D_eff^beta".to_owned(), 1),
            ],
            _ => vec![("value", kind.law().formula().to_owned(), 1)],
        };
        let step = |(name, text, times): (&'static str, String, usize)| {
            let formula = Formula::parse(&text).ok()?;
            Some(Step { name, formula, times })
        };
        let steps = steps.into_iter().map(step).collect::<Option<_>>()?;
        Some(Self { steps })
    }

    /// The law's value where `value` gives variables and parameters.
    pub fn value(&self, value: impl Fn(&str) -> f64) -> f64 {
        let mut set: Vec<(&str, f64)> = vec![];
        for step in &self.steps {
            for _ in 0..step.times {
                let known = |name: &str| set.iter().rev().find(|(known, _)| *known == name).map(|(_, v)| *v);
                let result = step.formula.evaluate(|name| known(name).unwrap_or_else(|| value(name)));
                set.push((step.name, result));
            }
        }
        set.last().map_or(f64::NAN, |(_, value)| *value)
    }
}

/// The logistic curve between the plateaus; without an upper one, a power law with a floor.
fn m4(theta: &[f64]) -> Vec<(&'static str, String, usize)> {
    if theta.get(2) == Some(&0.0) || theta.get(3) == Some(&0.0) {
        return vec![("value", "E + beta/x^c".to_owned(), 1)];
    }
    vec![
        ("target", "log(beta) - c*log(x) - (1 - alpha)*log(E0 - E)".to_owned(), 1),
        ("t", "min(target, 0) + max(target, 0)/alpha".to_owned(), 1),
        (
            "t",
            format!(
                "t - (alpha*{SOFTPLUS} - {SOFTPLUS_OF_MINUS} - target)/(exp(-{SOFTPLUS}) + alpha*exp(-{SOFTPLUS_OF_MINUS}))"
            ),
            NEWTON,
        ),
        ("value", format!("E + (E0 - E)*exp(-{SOFTPLUS_OF_MINUS})"), 1),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plausible θ of every law.
    fn theta(kind: LawKind) -> Vec<f64> {
        match kind {
            LawKind::Power => vec![30.0, 0.06],
            LawKind::PowerFloor => vec![1.7, 30.0, 0.08],
            LawKind::Chinchilla => vec![1.8172, 482.01, 2085.43, 0.3478, 0.3658],
            LawKind::ChinchillaTied => vec![1.87, 520.8, 1487.7, 0.3527],
            LawKind::KaplanNd => vec![6.4e13, 1.8e13, 0.076, 0.103],
            LawKind::KaplanNs => vec![6.5e13, 2100.0, 0.077, 0.76],
            LawKind::DataConstrained => vec![1.87, 520.8, 1487.7, 0.3527, 0.3527, 15.39, 5.31],
            LawKind::OverfitGap => vec![0.4, 0.3],
            LawKind::M3 => vec![9.0, 1e-9, 0.2],
            LawKind::M4 => vec![1.7, 10.8, 0.7, 400.0, 0.2],
            LawKind::Bnsl => vec![0.41, 2.28, 0.055, 5.66, 612.6, 0.059],
            LawKind::Skaling => vec![1.8, 482.0, 2085.0, 0.6, 0.7, 0.5],
            LawKind::Farseer => vec![-0.124, 0.424, 0.123, 88.01, -6.287, -0.1, -0.021, -0.091, 0.169],
        }
    }

    #[test]
    fn every_recipe_is_the_law() {
        for kind in LawKind::ALL {
            let (law, theta) = (kind.law(), theta(kind));
            let recipe = Recipe::of(&kind.into(), &theta).unwrap_or_else(|| panic!("{}", kind.name()));
            let inputs = law.inputs();
            for scale in [1.0, 37.0, 4100.0] {
                let x: Vec<f64> = (0..inputs.count()).map(|i| scale * [3e7, 8e9, 2e9][i]).collect();
                let value = |name: &str| {
                    let parameter = law.parameters().iter().position(|p| p.name == name);
                    let variable = (0..x.len()).find(|i| inputs.symbol(*i) == name);
                    match (parameter, variable) {
                        (Some(k), _) => theta[k],
                        (None, Some(i)) => x[i],
                        (None, None) => panic!("{}: {name}", kind.name()),
                    }
                };
                let (ours, direct) = (recipe.value(value), law.loss(&theta, &x));
                assert!((ours / direct - 1.0).abs() < 1e-12, "{} {ours} {direct}", kind.name());
            }
        }
    }

    #[test]
    fn a_single_plateau_is_a_case_apart() {
        let theta = [1.7, 10.8, 0.0, 400.0, 0.2];
        let recipe = Recipe::of(&LawKind::M4.into(), &theta).unwrap();
        let value = |name: &str| match name {
            "E" => 1.7,
            "beta" => 400.0,
            "c" => 0.2,
            _ => 1e12,
        };
        assert!((recipe.value(value) - LawKind::M4.law().loss(&theta, &[1e12])).abs() < 1e-12);
    }
}
