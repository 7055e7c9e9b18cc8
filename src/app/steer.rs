//! Keys that pan and zoom the plot that has the focus: arrows, farther with Shift; + and −; 0 for all of it.

use super::theme;
use crate::figure::Token;
use eframe::egui::{EventFilter, Key, Modifiers, Rect, Response, Stroke, StrokeKind, Ui, Vec2};
use egui_plot::PlotUi;

/// What the status line says of a focused plot.
pub(super) const HINT: &str = "Arrow keys pan, with Shift farther · + and − zoom · 0 shows everything";

/// Share of the view by which an arrow pans, and the factor of a zoom.
const PAN: f64 = 0.05;
const ZOOM: f32 = 1.15;
/// With Shift it goes so many times as far.
const FAR: i32 = 5;

/// What the keys did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steered {
    Not,
    Moved,
    Reset,
}

/// Moves the plot by the keys, where it has the focus.
pub(super) fn steer(plot_ui: &mut PlotUi<'_>) -> Steered {
    let response = plot_ui.response().clone();
    if !response.has_focus() {
        return Steered::Not;
    }
    let ctx = plot_ui.ctx().clone();
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ctx.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let times = |key: Key| {
        ctx.input_mut(|input| {
            let far = i32::from(input.consume_key(Modifiers::SHIFT, key)) * FAR;
            far + i32::from(input.consume_key(Modifiers::NONE, key))
        })
    };
    if times(Key::Num0) + times(Key::Home) > 0 {
        plot_ui.set_auto_bounds(true);
        return Steered::Reset;
    }
    let right = times(Key::ArrowRight) - times(Key::ArrowLeft);
    let up = times(Key::ArrowUp) - times(Key::ArrowDown);
    // On many keyboards + is typed with Shift.
    let nearer = (times(Key::Plus) + times(Key::Equals)).min(1) - times(Key::Minus).min(1);
    let mut steered = Steered::Not;
    if right != 0 || up != 0 {
        let bounds = plot_ui.plot_bounds();
        let by = [right, up].map(f64::from).map(|by| by * PAN);
        let by = Vec2::new((by[0] * bounds.width()) as f32, (by[1] * bounds.height()) as f32);
        plot_ui.translate_bounds(by);
        steered = Steered::Moved;
    }
    if nearer != 0 {
        plot_ui.zoom_bounds(Vec2::splat(ZOOM.powi(nearer)), plot_ui.plot_bounds().center());
        steered = Steered::Moved;
    }
    steered
}

/// Shows which plot the keys go to.
pub(super) fn focus_ring(ui: &Ui, response: &Response, plot: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, theme::token(ui, Token::Accent));
        ui.painter().rect_stroke(plot, 0.0, stroke, StrokeKind::Inside);
    }
}
