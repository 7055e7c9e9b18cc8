//! Where a measured held-out loss turns up.
//!
//! ```text
//! onset = the D of the lowest s_i      s = losses by D, smoothed over ±5 % of their place (smooth.rs)
//! risen: max of s after it − s there > 4 sigma
//! sigma = median |c·L|/.6745 over any four neighbours, c·L = what is left of them by the parabola through them in ln D
//! ```
//!
//! D in tokens seen, L and sigma in nats per token. The losses may be the checkpoints of one run, or the ends of runs that
//! differ in length alone; several at one D count as their mean. c has length one, so c·L of independent errors of size
//! sigma has size sigma, whatever smooth bend the curve has; .6745 is what the median of a normal error is to its size.
//! Noise is told from no less than six places; on fewer a rise of .02 nats counts, the scatter between seeds of Kaplan et
//! al. 2020 (arXiv 2001.08361, section 4.2).
//!
//! Limits: the minimum is as fine as the measurements; [`Onset::between`] has its neighbours. Checkpoints within a
//! falling learning rate turn later than runs that end there. Minima of noisy losses lie too low, which smoothing lessens.

use super::smooth;

/// A rise of so many sigma is none of the noise: of still falling curves fewer than one in a hundred is taken as risen.
const RISE: f64 = 4.0;
/// Places from which noise is told.
const ENOUGH: usize = 6;
/// Noise of a curve that is too short to tell its own, in nats per token: its rise is then .02.
const SEEDS: f64 = 0.02 / RISE;

/// What a curve says of its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It fell and has risen again: the onset.
    Rises,
    /// It has not risen by more than its noise: the onset is beyond its end.
    NotYet,
    /// Its first measurement is the lowest: the onset is before the second.
    AlreadyRising,
}

/// Where a curve turns, or until where it has not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Onset {
    /// Which of these.
    pub turn: Turn,
    /// D of the lowest smoothed loss.
    pub tokens: f64,
    /// That loss.
    pub loss: f64,
    /// The D measured before and after it; its own where there is none.
    pub between: [f64; 2],
    /// The largest D measured.
    pub last: f64,
    /// How far the loss rose after it, in nats.
    pub rise: f64,
    /// Size of the errors, in nats.
    pub noise: f64,
}

/// The onset of D and L in any order; `None` with fewer than three different D.
pub fn onset(points: &[[f64; 2]]) -> Option<Onset> {
    let curve = by_tokens(points);
    if curve.len() < 3 {
        return None;
    }
    let smoothed = smooth(&curve.iter().map(|point| point[1]).collect::<Vec<_>>());
    let (lowest, loss) = smoothed
        .iter()
        .copied()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let after = smoothed[lowest..].iter().copied().fold(loss, f64::max);
    let noise = noise(&curve);
    let risen = after - loss > RISE * noise;
    Some(Onset {
        turn: match (risen, lowest) {
            (true, 0) => Turn::AlreadyRising,
            (true, _) => Turn::Rises,
            _ => Turn::NotYet,
        },
        tokens: curve[lowest][0],
        loss,
        between: [
            curve[lowest.saturating_sub(1)][0],
            curve[(lowest + 1).min(curve.len() - 1)][0],
        ],
        last: curve[curve.len() - 1][0],
        rise: after - loss,
        noise,
    })
}

/// The points in order of D, those at one D as their mean.
pub fn by_tokens(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut sorted: Vec<[f64; 2]> = points
        .iter()
        .copied()
        .filter(|[tokens, loss]| *tokens > 0.0 && tokens.is_finite() && loss.is_finite())
        .collect();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
    sorted
        .chunk_by(|a, b| a[0] == b[0])
        .map(|same| {
            [
                same[0][0],
                same.iter().map(|point| point[1]).sum::<f64>() / same.len() as f64,
            ]
        })
        .collect()
}

/// Size of the errors.
fn noise(curve: &[[f64; 2]]) -> f64 {
    if curve.len() < ENOUGH {
        return SEEDS;
    }
    let mut left: Vec<f64> = curve
        .windows(4)
        .map(|four| {
            // Weights of the third divided difference, which no parabola has; brought to length one.
            let x: Vec<f64> = four.iter().map(|point| point[0].ln()).collect();
            let weight = |i: usize| {
                let others = (0..4).filter(|j| *j != i);
                1.0 / others.map(|j| x[i] - x[j]).product::<f64>()
            };
            let length = (0..4).map(|i| weight(i).powi(2)).sum::<f64>().sqrt();
            let sum: f64 = (0..4).map(|i| weight(i) * four[i][1]).sum();
            (sum / length).abs()
        })
        .collect();
    left.sort_by(f64::total_cmp);
    let middle = left.len() / 2;
    let median = if left.len() % 2 == 1 {
        left[middle]
    } else {
        f64::midpoint(left[middle - 1], left[middle])
    };
    median / 0.6745
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    /// A curve that falls as a power of D and, from `turn` on, rises.
    fn curve(count: usize, turn: f64, noise: f64, seed: u64) -> Vec<[f64; 2]> {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        (1..=count)
            .map(|step| {
                let tokens = 1e9 * step as f64 / count as f64;
                let past = (tokens / turn).ln().max(0.0);
                let error: f64 = StandardNormal.sample(&mut random);
                [
                    tokens,
                    2.0 + 40.0 * tokens.powf(-0.2) + 0.5 * past * past + noise * error,
                ]
            })
            .collect()
    }

    #[test]
    fn a_turn_is_found_where_it_is() {
        let found = onset(&curve(400, 3e8, 0.003, 1)).unwrap();
        assert_eq!(found.turn, Turn::Rises);
        assert!((3e8..4.2e8).contains(&found.tokens), "{}", found.tokens);
        assert!(found.between[0] < found.tokens && found.tokens < found.between[1]);
        assert!((found.noise / 0.003 - 1.0).abs() < 0.3, "{}", found.noise);
    }

    #[test]
    fn noise_is_taken_for_a_rise_less_than_once_in_a_hundred() {
        let rising = (0..1000)
            .filter(|seed| {
                let count = [8, 20, 60, 300][*seed as usize % 4];
                onset(&curve(count, 1e12, 0.01, *seed)).unwrap().turn != Turn::NotYet
            })
            .count();
        assert!(rising < 10, "{rising} of 1000");
    }

    #[test]
    fn short_curves_speak_too() {
        let of = |losses: &[f64]| {
            let points: Vec<[f64; 2]> = losses
                .iter()
                .enumerate()
                .map(|(i, loss)| [2f64.powi(i as i32), *loss])
                .collect();
            onset(&points).map(|onset| (onset.turn, onset.tokens))
        };
        assert_eq!(of(&[3.0, 2.5, 2.8]), Some((Turn::Rises, 2.0)));
        assert_eq!(of(&[3.0, 2.5, 2.51]), Some((Turn::NotYet, 2.0)));
        assert_eq!(of(&[3.0, 2.5, 2.4]), Some((Turn::NotYet, 4.0)));
        assert_eq!(of(&[2.5, 2.8, 3.3]), Some((Turn::AlreadyRising, 1.0)));
        assert_eq!(of(&[2.5, 2.8]), None);
    }

    #[test]
    fn order_and_repeats_do_not_matter() {
        let points = [
            [4.0, 2.4],
            [1.0, 3.0],
            [2.0, 2.6],
            [2.0, 2.4],
            [8.0, 2.9],
            [f64::NAN, 1.0],
        ];
        assert_eq!(by_tokens(&points), [[1.0, 3.0], [2.0, 2.5], [4.0, 2.4], [8.0, 2.9]]);
        let found = onset(&points).unwrap();
        assert_eq!(
            (found.turn, found.tokens, found.between),
            (Turn::Rises, 4.0, [2.0, 8.0])
        );
    }
}
