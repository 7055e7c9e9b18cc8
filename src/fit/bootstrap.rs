//! Intervals by resampling runs.
//!
//! A replicate draws as many runs as there are, with replacement, takes all observations of each, and refits. The spread
//! of a number over the replicates is its uncertainty; percentiles give an interval without assuming a shape.
//!
//! The unit is the run: checkpoints of one run share its luck, and resampling them separately would count that luck as
//! evidence. A refit starts at the optimum of all runs, and where it does not converge from there, anew from
//! a grid; what still does not converge is counted and left out, never averaged in.
//!
//! Source: Efron and Tibshirani 1993, chapters 6 and 13 (pairs bootstrap, percentile interval). Limits: below some ten
//! runs percentiles are too narrow, and no resampling sees a mistake that all runs share.

use super::{FitConfig, FitError, FitReport, Observations, Stopped, model::Model, profile, setup::Setup, solver};
use rand::{Rng, RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What the user chose of a bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BootstrapConfig {
    /// Resamples.
    pub replicates: usize,
    /// Of the random numbers.
    pub seed: u64,
}

/// Refits of resampled runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// θ of each replicate that converged, in the law's order and in replicate order.
    pub replicates: Vec<Vec<f64>>,
    /// Replicates that did not converge; they are not among `replicates`.
    pub failed: usize,
    /// Of the random numbers.
    pub seed: u64,
}

/// Fewer values than this have no tails to read an interval from.
const FEWEST: usize = 20;

impl Bootstrap {
    /// Central interval at `level` (0.95) of any function of θ, by percentiles; `None` below 20 finite replicates.
    pub fn interval(&self, level: f64, of: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
        let mut values = self.finite(of)?;
        values.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - level.clamp(0.0, 1.0));
        Some([percentile(&values, tail), percentile(&values, 1.0 - tail)])
    }

    /// Standard deviation of a function of θ over the replicates; `None` below 20 finite ones.
    pub fn standard_error(&self, of: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let values = self.finite(of)?;
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Some((squares / (n - 1.0)).sqrt())
    }

    fn finite(&self, of: impl Fn(&[f64]) -> f64) -> Option<Vec<f64>> {
        let values: Vec<f64> = self.replicates.iter().map(|theta| of(theta)).filter(|v| v.is_finite()).collect();
        (values.len() >= FEWEST).then_some(values)
    }
}

/// Linear interpolation between order statistics; `values` sorted and not empty.
fn percentile(values: &[f64], fraction: f64) -> f64 {
    let place = fraction * (values.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(values.len() - 1);
    values[below] + (place - below as f64) * (values[above] - values[below])
}

/// Resamples runs (not checkpoints) with replacement and refits each resample from the fit's own optimum.
///
/// Runs on the current rayon pool; the result does not depend on its size. `progress` is told the fraction done.
///
/// # Errors
/// [`FitError::Cancelled`] when the caller stops it, and whatever [`super::fit`] says of the same input.
pub fn bootstrap(
    config: &FitConfig,
    data: &Observations,
    report: &FitReport,
    bootstrap: &BootstrapConfig,
    progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
) -> Result<Bootstrap, FitError> {
    let setup = Setup::new(config, data)?;
    let optimum = setup.coordinates(&report.theta())?;
    let members = members(&setup, data);
    let stop = AtomicBool::new(false);
    let done = AtomicUsize::new(0);
    let refits = (0..bootstrap.replicates)
        .into_par_iter()
        .map(|index| {
            if stop.load(Ordering::Relaxed) {
                return Err(FitError::Cancelled);
            }
            // A stream of its own for every replicate: which thread runs it, and when, makes no difference.
            let mut random = ChaCha8Rng::seed_from_u64(bootstrap.seed);
            random.set_stream(index as u64);
            let times = draw(&mut random, &members, data.loss.len());
            let theta = refit(&setup.model, &times, &optimum);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if progress(done as f64 / bootstrap.replicates as f64).is_break() {
                stop.store(true, Ordering::Relaxed);
                return Err(FitError::Cancelled);
            }
            Ok(theta)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let replicates: Vec<Vec<f64>> = refits.into_iter().flatten().collect();
    Ok(Bootstrap {
        failed: bootstrap.replicates - replicates.len(),
        replicates,
        seed: bootstrap.seed,
    })
}

/// Places in the model of each run's observations, runs in the order of their labels.
fn members(setup: &Setup, data: &Observations) -> Vec<Vec<usize>> {
    let mut places: Vec<(usize, usize)> = setup.order.iter().enumerate().map(|(place, &i)| (data.run[i], place)).collect();
    places.sort_unstable();
    places
        .chunk_by(|a, b| a.0 == b.0)
        .map(|run| run.iter().map(|(_, place)| *place).collect())
        .collect()
}

/// How often each observation is drawn.
fn draw(random: &mut impl Rng, members: &[Vec<usize>], observations: usize) -> Vec<f64> {
    let mut times = vec![0.0; observations];
    for _ in members {
        let run = random.random_range(0..members.len() as u64) as usize;
        for &place in &members[run] {
            times[place] += 1.0;
        }
    }
    times
}

/// θ of a resample; `None` where it does not converge.
fn refit(model: &Model, times: &[f64], optimum: &[f64]) -> Option<Vec<f64>> {
    let resample = model.resampled(times);
    if resample.loss.len() < model.free() {
        return None;
    }
    let warm = solver::descend(&resample, optimum.to_vec());
    if warm.stopped != Stopped::Iterations {
        return Some(resample.theta(&warm.u));
    }
    profile::starts(&resample, 2)
        .into_iter()
        .map(|start| solver::descend(&resample, start))
        .filter(|end| end.stopped != Stopped::Iterations && end.value <= warm.value)
        .min_by(|a, b| a.value.total_cmp(&b.value))
        .map(|end| resample.theta(&end.u))
}
