//! How fast a Chinchilla fit of 240 runs is: from nothing, from the previous optimum (a frame of a drag), and resampled.

use criterion::{Criterion, criterion_group, criterion_main};
use isoloss::fit::{BootstrapConfig, FitConfig, FitReport, Observations, bootstrap, fit, fit_from};
use isoloss::law::LawKind;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Normal};
use std::hint::black_box;
use std::ops::ControlFlow;

/// Runs spread like those of Hoffmann et al. 2022 (4e7 to 1e10 parameters, 1e18 to 1e22 FLOP), losses of the constants of
/// Besiroglu et al. 2024 with 0.7 % of noise.
fn simulated() -> Observations {
    let mut random = ChaCha8Rng::seed_from_u64(2024);
    let noise = Normal::<f64>::new(0.0, 0.007).expect("a positive deviation");
    let law = LawKind::Chinchilla.law();
    let mut data = Observations::default();
    for run in 0..240 {
        let flops = 1e18 * 1e4_f64.powf(random.random::<f64>());
        let optimal = 0.1 * flops.sqrt();
        let params = optimal * 10_f64.powf(random.random_range(-0.7..0.7));
        let x = [params, flops / (6.0 * params)];
        data.x.push(&x);
        data.loss
            .push(law.loss(&[1.8172, 482.01, 2085.43, 0.3478, 0.3658], &x) * noise.sample(&mut random).exp());
        data.run.push(run);
    }
    data
}

fn cold(config: &FitConfig, data: &Observations) -> FitReport {
    fit(config, data, &mut |_| ControlFlow::Continue(())).expect("240 runs are enough")
}

fn benches(criterion: &mut Criterion) {
    let data = simulated();
    let config = FitConfig::new(LawKind::Chinchilla);
    let report = cold(&config, &data);
    assert!(report.converged());
    let mut group = criterion.benchmark_group("chinchilla_240");
    group.bench_function("fit", |b| b.iter(|| cold(black_box(&config), black_box(&data))));

    // What a frame of a drag sees: one run less, and the optimum of the frame before.
    let mut fewer = data.clone();
    fewer.x.remove(fewer.x.len() - 1);
    fewer.loss.pop();
    fewer.run.pop();
    let theta = report.theta();
    group.bench_function("refit", |b| {
        b.iter(|| fit_from(black_box(&config), black_box(&fewer), black_box(&theta)).expect("239 runs are enough"));
    });

    let choice = BootstrapConfig {
        replicates: 100,
        seed: 0,
    };
    group.sample_size(20);
    group.bench_function("bootstrap_100", |b| {
        b.iter(|| {
            bootstrap(black_box(&config), black_box(&data), &report, &choice, &|_| {
                ControlFlow::Continue(())
            })
            .expect("nobody cancels")
        });
    });
    group.finish();
}

criterion_group!(group, benches);
criterion_main!(group);
