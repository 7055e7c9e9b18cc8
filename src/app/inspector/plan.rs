//! When the answer overfits, and what other laws say at the same budget.

use crate::app::figures::Figures;
use crate::app::summary::WrongSize;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::{card, heading, labelled, log_slider, small};
use crate::app::{Local, Requests};
use crate::figure::Token;
use crate::figure::views::IsolossAxis;
use crate::law::KaplanJoint;
use crate::law::published::PUBLISHED;
use crate::plan::{Allocation, Optimum, SizeQuantity};
use crate::session::{Action, PlanAction, ViewAction, Workspace};
use crate::units::{Tokens, format_significant};
use eframe::egui::{Align, Align2, FontId, Grid, Layout, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

pub(super) fn plan_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    let session = workspace.session();
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
    heading(ui, "When it overfits");
    labelled(ui, "Tolerated penalty δL", |ui| {
        ui.label(format!("{} %", format_significant(session.plan.penalty * 100.0, 2)))
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
        if let Some(tokens) = local.unique_tokens.ui(ui, "Unique tokens", &shown, 96.0, read) {
            requests.act(Action::Plan(PlanAction::SetUniqueTokens(tokens)));
        }
    });
    if let Some(error) = local.unique_tokens.error() {
        ui.label(
            RichText::new(quoted(error))
                .size(size::SMALL)
                .color(theme::token(ui, Token::Error)),
        );
    }
    match figures.answer(workspace) {
        Some(answer) => overfit_ui(ui, workspace, &answer.optimum),
        None => {
            ui.label(small("Needs a law of N and D: choose Chinchilla.", ui));
        }
    }
    wrong_size_ui(ui, workspace, figures);
    heading(ui, "Laws at this budget");
    laws_ui(ui, workspace, figures);
}

fn overfit_ui(ui: &mut Ui, workspace: &Workspace, optimum: &Optimum) {
    let plan = &workspace.session().plan;
    let kaplan = KaplanJoint::TABLE_2;
    let penalty = kaplan.penalty(optimum.params, optimum.tokens);
    let least = kaplan.min_tokens(optimum.params, plan.penalty);
    let largest = kaplan.max_params(optimum.tokens, plan.penalty);
    let percent = |value: f64| format!("{} %", format_significant(value * 100.0, 2));
    Grid::new("overfit").num_columns(2).spacing([10.0, 4.0]).show(ui, |ui| {
        let mut row = |name: String, value: String| {
            ui.label(small(name, ui));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(value));
            ui.end_row();
        };
        row("δL at N*, D*".to_owned(), percent(penalty));
        row(format!("Fewest tokens for {}", optimum.params.short()), least.short());
        row(format!("Largest model for {}", optimum.tokens.short()), largest.short());
        if let Some(unique) = plan.unique_tokens {
            row(
                "Epochs over unique tokens".to_owned(),
                format_significant(optimum.tokens.0 / unique.0, 2),
            );
        }
    });
    ui.label(small(
        "By Kaplan et al. 2020, eq. 4.3, for models and data like theirs: N without embeddings.",
        ui,
    ));
    if let Some(unique) = plan.unique_tokens
        && kaplan.penalty(optimum.params, Tokens(unique.0.min(optimum.tokens.0))) > plan.penalty
    {
        let text = format!(
            "{} unique tokens are too few for {}: δL would be {}. Have {} unique tokens, or train {} at the most.",
            unique.short(),
            optimum.params.short(),
            percent(kaplan.penalty(optimum.params, Tokens(unique.0.min(optimum.tokens.0)))),
            least.short(),
            kaplan.max_params(unique, plan.penalty).short(),
        );
        card(ui, Token::Warning, &text);
    }
}

/// What it costs to train a model of another size to the same loss.
fn wrong_size_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures) {
    let Some(WrongSize { half, twice, near }) = figures.summary(workspace).wrong_size else {
        return;
    };
    let cost = |ratio: Option<f64>| match ratio {
        Some(ratio) => format!("{} C", format_significant(ratio, 3)),
        None => "out of reach".to_owned(),
    };
    heading(ui, "Off the best size");
    Grid::new("wrong size")
        .num_columns(2)
        .spacing([10.0, 4.0])
        .show(ui, |ui| {
            let mut row = |name: &str, value: String| {
                ui.label(small(name, ui));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(value));
                ui.end_row();
            };
            row("Same loss at half of N*", cost(half));
            row("Same loss at twice N*", cost(twice));
            let range = format!(
                "{} to {} N*",
                format_significant(near.0, 2),
                format_significant(near.1, 2)
            );
            row("Sizes within 10 % of C", range);
        });
}

fn laws_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures) {
    let budget = workspace.session().plan.budget;
    law_row(ui, "", "", Token::TextMuted, ["N*", "D*/N*", "L*"].map(str::to_owned));
    let dash = || "–".to_owned();
    let cells = |optimum: &Optimum| {
        let size = match optimum.size {
            SizeQuantity::Params => optimum.params.short(),
            // M, FLOPs per token: a sixth of it is the N that would cost as much.
            SizeQuantity::FlopsPerToken => format!("≈ {}", optimum.equivalent_params().short()),
        };
        let ratio = optimum
            .tokens_per_param()
            .map_or_else(dash, |ratio| format_significant(ratio, 2));
        [
            size,
            ratio,
            optimum.loss.map_or_else(dash, |loss| format_significant(loss.0, 4)),
        ]
    };
    if let Some(answer) = figures.answer(workspace) {
        law_row(ui, "This fit", "Your own runs", Token::Text, cells(&answer.optimum));
    }
    for law in PUBLISHED {
        if let Ok(optimum) = Allocation::Published(law).at_flops(budget) {
            law_row(ui, law.label, law.source, Token::Text, cells(&optimum));
        }
    }
    ui.label(small("Losses of different tokenizers and data do not compare.", ui));
}

/// A row of fixed columns: numbers stand under each other whatever the budget.
fn law_row(ui: &mut Ui, name: &str, hover: &str, token: Token, cells: [String; 3]) {
    const COLUMNS: [f32; 3] = [96.0, 48.0, 0.0];
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let spoken = format!("{name} {}", cells.join(" "));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.trim()));
    let (color, muted) = (theme::token(ui, token), theme::token(ui, Token::TextMuted));
    let left = rect.right() - COLUMNS[0] - 54.0;
    let names = ui
        .painter()
        .with_clip_rect(Rect::from_min_max(rect.min, pos2(left, rect.bottom())));
    names.text(
        rect.left_center(),
        Align2::LEFT_CENTER,
        name,
        FontId::proportional(size::SMALL),
        muted,
    );
    for (cell, from_right) in cells.into_iter().zip(COLUMNS) {
        let at = pos2(rect.right() - from_right, rect.center().y);
        ui.painter().text(
            at,
            Align2::RIGHT_CENTER,
            cell,
            FontId::proportional(size::SMALL + 0.5),
            color,
        );
    }
    if !hover.is_empty() {
        response.on_hover_text(hover);
    }
}
