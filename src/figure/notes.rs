//! What users write into a plot: words, words with a leader to a point, reference lines.
//!
//! Words stand at a share of the plot, so that they stay in view however it is zoomed; what they point at, and reference lines,
//! are in data units, so that they stay true. The window and the writers place notes by one function.

use super::frame::{Frame, Rect};
use super::text::{FontWeight, text_width, wrap};
use super::{Mark, Paint, RuleAt, Token};
use serde::{Deserialize, Serialize};

/// Identifies a note within a session; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NoteId(pub u32);

/// A user's own mark on a view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Its identity.
    pub id: NoteId,
    /// The quantities that the view has on its axes, as [`super::views::ground`] names them: over others it would be untrue.
    pub on: String,
    /// What is written; live numbers in braces.
    pub text: String,
    /// What it is.
    pub kind: NoteKind,
}

/// What a note is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Words at shares of the plot's width and height, from its left and its top.
    Text {
        /// Of their middle.
        place: [f64; 2],
    },
    /// The same with a line to a point.
    Leader {
        /// Of their middle.
        place: [f64; 2],
        /// The point, in data units.
        to: [f64; 2],
    },
    /// A vertical line.
    Vertical {
        /// In data units.
        x: f64,
    },
    /// A horizontal line.
    Horizontal {
        /// In data units.
        y: f64,
    },
}

impl NoteKind {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Text { .. } => "Text",
            Self::Leader { .. } => "Text with leader",
            Self::Vertical { .. } => "Vertical line",
            Self::Horizontal { .. } => "Horizontal line",
        }
    }

    /// Where its words stand, where it says so.
    pub fn place(self) -> Option<[f64; 2]> {
        match self {
            Self::Text { place } | Self::Leader { place, .. } => Some(place),
            Self::Vertical { .. } | Self::Horizontal { .. } => None,
        }
    }
}

impl Note {
    /// As a mark of a figure.
    pub fn mark(&self) -> Mark {
        let id = format!("note {}", self.id.0);
        match self.kind {
            NoteKind::Text { place } => Mark::Note {
                id,
                text: self.text.clone(),
                place,
                to: None,
            },
            NoteKind::Leader { place, to } => Mark::Note {
                id,
                text: self.text.clone(),
                place,
                to: Some(to),
            },
            NoteKind::Vertical { x } => self.rule(RuleAt::X(x)),
            NoteKind::Horizontal { y } => self.rule(RuleAt::Y(y)),
        }
    }

    fn rule(&self, at: RuleAt) -> Mark {
        Mark::Rule {
            at,
            label: self.text.clone(),
            paint: Paint::Token(Token::TextMuted),
        }
    }
}

/// Widest line of a note, in font sizes.
const WIDEST: f64 = 22.0;
/// Most lines of a note.
const LINES: usize = 8;
/// Between lines, in font sizes.
pub(super) const LINE: f64 = 1.3;
/// Between the tip of a leader and its point, and the length of its head, in font sizes.
const GAP: f64 = 0.6;
const HEAD: f64 = 0.6;
/// Around the words, in font sizes.
const PADDING: [f64; 2] = [0.4, 0.25];

/// A note with its place on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedNote<'a> {
    /// Of its mark.
    pub id: &'a str,
    /// Its lines, with exponents as typed.
    pub lines: Vec<String>,
    /// Baseline of each line; they begin at the left of `bounds` and its padding.
    pub baselines: Vec<[f64; 2]>,
    /// The ground behind them.
    pub bounds: Rect,
    /// To the point, where that is in view.
    pub leader: Option<Leader>,
}

/// An arrow from the edge of a note to just before its point, which it leaves free.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leader {
    /// Where it begins.
    pub from: [f64; 2],
    /// Where its head begins.
    pub to: [f64; 2],
    /// The corners of its head, the tip first.
    pub head: [[f64; 2]; 3],
}

/// Places the notes of a figure inside its plot; `size` is their font size in points.
pub fn place_notes<'a>(marks: &'a [Mark], frame: &Frame, size: f64) -> Vec<PlacedNote<'a>> {
    let notes = marks.iter().filter_map(|mark| match mark {
        Mark::Note { id, text, place, to } if !text.trim().is_empty() => {
            Some(placed(id, text, *place, *to, frame, size))
        }
        _ => None,
    });
    notes.collect()
}

fn placed<'a>(
    id: &'a str,
    text: &str,
    [right, down]: [f64; 2],
    to: Option<[f64; 2]>,
    frame: &Frame,
    size: f64,
) -> PlacedNote<'a> {
    let (plot, room) = (&frame.plot, WIDEST * size);
    let room = room.min(0.9 * frame.plot.width()) as f32;
    let lines: Vec<String> = text
        .lines()
        .flat_map(|line| wrap(line, size as f32, FontWeight::Regular, room, LINES))
        .take(LINES)
        .collect();
    let widths = lines
        .iter()
        .map(|line| f64::from(text_width(line, size as f32, FontWeight::Regular)));
    let [aside, above] = PADDING.map(|pad| pad * size);
    let width = widths.fold(0.0, f64::max) + 2.0 * aside;
    let height = lines.len() as f64 * LINE * size + 2.0 * above;
    let middle = |low: f64, extent: f64, share: f64, length: f64| {
        let free = (extent - length).max(0.0) / 2.0;
        low + extent / 2.0 + ((share - 0.5) * extent).clamp(-free, free)
    };
    let centre = [
        middle(plot.left, plot.width(), right, width),
        middle(plot.top, plot.height(), down, height),
    ];
    let bounds = Rect {
        left: centre[0] - width / 2.0,
        top: centre[1] - height / 2.0,
        right: centre[0] + width / 2.0,
        bottom: centre[1] + height / 2.0,
    };
    let baselines = (0..lines.len())
        .map(|row| {
            // Capitals stand in the middle of their line.
            let y = bounds.top + above + (row as f64 + 0.5) * LINE * size + 0.357 * size;
            [bounds.left + aside, y]
        })
        .collect();
    let leader = to
        .and_then(|to| frame.place(to))
        .filter(|to| plot.contains(*to, 0.5) && !bounds.contains(*to, 0.0))
        .and_then(|to| arrow(edge(&bounds, to), to, size));
    PlacedNote {
        id,
        lines,
        baselines,
        bounds,
        leader,
    }
}

/// An arrow towards a point; `None` where there is no room for one.
fn arrow(from: [f64; 2], point: [f64; 2], size: f64) -> Option<Leader> {
    let (dx, dy) = (point[0] - from[0], point[1] - from[1]);
    let length = dx.hypot(dy);
    let [gap, head, half] = [GAP, HEAD, HEAD / 3.0].map(|share| share * size);
    if length < gap + 2.0 * head {
        return None;
    }
    let (ux, uy) = (dx / length, dy / length);
    let back = |by: f64, aside: f64| [point[0] - by * ux - aside * uy, point[1] - by * uy + aside * ux];
    Some(Leader {
        from,
        to: back(gap + head, 0.0),
        head: [back(gap, 0.0), back(gap + head, half), back(gap + head, -half)],
    })
}

/// Where the way from the middle of a rectangle to a point outside leaves it.
fn edge(bounds: &Rect, to: [f64; 2]) -> [f64; 2] {
    let middle = [(bounds.left + bounds.right) / 2.0, (bounds.top + bounds.bottom) / 2.0];
    let (dx, dy) = (to[0] - middle[0], to[1] - middle[1]);
    let share = (bounds.width() / 2.0 / dx.abs())
        .min(bounds.height() / 2.0 / dy.abs())
        .min(1.0);
    [middle[0] + share * dx, middle[1] + share * dy]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Scale;

    const PLOT: Rect = Rect {
        left: 50.0,
        top: 20.0,
        right: 450.0,
        bottom: 320.0,
    };

    fn frame() -> Frame {
        Frame::new(PLOT, (Scale::Linear, (0.0, 1.0)), (Scale::Linear, (0.0, 1.0)))
    }

    fn note(text: &str, place: [f64; 2], to: Option<[f64; 2]>) -> Vec<Mark> {
        vec![Mark::Note {
            id: "note 1".to_owned(),
            text: text.to_owned(),
            place,
            to,
        }]
    }

    #[test]
    fn words_stay_inside_and_leaders_begin_at_their_edge() {
        for place in [[0.5, 0.5], [0.0, 0.0], [1.0, 1.0], [-3.0, 7.0]] {
            let marks = note("Two lines\nof words", place, Some([0.25, 0.25]));
            let placed = place_notes(&marks, &frame(), 12.0);
            let bounds = placed[0].bounds;
            assert_eq!(placed[0].lines, ["Two lines", "of words"]);
            for corner in [[bounds.left, bounds.top], [bounds.right, bounds.bottom]] {
                assert!(PLOT.contains(corner, 1e-9), "{place:?}: {bounds:?}");
            }
            let Leader { from, to, head } = placed[0].leader.unwrap();
            let point = [150.0, 245.0];
            let away = |at: [f64; 2]| (at[0] - point[0]).hypot(at[1] - point[1]);
            assert!((away(head[0]) - GAP * 12.0).abs() < 1e-9, "the point is left free");
            assert!(away(to) > away(head[0]) && away(from) > away(to));
            assert!(
                bounds.contains(from, 1e-9)
                    && !bounds.contains([(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0], -1e-9)
            );
        }
    }

    #[test]
    fn a_leader_to_what_is_out_of_view_is_not_drawn() {
        let marks = note("Words", [0.5, 0.5], Some([2.0, 0.5]));
        assert_eq!(place_notes(&marks, &frame(), 12.0)[0].leader, None);
        // Under the words there is nothing to lead to.
        let marks = note("Words", [0.5, 0.5], Some([0.5, 0.5]));
        assert_eq!(place_notes(&marks, &frame(), 12.0)[0].leader, None);
        assert!(place_notes(&note("  ", [0.5, 0.5], None), &frame(), 12.0).is_empty());
    }
}
