//! Power laws of one variable:
//!
//! ```text
//! power        L(x) = A x^-alpha
//! power-floor  L(x) = E + A x^-alpha
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | x | what was scaled: C in FLOP, N in parameters or D in tokens | that of x | > 0 |
//! | L | held-out loss | nats per token | |
//! | E | irreducible loss: what no amount of x removes | nats per token | ≥ 0 |
//! | A | reducible loss at x = 1; all of it without a floor | nats per token · (unit of x)^alpha | ≥ 0 |
//! | alpha | slope of ln(L − E) against −ln x | 1 | 0 to 10 |
//!
//! Gradient: ∂L/∂E = 1, ∂L/∂A = x^-alpha, ∂L/∂alpha = −A x^-alpha ln x.
//!
//! Sources: Kaplan et al. 2020 (arXiv 2001.08361), eqs. 1.1–1.3, which write (x_c/x)^alpha, that is A = x_c^alpha;
//! the floor as in Henighan et al. 2020 (arXiv 2010.14701), eq. 1.1.
//!
//! Limits: without a floor the slope that comes out depends on the range of x, so the plain form is for interpolation.
//! x must be the only thing that limits the loss: a family trained on one fixed token count saturates at B D^-beta, and
//! E swallows it.

use super::{EXPONENT_BOUNDS, FLOOR, Inputs, Law, NON_NEGATIVE, Parameter, ParameterRole, PowerTerm, Structure};

const COEFFICIENT: Parameter = Parameter::new(
    "A",
    "A",
    "reducible loss at x = 1, nats per token",
    ParameterRole::Coefficient { input: 0 },
    NON_NEGATIVE,
);

const EXPONENT: Parameter = Parameter::new(
    "alpha",
    "α",
    "how fast the reducible loss falls with x",
    ParameterRole::Exponent { input: 0 },
    EXPONENT_BOUNDS,
);

/// L = A x^-alpha.
pub(super) struct Power;

impl Law for Power {
    fn name(&self) -> &str {
        "power"
    }
    fn label(&self) -> &str {
        "Power law L(x)"
    }
    fn formula(&self) -> &str {
        "A/x^alpha"
    }
    fn source(&self) -> &str {
        "Kaplan et al. 2020, arXiv 2001.08361, eqs. 1.1–1.3"
    }

    fn limits(&self) -> &str {
        "The slope depends on the range of x: for interpolation."
    }
    fn inputs(&self) -> Inputs<'_> {
        Inputs::One
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                Parameter::new(
                    "A",
                    "A",
                    "loss at x = 1, nats per token",
                    ParameterRole::Coefficient { input: 0 },
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "alpha",
                    "α",
                    "how fast the loss falls with x",
                    ParameterRole::Exponent { input: 0 },
                    EXPONENT_BOUNDS,
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        super::power_term(theta[0], theta[1], x[0])
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        out[0] = super::power_term(1.0, theta[1], x[0]);
        out[1] = -self.loss(theta, x) * x[0].ln();
    }
    fn structure(&self) -> Structure {
        const TERMS: &[PowerTerm] = &[PowerTerm {
            coefficient: 0,
            exponent: 1,
            input: 0,
        }];
        Structure::SumOfPowers {
            floor: None,
            terms: TERMS,
        }
    }
}

/// L = E + A x^-alpha.
pub(super) struct PowerFloor;

impl Law for PowerFloor {
    fn name(&self) -> &str {
        "power-floor"
    }
    fn label(&self) -> &str {
        "Power law with a floor L(x)"
    }
    fn formula(&self) -> &str {
        "E + A/x^alpha"
    }
    fn source(&self) -> &str {
        "Henighan et al. 2020, arXiv 2010.14701, eq. 1.1"
    }

    fn limits(&self) -> &str {
        "x must be the only thing that limits the loss; E swallows what else does."
    }
    fn inputs(&self) -> Inputs<'_> {
        Inputs::One
    }
    fn parameters(&self) -> &[Parameter] {
        const { &[FLOOR, COEFFICIENT, EXPONENT] }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        theta[0] + super::power_term(theta[1], theta[2], x[0])
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        out[0] = 1.0;
        out[1] = super::power_term(1.0, theta[2], x[0]);
        out[2] = -super::power_term(theta[1], theta[2], x[0]) * x[0].ln();
    }
    fn structure(&self) -> Structure {
        const TERMS: &[PowerTerm] = &[PowerTerm {
            coefficient: 1,
            exponent: 2,
            input: 0,
        }];
        Structure::SumOfPowers {
            floor: Some(0),
            terms: TERMS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kaplans_compute_law_in_its_own_constants() {
        // L = (C_c/C)^0.050 with C_c = 3.1e8 PF-days: a loss of 1 at C = C_c, and 2^-0.05 of it at twice that.
        let scale: f64 = 3.1e8;
        let theta = [scale.powf(0.05), 0.05];
        assert!((Power.loss(&theta, &[scale]) - 1.0).abs() < 1e-12);
        assert!((Power.loss(&theta, &[2.0 * scale]) - 0.965_936_328_9).abs() < 1e-9);
    }

    #[test]
    fn the_floor_is_what_remains() {
        assert!((PowerFloor.loss(&[1.69, 400.0, 0.34], &[1e60]) - 1.69).abs() < 1e-12);
    }
}
