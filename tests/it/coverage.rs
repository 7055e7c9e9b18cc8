//! How often nominal 95 % intervals hold the truth, on runs simulated from a published law.
//!
//! The short form runs with the other tests and only catches what is badly wrong. The long form prints the table of
//! `docs/coverage.md`: `cargo test --test it coverage -- --ignored --nocapture`.

use isoloss::fit::{
    Bootstrap, BootstrapConfig, Delta, FitConfig, FitReport, ObjectiveKind, Observations, bootstrap, fit,
    likelihood_interval,
};
use isoloss::law::LawKind;
use isoloss::plan::Allocation;
use isoloss::units::Flops;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};

/// Besiroglu et al. 2024, arXiv 2404.10102.
const TRUTH: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];
const LEVEL: f64 = 0.95;
const NAMES: [&str; 5] = ["E", "alpha", "beta", "a", "N*(10 C_max)"];

/// Which runs there are.
#[derive(Clone, Copy)]
enum Design {
    /// 72 runs of nine sizes over two decades and eight lengths from 2 to 200 tokens per parameter, 1 % noise on the loss.
    Final,
    /// 36 of these runs, each seen at eight of its steps: 1 % of noise for the run and .3 % for each step.
    Checkpoints,
}

fn simulated(design: Design, seed: u64) -> Observations {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let noise = Normal::<f64>::new(0.0, 0.01).unwrap();
    let mut data = Observations::default();
    let mut see = |run: u32, n: f64, d: f64, noise: f64| {
        data.x.push(&[n, d]);
        data.loss
            .push(LawKind::Chinchilla.law().loss(&TRUTH, &[n, d]) * noise.exp());
        data.run.push(run as usize);
    };
    for run in 0..72 {
        let n = 5e7 * 100.0_f64.powf(f64::from(run % 9) / 8.0);
        let d = n * 2.0 * 100.0_f64.powf(f64::from(run / 9) / 7.0);
        match design {
            Design::Final => see(run, n, d, noise.sample(&mut random)),
            Design::Checkpoints if run % 2 == 0 => {
                let luck = noise.sample(&mut random);
                for step in 1..=8 {
                    see(
                        run,
                        n,
                        d * f64::from(step) / 8.0,
                        luck + 0.3 * noise.sample(&mut random),
                    );
                }
            }
            Design::Checkpoints => {}
        }
    }
    data
}

/// What is asked of θ, in the order of [`NAMES`].
fn answers(theta: &[f64]) -> [f64; 5] {
    let largest = 6.0 * 5e9 * 200.0 * 5e9;
    let best = LawKind::Chinchilla
        .law()
        .surface(theta)
        .and_then(|surface| Allocation::Surface(surface).at_flops(Flops(10.0 * largest)).ok());
    [
        theta[0],
        theta[3],
        theta[4],
        theta[4] / (theta[3] + theta[4]),
        best.map_or(f64::NAN, |best| best.params.0.ln()),
    ]
}

/// Shares of data sets whose interval holds the truth: bootstrap, delta, profile; NaN where a method has none.
fn coverage(design: Design, kind: ObjectiveKind, seeds: Range<u64>, replicates: usize) -> [[f64; 5]; 3] {
    let sets = seeds.end - seeds.start;
    let held = seeds
        .into_par_iter()
        .map(|seed| one_set(design, kind, seed, replicates))
        .reduce(
            || [[0.0; 5]; 3],
            |a, b| std::array::from_fn(|method| std::array::from_fn(|k| a[method][k] + b[method][k])),
        );
    held.map(|of_method| of_method.map(|count: f64| count / sets as f64))
}

/// 1 where the interval of a data set holds the truth.
fn one_set(design: Design, kind: ObjectiveKind, seed: u64, replicates: usize) -> [[f64; 5]; 3] {
    let truth = answers(&TRUTH);
    let mut held = [[0.0; 5]; 3];
    let data = simulated(design, seed);
    let mut config = FitConfig::new(LawKind::Chinchilla);
    config.objective.kind = kind;
    let report: FitReport = fit(&config, &data, &mut |_| ControlFlow::Continue(())).unwrap();
    let resampling = BootstrapConfig { replicates, seed };
    let resampled: Bootstrap = bootstrap(&config, &data, &report, &resampling, &|_| ControlFlow::Continue(())).unwrap();
    let delta = Delta::new(&config, &data, &report).unwrap().unwrap();
    for k in 0..NAMES.len() {
        let of = |theta: &[f64]| answers(theta)[k];
        let mut count = |method: usize, interval: Option<[f64; 2]>| {
            let holds = interval.is_some_and(|[low, high]| (low..=high).contains(&truth[k]));
            held[method][k] = f64::from(u8::from(holds));
        };
        count(0, resampled.interval(LEVEL, of));
        count(1, delta.interval(LEVEL, of));
        match [0, 3, 4].get(k) {
            Some(&index) if k < 3 => {
                let ends = likelihood_interval(&config, &data, &report, index, LEVEL).unwrap();
                count(
                    2,
                    ends.map(|[low, high]| [low.unwrap_or(0.0), high.unwrap_or(f64::INFINITY)]),
                );
            }
            _ => held[2][k] = f64::NAN,
        }
    }
    held
}

#[test]
fn intervals_hold_the_truth_most_of_the_time() {
    let held = coverage(Design::Final, ObjectiveKind::Huber, 0..40, 120);
    // Of 40 data sets, a true 95 % misses in at most eight with a probability above .999.
    for (method, shares) in ["bootstrap", "delta", "profile"].iter().zip(held) {
        for (name, share) in NAMES.iter().zip(shares).filter(|(_, share)| !share.is_nan()) {
            assert!(share >= 0.8 - 1e-9, "{method} {name}: {share}");
        }
    }
}

#[test]
#[ignore = "the long form; prints a table"]
#[allow(clippy::print_stdout, reason = "the answer")]
fn coverage_of_every_method() {
    for seeds in [0..400, 10_000..10_400] {
        println!("{seeds:?}\n| runs | objective | interval | {} |", NAMES.join(" | "));
        for (design, runs) in [(Design::Final, "final"), (Design::Checkpoints, "checkpoints")] {
            for kind in [ObjectiveKind::Huber, ObjectiveKind::Squared, ObjectiveKind::Absolute] {
                let held = coverage(design, kind, seeds.clone(), 400);
                for (method, shares) in ["bootstrap", "delta", "profile"].iter().zip(held) {
                    let shares: Vec<String> = shares.iter().map(|share| format!("{:.1}", 100.0 * share)).collect();
                    println!("| {runs} | {kind:?} | {method} | {} |", shares.join(" | "));
                }
            }
        }
    }
}
