//! What the runs of a sweep say by themselves, before any law: how large the noise is, whether larger models are better on
//! the same tokens, how much their shape matters, and where repeated text is overfitted.

use super::{Planned, Summary};
use crate::train::{Measured, Trouble};
use crate::units::{Params, Tokens, format_significant};
use std::collections::BTreeMap;
use std::fmt;

/// One thing that runs say.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Runs that differ by their seed alone.
    Noise {
        /// Tokens, and the standard deviation of ln L after them, fewest first.
        deviations: Vec<(u64, f64)>,
        /// Measurements that it is from.
        count: usize,
    },
    /// A larger model is worse on the same tokens, by more than twice the noise.
    NotMonotone {
        /// Names, the larger model first.
        runs: [String; 2],
        /// By how much in ln L.
        worse: f64,
    },
    /// Models of about one size on the same tokens.
    Shape {
        /// N of the smallest and the largest.
        params: [usize; 2],
        /// d / L of the deepest and the widest.
        aspects: [f64; 2],
        /// ln of the highest loss over the lowest.
        spread: f64,
    },
    /// Where held-out losses of one repeated text turn, a size each, smallest first.
    Onsets {
        /// Unique tokens.
        unique: u64,
        /// N, and epochs at the lowest loss; none where it did not turn.
        turns: Vec<(usize, Option<f64>)>,
    },
}

/// Sizes that are so near, as ratios, are compared by their shape.
const ALIKE: f64 = 1.3;
/// Shapes that are so far apart, as ratios of d / L, are different.
const APART: f64 = 2.0;
/// More than this many standard deviations is no noise.
const SURE: f64 = 2.0;
/// Where no noise was measured: what held-out text of a quarter of a million tokens leaves open.
const ASSUMED: f64 = 0.005;

/// What finished runs say.
pub fn findings<'a>(runs: impl IntoIterator<Item = (&'a Planned, &'a Summary)>) -> Vec<Finding> {
    let runs: Vec<(&Planned, &Summary)> = runs.into_iter().filter(|(_, s)| s.ended == "finished").collect();
    let points: Vec<Spot<'_>> = runs
        .iter()
        .flat_map(|(planned, summary)| summary.measured.iter().map(|measured| Spot { planned, measured }))
        .collect();
    let (deviations, count) = noise(&points);
    // Noise falls with tokens: that of the nearest number of them counts.
    let near = |tokens: u64| {
        let distance = |of: &&(u64, f64)| (of.0 as f64 / tokens as f64).ln().abs();
        let nearest = deviations.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.map_or(ASSUMED, |(_, deviation)| *deviation)
    };
    let not_monotone = not_monotone(&points, near);
    let noise = (count > 0).then_some(Finding::Noise { deviations, count });
    let found = noise.into_iter().chain(shape(&points)).chain(not_monotone);
    found.chain(onsets(&runs)).collect()
}

/// A loss, and whose.
#[derive(Clone, Copy)]
struct Spot<'a> {
    planned: &'a Planned,
    measured: &'a Measured,
}

impl Spot<'_> {
    fn model(&self) -> [usize; 2] {
        [self.planned.width, self.planned.layers]
    }

    fn params(&self) -> usize {
        self.planned.params_non_embedding()
    }

    fn aspect(&self) -> f64 {
        self.planned.width as f64 / self.planned.layers as f64
    }

    fn loss(&self) -> f64 {
        self.measured.held_out.loss.ln()
    }

    /// The same text, and as much of it.
    fn sees_the_same(&self, other: &Self) -> bool {
        self.measured.tokens == other.measured.tokens && self.planned.unique_tokens == other.planned.unique_tokens
    }
}

/// Standard deviations by tokens, and of how many measurements.
fn noise(points: &[Spot<'_>]) -> (Vec<(u64, f64)>, usize) {
    // Squares and degrees of freedom, by tokens.
    let (mut sums, mut count) = (BTreeMap::<u64, (f64, usize)>::new(), 0);
    for (place, first) in points.iter().enumerate() {
        let alike = |other: &&Spot<'_>| first.model() == other.model() && first.sees_the_same(other);
        if points[..place].iter().any(|earlier| alike(&earlier)) {
            continue;
        }
        let losses: Vec<f64> = points.iter().filter(alike).map(Spot::loss).collect();
        if losses.len() > 1 {
            let mean = losses.iter().sum::<f64>() / losses.len() as f64;
            let (squares, freedom) = sums.entry(first.measured.tokens).or_default();
            *squares += losses.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>();
            *freedom += losses.len() - 1;
            count += losses.len();
        }
    }
    let deviation = |(squares, freedom): (f64, usize)| (squares / freedom as f64).sqrt();
    let deviations = sums.into_iter().map(|(tokens, sums)| (tokens, deviation(sums)));
    (deviations.collect(), count)
}

fn shape(points: &[Spot<'_>]) -> Option<Finding> {
    let mut best: Option<Vec<Spot<'_>>> = None;
    for first in points {
        let near = |other: &&Spot<'_>| {
            let ratio = other.params() as f64 / first.params() as f64;
            (1.0..ALIKE).contains(&ratio) && first.sees_the_same(other) && first.planned.seed == other.planned.seed
        };
        let group: Vec<Spot<'_>> = points.iter().filter(near).copied().collect();
        if group.len() > best.as_ref().map_or(1, Vec::len) {
            best = Some(group);
        }
    }
    let group = best?;
    let range = |of: &dyn Fn(&Spot<'_>) -> f64| {
        let values = group.iter().map(of);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        [low, values.fold(f64::NEG_INFINITY, f64::max)]
    };
    let aspects = range(&|spot| spot.aspect());
    let [least, most] = range(&|spot| spot.params() as f64);
    let [low, high] = range(&|spot| spot.loss());
    (group.len() > 2 && aspects[1] > APART * aspects[0]).then_some(Finding::Shape {
        params: [least as usize, most as usize],
        aspects,
        spread: high - low,
    })
}

/// The worst pair.
fn not_monotone(points: &[Spot<'_>], deviation: impl Fn(u64) -> f64) -> Option<Finding> {
    let pairs = points
        .iter()
        .flat_map(|large| points.iter().map(move |small| (large, small)));
    let worse = pairs.filter_map(|(large, small)| {
        // The same batches too: another batch size is another training.
        let compares = large.params() as f64 > ALIKE * small.params() as f64
            && large.sees_the_same(small)
            && large.planned.unique_tokens.is_none()
            && large.planned.config().batch == small.planned.config().batch;
        let worse = large.loss() - small.loss();
        (compares && worse > SURE * std::f64::consts::SQRT_2 * deviation(large.measured.tokens))
            .then_some((large, small, worse))
    });
    let (large, small, worse) = worse.max_by(|a, b| a.2.total_cmp(&b.2))?;
    Some(Finding::NotMonotone {
        runs: [large.planned.name.clone(), small.planned.name.clone()],
        worse,
    })
}

/// A finding for each amount of text that repeats under several sizes, most text first.
fn onsets(runs: &[(&Planned, &Summary)]) -> Vec<Finding> {
    let mut amounts: Vec<u64> = runs.iter().filter_map(|(_, summary)| summary.unique_tokens).collect();
    amounts.sort_unstable();
    amounts.dedup();
    let finding = |unique: u64| {
        let of = runs.iter().filter(|(_, summary)| summary.unique_tokens == Some(unique));
        let mut turns: Vec<(usize, Option<f64>)> = of
            .map(|(planned, summary)| {
                let epochs = summary.troubles.iter().find_map(|trouble| match trouble {
                    Trouble::Overfit { epochs, .. } => *epochs,
                    _ => None,
                });
                (planned.params_non_embedding(), epochs)
            })
            .collect();
        turns.sort_by_key(|(params, _)| *params);
        (turns.len() > 1).then_some(Finding::Onsets { unique, turns })
    };
    amounts.into_iter().rev().filter_map(finding).collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part: f64| format!("{} %", format_significant(100.0 * part, 2));
        let size = |params: usize| Params(params as f64).short();
        match self {
            Self::Noise { deviations, count } => {
                let told = deviations.iter().map(|(tokens, deviation)| {
                    format!(
                        "{} after {} tokens",
                        percent(*deviation),
                        Tokens(*tokens as f64).short()
                    )
                });
                let told: Vec<String> = told.collect();
                write!(
                    f,
                    "Noise: seeds alone move the loss by {} (standard deviation, {count} measurements).",
                    told.join(", ")
                )
            }
            Self::NotMonotone {
                runs: [large, small],
                worse,
            } => write!(
                f,
                "{large} is worse than the smaller {small} on the same tokens, by {}: a sign of a learning rate that does \
                 not suit it.",
                percent(*worse)
            ),
            Self::Shape {
                params,
                aspects: [deep, wide],
                spread,
            } => write!(
                f,
                "Shape: from {} to {} of width a layer at {} to {} parameters, the loss differs by {}.",
                format_significant(*deep, 2),
                format_significant(*wide, 2),
                size(params[0]),
                size(params[1]),
                percent(*spread)
            ),
            Self::Onsets { unique, turns } => {
                let told = turns.iter().map(|(params, epochs)| match epochs {
                    Some(epochs) => format!("after {} epochs at {}", format_significant(*epochs, 2), size(*params)),
                    None => format!("not yet at {}", size(*params)),
                });
                let told: Vec<String> = told.collect();
                write!(
                    f,
                    "Overfitting: on {} unique tokens the held-out loss turns {}.",
                    Tokens(*unique as f64).short(),
                    told.join(", ")
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Evaluation;

    fn run(model: [usize; 2], seed: u64, losses: &[(u64, f64)], unique: Option<u64>) -> (Planned, Summary) {
        let tokens = losses.last().unwrap().0;
        let planned = Planned::new(model, tokens, seed, unique);
        let measured = |(tokens, loss): &(u64, f64)| Measured {
            tokens: *tokens,
            flops: 1.0,
            held_out: Evaluation {
                loss: *loss,
                se: 0.001,
                tokens: 1,
            },
            train_loss: 1.0,
            oracle_loss: None,
            unique_tokens: unique,
        };
        let summary = Summary {
            loss: None,
            se: None,
            oracle_loss: None,
            train_loss: None,
            tokens,
            unique_tokens: unique,
            params_non_embedding: planned.params_non_embedding(),
            params: 1,
            flops: 1.0,
            flops_6nd: 1.0,
            flops_with_head: 1.0,
            seconds: 1.0,
            tokens_per_second: 1.0,
            seed,
            learning_rate: 0.01,
            ended: "finished".to_owned(),
            troubles: vec![],
            measured: losses.iter().map(measured).collect(),
        };
        (planned, summary)
    }

    fn of(runs: &[(Planned, Summary)]) -> Vec<String> {
        let found = findings(runs.iter().map(|(planned, summary)| (planned, summary)));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn seeds_are_the_noise() {
        let runs = [
            run([32, 2], 0, &[(400_000, 1.1), (800_000, 1.0)], None),
            run([32, 2], 1, &[(400_000, 1.1), (800_000, 1.02)], None),
            run([64, 2], 0, &[(800_000, 0.9)], None),
        ];
        assert_eq!(
            of(&runs),
            [
                "Noise: seeds alone move the loss by 0 % after 400K tokens, 1.4 % after 800K tokens (standard deviation, 4 \
              measurements)."
            ]
        );
    }

    #[test]
    fn a_larger_model_that_is_worse_is_told() {
        let mut runs = [
            run([32, 2], 0, &[(400_000, 1.0)], None),
            run([64, 2], 0, &[(400_000, 1.05)], None),
        ];
        let told = of(&runs);
        assert!(
            told[0].starts_with("d64-l2-400k is worse than the smaller d32-l2-400k"),
            "{told:?}"
        );
        runs[1].1.measured[0].held_out.loss = 1.005;
        assert!(of(&runs).is_empty());
    }

    #[test]
    fn shapes_of_one_size_are_compared() {
        let runs = [
            run([32, 8], 0, &[(2_000_000, 1.0)], None),
            run([64, 2], 0, &[(2_000_000, 1.01)], None),
            run([96, 1], 0, &[(2_000_000, 1.0)], None),
        ];
        assert_eq!(
            of(&runs),
            ["Shape: from 4.0 to 96 of width a layer at 98.3K to 111K parameters, the loss differs by 1.0 %."]
        );
    }

    #[test]
    fn turns_of_repeated_text_are_listed_by_size() {
        let mut runs = [
            run([64, 2], 0, &[(3_000_000, 1.0)], Some(100_000)),
            run([32, 2], 0, &[(3_000_000, 1.0)], Some(100_000)),
        ];
        runs[0].1.troubles.push(Trouble::Overfit {
            tokens: 500_000,
            epochs: Some(5.0),
            tokens_per_param: 5.0,
            lowest: 1.0,
            last: 1.2,
        });
        assert_eq!(
            of(&runs),
            ["Overfitting: on 100K unique tokens the held-out loss turns not yet at 24.6K, after 5.0 epochs at 98.3K."]
        );
    }
}
