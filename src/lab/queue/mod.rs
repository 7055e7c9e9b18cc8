//! A sweep that is worked on beside something else: run by run on threads of its own, paused, reordered, added to and ended
//! at any moment, with all that is done on disk.
//!
//! ```text
//! owner ──orders: a lock and a signal──> keeper and workers ──events: a channel──> owner
//! ```
//!
//! The owner, which must never wait, holds a [`Queue`] and its rows. The keeper writes `plan.json` and ends last. Workers
//! train at the lowest priority that the system gives, as many as there are cores, so that whatever else has work to do goes
//! first; where it gives none, one core is left free. A panic in a run is an error on its row.
//!
//! The folder is the one that [`super::sweep`] makes, and either goes on with what the other began.

mod workers;

pub use workers::panic_text;

use super::sweep::lock;
use super::{CorpusChoice, Finding, LabError, Planned, RunRequest, Summary, SweepPlan, findings, run, runs_csv};
use crate::train::{Point, Step};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Instant;
use workers::{Event, Shared};

/// Called from workers when something has happened: ten times a second and worker, and for each point of a curve. Whoever is
/// woken may take several together.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Identifies a run within its queue.
pub type RowId = usize;

/// How a run is done.
type Work = Arc<
    dyn Fn(&RunRequest, &mut dyn FnMut(&Step<'_>, f64) -> ControlFlow<()>) -> Result<Summary, LabError> + Send + Sync,
>;

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowState {
    /// Its turn will come.
    Waiting,
    /// A worker trains it.
    Running,
    /// It is measured, or has diverged.
    Finished,
    /// It was taken off the plan; what it did is on disk.
    Cancelled,
    /// It could not be done, for this reason.
    Failed(String),
}

/// A run of the queue, as its owner sees it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its identity.
    pub id: RowId,
    /// What is trained.
    pub planned: Planned,
    /// Where it is.
    pub state: RowState,
    /// Part of it that is done, 0 … 1.
    pub done: f64,
    /// Tokens a second since it was last begun; 0 before that is known.
    pub tokens_per_second: f64,
    /// Loss of the latest batch.
    pub train_loss: Option<f64>,
    /// Its curve so far.
    pub curve: Vec<Point>,
    /// What it measured.
    pub summary: Option<Summary>,
}

impl Row {
    /// Seconds that are left if it goes on as it goes; none before that is known.
    pub fn seconds_left(&self) -> Option<f64> {
        let left = self.planned.work() * (1.0 - self.done);
        (self.state == RowState::Running && self.tokens_per_second > 0.0).then(|| left / self.tokens_per_second)
    }

    /// Whether there is anything left to do.
    pub fn open(&self) -> bool {
        matches!(self.state, RowState::Waiting | RowState::Running)
    }
}

/// What has come in since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct News {
    /// A run was measured: `runs.csv` is another.
    pub measured: bool,
    /// A curve has grown.
    pub curves: bool,
}

/// A sweep under way.
#[derive(Debug)]
pub struct Queue {
    folder: PathBuf,
    rows: Vec<Row>,
    /// What finished rows say.
    found: Vec<Finding>,
    corpus: Option<CorpusChoice>,
    paused: bool,
    /// Everything is on disk and no thread is left.
    ended: bool,
    broken: Option<String>,
    shared: Arc<Shared>,
    events: Receiver<Event>,
    keeper: Option<JoinHandle<()>>,
    began: Instant,
}

impl Queue {
    /// Begins a plan in a new folder.
    pub fn start(plan: SweepPlan, folder: &Path, jobs: usize, wake: Wake) -> Self {
        Self::begin(Some(plan), folder, jobs, wake, Arc::new(run))
    }

    /// Goes on with the plan in a folder.
    pub fn resume(folder: &Path, jobs: usize, wake: Wake) -> Self {
        Self::begin(None, folder, jobs, wake, Arc::new(run))
    }

    fn begin(plan: Option<SweepPlan>, folder: &Path, jobs: usize, wake: Wake, work: Work) -> Self {
        let (sender, events) = channel();
        let shared = Arc::new(Shared::new(folder, sender, wake));
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("sweep".to_owned());
        let keeper = thread.spawn(move || workers::keep(&theirs, plan, jobs, &work));
        Self {
            folder: folder.to_owned(),
            rows: vec![],
            found: vec![],
            corpus: None,
            paused: false,
            ended: keeper.is_err(),
            broken: keeper
                .as_ref()
                .err()
                .map(|error| format!("no thread could be started: {error}")),
            shared,
            events,
            keeper: keeper.ok(),
            began: Instant::now(),
        }
    }

    /// Takes in what workers have to tell.
    pub fn poll(&mut self) -> News {
        let mut news = News::default();
        while let Ok(event) = self.events.try_recv() {
            self.take(event, &mut news);
        }
        if news.measured {
            let finished = self
                .rows
                .iter()
                .filter_map(|row| Some((&row.planned, row.summary.as_ref()?)));
            self.found = findings(finished);
        }
        news
    }

    fn take(&mut self, event: Event, news: &mut News) {
        let (id, change) = match event {
            Event::Planned { runs, corpus, measured } => {
                self.corpus = Some(corpus);
                news.curves = true;
                news.measured = measured;
                let rows = runs.into_iter().enumerate();
                self.rows = rows
                    .map(|(id, (planned, summary, curve))| Row {
                        done: if summary.is_some() { 1.0 } else { 0.0 },
                        state: if summary.is_some() {
                            RowState::Finished
                        } else {
                            RowState::Waiting
                        },
                        summary,
                        curve,
                        ..Row::new(id, planned)
                    })
                    .collect();
                return;
            }
            Event::Broken(text) => {
                self.broken = Some(text);
                return;
            }
            Event::Ended => {
                self.ended = true;
                return;
            }
            Event::Row(id, change) => (id, change),
        };
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
            row.take(change, news);
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The table of its finished runs.
    pub fn table(&self) -> PathBuf {
        runs_csv(&self.folder)
    }

    /// The text of its runs, once the plan is read.
    pub fn corpus(&self) -> Option<&CorpusChoice> {
        self.corpus.as_ref()
    }

    /// Its runs: as they are waiting, and before those the others.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What its finished runs say by themselves.
    pub fn findings(&self) -> &[Finding] {
        &self.found
    }

    /// A run by identity.
    pub fn row(&self, id: RowId) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// Why there is no sweep at all.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// Nothing is begun until it goes on.
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// There are runs to be done, now or another time.
    pub fn unfinished(&self) -> bool {
        // Before the plan is read nobody knows.
        (self.corpus.is_none() && !self.ended) || self.rows.iter().any(Row::open)
    }

    /// Threads are training, or about to.
    pub fn active(&self) -> bool {
        let running = self.rows.iter().any(|row| row.state == RowState::Running);
        !self.ended && (running || (self.unfinished() && !self.paused))
    }

    /// Everything is on disk and no thread is left.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Seconds since it was begun here.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Seconds that are left, by what the running ones do in FLOP a second; none before that is known.
    pub fn seconds_left(&self) -> Option<f64> {
        let rate: f64 = self
            .rows
            .iter()
            .filter(|row| row.state == RowState::Running)
            .map(|row| row.tokens_per_second * row.planned.flops() / row.planned.work())
            .sum();
        let open = self.rows.iter().filter(|row| row.open());
        let left: f64 = open.map(|row| row.planned.flops() * (1.0 - row.done)).sum();
        (rate > 0.0).then(|| left / rate)
    }

    /// Part of the work of all runs that is done, 0 … 1.
    pub fn done(&self) -> f64 {
        let kept = || self.rows.iter().filter(|row| row.state != RowState::Cancelled);
        let all: f64 = kept().map(|row| row.planned.flops()).sum();
        let done: f64 = kept().map(|row| row.planned.flops() * row.done).sum();
        if all > 0.0 { done / all } else { 0.0 }
    }

    /// Saves what is running and lets everything wait.
    pub fn pause(&mut self) {
        self.paused = true;
        self.order(|control| control.paused = true);
    }

    /// Goes on.
    pub fn go_on(&mut self) {
        self.paused = false;
        self.order(|control| control.paused = false);
    }

    /// Takes a run that is waiting or running off the plan. What it did stays on disk.
    pub fn cancel(&mut self, id: RowId) {
        let Some(row) = self.rows.iter_mut().find(|row| row.id == id && row.open()) else {
            return;
        };
        // A running one is only asked, and says so itself when it has stopped.
        if row.state == RowState::Waiting {
            row.state = RowState::Cancelled;
        }
        self.order(|control| control.cancel(id));
    }

    /// Takes all that is not finished off the plan.
    pub fn cancel_all(&mut self) {
        let open: Vec<RowId> = self.rows.iter().filter(|row| row.open()).map(|row| row.id).collect();
        for id in open {
            self.cancel(id);
        }
    }

    /// Lets a waiting run change places with the one before or behind it.
    pub fn swap(&mut self, id: RowId, earlier: bool) {
        let waiting: Vec<usize> = (0..self.rows.len())
            .filter(|place| self.rows[*place].state == RowState::Waiting)
            .collect();
        let Some(at) = waiting.iter().position(|place| self.rows[*place].id == id) else {
            return;
        };
        let other = if earlier { at.checked_sub(1) } else { Some(at + 1) };
        let Some(&other) = other.and_then(|other| waiting.get(other)) else {
            return;
        };
        let ids = (id, self.rows[other].id);
        self.rows.swap(waiting[at], other);
        self.order(|control| control.swap(ids));
    }

    /// Puts another run behind all others, under a name of its own. Says whether there is a queue to take it.
    pub fn add(&mut self, mut planned: Planned) -> bool {
        if self.ended || self.corpus.is_none() || planned.config().check().is_err() {
            return false;
        }
        planned.name_unlike(self.rows.iter().map(|row| &*row.planned.name));
        let id = self.rows.len();
        self.rows.push(Row::new(id, planned.clone()));
        self.order(|control| control.add(planned));
        true
    }

    /// Saves what is running and ends; [`Queue::ended`] says when that is done.
    pub fn stop(&mut self) {
        self.order(|control| control.closing = true);
    }

    fn order(&self, change: impl FnOnce(&mut workers::Control)) {
        change(&mut lock(&self.shared.control));
        self.shared.changed.notify_all();
    }
}

impl Drop for Queue {
    /// Waits until what is running is saved, which takes no longer than a step.
    fn drop(&mut self) {
        self.stop();
        if let Some(keeper) = self.keeper.take() {
            keeper.join().ok();
        }
    }
}

impl Row {
    fn new(id: RowId, planned: Planned) -> Self {
        Self {
            id,
            planned,
            state: RowState::Waiting,
            done: 0.0,
            tokens_per_second: 0.0,
            train_loss: None,
            curve: vec![],
            summary: None,
        }
    }

    fn take(&mut self, change: workers::Change, news: &mut News) {
        use workers::Change;
        match change {
            Change::Began(curve) => {
                self.state = RowState::Running;
                self.tokens_per_second = 0.0;
                self.curve = curve;
            }
            Change::Progress {
                done,
                tokens_per_second,
                train_loss,
            } => {
                self.done = done;
                self.tokens_per_second = tokens_per_second;
                self.train_loss = Some(train_loss);
            }
            Change::Point(point) => {
                // A run that was killed is taken up from before its last points.
                self.curve.retain(|known| known.step < point.step);
                self.curve.push(point);
                news.curves = true;
            }
            Change::Finished(summary) => {
                self.state = RowState::Finished;
                self.done = 1.0;
                self.summary = Some(*summary);
                *news = News {
                    measured: true,
                    curves: true,
                };
            }
            Change::Measured => news.measured = true,
            Change::Waits => self.state = RowState::Waiting,
            Change::Cancelled => self.state = RowState::Cancelled,
            Change::Failed(text) => self.state = RowState::Failed(text),
        }
    }
}

#[cfg(test)]
mod tests;
