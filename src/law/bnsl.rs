//! A power law with one smooth break and a floor:
//!
//! ```text
//! y(x) = a + b x^-c0 (1 + (x/d1)^(1/f1))^(−c1 f1)
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | x | what was scaled: C in FLOP, N in parameters or D in tokens | that of x | > 0 |
//! | y | held-out loss, or another measure | nats per token | |
//! | a | what no amount of x removes | nats per token | ≥ 0 |
//! | b | y − a at x = 1, if that lies well before the break | nats per token · (unit of x)^c0 | ≥ 0 |
//! | c0 | slope of ln(y − a) against −ln x before the break; negative where y rises | 1 | −10 to 10 |
//! | c1 | by how much the slope changes: after the break it is c0 + c1 | 1 | −50 to 50 |
//! | d1 | where the break is | that of x | > 0 |
//! | f1 | how wide it is: 0 is a corner; most of the change lies within a factor of e^(±2 f1) of d1 | 1 | .001 to 100 |
//!
//! Gradient, with t = ln(x/d1)/f1, h = ln(1 + eᵗ), σ its slope and P = y − a: ∂y/∂a = 1, ∂y/∂b = P/b, ∂y/∂c0 = −P ln x,
//! ∂y/∂c1 = −P f1 h, ∂y/∂d1 = P c1 σ/d1, ∂y/∂f1 = −P c1 (h − t σ).
//!
//! Source: Caballero et al. 2022 (arXiv 2210.14891), eq. 1 with one break (n = 1).
//!
//! Limits: six parameters for one curve: with fewer than a dozen runs on either side of the break they trade against each
//! other. A break beyond the data cannot be foreseen by it.

use super::least_squares::two_terms;
use super::logs::{logistic, softplus};
use super::{Inputs, Law, NON_NEGATIVE, Parameter, ParameterRole, StartData, Structure, combinations};

/// y = a + b x^-c0 (1 + (x/d1)^(1/f1))^(−c1 f1).
pub(super) struct Bnsl;

const FIRST_SLOPE: [f64; 2] = [-10.0, 10.0];
const CHANGE: [f64; 2] = [-50.0, 50.0];
const WIDTH: [f64; 2] = [1e-3, 100.0];

/// ln of x^-c0 (1 + (x/d1)^(1/f1))^(−c1 f1), and t.
fn ln_shape(c0: f64, c1: f64, d1: f64, f1: f64, x: f64) -> (f64, f64) {
    let t = (x.ln() - d1.ln()) / f1;
    (-c0 * x.ln() - c1 * f1 * softplus(t), t)
}

impl Law for Bnsl {
    fn name(&self) -> &str {
        "bnsl"
    }
    fn label(&self) -> &str {
        "Broken neural scaling law, one break"
    }
    fn formula(&self) -> &str {
        "a + b*x^(-c0)*(1 + (x/d1)^(1/f1))^(-c1*f1)"
    }
    fn source(&self) -> &str {
        "Caballero et al. 2022, arXiv 2210.14891, eq. 1 with n = 1"
    }

    fn limits(&self) -> &str {
        "Needs a dozen runs on either side of the break; a break beyond the data cannot be foreseen."
    }
    fn inputs(&self) -> Inputs<'_> {
        Inputs::One
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                Parameter::new(
                    "a",
                    "a",
                    "what no amount of x removes",
                    ParameterRole::Floor,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "b",
                    "b",
                    "reducible loss at x = 1 by the slope before the break",
                    ParameterRole::Coefficient { input: 0 },
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "c0",
                    "c₀",
                    "how fast the reducible loss falls before the break",
                    ParameterRole::Shape,
                    FIRST_SLOPE,
                ),
                Parameter::new(
                    "c1",
                    "c₁",
                    "how much faster it falls after the break",
                    ParameterRole::Shape,
                    CHANGE,
                ),
                Parameter::new(
                    "d1",
                    "d₁",
                    "where the break is, in units of x",
                    ParameterRole::Scale,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "f1",
                    "f₁",
                    "how wide the break is; 0 is a corner",
                    ParameterRole::Scale,
                    WIDTH,
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        let (shape, _) = ln_shape(theta[2], theta[3], theta[4], theta[5], x[0]);
        theta[0] + (theta[1].ln() + shape).exp()
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let &[_, b, c0, c1, d1, f1] = theta else {
            unreachable!("six parameters")
        };
        let (shape, t) = ln_shape(c0, c1, d1, f1, x[0]);
        let reducible = (b.ln() + shape).exp();
        let (h, slope) = (softplus(t), logistic(t));
        out[0] = 1.0;
        out[1] = shape.exp();
        out[2] = -reducible * x[0].ln();
        out[3] = -reducible * f1 * h;
        out[4] = reducible * c1 * slope / d1;
        out[5] = -reducible * c1 * (h - t * slope);
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    /// For a given break y is linear in a and b.
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        let [low, high] = data.range(0).map(f64::ln);
        // A break at either end of the data, and between.
        let breaks = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95].map(|share| (low + share * (high - low)).exp());
        combinations(&[
            &[-0.1, 0.02, 0.08, 0.2, 0.5],
            &[-0.3, 0.1, 0.4, 1.5, 5.0],
            &breaks,
            &[0.06, 0.25, 1.0],
        ])
        .into_iter()
        .filter_map(|values| {
            let &[c0, c1, d1, f1] = values.as_slice() else {
                return None;
            };
            let rows = data.x.iter().zip(data.loss).filter(|(_, loss)| **loss > 0.0);
            let [a, b] = two_terms(rows.map(|(x, loss)| [1.0, ln_shape(c0, c1, d1, f1, x[0]).0.exp(), *loss]))?;
            Some(vec![a, b, c0, c1, d1, f1])
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LawKind, Rows, checks};
    use super::*;

    /// Four-digit addition, fitted to the first 14 of 17 sizes of the training set.
    const ADDITION: [f64; 6] = [0.413_885, 2.277_272, 0.055_077_4, 5.662_909, 612.583_7, 0.059_193_1];

    #[test]
    fn gradient() {
        checks::gradient(&Bnsl, &ADDITION, &[&[150.0], &[600.0], &[650.0], &[900.0]]);
        checks::gradient(&Bnsl, &[1.5, 80.0, -0.05, 0.4, 1e9, 0.8], &[&[1e6], &[1e9], &[1e13]]);
    }

    #[test]
    fn slopes_on_either_side_of_the_break() {
        let slope = |x: f64| {
            let y = |x: f64| (Bnsl.loss(&ADDITION, &[x]) - ADDITION[0]).ln();
            (y(x * 1.001) - y(x)) / 1.001_f64.ln()
        };
        checks::near(slope(100.0), -ADDITION[2], 1e-9);
        checks::near(slope(1e4), -ADDITION[2] - ADDITION[3], 1e-6);
        // At the break it is half way, and the factor is 2^(−c1 f1).
        let at = ADDITION[1] * 612.583_7_f64.powf(-ADDITION[2]) * 2f64.powf(-ADDITION[3] * ADDITION[5]);
        checks::near(Bnsl.loss(&ADDITION, &[612.583_7]), ADDITION[0] + at, 1e-13);
    }

    #[test]
    fn without_a_change_of_slope_it_is_the_power_law_with_a_floor() {
        let theta = [1.69, 400.0, 0.34, 0.0, 1e9, 0.5];
        for x in [1e6, 1e9, 1e14] {
            let floor = LawKind::PowerFloor.law().loss(&theta[..3], &[x]);
            checks::near(Bnsl.loss(&theta, &[x]), floor, 1e-14);
        }
    }

    #[test]
    fn starts() {
        let x: Rows = [[100.0], [200.0], [400.0], [600.0], [800.0], [1600.0]]
            .into_iter()
            .collect();
        checks::starts(&Bnsl, &ADDITION, &x);
    }
}
