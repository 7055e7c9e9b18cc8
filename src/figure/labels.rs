//! Where labels stand, so that they are inside the plot and none covers another.
//!
//! Every label proposes places, best first; the more important label chooses first, and one that finds no free place
//! is left out. Among free places the one that covers the fewest dots and lines wins. The window and the writers call
//! the same function, so a label stands where it did when the figure is exported.

use super::frame::{Frame, Rect};
use super::text::{CAP_HEIGHT, FontWeight, text_width};
use super::{Anchor, LabelPlace, Mark, Paint, RuleAt, Token};

/// A label with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLabel<'a> {
    /// Index of its mark.
    pub mark: usize,
    /// The text, with exponents as typed (see [`super::spans`]).
    pub text: &'a str,
    /// Middle of the text, in points.
    pub centre: [f64; 2],
    /// Clockwise on the page, in radians, −π/2 to π/2.
    pub angle: f64,
    /// Colour; use the theme's `text_paint`.
    pub paint: Paint,
    /// Bold for the user's own fit.
    pub weight: FontWeight,
    /// Width of the text in points.
    pub width: f64,
    /// It interrupts its own line: draw the ground behind its box, and not only around its letters.
    pub boxed: bool,
}

/// A place that a label proposes, with how much it would rather be elsewhere.
struct Proposal {
    centre: [f64; 2],
    angle: f64,
    regret: f64,
}

impl Proposal {
    fn upright(x: f64, y: f64, regret: f64) -> Self {
        Self {
            centre: [x, y],
            angle: 0.0,
            regret,
        }
    }
}

/// Places the labels of a figure: of its label, line-label and rule marks; `size` is their font size in points.
pub fn place_labels<'a>(marks: &'a [Mark], frame: &Frame, size: f64) -> Vec<PlacedLabel<'a>> {
    let mut wanted: Vec<(usize, &str, Paint, u8)> = marks
        .iter()
        .enumerate()
        .filter_map(|(index, mark)| match mark {
            Mark::Label {
                text,
                paint,
                importance,
                ..
            }
            | Mark::LineLabel {
                text,
                paint,
                importance,
                ..
            } => Some((index, text.as_str(), *paint, *importance)),
            Mark::Rule { label, paint, .. } => Some((index, label.as_str(), *paint, RULE_IMPORTANCE)),
            _ => None,
        })
        .filter(|(_, text, ..)| !text.is_empty())
        .collect();
    if wanted.is_empty() {
        return vec![];
    }
    wanted.sort_by_key(|(_, _, _, importance)| std::cmp::Reverse(*importance));

    let ground = Occupancy::of(marks, frame);
    let mut placed: Vec<PlacedLabel<'a>> = vec![];
    let mut boxes: Vec<Box2> = vec![];
    for (index, text, paint, _) in wanted {
        let weight = if paint == Paint::Token(Token::Accent) {
            FontWeight::Bold
        } else {
            FontWeight::Regular
        };
        let width = f64::from(text_width(text, size as f32, weight));
        let best = proposals(&marks[index], marks, frame, width, size)
            .into_iter()
            .map(|p| (Box2::new(p.centre, width, size, p.angle), p))
            .filter(|(b, _)| b.inside(&frame.plot) && !boxes.iter().any(|other| other.overlaps(b)))
            .map(|(b, p)| (ground.covered(&b) + p.regret, b, p))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, bounds, Proposal { centre, angle, .. })) = best {
            boxes.push(bounds);
            placed.push(PlacedLabel {
                mark: index,
                text,
                centre,
                angle,
                paint,
                weight,
                width,
                boxed: interrupts(&marks[index]),
            });
        }
    }
    placed
}

fn interrupts(mark: &Mark) -> bool {
    matches!(
        mark,
        Mark::LineLabel {
            place: LabelPlace::Edge | LabelPlace::On(_),
            ..
        }
    )
}

/// Rules come after what the user fitted and before what others published.
const RULE_IMPORTANCE: u8 = 150;

fn proposals(mark: &Mark, marks: &[Mark], frame: &Frame, width: f64, size: f64) -> Vec<Proposal> {
    match mark {
        Mark::Label {
            at,
            anchor,
            along: None,
            ..
        } => frame.place(*at).map_or(vec![], |at| around(at, *anchor, width, size)),
        Mark::Label {
            at,
            anchor,
            along: Some(towards),
            ..
        } => match (frame.place(*at), frame.place(*towards)) {
            (Some(at), Some(towards)) => directed(at, towards, *anchor, width, size),
            _ => vec![],
        },
        Mark::LineLabel { line, place, .. } => {
            let points = marks.iter().find_map(|mark| match mark {
                Mark::Line { id, points, .. } if id == line => Some(points),
                _ => None,
            });
            let pieces = points.map_or(vec![], |points| frame.clip(points));
            match place {
                LabelPlace::Edge => at_edge(&pieces, &frame.plot, width, size),
                LabelPlace::End => at_end(&pieces, width, size),
                LabelPlace::On(at) => along(&pieces, *at, 0.0, width, size),
                LabelPlace::Beside(at) => {
                    let mut all = along(&pieces, *at, -0.85 * size, width, size);
                    all.extend(along(&pieces, *at, 0.85 * size, width, size));
                    all
                }
            }
        }
        Mark::Rule { at, .. } => beside_rule(*at, frame, width, size),
        _ => vec![],
    }
}

/// Beside a point: where it asks to be, on the other side, above, below, and at the corners.
fn around([x, y]: [f64; 2], anchor: Anchor, width: f64, size: f64) -> Vec<Proposal> {
    let gap = 0.7 * size;
    let (aside, up) = (width / 2.0 + gap, 1.25 * size);
    let order: &[(f64, f64)] = match anchor {
        Anchor::Start => &[
            (1.0, 0.0),
            (1.0, -1.0),
            (1.0, 1.0),
            (-1.0, 0.0),
            (0.0, -1.0),
            (0.0, 1.0),
            (-1.0, -1.0),
            (-1.0, 1.0),
        ],
        Anchor::Middle => &[(0.0, -1.0), (0.0, 1.0), (1.0, 0.0), (-1.0, 0.0)],
        Anchor::End => &[
            (-1.0, 0.0),
            (-1.0, -1.0),
            (-1.0, 1.0),
            (1.0, 0.0),
            (0.0, -1.0),
            (0.0, 1.0),
            (1.0, -1.0),
            (1.0, 1.0),
        ],
    };
    order
        .iter()
        .enumerate()
        .map(|(rank, (right, down))| Proposal::upright(x + right * aside, y + down * up, rank as f64))
        .collect()
}

/// Along a given direction, slid a little either way.
fn directed(at: [f64; 2], towards: [f64; 2], anchor: Anchor, width: f64, size: f64) -> Vec<Proposal> {
    let (dx, dy) = (towards[0] - at[0], towards[1] - at[1]);
    let length = dx.hypot(dy);
    if length == 0.0 {
        return vec![];
    }
    let (ux, uy) = if dx < 0.0 {
        (-dx / length, -dy / length)
    } else {
        (dx / length, dy / length)
    };
    let first = match anchor {
        Anchor::Start => width / 2.0,
        Anchor::Middle => 0.0,
        Anchor::End => -width / 2.0,
    };
    (0..9)
        .flat_map(|step| [f64::from(step), -f64::from(step)])
        .map(|step| {
            let shift = first + step * size;
            Proposal {
                centre: [at[0] + ux * shift, at[1] + uy * shift],
                angle: uy.atan2(ux),
                regret: 0.5 * step.abs(),
            }
        })
        .collect()
}

/// Just inside the edge where a curve leaves the plot: at the top, else at the right, left, bottom; then inwards.
fn at_edge(pieces: &[Vec<[f64; 2]>], plot: &Rect, width: f64, size: f64) -> Vec<Proposal> {
    let sides: [fn(&[f64; 2], &Rect) -> bool; 4] = [
        |p, r| p[1] <= r.top + 0.5,
        |p, r| p[0] >= r.right - 0.5,
        |p, r| p[0] <= r.left + 0.5,
        |p, r| p[1] >= r.bottom - 0.5,
    ];
    let mut out = vec![];
    for piece in pieces {
        let path = Path::new(piece);
        for (from_end, end) in [(false, piece.first()), (true, piece.last())] {
            let Some(end) = end else { continue };
            let Some(side) = sides.iter().position(|is| is(end, plot)) else {
                continue;
            };
            for step in 0..10 {
                // Far enough along the curve for the box to clear the edge, whatever the curve's slope there.
                let inset = size * 0.9 + f64::from(step) * 0.6 * size.max(if side == 0 { 0.0 } else { width / 2.0 });
                let at = if from_end { path.length() - inset } else { inset };
                if let Some([x, y]) = path.at(at) {
                    out.push(Proposal::upright(x, y, 4.0 * side as f64 + 1.2 * f64::from(step)));
                }
            }
        }
    }
    out
}

/// Beyond the right end of a curve; where the plot ends first, above the curve's last stretch.
fn at_end(pieces: &[Vec<[f64; 2]>], width: f64, size: f64) -> Vec<Proposal> {
    let Some(piece) = pieces.last() else { return vec![] };
    let path = Path::new(piece);
    let Some([x, y]) = path.at(path.length()) else {
        return vec![];
    };
    let gap = 0.5 * size;
    let mut out: Vec<Proposal> = [0.0, -0.6, 0.6, -1.2]
        .iter()
        .enumerate()
        .map(|(rank, up)| Proposal::upright(x + gap + width / 2.0, y + up * size, rank as f64))
        .collect();
    for step in 0..8 {
        if let Some([x, y]) = path.at(path.length() - width / 2.0 - f64::from(step) * size) {
            out.push(Proposal::upright(x, y - size, 6.0 + f64::from(step)));
            out.push(Proposal::upright(x, y + size, 7.0 + f64::from(step)));
        }
    }
    out
}

/// Written along a curve near a share of its visible length, `aside` points off it (negative: above).
fn along(pieces: &[Vec<[f64; 2]>], share: f64, aside: f64, width: f64, size: f64) -> Vec<Proposal> {
    let Some(path) = pieces
        .iter()
        .map(|piece| Path::new(piece))
        .max_by(|a, b| a.length().total_cmp(&b.length()))
    else {
        return vec![];
    };
    const PLACES: i32 = 24;
    (0..=PLACES)
        .filter_map(|i| {
            let s = path.length() * f64::from(i) / f64::from(PLACES);
            let (middle, from, to) = (path.at(s)?, path.at(s - width / 2.0)?, path.at(s + width / 2.0)?);
            let (mut dx, mut dy) = (to[0] - from[0], to[1] - from[1]);
            if dx < 0.0 {
                (dx, dy) = (-dx, -dy);
            }
            let chord = dx.hypot(dy).max(1e-9);
            let (ux, uy) = (dx / chord, dy / chord);
            // A text on a bend leaves the curve at both ends; halfway between chord and curve errs least.
            let between = [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0];
            let bend = (between[0] - middle[0]).hypot(between[1] - middle[1]);
            let lean = [(between[0] + middle[0]) / 2.0, (between[1] + middle[1]) / 2.0];
            Some(Proposal {
                centre: [lean[0] - uy * aside, lean[1] + ux * aside],
                angle: uy.atan2(ux),
                regret: 22.0 * (f64::from(i) / f64::from(PLACES) - share).abs()
                    + 8.0 * bend / size
                    + if aside > 0.0 { 0.5 } else { 0.0 },
            })
        })
        .collect()
}

/// At the end of a rule, on either side of it.
fn beside_rule(at: RuleAt, frame: &Frame, width: f64, size: f64) -> Vec<Proposal> {
    let (plot, gap) = (&frame.plot, 0.6 * size);
    match at {
        RuleAt::X(value) => {
            let x = frame.x.place(value);
            if !(x >= plot.left && x <= plot.right) {
                return vec![];
            }
            (0..12)
                .flat_map(|step| {
                    let (y, regret) = (plot.top + size * (0.9 + 1.2 * f64::from(step)), f64::from(step));
                    [
                        Proposal::upright(x + gap + width / 2.0, y, regret),
                        Proposal::upright(x - gap - width / 2.0, y, regret + 0.8),
                    ]
                })
                .collect()
        }
        RuleAt::Y(value) => {
            let y = frame.y.place(value);
            if !(y >= plot.top && y <= plot.bottom) {
                return vec![];
            }
            (0..12)
                .flat_map(|step| {
                    let (shift, regret) = (f64::from(step) * 2.0 * size, f64::from(step));
                    [
                        (plot.right - gap - shift - width / 2.0, 0.0),
                        (plot.left + gap + shift + width / 2.0, 0.5),
                    ]
                    .into_iter()
                    .flat_map(move |(x, r)| {
                        [
                            Proposal::upright(x, y - 0.85 * size, regret + r),
                            Proposal::upright(x, y + 0.85 * size, regret + r + 0.3),
                        ]
                    })
                })
                .collect()
        }
    }
}

/// A polyline by its length.
struct Path<'a> {
    points: &'a [[f64; 2]],
    /// Length up to each point.
    reached: Vec<f64>,
}

impl<'a> Path<'a> {
    fn new(points: &'a [[f64; 2]]) -> Self {
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

    fn length(&self) -> f64 {
        self.reached.last().copied().unwrap_or(0.0)
    }

    /// The point at a length; `None` beyond the ends.
    fn at(&self, length: f64) -> Option<[f64; 2]> {
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
struct Box2 {
    centre: [f64; 2],
    half: [f64; 2],
    across: [f64; 2],
}

impl Box2 {
    fn new(centre: [f64; 2], width: f64, size: f64, angle: f64) -> Self {
        let pad = 0.2 * size;
        Self {
            centre,
            half: [width / 2.0 + pad, size * CAP_HEIGHT as f64 / 2.0 + 1.2 * pad],
            across: [angle.cos(), angle.sin()],
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

    fn inside(&self, plot: &Rect) -> bool {
        self.corners().iter().all(|corner| plot.contains(*corner, 0.5))
    }

    /// Separating axes.
    fn overlaps(&self, other: &Self) -> bool {
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

/// How much is drawn where, on a coarse grid.
struct Occupancy {
    plot: Rect,
    columns: usize,
    rows: usize,
    weight: Vec<u8>,
}

const CELL: f64 = 4.0;

impl Occupancy {
    fn of(marks: &[Mark], frame: &Frame) -> Self {
        let plot = frame.plot;
        let cells = |length: f64| ((length / CELL).ceil().clamp(1.0, 4096.0)) as usize;
        let (columns, rows) = (cells(plot.width()), cells(plot.height()));
        let mut all = Self {
            plot,
            columns,
            rows,
            weight: vec![0; columns * rows],
        };
        for mark in marks {
            match mark {
                Mark::Dots {
                    dots, symbol, radius, ..
                } => {
                    let weight = if *symbol == super::Symbol::Circle { 9 } else { 20 };
                    let reach = f64::from(*radius).min(16.0);
                    for at in dots.iter().filter_map(|dot| frame.place(dot.at)) {
                        all.add(at, weight);
                        if weight > 9 {
                            for (dx, dy) in [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)] {
                                all.add([at[0] + dx * reach, at[1] + dy * reach], weight);
                            }
                        }
                    }
                }
                Mark::Line { points, .. } => {
                    for piece in frame.clip(points) {
                        for ends in piece.windows(2) {
                            let ([x, y], [to_x, to_y]) = (ends[0], ends[1]);
                            let steps = ((to_x - x).hypot(to_y - y) / CELL).ceil().clamp(1.0, 4096.0) as usize;
                            for i in 0..steps {
                                let t = i as f64 / steps as f64;
                                all.add([x + t * (to_x - x), y + t * (to_y - y)], 1);
                            }
                        }
                    }
                }
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

    fn index(&self, [x, y]: [f64; 2]) -> Option<usize> {
        let (column, row) = (
            ((x - self.plot.left) / CELL).floor(),
            ((y - self.plot.top) / CELL).floor(),
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
    fn covered(&self, bounds: &Box2) -> f64 {
        let steps = |half: f64| ((2.0 * half / CELL).ceil() as i32).clamp(1, 64);
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
