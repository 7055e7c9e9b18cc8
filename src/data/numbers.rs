//! A column of numbers, some of which may be unknown.
//!
//! Eight bytes a value: what is unknown, and what the file gave as NaN or infinity, are two NaNs that no caller outside
//! this crate ever sees. Clones share their values.

use rayon::prelude::*;
use std::sync::Arc;

/// How many values are looked at in one go, where several threads look.
const PIECE: usize = 1 << 16;

/// No value, as bits.
const UNKNOWN: u64 = 0x7ff8_0000_0000_0001;
/// The file gave NaN or infinity, as bits.
const NOT_FINITE: u64 = 0x7ff8_0000_0000_0002;

/// Finite numbers or none, one a point.
#[derive(Clone)]
pub struct Numbers(Arc<Vec<f64>>);

impl Numbers {
    /// How a value that is unknown is kept.
    pub(crate) const UNKNOWN: f64 = f64::from_bits(UNKNOWN);
    /// How a value is kept that the file gave as NaN or infinity.
    pub(crate) const NOT_FINITE: f64 = f64::from_bits(NOT_FINITE);

    /// So many of which none is known.
    pub(crate) fn unknown(len: usize) -> Self {
        Self::of_kept(vec![Self::UNKNOWN; len])
    }

    /// The finite values that a function knows, and how many. Runs in parallel.
    pub(crate) fn of_values(len: usize, value: impl Fn(usize) -> Option<f64> + Sync) -> (Self, usize) {
        let values = (0..len)
            .into_par_iter()
            .map(|point| value(point).unwrap_or(Self::UNKNOWN));
        let numbers = Self::of_kept(values.collect());
        let pieces = numbers.0.par_chunks(PIECE);
        let known = pieces
            .map(|piece| piece.iter().filter(|value| !value.is_nan()).count())
            .sum();
        (numbers, known)
    }

    /// Values that are finite or one of the two marks.
    pub(crate) fn of_kept(values: Vec<f64>) -> Self {
        Self(Arc::new(values))
    }

    /// The values as they are kept.
    pub(crate) fn kept(&self) -> &[f64] {
        &self.0
    }

    /// The same, to be changed; copied first where others share them.
    pub(crate) fn kept_mut(&mut self) -> &mut [f64] {
        Arc::make_mut(&mut self.0).as_mut_slice()
    }

    /// How many values, unknown ones included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value at an index; `None` where it is unknown, not finite, or outside the column.
    pub fn get(&self, index: usize) -> Option<f64> {
        self.0.get(index).copied().filter(|value| !value.is_nan())
    }

    /// Whether the file gave NaN or infinity at an index.
    pub fn is_not_finite(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|value| value.to_bits() == NOT_FINITE)
    }

    /// Every value in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<f64>> + Clone + '_ {
        self.0.iter().map(|value| (!value.is_nan()).then_some(*value))
    }

    /// Whether the file gave nothing at all.
    pub(super) fn is_unknown(&self) -> bool {
        self.0.iter().all(|value| value.to_bits() == UNKNOWN)
    }

    /// Puts values into gaps, where a function knows them, and says how many. Runs in parallel; copies what others share.
    pub(crate) fn complete(&mut self, value: impl Fn(usize) -> Option<f64> + Sync) -> usize {
        let pieces = self.kept_mut().par_chunks_mut(PIECE).enumerate();
        let filled = pieces.map(|(piece, kept)| {
            let gaps = kept.iter_mut().enumerate().filter(|(_, kept)| kept.is_nan());
            let found = gaps.filter_map(|(place, kept)| Some((kept, value(piece * PIECE + place)?)));
            found.map(|(kept, value)| *kept = value).count()
        });
        filled.sum()
    }

    /// Whether there is a number for every point.
    pub(crate) fn is_complete(&self) -> bool {
        self.find(f64::is_nan).is_none()
    }

    /// Index of the first value, as it is kept, that is what a function asks for. Runs in parallel.
    pub(crate) fn find(&self, asks: impl Fn(f64) -> bool + Sync) -> Option<usize> {
        let pieces = self.0.par_chunks(PIECE).enumerate();
        pieces.find_map_first(|(piece, values)| {
            // Most pieces hold none, which is seen faster without looking where.
            let any = values.iter().fold(false, |any, value| any | asks(*value));
            let place = || values.iter().position(|value| asks(*value));
            any.then(place).flatten().map(|place| piece * PIECE + place)
        })
    }
}

/// NaN and infinity are taken for what a file gave, and read back as no value.
impl FromIterator<Option<f64>> for Numbers {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(values: I) -> Self {
        let kept = |value: Option<f64>| match value {
            Some(value) if value.is_finite() => value,
            Some(_) => Self::NOT_FINITE,
            None => Self::UNKNOWN,
        };
        Self(Arc::new(values.into_iter().map(kept).collect()))
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a == b || a.to_bits() == b.to_bits();
        Arc::ptr_eq(&self.0, &other.0) || self.len() == other.len() && self.0.iter().zip(other.0.iter()).all(same)
    }
}

impl std::fmt::Debug for Numbers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_nan_comes_out() {
        let values = [Some(1.5), None, Some(f64::NAN), Some(f64::NEG_INFINITY), Some(-0.0)];
        let numbers: Numbers = values.into_iter().collect();
        let out: Vec<Option<f64>> = numbers.iter().collect();
        assert_eq!(out, [Some(1.5), None, None, None, Some(-0.0)]);
        let marks: Vec<bool> = (0..6).map(|index| numbers.is_not_finite(index)).collect();
        assert_eq!(marks, [false, false, true, true, false, false]);
        assert_eq!(
            (numbers.get(0), numbers.get(2), numbers.get(9)),
            (Some(1.5), None, None)
        );
    }

    #[test]
    fn equal_by_value_and_by_what_is_missing() {
        let of = |values: &[Option<f64>]| values.iter().copied().collect::<Numbers>();
        assert_eq!(of(&[Some(0.0), None]), of(&[Some(-0.0), None]));
        assert_ne!(of(&[Some(0.0), None]), of(&[Some(0.0)]));
        assert_ne!(of(&[None]), of(&[Some(f64::NAN)]));
        let one = of(&[None, Some(2.0)]);
        assert_eq!(one, one.clone());
    }
}
