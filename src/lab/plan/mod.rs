//! Which models a sweep trains, on how many tokens, for a budget.
//!
//! What is trained is a [`Design`]'s; how much of it, the budget's. A run is one training, and may be measured at several
//! numbers of tokens: at each of the fewer ones a branch of its own lets the learning rate fall, and the training goes on
//! from where the branch began.

mod design;
mod ladder;

pub use design::Design;
pub(super) use ladder::{LADDER, ladder_shape};
pub use ladder::{nearest, sizes};

use super::{Budget, CorpusChoice, LabError, Speeds};
use crate::train::{AdamW, Schedule, Shape, TrainConfig, scaling};
use ladder::{CONTEXT, HEAD};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Fewer steps than this are no training.
pub(super) const LEAST_STEPS: u64 = 60;
/// Steps that a run should have before its batches grow: larger ones cost what they bring.
const STEPS: usize = 1000;
/// Part of a time that is planned: machines have other things to do.
const PLANNED: f64 = 0.9;

/// One run of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Its folder.
    pub name: String,
    /// d.
    pub width: usize,
    /// L.
    pub layers: usize,
    /// D.
    pub tokens: u64,
    /// Fewer tokens at which it is measured on the way, ascending, each on a branch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<u64>,
    /// Of model and text.
    #[serde(default)]
    pub seed: u64,
    /// h; heads of 16 where it is not told.
    #[serde(default)]
    pub heads: Option<usize>,
    /// T.
    #[serde(default)]
    pub context: Option<usize>,
    /// B; by the number of tokens where it is not told.
    #[serde(default)]
    pub batch: Option<usize>,
    /// Text limited to so many tokens, which repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_tokens: Option<u64>,
}

/// `plan.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// What it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The text of all runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<CorpusChoice>,
    /// Smallest first.
    pub runs: Vec<Planned>,
}

impl SweepPlan {
    /// Whether every run is one, in a folder of its own.
    ///
    /// # Errors
    /// About the first that is not.
    pub fn check(&self) -> Result<(), LabError> {
        let mut names = HashSet::new();
        for run in &self.runs {
            let checked = run.config().check().map_err(|error| error.to_string());
            let named = match names.insert(&run.name) {
                _ if !is_name(&run.name) => Err("a name must do as that of a folder".to_owned()),
                false => Err("two runs of one name would share a folder".to_owned()),
                true => Ok(()),
            };
            checked
                .and(named)
                .map_err(|error| LabError::Plan(format!("run `{}`: {error}", run.name)))?;
        }
        Ok(())
    }
}

/// What may be a folder's name everywhere.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() < 100 && !text.starts_with('.') && text.chars().all(plain)
}

impl Planned {
    /// A run of the ladder's kind: heads of 16, a context of 128.
    pub fn new([width, layers]: [usize; 2], tokens: u64, seed: u64, unique_tokens: Option<u64>) -> Self {
        let mut planned = Self {
            name: String::new(),
            width,
            layers,
            tokens,
            branches: vec![],
            seed,
            heads: Some((width / HEAD).max(1)),
            context: Some(CONTEXT),
            batch: None,
            unique_tokens,
        };
        planned.name = planned.natural_name();
        planned
    }

    /// `d64-l2-500k`, with the seed and the limit of the text where there are any.
    fn natural_name(&self) -> String {
        let seed = if self.seed == 0 {
            String::new()
        } else {
            format!("-s{}", self.seed)
        };
        let unique = self
            .unique_tokens
            .map_or(String::new(), |unique| format!("-u{}k", unique / 1000));
        format!("d{}-l{}-{}k{unique}{seed}", self.width, self.layers, self.tokens / 1000)
    }

    /// Names a run by what it is, unlike all of these.
    pub fn name_unlike<'a>(&mut self, others: impl IntoIterator<Item = &'a str>) {
        let others: Vec<&str> = others.into_iter().collect();
        let natural = self.natural_name();
        let numbered = (2_u64..).map(|number| format!("{natural}-{number}"));
        let mut names = std::iter::once(natural.clone()).chain(numbered);
        self.name = names.find(|name| !others.contains(&&**name)).unwrap_or(natural);
    }

    /// N = 12 L d².
    pub fn params_non_embedding(&self) -> usize {
        self.config().shape.params_non_embedding()
    }

    /// The fewest tokens at which it is measured.
    pub fn least(&self) -> u64 {
        self.branches.first().copied().unwrap_or(self.tokens)
    }

    /// Tokens that are trained on, those of branches included.
    pub fn work(&self) -> f64 {
        let decays: f64 = self
            .branches
            .iter()
            .map(|tokens| Schedule::DECAY * *tokens as f64)
            .sum();
        self.tokens as f64 + decays
    }

    /// Training FLOP, Kaplan's exact count, branches included.
    pub fn flops(&self) -> f64 {
        self.work() * self.config().shape.flops_per_token()
    }

    /// Another number of tokens; branches that are no fewer go.
    pub fn set_tokens(&mut self, tokens: u64) {
        self.tokens = tokens.max(1);
        self.branches.retain(|branch| *branch < self.tokens);
    }

    /// The whole configuration of the run.
    pub fn config(&self) -> TrainConfig {
        let context = self.context.unwrap_or(CONTEXT);
        // Many steps for few tokens, larger batches for many.
        let windows = self.least() as usize / context.max(1) / STEPS;
        let batch = self.batch.unwrap_or(windows.next_power_of_two().clamp(4, 32));
        TrainConfig {
            shape: Shape {
                heads: self.heads.unwrap_or((self.width / HEAD).max(1)),
                context,
                ..ladder_shape([self.width, self.layers])
            },
            batch,
            shards: TrainConfig::shards_of(batch),
            tokens: self.branches.iter().copied().chain([self.tokens]).collect(),
            learning_rate: scaling::LEARNING_RATE,
            // Where text repeats, the curve itself is the result, and a falling rate would bend it.
            schedule: if self.unique_tokens.is_some() {
                Schedule::Constant
            } else {
                Schedule::Wsd
            },
            optimiser: AdamW::default(),
            unique_tokens: self.unique_tokens,
            seed: self.seed,
        }
    }
}

/// A plan of a design for a budget, for `jobs` runs side by side; a time needs the speeds of this machine.
pub fn plan(design: Design, budget: Budget, corpus: &CorpusChoice, speeds: &Speeds, jobs: usize) -> SweepPlan {
    let most = match budget {
        Budget::Flops(flops) => flops,
        Budget::Seconds(seconds) => PLANNED * seconds,
    };
    let cost = |runs: &[Planned]| match budget {
        Budget::Flops(_) => runs.iter().map(Planned::flops).sum(),
        Budget::Seconds(_) => speeds.total(runs, jobs).unwrap_or(f64::INFINITY),
    };
    // Sizes come in steps, so that a larger scale may cost less: all are tried, to three per cent.
    let affordable = |scale: f64, more: f64| {
        let runs = design.runs(scale, more);
        let cost = cost(&runs);
        (!runs.is_empty() && cost <= most).then_some((cost, runs))
    };
    let scales = (0..SCALES).map(|step| SMALLEST * FINER.powi(step));
    let best = scales
        .filter_map(|scale| Some((scale, affordable(scale, 1.0)?.0)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    // What sizes leave over goes to tokens.
    let filled = best.and_then(|(scale, _)| {
        let longer = (0..LONGEST).map(|step| affordable(scale, 1.0 + f64::from(step) * LONGER));
        longer.map_while(|found| found).last()
    });
    SweepPlan {
        budget: Some(budget),
        corpus: Some(corpus.clone()),
        runs: filled.map_or(vec![], |(_, runs)| runs),
    }
}

/// Steps in which runs get more tokens, and how many at most.
const LONGER: f64 = 0.02;
const LONGEST: u32 = 50;

/// Scales that are tried.
const SMALLEST: f64 = 3e3;
const FINER: f64 = 1.03;
const SCALES: i32 = 260;

/// Fewer tokens are no training.
pub fn least_tokens(run: &Planned) -> u64 {
    LEAST_STEPS * run.config().tokens_per_step()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(design: Design, budget: f64) -> Vec<Planned> {
        let budget = Budget::Flops(budget);
        plan(design, budget, &CorpusChoice::Language, &Speeds::default(), 1).runs
    }

    #[test]
    fn a_plan_spends_its_budget() {
        for design in Design::ALL {
            for budget in [1e12, 1e13, 1e14] {
                let runs = planned(design, budget);
                let total: f64 = runs.iter().map(Planned::flops).sum();
                assert!(total <= budget && total > 0.9 * budget, "{design:?} {budget}: {total}");
                assert!((4..=40).contains(&runs.len()), "{runs:?}");
                for run in &runs {
                    run.config().check().unwrap();
                }
                let names: HashSet<&str> = runs.iter().map(|run| &*run.name).collect();
                assert_eq!(names.len(), runs.len());
            }
            assert!(planned(design, 1e6).is_empty());
        }
    }

    #[test]
    fn a_grid_has_common_tokens_and_seeds() {
        let runs = planned(Design::Law, 1e14);
        let models: HashSet<[usize; 2]> = runs.iter().map(|run| [run.width, run.layers]).collect();
        assert!(models.len() >= 5, "{runs:?}");
        let fewest = runs.iter().map(|run| run.tokens).min().unwrap();
        for model in models {
            let of = runs
                .iter()
                .filter(|run| [run.width, run.layers] == model && run.seed == 0);
            let mut tokens: Vec<u64> = of.map(|run| run.tokens).collect();
            tokens.sort_unstable();
            assert!(tokens.len() >= 4 && tokens[0] == fewest, "{tokens:?}");
            assert!(tokens.windows(2).all(|pair| pair[1] == 2 * pair[0]), "{tokens:?}");
        }
        let seeds: Vec<&Planned> = runs.iter().filter(|run| run.seed > 0).collect();
        assert_eq!(seeds.len(), 4);
        assert!(runs.iter().any(|run| run.seed == 0 && run.width == seeds[0].width));
        let whole: f64 = runs.iter().map(Planned::flops).sum();
        let noise: f64 = seeds.iter().map(|run| run.flops()).sum();
        assert!(noise < 0.1 * whole);
    }

    #[test]
    fn text_repeats_where_overfitting_is_looked_for() {
        let runs = planned(Design::Overfit, 1e14);
        let params: HashSet<usize> = runs.iter().map(Planned::params_non_embedding).collect();
        assert_eq!((runs.len(), params.len()), (9, 3));
        for run in &runs {
            let unique = run.unique_tokens.unwrap();
            assert!(run.tokens >= 19 * unique && run.config().schedule == Schedule::Constant);
        }
    }

    #[test]
    fn shapes_share_size_and_tokens() {
        let runs = planned(Design::Shape, 1e13);
        let sizes: Vec<f64> = runs.iter().map(|run| run.params_non_embedding() as f64).collect();
        let most = sizes.iter().copied().fold(0.0, f64::max);
        assert!(sizes.iter().all(|size| most / size < 1.3), "{sizes:?}");
        assert!(runs.iter().all(|run| run.tokens == runs[0].tokens));
        assert!(runs.iter().any(|run| run.layers >= 4) && runs.iter().any(|run| run.layers <= 2));
    }

    #[test]
    fn fewer_tokens_have_fewer_branches() {
        let mut run = Planned {
            branches: vec![100_000, 200_000, 400_000],
            ..Planned::new([32, 1], 800_000, 0, None)
        };
        assert_eq!((run.least(), run.work()), (100_000, 940_000.0));
        run.set_tokens(200_000);
        assert_eq!((run.tokens, run.branches.len()), (200_000, 1));
    }

    #[test]
    fn folders_of_runs_stay_within_the_sweep() {
        let plan = |names: &[&str]| SweepPlan {
            budget: None,
            corpus: None,
            runs: names
                .iter()
                .map(|name| Planned {
                    name: (*name).to_owned(),
                    ..Planned::new([16, 1], 10_000, 0, None)
                })
                .collect(),
        };
        assert!(plan(&["a", "b.2"]).check().is_ok());
        for names in [&["a", "a"][..], &["../a"], &["a/b"], &[""], &[".hidden"]] {
            assert!(plan(names).check().is_err(), "{names:?}");
        }
        let mut none = plan(&["a"]);
        none.runs[0].width = 0;
        assert!(none.check().unwrap_err().to_string().contains("run `a`"));
    }

    #[test]
    fn names_say_what_a_run_is_and_are_never_the_same() {
        let mut run = Planned::new([64, 2], 500_000, 3, Some(100_000));
        assert_eq!(run.name, "d64-l2-500k-u100k-s3");
        run.seed = 0;
        run.unique_tokens = None;
        run.name_unlike(["d64-l2-500k", "d64-l2-500k-2"]);
        assert_eq!(run.name, "d64-l2-500k-3");
    }
}
