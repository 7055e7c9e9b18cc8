//! An exploratory power law of the generalisation gap:
//!
//! ```text
//! L_test − L_train = K (N/D)^kappa
//! ```
//!
//! | symbol | meaning | unit | range |
//! |---|---|---|---|
//! | N, D | parameters, training tokens | 1, tokens | > 0 |
//! | L_test, L_train | held-out loss and training loss of the same checkpoint | nats per token | |
//! | K | the gap of a model with a parameter per token | nats per token | ≥ 0 |
//! | kappa | how fast the gap grows with N/D | 1 | −10 to 10 |
//!
//! Gradient: ∂/∂K = (N/D)^kappa, ∂/∂kappa = K (N/D)^kappa ln(N/D).
//!
//! Source: none. The form is a common heuristic. It is not in Kaplan et al. 2020, whose penalty compares held-out losses of
//! early-stopped models and depends on N^(alpha_N/alpha_D)/D; that one is `kaplan.rs`. Nor is it in Hoffmann et al. 2022.
//!
//! Limits: exploratory. N/D is an assumption that no study supports as such, and the gap depends on dropout, schedule and
//! epochs too. In log space only runs with a positive gap can take part, which favours the ones that overfit.

use super::least_squares::line;
use super::{Inputs, Law, NON_NEGATIVE, PARAMS_AND_TOKENS, Parameter, ParameterRole, Response, StartData, Structure};

/// L_test − L_train = K (N/D)^kappa.
pub(super) struct OverfitGap;

impl Law for OverfitGap {
    fn name(&self) -> &str {
        "overfit-gap"
    }
    fn label(&self) -> &str {
        "Generalisation gap (exploratory)"
    }
    fn formula(&self) -> &str {
        "K*(N/D)^kappa"
    }
    fn source(&self) -> &str {
        "No publication: an exploratory form for L_test − L_train"
    }

    fn limits(&self) -> &str {
        "Exploratory. The gap depends on dropout, schedule and epochs too; in log space only runs with a positive gap take part."
    }
    fn inputs(&self) -> Inputs<'_> {
        PARAMS_AND_TOKENS
    }
    fn response(&self) -> Response {
        Response::Gap
    }
    fn parameters(&self) -> &[Parameter] {
        const {
            &[
                Parameter::new(
                    "K",
                    "K",
                    "gap of a model with one parameter per token, nats per token",
                    ParameterRole::Scale,
                    NON_NEGATIVE,
                ),
                Parameter::new(
                    "kappa",
                    "κ",
                    "how fast the gap grows with N/D",
                    ParameterRole::Shape,
                    [-10.0, 10.0],
                ),
            ]
        }
    }
    fn loss(&self, theta: &[f64], x: &[f64]) -> f64 {
        (theta[0].ln() + theta[1] * (x[0] / x[1]).ln()).exp()
    }
    fn gradient(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        let ln_ratio = (x[0] / x[1]).ln();
        out[0] = (theta[1] * ln_ratio).exp();
        out[1] = self.loss(theta, x) * ln_ratio;
    }
    fn structure(&self) -> Structure {
        Structure::General
    }
    /// The line through ln gap against ln(N/D), and two slopes beside it for where gaps of zero and less were left out.
    fn starts(&self, data: &StartData<'_>) -> Vec<Vec<f64>> {
        let points = data.x.iter().zip(data.loss).filter(|(_, gap)| **gap > 0.0);
        let points = points.map(|(x, gap)| [(x[0] / x[1]).ln(), gap.ln()]);
        let count = points.clone().count();
        if count == 0 {
            return vec![];
        }
        let mean = |k: usize| points.clone().map(|point| point[k]).sum::<f64>() / count as f64;
        let slopes = line(points.clone())
            .map(|[_, slope]| slope)
            .into_iter()
            .chain([0.3, 1.0]);
        let (ratio, gap) = (mean(0), mean(1));
        slopes
            .map(|slope| slope.clamp(-10.0, 10.0))
            .map(|slope| vec![(gap - slope * ratio).exp(), slope])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rows, checks};
    use super::*;

    const EXAMPLE: [f64; 2] = [0.8, 0.6];

    #[test]
    fn gradient() {
        checks::gradient(&OverfitGap, &EXAMPLE, &[&[1e6, 2e7], &[3.3e9, 5e8], &[7e11, 1e10]]);
        checks::gradient(&OverfitGap, &[0.8, -0.2], &[&[1e6, 2e7]]);
    }

    #[test]
    fn a_parameter_per_token_has_the_gap_k_and_the_line_finds_it() {
        checks::near(OverfitGap.loss(&EXAMPLE, &[1e8, 1e8]), 0.8, 1e-15);
        let x: Rows = [[1e6, 2e7], [3.3e9, 5e8], [7e11, 1e10]].into_iter().collect();
        checks::starts(&OverfitGap, &EXAMPLE, &x);
        let loss: Vec<f64> = x.iter().map(|x| OverfitGap.loss(&EXAMPLE, x)).collect();
        let first = &OverfitGap.starts(&StartData { x: &x, loss: &loss })[0];
        checks::near(first[0], 0.8, 1e-10);
        checks::near(first[1], 0.6, 1e-10);
    }

    #[test]
    fn gaps_below_zero_leave_no_start() {
        let x: Rows = [[1e6, 2e7], [3.3e9, 5e8]].into_iter().collect();
        let none = OverfitGap.starts(&StartData {
            x: &x,
            loss: &[-0.1, 0.0],
        });
        assert!(none.is_empty());
    }
}
