//! A session with its history and its answers: what window, command line and tests drive.

use super::action::effects_between;
use super::{
    Action, Answer, DataAction, DataId, DataSet, Derived, Effect, Embedded, FitInput, FitState, Gesture, History,
    KeptState, OpenedProject, ProfileState, ProjectAction, ProjectFile, Recorded, SaveDate, Session, SinceState, Task,
    TaskKind, TrustKind, TrustState, TrustWork, apply,
};
use crate::data::RunTable;
use crate::fit::IntervalMethod;
use crate::import::ImportOptions;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Told the fraction done; may stop the work.
pub type Watcher = Box<dyn Fn(f64) -> ControlFlow<()> + Sync>;

/// A session at work.
#[derive(Debug, Default)]
pub struct Workspace {
    session: Session,
    history: History,
    derived: Derived,
    /// What the project that was opened last came to when it was saved.
    recorded: Option<Recorded>,
    /// Data of the projects that were opened or saved here.
    embedded: Embedded,
}

impl Workspace {
    /// Starts from a session; call [`Workspace::start`] for its first tasks.
    pub fn new(session: Session) -> Self {
        Self {
            session,
            ..Self::default()
        }
    }

    /// Starts from a project as its file has it.
    pub fn open(opened: OpenedProject) -> Self {
        let mut workspace = Self::new(opened.session);
        workspace.recorded = opened.recorded;
        workspace.embedded = opened.embedded;
        workspace
    }

    /// What the user chose.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What was computed from it.
    pub fn derived(&self) -> &Derived {
        &self.derived
    }

    /// Undo and redo labels.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The tasks that the session calls for as it stands.
    pub fn start(&mut self) -> Vec<Task> {
        let empty = Session {
            data: vec![],
            since: None,
            ..self.session.clone()
        };
        let effects = effects_between(&empty, &self.session);
        self.tasks(effects, false)
    }

    /// Applies an action; a gesture joins it with others of its kind into one undo step and makes its fit a draft.
    pub fn act(&mut self, action: Action, gesture: Option<Gesture>) -> Vec<Task> {
        let before = self.session.clone();
        let label = action.label();
        let effects = apply(&mut self.session, action);
        if self.session == before {
            return vec![];
        }
        self.history.record(&before, label, gesture);
        self.tasks(effects, gesture.is_some())
    }

    /// Another session in the place of this one, in one step to undo.
    pub fn replace(&mut self, session: Session, label: &'static str) -> Vec<Task> {
        let before = std::mem::replace(&mut self.session, session);
        self.history.record_another(&before, label);
        self.tasks(effects_between(&before, &self.session), false)
    }

    /// A project in the place of what is open, in one step to undo.
    pub fn replace_by(&mut self, opened: OpenedProject, label: &'static str) -> Vec<Task> {
        self.embedded.extend(opened.embedded);
        self.recorded = opened.recorded;
        let before = std::mem::replace(&mut self.session, opened.session);
        self.history.record_another(&before, label);
        // What lies on the disk may be another than when the same files were read for what was open before.
        let loads = self.session.data.iter().map(|set| Effect::Load(set.id));
        let mut effects: Vec<Effect> = loads.chain([Effect::Fit]).collect();
        for effect in effects_between(&before, &self.session) {
            if !effects.contains(&effect) {
                effects.push(effect);
            }
        }
        self.tasks(effects, false)
    }

    /// What is recorded is of no interest any more: the project was saved as it is now.
    pub fn forget_record(&mut self) {
        self.recorded = None;
    }

    /// In words, in what the present fit is not the one that the project was saved with, where the same choices should have come
    /// to the same numbers.
    pub fn moved(&self) -> Option<String> {
        let recorded = self.recorded.as_ref()?;
        let fit = &self.derived.fit;
        let (Some(Ok(report)), Some(input), false) = (&fit.result, &fit.input, fit.draft) else {
            return None;
        };
        let asked = recorded.is_of(&self.session);
        asked.then(|| recorded.record().moved(report, input))?
    }

    /// The project was saved on this day. No step to undo: undo does not take back what is in the file.
    pub fn mark_saved(&mut self, day: Option<SaveDate>) {
        apply(&mut self.session, Action::Project(ProjectAction::SetSaved(day)));
    }

    /// Reads a file another way without a step to undo: what was remembered of its like belongs to its opening.
    pub fn correct(&mut self, id: DataId, import: ImportOptions) -> Vec<Task> {
        let effects = apply(&mut self.session, Action::Data(DataAction::SetImport(id, import)));
        self.tasks(effects, false)
    }

    /// Reads a file again as it is now. What was read before stands until then, and there is nothing to undo.
    pub fn reload(&self, id: DataId) -> Option<Task> {
        self.session.data_set(id).map(|set| self.load_task(set))
    }

    fn load_task(&self, set: &DataSet) -> Task {
        let kept = set.sha256.as_ref().and_then(|hash| self.embedded.get(hash));
        Task::Load {
            set: set.clone(),
            kept: kept.cloned(),
        }
    }

    /// The project as it is to be saved, with its data where they are kept in it; and what cannot be kept, a sentence each.
    pub fn project_file(&mut self) -> (ProjectFile, Vec<String>) {
        let (file, told) = ProjectFile::of(&self.session, &self.derived).keeping(&self.derived, &self.embedded);
        self.embedded.extend(file.embedded().clone());
        (file, told)
    }

    /// The same to be offered again after a crash: only with the data that are nowhere else.
    pub fn unsaved_file(&self) -> ProjectFile {
        let used = self.embedded.in_use(&self.session, &self.derived);
        ProjectFile::of(&self.session, &self.derived).with_embedded(used)
    }

    /// Data of the projects that were opened or saved here.
    pub fn embedded(&self) -> &Embedded {
        &self.embedded
    }

    /// Takes the last change back.
    pub fn undo(&mut self) -> Vec<Task> {
        let before = self.session.clone();
        self.history.undo(&mut self.session);
        self.tasks(effects_between(&before, &self.session), false)
    }

    /// Does it again.
    pub fn redo(&mut self) -> Vec<Task> {
        let before = self.session.clone();
        self.history.redo(&mut self.session);
        self.tasks(effects_between(&before, &self.session), false)
    }

    /// The pointer is up: what was a draft is now asked in full.
    pub fn finish_gesture(&mut self) -> Vec<Task> {
        if self.derived.fit.draft {
            self.tasks(vec![Effect::Fit], false)
        } else {
            vec![]
        }
    }

    /// Asks for the fit and its intervals again, after one of them was cancelled or failed.
    pub fn refit(&mut self) -> Vec<Task> {
        self.derived.fit = FitState::default();
        self.tasks(vec![Effect::Fit], false)
    }

    /// Asks how the fit gets worse as a parameter is moved and the others follow.
    pub fn profile(&mut self, index: usize) -> Option<Task> {
        let fit = &mut self.derived.fit;
        let (Some(Ok(report)), Some(input), false) = (&fit.result, &fit.input, fit.draft) else {
            return None;
        };
        if index >= report.params.len() || fit.profile.as_ref().is_some_and(|profile| profile.index == index) {
            return None;
        }
        let task = Task::Profile {
            input: Arc::clone(input),
            report: Box::new(report.clone()),
            index,
            level: self.session.fit.level,
        };
        fit.profile = Some(ProfileState { index, result: None });
        self.derived.revision += 1;
        Some(task)
    }

    /// Asks how far the present fit can be trusted.
    pub fn trust(&mut self, kind: TrustKind) -> Option<Task> {
        let gathered = TrustWork::gather(self, kind);
        let refused = gathered.as_ref().err().cloned();
        self.derived.fit.trust = Some(TrustState {
            kind,
            result: refused.map(Err),
        });
        self.derived.revision += 1;
        gathered.ok().map(|work| Task::Trust(Box::new(work)))
    }

    /// Shows the curves of what is trained here, as far as they have come.
    pub fn show_live(&mut self, curves: Option<RunTable>) {
        self.derived.train.live = curves;
        self.derived.revision += 1;
    }

    /// What was under way will not come: the user cancelled it, or it broke. Says what follows.
    pub fn abandon(&mut self, kind: TaskKind, error: &str) -> Vec<Task> {
        self.derived.abandon(&self.session, kind, error);
        // The other files are fitted without the one that is missing.
        let effects = if matches!(kind, TaskKind::Load(_)) {
            vec![Effect::Fit]
        } else {
            vec![]
        };
        self.tasks(effects, false)
    }

    /// Stores an answer and says what follows from it.
    pub fn accept(&mut self, answer: Answer) -> Vec<Task> {
        let loaded = matches!(answer, Answer::Loaded { .. });
        let fitted = matches!(answer, Answer::Fitted { draft: false, .. });
        if !self.derived.accept(&self.session, answer) {
            return vec![];
        }
        if loaded {
            for kept in self.derived.kept.values_mut() {
                kept.stale = true;
            }
            return self.tasks(vec![Effect::Fit, Effect::Kept], false);
        }
        if fitted {
            self.interval_task().into_iter().collect()
        } else {
            vec![]
        }
    }

    /// What it takes to have the intervals of the present fit by the way that is chosen; `None` where they are there.
    fn interval_task(&self) -> Option<Task> {
        let (choice, fit) = (&self.session.fit, &self.derived.fit);
        let (Some(Ok(report)), Some(input), false) = (&fit.result, &fit.input, fit.draft) else {
            return None;
        };
        let (input, report) = (Arc::clone(input), Box::new(report.clone()));
        match choice.interval {
            IntervalMethod::Bootstrap if fit.bootstrap.is_some() => None,
            IntervalMethod::Bootstrap => choice.bootstrap.map(|config| Task::Bootstrap { input, report, config }),
            method => {
                let known =
                    matches!(&fit.curved, Some(Ok(known)) if (known.method, known.level) == (method, choice.level));
                (!known).then_some(Task::Curve {
                    input,
                    report,
                    method,
                    level: choice.level,
                })
            }
        }
    }

    /// Does every task, and what follows from it, on this thread.
    pub fn settle(&mut self, tasks: Vec<Task>) {
        self.settle_with(tasks, |_| Box::new(|_| ControlFlow::Continue(())));
    }

    /// As [`Workspace::settle`]; `watch` gives each task someone to tell the fraction done.
    pub fn settle_with(&mut self, tasks: Vec<Task>, watch: impl Fn(&Task) -> Watcher) {
        let mut waiting = std::collections::VecDeque::from(tasks);
        while let Some(task) = waiting.pop_front() {
            let answer = task.run(&*watch(&task));
            waiting.extend(self.accept(answer));
        }
    }

    fn tasks(&mut self, effects: Vec<Effect>, gesture: bool) -> Vec<Task> {
        let mut tasks = vec![];
        for effect in effects {
            match effect {
                Effect::Load(id) => {
                    if let Some(set) = self.session.data_set(id) {
                        tasks.push(self.load_task(set));
                        self.derived.set_pending(id);
                    }
                }
                Effect::Fit => tasks.extend(self.fit_task(gesture)),
                Effect::Kept => tasks.extend(self.kept_tasks()),
                Effect::Since => tasks.extend(self.since_task()),
            }
        }
        tasks
    }

    /// What was put aside and has no answer yet, or one to another question.
    fn kept_tasks(&mut self) -> Vec<Task> {
        let mut tasks = vec![];
        let mut known = std::mem::take(&mut self.derived.kept);
        for kept in &self.session.kept {
            // Another name or colour asks nothing new.
            let state = known.remove(&kept.id);
            if let Some(state) = state.as_ref().filter(|state| !state.stale && state.asked == kept.asked) {
                self.derived.kept.insert(kept.id, state.clone());
                continue;
            }
            let mut asking = self.session.clone();
            asking.ask(kept.asked.clone());
            let Some(input) = FitInput::beside(&asking, &self.derived) else {
                continue;
            };
            let state = match state {
                Some(state) if state.input.question == input.question => KeptState { stale: false, ..state },
                _ => {
                    let present = &self.derived.fit;
                    let same = present
                        .input
                        .as_ref()
                        .is_some_and(|asked| asked.question == input.question);
                    let input = Arc::new(input);
                    let result = present.result.clone().filter(|_| same && !present.draft);
                    if result.is_none() {
                        let (id, input) = (kept.id, Arc::clone(&input));
                        tasks.push(Task::FitKept { id, input });
                    }
                    KeptState {
                        asked: kept.asked.clone(),
                        stale: false,
                        input,
                        result,
                    }
                }
            };
            self.derived.kept.insert(kept.id, state);
        }
        self.derived.revision += 1;
        tasks
    }

    /// Finds the earlier save that is compared with; what was known of another one goes at once.
    fn since_task(&mut self) -> Option<Task> {
        let path = self.session.since.clone();
        self.derived.since = path.clone().map(|path| SinceState { path, result: None });
        self.derived.revision += 1;
        path.map(|path| Task::Since { path })
    }

    fn fit_task(&mut self, gesture: bool) -> Option<Task> {
        let Some(input) = FitInput::gather(&self.session, &mut self.derived) else {
            // A file is still being read; the answer to another question must not stand in for it.
            self.derived.fit = FitState::default();
            self.derived.revision += 1;
            return None;
        };
        let fit = &self.derived.fit;
        let same_question = fit.input.as_ref().is_some_and(|asked| asked.question == input.question);
        if same_question && !fit.draft && (fit.result.is_some() || fit.awaited) {
            return self.interval_task();
        }
        // A draft goes on from the present answer, if that answers the same law.
        let draft_from = match &fit.result {
            Some(Ok(report)) if gesture && report.law == input.question.config.law => Some(report.theta()),
            _ => None,
        };
        let input = Arc::new(input);
        let awaited = !input.observations.loss.is_empty();
        self.derived.fit = FitState {
            input: Some(Arc::clone(&input)),
            awaited,
            ..FitState::default()
        };
        self.derived.revision += 1;
        awaited.then_some(Task::Fit { input, draft_from })
    }
}
