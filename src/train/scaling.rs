//! How a model begins and how fast each of its tensors learns, so that one learning rate serves every width.
//!
//! This is the maximal-update parametrisation for Adam (Yang et al. 2022, arXiv 2203.03466, table 3), with d the width and
//! d₀ = [`BASE_WIDTH`]:
//!
//! | tensor | begins with | learning rate |
//! |---|---|---|
//! | embeddings `[·, d]` | N(0, σ²), σ = 0.04 | η |
//! | matrices `[out, in]` | N(0, g² / in), g = 0.5; those that write to the stream over √(2 L) besides | η d₀ / d |
//! | gains of blocks | 1 | η |
//! | gain before the head | d₀ / d | η d₀ / d |
//!
//! The last line is muP's multiplier d₀ / d on the logits of a tied head, folded into the gain before it: Adam's steps do not
//! depend on the scale of a gradient, so a multiplier on a parameter is the same as that factor on its beginning and on
//! its learning rate. So there is no multiplier left anywhere: at every step the weights are those of plain nanoGPT. Scores
//! of attention are divided by √c as there, not by c as in muP; the two are one as long as heads keep their width c, which
//! is how a sweep should grow. `docs/trainer.md` has the measurements.
//!
//! Weight decay multiplies matrices by 1 − η λ a step, whatever their own learning rate, so that its time scale does not
//! depend on width either.

use super::{Real, Shape, Tensor, Tensors};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

/// d₀: the width at which nothing is scaled.
pub const BASE_WIDTH: usize = 64;
/// η that serves every width; measured, see `docs/trainer.md`.
pub const LEARNING_RATE: f64 = 0.01;
/// σ of embeddings.
const EMBEDDING: f64 = 0.04;
/// g of matrices.
const GAIN: f64 = 0.5;

/// d₀ / d.
fn narrowing(shape: Shape) -> f64 {
    BASE_WIDTH as f64 / shape.width as f64
}

/// A tensor's learning rate as a multiple of η.
pub fn rate(shape: Shape, tensor: Tensor) -> f64 {
    if tensor.is_matrix() || tensor == Tensor::FinalGain {
        narrowing(shape)
    } else {
        1.0
    }
}

/// A model before its first step. Same shape and seed, same numbers; f32 and f64 begin alike up to rounding.
pub fn initial<F: Real>(shape: Shape, seed: u64) -> Tensors<F> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // A stream of its own: the order of the data must not depend on the size of the model.
    rng.set_stream(super::streams::INITIAL);
    let mut tensors = Tensors::zeros(shape);
    for tensor in Tensor::all(shape) {
        let [_, inputs] = tensor.size(shape);
        let fan_in = GAIN / (inputs as f64).sqrt();
        let spread = match tensor {
            Tensor::TokenEmbedding | Tensor::PositionEmbedding => EMBEDDING,
            Tensor::AttentionIn(_) | Tensor::MlpIn(_) => fan_in,
            Tensor::AttentionOut(_) | Tensor::MlpOut(_) => fan_in / (2.0 * shape.layers as f64).sqrt(),
            Tensor::AttentionGain(_) | Tensor::MlpGain(_) => {
                tensors.slice_mut(tensor).fill(F::one());
                continue;
            }
            Tensor::FinalGain => {
                tensors.slice_mut(tensor).fill(F::of(narrowing(shape)));
                continue;
            }
        };
        for number in tensors.slice_mut(tensor) {
            let normal: f64 = StandardNormal.sample(&mut rng);
            *number = F::of(spread * normal);
        }
    }
    tensors
}
