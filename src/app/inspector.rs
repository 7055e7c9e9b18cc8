//! The right zone: how the fit is made, what is asked of it, how the file was read.

use super::figures::Figures;
use super::theme::{self, size};
use super::widgets::{card, heading, labelled, log_slider, small};
use super::{Local, Requests};
use crate::data::Checkpoints;
use crate::figure::Token;
use crate::figure::views::IsolossAxis;
use crate::fit::{FitReport, ObjectiveKind, Severity, Space, power_or_digits};
use crate::law::published::{PUBLISHED, PublishedLaw};
use crate::law::{KaplanJoint, LawKind};
use crate::plan::{Allocation, Optimum};
use crate::session::{Action, DataAction, FitAction, LoadState, PlanAction, ViewAction, Workspace};
use crate::units::{Loss, Params, Tokens, format_significant};
use eframe::egui::{self, Align, Button, ComboBox, DragValue, Grid, Layout, RichText, ScrollArea, Ui};

/// What the inspector shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tab {
    /// Law, objective, parameters, verdicts.
    #[default]
    Fit,
    /// Overfitting, other laws at this budget.
    Plan,
    /// How the file was read.
    Data,
}

pub(super) fn inspector_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    ui.horizontal(|ui| {
        for (tab, name) in [(Tab::Fit, "Fit"), (Tab::Plan, "Plan"), (Tab::Data, "Data")] {
            let on = local.tab == tab;
            let text = RichText::new(name).color(theme::token(ui, if on { Token::Text } else { Token::TextMuted }));
            if ui.add(Button::selectable(on, text)).clicked() {
                local.tab = tab;
            }
        }
    });
    ui.add_space(theme::GRID * 0.5);
    ScrollArea::vertical()
        .auto_shrink(false)
        .id_salt(local.tab as usize)
        .show(ui, |ui| match local.tab {
            Tab::Fit => fit_ui(ui, workspace, local, requests),
            Tab::Plan => plan_ui(ui, workspace, figures, local, requests),
            Tab::Data => data_ui(ui, workspace, local, requests),
        });
}

fn fit_ui(ui: &mut Ui, workspace: &Workspace, local: &mut Local, requests: &mut Requests) {
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
    result_ui(ui, workspace, requests);
}

/// A combo box reads as its purpose first, its value second.
fn named(response: &egui::Response, name: &str, value: &str) {
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name);
        info.current_text_value = Some(value.to_owned());
        info
    });
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

fn result_ui(ui: &mut Ui, workspace: &Workspace, requests: &mut Requests) {
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
    parameters_ui(ui, workspace, report, requests);
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
    for verdict in &report.verdicts {
        let bar = match verdict.severity {
            Severity::Note => Token::Reference,
            Severity::Warning => Token::Warning,
            Severity::Error => Token::Error,
        };
        card(ui, bar, &verdict.text);
    }
}

fn parameters_ui(ui: &mut Ui, workspace: &Workspace, report: &FitReport, requests: &mut Requests) {
    let parameters = report.law.law().parameters();
    let level = workspace.session().fit.level;
    let bootstrap = workspace.derived().fit.bootstrap.as_ref();
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
                let interval = bootstrap
                    .filter(|_| !estimate.fixed)
                    .and_then(|b| b.interval(level, |theta| theta[index]));
                let text = match interval {
                    Some([low, high]) => format!("[{}, {}]", format_significant(low, 3), format_significant(high, 3)),
                    None if estimate.fixed => "held".to_owned(),
                    None => "…".to_owned(),
                };
                ui.label(small(text, ui));
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

fn plan_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, local: &mut Local, requests: &mut Requests) {
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
    if let Some(penalty) = log_slider(ui, "Overfitting penalty", session.plan.penalty, (0.001, 0.5), tip) {
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
            RichText::new(error)
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

fn laws_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures) {
    let budget = workspace.session().plan.budget;
    Grid::new("laws").num_columns(4).spacing([8.0, 4.0]).show(ui, |ui| {
        let right = |ui: &mut Ui, text: RichText| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
        };
        ui.label("");
        for head in ["N*", "D*/N*", "L*"] {
            let text = small(head, ui);
            right(ui, text);
        }
        ui.end_row();
        let mut row = |name: &str, hover: &str, size: Option<String>, ratio: Option<f64>, loss: Option<Loss>| {
            ui.add(egui::Label::new(small(name, ui)).truncate())
                .on_hover_text(hover);
            right(ui, RichText::new(size.unwrap_or_else(|| "–".to_owned())));
            right(
                ui,
                RichText::new(ratio.map_or_else(|| "–".to_owned(), |r| format_significant(r, 2))),
            );
            right(
                ui,
                RichText::new(loss.map_or_else(|| "–".to_owned(), |l| format_significant(l.0, 4))),
            );
            ui.end_row();
        };
        if let Some(answer) = figures.answer(workspace) {
            let o = answer.optimum;
            row(
                "This fit",
                "Your own runs",
                Some(o.params.short()),
                o.tokens_per_param(),
                o.loss,
            );
        }
        for law in PUBLISHED {
            if let Ok(o) = Allocation::Published(law).at_flops(budget) {
                let size = model_size(law, &o);
                row(
                    law.label,
                    law.source,
                    size.map(Params::short),
                    o.tokens_per_param(),
                    o.loss,
                );
            }
        }
    });
    ui.label(small("Losses of different tokenizers and data do not compare.", ui));
}

/// N* where the law counts parameters.
fn model_size(law: &PublishedLaw, optimum: &Optimum) -> Option<Params> {
    (law.params_convention != crate::law::published::ParamsConvention::FlopsPerToken).then_some(optimum.params)
}

fn data_ui(ui: &mut Ui, workspace: &Workspace, local: &mut Local, requests: &mut Requests) {
    let session = workspace.session();
    let shown = session.shown().next().or(session.data.first()).map(|set| set.id);
    let explained = local.explained.filter(|id| session.data_set(*id).is_some()).or(shown);
    let Some(set) = explained.and_then(|id| session.data_set(id)) else {
        ui.label(small("No file is open.", ui));
        return;
    };
    if session.data.len() > 1 {
        labelled(ui, "File", |ui| {
            ComboBox::from_id_salt("explained")
                .width(170.0)
                .selected_text(set.source.name())
                .show_ui(ui, |ui| {
                    for other in &session.data {
                        if ui.selectable_label(other.id == set.id, other.source.name()).clicked() {
                            local.explained = Some(other.id);
                        }
                    }
                });
        });
    }
    let loaded = match workspace.derived().file(set.id) {
        Some(LoadState::Ready(loaded)) => loaded,
        Some(LoadState::Failed(error)) => {
            card(ui, Token::Error, &error.to_string());
            if ui.button("Remove from the list").clicked() {
                requests.act(Action::Data(DataAction::Remove(set.id)));
            }
            return;
        }
        _ => {
            ui.label(small("Reading …", ui));
            return;
        }
    };
    let report = &loaded.report;
    let delimiter = match report.delimiter.as_str() {
        "" => String::new(),
        "\t" => ", tab-separated".to_owned(),
        other => format!(", separated by {other}"),
    };
    ui.label(small(
        format!(
            "{}, {}{delimiter}. {} rows.",
            report.shape.words(),
            report.encoding,
            report.rows
        ),
        ui,
    ));
    for note in &report.notes {
        card(ui, Token::Reference, note);
    }
    heading(ui, "Columns");
    for column in &report.columns {
        let role = column.role.map_or("kept by name", crate::data::Role::name);
        ui.horizontal(|ui| {
            ui.add(egui::Label::new(&column.name).truncate());
            let unit = if matches!(column.unit.as_str(), "" | "1") {
                String::new()
            } else {
                format!(" × {}", column.unit)
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(small(format!("{role}{unit}"), ui))
            });
        })
        .response
        .on_hover_text(&column.why);
    }
    if !report.skipped.is_empty() {
        heading(ui, &format!("Not used: {}", report.skipped.len()));
        for skipped in report.skipped.iter().take(200) {
            let column = if skipped.column.is_empty() {
                String::new()
            } else {
                format!(", {}", skipped.column)
            };
            let value = if skipped.value.is_empty() {
                String::new()
            } else {
                format!(" “{}”", skipped.value)
            };
            ui.label(small(
                format!("Line {}{column}{value}: {}", skipped.line, skipped.reason),
                ui,
            ));
        }
        if report.skipped.len() > 200 {
            ui.label(small(format!("… and {} more", report.skipped.len() - 200), ui));
        }
    }
}
