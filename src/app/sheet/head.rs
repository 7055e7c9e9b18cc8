//! What was recognised and by what, the overrides of it, and what came of it.

use super::model::Model;
use super::{correct, words};
use crate::app::commands::Command;
use crate::app::files::Files;
use crate::app::inspector::named;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::small;
use crate::app::{Local, Requests};
use crate::figure::Token;
use crate::import::{ImportOptions, ImportReport, Shape};
use crate::session::{DataSet, LoadState};
use eframe::egui::{Align, ComboBox, Label, Layout, RichText, Ui};

pub(super) fn head_ui(
    ui: &mut Ui,
    set: &DataSet,
    file: Option<&LoadState>,
    model: Option<&Model>,
    files: &Files,
    local: &mut Local,
    requests: &mut Requests,
) {
    ui.horizontal(|ui| {
        let back = ui.button("Back to the board").on_hover_text("Close the sheet (Escape)");
        local.close_sheet |= back.clicked();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            reload_ui(ui, set, files, requests);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let name = RichText::new(set.source.name()).font(theme::bold(size::TITLE));
                ui.add(Label::new(name).truncate());
            });
        });
    });
    let pending = matches!(file, None | Some(LoadState::Pending));
    if let Some(model) = model {
        let mut text = recognised(model.report());
        if pending {
            text.push_str(" Reading it again …");
        }
        ui.add(Label::new(small(quoted(&text), ui)).wrap());
    }
    ui.horizontal_wrapped(|ui| overrides_ui(ui, set, model.map(Model::report), requests));
    if files.remembered(set.id) {
        ui.horizontal(|ui| {
            ui.label(small("Read as you corrected it last time", ui));
            if ui
                .small_button("Forget")
                .on_hover_text("Read it as recognised, and so the next")
                .clicked()
            {
                correct(requests, set, |import| *import = ImportOptions::default());
            }
        });
    }
    if let Some(model) = model.filter(|model| !model.effect.is_empty() && !matches!(file, Some(LoadState::Failed(_)))) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            for (name, value) in &model.effect {
                let token = if value == "none" { Token::TextFaint } else { Token::Text };
                ui.label(small(*name, ui));
                ui.label(RichText::new(value).size(size::BODY).color(theme::token(ui, token)));
                ui.add_space(theme::GRID);
            }
        });
    }
}

/// The switch that watches the file, and what came of it.
pub(in crate::app) fn reload_ui(ui: &mut Ui, set: &DataSet, files: &Files, requests: &mut Requests) {
    if !files.can_watch(set) {
        return;
    }
    let mut on = files.is_watched(set.id);
    let tip = "Look at the file once a second and read it again when it has changed; a last line that is cut is still being written";
    if ui
        .checkbox(&mut on, "Reload when it changes")
        .on_hover_text(tip)
        .clicked()
    {
        requests.commands.push(Command::Watch(set.id, on));
    }
    let status = files.watch_status(set.id);
    if !status.is_empty() {
        ui.add(Label::new(small(status, ui)).truncate());
    }
}

/// `A table of runs, by text with a header. utf-8, comma. 245 rows.`
pub(in crate::app) fn recognised(report: &ImportReport) -> String {
    let mut facts = vec![];
    if !report.encoding.is_empty() {
        facts.push(report.encoding.clone());
    }
    if !report.delimiter.is_empty() {
        facts.push(format!("separated by {}", words::delimiter(&report.delimiter)));
    }
    facts.push(match report.rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    });
    format!(
        "{}, known by: {}. {}.",
        report.shape.words(),
        report.why,
        facts.join(", ")
    )
}

const ENCODINGS: [&str; 4] = ["utf-8", "utf-16le", "utf-16be", "windows-1252"];
const DELIMITERS: [char; 5] = [',', ';', '\t', '|', ' '];

fn overrides_ui(ui: &mut Ui, set: &DataSet, report: Option<&ImportReport>, requests: &mut Requests) {
    let import = &set.import;
    let shapes: Vec<(String, Option<Shape>)> = Shape::ALL
        .into_iter()
        .map(|shape| (shape.words().to_owned(), Some(shape)))
        .collect();
    if let Some(shape) = choice_ui(ui, "Layout", 150.0, &shapes, &import.shape) {
        correct(requests, set, |import| import.shape = shape);
    }
    // What is no text has neither encoding nor delimiter.
    let text = report.is_none_or(|report| !report.encoding.is_empty()) || import.encoding.is_some();
    if text {
        let encodings = ENCODINGS.map(|name| (name.to_owned(), Some(name.to_owned())));
        if let Some(encoding) = choice_ui(ui, "Encoding", 92.0, &encodings, &import.encoding) {
            correct(requests, set, |import| import.encoding = encoding);
        }
    }
    let delimited = report.is_none_or(|report| !report.delimiter.is_empty());
    if delimited || import.delimiter.is_some() {
        let delimiters = DELIMITERS.map(|mark| (words::delimiter(&mark.to_string()).to_owned(), Some(mark)));
        if let Some(delimiter) = choice_ui(ui, "Delimiter", 82.0, &delimiters, &import.delimiter) {
            correct(requests, set, |import| import.delimiter = delimiter);
        }
    }
    if delimited || import.decimal.is_some() {
        let marks = [("1.5".to_owned(), Some('.')), ("1,5".to_owned(), Some(','))];
        if let Some(decimal) = choice_ui(ui, "Decimals", 82.0, &marks, &import.decimal) {
            correct(requests, set, |import| import.decimal = decimal);
        }
    }
    let sheets = report.map_or(&[][..], |report| &report.sheets);
    if sheets.len() > 1 || import.sheet.is_some() {
        let sheets: Vec<(String, Option<String>)> =
            sheets.iter().map(|name| (name.clone(), Some(name.clone()))).collect();
        if let Some(sheet) = choice_ui(ui, "Sheet", 130.0, &sheets, &import.sheet) {
            correct(requests, set, |import| {
                import.sheet = sheet;
                // Another sheet has other columns.
                import.columns.clear();
                import.decimals.clear();
            });
        }
    }
    if *import != ImportOptions::default() {
        let reset = ui
            .button("As recognised")
            .on_hover_text("Take back every correction of this file");
        if reset.clicked() {
            correct(requests, set, |import| *import = ImportOptions::default());
        }
    }
}

/// A menu of overrides with `automatic` at its head; gives the new choice.
fn choice_ui<T: Clone + PartialEq>(
    ui: &mut Ui,
    name: &str,
    width: f32,
    choices: &[(String, Option<T>)],
    now: &Option<T>,
) -> Option<Option<T>> {
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(small(name, ui));
        let listed = choices.iter().find(|(_, choice)| choice == now);
        let selected = match (now, listed) {
            (None, _) => "automatic",
            (_, Some((name, _))) => name,
            _ => "other",
        };
        let text = RichText::new(selected).size(size::SMALL + 0.5);
        let combo = ComboBox::from_id_salt(name)
            .width(width)
            .height(420.0)
            .selected_text(text)
            .truncate();
        let shown = combo.show_ui(ui, |ui| {
            if ui.selectable_label(now.is_none(), "automatic").clicked() && now.is_some() {
                chosen = Some(None);
            }
            for (name, choice) in choices {
                if ui.selectable_label(choice == now, name).clicked() && choice != now {
                    chosen = Some(choice.clone());
                }
            }
        });
        named(&shown.response, name, selected);
    });
    chosen
}
