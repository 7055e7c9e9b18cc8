//! A file in short: how it was read, what is suspicious about its runs, which of their quantities count. The import sheet
//! has the rest.

use super::health::{exclusions_ui, health_ui};
use super::named;
use super::quantities::quantities_ui;
use super::rules::rules_ui;
use crate::app::files::Files;
use crate::app::sheet::{Below, Sheet, recognised, reload_ui};
use crate::app::text::quoted;
use crate::app::widgets::{card, heading, labelled, small};
use crate::app::{Local, Requests};
use crate::data::Role;
use crate::figure::Token;
use crate::import::{ImportReport, Skipped};
use crate::session::{Action, DataAction, DataSet, LoadState, Loaded, Workspace};
use eframe::egui::{self, Align, ComboBox, Label, Layout, Ui};

/// Notes and skipped cells that are shown here; the sheet has all of them.
const SHOWN: usize = 3;

pub(super) fn data_ui(ui: &mut Ui, workspace: &Workspace, files: &Files, local: &mut Local, requests: &mut Requests) {
    let session = workspace.session();
    let shown = session.shown().next().or(session.data.first()).map(|set| set.id);
    let explained = local.explained.filter(|id| session.data_set(*id).is_some()).or(shown);
    let Some(set) = explained.and_then(|id| session.data_set(id)) else {
        ui.label(small("No file is open.", ui));
        return;
    };
    if session.data.len() > 1 {
        file_ui(ui, workspace, set, local);
    }
    match workspace.derived().file(set.id) {
        Some(LoadState::Ready(loaded)) => {
            read_ui(ui, set, loaded, files, local, requests);
            health_ui(ui, workspace, set, loaded, local, requests);
            quantities_ui(ui, workspace, requests);
            rules_ui(ui, workspace, &mut local.rule, requests);
            exclusions_ui(ui, workspace, requests);
            columns_ui(ui, &loaded.report, set, local);
            return;
        }
        Some(LoadState::Failed(error)) => {
            card(ui, Token::Error, &error.to_string());
            ui.horizontal(|ui| {
                if ui.button("Choose columns…").clicked() {
                    local.sheet = Some(Sheet::new(set.id));
                }
                if ui.button("Remove from the list").clicked() {
                    requests.act(Action::Data(DataAction::Remove(set.id)));
                }
            });
        }
        _ => {
            ui.label(small("Reading …", ui));
        }
    }
    quantities_ui(ui, workspace, requests);
    rules_ui(ui, workspace, &mut local.rule, requests);
    exclusions_ui(ui, workspace, requests);
}

/// Which file is explained.
fn file_ui(ui: &mut Ui, workspace: &Workspace, set: &DataSet, local: &mut Local) {
    labelled(ui, "File", |ui| {
        let name = set.source.name();
        let combo = ComboBox::from_id_salt("explained")
            .width(170.0)
            .selected_text(&name)
            .truncate();
        let shown = combo.show_ui(ui, |ui| {
            for other in &workspace.session().data {
                if ui.selectable_label(other.id == set.id, other.source.name()).clicked() {
                    local.explained = Some(other.id);
                }
            }
        });
        named(&shown.response, "File", &name);
    });
}

/// How it was read.
fn read_ui(ui: &mut Ui, set: &DataSet, loaded: &Loaded, files: &Files, local: &mut Local, requests: &mut Requests) {
    let report = &loaded.report;
    ui.label(small(quoted(&recognised(report)), ui));
    ui.horizontal_wrapped(|ui| {
        let columns = match report.columns.len() {
            1 => "1 column…".to_owned(),
            count => format!("{count} columns…"),
        };
        let tip = "Open the import sheet: cells, roles, what was not used and why";
        if ui.button(columns).on_hover_text(tip).clicked() {
            local.sheet = Some(Sheet::new(set.id));
        }
    });
    ui.horizontal_wrapped(|ui| reload_ui(ui, set, files, requests));
    if files.remembered(set.id) {
        ui.label(small("Read as you corrected it last time", ui));
    }
}

/// What its columns are, what was assumed and what was not used: the first of each.
fn columns_ui(ui: &mut Ui, report: &ImportReport, set: &DataSet, local: &mut Local) {
    heading(ui, "Columns with a role");
    for column in &report.columns {
        let Some(role) = column.role.filter(|role| *role != Role::Ignore) else {
            continue;
        };
        let unit = match column.unit.as_str() {
            "" | "1" => String::new(),
            unit => format!(" × {unit}"),
        };
        // The role first, from the right; the name has what is left.
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(small(format!("{}{unit}", role.name()), ui));
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(&column.name).truncate());
                });
            });
        })
        .response
        .on_hover_text(quoted(&column.why));
    }
    if !report.notes.is_empty() {
        heading(ui, "Computed and assumed");
    }
    for note in report.notes.iter().take(SHOWN) {
        card(ui, Token::Reference, note);
    }
    more_ui(
        ui,
        "notes",
        report.notes.len(),
        || Sheet::on(set.id, Below::Notes),
        local,
    );
    skipped_ui(ui, set, &report.skipped, local);
}

fn skipped_ui(ui: &mut Ui, set: &DataSet, skipped: &[Skipped], local: &mut Local) {
    if skipped.is_empty() {
        return;
    }
    heading(ui, &format!("Not used: {}", skipped.len()));
    for (index, entry) in skipped.iter().take(SHOWN).enumerate() {
        let column = match entry.column.as_str() {
            "" => String::new(),
            column => format!(", {column}"),
        };
        let text = format!("Line {}{column}: {}", entry.line, quoted(&entry.reason));
        let label = Label::new(small(text, ui)).wrap().sense(egui::Sense::click());
        if ui
            .add(label)
            .on_hover_text("Show its cell in the import sheet")
            .clicked()
        {
            local.sheet = Some(Sheet::at_skipped(set.id, index));
        }
    }
    more_ui(
        ui,
        "cells and rows",
        skipped.len(),
        || Sheet::on(set.id, Below::Skipped),
        local,
    );
}

/// Leads to the rest of a list.
fn more_ui(ui: &mut Ui, what: &str, count: usize, sheet: impl FnOnce() -> Sheet, local: &mut Local) {
    let more = count.saturating_sub(SHOWN);
    if more > 0 && ui.small_button(format!("{more} more {what}…")).clicked() {
        local.sheet = Some(sheet());
    }
}
