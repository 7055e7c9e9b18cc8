//! Runs that a published law would have given: isoFLOP profiles with known truth.
//!
//! ```text
//! ln L_i = ln L(N_i, D_i) + noise · z_i      z_i ~ Normal(0, 1)      D_i = C/(6 N_i)      N_i = N*(C) · width^(-1 … 1)
//! ```
//!
//! C in FLOP, N in parameters, D in tokens, L in nats per token; N_i evenly spaced in logs. N and D are rounded to whole
//! numbers and the loss is that of the rounded ones, so without noise every run lies on the law exactly.
//!
//! The design is that of Hoffmann et al. 2022, arXiv 2203.15556, section 3.2. Limits: real runs are not this kind. Their
//! errors differ with size, share causes (an untuned learning rate, one data order), and leave the law at both ends.

use super::allocation::log_spaced;
use super::{Allocation, FLOPS_PER_PARAM_TOKEN, PlanError};
use crate::data::{Point, Run, RunTable, TableError};
use crate::law::published::{ParamsConvention, PublishedLaw};
use crate::units::{Flops, Loss, Params, Tokens};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// The label that every figure of simulated runs carries.
pub const SYNTHETIC: &str = "synthetic";

/// What to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulateConfig {
    /// The truth; it must be a surface L(N, D).
    pub law: &'static PublishedLaw,
    /// One isoFLOP profile each, all different.
    pub budgets: Vec<Flops>,
    /// Runs in a profile.
    pub sizes_per_budget: usize,
    /// The outermost sizes are N*/width and N* · width; 4 spans a factor of 16. At least 1.
    pub width: f64,
    /// Standard deviation of ln L; 0 for none. Two seeds of a real run differ by about .02 nats (Kaplan et al. 2020,
    /// section 4.2).
    pub noise: f64,
    /// The same seed gives the same runs.
    pub seed: u64,
}

/// Why nothing was simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SimulateError {
    /// The law cannot say what a run would have given.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A setting that describes no design.
    #[error("{setting} must be {expected}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What would do.
        expected: &'static str,
    },
    /// The noise threw a run out of the range of numbers.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Simulates one run a size and a budget, named `6e18-n3`, in the order of the budgets and of size within each.
///
/// # Errors
/// When the law is no surface, or a setting is out of its range.
pub fn simulate(config: &SimulateConfig) -> Result<RunTable, SimulateError> {
    check(config)?;
    let allocation = Allocation::Published(config.law);
    let mut random = ChaCha8Rng::seed_from_u64(config.seed);
    let (mut runs, mut points) = (Vec::new(), Vec::new());
    for &flops in &config.budgets {
        let best = allocation.at_flops(flops)?.params.0;
        let sizes = log_spaced(best / config.width, best * config.width, config.sizes_per_budget);
        for (index, size) in sizes.enumerate() {
            let params = Params(size.round().max(1.0));
            let tokens = Tokens((flops.0 / (FLOPS_PER_PARAM_TOKEN * params.0)).round().max(1.0));
            let truth = allocation.loss_at(params, tokens).ok_or(PlanError::NotGiven {
                law: config.law.label.to_owned(),
                missing: "loss surface",
            })?;
            let z: f64 = StandardNormal.sample(&mut random);
            points.push(Point {
                run: runs.len(),
                // The line it has once the table is written as a file with a header.
                line: points.len() as u64 + 2,
                params: (config.law.params_convention == ParamsConvention::Total).then_some(params),
                params_non_embedding: (config.law.params_convention == ParamsConvention::NonEmbedding)
                    .then_some(params),
                tokens: Some(tokens),
                flops: Some(flops),
                loss: Some(Loss(truth.0 * (config.noise * z).exp())),
                ..Point::default()
            });
            runs.push(Run {
                name: format!("{flops}-n{}", index + 1),
                ..Run::default()
            });
        }
    }
    let name = format!("{}-{SYNTHETIC}", config.law.name);
    Ok(RunTable::new(name, runs, points, Vec::new())?.with_label(SYNTHETIC))
}

fn check(config: &SimulateConfig) -> Result<(), SimulateError> {
    let budgets = &config.budgets;
    let distinct = budgets.iter().enumerate().all(|(i, c)| !budgets[..i].contains(c));
    let refusals = [
        (
            budgets.is_empty() || !distinct,
            "budgets",
            "at least one, and all different",
        ),
        (config.sizes_per_budget == 0, "sizes per budget", "at least 1"),
        (
            !(config.width.is_finite() && config.width >= 1.0),
            "width",
            "a factor of at least 1",
        ),
        (
            !(config.noise.is_finite() && config.noise >= 0.0),
            "noise",
            "zero or a positive number",
        ),
    ];
    match refusals.into_iter().find(|(refused, ..)| *refused) {
        Some((_, setting, expected)) => Err(SimulateError::Setting { setting, expected }),
        None => Ok(()),
    }
}
