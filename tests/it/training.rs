//! The trainer against PyTorch, and runs against themselves.

use isoloss::train::checkpoint::{model_bytes, read_model, read_state, state_bytes};
use isoloss::train::{
    AdamW, Corpus, Ended, Measured, Optimiser, Packed, Real, Schedule, Shape, Shard, Tensor, Tensors, TrainConfig,
    Trainer, Trouble,
};
use serde_json::Value;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// What `tests/fixtures/torch/make.py` wrote.
struct Fixture {
    value: Value,
    shape: Shape,
    inputs: Vec<u8>,
    targets: Vec<u8>,
}

impl Fixture {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/torch/gpt.json");
        let value: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let tokens = |key: &str| serde_json::from_value(value[key].clone()).unwrap();
        Self {
            shape: serde_json::from_value(value["shape"].clone()).unwrap(),
            inputs: tokens("inputs"),
            targets: tokens("targets"),
            value,
        }
    }

    fn numbers(&self, pointer: &str) -> Vec<f64> {
        serde_json::from_value(self.value.pointer(pointer).unwrap().clone()).unwrap()
    }

    fn number(&self, pointer: &str) -> f64 {
        self.value.pointer(pointer).unwrap().as_f64().unwrap()
    }

    fn parameters<F: Real>(&self) -> Tensors<F> {
        let mut tensors = Tensors::zeros(self.shape);
        for tensor in Tensor::all(self.shape) {
            let numbers = self.numbers(&format!("/parameters/{}", tensor.name()));
            for (to, from) in tensors.slice_mut(tensor).iter_mut().zip(numbers) {
                *to = F::of(from);
            }
        }
        tensors
    }

    fn shard<F: Real>(&self) -> Shard<F> {
        Shard::new(self.shape, self.inputs.len() / self.shape.context, true)
    }

    fn packed<F: Real>(&self, parameters: &Tensors<F>) -> Packed<F> {
        let mut packed = Packed::new(self.shape, true);
        packed.fill(parameters);
        packed
    }

    fn text(&self) -> [&[u8]; 2] {
        [&self.inputs, &self.targets]
    }
}

/// The largest difference, relative to the largest of the expected numbers.
fn difference<F: Real>(found: &[F], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let pairs = found.iter().zip(expected);
    pairs.fold(0.0, |most: f64, (found, expected)| {
        most.max((found.wide() - expected).abs())
    }) / scale
}

fn agrees_with_torch<F: Real>(tolerance: f64) {
    let fixture = Fixture::read();
    let parameters = fixture.parameters::<F>();
    let mut shard = fixture.shard::<F>();
    let packed = fixture.packed(&parameters);
    let logits = shard.logits(&parameters, &packed, &fixture.inputs);
    assert!(difference(logits, &fixture.numbers("/logits")) < tolerance);
    let weight = F::of(1.0 / fixture.inputs.len() as f64);
    let losses = shard.learn(&parameters, &packed, fixture.text(), weight, false);
    let loss = losses.iter().map(|loss| loss.wide()).sum::<f64>() / losses.len() as f64;
    assert!((loss / fixture.number("/loss") - 1.0).abs() < tolerance, "{loss}");
    for tensor in Tensor::all(fixture.shape) {
        let expected = fixture.numbers(&format!("/gradients/{}", tensor.name()));
        let found = difference(shard.gradients().slice(tensor), &expected);
        assert!(found < tolerance, "{}: {found:e}", tensor.name());
    }
}

#[test]
fn logits_loss_and_gradients_are_those_of_torch() {
    agrees_with_torch::<f64>(1e-12);
    agrees_with_torch::<f32>(2e-5);
}

fn adamw_agrees_with_torch<F: Real>(tolerance: f64) {
    let fixture = Fixture::read();
    let mut parameters = fixture.parameters::<F>();
    let mut optimiser = Optimiser::new(fixture.shape);
    let mut shards = [fixture.shard::<F>()];
    let settings = AdamW {
        weight_decay: fixture.number("/weight_decay"),
        ..AdamW::default()
    };
    let weight = F::of(1.0 / fixture.inputs.len() as f64);
    let expected = fixture.numbers("/losses").into_iter().zip(fixture.numbers("/norms"));
    for (step, (loss, norm)) in expected.enumerate() {
        let losses = shards[0].learn(&parameters, &fixture.packed(&parameters), fixture.text(), weight, false);
        let found = losses.iter().map(|loss| loss.wide()).sum::<f64>() / losses.len() as f64;
        assert!(
            (found / loss - 1.0).abs() < tolerance,
            "step {step}: {found} is not {loss}"
        );
        let found = optimiser.step(&mut parameters, &mut shards, settings, fixture.number("/learning_rate"));
        assert!(
            (found / norm - 1.0).abs() < 100.0 * tolerance,
            "step {step}: {found} is not {norm}"
        );
    }
}

#[test]
fn ten_steps_of_adamw_are_those_of_torch() {
    adamw_agrees_with_torch::<f64>(1e-11);
    adamw_agrees_with_torch::<f32>(1e-5);
}

const TINY: Shape = Shape {
    vocab: 256,
    context: 32,
    width: 16,
    layers: 1,
    heads: 2,
};

fn config(tokens: &[u64]) -> TrainConfig {
    TrainConfig {
        shape: TINY,
        batch: 4,
        shards: 2,
        tokens: tokens.to_vec(),
        learning_rate: 0.01,
        schedule: Schedule::Wsd,
        optimiser: AdamW::default(),
        unique_tokens: None,
        seed: 5,
    }
}

fn text(bytes: usize) -> Corpus {
    let line = "The quick brown fox jumps over the lazy dog; süß — здравствуй. ".bytes();
    Corpus::Text(
        line.cycle()
            .enumerate()
            .map(|(i, byte)| if i % 97 == 0 { b'0' + (i / 97 % 10) as u8 } else { byte })
            .take(bytes)
            .collect(),
    )
}

fn finish(mut trainer: Trainer) -> Trainer {
    assert_eq!(trainer.run(&mut |_| ControlFlow::Continue(())), Ended::Finished);
    trainer
}

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
        .install(work)
}

#[test]
fn a_run_is_the_same_on_any_number_of_threads() {
    let run = |threads| {
        on_threads(threads, || {
            finish(Trainer::new(config(&[8_000]), &text(6_000)).unwrap())
                .state()
                .clone()
        })
    };
    let one = run(1);
    assert_eq!(one, run(3));
    assert!(
        one.progress.measured[0].held_out.loss < 3.0,
        "{:?}",
        one.progress.measured
    );
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_bits() {
    let (config, corpus) = (config(&[3_000, 6_000, 9_000]), text(6_000));
    let whole = finish(Trainer::new(config.clone(), &corpus).unwrap());
    let mut bytes = state_bytes(&config, Trainer::new(config.clone(), &corpus).unwrap().state());
    // In pieces of seven steps, on disk in between, through branches and their forks.
    loop {
        let (read, state) = read_state(&bytes).unwrap();
        assert_eq!(read, config);
        let mut trainer = Trainer::resume(read, &corpus, state).unwrap();
        let mut left = 7;
        let ended = trainer.run(&mut |_| {
            left -= 1;
            if left > 0 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        bytes = state_bytes(&config, trainer.state());
        if ended == Ended::Finished {
            break;
        }
    }
    let (_, state) = read_state(&bytes).unwrap();
    assert_eq!(&state, whole.state());
    let tokens: Vec<u64> = state.progress.measured.iter().map(|measured| measured.tokens).collect();
    assert_eq!(tokens, [3_072, 6_016, 9_088]);
    let parameters = read_model(&model_bytes(&state.parameters)).unwrap();
    assert_eq!(parameters, state.parameters);
}

#[test]
fn a_branch_ends_where_a_run_of_its_own_would() {
    let corpus = text(6_000);
    let both = finish(Trainer::new(config(&[4_096, 8_192]), &corpus).unwrap());
    let short = finish(Trainer::new(config(&[4_096]), &corpus).unwrap());
    let held_out = |trainer: &Trainer| -> Measured { trainer.state().progress.measured[0] };
    assert_eq!(held_out(&both).held_out, held_out(&short).held_out);
}

#[test]
fn a_wild_learning_rate_is_recognised() {
    let wild = TrainConfig {
        learning_rate: 1e6,
        ..config(&[8_000])
    };
    let mut trainer = Trainer::new(wild, &text(6_000)).unwrap();
    assert_eq!(trainer.run(&mut |_| ControlFlow::Continue(())), Ended::Diverged);
    assert!(
        matches!(trainer.troubles()[..], [Trouble::Diverged { .. }, ..]),
        "{:?}",
        trainer.troubles()
    );
}

#[test]
fn a_tiny_text_is_overfitted_and_the_onset_found() {
    let words: Arc<[u8]> = {
        // Random letters can be learned by heart only.
        let mut state = 1_u64;
        let mut letter = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            b'a' + (state >> 59) as u8 % 26
        };
        (0..20_000).map(|_| letter()).collect()
    };
    let config = TrainConfig {
        shape: Shape { width: 32, ..TINY },
        unique_tokens: Some(512),
        schedule: Schedule::Constant,
        ..config(&[100_000])
    };
    let trainer = finish(Trainer::new(config, &Corpus::Text(words)).unwrap());
    let troubles = trainer.troubles();
    let overfit = troubles.iter().find_map(|trouble| match trouble {
        Trouble::Overfit { epochs, tokens, .. } => Some((*epochs, *tokens)),
        _ => None,
    });
    let (epochs, tokens) = overfit.unwrap_or_else(|| panic!("{troubles:?} {:?}", trainer.state().progress.measured));
    assert_eq!(epochs, Some(tokens as f64 / 512.0));
    assert!(tokens < 100_000);
}
