//! Law, objective, which runs; what came out, and what it cannot know.

use super::named;
use crate::app::figures::Figures;
use crate::app::theme::{self, size};
use crate::app::widgets::{card, heading, labelled, log_slider, small};
use crate::app::{Local, Requests};
use crate::data::Checkpoints;
use crate::figure::Token;
use crate::fit::{FitReport, ObjectiveKind, Severity, Space, power_or_digits};
use crate::law::LawKind;
use crate::session::{Action, DataAction, FitAction, Workspace};
use crate::units::format_significant;
use eframe::egui::{self, Align, ComboBox, DragValue, Grid, Layout, RichText, Stroke, Ui};

pub(super) fn fit_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    let session = workspace.session();
    let config = &session.fit.config;
    labelled(ui, "Law", |ui| {
        let shown = ComboBox::from_id_salt("law")
            .width(160.0)
            .selected_text(config.law.law().label());
        let response = shown.show_ui(ui, |ui| {
            for law in LawKind::ALL {
                let choice = ui.selectable_label(law == config.law, law.law().label());
                if choice.on_hover_text(law.law().formula()).clicked() {
                    requests.act(Action::Fit(FitAction::SetLaw(law)));
                }
            }
        });
        named(&response.response, "Law", config.law.law().label());
    });
    ui.label(small(format!("L = {}", config.law.law().formula()), ui))
        .on_hover_text(config.law.law().source());
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
        if let Some(delta) = log_slider(ui, "Huber delta", config.objective.delta, (1e-5, 1.0), tip) {
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
    result_ui(ui, workspace, figures, requests);
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
    labelled(ui, "Keep where", |ui| {
        let typed = local.keep.ui(ui, "Keep where", &session.selection.keep, 150.0, |text| {
            Ok(text.trim().to_owned())
        });
        if let Some(keep) = typed {
            requests.act(Action::Data(DataAction::SetKeep(keep)));
        }
    });
    if let Some(error) = workspace
        .derived()
        .fit
        .input
        .as_ref()
        .and_then(|input| input.filter_error.as_ref())
    {
        ui.label(
            RichText::new(error)
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

fn result_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests) {
    let fit = &workspace.derived().fit;
    let report = match &fit.result {
        Some(Ok(report)) => report,
        Some(Err(error)) => {
            card(ui, Token::Error, &error.to_string());
            return;
        }
        None => {
            let none = fit
                .input
                .as_ref()
                .is_some_and(|input| input.observations.loss.is_empty());
            ui.label(small(if none { "No run to fit" } else { "Fitting …" }, ui));
            return;
        }
    };
    parameters_ui(ui, workspace, figures, report, requests);
    ui.add_space(theme::GRID * 0.5);
    let quality = format!(
        "Objective {:.8} over {} points. Stopped at {}; {} of {} starts agreed. {} ms.",
        report.value,
        report.n_used,
        report.stopped.words(),
        report.starts_agreed,
        report.starts_tried,
        format_significant(fit.seconds * 1000.0, 2),
    );
    ui.label(small(quality, ui)).on_hover_text("Starts are points of a coarse search from which the fit was polished; agreed are those that ended at the same objective.");
    if let Some(bootstrap) = &fit.bootstrap {
        let failed = if bootstrap.failed > 0 {
            format!(", {} failed", bootstrap.failed)
        } else {
            String::new()
        };
        let text = format!(
            "Intervals: {:.0} % over {} resamples of runs{failed}, seed {}. {} s.",
            workspace.session().fit.level * 100.0,
            bootstrap.replicates.len(),
            bootstrap.seed,
            format_significant(fit.bootstrap_seconds, 2),
        );
        ui.label(small(text, ui));
    }
    for verdict in &figures.summary(workspace).verdicts {
        let bar = match verdict.severity {
            Severity::Note => Token::Reference,
            Severity::Warning => Token::Warning,
            Severity::Error => Token::Error,
        };
        card(ui, bar, &verdict.text);
    }
}

fn parameters_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    report: &FitReport,
    requests: &mut Requests,
) {
    let parameters = report.law.law().parameters();
    let level = workspace.session().fit.level;
    let intervals = &figures.summary(workspace).intervals;
    Grid::new("parameters")
        .num_columns(4)
        .spacing([10.0, 6.0])
        .min_col_width(24.0)
        .show(ui, |ui| {
            ui.label("");
            ui.label(small("fitted", ui));
            let replicates = format!("{:.0} % interval", level * 100.0);
            ui.label(small(replicates, ui))
                .on_hover_text("Percentiles over resampled runs");
            ui.label(small("hold", ui));
            ui.end_row();
            for (index, parameter) in parameters.iter().enumerate() {
                let estimate = &report.params[index];
                ui.label(RichText::new(parameter.symbol).font(theme::bold(size::BODY)))
                    .on_hover_text(parameter.meaning);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(format_significant(estimate.value, 5));
                });
                let interval = intervals.get(index).copied().flatten();
                let text = match interval {
                    Some([low, high]) => format!("[{}, {}]", format_significant(low, 3), format_significant(high, 3)),
                    None if estimate.fixed => "held".to_owned(),
                    None => "…".to_owned(),
                };
                ui.label(small(text, ui));
                // A box that is off is otherwise the colour of the panel.
                ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, theme::token(ui, Token::TextFaint));
                let mut held = estimate.fixed;
                let response = ui.checkbox(&mut held, "");
                let name = format!("Hold {}", parameter.name);
                response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, held, &name));
                let tip = format!("Hold {} at this value while the others are fitted", parameter.symbol);
                if response.on_hover_text(tip).changed() {
                    requests.act(Action::Fit(FitAction::SetFixed(
                        parameter.name,
                        held.then_some(estimate.value),
                    )));
                }
                ui.end_row();
            }
        });
}
