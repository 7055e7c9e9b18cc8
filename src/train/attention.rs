//! Causal self-attention. For one head of one window, with Q, K, V `[T, c]` and c = d / h:
//!
//! S = Q Kᵀ / √c, P = softmax over the keys up to and with the query's own position, O = P V.
//!
//! Backward, from dO: dV = Pᵀ dO, dP = dO Vᵀ, dS = P ∘ (dP − rowsum(P ∘ dP)), dQ = dS K / √c, dK = dSᵀ Q / √c.
//!
//! Queries are taken in strips of [`STRIP`]; a strip looks only at keys up to its own end, which leaves out nearly half of
//! the work. Heads are columns of one `[tokens, 3 d]` array, queries, keys and values side by side, and are multiplied where
//! they stand.
#![allow(clippy::needless_pass_by_value, reason = "a view is passed as a slice is")]

use super::lanes::{dot, largest, sum, vectorised};
use super::{Real, Shape};
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis, Slice};
use std::ops::Range;

/// Queries at a time.
const STRIP: usize = 32;

/// Queries of a window that are taken together.
struct Strip {
    /// Rows of the window; keys are rows up to their end.
    begin: usize,
    end: usize,
    /// Where its weights begin among those of the head.
    offset: usize,
}

impl Strip {
    fn all(context: usize) -> impl DoubleEndedIterator<Item = Self> {
        (0..context.div_ceil(STRIP)).map(move |strip| Self {
            begin: strip * STRIP,
            end: ((strip + 1) * STRIP).min(context),
            // Strips before this one are whole and see 1, 2, … strips of keys.
            offset: STRIP * STRIP * (strip * (strip + 1) / 2),
        })
    }

    /// Numbers of its weights, `[queries, keys]`.
    fn size(&self) -> usize {
        (self.end - self.begin) * self.end
    }

    /// Its weights as an array.
    fn of<'a, F: Real>(&self, numbers: &'a mut [F]) -> ArrayViewMut2<'a, F> {
        let numbers = &mut numbers[..self.size()];
        ArrayViewMut2::from_shape([self.end - self.begin, self.end], numbers).expect("a strip has its size")
    }
}

/// Where one head of one window stands: rows of all arrays, columns of queries (and outputs), keys and values.
struct Place {
    rows: usize,
    queries: Range<usize>,
    keys: Range<usize>,
    values: Range<usize>,
}

impl Place {
    /// The heads of the first window, then those of the next.
    fn of(shape: Shape, index: usize) -> Self {
        let (window, head, c) = (index / shape.heads, index % shape.heads, shape.head_width());
        let columns = |part: usize| part * shape.width + head * c..part * shape.width + (head + 1) * c;
        Self {
            rows: window * shape.context,
            queries: columns(0),
            keys: columns(1),
            values: columns(2),
        }
    }
}

/// Some rows and columns of an array.
fn part<F>(array: ArrayView2<'_, F>, rows: Range<usize>, columns: Range<usize>) -> ArrayView2<'_, F> {
    array
        .slice_axis_move(Axis(0), rows.into())
        .slice_axis_move(Axis(1), columns.into())
}

/// Some rows and columns, to change them.
fn part_mut<'a, F>(
    array: &'a mut ArrayViewMut2<'_, F>,
    rows: Range<usize>,
    columns: Range<usize>,
) -> ArrayViewMut2<'a, F> {
    let rows = array.view_mut().slice_axis_move(Axis(0), Slice::from(rows));
    rows.slice_axis_move(Axis(1), Slice::from(columns))
}

/// What attention keeps for its way back.
#[derive(Debug, Clone)]
pub(super) struct Attention<F> {
    shape: Shape,
    /// P of every window and head, strip after strip.
    weights: Vec<F>,
    /// Numbers in `weights` for each head.
    per_head: usize,
}

impl<F: Real> Attention<F> {
    pub(super) fn new(shape: Shape, windows: usize) -> Self {
        let per_head = Strip::all(shape.context)
            .last()
            .map_or(0, |strip| strip.offset + strip.size());
        Self {
            shape,
            weights: vec![F::zero(); windows * shape.heads * per_head],
            per_head,
        }
    }

    fn scale(&self) -> F {
        F::of(1.0 / (self.shape.head_width() as f64).sqrt())
    }

    /// Fills `out`, `[tokens, d]`, from `qkv`, `[tokens, 3 d]`.
    pub(super) fn forward(&mut self, qkv: ArrayView2<F>, mut out: ArrayViewMut2<F>) {
        let (shape, scale) = (self.shape, self.scale());
        for (index, weights) in self.weights.chunks_exact_mut(self.per_head).enumerate() {
            let place = Place::of(shape, index);
            for strip in Strip::all(shape.context) {
                let (here, seen) = (
                    place.rows + strip.begin..place.rows + strip.end,
                    place.rows..place.rows + strip.end,
                );
                let q = part(qkv, here.clone(), place.queries.clone());
                let k = part(qkv, seen.clone(), place.keys.clone());
                let v = part(qkv, seen, place.values.clone());
                let weights = &mut weights[strip.offset..][..strip.size()];
                general_mat_mul(scale, &q, &k.t(), F::zero(), &mut strip.of(weights));
                softmax(weights, strip.begin, strip.end);
                let mut o = part_mut(&mut out, here, place.queries.clone());
                general_mat_mul(F::one(), &strip.of(weights), &v, F::zero(), &mut o);
            }
        }
    }

    /// Fills `dqkv`, `[tokens, 3 d]`, from `dout`, `[tokens, d]`; `scratch` holds one strip of the largest size.
    pub(super) fn backward(
        &mut self,
        qkv: ArrayView2<F>,
        dout: ArrayView2<F>,
        mut dqkv: ArrayViewMut2<F>,
        scratch: &mut [F],
    ) {
        let (shape, scale) = (self.shape, self.scale());
        for (index, weights) in self.weights.chunks_exact_mut(self.per_head).enumerate() {
            let place = Place::of(shape, index);
            // The last strip sees every key, so it is first to write what the others add to.
            for (turn, strip) in Strip::all(shape.context).rev().enumerate() {
                let onto = if turn == 0 { F::zero() } else { F::one() };
                let (here, seen) = (
                    place.rows + strip.begin..place.rows + strip.end,
                    place.rows..place.rows + strip.end,
                );
                let q = part(qkv, here.clone(), place.queries.clone());
                let k = part(qkv, seen.clone(), place.keys.clone());
                let v = part(qkv, seen.clone(), place.values.clone());
                let d_o = part(dout, here.clone(), place.queries.clone());
                let weights = &mut weights[strip.offset..][..strip.size()];
                // O = P V
                let mut d_v = part_mut(&mut dqkv, seen.clone(), place.values.clone());
                general_mat_mul(F::one(), &strip.of(weights).t(), &d_o, onto, &mut d_v);
                general_mat_mul(F::one(), &d_o, &v.t(), F::zero(), &mut strip.of(scratch));
                // P = softmax(S)
                softmax_backward(&mut scratch[..strip.size()], weights, strip.end);
                // S = Q Kᵀ / √c
                let mut d_q = part_mut(&mut dqkv, here, place.queries.clone());
                general_mat_mul(scale, &strip.of(scratch), &k, F::zero(), &mut d_q);
                let mut d_k = part_mut(&mut dqkv, seen, place.keys.clone());
                general_mat_mul(scale, &strip.of(scratch).t(), &q, onto, &mut d_k);
            }
        }
    }

    /// Numbers that `backward` needs as scratch.
    pub(super) fn scratch_size(shape: Shape) -> usize {
        STRIP.min(shape.context) * shape.context
    }
}

vectorised! {
    /// Scores of a strip, `[queries, keys]`, become weights; a query at row r sees keys up to `begin` + r.
    fn softmax(scores: &'a mut [F], begin: usize, keys: usize) {
        for (row, scores) in scores.chunks_exact_mut(keys).enumerate() {
            let (seen, future) = scores.split_at_mut(begin + row + 1);
            let most = largest(seen);
            for score in &mut *seen {
                *score = (*score - most).exp();
            }
            let share = F::one() / sum(seen);
            for weight in seen {
                *weight *= share;
            }
            future.fill(F::zero());
        }
    }
}

vectorised! {
    /// dP becomes dS. Where a key is in the future P is zero, and so is dS.
    fn softmax_backward(gradients: &'a mut [F], weights: &'a [F], keys: usize) {
        for (gradients, weights) in gradients.chunks_exact_mut(keys).zip(weights.chunks_exact(keys)) {
            let along = dot(gradients, weights);
            for (gradient, weight) in gradients.iter_mut().zip(weights) {
                *gradient = *weight * (*gradient - along);
            }
        }
    }
}
