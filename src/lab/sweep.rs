//! A sweep: isoFLOP profiles of small models, planned for a budget, trained side by side, safe against being killed.
//!
//! The plan: three profiles a factor of 4 apart, C/16, C/4 and C, each trained by the models whose size lies nearest to
//! N₀ = √(C / 120), that is 20 tokens a parameter, and to powers of [`STEP`] around it. D = C / (6 N + 6 L T d), Kaplan's exact count. C
//! is the largest for which everything fits the budget. A profile needs models on both sides of its optimum, so the plan
//! is symmetric in ln N and knows no law.
//!
//! `plan.json` is written first and everything after it is a function of it: what is finished is found by its
//! `result.json`, and `runs.csv` is written anew, whole, each time a run is measured.

use super::{CorpusChoice, LabError, RunRequest, Summary, benchmark, run, write_atomically};
use crate::data::{Point, Run, RunTable};
use crate::import::write_tidy;
use crate::train::{AdamW, BYTES, HELD_OUT_TOKENS, Schedule, Shape, TrainConfig, scaling};
use crate::units::{Flops, Loss, Params, Tokens};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Tokens a window.
const CONTEXT: usize = 128;
/// Width of a head.
const HEAD: usize = 16;
/// Models of the ladder: width and layers.
const LADDER: [[usize; 2]; 12] = [
    [16, 1],
    [16, 2],
    [32, 1],
    [32, 2],
    [48, 2],
    [64, 2],
    [80, 3],
    [96, 4],
    [128, 4],
    [160, 5],
    [192, 6],
    [256, 6],
];
/// From one model of a profile to the next.
const STEP: f64 = 2.0;
/// Models to either side of a profile's middle.
const SIDE: i32 = 2;
/// Tokens a parameter in the middle.
const MIDDLE: f64 = 20.0;
/// From one profile to the next, and how many.
const APART: f64 = 4.0;
const PROFILES: i32 = 3;
/// Fewer steps than this are no training.
const LEAST_STEPS: u64 = 60;
/// Part of a time that is planned: machines have other things to do.
const PLANNED: f64 = 0.85;
/// What looks at held-out text cost, in training tokens a token: a forward pass.
const LOOK: f64 = 1.0 / 3.0;

/// What a sweep may cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// FLOP of training, Kaplan's exact count.
    Flops(f64),
    /// Wall clock of this machine.
    Seconds(f64),
}

/// One run of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Its folder.
    pub name: String,
    /// d.
    pub width: usize,
    /// L.
    pub layers: usize,
    /// D.
    pub tokens: u64,
    /// Of model and text.
    #[serde(default)]
    pub seed: u64,
    /// h; heads of 16 where it is not told.
    #[serde(default)]
    pub heads: Option<usize>,
    /// T.
    #[serde(default)]
    pub context: Option<usize>,
    /// B; by the number of tokens where it is not told.
    #[serde(default)]
    pub batch: Option<usize>,
}

/// `plan.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// What it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The text of all runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<CorpusChoice>,
    /// Smallest first.
    pub runs: Vec<Planned>,
}

impl Planned {
    /// The whole configuration of the run.
    pub fn config(&self) -> TrainConfig {
        let context = self.context.unwrap_or(CONTEXT);
        // Many steps for few tokens, larger batches for many.
        let windows = self.tokens as usize / context / 1000;
        let batch = self.batch.unwrap_or(windows.next_power_of_two().clamp(4, 32));
        TrainConfig {
            shape: Shape {
                vocab: BYTES,
                context,
                width: self.width,
                layers: self.layers,
                heads: self.heads.unwrap_or((self.width / HEAD).max(1)),
            },
            batch,
            shards: TrainConfig::shards_of(batch),
            tokens: vec![self.tokens],
            learning_rate: scaling::LEARNING_RATE,
            schedule: Schedule::Wsd,
            optimiser: AdamW::default(),
            unique_tokens: None,
            seed: self.seed,
        }
    }
}

/// A plan for a budget, for `jobs` runs side by side; times some steps of each model where the budget is a time.
pub fn plan(budget: Budget, corpus: &CorpusChoice, jobs: usize) -> SweepPlan {
    // Tokens a second of one job, by model; each is timed once.
    let mut speeds = [0.0; LADDER.len()];
    if let Budget::Seconds(_) = budget {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        for (speed, [width, layers]) in speeds.iter_mut().zip(LADDER) {
            let shape = shape(width, layers);
            let time = || benchmark(shape, 4, 1, 3).tokens_per_second;
            *speed = one.as_ref().map_or_else(|_| time(), |pool| pool.install(time));
        }
    }
    let cost = |runs: &[Planned]| -> f64 {
        runs.iter()
            .map(|run| {
                let shape = shape(run.width, run.layers);
                match budget {
                    Budget::Flops(_) => run.tokens as f64 * shape.flops_per_token(),
                    Budget::Seconds(_) => {
                        let place = LADDER
                            .iter()
                            .position(|model| *model == [run.width, run.layers])
                            .unwrap_or(0);
                        let tokens = run.tokens as f64 + LOOK * (HELD_OUT_TOKENS as f64 + run.tokens as f64 / 4.0);
                        tokens / speeds[place] / (PLANNED * jobs as f64)
                    }
                }
            })
            .sum()
    };
    let most = match budget {
        Budget::Flops(flops) => flops,
        Budget::Seconds(seconds) => seconds,
    };
    // The largest top profile that fits, to a per cent.
    let (mut low, mut high) = (1e9_f64, 1e20_f64);
    while high / low > 1.01 {
        let middle = (low * high).sqrt();
        if cost(&profiles(middle)) <= most {
            low = middle;
        } else {
            high = middle;
        }
    }
    SweepPlan {
        budget: Some(budget),
        corpus: Some(corpus.clone()),
        runs: profiles(low),
    }
}

fn shape(width: usize, layers: usize) -> Shape {
    Shape {
        vocab: BYTES,
        context: CONTEXT,
        width,
        layers,
        heads: width / HEAD,
    }
}

/// Runs of the three profiles below and at C = `top`, cheapest first.
fn profiles(top: f64) -> Vec<Planned> {
    let mut runs: Vec<(f64, Planned)> = vec![];
    for profile in (0..PROFILES).rev() {
        let flops = top / APART.powi(profile);
        let middle = (flops / (6.0 * MIDDLE)).sqrt();
        let mut models: Vec<[usize; 2]> = (-SIDE..=SIDE).map(|side| nearest(middle * STEP.powi(side))).collect();
        models.dedup();
        for [width, layers] in models {
            let tokens = (flops / shape(width, layers).flops_per_token()) as u64;
            let planned = Planned {
                name: format!("d{width}-l{layers}-{}k", tokens / 1000),
                width,
                layers,
                tokens,
                seed: 0,
                heads: Some(width / HEAD),
                context: Some(CONTEXT),
                batch: None,
            };
            if tokens >= LEAST_STEPS * planned.config().tokens_per_step() {
                runs.push((flops, planned));
            }
        }
    }
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    runs.into_iter().map(|(_, run)| run).collect()
}

/// The model of the ladder with N nearest to this, as ratios go.
fn nearest(params: f64) -> [usize; 2] {
    let distance =
        |[width, layers]: [usize; 2]| (shape(width, layers).params_non_embedding() as f64 / params).ln().abs();
    let first = LADDER[0];
    LADDER.into_iter().fold(
        first,
        |best, model| if distance(model) < distance(best) { model } else { best },
    )
}

/// How far a sweep is, for whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub struct Swept<'a> {
    /// The run that took a step.
    pub name: &'a str,
    /// Part of all the work that is done, 0 … 1.
    pub done: f64,
    /// The run, when it has just been measured.
    pub finished: Option<&'a Summary>,
}

/// Does a plan in a folder, or what is left of it, `jobs` runs at a time. `watch` may stop it; what was done is on disk.
/// Hands back every run that is finished, in the plan's order.
///
/// # Errors
/// The first error of a run; others that were under way end first.
pub fn sweep(
    plan: &SweepPlan,
    corpus: &CorpusChoice,
    folder: &Path,
    jobs: usize,
    watch: &(dyn Fn(&Swept<'_>) -> ControlFlow<()> + Sync),
) -> Result<Vec<(String, Summary)>, LabError> {
    let work = |run: &Planned| run.tokens as f64 * run.config().shape.flops_per_token();
    let total: f64 = plan.runs.iter().map(work).sum();
    let dones = Mutex::new(vec![0.0; plan.runs.len()]);
    let finished: Mutex<Vec<Option<Summary>>> = Mutex::new(vec![None; plan.runs.len()]);
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let one = |index: usize| -> Result<bool, LabError> {
        let planned = &plan.runs[index];
        let request = RunRequest {
            config: planned.config(),
            corpus: corpus.clone(),
            folder: folder.join(&planned.name),
            resume: true,
        };
        let tell = |done: f64, finished: Option<&Summary>| {
            let mut dones = dones.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            dones[index] = done * work(planned) / total;
            let done = dones.iter().sum();
            drop(dones);
            watch(&Swept {
                name: &planned.name,
                done,
                finished,
            })
        };
        let summary = run(&request, &mut |step, _| tell(step.done, None))?;
        if summary.ended == "stopped" {
            return Ok(false);
        }
        let mut all = finished.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all[index] = Some(summary.clone());
        write_runs(plan, &all, folder)?;
        drop(all);
        Ok(tell(1.0, Some(&summary)).is_continue())
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= plan.runs.len() {
                        break;
                    }
                    let done = pool
                        .as_ref()
                        .map_or_else(|_| one(index), |pool| pool.install(|| one(index)));
                    if !matches!(done, Ok(true)) {
                        // Nobody begins another.
                        next.store(plan.runs.len(), Ordering::Relaxed);
                    }
                    if let Err(error) = done {
                        failure
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .get_or_insert(error);
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error);
    }
    let all = finished.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let named = plan
        .runs
        .iter()
        .zip(all)
        .filter_map(|(run, summary)| Some((run.name.clone(), summary?)));
    Ok(named.collect())
}

/// `runs.csv`: a row a run, as `import --out` writes. A run that diverged has no loss.
fn write_runs(plan: &SweepPlan, all: &[Option<Summary>], folder: &Path) -> Result<(), LabError> {
    let path = folder.join("runs.csv");
    let failed = |reason| LabError::Write {
        path: path.clone(),
        reason,
    };
    let finished = || {
        let both = plan.runs.iter().zip(all);
        both.filter_map(|(run, summary)| Some((run, summary.as_ref()?)))
    };
    let runs = finished().map(|(run, _)| Run {
        name: run.name.clone(),
        ..Run::default()
    });
    let points = finished().enumerate().map(|(index, (run, summary))| {
        let diverged = summary.ended == "diverged";
        Point {
            run: index,
            params: Some(Params(summary.params as f64)),
            params_non_embedding: Some(Params(summary.params_non_embedding as f64)),
            tokens: Some(Tokens(summary.tokens as f64)),
            unique_tokens: summary.unique_tokens.map(|unique| Tokens(unique as f64)),
            flops: Some(Flops(summary.flops)),
            loss: summary.loss.filter(|_| !diverged).map(Loss),
            train_loss: summary.train_loss.map(Loss),
            step: Some((summary.tokens / run.config().tokens_per_step()) as f64),
            diverged,
            ..Point::default()
        }
    });
    let table = RunTable::new("isoloss sweep", runs.collect(), points.collect(), vec![]);
    let table = table.map_err(|error| failed(std::io::Error::other(error)))?;
    let mut text = vec![];
    write_tidy(&[table], &mut text).map_err(failed)?;
    write_atomically(&path, &text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_spends_its_budget_on_three_profiles() {
        for budget in [1e12, 1e13, 1e14] {
            let plan = plan(Budget::Flops(budget), &CorpusChoice::Language, 1);
            let flops = |run: &Planned| run.tokens as f64 * run.config().shape.flops_per_token();
            let total: f64 = plan.runs.iter().map(flops).sum();
            assert!(total <= budget && total > 0.9 * budget, "{budget}: {total}");
            assert!((8..=15).contains(&plan.runs.len()), "{plan:?}");
            for run in &plan.runs {
                run.config().check().unwrap();
            }
            let mut names: Vec<&str> = plan.runs.iter().map(|run| &*run.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), plan.runs.len());
        }
    }

    #[test]
    fn a_sweep_that_was_stopped_is_finished_later() {
        let folder = tempfile::tempdir().unwrap();
        let run = |name: &str, tokens| Planned {
            name: name.to_owned(),
            width: 16,
            layers: 1,
            tokens,
            seed: 0,
            heads: None,
            context: Some(32),
            batch: Some(4),
        };
        let plan = SweepPlan {
            budget: None,
            corpus: None,
            runs: vec![run("a", 2_000), run("b", 4_000)],
        };
        let text = folder.path().join("text.txt");
        std::fs::write(&text, "so much text, so little time. ".repeat(100)).unwrap();
        let corpus = CorpusChoice::Path(text);
        let steps = AtomicUsize::new(0);
        let stop = |_: &Swept<'_>| {
            if steps.fetch_add(1, Ordering::Relaxed) < 25 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let some = sweep(&plan, &corpus, folder.path(), 1, &stop).unwrap();
        assert_eq!(some.len(), 1);
        let rows = || {
            std::fs::read_to_string(folder.path().join("runs.csv"))
                .unwrap()
                .lines()
                .count()
        };
        assert_eq!(rows(), 2);
        let all = sweep(&plan, &corpus, folder.path(), 2, &|_| ControlFlow::Continue(())).unwrap();
        assert_eq!((all.len(), rows()), (2, 3));
        assert_eq!(all[0].1, some[0].1);
    }
}
