//! Least squares from far away: Levenberg and Marquardt's method.
//!
//! ```text
//! (JᵀJ + μ D) Δ = −Jᵀ r          D = the largest diagonal of JᵀJ met so far
//! ```
//!
//! The method of [`super::solver`] shortens its steps along the curvature that it sees. Where the law is nearly flat in some
//! parameters, as sums of exponentials are that have died away before the second observation, that leads nowhere. Damping
//! in each parameter's own units turns the step towards the gradient instead, and finds the way out.
//!
//! Where that is a long and bent valley, a walk may also solve for the parameters that are linear after every step: it then moves
//! along the bottom, in the others alone (Ruhe and Wedin 1980, doi:10.1137/1022057).
//!
//! Sources: Marquardt 1963, doi:10.1137/0111030; Moré 1978 for D; Nielsen 1999 for μ. Limits: no bounds are learned from;
//! steps are cut at them. [`super::polish`] has the last digits.

use super::general::General;
use super::model::Model;
use super::screen::complete;
use nalgebra::{Cholesky, DMatrix, DVector};

/// Steps at most.
const STEPS: usize = 1000;
/// First damping, in units of D.
const FIRST: f64 = 1e-3;
/// Damping beyond which no step is left.
const MOST: f64 = 1e20;
/// A relative gain below this many steps in a row is the end.
const GAIN: f64 = 1e-13;
const PATIENCE: usize = 5;

/// What a walk does with parameters that are linear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Linear {
    /// They move like any other.
    Moved,
    /// They are solved for after every step.
    Solved,
}

/// Goes downhill from `u`.
pub(super) fn walk(model: &Model, general: &General, u: &[f64], linear: Linear) -> Vec<f64> {
    let solved = |u: &[f64]| {
        (linear == Linear::Solved)
            .then(|| complete(model, general, u, &[]))
            .flatten()
    };
    let mut here = solved(u).unwrap_or_else(|| u.to_vec());
    let mut value = model.value(&here);
    let (mut damping, mut growth) = (FIRST, 2.0);
    let mut scale = DVector::<f64>::zeros(here.len());
    let mut idle = 0;
    for _ in 0..STEPS {
        if !value.is_finite() || idle >= PATIENCE || damping > MOST {
            break;
        }
        // Huber's δ of infinity leaves the squares.
        let local = general.evaluate(model, &here, f64::INFINITY, false);
        for (scale, k) in scale.iter_mut().zip(0..) {
            *scale = scale.max(local.reweighted[(k, k)]);
        }
        loop {
            let damped = &local.reweighted + DMatrix::from_diagonal(&(damping * &scale));
            let step = Cholesky::new(damped).map(|c| c.solve(&-&local.gradient));
            let moved: Option<Vec<f64>> = step.map(|step| {
                let bounded = here.iter().zip(step.iter()).zip(&model.bounds);
                bounded
                    .map(|((u, step), [low, high])| (u + step).clamp(*low, *high))
                    .collect()
            });
            let there = moved.map(|stepped| {
                let moved = solved(&stepped).unwrap_or_else(|| stepped.clone());
                (model.value(&moved), moved, stepped)
            });
            if let Some((lower, moved, stepped)) = there.filter(|(there, ..)| *there < value) {
                // What is solved for afterwards was not promised.
                let taken = DVector::from_iterator(here.len(), stepped.iter().zip(&here).map(|(a, b)| a - b));
                // Twice the promise: values are sums of squares, the model is of half of them.
                let promised = -2.0 * local.gradient.dot(&taken) - taken.dot(&(&local.reweighted * &taken));
                let ratio = (value - lower) / promised;
                idle = if value - lower <= GAIN * value { idle + 1 } else { 0 };
                damping *= (1.0 - (2.0 * ratio - 1.0).powi(3)).clamp(1.0 / 3.0, 2.0);
                growth = 2.0;
                (here, value) = (moved, lower);
                break;
            }
            damping *= growth;
            growth *= 2.0;
            if damping.is_nan() || damping > MOST {
                break;
            }
        }
    }
    here
}
