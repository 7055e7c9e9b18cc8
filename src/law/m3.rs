//! A power law that saturates by a shift of 1/x:
//!
//! ```text
//! L(x) = beta (1/x + gamma)^c
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | x | what was scaled: C in FLOP, N in parameters or D in tokens | that of x | > 0 |
//! | L | held-out loss | nats per token | |
//! | beta | scale of the loss: its value where 1/x + gamma is 1 | nats per token · (unit of x)^c | ≥ 0 |
//! | gamma | 1/gamma is the x at which the fall levels off; the floor is beta gamma^c | 1/(unit of x) | ≥ 0 |
//! | c | exponent far below 1/gamma | 1 | 0 to 10 |
//!
//! Gradient, with z = ln(1/x + gamma): ∂L/∂beta = e^(c z), ∂L/∂gamma = c L e^-z, ∂L/∂c = L z.
//!
//! Source: Alabdulmohsin et al. 2022 (arXiv 2209.06640), form M3.
//!
//! Limits: floor and bend are one parameter: the loss cannot level off late at a high floor. gamma = 0 is the plain power
//! law, and where no run has levelled off gamma is known only from above.

use super::least_squares::line;
use super::{EXPONENT_BOUNDS, Inputs, Law, NON_NEGATIVE, Parameter, ParameterRole, StartData, Structure};

/// L = beta (1/x + gamma)^c.
pub(super) struct M3;

impl Law for M3 {
    fn name(&self) -> &str {
        "m3"
    }
    fn label(&self) -> &str {
        "M3 L(x): shifted power law"
    }
    fn formula(&self) -> &str {
        "beta*(1/x + gamma)^c"
    }
    fn source(&self) -> &str {
        "Alabdulmohsin et al. 2022, arXiv 2209.06640, form M3"
    }

    fn limits(&self) -> &str {
        "Floor and bend are one parameter; where no run has levelled off, gamma is known only from above."
    }
    fn inputs(&self) -> Inputs<'_> {
        Inputs::One
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                Parameter::new(
                    "beta",
                    "β",
                    "scale of the loss, its value where 1/x + gamma is 1",
                    ParameterRole::Scale,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "gamma",
                    "γ",
                    "1 over the x at which the fall levels off",
                    ParameterRole::Scale,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "c",
                    "c",
                    "how fast the loss falls with x before it levels off",
                    ParameterRole::Exponent { input: 0 },
                    EXPONENT_BOUNDS,
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        (theta[0].ln() + theta[2] * (1.0 / x[0] + theta[1]).ln()).exp()
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let shifted = 1.0 / x[0] + theta[1];
        let loss = self.loss(theta, x);
        out[0] = (theta[2] * shifted.ln()).exp();
        out[1] = theta[2] * loss / shifted;
        out[2] = loss * shifted.ln();
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    /// For given gamma ln L is a line in ln(1/x + gamma).
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        let [low, high] = data.range(0);
        // Levelling off from a hundred times past the data back to their middle.
        [
            0.01 / high,
            0.1 / high,
            0.5 / high,
            2.0 / high,
            1.0 / (low.sqrt() * high.sqrt()),
        ]
        .into_iter()
        .filter_map(|gamma| {
            let points = data.x.iter().zip(data.loss).filter(|(_, loss)| **loss > 0.0);
            let [ln_beta, c] = line(points.map(|(x, loss)| [(1.0 / x[0] + gamma).ln(), loss.ln()]))?;
            let beta = ln_beta.exp();
            (beta.is_finite() && beta > 0.0).then(|| vec![beta, gamma, c.clamp(0.0, 10.0)])
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rows, checks};
    use super::*;

    const EXAMPLE: [f64; 3] = [60.0, 1e-11, 0.12];

    #[test]
    fn gradient() {
        checks::gradient(&M3, &EXAMPLE, &[&[1e6], &[1e11], &[1e15]]);
    }

    #[test]
    fn without_a_shift_it_is_the_power_law_and_without_limit_the_floor() {
        checks::near(M3.loss(&[60.0, 0.0, 0.12], &[1e9]), 60.0 * 1e9_f64.powf(-0.12), 1e-13);
        let floor = 60.0 * 1e-11_f64.powf(0.12);
        checks::near(M3.loss(&EXAMPLE, &[f64::INFINITY]), floor, 1e-13);
        checks::near(M3.loss(&EXAMPLE, &[1e11]), floor * 2f64.powf(0.12), 1e-13);
    }

    #[test]
    fn starts() {
        let x: Rows = [[1e9], [1e10], [1e11], [1e12], [1e13]].into_iter().collect();
        checks::starts(&M3, &EXAMPLE, &x);
    }
}
