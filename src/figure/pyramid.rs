//! A curve of very many points, drawn at any zoom without losing an extreme.
//!
//! The points are kept where the axes draw them (log10 on a log axis), in order of x. Over them stand levels: every
//! [`BUCKET`] points one bucket, then half as many buckets a level, each knowing its lowest and its highest point.
//! [`Pyramid::decimate`] cuts what is in view into columns of equal width on the page and gives of each column the
//! first, lowest, highest and last point, the very ones that a look at all of them would give. So a column shows as
//! far up and down as the curve goes in it, and where a column holds a point or two, these are the real ones.
//!
//! Time: n to build. To draw W columns, no more than W log2(n) buckets and as many stretches of [`BUCKET`] points are
//! looked at, whatever n. Memory: 16 bytes a point and 2 for the levels. Columns are counted from zero of the axis
//! and not from the edge of the view, so a curve does not shimmer while it is panned.

use super::Scale;
use std::ops::Range;

/// Points of the lowest bucket.
const BUCKET: usize = 8;

/// How much of a column is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// First, lowest, highest and last: the curve as it looks with all its points.
    Full,
    /// Lowest and highest: half as much, for crowds.
    Extremes,
}

/// A curve, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    /// Drawn coordinates, in order of x.
    points: Vec<[f64; 2]>,
    /// The lowest and highest point of each bucket; a level has half the buckets of the one before.
    levels: Vec<Vec<[u32; 2]>>,
    scales: (Scale, Scale),
}

impl Pyramid {
    /// Puts points (data units) in order of x. Those that the axes have no place for are left out, and what is beyond
    /// four billion points.
    pub fn new(points: impl IntoIterator<Item = [f64; 2]>, x: Scale, y: Scale) -> Self {
        let mut points: Vec<[f64; 2]> = points
            .into_iter()
            .map(|[px, py]| [x.forward(px), y.forward(py)])
            .filter(|at| at.iter().all(|v| v.is_finite()))
            .take(u32::MAX as usize)
            .collect();
        if !points.is_sorted_by(|a, b| a[0] <= b[0]) {
            points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        }
        let mut levels: Vec<Vec<[u32; 2]>> = vec![];
        let lowest: Vec<[u32; 2]> = (0..points.len())
            .step_by(BUCKET)
            .map(|start| {
                extremes(
                    &points,
                    (start..points.len().min(start + BUCKET)).map(|i| [i as u32; 2]),
                )
            })
            .collect();
        levels.push(lowest);
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below
                .chunks(2)
                .map(|pair| extremes(&points, pair.iter().copied()))
                .collect();
            levels.push(above);
        }
        Self {
            points,
            levels,
            scales: (x, y),
        }
    }

    /// How many points have a place.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Scales of the axes it was made for.
    pub fn scales(&self) -> (Scale, Scale) {
        self.scales
    }

    /// The last point, in data units.
    pub fn last(&self) -> Option<[f64; 2]> {
        self.points.last().map(|at| self.backward(*at))
    }

    /// The first point, in data units.
    pub fn first(&self) -> Option<[f64; 2]> {
        self.points.first().map(|at| self.backward(*at))
    }

    /// Lowest and highest y, in data units.
    pub fn reach(&self) -> Option<(f64, f64)> {
        let [low, high] = *self.levels.last()?.first()?;
        Some((
            self.scales.1.backward(self.points[low as usize][1]),
            self.scales.1.backward(self.points[high as usize][1]),
        ))
    }

    /// The point at or before an x, in data units, else the first.
    pub fn at(&self, x: f64) -> Option<[f64; 2]> {
        let x = self.scales.0.forward(x) + 1e-12;
        let after = self.points.partition_point(|at| at[0] <= x);
        self.points.get(after.saturating_sub(1)).map(|at| self.backward(*at))
    }

    /// All points in order of x, in data units.
    pub fn iter(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        self.points.iter().map(|at| self.backward(*at))
    }

    fn backward(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.scales.0.backward(x), self.scales.1.backward(y)]
    }

    /// The points between two drawn x, with one more on each side: where the lines at the edges come from.
    pub fn visible(&self, low: f64, high: f64) -> Range<usize> {
        let start = self.points.partition_point(|at| at[0] < low).saturating_sub(1);
        let end = self.points.partition_point(|at| at[0] <= high) + 1;
        start..end.min(self.points.len()).max(start)
    }

    /// Hands out the points to draw of `range`, in drawn coordinates and in order: of each column, `per_unit` of them to a
    /// unit of drawn x, what `detail` asks for; and always the first and the last point of the range.
    ///
    /// At most four points a column, or two of [`Detail::Extremes`], and those two ends.
    pub fn decimate(&self, range: Range<usize>, per_unit: f64, detail: Detail, mut out: impl FnMut([f64; 2])) {
        if range.is_empty() || range.end > self.points.len() {
            return;
        }
        let mut columns = Columns {
            pyramid: self,
            range: range.clone(),
            per_unit,
            detail,
            open: None,
            out: &mut out,
        };
        if detail == Detail::Extremes {
            (columns.out)(self.points[range.start]);
        }
        if let Some(top) = self.levels.len().checked_sub(1) {
            columns.bucket(top, 0);
        }
        columns.flush();
        if detail == Detail::Extremes {
            out(self.points[range.end - 1]);
        }
    }
}

/// The lowest and the highest of some buckets; the earlier among equals.
fn extremes(points: &[[f64; 2]], buckets: impl Iterator<Item = [u32; 2]>) -> [u32; 2] {
    buckets
        .reduce(|[low, high], [other_low, other_high]| {
            let y = |index: u32| points[index as usize][1];
            [
                if y(other_low) < y(low) { other_low } else { low },
                if y(other_high) > y(high) { other_high } else { high },
            ]
        })
        .unwrap_or_default()
}

/// What was found of a column.
#[derive(Clone, Copy)]
struct Column {
    number: i64,
    first: usize,
    last: usize,
    extremes: [u32; 2],
}

/// Goes through buckets in order and closes a column when the next begins.
struct Columns<'a, F: FnMut([f64; 2])> {
    pyramid: &'a Pyramid,
    range: Range<usize>,
    per_unit: f64,
    detail: Detail,
    open: Option<Column>,
    out: &'a mut F,
}

impl<F: FnMut([f64; 2])> Columns<'_, F> {
    fn number(&self, index: usize) -> i64 {
        (self.pyramid.points[index][0] * self.per_unit).floor() as i64
    }

    /// A bucket that is all in range and in one column is taken whole; others are opened.
    fn bucket(&mut self, level: usize, at: usize) {
        let size = BUCKET << level;
        let start = at * size;
        let end = (start + size).min(self.pyramid.points.len());
        if end <= self.range.start || start >= self.range.end {
            return;
        }
        if start >= self.range.start && end <= self.range.end {
            let number = self.number(start);
            if number == self.number(end - 1) {
                self.add(Column {
                    number,
                    first: start,
                    last: end - 1,
                    extremes: self.pyramid.levels[level][at],
                });
                return;
            }
        }
        if let Some(below) = level.checked_sub(1) {
            self.bucket(below, 2 * at);
            if 2 * at + 1 < self.pyramid.levels[below].len() {
                self.bucket(below, 2 * at + 1);
            }
            return;
        }
        for index in start.max(self.range.start)..end.min(self.range.end) {
            self.add(Column {
                number: self.number(index),
                first: index,
                last: index,
                extremes: [index as u32; 2],
            });
        }
    }

    fn add(&mut self, found: Column) {
        match &mut self.open {
            Some(open) if open.number == found.number => {
                open.last = found.last;
                let both = [open.extremes, found.extremes];
                open.extremes = extremes(&self.pyramid.points, both.into_iter());
            }
            _ => {
                self.flush();
                self.open = Some(found);
            }
        }
    }

    /// In order, and none twice.
    fn flush(&mut self) {
        let Some(Column {
            first, last, extremes, ..
        }) = self.open.take()
        else {
            return;
        };
        let [low, high] = extremes.map(|index| index as usize);
        let (early, late) = (low.min(high), low.max(high));
        let mut before = None;
        let chosen = match self.detail {
            Detail::Full => [first, early, late, last],
            Detail::Extremes => [early, early, late, late],
        };
        for index in chosen {
            if before != Some(index) {
                (self.out)(self.pyramid.points[index]);
            }
            before = Some(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(points: &[[f64; 2]]) -> Pyramid {
        Pyramid::new(points.iter().copied(), Scale::Linear, Scale::Linear)
    }

    fn drawn(pyramid: &Pyramid, range: Range<usize>, per_unit: f64, detail: Detail) -> Vec<[f64; 2]> {
        let mut out = vec![];
        pyramid.decimate(range, per_unit, detail, |at| out.push(at));
        out
    }

    /// Every column by looking at all points.
    fn brute(points: &[[f64; 2]], per_unit: f64) -> Vec<[f64; 2]> {
        let column = |at: &[f64; 2]| (at[0] * per_unit).floor() as i64;
        let mut out: Vec<[f64; 2]> = vec![];
        for chunk in points.chunk_by(|a, b| column(a) == column(b)) {
            let indices = 0..chunk.len();
            let low = indices
                .clone()
                .reduce(|a, b| if chunk[b][1] < chunk[a][1] { b } else { a });
            let high = indices.reduce(|a, b| if chunk[b][1] > chunk[a][1] { b } else { a });
            let mut chosen = [Some(0), low, high, Some(chunk.len() - 1)].map(Option::unwrap).to_vec();
            chosen.sort_unstable();
            chosen.dedup();
            out.extend(chosen.into_iter().map(|index| chunk[index]));
        }
        out
    }

    proptest! {
        #[test]
        fn columns_are_those_of_a_look_at_all_points(
            mut points in prop::collection::vec((0.0..30.0f64, -5..5i32), 1..400),
            per_unit in 0.05..20.0f64,
            cut in (0.0..1.0f64, 0.0..1.0f64),
        ) {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let points: Vec<[f64; 2]> = points.into_iter().map(|(x, y)| [x, f64::from(y)]).collect();
            let pyramid = of(&points);
            let place = |share: f64| (share * points.len() as f64) as usize;
            let range = place(cut.0.min(cut.1))..place(cut.0.max(cut.1));
            let found = drawn(&pyramid, range.clone(), per_unit, Detail::Full);
            prop_assert_eq!(&found, &brute(&points[range.clone()], per_unit));

            let few = drawn(&pyramid, range.clone(), per_unit, Detail::Extremes);
            let reach = |points: &[[f64; 2]]| {
                points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at[1]), high.max(at[1])))
            };
            prop_assert_eq!(reach(&few), reach(&points[range.clone()]), "an extreme was lost");
            prop_assert!(few.len() <= found.len() + 2);
            prop_assert_eq!(few.last(), points[range].last());
        }

        #[test]
        fn buckets_know_their_extremes(values in prop::collection::vec(-100..100i32, 1..300)) {
            let points: Vec<[f64; 2]> = values.iter().enumerate().map(|(i, v)| [i as f64, f64::from(*v)]).collect();
            let pyramid = of(&points);
            for (level, buckets) in pyramid.levels.iter().enumerate() {
                for (bucket, [low, high]) in buckets.iter().enumerate() {
                    let start = bucket * (BUCKET << level);
                    let inside = &values[start..values.len().min(start + (BUCKET << level))];
                    prop_assert_eq!(values[*low as usize], *inside.iter().min().unwrap());
                    prop_assert_eq!(values[*high as usize], *inside.iter().max().unwrap());
                }
            }
        }
    }

    #[test]
    fn what_axes_have_no_place_for_is_left_out() {
        let points = [[0.0, 3.0], [10.0, -1.0], [100.0, 3.0], [10.0, 4.0], [f64::NAN, 1.0]];
        let pyramid = Pyramid::new(points, Scale::Log, Scale::Log);
        assert_eq!(pyramid.len(), 2);
        assert_eq!(
            (pyramid.points[0][0], pyramid.points[1][0]),
            (1.0, 2.0),
            "in order of x"
        );
        let [x, y] = pyramid.at(50.0).unwrap();
        assert!((x - 10.0).abs() < 1e-9 && (y - 4.0).abs() < 1e-9);
        let none = Pyramid::new([], Scale::Log, Scale::Log);
        assert!(none.is_empty() && none.last().is_none() && none.reach().is_none() && none.at(1.0).is_none());
        assert!(drawn(&none, 0..0, 1.0, Detail::Full).is_empty());
    }

    #[test]
    fn what_is_in_view_has_a_neighbour_on_each_side() {
        let pyramid = of(&(0..100).map(|i| [f64::from(i), 0.0]).collect::<Vec<_>>());
        assert_eq!(pyramid.visible(10.5, 20.5), 10..22);
        assert_eq!(pyramid.visible(-5.0, 200.0), 0..100);
        assert_eq!(pyramid.visible(200.0, 300.0), 99..100);
    }
}
