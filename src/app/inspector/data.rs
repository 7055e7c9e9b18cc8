//! How a file was read: its columns and their roles, what was computed, what was not used.

use super::named;
use crate::app::text::quoted;
use crate::app::widgets::{card, heading, labelled, small};
use crate::app::{Local, Requests};
use crate::figure::Token;
use crate::session::{Action, DataAction, LoadState, Workspace};
use eframe::egui::{self, Align, ComboBox, Layout, Ui};

pub(super) fn data_ui(ui: &mut Ui, workspace: &Workspace, local: &mut Local, requests: &mut Requests) {
    let session = workspace.session();
    let shown = session.shown().next().or(session.data.first()).map(|set| set.id);
    let explained = local.explained.filter(|id| session.data_set(*id).is_some()).or(shown);
    let Some(set) = explained.and_then(|id| session.data_set(id)) else {
        ui.label(small("No file is open.", ui));
        return;
    };
    if session.data.len() > 1 {
        labelled(ui, "File", |ui| {
            let combo = ComboBox::from_id_salt("explained")
                .width(170.0)
                .selected_text(set.source.name());
            let shown = combo.show_ui(ui, |ui| {
                for other in &session.data {
                    if ui.selectable_label(other.id == set.id, other.source.name()).clicked() {
                        local.explained = Some(other.id);
                    }
                }
            });
            named(&shown.response, "File", &set.source.name());
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
        "," => ", comma-separated".to_owned(),
        ";" => ", separated by semicolons".to_owned(),
        other => format!(", separated by `{other}`"),
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
        let unit = if matches!(column.unit.as_str(), "" | "1") {
            String::new()
        } else {
            format!(" × {}", column.unit)
        };
        // The role first, from the right; the name has what is left.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(small(format!("{role}{unit}"), ui));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(&column.name).truncate());
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
                format!("Line {}{column}{value}: {}", skipped.line, quoted(&skipped.reason)),
                ui,
            ));
        }
        if report.skipped.len() > 200 {
            ui.label(small(format!("… and {} more", report.skipped.len() - 200), ui));
        }
    }
}
