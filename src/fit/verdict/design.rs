//! What the places of the runs leave unknown: exponents on a line, exponents over a narrow range, too few runs.
//!
//! The design is judged by the correlation of ln N and ln D: at ±1 the runs lie on a line, and a surface cannot be seen
//! from a line.

use super::super::{Observations, Outcome, model::Slot, setup::Setup};
use super::{Information, Severity, Verdict, VerdictCode};
use crate::law::{Parameter, ParameterRole, Rows};
use crate::units::format_significant;

/// Inputs or estimates that correlate this much cannot be told apart.
const CANNOT_BE_TOLD_APART: f64 = 0.99;
/// A standard error above this fraction of an exponent leaves hardly its sign.
const HARDLY_KNOWN: f64 = 0.5;

pub(super) fn exponents(setup: &Setup, data: &Observations, end: &Outcome, information: &Information) -> Vec<Verdict> {
    let say = |text: String| Verdict {
        code: VerdictCode::ExponentsNotIdentified,
        severity: Severity::Warning,
        text,
    };
    let free: Vec<(&Parameter, Slot, usize)> = setup
        .law
        .parameters()
        .iter()
        .zip(&setup.model.slots)
        .filter_map(|(p, slot)| match p.role {
            ParameterRole::Exponent { input } if slot.is_free() => Some((p, *slot, input)),
            _ => None,
        })
        .collect();
    if let [(a, slot_a, _), (b, slot_b, _)] = free[..]
        && slot_a != slot_b
        && setup.law.inputs().params_and_tokens()
    {
        let names = format!("{} and {} cannot be told apart", a.name, b.name);
        if let Some(text) = line_design(&data.x) {
            return vec![say(format!("{names}: {text}"))];
        }
        if let Some(correlation) = information.correlation(slot_a, slot_b)
            && correlation.abs() > CANNOT_BE_TOLD_APART
        {
            return vec![say(format!(
                "{names}: their estimates correlate at {correlation:.3}. Runs that vary N and D separately, over a \
                 decade each, would help most."
            ))];
        }
    }
    free.iter()
        .filter_map(|(parameter, slot, input)| {
            let error = information.standard_error(*slot)?;
            let value = slot.value(&end.u);
            if error <= HARDLY_KNOWN * value {
                return None;
            }
            let (low, high) = range(data.x.iter().map(|x| x[*input]));
            let error = if error.is_finite() {
                format!("{} ± {}", format_significant(value, 3), format_significant(error, 2))
            } else {
                "undetermined".to_owned()
            };
            Some(say(format!(
                "{} is hardly known ({error}): the runs span a factor of {} in {}. Runs beyond either end would help most.",
                parameter.name,
                format_significant(high / low, 2),
                setup.law.inputs().symbol(*input),
            )))
        })
        .collect()
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    })
}

/// What is wrong with a design whose runs lie on one line in ln N and ln D; `None` where they do not.
fn line_design(x: &Rows) -> Option<String> {
    let correlation = correlation(x.iter().map(|x| (x[0].ln(), x[1].ln())));
    if correlation.abs() <= CANNOT_BE_TOLD_APART {
        return None;
    }
    let n = x.len();
    // The quantity that hardly varies: D/N on a rising line, ND on a falling one.
    let same = |x: &[f64]| if correlation > 0.0 { x[1] / x[0] } else { x[0] * x[1] };
    let (low, high) = range(x.iter().map(same));
    let middle = (low * high).sqrt();
    let percent = 100.0 * (high / middle - 1.0);
    let about = if percent < 1.0 {
        format!("{} to within 1 %", format_significant(middle, 3))
    } else if percent < 60.0 {
        format!(
            "{} ± {} %",
            format_significant(middle, 3),
            format_significant(percent, 2)
        )
    } else {
        format!(
            "{} to {}, which follows N (correlation {correlation:.3})",
            format_significant(low, 3),
            format_significant(high, 3)
        )
    };
    Some(if correlation > 0.0 {
        format!(
            "all {n} runs lie at D/N = {about}. One run at D/N > {} would help most.",
            format_significant(4.0 * high, 2)
        )
    } else {
        format!(
            "all {n} runs lie at 6ND = {} FLOP, one compute budget. Runs at a second budget, ten times away, would help most.",
            if percent < 60.0 {
                format_significant(6.0 * middle, 3)
            } else {
                format!(
                    "{} to {}",
                    format_significant(6.0 * low, 3),
                    format_significant(6.0 * high, 3)
                )
            }
        )
    })
}

/// Pearson's correlation; 0 where one side does not vary.
fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = pairs.clone().count() as f64;
    let (sum_a, sum_b) = pairs.clone().fold((0.0, 0.0), |(a, b), p| (a + p.0, b + p.1));
    let (mean_a, mean_b) = (sum_a / n, sum_b / n);
    let (aa, bb, ab) = pairs.fold((0.0, 0.0, 0.0), |(aa, bb, ab), (a, b)| {
        let (a, b) = (a - mean_a, b - mean_b);
        (aa + a * a, bb + b * b, ab + a * b)
    });
    if aa > 0.0 && bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

pub(super) fn few_runs(setup: &Setup) -> Option<Verdict> {
    let (free, runs) = (setup.model.free(), setup.n_runs);
    (runs < 2 * free).then(|| Verdict {
        code: VerdictCode::TooFewRuns,
        severity: Severity::Warning,
        text: format!(
            "{runs} {} for {free} free parameters: the curve follows the noise. {} runs would do, or hold a parameter \
             at a known value.",
            if runs == 1 { "run" } else { "runs" },
            2 * free
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_named_by_what_does_not_vary() {
        let fixed_ratio: Vec<[f64; 2]> = (0..8).map(|i| [1e7 * 2.0_f64.powi(i), 2e8 * 2.0_f64.powi(i)]).collect();
        assert_eq!(
            line_design(&fixed_ratio.into()).unwrap(),
            "all 8 runs lie at D/N = 20.0 to within 1 %. One run at D/N > 80 would help most."
        );
        let one_budget: Vec<[f64; 2]> = (0..8)
            .map(|i| [1e7 * 2.0_f64.powi(i), 1e11 / 2.0_f64.powi(i)])
            .collect();
        assert!(line_design(&one_budget.into()).unwrap().contains("one compute budget"));
        let grid: Vec<[f64; 2]> = (0..16)
            .map(|i| [1e7 * 2.0_f64.powi(i % 4), 1e9 * 2.0_f64.powi(i / 4)])
            .collect();
        assert_eq!(line_design(&grid.into()), None);
    }
}
