//! Which loss of a run counts, which N and which C.
//!
//! ```text
//! best        the points lower than every one before them; the last of these is the lowest, with its own D
//! smoothed    s_i = Σ_j 2^(−j/h) L_(i−j) / Σ_j 2^(−j/h)      over the points of the run up to i, h the half-life in points
//! last mean   the mean of the last k losses up to each point
//! ```
//!
//! The choice is made for every point, so that it goes with the last checkpoint and with all of them alike. Points are taken
//! in the order in which they were measured; NaN and infinity are never averaged, and a run that ended in divergence still
//! did. The table that comes out shares everything that the choice does not touch.

use super::progress::Curves;
use super::{Numbers, Role, RunTable};
use serde::{Deserialize, Serialize};

/// The loss of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossOfRun {
    /// As measured at the checkpoint.
    #[default]
    Final,
    /// The lowest.
    Best,
    /// A mean whose weights halve with every so many points.
    Smoothed {
        /// In points.
        half_life: f64,
    },
    /// The plain mean of the last points.
    LastMean {
        /// How many.
        count: usize,
    },
}

impl LossOfRun {
    /// Half-life in points where none is given.
    pub const HALF_LIFE: f64 = 10.0;
    /// How many points are averaged where nothing is said.
    pub const COUNT: usize = 5;
}

/// The N of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamsCount {
    /// The total, or what is not said to be otherwise; the count without embeddings where it is all there is.
    #[default]
    AsGiven,
    /// Only the total.
    Total,
    /// Only the count without embeddings.
    NonEmbedding,
}

/// The C of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Compute {
    /// As the file has it, or as it was computed where the file has none.
    #[default]
    #[serde(rename = "as_given")]
    AsGiven,
    /// 6ND, with the N that counts.
    #[serde(rename = "6nd")]
    SixNd,
}

/// Which of a run's quantities count.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Quantities {
    /// Which loss.
    pub loss: LossOfRun,
    /// Which N.
    pub params: ParamsCount,
    /// Which C.
    pub compute: Compute,
}

impl Quantities {
    /// The same runs with these quantities in the places of N, C and L.
    pub fn of(&self, table: &RunTable) -> RunTable {
        let mut chosen = self.loss.of(table);
        let mut replaced = vec![];
        match self.params {
            ParamsCount::AsGiven => {}
            ParamsCount::Total => replaced.push((Role::ParamsNonEmbedding, unknown(table))),
            ParamsCount::NonEmbedding => {
                let numbers = table.quantity(Role::ParamsNonEmbedding).cloned();
                replaced.push((Role::Params, numbers.unwrap_or_else(|| unknown(table))));
            }
        }
        if !replaced.is_empty() {
            chosen = chosen.with_quantities(replaced).expect(OWN);
        }
        if self.compute == Compute::SixNd {
            let of = |role: Role, point: usize| chosen.quantity(role).and_then(|numbers| numbers.get(point));
            let flops = |point: usize| {
                let params = of(Role::Params, point).or_else(|| of(Role::ParamsNonEmbedding, point))?;
                Some(6.0 * params * of(Role::Tokens, point)?).filter(|flops| flops.is_finite() && *flops > 0.0)
            };
            let flops = (0..table.points().len()).map(flops).collect();
            chosen = chosen.with_quantities([(Role::Flops, flops)]).expect(OWN);
        }
        chosen
    }
}

/// Numbers of a table are as many as its points and were checked when they came in.
const OWN: &str = "the numbers of a table fit it";

fn unknown(table: &RunTable) -> Numbers {
    (0..table.points().len()).map(|_| None).collect()
}

impl LossOfRun {
    fn of(self, table: &RunTable) -> RunTable {
        let Some(loss) = table.quantity(Role::Loss).filter(|_| self != Self::Final) else {
            return table.clone();
        };
        let points: Vec<usize> = (0..table.points().len())
            .filter(|&point| loss.get(point).is_some() || table.diverged().binary_search(&point).is_ok())
            .collect();
        let curves = Curves::of(table, points);
        let mut changed: Vec<Option<f64>> = vec![None; loss.len()];
        let mut diverged = vec![];
        for run in 0..table.runs().len() {
            let points = curves.run(run);
            let measured = points.iter().filter_map(|&point| Some((point, loss.get(point)?)));
            match self {
                Self::Final => {}
                Self::Best => lows(measured, &mut changed),
                Self::Smoothed { half_life } => smoothed(measured, half_life, &mut changed),
                Self::LastMean { count } => means(measured, count, &mut changed),
            }
            // A divergence that the run got over is no end of it.
            let ended = points.last().filter(|last| loss.get(**last).is_none());
            match self {
                Self::Best => diverged.extend(ended),
                _ => diverged.extend(points.iter().filter(|point| loss.get(**point).is_none())),
            }
        }
        diverged.sort_unstable();
        table.with_loss(changed.into_iter().collect(), diverged).expect(OWN)
    }
}

/// Keeps the losses that are lower than all before them.
fn lows(measured: impl Iterator<Item = (usize, f64)>, changed: &mut [Option<f64>]) {
    let mut lowest = f64::INFINITY;
    for (point, loss) in measured {
        if loss < lowest {
            lowest = loss;
            changed[point] = Some(loss);
        }
    }
}

fn smoothed(measured: impl Iterator<Item = (usize, f64)>, half_life: f64, changed: &mut [Option<f64>]) {
    let decay = (-1.0 / half_life.max(f64::MIN_POSITIVE)).exp2();
    let (mut sum, mut weights) = (0.0, 0.0);
    for (point, loss) in measured {
        sum = decay * sum + loss;
        weights = decay * weights + 1.0;
        changed[point] = Some(sum / weights);
    }
}

fn means(measured: impl Iterator<Item = (usize, f64)>, count: usize, changed: &mut [Option<f64>]) {
    let count = count.max(1);
    let measured: Vec<(usize, f64)> = measured.collect();
    let mut sum = 0.0;
    for (index, &(point, loss)) in measured.iter().enumerate() {
        let first = (index + 1).saturating_sub(count);
        if index % count == 0 {
            // Anew from time to time, so that what rounding leaves behind does not add up.
            sum = measured[first..=index].iter().map(|(_, loss)| loss).sum();
        } else {
            sum += loss;
            if let Some(gone) = index.checked_sub(count) {
                sum -= measured[gone].1;
            }
        }
        changed[point] = Some(sum / (index + 1 - first) as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Checkpoints, Point, Run, Selection};
    use crate::units::{Flops, Loss, Params, Tokens};

    /// Losses of one run at steps 1, 2, …; NaN is a divergence.
    fn table(losses: &[f64]) -> RunTable {
        let run = Run {
            name: "a".into(),
            ..Run::default()
        };
        let point = |(index, loss): (usize, &f64)| Point {
            line: index as u64 + 2,
            params: Some(Params(10.0)),
            params_non_embedding: (index != 1).then_some(Params(8.0)),
            tokens: Some(Tokens(100.0 * (index + 1) as f64)),
            flops: Some(Flops(7.0)),
            step: Some((index + 1) as f64),
            loss: (!loss.is_nan()).then_some(Loss(*loss)),
            diverged: loss.is_nan(),
            ..Point::default()
        };
        RunTable::new("t", vec![run], losses.iter().enumerate().map(point).collect(), vec![]).unwrap()
    }

    fn losses(loss: LossOfRun, of: &[f64]) -> (Vec<Option<f64>>, Vec<usize>) {
        let quantities = Quantities {
            loss,
            ..Quantities::default()
        };
        let table = quantities.of(&table(of));
        let losses = table
            .points()
            .iter()
            .map(|point| point.loss.map(|loss| loss.0))
            .collect();
        (losses, table.diverged().to_vec())
    }

    #[test]
    fn the_default_changes_nothing() {
        let table = table(&[4.0, f64::NAN, 3.0]);
        assert_eq!(Quantities::default().of(&table), table);
    }

    #[test]
    fn the_best_loss_keeps_its_own_tokens() {
        let curve = [4.0, 3.0, f64::NAN, 3.5, 2.0, 2.5];
        let (best, diverged) = losses(LossOfRun::Best, &curve);
        assert_eq!(best, [Some(4.0), Some(3.0), None, None, Some(2.0), None]);
        assert!(diverged.is_empty());
        let quantities = Quantities {
            loss: LossOfRun::Best,
            ..Quantities::default()
        };
        let table = quantities.of(&table(&curve));
        assert_eq!(Selection::default().apply(&table).unwrap().used, [4]);
        assert_eq!(table.points().get(4).tokens, Some(Tokens(500.0)));
        let all = Selection {
            checkpoints: Checkpoints::All,
            ..Selection::default()
        };
        assert_eq!(all.apply(&table).unwrap().used, [0, 1, 4]);
        // A run that ends in divergence is a diverged one, however good it was before.
        assert_eq!(losses(LossOfRun::Best, &[4.0, 3.0, f64::NAN]).1, [2]);
    }

    #[test]
    fn means_leave_out_what_is_no_number() {
        let curve = [4.0, f64::NAN, 2.0, 3.0, 1.0];
        let (means, diverged) = losses(LossOfRun::LastMean { count: 2 }, &curve);
        assert_eq!(means, [Some(4.0), None, Some(3.0), Some(2.5), Some(2.0)]);
        assert_eq!(diverged, [1]);
        let (all, _) = losses(LossOfRun::LastMean { count: 99 }, &curve);
        assert_eq!(all[4], Some(2.5));
        let (smooth, _) = losses(LossOfRun::Smoothed { half_life: 1.0 }, &[4.0, 2.0, 1.0]);
        let expected = [4.0, (2.0 + 0.5 * 4.0) / 1.5, (1.0 + 0.5 * 2.0 + 0.25 * 4.0) / 1.75];
        for (smooth, expected) in smooth.iter().zip(expected) {
            assert!((smooth.unwrap() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn n_and_c_are_chosen() {
        let table = table(&[4.0, 3.0]);
        let choose = |params, compute| {
            let chosen = Quantities {
                loss: LossOfRun::Final,
                params,
                compute,
            };
            let chosen = chosen.of(&table);
            let number = |point, name| chosen.number(point, name);
            [number(0, "N"), number(1, "N"), number(0, "C"), number(1, "C")]
        };
        let given = [Some(10.0), Some(10.0), Some(7.0), Some(7.0)];
        assert_eq!(choose(ParamsCount::AsGiven, Compute::AsGiven), given);
        assert_eq!(choose(ParamsCount::Total, Compute::AsGiven), given);
        // The second row has no count without embeddings, and its total must not pass for one.
        let mixed = [Some(8.0), None, Some(4800.0), None];
        assert_eq!(choose(ParamsCount::NonEmbedding, Compute::SixNd), mixed);
    }
}
