//! How long trainings of a plan take on this machine: each model of the ladder is timed for some steps on one thread.
//!
//! seconds = (D + branches + looks) · (6 N + 6 L T d + 6 V d) / r(N), r the FLOP a second of the timed model whose N lies nearest: small
//! models are slower than their FLOP say, and by how much changes slowly with N. Limits: timed alone, and batches of
//! a plan may be larger than the four windows that are timed; so a plan fills only part of a time ([`super::plan`]).

use super::plan::{LADDER, LEAST_STEPS, Planned, ladder_shape};
use super::{Budget, benchmark};
use crate::train::HELD_OUT_TOKENS;
use std::ops::ControlFlow;

/// Windows a timed batch, and steps that count.
const BATCH: usize = 4;
const STEPS: usize = 3;
/// What looks at held-out text cost, in training tokens a token: a forward pass.
const LOOK: f64 = 1.0 / 3.0;

/// Measured speeds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Speeds {
    /// N and FLOP a second of one thread, by ascending N.
    rates: Vec<(f64, f64)>,
}

impl Speeds {
    /// Times models of the ladder, smallest first, as far as `jobs` threads could train them within the budget. `watch` is
    /// told the fraction done; `None` where it stopped the timing.
    pub fn measure(budget: Budget, jobs: usize, watch: &dyn Fn(f64) -> ControlFlow<()>) -> Option<Self> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().ok();
        let mut speeds = Self::default();
        for (place, model) in LADDER.into_iter().enumerate() {
            if watch(place as f64 / LADDER.len() as f64).is_break() {
                return None;
            }
            let shape = ladder_shape(model);
            let time = || benchmark(shape, BATCH, 1, STEPS);
            let timed = pool.as_ref().map_or_else(time, |pool| pool.install(time));
            let rate = timed.tokens_per_second * shape.flops_per_token_with_head();
            speeds.rates.push((shape.params_non_embedding() as f64, rate));
            let fewest = (LEAST_STEPS as usize * BATCH * shape.context) as f64;
            let out_of_reach = match budget {
                Budget::Flops(flops) => fewest * shape.flops_per_token() > flops,
                Budget::Seconds(seconds) => fewest / timed.tokens_per_second > seconds * jobs as f64,
            };
            if out_of_reach {
                break;
            }
        }
        Some(speeds)
    }

    /// Seconds of a run on a thread of its own; none where nothing was timed.
    pub fn seconds(&self, run: &Planned) -> Option<f64> {
        let shape = run.config().shape;
        let params = shape.params_non_embedding() as f64;
        let distance = |(of, _): &&(f64, f64)| (of / params).ln().abs();
        let (_, rate) = self.rates.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
        let measured = (run.branches.len() + 1) as f64;
        let tokens = run.work() * (1.0 + LOOK / 4.0) + LOOK * measured * HELD_OUT_TOKENS as f64;
        Some(tokens * shape.flops_per_token_with_head() / rate)
    }

    /// Seconds of all runs, `jobs` at a time, none of which waits for another.
    pub fn total<'a>(&self, runs: impl IntoIterator<Item = &'a Planned>, jobs: usize) -> Option<f64> {
        let seconds: Option<Vec<f64>> = runs.into_iter().map(|run| self.seconds(run)).collect();
        let seconds = seconds?;
        let longest = seconds.iter().copied().fold(0.0, f64::max);
        Some(longest.max(seconds.iter().sum::<f64>() / jobs.max(1) as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_reach_is_not_timed() {
        let speeds = Speeds::measure(Budget::Flops(1e10), 1, &|_| ControlFlow::Continue(())).unwrap();
        assert!(
            !speeds.rates.is_empty() && speeds.rates.len() < LADDER.len(),
            "{speeds:?}"
        );
        assert!(speeds.rates.iter().all(|(_, rate)| *rate > 0.0));
        let run = |width: usize, tokens| Planned::new([width, 1], tokens, 0, None);
        let [small, large, long] =
            [run(16, 100_000), run(160, 100_000), run(16, 1_000_000)].map(|run| speeds.seconds(&run).unwrap());
        assert!(small < large && small < long);
        let both = [run(16, 100_000), run(16, 100_000)];
        assert!((speeds.total(&both, 2).unwrap() / small - 1.0).abs() < 1e-9);
        assert_eq!(Speeds::default().total(&both, 2), None);
        assert_eq!(
            Speeds::measure(Budget::Seconds(1.0), 1, &|_| ControlFlow::Break(())),
            None
        );
    }
}
