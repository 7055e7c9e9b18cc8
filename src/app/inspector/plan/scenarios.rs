//! Named what-ifs: what is asked now can be named; the names stand as chips over the answer, and here side by side.

use crate::app::Requests;
use crate::app::figures::Figures;
use crate::app::plans::{Cells, ScenarioRow};
use crate::app::widgets::{Entry, heading_with, small};
use crate::session::{Action, ScenarioAction, ScenarioId, Workspace};
use eframe::egui::{Align, Button, Grid, Layout, Role, Ui, WidgetInfo};
use std::collections::HashMap;

/// What half-typed names the section remembers.
#[derive(Default)]
pub(super) struct ScenarioFields {
    names: HashMap<ScenarioId, Entry>,
}

pub(super) fn scenarios_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    fields: &mut ScenarioFields,
    requests: &mut Requests,
) {
    let session = workspace.session();
    heading_with(ui, "Scenarios", |ui| {
        let tip = "Names what is asked now, to come back to it with a click";
        if ui.small_button("Keep this").on_hover_text(tip).clicked() {
            let name = format!("Scenario {}", session.scenarios.len() + 1);
            requests.act(Action::Scenario(ScenarioAction::Add(name)));
        }
    });
    if session.scenarios.is_empty() {
        ui.label(small("Keep what you ask under a name, to compare and to switch.", ui));
        return;
    }
    let rows = figures.scenarios(workspace);
    for row in rows {
        ui.horizontal(|ui| {
            let entry = fields.names.entry(row.id).or_default();
            let name = format!("Name of {}", row.name);
            let read = |text: &str| match text.trim() {
                "" => Err("a scenario needs a name".to_owned()),
                text => Ok(text.to_owned()),
            };
            if let Some(name) = entry.ui(ui, &name, &row.name, 128.0, read) {
                requests.act(Action::Scenario(ScenarioAction::Rename(row.id, name)));
            }
            button(
                ui,
                row,
                "Set",
                "Makes it ask what is asked now",
                ScenarioAction::Update(row.id),
                requests,
            );
            button(
                ui,
                row,
                "×",
                "Takes it off the list",
                ScenarioAction::Remove(row.id),
                requests,
            );
        });
    }
    table_ui(ui, rows);
    fields
        .names
        .retain(|id, _| session.scenarios.iter().any(|scenario| scenario.id == *id));
}

fn button(ui: &mut Ui, row: &ScenarioRow, text: &str, tip: &str, action: ScenarioAction, requests: &mut Requests) {
    let response = ui.add(Button::new(text).small());
    let spoken = format!("{tip}: {}", row.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    if response.on_hover_text(tip).clicked() {
        requests.act(Action::Scenario(action));
    }
}

/// Side by side.
fn table_ui(ui: &mut Ui, rows: &[ScenarioRow]) {
    Grid::new("scenarios")
        .num_columns(5)
        .spacing([8.0, 4.0])
        .show(ui, |ui| {
            for text in ["", "C", "N", "D", "L"] {
                right(ui, text);
            }
            ui.end_row();
            for row in rows {
                let short: String = row.name.chars().take(12).collect();
                ui.label(small(short, ui)).on_hover_text(&row.name);
                match &row.cells {
                    Ok(Cells {
                        flops,
                        size,
                        tokens,
                        loss,
                        ..
                    }) => {
                        for text in [flops, size, tokens, loss] {
                            right(ui, text);
                        }
                    }
                    Err(why) => {
                        ui.label(small("no answer", ui)).on_hover_text(why);
                    }
                }
                ui.end_row();
            }
        });
}

fn right(ui: &mut Ui, text: &str) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(small(text, ui)));
}
