//! Starts of a law of general structure: its own candidates, screened by what is minimised.
//!
//! Where parameters enter linearly together, a candidate says only what the others are; these are solved for, by least
//! squares in the weights of [`super::profile`].

use super::Space;
use super::general::General;
use super::model::{Model, Slot};
use crate::law::StartData;
use nalgebra::{DMatrix, DVector};

/// Candidates that differ by less than this in every coordinate lead to one end.
const APART: f64 = 0.1;

/// Coordinates of up to `count` starts, best first; at least one.
pub(super) fn starts(model: &Model, general: &General, held: &[(usize, f64)], count: usize) -> Vec<Vec<f64>> {
    let data = StartData {
        x: &general.x,
        loss: &model.loss,
    };
    let parameters = model.slots.len();
    let mut ranked: Vec<(f64, Vec<f64>)> = general
        .law
        .starts(&data)
        .into_iter()
        .filter(|theta| theta.len() == parameters && theta.iter().all(|v| v.is_finite()))
        .map(|mut theta| {
            for &(k, value) in held {
                theta[k] = value;
            }
            let u = model.coordinates(&theta);
            // As proposed or with the linear part solved, whichever fits better.
            let solved = complete(model, general, &u, held).map(|u| (model.value(&u), u));
            let proposed = (model.value(&u), u);
            match solved {
                Some(solved) if solved.0 < proposed.0 || proposed.0.is_nan() => solved,
                _ => proposed,
            }
        })
        .filter(|(value, _)| value.is_finite())
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut chosen: Vec<Vec<f64>> = vec![];
    for (_, u) in &ranked {
        if chosen.len() == count.max(1) {
            break;
        }
        if chosen.iter().all(|known| apart(known, u)) {
            chosen.push(u.clone());
        }
    }
    if chosen.is_empty() {
        chosen.push(model.coordinates(&vec![1.0; parameters]));
    }
    chosen
}

fn apart(a: &[f64], b: &[f64]) -> bool {
    a.iter()
        .zip(b)
        .any(|(a, b)| (a - b).abs() > APART * a.abs().max(b.abs()))
}

/// `u` with the linear parameters that suit the others; `None` where there are none to solve for or no solution. Those in
/// `held` stay.
pub(super) fn complete(model: &Model, general: &General, u: &[f64], held: &[(usize, f64)]) -> Option<Vec<f64>> {
    let linear: Vec<(usize, usize)> = general
        .law
        .linear()
        .iter()
        .filter(|&&parameter| held.iter().all(|(k, _)| *k != parameter))
        .filter_map(|&parameter| match model.slots[parameter] {
            Slot::Free(k) if model.slots.iter().filter(|slot| **slot == Slot::Free(k)).count() == 1 => {
                Some((parameter, k))
            }
            _ => None,
        })
        .collect();
    if linear.is_empty() || linear.len() > model.loss.len() {
        return None;
    }
    let mut theta = model.theta(u);
    for &(parameter, _) in &linear {
        theta[parameter] = 0.0;
    }
    let n = model.loss.len();
    let mut columns = DMatrix::zeros(n, linear.len());
    let mut rest = DVector::zeros(n);
    let mut gradient = vec![0.0; theta.len()];
    for (i, x) in general.x.iter().enumerate() {
        let weight = match model.objective.space {
            Space::Log => model.weight[i].sqrt() / model.loss[i],
            Space::Level => model.weight[i].sqrt(),
        };
        let constant = general.law.loss_and_gradient(&theta, x, &mut gradient);
        rest[i] = weight * (model.loss[i] - constant);
        for (j, &(parameter, _)) in linear.iter().enumerate() {
            columns[(i, j)] = weight * gradient[parameter];
        }
    }
    let scale: Vec<f64> = (0..linear.len()).map(|j| columns.column(j).norm()).collect();
    if scale.iter().any(|s| !s.is_normal()) || !rest.iter().all(|v| v.is_finite()) {
        return None;
    }
    for (j, scale) in scale.iter().enumerate() {
        columns.column_mut(j).unscale_mut(*scale);
    }
    let (q, r) = columns.qr().unpack();
    let solved = r.solve_upper_triangular(&q.tr_mul(&rest))?;
    for ((parameter, _), (value, scale)) in linear.iter().zip(solved.iter().zip(&scale)) {
        theta[*parameter] = value / scale;
    }
    theta.iter().all(|v| v.is_finite()).then(|| model.coordinates(&theta))
}
