//! What a sweep is for, and with it which models are trained on how many tokens.
//!
//! Each design has one scale, and a plan takes the largest that its budget affords.

use super::ladder::{alike, nearest, params};
use super::{Planned, least_tokens};
use serde::{Deserialize, Serialize};

/// What a sweep is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Design {
    /// The joint law L(N, D): a grid of sizes and tokens, and seeds for the noise.
    #[default]
    Law,
    /// Depth against width at one size.
    Shape,
    /// Models of several sizes on text that repeats.
    Overfit,
}

/// From one model of the grid to the next smaller one, and how many.
const APART: f64 = 2.5;
const SIZES: i32 = 6;
/// Doublings of the fewest tokens that a model of the grid gets, largest model first: a staircase, because what the largest
/// one costs on few tokens pays for many on the smallest.
const DOUBLINGS: [u32; SIZES as usize] = [3, 4, 5, 5, 5, 5];
/// Tokens a parameter of the largest model at its fewest.
const FEWEST: f64 = 1.0;
/// More seeds, and doublings of what they get.
const SEEDS: u64 = 2;
const SEED_DOUBLINGS: [u32; 2] = [0, 3];

/// Tokens a parameter where shapes are compared.
const SHAPE_TOKENS: f64 = 20.0;

/// Unique tokens of the series of repeated text, as parts of its scale, and the times that each is gone through.
const PARTS: [f64; 3] = [0.25, 0.5, 1.0];
const EPOCHS: f64 = 20.0;
/// Sizes that repeat text, as parts of the largest, which has [`OVER`] parameters for a unique token of the scale: where there
/// are fewer parameters than tokens, twenty epochs do no harm.
const OVERFIT_SIZES: [f64; 3] = [1.0, 0.5, 0.25];
const OVER: f64 = 4.0;

impl Design {
    /// Every design.
    pub const ALL: [Self; 3] = [Self::Law, Self::Shape, Self::Overfit];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::Shape => "shape",
            Self::Overfit => "overfit",
        }
    }

    /// What it is for, in a sentence.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Law => {
                "A grid of model sizes and tokens for the joint law, with two more seeds of a small model to measure the noise"
            }
            Self::Shape => {
                "Deep and narrow against shallow and wide at one size and on the same tokens, with two more seeds"
            }
            Self::Overfit => {
                "Three sizes on three amounts of text that repeats 20 times, to see where overfitting sets in"
            }
        }
    }

    /// The runs at a scale, which is about the largest model's N, or for text that repeats its largest amount; on `more` times
    /// the tokens.
    pub(super) fn runs(self, scale: f64, more: f64) -> Vec<Planned> {
        let mut runs = match self {
            Self::Law => grid(scale, more),
            Self::Shape => shapes(scale, more),
            Self::Overfit => repeats(scale, more),
        };
        runs.retain(|run| run.least() >= least_tokens(run));
        // The longest first: nobody waits for it alone at the end. Then quick ones, so that a law can be seen early.
        runs.sort_by(|a, b| a.flops().total_cmp(&b.flops()));
        let last = usize::from(runs.len() > 1);
        runs.rotate_right(last);
        runs
    }
}

/// Sizes times tokens, and seeds. Every point is a training of its own, with a batch that suits its tokens: branches of one
/// training would cost two thirds, but one batch size and learning rate cannot be right for a factor of 32 in tokens, and
/// the law bends (docs/trainer.md).
fn grid(scale: f64, more: f64) -> Vec<Planned> {
    let mut models: Vec<[usize; 2]> = (0..SIZES).map(|place| nearest(scale / APART.powi(place))).collect();
    models.dedup();
    let fewest = (FEWEST * more * scale) as u64;
    let run = |model, doublings: u32, seed| Planned::new(model, fewest << doublings, seed, None);
    let mut runs: Vec<Planned> = models
        .iter()
        .zip(DOUBLINGS)
        .flat_map(|(model, most)| (0..=most).map(|doublings| run(*model, doublings, 0)))
        .collect();
    // Of the smallest but one: large enough to be like the others, and cheap.
    if let Some(model) = models.iter().rev().nth(1) {
        runs.extend((1..=SEEDS).flat_map(|seed| SEED_DOUBLINGS.map(|doublings| run(*model, doublings, seed))));
    }
    runs
}

/// Shapes of one size, and seeds of the middle one.
fn shapes(scale: f64, more: f64) -> Vec<Planned> {
    let models = alike(params(nearest(scale)));
    let tokens = (SHAPE_TOKENS * more * scale) as u64;
    let mut runs: Vec<Planned> = models
        .iter()
        .map(|model| Planned::new(*model, tokens, 0, None))
        .collect();
    if let Some(model) = models.get(models.len() / 2) {
        runs.extend((1..=SEEDS).map(|seed| Planned::new(*model, tokens, seed, None)));
    }
    runs
}

/// Sizes times amounts of text.
fn repeats(scale: f64, more: f64) -> Vec<Planned> {
    let mut models = OVERFIT_SIZES.map(|size| nearest(OVER * size * scale)).to_vec();
    models.dedup();
    let run = |model, part: f64| {
        let unique = part * more * scale;
        Planned::new(model, (EPOCHS * unique) as u64, 0, Some(unique as u64))
    };
    models
        .into_iter()
        .flat_map(|model| PARTS.map(|part| run(model, part)))
        .collect()
}
