//! Since last meeting: an earlier save of the project, found and fitted anew, to be compared with what is open.
//!
//! The choice is a path; what is found at it is an answer like any other. The earlier project's data are read again, where they
//! are still what they were when it was saved, and fitted by its own choices: to the same bits as then. Where they are no longer
//! to be had, which is the usual case of a table that has grown, its record stands in, and that is said.

mod changes;
mod points;
mod words;

pub use changes::{ExclusionChange, NumberChange, SinceChanges};
pub use points::{PointChanges, RunPoints};

use super::{
    DataSet, FitInput, LoadState, OpenedProject, Record, SaveDate, Session, Task, TrainChoice, Workspace, open_saved,
};
use crate::law::LawChoice;
use crate::plan::Allocation;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is known of an earlier save.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The file's name without its ending.
    pub name: String,
    /// When it was saved, where it says so.
    pub saved: Option<SaveDate>,
    /// For a curve: the day, or else the name.
    pub label: String,
    /// What its user chose.
    pub session: Session,
    /// The law.
    pub law: LawChoice,
    /// Its numbers, with intervals as far as they are known.
    pub record: Record,
    /// Where they come from.
    pub basis: Basis,
}

/// Where the numbers of an earlier save come from.
#[derive(Debug, Clone)]
pub enum Basis {
    /// Its data, read and fitted again.
    Fitted(Arc<FitInput>),
    /// What was written down when it was saved; with the reason why its data are not to be had.
    Recorded(String),
}

/// How far a comparison has come.
#[derive(Debug, Clone)]
pub struct SinceState {
    /// The earlier save.
    pub path: PathBuf,
    /// What it is, or why that is not known; `None` while it is under way.
    pub result: Option<Result<Arc<Earlier>, String>>,
}

impl SinceState {
    /// The earlier save, once it is there.
    pub fn earlier(&self) -> Option<&Arc<Earlier>> {
        self.result.as_ref()?.as_ref().ok()
    }
}

impl Earlier {
    /// Finds the save at a path. `progress` is told the fraction done of each step, and may stop it.
    ///
    /// # Errors
    /// In words: it cannot be read, or it has neither its data nor a record.
    pub fn find(path: &Path, progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync)) -> Result<Self, String> {
        let opened = open_saved(path)?;
        let (session, recorded) = (opened.session.clone(), opened.recorded.clone());
        let asking = Session {
            // Nothing beside the fit itself.
            kept: vec![],
            train: TrainChoice::default(),
            since: None,
            ..opened.session
        };
        let mut workspace = Workspace::open(OpenedProject {
            session: asking,
            ..opened
        });
        let (loads, mut rest): (Vec<Task>, Vec<Task>) = workspace
            .start()
            .into_iter()
            .partition(|task| matches!(task, Task::Load { .. }));
        for task in loads {
            rest.extend(workspace.accept(task.run(progress)));
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut lost: Vec<String> = workspace
            .session()
            .shown()
            .filter_map(|set| lost(&workspace, set))
            .collect();
        if lost.is_empty() {
            let mut waiting = VecDeque::from(rest);
            while let Some(task) = waiting.pop_front() {
                waiting.extend(workspace.accept(task.run(progress)));
            }
            let (derived, method) = (workspace.derived(), session.fit.interval);
            let record = Record::of(workspace.session(), derived, derived.uncertainty(method));
            match record.zip(derived.fit.input.clone()) {
                Some((record, input)) => {
                    let law = input.question.config.law.clone();
                    return Ok(Self::new(name, session, law, record, Basis::Fitted(input)));
                }
                None if progress(1.0).is_break() => return Err("the comparison was cancelled".to_owned()),
                None => lost.push("its runs give no fit".to_owned()),
            }
        }
        let why = lost.join(", ");
        let Some(record) = recorded.map(|recorded| recorded.record().clone()) else {
            return Err(format!("{why}, and no record of what it came to is in it"));
        };
        let law = session.fit.config.law.clone();
        if !is_of(&record, &law) {
            return Err(format!("{why}, and its record is of another law"));
        }
        Ok(Self::new(name, session, law, record, Basis::Recorded(why)))
    }

    fn new(name: String, session: Session, law: LawChoice, record: Record, basis: Basis) -> Self {
        let saved = session.saved.clone();
        Self {
            label: saved.as_ref().map_or_else(|| name.clone(), ToString::to_string),
            name,
            saved,
            session,
            law,
            record,
            basis,
        }
    }

    /// `study, 2026-11-27`.
    pub fn title(&self) -> String {
        match &self.saved {
            Some(day) => format!("{}, {day}", self.name),
            None => self.name.clone(),
        }
    }

    /// Parameter values in the law's order.
    pub fn theta(&self) -> Vec<f64> {
        self.record.params.iter().map(|number| number.value).collect()
    }

    /// The law as one that can be asked for its optimum; laws of one variable cannot.
    pub fn allocation(&self) -> Option<Allocation> {
        self.law.law().surface(&self.theta()).map(Allocation::Surface)
    }
}

/// Whether a record has the parameters of a law. A formula learns which of its names are parameters from the table, which is not
/// there.
fn is_of(record: &Record, law: &LawChoice) -> bool {
    let names = law.law().parameters().iter().map(|parameter| &*parameter.name);
    let formula = matches!(law, LawChoice::Formula(_));
    formula || (record.law == law.name() && names.eq(record.params.iter().map(|number| number.name.as_str())))
}

/// Why the data of a set are not those that were saved, if so.
fn lost(workspace: &Workspace, set: &DataSet) -> Option<String> {
    let name = super::picture::file_name(&set.source);
    match workspace.derived().file(set.id) {
        Some(LoadState::Ready(_)) if set.has_changed(workspace.derived()) => Some(format!("{name} has changed since")),
        Some(LoadState::Ready(_)) => None,
        Some(LoadState::Failed(error)) => Some(format!("{name} {}", error.text)),
        Some(LoadState::Pending) | None => Some(format!("{name} was not read")),
    }
}
