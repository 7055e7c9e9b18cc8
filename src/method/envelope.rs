//! Approach 1: the best run at each C, and a line through the winners.
//!
//! Each run's losses are smoothed over ±5 % of their place in the curve and interpolated in ln C at 1500 log-spaced budgets.
//! At each budget the run with the lowest loss wins. The win counts only where a smaller and a larger model reached the same C
//! and lost: at the ends of the sizes nobody knows where the minimum lies. A line through ln N and ln D of the winners, by plain
//! least squares, gives a and b.
//!
//! The lowest of several noisy losses is too low and picks the lucky run (the winner's curse); smoothing comes first to
//! shrink it, and what is left of it is not corrected. Neighbouring winners are the same runs, so the line's own errors mean
//! nothing: `resample.rs` resamples runs.
//!
//! Sources: Hoffmann et al. 2022 (arXiv 2203.15556), section 3.1; smoothing as in Porian et al. 2024 (arXiv 2406.19146).
//! Limits: C at a checkpoint must be the C of the loss, so curves under a learning rate that has not come down yet look worse
//! than finished runs of that length; use cooled-down points, or a constant rate throughout.

use super::{Frontier, Measurement, line};
use crate::plan::smooth;
use crate::units::Params;

/// Budgets at which the envelope is asked, as many as Hoffmann et al. took.
pub(super) const GRID: usize = 1500;
/// Checkpoints that make a curve.
const FEWEST_CHECKPOINTS: usize = 2;

/// The best run at a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Winner {
    /// C.
    pub flops: f64,
    /// Which run.
    pub run: usize,
    /// Its N.
    pub params: f64,
    /// Its D at this C, interpolated.
    pub tokens: f64,
    /// Its smoothed L there.
    pub loss: f64,
}

/// What the curves say by Approach 1.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Winners that count, the cheapest budget first.
    pub winners: Vec<Winner>,
    /// Different sizes among them.
    pub sizes: usize,
    /// Runs with a curve.
    pub runs: usize,
    /// Through the winners; without standard errors.
    pub frontier: Frontier,
}

/// Why there is no envelope.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EnvelopeError {
    /// Too few runs with several checkpoints.
    #[error(
        "{found} of {runs} runs have two checkpoints or more with N, D and a loss, and an envelope takes three curves of different \
         size. Give files with the losses along the way, or use --law isoflop or chinchilla"
    )]
    NoCurves {
        /// Runs in all.
        runs: usize,
        /// Runs with a curve.
        found: usize,
    },
    /// No budget at which a middle size wins.
    #[error(
        "at no C does a run win against both a smaller and a larger one that reached it: {reason}. Train sizes between, or let \
         small ones run longer and large ones begin earlier"
    )]
    NoInteriorWinner {
        /// What happens instead.
        reason: String,
    },
    /// One size wins everywhere.
    #[error(
        "N = {} is the only size that wins between a smaller and a larger one, and an exponent takes two. Train more sizes \
         around it",
        Params(*params).short()
    )]
    OneSize {
        /// Which.
        params: f64,
    },
}

impl EnvelopeError {
    /// What is the case, without what to do about it.
    pub fn brief(&self) -> String {
        super::verdict::first_sentence(&self.to_string())
    }

    /// Stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCurves { .. } | Self::OneSize { .. } => "too_few_runs",
            Self::NoInteriorWinner { .. } => "no_interior_minimum",
        }
    }
}

/// Curves at the budgets of the grid.
pub(super) struct Curves {
    pub(super) ln_flops: Vec<f64>,
    /// In the order of the runs' indices.
    pub(super) runs: Vec<Curve>,
    all_runs: usize,
}

/// A smoothed curve on the grid.
pub(super) struct Curve {
    run: usize,
    params: f64,
    /// The first place of the grid that it reaches.
    first: usize,
    /// L and ln D from there on.
    values: Vec<[f64; 2]>,
}

impl Curve {
    fn at(&self, place: usize) -> Option<[f64; 2]> {
        self.values.get(place.checked_sub(self.first)?).copied()
    }
}

impl Curves {
    pub(super) fn of(points: &[Measurement]) -> Self {
        let mut order: Vec<&Measurement> = points.iter().collect();
        order.sort_by(|a, b| a.run.cmp(&b.run).then(a.flops.total_cmp(&b.flops)));
        let runs: Vec<&[&Measurement]> = order.chunk_by(|a, b| a.run == b.run).collect();
        let all_runs = runs.len();
        let curves: Vec<Vec<Measurement>> = runs.into_iter().map(strictly_rising).collect();
        let curves: Vec<&Vec<Measurement>> = curves.iter().filter(|c| c.len() >= FEWEST_CHECKPOINTS).collect();
        let ends = curves
            .iter()
            .flat_map(|curve| [curve[0].flops.ln(), curve[curve.len() - 1].flops.ln()]);
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), c| (l.min(c), h.max(c)));
        let step = (high - low) / (GRID - 1) as f64;
        let ln_flops: Vec<f64> = if step.is_finite() {
            (0..GRID).map(|place| low + step * place as f64).collect()
        } else {
            vec![]
        };
        Self {
            runs: curves.iter().map(|curve| on_grid(curve, &ln_flops)).collect(),
            ln_flops,
            all_runs,
        }
    }

    /// Winners among some of the runs, and how often an end of the sizes won instead: the smallest, the largest.
    pub(super) fn winners(&self, among: &[usize]) -> (Vec<Winner>, [usize; 2]) {
        let (mut winners, mut at_ends) = (vec![], [0, 0]);
        for (place, ln_flops) in self.ln_flops.iter().enumerate() {
            let mut best: Option<(f64, f64, &Curve)> = None;
            let (mut smallest, mut largest, mut reached) = (f64::INFINITY, f64::NEG_INFINITY, 0);
            for &index in among {
                let curve = &self.runs[index];
                let Some([loss, ln_tokens]) = curve.at(place) else {
                    continue;
                };
                reached += 1;
                smallest = smallest.min(curve.params);
                largest = largest.max(curve.params);
                if best.is_none_or(|(lowest, ..)| loss < lowest) {
                    best = Some((loss, ln_tokens, curve));
                }
            }
            let Some((loss, ln_tokens, curve)) = best.filter(|_| reached >= 2) else {
                continue;
            };
            if curve.params <= smallest {
                at_ends[0] += 1;
            } else if curve.params >= largest {
                at_ends[1] += 1;
            } else {
                winners.push(Winner {
                    flops: ln_flops.exp(),
                    run: curve.run,
                    params: curve.params,
                    tokens: ln_tokens.exp(),
                    loss,
                });
            }
        }
        (winners, at_ends)
    }
}

/// A run's points in the order of C, without those that repeat a C; N is that of its last point.
fn strictly_rising(points: &[&Measurement]) -> Vec<Measurement> {
    let mut rising: Vec<Measurement> = points.iter().map(|point| **point).collect();
    // Of equal C the later in the file stands.
    rising.reverse();
    rising.dedup_by(|a, b| a.flops >= b.flops);
    rising.reverse();
    rising
}

fn on_grid(curve: &[Measurement], ln_flops: &[f64]) -> Curve {
    let smoothed = smooth(&curve.iter().map(|point| point.loss).collect::<Vec<_>>());
    let at: Vec<f64> = curve.iter().map(|point| point.flops.ln()).collect();
    let (start, end) = (at[0], at[at.len() - 1]);
    let first = ln_flops.partition_point(|c| *c < start);
    let mut above = 1;
    let values = ln_flops[first..]
        .iter()
        .take_while(|c| **c <= end)
        .map(|c| {
            while at[above] < *c {
                above += 1;
            }
            let share = (c - at[above - 1]) / (at[above] - at[above - 1]);
            let between = |a: f64, b: f64| a + share * (b - a);
            [
                between(smoothed[above - 1], smoothed[above]),
                between(curve[above - 1].tokens.ln(), curve[above].tokens.ln()),
            ]
        })
        .collect();
    let last = &curve[curve.len() - 1];
    Curve {
        run: last.run,
        params: last.params,
        first,
        values,
    }
}

/// The line through winners; `None` where they are of one size.
pub(super) fn frontier_of(winners: &[Winner]) -> Option<Frontier> {
    let first = winners.first()?;
    if winners.iter().all(|winner| winner.params == first.params) {
        return None;
    }
    let of = |get: fn(&Winner) -> f64| -> Vec<f64> { winners.iter().map(|winner| get(winner).ln()).collect() };
    let (flops, weights) = (of(|winner| winner.flops), vec![1.0; winners.len()]);
    let params = line(&flops, &of(|winner| winner.params), &weights)?;
    let tokens = line(&flops, &of(|winner| winner.tokens), &weights)?;
    let frontier = Frontier::of(&params, &tokens);
    Some(Frontier {
        standard_errors: None,
        ..frontier
    })
}

/// Approach 1 on these checkpoints, any number a run.
///
/// # Errors
/// See [`EnvelopeError`].
pub fn envelope(points: &[Measurement]) -> Result<Envelope, EnvelopeError> {
    let curves = Curves::of(points);
    let found = curves.runs.len();
    let mut sizes: Vec<f64> = curves.runs.iter().map(|curve| curve.params).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    if sizes.len() < 3 {
        return Err(EnvelopeError::NoCurves {
            runs: curves.all_runs,
            found,
        });
    }
    let all: Vec<usize> = (0..found).collect();
    let (winners, at_ends) = curves.winners(&all);
    let Some(first) = winners.first() else {
        let [smallest, largest] = at_ends;
        let reason = match (smallest, largest) {
            (0, 0) => "no two runs reached the same C".to_owned(),
            (0, _) => "the largest that reached it always wins".to_owned(),
            (_, 0) => "the smallest that reached it always wins".to_owned(),
            _ => "the smallest or the largest that reached it always wins".to_owned(),
        };
        return Err(EnvelopeError::NoInteriorWinner { reason });
    };
    let frontier = frontier_of(&winners).ok_or(EnvelopeError::OneSize { params: first.params })?;
    let mut sizes: Vec<f64> = winners.iter().map(|winner| winner.params).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    Ok(Envelope {
        sizes: sizes.len(),
        runs: found,
        frontier,
        winners,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Curves of a surface: `sizes` models half a factor apart from 1e7 parameters, losses along the way without noise.
    fn curves(sizes: i32, luck: impl Fn(usize, usize) -> f64) -> Vec<Measurement> {
        let mut points = vec![];
        for run in 0..sizes {
            let params = 1e7 * 1.5f64.powi(run);
            for step in 1..=200 {
                let tokens = 2e7 * 1.5f64.powi(run) * f64::from(step);
                points.push(Measurement {
                    run: run as usize,
                    params,
                    tokens,
                    flops: 6.0 * params * tokens,
                    loss: 1.8
                        + 480.0 / params.powf(0.35)
                        + 2000.0 / tokens.powf(0.37)
                        + luck(run as usize, step as usize),
                });
            }
        }
        points
    }

    #[test]
    fn the_envelope_of_a_surface_has_its_exponent() {
        let points = curves(12, |_, _| 0.0);
        let found = envelope(&points).unwrap();
        let [a, b] = found.frontier.exponents();
        // alpha .35, beta .37; sizes are steps, so the line is off by what the ends of the staircase do.
        assert!((a - 0.37 / 0.72).abs() < 0.01 && (a + b - 1.0).abs() < 1e-3, "{a} {b}");
        assert!(found.sizes > 5 && found.runs == 12 && found.frontier.standard_errors.is_none());
        // The order of the points makes no difference.
        let mut shuffled = points;
        shuffled.reverse();
        assert_eq!(envelope(&shuffled).unwrap().frontier, found.frontier);
    }

    #[test]
    fn winners_have_losers_on_both_sides() {
        let points = curves(12, |_, _| 0.0);
        for winner in envelope(&points).unwrap().winners {
            assert!(winner.params > 1.01e7 && winner.params < 1e7 * 1.5f64.powi(11) * 0.99);
            assert!((winner.flops / (6.0 * winner.params * winner.tokens) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let finals: Vec<Measurement> = curves(12, |_, _| 0.0)
            .into_iter()
            .filter(|p| p.tokens / p.params > 399.0)
            .collect();
        assert_eq!(finals.len(), 12);
        assert_eq!(
            envelope(&finals).unwrap_err(),
            EnvelopeError::NoCurves { runs: 12, found: 0 }
        );
        assert_eq!(
            envelope(&[]).unwrap_err(),
            EnvelopeError::NoCurves { runs: 0, found: 0 }
        );
        // A model that is always better hides every valley.
        let spoiled = curves(4, |run, _| if run == 3 { -1.0 } else { 0.0 });
        let error = envelope(&spoiled).unwrap_err();
        assert!(
            matches!(
                error,
                EnvelopeError::NoInteriorWinner { .. } | EnvelopeError::OneSize { .. }
            ),
            "{error}"
        );
    }
}
