//! Pictures and answers, kept until what they show changes.
//!
//! Memory: one figure a view, one answer, one summary of the fit, and the learning curves of the tables, which figures
//! share. Time: what does not depend on the budget is drawn again only when [`crate::session::Derived::revision`] or a
//! choice of the view moves; what does (the star, the live slice) once a change of the budget; learning curves are
//! prepared once for as long as the tables are the same. Nothing here runs while nothing changes.

use super::plans::{LawRow, ScenarioRow};
use super::summary::Summary;
use crate::figure::views::{Chosen, Prepared, Scene, View, Wording, draw_base_with, profile, with_budget};
use crate::figure::{Figure, Reveal, revealed};
use crate::fit::Delta;
use crate::plan::{Answered, Optimum, PlanError};
use crate::session::{
    Action, Intervals, NumberChange, PlanAction, PlanChoice, Scenario, ScenarioAction, ViewChoice, Workspace,
};
use std::collections::HashMap;

/// What the large type says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answer {
    /// What the plan comes to.
    pub(super) answered: Answered,
    /// The intervals of its C, N, D and L.
    pub(super) intervals: Intervals,
    /// The cheapest that reaches the same loss.
    pub(super) cheapest: Option<Optimum>,
}

/// What a picture's ground depends on.
#[derive(Clone, PartialEq)]
struct BaseKey {
    revision: u64,
    view: ViewChoice,
    penalty: u64,
    unique_tokens: Option<u64>,
}

/// A view with its star, and the part of it that does not depend on what is asked.
struct Drawn {
    key: BaseKey,
    base: Figure,
    plan: PlanChoice,
    ghost: Option<Chosen>,
    reveal: Reveal,
    wording: Wording,
    figure: Figure,
}

/// An answer, or why there is none.
type Answering = Result<Answer, PlanError>;

/// A row a parameter; `None` where one of two is held.
pub(super) type Correlations = Vec<Vec<Option<f64>>>;

/// The caches.
#[derive(Default)]
pub(super) struct Figures {
    drawn: HashMap<View, Drawn>,
    prepared: Prepared,
    answer: Option<(u64, PlanChoice, Option<Answering>)>,
    ghost: Option<Chosen>,
    /// How far the views are told.
    reveal: Reveal,
    scenarios: Option<(u64, Vec<Scenario>, Vec<ScenarioRow>)>,
    laws: Option<(u64, PlanChoice, Vec<LawRow>)>,
    summary: Option<(u64, Summary)>,
    since_answer: Option<(u64, PlanChoice, Vec<NumberChange>)>,
    correlations: Option<(u64, Option<Correlations>)>,
    profile: Option<(u64, Option<Figure>)>,
}

impl Figures {
    /// The figure of a view as it stands now.
    pub(super) fn view(&mut self, workspace: &Workspace, view: View) -> &Figure {
        let session = workspace.session();
        let plan = &session.plan;
        let key = BaseKey {
            revision: workspace.derived().revision,
            view: ViewChoice {
                board: vec![],
                ..session.view.clone()
            },
            penalty: plan.penalty.to_bits(),
            unique_tokens: plan.unique_tokens.map(|unique| unique.0.to_bits()),
        };
        let (ghost, reveal, wording) = (self.ghost, self.reveal, &session.figures.wording);
        let known = self.drawn.remove(&view).filter(|drawn| drawn.key == key);
        let with_star = |base: &Figure, scene: &Scene<'_>| {
            let figure = with_budget(base, view, &Scene { ghost, ..*scene });
            match reveal {
                Reveal::Answer => figure,
                step => revealed(&figure, step),
            }
        };
        let drawn = match known {
            Some(drawn)
                if drawn.plan == *plan
                    && drawn.ghost == ghost
                    && drawn.reveal == reveal
                    && drawn.wording == *wording =>
            {
                drawn
            }
            Some(Drawn { base, .. }) => {
                let figure = workspace.with_scene_of(view, |scene| with_star(&base, scene));
                Drawn {
                    key,
                    base,
                    plan: plan.clone(),
                    ghost,
                    reveal,
                    wording: wording.clone(),
                    figure,
                }
            }
            None => workspace.with_scene_of(view, |scene| {
                let base = draw_base_with(view, scene, &mut self.prepared);
                let figure = with_star(&base, scene);
                Drawn {
                    key,
                    base,
                    plan: plan.clone(),
                    ghost,
                    reveal,
                    wording: wording.clone(),
                    figure,
                }
            }),
        };
        &self.drawn.entry(view).or_insert(drawn).figure
    }

    /// The same with the program's own titles.
    pub(super) fn automatic(&mut self, workspace: &Workspace, view: View) -> &Figure {
        self.view(workspace, view);
        &self.drawn[&view].base
    }

    /// What the panels say of the fit.
    pub(super) fn summary(&mut self, workspace: &Workspace) -> &Summary {
        let revision = workspace.derived().revision;
        let known = self.summary.take().filter(|(of, _)| *of == revision);
        &self
            .summary
            .insert(known.unwrap_or_else(|| (revision, Summary::of(workspace))))
            .1
    }

    /// The answer by the earlier save that is compared with, and now.
    pub(super) fn since_answer(&mut self, workspace: &Workspace) -> &[NumberChange] {
        let (revision, plan) = (workspace.derived().revision, &workspace.session().plan);
        let known = self
            .since_answer
            .take()
            .filter(|(of, asked, _)| *of == revision && asked == plan);
        let entry = known.unwrap_or_else(|| (revision, plan.clone(), workspace.since_answer(plan.budget)));
        &self.since_answer.insert(entry).2
    }

    /// Correlations of the parameters, a row each; `None` where the runs do not determine them.
    pub(super) fn correlations(&mut self, workspace: &Workspace) -> Option<&Correlations> {
        let revision = workspace.derived().revision;
        let known = self.correlations.take().filter(|(of, _)| *of == revision);
        let entry = known.unwrap_or_else(|| (revision, correlations(workspace)));
        self.correlations.insert(entry).1.as_ref()
    }

    /// The profile that was asked for, once it is there.
    pub(super) fn profile(&mut self, workspace: &Workspace) -> Option<&Figure> {
        let derived = workspace.derived();
        let known = self.profile.take().filter(|(of, _)| *of == derived.revision);
        let draw = || {
            let Some(Ok(Some(curve))) = &derived.fit.profile.as_ref()?.result else {
                return None;
            };
            Some(profile(derived.report()?, curve))
        };
        self.profile
            .insert(known.unwrap_or_else(|| (derived.revision, draw())))
            .1
            .as_ref()
    }

    /// What the plan comes to, or why there is no answer; `None` where no law answers.
    pub(super) fn answer(&mut self, workspace: &Workspace) -> Option<Result<&Answer, &PlanError>> {
        let (revision, plan) = (workspace.derived().revision, &workspace.session().plan);
        let known = self
            .answer
            .take()
            .filter(|(of, asked, _)| *of == revision && asked == plan);
        let entry = known.unwrap_or_else(|| (revision, plan.clone(), answer(workspace, plan)));
        self.answer.insert(entry).2.as_ref().map(Result::as_ref)
    }

    /// The answer, where there is one.
    pub(super) fn answered(&mut self, workspace: &Workspace) -> Option<Answer> {
        self.answer(workspace)?.ok().copied()
    }

    /// Before an action: keeps what is chosen now, to be drawn pale beside what the action leads to. What moves by the hand
    /// leaves no ghost.
    pub(super) fn keep_ghost(&mut self, workspace: &Workspace, action: &Action) {
        match action {
            Action::Scenario(ScenarioAction::Recall(_))
            | Action::Plan(
                PlanAction::SetCounts(_)
                | PlanAction::SetServing(_)
                | PlanAction::SetLaw(_)
                | PlanAction::Best(_)
                | PlanAction::Release(_),
            ) => {
                // One drag makes many changes: the ghost is what stood before the first.
                let dragged = matches!(action, Action::Plan(PlanAction::SetServing(_))) && self.ghost.is_some();
                if !dragged {
                    self.ghost = workspace.chosen(&workspace.session().plan);
                }
            }
            Action::Plan(_) | Action::Fit(_) | Action::Data(_) => self.ghost = None,
            Action::Scenario(_)
            | Action::Kept(_)
            | Action::View(_)
            | Action::Train(_)
            | Action::Figure(_)
            | Action::Project(_) => {}
        }
    }

    /// Tells the views as far as this.
    pub(super) fn tell_to(&mut self, reveal: Reveal) {
        self.reveal = reveal;
    }

    /// What was chosen before the last switch.
    pub(super) fn ghost(&self) -> Option<&Chosen> {
        self.ghost.as_ref()
    }

    /// The scenarios side by side.
    pub(super) fn scenarios(&mut self, workspace: &Workspace) -> &[ScenarioRow] {
        let (revision, scenarios) = (workspace.derived().revision, &workspace.session().scenarios);
        let known = self
            .scenarios
            .take()
            .filter(|(of, asked, _)| *of == revision && asked == scenarios);
        let entry = known.unwrap_or_else(|| {
            let rows = scenarios.iter().map(|scenario| ScenarioRow::of(workspace, scenario));
            (revision, scenarios.clone(), rows.collect())
        });
        &self.scenarios.insert(entry).2
    }

    /// The fit and the published laws, asked the same.
    pub(super) fn laws(&mut self, workspace: &Workspace) -> &[LawRow] {
        let (revision, plan) = (workspace.derived().revision, &workspace.session().plan);
        let known = self
            .laws
            .take()
            .filter(|(of, asked, _)| *of == revision && asked == plan);
        let entry = known.unwrap_or_else(|| (revision, plan.clone(), LawRow::all(workspace)));
        &self.laws.insert(entry).2
    }
}

fn correlations(workspace: &Workspace) -> Option<Correlations> {
    let (input, report) = (workspace.derived().fit.input.as_ref()?, workspace.derived().report()?);
    let delta = Delta::new(&input.question.config, &input.observations, report).ok()??;
    let all = 0..report.params.len();
    let row = |i: usize| all.clone().map(|j| delta.correlation(i, j)).collect();
    Some(all.clone().map(row).collect())
}

fn answer(workspace: &Workspace, plan: &PlanChoice) -> Option<Result<Answer, PlanError>> {
    let oracle = workspace.oracle(plan)?;
    let ask = workspace.ask(plan);
    let answered = match ask.answer(&oracle) {
        Ok(answered) => answered,
        Err(error) => return Some(Err(error)),
    };
    Some(Ok(Answer {
        answered,
        intervals: workspace.intervals(plan),
        cheapest: answered.cheapest(&ask, &oracle),
    }))
}
