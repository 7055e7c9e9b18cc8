//! A sweep done to its end: the runs of a plan side by side, safe against being killed.
//!
//! `plan.json` is written first and everything after it is a function of it: what is finished is found by its
//! `result.json`, what an unfinished run has measured on branches by its state. `runs.csv` is written anew, whole, each time
//! something is measured, and with it `curves.csv`, the curves of finished runs.

use super::run::{branch_suffix, finished, measured, read_json, to_json};
use super::save::remove_leftovers;
use super::{CorpusChoice, LabError, Planned, RunRequest, Summary, SweepPlan, run, write_atomically};
use crate::data::{Point, Run, RunTable};
use crate::import::write_tidy;
use crate::train::Measured;
use crate::units::{Flops, Loss, Params, Tokens};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The plan of the sweep in a folder.
///
/// # Errors
/// When there is none, or one that cannot be read.
pub fn read_plan(folder: &Path) -> Result<SweepPlan, LabError> {
    let path = folder.join("plan.json");
    read_json(&path)?.ok_or_else(|| LabError::Read {
        path,
        reason: "there is no such file".to_owned(),
    })
}

/// Makes the folder where it is missing, and writes the plan there.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_plan(plan: &SweepPlan, folder: &Path) -> Result<(), LabError> {
    let path = folder.join("plan.json");
    std::fs::create_dir_all(folder)
        .and_then(|()| write_atomically(&path, &to_json(plan)))
        .map_err(|reason| LabError::Write { path, reason })
}

/// The table of finished runs.
pub fn runs_csv(folder: &Path) -> PathBuf {
    folder.join("runs.csv")
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

/// What goes on with a planned run where it was.
pub(super) fn request(planned: &Planned, corpus: &CorpusChoice, folder: &Path, save_every: Duration) -> RunRequest {
    RunRequest {
        config: planned.config(),
        corpus: corpus.clone(),
        folder: folder.join(&planned.name),
        resume: true,
        save_every,
    }
}

/// Nothing that panics holds one of these locks halfway through a change.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a sweep is done; its results do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Runs side by side.
    pub jobs: usize,
    /// Between two savings of a run.
    pub save_every: Duration,
}

/// Does a plan in a folder, or what is left of it. `watch` may stop it; what was done is on disk.
/// Hands back every run that is finished, in the plan's order.
///
/// # Errors
/// The first error of a run; others that were under way end first.
pub fn sweep(
    plan: &SweepPlan,
    corpus: &CorpusChoice,
    folder: &Path,
    pace: Pace,
    watch: &(dyn Fn(&Swept<'_>) -> ControlFlow<()> + Sync),
) -> Result<Vec<(String, Summary)>, LabError> {
    remove_leftovers(folder);
    let total: f64 = plan.runs.iter().map(Planned::flops).sum();
    let dones = Mutex::new(vec![0.0; plan.runs.len()]);
    // What is there already is known before anything is written: the table never has fewer runs than are measured.
    let before: Vec<Standing> = plan
        .runs
        .iter()
        .map(|run| Standing::of(&folder.join(&run.name)))
        .collect::<Result<_, _>>()?;
    if before.iter().any(Standing::is_any) {
        write_runs(plan.runs.iter().zip(&before), corpus, folder)?;
    }
    let all = Mutex::new(before.clone());
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let record = |index: usize, change: &dyn Fn(&mut Standing)| {
        let mut all = lock(&all);
        change(&mut all[index]);
        write_runs(plan.runs.iter().zip(&*all), corpus, folder)
    };
    let one = |index: usize| -> Result<bool, LabError> {
        let planned = &plan.runs[index];
        let tell = |done: f64, finished: Option<&Summary>| {
            let mut dones = lock(&dones);
            dones[index] = done * planned.flops() / total;
            let done = dones.iter().sum();
            drop(dones);
            watch(&Swept {
                name: &planned.name,
                done,
                finished,
            })
        };
        if let Some(summary) = &before[index].summary {
            return Ok(tell(1.0, Some(summary)).is_continue());
        }
        let (mut due, mut failed) = (vec![], None);
        let summary = run(&request(planned, corpus, folder, pace.save_every), &mut |step, _| {
            // Saved since the step that measured it.
            for measured in due.drain(..) {
                failed = record(index, &|standing| standing.add(measured)).err();
            }
            due.extend(step.measured.copied());
            if failed.is_some() {
                return ControlFlow::Break(());
            }
            tell(step.done, None)
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        if summary.ended == "stopped" {
            return Ok(false);
        }
        record(index, &|standing| *standing = Standing::finished(summary.clone()))?;
        Ok(tell(1.0, Some(&summary)).is_continue())
    };
    std::thread::scope(|scope| {
        for _ in 0..pace.jobs.max(1) {
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
                        lock(&failure).get_or_insert(error);
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    let named = plan
        .runs
        .iter()
        .zip(all)
        .filter_map(|(run, standing)| Some((run.name.clone(), standing.summary?)));
    Ok(named.collect())
}

/// What is known of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Standing {
    /// At each number of tokens so far.
    measured: Vec<Measured>,
    /// Once it is finished.
    pub(super) summary: Option<Summary>,
}

impl Standing {
    /// Of the run in a folder.
    pub(super) fn of(folder: &Path) -> Result<Self, LabError> {
        Ok(match finished(folder)? {
            Some(summary) => Self::finished(summary),
            None => Self {
                measured: measured(folder)?,
                summary: None,
            },
        })
    }

    pub(super) fn finished(summary: Summary) -> Self {
        Self {
            measured: summary.measured.clone(),
            summary: Some(summary),
        }
    }

    pub(super) fn add(&mut self, measured: Measured) {
        self.measured.push(measured);
    }

    pub(super) fn is_any(&self) -> bool {
        !self.measured.is_empty() || self.summary.is_some()
    }
}

/// The source of runs on the built-in language, in their tables: whoever reads one knows the best possible loss.
pub const LANGUAGE_SOURCE: &str = "isoloss language";

/// `runs.csv`: a row for each time that a run was measured, as `import --out` writes; branches are runs of their own. A run that
/// diverged has no loss.
pub(super) fn write_runs<'a>(
    runs: impl Iterator<Item = (&'a Planned, &'a Standing)>,
    corpus: &CorpusChoice,
    folder: &Path,
) -> Result<(), LabError> {
    let path = runs_csv(folder);
    let failed = |reason| LabError::Write {
        path: path.clone(),
        reason,
    };
    let (mut names, mut points, mut curves) = (vec![], vec![], vec![]);
    for (run, standing) in runs {
        let (config, shape) = (run.config(), run.config().shape);
        let steps = |tokens: u64| (tokens / config.tokens_per_step()) as f64;
        let blank = |name: String, tokens: u64| {
            let run = Run { name, ..Run::default() };
            let point = Point {
                params: Some(Params(shape.params_total() as f64)),
                params_non_embedding: Some(Params(shape.params_non_embedding() as f64)),
                tokens: Some(Tokens(tokens as f64)),
                flops: Some(Flops(tokens as f64 * shape.flops_per_token())),
                step: Some(steps(tokens)),
                ..Point::default()
            };
            (run, point)
        };
        for measured in &standing.measured {
            let suffix = if measured.tokens < run.tokens {
                branch_suffix(measured.tokens)
            } else {
                String::new()
            };
            let (name, point) = blank(format!("{}{suffix}", run.name), measured.tokens);
            points.push(Point {
                run: names.len(),
                unique_tokens: measured.unique_tokens.map(|unique| Tokens(unique as f64)),
                loss: Some(Loss(measured.held_out.loss)),
                train_loss: Some(Loss(measured.train_loss)),
                ..point
            });
            names.push(name);
        }
        if let Some(summary) = standing.summary.as_ref().filter(|summary| summary.ended == "diverged") {
            let (name, point) = blank(run.name.clone(), summary.tokens);
            points.push(Point {
                run: names.len(),
                unique_tokens: summary.unique_tokens.map(|unique| Tokens(unique as f64)),
                train_loss: summary.train_loss.map(Loss),
                diverged: true,
                ..point
            });
            names.push(name);
        }
        if standing.summary.is_some() {
            curves.push(folder.join(&run.name).join("curve.csv"));
        }
    }
    let source = match corpus {
        CorpusChoice::Language => LANGUAGE_SOURCE,
        CorpusChoice::Path(_) => "isoloss sweep",
    };
    let table = RunTable::new(source, names, points, vec![]);
    let table = table.map_err(|error| failed(std::io::Error::other(error)))?;
    let mut text = vec![];
    write_tidy(&[table], &mut text).map_err(failed)?;
    write_atomically(&path, &text).map_err(failed)?;
    write_curves(&curves, folder)
}

/// `curves.csv`: the curves of finished runs one after the other.
fn write_curves(curves: &[PathBuf], folder: &Path) -> Result<(), LabError> {
    let mut text = String::new();
    for path in curves {
        // A curve is for the eye: without it a run is what it measured all the same.
        let Ok(curve) = std::fs::read_to_string(path) else {
            continue;
        };
        let rows = curve.split_once('\n').map_or("", |(_, rows)| rows);
        text.push_str(if text.is_empty() { &curve } else { rows });
    }
    let path = folder.join("curves.csv");
    write_atomically(&path, text.as_bytes()).map_err(|reason| LabError::Write { path, reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::SAVE_EVERY;

    fn pace(jobs: usize) -> Pace {
        Pace {
            jobs,
            save_every: SAVE_EVERY,
        }
    }

    #[test]
    fn a_sweep_that_was_stopped_is_finished_later() {
        let folder = tempfile::tempdir().unwrap();
        let run = |name: &str, tokens| Planned {
            name: name.to_owned(),
            context: Some(32),
            batch: Some(4),
            ..Planned::new([16, 1], tokens, 0, None)
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
        let some = sweep(&plan, &corpus, folder.path(), pace(1), &stop).unwrap();
        assert_eq!(some.len(), 1);
        let rows = || {
            std::fs::read_to_string(folder.path().join("runs.csv"))
                .unwrap()
                .lines()
                .count()
        };
        assert_eq!(rows(), 2);
        // The table has every finished run from the first moment on.
        std::fs::write(folder.path().join("runs.csv"), "").unwrap();
        let stopped = sweep(&plan, &corpus, folder.path(), pace(1), &|_| ControlFlow::Break(())).unwrap();
        assert_eq!((stopped.len(), rows()), (1, 2));
        let all = sweep(&plan, &corpus, folder.path(), pace(2), &|_| ControlFlow::Continue(())).unwrap();
        assert_eq!((all.len(), rows()), (2, 3));
        assert_eq!(all[0].1, some[0].1);
    }
}
