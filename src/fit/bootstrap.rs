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

use super::{
    FitConfig, FitError, FitReport, Observations, Stopped, model::Form, model::Model, profile, screen, setup::Setup,
    solver,
};
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

impl Bootstrap {
    /// Fewer values than this have no tails to read an interval from.
    pub const FEWEST: usize = 20;

    /// Central interval at `level` (0.95) of any function of θ, by percentiles; `None` below 20 finite replicates.
    pub fn interval(&self, level: f64, of: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
        Self::interval_of(level, self.replicates.iter().map(|theta| of(theta)))
    }

    /// The same of one value a replicate, where what gives them gives several at once.
    pub fn interval_of(level: f64, values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
        let mut values = Self::finite(values)?;
        values.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - level.clamp(0.0, 1.0));
        Some([percentile(&values, tail), percentile(&values, 1.0 - tail)])
    }

    /// Standard deviation of a function of θ over the replicates; `None` below 20 finite ones.
    pub fn standard_error(&self, of: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let values = Self::finite(self.replicates.iter().map(|theta| of(theta)))?;
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Some((squares / (n - 1.0)).sqrt())
    }

    fn finite(values: impl Iterator<Item = f64>) -> Option<Vec<f64>> {
        let values: Vec<f64> = values.filter(|v| v.is_finite()).collect();
        (values.len() >= Self::FEWEST).then_some(values)
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
    let mut places: Vec<(usize, usize)> = setup
        .order
        .iter()
        .enumerate()
        .map(|(place, &i)| (data.run[i], place))
        .collect();
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
    let anew = match &resample.form {
        Form::Powers(powers) => profile::starts(&resample, powers, 2),
        Form::General(general) => screen::starts(&resample, general, &[], 2),
    };
    anew.into_iter()
        .map(|start| solver::search(&resample, start))
        .filter(|end| end.stopped != Stopped::Iterations && end.value <= warm.value)
        .min_by(|a, b| a.value.total_cmp(&b.value))
        .map(|end| resample.theta(&end.u))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::fit;
    use crate::law::LawKind;
    use rand_distr::{Distribution, Normal};

    const TRUTH: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

    /// Runs of six sizes and eight lengths each with checkpoints that share the run's luck.
    fn simulated(checkpoints: usize, seed: u64) -> Observations {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let noise = Normal::<f64>::new(0.0, 0.01).unwrap();
        let mut data = Observations::default();
        for run in 0..48 {
            let n = 5e7 * 2.5_f64.powi(run % 6);
            let luck = noise.sample(&mut random).exp();
            for checkpoint in 0..checkpoints {
                let d = n * 2.0_f64.powi(run / 6) * (1.0 + checkpoint as f64 / 10.0);
                data.x.push(&[n, d]);
                data.loss.push(LawKind::Chinchilla.law().loss(&TRUTH, &[n, d]) * luck);
                data.run.push(run as usize);
            }
        }
        data
    }

    fn resampled(data: &Observations, replicates: usize, seed: u64) -> Bootstrap {
        let config = FitConfig::new(LawKind::Chinchilla);
        let report = fit(&config, data, &mut |_| ControlFlow::Continue(())).unwrap();
        let choice = BootstrapConfig { replicates, seed };
        bootstrap(&config, data, &report, &choice, &|_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn threads_do_not_matter_and_seeds_do() {
        let data = simulated(1, 1);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| resampled(&data, 40, 9))
        };
        assert_eq!(on(1), on(3));
        assert_ne!(on(1).replicates, resampled(&data, 40, 10).replicates);
        // A longer bootstrap continues a shorter one.
        assert_eq!(resampled(&data, 60, 9).replicates[..40], on(1).replicates);
    }

    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        let share = |t: &[f64]| t[4] / (t[3] + t[4]);
        let trials = 60;
        let mut covered = [0; 2];
        for seed in 0..trials {
            let spread = resampled(&simulated(1, 100 + seed), 100, seed);
            assert_eq!(spread.failed, 0);
            let inside = |of: &dyn Fn(&[f64]) -> f64| {
                let [low, high] = spread.interval(0.9, of).unwrap();
                usize::from((low..=high).contains(&of(&TRUTH)))
            };
            covered[0] += inside(&share);
            covered[1] += inside(&|t| t[0]);
        }
        // 90 % of 60 is 54 with a standard deviation of 2.3; percentiles of 48 runs are a little narrow.
        for count in covered {
            assert!((46..=60).contains(&count), "{covered:?}");
        }
    }

    #[test]
    fn checkpoints_add_no_certainty() {
        let alpha = |t: &[f64]| t[3];
        let alone = resampled(&simulated(1, 5), 200, 0).standard_error(alpha).unwrap();
        let data = simulated(8, 5);
        let with_checkpoints = resampled(&data, 200, 0).standard_error(alpha).unwrap();
        assert!(with_checkpoints > 0.6 * alone, "{with_checkpoints} {alone}");
        // Taken for runs, the same points would claim to know far more.
        let pretended = Observations {
            run: (0..data.loss.len()).collect(),
            ..data
        };
        let pretended = resampled(&pretended, 200, 0).standard_error(alpha).unwrap();
        assert!(pretended < 0.6 * with_checkpoints, "{pretended} {with_checkpoints}");
    }

    #[test]
    fn cancelling_stops_within_a_replicate() {
        let data = simulated(1, 1);
        let config = FitConfig::new(LawKind::Chinchilla);
        let report = fit(&config, &data, &mut |_| ControlFlow::Continue(())).unwrap();
        let choice = BootstrapConfig {
            replicates: 100_000,
            seed: 0,
        };
        let calls = AtomicUsize::new(0);
        let stopped = bootstrap(&config, &data, &report, &choice, &|_| {
            if calls.fetch_add(1, Ordering::Relaxed) >= 9 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(stopped, Err(FitError::Cancelled));
        assert!(calls.into_inner() <= 10 + rayon::current_num_threads());
    }

    #[test]
    fn percentiles_interpolate_and_need_enough_values() {
        let of = |count: usize| Bootstrap {
            replicates: (0..count).map(|i| vec![i as f64]).collect(),
            failed: 0,
            seed: 0,
        };
        assert_eq!(of(19).interval(0.9, |t| t[0]), None);
        let interval = of(21).interval(0.95, |t| t[0]).unwrap();
        assert!(
            (interval[0] - 0.5).abs() < 1e-12 && (interval[1] - 19.5).abs() < 1e-12,
            "{interval:?}"
        );
        assert_eq!(
            of(41).interval(0.95, |t| if t[0] < 30.0 { f64::NAN } else { 1.0 }),
            None
        );
        assert_eq!(of(21).standard_error(|t| t[0]), Some(38.5_f64.sqrt()));
    }
}
