//! The cells under their columns' roles. Header and line numbers stay in sight; only what is seen is laid out, so that a
//! table of three thousand columns scrolls like one of three.

use super::model::{Model, ROW};
use super::{correct, line_at, words};
use crate::app::Requests;
use crate::app::inspector::named;
use crate::app::text::quoted;
use crate::app::theme::{self, size};
use crate::app::widgets::small;
use crate::data::Role;
use crate::figure::Token;
use crate::import::{ColumnReport, ImportOptions};
use crate::session::DataSet;
use eframe::egui::{
    self, Align, Align2, ComboBox, FontId, Label, Layout, Rect, RichText, ScrollArea, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

/// Name, role, and how it was read.
const HEADER: f32 = 70.0;
/// Line numbers.
const GUTTER: f32 = 54.0;
/// From a cell's edge to its text.
const PAD: f32 = 8.0;

pub(super) fn cells_ui(
    ui: &mut Ui,
    model: &Model,
    set: &DataSet,
    marked: Option<usize>,
    jump: &mut Option<egui::Vec2>,
    requests: &mut Requests,
) {
    let rows = model.preview().rows.len();
    let width = GUTTER + model.edges.last().copied().unwrap_or(0.0);
    let mut area = ScrollArea::both().auto_shrink(false).id_salt("cells");
    if let Some(offset) = jump.take() {
        area = area.scroll_offset(offset);
    }
    area.show_viewport(ui, |ui, viewport| {
        ui.set_min_size(vec2(width, HEADER + rows as f32 * ROW));
        let origin = ui.max_rect().min;
        let corner = origin + viewport.min.to_vec2();
        let seen = ui.clip_rect();
        let place = Place {
            origin,
            corner,
            body: Rect::from_min_max(corner + vec2(GUTTER, HEADER), seen.max).intersect(seen),
            columns: columns_in(&model.edges, viewport),
        };
        let first = (viewport.min.y / ROW).floor().max(0.0) as usize;
        let last = ((viewport.max.y - HEADER) / ROW).ceil().max(0.0) as usize;
        let marked = marked.and_then(|entry| Some((entry, model.cell(entry)?)));
        for row in first..last.min(rows) {
            row_ui(ui, model, &place, row, marked);
        }
        header_ui(ui, model, set, &place, seen, requests);
    });
}

/// Where things are in this frame.
struct Place {
    /// Of the content, scrolled away or not.
    origin: egui::Pos2,
    /// Of what is seen.
    corner: egui::Pos2,
    /// Where cells are seen.
    body: Rect,
    /// Places of the sheet that are seen.
    columns: std::ops::Range<usize>,
}

/// Columns that are seen.
fn columns_in(edges: &[f32], viewport: Rect) -> std::ops::Range<usize> {
    let columns = edges.len() - 1;
    let first = edges.partition_point(|edge| *edge <= viewport.min.x).saturating_sub(1);
    let last = edges
        .partition_point(|edge| *edge < viewport.max.x - GUTTER)
        .min(columns);
    first.min(columns)..last
}

fn row_ui(ui: &Ui, model: &Model, place: &Place, index: usize, marked: Option<(usize, (usize, Option<usize>))>) {
    let row = &model.preview().rows[index];
    let top = place.origin.y + HEADER + index as f32 * ROW;
    let band = Rect::from_min_max(pos2(place.body.left(), top), pos2(place.body.right(), top + ROW));
    let of = |token| theme::token(ui, token);
    let painter = ui.painter().with_clip_rect(place.body);
    let here = marked.filter(|(_, (row, _))| *row == index);
    if here.is_some() {
        painter.rect_filled(band, 0.0, of(Token::Warning).gamma_multiply(0.16));
    }
    if row.gap {
        painter.hline(band.x_range(), top, Stroke::new(1.0, of(Token::Grid)));
    }
    let rect_of = |shown: usize| {
        let left = place.origin.x + GUTTER;
        Rect::from_min_max(
            pos2(left + model.edges[shown], top),
            pos2(left + model.edges[shown + 1], top + ROW),
        )
    };
    let roles = &model.report().columns;
    let font = FontId::proportional(size::SMALL + 0.5);
    if row.arranged {
        for shown in place.columns.clone() {
            let (column, rect) = (model.order[shown], rect_of(shown));
            let bad = model.bad.contains_key(&(index, column)) || model.bad_rows.contains_key(&index);
            let used = roles
                .get(column)
                .is_some_and(|column| column.role.is_some_and(|role| role != Role::Ignore));
            if let Some((entry, (_, Some(at)))) = here
                && at == column
            {
                painter.rect(
                    rect.shrink(1.0),
                    3.0,
                    of(Token::Warning).gamma_multiply(0.22),
                    Stroke::new(1.5, of(Token::Warning)),
                    egui::StrokeKind::Inside,
                );
                let skipped = &model.report().skipped[entry];
                let response = ui.interact(rect.intersect(place.body), ui.scope_id().with("marked"), Sense::hover());
                response.widget_info(|| {
                    let text = format!(
                        "Marked: line {}, {}: {}",
                        skipped.line, skipped.column, row.cells[column]
                    );
                    WidgetInfo::labeled(egui::Role::Label, true, text)
                });
            }
            let token = match (bad, used) {
                (true, _) => Token::Error,
                (false, true) => Token::Text,
                (false, false) => Token::TextMuted,
            };
            let (at, align) = match model.numeric[column] {
                true => (rect.right_center() - vec2(PAD, 0.0), Align2::RIGHT_CENTER),
                false => (rect.left_center() + vec2(PAD, 0.0), Align2::LEFT_CENTER),
            };
            let clip = rect.shrink2(vec2(PAD * 0.5, 0.0)).intersect(place.body);
            painter
                .with_clip_rect(clip)
                .text(at, align, &row.cells[column], font.clone(), of(token));
        }
    } else {
        let text = row.cells.first().map_or("", String::as_str);
        let at = pos2(place.origin.x + GUTTER + PAD, band.center().y);
        painter.text(at, Align2::LEFT_CENTER, text, font.clone(), of(Token::Error));
    }
    let gutter = Rect::from_min_max(
        pos2(place.corner.x, place.body.top()),
        pos2(place.body.left(), place.body.bottom()),
    );
    ui.painter().with_clip_rect(gutter).text(
        pos2(gutter.right() - PAD, band.center().y),
        Align2::RIGHT_CENTER,
        row.line.to_string(),
        FontId::proportional(size::SMALL),
        of(Token::TextFaint),
    );
    let response = ui.interact(
        band.intersect(place.body),
        ui.scope_id().with(("row", index)),
        Sense::hover(),
    );
    response.widget_info(|| {
        let mark = if here.is_some() { "Marked line" } else { "Line" };
        let shown = row
            .cells
            .iter()
            .take(8)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        WidgetInfo::labeled(egui::Role::Label, true, format!("{mark} {}: {shown}", row.line))
    });
    let Some(pointer) = response.hover_pos() else { return };
    let shown = place.columns.clone().find(|shown| rect_of(*shown).contains(pointer));
    let column = shown.map(|shown| model.order[shown]);
    let whole = model.bad_rows.get(&index);
    let entry = column.and_then(|column| model.bad.get(&(index, column))).or(whole);
    let text = entry
        .map(|entry| quoted(&model.report().skipped[*entry].reason))
        .or_else(|| {
            // Only what does not fit is worth repeating.
            let cell = row.cells.get(column?)?;
            (cell.chars().count() > 20).then(|| cell.clone())
        });
    if let Some(text) = text {
        response.on_hover_text_at_pointer(text);
    }
}

fn header_ui(ui: &mut Ui, model: &Model, set: &DataSet, place: &Place, seen: Rect, requests: &mut Requests) {
    let band = Rect::from_min_max(place.corner, pos2(seen.right(), place.corner.y + HEADER));
    let of = |token| theme::token(ui, token);
    let (ground, line, faint) = (of(Token::Background), of(Token::Hairline), of(Token::TextFaint));
    ui.painter().rect_filled(band, 0.0, ground);
    ui.painter()
        .hline(band.x_range(), band.bottom(), Stroke::new(1.0, line));
    ui.painter().text(
        pos2(place.corner.x + GUTTER - PAD, band.top() + 10.0),
        Align2::RIGHT_CENTER,
        "Line",
        FontId::proportional(size::SMALL),
        faint,
    );
    let clip = Rect::from_min_max(pos2(place.body.left(), band.top()), band.max).intersect(seen);
    for shown in place.columns.clone() {
        let (column, left) = (model.order[shown], place.origin.x + GUTTER);
        let rect = Rect::from_min_max(
            pos2(left + model.edges[shown], band.top()),
            pos2(left + model.edges[shown + 1], band.bottom()),
        );
        let Some(report) = model.report().columns.get(column) else {
            continue;
        };
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("column", column)));
        child.set_clip_rect(clip);
        column_ui(&mut child, rect, report, set, requests);
    }
}

fn column_ui(ui: &mut Ui, rect: Rect, column: &ColumnReport, set: &DataSet, requests: &mut Requests) {
    let chosen = set.import.columns.iter().any(|(_, name)| *name == column.name);
    let used = column.role.is_some_and(|role| role != Role::Ignore);
    let inner = rect.shrink2(vec2(PAD * 0.5, 0.0));
    let name = Rect::from_min_size(inner.min, vec2(inner.width(), 20.0));
    let token = if used { Token::Text } else { Token::TextMuted };
    let text = RichText::new(&column.name)
        .font(theme::bold(size::SMALL))
        .color(theme::token(ui, token));
    let mut at = ui.new_child(
        UiBuilder::new()
            .max_rect(name.shrink2(vec2(PAD * 0.5, 0.0)))
            .layout(Layout::left_to_right(Align::Center)),
    );
    at.add(Label::new(text).truncate())
        .on_hover_text(format!("{}\n{}", column.name, quoted(&column.why)));

    let combo = Rect::from_min_size(inner.min + vec2(0.0, 21.0), vec2(inner.width(), 24.0));
    let mut at = ui.new_child(UiBuilder::new().max_rect(combo).id_salt("role"));
    role_ui(&mut at, combo.width(), column, chosen, set, requests);

    let how_rect = inner.min + vec2(PAD * 0.5, 47.0);
    let decided = set.import.decimals.iter().any(|(name, _)| *name == column.name);
    if column.ambiguous || decided {
        let rect = Rect::from_min_size(how_rect, vec2(inner.width() - PAD, 20.0));
        let mut at = ui.new_child(
            UiBuilder::new()
                .max_rect(rect)
                .id_salt("decimal")
                .layout(Layout::left_to_right(Align::Center)),
        );
        decimal_ui(&mut at, column, decided, set, requests);
        return;
    }
    let how = Rect::from_min_size(inner.min + vec2(PAD * 0.5, 47.0), vec2(inner.width() - PAD, 18.0));
    let unit = match column.unit.as_str() {
        "" | "1" => String::new(),
        unit => format!("× {unit} · "),
    };
    let why = if column.role.is_none() && column.why == "kept by its name" {
        ""
    } else {
        column.why.as_str()
    };
    line_at(ui, how, &format!("{unit}{why}"), Token::TextMuted);
    ui.interact(how, ui.scope_id().with("how"), Sense::hover())
        .on_hover_text(quoted(&format!("{unit}{}", column.why)));
}

fn role_ui(ui: &mut Ui, width: f32, column: &ColumnReport, chosen: bool, set: &DataSet, requests: &mut Requests) {
    let selected = words::role(column.role);
    let label = format!("Role of {}", column.name);
    let token = match column.role {
        Some(role) if role != Role::Ignore => Token::Text,
        _ => Token::TextMuted,
    };
    let text = RichText::new(selected)
        .size(size::SMALL + 0.5)
        .color(theme::token(ui, token));
    let shown = ComboBox::from_id_salt("role")
        .width(width)
        .height(420.0)
        .selected_text(text)
        .show_ui(ui, |ui| {
            if chosen {
                let recognised = ui.selectable_label(false, "As recognised");
                if recognised.on_hover_text("Take the choice back").clicked() {
                    correct(requests, set, |import| forget(import, &column.name));
                }
                ui.separator();
            }
            for role in Role::ALL {
                let on = column.role == Some(role) || (role == Role::Ignore && column.role.is_none());
                let choice = ui.selectable_label(on, words::role(Some(role)));
                if choice.on_hover_text(words::meaning(role)).clicked() && !on {
                    correct(requests, set, |import| give(import, &column.name, role));
                }
            }
        });
    named(&shown.response, &label, selected);
}

/// `1,234` alone may be either; the file does not say.
fn decimal_ui(ui: &mut Ui, column: &ColumnReport, decided: bool, set: &DataSet, requests: &mut Requests) {
    ui.spacing_mut().item_spacing.x = 4.0;
    ui.spacing_mut().button_padding = vec2(4.0, 1.0);
    let comma = column.decimal == ",";
    let (example, with_point, with_comma) = match comma || column.thousands == "," {
        true => ("1,234", "1234", "1.234"),
        false => ("1.234", "1.234", "1234"),
    };
    let ask = small(format!("{example} ="), ui);
    let doubtful = theme::token(ui, Token::Warning);
    ui.label(if decided { ask } else { ask.color(doubtful) });
    for (means, mark) in [(with_point, '.'), (with_comma, ',')] {
        let on = column.decimal == mark.to_string();
        let button = ui.selectable_label(on, RichText::new(means).size(size::SMALL));
        let name = format!("Decimals of {}: {example} is {means}", column.name);
        button.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &name));
        let tip = format!("Read {example} in this column as {means}; nothing in the file decides it");
        if button.on_hover_text(tip).clicked() && !(on && decided) {
            correct(requests, set, |import| {
                import.decimals.retain(|(name, _)| *name != column.name);
                import.decimals.push((column.name.clone(), mark));
            });
        }
    }
}

fn forget(import: &mut ImportOptions, column: &str) {
    import.columns.retain(|(_, name)| name != column);
}

/// One role a column, and one column a role.
fn give(import: &mut ImportOptions, column: &str, role: Role) {
    forget(import, column);
    if role != Role::Ignore {
        import.columns.retain(|(other, _)| *other != role);
    }
    import.columns.push((role, column.to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_belongs_to_one_column() {
        let mut import = ImportOptions::default();
        give(&mut import, "a", Role::Loss);
        give(&mut import, "b", Role::Loss);
        give(&mut import, "a", Role::Ignore);
        give(&mut import, "c", Role::Ignore);
        let names: Vec<(Role, &str)> = import
            .columns
            .iter()
            .map(|(role, name)| (*role, name.as_str()))
            .collect();
        assert_eq!(names, [(Role::Loss, "b"), (Role::Ignore, "a"), (Role::Ignore, "c")]);
        forget(&mut import, "b");
        assert_eq!(import.columns.len(), 2);
    }

    #[test]
    fn only_columns_in_sight_are_laid_out() {
        let edges: Vec<f32> = (0..=3000).map(|index| index as f32 * 100.0).collect();
        let viewport = Rect::from_min_max(pos2(1250.0, 0.0), pos2(1804.0, 400.0));
        assert_eq!(columns_in(&edges, viewport), 12..18);
        assert_eq!(columns_in(&[0.0], viewport), 0..0);
    }
}
