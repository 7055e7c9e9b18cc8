//! One run at one checkpoint, and all of a table's.

use super::RunTable;
use crate::units::{Flops, Loss, Params, Tokens};

/// One run at one checkpoint. `None` is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Index into [`RunTable::runs`].
    pub run: usize,
    /// Physical line in the source file, 1-based, header included; for JSON the line where the record starts.
    pub line: u64,
    /// N, total or of unstated convention.
    pub params: Option<Params>,
    /// N without embeddings.
    pub params_non_embedding: Option<Params>,
    /// D, repeats included.
    pub tokens: Option<Tokens>,
    /// Distinct tokens.
    pub unique_tokens: Option<Tokens>,
    /// C.
    pub flops: Option<Flops>,
    /// Held-out loss, nats per token.
    pub loss: Option<Loss>,
    /// Training loss, nats per token.
    pub train_loss: Option<Loss>,
    /// Optimiser step.
    pub step: Option<f64>,
    /// The file gave NaN or infinity as the loss.
    pub diverged: bool,
}

impl Point {
    /// N as the laws use it: the total count, or the non-embedding count where it is all there is.
    pub fn model_size(&self) -> Option<Params> {
        self.params.or(self.params_non_embedding)
    }

    /// Tokens per parameter, D/N.
    pub fn tokens_per_param(&self) -> Option<f64> {
        Some(self.tokens?.0 / self.model_size()?.0)
    }
}

/// The points of a table, in the order of the file. Each is put together when asked for.
#[derive(Clone, Copy)]
pub struct Points<'a>(&'a RunTable);

impl<'a> Points<'a> {
    pub(super) fn of(table: &'a RunTable) -> Self {
        Self(table)
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.point_count()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// One of them.
    ///
    /// # Panics
    /// When the index is not below [`Points::len`], as indexing does.
    pub fn get(self, index: usize) -> Point {
        self.0.point(index)
    }

    /// Every one in order.
    pub fn iter(self) -> PointsIter<'a> {
        PointsIter {
            table: self.0,
            rest: 0..self.len(),
        }
    }
}

/// Two tables have the same points.
impl PartialEq for Points<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl std::fmt::Debug for Points<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Points<'a> {
    type Item = Point;
    type IntoIter = PointsIter<'a>;

    fn into_iter(self) -> PointsIter<'a> {
        self.iter()
    }
}

/// Goes through the points of a table.
#[derive(Debug, Clone)]
pub struct PointsIter<'a> {
    table: &'a RunTable,
    rest: std::ops::Range<usize>,
}

impl Iterator for PointsIter<'_> {
    type Item = Point;

    fn next(&mut self) -> Option<Point> {
        self.rest.next().map(|index| self.table.point(index))
    }

    fn nth(&mut self, skip: usize) -> Option<Point> {
        self.rest.nth(skip).map(|index| self.table.point(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

impl ExactSizeIterator for PointsIter<'_> {}
