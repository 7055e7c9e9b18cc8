//! The notes of a view as a list: what each says, and where lines stand.

use super::titles::Words;
use crate::app::Requests;
use crate::app::notes::new_notes;
use crate::app::widgets::{Entry, heading_with, labelled, small};
use crate::figure::views::View;
use crate::figure::{Figure, Note, NoteId, NoteKind};
use crate::session::{Action, FigureAction, Workspace};
use crate::units::parse_number;
use eframe::egui::{Button, Role, Ui, WidgetInfo};
use std::collections::HashMap;

/// What is being typed.
#[derive(Default)]
pub(super) struct NoteFields {
    words: HashMap<NoteId, Words>,
    places: HashMap<NoteId, Entry>,
}

impl NoteFields {
    pub(super) fn edit(&mut self, note: NoteId) {
        self.words.entry(note).or_default().wanted = true;
    }
}

/// Width of a typed value.
const FIELD: f32 = 96.0;

pub(super) fn notes_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figure: &Figure,
    view: View,
    fields: &mut NoteFields,
    requests: &mut Requests,
) {
    heading_with(ui, "Notes", |ui| {
        ui.menu_button("Add", |ui| {
            for (name, action) in new_notes(figure, view) {
                if ui.button(name).clicked() {
                    requests.act(Action::Figure(action));
                }
            }
        })
        .response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, "Add a note"));
    });
    let ground = workspace.session().ground(view);
    let notes = &workspace.session().figures.wording.notes;
    let here = || notes.iter().filter(|note| note.on == ground);
    if here().next().is_none() {
        ui.label(small(
            "Text, text with a leader, and reference lines; on the view they are dragged.",
            ui,
        ));
    }
    for (place, note) in here().enumerate() {
        note_ui(ui, place + 1, note, fields, requests);
    }
    let known = |id: &NoteId| notes.iter().any(|note| note.id == *id);
    fields.words.retain(|id, words| words.wanted || known(id));
    fields.places.retain(|id, _| known(id));
}

fn note_ui(ui: &mut Ui, place: usize, note: &Note, fields: &mut NoteFields, requests: &mut Requests) {
    let name = format!("{} {place}", note.kind.label());
    labelled(ui, &name, |ui| {
        let remove = ui.add(Button::new("×").small());
        let spoken = format!("Remove {}", name.to_lowercase());
        remove.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
        if remove.on_hover_text("Takes it away").clicked() {
            requests.act(Action::Figure(FigureAction::RemoveNote(note.id)));
        }
        let (value, with): (f64, fn(f64) -> NoteKind) = match note.kind {
            NoteKind::Vertical { x } => (x, |x| NoteKind::Vertical { x }),
            NoteKind::Horizontal { y } => (y, |y| NoteKind::Horizontal { y }),
            NoteKind::Text { .. } | NoteKind::Leader { .. } => return,
        };
        let entry = fields.places.entry(note.id).or_default();
        let read = |text: &str| parse_number(text).map_err(|error| error.to_string());
        if let Some(value) = entry.ui(ui, &format!("{name} stands at"), &short(value), FIELD, read) {
            requests.act(Action::Figure(FigureAction::MoveNote(note.id, with(value))));
        }
    });
    let words = fields.words.entry(note.id).or_default();
    if let Some(text) = words.ui(
        ui,
        &format!("Words of {}", name.to_lowercase()),
        &note.text,
        "What it says",
        1,
    ) {
        requests.act(Action::Figure(FigureAction::SetNoteText(note.id, text)));
    }
}

/// As one would type it.
fn short(value: f64) -> String {
    if (1e-3..1e5).contains(&value.abs()) {
        format!("{}", (value * 1e6).round() / 1e6)
    } else {
        format!("{:e}", format!("{value:.5e}").parse().unwrap_or(value))
    }
}
