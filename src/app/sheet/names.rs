//! What names told, and the patterns that read them: edited as text, tried on the names at once, used on demand.

use super::correct;
use super::model::Model;
use crate::app::Requests;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::small;
use crate::figure::Token;
use crate::import::{NameReading, try_patterns, usual_patterns};
use crate::session::DataSet;
use crate::units::{Params, format_significant};
use eframe::egui::{self, Label, RichText, ScrollArea, TextEdit, Ui, vec2};

/// Names that edited patterns are tried on.
const TRIED: usize = 200;

/// Patterns being edited.
#[derive(Default)]
pub(super) struct Draft {
    text: Option<String>,
    /// The text that was tried last, and what came of it.
    tried: Option<(String, Result<Vec<NameReading>, String>)>,
}

/// As people write sizes and settings: `190M`, `512`, `0.0003`.
fn written(value: f64) -> String {
    match value {
        value if value >= 1e6 => Params(value).short(),
        value if value.fract() == 0.0 => format!("{value}"),
        value => format_significant(value, 3),
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

pub(super) fn names_ui(ui: &mut Ui, model: &Model, set: &DataSet, draft: &mut Draft, requests: &mut Requests) {
    let in_use = set.import.name_patterns.clone().unwrap_or_else(usual_patterns);
    let mut text = draft.text.take().unwrap_or_else(|| in_use.join("\n"));
    let left = (ui.available_width() * 0.34).clamp(200.0, 320.0);
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(left, height), |ui| {
            ui.vertical(|ui| editor_ui(ui, height, &mut text, &in_use, set, requests));
        });
        let edited = lines(&text) != in_use;
        let tried = if edited {
            Some(draft.try_on(&text, model, set))
        } else {
            None
        };
        ui.vertical(|ui| match tried {
            Some(Err(error)) => {
                let text = RichText::new(quoted(error)).size(size::SMALL);
                ui.add(Label::new(text.color(theme::token(ui, Token::Error))).wrap());
            }
            Some(Ok(readings)) => readings_ui(ui, readings, "As edited, these would tell nothing.", true),
            None => readings_ui(ui, &model.report().names, "No name told anything.", false),
        });
    });
    draft.text = (lines(&text) != in_use || text.ends_with('\n')).then_some(text);
}

fn editor_ui(ui: &mut Ui, height: f32, text: &mut String, in_use: &[String], set: &DataSet, requests: &mut Requests) {
    let edited = lines(text) != in_use;
    ui.horizontal(|ui| {
        if ui
            .add_enabled(edited, egui::Button::new("Use these patterns"))
            .clicked()
        {
            let patterns = lines(text);
            correct(requests, set, |import| {
                import.name_patterns = Some(patterns).filter(|patterns| *patterns != usual_patterns());
            });
        }
        let usual = usual_patterns();
        let other = lines(text) != usual;
        if ui.add_enabled(other, egui::Button::new("Usual patterns")).clicked() {
            *text = usual.join("\n");
            if set.import.name_patterns.is_some() {
                correct(requests, set, |import| import.name_patterns = None);
            }
        }
    });
    let room = height - 36.0;
    ScrollArea::vertical().max_height(room).id_salt("patterns").show(ui, |ui| {
        let edit = TextEdit::multiline(text)
            .desired_width(f32::INFINITY)
            .desired_rows(4)
            .font(egui::FontId::proportional(size::SMALL + 0.5))
            .id_salt("patterns");
        let response = ui.add(edit);
        let value = text.clone();
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "Name patterns");
            info.current_text_value = Some(value.clone());
            info
        });
        response.on_hover_text(
            "One pattern a line. Fields: {N} {D} {C} {U} {multiple} {width} {layers} {batch} {seq_len} {lr} {epochs} {seed}",
        );
    });
}

impl Draft {
    fn try_on(&mut self, text: &str, model: &Model, set: &DataSet) -> Result<&[NameReading], &str> {
        let known = self.tried.take().filter(|(tried, _)| tried == text);
        let (_, result) = self.tried.insert(known.unwrap_or_else(|| {
            let file = set
                .source
                .path()
                .map_or_else(String::new, |path| path.to_string_lossy().into_owned());
            let runs = model.table().map_or(&[][..], |table| table.runs());
            let names = runs.iter().take(TRIED).map(|run| run.name.as_str());
            let result = try_patterns(&lines(text), &file, names).map_err(|error| error.to_string());
            (text.to_owned(), result)
        }));
        result.as_deref().map_err(String::as_str)
    }
}

fn readings_ui(ui: &mut Ui, readings: &[NameReading], none: &str, trial: bool) {
    if readings.is_empty() {
        ui.label(small(none, ui));
        return;
    }
    ScrollArea::vertical()
        .auto_shrink(false)
        .id_salt("readings")
        .show(ui, |ui| {
            for reading in readings {
                let values: Vec<String> = reading
                    .values
                    .iter()
                    .map(|(field, value)| format!("{field} = {}", written(*value)))
                    .collect();
                let fits = match (trial, reading.runs) {
                    (_, 1) => "1 name".to_owned(),
                    (_, runs) => format!("{runs} names"),
                };
                let unused = if reading.used || trial {
                    ""
                } else {
                    " · not used, the file has a column for it"
                };
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    let pattern = RichText::new(&reading.pattern).font(theme::bold(size::SMALL));
                    ui.label(pattern);
                    ui.label(small(format!("{fits}, such as “{}”:", reading.example), ui));
                    let text = RichText::new(values.join(", ")).size(size::SMALL);
                    ui.label(text);
                    if !unused.is_empty() {
                        ui.label(small(unused.trim_start_matches(" · "), ui));
                    }
                });
            }
        });
}
