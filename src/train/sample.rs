//! Text from a model, byte after byte: P(b) ∝ exp(logit_b / τ), drawn with a seeded generator.
//!
//! The model sees the last T bytes. Every byte is a whole forward pass over a window of T; a cache of keys and values would
//! be faster and is not worth its code for some hundred bytes.

use super::{Packed, Shard, Tensors, streams};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Draws `count` bytes that go on from `prompt`, which is not among them; an empty one is taken for a space. τ above 0.
///
/// # Panics
/// When the model's vocabulary is smaller than a byte of the prompt.
pub fn sample(parameters: &Tensors<f32>, prompt: &[u8], count: usize, temperature: f64, seed: u64) -> Vec<u8> {
    let shape = parameters.shape();
    let (mut shard, packed) = (Shard::new(shape, 1, false), Packed::of(parameters));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(streams::SAMPLE);
    let mut text = if prompt.is_empty() { vec![b' '] } else { prompt.to_vec() };
    let begin = text.len();
    let mut window = vec![0; shape.context];
    for _ in 0..count {
        let seen = &text[text.len().saturating_sub(shape.context)..];
        // What stands behind the last byte is not looked at.
        window[..seen.len()].copy_from_slice(seen);
        let logits = &shard.logits(parameters, &packed, &window)[(seen.len() - 1) * shape.vocab..][..shape.vocab];
        text.push(draw(logits, temperature, rng.random()));
    }
    text.split_off(begin)
}

/// The byte at which the cumulative probability passes `at`, 0 … 1.
fn draw(logits: &[f32], temperature: f64, at: f64) -> u8 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights = logits
        .iter()
        .map(|logit| (f64::from(logit - largest) / temperature).exp());
    let total: f64 = weights.clone().sum();
    let mut left = at * total;
    for (byte, weight) in weights.enumerate() {
        left -= weight;
        if left < 0.0 {
            return byte as u8;
        }
    }
    // Rounding alone comes here; so does a model that has blown up.
    (logits.len() - 1) as u8
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, scaling};
    use super::*;

    const SHAPE: Shape = Shape {
        vocab: 256,
        context: 16,
        width: 16,
        layers: 1,
        heads: 2,
    };

    #[test]
    fn the_same_seed_is_the_same_text_and_another_is_another() {
        let parameters = scaling::initial(SHAPE, 0);
        let text = |seed| sample(&parameters, b"once", 40, 1.0, seed);
        assert_eq!(text(1).len(), 40);
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
        // Longer than the window, the beginning is the same.
        assert_eq!(sample(&parameters, b"once", 10, 1.0, 1), text(1)[..10]);
        assert_eq!(
            sample(&parameters, b"", 5, 1.0, 1),
            sample(&parameters, b" ", 5, 1.0, 1)
        );
    }

    #[test]
    fn bytes_come_as_often_as_their_probability_says() {
        let logits = [0.0_f32, 3.0_f32.ln(), f32::NEG_INFINITY];
        let draws = (0..1000).map(|i| draw(&logits, 1.0, f64::from(i) / 1000.0));
        let mut counts = [0; 3];
        draws.for_each(|byte| counts[usize::from(byte)] += 1);
        assert_eq!(counts, [250, 750, 0]);
        // Cold, the likeliest is all there is.
        assert_eq!(draw(&logits, 1e-3, 0.01), 1);
        assert_eq!(draw(&[f32::NAN; 3], 1.0, 0.5), 2);
    }
}
