//! What is already drawn where, and the shapes that are tried on it: boxes of texts, lines by their length.

use crate::figure::frame::{Frame, Rect};
use crate::figure::text::CAP_HEIGHT;
use crate::figure::{CLOUD, Mark, RuleAt, Symbol, thinned_curves};

/// A polyline by its length.
pub(super) struct Path<'a> {
    points: &'a [[f64; 2]],
    /// Length up to each point.
    reached: Vec<f64>,
}

impl<'a> Path<'a> {
    pub(super) fn new(points: &'a [[f64; 2]]) -> Self {
        let mut total = 0.0;
        let mut before = points.first().copied().unwrap_or_default();
        let reached = points
            .iter()
            .map(|p| {
                total += (p[0] - before[0]).hypot(p[1] - before[1]);
                before = *p;
                total
            })
            .collect();
        Self { points, reached }
    }

    pub(super) fn length(&self) -> f64 {
        self.reached.last().copied().unwrap_or(0.0)
    }

    /// The point at a length; `None` beyond the ends.
    pub(super) fn at(&self, length: f64) -> Option<[f64; 2]> {
        if !(length >= 0.0 && length <= self.length()) || self.points.len() < 2 {
            return None;
        }
        let next = self
            .reached
            .partition_point(|r| *r < length)
            .clamp(1, self.points.len() - 1);
        let (a, b) = (self.points[next - 1], self.points[next]);
        let span = self.reached[next] - self.reached[next - 1];
        let t = if span > 0.0 {
            (length - self.reached[next - 1]) / span
        } else {
            0.0
        };
        Some([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])])
    }
}

/// The rotated box of a text.
pub(super) struct TextBox {
    centre: [f64; 2],
    half: [f64; 2],
    across: [f64; 2],
}

impl TextBox {
    pub(super) fn new(centre: [f64; 2], width: f64, size: f64, angle: f64) -> Self {
        let pad = 0.2 * size;
        Self {
            centre,
            half: [width / 2.0 + pad, size * f64::from(CAP_HEIGHT) / 2.0 + 1.2 * pad],
            across: [angle.cos(), angle.sin()],
        }
    }

    /// Of what has its place already.
    pub(super) fn around(bounds: &Rect) -> Self {
        Self {
            centre: [(bounds.left + bounds.right) / 2.0, (bounds.top + bounds.bottom) / 2.0],
            half: [bounds.width() / 2.0, bounds.height() / 2.0],
            across: [1.0, 0.0],
        }
    }

    fn corners(&self) -> [[f64; 2]; 4] {
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(i, j)| self.point(i, j))
    }

    /// A point of the box in its own coordinates, −1 to 1.
    fn point(&self, i: f64, j: f64) -> [f64; 2] {
        let ([ux, uy], [w, h]) = (self.across, self.half);
        [
            self.centre[0] + i * w * ux - j * h * uy,
            self.centre[1] + i * w * uy + j * h * ux,
        ]
    }

    pub(super) fn inside(&self, plot: &Rect) -> bool {
        self.corners().iter().all(|corner| plot.contains(*corner, 0.5))
    }

    /// Separating axes.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.corners(), other.corners());
        [self.across, other.across]
            .iter()
            .flat_map(|[x, y]| [[*x, *y], [-*y, *x]])
            .all(|axis| {
                let span = |corners: &[[f64; 2]; 4]| {
                    corners
                        .iter()
                        .map(|c| c[0] * axis[0] + c[1] * axis[1])
                        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                            (low.min(v), high.max(v))
                        })
                };
                let ((a, b), (c, d)) = (span(&mine), span(&theirs));
                a <= d && c <= b
            })
    }
}

/// What a cell with a run weighs, and one with a sign that is larger: a line weighs one, or three where it is strong.
const DOT: u8 = 16;
const SIGN: u8 = 24;

/// How much is drawn where, on a coarse grid.
pub(super) struct Ground {
    plot: Rect,
    /// Side of a cell in points, a third of the font size, so that what a text covers does not depend on the scale.
    cell: f64,
    columns: usize,
    rows: usize,
    weight: Vec<u8>,
}

impl Ground {
    pub(super) fn of(marks: &[Mark], frame: &Frame, cell: f64) -> Self {
        let plot = frame.plot;
        let cells = |length: f64| ((length / cell).ceil().clamp(1.0, 4096.0)) as usize;
        let (columns, rows) = (cells(plot.width()), cells(plot.height()));
        let mut all = Self {
            plot,
            cell,
            columns,
            rows,
            weight: vec![0; columns * rows],
        };
        for mark in marks {
            match mark {
                Mark::Dots {
                    dots, symbol, radius, ..
                } => {
                    let weight = if *symbol == Symbol::Circle { DOT } else { SIGN };
                    let reach = f64::from(*radius).min(16.0);
                    // A cloud is looked at in cells: where it is matters, not how much of it there is.
                    let seen = dots.seen(frame, reach, cell, 2 * CLOUD);
                    for at in seen.into_iter().filter_map(|dot| frame.place(dots[dot].at)) {
                        all.add(at, weight);
                        if weight > DOT {
                            for (dx, dy) in [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)] {
                                all.add([at[0] + dx * reach, at[1] + dy * reach], weight);
                            }
                        }
                    }
                }
                Mark::Line { points, width, .. } => {
                    // What was fitted is drawn strong, and hiding it costs more.
                    let weight = if *width >= 2.0 { 3 } else { 1 };
                    for piece in frame.clip(points) {
                        all.add_line(&piece, weight);
                    }
                }
                Mark::Curves { curves, .. } => thinned_curves(curves, frame, cell, 8 * CLOUD, |_, pieces| {
                    pieces.iter().for_each(|piece| all.add_line(piece, 1));
                }),
                Mark::Rule { at, .. } => {
                    let steps = columns.max(rows);
                    for i in 0..=steps {
                        let share = i as f64 / steps as f64;
                        let at = match at {
                            RuleAt::X(x) => [frame.x.place(*x), plot.top + share * plot.height()],
                            RuleAt::Y(y) => [plot.left + share * plot.width(), frame.y.place(*y)],
                        };
                        all.add(at, 1);
                    }
                }
                _ => {}
            }
        }
        all
    }

    fn add_line(&mut self, piece: &[[f64; 2]], weight: u8) {
        for ends in piece.windows(2) {
            let ([x, y], [to_x, to_y]) = (ends[0], ends[1]);
            let steps = ((to_x - x).hypot(to_y - y) / self.cell).ceil().clamp(1.0, 4096.0) as usize;
            for i in 0..steps {
                let t = i as f64 / steps as f64;
                self.add([x + t * (to_x - x), y + t * (to_y - y)], weight);
            }
        }
    }

    fn index(&self, [x, y]: [f64; 2]) -> Option<usize> {
        let (column, row) = (
            ((x - self.plot.left) / self.cell).floor(),
            ((y - self.plot.top) / self.cell).floor(),
        );
        let inside = column >= 0.0 && row >= 0.0 && column < self.columns as f64 && row < self.rows as f64;
        inside.then(|| row as usize * self.columns + column as usize)
    }

    fn add(&mut self, at: [f64; 2], weight: u8) {
        if let Some(index) = self.index(at) {
            self.weight[index] = self.weight[index].saturating_add(weight);
        }
    }

    /// What a box would cover.
    pub(super) fn covered(&self, bounds: &TextBox) -> f64 {
        let steps = |half: f64| ((2.0 * half / self.cell).ceil() as i32).clamp(1, 64);
        let (nx, ny) = (steps(bounds.half[0]), steps(bounds.half[1]));
        let share = |i: i32, n: i32| 2.0 * f64::from(i) / f64::from(n) - 1.0;
        let sum: f64 = (0..=nx)
            .flat_map(|i| (0..=ny).map(move |j| (i, j)))
            .filter_map(|(i, j)| self.index(bounds.point(share(i, nx), share(j, ny))))
            .map(|index| f64::from(self.weight[index]))
            .sum();
        0.12 * sum
    }
}
