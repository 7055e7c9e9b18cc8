//! From a start to the optimum: a damped Newton method in a box, with Huber's δ lowered step by step to its target.
//!
//! With δ = 1e-3 most residuals of a scaling law lie in the linear part of the penalty: the problem is nearly a median
//! regression, whose curvature sits in the few runs that the curve passes within δ. Starting there, Newton's method has
//! nothing to hold on to. So δ starts at the size of the residuals, where the problem is smooth, and falls by a constant
//! factor, each optimum being the start of the next (Madsen and Nielsen 1993, "A finite smoothing algorithm for linear
//! l1 estimation", doi:10.1137/0803010, for the linear case).
//!
//! A step solves (H + μ M) Δ = −g with H the generalised Hessian and M the matrix of iteratively reweighted least
//! squares: Newton's step for small μ, a shortened reweighted step, which always descends, for large. μ follows the
//! ratio of actual to predicted reduction (Nielsen 1999). Bounds are kept by an active set within the step.
//!
//! The optimum is recognised by cancellation: every component of the gradient is a sum over runs, and at the optimum it
//! is a tiny fraction of the sum of their sizes. That needs no units. For absolute residuals the same number is
//! the subgradient test: runs within δ → 0 of the curve contribute a multiplier r/δ in [−1, 1].

use super::{ObjectiveKind, Stopped, model::Local, model::Model};
use nalgebra::{Cholesky, DMatrix, DVector};

/// Uncancelled fraction of the gradient at which there is nothing left to gain.
const EXACT: f64 = 1e-12;
/// At most this much when progress has stopped: an optimum of a smooth objective.
const OPTIMAL: f64 = 1e-8;
/// At most this much when progress has stopped: an optimum at a kink, to the resolution of δ.
const OPTIMAL_AT_KINK: f64 = 1e-5;
/// Enough on the way to the target δ.
const ON_THE_WAY: f64 = 1e-3;
/// Steps at the target δ, and at each δ before it.
const STEPS: usize = 200;
const STEPS_ON_THE_WAY: usize = 12;
/// δ falls by this factor.
const SHRINK: f64 = 0.2;
/// δ of absolute residuals, as a fraction of the mean residual.
const ABSOLUTE_DELTA: f64 = 1e-8;

/// Where a search ended.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// Coordinates.
    pub(super) u: Vec<f64>,
    /// F as the user chose it.
    pub(super) value: f64,
    /// Why it ended.
    pub(super) stopped: Stopped,
}

/// Minimises the model's objective from `start`.
pub(super) fn descend(model: &Model, start: Vec<f64>) -> Outcome {
    let mut u = start;
    let mut stopped = Stopped::Gradient;
    let spread = model.mean_residual(&u);
    let (target, mut delta) = match model.objective.kind {
        ObjectiveKind::Squared => (f64::INFINITY, f64::INFINITY),
        ObjectiveKind::Huber => (model.objective.delta, spread.max(model.objective.delta)),
        ObjectiveKind::Absolute => {
            // How small δ must be is known only near the optimum.
            newton(model, &mut u, spread, ON_THE_WAY, STEPS_ON_THE_WAY);
            let spread = model.mean_residual(&u);
            ((ABSOLUTE_DELTA * spread).max(1e-14), spread.max(1e-14))
        }
    };
    if !delta.is_finite() && target.is_finite() {
        // A start where the law itself is infinite: nothing to search from.
        stopped = Stopped::Iterations;
    }
    while stopped != Stopped::Iterations && delta > target {
        newton(model, &mut u, delta, ON_THE_WAY, STEPS_ON_THE_WAY);
        delta = (delta * SHRINK).max(target);
    }
    if stopped != Stopped::Iterations {
        stopped = newton(model, &mut u, target, EXACT, STEPS);
    }
    if model.objective.kind == ObjectiveKind::Absolute && stopped == Stopped::Gradient {
        stopped = Stopped::Objective;
    }
    Outcome {
        value: model.value(&u),
        u,
        stopped,
    }
}

/// Minimises F at one δ, in place.
fn newton(model: &Model, u: &mut Vec<f64>, delta: f64, tolerance: f64, steps: usize) -> Stopped {
    let mut here = model.evaluate(u, delta);
    if !here.value.is_finite() {
        return Stopped::Iterations;
    }
    let rounding = model.rounding(delta);
    let (mut damping, mut growth) = (0.0_f64, 4.0);
    for _ in 0..steps {
        let uncancelled = uncancelled(model, u, &here);
        if uncancelled <= tolerance || here.value <= rounding {
            return Stopped::Gradient;
        }
        let step = box_step(model, u, &here, damping);
        let predicted = step.as_ref().map_or(0.0, |step| {
            -(here.gradient.dot(step) + 0.5 * step.dot(&(&here.hessian * step)))
        });
        let Some(step) = step.filter(|_| predicted > 0.0) else {
            // Not convex here. Without damping to raise further there is no descent left at this precision.
            if damping > 1e12 {
                return verdict(uncancelled);
            }
            damping = (damping * growth).max(1e-3);
            growth *= 2.0;
            continue;
        };
        let tried: Vec<f64> = u
            .iter()
            .zip(step.iter())
            .zip(&model.bounds)
            .map(|((u, step), [low, high])| (u + step).clamp(*low, *high))
            .collect();
        let there = model.evaluate(&tried, delta);
        let gained = here.value - there.value;
        if predicted <= 1e-14 * here.value {
            // Below the resolution of F the gradient decides: one more full step if it helps, else this is the end.
            if self::uncancelled(model, &tried, &there) < 0.5 * uncancelled {
                *u = tried;
                here = there;
                damping = 0.0;
                continue;
            }
            return verdict(uncancelled);
        }
        let ratio = gained / predicted;
        if ratio > 1e-4 {
            *u = tried;
            here = there;
            growth = 4.0;
            damping = if ratio > 0.75 {
                if damping < 1e-6 { 0.0 } else { damping * 0.1 }
            } else if ratio < 0.25 {
                (damping * 2.0).max(1e-3)
            } else {
                damping
            };
        } else {
            if damping > 1e12 {
                return verdict(uncancelled);
            }
            damping = (damping * growth).max(1e-3);
            growth *= 2.0;
        }
    }
    Stopped::Iterations
}

/// What the end of progress means at this gradient.
fn verdict(uncancelled: f64) -> Stopped {
    if uncancelled <= OPTIMAL {
        Stopped::Gradient
    } else if uncancelled <= OPTIMAL_AT_KINK {
        Stopped::Objective
    } else {
        Stopped::Iterations
    }
}

/// A coordinate at its bound that the gradient holds there.
fn held(model: &Model, u: &[f64], gradient: &DVector<f64>, k: usize) -> bool {
    let [low, high] = model.bounds[k];
    (u[k] <= low && gradient[k] >= 0.0) || (u[k] >= high && gradient[k] <= 0.0)
}

/// The largest fraction of a gradient component that the runs do not cancel, over the coordinates free to move.
fn uncancelled(model: &Model, u: &[f64], local: &Local) -> f64 {
    (0..u.len())
        .filter(|&k| local.turnover[k] > 0.0 && !held(model, u, &local.gradient, k))
        .map(|k| local.gradient[k].abs() / local.turnover[k])
        .fold(0.0, f64::max)
}

/// Δ that minimises gᵀΔ + Δᵀ(H + μM)Δ/2 within the bounds, to the accuracy of a greedy active set; `None` where the
/// matrix is not positive definite.
fn box_step(model: &Model, u: &[f64], local: &Local, damping: f64) -> Option<DVector<f64>> {
    let n = u.len();
    let mut matrix = &local.hessian + damping * &local.reweighted;
    for k in 0..n {
        // A coordinate that no run feels any more must not stop the others.
        matrix[(k, k)] += 1e-15 * local.reweighted[(k, k)] + f64::MIN_POSITIVE;
    }
    let mut step = DVector::zeros(n);
    let mut free: Vec<usize> = (0..n).filter(|&k| !held(model, u, &local.gradient, k)).collect();
    while !free.is_empty() {
        let m = free.len();
        let sub = DMatrix::from_fn(m, m, |i, j| matrix[(free[i], free[j])]);
        let towards = DVector::from_fn(m, |i, _| {
            let k = free[i];
            let moved: f64 = (0..n)
                .filter(|j| !free.contains(j))
                .map(|j| matrix[(k, j)] * step[j])
                .sum();
            -local.gradient[k] - moved
        });
        let solved = Cholesky::new(sub)?.solve(&towards);
        let mut hit = vec![];
        for (i, &k) in free.iter().enumerate() {
            let [low, high] = model.bounds[k];
            let to = u[k] + solved[i];
            if !to.is_finite() {
                return None;
            }
            if to < low || to > high {
                step[k] = to.clamp(low, high) - u[k];
                hit.push(k);
            }
        }
        if hit.is_empty() {
            for (i, &k) in free.iter().enumerate() {
                step[k] = solved[i];
            }
            break;
        }
        free.retain(|k| !hit.contains(k));
    }
    Some(step)
}
