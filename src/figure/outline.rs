//! A free outline on the page, and the dots inside it.
//!
//! Inside is what a ray to the right leaves through an odd number of edges. A point is tested against the edges that pass
//! its height only: edges are listed by [`ROWS`] strips of the outline's height. Before that, dots are cut by the outline's
//! bounds in data units, which takes no logarithm; so a hundred thousand dots take a few milliseconds.

use super::{Dots, Frame, Rect};

/// Strips that the edges are listed by.
const ROWS: usize = 256;
/// By how much bounds are widened, in points, so that rounding loses no dot on the edge.
const SLACK: f64 = 1.0;

/// A closed outline.
#[derive(Debug, Clone)]
pub struct Outline {
    bounds: Rect,
    /// Edges from corner to corner, by strip.
    rows: Vec<Vec<[[f64; 2]; 2]>>,
}

impl Outline {
    /// Through these corners and back to the first; `None` where they enclose nothing.
    pub fn of(corners: &[[f64; 2]]) -> Option<Self> {
        let sound = corners.iter().flatten().all(|v| v.is_finite());
        let first = corners.first().filter(|_| sound && corners.len() > 2)?;
        let mut bounds = Rect {
            left: first[0],
            right: first[0],
            top: first[1],
            bottom: first[1],
        };
        for [x, y] in corners {
            bounds.left = bounds.left.min(*x);
            bounds.right = bounds.right.max(*x);
            bounds.top = bounds.top.min(*y);
            bounds.bottom = bounds.bottom.max(*y);
        }
        if bounds.width() <= 0.0 || bounds.height() <= 0.0 {
            return None;
        }
        let mut outline = Self {
            bounds,
            rows: vec![vec![]; ROWS],
        };
        let ends = corners.iter().skip(1).chain(corners.first());
        for (from, to) in corners.iter().zip(ends) {
            let (a, b) = (outline.row(from[1]), outline.row(to[1]));
            for row in &mut outline.rows[a.min(b)..=a.max(b)] {
                row.push([*from, *to]);
            }
        }
        Some(outline)
    }

    fn row(&self, y: f64) -> usize {
        let share = (y - self.bounds.top) / self.bounds.height();
        ((share * ROWS as f64).max(0.0) as usize).min(ROWS - 1)
    }

    /// Whether a place on the page is inside.
    pub fn contains(&self, [x, y]: [f64; 2]) -> bool {
        if !self.bounds.contains([x, y], 0.0) {
            return false;
        }
        let crossed = |[from, to]: &&[[f64; 2]; 2]| {
            let passes = (from[1] > y) != (to[1] > y);
            passes && x < from[0] + (y - from[1]) / (to[1] - from[1]) * (to[0] - from[0])
        };
        self.rows[self.row(y)].iter().filter(crossed).count() % 2 == 1
    }

    /// The dots inside, by index.
    pub fn inside<'a>(&'a self, dots: &'a Dots, frame: &'a Frame) -> impl Iterator<Item = usize> + 'a {
        let x = (
            frame.x.value(self.bounds.left - SLACK),
            frame.x.value(self.bounds.right + SLACK),
        );
        let y = (
            frame.y.value(self.bounds.bottom + SLACK),
            frame.y.value(self.bounds.top - SLACK),
        );
        let near = move |at: [f64; 2]| at[0] >= x.0 && at[0] <= x.1 && at[1] >= y.0 && at[1] <= y.1;
        let within = move |index: &usize| {
            let at = dots[*index].at;
            near(at) && frame.place(at).is_some_and(|place| self.contains(place))
        };
        (0..dots.len()).filter(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Dot, Paint, Scale};

    const PLOT: Rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 400.0,
        bottom: 300.0,
    };

    fn frame() -> Frame {
        Frame::new(PLOT, (Scale::Log, (1.0, 1e4)), (Scale::Log, (1.0, 1e3)))
    }

    /// Points that fill the plot and its surroundings, without a random number.
    fn many(count: u32) -> Dots {
        let share = |i: u32, by: f64| 1.2 * (f64::from(i) * by).fract() - 0.1;
        (0..count)
            .map(|i| Dot {
                at: [
                    10f64.powf(4.0 * share(i, 0.754_877_666)),
                    10f64.powf(3.0 * share(i, 0.569_840_290)),
                ],
                paint: Paint::Ramp(0.5),
                hollow: false,
                datum: None,
            })
            .collect()
    }

    /// A spiral as a hand would draw it, with many corners and crossing itself at its end.
    fn scrawl(corners: u32) -> Vec<[f64; 2]> {
        (0..corners)
            .map(|i| {
                let turn = 7.0 * f64::from(i) / f64::from(corners);
                let reach = 60.0 + 14.0 * turn + 9.0 * (5.0 * turn).sin();
                [200.0 + reach * turn.cos(), 150.0 + reach * turn.sin()]
            })
            .collect()
    }

    #[test]
    fn a_notch_is_outside() {
        let arrow = [[0.0, 0.0], [10.0, 0.0], [5.0, 5.0], [10.0, 10.0], [0.0, 10.0]];
        let outline = Outline::of(&arrow).unwrap();
        assert!(outline.contains([2.0, 5.0]) && outline.contains([8.0, 1.0]) && outline.contains([8.0, 9.0]));
        assert!(!outline.contains([8.0, 5.0]) && !outline.contains([-1.0, 5.0]) && !outline.contains([5.0, 11.0]));
        assert!(!outline.contains([f64::NAN, 5.0]));
        assert!(Outline::of(&arrow[..2]).is_none());
        assert!(Outline::of(&[[1.0, 1.0]; 5]).is_none());
        assert!(Outline::of(&[[0.0, 0.0], [1.0, f64::NAN], [0.0, 2.0]]).is_none());
    }

    #[test]
    fn a_hundred_thousand_dots_are_told_apart_as_by_a_look_at_every_edge() {
        let (dots, frame, corners) = (many(100_000), frame(), scrawl(600));
        let outline = Outline::of(&corners).unwrap();
        let ends = || corners.iter().skip(1).chain(corners.first());
        let slow = |[x, y]: [f64; 2]| {
            let crossed = corners.iter().zip(ends()).filter(|(from, to)| {
                (from[1] > y) != (to[1] > y) && x < from[0] + (y - from[1]) / (to[1] - from[1]) * (to[0] - from[0])
            });
            crossed.count() % 2 == 1
        };
        let fast: Vec<usize> = outline.inside(&dots, &frame).collect();
        assert!(fast.len() > 10_000 && fast.len() < 60_000, "{}", fast.len());
        // Every fiftieth of both kinds: the slow way takes its time.
        for index in (0..dots.len()).step_by(50) {
            let inside = frame.place(dots[index].at).is_some_and(slow);
            assert_eq!(fast.binary_search(&index).is_ok(), inside, "dot {index}");
        }
    }
}
