//! What was computed from a session: never saved, always recomputable, keyed by the question it answers.
//!
//! [`Derived::accept`] stores an answer only when its question is still the one asked; a late answer to an old question
//! is dropped. [`Derived::revision`] moves whenever something here changes, so that pictures can be cached by it.

use super::prepared::Prepared;
use super::question::FitInput;
use super::task::{Answer, LoadError, Loaded, TaskKind};
use super::{Asked, DataId, KeptId, Session, SinceState, TrainDerived, TrustState};
use crate::fit::{Bootstrap, Curved, FitError, FitReport, IntervalMethod, ProfileCurve, Uncertainty};
use crate::plan::{Allocation, Optimum};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far a file has come.
#[derive(Debug, Clone)]
pub enum LoadState {
    /// Being read.
    Pending,
    /// Read.
    Ready(Arc<Loaded>),
    /// Cannot be used.
    Failed(LoadError),
}

/// How far the fit has come.
#[derive(Debug, Clone, Default)]
pub struct FitState {
    /// What was asked last.
    pub input: Option<Arc<FitInput>>,
    /// Its answer.
    pub result: Option<Result<FitReport, FitError>>,
    /// The answer is a quick one, made during a drag.
    pub draft: bool,
    /// The answer is on the way.
    pub awaited: bool,
    /// How long the fit took.
    pub seconds: f64,
    /// Replicates of this very fit.
    pub bootstrap: Option<Bootstrap>,
    /// How long they took.
    pub bootstrap_seconds: f64,
    /// Why there are none.
    pub bootstrap_error: Option<FitError>,
    /// Intervals of this very fit that took no resampling, as was asked last.
    pub curved: Option<Result<Curved, FitError>>,
    /// The profile that was asked for last.
    pub profile: Option<ProfileState>,
    /// How far it can be trusted, as was asked last.
    pub trust: Option<TrustState>,
}

/// How far a profile has come.
#[derive(Debug, Clone)]
pub struct ProfileState {
    /// Index of the parameter.
    pub index: usize,
    /// The curve, once it is there; within it `None` where there is nothing to move.
    pub result: Option<Result<Option<ProfileCurve>, FitError>>,
}

/// How far a fit that was put aside has come.
#[derive(Debug, Clone)]
pub struct KeptState {
    /// What the user asked.
    pub asked: Asked,
    /// A file has been read since; the answer may be to what it held before.
    pub stale: bool,
    /// The same with the runs.
    pub input: Arc<FitInput>,
    /// Its answer, once it is there.
    pub result: Option<Result<FitReport, FitError>>,
}

impl KeptState {
    /// The fit, where there is one.
    pub fn report(&self) -> Option<&FitReport> {
        self.result.as_ref()?.as_ref().ok()
    }
}

/// Everything computed.
#[derive(Debug, Default)]
pub struct Derived {
    files: BTreeMap<DataId, LoadState>,
    /// The shown tables as they were last asked for.
    pub(super) prepared: Option<Arc<Prepared>>,
    /// The fit of what is shown.
    pub fit: FitState,
    /// Fits put aside.
    pub kept: BTreeMap<KeptId, KeptState>,
    /// The earlier save that is compared with.
    pub since: Option<SinceState>,
    /// Around trainings on this machine.
    pub train: TrainDerived,
    /// Moves with every change here.
    pub revision: u64,
}

impl Derived {
    /// How far a file has come.
    pub fn file(&self, id: DataId) -> Option<&LoadState> {
        self.files.get(&id)
    }

    /// The runs of a file: `None` while it is being read, `Some(None)` where it cannot be used.
    pub(super) fn loaded(&self, id: DataId) -> Option<Option<&Arc<Loaded>>> {
        match self.files.get(&id)? {
            LoadState::Pending => None,
            LoadState::Ready(loaded) => Some(Some(loaded)),
            LoadState::Failed(_) => Some(None),
        }
    }

    pub(super) fn set_pending(&mut self, id: DataId) {
        self.files.insert(id, LoadState::Pending);
        self.revision += 1;
    }

    /// The fit, where there is one.
    pub fn report(&self) -> Option<&FitReport> {
        self.fit.result.as_ref()?.as_ref().ok()
    }

    /// What is known of the spread of the fit, by the way that is chosen.
    pub fn uncertainty(&self, method: IntervalMethod) -> Option<Uncertainty<'_>> {
        match method {
            IntervalMethod::Bootstrap => self.fit.bootstrap.as_ref().map(Uncertainty::Resampled),
            IntervalMethod::Profile | IntervalMethod::Delta => {
                let found = self.fit.curved.as_ref()?.as_ref().ok();
                found.filter(|found| found.method == method).map(Uncertainty::Curved)
            }
        }
    }

    /// Why there are no intervals by the way that is chosen.
    pub fn uncertainty_error(&self, method: IntervalMethod) -> Option<&FitError> {
        match method {
            IntervalMethod::Bootstrap => self.fit.bootstrap_error.as_ref(),
            IntervalMethod::Profile | IntervalMethod::Delta => self.fit.curved.as_ref()?.as_ref().err(),
        }
    }

    /// The fitted law as one that can be asked for its optimum.
    pub fn allocation(&self) -> Option<Allocation> {
        self.report().and_then(allocation_of)
    }

    /// What was under way will not come: the user cancelled it, or it broke.
    pub(super) fn abandon(&mut self, session: &Session, kind: TaskKind, error: &str) {
        self.revision += 1;
        match kind {
            TaskKind::Load(id) => {
                let file = LoadError {
                    file: session.data_set(id).map_or(String::new(), |set| set.source.name()),
                    text: error.to_owned(),
                    line: None,
                    code: "abandoned",
                    found: None,
                };
                self.files.insert(id, LoadState::Failed(file));
            }
            TaskKind::Fit => {
                self.fit.awaited = false;
                self.fit.result = Some(Err(FitError::Cancelled));
            }
            TaskKind::Bootstrap => self.fit.bootstrap_error = Some(FitError::Cancelled),
            TaskKind::Curve => self.fit.curved = Some(Err(FitError::Cancelled)),
            TaskKind::Kept(id) => {
                if let Some(kept) = self.kept.get_mut(&id) {
                    kept.result = Some(Err(FitError::Cancelled));
                }
            }
            TaskKind::Profile => self.fit.profile = None,
            TaskKind::Trust => self.fit.trust = None,
            TaskKind::Since => {
                if let Some(since) = &mut self.since {
                    since.result = Some(Err(error.to_owned()));
                }
            }
            // What was known before stands.
            TaskKind::Train(_) => {}
        }
    }

    /// Stores an answer if its question is still asked; says whether it did.
    pub(super) fn accept(&mut self, session: &Session, answer: Answer) -> bool {
        let kept = match answer {
            Answer::Loaded { id, import, result } => {
                let asked = session.data_set(id).is_some_and(|set| set.import == import);
                if asked {
                    let state = match result {
                        Ok(loaded) => LoadState::Ready(Arc::new(loaded)),
                        Err(error) => LoadState::Failed(error),
                    };
                    self.files.insert(id, state);
                }
                asked
            }
            Answer::Fitted {
                input,
                draft,
                result,
                seconds,
            } => {
                let asked = self
                    .fit
                    .input
                    .as_ref()
                    .is_some_and(|asked| asked.question == input.question);
                let cancelled = matches!(result, Err(FitError::Cancelled));
                if asked && !cancelled {
                    self.fit = FitState {
                        input: Some(input),
                        result: Some(result),
                        draft,
                        seconds,
                        ..FitState::default()
                    };
                }
                asked && !cancelled
            }
            Answer::Resampled {
                question,
                result,
                seconds,
                ..
            } => {
                let asked = !self.fit.awaited
                    && !self.fit.draft
                    && self.fit.input.as_ref().is_some_and(|asked| asked.question == question);
                if asked {
                    self.fit.bootstrap_seconds = seconds;
                    match result {
                        Ok(bootstrap) => self.fit.bootstrap = Some(bootstrap),
                        Err(error) => self.fit.bootstrap_error = Some(error),
                    }
                }
                asked
            }
            Answer::Curved { question, result } => {
                let asked = !self.fit.awaited
                    && !self.fit.draft
                    && self.fit.input.as_ref().is_some_and(|asked| asked.question == question);
                // Another way may have been chosen since.
                let chosen = result.as_ref().map_or(true, |found| {
                    (found.method, found.level) == (session.fit.interval, session.fit.level)
                });
                if asked && chosen {
                    self.fit.curved = Some(result);
                }
                asked && chosen
            }
            Answer::FittedKept { id, question, result } => {
                let asked = self.kept.get_mut(&id).filter(|kept| kept.input.question == question);
                asked.map(|kept| kept.result = Some(result)).is_some()
            }
            Answer::Since { path, result } => {
                let asked = self.since.as_mut().filter(|since| since.path == path);
                asked.map(|since| since.result = Some(result)).is_some()
            }
            Answer::Trusted { question, kind, result } => {
                let asked = self.fit.input.as_ref().is_some_and(|asked| asked.question == question);
                let trust = self.fit.trust.as_mut().filter(|trust| asked && trust.kind == kind);
                trust
                    .map(|trust| trust.result = Some(result.map_err(|error| error.to_string())))
                    .is_some()
            }
            Answer::Trained(found) => self.train.accept(found),
            Answer::Profiled {
                question,
                index,
                result,
            } => {
                let asked = self.fit.input.as_ref().is_some_and(|asked| asked.question == question);
                let profile = self
                    .fit
                    .profile
                    .as_mut()
                    .filter(|profile| asked && profile.index == index);
                profile.map(|profile| profile.result = Some(result)).is_some()
            }
        };
        if kept {
            self.revision += 1;
        }
        kept
    }
}

/// The fitted law as one that can be asked for its optimum; laws of one variable cannot.
pub(super) fn allocation_of(report: &FitReport) -> Option<Allocation> {
    report.law.law().surface(&report.theta()).map(Allocation::Surface)
}

/// Intervals of the answers at a budget.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Intervals {
    /// N*.
    pub params: Option<[f64; 2]>,
    /// D*.
    pub tokens: Option<[f64; 2]>,
    /// D*/N*.
    pub tokens_per_param: Option<[f64; 2]>,
    /// L*.
    pub loss: Option<[f64; 2]>,
    /// C.
    pub flops: Option<[f64; 2]>,
}

/// Intervals of an answer, by a way to make one for a function of θ.
pub fn intervals_by(
    optimum: impl Fn(&[f64]) -> Option<Optimum>,
    interval: impl Fn(&dyn Fn(&[f64]) -> f64) -> Option<[f64; 2]>,
) -> Intervals {
    Intervals::of_parts(|part| interval(&|theta| optimum(theta).map_or(f64::NAN, |o| part(&o))))
}

impl Intervals {
    /// Of the parts of an answer, by a way to make one for each.
    pub(super) fn of_parts(of: impl Fn(fn(&Optimum) -> f64) -> Option<[f64; 2]>) -> Self {
        Self {
            params: of(|o| o.params.0),
            tokens: of(|o| o.tokens.0),
            tokens_per_param: of(|o| o.tokens.0 / o.params.0),
            loss: of(|o| o.loss.map_or(f64::NAN, |l| l.0)),
            flops: of(|o| o.flops.0),
        }
    }
}
