//! Derivatives against differences, in f64, at the beginning and after some steps.

use super::{AdamW, Optimiser, Packed, Shape, Shard, Tensor, Tensors, scaling};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const SHAPE: Shape = Shape {
    vocab: 13,
    context: 37,
    width: 12,
    layers: 2,
    heads: 3,
};
const WINDOWS: usize = 2;

fn tokens(seed: u64) -> (Vec<u8>, Vec<u8>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || {
        (0..WINDOWS * SHAPE.context)
            .map(|_| rng.random_range(0..SHAPE.vocab as u8))
            .collect()
    };
    (draw(), draw())
}

/// Packed both ways.
fn to_learn(parameters: &Tensors<f64>) -> Packed<f64> {
    let mut packed = Packed::new(SHAPE, true);
    packed.fill(parameters);
    packed
}

/// Σ w_i loss_i with weights that differ, so that nothing cancels by symmetry.
fn objective(shard: &mut Shard<f64>, parameters: &Tensors<f64>, inputs: &[u8], targets: &[u8]) -> f64 {
    let packed = Packed::of(parameters);
    shard.evaluate(parameters, &packed, inputs, targets).iter().sum()
}

fn check(parameters: &Tensors<f64>, seed: u64) {
    let (inputs, targets) = tokens(seed);
    let mut shard = Shard::new(SHAPE, WINDOWS, true);
    shard.learn(parameters, &to_learn(parameters), [&inputs, &targets], 1.0, false);
    let gradients = shard.gradients().clone();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for tensor in Tensor::all(SHAPE) {
        let [rows, columns] = tensor.size(SHAPE);
        for _ in 0..12 {
            let index = tensor.offset(SHAPE) + rng.random_range(0..rows * columns);
            let mut moved = parameters.clone();
            let at = parameters.numbers()[index];
            let step = 1e-5 * at.abs().max(1.0);
            let mut value = |to: f64| {
                moved.numbers_mut()[index] = to;
                objective(&mut shard, &moved, &inputs, &targets)
            };
            let numeric = (value(at + step) - value(at - step)) / (2.0 * step);
            let exact = gradients.numbers()[index];
            let error = (exact - numeric).abs() / (exact.abs() + numeric.abs()).max(1e-3);
            assert!(error < 1e-5, "{tensor:?} [{index}]: {exact} is not {numeric}");
        }
    }
}

#[test]
fn gradients_are_derivatives_at_the_beginning_and_after_steps() {
    let mut parameters: Tensors<f64> = scaling::initial(SHAPE, 1);
    check(&parameters, 2);
    let mut optimiser = Optimiser::new(SHAPE);
    let mut shards = [Shard::new(SHAPE, WINDOWS, true)];
    for step in 0..10 {
        let (inputs, targets) = tokens(step);
        let weight = 1.0 / inputs.len() as f64;
        shards[0].learn(&parameters, &to_learn(&parameters), [&inputs, &targets], weight, false);
        optimiser.step(&mut parameters, &mut shards, AdamW::default(), 0.02);
    }
    // Gains have moved by now, and with them the terms that they hide at 1.
    let gain = parameters.slice(Tensor::AttentionGain(0));
    assert!(gain.iter().any(|gain| (gain - 1.0).abs() > 0.02), "{gain:?}");
    check(&parameters, 3);
}

#[test]
fn a_token_moves_no_earlier_logit() {
    let parameters: Tensors<f32> = scaling::initial(SHAPE, 4);
    let (mut inputs, _) = tokens(5);
    let mut shard = Shard::new(SHAPE, WINDOWS, false);
    let packed = Packed::of(&parameters);
    let before = shard.logits(&parameters, &packed, &inputs).to_vec();
    for position in [0, 1, 31, 32, 33, 36] {
        let old = inputs[position];
        inputs[position] = (old + 1) % SHAPE.vocab as u8;
        let after = shard.logits(&parameters, &packed, &inputs);
        let (vocab, row) = (SHAPE.vocab, position * SHAPE.vocab);
        assert_eq!(after[..row], before[..row], "{position}");
        assert_ne!(after[row..][..vocab], before[row..][..vocab], "{position}");
        // Nor one of another window.
        let next = SHAPE.context * vocab;
        assert_eq!(after[next..], before[next..], "{position}");
        inputs[position] = old;
    }
}

#[test]
fn shards_add_up_to_the_batch() {
    let parameters: Tensors<f64> = scaling::initial(SHAPE, 6);
    let (inputs, targets) = tokens(7);
    let packed = to_learn(&parameters);
    let mut whole = Shard::new(SHAPE, 2, true);
    whole.learn(&parameters, &packed, [&inputs, &targets], 1.0, false);
    let mut halves = [Shard::new(SHAPE, 1, true), Shard::new(SHAPE, 1, true)];
    let mut both = Shard::new(SHAPE, 1, true);
    for (half, (inputs, targets)) in inputs.chunks(37).zip(targets.chunks(37)).enumerate() {
        halves[half].learn(&parameters, &packed, [inputs, targets], 1.0, false);
        both.learn(&parameters, &packed, [inputs, targets], 1.0, half > 0);
    }
    let [first, second] = halves;
    let sums = first.gradients().numbers().iter().zip(second.gradients().numbers());
    let all = whole.gradients().numbers().iter().zip(both.gradients().numbers());
    for ((whole, both), (a, b)) in all.zip(sums) {
        assert!((whole - a - b).abs() < 1e-10 * whole.abs().max(1.0));
        assert!((whole - both).abs() < 1e-10 * whole.abs().max(1.0));
    }
}

#[test]
fn an_untrained_model_knows_nothing() {
    for width in [16, 64, 256] {
        let shape = Shape {
            vocab: 256,
            context: 32,
            width,
            layers: 2,
            heads: 4,
        };
        let parameters: Tensors<f32> = scaling::initial(shape, 8);
        let inputs: Vec<u8> = (0..64).collect();
        let targets: Vec<u8> = (1..65).collect();
        let mut shard = Shard::new(shape, 2, false);
        let losses = shard.evaluate(&parameters, &Packed::of(&parameters), &inputs, &targets);
        let mean = losses.iter().sum::<f32>() / losses.len() as f32;
        assert!((mean - 256_f32.ln()).abs() < 0.3, "{width}: {mean}");
    }
}
