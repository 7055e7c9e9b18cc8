//! All numbers of a model in one buffer, seen as named tensors.
//!
//! Parameters, gradients and the optimiser's moments have the same layout, so that whole-model work (adding up shards,
//! norms, updates) is one loop, and a checkpoint is one pass. Names and orientation are nanoGPT's: matrices are
//! `[out, in]`, y = x Wᵀ.

use super::{Real, Shape};

/// One tensor of a model; numbers are layers, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tensor {
    /// Embedding of tokens and, tied to it, the head; `[V, d]`.
    TokenEmbedding,
    /// Embedding of positions; `[T, d]`.
    PositionEmbedding,
    /// Gain of the norm before attention; `[1, d]`.
    AttentionGain(usize),
    /// Queries, keys and values, in this order; `[3 d, d]`.
    AttentionIn(usize),
    /// Heads back into the stream; `[d, d]`.
    AttentionOut(usize),
    /// Gain of the norm before the feed-forward part; `[1, d]`.
    MlpGain(usize),
    /// Into the feed-forward part; `[4 d, d]`.
    MlpIn(usize),
    /// Back out of it; `[d, 4 d]`.
    MlpOut(usize),
    /// Gain of the norm before the head; `[1, d]`.
    FinalGain,
}

/// Tensors a block.
const PER_BLOCK: usize = 6;

impl Tensor {
    /// Every tensor of a model, in the order of the buffer.
    pub fn all(shape: Shape) -> impl Iterator<Item = Self> {
        let blocks = (0..shape.layers).flat_map(|layer| {
            [
                Self::AttentionGain(layer),
                Self::AttentionIn(layer),
                Self::AttentionOut(layer),
                Self::MlpGain(layer),
                Self::MlpIn(layer),
                Self::MlpOut(layer),
            ]
        });
        [Self::TokenEmbedding, Self::PositionEmbedding]
            .into_iter()
            .chain(blocks)
            .chain([Self::FinalGain])
    }

    /// nanoGPT's name.
    pub fn name(self) -> String {
        let (layer, rest) = match self {
            Self::TokenEmbedding => return "transformer.wte.weight".to_owned(),
            Self::PositionEmbedding => return "transformer.wpe.weight".to_owned(),
            Self::FinalGain => return "transformer.ln_f.weight".to_owned(),
            Self::AttentionGain(layer) => (layer, "ln_1"),
            Self::AttentionIn(layer) => (layer, "attn.c_attn"),
            Self::AttentionOut(layer) => (layer, "attn.c_proj"),
            Self::MlpGain(layer) => (layer, "ln_2"),
            Self::MlpIn(layer) => (layer, "mlp.c_fc"),
            Self::MlpOut(layer) => (layer, "mlp.c_proj"),
        };
        format!("transformer.h.{layer}.{rest}.weight")
    }

    /// Rows and columns; a gain is one row.
    pub fn size(self, shape: Shape) -> [usize; 2] {
        let d = shape.width;
        match self {
            Self::TokenEmbedding => [shape.vocab, d],
            Self::PositionEmbedding => [shape.context, d],
            Self::AttentionGain(_) | Self::MlpGain(_) | Self::FinalGain => [1, d],
            Self::AttentionIn(_) => [3 * d, d],
            Self::AttentionOut(_) => [d, d],
            Self::MlpIn(_) => [4 * d, d],
            Self::MlpOut(_) => [d, 4 * d],
        }
    }

    /// Whether it is a matrix of a block: what N counts, what decays, whose learning rate falls with width.
    pub fn is_matrix(self) -> bool {
        matches!(
            self,
            Self::AttentionIn(_) | Self::AttentionOut(_) | Self::MlpIn(_) | Self::MlpOut(_)
        )
    }

    /// Whether it is a gain.
    pub fn is_gain(self) -> bool {
        matches!(self, Self::AttentionGain(_) | Self::MlpGain(_) | Self::FinalGain)
    }

    /// Its place in the order of [`Self::all`].
    fn index(self) -> Option<(usize, usize)> {
        Some(match self {
            Self::AttentionGain(layer) => (layer, 0),
            Self::AttentionIn(layer) => (layer, 1),
            Self::AttentionOut(layer) => (layer, 2),
            Self::MlpGain(layer) => (layer, 3),
            Self::MlpIn(layer) => (layer, 4),
            Self::MlpOut(layer) => (layer, 5),
            _ => return None,
        })
    }

    /// Where it begins in the buffer.
    pub fn offset(self, shape: Shape) -> usize {
        let d = shape.width;
        let (block, begin) = (12 * d * d + 2 * d, (shape.vocab + shape.context) * d);
        // Sizes within a block, before each of its tensors.
        let within = [0, d, d + 3 * d * d, d + 4 * d * d, 2 * d + 4 * d * d, 2 * d + 8 * d * d];
        debug_assert_eq!(within.len(), PER_BLOCK);
        match (self, self.index()) {
            (_, Some((layer, place))) => begin + layer * block + within[place],
            (Self::TokenEmbedding, _) => 0,
            (Self::PositionEmbedding, _) => shape.vocab * d,
            _ => begin + shape.layers * block,
        }
    }
}

/// Numbers of a model, one for each parameter: the parameters themselves, their gradients, or moments of those.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensors<F> {
    shape: Shape,
    numbers: Vec<F>,
}

impl<F: Real> Tensors<F> {
    /// All zero.
    pub fn zeros(shape: Shape) -> Self {
        Self {
            shape,
            numbers: vec![F::zero(); shape.params_total()],
        }
    }

    /// Whose numbers these are.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The buffer.
    pub fn numbers(&self) -> &[F] {
        &self.numbers
    }

    /// The buffer, to change it.
    pub fn numbers_mut(&mut self) -> &mut [F] {
        &mut self.numbers
    }

    /// One tensor's numbers, row by row.
    pub fn slice(&self, tensor: Tensor) -> &[F] {
        let [rows, columns] = tensor.size(self.shape);
        &self.numbers[tensor.offset(self.shape)..][..rows * columns]
    }

    /// One tensor's numbers, to change them.
    pub fn slice_mut(&mut self, tensor: Tensor) -> &mut [F] {
        let [rows, columns] = tensor.size(self.shape);
        &mut self.numbers[tensor.offset(self.shape)..][..rows * columns]
    }

    /// The same numbers of another kind.
    pub fn cast<G: Real>(&self) -> Tensors<G> {
        Tensors {
            shape: self.shape,
            numbers: self.numbers.iter().map(|x| G::of(x.wide())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_tile_the_buffer() {
        let shape = Shape {
            vocab: 11,
            context: 7,
            width: 6,
            layers: 3,
            heads: 2,
        };
        let mut end = 0;
        for tensor in Tensor::all(shape) {
            assert_eq!(tensor.offset(shape), end, "{tensor:?}");
            let [rows, columns] = tensor.size(shape);
            end += rows * columns;
        }
        assert_eq!(end, shape.params_total());
        let matrices: usize = Tensor::all(shape)
            .filter(|t| t.is_matrix())
            .map(|t| t.size(shape).iter().product::<usize>())
            .sum();
        assert_eq!(matrices, shape.params_non_embedding());
    }
}
