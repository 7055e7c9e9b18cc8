//! A sweep done to its end: the runs of a plan side by side, safe against being killed.
//!
//! `plan.json` is written first and everything after it is a function of it: what is finished is found by its
//! `result.json`, and `runs.csv` is written anew, whole, each time a run is measured.

use super::run::{finished, read_json, to_json};
use super::save::remove_leftovers;
use super::{CorpusChoice, LabError, Planned, RunRequest, Summary, SweepPlan, run, write_atomically};
use crate::data::{Point, Run, RunTable};
use crate::import::write_tidy;
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
    // What is there already is known before anything is written: the table never has fewer runs than are finished.
    let before: Vec<Option<Summary>> = plan
        .runs
        .iter()
        .map(|run| finished(&folder.join(&run.name)))
        .collect::<Result<_, _>>()?;
    if before.iter().any(Option::is_some) {
        write_runs(plan.runs.iter().zip(&before), folder)?;
    }
    let all = Mutex::new(before.clone());
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
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
        if let Some(summary) = &before[index] {
            return Ok(tell(1.0, Some(summary)).is_continue());
        }
        let summary = run(&request(planned, corpus, folder, pace.save_every), &mut |step, _| {
            tell(step.done, None)
        })?;
        if summary.ended == "stopped" {
            return Ok(false);
        }
        let mut all = lock(&all);
        all[index] = Some(summary.clone());
        write_runs(plan.runs.iter().zip(&*all), folder)?;
        drop(all);
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
        .filter_map(|(run, summary)| Some((run.name.clone(), summary?)));
    Ok(named.collect())
}

/// `runs.csv`: a row for each run that is finished, as `import --out` writes. A run that diverged has no loss.
pub(super) fn write_runs<'a>(
    runs: impl Iterator<Item = (&'a Planned, &'a Option<Summary>)>,
    folder: &Path,
) -> Result<(), LabError> {
    let path = runs_csv(folder);
    let failed = |reason| LabError::Write {
        path: path.clone(),
        reason,
    };
    let (mut names, mut points) = (vec![], vec![]);
    for (run, summary) in runs {
        let Some(summary) = summary else { continue };
        let diverged = summary.ended == "diverged";
        points.push(Point {
            run: names.len(),
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
        });
        names.push(Run {
            name: run.name.clone(),
            ..Run::default()
        });
    }
    let table = RunTable::new("isoloss sweep", names, points, vec![]);
    let table = table.map_err(|error| failed(std::io::Error::other(error)))?;
    let mut text = vec![];
    write_tidy(&[table], &mut text).map_err(failed)?;
    write_atomically(&path, &text).map_err(failed)
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
