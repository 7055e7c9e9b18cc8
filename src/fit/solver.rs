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
//! ratio of actual to predicted reduction (Nielsen 1999). A step that runs past kinks is cut where the first-order model
//! of the residuals is lowest along it. Bounds are kept by an active set within the step.
//!
//! Several starts of a sum of powers go down the sum of squares first ([`search_all`]), as nearly all of the time is spent on starts
//! that are far off, at a δ that is small for them.
//!
//! The optimum is recognised by an angle: every component of the gradient is a product of the residuals' pulls ψ(r) with
//! the derivatives ∂r/∂u, and at the optimum the cosine between the two is nothing (Moré 1978, MINPACK's gtol).
//! That needs no units. For absolute residuals the same number is the subgradient test: runs within δ → 0 of the
//! curve pull with a multiplier r/δ in [−1, 1]. Where a coordinate has no hold on the runs, such as the exponent of
//! a vanishing coefficient, the angle says nothing; there the optimum is where neither a full Newton step nor a
//! reweighted one promises a reduction that counts.

use super::marquardt::{self, Linear};
use super::{ObjectiveKind, Stopped, derivatives::Local, model::Form, model::Model, polish::polish};
use nalgebra::{Cholesky, DMatrix, DVector};
use rayon::prelude::*;

/// Cosine at which there is nothing left to gain.
const EXACT: f64 = 1e-12;
/// At most this much when progress has stopped: an optimum of a smooth objective.
const OPTIMAL: f64 = 1e-8;
/// At most this much when progress has stopped: an optimum at a kink, to the resolution of δ.
const OPTIMAL_AT_KINK: f64 = 1e-5;
/// Enough on the way to the target δ. Not less: at a small δ, a search that lags behind creeps along kinks.
const ON_THE_WAY: f64 = 1e-5;
/// Steps at the target δ, and at each δ before it.
const STEPS: usize = 200;
const STEPS_ON_THE_WAY: usize = 60;
/// δ falls by this factor.
const SHRINK: f64 = 0.2;
/// δ of absolute residuals, as a fraction of the mean residual, and at least: rounding of r must stay far below it.
const ABSOLUTE_DELTA: f64 = 1e-8;
const LEAST_DELTA: f64 = 1e-10;
/// Coordinates that differ by less than this fraction are one place.
const MET: f64 = 1e-3;
/// Damping that leaves a step a Newton step, and damping beyond which no step is left.
const SLIGHT: f64 = 1e-3;
const MOST: f64 = 1e12;

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

/// Where searches from several starts ended.
pub(super) struct Ends {
    /// One a start, in their order.
    pub(super) of_starts: Vec<Outcome>,
    /// Other valleys that were found on the way.
    pub(super) others: Vec<Outcome>,
}

/// Minimises the model's objective from every start. `tell` hears the share that is done and may end it all.
///
/// Of a sum of powers all starts go down the sum of squares first, which is smooth and has few valleys. Those that meet there
/// have one way before them, which is gone once: each of them ends where it ends. A start that was better than that is
/// followed by itself.
///
/// Of any other law a search through a large δ may come to one valley from everywhere, and not to the lowest: each start goes
/// straight down at the target δ as well, and ends at the lower of the two. `only_here` wants no other valley than that of the
/// one start, which says where every parameter begins.
pub(super) fn search_all<E>(
    model: &Model,
    starts: &[Vec<f64>],
    only_here: bool,
    tell: &mut dyn FnMut(f64) -> Result<(), E>,
) -> Result<Ends, E> {
    let general = matches!(model.form, Form::General(_));
    if starts.len() > 1 && !general {
        let of_starts = search_together(model, starts, tell)?;
        return Ok(Ends {
            of_starts,
            others: vec![],
        });
    }
    let two_ways = general && model.objective.kind == ObjectiveKind::Huber;
    if let ([start], true, true) = (starts, only_here, two_ways) {
        let end = straight(model, start.clone());
        if end.stopped != Stopped::Iterations {
            return Ok(Ends {
                of_starts: vec![end],
                others: vec![],
            });
        }
    }
    let mut ends = Ends {
        of_starts: vec![],
        others: vec![],
    };
    for some in starts.chunks(rayon::current_num_threads().max(1)) {
        tell(ends.of_starts.len() as f64 / starts.len() as f64)?;
        let found: Vec<(Outcome, Option<Outcome>)> = some
            .par_iter()
            .map(|start| {
                let end = search(model, start.clone());
                let other = (two_ways && starts.len() > 1).then(|| straight(model, start.clone()));
                (end, other.filter(|other| other.stopped != Stopped::Iterations))
            })
            .collect();
        for (end, other) in found {
            let (lower, higher) = match other {
                Some(other) if other.value < end.value => (other, Some(end)),
                other => (end, other),
            };
            ends.of_starts.push(lower);
            ends.others.extend(higher);
        }
    }
    Ok(ends)
}

/// Goes down from a start at the target δ of Huber's penalty, to the bottom of the valley that it lies in.
fn straight(model: &Model, start: Vec<f64>) -> Outcome {
    let mut u = within(model, start);
    let stopped = newton(model, &mut u, model.objective.delta, EXACT, STEPS);
    Outcome {
        value: model.value(&u),
        u,
        stopped,
    }
}

/// See [`search_all`].
fn search_together<E>(
    model: &Model,
    starts: &[Vec<f64>],
    tell: &mut dyn FnMut(f64) -> Result<(), E>,
) -> Result<Vec<Outcome>, E> {
    tell(0.0)?;
    let valleys: Vec<(f64, Vec<f64>)> = starts
        .par_iter()
        .map(|start| {
            let mut u = within(model, start.clone());
            newton(model, &mut u, f64::INFINITY, ON_THE_WAY, STEPS_ON_THE_WAY);
            (model.value(&u), u)
        })
        .collect();
    // For each start the first that came to the same place.
    let leader: Vec<usize> = (0..starts.len())
        .map(|i| {
            (0..i)
                .find(|&j| same_place(model, &valleys[i], &valleys[j]))
                .unwrap_or(i)
        })
        .collect();
    tell(0.4)?;
    let found: Vec<Option<Outcome>> = (0..starts.len())
        .into_par_iter()
        .map(|i| (leader[i] == i).then(|| descend(model, valleys[i].1.clone())))
        .collect();
    tell(0.8)?;
    Ok((0..starts.len())
        .into_par_iter()
        .map(|i| {
            let mut first = i;
            while leader[first] != first {
                first = leader[first];
            }
            let end = found[first].clone().expect("a leader was followed to its end");
            let began = model.value(&within(model, starts[i].clone()));
            if began < end.value || end.stopped == Stopped::Iterations {
                descend(model, starts[i].clone())
            } else {
                end
            }
        })
        .collect())
}

/// Whether two places at the bottom of the smooth problem are one.
fn same_place(model: &Model, a: &(f64, Vec<f64>), b: &(f64, Vec<f64>)) -> bool {
    let as_low = (a.0 - b.0).abs() <= 1e-6 * a.0.min(b.0) + model.negligible();
    as_low
        && a.1
            .iter()
            .zip(&b.1)
            .all(|(a, b)| (a - b).abs() <= MET * a.abs().max(b.abs()))
}

/// Starts know the law's bounds and not always the user's.
fn within(model: &Model, mut u: Vec<f64>) -> Vec<f64> {
    for (value, [low, high]) in u.iter_mut().zip(&model.bounds) {
        *value = value.clamp(*low, *high);
    }
    u
}

/// Minimises the model's objective from a start that may be far off.
pub(super) fn search(model: &Model, start: Vec<f64>) -> Outcome {
    let began = start.clone();
    let end = descend(model, start);
    let (ObjectiveKind::Squared, Form::General(general)) = (model.objective.kind, &model.form) else {
        return end;
    };
    // Newton's method and Marquardt's see different ways down, and one may end where the law is flat.
    let mut best = end;
    for linear in [Linear::Moved, Linear::Solved] {
        let lost = best.stopped == Stopped::Iterations;
        if linear == Linear::Solved && (!lost || general.law.linear().is_empty()) {
            break;
        }
        let walked = marquardt::walk(model, general, &began, linear);
        if lost || model.value(&walked) < (1.0 - 1e-6) * best.value {
            let other = descend(model, walked);
            if other.value < best.value {
                best = other;
            }
        }
    }
    best
}

/// Minimises the model's objective from `start`, going down from there and looking nowhere else.
pub(super) fn descend(model: &Model, start: Vec<f64>) -> Outcome {
    let mut u = within(model, start);
    let began = u.clone();
    let mut stopped = Stopped::Gradient;
    let spread = model.mean_residual(&u);
    let (target, mut delta) = match model.objective.kind {
        ObjectiveKind::Squared => (f64::INFINITY, f64::INFINITY),
        ObjectiveKind::Huber => (model.objective.delta, spread.max(model.objective.delta)),
        ObjectiveKind::Absolute | ObjectiveKind::Asymmetric => {
            // How small δ must be is known only near the optimum.
            newton(model, &mut u, spread, ON_THE_WAY, STEPS_ON_THE_WAY);
            let spread = model.mean_residual(&u);
            ((ABSOLUTE_DELTA * spread).max(LEAST_DELTA), spread.max(LEAST_DELTA))
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
    // On the way from a large δ the search may leave the valley it began in for a higher one.
    if model.value(&u) > model.value(&began) {
        u = began;
        stopped = newton(model, &mut u, target, EXACT, STEPS);
    }
    if model.objective.kind == ObjectiveKind::Squared
        && let Form::General(general) = &model.form
        && polish(model, general, &mut u).is_some_and(|measure| measure <= OPTIMAL)
    {
        stopped = Stopped::Gradient;
    }
    if model.objective.kinked() && stopped == Stopped::Gradient {
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
    let mut here = model.evaluate(u, delta, true);
    if !here.value.is_finite() {
        return Stopped::Iterations;
    }
    let rounding = model.rounding(delta);
    let (mut damping, mut growth) = (0.0_f64, 4.0);
    for _ in 0..steps {
        let cosine = largest_cosine(model, u, &here);
        if cosine <= tolerance || here.value <= rounding {
            return Stopped::Gradient;
        }
        let Some(Step { step, predicted, used }) = best_step(model, u, &here, damping) else {
            return verdict(cosine);
        };
        let mut tried = moved(model, u, &step, 1.0);
        let mut there = model.evaluate(&tried, delta, true);
        if predicted <= 1e-14 * here.value {
            // Below the resolution of F the gradient decides: one more full step if it helps, else this is the end.
            if largest_cosine(model, &tried, &there) < 0.5 * cosine {
                *u = tried;
                here = there;
                damping = 0.0;
                continue;
            }
            return if used <= SLIGHT && reweighted_promise(model, u, &here) <= OPTIMAL_AT_KINK.powi(2) * here.value {
                Stopped::Objective
            } else {
                verdict(cosine)
            };
        }
        let mut ratio = (here.value - there.value) / predicted;
        let mut shortened = false;
        if ratio < 0.25 && delta.is_finite() {
            // The step ran past a kink. The direction is still good, to where the first-order model of the residuals is lowest.
            let length = lowest_along(model, u, &step, delta);
            let tried_short = moved(model, u, &step, length);
            let there_short = model.evaluate(&tried_short, delta, true);
            if there_short.value < there.value && there_short.value < here.value {
                let promised = -length * here.gradient.dot(&step);
                ratio = (here.value - there_short.value) / promised;
                (tried, there) = (tried_short, there_short);
                shortened = true;
            }
        }
        if ratio > 1e-4 {
            *u = tried;
            here = there;
            growth = 4.0;
            damping = if shortened {
                used
            } else if ratio > 0.75 {
                if used < 1e-6 { 0.0 } else { used * 0.1 }
            } else if ratio < 0.25 {
                (used * 2.0).max(SLIGHT)
            } else {
                used
            };
        } else {
            if used > MOST {
                return verdict(cosine);
            }
            damping = (used * growth).max(SLIGHT);
            growth *= 2.0;
        }
    }
    Stopped::Iterations
}

/// What a reweighted step promises. A Newton step sees no further than the kinks around it, this one as far as the residuals.
fn reweighted_promise(model: &Model, u: &[f64], here: &Local) -> f64 {
    box_step(model, u, here, here.reweighted.clone()).map_or(f64::INFINITY, |step| {
        -(here.gradient.dot(&step) + 0.5 * step.dot(&(&here.reweighted * &step)))
    })
}

/// What the end of progress means at this gradient.
fn verdict(cosine: f64) -> Stopped {
    if cosine <= OPTIMAL {
        Stopped::Gradient
    } else if cosine <= OPTIMAL_AT_KINK {
        Stopped::Objective
    } else {
        Stopped::Iterations
    }
}

/// u + length · step, within the bounds.
fn moved(model: &Model, u: &[f64], step: &DVector<f64>, length: f64) -> Vec<f64> {
    u.iter()
        .zip(step.iter())
        .zip(&model.bounds)
        .map(|((u, step), [low, high])| (u + length * step).clamp(*low, *high))
        .collect()
}

/// Where F would be lowest along a step, up to its end, if residuals changed linearly: convex, so bisection on the slope.
fn lowest_along(model: &Model, u: &[f64], step: &DVector<f64>, delta: f64) -> f64 {
    let residuals = model.along(u, step.as_slice());
    let [above, below] = model.objective.sides();
    let slope = |length: f64| -> f64 {
        let pulls = residuals.iter().zip(&model.weight);
        pulls
            .map(|([r, change], w)| {
                let moved = r + length * change;
                let side = if moved > 0.0 { below } else { above };
                w * side * change * moved.clamp(-delta, delta)
            })
            .sum()
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// A coordinate at its bound that the gradient holds there.
fn held(model: &Model, u: &[f64], gradient: &DVector<f64>, k: usize) -> bool {
    let [low, high] = model.bounds[k];
    (u[k] <= low && gradient[k] >= 0.0) || (u[k] >= high && gradient[k] <= 0.0)
}

/// The largest cosine between pulls and derivatives, over the coordinates free to move.
fn largest_cosine(model: &Model, u: &[f64], local: &Local) -> f64 {
    (0..u.len())
        .filter(|&k| local.parallel[k] > 0.0 && !held(model, u, &local.gradient, k))
        .map(|k| local.gradient[k].abs() / local.parallel[k])
        .fold(0.0, f64::max)
}

/// A step with its promise.
struct Step {
    step: DVector<f64>,
    /// By how much F falls if it is as its matrix says.
    predicted: f64,
    /// Damping that it took.
    used: f64,
}

/// The step of H + μM, with more μ where that is not convex, and the reweighted step alone where even μ = 1 is not.
fn best_step(model: &Model, u: &[f64], here: &Local, damping: f64) -> Option<Step> {
    let promise =
        |step: &DVector<f64>, matrix: &DMatrix<f64>| -(here.gradient.dot(step) + 0.5 * step.dot(&(matrix * step)));
    let mut used = damping;
    loop {
        if let Some(step) = box_step(model, u, here, &here.hessian + used * &here.reweighted) {
            let predicted = promise(&step, &here.hessian);
            if predicted > 0.0 {
                return Some(Step { step, predicted, used });
            }
        }
        if used >= 1.0 {
            break;
        }
        used = (4.0 * used).max(SLIGHT);
    }
    while used <= MOST {
        let mut matrix = (1.0 + used) * &here.reweighted;
        for k in 0..u.len() {
            // Collinear columns leave it singular to rounding; a slight ridge in its own units does not.
            matrix[(k, k)] *= 1.0 + 1e-9;
        }
        let step = box_step(model, u, here, matrix)?;
        let predicted = promise(&step, &here.reweighted);
        if predicted > 0.0 {
            return Some(Step { step, predicted, used });
        }
        // Bounds bent the step uphill. A shorter one meets fewer of them.
        used *= 4.0;
    }
    None
}

/// Δ that minimises gᵀΔ + ΔᵀKΔ/2 within the bounds, to the accuracy of a greedy active set; `None` where K is not positive
/// definite. Coordinates that no run feels stay.
fn box_step(model: &Model, u: &[f64], local: &Local, mut matrix: DMatrix<f64>) -> Option<DVector<f64>> {
    let n = u.len();
    for k in 0..n {
        matrix[(k, k)] += 1e-15 * local.reweighted[(k, k)];
    }
    let mut step = DVector::zeros(n);
    let mut free: Vec<usize> = (0..n)
        .filter(|&k| local.reweighted[(k, k)] > 0.0 && !held(model, u, &local.gradient, k))
        .collect();
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
