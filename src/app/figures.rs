//! Pictures and answers, kept until what they show changes.
//!
//! Memory: one figure a view, one answer, one summary of the fit, and the learning curves of the tables, which figures
//! share. Time: what does not depend on the budget is drawn again only when [`crate::session::Derived::revision`] or a
//! choice of the view moves; what does (the star, the live slice) once a change of the budget; learning curves are
//! prepared once for as long as the tables are the same. Nothing here runs while nothing changes.

use super::summary::Summary;
use crate::figure::Figure;
use crate::figure::views::{Prepared, View, draw, draw_base_with, profile, with_budget};
use crate::fit::Delta;
use crate::plan::Optimum;
use crate::session::{Intervals, ViewChoice, Workspace, intervals};
use std::collections::HashMap;

/// What the large type says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answer {
    /// N*, D*, L*.
    pub(super) optimum: Optimum,
    /// Their intervals.
    pub(super) intervals: Intervals,
}

/// What a picture's ground depends on.
#[derive(Clone, PartialEq)]
struct BaseKey {
    revision: u64,
    view: ViewChoice,
    penalty: u64,
}

/// A view with its budget, and the part of it that does not depend on the budget.
struct Drawn {
    key: BaseKey,
    base: Figure,
    budget: u64,
    figure: Figure,
}

/// A row a parameter; `None` where one of two is held.
pub(super) type Correlations = Vec<Vec<Option<f64>>>;

/// The caches.
#[derive(Default)]
pub(super) struct Figures {
    drawn: HashMap<View, Drawn>,
    prepared: Prepared,
    answer: Option<((u64, u64), Option<Answer>)>,
    summary: Option<(u64, Summary)>,
    correlations: Option<(u64, Option<Correlations>)>,
    profile: Option<(u64, Option<Figure>)>,
}

impl Figures {
    /// The figure of a view as it stands now.
    pub(super) fn view(&mut self, workspace: &Workspace, view: View) -> &Figure {
        let session = workspace.session();
        let budget = session.plan.budget.0.to_bits();
        let key = BaseKey {
            revision: workspace.derived().revision,
            view: ViewChoice {
                board: vec![],
                ..session.view.clone()
            },
            penalty: session.plan.penalty.to_bits(),
        };
        let known = self.drawn.remove(&view).filter(|drawn| drawn.key == key);
        let drawn = match known {
            Some(drawn) if drawn.budget == budget => drawn,
            Some(Drawn { base, .. }) => {
                let figure = workspace.with_scene_of(view, |scene| with_budget(&base, view, scene));
                Drawn {
                    key,
                    base,
                    budget,
                    figure,
                }
            }
            None => workspace.with_scene_of(view, |scene| {
                let base = draw_base_with(view, scene, &mut self.prepared);
                let figure = with_budget(&base, view, scene);
                Drawn {
                    key,
                    base,
                    budget,
                    figure,
                }
            }),
        };
        &self.drawn.entry(view).or_insert(drawn).figure
    }

    /// The whole figure of a view, for a writer.
    pub(super) fn whole(&self, workspace: &Workspace, view: View) -> Figure {
        workspace.with_scene_of(view, |scene| draw(view, scene))
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

    /// The optimum at the budget; `None` where there is no joint law.
    pub(super) fn answer(&mut self, workspace: &Workspace) -> Option<Answer> {
        let key = (
            workspace.derived().revision,
            workspace.session().plan.budget.0.to_bits(),
        );
        if self.answer.as_ref().is_none_or(|(known, _)| *known != key) {
            self.answer = Some((key, answer(workspace)));
        }
        self.answer.as_ref().and_then(|(_, answer)| *answer)
    }
}

fn correlations(workspace: &Workspace) -> Option<Correlations> {
    let (input, report) = (workspace.derived().fit.input.as_ref()?, workspace.derived().report()?);
    let delta = Delta::new(&input.question.config, &input.observations, report).ok()??;
    let all = 0..report.params.len();
    let row = |i: usize| all.clone().map(|j| delta.correlation(i, j)).collect();
    Some(all.clone().map(row).collect())
}

fn answer(workspace: &Workspace) -> Option<Answer> {
    let (session, derived) = (workspace.session(), workspace.derived());
    let optimum = derived.allocation()?.at_flops(session.plan.budget).ok()?;
    // Where nothing was fitted, resampling moves nothing.
    let fitted = derived
        .report()
        .filter(|report| report.params.iter().any(|parameter| !parameter.fixed));
    let intervals = match (fitted, &derived.fit.bootstrap) {
        (Some(report), Some(bootstrap)) => intervals(report, bootstrap, session.plan.budget, session.fit.level),
        _ => Intervals::default(),
    };
    Some(Answer { optimum, intervals })
}
