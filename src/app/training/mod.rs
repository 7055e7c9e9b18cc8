//! Trainings beside the window: the queue, its table as a data set, its curves, and what is left to be done another time.
//!
//! A finished run is in `runs.csv`; that file is a data set of the session and is read again each time, as a watched file is,
//! so the fit moves by the ordinary way. Curves of what is under way are shown and never fitted: a loss before the end of
//! the schedule is no point of a law.

mod closing;

pub(super) use closing::closing_ui;

use super::IsolossApp;
use super::commands::Command;
use crate::import::ImportOptions;
use crate::lab::{CorpusChoice, Planned, Queue, RowId, SweepPlan, live_table};
use crate::session::{Action, Answer, DataAction, Source, Task, TrainAction, TrainFound, TrainWork, Workspace};
use closing::Closing;
use eframe::egui::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Curves are drawn anew no more often than this.
const CURVES_EVERY: Duration = Duration::from_millis(700);
/// The window is woken no more often than this.
const WAKE_EVERY: Duration = Duration::from_millis(100);

/// Key of the sweeps that were not finished, in the window's own state.
pub(super) const UNFINISHED: &str = "unfinished_sweeps";

/// What can be asked of the trainings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TrainCommand {
    /// Choose a text file, or a folder of them.
    PickText {
        /// A folder.
        folder: bool,
    },
    /// Measure this machine and plan runs.
    Plan,
    /// Begin the planned runs.
    Start,
    /// Save and let everything wait.
    Pause,
    /// Go on.
    GoOn,
    /// Take a run off the plan.
    Cancel(RowId),
    /// Take all that is not finished off the plan.
    CancelAll,
    /// Let a waiting run change places with the one before it, or behind it.
    Move {
        /// Which.
        id: RowId,
        /// Before it.
        earlier: bool,
    },
    /// Let a finished model write.
    Sample(RowId),
    /// Another run behind the others.
    Add {
        /// Width and layers.
        model: [usize; 2],
        /// D.
        tokens: u64,
    },
    /// Go on with an unfinished sweep of an earlier time, by its place among those offered.
    Resume(usize),
    /// Offer it no longer.
    Forget(usize),
    /// Close the window once everything is saved, or do not.
    Close {
        /// Do.
        stop: bool,
    },
}

/// The trainings of the window.
pub(super) struct Training {
    pub(super) queue: Option<Queue>,
    /// Sweeps of earlier times that wait to be finished.
    pub(super) offered: Vec<PathBuf>,
    /// Where new sweeps are kept; nowhere where the system names no such folder.
    pub(super) folder: Option<PathBuf>,
    /// Runs side by side. Asked once: the system reads files for it.
    pub(super) jobs: usize,
    /// Queues that have nothing left to do and are about to end.
    ending: Vec<Queue>,
    /// The table was made a data set; whoever takes it off the list does not want it back.
    opened: bool,
    curves_due: bool,
    curves_drawn: Instant,
    closing: Closing,
}

impl Training {
    /// None; new sweeps go to this folder.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            queue: None,
            offered: vec![],
            folder,
            jobs: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            ending: vec![],
            opened: false,
            curves_due: false,
            curves_drawn: Instant::now(),
            closing: Closing::default(),
        }
    }

    /// Threads are training.
    pub(super) fn active(&self) -> bool {
        self.queue.as_ref().is_some_and(Queue::active)
    }

    /// A sweep is under way or paused.
    pub(super) fn unfinished(&self) -> bool {
        self.queue.as_ref().is_some_and(Queue::unfinished)
    }

    /// For the window's own state: sweeps that are to be offered next time.
    pub(super) fn to_json(&self) -> String {
        let present = self.queue.as_ref().filter(|queue| queue.unfinished());
        let present = present.map(|queue| queue.folder().to_owned());
        let all: Vec<PathBuf> = present.into_iter().chain(self.offered.iter().cloned()).collect();
        serde_json::to_string(&all).unwrap_or_default()
    }

    /// Offers what was left at an earlier time.
    pub(super) fn offer(&mut self, json: &str) {
        // Text of another version offers nothing.
        self.offered = serde_json::from_str(json).unwrap_or_default();
    }

    fn replace(&mut self, queue: Queue) {
        if let Some(mut old) = self.queue.replace(queue) {
            old.stop();
            self.ending.push(old);
        }
        self.opened = false;
    }
}

/// A path that is dropped while the Train tab is open and is text to train on: a folder, or a file that no table has the
/// ending of.
pub(super) fn is_text(path: &Path) -> bool {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("gz") => false,
        Some("txt" | "md" | "log" | "out" | "dat") | None => true,
        Some(ending) => !crate::session::RUN_ENDINGS.contains(&ending),
    }
}

impl IsolossApp {
    /// Keeps new sweeps in this folder.
    pub fn keep_sweeps_in(&mut self, folder: PathBuf) {
        self.training.folder = Some(folder);
    }

    /// Whether threads are training.
    pub fn is_training(&self) -> bool {
        self.training.active()
    }

    /// Does what was asked of the trainings.
    pub(super) fn train(&mut self, ctx: &Context, frame: &eframe::Frame, command: TrainCommand) {
        if let TrainCommand::PickText { folder } = command {
            self.dialogs.pick_text(ctx, frame, folder);
            return;
        }
        match command {
            TrainCommand::Plan => {
                let choice = self.workspace.session().train.clone();
                let jobs = self.training.jobs;
                self.undertake(vec![Task::Train(Box::new(TrainWork::Plan { choice, jobs }))]);
            }
            TrainCommand::Start => self.start_sweep(ctx),
            TrainCommand::Resume(place) => {
                if place < self.training.offered.len() && !self.training.unfinished() {
                    let folder = self.training.offered.remove(place);
                    let queue = Queue::resume(&folder, self.training.jobs, wake(ctx));
                    self.training.replace(queue);
                }
            }
            TrainCommand::Forget(place) => {
                if place < self.training.offered.len() {
                    self.training.offered.remove(place);
                }
            }
            TrainCommand::Close { stop } => self.close(stop),
            _ => self.order(command),
        }
    }

    /// Does what was asked of the present queue.
    fn order(&mut self, command: TrainCommand) {
        let known = self.workspace.derived().train.sample.clone();
        let choice = &self.workspace.session().train;
        let Some(queue) = &mut self.training.queue else { return };
        match command {
            TrainCommand::Add { model, tokens } => {
                queue.add(Planned::new(model, tokens, choice.seed, choice.unique_limit()));
            }
            TrainCommand::Pause => queue.pause(),
            TrainCommand::GoOn => queue.go_on(),
            TrainCommand::Cancel(id) => queue.cancel(id),
            TrainCommand::CancelAll => queue.cancel_all(),
            TrainCommand::Move { id, earlier } => queue.swap(id, earlier),
            TrainCommand::Sample(id) => {
                let Some(row) = queue.row(id) else { return };
                let folder = queue.folder().join(&row.planned.name);
                // Asked again, it writes something else.
                let seed = known
                    .filter(|known| known.folder == folder)
                    .map_or(0, |known| known.seed + 1);
                self.undertake(vec![Task::Train(Box::new(TrainWork::Sample { folder, seed }))]);
            }
            _ => {}
        }
    }

    fn start_sweep(&mut self, ctx: &Context) {
        let choice = &self.workspace.session().train;
        if choice.runs.is_empty() || self.training.unfinished() {
            return;
        }
        let plan = SweepPlan {
            budget: Some(choice.budget),
            corpus: Some(choice.corpus.clone()),
            runs: choice.runs.clone(),
        };
        let Some(folder) = &self.training.folder else {
            self.say(
                "Nothing was started: this system names no folder to keep sweeps in",
                true,
            );
            return;
        };
        let name = chrono::Local::now().format("sweep-%Y-%m-%d-%H%M%S").to_string();
        let queue = Queue::start(plan, &folder.join(name), self.training.jobs, wake(ctx));
        self.training.replace(queue);
    }

    /// Takes in an answer about trainings: a plan becomes the session's, to be edited and undone.
    pub(super) fn admit_training(&mut self, answer: &Answer) {
        if let Answer::Trained(TrainFound::Planned { runs, .. }) = answer {
            let plan = TrainAction::SetPlan(runs.clone());
            self.act(Action::Train(plan));
            if runs.is_empty() {
                self.say("Not one of the models can be trained within this budget", true);
            }
        }
    }

    /// Takes in what workers have brought.
    pub(super) fn follow_trainings(&mut self, ctx: &Context) {
        self.mind_closing(ctx);
        for ending in &mut self.training.ending {
            ending.poll();
        }
        self.training.ending.retain(|ending| !ending.ended());
        let Some(queue) = &mut self.training.queue else { return };
        let news = queue.poll();
        let table = queue.table();
        self.training.curves_due |= news.curves;
        if news.measured {
            self.read_table(table);
        }
        if !self.training.curves_due {
            return;
        }
        let since = self.training.curves_drawn.elapsed();
        if since < CURVES_EVERY {
            ctx.request_repaint_after(CURVES_EVERY - since);
            return;
        }
        self.training.curves_due = false;
        self.training.curves_drawn = Instant::now();
        let curves = self.training.queue.as_ref().and_then(|queue| live_table(queue.rows()));
        self.workspace.show_live(curves);
        ctx.request_repaint();
    }

    /// Reads the table of finished runs again, or for the first time.
    fn read_table(&mut self, table: PathBuf) {
        let source = Source::File(table);
        let known = self.workspace.session().data.iter().find(|set| set.source == source);
        if let Some(id) = known.map(|set| set.id) {
            self.training.opened = true;
            let task = self.workspace.reload(id);
            self.undertake(task.into_iter().collect());
        } else if !std::mem::replace(&mut self.training.opened, true) {
            self.act(Action::Data(DataAction::Open(vec![(source, ImportOptions::default())])));
        }
    }

    /// Trains on this text from now on.
    pub(super) fn train_on(&mut self, path: PathBuf) {
        self.act(Action::Train(TrainAction::SetCorpus(CorpusChoice::Path(path))));
    }
}

/// The run that a plan is made longer by: the next larger model, at 20 tokens a parameter.
pub(super) fn another(workspace: &Workspace) -> Planned {
    let choice = &workspace.session().train;
    let largest = choice.runs.iter().map(Planned::params_non_embedding).max().unwrap_or(0);
    let size = |[width, layers]: [usize; 2]| 12 * layers * width * width;
    let larger = crate::lab::sizes().find(|model| size(*model) > largest);
    let model = larger.unwrap_or_else(|| crate::lab::nearest(largest as f64));
    Planned::new(model, 20 * size(model) as u64, choice.seed, choice.unique_limit())
}

fn wake(ctx: &Context) -> Arc<dyn Fn() + Send + Sync> {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint_after(WAKE_EVERY))
}

impl From<TrainCommand> for Command {
    fn from(command: TrainCommand) -> Self {
        Self::Train(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_no_text_to_train_on() {
        for (path, text) in [
            ("runs.csv", false),
            ("runs.json", false),
            ("runs.csv.gz", false),
            ("book.txt", true),
            ("NOTES.MD", true),
            ("main.rs", true),
            ("a folder", true),
        ] {
            assert_eq!(is_text(Path::new(path)), text, "{path}");
        }
    }

    #[test]
    fn what_was_left_is_offered_next_time() {
        let mut training = Training::new(None);
        training.offer(r#"["/a/sweep"]"#);
        assert_eq!(training.offered, [PathBuf::from("/a/sweep")]);
        assert_eq!(training.to_json(), r#"["/a/sweep"]"#);
        training.offer("nonsense");
        assert_eq!(training.to_json(), "[]");
    }
}
