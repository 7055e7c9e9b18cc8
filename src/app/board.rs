//! The middle: the answer, the budget, and one to three views of the same scene.

use super::answer::answer_ui;
use super::brush::How;
use super::commands::Command;
use super::figures::Figures;
use super::handles::handles_ui;
use super::highlight::Lit;
use super::inspector::Tab;
use super::lasso::Lasso;
use super::notes::{new_notes, notes_ui};
use super::plot::{Place, Pointed, figure_ui};
use super::present::Presentation;
use super::readout::{card_ui, pointer_leaders, room_card_ui};
use super::selected::selected_ui;
use super::spotlight::Series;
use super::star::star_ui;
use super::steer::HINT;
use super::text::rich;
use super::theme::{self, size};
use super::{Local, Requests};
use crate::figure::views::{AxisStyle, LossScale, View};
use crate::figure::{Datum, Figure, FigureFormat, FigurePage, FontWeight, Template, ThemeKind, Token};
use crate::session::{Action, FigureAction, FigureOf, ViewAction, Workspace};
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
    local.brush.refresh(workspace);
    answer_ui(ui, workspace, figures, local, requests);
    let room = local.presentation.is_some();
    ui.add_space(if room { 0.0 } else { theme::GRID });
    let equation_height = if room { 20.0 } else { 24.0 };
    let all = ui.available_rect_before_wrap();
    let area = Rect::from_min_max(all.min, pos2(all.right(), all.bottom() - equation_height));
    let board = match &local.presentation {
        Some(presentation) => presentation.shown(&workspace.session().view.board),
        None => workspace.session().view.board.clone(),
    };
    let mut hovered = None;
    let mut places: Vec<(View, Rect)> = board.iter().copied().zip(places(area, board.len())).collect();
    if workspace.session().view.residual_strip && !room && !board.contains(&View::Residuals) {
        let first = &mut places[0].1;
        let split = first.bottom() - (STRIP_SHARE * first.height()).max(STRIP_LEAST);
        let strip = Rect::from_min_max(pos2(first.left(), split + GAP * 0.5), first.max);
        first.max.y = split;
        places.push((View::Residuals, strip));
    }
    for (view, rect) in places {
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(view.name()));
        // Two in a room are half as wide: both have their titles on two lines.
        let place = match room && board.len() > 1 {
            true => Place::Beside,
            false => place_of(view, &board),
        };
        if let Some(datum) = view_ui(&mut child, view, place, workspace, figures, local, requests) {
            hovered = Some(datum);
        }
    }
    local.lasso.let_go(ui);
    let hovered = hovered.or(local.runs.hovered());
    if hovered != local.hovered {
        // The dot lights up in every view, so those already drawn must be drawn again.
        local.hovered = hovered;
        ui.ctx().request_repaint();
    }
    let strip = Rect::from_min_max(pos2(all.left(), area.bottom()), all.max);
    let mut child = ui.new_child(UiBuilder::new().max_rect(strip));
    if let Some(presentation) = &local.presentation {
        if presentation.line_ui(&mut child) {
            equation_ui(&mut child, workspace, figures, false);
        }
    } else if local.brush.is_empty() {
        equation_ui(&mut child, workspace, figures, true);
    } else {
        selected_ui(&mut child, workspace, local, requests);
    }
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
    place: Place,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) -> Option<Datum> {
    let data = figures.summary(workspace).data;
    let answered = figures.answered(workspace).map(|answer| answer.answered.optimum.flops);
    let figure = figures.view(workspace, view);
    let room = local.presentation.is_some();
    let lit = Lit {
        active: local.hovered,
        found: local.highlight.points(),
        selected: local.brush.points(),
        spot: local
            .presentation
            .as_ref()
            .and_then(|presentation| presentation.lit_in(view, figure)),
        room,
    };
    // A room is shown series; runs are selected at the desk.
    let mut idle = Lasso::default();
    let lasso = if room { &mut idle } else { &mut local.lasso };
    let pointed = figure_ui(
        ui,
        view.name(),
        data,
        figure,
        lit,
        place,
        Some((lasso, &mut local.zoom)),
    );
    if let Some(presentation) = &mut local.presentation {
        room_ui(ui, workspace, &pointed, view, figure, presentation);
    } else {
        pointed_ui(ui, workspace, &pointed, local);
    }
    if let (true, None, Some(frame)) = (room, pointed.datum, &pointed.frame)
        && let Some(pointer) = pointed.response.hover_pos()
    {
        pointer_leaders(ui, figure, frame, pointer);
    }
    if let Some(frame) = &pointed.frame {
        // Under the star and the handles: what they move is what the view is for.
        notes_ui(ui, workspace, view, figure, frame, local, requests);
    }
    if let (View::Isoloss, Some(frame)) = (view, &pointed.frame) {
        let budget = answered.unwrap_or(workspace.session().plan.budget);
        star_ui(ui, workspace, budget, figure, frame, local, requests);
    }
    if let Some(frame) = &pointed.frame {
        handles_ui(ui, workspace, view, frame, local, requests);
    }
    if !room && workspace.session().view.board.contains(&view) {
        let together = &mut local.zoom.on;
        view_menu(ui, view, figure, requests, workspace, together);
    }
    pointed.datum
}

/// What the pointer on a view says and selects.
fn pointed_ui(ui: &Ui, workspace: &Workspace, pointed: &Pointed, local: &mut Local) {
    if let Some((data, how)) = &pointed.lassoed {
        local.brush.pick(workspace, data.iter().copied(), *how);
        ui.ctx().request_repaint();
    }
    if pointed.response.hovered() || pointed.response.dragged() {
        local.next_hint = local.lasso.hint(pointed.datum.is_some());
    } else if pointed.response.has_focus() {
        local.next_hint = HINT;
    }
    let Some(datum) = pointed.datum else { return };
    card_ui(ui, &pointed.response, workspace, datum);
    if pointed.response.clicked() {
        let how = How::of(ui.input(|input| input.modifiers));
        local.brush.pick(workspace, [datum], how);
        ui.ctx().request_repaint();
    }
}

/// What the pointer on a view says to a room, and which series it puts the spotlight on.
fn room_ui(
    ui: &Ui,
    workspace: &Workspace,
    pointed: &Pointed,
    view: View,
    figure: &Figure,
    presentation: &mut Presentation,
) {
    if let (Some(datum), Some(dot)) = (pointed.datum, pointed.dot) {
        room_card_ui(ui, &pointed.response, workspace, datum, dot);
    }
    let light = if let Some(paint) = pointed.row {
        Series::of_row(paint, view.name(), figure)
    } else if let (true, Some(frame)) = (pointed.response.clicked(), &pointed.frame) {
        let pointer = pointed.response.interact_pointer_pos();
        pointer.and_then(|pointer| Series::at(pointer, view.name(), figure, frame))
    } else {
        return;
    };
    if presentation.shine(light) {
        // Views that are drawn already are drawn again.
        ui.ctx().request_repaint();
    }
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
fn view_menu(
    ui: &mut Ui,
    view: View,
    figure: &Figure,
    requests: &mut Requests,
    workspace: &Workspace,
    together: &mut bool,
) {
    let (choice, template) = (&workspace.session().view, &workspace.session().figures.template);
    let board = &choice.board;
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
        if board.len() > 1 {
            ui.checkbox(together, "Zoom views together")
                .on_hover_text("A view that is moved takes along the others over the same quantity");
        }
        if matches!(view, View::LossN | View::LossD | View::LossC) {
            let mut on = choice.reducible;
            let tip = "What is above the floor E of the fit: where one term leads, a straight line";
            if ui
                .checkbox(&mut on, "Reducible loss L − E")
                .on_hover_text(tip)
                .clicked()
            {
                requests.act(Action::View(ViewAction::SetReducible(on)));
            }
        }
        if matches!(
            view,
            View::LossN | View::LossD | View::LossC | View::Isoflop | View::Curves | View::Frontier
        ) {
            let mut on = choice.second_axes;
            let tip = "On the far sides: perplexity, hours of the accelerator of the Plan, tokens per parameter";
            if ui.checkbox(&mut on, "Second scales").on_hover_text(tip).clicked() {
                requests.act(Action::View(ViewAction::SetSecondAxes(on)));
            }
        }
        ui.menu_button("Axes", |ui| axes_ui(ui, choice.axis_style, requests));
        ui.menu_button("Annotate", |ui| {
            for (name, action) in new_notes(figure, view) {
                if ui.button(name).clicked() {
                    requests.act(Action::Figure(action));
                    requests.commands.push(Command::Inspect(Tab::Figure));
                }
            }
        });
        ui.menu_button("Save figure", |ui| {
            let of = Some(FigureOf::View(view));
            let tip = "Size, colours and parts are in the Figure tab of the inspector";
            if ui.button(format!("{}…", template.name)).on_hover_text(tip).clicked() {
                requests.commands.push(Command::SaveFigure(of, None));
            }
            ui.separator();
            for page in FigurePage::ALL.into_iter().filter(|page| page.label() != template.name) {
                if ui.button(format!("{}…", page.label())).clicked() {
                    requests.commands.push(Command::SaveFigure(of, Some(page)));
                }
            }
            ui.separator();
            let mut dark = template.theme == ThemeKind::Dark;
            let tip = "Figures are light unless this is on, whatever the window is";
            if ui.checkbox(&mut dark, "Dark").on_hover_text(tip).clicked() {
                requests.act(Action::Figure(FigureAction::SetTemplate(Template {
                    theme: if dark { ThemeKind::Dark } else { ThemeKind::Light },
                    ..template.clone()
                })));
            }
        });
        if ui.button("Copy as image").clicked() {
            requests.commands.push(Command::CopyFigure(FigureOf::View(view)));
        }
        if board.len() > 1 {
            for command in [
                Command::SaveFigure(Some(FigureOf::Board), None),
                Command::CopyFigure(FigureOf::Board),
            ] {
                if ui.button(command.name()).on_hover_text(command.about()).clicked() {
                    requests.commands.push(command);
                }
            }
        }
        ui.menu_button("Save all views", |ui| {
            for format in FigureFormat::ALL {
                if ui.button(format!("{}…", format.label())).clicked() {
                    requests.commands.push(Command::SaveViews(format));
                }
            }
        });
    };
    egui::Popup::menu(&button).show(&mut menu);
}

/// How the axes of all views are written.
fn axes_ui(ui: &mut Ui, before: AxisStyle, requests: &mut Requests) {
    let mut style = before;
    for (scale, text) in [
        (LossScale::Usual, "Loss as suits the view"),
        (LossScale::Log, "Loss by decades"),
        (LossScale::Linear, "Loss evenly"),
    ] {
        ui.radio_value(&mut style.loss, scale, text);
    }
    ui.separator();
    ui.checkbox(&mut style.powers, "N and D as powers of ten")
        .on_hover_text("10⁹ and not 1B");
    ui.checkbox(&mut style.pf_days, "C in PF-days");
    if style != before {
        requests.act(Action::View(ViewAction::SetAxisStyle(style)));
    }
}

fn equation_ui(ui: &mut Ui, workspace: &Workspace, figures: &mut Figures, noted: bool) {
    let (text, muted) = (theme::token(ui, Token::Text), theme::token(ui, Token::TextMuted));
    let summary = figures.summary(workspace);
    if summary.equation.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        let mut job = rich(&summary.equation, size::TITLE, FontWeight::Bold, text);
        if noted {
            job.append(
                &summary.note,
                16.0,
                TextFormat::simple(FontId::proportional(size::SMALL), muted),
            );
        }
        let whole = format!("{}\n{}", summary.equation, summary.note);
        ui.add(egui::Label::new(job).truncate()).on_hover_text(whole);
    });
}
