//! Files on their way in: what was dropped, pasted or picked; readings that wait for others; files under watch; and how
//! files of their like were corrected before.

use super::arrivals::{Arrivals, Arrived};
use super::corrections::Corrections;
use super::inspector::Tab;
use super::sheet::Sheet;
use super::training::is_text;
use super::watch::Watch;
use super::{IsolossApp, Notice};
use crate::data::Role;
use crate::import::ImportOptions;
use crate::session::{
    Action, Answer, DataAction, DataId, DataSet, LoadError, LoadState, Loaded, Source, Task, TaskKind, is_project,
    may_carry,
};
use eframe::egui::{Context, Event};
use std::collections::VecDeque;
use std::path::PathBuf;

/// Files that are read at once; a folder of hundreds would otherwise fill the memory with half-read tables.
const AT_ONCE: usize = 3;

/// The way in.
pub(super) struct Files {
    pub(super) arrivals: Arrivals,
    pub(super) watch: Watch,
    pub(super) corrections: Corrections,
    /// Readings that wait until others are done.
    pub(super) waiting: VecDeque<Task>,
}

impl Files {
    pub(super) fn new(pasted: Option<PathBuf>) -> Self {
        Self {
            arrivals: Arrivals::new(pasted),
            watch: Watch::default(),
            corrections: Corrections::default(),
            waiting: VecDeque::new(),
        }
    }

    /// Whether a file is read as one like it was corrected before.
    pub(super) fn remembered(&self, id: DataId) -> bool {
        self.corrections.remembered(id)
    }

    /// Whether a data set is a file at all.
    pub(super) fn can_watch(&self, set: &DataSet) -> bool {
        matches!(set.source, Source::File(_))
    }

    pub(super) fn is_watched(&self, id: DataId) -> bool {
        self.watch.is_on(id)
    }

    /// What watching has brought last.
    pub(super) fn watch_status(&self, id: DataId) -> &str {
        self.watch.status(id)
    }
}

impl IsolossApp {
    /// Opens files, and what is in folders.
    pub(super) fn open(&mut self, ctx: &Context, paths: Vec<PathBuf>) {
        self.files.arrivals.take_paths(ctx, paths);
    }

    /// What the windowing system brought in this frame.
    pub(super) fn take_dropped(&mut self, ctx: &Context) {
        let (paths, pasted) = ctx.input(|input| {
            let paths = input.raw.dropped_files.iter().map(|file| file.path().to_path_buf());
            let pasted = input.events.iter().find_map(|event| match event {
                Event::Paste(text) => Some(text.clone()),
                _ => None,
            });
            (paths.collect::<Vec<_>>(), pasted)
        });
        let (texts, paths): (Vec<_>, Vec<_>) = paths
            .into_iter()
            .partition(|path| self.local.tab == Tab::Train && is_text(path));
        if let Some(path) = texts.into_iter().next() {
            self.train_on(path);
        }
        self.open(ctx, paths);
        // Text being typed takes its own paste.
        if let Some(text) = pasted.filter(|_| !ctx.text_edit_focused()) {
            self.files.arrivals.take_text(ctx, text);
        }
    }

    /// Takes in what threads have brought, and asks for what has changed on disk.
    pub(super) fn receive_files(&mut self, ctx: &Context) {
        while let Some(Arrived { paths, notice }) = self.files.arrivals.poll() {
            let (projects, paths): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| is_project(path));
            if let Some(path) = projects.into_iter().next_back() {
                self.open_project(path);
            }
            let (pictures, paths): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| may_carry(path));
            if let Some(path) = pictures.into_iter().next_back() {
                self.open_picture(&path);
            }
            let files: Vec<(Source, ImportOptions)> = paths
                .into_iter()
                .map(|path| (Source::File(path), ImportOptions::default()))
                .collect();
            if !files.is_empty() {
                self.local.sheet = None;
                self.act(Action::Data(DataAction::Open(files)));
            }
            if notice.is_some() {
                self.local.notice = notice;
            }
        }
        let workspace = &self.workspace;
        self.files.watch.retain(|id| workspace.session().data_set(id).is_some());
        let points = |id| match workspace.derived().file(id) {
            Some(LoadState::Ready(loaded)) => loaded.table.points().len(),
            _ => 0,
        };
        let due = self.files.watch.due(ctx, points);
        for id in due {
            if let Some(task) = self.workspace.reload(id) {
                self.undertake(vec![task]);
            }
        }
    }

    /// Turns watching a file on or off.
    pub(super) fn watch(&mut self, ctx: &Context, id: DataId, on: bool) {
        let path = match self.workspace.session().data_set(id).map(|set| &set.source) {
            Some(Source::File(path)) if on => Some(path.clone()),
            _ => None,
        };
        self.files.watch.set(ctx, id, path);
    }

    /// Takes in an answer. A file with the header of one that was corrected is read again as that one was; a reading of a
    /// watched file that fails changes nothing; a file that only lacks a choice opens its sheet.
    pub(super) fn admit(&mut self, answer: Answer) {
        if let Answer::Loaded { id, import, result } = &answer {
            let set = self.workspace.session().data_set(*id);
            let set = set.filter(|set| set.import == *import).cloned();
            if set.is_some_and(|set| !self.admit_file(&set, result)) {
                return;
            }
        }
        self.admit_training(&answer);
        let tasks = self.workspace.accept(answer);
        self.undertake(tasks);
    }

    /// Says whether the reading stands.
    fn admit_file(&mut self, set: &DataSet, result: &Result<Loaded, LoadError>) -> bool {
        let report = match result {
            Ok(loaded) => Some(&loaded.report),
            Err(error) => error.found.as_ref().map(|found| &found.report),
        };
        if let (Some(report), true) = (report, set.import == ImportOptions::default())
            && let Some(import) = self.files.corrections.meet(set.id, &set.source, report)
        {
            let tasks = self.workspace.correct(set.id, import);
            self.undertake(tasks);
            return false;
        }
        let seconds = result.as_ref().map_or(1.0, |loaded| loaded.seconds);
        if let Some(before) = self.files.watch.finish(set.id, seconds) {
            self.files.watch.tell(set.id, reloaded(before, result));
            let standing = matches!(self.workspace.derived().file(set.id), Some(LoadState::Ready(_)));
            return result.is_ok() || !standing;
        }
        let needs_choice = match result {
            Ok(loaded) => loaded.table.quantity(Role::Loss).is_none() && loaded.table.diverged().is_empty(),
            Err(error) => error.found.is_some(),
        };
        let alone = set.shown && self.workspace.session().shown().count() == 1;
        let open = self.local.sheet.as_ref().is_some_and(|sheet| sheet.id == set.id);
        if needs_choice && alone && !open {
            self.local.sheet = Some(Sheet::new(set.id));
        }
        true
    }

    /// Readings are taken up a few at a time.
    pub(super) fn read_next(&mut self) {
        let reading = |app: &Self| {
            let jobs = app.jobs.list().iter();
            jobs.filter(|job| job.error.is_none() && matches!(job.kind, TaskKind::Load(_)))
                .count()
        };
        while reading(self) < AT_ONCE
            && let Some(task) = self.files.waiting.pop_front()
        {
            // Its data set may be gone, or be read another way by now.
            let wanted = match &task {
                Task::Load { set, .. } => self
                    .workspace
                    .session()
                    .data_set(set.id)
                    .is_some_and(|now| now.import == set.import),
                _ => true,
            };
            if wanted {
                self.jobs.start(task);
            }
        }
    }

    /// Lets a reading wait for its turn, in place of an older one of the same data set.
    pub(super) fn read_in_turn(&mut self, task: Task) {
        self.jobs.cancel(task.kind());
        self.files.waiting.retain(|waiting| waiting.kind() != task.kind());
        self.files.waiting.push_back(task);
        self.read_next();
    }

    /// Stops a reading. One of a watched file leaves what was read before.
    pub(super) fn cancel(&mut self, kind: TaskKind) {
        self.jobs.cancel(kind);
        self.files.waiting.retain(|waiting| waiting.kind() != kind);
        if let TaskKind::Load(id) = kind
            && self.files.watch.finish(id, 1.0).is_some()
        {
            return;
        }
        let tasks = self.workspace.abandon(kind, "reading was cancelled");
        self.undertake(tasks);
    }

    /// Says what can be said only outside a job.
    pub(super) fn say(&mut self, text: &str, error: bool) {
        self.local.notice = Some(Notice {
            text: text.to_owned(),
            error,
        });
    }
}

/// `Reloaded 12:03:05 · 57 new points`.
fn reloaded(before: usize, result: &Result<Loaded, LoadError>) -> String {
    let time = chrono::Local::now().format("%H:%M:%S");
    let now = match result {
        Ok(loaded) => loaded.table.points().len(),
        Err(error) => return format!("Not reloaded {time}: {}", error.text),
    };
    let what = match now.checked_sub(before) {
        Some(0) => "no new points".to_owned(),
        Some(1) => "1 new point".to_owned(),
        Some(new) => format!("{new} new points"),
        None => format!("{} points fewer", before - now),
    };
    format!("Reloaded {time} · {what}")
}
