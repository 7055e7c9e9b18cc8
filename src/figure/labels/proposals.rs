//! Where a label would like to stand, best first: beside its point, along its line, at the edge, at the end of a rule.

use super::ground::Path;
use crate::figure::frame::{Frame, Rect};
use crate::figure::{Anchor, LabelPlace, Mark, RuleAt};

/// A place that a label proposes, with how much it would rather be elsewhere.
pub(super) struct Proposal {
    pub(super) centre: [f64; 2],
    pub(super) angle: f64,
    pub(super) regret: f64,
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

/// From a line to the middle of a text beside it, by its size.
const ASIDE: f64 = 0.95;

/// What a mark's label proposes.
pub(super) fn proposals(mark: &Mark, marks: &[Mark], frame: &Frame, width: f64, size: f64) -> Vec<Proposal> {
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
            let found = of_line(&pieces_of(line, *place, marks, frame), *place, frame, width, size);
            if !found.is_empty() {
                return found;
            }
            // Too short in this view to bear a name: another piece of the same curve may be long enough.
            of_line(&others_of(line, marks, frame), *place, frame, width, size)
        }
        Mark::Rule { at, .. } => beside_rule(*at, frame, width, size),
        _ => vec![],
    }
}

/// What the label of a line proposes, on some of its pieces.
fn of_line(pieces: &[Vec<[f64; 2]>], place: LabelPlace, frame: &Frame, width: f64, size: f64) -> Vec<Proposal> {
    match place {
        LabelPlace::Edge => at_edge(pieces, &frame.plot, width, size),
        LabelPlace::End => at_end(pieces, width, size),
        LabelPlace::On(at) => along(pieces, at, 0.0, width, size),
        LabelPlace::Beside(at) => {
            let mut all = along(pieces, at, -ASIDE * size, width, size);
            all.extend(along(pieces, at, ASIDE * size, width, size));
            all
        }
    }
}

/// The visible pieces of the curve that a line is a part of.
fn others_of(line: &str, marks: &[Mark], frame: &Frame) -> Vec<Vec<[f64; 2]>> {
    let curve = line
        .strip_suffix(" above")
        .or_else(|| line.strip_suffix(" below"))
        .unwrap_or(line);
    let part = |rest: &str| ["", " above", " below"].contains(&rest) || rest.starts_with(" beyond ");
    let lines = marks.iter().filter_map(|mark| match mark {
        Mark::Line { id, points, .. } if id.strip_prefix(curve).is_some_and(part) => Some(points),
        _ => None,
    });
    lines.flat_map(|points| frame.clip(points)).collect()
}

/// What is in view of a line that a label names. Curves are cut where their data end, and the pieces beyond are named after
/// the one in between: an edge may be reached by any of them, and where the piece itself is out of view, they stand in.
fn pieces_of(line: &str, place: LabelPlace, marks: &[Mark], frame: &Frame) -> Vec<Vec<[f64; 2]>> {
    let named = |of: fn(&str) -> bool| -> Vec<Vec<[f64; 2]>> {
        let lines = marks.iter().filter_map(|mark| match mark {
            Mark::Line { id, points, .. } if id.strip_prefix(line).is_some_and(of) => Some(points),
            _ => None,
        });
        lines.flat_map(|points| frame.clip(points)).collect()
    };
    let mut pieces = named(str::is_empty);
    if pieces.is_empty() || place == LabelPlace::Edge {
        pieces.extend(named(|rest| {
            [" above", " below"].contains(&rest) || rest.starts_with(" beyond ")
        }));
    }
    pieces
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
        Anchor::Middle => &[
            (0.0, -1.0),
            (0.0, 1.0),
            (-1.0, -1.0),
            (1.0, -1.0),
            (-1.0, 1.0),
            (1.0, 1.0),
            (1.0, 0.0),
            (-1.0, 0.0),
        ],
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
    // A step further out, a crowd of ends keeps its order.
    let places = [
        (0.0, 0.0),
        (0.0, -0.6),
        (0.0, 0.6),
        (0.7, 0.0),
        (0.7, -0.6),
        (0.7, 0.6),
        (0.0, -1.2),
        (0.0, 1.2),
    ];
    let mut out: Vec<Proposal> = places
        .iter()
        .enumerate()
        .map(|(rank, (right, down))| {
            let regret = 0.75 * rank as f64;
            Proposal::upright(x + gap + width / 2.0 + right * size, y + down * size, regret)
        })
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
                            Proposal::upright(x, y - ASIDE * size, regret + r),
                            Proposal::upright(x, y + ASIDE * size, regret + r + 0.3),
                        ]
                    })
                })
                .collect()
        }
    }
}
