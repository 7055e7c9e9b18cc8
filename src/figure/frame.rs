//! From data units to points on the page: the mapping of an axis, of a plot, and clipping to it.

use super::{Axis, Scale};

/// A rectangle in points; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Smallest x.
    pub left: f64,
    /// Smallest y.
    pub top: f64,
    /// Largest x.
    pub right: f64,
    /// Largest y.
    pub bottom: f64,
}

impl Rect {
    /// Extent along x.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Extent along y.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Whether a point is inside, or outside by at most `slack`.
    pub fn contains(&self, [x, y]: [f64; 2], slack: f64) -> bool {
        x >= self.left - slack && x <= self.right + slack && y >= self.top - slack && y <= self.bottom + slack
    }
}

/// One axis on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AxisMap {
    scale: Scale,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl AxisMap {
    /// Maps `range` (data units) onto `from` … `to` (points).
    pub fn new(scale: Scale, range: (f64, f64), from: f64, to: f64) -> Self {
        Self {
            scale,
            low: scale.forward(range.0),
            high: scale.forward(range.1),
            from,
            to,
        }
    }

    /// Points of a value; NaN where a log axis has no place for it.
    pub fn place(&self, value: f64) -> f64 {
        let share = (self.scale.forward(value) - self.low) / (self.high - self.low);
        self.from + share * (self.to - self.from)
    }

    /// Points of a drawn coordinate: of [`Scale::forward`] of a value.
    pub fn place_drawn(&self, drawn: f64) -> f64 {
        self.from + (drawn - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// The value at a place on the page, in data units.
    pub fn value(&self, place: f64) -> f64 {
        self.scale
            .backward(self.low + (place - self.from) / (self.to - self.from) * (self.high - self.low))
    }

    /// What is shown, in data units.
    pub fn range(&self) -> (f64, f64) {
        (self.scale.backward(self.low), self.scale.backward(self.high))
    }

    /// What is shown, in drawn coordinates.
    pub fn drawn_range(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// How values map to length.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Points on the page to a unit of the drawn coordinate.
    pub fn per_unit(&self) -> f64 {
        ((self.to - self.from) / (self.high - self.low)).abs()
    }
}

impl Scale {
    /// The coordinate in which lengths are even: log10 on a log axis.
    pub fn forward(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
        }
    }

    /// Back to data units.
    pub fn backward(self, drawn: f64) -> f64 {
        match self {
            Self::Linear => drawn,
            Self::Log => 10f64.powf(drawn),
        }
    }
}

/// A plot on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Where data are drawn.
    pub plot: Rect,
    /// Horizontal.
    pub x: AxisMap,
    /// Vertical; larger values are higher on the page.
    pub y: AxisMap,
}

impl Frame {
    /// Maps the given ranges (data units) onto a plot.
    pub fn new(plot: Rect, x: (Scale, (f64, f64)), y: (Scale, (f64, f64))) -> Self {
        Self {
            plot,
            x: AxisMap::new(x.0, x.1, plot.left, plot.right),
            y: AxisMap::new(y.0, y.1, plot.bottom, plot.top),
        }
    }

    /// A data point on the page; `None` where it has no place.
    pub fn place(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let at = [self.x.place(x), self.y.place(y)];
        at.iter().all(|v| v.is_finite()).then_some(at)
    }

    /// The visible pieces of a curve, on the page.
    pub fn clip(&self, points: &[[f64; 2]]) -> Vec<Vec<[f64; 2]>> {
        self.clip_placed(points.iter().map(|point| self.place(*point)))
    }

    /// The visible pieces of a curve whose points are on the page already; it is interrupted where there is none.
    pub fn clip_placed(&self, points: impl IntoIterator<Item = Option<[f64; 2]>>) -> Vec<Vec<[f64; 2]>> {
        let mut pieces: Vec<Vec<[f64; 2]>> = vec![];
        let mut before: Option<[f64; 2]> = None;
        let mut open = false;
        for point in points {
            let Some(here) = point else {
                (before, open) = (None, false);
                continue;
            };
            if let Some(from) = before {
                match clip_segment(from, here, &self.plot) {
                    Some((start, end)) => {
                        if !open {
                            pieces.push(vec![start]);
                        }
                        if let Some(piece) = pieces.last_mut() {
                            piece.push(end);
                        }
                        open = end == here;
                    }
                    None => open = false,
                }
            }
            before = Some(here);
        }
        pieces
    }
}

/// The part of a segment inside a rectangle (Liang and Barsky 1984).
fn clip_segment(from: [f64; 2], to: [f64; 2], rect: &Rect) -> Option<([f64; 2], [f64; 2])> {
    let delta = [to[0] - from[0], to[1] - from[1]];
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (along, distance) in [
        (-delta[0], from[0] - rect.left),
        (delta[0], rect.right - from[0]),
        (-delta[1], from[1] - rect.top),
        (delta[1], rect.bottom - from[1]),
    ] {
        if along == 0.0 {
            if distance < 0.0 {
                return None;
            }
        } else if along < 0.0 {
            enter = enter.max(distance / along);
        } else {
            leave = leave.min(distance / along);
        }
    }
    let at = |t: f64| [from[0] + t * delta[0], from[1] + t * delta[1]];
    (enter <= leave).then(|| {
        (
            if enter > 0.0 { at(enter) } else { from },
            if leave < 1.0 { at(leave) } else { to },
        )
    })
}

/// Ranges with a decade of one length on both axes: the axis that has room to spare shows more on both its sides.
///
/// Only for two log axes; others come back as they are.
pub fn equal_decades(x: &Axis, y: &Axis, width: f64, height: f64) -> ((f64, f64), (f64, f64)) {
    let decades = |(low, high): (f64, f64)| (high / low).log10();
    let (across, up) = (decades(x.range), decades(y.range));
    let sound = across > 0.0 && up > 0.0 && across.is_finite() && up.is_finite() && width > 0.0 && height > 0.0;
    if x.scale != Scale::Log || y.scale != Scale::Log || !sound {
        return (x.range, y.range);
    }
    let per_decade = (width / across).min(height / up);
    let widen = |(low, high): (f64, f64), length: f64| {
        let spare = 10f64.powf(((length / per_decade - decades((low, high))) / 2.0).max(0.0));
        (low / spare, high * spare)
    };
    (widen(x.range, width), widen(y.range, height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::TickFormat;

    const PLOT: Rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 100.0,
        bottom: 50.0,
    };

    fn axis(range: (f64, f64)) -> Axis {
        Axis {
            label: String::new(),
            scale: Scale::Log,
            format: TickFormat::Count,
            range,
            second: None,
        }
    }

    #[test]
    fn log_axes_place_decades_evenly_and_upwards() {
        let frame = Frame::new(PLOT, (Scale::Log, (1.0, 100.0)), (Scale::Log, (1.0, 10.0)));
        let [x, y] = frame.place([10.0, 10.0]).unwrap();
        assert!((x - 50.0).abs() < 1e-9 && y.abs() < 1e-9);
        assert!((frame.x.value(50.0) - 10.0).abs() < 1e-9 && (frame.y.value(50.0) - 1.0).abs() < 1e-9);
        assert_eq!(frame.place([-1.0, 1.0]), None);
        assert_eq!(frame.place([0.0, 1.0]), None);
    }

    #[test]
    fn curves_are_cut_at_the_frame() {
        let frame = Frame::new(PLOT, (Scale::Linear, (0.0, 100.0)), (Scale::Linear, (0.0, 50.0)));
        let pieces = frame.clip(&[[-50.0, 25.0], [50.0, 25.0], [50.0, 100.0], [80.0, 100.0], [80.0, 25.0]]);
        assert_eq!(
            pieces,
            [
                vec![[0.0, 25.0], [50.0, 25.0], [50.0, 0.0]],
                vec![[80.0, 0.0], [80.0, 25.0]]
            ]
        );
        assert!(frame.clip(&[[f64::NAN, 1.0], [1.0, 1.0]]).is_empty());
    }

    #[test]
    fn a_decade_is_as_long_on_both_axes() {
        let (x, y) = equal_decades(&axis((1e7, 1e11)), &axis((1e8, 1e13)), 900.0, 400.0);
        let (across, up) = ((x.1 / x.0).log10(), (y.1 / y.0).log10());
        assert!((900.0 / across - 400.0 / up).abs() < 1e-6);
        assert_eq!(y, (1e8, 1e13), "the tighter axis keeps its range");
        assert!(x.0 < 1e7 && x.1 > 1e11);
        let (x, _) = equal_decades(&axis((1e7, 1e7)), &axis((1e8, 1e13)), 900.0, 400.0);
        assert_eq!(x, (1e7, 1e7));
    }
}
