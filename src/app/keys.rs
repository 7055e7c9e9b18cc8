//! What colours and symbols mean: the colour bar beside a plot, the legend on the subtitle's line.

use super::highlight::Lit;
use super::text::rich;
use super::theme::{self, Look, size};
use crate::figure::{
    Axis, AxisMap, ColourBar, Dash, FontWeight, LegendEntry, LegendKey, Paint, Symbol, TickFormat, Token, ticks,
};
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, epaint, pos2, vec2};

/// Width of the bar with its ticks and title.
pub(super) const BAR_WIDTH: f32 = 74.0;

/// Draws a colour bar to the right of a plot and of what stands `beside` it.
/// Where the spotlight is on a colour of it, that is marked.
pub(super) fn colour_bar(
    painter: &Painter,
    bar: &ColourBar,
    plot: Rect,
    beside: f32,
    theme: Look,
    spot: Option<Paint>,
) {
    let muted = theme::color(theme.token(Token::TextMuted));
    let rect = Rect::from_min_max(
        pos2(plot.right() + beside + 12.0, plot.top()),
        pos2(plot.right() + beside + 22.0, plot.bottom()),
    );
    let steps = 64u32;
    let mut mesh = epaint::Mesh::default();
    for step in 0..=steps {
        let share = f64::from(step) / f64::from(steps);
        let y = rect.bottom() - rect.height() * share as f32;
        let color = theme::color(theme.ramp(share));
        mesh.colored_vertex(pos2(rect.left(), y), color);
        mesh.colored_vertex(pos2(rect.right(), y), color);
        if step > 0 {
            let first = 2 * step;
            mesh.add_triangle(first - 2, first - 1, first);
            mesh.add_triangle(first - 1, first, first + 1);
        }
    }
    painter.add(Shape::mesh(mesh));
    if let Some(Paint::Ramp(share)) = spot {
        let y = rect.bottom() - rect.height() * share.clamp(0.0, 1.0) as f32;
        let ends = [pos2(rect.left() - 4.0, y), pos2(rect.right() + 4.0, y)];
        painter.line_segment(ends, Stroke::new(2.0, theme::color(theme.token(Token::Text))));
    }
    // A bar may run downwards; ticks want rising ranges.
    let range = (bar.range.0.min(bar.range.1), bar.range.0.max(bar.range.1));
    let axis = Axis {
        label: String::new(),
        scale: bar.scale,
        format: bar.format,
        range,
        second: None,
    };
    let map = AxisMap::new(bar.scale, bar.range, f64::from(rect.bottom()), f64::from(rect.top()));
    for tick in ticks(&axis, range, rect.height(), 36.0) {
        let Some(label) = tick.label else { continue };
        let at = pos2(rect.right() + 5.0, map.place(tick.value) as f32);
        painter.text(at, Align2::LEFT_CENTER, label, FontId::proportional(size::SMALL), muted);
    }
    let galley = painter.layout_job(rich(&bar.label, size::SMALL, FontWeight::Regular, muted));
    let room = if bar.format == TickFormat::Count { 38.0 } else { 32.0 };
    let at = pos2(
        rect.right() + room + galley.size().y,
        rect.center().y - galley.size().x / 2.0,
    );
    painter.add(epaint::TextShape::new(at, galley, muted).with_angle(std::f32::consts::FRAC_PI_2));
}

/// Draws a legend that ends at `right`, as far as it stays right of `left`; gives the place of each row that it drew, the last first.
pub(super) fn legend(
    painter: &Painter,
    entries: &[LegendEntry],
    right: Pos2,
    left: f32,
    theme: Look,
    lit: Lit<'_>,
) -> Vec<Rect> {
    let muted = theme::color(theme.token(Token::TextMuted));
    let mut at = right;
    let mut places = vec![];
    for entry in entries.iter().rev() {
        let galley = painter.layout_job(rich(&entry.text, size::SMALL, FontWeight::Regular, muted));
        let start = at.x - galley.size().x - 20.0;
        if start < left {
            break;
        }
        // A row on the ramp stands for all of it, and all of it does not fade.
        let stays = matches!((entry.paint, lit.spot), (Paint::Ramp(_), Some(Paint::Ramp(_))));
        let shade = |color: Color32| if stays { color } else { lit.shade(entry.paint, color) };
        let half = galley.size().y / 2.0;
        places.push(Rect::from_min_max(
            pos2(start - 4.0, at.y - half),
            pos2(at.x + 4.0, at.y + half),
        ));
        let galley_at = pos2(start + 16.0, at.y - half);
        painter.galley_with_override_text_color(galley_at, galley, shade(muted));
        let color = shade(theme::color(theme.paint(entry.paint)));
        key(painter, entry.key, pos2(start + 6.0, at.y), color, theme);
        at.x = start - 10.0;
    }
    places
}

fn key(painter: &Painter, key: LegendKey, at: Pos2, color: Color32, theme: Look) {
    let stroke = Stroke::new(1.5, color);
    match key {
        LegendKey::Line(dash) => {
            let ends = [at - vec2(8.0, 0.0), at + vec2(6.0, 0.0)];
            match dash {
                Dash::Solid => {
                    painter.line_segment(ends, stroke);
                }
                Dash::Dashed => painter.extend(Shape::dashed_line(&ends, stroke, 5.0, 3.0)),
                Dash::Dotted => painter.extend(Shape::dashed_line(&ends, stroke, 1.5, 3.0)),
            }
        }
        LegendKey::Symbol(Symbol::Circle, true) => {
            painter.circle_stroke(at, 3.5, stroke);
        }
        LegendKey::Symbol(Symbol::Diamond, _) => {
            let corners = [(0.0, -4.5), (4.5, 0.0), (0.0, 4.5), (-4.5, 0.0)].map(|(x, y)| at + vec2(x, y));
            let outline = Stroke::new(1.0, theme::color(theme.token(Token::Text)));
            painter.add(Shape::convex_polygon(corners.to_vec(), color, outline));
        }
        LegendKey::Symbol(Symbol::Cross, _) => {
            painter.line_segment([at - vec2(3.5, 3.5), at + vec2(3.5, 3.5)], stroke);
            painter.line_segment([at - vec2(3.5, -3.5), at + vec2(3.5, -3.5)], stroke);
        }
        LegendKey::Symbol(Symbol::Tick, _) => {
            painter.line_segment([at - vec2(0.0, 4.5), at + vec2(0.0, 4.5)], stroke);
        }
        LegendKey::Symbol(..) => {
            painter.circle_filled(at, 3.5, color);
        }
    }
}
