//! LayerNorm with a gain and no bias: x̂ = (x − mean x) / σ, σ² = mean (x − mean x)² + ε, y = g x̂, over the width d.
//!
//! Backward, with a = g dy: dx = (a − mean a − x̂ · mean(a x̂)) / σ and dg = Σ dy x̂ over tokens. The last term of dx holds
//! the *centred* input over σ, that is x̂ itself; it is the part that is easily got wrong.

use super::Real;
use super::lanes::{dot, sum, sum_over, vectorised};

/// PyTorch's ε.
const EPSILON: f64 = 1e-5;

/// What a norm keeps for its way back; rows are tokens.
#[derive(Debug, Clone)]
pub(super) struct Norm<F> {
    /// x̂, `[tokens, d]`.
    normal: Vec<F>,
    /// 1 / σ, `[tokens]`.
    inverse: Vec<F>,
    /// y, `[tokens, d]`.
    pub(super) out: Vec<F>,
}

impl<F: Real> Norm<F> {
    pub(super) fn new(tokens: usize, width: usize) -> Self {
        Self {
            normal: vec![F::zero(); tokens * width],
            inverse: vec![F::zero(); tokens],
            out: vec![F::zero(); tokens * width],
        }
    }

    /// Fills `out` from x, `[tokens, d]`.
    pub(super) fn forward(&mut self, x: &[F], gain: &[F]) {
        forward_rows(x, gain, &mut self.normal, &mut self.inverse, &mut self.out);
    }

    /// Adds to dx, `[tokens, d]`, and to dg, `[d]`; dy, `[tokens, d]`, is used up.
    pub(super) fn backward(&self, dy: &mut [F], gain: &[F], dx: &mut [F], dgain: &mut [F]) {
        backward_rows(dy, gain, &self.normal, &self.inverse, dx, dgain);
    }
}

vectorised! {
    fn forward_rows(x: &'a [F], gain: &'a [F], normal: &'a mut [F], inverse: &'a mut [F], out: &'a mut [F]) {
        let d = gain.len();
        let share = F::one() / F::of(d as f64);
        let rows = x.chunks_exact(d).zip(normal.chunks_exact_mut(d));
        for (((x, normal), out), inverse) in rows.zip(out.chunks_exact_mut(d)).zip(inverse) {
            let mean = sum(x) * share;
            let variance = sum_over(x, x, |sum, x, _| (x - mean).fused(x - mean, sum)) * share;
            *inverse = F::one() / (variance + F::of(EPSILON)).sqrt();
            for (((x, normal), out), gain) in x.iter().zip(normal).zip(out).zip(gain) {
                *normal = (*x - mean) * *inverse;
                *out = *normal * *gain;
            }
        }
    }
}

vectorised! {
    fn backward_rows(dy: &'a mut [F], gain: &'a [F], normal: &'a [F], inverse: &'a [F], dx: &'a mut [F], dgain: &'a mut [F]) {
        let d = gain.len();
        let share = F::one() / F::of(d as f64);
        let rows = dy.chunks_exact_mut(d).zip(normal.chunks_exact(d));
        for (((dy, normal), dx), inverse) in rows.zip(dx.chunks_exact_mut(d)).zip(inverse) {
            // y = g x̂: dy becomes a = g dy, the derivative by x̂.
            for (((dy, normal), dgain), gain) in dy.iter_mut().zip(normal).zip(&mut *dgain).zip(gain) {
                *dgain = dy.fused(*normal, *dgain);
                *dy *= *gain;
            }
            // x̂ = (x − mean) / σ: both mean and σ depend on every x.
            let mean = sum(dy) * share;
            let along = dot(dy, normal) * share;
            for ((dx, a), normal) in dx.iter_mut().zip(&*dy).zip(normal) {
                *dx += (*a - mean - *normal * along) * *inverse;
            }
        }
    }
}
