//! Fits of other people's runs against values that others computed. Invariances and made-up runs: `src/fit/tests.rs`.

use crate::shared::data;
use isoloss::fit::{
    BootstrapConfig, FitConfig, FitReport, Objective, ObjectiveKind, Observations, Space, VerdictCode, bootstrap, fit,
    fit_from,
};
use isoloss::law::LawKind;
use std::ops::ControlFlow;

/// The 245 traced points of Chinchilla's figure 4, D = C/(6N).
fn traced() -> Option<Observations> {
    let mut reader = csv::Reader::from_path(data("chinchilla-traced/svg_extracted_data.csv")?).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name| headers.iter().position(|h| h == name).unwrap();
    let (params, flops, loss) = (column("Model Size"), column("Training FLOP"), column("loss"));
    let mut observations = Observations::default();
    for (row, record) in reader.records().enumerate() {
        let record = record.unwrap();
        let number = |k: usize| record[k].parse::<f64>().unwrap();
        let n = number(params);
        observations.push(&[n, number(flops) / (6.0 * n)], number(loss), row);
    }
    assert_eq!(observations.loss.len(), 245);
    Some(observations)
}

fn rows(all: &Observations, rows: impl IntoIterator<Item = usize>) -> Observations {
    let mut picked = Observations::default();
    for row in rows {
        picked.x.push(all.x.row(row));
        picked.loss.push(all.loss[row]);
        picked.run.push(all.run[row]);
    }
    picked
}

/// Without the five highest losses, as the replication of 2024 does.
fn without_outliers(all: &Observations) -> Observations {
    let mut losses = all.loss.clone();
    losses.sort_by(f64::total_cmp);
    let cut = losses[losses.len() - 5];
    rows(all, (0..all.loss.len()).filter(|&i| all.loss[i] < cut))
}

fn run(config: &FitConfig, data: &Observations) -> FitReport {
    let report = fit(config, data, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(report.converged(), "{report:?}");
    report
}

fn chinchilla(kind: ObjectiveKind, space: Space) -> FitConfig {
    FitConfig {
        objective: Objective {
            kind,
            space,
            ..Objective::default()
        },
        ..FitConfig::new(LawKind::Chinchilla)
    }
}

/// E, A, B, alpha, beta within a relative tolerance each.
fn assert_near(report: &FitReport, expected: [f64; 5], tolerance: [f64; 5]) {
    for ((estimate, expected), tolerance) in report.params.iter().zip(expected).zip(tolerance) {
        let error = (estimate.value / expected - 1.0).abs();
        assert!(
            error <= tolerance,
            "{} = {}, expected {expected}",
            estimate.name,
            estimate.value
        );
    }
}

/// The digits that the golden values are given with.
const DIGITS: [f64; 5] = [5e-6, 3e-4, 5e-4, 2e-5, 2e-5];

#[test]
fn the_traced_points_reach_the_true_minimum() {
    let Some(all) = traced() else { return };
    let kept = without_outliers(&all);
    assert_eq!(kept.loss.len(), 240);
    let report = run(&chinchilla(ObjectiveKind::Huber, Space::Log), &kept);
    assert!(report.value <= 0.001_018_274_5, "{}", report.value);
    assert_near(&report, [1.817_218, 477.826, 2143.42, 0.347_311, 0.367_172], DIGITS);
    assert!(
        report.starts_agreed >= 6,
        "{} of {}",
        report.starts_agreed,
        report.starts_tried
    );
    assert_eq!(report.verdicts, []);
}

#[test]
fn all_traced_points() {
    let Some(all) = traced() else { return };
    let report = run(&chinchilla(ObjectiveKind::Huber, Space::Log), &all);
    assert_near(&report, [1.891_339, 495.73, 12845.6, 0.349_313, 0.453_049], DIGITS);
}

#[test]
fn other_objectives_on_the_traced_points() {
    let Some(all) = traced() else { return };
    let kept = without_outliers(&all);
    let report = run(&chinchilla(ObjectiveKind::Squared, Space::Log), &kept);
    assert_near(&report, [1.864_55, 593.3, 4875.6, 0.360_25, 0.405_88], DIGITS);
    let report = run(&chinchilla(ObjectiveKind::Squared, Space::Level), &kept);
    assert_near(&report, [1.882_814, 567.81, 7581.9, 0.357_615, 0.427_621], DIGITS);
    assert!((report.value / 0.083_203_8 - 1.0).abs() < 1e-6);
    // Often quoted for absolute residuals, but the minimum of Huber's penalty with delta 1e-6.
    let mut nearly = chinchilla(ObjectiveKind::Huber, Space::Log);
    nearly.objective.delta = 1e-6;
    let quoted = [1.816_844, 481.934, 2085.0, 0.347_804, 0.365_844];
    assert_near(&run(&nearly, &kept), quoted, DIGITS);
    let report = run(&chinchilla(ObjectiveKind::Absolute, Space::Log), &kept);
    assert_near(&report, quoted, [2e-5, 3e-4, 5e-4, 5e-5, 5e-5]);
    assert!(report.value < absolute(&kept, &run(&nearly, &kept).theta()));
    assert!(report.value < 1.129_494_654);
}

/// Σ |ln L_predicted − ln L|.
fn absolute(data: &Observations, theta: &[f64]) -> f64 {
    let law = LawKind::Chinchilla.law();
    let terms = data
        .x
        .iter()
        .zip(&data.loss)
        .map(|(x, l)| (law.loss(theta, x) / l).ln().abs());
    terms.sum()
}

#[test]
fn the_tidy_points() {
    let Some(path) = data("chinchilla-clean/df.csv") else {
        return;
    };
    let mut observations = Observations::default();
    for (row, record) in csv::Reader::from_path(path).unwrap().records().enumerate() {
        let record = record.unwrap();
        let number = |k: usize| record[k].parse::<f64>().unwrap();
        observations.push(&[number(1), number(2)], number(3), row);
    }
    let report = run(&chinchilla(ObjectiveKind::Huber, Space::Log), &observations);
    assert_near(&report, [1.783_894, 442.16, 1271.81, 0.342_626, 0.342_002], DIGITS);
}

#[test]
fn many_checkpoints_go_below_the_published_optimum() {
    let Some(path) = data("many-checkpoints/wandb_df_for_fitting_hot.jsonl") else {
        return;
    };
    let mut observations = Observations::default();
    let mut names: Vec<String> = vec![];
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = |key: &str| record[key].as_f64().unwrap();
        observations
            .x
            .push(&[number("params_active_precise"), number("tokens")]);
        observations.loss.push(number("final_loss"));
        let name = record["run_name"].as_str().unwrap();
        let run = names.iter().position(|n| n == name).unwrap_or(names.len());
        if run == names.len() {
            names.push(name.to_owned());
        }
        observations.run.push(run);
    }
    let mut config = chinchilla(ObjectiveKind::Huber, Space::Log);
    config.objective.delta = 1e-4;
    let report = run(&config, &observations);
    assert!(report.value <= 2.075_052e-4, "{}", report.value);
    assert_near(&report, [2.149_43, 212.34, 7.0746e6, 0.292_79, 0.728_90], DIGITS);
    assert_eq!((report.n_used, report.n_runs), (220, 22));
    assert!(report.verdicts.iter().any(|v| v.code == VerdictCode::CorrelatedPoints));
}

#[test]
fn noise_free_isoflops_are_recovered() {
    let Some(path) = data("isoflop-synthetic/isoflops_curves.json") else {
        return;
    };
    let records: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut observations = Observations::default();
    for (row, record) in records.as_array().unwrap().iter().enumerate() {
        let number = |key: &str| record[key].as_f64().unwrap();
        let n = number("parameters");
        observations.push(&[n, number("compute_budget") / (6.0 * n)], number("final_loss"), row);
    }
    for kind in [ObjectiveKind::Huber, ObjectiveKind::Squared, ObjectiveKind::Absolute] {
        for space in [Space::Log, Space::Level] {
            let report = run(&chinchilla(kind, space), &observations);
            assert_near(&report, [2.69, 1606.4, 3210.7, 0.34, 0.36], [1e-6; 5]);
        }
    }
}

#[test]
fn published_bootstrap_replicates_are_reached_or_beaten() {
    let Some(all) = traced() else { return };
    let config = chinchilla(ObjectiveKind::Huber, Space::Log);
    let optimum = run(&config, &without_outliers(&all)).theta();
    let read = |name: &str| std::fs::read_to_string(data(name).unwrap()).unwrap();
    let lists = read("chinchilla-traced/bootstrap_indices_seed42_first500.csv");
    let params = read("chinchilla-traced/bootstrap_params_first500_converged.csv");
    // The lists are of rows of the whole file.
    let lists = lists.lines().filter(|l| !l.starts_with('#'));
    let mut replicates = 0;
    for (list, expected) in lists.zip(params.lines().skip(1)) {
        let drawn = rows(&all, list.split(',').map(|i| i.parse().unwrap()));
        assert_eq!(drawn.loss.len(), 240);
        let expected: Vec<f64> = expected.split(',').map(|v| v.parse().unwrap()).collect();
        let &[a, b, e, alpha, beta, objective] = &expected[..] else {
            panic!("six columns")
        };
        let warm = fit_from(&config, &drawn, &optimum).unwrap();
        assert!(warm.converged());
        assert!(warm.value <= objective * (1.0 + 1e-9), "{} {objective}", warm.value);
        if replicates < 5 {
            let cold = run(&config, &drawn);
            assert!((cold.value / warm.value - 1.0).abs() < 1e-12);
            assert_near(&cold, [e, a, b, alpha, beta], [1e-4, 1e-3, 1e-3, 1e-4, 1e-4]);
        }
        replicates += 1;
    }
    assert_eq!(replicates, 500);
}

#[test]
fn bootstrap_errors_are_those_of_the_replication() {
    let Some(all) = traced() else { return };
    let kept = without_outliers(&all);
    let config = chinchilla(ObjectiveKind::Huber, Space::Log);
    let choice = BootstrapConfig {
        replicates: 1000,
        seed: 0,
    };
    let resampled = bootstrap(&config, &kept, &run(&config, &kept), &choice, &|_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((resampled.replicates.len(), resampled.failed), (1000, 0));
    // From 4,000 replicates of the published kind; a thousand of ours carry 3 % of noise.
    let near = |expected: f64, of: &dyn Fn(&[f64]) -> f64| {
        let found = resampled.standard_error(of).unwrap();
        assert!((found / expected - 1.0).abs() < 0.12, "{found} {expected}");
    };
    near(0.025_66, &|t| t[0]);
    near(0.015_40, &|t| t[3]);
    near(0.020_60, &|t| t[4]);
    near(0.020_3, &|t| t[4] / (t[3] + t[4]));
}

#[test]
fn five_traced_points_decide_the_exponent() {
    let Some(all) = traced() else { return };
    let config = chinchilla(ObjectiveKind::Huber, Space::Log);
    let report = run(&config, &all);
    let verdict = report.verdicts.iter().find(|v| v.code == VerdictCode::OutliersDecide);
    let text = &verdict.unwrap_or_else(|| panic!("{:?}", report.verdicts)).text;
    // The largest residuals are nearly, not quite, the highest losses that the replication leaves out.
    assert!(
        text.starts_with("a = 0.565 ") && text.contains(" becomes 0.516 "),
        "{text}"
    );
    assert!(report.has(VerdictCode::ObjectiveSensitive));
    assert_eq!(run(&config, &without_outliers(&all)).verdicts, []);
}
