//! What a view may show of a session at work.

use super::derived::allocation_of;
use super::{PlanChoice, SinceState, Workspace};
use crate::data::{Role, RunTable, Selected};
use crate::figure::views::{Chosen, GpuHour, KeptLaw, Scene, View};
use crate::figure::{Dash, Paint, Token};
use crate::law::published::{self, PublishedLaw};

impl Workspace {
    /// Lends what any view may show.
    pub fn with_scene<R>(&self, draw: impl FnOnce(&Scene<'_>) -> R) -> R {
        self.scene_with(None, draw)
    }

    /// Lends one view what it may show: learning curves also those of what is trained here, of which no point counts.
    pub fn with_scene_of<R>(&self, view: View, draw: impl FnOnce(&Scene<'_>) -> R) -> R {
        let live = self.derived().train.live.as_ref();
        self.scene_with(live.filter(|_| view == View::Curves), draw)
    }

    fn scene_with<R>(&self, live: Option<&RunTable>, draw: impl FnOnce(&Scene<'_>) -> R) -> R {
        let (session, derived) = (self.session(), self.derived());
        let none = Selected::default();
        let mut tables: Vec<(&RunTable, &Selected)> = match &derived.fit.input {
            Some(input) => input
                .tables
                .iter()
                .map(|table| (&*table.table, &table.selected))
                .collect(),
            None => vec![],
        };
        tables.extend(live.map(|live| (live, &none)));
        let published: Vec<&'static PublishedLaw> = session
            .view
            .published
            .iter()
            .filter_map(|name| published::by_name(name))
            .collect();
        let kept: Vec<KeptLaw<'_>> = session
            .kept
            .iter()
            .filter(|kept| kept.shown)
            .filter_map(|kept| {
                Some(KeptLaw {
                    name: &kept.name,
                    paint: Paint::Category(kept.colour),
                    dash: Dash::Dotted,
                    law: allocation_of(derived.kept.get(&kept.id)?.report()?)?,
                })
            })
            .chain(
                derived
                    .since
                    .as_ref()
                    .and_then(SinceState::earlier)
                    .and_then(|earlier| {
                        Some(KeptLaw {
                            name: &earlier.label,
                            paint: Paint::Token(Token::TextMuted),
                            dash: Dash::Dashed,
                            law: earlier.allocation()?,
                        })
                    }),
            )
            .collect();
        let obstacle = self.obstacle();
        let chosen = self.chosen(&session.plan);
        let wording = self.wording();
        draw(&Scene {
            tables: &tables,
            fit: derived.report(),
            obstacle: obstacle.as_deref(),
            spread: derived.uncertainty(session.fit.interval),
            level: session.fit.level,
            published: &published,
            kept: &kept,
            budget: chosen.map_or(session.plan.budget, |chosen| chosen.answered.optimum.flops),
            chosen,
            ghost: None,
            penalty: session.plan.penalty,
            unique_tokens: session.plan.unique_tokens,
            reference_models: session.view.reference_models,
            fit_x: role_named(&session.fit.x),
            reducible: session.view.reducible,
            axis_style: session.view.axis_style,
            second_axes: session.view.second_axes,
            gpu_hour: Some(GpuHour {
                name: session.plan.hardware.label(),
                flops: 3600.0 * session.plan.hardware.peak * session.plan.hardware.mfu,
            }),
            isoloss_axis: session.view.isoloss_axis,
            residual_axis: session.view.residual_axis,
            wording: wording.as_ref(),
        })
    }
}

impl Workspace {
    /// What a plan comes to, as views show it.
    pub fn chosen(&self, plan: &PlanChoice) -> Option<Chosen> {
        Some(Chosen {
            answered: self.answered(plan)?.ok()?,
            by: plan.published(),
        })
    }
}

/// The role that a one-variable law is a function of; a column of the file's own has none and is only kept by name.
fn role_named(name: &str) -> Role {
    Role::of_name(name).unwrap_or(Role::Ignore)
}
