//! Causal self-attention. For one head of one window, with Q, K, V `[T, c]` and c = d / h:
//!
//! S = Q Kᵀ / √c, P = softmax over the keys up to and with the query's own position, O = P V.
//!
//! Backward, from dO: dV = Pᵀ dO, dP = dO Vᵀ, dS = P ∘ (dP − rowsum(P ∘ dP)), dQ = dS K / √c, dK = dSᵀ Q / √c.
//!
//! Queries are taken in strips of [`STRIP`]; a strip looks only at keys up to its own end, which leaves out nearly half of
//! the work. Heads are columns of one `[tokens, 3 d]` array, queries, keys and values side by side; what stands to the right
//! of a product is packed once for all strips of a head.

use super::lanes::{LANES, dot, largest, sum, vectorised};
use super::product::{Matrix, Panels, Product, packed_left};
use super::{Real, Shape};

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

    fn queries(&self) -> usize {
        self.end - self.begin
    }

    /// Numbers of its weights, `[queries, keys]`.
    fn size(&self) -> usize {
        self.queries() * self.end
    }
}

/// Where one head of one window stands: its first row, and the first columns of its queries (and outputs), keys and values.
struct Place {
    row: usize,
    columns: [usize; 3],
}

impl Place {
    /// The heads of the first window, then those of the next.
    fn of(shape: Shape, index: usize) -> Self {
        let (window, head, c) = (index / shape.heads, index % shape.heads, shape.head_width());
        Self {
            row: window * shape.context,
            columns: [0, 1, 2].map(|part| part * shape.width + head * c),
        }
    }

    /// Where queries (0), keys (1) or values (2) of a row begin in `[tokens, 3 d]`; outputs (0) in `[tokens, d]`.
    fn at(&self, part: usize, row: usize, stride: usize) -> usize {
        (self.row + row) * stride + self.columns[part]
    }
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

/// What attention needs for one head at a time; one serves all blocks.
#[derive(Debug, Clone)]
pub(super) struct Scratch<F> {
    /// Right factors: four of them on the way back.
    panels: [Panels<F>; 4],
    /// dP of a strip, then dS.
    strip: Vec<F>,
    left: Vec<F>,
}

impl<F: Real> Scratch<F> {
    pub(super) fn new(shape: Shape) -> Self {
        let (c, context) = (shape.head_width(), shape.context);
        Self {
            panels: std::array::from_fn(|_| Panels::for_any([[c, context], [context, c]])),
            strip: vec![F::zero(); STRIP.min(context) * context],
            left: vec![F::zero(); packed_left(context)],
        }
    }
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
    pub(super) fn forward(&mut self, qkv: &[F], out: &mut [F], scratch: &mut Scratch<F>) {
        let (shape, scale) = (self.shape, self.scale());
        let (d, c, context) = (shape.width, shape.head_width(), shape.context);
        let [turned_keys, values, ..] = &mut scratch.panels;
        for (index, weights) in self.weights.chunks_exact_mut(self.per_head).enumerate() {
            let place = Place::of(shape, index);
            let part = |part: usize, row: usize| Matrix::new(&qkv[place.at(part, row, 3 * d)..], 3 * d);
            let turned_keys = turned_keys.fill(part(1, 0).flip(), c, context);
            let values = values.fill(part(2, 0), context, c);
            for strip in Strip::all(context) {
                let weights = &mut weights[strip.offset..][..strip.size()];
                F::multiply(Product {
                    scale,
                    left: part(0, strip.begin),
                    rows: strip.queries(),
                    right: turned_keys,
                    depth: 0..c,
                    columns: strip.end,
                    onto: false,
                    out: weights,
                    stride: strip.end,
                    scratch: &mut [],
                });
                softmax(weights, strip.begin, strip.end);
                F::multiply(Product {
                    scale: F::one(),
                    left: Matrix::new(weights, strip.end),
                    rows: strip.queries(),
                    right: values,
                    depth: 0..strip.end,
                    columns: c,
                    onto: false,
                    out: &mut out[place.at(0, strip.begin, d)..],
                    stride: d,
                    scratch: &mut [],
                });
            }
        }
    }

    /// Fills `dqkv`, `[tokens, 3 d]`, from `dout`, `[tokens, d]`.
    pub(super) fn backward(&mut self, qkv: &[F], dout: &[F], dqkv: &mut [F], scratch: &mut Scratch<F>) {
        let (shape, scale) = (self.shape, self.scale());
        let (d, c, context) = (shape.width, shape.head_width(), shape.context);
        let Scratch {
            panels,
            strip: dweights,
            left,
        } = scratch;
        let [turned_values, keys, queries, douts] = panels;
        for (index, weights) in self.weights.chunks_exact_mut(self.per_head).enumerate() {
            let place = Place::of(shape, index);
            let part = |part: usize| Matrix::new(&qkv[place.at(part, 0, 3 * d)..], 3 * d);
            let dout = |row: usize| Matrix::new(&dout[place.at(0, row, d)..], d);
            let turned_values = turned_values.fill(part(2).flip(), c, context);
            let keys = keys.fill(part(1), context, c);
            let queries = queries.fill(part(0), context, c);
            let douts = douts.fill(dout(0), context, c);
            // The last strip sees every key, so it is first to write what the others add to.
            for (turn, strip) in Strip::all(context).rev().enumerate() {
                let onto = turn > 0;
                let weights = &weights[strip.offset..][..strip.size()];
                let dweights = &mut dweights[..strip.size()];
                // O = P V
                F::multiply(Product {
                    scale: F::one(),
                    left: Matrix::new(weights, strip.end).flip(),
                    rows: strip.end,
                    right: douts,
                    depth: strip.begin..strip.end,
                    columns: c,
                    onto,
                    out: &mut dqkv[place.at(2, 0, 3 * d)..],
                    stride: 3 * d,
                    scratch: left,
                });
                F::multiply(Product {
                    scale: F::one(),
                    left: dout(strip.begin),
                    rows: strip.queries(),
                    right: turned_values,
                    depth: 0..c,
                    columns: strip.end,
                    onto: false,
                    out: dweights,
                    stride: strip.end,
                    scratch: &mut [],
                });
                // P = softmax(S)
                softmax_backward(dweights, weights, strip.end);
                // S = Q Kᵀ / √c
                F::multiply(Product {
                    scale,
                    left: Matrix::new(dweights, strip.end),
                    rows: strip.queries(),
                    right: keys,
                    depth: 0..strip.end,
                    columns: c,
                    onto: false,
                    out: &mut dqkv[place.at(0, strip.begin, 3 * d)..],
                    stride: 3 * d,
                    scratch: &mut [],
                });
                F::multiply(Product {
                    scale,
                    left: Matrix::new(dweights, strip.end).flip(),
                    rows: strip.end,
                    right: queries,
                    depth: strip.begin..strip.end,
                    columns: c,
                    onto,
                    out: &mut dqkv[place.at(1, 0, 3 * d)..],
                    stride: 3 * d,
                    scratch: left,
                });
            }
        }
    }
}

vectorised! {
    /// Scores of a strip, `[queries, keys]`, become weights; a query at row r sees keys up to `begin` + r.
    fn softmax(scores: &'a mut [F], begin: usize, keys: usize) {
        for (row, scores) in scores.chunks_exact_mut(keys).enumerate() {
            // Whole registers: what is not seen is first as likely as the first key, then not at all.
            let seen = begin + row + 1;
            let (scores, future) = scores.split_at_mut(seen.next_multiple_of(LANES).min(keys));
            let first = scores[0];
            scores[seen..].fill(first);
            let most = largest(scores);
            for score in &mut *scores {
                *score = (*score - most).exp();
            }
            scores[seen..].fill(F::zero());
            future.fill(F::zero());
            let share = F::one() / sum(scores);
            for weight in scores {
                *weight *= share;
            }
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
