//! One step on one batch, cut into shards that the pool shares.

use super::{AdamW, Optimiser, Shape, Shard, Tensors};
use rayon::prelude::*;

/// Buffers for batches of B windows in a fixed number of shards.
#[derive(Debug, Clone)]
pub struct Batch {
    shape: Shape,
    /// Also used to evaluate.
    pub(super) shards: Vec<Shard<f32>>,
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
        Self {
            shape,
            shards: (0..shards).map(|_| Shard::new(shape, per_shard, true)).collect(),
            feeds: vec![feed; shards],
        }
    }

    /// Tokens of a batch.
    pub fn tokens(&self) -> usize {
        self.shards.iter().map(Shard::tokens).sum()
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
        let (per_shard, weight) = (self.shards[0].tokens() / context, 1.0 / tokens as f32);
        let (model, fill) = (&*parameters, &fill);
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
            let losses = shard.learn(model, &feed.inputs, &feed.targets, weight);
            feed.loss = losses.iter().map(|loss| f64::from(*loss)).sum();
        });
        let loss = self.feeds.iter().map(|feed| feed.loss).sum::<f64>() / tokens as f64;
        let norm = optimiser.step(parameters, &mut self.shards, settings, learning_rate);
        (loss, norm)
    }
}
