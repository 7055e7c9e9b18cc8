//! Losses on held-out text, with their standard error.
//!
//! Tokens of one window share their context, so the windows are the sample: s.e. = sd of window means / √windows.

use super::{HeldOut, Packed, Shard, Tensors};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A held-out loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Nats per token.
    pub loss: f64,
    /// Its standard error, from window to window.
    pub se: f64,
    /// Tokens scored.
    pub tokens: u64,
}

/// Scores the first `windows` windows, spread over the shards and the pool. The result does not depend on either.
pub fn evaluate(
    parameters: &Tensors<f32>,
    packed: &Packed<f32>,
    held_out: &HeldOut,
    windows: usize,
    shards: &mut [Shard<f32>],
) -> Evaluation {
    let (context, windows) = (held_out.context, windows.min(held_out.windows()));
    let tokens = shards[0].tokens();
    let (at_once, stride) = (tokens / context, shards.len());
    let groups = windows.div_ceil(at_once);
    let score = |shard: &mut Shard<f32>, group: usize| -> Vec<f64> {
        let begin = group * at_once;
        let end = (begin + at_once).min(windows);
        let fill = |from: &[u8]| {
            let mut whole = vec![0; tokens];
            whole[..(end - begin) * context].copy_from_slice(&from[begin * context..end * context]);
            whole
        };
        let losses = shard.evaluate(parameters, packed, &fill(&held_out.inputs), &fill(&held_out.targets));
        let counted = held_out.counted[begin..end].iter();
        let sums = losses.chunks_exact(context).zip(counted);
        sums.map(|(losses, counted)| losses[..*counted].iter().map(|loss| f64::from(*loss)).sum())
            .collect()
    };
    let by_shard: Vec<Vec<Vec<f64>>> = shards
        .par_iter_mut()
        .enumerate()
        .map(|(first, shard)| {
            (first..groups)
                .step_by(stride)
                .map(|group| score(shard, group))
                .collect()
        })
        .collect();
    let sums = (0..groups).flat_map(|group| by_shard[group % stride][group / stride].iter().copied());
    summarise(sums.zip(held_out.counted.iter().copied()))
}

/// From sums of losses and numbers of tokens, window by window.
fn summarise(windows: impl Iterator<Item = (f64, usize)>) -> Evaluation {
    let windows: Vec<(f64, f64)> = windows.map(|(sum, tokens)| (sum, tokens as f64)).collect();
    let tokens: f64 = windows.iter().map(|(_, tokens)| tokens).sum();
    let loss = windows.iter().map(|(sum, _)| sum).sum::<f64>() / tokens;
    // Of a ratio: the last window of a text may be short.
    let squares: f64 = windows.iter().map(|(sum, tokens)| (sum - loss * tokens).powi(2)).sum();
    let count = windows.len() as f64;
    let se = if count > 1.0 {
        (squares * count / (count - 1.0)).sqrt() / tokens
    } else {
        f64::NAN
    };
    Evaluation {
        loss,
        se,
        tokens: tokens as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Corpus, HeldOut, Shape, Shard, scaling};
    use super::*;

    #[test]
    fn neither_shards_nor_their_size_change_the_loss() {
        let shape = Shape {
            vocab: 256,
            context: 16,
            width: 16,
            layers: 1,
            heads: 2,
        };
        let text = (0..3000_u32).map(|i| (i * i % 251) as u8).collect();
        let held_out = HeldOut::new(&Corpus::Text(text), 16).unwrap();
        let parameters = scaling::initial(shape, 0);
        let score = |shards: usize, windows: usize| {
            let mut shards: Vec<Shard<f32>> = (0..shards).map(|_| Shard::new(shape, windows, false)).collect();
            evaluate(
                &parameters,
                &Packed::of(&parameters),
                &held_out,
                usize::MAX,
                &mut shards,
            )
        };
        let one = score(1, 1);
        assert_eq!(one.tokens, 299);
        assert!(one.se > 0.0 && one.se < 0.1);
        assert_eq!(one, score(3, 1));
        let other = score(2, 4);
        assert!((one.loss - other.loss).abs() < 1e-5);
    }
}
