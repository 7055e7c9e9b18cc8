//! Which models a sweep trains, on how many tokens: isoFLOP profiles for a budget.
//!
//! Three profiles a factor of 4 apart, C/16, C/4 and C, each trained by the models whose size lies nearest to
//! N₀ = √(C / 120), that is 20 tokens a parameter, and to powers of [`STEP`] around it. D = C / (6 N + 6 L T d), Kaplan's exact count. C
//! is the largest for which everything fits the budget. A profile needs models on both sides of its optimum, so the plan
//! is symmetric in ln N and knows no law.

use super::{Budget, CorpusChoice, LabError, Speeds};
use crate::train::{AdamW, BYTES, Schedule, Shape, TrainConfig, scaling};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Tokens a window.
const CONTEXT: usize = 128;
/// Width of a head.
const HEAD: usize = 16;
/// Models of the ladder: width and layers.
pub(super) const LADDER: [[usize; 2]; 12] = [
    [16, 1],
    [16, 2],
    [32, 1],
    [32, 2],
    [48, 2],
    [64, 2],
    [80, 3],
    [96, 4],
    [128, 4],
    [160, 5],
    [192, 6],
    [256, 6],
];
/// From one model of a profile to the next.
const STEP: f64 = 2.0;
/// Models to either side of a profile's middle.
const SIDE: i32 = 2;
/// Tokens a parameter in the middle.
const MIDDLE: f64 = 20.0;
/// From one profile to the next, and how many.
const APART: f64 = 4.0;
const PROFILES: i32 = 3;
/// Fewer steps than this are no training.
pub(super) const LEAST_STEPS: u64 = 60;
/// Part of a time that is planned: machines have other things to do.
const PLANNED: f64 = 0.85;

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

    /// Training FLOP, Kaplan's exact count.
    pub fn flops(&self) -> f64 {
        self.tokens as f64 * self.config().shape.flops_per_token()
    }

    /// The whole configuration of the run.
    pub fn config(&self) -> TrainConfig {
        let context = self.context.unwrap_or(CONTEXT);
        // Many steps for few tokens, larger batches for many.
        let windows = self.tokens as usize / context.max(1) / 1000;
        let batch = self.batch.unwrap_or(windows.next_power_of_two().clamp(4, 32));
        TrainConfig {
            shape: Shape {
                vocab: BYTES,
                context,
                width: self.width,
                layers: self.layers,
                heads: self.heads.unwrap_or((self.width / HEAD).max(1)),
            },
            batch,
            shards: TrainConfig::shards_of(batch),
            tokens: vec![self.tokens],
            learning_rate: scaling::LEARNING_RATE,
            schedule: Schedule::Wsd,
            optimiser: AdamW::default(),
            unique_tokens: self.unique_tokens,
            seed: self.seed,
        }
    }
}

/// A plan for a budget, for `jobs` runs side by side; a time needs the speeds of this machine.
pub fn plan(budget: Budget, corpus: &CorpusChoice, speeds: &Speeds, jobs: usize) -> SweepPlan {
    let cost = |runs: &[Planned]| -> f64 {
        let of = |run: &Planned| match budget {
            Budget::Flops(_) => run.flops(),
            Budget::Seconds(_) => speeds.seconds(run).unwrap_or(f64::INFINITY) / (PLANNED * jobs as f64),
        };
        runs.iter().map(of).sum()
    };
    let most = match budget {
        Budget::Flops(flops) => flops,
        Budget::Seconds(seconds) => seconds,
    };
    // The largest top profile that fits, to a per cent.
    let (mut low, mut high) = (1e9_f64, 1e20_f64);
    while high / low > 1.01 {
        let middle = (low * high).sqrt();
        if cost(&profiles(middle)) <= most {
            low = middle;
        } else {
            high = middle;
        }
    }
    let mut runs = profiles(low);
    if cost(&runs) > most {
        // Even the least there is costs more.
        runs.clear();
    }
    SweepPlan {
        budget: Some(budget),
        corpus: Some(corpus.clone()),
        runs,
    }
}

pub(super) fn ladder_shape(width: usize, layers: usize) -> Shape {
    Shape {
        vocab: BYTES,
        context: CONTEXT,
        width,
        layers,
        heads: width / HEAD,
    }
}

/// Runs of the three profiles below and at C = `top`, cheapest first.
fn profiles(top: f64) -> Vec<Planned> {
    let mut runs: Vec<(f64, Planned)> = vec![];
    for profile in (0..PROFILES).rev() {
        let flops = top / APART.powi(profile);
        let middle = (flops / (6.0 * MIDDLE)).sqrt();
        let mut models: Vec<[usize; 2]> = (-SIDE..=SIDE).map(|side| nearest(middle * STEP.powi(side))).collect();
        models.dedup();
        for [width, layers] in models {
            let tokens = (flops / ladder_shape(width, layers).flops_per_token()) as u64;
            let planned = Planned::new([width, layers], tokens, 0, None);
            if tokens >= least_tokens(&planned) {
                runs.push((flops, planned));
            }
        }
    }
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    runs.into_iter().map(|(_, run)| run).collect()
}

/// Fewer tokens are no training.
pub fn least_tokens(run: &Planned) -> u64 {
    LEAST_STEPS * run.config().tokens_per_step()
}

/// Sizes of the ladder, smallest first: width and layers.
pub fn sizes() -> impl Iterator<Item = [usize; 2]> {
    LADDER.into_iter()
}

/// The model of the ladder with N nearest to this, as ratios go: width and layers.
pub fn nearest(params: f64) -> [usize; 2] {
    let distance = |[width, layers]: [usize; 2]| {
        (ladder_shape(width, layers).params_non_embedding() as f64 / params)
            .ln()
            .abs()
    };
    let first = LADDER[0];
    LADDER.into_iter().fold(
        first,
        |best, model| if distance(model) < distance(best) { model } else { best },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_spends_its_budget_on_three_profiles() {
        for budget in [1e12, 1e13, 1e14] {
            let plan = plan(Budget::Flops(budget), &CorpusChoice::Language, &Speeds::default(), 1);
            let total: f64 = plan.runs.iter().map(Planned::flops).sum();
            assert!(total <= budget && total > 0.9 * budget, "{budget}: {total}");
            assert!((8..=15).contains(&plan.runs.len()), "{plan:?}");
            for run in &plan.runs {
                run.config().check().unwrap();
            }
            let mut names: Vec<&str> = plan.runs.iter().map(|run| &*run.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), plan.runs.len());
        }
        let none = plan(Budget::Flops(1e6), &CorpusChoice::Language, &Speeds::default(), 1);
        assert!(none.runs.is_empty(), "{none:?}");
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
        assert_eq!(
            (nearest(1.0), nearest(1e5), nearest(1e12)),
            ([16, 1], [64, 2], [256, 6])
        );
    }
}
