//! Marks of a figure as shapes of the window.

use super::highlight::Lit;
use super::text::rich;
use super::theme::{self, Look, size};
use crate::figure::{
    CLOUD, Curve, Dash, Dot, Dots, Figure, Frame, Mark, Paint, RuleAt, Symbol, Tick, Token, hatched, place_labels,
    thinned_curves, ticks,
};
use eframe::egui::{Color32, Pos2, Rect, Shape, Stroke, Ui, epaint, pos2, vec2};

/// Of a cloud, at most so many dots are drawn, in cells of at least so many points.
const CLOUD_DOTS: usize = 5000;
const CLOUD_CELL: f64 = 1.5;
/// Of the ringed dots of a cloud, at most so many are drawn.
const RINGS: usize = 2000;
/// Points of all the curves of a figure together: some two milliseconds of a frame of eight.
const CURVE_POINTS: usize = 40_000;
/// Columns that curves are thinned to, in points: the pixels of most screens.
const CURVE_COLUMN: f64 = 1.0;
/// The thinnest line, in points, while a room looks on: three pixels of 1080 rows.
pub(super) const ROOM_LINE: f32 = 1.2;
/// Points between tick labels.
pub(super) const X_SPACING: f32 = 60.0;
pub(super) const Y_SPACING: f32 = 32.0;

/// A figure being painted.
pub(super) struct Painting<'a> {
    pub(super) ui: &'a Ui,
    pub(super) frame: Frame,
    pub(super) theme: Look,
    /// Lifted out of their series, or ringed; what fades beside a spotlight.
    pub(super) lit: Lit<'a>,
    pub(super) shapes: &'a mut Vec<Shape>,
    /// Only what fades is drawn now, or only what does not.
    pub(super) faded: bool,
}

impl Painting<'_> {
    /// Ticks of both axes as far as they are in view.
    pub(super) fn ticks(figure: &Figure, frame: &Frame) -> (Vec<Tick>, Vec<Tick>) {
        (
            ticks(&figure.x, frame.x.range(), frame.plot.width() as f32, X_SPACING),
            ticks(&figure.y, frame.y.range(), frame.plot.height() as f32, Y_SPACING),
        )
    }

    /// Grid, marks, then labels over both.
    pub(super) fn figure(&mut self, figure: &Figure) {
        self.grid(figure);
        // What stands in the spotlight comes last, so that nothing lies over it.
        for faded in [true, false] {
            self.faded = faded;
            if !faded || self.lit.spot.is_some() {
                figure.marks.iter().for_each(|mark| self.mark(mark));
            }
        }
        self.labels(&figure.marks);
    }

    fn color(&self, paint: Paint) -> Color32 {
        self.lit.shade(paint, theme::color(self.theme.paint(paint)))
    }

    /// Whether a paint's turn has come.
    fn turn(&self, paint: Paint) -> bool {
        self.lit.fades(paint) == self.faded
    }

    /// A line of a paint; no thinner than a room can see.
    fn stroke(&self, width: f32, paint: Paint) -> Stroke {
        let least = if self.lit.room { ROOM_LINE } else { 0.0 };
        Stroke::new(width.max(least), self.color(paint))
    }

    fn token(&self, token: Token) -> Color32 {
        theme::color(self.theme.token(token))
    }

    fn place(&self, at: [f64; 2]) -> Option<Pos2> {
        self.frame.place(at).map(|[x, y]| pos2(x as f32, y as f32))
    }

    fn rect(&self) -> Rect {
        let plot = self.frame.plot;
        Rect::from_min_max(
            pos2(plot.left as f32, plot.top as f32),
            pos2(plot.right as f32, plot.bottom as f32),
        )
    }

    fn grid(&mut self, figure: &Figure) {
        let rect = self.rect();
        let (x_ticks, y_ticks) = Self::ticks(figure, &self.frame);
        // Major lines last, so that no minor one crosses them.
        for major in [false, true] {
            let stroke = Stroke::new(1.0, self.token(if major { Token::Grid } else { Token::GridMinor }));
            for tick in x_ticks.iter().filter(|tick| tick.major == major) {
                let x = (self.frame.x.place(tick.value) as f32).round() + 0.5;
                self.shapes.push(Shape::line_segment(
                    [pos2(x, rect.top()), pos2(x, rect.bottom())],
                    stroke,
                ));
            }
            for tick in y_ticks.iter().filter(|tick| tick.major == major) {
                let y = (self.frame.y.place(tick.value) as f32).round() + 0.5;
                self.shapes.push(Shape::line_segment(
                    [pos2(rect.left(), y), pos2(rect.right(), y)],
                    stroke,
                ));
            }
        }
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Line {
                points,
                paint,
                width,
                dash,
                ..
            } if self.turn(*paint) => self.line(points, self.stroke(*width, *paint), *dash),
            Mark::Hatch { points, paint, .. } if self.turn(*paint) => self.hatch(points, self.stroke(1.0, *paint)),
            Mark::Curves { curves, .. } => self.curves(curves),
            Mark::Band {
                edges, paint, opacity, ..
            } if self.turn(*paint) => self.band(edges, self.color(*paint).gamma_multiply(*opacity)),
            Mark::Rule { at, paint, .. } if self.turn(*paint) => self.rule(*at, self.stroke(1.0, *paint)),
            Mark::Dots {
                dots, symbol, radius, ..
            } => self.dots(dots, *symbol, *radius),
            // Labels come last; and what fades has its turn, what does not another.
            _ => {}
        }
    }

    fn line(&mut self, points: &[[f64; 2]], stroke: Stroke, dash: Dash) {
        for piece in self.frame.clip(points) {
            let path: Vec<Pos2> = piece.iter().map(|[x, y]| pos2(*x as f32, *y as f32)).collect();
            match dash {
                Dash::Solid => self.shapes.push(Shape::line(path, stroke)),
                Dash::Dashed => self.shapes.extend(Shape::dashed_line(&path, stroke, 7.0, 5.0)),
                Dash::Dotted => self.shapes.extend(Shape::dashed_line(&path, stroke, 1.5, 3.5)),
            }
        }
    }

    fn hatch(&mut self, points: &[[f64; 2]], stroke: Stroke) {
        let strokes = hatched(points, &self.frame, 1.0);
        let ends = |stroke: [[f64; 2]; 2]| stroke.map(|[x, y]| pos2(x as f32, y as f32));
        self.shapes
            .extend(strokes.into_iter().map(|of| Shape::line_segment(ends(of), stroke)));
    }

    /// The curve of the measurement under the pointer comes last, whole and wide.
    fn curves(&mut self, curves: &[Curve]) {
        let frame = self.frame;
        let mut lifted = vec![];
        thinned_curves(curves, &frame, CURVE_COLUMN, CURVE_POINTS, |curve, pieces| {
            if !self.turn(curve.paint) {
                return;
            }
            let color = self.color(curve.paint);
            let width = self.stroke(curve.width, curve.paint).width;
            let active = curve.end.is_some() && curve.end == self.lit.active;
            for piece in pieces {
                let path: Vec<Pos2> = piece.iter().map(|[x, y]| pos2(*x as f32, *y as f32)).collect();
                if active {
                    lifted.push(Shape::line(path, Stroke::new(2.0 * width, color)));
                } else {
                    let opacity = if self.lit.spot.is_some() && !self.faded {
                        1.0
                    } else {
                        curve.opacity
                    };
                    let stroke = Stroke::new(width, color.gamma_multiply(opacity));
                    self.shapes.push(Shape::line(path, stroke));
                }
            }
        });
        self.shapes.append(&mut lifted);
    }

    fn band(&mut self, edges: &[[f64; 3]], fill: Color32) {
        let mut mesh = epaint::Mesh::default();
        let mut before = false;
        for [x, low, high] in edges {
            let (Some(low), Some(high)) = (self.place([*x, *low]), self.place([*x, *high])) else {
                before = false;
                continue;
            };
            let first = mesh.vertices.len() as u32;
            mesh.colored_vertex(low, fill);
            mesh.colored_vertex(high, fill);
            if before {
                mesh.add_triangle(first - 2, first - 1, first);
                mesh.add_triangle(first - 1, first, first + 1);
            }
            before = true;
        }
        self.shapes.push(Shape::mesh(mesh));
    }

    fn rule(&mut self, at: RuleAt, stroke: Stroke) {
        let rect = self.rect();
        let ends = match at {
            RuleAt::X(x) => {
                let x = self.frame.x.place(x) as f32;
                [pos2(x, rect.top()), pos2(x, rect.bottom())]
            }
            RuleAt::Y(y) => {
                let y = self.frame.y.place(y) as f32;
                [pos2(rect.left(), y), pos2(rect.right(), y)]
            }
        };
        if ends.iter().all(|end| end.x.is_finite() && end.y.is_finite()) {
            self.shapes.push(Shape::line_segment(ends, stroke));
        }
    }

    fn dots(&mut self, dots: &Dots, symbol: Symbol, radius: f32) {
        let mut lifted = None;
        let cloud = dots.len() > CLOUD;
        for index in dots.seen(&self.frame, f64::from(radius), CLOUD_CELL, CLOUD_DOTS) {
            let dot = &dots[index];
            let Some(at) = self.place(dot.at).filter(|_| self.turn(dot.paint)) else {
                continue;
            };
            if dot.datum.is_some() && dot.datum == self.lit.active {
                lifted = Some((at, *dot));
            }
            if cloud && symbol == Symbol::Circle {
                // Outlines would cost ten times as much, and in a cloud nobody sees them.
                let color = self
                    .color(dot.paint)
                    .gamma_multiply(if dot.hollow { 0.35 } else { 1.0 });
                self.shapes.push(Shape::circle_filled(at, radius, color));
            } else {
                self.dot(at, dot, symbol, radius);
                if let Some(token) = dot.datum.and_then(|datum| self.lit.ring(datum)) {
                    self.ring(at, radius, token);
                }
            }
        }
        if cloud && !self.faded {
            self.ringed_of_a_cloud(dots, symbol, radius);
            if let Some(dot) = self.lit.active.and_then(|active| dots.of_datum(active)) {
                lifted = self.place(dot.at).map(|at| (at, *dot));
            }
        }
        if let Some((at, dot)) = lifted {
            let casing = self.token(Token::Text);
            self.shapes
                .push(Shape::circle_stroke(at, radius + 3.0, Stroke::new(2.0, casing)));
            self.dot(at, &dot, symbol, radius + 1.0);
        }
    }

    /// Those that are pointed out may be among the ones that share a cell with another. Of very many, dots of an even share
    /// are drawn.
    fn ringed_of_a_cloud(&mut self, dots: &Dots, symbol: Symbol, radius: f32) {
        for (list, token) in [(self.lit.found, Token::Warning), (self.lit.selected, Token::Accent)] {
            let step = list.len().div_ceil(RINGS).max(1);
            for dot in list.iter().step_by(step).filter_map(|datum| dots.of_datum(*datum)) {
                if let Some(at) = self.place(dot.at) {
                    self.dot(at, dot, symbol, radius);
                    self.ring(at, radius, token);
                }
            }
        }
    }

    fn ring(&mut self, at: Pos2, radius: f32, token: Token) {
        let ring = Stroke::new(1.8, self.token(token));
        self.shapes.push(Shape::circle_stroke(at, radius + 3.0, ring));
    }

    fn dot(&mut self, at: Pos2, dot: &Dot, symbol: Symbol, radius: f32) {
        let color = self.color(dot.paint);
        let ground = self.lit.shade(dot.paint, self.token(Token::Background));
        let (fill, stroke) = match dot.hollow {
            true => (Color32::TRANSPARENT, Stroke::new(1.3, color)),
            false => (color, Stroke::new(1.0, ground)),
        };
        match symbol {
            Symbol::Circle => self.shapes.push(Shape::Circle(epaint::CircleShape {
                center: at,
                radius,
                fill,
                stroke,
            })),
            Symbol::Diamond => {
                let corners = [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)];
                let corners = corners.iter().map(|(x, y)| at + vec2(*x, *y) * radius * 1.25).collect();
                let outline = Stroke::new(1.2, self.lit.shade(dot.paint, self.token(Token::Text)));
                self.shapes.push(Shape::convex_polygon(corners, fill, outline));
            }
            Symbol::Star if dot.hollow => self.star(at, radius, ground, color),
            Symbol::Star => self.star(at, radius, color, color),
            Symbol::Cross => {
                let reach = vec2(radius, radius);
                let turned = vec2(radius, -radius);
                for reach in [reach, turned] {
                    let ends = [at - reach, at + reach];
                    self.shapes.push(Shape::line_segment(ends, Stroke::new(1.8, color)));
                }
            }
            Symbol::Tick => {
                let reach = vec2(0.0, radius);
                self.shapes
                    .push(Shape::line_segment([at - reach, at + reach], Stroke::new(1.5, color)));
            }
        }
    }

    /// A five-pointed star with a casing. Not convex, so it is drawn as a fan about its centre.
    fn star(&mut self, at: Pos2, radius: f32, fill: Color32, edge: Color32) {
        let casing = self.token(Token::Background);
        let corners = |radius: f32| -> Vec<Pos2> {
            (0..10)
                .map(|corner| {
                    let angle = std::f32::consts::TAU * (corner as f32 / 10.0 - 0.25);
                    let reach = if corner % 2 == 0 { radius } else { radius * 0.42 };
                    at + vec2(angle.cos(), angle.sin()) * reach
                })
                .collect()
        };
        let outline = corners(radius);
        let mut fan = epaint::Mesh::default();
        fan.colored_vertex(at, fill);
        for corner in &outline {
            fan.colored_vertex(*corner, fill);
        }
        for corner in 0..10u32 {
            fan.add_triangle(0, 1 + corner, 1 + (corner + 1) % 10);
        }
        self.shapes
            .push(Shape::closed_line(corners(radius + 1.0), Stroke::new(2.5, casing)));
        self.shapes.push(Shape::mesh(fan));
        // The mesh has no soft edge of its own; a line of its colour gives it one.
        self.shapes.push(Shape::closed_line(outline, Stroke::new(1.0, edge)));
    }

    /// Every label with a halo of the ground, so that it stays legible over lines.
    fn labels(&mut self, marks: &[Mark]) {
        let ground = self.token(Token::Background);
        for label in place_labels(marks, &self.frame, f64::from(size::SMALL)) {
            let faded = self.lit.fades(label.paint);
            let color = self
                .lit
                .shade(label.paint, theme::color(self.theme.text_paint(label.paint)));
            let galley = self
                .ui
                .painter()
                .layout_job(rich(label.text, size::SMALL, label.weight, color));
            let rotation = epaint::emath::Rot2::from_angle(label.angle as f32);
            let centre = pos2(label.centre[0] as f32, label.centre[1] as f32);
            let pos = centre - rotation * (galley.size() / 2.0);
            let turned = |shape: epaint::TextShape| shape.with_angle(label.angle as f32);
            if faded {
                // Nothing is cleared for what is not to be read.
            } else if label.boxed {
                let size = galley.size() + vec2(4.0, 0.0);
                let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
                let corners = corners.map(|(x, y)| centre + rotation * vec2(x * size.x, y * size.y));
                let fill = ground.gamma_multiply(0.88);
                self.shapes
                    .push(Shape::convex_polygon(corners.to_vec(), fill, Stroke::NONE));
            } else {
                for (x, y) in [(-1.2, 0.0), (1.2, 0.0), (0.0, -1.2), (0.0, 1.2)] {
                    let halo = epaint::TextShape::new(pos + vec2(x, y), galley.clone(), ground);
                    self.shapes.push(turned(halo.with_override_text_color(ground)).into());
                }
            }
            self.shapes
                .push(turned(epaint::TextShape::new(pos, galley, color)).into());
        }
    }
}
