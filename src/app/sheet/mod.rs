//! The import sheet: what was recognised in a file, its cells under their columns' roles, what was not used, what was
//! assumed and what names told; every guess can be corrected, and the runs follow at once.
//!
//! It lies over the board; Escape or the button takes it away. Whatever is long is laid out only where it is seen, and
//! what a reading says of itself is gathered once, in [`model`].

mod cells;
mod head;
mod model;
mod names;
mod notes;
mod skipped;
mod words;

use super::files::Files;
use super::theme;
use super::widgets::{card, small};
use super::{Local, Requests};
use crate::figure::Token;
use crate::import::ImportOptions;
use crate::session::{Action, DataAction, DataId, DataSet, LoadState, Workspace};
use eframe::egui::{self, Button, Key, Rect, RichText, Ui, UiBuilder, pos2, vec2};
pub(super) use head::{recognised, reload_ui};
use model::{Model, Reading};
use std::sync::Arc;

/// What stands below the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Below {
    /// Rows and cells that were not used.
    #[default]
    Skipped,
    /// What was computed, ignored or assumed.
    Notes,
    /// What the names of runs and files told.
    Names,
}

/// The sheet of one data set.
pub(super) struct Sheet {
    /// Whose.
    pub(super) id: DataId,
    below: Below,
    /// That was asked for, and is not moved away from.
    chosen: bool,
    /// Only what was not used for this reason, by its place in the model's list.
    reason: Option<usize>,
    /// The skipped row or cell that was clicked, by its place in the report.
    marked: Option<usize>,
    /// Where the cells scroll to in the next frame.
    jump: Option<egui::Vec2>,
    /// Patterns being edited; those in use otherwise.
    patterns: names::Draft,
    /// What the last reading that came to columns says; it stays while the file is read again.
    model: Option<Model>,
}

impl Sheet {
    /// Of a data set, nothing chosen yet.
    pub(super) fn new(id: DataId) -> Self {
        Self {
            id,
            below: Below::default(),
            chosen: false,
            reason: None,
            marked: None,
            jump: None,
            patterns: names::Draft::default(),
            model: None,
        }
    }

    /// Opened on one of its lists.
    pub(super) fn on(id: DataId, below: Below) -> Self {
        Self {
            below,
            chosen: true,
            ..Self::new(id)
        }
    }

    /// Opened on a row or cell that was not used.
    pub(super) fn at_skipped(id: DataId, index: usize) -> Self {
        Self {
            marked: Some(index),
            ..Self::on(id, Below::Skipped)
        }
    }

    /// Takes in what was read since, and scrolls to what was clicked before the cells were there.
    fn refresh(&mut self, reading: Option<Reading>, growing: bool) {
        let Some(reading) = reading else { return };
        if self.model.as_ref().is_some_and(|model| model.is_of(&reading, growing)) {
            return;
        }
        let first = self.model.is_none();
        let model = Model::of(reading, growing);
        if !first {
            self.marked = None;
        }
        self.reason = None;
        if let Some(index) = self.marked {
            self.jump = model.place(index);
        }
        if first && !self.chosen && model.skipped().is_empty() {
            self.below = Below::Notes;
        }
        self.model = Some(model);
    }
}

/// Lays the sheet out over the board; without its data set it goes away.
pub(super) fn sheet_ui(ui: &mut Ui, workspace: &Workspace, files: &Files, local: &mut Local, requests: &mut Requests) {
    let Some(mut sheet) = local.sheet.take() else { return };
    let Some(set) = workspace.session().data_set(sheet.id) else {
        return;
    };
    let file = workspace.derived().file(set.id);
    let reading = match file {
        Some(LoadState::Ready(loaded)) => Some(Reading::Runs(Arc::clone(loaded))),
        Some(LoadState::Failed(error)) => error.found.clone().map(Reading::Columns),
        _ => None,
    };
    sheet.refresh(reading, files.is_watched(set.id));
    head::head_ui(ui, set, file, sheet.model.as_ref(), files, local, requests);
    if let Some(LoadState::Failed(error)) = file {
        ui.add_space(theme::GRID * 0.5);
        let advice = if error.found.is_some() {
            "\nSay in the row of roles which column is what; the loss is the least that is needed."
        } else {
            ""
        };
        card(ui, Token::Error, &format!("{}{advice}", sentence(&error.text)));
    }
    if sheet.model.as_ref().is_some_and(Model::lacks_loss) {
        ui.add_space(theme::GRID * 0.5);
        let text = "No column is a loss yet. Choose “L, held-out loss” over the one that is, or open the files that have it beside this one.";
        card(ui, Token::Warning, text);
    }
    ui.add_space(theme::GRID * 0.5);
    if let Some(model) = &sheet.model {
        let area = ui.available_rect_before_wrap();
        let parts = Parts {
            model,
            set,
            below: &mut sheet.below,
            reason: &mut sheet.reason,
            marked: &mut sheet.marked,
            jump: &mut sheet.jump,
            patterns: &mut sheet.patterns,
        };
        parts.ui(ui, area, requests);
        ui.advance_cursor_after_rect(area);
    } else if !matches!(file, Some(LoadState::Failed(_))) {
        ui.label(small("Reading …", ui));
    }
    // A menu that is open takes Escape for itself.
    let menu = egui::Popup::is_any_open(ui.ctx());
    let typing = ui.ctx().text_edit_focused();
    let escape = !menu && !typing && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape));
    if !escape && !local.close_sheet {
        local.sheet = Some(sheet);
    }
    local.close_sheet = false;
    local.next_hint =
        "Choose what a column is in the row of roles · click a line below to see its cell · Escape to go back";
}

/// The cells, and below them one of three lists.
struct Parts<'a> {
    model: &'a Model,
    set: &'a DataSet,
    below: &'a mut Below,
    reason: &'a mut Option<usize>,
    marked: &'a mut Option<usize>,
    jump: &'a mut Option<egui::Vec2>,
    patterns: &'a mut names::Draft,
}

/// Share of the height that the cells take.
const CELLS: f32 = 0.62;

impl Parts<'_> {
    fn ui(self, ui: &mut Ui, area: Rect, requests: &mut Requests) {
        let split = area.top() + (area.height() * CELLS).round();
        let above = Rect::from_min_max(area.min, pos2(area.right(), split - theme::GRID));
        let mut child = ui.new_child(UiBuilder::new().max_rect(above).id_salt("cells"));
        cells::cells_ui(&mut child, self.model, self.set, *self.marked, self.jump, requests);

        let lower = Rect::from_min_max(pos2(area.left(), split), area.max);
        let mut child = ui.new_child(UiBuilder::new().max_rect(lower).id_salt("below"));
        let ui = &mut child;
        ui.horizontal(|ui| {
            let report = self.model.report();
            for (below, name, count) in [
                (Below::Skipped, "Not used", self.model.skipped().len()),
                (Below::Notes, "Computed and assumed", report.notes.len()),
                (Below::Names, "Told by names", report.names.len()),
            ] {
                let on = *self.below == below;
                let token = if on { Token::Text } else { Token::TextMuted };
                let text = RichText::new(format!("{name} · {count}")).color(theme::token(ui, token));
                if ui.add(Button::selectable(on, text)).clicked() {
                    *self.below = below;
                }
            }
            if *self.below == Below::Skipped {
                skipped::filter_ui(ui, self.model, self.reason);
            }
        });
        match *self.below {
            Below::Skipped => {
                if let Some(index) = skipped::skipped_ui(ui, self.model, *self.reason, *self.marked) {
                    *self.marked = Some(index);
                    *self.jump = self.model.place(index);
                }
            }
            Below::Notes => notes::notes_ui(ui, self.model),
            Below::Names => names::names_ui(ui, self.model, self.set, self.patterns, requests),
        }
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    first.into_iter().flatten().chain(letters).chain(stop.chars()).collect()
}

/// Asks for a file to be read another way.
fn correct(requests: &mut Requests, set: &DataSet, change: impl FnOnce(&mut ImportOptions)) {
    let mut import = set.import.clone();
    change(&mut import);
    requests.act(Action::Data(DataAction::SetImport(set.id, import)));
}

/// Height of a line of the lists.
const LINE: f32 = 20.0;

/// One line of text, cut where the room ends.
fn line_at(ui: &Ui, rect: Rect, text: &str, token: Token) {
    let color = theme::token(ui, token);
    let font = egui::FontId::proportional(theme::size::SMALL);
    let mut job = egui::text::LayoutJob::simple_singleline(super::text::quoted(text), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let top = rect.center().y - galley.size().y / 2.0;
    ui.painter()
        .galley(rect.left_top() + vec2(0.0, top - rect.top()), galley, color);
}
