//! The star of the isoloss map as a handle: dragged, it goes along the frontier and takes the budget with it; pulled away from
//! the frontier, it takes N and D, and what that costs is said.
//!
//! The budget is that whose optimum is nearest to the pointer on the page: looked for on a grid over all budgets, since a
//! frontier may bend, and between the neighbours of the best one by golden section.

use super::theme;
use super::widgets::arrow_keys;
use super::{Local, Requests};
use crate::figure::views::{IsolossAxis, Scene, View, draw_budget};
use crate::figure::{Figure, Frame, Mark, Symbol, Token};
use crate::plan::FLOPS_PER_PARAM_TOKEN;
use crate::session::{Action, BUDGET_RANGE, PlanAction, Workspace};
use crate::units::{Flops, Params, Tokens};
use eframe::egui::{CursorIcon, Rect, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2};

/// Half the side of what takes the pointer, and the radius of the ring.
const REACH: f32 = 13.0;
/// Nearer to the frontier than this the star stays on it, in points.
const HOLD: f64 = 28.0;
/// Grid over the budgets, in decades.
const STEP: f64 = 0.25;
/// By how many decades an arrow key moves the budget; ten times that with Shift.
const NUDGE: f64 = 0.02;

const HINT: &str = "Drag the star along the frontier to change the budget, or off it to hold N and D · arrow keys move it, with Shift farther";

/// Where the star of a figure is, in data units.
pub(super) fn star_of(marks: &[Mark]) -> Option<[f64; 2]> {
    marks.iter().find_map(|mark| match mark {
        Mark::Dots {
            dots,
            symbol: Symbol::Star,
            ..
        } => dots.first().filter(|dot| !dot.hollow).map(|dot| dot.at),
        _ => None,
    })
}

/// Lets the star, which is that of a budget, be dragged.
pub(super) fn star_ui(
    ui: &Ui,
    workspace: &Workspace,
    budget: Flops,
    figure: &Figure,
    frame: &Frame,
    local: &mut Local,
    requests: &mut Requests,
) {
    let Some(at) = star_of(&figure.marks).and_then(|at| frame.place(at)) else {
        return;
    };
    if !frame.plot.contains(at, 0.0) {
        return;
    }
    let centre = pos2(at[0] as f32, at[1] as f32);
    let rect = Rect::from_center_size(centre, Vec2::splat(2.0 * REACH));
    let response = ui.interact(rect, ui.scope_id().with("star"), Sense::drag());
    response.widget_info(|| WidgetInfo::slider(true, budget.0.log10(), "Star on the frontier"));
    let held = response.hovered() || response.dragged();
    let lit = held || response.has_focus();
    let stroke = match lit {
        true => Stroke::new(2.0, theme::token(ui, Token::Accent)),
        false => Stroke::new(1.0, theme::token(ui, Token::Accent).gamma_multiply(0.5)),
    };
    ui.painter().circle_stroke(centre, REACH - 1.0, stroke);
    if held {
        let icon = if response.dragged() {
            CursorIcon::Grabbing
        } else {
            CursorIcon::Grab
        };
        ui.ctx().set_cursor_icon(icon);
    }
    if lit {
        local.next_hint = HINT;
    }
    if response.drag_started() {
        response.request_focus();
    }
    // A press that goes nowhere changes nothing.
    let pulled = response.dragged() && response.drag_delta() != Vec2::ZERO;
    let moved = match response.interact_pointer_pos().filter(|_| pulled) {
        Some(pointer) => {
            let pointer = [f64::from(pointer.x), f64::from(pointer.y)];
            let found = workspace.with_scene(|scene| nearest(pointer, |decades| place(scene, frame, decades)));
            let axis = workspace.session().view.isoloss_axis;
            found.map(|(decades, distance)| match distance <= HOLD {
                true => with_budget(decades),
                false => off_frontier(frame, pointer, axis),
            })
        }
        None if response.has_focus() => {
            arrow_keys(ui, &response, true).map(|by| with_budget(budget.0.log10() + NUDGE * f64::from(by)))
        }
        None => None,
    };
    if let Some(action) = moved {
        requests.act(Action::Plan(action));
    }
}

fn with_budget(decades: f64) -> PlanAction {
    PlanAction::SetBudget(Flops(10f64.powf(decades)))
}

/// N and D at a place on the page.
fn off_frontier(frame: &Frame, [x, y]: [f64; 2], axis: IsolossAxis) -> PlanAction {
    let (params, other) = (frame.x.value(x), frame.y.value(y));
    let tokens = match axis {
        IsolossAxis::Tokens => other,
        IsolossAxis::Flops => other / (FLOPS_PER_PARAM_TOKEN * params),
    };
    PlanAction::Place(Params(params), Tokens(tokens))
}

/// Where on the page the star of a budget is.
fn place(scene: &Scene<'_>, frame: &Frame, decades: f64) -> Option<[f64; 2]> {
    let scene = Scene {
        budget: Flops(10f64.powf(decades)),
        // Wherever it was put, the frontier is where it would be by itself.
        chosen: None,
        ghost: None,
        ..*scene
    };
    frame.place(star_of(&draw_budget(View::Isoloss, &scene))?)
}

/// log10 of the budget whose place on the page is nearest to the pointer, and how far from it that is.
fn nearest(pointer: [f64; 2], place: impl Fn(f64) -> Option<[f64; 2]>) -> Option<(f64, f64)> {
    let distance = |decades: f64| place(decades).map_or(f64::INFINITY, |[x, y]| (x - pointer[0]).hypot(y - pointer[1]));
    let (low, high) = (BUDGET_RANGE.0.log10(), BUDGET_RANGE.1.log10());
    let steps = ((high - low) / STEP).round() as usize;
    let grid = (0..=steps).map(|step| low + step as f64 * STEP);
    let best = grid.min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
    if !distance(best).is_finite() {
        return None;
    }
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = ((best - STEP).max(low), (best + STEP).min(high));
    for _ in 0..24 {
        let span = golden * (high - low);
        if distance(high - span) <= distance(low + span) {
            high -= (1.0 - golden) * (high - low);
        } else {
            low += (1.0 - golden) * (high - low);
        }
    }
    let middle = (low + high) / 2.0;
    Some((middle, distance(middle)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_nearest_to_the_pointer_is_found_beside_the_frontier_too() {
        // A decade of C is 20 points to the right and 15 up; beside it, the foot of the perpendicular counts.
        let place = |decades: f64| Some([20.0 * (decades - 12.0), 300.0 - 15.0 * (decades - 12.0)]);
        for decades in [12.0, 17.3, 21.76, 28.0] {
            let [x, y] = place(decades).unwrap();
            for aside in [0.0, 7.0, -11.0] {
                let (found, distance) = nearest([x + 0.6 * aside, y + 0.8 * aside], place).unwrap();
                assert!((found - decades).abs() < 1e-4, "{found} for {decades}");
                assert!((distance - f64::abs(aside)).abs() < 1e-3, "{distance} for {aside}");
            }
        }
        assert_eq!(nearest([0.0, 0.0], |_| None), None);
    }
}
