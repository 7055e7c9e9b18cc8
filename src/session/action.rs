//! What a user can do to a session, grouped by noun, and the one function that does it.

use super::exclusion::{counted, exclude, restore};
use super::kept::{COLOURS, KeptAction, KeptFit, KeptId};
use super::{BUDGET_RANGE, DataId, DataSet, RunKey, Session, Source};
use crate::data::{Checkpoints, Quantities};
use crate::figure::views::{IsolossAxis, ResidualAxis, View};
use crate::fit::{IntervalMethod, ObjectiveKind, Space};
use crate::import::ImportOptions;
use crate::law::LawKind;
use crate::units::{Flops, Tokens};
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
    /// To what is drawn.
    View(ViewAction),
}

/// Changes to the files and the runs in them.
#[derive(Debug, Clone, PartialEq)]
pub enum DataAction {
    /// Adds files, shows them and hides the others; the bundled example makes room.
    Open(Vec<(Source, ImportOptions)>),
    /// Draws and fits a data set, or not.
    SetShown(DataId, bool),
    /// Takes a data set off the list; the file is not touched.
    Remove(DataId),
    /// Corrects how a data set is read; it is read again.
    SetImport(DataId, ImportOptions),
    /// Last checkpoint of each run, or all.
    SetCheckpoints(Checkpoints),
    /// Rows to keep, as text.
    SetKeep(String),
    /// Leaves out this many points with the highest losses.
    SetDropHighestLoss(usize),
    /// Leaves runs or points out by hand.
    Exclude {
        /// Which.
        what: Vec<RunKey>,
        /// In words; shown wherever they are missing.
        reason: String,
    },
    /// Lets runs or points take part again that were left out by hand.
    Restore(Vec<RunKey>),
    /// Which loss, N and C of each run.
    SetQuantities(Quantities),
    /// Makes one table of files of one study, or keeps them apart.
    SetJoin(bool),
}

/// Changes to what is fitted.
#[derive(Debug, Clone, PartialEq)]
pub enum FitAction {
    /// The form.
    SetLaw(LawKind),
    /// Huber, squared, absolute.
    SetObjective(ObjectiveKind),
    /// Huber's delta.
    SetDelta(f64),
    /// Log or level.
    SetSpace(Space),
    /// Holds a parameter at a value, or frees it.
    SetFixed(String, Option<f64>),
    /// Holds these parameters at these values and no others: all of them, to see a curve by hand; none, to fit again.
    SetHeld(Vec<(String, f64)>),
    /// Keeps a parameter between two values, or lets it go.
    SetBounds(String, Option<[f64; 2]>),
    /// Where intervals come from.
    SetInterval(IntervalMethod),
}

/// Changes to what is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PlanAction {
    /// Training compute; kept within [`BUDGET_RANGE`].
    SetBudget(Flops),
    /// Tolerated overfitting penalty.
    SetPenalty(f64),
    /// Distinct tokens to be had.
    SetUniqueTokens(Option<Tokens>),
}

/// Changes to what is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ViewAction {
    /// Puts a view in the first, largest place.
    Focus(View),
    /// Puts a view on the board or takes it off; the last one stays.
    Toggle(View),
    /// Only this view.
    Only(View),
    /// Second axis of the isoloss map.
    SetIsolossAxis(IsolossAxis),
    /// What residuals are drawn over.
    SetResidualAxis(ResidualAxis),
    /// Residuals in a strip under the first view, or not.
    SetResidualStrip(bool),
    /// Draws a published law over, or not.
    SetPublished(&'static str, bool),
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
}

/// How many views the board holds.
const BOARD_PLACES: usize = 3;

impl Action {
    /// For the undo menu: `Undo change law`.
    pub fn label(&self) -> Cow<'static, str> {
        let label = match self {
            Self::Data(action) => match action {
                DataAction::Exclude { what, reason } => return format!("exclude {}: {reason}", counted(what)).into(),
                DataAction::Restore(what) => return format!("restore {}", counted(what)).into(),
                DataAction::Open(_) => "open",
                DataAction::SetShown(_, true) => "show data",
                DataAction::SetShown(_, false) => "hide data",
                DataAction::Remove(_) => "remove data",
                DataAction::SetImport(..) => "correct reading",
                DataAction::SetCheckpoints(_) => "change checkpoints",
                DataAction::SetKeep(_) => "change filter",
                DataAction::SetDropHighestLoss(_) => "leave out high losses",
                DataAction::SetQuantities(_) => "change quantities",
                DataAction::SetJoin(true) => "join files",
                DataAction::SetJoin(false) => "keep files apart",
            },
            Self::Fit(action) => match action {
                FitAction::SetLaw(_) => "change law",
                FitAction::SetObjective(_) => "change objective",
                FitAction::SetDelta(_) => "change delta",
                FitAction::SetSpace(_) => "change residuals",
                FitAction::SetFixed(_, Some(_)) => "hold parameter",
                FitAction::SetFixed(_, None) => "free parameter",
                FitAction::SetHeld(held) if held.is_empty() => "free all parameters",
                FitAction::SetHeld(_) => "hold all parameters",
                FitAction::SetBounds(..) => "change limits",
                FitAction::SetInterval(_) => "change intervals",
            },
            Self::Kept(action) => match action {
                KeptAction::Keep(_) => "keep fit",
                KeptAction::Rename(..) => "rename fit",
                KeptAction::Recolour(_) => "recolour fit",
                KeptAction::SetShown(_, true) => "show fit",
                KeptAction::SetShown(_, false) => "hide fit",
                KeptAction::Remove(_) => "remove fit",
                KeptAction::Recall(_) => "recall fit",
            },
            Self::Plan(action) => match action {
                PlanAction::SetBudget(_) => "change budget",
                PlanAction::SetPenalty(_) => "change penalty",
                PlanAction::SetUniqueTokens(_) => "change unique tokens",
            },
            Self::View(action) => match action {
                ViewAction::Focus(_) | ViewAction::Toggle(_) | ViewAction::Only(_) => "change views",
                ViewAction::SetIsolossAxis(_) => "change map axis",
                ViewAction::SetResidualAxis(_) => "change residual axis",
                ViewAction::SetResidualStrip(_) => "change residual strip",
                ViewAction::SetPublished(..) => "change overlays",
            },
        };
        label.into()
    }
}

/// Changes the session and says what work that calls for. The only function that changes one.
pub fn apply(session: &mut Session, action: Action) -> Vec<Effect> {
    let before = session.clone();
    match action {
        Action::Data(action) => apply_data(session, action),
        Action::Fit(action) => apply_fit(session, action),
        Action::Kept(action) => apply_kept(session, action),
        Action::Plan(action) => apply_plan(session, action),
        Action::View(action) => apply_view(&mut session.view, action),
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
    effects
}

fn apply_data(session: &mut Session, action: DataAction) {
    match action {
        DataAction::Open(files) => {
            if files.iter().any(|(source, _)| *source != Source::Example) {
                session.data.retain(|set| set.source != Source::Example);
            }
            for set in &mut session.data {
                set.shown = false;
            }
            for (source, import) in files {
                // A list with the same file twice helps nobody: it is shown again, and read again, for it may have changed.
                // Opened plainly it keeps its corrections.
                let plain = import == ImportOptions::default();
                if let Some(set) = session
                    .data
                    .iter_mut()
                    .find(|set| set.source == source && (plain || set.import == import))
                {
                    set.shown = true;
                    set.readings += 1;
                    continue;
                }
                let id = DataId(session.next_id);
                session.next_id += 1;
                session.data.push(DataSet {
                    id,
                    source,
                    import,
                    shown: true,
                    readings: 0,
                });
            }
        }
        DataAction::SetShown(id, shown) => {
            for set in session.data.iter_mut().filter(|set| set.id == id) {
                set.shown = shown;
            }
        }
        DataAction::Remove(id) => {
            session.data.retain(|set| set.id != id);
            session.exclusions.retain(|exclusion| exclusion.of.data != id);
        }
        DataAction::SetImport(id, import) => {
            for set in session.data.iter_mut().filter(|set| set.id == id) {
                set.import.clone_from(&import);
            }
        }
        DataAction::SetCheckpoints(checkpoints) => session.selection.checkpoints = checkpoints,
        DataAction::SetKeep(keep) => session.selection.keep = keep,
        DataAction::SetDropHighestLoss(count) => session.selection.drop_highest_loss = count,
        DataAction::Exclude { what, reason } => exclude(&mut session.exclusions, what, &reason),
        DataAction::Restore(what) => restore(&mut session.exclusions, &what),
        DataAction::SetQuantities(quantities) => session.quantities = quantities,
        DataAction::SetJoin(join) => session.join = join,
    }
}

fn apply_fit(session: &mut Session, action: FitAction) {
    let config = &mut session.fit.config;
    match action {
        FitAction::SetLaw(law) => {
            config.law = law.into();
            // Held parameters carry over only where the new law has one of that name.
            let names: Vec<&str> = law.law().parameters().iter().map(|p| &*p.name).collect();
            config.fixed.retain(|(name, _)| names.contains(&name.as_str()));
            config.start.retain(|(name, _)| names.contains(&name.as_str()));
            config.bounds.retain(|(name, _)| names.contains(&name.as_str()));
            config
                .ties
                .retain(|(a, b)| names.contains(&a.as_str()) && names.contains(&b.as_str()));
        }
        FitAction::SetObjective(kind) => config.objective.kind = kind,
        FitAction::SetDelta(delta) if delta.is_finite() && delta > 0.0 => config.objective.delta = delta,
        FitAction::SetDelta(_) => {}
        FitAction::SetSpace(space) => config.objective.space = space,
        FitAction::SetFixed(name, value) => {
            config.fixed.retain(|(held, _)| *held != name);
            if let Some(value) = value {
                config.fixed.push((name, value));
            }
        }
        FitAction::SetHeld(held) => config.fixed = held,
        FitAction::SetBounds(name, bounds) => {
            config.bounds.retain(|(bounded, _)| *bounded != name);
            config.bounds.extend(bounds.map(|bounds| (name, bounds)));
        }
        FitAction::SetInterval(method) => session.fit.interval = method,
    }
}

fn apply_kept(session: &mut Session, action: KeptAction) {
    let of = |session: &mut Session, id: KeptId, change: &dyn Fn(&mut KeptFit)| {
        session.kept.iter_mut().filter(|kept| kept.id == id).for_each(change);
    };
    match action {
        KeptAction::Keep(name) => {
            let id = KeptId(session.kept.iter().map(|kept| kept.id.0 + 1).max().unwrap_or(0));
            let taken = |colour: &&usize| session.kept.iter().any(|kept| kept.colour == **colour);
            let colour = COLOURS.iter().find(|colour| !taken(colour)).unwrap_or(&COLOURS[0]);
            session.kept.push(KeptFit {
                id,
                name,
                colour: *colour,
                shown: true,
                asked: session.asked(),
            });
        }
        KeptAction::Rename(id, name) => of(session, id, &|kept| kept.name.clone_from(&name)),
        KeptAction::Recolour(id) => of(session, id, &|kept| {
            let place = COLOURS.iter().position(|colour| *colour == kept.colour);
            kept.colour = COLOURS[place.map_or(0, |place| (place + 1) % COLOURS.len())];
        }),
        KeptAction::SetShown(id, shown) => of(session, id, &|kept| kept.shown = shown),
        KeptAction::Remove(id) => session.kept.retain(|kept| kept.id != id),
        KeptAction::Recall(id) => {
            if let Some(asked) = session.kept_fit(id).map(|kept| kept.asked.clone()) {
                session.ask(asked);
            }
        }
    }
}

fn apply_plan(session: &mut Session, action: PlanAction) {
    match action {
        PlanAction::SetBudget(flops) => {
            session.plan.budget = Flops(flops.0.clamp(BUDGET_RANGE.0, BUDGET_RANGE.1));
        }
        PlanAction::SetPenalty(penalty) => session.plan.penalty = penalty.clamp(1e-4, 1.0),
        PlanAction::SetUniqueTokens(tokens) => session.plan.unique_tokens = tokens,
    }
}

fn apply_view(view: &mut super::ViewChoice, action: ViewAction) {
    match action {
        ViewAction::Focus(focus) => {
            view.board.retain(|v| *v != focus);
            view.board.insert(0, focus);
            view.board.truncate(BOARD_PLACES);
        }
        ViewAction::Toggle(toggled) => {
            if !view.board.contains(&toggled) {
                view.board.truncate(BOARD_PLACES - 1);
                view.board.push(toggled);
            } else if view.board.len() > 1 {
                view.board.retain(|v| *v != toggled);
            }
        }
        ViewAction::Only(only) => view.board = vec![only],
        ViewAction::SetIsolossAxis(axis) => view.isoloss_axis = axis,
        ViewAction::SetResidualAxis(axis) => view.residual_axis = axis,
        ViewAction::SetResidualStrip(on) => view.residual_strip = on,
        ViewAction::SetPublished(name, shown) => {
            view.published.retain(|n| n != name);
            if shown {
                view.published.push(name.to_owned());
            }
        }
    }
}
