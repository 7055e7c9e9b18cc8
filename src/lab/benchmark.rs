//! How fast this machine trains a model: forward, loss, backward, limit on the norm, AdamW; the median over steps.

use crate::train::{AdamW, Batch, Optimiser, Shape, scaling};
use serde::Serialize;
use std::time::Instant;

/// Steps before the clock counts.
const WARM: usize = 5;

/// A measured speed, under the names that the PyTorch script beside it prints.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Benchmark {
    /// V.
    pub vocab: usize,
    /// T.
    pub context: usize,
    /// B.
    pub batch: usize,
    /// d.
    pub width: usize,
    /// L.
    pub layers: usize,
    /// h.
    pub heads: usize,
    /// N = 12 L d².
    pub params_non_embedding: usize,
    /// Always false: there is no compiler here to wait for.
    pub compiled: bool,
    /// Median.
    pub seconds_per_step: f64,
    /// B T over that.
    pub tokens_per_second: f64,
    /// 10⁹ FLOP a second of all matrix products, the head's included.
    pub gflops_per_second: f64,
}

/// Times `steps` steps on one batch of random tokens, on the pool it is called from.
///
/// # Panics
/// When the shape is none, or the batch empty.
pub fn benchmark(shape: Shape, batch: usize, shards: usize, steps: usize) -> Benchmark {
    let mut parameters = scaling::initial(shape, 0);
    let mut optimiser = Optimiser::new(shape);
    let mut buffers = Batch::new(shape, batch, shards);
    // A multiplicative hash: as good as random for a lookup.
    let token = |place: usize| ((place.wrapping_mul(2_654_435_761) >> 7) % shape.vocab) as u8;
    let mut seconds = vec![];
    for step in 0..WARM + steps.max(1) {
        let start = Instant::now();
        buffers.step(
            &mut parameters,
            &mut optimiser,
            AdamW::default(),
            1e-3,
            |number, window| {
                for (position, byte) in window.iter_mut().enumerate() {
                    *byte = token(number * shape.context + position);
                }
            },
        );
        if step >= WARM {
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    let seconds_per_step = seconds[seconds.len() / 2];
    let tokens_per_second = (batch * shape.context) as f64 / seconds_per_step;
    Benchmark {
        vocab: shape.vocab,
        context: shape.context,
        batch,
        width: shape.width,
        layers: shape.layers,
        heads: shape.heads,
        params_non_embedding: shape.params_non_embedding(),
        compiled: false,
        seconds_per_step,
        tokens_per_second,
        gflops_per_second: tokens_per_second * shape.flops_per_token_with_head() / 1e9,
    }
}
