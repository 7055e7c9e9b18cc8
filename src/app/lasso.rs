//! The lasso: a drag that draws a free outline on a plot and selects the runs inside.
//!
//! It is drawn with the tool in hand (key L), or at any time with Shift, which adds to the selection, or Alt, which takes
//! from it. What is inside is looked up once, when the outline is closed.

use super::brush::How;
use super::theme;
use crate::figure::{Datum, Figure, Frame, Mark, Outline, Token};
use eframe::egui::{CursorIcon, Modifiers, PointerButton, Pos2, Rect, Response, Shape, Stroke, Ui};

/// Corners are no nearer to one another, in points.
const STEP: f32 = 3.0;

/// What the mouse does on a plot, as the status line says it.
pub(super) mod hint {
    pub(in crate::app) const PLOT: &str = "Scroll to zoom · drag to pan · right-drag to zoom to a box · double-click to reset · \
         Shift+drag around runs to select them";
    pub(in crate::app) const DOT: &str =
        "Click to select this run · Shift adds it, Alt takes it out · Delete leaves the selected runs out";
    pub(in crate::app) const TOOL: &str = "Drag around runs to select them · Shift adds, Alt takes out · right-drag to zoom to a box · L puts the lasso away";
    pub(in crate::app) const DRAWING: &str = "Let go to select the runs inside · Escape gives up";
}

/// The tool, and what is being drawn with it.
#[derive(Default)]
pub(super) struct Lasso {
    /// Every drag draws; otherwise only one with Shift or Alt.
    pub(super) on: bool,
    drawn: Option<Drawn>,
}

struct Drawn {
    /// Of the view.
    id: String,
    how: How,
    path: Vec<Pos2>,
}

impl Lasso {
    /// Whether a drag that begins now would draw, or one does already: then it must not pan.
    pub(super) fn takes(&self, modifiers: Modifiers) -> bool {
        self.on || self.drawn.is_some() || modifiers.shift || modifiers.alt
    }

    /// Gives up what is being drawn; says whether there was anything.
    pub(super) fn give_up(&mut self) -> bool {
        self.drawn.take().is_some()
    }

    /// Forgets what was being drawn on a view that is gone.
    pub(super) fn let_go(&mut self, ui: &Ui) {
        if self.drawn.is_some() && !ui.input(|input| input.pointer.any_down()) {
            self.drawn = None;
        }
    }

    /// What the status line says of a plot.
    pub(super) fn hint(&self, on_dot: bool) -> &'static str {
        match (&self.drawn, on_dot, self.on) {
            (Some(_), ..) => hint::DRAWING,
            (None, true, _) => hint::DOT,
            (None, false, true) => hint::TOOL,
            (None, false, false) => hint::PLOT,
        }
    }

    /// Follows the drag on a plot and paints the outline; at its end gives back what is inside.
    pub(super) fn follow(
        &mut self,
        ui: &Ui,
        id: &str,
        response: &Response,
        figure: &Figure,
        frame: &Frame,
    ) -> Option<(Vec<Datum>, How)> {
        let modifiers = ui.input(|input| input.modifiers);
        if self.takes(modifiers) && response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        }
        if self.drawn.is_none() && self.takes(modifiers) && response.drag_started_by(PointerButton::Primary) {
            let start = ui.input(|input| input.pointer.press_origin())?;
            self.drawn = Some(Drawn {
                id: id.to_owned(),
                how: How::of(modifiers),
                path: vec![start],
            });
        }
        let drawn = self.drawn.as_mut().filter(|drawn| drawn.id == id)?;
        let plot = Rect::from_min_max(
            Pos2::new(frame.plot.left as f32, frame.plot.top as f32),
            Pos2::new(frame.plot.right as f32, frame.plot.bottom as f32),
        );
        if let Some(pointer) = response.interact_pointer_pos() {
            let pointer = plot.clamp(pointer);
            if drawn.path.last().is_none_or(|last| last.distance(pointer) >= STEP) {
                drawn.path.push(pointer);
            }
        }
        if response.dragged_by(PointerButton::Primary) {
            paint(ui, &drawn.path, plot);
            return None;
        }
        let drawn = self.drawn.take()?;
        let corners: Vec<[f64; 2]> = drawn.path.iter().map(|at| [f64::from(at.x), f64::from(at.y)]).collect();
        let outline = Outline::of(&corners)?;
        Some((inside(figure, frame, &outline), drawn.how))
    }
}

/// The measurements inside an outline.
fn inside(figure: &Figure, frame: &Frame, outline: &Outline) -> Vec<Datum> {
    let mut found = vec![];
    for mark in &figure.marks {
        if let Mark::Dots { dots, .. } = mark {
            found.extend(outline.inside(dots, frame).filter_map(|index| dots[index].datum));
        }
    }
    found
}

/// A line as far as it was drawn, and a dashed one that would close it.
fn paint(ui: &Ui, path: &[Pos2], plot: Rect) {
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return;
    };
    let painter = ui.painter().with_clip_rect(plot);
    let stroke = Stroke::new(1.5, theme::token(ui, Token::Accent));
    painter.add(Shape::line(path.to_vec(), stroke));
    painter.extend(Shape::dashed_line(&[*last, *first], stroke, 4.0, 4.0));
}
