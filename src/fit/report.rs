//! From the ends of the starts to a report on the best of them.

use super::verdict::{self, Depth};
use super::{Estimate, FitConfig, FitReport, Observations, Outcome, best, model::Slot, setup::Setup, solver::Ends};
use crate::law::ParameterRole;

/// The report on the best end.
pub(super) fn report(setup: &Setup, config: &FitConfig, data: &Observations, ends: &Ends, depth: Depth) -> FitReport {
    // A perfect fit leaves rounding behind, which differs between starts by more than any relative tolerance.
    let nothing = setup.model.negligible();
    let same = |value: f64, lowest: f64| value - lowest <= 1e-6 * lowest + nothing;
    let all = [&ends.of_starts[..], &ends.others].concat();
    let ends = &ends.of_starts[..];
    let end = &without_vanished(setup, &ends[best(ends, !config.start.is_empty(), same)], nothing);
    let theta = setup.model.theta(&end.u);
    let residuals = data
        .x
        .iter()
        .zip(&data.loss)
        .map(|(x, measured)| {
            let predicted = setup.law.loss(&theta, x);
            if *measured > 0.0 {
                measured.ln() - predicted.ln()
            } else {
                measured / predicted - 1.0
            }
        })
        .collect();
    FitReport {
        law: config.law.clone(),
        objective: config.objective,
        value: end.value,
        params: setup
            .law
            .parameters()
            .iter()
            .zip(&theta)
            .zip(&setup.model.slots)
            .map(|((parameter, value), slot)| Estimate {
                name: parameter.name.to_string(),
                value: *value,
                fixed: !slot.is_free(),
            })
            .collect(),
        n_used: data.loss.len(),
        n_runs: setup.n_runs,
        stopped: end.stopped,
        starts_tried: ends.len(),
        starts_agreed: ends.iter().filter(|e| same(e.value, end.value)).count(),
        residuals,
        verdicts: verdict::verdicts(setup, config, data, &all, end, depth),
    }
}

/// Terms that have vanished to rounding are exactly gone: a centred coefficient of 1e-17 reads as 849 at x = 1.
fn without_vanished(setup: &Setup, end: &Outcome, nothing: f64) -> Outcome {
    let mut u = end.u.clone();
    for (parameter, slot) in setup.law.parameters().iter().zip(&setup.model.slots) {
        if let (ParameterRole::Coefficient { .. }, Slot::Free(k)) = (parameter.role, *slot)
            && setup.model.at_bound(&u, k).is_some()
        {
            u[k] = 0.0;
        }
    }
    let value = setup.model.value(&u);
    if value > end.value + nothing {
        return end.clone();
    }
    Outcome {
        u,
        value,
        stopped: end.stopped,
    }
}
