//! A [`Figure`] on screen: log axes mapped onto `egui_plot`'s linear ones, our own grid, ticks and labels.
//!
//! `egui_plot` keeps the view and answers pan, zoom and box zoom; everything visible is drawn from the figure by one
//! item, in one pass over its marks, with the transform that is valid in this frame. On a log axis the plot's
//! coordinate is log10 of the value, so that zooming goes by decades.

use super::theme::{self, size};
use crate::figure::{Anchor, Axis, Dash, Datum, Dot, Figure, Mark, RuleAt, Scale, Symbol, Theme, Tick, Token, ticks};
use eframe::egui::{
    Align2, Color32, FontFamily, FontId, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, UiBuilder, Vec2,
    WidgetInfo, Role, epaint, pos2, vec2,
};
use egui_plot::{Plot, PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform};
use std::ops::RangeInclusive;

/// Room for the tick labels and the title of the y axis.
const LEFT: f32 = 62.0;
/// Room for the tick labels and the title of the x axis.
const BOTTOM: f32 = 42.0;
/// Room for the figure's title and subtitle.
const TOP: f32 = 42.0;
const RIGHT: f32 = 14.0;
/// How near the pointer must be to a dot, in points.
const HOVER_RADIUS: f32 = 10.0;
/// Points between tick labels.
const X_SPACING: f32 = 64.0;
const Y_SPACING: f32 = 34.0;

/// What the pointer did on a plot.
pub(super) struct Pointed {
    /// The plot's area, for drags and clicks.
    pub(super) response: Response,
    /// The measurement under the pointer.
    pub(super) datum: Option<Datum>,
    /// Pointer position in data units.
    pub(super) at: Option<[f64; 2]>,
}

/// Draws a figure into all the space there is. `overlay` goes on top of the figure's own marks.
pub(super) fn figure_ui(ui: &mut Ui, id: &str, figure: &Figure, overlay: &[Mark], active: Option<Datum>) -> Pointed {
    let outer = ui.available_rect_before_wrap();
    ui.allocate_rect(outer, Sense::hover());
    let frame = Rect::from_min_max(outer.min + vec2(LEFT, TOP), outer.max - vec2(RIGHT, BOTTOM));
    let theme = theme::current(ui.ctx());
    titles(ui.painter(), figure, outer, frame, theme);
    if let Some(text) = &figure.empty {
        return empty_ui(ui, text, frame, theme);
    }

    let axes = Axes { x: figure.x.clone(), y: figure.y.clone() };
    let bounds = axes.default_bounds(figure, frame.size());
    // A view of other scales or another law must not inherit this one's pan and zoom.
    let mut plot = Plot::new((id, figure.x.scale, figure.y.scale, figure.x.label.as_str(), figure.y.label.as_str()))
        .show_axes(false)
        .show_grid(false)
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .allow_axis_zoom_drag(false)
        .default_x_bounds(bounds.min()[0], bounds.max()[0])
        .default_y_bounds(bounds.min()[1], bounds.max()[1])
        .width(frame.width())
        .height(frame.height());
    if figure.equal_decades {
        plot = plot.data_aspect(1.0);
    }
    let item = FigureItem {
        base: PlotItemBase::new(id.to_owned()),
        marks: figure.marks.iter().chain(overlay).collect(),
        axes: axes.clone(),
        theme,
        active,
    };
    let mut child = ui.new_child(UiBuilder::new().max_rect(frame));
    let shown = plot.show(&mut child, |plot_ui| {
        let scroll = plot_ui.ctx().input(|input| input.smooth_scroll_delta.y);
        if scroll != 0.0 && plot_ui.response().contains_pointer() {
            plot_ui.zoom_bounds_around_hovered(Vec2::splat((scroll / 240.0).exp()));
        }
        // The item borrows the figure; egui_plot keeps it only for this call.
        plot_ui.add(item);
    });
    let transform = shown.transform;
    axes.draw_labels(ui.painter(), &transform, theme);
    rule_labels(ui.painter(), figure, &axes, &transform, theme);

    let response = shown.response;
    let summary = format!("{}. {}", figure.title, figure.subtitle);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    let pointer = response.hover_pos();
    let datum = pointer.and_then(|pointer| nearest(figure, &axes, &transform, pointer));
    let at = pointer.map(|pointer| {
        let value = transform.value_from_position(pointer);
        [from_plot(&axes.x, value.x), from_plot(&axes.y, value.y)]
    });
    Pointed { response, datum, at }
}

fn empty_ui(ui: &mut Ui, text: &str, frame: Rect, theme: Theme) -> Pointed {
    let muted = theme::color(theme.token(Token::TextMuted));
    let galley = ui.painter().layout(text.to_owned(), font(size::BODY), muted, frame.width().min(360.0));
    ui.painter().galley(frame.center() - galley.size() / 2.0, galley, muted);
    let response = ui.interact(frame, ui.scope_id().with("empty"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    Pointed { response, datum: None, at: None }
}

fn font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

fn titles(painter: &Painter, figure: &Figure, outer: Rect, frame: Rect, theme: Theme) {
    let text = theme::color(theme.token(Token::Text));
    let muted = theme::color(theme.token(Token::TextMuted));
    let painter = painter.with_clip_rect(outer);
    let line = |text: &str, font: FontId, color: Color32, top: f32| {
        let mut job = epaint::text::LayoutJob::single_section(text.to_owned(), epaint::text::TextFormat::simple(font, color));
        job.wrap = epaint::text::TextWrapping::truncate_at_width(frame.width());
        painter.galley(pos2(frame.left(), top), painter.layout_job(job), color);
    };
    line(&figure.title, theme::bold(size::TITLE), text, outer.top() + 2.0);
    line(&figure.subtitle, font(size::SMALL), muted, outer.top() + 21.0);
}

#[derive(Clone)]
struct Axes {
    x: Axis,
    y: Axis,
}

fn to_plot(axis: &Axis, value: f64) -> f64 {
    match axis.scale {
        Scale::Linear => value,
        Scale::Log => value.max(f64::MIN_POSITIVE).log10(),
    }
}

fn from_plot(axis: &Axis, coordinate: f64) -> f64 {
    match axis.scale {
        Scale::Linear => coordinate,
        Scale::Log => 10f64.powf(coordinate),
    }
}

impl Axes {
    /// The figure's own ranges; with equal decades, the axis that has room to spare is widened about its middle.
    fn default_bounds(&self, figure: &Figure, size: Vec2) -> PlotBounds {
        let range = |axis: &Axis| (to_plot(axis, axis.range.0), to_plot(axis, axis.range.1));
        let (mut x, mut y) = (range(&self.x), range(&self.y));
        if figure.equal_decades {
            let per_point = ((x.1 - x.0) / f64::from(size.x)).max((y.1 - y.0) / f64::from(size.y));
            let widen = |(low, high): (f64, f64), length: f32| {
                let (middle, half) = ((low + high) / 2.0, per_point * f64::from(length) / 2.0);
                (middle - half, middle + half)
            };
            (x, y) = (widen(x, size.x), widen(y, size.y));
        }
        PlotBounds::from_min_max([x.0, y.0], [x.1, y.1])
    }

    fn position(&self, transform: &PlotTransform, at: [f64; 2]) -> Pos2 {
        pos2(
            transform.position_from_point_x(to_plot(&self.x, at[0])),
            transform.position_from_point_y(to_plot(&self.y, at[1])),
        )
    }

    fn ticks(&self, transform: &PlotTransform) -> (Vec<Tick>, Vec<Tick>) {
        let (bounds, frame) = (transform.bounds(), transform.frame());
        let range = |axis: &Axis, i: usize| (from_plot(axis, bounds.min()[i]), from_plot(axis, bounds.max()[i]));
        (
            ticks(&self.x, range(&self.x, 0), frame.width(), X_SPACING),
            ticks(&self.y, range(&self.y, 1), frame.height(), Y_SPACING),
        )
    }

    fn grid(&self, transform: &PlotTransform, theme: Theme, shapes: &mut Vec<Shape>) {
        let frame = *transform.frame();
        let stroke = |tick: &Tick| {
            let token = if tick.major { Token::Grid } else { Token::GridMinor };
            Stroke::new(1.0, theme::color(theme.token(token)))
        };
        let (x_ticks, y_ticks) = self.ticks(transform);
        for tick in &x_ticks {
            let x = transform.position_from_point_x(to_plot(&self.x, tick.value)).round() + 0.5;
            shapes.push(Shape::line_segment([pos2(x, frame.top()), pos2(x, frame.bottom())], stroke(tick)));
        }
        for tick in &y_ticks {
            let y = transform.position_from_point_y(to_plot(&self.y, tick.value)).round() + 0.5;
            shapes.push(Shape::line_segment([pos2(frame.left(), y), pos2(frame.right(), y)], stroke(tick)));
        }
    }

    fn draw_labels(&self, painter: &Painter, transform: &PlotTransform, theme: Theme) {
        let frame = *transform.frame();
        let muted = theme::color(theme.token(Token::TextMuted));
        let hairline = Stroke::new(1.0, theme::color(theme.token(Token::Hairline)));
        painter.hline(frame.x_range(), frame.bottom(), hairline);
        let (x_ticks, y_ticks) = self.ticks(transform);
        for (tick, label) in x_ticks.iter().filter_map(|tick| tick.label.as_ref().map(|label| (tick, label))) {
            let x = transform.position_from_point_x(to_plot(&self.x, tick.value));
            painter.text(pos2(x, frame.bottom() + 4.0), Align2::CENTER_TOP, label, font(size::SMALL), muted);
        }
        for (tick, label) in y_ticks.iter().filter_map(|tick| tick.label.as_ref().map(|label| (tick, label))) {
            let y = transform.position_from_point_y(to_plot(&self.y, tick.value));
            painter.text(pos2(frame.left() - 6.0, y), Align2::RIGHT_CENTER, label, font(size::SMALL), muted);
        }
        painter.text(
            pos2(frame.center().x, frame.bottom() + 22.0),
            Align2::CENTER_TOP,
            &self.x.label,
            font(size::SMALL),
            muted,
        );
        let galley = painter.layout_no_wrap(self.y.label.clone(), font(size::SMALL), muted);
        let pos = pos2(frame.left() - LEFT + 2.0, frame.center().y + galley.size().x / 2.0);
        painter.add(epaint::TextShape::new(pos, galley, muted).with_angle(-std::f32::consts::FRAC_PI_2));
    }
}

/// Rules are named at the top of the plot, where no data are.
fn rule_labels(painter: &Painter, figure: &Figure, axes: &Axes, transform: &PlotTransform, theme: Theme) {
    let frame = *transform.frame();
    for mark in &figure.marks {
        let Mark::Rule { at, label, .. } = mark else { continue };
        let color = theme::color(theme.token(Token::TextMuted));
        let (pos, anchor) = match at {
            RuleAt::X(x) => (pos2(axes.position(transform, [*x, 1.0]).x + 4.0, frame.top() + 2.0), Align2::LEFT_TOP),
            RuleAt::Y(y) => {
                (pos2(frame.right() - 4.0, axes.position(transform, [1.0, *y]).y - 2.0), Align2::RIGHT_BOTTOM)
            }
        };
        if frame.contains(pos) {
            painter.text(pos, anchor, label, font(size::SMALL), color);
        }
    }
}

fn nearest(figure: &Figure, axes: &Axes, transform: &PlotTransform, pointer: Pos2) -> Option<Datum> {
    let dots = figure.marks.iter().filter_map(|mark| match mark {
        Mark::Dots { dots, .. } => Some(dots),
        _ => None,
    });
    dots.flatten()
        .filter_map(|dot| Some((dot.datum?, axes.position(transform, dot.at).distance_sq(pointer))))
        .filter(|(_, distance)| *distance <= HOVER_RADIUS * HOVER_RADIUS)
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(datum, _)| datum)
}

/// The whole figure as one plot item; it reports no bounds, so it never moves the view.
struct FigureItem<'a> {
    base: PlotItemBase,
    marks: Vec<&'a Mark>,
    axes: Axes,
    theme: Theme,
    active: Option<Datum>,
}

impl PlotItem for FigureItem<'_> {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        self.axes.grid(transform, self.theme, shapes);
        let mut labels = Labels::new(*transform.frame());
        for mark in &self.marks {
            self.mark(mark, ui, transform, shapes);
        }
        let mut texts: Vec<&&Mark> = self.marks.iter().filter(|mark| matches!(mark, Mark::Label { .. })).collect();
        texts.sort_by_key(|mark| match mark {
            Mark::Label { importance, .. } => std::cmp::Reverse(*importance),
            _ => std::cmp::Reverse(0),
        });
        for mark in texts {
            labels.place(mark, self, ui, transform, shapes);
        }
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        Color32::TRANSPARENT
    }

    fn allow_hover(&self) -> bool {
        false
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

impl FigureItem<'_> {
    fn mark(&self, mark: &Mark, _ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let color = |paint| theme::paint(self.theme, paint);
        let frame = *transform.frame();
        match mark {
            Mark::Line { points, paint, width, dash, .. } => {
                let path = points.iter().map(|at| self.axes.position(transform, *at)).collect();
                line(path, Stroke::new(*width, color(*paint)), *dash, frame, shapes);
            }
            Mark::Band { edges, paint, opacity, .. } => {
                let fill = color(*paint).gamma_multiply(*opacity);
                let mut mesh = epaint::Mesh::default();
                for (index, [x, low, high]) in edges.iter().enumerate() {
                    mesh.colored_vertex(self.axes.position(transform, [*x, *low]), fill);
                    mesh.colored_vertex(self.axes.position(transform, [*x, *high]), fill);
                    if index > 0 {
                        let first = 2 * index as u32;
                        mesh.add_triangle(first - 2, first - 1, first);
                        mesh.add_triangle(first - 1, first, first + 1);
                    }
                }
                shapes.push(Shape::mesh(mesh));
            }
            Mark::Rule { at, paint, .. } => {
                let stroke = Stroke::new(1.0, color(*paint));
                let ends = match at {
                    RuleAt::X(x) => {
                        let x = self.axes.position(transform, [*x, 1.0]).x;
                        [pos2(x, frame.top()), pos2(x, frame.bottom())]
                    }
                    RuleAt::Y(y) => {
                        let y = self.axes.position(transform, [1.0, *y]).y;
                        [pos2(frame.left(), y), pos2(frame.right(), y)]
                    }
                };
                shapes.push(Shape::line_segment(ends, stroke));
            }
            Mark::Dots { dots, symbol, radius, .. } => {
                let mut lifted = None;
                for dot in dots {
                    let at = self.axes.position(transform, dot.at);
                    if !frame.expand(*radius).contains(at) {
                        continue;
                    }
                    if dot.datum.is_some() && dot.datum == self.active {
                        lifted = Some((at, dot));
                    }
                    self.dot(at, dot, *symbol, *radius, shapes);
                }
                if let Some((at, dot)) = lifted {
                    let casing = theme::color(self.theme.token(Token::Text));
                    shapes.push(Shape::circle_stroke(at, radius + 3.0, Stroke::new(2.0, casing)));
                    self.dot(at, dot, *symbol, radius + 1.0, shapes);
                }
            }
            Mark::Label { .. } => {}
        }
    }

    fn dot(&self, at: Pos2, dot: &Dot, symbol: Symbol, radius: f32, shapes: &mut Vec<Shape>) {
        let color = theme::paint(self.theme, dot.paint);
        let ground = theme::color(self.theme.token(Token::Background));
        let outline = Stroke::new(1.0, ground);
        let (fill, stroke) =
            if dot.hollow { (Color32::TRANSPARENT, Stroke::new(1.2, color)) } else { (color, outline) };
        match symbol {
            Symbol::Circle => {
                shapes.push(Shape::Circle(epaint::CircleShape { center: at, radius, fill, stroke }));
            }
            Symbol::Diamond => {
                let corners = [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)];
                let corners = corners.iter().map(|(x, y)| at + vec2(*x, *y) * radius * 1.25).collect();
                let text = theme::color(self.theme.token(Token::Text));
                shapes.push(Shape::convex_polygon(corners, fill, Stroke::new(1.2, text)));
            }
            Symbol::Star => star(at, radius, color, ground, shapes),
        }
    }
}

/// A five-pointed star with a casing. Not convex, so it is drawn as a fan about its centre.
fn star(at: Pos2, radius: f32, fill: Color32, casing: Color32, shapes: &mut Vec<Shape>) {
    let corners = |radius: f32| -> Vec<Pos2> {
        (0..10)
            .map(|corner| {
                let angle = std::f32::consts::TAU * (corner as f32 / 10.0 - 0.25);
                let reach = if corner % 2 == 0 { radius } else { radius * 0.42 };
                at + vec2(angle.cos(), angle.sin()) * reach
            })
            .collect()
    };
    let fan = |corners: Vec<Pos2>, color: Color32| {
        let mut mesh = epaint::Mesh::default();
        mesh.colored_vertex(at, color);
        for corner in &corners {
            mesh.colored_vertex(*corner, color);
        }
        for corner in 0..10u32 {
            mesh.add_triangle(0, 1 + corner, 1 + (corner + 1) % 10);
        }
        Shape::mesh(mesh)
    };
    let outline = corners(radius);
    shapes.push(Shape::closed_line(corners(radius + 1.0), Stroke::new(2.5, casing)));
    shapes.push(fan(outline.clone(), fill));
    // The mesh has no soft edge of its own; a line of its colour gives it one.
    shapes.push(Shape::closed_line(outline, Stroke::new(1.0, fill)));
}

fn line(path: Vec<Pos2>, stroke: Stroke, dash: Dash, frame: Rect, shapes: &mut Vec<Shape>) {
    // Points far outside the plot cost dashes without end and break the tessellator's precision.
    let near = frame.expand(frame.width().max(frame.height()));
    let mut pieces: Vec<Vec<Pos2>> = vec![vec![]];
    for pair in path.windows(2) {
        if !near.intersects(Rect::from_two_pos(pair[0], pair[1])) || !pair.iter().all(|p| p.x.is_finite() && p.y.is_finite()) {
            pieces.push(vec![]);
            continue;
        }
        let last = pieces.last_mut().expect("there is always a last piece");
        if last.is_empty() {
            last.push(pair[0].clamp(near.min, near.max));
        }
        last.push(pair[1].clamp(near.min, near.max));
    }
    for piece in pieces.into_iter().filter(|piece| piece.len() > 1) {
        match dash {
            Dash::Solid => shapes.push(Shape::line(piece, stroke)),
            Dash::Dashed => shapes.extend(Shape::dashed_line(&piece, stroke, 7.0, 5.0)),
            Dash::Dotted => shapes.extend(Shape::dashed_line(&piece, stroke, 1.5, 3.5)),
        }
    }
}

/// Places labels inside the plot so that no two overlap; the more important come first and the others give way.
struct Labels {
    frame: Rect,
    taken: Vec<Rect>,
}

impl Labels {
    fn new(frame: Rect) -> Self {
        Self { frame, taken: vec![] }
    }

    fn place(&mut self, mark: &Mark, item: &FigureItem<'_>, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let Mark::Label { at, text, paint, anchor, along, .. } = mark else { return };
        let color = theme::paint(item.theme, *paint);
        let galley = ui.painter().layout_no_wrap(text.clone(), font(size::SMALL), color);
        let extent = galley.size();
        let point = item.axes.position(transform, *at);
        if !self.frame.expand(1.0).contains(point) {
            return;
        }
        let angle = along.map_or(0.0, |towards| {
            let direction = item.axes.position(transform, towards) - point;
            // Text is never upside down.
            let direction = if direction.x < 0.0 { -direction } else { direction };
            direction.angle()
        });
        let across = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -extent.x / 2.0,
            Anchor::End => -extent.x,
        };
        let rotation = epaint::emath::Rot2::from_angle(angle);
        let lift = if along.is_some() { -extent.y - 1.0 } else { -extent.y / 2.0 };
        let mut pos = point + rotation * vec2(across, lift);
        let bounds = Rect::from_min_size(Pos2::ZERO, extent).rotate_bb(rotation).translate(pos.to_vec2());
        let inside = self.frame.shrink(2.0);
        if bounds.width() > inside.width() || bounds.height() > inside.height() {
            return;
        }
        let shift = vec2(
            (inside.left() - bounds.left()).max(0.0) + (inside.right() - bounds.right()).min(0.0),
            (inside.top() - bounds.top()).max(0.0) + (inside.bottom() - bounds.bottom()).min(0.0),
        );
        // A label along a line that would have to leave the line says nothing of it any more.
        if along.is_some() && shift.length() > extent.y * 2.0 {
            return;
        }
        pos += shift;
        let bounds = bounds.translate(shift);
        if self.taken.iter().any(|taken| taken.intersects(bounds)) {
            return;
        }
        self.taken.push(bounds);
        let ground = theme::color(item.theme.token(Token::Background));
        for (x, y) in [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)] {
            let halo = epaint::TextShape::new(pos + vec2(x, y) * 1.2, galley.clone(), ground);
            shapes.push(halo.with_override_text_color(ground).with_angle(angle).into());
        }
        shapes.push(epaint::TextShape::new(pos, galley, color).with_angle(angle).into());
    }
}
