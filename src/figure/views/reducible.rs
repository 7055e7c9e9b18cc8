//! Loss less its floor.
//!
//! ```text
//! L − E = A/x^alpha        a straight line on two log axes, where the law has one term; of several, the largest leads
//! ```
//!
//! L and E in nats per token. The floor is that of the fit, so a run below it has no place and is not drawn: the title's law and
//! the counts at the foot stay those of all runs.

use super::context::Context;
use super::{Scene, View};
use crate::figure::{Dot, Dots, Figure, Mark, RuleAt, Scale, Symbol};

/// Least height of a band's edge: far below any figure, where the floor lies within the band.
const LEAST: f64 = 1e-12;

/// E of the fit, where a view is to be drawn without it.
pub(super) fn floor(view: View, scene: &Scene<'_>) -> Option<f64> {
    let shown = scene.reducible && matches!(view, View::LossN | View::LossD | View::LossC);
    let context = Context::without_runs(scene);
    let fit = context.fit.filter(|_| shown)?;
    fit.value_of("E").filter(|floor| *floor > 0.0)
}

/// A figure of losses as one of what is above the floor.
pub(super) fn lowered(figure: Figure, floor: f64) -> Figure {
    let marks: Vec<Mark> = lowered_marks(figure.marks, floor);
    let heights = marks.iter().filter_map(|mark| match mark {
        Mark::Dots { dots, symbol, .. } if *symbol == Symbol::Circle => Some(dots.iter().map(|dot| dot.at[1])),
        _ => None,
    });
    let range = heights
        .flatten()
        .fold(None, |range: Option<(f64, f64)>, height| {
            let (low, high) = range.unwrap_or((height, height));
            Some((low.min(height), high.max(height)))
        })
        .map_or((0.1, 3.0), |(low, high)| (low / 1.4, high * 1.2));
    let mut y = figure.y;
    "Reducible loss L − E (nats/token)".clone_into(&mut y.label);
    (y.scale, y.range) = (Scale::Log, range);
    Figure { marks, y, ..figure }
}

/// Marks of losses as marks of what is above the floor; what is at it or below is left out.
pub(super) fn lowered_marks(marks: Vec<Mark>, floor: f64) -> Vec<Mark> {
    let at = |[x, y]: [f64; 2]| (y > floor).then_some([x, y - floor]);
    let lower = |mark: Mark| {
        Some(match mark {
            Mark::Dots {
                id,
                dots,
                symbol,
                radius,
            } => {
                let dots: Vec<Dot> = dots
                    .iter()
                    .filter_map(|dot| {
                        Some(Dot {
                            at: at(dot.at)?,
                            ..*dot
                        })
                    })
                    .collect();
                Mark::Dots {
                    id,
                    dots: Dots::from(dots),
                    symbol,
                    radius,
                }
            }
            Mark::Line {
                id,
                points,
                paint,
                width,
                dash,
            } => Mark::Line {
                id,
                points: points.into_iter().filter_map(at).collect(),
                paint,
                width,
                dash,
            },
            Mark::Band {
                id,
                edges,
                paint,
                opacity,
            } => Mark::Band {
                id,
                edges: edges
                    .into_iter()
                    .filter(|[_, _, high]| *high > floor)
                    .map(|[x, low, high]| [x, (low - floor).max(LEAST), high - floor])
                    .collect(),
                paint,
                opacity,
            },
            Mark::Label {
                at: place,
                text,
                paint,
                anchor,
                along,
                importance,
            } => Mark::Label {
                at: at(place)?,
                text,
                paint,
                anchor,
                along: along.and_then(at),
                importance,
            },
            // The floor itself has no place.
            Mark::Rule { at: RuleAt::Y(_), .. } => return None,
            other => other,
        })
    };
    marks.into_iter().filter_map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Dash, Paint, Token};

    #[test]
    fn a_power_above_its_floor_is_a_straight_line() {
        let points: Vec<[f64; 2]> = (0..5)
            .map(|k| 10f64.powi(k))
            .map(|x| [x, 1.8 + 3.0 * x.powf(-0.3)])
            .collect();
        let line = Mark::Line {
            id: "law".to_owned(),
            points,
            paint: Paint::Token(Token::Accent),
            width: 1.0,
            dash: Dash::Solid,
        };
        let rule = Mark::Rule {
            at: RuleAt::Y(1.8),
            label: "E".to_owned(),
            paint: Paint::Token(Token::Reference),
        };
        let marks = lowered_marks(vec![line, rule], 1.8);
        let [Mark::Line { points, .. }] = marks.as_slice() else {
            panic!("{marks:?}");
        };
        for pair in points.windows(2) {
            let slope = (pair[1][1] / pair[0][1]).ln() / (pair[1][0] / pair[0][0]).ln();
            assert!((slope + 0.3).abs() < 1e-9, "{slope}");
        }
    }
}
