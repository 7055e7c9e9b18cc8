//! What is known of the training, what the law makes of it, when it overfits, how it is counted and what it runs on.

mod counts;
mod hardware;
mod known;
mod laws;
mod overfit;
mod scenarios;
mod serving;
mod settings;

pub(in crate::app) use known::Known;

use crate::app::figures::Figures;
use crate::app::summary::WrongSize;
use crate::app::widgets::{Entry, heading, small};
use crate::app::{Local, Requests};
use crate::session::Workspace;
use crate::units::format_significant;
use eframe::egui::{Align, Grid, Layout, Ui};

/// What the tab remembers.
#[derive(Default)]
pub(in crate::app) struct PlanPanel {
    known: Known,
    unique_tokens: Entry,
    serving: Entry,
    counts: counts::CountFields,
    hardware: hardware::HardwareFields,
    scenarios: scenarios::ScenarioFields,
}

pub(super) fn plan_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    let panel = &mut local.plan;
    known::known_ui(ui, workspace, figures, &mut panel.known, requests);
    scenarios::scenarios_ui(ui, workspace, figures, &mut panel.scenarios, requests);
    overfit::overfit_ui(ui, workspace, figures, &mut panel.unique_tokens, requests);
    serving::serving_ui(ui, workspace, figures, &mut panel.serving, requests);
    counts::counts_ui(ui, workspace, figures, &mut panel.counts, requests);
    hardware::hardware_ui(ui, workspace, figures, &mut panel.hardware, requests);
    settings::settings_ui(ui, workspace, figures);
    wrong_size_ui(ui, workspace, figures);
    laws::laws_ui(ui, workspace, figures, requests);
}

/// Names at the left, values under each other at the right.
fn table(ui: &mut Ui, id: &str, rows: impl IntoIterator<Item = (String, String)>) {
    Grid::new(id).num_columns(2).spacing([10.0, 4.0]).show(ui, |ui| {
        for (name, value) in rows {
            ui.label(small(name, ui));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(value));
            ui.end_row();
        }
    });
}

fn percent(value: f64) -> String {
    format!("{} %", format_significant(value * 100.0, 2))
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
    let range = format!(
        "{} to {} N*",
        format_significant(near.0, 2),
        format_significant(near.1, 2)
    );
    heading(ui, "Off the best size");
    table(
        ui,
        "wrong size",
        [
            ("Same loss at half of N*".to_owned(), cost(half)),
            ("Same loss at twice N*".to_owned(), cost(twice)),
            ("Sizes within 10 % of C".to_owned(), range),
        ],
    );
}
