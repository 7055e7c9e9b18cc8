//! Handles of a law on the views of loss over N, D and C: its floor, and where the law is one power of what the view is over, its
//! level and its slope.
//!
//! The floor is held where it is put and what is not held is fitted around it, as by its slider. Level and slope put the curve where
//! the hand is: everything is held then, and "Fit all" lets go again.
//!
//! ```text
//! level   the curve goes through the hand at x₁:             A = (L − E) x₁^α
//! slope   it turns about x₁ and goes through the hand at x₂:  α = ln((L₁ − E)/(L − E)) / ln(x₂/x₁)
//! ```

use super::theme;
use super::widgets::arrow_keys;
use super::{Local, Requests};
use crate::data::Role;
use crate::figure::views::View;
use crate::figure::{Frame, Token};
use crate::fit::FitReport;
use crate::law::{Inputs, LawKind, Parameter, ParameterRole};
use crate::session::{Action, FitAction, Workspace};
use eframe::egui::{CursorIcon, Pos2, Rect, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Half the side of what takes the pointer.
const REACH: f32 = 10.0;
/// Radius of what is drawn.
const RADIUS: f32 = 5.0;
/// From the right edge of the plot to the handle of the floor.
const INSIDE: f32 = 16.0;
/// Shares of the width at which level and slope have their handles.
const LEVEL_AT: f64 = 0.3;
const SLOPE_AT: f64 = 0.72;
/// By how many points an arrow key moves a handle; ten times that with Shift.
const NUDGE: f32 = 1.0;

/// A handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grip {
    Floor,
    Level,
    Slope,
}

impl Grip {
    fn name(self) -> &'static str {
        match self {
            Self::Floor => "Floor of the law",
            Self::Level => "Level of the law",
            Self::Slope => "Slope of the law",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Floor => "Drag the floor up or down to hold it there; what is not held is fitted around it",
            Self::Level => "Drag the curve up or down; everything is held until you fit again",
            Self::Slope => "Drag to turn the curve; everything is held until you fit again",
        }
    }
}

/// E, A and α of a law of one power; E is nothing where it has none.
#[derive(Debug, Clone, Copy)]
struct Curve {
    floor: f64,
    level: f64,
    slope: f64,
}

impl Curve {
    fn of(report: &FitReport) -> Option<Self> {
        let power = report.law == LawKind::Power || report.law == LawKind::PowerFloor;
        power.then(|| Self {
            floor: report.value_of("E").unwrap_or(0.0),
            level: report.value_of("A").unwrap_or(f64::NAN),
            slope: report.value_of("alpha").unwrap_or(f64::NAN),
        })
    }

    fn at(self, x: f64) -> f64 {
        self.floor + self.level * x.powf(-self.slope)
    }

    /// The same slope through a point; `None` below the floor.
    fn raised(self, x: f64, loss: f64) -> Option<Self> {
        let level = (loss - self.floor) * x.powf(self.slope);
        (level > 0.0 && level.is_finite()).then_some(Self { level, ..self })
    }

    /// Through the same point at `pivot` and through another; `None` where no falling curve does that.
    fn turned(self, pivot: f64, x: f64, loss: f64) -> Option<Self> {
        let slope = ((self.at(pivot) - self.floor) / (loss - self.floor)).ln() / (x / pivot).ln();
        let sound = slope > 0.0 && slope.is_finite();
        sound.then(|| Self { slope, ..self }.raised(pivot, self.at(pivot)))?
    }

    fn held(self, parameters: &[Parameter]) -> Action {
        let value = |parameter: &Parameter| match &*parameter.name {
            "E" => self.floor,
            "A" => self.level,
            _ => self.slope,
        };
        let held = parameters.iter().map(|p| (p.name.to_string(), value(p)));
        Action::Fit(FitAction::SetHeld(held.collect()))
    }
}

/// Draws the handles of a view and lets them be dragged.
pub(super) fn handles_ui(
    ui: &Ui,
    workspace: &Workspace,
    view: View,
    frame: &Frame,
    local: &mut Local,
    requests: &mut Requests,
) {
    let over = match view {
        View::LossN => Role::Params,
        View::LossD => Role::Tokens,
        View::LossC => Role::Flops,
        _ => return,
    };
    let fit = &workspace.session().fit;
    let Some(report) = workspace
        .derived()
        .report()
        .filter(|report| report.law == fit.config.law)
    else {
        return;
    };
    // Less the floor there is none to be seen.
    if workspace.session().view.reducible || fit.y != "loss" {
        return;
    }
    let parameters = report.law.law().parameters();
    let one = report.law.law().inputs() == Inputs::One;
    let over_x = Role::of_name(&fit.x).or(Role::of_symbol(&fit.x)) == Some(over);
    let floor = parameters.iter().position(|p| p.role == ParameterRole::Floor);
    if let Some(index) = floor.filter(|_| !one || over_x) {
        let value = report.params[index].value;
        let at = pos2(frame.plot.right as f32 - INSIDE, frame.y.place(value) as f32);
        if let Some(loss) = grip_ui(ui, Grip::Floor, at, value, frame, local) {
            let [low, high] = parameters[index].bounds;
            let name = parameters[index].name.to_string();
            let [least, most] = fit.config.bounds_of(&parameters[index]).unwrap_or([low, high]);
            let loss = loss.max(least).min(most);
            requests.act(Action::Fit(FitAction::SetFixed(name, Some(loss.clamp(low, high)))));
        }
    }
    let Some(curve) = Curve::of(report).filter(|_| over_x) else {
        return;
    };
    let x_at = |share: f64| frame.x.value(frame.plot.left + share * frame.plot.width());
    let (pivot, end) = (x_at(LEVEL_AT), x_at(SLOPE_AT));
    for (grip, x) in [(Grip::Level, pivot), (Grip::Slope, end)] {
        let at = pos2(frame.x.place(x) as f32, frame.y.place(curve.at(x)) as f32);
        let Some(loss) = grip_ui(ui, grip, at, curve.at(x), frame, local) else {
            continue;
        };
        let moved = match grip {
            Grip::Slope => curve.turned(pivot, x, loss),
            Grip::Level | Grip::Floor => curve.raised(x, loss),
        };
        if let Some(moved) = moved {
            requests.act(moved.held(parameters));
        }
    }
}

/// One handle; the loss that it was moved to.
fn grip_ui(ui: &Ui, grip: Grip, at: Pos2, value: f64, frame: &Frame, local: &mut Local) -> Option<f64> {
    if !frame.plot.contains([f64::from(at.x), f64::from(at.y)], 0.0) {
        return None;
    }
    let rect = Rect::from_center_size(at, Vec2::splat(2.0 * REACH));
    let response = ui.interact(rect, ui.scope_id().with(grip.name()), Sense::drag());
    response.widget_info(|| WidgetInfo::slider(true, value, grip.name()));
    let held = response.hovered() || response.dragged();
    let lit = held || response.has_focus();
    let accent = theme::token(ui, Token::Accent);
    let ground = theme::token(ui, Token::Background);
    let (radius, fill) = if lit { (RADIUS + 1.0, accent) } else { (RADIUS, ground) };
    ui.painter().circle(at, radius, fill, Stroke::new(1.6, accent));
    if lit {
        // Which way it goes.
        for way in [-1.0, 1.0] {
            let tip = at + vec2(0.0, way * (radius + 7.0));
            for side in [-3.5, 3.5] {
                ui.painter()
                    .line_segment([tip, tip + vec2(side, -way * 3.5)], Stroke::new(1.6, accent));
            }
        }
        local.next_hint = grip.hint();
    }
    if held {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeVertical);
    }
    if response.drag_started() {
        response.request_focus();
    }
    let pulled = response.dragged() && response.drag_delta().y != 0.0;
    let y = match response.interact_pointer_pos().filter(|_| pulled) {
        Some(pointer) => Some(pointer.y),
        None if response.has_focus() => arrow_keys(ui, &response, false).map(|by| at.y - NUDGE * by),
        None => None,
    }?;
    let y = f64::from(y).clamp(frame.plot.top, frame.plot.bottom);
    Some(frame.y.value(y)).filter(|loss| loss.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_through_the_hand() {
        let curve = Curve {
            floor: 1.5,
            level: 400.0,
            slope: 0.12,
        };
        let raised = curve.raised(1e18, 4.0).unwrap();
        assert!((raised.at(1e18) - 4.0).abs() < 1e-12 && raised.slope == curve.slope);
        let turned = curve.turned(1e18, 1e22, 2.0).unwrap();
        assert!((turned.at(1e22) - 2.0).abs() < 1e-9 && (turned.at(1e18) - curve.at(1e18)).abs() < 1e-9);
        // Below the floor, and rising: no such curve.
        assert!(curve.raised(1e18, 1.4).is_none());
        assert!(curve.turned(1e18, 1e22, 1.4).is_none() && curve.turned(1e18, 1e22, 100.0).is_none());
    }
}
