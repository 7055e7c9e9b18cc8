//! Law, objective, which runs; what came out, and what it cannot know. One file a section.

mod correlation;
mod intervals;
mod kept;
mod law;
mod parameters;
mod residuals;
mod since;
mod strip;
mod trust;

pub(in crate::app) use kept::KeptFits;
pub(in crate::app) use parameters::Parameters;
pub(in crate::app) use trust::QUESTIONS;

use super::named;
use crate::app::figures::Figures;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::{card, heading, labelled, log_slider, small};
use crate::app::{Local, Requests};
use crate::data::{Checkpoints, Expression};
use crate::figure::Token;
use crate::fit::{ObjectiveKind, Severity, Space, power_or_digits};
use crate::session::{Action, DataAction, DataSet, FitAction, LoadState, Workspace};
use crate::units::format_significant;
use eframe::egui::{self, ComboBox, DragValue, RichText, Ui};

pub(super) fn fit_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    let session = workspace.session();
    let config = &session.fit.config;
    law::law_ui(ui, workspace, figures, requests);
    labelled(ui, "Objective", |ui| {
        let shown = ComboBox::from_id_salt("objective")
            .width(160.0)
            .selected_text(config.objective.kind.label());
        let response = shown.show_ui(ui, |ui| {
            for kind in ObjectiveKind::ALL {
                if ui
                    .selectable_label(kind == config.objective.kind, kind.label())
                    .on_hover_text(kind.hint())
                    .clicked()
                {
                    requests.act(Action::Fit(FitAction::SetObjective(kind)));
                }
            }
        });
        named(&response.response, "Objective", config.objective.kind.label());
    });
    if config.objective.kind == ObjectiveKind::Huber {
        labelled(ui, "Huber delta", |ui| {
            ui.label(power_or_digits(config.objective.delta))
        });
        let tip = "Residuals beyond delta count linearly, not squared. 10⁻³ is the field's default.";
        if let Some(delta) = log_slider(ui, "Huber delta", config.objective.delta, (1e-5, 1.0), tip).moved {
            requests.act(Action::Fit(FitAction::SetDelta(delta)));
        }
    }
    labelled(ui, "Residuals", |ui| {
        for (space, name, tip) in [
            (Space::Level, "of L", "Differences of the loss itself, nats/token"),
            (Space::Log, "of ln L", "Differences of the logarithm: relative errors"),
        ] {
            if ui
                .selectable_label(config.objective.space == space, name)
                .on_hover_text(tip)
                .clicked()
            {
                requests.act(Action::Fit(FitAction::SetSpace(space)));
            }
        }
    });
    runs_ui(ui, workspace, local, requests);
    ui.separator();
    result_ui(ui, workspace, figures, local, requests);
}

fn runs_ui(ui: &mut Ui, workspace: &Workspace, local: &mut Local, requests: &mut Requests) {
    let session = workspace.session();
    heading(ui, "Runs");
    labelled(ui, "Leave out highest losses", |ui| {
        let mut count = session.selection.drop_highest_loss;
        let drag = DragValue::new(&mut count).range(0..=1000).speed(0.1);
        let response = ui
            .add(drag)
            .on_hover_text("How many runs with the highest losses to leave out of the fit");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, "Leave out highest losses"));
        if response.changed() {
            requests.act(Action::Data(DataAction::SetDropHighestLoss(count)));
        }
    });
    let table = workspace
        .derived()
        .fit
        .input
        .as_ref()
        .and_then(|input| input.tables.first());
    labelled(ui, "Keep where", |ui| {
        // A filter that cannot be read is refused here; the last good one stays.
        let read = |text: &str| match (text.trim(), table) {
            ("", _) | (_, None) => Ok(text.trim().to_owned()),
            (text, Some(table)) => match Expression::parse(text, &table.table) {
                Ok(_) => Ok(text.to_owned()),
                Err(error) => Err(error.to_string()),
            },
        };
        if let Some(keep) = local.keep.ui(ui, "Keep where", &session.selection.keep, 150.0, read) {
            requests.act(Action::Data(DataAction::SetKeep(keep)));
        }
    });
    let of_session = workspace
        .derived()
        .fit
        .input
        .as_ref()
        .and_then(|input| input.filter_error.as_deref());
    if let Some(error) = local.keep.error().or(of_session) {
        ui.label(
            RichText::new(quoted(error))
                .size(size::SMALL)
                .color(theme::token(ui, Token::Error)),
        );
    } else if session.selection.keep.is_empty() {
        ui.label(small("Such as D/N > 5 and C >= 1e19", ui));
    }
    let tables = workspace.derived().fit.input.iter().flat_map(|input| &input.tables);
    let has_checkpoints = tables
        .into_iter()
        .any(|table| table.table.points().len() > table.table.runs().len());
    if has_checkpoints {
        labelled(ui, "Checkpoints", |ui| {
            for (choice, name) in [(Checkpoints::All, "all"), (Checkpoints::Final, "last of each run")] {
                if ui
                    .selectable_label(session.selection.checkpoints == choice, name)
                    .clicked()
                {
                    requests.act(Action::Data(DataAction::SetCheckpoints(choice)));
                }
            }
        });
    }
}

fn result_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, local: &mut Local, requests: &mut Requests) {
    // Held parameters stay in reach when there is no fit: holding one may be what it needs.
    parameters::parameters_ui(ui, workspace, figures, local, requests);
    let fit = &workspace.derived().fit;
    let Some(Ok(report)) = &fit.result else {
        let pending = |set: &DataSet| matches!(workspace.derived().file(set.id), None | Some(LoadState::Pending));
        let reading = workspace.session().shown().any(pending);
        let bar = if fit.awaited || reading {
            Token::Reference
        } else {
            Token::Error
        };
        if let Some(obstacle) = &figures.summary(workspace).obstacle {
            card(ui, bar, obstacle);
        }
        return;
    };
    ui.add_space(theme::GRID * 0.5);
    let draft = if fit.draft { "Draft. " } else { "" };
    let quality = format!(
        "{draft}Objective {:.8} over {} points. Stopped at {}; {} of {} starts agreed. {} ms.",
        report.value,
        report.n_used,
        report.stopped.words(),
        report.starts_agreed,
        report.starts_tried,
        format_significant(fit.seconds * 1000.0, 2),
    );
    ui.label(small(quality, ui)).on_hover_text("Starts are points of a coarse search from which the fit was polished; agreed are those that ended at the same objective.");
    intervals::intervals_ui(ui, workspace, requests);
    since::since_ui(ui, workspace, figures, requests);
    for verdict in &figures.summary(workspace).verdicts {
        let bar = match verdict.severity {
            Severity::Note => Token::Reference,
            Severity::Warning => Token::Warning,
            Severity::Error => Token::Error,
        };
        card(ui, bar, &verdict.text);
    }
    trust::trust_ui(ui, workspace, figures, local, requests);
    residuals::residuals_ui(ui, workspace, requests);
    correlation::correlation_ui(ui, workspace, figures, local, requests);
    kept::kept_ui(ui, workspace, figures, local, requests);
}
