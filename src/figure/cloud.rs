//! Dots of one series, however many: which of them to draw, and which is nearest to the pointer.
//!
//! Up to [`CLOUD`] dots are all drawn. A larger cloud is put in Morton order of its drawn coordinates, in which
//! neighbours on the page are mostly neighbours in the list; over [`BUCKET`] dots each stands a bucket with its bounds and
//! its lowest and highest dot, and levels of half as many buckets over those. A bucket that would be no larger on the page
//! than a cell is drawn by these two dots, so that no extreme is lost; cells grow until no more dots than asked for are
//! left. Buckets belong to the dots and not to the page, so a cloud does not shimmer while it is panned.
//!
//! Time: n log n to order, once for each pair of scales, when first drawn; after that what is looked at grows with what is
//! drawn, not with n. Memory: 4 bytes a dot and 5 for the levels, beside the dots. Clones share everything.

use super::frame::Frame;
use super::{Datum, Dot, Scale};
use std::ops::{ControlFlow, Deref, Range};
use std::sync::{Arc, OnceLock};

/// From so many dots on, those that fall together are not all drawn.
pub const CLOUD: usize = 4000;
/// By what factor cells grow until few enough dots are left.
const CELL_GROWTH: f64 = 1.4;
/// Dots of the lowest bucket.
const BUCKET: usize = 16;

/// Dots that know where they are.
#[derive(Clone, Default)]
pub struct Dots(Arc<Inner>);

#[derive(Default)]
struct Inner {
    dots: Vec<Dot>,
    /// By the scales of the axes.
    index: [OnceLock<Index>; 4],
    /// Whether the dots are in the order of their measurements, as those of whole tables are.
    in_order: OnceLock<bool>,
}

impl Dots {
    /// Which dots to draw, by index in drawing order: those within `slack` points of the plot, thinned where they are many to
    /// cells of at least `cell` points and to `most` dots.
    pub fn seen(&self, frame: &Frame, slack: f64, cell: f64, most: usize) -> Vec<usize> {
        if self.len() <= CLOUD {
            let near = |dot: &Dot| frame.place(dot.at).is_some_and(|at| frame.plot.contains(at, slack));
            return (0..self.len()).filter(|index| near(&self[*index])).collect();
        }
        let index = self.index(frame);
        let found = |step: i32| {
            let mut chosen = vec![];
            let mut search = Search {
                index,
                dots: &self.0.dots,
                frame,
                slack,
                cell: cell.max(1e-3) * CELL_GROWTH.powi(step),
                most,
                chosen: &mut chosen,
            };
            let whole = search.bucket(index.levels.len() - 1, 0).is_continue();
            whole.then_some(chosen)
        };
        // Cells come in steps, or a cloud would change while it is panned. The first guess is for a plot that is full; as
        // coarse cells are looked at faster than fine ones, finer ones are tried from there.
        let area = frame.plot.width() * frame.plot.height();
        let full = (2.0 * area / most.max(1) as f64).sqrt() / cell.max(1e-3);
        let mut step = (full.max(1.0).ln() / CELL_GROWTH.ln()).ceil() as i32;
        let mut chosen = found(step);
        // A view without extent has no place for anything.
        while chosen.is_none() && step < 40 {
            step += 1;
            chosen = found(step);
        }
        while step > 0
            && let Some(finer) = found(step - 1)
        {
            chosen = Some(finer);
            step -= 1;
        }
        let mut chosen = chosen.unwrap_or_default();
        chosen.sort_unstable();
        chosen
    }

    /// The dot nearest to a point on the page, no farther than `reach`, among those that pass.
    pub fn nearest(
        &self,
        frame: &Frame,
        at: [f64; 2],
        reach: f64,
        pass: impl Fn(&Dot) -> bool,
    ) -> Option<(usize, f64)> {
        let distance = |index: usize| {
            let dot = &self[index];
            let [x, y] = frame.place(dot.at).filter(|_| pass(dot))?;
            Some((x - at[0]).hypot(y - at[1]))
        };
        let mut best = None;
        let mut limit = reach;
        let mut look = |index: usize, limit: &mut f64| {
            if let Some(found) = distance(index).filter(|found| *found <= *limit) {
                *limit = found;
                best = Some((index, found));
            }
        };
        if self.len() <= CLOUD {
            (0..self.len()).for_each(|index| look(index, &mut limit));
            return best;
        }
        let index = self.index(frame);
        let mut open = vec![(index.levels.len() - 1, 0usize)];
        while let Some((level, bucket)) = open.pop() {
            if index.levels[level][bucket].distance(frame, at) > limit {
                continue;
            }
            match level.checked_sub(1) {
                None => index.order[index.dots_of(level, bucket)]
                    .iter()
                    .for_each(|dot| look(*dot as usize, &mut limit)),
                Some(below) => {
                    let mut pair = [2 * bucket, 2 * bucket + 1].map(|child| {
                        let bounds = index.levels[below].get(child)?;
                        Some((bounds.distance(frame, at), (below, child)))
                    });
                    // The nearer is looked at first: it is the last put on the pile.
                    pair.sort_by(|a, b| b.map_or(0.0, |b| b.0).total_cmp(&a.map_or(0.0, |a| a.0)));
                    open.extend(pair.into_iter().flatten().map(|(_, child)| child));
                }
            }
        }
        best
    }

    /// The dot of a measurement.
    pub fn of_datum(&self, datum: Datum) -> Option<&Dot> {
        let in_order = self.0.in_order.get_or_init(|| self.is_sorted_by_key(|dot| dot.datum));
        if *in_order {
            let found = self.binary_search_by_key(&Some(datum), |dot| dot.datum).ok()?;
            return Some(&self[found]);
        }
        self.iter().find(|dot| dot.datum == Some(datum))
    }

    fn index(&self, frame: &Frame) -> &Index {
        let scales = (frame.x.scale(), frame.y.scale());
        let place = |scale: Scale| usize::from(scale == Scale::Log);
        let slot = &self.0.index[2 * place(scales.0) + place(scales.1)];
        slot.get_or_init(|| Index::new(&self.0.dots, scales))
    }
}

impl Deref for Dots {
    type Target = [Dot];

    fn deref(&self) -> &[Dot] {
        &self.0.dots
    }
}

impl From<Vec<Dot>> for Dots {
    fn from(dots: Vec<Dot>) -> Self {
        Self(Arc::new(Inner {
            dots,
            ..Inner::default()
        }))
    }
}

impl FromIterator<Dot> for Dots {
    fn from_iter<I: IntoIterator<Item = Dot>>(dots: I) -> Self {
        dots.into_iter().collect::<Vec<_>>().into()
    }
}

impl PartialEq for Dots {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.dots == other.0.dots
    }
}

impl std::fmt::Debug for Dots {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.dots.fmt(formatter)
    }
}

/// Bounds of some dots in drawn coordinates.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    low: [f64; 2],
    high: [f64; 2],
    /// Its lowest and highest dot.
    extremes: [u32; 2],
}

impl Bounds {
    fn of(dot: u32, at: [f64; 2]) -> Self {
        Self {
            low: at,
            high: at,
            extremes: [dot; 2],
        }
    }

    fn join(self, other: Self) -> Self {
        let least = |i: usize| self.low[i].min(other.low[i]);
        let most = |i: usize| self.high[i].max(other.high[i]);
        Self {
            low: [least(0), least(1)],
            high: [most(0), most(1)],
            extremes: [
                if other.low[1] < self.low[1] { other } else { self }.extremes[0],
                if other.high[1] > self.high[1] { other } else { self }.extremes[1],
            ],
        }
    }

    /// Left, top, right, bottom on the page.
    fn page(&self, frame: &Frame) -> [f64; 4] {
        [
            frame.x.place_drawn(self.low[0]),
            frame.y.place_drawn(self.high[1]),
            frame.x.place_drawn(self.high[0]),
            frame.y.place_drawn(self.low[1]),
        ]
    }

    /// From a point on the page to the nearest of its own.
    fn distance(&self, frame: &Frame, [x, y]: [f64; 2]) -> f64 {
        let [left, top, right, bottom] = self.page(frame);
        (left - x)
            .max(x - right)
            .max(0.0)
            .hypot((top - y).max(y - bottom).max(0.0))
    }
}

struct Index {
    /// The dots that have a place, in Morton order.
    order: Vec<u32>,
    /// The lowest first; at least one, and the last has one bucket.
    levels: Vec<Vec<Bounds>>,
}

impl Index {
    fn new(dots: &[Dot], (x, y): (Scale, Scale)) -> Self {
        let places: Vec<[f64; 2]> = dots
            .iter()
            .map(|dot| [x.forward(dot.at[0]), y.forward(dot.at[1])])
            .collect();
        let placed = || (0..places.len() as u32).filter(|dot| places[*dot as usize].iter().all(|v| v.is_finite()));
        let whole = placed()
            .map(|dot| Bounds::of(dot, places[dot as usize]))
            .reduce(Bounds::join)
            .unwrap_or(Bounds::of(0, [f64::NAN; 2]));
        let share = |at: [f64; 2], axis: usize| {
            let span = whole.high[axis] - whole.low[axis];
            if span > 0.0 {
                ((at[axis] - whole.low[axis]) / span * 65_535.0) as u16
            } else {
                0
            }
        };
        // The place on the curve, and the dot: one number to sort.
        let mut keys: Vec<u64> = placed()
            .map(|dot| {
                let at = places[dot as usize];
                (spread(share(at, 0)) | spread(share(at, 1)) << 1) << 32 | u64::from(dot)
            })
            .collect();
        keys.sort_unstable();
        let order: Vec<u32> = keys.into_iter().map(|key| key as u32).collect();
        let of = |dot: &u32| Bounds::of(*dot, places[*dot as usize]);
        let lowest: Vec<Bounds> = order
            .chunks(BUCKET)
            .filter_map(|bucket| bucket.iter().map(of).reduce(Bounds::join))
            .collect();
        let mut levels = vec![if lowest.is_empty() { vec![whole] } else { lowest }];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below
                .chunks(2)
                .filter_map(|pair| pair.iter().copied().reduce(Bounds::join))
                .collect();
            levels.push(above);
        }
        Self { order, levels }
    }

    /// What a bucket holds, as a range of the order.
    fn dots_of(&self, level: usize, bucket: usize) -> Range<usize> {
        let size = BUCKET << level;
        (bucket * size).min(self.order.len())..((bucket + 1) * size).min(self.order.len())
    }
}

/// The bits of a number with a gap after each.
fn spread(value: u16) -> u64 {
    let mut v = u64::from(value);
    v = (v | v << 8) & 0x00ff_00ff;
    v = (v | v << 4) & 0x0f0f_0f0f;
    v = (v | v << 2) & 0x3333_3333;
    (v | v << 1) & 0x5555_5555
}

struct Search<'a> {
    index: &'a Index,
    dots: &'a [Dot],
    frame: &'a Frame,
    slack: f64,
    cell: f64,
    most: usize,
    chosen: &'a mut Vec<usize>,
}

impl Search<'_> {
    /// Breaks off when more are found than asked for.
    fn bucket(&mut self, level: usize, bucket: usize) -> ControlFlow<()> {
        let bounds = &self.index.levels[level][bucket];
        let [left, top, right, bottom] = bounds.page(self.frame);
        let plot = self.frame.plot;
        let apart = right < plot.left - self.slack
            || left > plot.right + self.slack
            || bottom < plot.top - self.slack
            || top > plot.bottom + self.slack;
        // Written so that NaN is apart too.
        if apart || !(left <= right && top <= bottom) {
            return ControlFlow::Continue(());
        }
        if right - left <= self.cell && bottom - top <= self.cell {
            let [low, high] = bounds.extremes;
            self.chosen.push(low as usize);
            self.chosen.extend((high != low).then_some(high as usize));
        } else if let Some(below) = level.checked_sub(1) {
            self.bucket(below, 2 * bucket)?;
            if 2 * bucket + 1 < self.index.levels[below].len() {
                self.bucket(below, 2 * bucket + 1)?;
            }
        } else {
            for dot in &self.index.order[self.index.dots_of(level, bucket)] {
                let at = self.frame.place(self.dots[*dot as usize].at);
                if at.is_some_and(|at| plot.contains(at, self.slack)) {
                    self.chosen.push(*dot as usize);
                }
            }
        }
        if self.chosen.len() > self.most {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Paint, Rect};
    use proptest::prelude::*;

    const PLOT: Rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 400.0,
        bottom: 300.0,
    };

    /// Points that fill the square of 1 to 100, without a random number.
    fn many(count: u32) -> Dots {
        (0..count)
            .map(|i| {
                let share = |by: f64| (f64::from(i) * by).fract();
                dot([
                    10f64.powf(2.0 * share(0.754_877_666)),
                    10f64.powf(2.0 * share(0.569_840_290)),
                ])
            })
            .collect()
    }

    fn dot(at: [f64; 2]) -> Dot {
        Dot {
            at,
            paint: Paint::Ramp(0.5),
            hollow: false,
            datum: None,
        }
    }

    fn frame(x: (f64, f64), y: (f64, f64)) -> Frame {
        Frame::new(PLOT, (Scale::Log, x), (Scale::Log, y))
    }

    proptest! {
        #[test]
        fn the_nearest_is_that_of_a_look_at_all(x in -10.0..410.0f64, y in -10.0..310.0f64, zoom in 1.0..80.0f64) {
            let dots = many(9000);
            let frame = frame((10.0 / zoom, 10.0 * zoom), (10.0 / zoom, 10.0 * zoom));
            let all = (0..dots.len()).filter_map(|i| {
                let at = frame.place(dots[i].at)?;
                Some((at[0] - x).hypot(at[1] - y))
            });
            let expected = all.fold(f64::INFINITY, f64::min);
            let found = dots.nearest(&frame, [x, y], 10.0, |_| true);
            prop_assert_eq!(found.map(|found| found.1), Some(expected).filter(|d| *d <= 10.0));
        }

        #[test]
        fn what_is_drawn_is_in_view_bounded_and_hides_nothing(left in 0.0..1.5f64, width in 0.01..2.0f64) {
            let dots = many(20_000);
            let (low, high) = (10f64.powf(left), 10f64.powf(left + width));
            let frame = frame((low, high), (1.0, 100.0));
            let (cell, most) = (8.0, 100_000);
            let seen = dots.seen(&frame, 0.0, cell, most);
            prop_assert!(seen.is_sorted());
            let places: Vec<[f64; 2]> = seen.iter().map(|i| frame.place(dots[*i].at).unwrap()).collect();
            let mut taken = std::collections::HashSet::new();
            let square = |at: &[f64; 2], dx: i64, dy: i64| ((at[0] / cell).floor() as i64 + dx, (at[1] / cell).floor() as i64 + dy);
            taken.extend(places.iter().map(|at| square(at, 0, 0)));
            for at in dots.iter().filter_map(|dot| frame.place(dot.at)).filter(|at| PLOT.contains(*at, 0.0)) {
                let near = (-1..=1).any(|dx| (-1..=1).any(|dy| taken.contains(&square(&at, dx, dy))));
                prop_assert!(near, "nothing is drawn near {at:?}");
            }
            prop_assert!(dots.seen(&frame, 0.0, 1.0, 1000).len() <= 1000);
        }
    }

    #[test]
    fn extremes_of_a_cloud_are_drawn() {
        let mut all: Vec<Dot> = many(50_000).to_vec();
        all.push(dot([30.0, 300.0]));
        all.push(dot([3.0, 0.3]));
        let dots = Dots::from(all);
        let seen = dots.seen(&frame((1.0, 100.0), (0.1, 1000.0)), 0.0, 1.0, 200);
        assert!(seen.contains(&50_000) && seen.contains(&50_001));
    }

    #[test]
    fn the_dot_of_a_measurement_is_found_in_any_order() {
        let of = |points: [usize; 3]| -> Dots {
            let datum = |point| Some(Datum { table: 0, point });
            points
                .iter()
                .map(|point| Dot {
                    datum: datum(*point),
                    ..dot([*point as f64, 1.0])
                })
                .collect()
        };
        for dots in [of([1, 4, 9]), of([4, 9, 1])] {
            assert_eq!(
                dots.of_datum(Datum { table: 0, point: 9 }).map(|dot| dot.at[0]),
                Some(9.0)
            );
            assert_eq!(dots.of_datum(Datum { table: 1, point: 9 }), None);
        }
    }

    #[test]
    fn a_cloud_takes_any_place() {
        let same = Dots::from(vec![dot([5.0, 5.0]); 10_000]);
        assert_eq!(same.seen(&frame((1.0, 100.0), (1.0, 100.0)), 0.0, 1.0, 100).len(), 1);
        let nowhere = Dots::from(vec![dot([f64::NAN, -5.0]); 10_000]);
        assert!(
            nowhere
                .seen(&frame((1.0, 100.0), (1.0, 100.0)), 0.0, 1.0, 100)
                .is_empty()
        );
        assert_eq!(
            nowhere.nearest(&frame((1.0, 100.0), (1.0, 100.0)), [0.0; 2], 1e9, |_| true),
            None
        );
        let flat = frame((1.0, f64::NAN), (1.0, 1.0));
        assert!(same.seen(&flat, 0.0, 1.0, 100).is_empty());
    }
}
