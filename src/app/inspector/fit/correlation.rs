//! Which parameters the runs cannot tell apart, and how far each can be moved.

use crate::app::commands::Command;
use crate::app::figures::Figures;
use crate::app::highlight::Lit;
use crate::app::plot::{Place, figure_ui};
use crate::app::theme::{self, size};
use crate::app::widgets::{heading, small};
use crate::app::{Local, Requests};
use crate::figure::Token;
use crate::session::Workspace;
use eframe::egui::{
    Align2, Color32, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

/// Height of a cell, in points.
const CELL: f32 = 24.0;
/// Room for the symbols of the rows.
const LEFT: f32 = 24.0;
/// Height of the profile, in points.
const PROFILE: f32 = 190.0;

pub(super) fn correlation_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    if workspace.derived().report().is_none() {
        return;
    }
    heading(ui, "Correlation of parameters");
    let open = local.correlation;
    let text = if open { "Hide" } else { "Show" };
    let tip = "From the curvature at the optimum, with runs as units";
    if ui.button(text).on_hover_text(tip).clicked() {
        local.correlation = !open;
    }
    if !open {
        return;
    }
    let parameters = workspace.session().fit.config.law.law().parameters();
    let symbols: Vec<&str> = parameters.iter().map(|parameter| &*parameter.symbol).collect();
    let Some(correlations) = figures.correlations(workspace) else {
        ui.label(small("The runs do not determine these parameters.", ui));
        return;
    };
    ui.add_space(theme::GRID * 0.5);
    if let Some(row) = heat_map(ui, &symbols, correlations) {
        requests.commands.push(Command::Profile(row));
    }
    ui.label(small(
        "Click a row for its profile: the fit as that parameter is moved.",
        ui,
    ));
    let Some(profile) = &workspace.derived().fit.profile else {
        return;
    };
    let Some(result) = &profile.result else {
        ui.label(small("Moving it …", ui));
        return;
    };
    match result {
        Ok(Some(_)) => {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), PROFILE), Sense::hover());
            let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("profile"));
            if let Some(figure) = figures.profile(workspace) {
                figure_ui(&mut child, "profile", 0, figure, Lit::default(), Place::Inset, None);
            }
        }
        Ok(None) => {
            ui.label(small("It is held: there is nothing to move.", ui));
        }
        Err(error) => {
            ui.label(small(error.to_string(), ui));
        }
    }
}

/// Draws the matrix; says which row was clicked.
fn heat_map(ui: &mut Ui, symbols: &[&str], correlations: &[Vec<Option<f64>>]) -> Option<usize> {
    let count = symbols.len() as f32;
    let width = ((ui.available_width() - LEFT) / count).min(56.0);
    let area = vec2(LEFT + width * count, CELL * (count + 0.8));
    let (outer, _) = ui.allocate_exact_size(area, Sense::hover());
    let top = outer.top() + 0.8 * CELL;
    let muted = theme::token(ui, Token::TextMuted);
    let font = FontId::proportional(if width < 34.0 { size::SMALL - 2.0 } else { size::SMALL });
    for (column, symbol) in symbols.iter().enumerate() {
        let at = pos2(outer.left() + LEFT + width * (column as f32 + 0.5), top - 0.4 * CELL);
        ui.painter()
            .text(at, Align2::CENTER_CENTER, symbol, font.clone(), muted);
    }
    let mut clicked = None;
    for (row, cells) in correlations.iter().enumerate() {
        let y = top + CELL * row as f32;
        let strip = Rect::from_min_size(pos2(outer.left(), y), vec2(area.x, CELL));
        let response = ui.interact(strip, ui.scope_id().with(("correlation", row)), Sense::click());
        named(&response, symbols, row, cells);
        let left = pos2(outer.left() + 2.0, y + 0.5 * CELL);
        ui.painter()
            .text(left, Align2::LEFT_CENTER, symbols[row], theme::bold(size::SMALL), muted);
        for (column, cell) in cells.iter().enumerate() {
            let rect = Rect::from_min_size(pos2(outer.left() + LEFT + width * column as f32, y), vec2(width, CELL));
            let rect = rect.shrink(1.0);
            let fill = cell.map_or(theme::token(ui, Token::Control), |value| shade(ui, value));
            ui.painter().rect_filled(rect, 2.0, fill);
            let text = cell.map_or("–".to_owned(), |value| format!("{value:.2}").replace('-', "−"));
            let color = theme::token(ui, Token::Text);
            ui.painter()
                .text(rect.center(), Align2::CENTER_CENTER, text, font.clone(), color);
        }
        if response.hovered() || response.has_focus() {
            let stroke = Stroke::new(1.0, theme::token(ui, Token::Accent));
            ui.painter().rect_stroke(strip, 3.0, stroke, StrokeKind::Inside);
        }
        if response.clicked() {
            clicked = Some(row);
        }
    }
    clicked
}

/// The row as a screen reader says it.
fn named(response: &Response, symbols: &[&str], row: usize, cells: &[Option<f64>]) {
    response.widget_info(|| {
        let with = cells.iter().enumerate().filter(|(column, _)| *column != row);
        let with: Vec<String> = with
            .filter_map(|(column, cell)| Some(format!("{} {:.2}", symbols[column], (*cell)?)))
            .collect();
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!("Profile of {}; with {}", symbols[row], with.join(", ")),
        )
    });
}

/// Together in the colour of the fit, against each other in that of warnings, the stronger the nearer to ±1.
fn shade(ui: &Ui, value: f64) -> Color32 {
    let token = if value > 0.0 { Token::Accent } else { Token::Warning };
    theme::token(ui, token).gamma_multiply((value.abs() * value.abs() * 0.6) as f32)
}
