//! A model's matrices as right factors of products: made once a step, and read by every shard.

use super::linear::{Linear, Weight};
use super::{Real, Shape, Tensor, Tensors};
use rayon::prelude::*;

/// The linear maps of a model, packed.
#[derive(Debug, Clone)]
pub struct Packed<F> {
    weights: Vec<(Tensor, Weight<F>)>,
}

/// Maps a block.
const PER_BLOCK: usize = 4;

impl<F: Real> Packed<F> {
    /// Room for a model's, both ways where it is to learn.
    pub fn new(shape: Shape, learns: bool) -> Self {
        let blocks = (0..shape.layers).flat_map(block);
        let weight = |tensor: Tensor| (tensor, Weight::new(map(shape, tensor), learns));
        Self {
            weights: blocks.chain([Tensor::TokenEmbedding]).map(weight).collect(),
        }
    }

    /// A model's, for looking on.
    pub fn of(parameters: &Tensors<F>) -> Self {
        let mut packed = Self::new(parameters.shape(), false);
        packed.fill(parameters);
        packed
    }

    /// Packs a model's weights, on the pool it is called from.
    pub fn fill(&mut self, parameters: &Tensors<F>) {
        self.weights
            .par_iter_mut()
            .for_each(|(tensor, weight)| weight.fill(parameters.slice(*tensor)));
    }

    /// The maps of a block: queries, keys and values; back from heads; into the feed-forward part; back out of it.
    pub(super) fn block(&self, layer: usize) -> [&Weight<F>; PER_BLOCK] {
        std::array::from_fn(|place| &self.weights[layer * PER_BLOCK + place].1)
    }

    /// The map onto logits.
    pub(super) fn head(&self) -> &Weight<F> {
        &self.weights.last().expect("every model has a head").1
    }
}

/// Every size of map that a model has.
pub(super) fn maps(shape: Shape) -> Vec<Linear> {
    let tensors = block(0).into_iter().chain([Tensor::TokenEmbedding]);
    tensors.map(|tensor| map(shape, tensor)).collect()
}

fn block(layer: usize) -> [Tensor; PER_BLOCK] {
    [
        Tensor::AttentionIn(layer),
        Tensor::AttentionOut(layer),
        Tensor::MlpIn(layer),
        Tensor::MlpOut(layer),
    ]
}

fn map(shape: Shape, tensor: Tensor) -> Linear {
    let [out, input] = tensor.size(shape);
    Linear { input, out }
}
