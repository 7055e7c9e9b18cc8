//! Linear maps, y = x Wᵀ, with rows of x one token each and W `[out, in]`.
//!
//! Backward, from dy: dx = dy W and dW = dyᵀ x.
#![allow(clippy::needless_pass_by_value, reason = "a view is passed as a slice is")]

use super::Real;
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

/// y = x Wᵀ; `[tokens, in]`, `[out, in]` -> `[tokens, out]`.
pub(super) fn forward<F: Real>(x: ArrayView2<F>, weight: ArrayView2<F>, mut y: ArrayViewMut2<F>) {
    general_mat_mul(F::one(), &x, &weight.t(), F::zero(), &mut y);
}

/// y += x Wᵀ: into the residual stream, without a pass of its own.
pub(super) fn forward_onto<F: Real>(x: ArrayView2<F>, weight: ArrayView2<F>, mut y: ArrayViewMut2<F>) {
    general_mat_mul(F::one(), &x, &weight.t(), F::one(), &mut y);
}

/// dx = dy W.
pub(super) fn backward_input<F: Real>(dy: ArrayView2<F>, weight: ArrayView2<F>, mut dx: ArrayViewMut2<F>) {
    general_mat_mul(F::one(), &dy, &weight, F::zero(), &mut dx);
}

/// dW = dyᵀ x: every weight is used once, so nothing has to be cleared before.
pub(super) fn backward_weight<F: Real>(dy: ArrayView2<F>, x: ArrayView2<F>, mut dweight: ArrayViewMut2<F>) {
    general_mat_mul(F::one(), &dy.t(), &x, F::zero(), &mut dweight);
}
