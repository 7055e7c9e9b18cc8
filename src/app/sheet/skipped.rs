//! Rows and cells that were not used: counted by reason, each leading to its line.

use super::model::Model;
use super::{LINE, line_at};
use crate::app::inspector::named;
use crate::app::text::quoted;
use crate::app::theme;
use crate::app::widgets::small;
use crate::figure::Token;
use eframe::egui::{self, ComboBox, Rect, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

/// Widths of line, column and value; the reason has the rest.
const WIDTHS: [f32; 3] = [56.0, 120.0, 150.0];

/// Which reason is listed.
pub(super) fn filter_ui(ui: &mut Ui, model: &Model, reason: &mut Option<usize>) {
    if model.kinds.len() < 2 {
        return;
    }
    let name = |reason: Option<usize>| match reason.and_then(|kind| model.kinds.get(kind)) {
        Some((kind, count)) => quoted(&format!("{kind} · {count}")),
        None => format!("Every reason · {}", model.skipped().len()),
    };
    let selected = name(*reason);
    let combo = ComboBox::from_id_salt("reason")
        .width(260.0)
        .selected_text(&selected)
        .truncate();
    let shown = combo.show_ui(ui, |ui| {
        for choice in std::iter::once(None).chain((0..model.kinds.len()).map(Some)) {
            if ui.selectable_label(*reason == choice, name(choice)).clicked() {
                *reason = choice;
            }
        }
    });
    named(&shown.response, "Reason", &selected);
}

/// The list; gives the entry of the report that was clicked.
pub(super) fn skipped_ui(ui: &mut Ui, model: &Model, reason: Option<usize>, marked: Option<usize>) -> Option<usize> {
    if model.skipped().is_empty() {
        ui.label(small("Every row and cell was used.", ui));
        return None;
    }
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt(("skipped", reason));
    area.show_rows(ui, LINE, model.count(reason), |ui, range| {
        for index in range {
            let (entry, skipped) = model.entry(reason, index);
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
            let response = ui.interact(rect, ui.scope_id().with(("skipped", entry)), Sense::click());
            let text = || {
                let column = match skipped.column.as_str() {
                    "" => String::new(),
                    column => format!(", {column}"),
                };
                format!("Line {}{column}: {}", skipped.line, quoted(&skipped.reason))
            };
            response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, marked == Some(entry), text()));
            if marked == Some(entry) {
                ui.painter().rect_filled(rect, 4.0, ui.visuals().selection.bg_fill);
            } else if response.hovered() || response.has_focus() {
                ui.painter().rect_filled(rect, 4.0, theme::token(ui, Token::Raised));
            }
            let mut left = rect.left() + 6.0;
            let line = skipped.line.to_string();
            let token = if marked == Some(entry) {
                Token::Text
            } else {
                Token::TextMuted
            };
            let column = match skipped.column.as_str() {
                "" => "whole row",
                column => column,
            };
            for (text, width) in [line.as_str(), column, &skipped.value].into_iter().zip(WIDTHS) {
                let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width - 10.0, rect.bottom()));
                line_at(ui, cell, text, token);
                left += width;
            }
            let rest = Rect::from_min_max(pos2(left, rect.top()), rect.max);
            line_at(ui, rest, &skipped.reason, Token::Text);
            if response.on_hover_ui(|ui| drop(ui.label(text()))).clicked() {
                clicked = Some(entry);
            }
        }
    });
    clicked
}
