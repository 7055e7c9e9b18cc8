//! The best for training and serving together (Sardana et al. 2024, arXiv 2401.00448).

use super::{percent, table};
use crate::app::Requests;
use crate::app::figures::Figures;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::{Entry, heading, labelled, log_slider, small};
use crate::figure::Token;
use crate::plan::FLOPS_PER_SERVED_TOKEN;
use crate::session::{Action, PlanAction, Workspace};
use crate::units::{Flops, Tokens};
use eframe::egui::{RichText, Ui};

/// Tokens that the slider spans; where it stands while none are served.
const RANGE: (f64, f64) = (1e8, 1e17);

pub(super) fn serving_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    field: &mut Entry,
    requests: &mut Requests,
) {
    let plan = &workspace.session().plan;
    heading(ui, "Serving");
    labelled(ui, "Tokens to serve T", |ui| {
        let shown = plan.serving.map_or_else(|| "none".to_owned(), Tokens::short);
        let read = |text: &str| match text.trim() {
            "" | "none" | "0" => Ok(None),
            text => text.parse::<Tokens>().map(Some).map_err(|error| error.to_string()),
        };
        if let Some(tokens) = field.ui(ui, "Tokens to serve, typed", &shown, 96.0, read) {
            requests.act(Action::Plan(PlanAction::SetServing(tokens)));
        }
    });
    if let Some(error) = field.error() {
        let color = theme::token(ui, Token::Error);
        ui.label(RichText::new(quoted(error)).size(size::SMALL).color(color));
    }
    let tip =
        "Tokens that the model will read or write once trained. A smaller model on more data is cheaper to serve.";
    let at = plan.serving.map_or(RANGE.0, |tokens| tokens.0);
    if let Some(tokens) = log_slider(ui, "Tokens to serve", at, RANGE, tip).moved {
        // At its left end nothing is served.
        let tokens = (tokens > 1.001 * RANGE.0).then_some(Tokens(tokens));
        requests.act(Action::Plan(PlanAction::SetServing(tokens)));
    }
    let Some(tokens) = plan.serving else { return };
    let ask = workspace.ask(plan);
    if ask.serving.is_none() {
        ui.label(small(
            "Serving is planned in the law's own counts: choose them below.",
            ui,
        ));
        return;
    }
    let Some(answer) = figures.answered(workspace) else {
        return;
    };
    match answer.answered.served {
        Some(served) => table(
            ui,
            "serving",
            [
                (
                    "Training and serving".to_owned(),
                    format!("{} FLOP", served.total_flops.short()),
                ),
                (
                    "Of it training".to_owned(),
                    format!("{} FLOP", served.training_flops.short()),
                ),
                ("Saved by the smaller model".to_owned(), percent(served.saving)),
            ],
        ),
        None => {
            // Two quantities are known: there is nothing to choose, only to pay.
            let serving = FLOPS_PER_SERVED_TOKEN * answer.answered.optimum.params.0 * tokens.0;
            let name = "Serving this model".to_owned();
            table(ui, "serving", [(name, format!("{} FLOP", Flops(serving).short()))]);
        }
    }
}
