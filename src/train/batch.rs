//! One step on one batch, cut into shards that the pool shares.

use super::{AdamW, Evaluation, HeldOut, Optimiser, Packed, Shape, Shard, Tensors, evaluate};
use rayon::prelude::*;

/// Tokens that go through a model at once. What they leave behind is to stay near the core; but every pass reads all weights,
/// and those of a wide model are nearly as much.
fn at_once(width: usize) -> usize {
    if width <= 128 { 128 } else { 512 }
}

/// Buffers for batches of B windows in a fixed number of shards.
#[derive(Debug, Clone)]
pub struct Batch {
    shape: Shape,
    packed: Packed<f32>,
    shards: Vec<Shard<f32>>,
    feeds: Vec<Feed>,
}

/// A shard's part of a batch.
#[derive(Debug, Clone)]
struct Feed {
    window: Vec<u8>,
    inputs: Vec<u8>,
    targets: Vec<u8>,
    loss: f64,
}

impl Batch {
    /// Buffers for `windows` windows; `shards` divides them.
    ///
    /// # Panics
    /// When the shape is none.
    pub fn new(shape: Shape, windows: usize, shards: usize) -> Self {
        let per_shard = windows / shards;
        let feed = Feed {
            window: vec![0; shape.context + 1],
            inputs: vec![0; per_shard * shape.context],
            targets: vec![0; per_shard * shape.context],
            loss: 0.0,
        };
        let together = (1..=per_shard)
            .filter(|together| per_shard.is_multiple_of(*together) && together * shape.context <= at_once(shape.width))
            .max()
            .unwrap_or(1);
        Self {
            shape,
            packed: Packed::new(shape, true),
            shards: (0..shards).map(|_| Shard::new(shape, together, true)).collect(),
            feeds: vec![feed; shards],
        }
    }

    /// Tokens of a batch.
    pub fn tokens(&self) -> usize {
        self.feeds.iter().map(|feed| feed.inputs.len()).sum()
    }

    /// Scores the first windows of a held-out text.
    pub fn evaluate(&mut self, parameters: &Tensors<f32>, held_out: &HeldOut, windows: usize) -> Evaluation {
        self.packed.fill(parameters);
        evaluate(parameters, &self.packed, held_out, windows, &mut self.shards)
    }

    /// Fills the batch's windows, T + 1 bytes each, by their number in it, and takes one step on them. Hands back the mean
    /// loss before it and the norm of the gradient.
    pub fn step(
        &mut self,
        parameters: &mut Tensors<f32>,
        optimiser: &mut Optimiser<f32>,
        settings: AdamW,
        learning_rate: f64,
        fill: impl Fn(usize, &mut [u8]) + Sync,
    ) -> (f64, f64) {
        let (context, tokens) = (self.shape.context, self.tokens());
        let (per_shard, weight) = (self.feeds[0].inputs.len() / context, 1.0 / tokens as f32);
        self.packed.fill(parameters);
        let (model, packed, fill) = (&*parameters, &self.packed, &fill);
        let work = self
            .shards
            .par_iter_mut()
            .zip(&mut self.feeds)
            .enumerate()
            .with_max_len(1);
        work.for_each(|(index, (shard, feed))| {
            let rows = feed
                .inputs
                .chunks_exact_mut(context)
                .zip(feed.targets.chunks_exact_mut(context));
            for ((inputs, targets), number) in rows.zip(index * per_shard..) {
                fill(number, &mut feed.window);
                inputs.copy_from_slice(&feed.window[..context]);
                targets.copy_from_slice(&feed.window[1..]);
            }
            let at_once = shard.tokens();
            let passes = feed
                .inputs
                .chunks_exact(at_once)
                .zip(feed.targets.chunks_exact(at_once));
            feed.loss = 0.0;
            for (pass, (inputs, targets)) in passes.enumerate() {
                let losses = shard.learn(model, packed, [inputs, targets], weight, pass > 0);
                feed.loss += losses.iter().map(|loss| f64::from(*loss)).sum::<f64>();
            }
        });
        let loss = self.feeds.iter().map(|feed| feed.loss).sum::<f64>() / tokens as f64;
        let norm = optimiser.step(parameters, &mut self.shards, settings, learning_rate);
        (loss, norm)
    }
}
