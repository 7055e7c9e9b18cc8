//! How far the fit can be trusted: other choices, missing runs, other laws; and its card.

use crate::app::Requests;
use crate::app::commands::{Command, card_name};
use crate::app::figures::Figures;
use crate::app::theme::{self, size};
use crate::app::trust::{Detail, Strip};
use crate::app::widgets::{card, heading, small};
use crate::figure::Token;
use crate::session::{TrustKind, Workspace};
use crate::units::format_significant;
use crate::validation::{CardFormat, GroupKind};
use eframe::egui::{self, Align, Align2, FontId, Layout, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Height of a row of the strip.
const ROW: f32 = 20.0;
/// Width of its names.
const NAMES: f32 = 116.0;

/// What can be asked, with its name and what it does.
pub(in crate::app) const QUESTIONS: [(TrustKind, &str, &str); 5] = [
    (
        TrustKind::OtherChoices,
        "Other choices",
        "The answer under every combination of objective, outlier rule, N and C that the data allow",
    ),
    (
        TrustKind::OtherLaws,
        "Other laws",
        "Every law on these runs, ranked by how well it foresees the largest compute, then by AICc",
    ),
    (
        TrustKind::Without(GroupKind::Size),
        "Without a size",
        "Each model size left out in turn: the error on it, and how far the answer moves",
    ),
    (
        TrustKind::Without(GroupKind::Budget),
        "Without a budget",
        "Each compute budget left out in turn",
    ),
    (
        TrustKind::Without(GroupKind::Run),
        "Without a run",
        "Each run left out in turn: which of them move D/N most",
    ),
];

pub(super) fn trust_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests) {
    let fit = &workspace.derived().fit;
    if !matches!(fit.result, Some(Ok(_))) {
        return;
    }
    heading(ui, "How far to trust it");
    let asked = fit.trust.as_ref().map(|trust| trust.kind);
    ui.horizontal_wrapped(|ui| {
        for (kind, name, tip) in QUESTIONS {
            if ui
                .selectable_label(asked == Some(kind), name)
                .on_hover_text(tip)
                .clicked()
            {
                requests.commands.push(Command::Trust(kind));
            }
        }
    });
    match fit.trust.as_ref().map(|trust| &trust.result) {
        None => {}
        Some(None) => {
            ui.label(small("Asking …", ui));
        }
        Some(Some(Err(error))) => card(ui, Token::Error, error),
        Some(Some(Ok(_))) => {
            if let Some(trust) = &figures.summary(workspace).trust {
                card(ui, Token::Reference, &trust.summary);
                detail_ui(ui, &trust.detail);
            }
        }
    }
    card_ui(ui, requests);
}

fn detail_ui(ui: &mut Ui, detail: &Detail) {
    match detail {
        Detail::Strip(strip) => strip_ui(ui, strip),
        Detail::Table { head, rows, below } => {
            row_ui(ui, *head, true, "");
            for (cells, about) in rows {
                row_ui(ui, cells.each_ref().map(String::as_str), false, about);
            }
            for line in below {
                ui.label(small(line, ui));
            }
        }
    }
}

/// Widths of a table's columns.
const COLUMNS: [f32; 4] = [98.0, 48.0, 52.0, 44.0];

fn row_ui(ui: &mut Ui, cells: [&str; 4], head: bool, about: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (column, (cell, width)) in cells.into_iter().zip(COLUMNS).enumerate() {
            ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(width);
                let text = match head {
                    true => small(cell, ui),
                    false => RichText::new(cell).size(size::SMALL),
                };
                let label = ui.add(egui::Label::new(text).truncate());
                if column == 0 && !about.is_empty() {
                    label.on_hover_text(about);
                }
            });
        }
    });
}

/// The fit card, to a file or the clipboard.
fn card_ui(ui: &mut Ui, requests: &mut Requests) {
    ui.add_space(theme::GRID * 0.5);
    ui.horizontal(|ui| {
        for (button, copies) in [("Save fit card", false), ("Copy as", true)] {
            ui.menu_button(button, |ui| {
                for format in CardFormat::ALL {
                    let name = card_name(format);
                    let (text, command) = match copies {
                        true => (name.to_owned(), Command::CopyCard(format)),
                        false => (format!("{name}…"), Command::SaveCard(format)),
                    };
                    if ui.button(text).clicked() {
                        requests.commands.push(command);
                    }
                }
            });
        }
    });
}

/// Each universe as a dot, a row an objective; distances are ratios.
fn strip_ui(ui: &mut Ui, strip: &Strip) {
    let Strip { what, range, rows } = strip;
    if rows.is_empty() {
        return;
    }
    let [low, high] = range.map(f64::ln);
    let margin = 0.06 * (high - low).max(0.05);
    let span = high - low + 2.0 * margin;
    let height = ROW * (rows.len() as f32 + 1.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| {
        let count: usize = rows.iter().map(|(_, dots)| dots.len()).sum();
        let spoken = format!("{count} universes of {} objectives", rows.len());
        WidgetInfo::labeled(Role::Image, true, spoken)
    });
    let (left, right) = (rect.left() + NAMES, rect.right() - 6.0);
    let place = |at: f64| left + (right - left) * ((at.ln() - low + margin) / span) as f32;
    let (muted, accent) = (theme::token(ui, Token::TextMuted), theme::token(ui, Token::Accent));
    let faint = Stroke::new(1.0, theme::token(ui, Token::GridMinor));
    let font = FontId::proportional(size::SMALL);
    let painter = ui.painter().with_clip_rect(rect);
    let mut hovered = None;
    for (index, (name, dots)) in rows.iter().enumerate() {
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
                hovered = Some(&dot.about);
            }
        }
    }
    let y = rect.bottom() - 0.5 * ROW;
    painter.text(pos2(rect.left(), y), Align2::LEFT_CENTER, what, font.clone(), muted);
    for end in *range {
        let at = pos2(place(end), y);
        painter.text(
            at,
            Align2::CENTER_CENTER,
            format_significant(end, 3),
            font.clone(),
            muted,
        );
    }
    if let Some(text) = hovered {
        response.on_hover_text_at_pointer(text);
    }
}
