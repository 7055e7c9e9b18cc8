//! Many curves on one page: each thinned to columns, all of them to what a page can bear.
//!
//! The bound: no more than `most` points are drawn of all the curves together, or eight of each curve where that is
//! more. As long as four points a column fit, a curve looks as it does with all its points. In a crowd only the lowest
//! and the highest of a column are drawn, and the columns widen until everything fits; extremes are kept throughout.

use super::frame::Frame;
use super::pyramid::{Detail, Pyramid};
use super::{Datum, Paint};
use std::sync::Arc;

/// One curve of a crowd.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Its points; clones share them.
    pub points: Arc<Pyramid>,
    /// Colour.
    pub paint: Paint,
    /// Width in points at text scale 1.
    pub width: f32,
    /// 0 to 1.
    pub opacity: f32,
    /// The measurement at its end.
    pub end: Option<Datum>,
}

/// Hands out the visible pieces of each curve, on the page, in drawing order; columns are at least `column` points wide.
pub fn thinned_curves<'a>(
    curves: &'a [Curve],
    frame: &Frame,
    column: f64,
    most: usize,
    mut draw: impl FnMut(&'a Curve, Vec<Vec<[f64; 2]>>),
) {
    let (low, high) = frame.x.drawn_range();
    let scales = (frame.x.scale(), frame.y.scale());
    let seen: Vec<_> = curves
        .iter()
        .filter(|curve| curve.points.scales() == scales)
        .map(|curve| (curve, curve.points.visible(low, high)))
        .filter(|(_, range)| range.len() > 1)
        .collect();
    let cost = |each: f64, column: f64| -> f64 {
        let at_most = each * (frame.plot.width() / column + 2.0) + 2.0;
        seen.iter().map(|(_, range)| (range.len() as f64).min(at_most)).sum()
    };
    let (mut column, mut detail) = (column, Detail::Full);
    if cost(4.0, column) > most as f64 {
        detail = Detail::Extremes;
        while cost(2.0, column) > most as f64 && column < frame.plot.width() {
            column *= 1.2;
        }
    }
    let per_unit = frame.x.per_unit() / column;
    let mut line = vec![];
    for (curve, range) in seen {
        line.clear();
        curve.points.decimate(range, per_unit, detail, |[x, y]| {
            let at = [frame.x.place_drawn(x), frame.y.place_drawn(y)];
            line.push(at.iter().all(|v| v.is_finite()).then_some(at));
        });
        draw(curve, frame.clip_placed(line.iter().copied()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Rect, Scale};

    const PLOT: Rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 500.0,
        bottom: 300.0,
    };

    fn curves(count: usize, points: u32) -> Vec<Curve> {
        (0..count)
            .map(|run| {
                let at = |i: u32| {
                    [
                        f64::from(i) + 1.0,
                        2.0 + f64::from((i * 7919 + run as u32 * 31) % 100) / 100.0,
                    ]
                };
                Curve {
                    points: Arc::new(Pyramid::new((0..points).map(at), Scale::Log, Scale::Linear)),
                    paint: Paint::Ramp(0.5),
                    width: 1.0,
                    opacity: 0.4,
                    end: None,
                }
            })
            .collect()
    }

    fn drawn(curves: &[Curve], range: (f64, f64), most: usize) -> Vec<[f64; 2]> {
        let frame = Frame::new(PLOT, (Scale::Log, range), (Scale::Linear, (2.0, 3.0)));
        let mut out = vec![];
        thinned_curves(curves, &frame, 1.0, most, |_, pieces| {
            out.extend(pieces.into_iter().flatten());
        });
        out
    }

    #[test]
    fn a_crowd_stays_within_its_bound_and_keeps_its_extremes() {
        let crowd = curves(300, 2000);
        let found = drawn(&crowd, (1.0, 2000.0), 20_000);
        assert!(found.len() <= 20_000 && found.len() > 10_000, "{}", found.len());
        let reach = found
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
                (low.min(at[1]), high.max(at[1]))
            });
        assert!(
            (reach.0 - 3.0).abs() < 1e-9 && (reach.1 - 300.0).abs() < 1e-9,
            "{reach:?}"
        );
        assert!(drawn(&crowd, (1.0, 2000.0), 100).len() <= 300 * 8);
    }

    #[test]
    fn zooming_in_shows_the_points_themselves() {
        let found = drawn(&curves(1, 2000), (100.5, 110.5), 20_000);
        assert_eq!(found.len(), 12, "ten points and where the line crosses the edges");
        assert!(drawn(&curves(1, 2000), (1e5, 1e6), 20_000).is_empty());
    }
}
