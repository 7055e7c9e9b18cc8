//! The threads of a queue: one that keeps the plan on disk, and those that train.

use super::super::live::read_curve;
use super::super::save::remove_leftovers;
use super::super::sweep::{Standing, lock, request, write_runs};
use super::super::{CorpusChoice, LabError, Planned, SAVE_EVERY, Summary, SweepPlan, read_plan, write_plan};
use super::{RowId, Wake, Work};
use crate::train::{Point, Step};
use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two words about the progress of a run.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What workers tell.
#[derive(Debug)]
pub(super) enum Event {
    /// The plan stands, with what is finished of it and the curves so far.
    Planned {
        runs: Vec<(Planned, Option<Summary>, Vec<Point>)>,
        corpus: CorpusChoice,
        /// Whether there is a table of them.
        measured: bool,
    },
    /// There is no sweep, or it can no longer be written.
    Broken(String),
    /// About one run.
    Row(RowId, Change),
    /// No thread is left.
    Ended,
}

/// What has happened to a run.
#[derive(Debug)]
pub(super) enum Change {
    /// A worker has taken it up, with this curve so far.
    Began(Vec<Point>),
    /// On a branch; the table has one row more.
    Measured,
    /// A step, of many.
    Progress {
        done: f64,
        tokens_per_second: f64,
        train_loss: f64,
    },
    /// Its curve has grown.
    Point(Point),
    /// It is measured, and in the table.
    Finished(Box<Summary>),
    /// It was paused.
    Waits,
    /// It was cancelled while it ran.
    Cancelled,
    /// It could not be done.
    Failed(String),
}

/// What the owner orders.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// By identity.
    runs: Vec<Planned>,
    waiting: VecDeque<RowId>,
    cancelled: BTreeSet<RowId>,
    pub(super) paused: bool,
    pub(super) closing: bool,
    /// `plan.json` is no longer true.
    replanned: bool,
}

impl Control {
    pub(super) fn cancel(&mut self, id: RowId) {
        self.waiting.retain(|waiting| *waiting != id);
        self.cancelled.insert(id);
        self.replanned = true;
    }

    pub(super) fn swap(&mut self, (a, b): (RowId, RowId)) {
        let place = |id| self.waiting.iter().position(|waiting| *waiting == id);
        // One of them may have been taken up in this very moment.
        if let (Some(a), Some(b)) = (place(a), place(b)) {
            self.waiting.swap(a, b);
        }
    }

    pub(super) fn add(&mut self, planned: Planned) {
        self.waiting.push_back(self.runs.len());
        self.runs.push(planned);
        self.replanned = true;
    }
}

/// What owner, keeper and workers share.
pub(super) struct Shared {
    folder: PathBuf,
    pub(super) control: Mutex<Control>,
    pub(super) changed: Condvar,
    /// What is measured, by identity. Held while the table is written, so never by the owner.
    results: Mutex<Vec<Standing>>,
    corpus: Mutex<CorpusChoice>,
    sender: Sender<Event>,
    wake: Wake,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(folder: &Path, sender: Sender<Event>, wake: Wake) -> Self {
        Self {
            folder: folder.to_owned(),
            control: Mutex::default(),
            changed: Condvar::new(),
            results: Mutex::default(),
            corpus: Mutex::new(CorpusChoice::Language),
            sender,
            wake,
        }
    }

    fn tell(&self, event: Event) {
        // The owner may be gone.
        self.sender.send(event).ok();
        (self.wake)();
    }

    fn tell_of(&self, id: RowId, change: Change) {
        self.tell(Event::Row(id, change));
    }

    /// The next run that nobody has begun; none when everything is to end.
    fn take(&self) -> Option<(RowId, Planned)> {
        let mut control = lock(&self.control);
        loop {
            if control.closing {
                return None;
            }
            if !control.paused
                && let Some(id) = control.waiting.pop_front()
            {
                return Some((id, control.runs[id].clone()));
            }
            control = self.changed.wait(control).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether a run is to stop.
    fn unwanted(&self, id: RowId) -> bool {
        let control = lock(&self.control);
        control.paused || control.closing || control.cancelled.contains(&id)
    }
}

/// Begins, keeps the plan on disk, and ends when everything else has.
pub(super) fn keep(shared: &Arc<Shared>, plan: Option<SweepPlan>, jobs: usize, work: &Work) {
    if let Err(error) = keep_or_fail(shared, plan, jobs, work) {
        shared.tell(Event::Broken(error.to_string()));
    }
    shared.tell(Event::Ended);
}

fn keep_or_fail(shared: &Arc<Shared>, plan: Option<SweepPlan>, jobs: usize, work: &Work) -> Result<(), LabError> {
    let folder = &shared.folder;
    let lowered = lower_priority();
    let mut plan = match plan {
        Some(plan) => {
            plan.check()?;
            if folder.join("plan.json").exists() {
                return Err(LabError::Plan(format!("{} holds a sweep already", folder.display())));
            }
            write_plan(&plan, folder)?;
            plan
        }
        None => {
            let plan = read_plan(folder)?;
            plan.check()?;
            remove_leftovers(folder);
            plan
        }
    };
    let corpus = plan.corpus.clone().unwrap_or(CorpusChoice::Language);
    lock(&shared.corpus).clone_from(&corpus);
    let results: Vec<Standing> = plan
        .runs
        .iter()
        .map(|run| Standing::of(&folder.join(&run.name)))
        .collect::<Result<_, LabError>>()?;
    let any = results.iter().any(Standing::is_any);
    if any {
        write_runs(plan.runs.iter().zip(&results), &corpus, folder)?;
    }
    let state = |(run, standing): (&Planned, &Standing)| {
        let curve = read_curve(&folder.join(&run.name));
        (run.clone(), standing.summary.clone(), curve)
    };
    let runs: Vec<_> = plan.runs.iter().zip(&results).map(state).collect();
    {
        let mut control = lock(&shared.control);
        control.waiting = (0..runs.len()).filter(|id| runs[*id].1.is_none()).collect();
        control.runs.clone_from(&plan.runs);
    }
    *lock(&shared.results) = results;
    shared.tell(Event::Planned {
        runs,
        corpus: corpus.clone(),
        measured: any,
    });
    // Beside a window that would have to wait for its turn, one core fewer.
    let jobs = if lowered { jobs } else { jobs.saturating_sub(1) }.max(1);
    let workers: Vec<_> = (0..jobs)
        .map(|number| {
            let (shared, corpus, work) = (Arc::clone(shared), corpus.clone(), Arc::clone(work));
            std::thread::Builder::new()
                .name(format!("trainer {number}"))
                .spawn(move || train(&shared, &corpus, &work))
        })
        .collect();
    if let Some(Err(error)) = workers.iter().find(|worker| worker.is_err())
        && workers.iter().all(Result::is_err)
    {
        shared.tell(Event::Broken(format!("no thread could be started: {error}")));
    }
    loop {
        let closing = {
            let mut control = lock(&shared.control);
            while !control.closing && !control.replanned {
                control = shared.changed.wait(control).unwrap_or_else(PoisonError::into_inner);
            }
            control.replanned = false;
            let kept = (0..control.runs.len()).filter(|id| !control.cancelled.contains(id));
            plan.runs = kept.map(|id| control.runs[id].clone()).collect();
            control.closing
        };
        if let Err(error) = write_plan(&plan, folder) {
            shared.tell(Event::Broken(error.to_string()));
        }
        if closing {
            break;
        }
    }
    for worker in workers.into_iter().flatten() {
        worker.join().ok();
    }
    Ok(())
}

/// Whatever else the machine has to do goes first. Says whether the system allows that.
pub(super) fn lower_priority() -> bool {
    thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Min).is_ok()
}

/// One run after the other.
fn train(shared: &Shared, corpus: &CorpusChoice, work: &Work) {
    lower_priority();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .start_handler(|_| {
            lower_priority();
        })
        .build()
        .ok();
    while let Some((id, planned)) = shared.take() {
        let request = request(&planned, corpus, &shared.folder, SAVE_EVERY);
        shared.tell_of(id, Change::Began(read_curve(&request.folder)));
        let mut told = Instant::now();
        let (mut due, mut failed) = (vec![], None);
        let mut watch = |step: &Step<'_>, tokens_per_second: f64| {
            // Saved since the step that measured it.
            for measured in due.drain(..) {
                match record(shared, id, &|standing| standing.add(measured)) {
                    Ok(()) => shared.tell_of(id, Change::Measured),
                    Err(error) => failed = Some(error),
                }
            }
            due.extend(step.measured.copied());
            if failed.is_some() {
                return ControlFlow::Break(());
            }
            if let Some(point) = step.point {
                shared.tell_of(id, Change::Point(*point));
            }
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                shared.tell_of(
                    id,
                    Change::Progress {
                        done: step.done,
                        tokens_per_second,
                        train_loss: step.train_loss,
                    },
                );
            }
            if shared.unwanted(id) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let mut one = || work(&request, &mut watch);
        let outcome = catch_unwind(AssertUnwindSafe(|| match &pool {
            Some(pool) => pool.install(&mut one),
            None => one(),
        }));
        let change = match outcome {
            _ if failed.is_some() => Change::Failed(failed.map_or(String::new(), |error| error.to_string())),
            Err(panic) => Change::Failed(panic_text(&*panic)),
            Ok(Err(error)) => Change::Failed(error.to_string()),
            Ok(Ok(summary)) if summary.ended == "stopped" => stopped(shared, id),
            Ok(Ok(summary)) => match record(shared, id, &|standing| *standing = Standing::finished(summary.clone())) {
                Ok(()) => Change::Finished(Box::new(summary)),
                Err(error) => Change::Failed(error.to_string()),
            },
        };
        shared.tell_of(id, change);
    }
}

/// A run that was stopped waits in front of the others, unless it was cancelled.
fn stopped(shared: &Shared, id: RowId) -> Change {
    let mut control = lock(&shared.control);
    if control.cancelled.contains(&id) {
        return Change::Cancelled;
    }
    control.waiting.push_front(id);
    Change::Waits
}

/// Writes the table with something more in it.
fn record(shared: &Shared, id: RowId, change: &dyn Fn(&mut Standing)) -> Result<(), LabError> {
    let runs = lock(&shared.control).runs.clone();
    let corpus = lock(&shared.corpus).clone();
    let mut results = lock(&shared.results);
    let known = results.len().max(runs.len());
    results.resize(known, Standing::default());
    change(&mut results[id]);
    write_runs(runs.iter().zip(&*results), &corpus, &shared.folder)
}

/// What a thread died of, in words.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("internal error: {}", text.unwrap_or_else(|| "unknown".to_owned()))
}
