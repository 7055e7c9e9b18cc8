//! What a run leaves behind: its curve, its results, and what is wrong with it.

use super::{Evaluation, Shape};
use serde::{Deserialize, Serialize};

/// One point of a learning curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Steps from the beginning, this one included.
    pub step: u64,
    /// Tokens seen.
    pub tokens: u64,
    /// The branch of a wsd run that this belongs to, by its number of tokens; none on the stable part.
    pub branch: Option<u64>,
    /// η of this step.
    pub learning_rate: f64,
    /// Mean over the batches since the last point, nats per token.
    pub train_loss: f64,
    /// ‖g‖ of this step before the limit.
    pub gradient_norm: f64,
    /// On part of the held-out text, where it was looked at.
    pub held_out: Option<Evaluation>,
}

/// What a run measured at one number of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// D.
    pub tokens: u64,
    /// D times Kaplan's exact count, FLOP.
    pub flops: f64,
    /// On all of the held-out text.
    pub held_out: Evaluation,
    /// Mean over the last twentieth of the batches, nats per token.
    pub train_loss: f64,
    /// What nothing can beat on that text, where it is known.
    pub oracle_loss: Option<f64>,
    /// Tokens of the text that were there to be seen; none for endless text.
    #[serde(default)]
    pub unique_tokens: Option<u64>,
}

/// What is wrong with a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Trouble {
    /// The loss went up and away.
    Diverged {
        /// Where it was seen.
        step: u64,
    },
    /// Nothing was learned but how often each byte occurs.
    DidNotTrain {
        /// Held-out loss at the end.
        loss: f64,
        /// −Σ p ln p of the bytes.
        unigram_entropy: f64,
    },
    /// The held-out loss has passed its lowest point.
    Overfit {
        /// Tokens at the lowest point.
        tokens: u64,
        /// Times the text had been seen by then; none for endless text.
        epochs: Option<f64>,
        /// Tokens over non-embedding parameters by then.
        tokens_per_param: f64,
        /// The lowest held-out loss, and the last.
        lowest: f64,
        /// The last.
        last: f64,
    },
}

impl Trouble {
    /// For people.
    pub fn text(&self) -> String {
        match self {
            Self::Diverged { step } => format!("the loss diverged at step {step}; a lower learning rate may do"),
            Self::DidNotTrain { loss, unigram_entropy } => format!(
                "a held-out loss of {loss:.3} is no better than knowing how often each byte occurs ({unigram_entropy:.3}): \
                 train on more tokens or with another learning rate"
            ),
            Self::Overfit {
                tokens,
                epochs,
                tokens_per_param,
                lowest,
                last,
            } => {
                let epochs = epochs.map_or(String::new(), |epochs| format!(", {epochs:.1} epochs"));
                format!(
                    "overfits: the held-out loss was lowest ({lowest:.3}) after {tokens} tokens{epochs}, {tokens_per_param:.1} \
                     tokens a parameter, and has risen to {last:.3}"
                )
            }
        }
    }
}

/// Loss above ln V, in nats, that only a run which has blown up reaches.
const BLOWN_UP: f64 = 1.0;
/// Gain over the unigram entropy below which nothing was learned, in nats.
const LEARNED: f64 = 0.05;
/// Rise of the held-out loss that is no noise: this many standard errors, and as part of the loss.
const RISE_ERRORS: f64 = 3.0;
const RISE: f64 = 0.005;

/// Batches in a row whose mean tells that a run has blown up; a single one may jump and come back.
const IN_A_ROW: usize = 20;

/// Whether a run has blown up, from the losses of its batches, latest last.
pub(super) fn diverged(losses: &[f64], shape: Shape) -> bool {
    let latest = &losses[losses.len().saturating_sub(IN_A_ROW)..];
    let mean = latest.iter().sum::<f64>() / IN_A_ROW as f64;
    latest.last().is_some_and(|loss| !loss.is_finite()) || mean > (shape.vocab as f64).ln() + BLOWN_UP
}

/// What a finished or stopped run shows of its own accord.
pub(super) fn troubles(
    shape: Shape,
    curve: &[Point],
    last: Option<&Measured>,
    unigram_entropy: f64,
    unique_tokens: Option<u64>,
) -> Vec<Trouble> {
    let mut troubles = vec![];
    let seen: Vec<(u64, Evaluation)> = curve
        .iter()
        .filter_map(|point| Some((point.tokens, point.held_out?)))
        .collect();
    let end = last.map(|last| (last.tokens, last.held_out)).or(seen.last().copied());
    let Some((_, end)) = end else { return troubles };
    if end.loss > unigram_entropy - LEARNED {
        troubles.push(Trouble::DidNotTrain {
            loss: end.loss,
            unigram_entropy,
        });
    }
    // Looks at part of the text are compared with each other, not with the last on all of it.
    let lowest = seen.iter().min_by(|a, b| a.1.loss.total_cmp(&b.1.loss));
    if let (Some((tokens, lowest)), Some((_, latest))) = (lowest, seen.last()) {
        let noise = RISE_ERRORS * difference_error(lowest, latest);
        if latest.loss > lowest.loss * (1.0 + RISE) + noise {
            troubles.push(Trouble::Overfit {
                tokens: *tokens,
                epochs: unique_tokens.map(|unique| *tokens as f64 / unique as f64),
                tokens_per_param: *tokens as f64 / shape.params_non_embedding() as f64,
                lowest: lowest.loss,
                last: latest.loss,
            });
        }
    }
    troubles
}

/// Standard error of the difference of two losses on the same text: most of what moves one moves the other.
fn difference_error(a: &Evaluation, b: &Evaluation) -> f64 {
    const SHARED: f64 = 0.8;
    let se = (a.se.powi(2) + b.se.powi(2) - 2.0 * SHARED * a.se * b.se).sqrt();
    if se.is_finite() { se } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        vocab: 256,
        context: 64,
        width: 32,
        layers: 2,
        heads: 2,
    };

    fn curve(losses: &[f64]) -> Vec<Point> {
        let point = |(i, loss): (usize, &f64)| Point {
            step: i as u64 + 1,
            tokens: 1000 * (i as u64 + 1),
            branch: None,
            learning_rate: 1e-3,
            train_loss: 1.0,
            gradient_norm: 1.0,
            held_out: Some(Evaluation {
                loss: *loss,
                se: 0.01,
                tokens: 30_000,
            }),
        };
        losses.iter().enumerate().map(point).collect()
    }

    #[test]
    fn tells_where_overfitting_sets_in() {
        let found = troubles(SHAPE, &curve(&[3.0, 2.0, 1.8, 1.9, 2.2]), None, 2.9, Some(1500));
        let [Trouble::Overfit { tokens, epochs, .. }] = found[..] else {
            panic!("{found:?}");
        };
        assert_eq!((tokens, epochs), (3000, Some(2.0)));
        assert_eq!(troubles(SHAPE, &curve(&[3.0, 2.0, 1.8, 1.81]), None, 2.9, None), []);
    }

    #[test]
    fn tells_what_did_not_train() {
        let found = troubles(SHAPE, &curve(&[3.0, 2.9, 2.88]), None, 2.9, None);
        assert!(matches!(found[..], [Trouble::DidNotTrain { .. }]), "{found:?}");
        assert!(diverged(&[2.0, f64::NAN], SHAPE) && diverged(&[7.0; 20], SHAPE));
        assert!(!diverged(&[5.6; 30], SHAPE) && !diverged(&[7.0, 2.0, 3.0], SHAPE));
    }
}
