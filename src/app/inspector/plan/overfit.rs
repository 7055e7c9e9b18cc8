//! When the answer overfits: Kaplan's bound at the tolerated penalty, and what passes over the same tokens are worth.

use super::{percent, table};
use crate::app::Requests;
use crate::app::figures::Figures;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::{Entry, card, heading, labelled, log_slider, small};
use crate::figure::Token;
use crate::figure::views::IsolossAxis;
use crate::law::KaplanJoint;
use crate::plan::Optimum;
use crate::session::{Action, PlanAction, ViewAction, Workspace};
use crate::units::{Tokens, format_significant};
use eframe::egui::{RichText, Ui};

pub(super) fn overfit_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    unique_tokens: &mut Entry,
    requests: &mut Requests,
) {
    let session = workspace.session();
    heading(ui, "When it overfits");
    labelled(ui, "Tolerated penalty δL", |ui| {
        ui.label(percent(session.plan.penalty))
    });
    let tip = "How much more loss than with endless data you accept, relative: L(N, D)/L(N, ∞) − 1.";
    if let Some(penalty) = log_slider(ui, "Overfitting penalty", session.plan.penalty, (0.001, 0.5), tip).moved {
        requests.act(Action::Plan(PlanAction::SetPenalty(penalty)));
    }
    labelled(ui, "Unique tokens", |ui| {
        let shown = session
            .plan
            .unique_tokens
            .map_or_else(|| "no limit".to_owned(), Tokens::short);
        let read = |text: &str| match text.trim() {
            "" | "no limit" | "none" => Ok(None),
            text => text.parse::<Tokens>().map(Some).map_err(|error| error.to_string()),
        };
        if let Some(tokens) = unique_tokens.ui(ui, "Unique tokens", &shown, 96.0, read) {
            requests.act(Action::Plan(PlanAction::SetUniqueTokens(tokens)));
        }
    });
    if let Some(error) = unique_tokens.error() {
        let color = theme::token(ui, Token::Error);
        ui.label(RichText::new(quoted(error)).size(size::SMALL).color(color));
    }
    labelled(ui, "Map axis", |ui| {
        for (axis, name) in [(IsolossAxis::Flops, "C"), (IsolossAxis::Tokens, "D")] {
            let on = session.view.isoloss_axis == axis;
            if ui
                .selectable_label(on, name)
                .on_hover_text("Second axis of the isoloss map")
                .clicked()
            {
                requests.act(Action::View(ViewAction::SetIsolossAxis(axis)));
            }
        }
    });
    match figures.answered(workspace) {
        Some(answer) => bounds_ui(ui, workspace, &answer.answered.optimum),
        None => {
            ui.label(small("Needs a law of N and D: choose Chinchilla.", ui));
        }
    }
}

fn bounds_ui(ui: &mut Ui, workspace: &Workspace, optimum: &Optimum) {
    let plan = &workspace.session().plan;
    let kaplan = KaplanJoint::TABLE_2;
    let params = optimum.equivalent_params();
    let least = kaplan.min_tokens(params, plan.penalty);
    let largest = kaplan.max_params(optimum.tokens, plan.penalty);
    let mut rows = vec![
        (
            "δL of this answer".to_owned(),
            percent(kaplan.penalty(params, optimum.tokens)),
        ),
        (format!("Fewest tokens for {}", params.short()), least.short()),
        (format!("Largest model for {}", optimum.tokens.short()), largest.short()),
    ];
    if let Some(unique) = plan.unique_tokens {
        rows.push((
            "Epochs over unique tokens".to_owned(),
            format_significant(optimum.tokens.0 / unique.0, 2),
        ));
    }
    table(ui, "overfit", rows);
    ui.label(small(
        "By Kaplan et al. 2020, eq. 4.3, for models and data like theirs: N without embeddings.",
        ui,
    ));
    let seen = plan.unique_tokens.map(|unique| Tokens(unique.0.min(optimum.tokens.0)));
    if let Some((unique, seen)) = plan.unique_tokens.zip(seen)
        && kaplan.penalty(params, seen) > plan.penalty
    {
        let text = format!(
            "{} unique tokens are too few for {}: δL would be {}. Have {} unique tokens, or train {} at the most.",
            unique.short(),
            params.short(),
            percent(kaplan.penalty(params, seen)),
            least.short(),
            kaplan.max_params(unique, plan.penalty).short(),
        );
        card(ui, Token::Warning, &text);
    }
}
