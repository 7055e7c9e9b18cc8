//! The middle: the answer, the budget, and one to three views of the same scene.

use super::answer::answer_ui;
use super::commands::Command;
use super::figures::Figures;
use super::plot::{Place, figure_ui};
use super::text::rich;
use super::theme::{self, size};
use super::{Local, Requests};
use crate::figure::views::View;
use crate::figure::{Datum, FontWeight, Token};
use crate::session::{Action, ViewAction, Workspace};
use crate::units::{Params, Tokens, format_significant};
use eframe::egui::text::TextFormat;
use eframe::egui::{self, Button, FontId, Rect, RichText, Ui, UiBuilder, pos2, vec2};

/// Between two views.
const GAP: f32 = 16.0;
/// Share of the first view's height that a strip of residuals takes, and the least of it.
const STRIP_SHARE: f32 = 0.28;
const STRIP_LEAST: f32 = 130.0;
/// Share of the width that the first view takes beside others.
const FIRST_SHARE: f32 = 0.56;

pub(super) fn board_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    local.highlight.refresh(workspace);
    answer_ui(ui, workspace, figures, local, requests);
    ui.add_space(theme::GRID);
    let equation_height = 24.0;
    let all = ui.available_rect_before_wrap();
    let area = Rect::from_min_max(all.min, pos2(all.right(), all.bottom() - equation_height));
    let board = &workspace.session().view.board;
    let mut hovered = None;
    let mut places: Vec<(View, Rect)> = board.iter().copied().zip(places(area, board.len())).collect();
    if workspace.session().view.residual_strip && !board.contains(&View::Residuals) {
        let first = &mut places[0].1;
        let split = first.bottom() - (STRIP_SHARE * first.height()).max(STRIP_LEAST);
        let strip = Rect::from_min_max(pos2(first.left(), split + GAP * 0.5), first.max);
        first.max.y = split;
        places.push((View::Residuals, strip));
    }
    for (view, rect) in places {
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(view.name()));
        if let Some(datum) = view_ui(&mut child, view, workspace, figures, local, requests) {
            hovered = Some(datum);
        }
    }
    if hovered != local.hovered {
        // The dot lights up in every view, so those already drawn must be drawn again.
        local.hovered = hovered;
        ui.ctx().request_repaint();
    }
    let strip = Rect::from_min_max(pos2(all.left(), area.bottom()), all.max);
    let mut child = ui.new_child(UiBuilder::new().max_rect(strip));
    equation_ui(&mut child, workspace, figures);
    ui.advance_cursor_after_rect(all);
}

/// One view fills the board; the first of several is the largest.
fn places(area: Rect, count: usize) -> Vec<Rect> {
    if count <= 1 {
        return vec![area];
    }
    let share = if count == 2 { 0.5 } else { FIRST_SHARE };
    let split = area.left() + (area.width() - GAP) * share;
    let first = Rect::from_min_max(area.min, pos2(split, area.bottom()));
    let rest = Rect::from_min_max(pos2(split + GAP, area.top()), area.max);
    let rows = (count - 1) as f32;
    let height = (rest.height() - GAP * 0.5 * (rows - 1.0)) / rows;
    let row = |index: usize| {
        let top = rest.top() + (height + GAP * 0.5) * index as f32;
        Rect::from_min_size(pos2(rest.left(), top), vec2(rest.width(), height))
    };
    std::iter::once(first).chain((0..count - 1).map(row)).collect()
}

fn view_ui(
    ui: &mut Ui,
    view: View,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) -> Option<Datum> {
    let data = figures.summary(workspace).data;
    let figure = figures.view(workspace, view);
    let pointed = figure_ui(
        ui,
        view.name(),
        data,
        figure,
        local.hovered,
        local.highlight.points(),
        place_of(view, &workspace.session().view.board),
    );
    if pointed.response.hovered() {
        local.next_hint = "Scroll to zoom · drag to pan · right-drag to zoom to a box · double-click to reset";
    }
    if workspace.session().view.board.contains(&view) {
        view_menu(ui, view, requests, workspace.session().view.board.as_slice());
    }
    if let Some(datum) = pointed.datum {
        let text = datum_text(workspace, datum);
        pointed.response.on_hover_ui_at_pointer(|ui| {
            ui.spacing_mut().interact_size.y = size::BODY;
            ui.label(RichText::new(text.name).font(theme::bold(size::BODY)));
            egui::Grid::new("datum")
                .num_columns(2)
                .spacing([16.0, 2.0])
                .show(ui, |ui| {
                    for (name, value) in text.values {
                        ui.label(RichText::new(name).color(theme::token(ui, Token::TextMuted)));
                        ui.label(value);
                        ui.end_row();
                    }
                });
        });
    }
    pointed.datum
}

/// A view that is drawn and is not on the board lies in a strip.
fn place_of(view: View, board: &[View]) -> Place {
    match board.iter().position(|on| *on == view) {
        Some(0) => Place::First,
        Some(_) => Place::Beside,
        None => Place::Strip,
    }
}

/// What can be done with one view, behind a button: a right-click would collide with the box zoom.
fn view_menu(ui: &mut Ui, view: View, requests: &mut Requests, board: &[View]) {
    // Painted into the corner of the title's line, where it crowds nothing.
    let corner = ui.max_rect().right_top() + vec2(-30.0, 0.0);
    let rect = Rect::from_min_size(corner, vec2(24.0, 22.0));
    let button = Button::new(RichText::new("⋯").color(theme::token(ui, Token::TextMuted))).frame(false);
    let button = ui.put(rect, button);
    let name = format!("{} menu", view.label());
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    let mut menu = |ui: &mut Ui| {
        if board.len() > 1 && ui.button("Show only this").clicked() {
            requests.act(Action::View(ViewAction::Only(view)));
        }
        if board.first() != Some(&view) && ui.button("Make it the largest").clicked() {
            requests.act(Action::View(ViewAction::Focus(view)));
        }
        if board.len() > 1 && ui.button("Take it off the board").clicked() {
            requests.act(Action::View(ViewAction::Toggle(view)));
        }
        if ui.button("Save as SVG…").clicked() {
            requests.commands.push(Command::SaveFigure(Some(view)));
        }
    };
    egui::Popup::menu(&button).show(&mut menu);
}

/// A measurement in words.
pub(super) struct DatumText {
    /// Run's name.
    pub(super) name: String,
    /// N, D, C, D/N, loss, residual, line.
    pub(super) values: Vec<(&'static str, String)>,
}

/// N, D, C, D/N, loss, residual of a measurement, as far as they are known.
pub(super) fn datum_text(workspace: &Workspace, datum: Datum) -> DatumText {
    let none = DatumText {
        name: String::new(),
        values: vec![],
    };
    let Some(input) = &workspace.derived().fit.input else {
        return none;
    };
    // Behind the tables of the fit stand the curves of what is trained here.
    let live = workspace.derived().train.live.as_ref();
    let table = match input.tables.get(datum.table) {
        Some(selection) => Some(&*selection.table),
        None => live.filter(|_| datum.table == input.tables.len()),
    };
    let Some(table) = table.filter(|table| datum.point < table.points().len()) else {
        return none;
    };
    let point = table.points().get(datum.point);
    let mut values = vec![];
    let mut push = |name, value: Option<String>| values.extend(value.map(|value| (name, value)));
    push("Parameters N", point.model_size().map(Params::short));
    push("Tokens D", point.tokens.map(Tokens::short));
    push("Compute C", point.flops.map(|c| format!("{} FLOP", c.short())));
    push(
        "Tokens per parameter",
        point.tokens_per_param().map(|ratio| format_significant(ratio, 3)),
    );
    push("Loss", point.loss.map(|loss| format_significant(loss.0, 4)));
    let residual = input.data.iter().position(|d| *d == datum).and_then(|index| {
        let report = workspace.derived().report()?;
        report.residuals.get(index).copied()
    });
    push(
        "Residual of ln L",
        residual.map(|r| format!("{r:+.4}").replace('-', "−")),
    );
    let left_out = input.left_out.iter().find(|left_out| left_out.datum == datum);
    push("Left out", left_out.map(|left_out| left_out.reason.clone()));
    push("Line", Some(point.line.to_string()).filter(|_| point.line > 0));
    DatumText {
        name: table.run_name(datum.point).to_owned(),
        values,
    }
}

fn equation_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures) {
    let (text, muted) = (theme::token(ui, Token::Text), theme::token(ui, Token::TextMuted));
    let summary = figures.summary(workspace);
    if summary.equation.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        let mut job = rich(&summary.equation, size::TITLE, FontWeight::Bold, text);
        job.append(
            &summary.note,
            16.0,
            TextFormat::simple(FontId::proportional(size::SMALL), muted),
        );
        let whole = format!("{}\n{}", summary.equation, summary.note);
        ui.add(egui::Label::new(job).truncate()).on_hover_text(whole);
    });
}
