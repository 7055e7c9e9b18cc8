//! The fit and the published laws, asked the same. A click makes a law the one that answers.

use crate::app::Requests;
use crate::app::figures::Figures;
use crate::app::plans::{Cells, LawRow};
use crate::app::theme::{self, size};
use crate::app::widgets::{heading, small};
use crate::figure::Token;
use crate::session::{Action, PlanAction, Workspace};
use crate::units::format_significant;
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Align2, FontId, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Where the columns of numbers end, from the right.
const COLUMNS: [f32; 4] = [132.0, 84.0, 36.0, 0.0];
/// Width of the first.
const FIRST: f32 = 46.0;
const HEIGHT: f32 = 20.0;

pub(super) fn laws_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, requests: &mut Requests) {
    heading(ui, "Laws asked the same");
    head_ui(ui);
    let by = workspace.session().plan.by.as_deref();
    let mut chosen = None;
    for row in figures.laws(workspace) {
        if row_ui(ui, row, row.by == by) {
            chosen = Some(row.by);
        }
    }
    if let Some(by) = chosen {
        requests.act(Action::Plan(PlanAction::SetLaw(by)));
    }
    ui.label(small(
        "Click a law and it answers. Losses of different tokenizers and data do not compare.",
        ui,
    ));
}

fn head_ui(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let muted = theme::token(ui, Token::TextMuted);
    for (text, right) in ["N*", "D*/N*", "L*", "a"].into_iter().zip(COLUMNS) {
        let at = pos2(rect.right() - right, rect.center().y);
        ui.painter()
            .text(at, Align2::RIGHT_CENTER, text, FontId::proportional(size::SMALL), muted);
    }
}

/// A row of fixed columns: numbers stand under each other whatever the budget.
fn row_ui(ui: &mut Ui, row: &LawRow, on: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    let exponent = row.exponent.map_or_else(
        || "–".to_owned(),
        |a| format_significant(a, 2).trim_start_matches('0').to_owned(),
    );
    let cells = match &row.cells {
        Ok(Cells { size, ratio, loss, .. }) => [size.clone(), ratio.clone(), loss.clone(), exponent],
        Err(_) => ["–".to_owned(), "–".to_owned(), "–".to_owned(), exponent],
    };
    let spoken = format!("{} {}", row.label, cells.join(" "));
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, spoken.trim()));
    if response.hovered() || response.has_focus() {
        let raised = theme::token(ui, Token::Raised);
        ui.painter().rect_filled(rect.expand2(vec2(6.0, 0.0)), 4.0, raised);
    }
    let (text, muted) = (theme::token(ui, Token::Text), theme::token(ui, Token::TextMuted));
    let accent = theme::token(ui, Token::Accent);
    let font = FontId::proportional(size::SMALL);
    let (name_font, color) = if on {
        (theme::bold(size::SMALL), accent)
    } else {
        (font.clone(), muted)
    };
    let mut name = LayoutJob::simple_singleline(row.label.to_owned(), name_font, color);
    name.wrap = TextWrapping::truncate_at_width(rect.width() - COLUMNS[0] - FIRST);
    let name = ui.painter().layout_job(name);
    let top = rect.center().y - 0.5 * name.size().y;
    ui.painter().galley(pos2(rect.left(), top), name, color);
    for (cell, right) in cells.into_iter().zip(COLUMNS) {
        let at = pos2(rect.right() - right, rect.center().y);
        ui.painter().text(at, Align2::RIGHT_CENTER, cell, font.clone(), text);
    }
    let clicked = response.clicked() && !on;
    let why = row.cells.as_ref().err();
    response.on_hover_ui(|ui| {
        ui.label(row.source);
        if let Some(why) = why {
            ui.label(why);
        }
    });
    clicked
}
