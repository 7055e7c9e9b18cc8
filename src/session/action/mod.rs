//! What a user can do to a session, a file a noun, and the one function that does it.

mod data;
mod figure;
mod fit;
mod kept;
mod plan;
mod project;
mod scenario;
mod train;
mod view;

pub use data::DataAction;
pub use figure::{FigureAction, FigureOf};
pub use fit::FitAction;
pub use kept::KeptAction;
pub use plan::PlanAction;
pub use project::ProjectAction;
pub use scenario::ScenarioAction;
pub use train::TrainAction;
pub use view::ViewAction;

use super::{DataId, Session};
use std::borrow::Cow;

/// A change of the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// To the files and the runs in them.
    Data(DataAction),
    /// To what is fitted.
    Fit(FitAction),
    /// To the fits put aside.
    Kept(KeptAction),
    /// To what is asked.
    Plan(PlanAction),
    /// To the named what-ifs.
    Scenario(ScenarioAction),
    /// To what is trained here.
    Train(TrainAction),
    /// To what is drawn.
    View(ViewAction),
    /// To what figures say and to how they leave the program.
    Figure(FigureAction),
    /// To the project as a file.
    Project(ProjectAction),
}

/// Work that a change calls for; never done inside [`apply`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Read a file.
    Load(DataId),
    /// Fit what is shown.
    Fit,
    /// Fit what was put aside.
    Kept,
    /// Find the earlier save that is compared with.
    Since,
}

impl Action {
    /// For the undo menu: `Undo change law`.
    pub fn label(&self) -> Cow<'static, str> {
        match self {
            Self::Data(action) => action.label(),
            Self::Fit(action) => action.label().into(),
            Self::Kept(action) => action.label().into(),
            Self::Plan(action) => action.label().into(),
            Self::Scenario(action) => action.label().into(),
            Self::Train(action) => action.label().into(),
            Self::View(action) => action.label().into(),
            Self::Figure(action) => action.label().into(),
            Self::Project(action) => action.label().into(),
        }
    }
}

/// Changes the session and says what work that calls for. The only function that changes one.
pub fn apply(session: &mut Session, action: Action) -> Vec<Effect> {
    let before = session.clone();
    match action {
        Action::Data(action) => action.apply(session),
        Action::Fit(action) => action.apply(session),
        Action::Kept(action) => action.apply(session),
        Action::Plan(action) => action.apply(session),
        Action::Scenario(action) => action.apply(session),
        Action::Train(action) => action.apply(session),
        Action::View(action) => action.apply(session),
        Action::Figure(action) => action.apply(session),
        Action::Project(action) => action.apply(session),
    }
    effects_between(&before, session)
}

/// What has to be done to get from the answers of one session to those of another; undo uses it too.
pub(super) fn effects_between(before: &Session, after: &Session) -> Vec<Effect> {
    let mut effects: Vec<Effect> = after
        .data
        .iter()
        .filter(|set| {
            before
                .data_set(set.id)
                .is_none_or(|old| (&old.import, &old.source, old.readings) != (&set.import, &set.source, set.readings))
        })
        .map(|set| Effect::Load(set.id))
        .collect();
    let loads = !effects.is_empty();
    if loads || before.asked() != after.asked() {
        effects.push(Effect::Fit);
    }
    if !after.kept.is_empty() && (loads || before.kept != after.kept) {
        effects.push(Effect::Kept);
    }
    if before.since != after.since {
        effects.push(Effect::Since);
    }
    effects
}
