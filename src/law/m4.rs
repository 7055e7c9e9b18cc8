//! A power law between two plateaus:
//!
//! ```text
//! (L − E)/(E0 − L)^alpha = beta x^-c
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | x | what was scaled: C in FLOP, N in parameters or D in tokens | that of x | > 0 |
//! | L | held-out loss, between E and E0 | nats per token | |
//! | E | irreducible loss, where x is endless | nats per token | ≥ 0 |
//! | E0 | loss of a random guess, where x is nothing; greater than E | nats per token | ≥ 0 |
//! | alpha | how gently the upper plateau is left; 0 is none, a power law with a floor | 1 | 0 to 10 |
//! | beta | scale of the right-hand side | (nats per token)^(1 − alpha) · (unit of x)^c | ≥ 0 |
//! | c | exponent of the lower end | 1 | 0 to 10 |
//!
//! The loss is the one root of h(t) = ln σ(t) − alpha ln σ(−t) = ln beta − c ln x − (1 − alpha) ln(E0 − E), with σ the
//! logistic function and L = E + (E0 − E) σ(t). h rises with a slope between 1 and alpha and bends one way, so Newton's
//! method ends at the root from anywhere.
//!
//! Gradient, by the implicit function: with w = L − E, v = E0 − L and s = w v/(v + alpha w): ∂L/∂E0 = alpha s/v, ∂L/∂E =
//! 1 − alpha s/v, ∂L/∂alpha = s ln v, ∂L/∂beta = s/beta, ∂L/∂c = −s ln x.
//!
//! Source: Alabdulmohsin et al. 2022 (arXiv 2209.06640), form M4.
//!
//! Limits: E0 and alpha are known only where runs are so small that they have hardly learned; fix E0 at ln(vocabulary) if
//! there are none. No value where E0 ≤ E. For alpha = 0 there is no upper plateau and L may pass E0, so the loss
//! jumps there between alpha = 0 and alpha > 0.

use super::least_squares::line;
use super::logs::{logistic, softplus};
use super::{
    EXPONENT_BOUNDS, FLOOR, Inputs, Law, NON_NEGATIVE, Parameter, ParameterRole, StartData, Structure, combinations,
};

/// (L − E)/(E0 − L)^alpha = beta x^-c.
pub(super) struct M4;

/// Newton's steps. A handful do; the bound is for numbers that are none.
const STEPS: usize = 100;

/// w = L − E and v = E0 − L.
fn distances(theta: &[f64], x: f64) -> [f64; 2] {
    let &[floor, ceiling, alpha, beta, c] = theta else {
        unreachable!("five parameters")
    };
    let range = ceiling - floor;
    let ln_right = beta.ln() - c * x.ln();
    if range.is_nan() || range <= 0.0 {
        return [f64::NAN; 2];
    }
    if alpha == 0.0 {
        let w = ln_right.exp();
        return [w, range - w];
    }
    let target = ln_right - (1.0 - alpha) * range.ln();
    // The asymptotes of h are t below zero and alpha t above.
    let mut t = if target < 0.0 { target } else { target / alpha };
    for _ in 0..STEPS {
        let step = (alpha * softplus(t) - softplus(-t) - target) / (logistic(-t) + alpha * logistic(t));
        t -= step;
        if step.abs() <= 1e-14 * t.abs().max(1.0) {
            break;
        }
    }
    [range * logistic(t), range * logistic(-t)]
}

impl Law for M4 {
    fn name(&self) -> &str {
        "m4"
    }
    fn label(&self) -> &str {
        "M4 L(x): power law between two plateaus"
    }
    fn formula(&self) -> &str {
        "(L - E)/(E0 - L)^alpha = beta/x^c"
    }
    fn source(&self) -> &str {
        "Alabdulmohsin et al. 2022, arXiv 2209.06640, form M4"
    }

    fn limits(&self) -> &str {
        "E0 and alpha need runs that have hardly learned; without them hold E0 at ln(vocabulary)."
    }
    fn inputs(&self) -> Inputs<'_> {
        Inputs::One
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                FLOOR,
                Parameter::new(
                    "E0",
                    "E₀",
                    "loss of a random guess, nats per token",
                    ParameterRole::Shape,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "alpha",
                    "α",
                    "how gently the loss leaves that of a random guess",
                    ParameterRole::Shape,
                    EXPONENT_BOUNDS,
                ),
                Parameter::new(
                    "beta",
                    "β",
                    "scale of the reducible loss at x = 1",
                    ParameterRole::Coefficient { input: 0 },
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "c",
                    "c",
                    "how fast the reducible loss falls with x in the end",
                    ParameterRole::Exponent { input: 0 },
                    EXPONENT_BOUNDS,
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        theta[0] + distances(theta, x[0])[0]
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let [w, v] = distances(theta, x[0]);
        slopes(theta, x[0], w, v, out);
    }
    fn loss_and_gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) -> f64 {
        let [w, v] = distances(theta, x[0]);
        slopes(theta, x[0], w, v, out);
        theta[0] + w
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    /// For given E, E0 and alpha ln(L − E) − alpha ln(E0 − L) is a line in ln x.
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        let [lowest, highest] = data.losses();
        let lowest = lowest.max(0.0);
        combinations(&[
            &[0.0, 0.5, 0.8, 0.95],
            &[1.01, 1.1, 1.5, 3.0],
            &[0.03, 0.15, 0.4, 0.8, 1.5, 3.0],
        ])
        .into_iter()
        .filter_map(|values| {
            let &[share, above, alpha] = values.as_slice() else {
                return None;
            };
            let (floor, ceiling) = (share * lowest, above * highest);
            let points = data.x.iter().zip(data.loss).filter(|(_, loss)| **loss > floor);
            let transformed = |loss: f64| (loss - floor).ln() - alpha * (ceiling - loss).ln();
            let [ln_beta, slope] = line(points.map(|(x, loss)| [x[0].ln(), transformed(*loss)]))?;
            let (beta, c) = (ln_beta.exp(), -slope);
            (beta.is_finite() && beta > 0.0 && (0.0..=10.0).contains(&c)).then(|| vec![floor, ceiling, alpha, beta, c])
        })
        .collect()
    }
}

/// ∂L/∂θ.
fn slopes(theta: &[f64], x: f64, w: f64, v: f64, out: &mut [f64]) {
    let (alpha, beta) = (theta[2], theta[3]);
    let rest = v + alpha * w;
    let reach = if alpha == 0.0 { w } else { w * v / rest };
    out[1] = alpha * w / rest;
    out[0] = 1.0 - out[1];
    // At a plateau v ln v is nothing. Beyond E0, which alpha = 0 alone allows, there is no slope in alpha: the loss jumps.
    out[2] = if v > 0.0 { reach * v.ln() } else { 0.0 };
    out[3] = reach / beta;
    out[4] = -reach * x.ln();
}

#[cfg(test)]
mod tests {
    use super::super::{LawKind, Rows, checks};
    use super::*;

    const EXAMPLE: [f64; 5] = [1.2, 9.0, 0.7, 200.0, 0.3];

    #[test]
    fn gradient() {
        let x: [&[f64]; 4] = [&[10.0], &[1e5], &[1e9], &[1e14]];
        checks::gradient(&M4, &EXAMPLE, &x);
        checks::gradient(&M4, &[0.5, 4.0, 2.5, 3e3, 0.6], &x[1..3]);
    }

    #[test]
    fn the_root_solves_the_equation_everywhere() {
        for alpha in [1e-6, 0.01, 0.5, 1.0, 2.0, 10.0] {
            for x in [1e-30, 1.0, 1e6, 1e12, 1e30] {
                let theta = [1.2, 9.0, alpha, 200.0, 0.3];
                let [w, v] = distances(&theta, x);
                assert!(
                    (w + v - 7.8).abs() < 1e-12 && w >= 0.0 && v >= 0.0,
                    "{alpha} {x}: {w} {v}"
                );
                if w > 0.0 && v > 0.0 {
                    let left = w.ln() - alpha * v.ln();
                    let right = 200f64.ln() - 0.3 * x.ln();
                    assert!(
                        (left - right).abs() < 1e-11 * (1.0 + right.abs()),
                        "{alpha} {x}: {left} {right}"
                    );
                }
            }
        }
    }

    #[test]
    fn without_an_upper_plateau_it_is_the_power_law_with_a_floor() {
        let theta = [1.2, 900.0, 0.0, 200.0, 0.3];
        for x in [10.0, 1e5, 1e12] {
            let floor = LawKind::PowerFloor.law().loss(&[1.2, 200.0, 0.3], &[x]);
            checks::near(M4.loss(&theta, &[x]), floor, 1e-14);
            let nearly = [1.2, 900.0, 1e-9, 200.0, 0.3];
            checks::near(M4.loss(&nearly, &[x]), floor, 1e-7);
        }
    }

    #[test]
    fn plateaus() {
        checks::near(M4.loss(&EXAMPLE, &[1e-60]), 9.0, 1e-12);
        checks::near(M4.loss(&EXAMPLE, &[1e100]), 1.2, 1e-12);
        assert!(M4.loss(&[3.0, 2.0, 0.5, 1.0, 0.3], &[1e6]).is_nan());
    }

    #[test]
    fn starts() {
        let x: Rows = [[10.0], [1e3], [1e5], [1e7], [1e9]].into_iter().collect();
        checks::starts(&M4, &EXAMPLE, &x);
    }
}
