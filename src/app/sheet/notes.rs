//! What was computed, ignored or assumed on the way in.

use super::model::Model;
use crate::app::text::quoted;
use crate::app::widgets::small;
use eframe::egui::{Label, ScrollArea, Ui};

pub(super) fn notes_ui(ui: &mut Ui, model: &Model) {
    let notes = &model.report().notes;
    if notes.is_empty() {
        ui.label(small("Nothing was computed or assumed.", ui));
        return;
    }
    ScrollArea::vertical()
        .auto_shrink(false)
        .id_salt("notes")
        .show(ui, |ui| {
            for note in notes {
                let text = format!("•  {}", quoted(note));
                ui.add(Label::new(small(text, ui)).wrap());
            }
        });
}
