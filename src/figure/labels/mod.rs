//! Where labels stand, so that they are inside the plot and none covers another.
//!
//! Every label proposes places, best first; the more important label chooses first, and one that finds no free place
//! is left out. Among free places the one that covers the fewest dots and lines wins; a label of less weight is left
//! out rather than hide runs. The window and the writers call the same function, so a label stands where it did when the
//! figure is exported.

mod ground;
mod proposals;

use super::frame::Frame;
use super::notes::place_notes;
use super::text::{FontWeight, text_width};
use super::{LabelPlace, Mark, Paint, Token};
use ground::{Ground, TextBox};
use proposals::{Proposal, proposals};

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

    let ground = Ground::of(marks, frame, (size / 3.0).clamp(2.0, 12.0));
    let mut placed: Vec<PlacedLabel<'a>> = vec![];
    let notes = place_notes(marks, frame, size);
    let mut boxes: Vec<TextBox> = notes.iter().map(|note| TextBox::around(&note.bounds)).collect();
    for (index, text, paint, importance) in wanted {
        let weight = if paint == Paint::Token(Token::Accent) {
            FontWeight::Bold
        } else {
            FontWeight::Regular
        };
        let width = f64::from(text_width(text, size as f32, weight));
        let best = proposals(&marks[index], marks, frame, width, size)
            .into_iter()
            .map(|p| (TextBox::new(p.centre, width, size, p.angle), p))
            .filter(|(b, _)| b.inside(&frame.plot) && !boxes.iter().any(|other| other.overlaps(b)))
            .map(|(b, p)| (ground.covered(&b), b, p))
            .filter(|(covered, ..)| *covered <= patience(importance))
            .map(|(covered, b, p)| (covered + p.regret, b, p))
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

/// How much of runs and lines a label may hide: a passing remark little, a name more, the user's own answer anything.
fn patience(importance: u8) -> f64 {
    match importance {
        0..100 => 0.20 * f64::from(importance),
        100..115 => 0.35 * f64::from(importance),
        _ => f64::INFINITY,
    }
}

/// Rules come after what the user fitted and before what others published.
const RULE_IMPORTANCE: u8 = 150;
