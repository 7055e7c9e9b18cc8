//! Linear maps, y = x Wᵀ, with rows of x one token each and W `[out, in]`.
//!
//! Backward, from dy: dx = dy W and dW = dyᵀ x. The weights are packed once a step, both ways, for all windows and shards.

use super::Real;
use super::product::{Matrix, Panels, Product, packed_left};

/// The size of a map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linear {
    pub(super) input: usize,
    pub(super) out: usize,
}

/// A map's weights as right factors.
#[derive(Debug, Clone)]
pub(super) struct Weight<F> {
    map: Linear,
    /// Wᵀ.
    forward: Panels<F>,
    /// W; only where something is to be learned.
    backward: Option<Panels<F>>,
}

/// What dW needs besides its operands.
#[derive(Debug, Clone)]
pub(super) struct Scratch<F> {
    panels: Panels<F>,
    left: Vec<F>,
}

impl<F: Real> Scratch<F> {
    /// For any of these maps, with so many tokens at a time.
    pub(super) fn new(maps: &[Linear], tokens: usize) -> Self {
        let rows = maps.iter().map(|map| map.out).max().unwrap_or(0);
        Self {
            panels: Panels::for_any(maps.iter().map(|map| [tokens, map.input])),
            left: vec![F::zero(); packed_left(rows)],
        }
    }
}

impl<F: Real> Weight<F> {
    /// Room for a map's weights.
    pub(super) fn new(map: Linear, learns: bool) -> Self {
        Self {
            map,
            forward: Panels::new(map.input, map.out),
            backward: learns.then(|| Panels::new(map.out, map.input)),
        }
    }

    /// Packs W.
    pub(super) fn fill(&mut self, weight: &[F]) {
        let Linear { input, out } = self.map;
        let weight = Matrix::new(weight, input);
        self.forward.fill(weight.flip(), input, out);
        if let Some(backward) = &mut self.backward {
            backward.fill(weight, out, input);
        }
    }

    /// y = x Wᵀ, or y += x Wᵀ: into the residual stream, without a pass of its own.
    pub(super) fn forward(&self, x: &[F], onto: bool, y: &mut [F]) {
        let Linear { input, out } = self.map;
        F::multiply(Product {
            scale: F::one(),
            left: Matrix::new(x, input),
            rows: x.len() / input,
            right: &self.forward,
            depth: 0..input,
            columns: out,
            onto,
            out: y,
            stride: out,
            scratch: &mut [],
        });
    }

    /// dx = dy W.
    pub(super) fn backward_input(&self, dy: &[F], dx: &mut [F]) {
        let Linear { input, out } = self.map;
        F::multiply(Product {
            scale: F::one(),
            left: Matrix::new(dy, out),
            rows: dy.len() / out,
            right: self.backward.as_ref().expect("packed to learn"),
            depth: 0..out,
            columns: input,
            onto: false,
            out: dx,
            stride: input,
            scratch: &mut [],
        });
    }

    /// dW = dyᵀ x, or dW += dyᵀ x.
    pub(super) fn backward_weight(&self, dy: &[F], x: &[F], onto: bool, dweight: &mut [F], scratch: &mut Scratch<F>) {
        let Linear { input, out } = self.map;
        let (Scratch { panels, left }, tokens) = (scratch, x.len() / input);
        F::multiply(Product {
            scale: F::one(),
            left: Matrix::new(dy, out).flip(),
            rows: out,
            right: panels.fill(Matrix::new(x, input), tokens, input),
            depth: 0..tokens,
            columns: input,
            onto,
            out: dweight,
            stride: input,
            scratch: left,
        });
    }
}
