//! AdamW with a limit on the global norm of the gradient (Loshchilov & Hutter 2019, arXiv 1711.05101).
//!
//! With g the gradient, η the learning rate of the step, r the tensor's own multiple of it and t the step from 1:
//!
//! 1. g ← g · min(1, c / (‖g‖ + 10⁻⁶)), the norm over the whole model, as in PyTorch
//! 2. m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²
//! 3. θ ← θ (1 − η λ) for matrices of blocks only; θ ← θ − η r · m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
//!
//! Buffers are worked on in pieces of fixed size that are split in halves over the pool. Sums follow those halves, so they
//! are the same to the last bit whatever the number of threads.

use super::lanes::vectorised;
use super::{Real, Shape, Shard, Tensor, Tensors, scaling};
use serde::{Deserialize, Serialize};

/// Numbers at a time: three buffers of them lie in a core's cache.
const PIECE: usize = 16_384;

/// What AdamW is told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdamW {
    /// β₁.
    pub beta1: f64,
    /// β₂.
    pub beta2: f64,
    /// ε.
    pub epsilon: f64,
    /// λ, per unit of η.
    pub weight_decay: f64,
    /// c, the largest norm of a gradient that is followed as it is.
    pub clip: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.1,
            clip: 1.0,
        }
    }
}

/// Moments of the gradients, and how to use them.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimiser<F> {
    pieces: Vec<Piece>,
    /// m.
    pub first: Tensors<F>,
    /// v.
    pub second: Tensors<F>,
    /// Steps taken.
    pub steps: u64,
}

/// A run of numbers that are treated alike.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    size: usize,
    /// r.
    rate: f64,
    decays: bool,
}

/// Factors of one step for all numbers.
#[derive(Clone, Copy)]
struct Factors {
    settings: AdamW,
    learning_rate: f64,
    /// On gradients.
    shrink: f64,
    /// 1 / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ).
    corrections: [f64; 2],
}

impl<F: Real> Optimiser<F> {
    /// Before the first step.
    pub fn new(shape: Shape) -> Self {
        let pieces = Tensor::all(shape).flat_map(|tensor| {
            let size: usize = tensor.size(shape).iter().product();
            let piece = move |size| Piece {
                size,
                rate: scaling::rate(shape, tensor),
                decays: tensor.is_matrix(),
            };
            let whole = std::iter::repeat_n(PIECE, size / PIECE);
            whole
                .chain((!size.is_multiple_of(PIECE)).then_some(size % PIECE))
                .map(piece)
        });
        Self {
            pieces: pieces.collect(),
            first: Tensors::zeros(shape),
            second: Tensors::zeros(shape),
            steps: 0,
        }
    }

    /// Adds up the gradients of all shards and takes one step; hands back ‖g‖ before the limit.
    pub fn step(
        &mut self,
        parameters: &mut Tensors<F>,
        shards: &mut [Shard<F>],
        settings: AdamW,
        learning_rate: f64,
    ) -> f64 {
        let norm = add_up(&self.pieces, shards).sqrt();
        self.steps += 1;
        let correction = |beta: f64| 1.0 / (1.0 - beta.powf(self.steps as f64));
        let factors = Factors {
            settings,
            learning_rate,
            shrink: (settings.clip / (norm + 1e-6)).min(1.0),
            corrections: [correction(settings.beta1), correction(settings.beta2).sqrt()],
        };
        let buffers = Buffers {
            parameters: parameters.numbers_mut(),
            first: self.first.numbers_mut(),
            second: self.second.numbers_mut(),
            gradients: shards[0].gradients().numbers(),
        };
        update(&self.pieces, buffers, factors);
        norm
    }
}

/// Leaves in the first shard the sum of all gradients; hands back Σ g².
fn add_up<F: Real>(pieces: &[Piece], shards: &mut [Shard<F>]) -> f64 {
    let (first, others) = shards.split_first_mut().expect("at least one shard");
    let others: &[Shard<F>] = others;
    add_up_halves(pieces, 0, first.gradients_mut().numbers_mut(), others)
}

fn add_up_halves<F: Real>(pieces: &[Piece], begin: usize, sum: &mut [F], others: &[Shard<F>]) -> f64 {
    match pieces {
        [] => 0.0,
        [piece] => {
            let range = begin..begin + piece.size;
            for other in others {
                add(sum, &other.gradients().numbers()[range.clone()]);
            }
            let mut square = F::zero();
            squares(sum, &mut square);
            square.wide()
        }
        _ => {
            let (low, high) = pieces.split_at(pieces.len() / 2);
            let size: usize = low.iter().map(|piece| piece.size).sum();
            let (low_sum, high_sum) = sum.split_at_mut(size);
            let (a, b) = rayon::join(
                || add_up_halves(low, begin, low_sum, others),
                || add_up_halves(high, begin + size, high_sum, others),
            );
            a + b
        }
    }
}

/// The same stretch of every buffer of a model.
struct Buffers<'a, F> {
    parameters: &'a mut [F],
    first: &'a mut [F],
    second: &'a mut [F],
    gradients: &'a [F],
}

impl<'a, F> Buffers<'a, F> {
    fn split(self, at: usize) -> (Self, Self) {
        let (parameters, parameters_high) = self.parameters.split_at_mut(at);
        let (first, first_high) = self.first.split_at_mut(at);
        let (second, second_high) = self.second.split_at_mut(at);
        let (gradients, gradients_high) = self.gradients.split_at(at);
        let high = Buffers {
            parameters: parameters_high,
            first: first_high,
            second: second_high,
            gradients: gradients_high,
        };
        let low = Buffers {
            parameters,
            first,
            second,
            gradients,
        };
        (low, high)
    }
}

fn update<F: Real>(pieces: &[Piece], buffers: Buffers<'_, F>, factors: Factors) {
    match pieces {
        [] => {}
        [piece] => {
            let Factors {
                settings,
                learning_rate,
                shrink,
                corrections,
            } = factors;
            let keep = if piece.decays {
                1.0 - learning_rate * settings.weight_decay
            } else {
                1.0
            };
            let numbers = [
                keep,
                -learning_rate * piece.rate * corrections[0],
                corrections[1],
                settings.epsilon,
                settings.beta1,
                (1.0 - settings.beta1) * shrink,
                settings.beta2,
                (1.0 - settings.beta2) * shrink * shrink,
            ];
            let Buffers {
                parameters,
                first,
                second,
                gradients,
            } = buffers;
            update_piece(parameters, first, second, gradients, numbers.map(F::of));
        }
        _ => {
            let (low, high) = pieces.split_at(pieces.len() / 2);
            let (low_buffers, high_buffers) = buffers.split(low.iter().map(|piece| piece.size).sum());
            rayon::join(
                || update(low, low_buffers, factors),
                || update(high, high_buffers, factors),
            );
        }
    }
}

vectorised! {
    fn update_piece(parameters: &'a mut [F], first: &'a mut [F], second: &'a mut [F], gradients: &'a [F], numbers: [F; 8]) {
        let [keep, step, correction, epsilon, beta1, gain1, beta2, gain2] = numbers;
        for (((parameter, m), v), gradient) in parameters.iter_mut().zip(first).zip(second).zip(gradients) {
            *m = beta1.fused(*m, gain1 * *gradient);
            *v = beta2.fused(*v, gain2 * *gradient * *gradient);
            *parameter = *parameter * keep + step * *m / v.sqrt().fused(correction, epsilon);
        }
    }
}

vectorised! {
    fn add(sum: &'a mut [F], more: &'a [F]) {
        for (sum, more) in sum.iter_mut().zip(more) {
            *sum += *more;
        }
    }
}

vectorised! {
    fn squares(numbers: &'a [F], square: &'a mut F) {
        *square = super::lanes::dot(numbers, numbers);
    }
}
