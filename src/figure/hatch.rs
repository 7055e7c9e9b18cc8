//! Strokes along one side of a line: that side is the wrong one.

use super::Frame;

/// Distance between two strokes, in points at text scale 1.
const APART: f64 = 9.0;
/// Length of a stroke.
const LENGTH: f64 = 7.0;
/// Share of a stroke that goes back along the line; the rest goes straight away from it.
const SLANT: f64 = 0.6;

/// Begins and ends of the strokes on the right of a line, as seen by someone who walks along it on the page.
///
/// They stay inside the plot, and keep their places when only what is beyond its edges changes.
pub fn hatched(points: &[[f64; 2]], frame: &Frame, scale: f64) -> Vec<[[f64; 2]; 2]> {
    let mut strokes = vec![];
    let (apart, length) = (APART * scale, LENGTH * scale);
    for piece in frame.clip(points) {
        // Half a distance from the edge of the plot to the first.
        let mut wait = apart / 2.0;
        for pair in piece.windows(2) {
            let along = [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]];
            let whole = along[0].hypot(along[1]);
            if whole <= 0.0 {
                continue;
            }
            let [x, y] = [along[0] / whole, along[1] / whole];
            // y grows downwards: on the right is (−y, x).
            let straight = (1.0 - SLANT * SLANT).sqrt();
            let reach = [
                length * (-y * straight - x * SLANT),
                length * (x * straight - y * SLANT),
            ];
            while wait <= whole {
                let from = [pair[0][0] + wait * x, pair[0][1] + wait * y];
                let to = [from[0] + reach[0], from[1] + reach[1]];
                if frame.plot.contains(to, 0.0) {
                    strokes.push([from, to]);
                }
                wait += apart;
            }
            wait -= whole;
        }
    }
    strokes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Rect, Scale};

    #[test]
    fn strokes_stand_on_the_right_of_the_line_and_in_the_plot() {
        let plot = Rect {
            left: 0.0,
            top: 0.0,
            right: 100.0,
            bottom: 100.0,
        };
        let range = (Scale::Linear, (0.0, 100.0));
        let frame = Frame::new(plot, range, range);
        // To the right and upwards: below it, which on the page is further down.
        let strokes = hatched(&[[-50.0, -50.0], [50.0, 50.0], [150.0, 150.0]], &frame, 1.0);
        assert_eq!(strokes.len(), 15);
        for [from, to] in &strokes {
            assert!((from[0] + from[1] - 100.0).abs() < 1e-9);
            assert!(to[0] + to[1] > 100.0 && plot.contains(*to, 0.0));
            assert!(((to[0] - from[0]).hypot(to[1] - from[1]) - LENGTH).abs() < 1e-9);
        }
        // The other way round they stand on the other side.
        let back = hatched(&[[150.0, 150.0], [-50.0, -50.0]], &frame, 1.0);
        assert!(back.iter().all(|[_, to]| to[0] + to[1] < 100.0));
        assert!(hatched(&[[5.0, 5.0], [5.0, 5.0]], &frame, 1.0).is_empty());
        assert!(hatched(&[[f64::NAN, 5.0], [5.0, 5.0]], &frame, 1.0).is_empty());
    }
}
