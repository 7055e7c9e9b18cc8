//! A law and a budget in, a decision out: N*, D*, the loss, and what overfits.
//!
//! Everything comes from unrounded parameters. C = 6ND unless a source publishes its own D.

mod allocation;
mod ask;
mod convention;
mod counts;
mod decision;
mod early_stop;
mod hardware;
mod inference;
mod models;
mod onset;
mod optimum;
mod oracle;
mod repeats;
mod root;
mod search;
mod settings;
mod shape;
mod simulate;
mod smooth;
mod surface;

pub use allocation::{Allocation, beyond_data_decades};
pub use ask::{Answered, Ask};
pub use convention::{CountedOptimum, Counting};
pub use decision::{DEFAULT_PENALTY, Decision, Overfit, Quantity, Question, decide};
pub use early_stop::earliest_stop;
pub use hardware::{Bill, GPUS, Gpu, bill, gpu_by_name};
pub use inference::{FLOPS_PER_SERVED_TOKEN, Served, serve};
pub use models::{KnownModel, REFERENCE_MODELS};
pub use onset::{Onset, Turn, by_tokens, onset};
pub use optimum::{FrontierLaws, Optimum, PlanError, SizeQuantity};
pub use oracle::Oracle;
pub use repeats::Repeats;
pub use search::{answer_of, closed_exponents, exponents_of, has_optimum, optimum_of};
pub use settings::{Setting, critical_batch, fewest_steps, settings};
pub use shape::{Convention, Family, FlopsRule};
pub use simulate::{SYNTHETIC, SimulateConfig, SimulateError, simulate};
pub use smooth::smooth;

/// Training FLOPs per parameter and token: C = 6ND (Kaplan et al. 2020, section 2.1).
pub const FLOPS_PER_PARAM_TOKEN: f64 = 6.0;
