//! Intervals of both methods by resampling runs.
//!
//! IsoFLOP: a replicate draws, at each budget of the frontier, as many runs as it has, with replacement, and fits the parabola
//! and the line anew with the weights of the full fit. A budget whose draw has fewer than three sizes or no interior minimum
//! drops out of that replicate. Envelope: a replicate draws as many runs as there are, whole curves. In either, a replicate that
//! is left without a line failed; it is counted and not averaged in.
//!
//! θ = (ln coefficient, exponent) of N*(C), then of D*(C); for isoFLOP the same four without bias behind them where they are
//! known, with the exponents of the surface held. Percentiles, seeds and streams as in [`crate::fit::Bootstrap`].
//!
//! Source: Efron and Tibshirani 1993, chapter 6. Limits: budgets of four or five runs have few different draws, and their
//! percentiles are too narrow; budgets themselves are not resampled.

use super::debias::unbiased_vertex;
use super::envelope::{Curves, frontier_of};
use super::isoflop::{BudgetReport, Profile};
use super::{Isoflop, Measurement, Parabola, line};
use crate::fit::{Bootstrap, BootstrapConfig};
use crate::law::Additive;
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Replicates of Approach 2; `surface` as given to [`super::isoflop`].
pub fn resample_isoflop(
    runs: &[Measurement],
    found: &Isoflop,
    surface: Option<&Additive>,
    config: &BootstrapConfig,
) -> Bootstrap {
    let used: Vec<&BudgetReport> = found.used().collect();
    let surface = surface.filter(|_| found.unbiased.is_some());
    gather(config, |random| {
        let mut lines = Lines::default();
        for budget in &used {
            let mut draw = || budget.members[random.random_range(0..budget.members.len() as u64) as usize];
            let drawn: Vec<usize> = (0..budget.members.len()).map(|_| draw()).collect();
            if let Some([params, tokens, free_params, free_tokens]) = redraw(runs, &drawn, budget, surface) {
                lines.flops.push(budget.flops.ln());
                lines.weights.push(budget.weight());
                for (column, value) in lines.values.iter_mut().zip([params, tokens, free_params, free_tokens]) {
                    column.push(value);
                }
            }
        }
        lines.theta(if surface.is_some() { 4 } else { 2 })
    })
}

/// ln N* and ln D* of a draw, then the same without bias (repeated where no surface is known).
fn redraw(
    runs: &[Measurement],
    drawn: &[usize],
    budget: &BudgetReport,
    surface: Option<&Additive>,
) -> Option<[f64; 4]> {
    let profile = Profile::of(runs, drawn);
    let parabola = Parabola::fit(&profile.ln_params, &profile.loss)?;
    let x = parabola.vertex()?;
    let inside = profile.ln_params.iter().any(|p| *p < x) && profile.ln_params.iter().any(|p| *p > x);
    if !inside {
        return None;
    }
    let free = match surface {
        None => x,
        Some(law) => {
            let exponents = [law.params_exponent, law.tokens_exponent];
            unbiased_vertex(&parabola, x, &profile.ln_params, &profile.tokens, exponents)?
        }
    };
    let tokens = |x: f64| profile.vertex(budget.flops, x, &parabola).tokens.ln();
    Some([x, tokens(x), free, tokens(free)])
}

#[derive(Default)]
struct Lines {
    flops: Vec<f64>,
    weights: Vec<f64>,
    values: [Vec<f64>; 4],
}

impl Lines {
    fn theta(&self, lines: usize) -> Option<Vec<f64>> {
        if self.flops.len() < 2 {
            return None;
        }
        let mut theta = vec![];
        for values in &self.values[..lines] {
            let line = line(&self.flops, values, &self.weights)?;
            theta.extend([line.intercept, line.slope]);
        }
        Some(theta)
    }
}

/// Replicates of Approach 1.
pub fn resample_envelope(points: &[Measurement], config: &BootstrapConfig) -> Bootstrap {
    let curves = Curves::of(points);
    let runs = curves.runs.len();
    gather(config, |random| {
        if runs == 0 {
            return None;
        }
        let mut drawn: Vec<usize> = (0..runs)
            .map(|_| random.random_range(0..runs as u64) as usize)
            .collect();
        // A run drawn twice wins as often as once.
        drawn.sort_unstable();
        drawn.dedup();
        let laws = frontier_of(&curves.winners(&drawn).0)?.laws;
        Some(vec![
            laws.params.coefficient.ln(),
            laws.params.exponent,
            laws.tokens.coefficient.ln(),
            laws.tokens.exponent,
        ])
    })
}

/// Replicates on the current pool; a stream of random numbers for each, so that threads make no difference.
fn gather(config: &BootstrapConfig, replicate: impl Fn(&mut ChaCha8Rng) -> Option<Vec<f64>> + Sync) -> Bootstrap {
    let drawn: Vec<Option<Vec<f64>>> = (0..config.replicates)
        .into_par_iter()
        .map(|index| {
            let mut random = ChaCha8Rng::seed_from_u64(config.seed);
            random.set_stream(index as u64);
            replicate(&mut random).filter(|theta| theta.iter().all(|value| value.is_finite()))
        })
        .collect();
    let failed = drawn.iter().filter(|theta| theta.is_none()).count();
    Bootstrap {
        replicates: drawn.into_iter().flatten().collect(),
        failed,
        seed: config.seed,
    }
}
