//! The strip of universes: what they lie along, what divides them into rows, and the dots.

use crate::app::Local;
use crate::app::strip::{Along, Laid, Strip, choice_name};
use crate::app::theme::{self, size};
use crate::app::widgets::small;
use crate::figure::Token;
use crate::plan::Family;
use eframe::egui::{Align2, FontId, Label, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Height of a row.
const ROW: f32 = 20.0;
/// Width of its names.
const NAMES: f32 = 116.0;

pub(super) fn strip_ui(ui: &mut Ui, strip: &Strip, local: &mut Local) {
    let Some(laid) = strip.laid(local.strip) else { return };
    if strip.along.len() > 1 {
        ui.horizontal(|ui| {
            ui.label(small("Along", ui));
            for &along in &strip.along {
                let tip = match along {
                    Along::Ratio => "Tokens per parameter at the budget",
                    Along::Params => "Compute-optimal size at the budget",
                    Along::Exponent => "Exponent of N* in C",
                };
                let shown = ui.selectable_label(laid.along == along, along.name());
                if shown.on_hover_text(tip).clicked() {
                    local.strip.along = Some(along);
                }
            }
        });
    }
    if strip.by.len() > 1 {
        ui.horizontal(|ui| {
            ui.label(small("Rows by", ui));
            for &by in &strip.by {
                let shown = ui.selectable_label(laid.by == Some(by), choice_name(by));
                if shown
                    .on_hover_text(format!("A row for each setting of {}", by.words()))
                    .clicked()
                {
                    local.strip.by = Some(by);
                }
            }
        });
    }
    dots_ui(ui, &laid);
    if let Some(Family { vocab, context, aspect }) = strip.supposed {
        let text = format!(
            "N by shape and attention suppose models as in Plan: vocabulary {vocab}, context {context}, width {aspect} times the layers."
        );
        ui.add(Label::new(small(text, ui)).wrap());
    }
}

/// Each universe as a dot; distances are ratios.
fn dots_ui(ui: &mut Ui, laid: &Laid<'_>) {
    let [low, high] = laid.range.map(f64::ln);
    let margin = 0.06 * (high - low).max(0.05);
    let span = high - low + 2.0 * margin;
    let height = ROW * (laid.rows.len() as f32 + 1.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| {
        let count: usize = laid.rows.iter().map(|(_, dots)| dots.len()).sum();
        let by = laid.by.map_or(String::new(), |by| {
            format!(", {} rows by {}", laid.rows.len(), choice_name(by))
        });
        let spoken = format!("{count} universes along {}{by}", laid.along.name());
        WidgetInfo::labeled(Role::Image, true, spoken)
    });
    let (left, right) = (rect.left() + NAMES, rect.right() - 6.0);
    let place = |at: f64| left + (right - left) * ((at.ln() - low + margin) / span) as f32;
    let (muted, accent) = (theme::token(ui, Token::TextMuted), theme::token(ui, Token::Accent));
    let faint = Stroke::new(1.0, theme::token(ui, Token::GridMinor));
    let font = FontId::proportional(size::SMALL);
    let painter = ui.painter().with_clip_rect(rect);
    let mut hovered = None;
    for (index, (name, dots)) in laid.rows.iter().enumerate() {
        let y = rect.top() + ROW * (index as f32 + 0.5);
        painter.text(pos2(rect.left(), y), Align2::LEFT_CENTER, name, font.clone(), muted);
        painter.hline(left..=right, y, faint);
        for dot in dots {
            let center = pos2(place(dot.at), y);
            let (radius, color) = if dot.chosen { (5.0, accent) } else { (3.5, muted) };
            painter.circle_filled(center, radius, color);
            if response
                .hover_pos()
                .is_some_and(|pointer| pointer.distance(center) < 7.0)
            {
                hovered = Some(dot.about);
            }
        }
    }
    let y = rect.bottom() - 0.5 * ROW;
    let what = pos2(rect.left(), y);
    painter.text(what, Align2::LEFT_CENTER, laid.along.name(), font.clone(), muted);
    // One value in all of them needs no second mark.
    let ends = if laid.range[0] == laid.range[1] { 1 } else { 2 };
    for end in &laid.range[..ends] {
        let at = pos2(place(*end), y);
        painter.text(at, Align2::CENTER_CENTER, laid.along.text(*end), font.clone(), muted);
    }
    if let Some(text) = hovered {
        response.on_hover_text_at_pointer(text);
    }
}
