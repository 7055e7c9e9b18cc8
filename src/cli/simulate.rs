//! `isoloss simulate`: runs that a published law would have given, to try things on where the truth is known.
//!
//! The label travels in the file: every row's `source` ends in `synthetic`, and tables read from it say so on figures.

use super::output::{Failure, count, message, print_json};
use super::{parse, published};
use crate::import::write_tidy;
use crate::law::published::PublishedLaw;
use crate::plan::{SYNTHETIC, SimulateConfig, SimulateError, simulate};
use crate::session::write_atomically;
use crate::units::Flops;
use serde_json::json;
use std::path::PathBuf;

/// Simulate isoFLOP runs of a published law; the file says that they are synthetic.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Example:\n  isoloss simulate --published epoch --flops 1e19 --flops 1e20 --flops 1e21 --noise 0.004 --out runs.csv"
)]
pub(super) struct SimulateCommand {
    /// The truth; `isoloss plan --list` names the laws
    #[arg(long, value_name = "NAME", value_parser = published::law)]
    published: &'static PublishedLaw,
    /// A budget, with one isoFLOP profile; several times for several
    #[arg(long, value_name = "C", default_values = ["1e19", "1e20", "1e21"])]
    flops: Vec<Flops>,
    /// Models a budget
    #[arg(long, value_name = "K", default_value_t = 11)]
    sizes: usize,
    /// The outermost models are this factor below and above the best one
    #[arg(long, value_name = "FACTOR", default_value_t = 8.0, value_parser = parse::positive)]
    width: f64,
    /// Standard deviation of ln L; 0 for runs that lie on the law
    #[arg(long, value_name = "SD", default_value_t = 0.0, value_parser = parse::number)]
    noise: f64,
    /// Seed of the noise
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Where the tidy CSV goes
    #[arg(long, value_name = "CSV")]
    out: PathBuf,
    /// Print one JSON object about the file
    #[arg(long)]
    pub(super) json: bool,
}

impl SimulateCommand {
    /// Simulates and writes.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let table = simulate(&SimulateConfig {
            law: self.published,
            budgets: self.flops.clone(),
            sizes_per_budget: self.sizes,
            width: self.width,
            noise: self.noise,
            seed: self.seed,
        });
        let table = table.map_err(|error| match error {
            SimulateError::Setting { .. } => Failure::usage(error.to_string()),
            SimulateError::Plan(_) | SimulateError::Table(_) => Failure::refused("not_given", error.to_string()),
        })?;
        let mut bytes = vec![];
        let runs = table.runs().len();
        let written = write_tidy(&[table], &mut bytes).and_then(|()| write_atomically(&self.out, &bytes));
        written.map_err(|error| Failure::unwritable(&self.out, &error))?;
        if self.json {
            let out = self.out.display().to_string();
            return print_json(&json!({
                "out": out, "law": self.published.name, "runs": runs, "noise": self.noise, "seed": self.seed, "label": SYNTHETIC,
            }));
        }
        message(
            "note",
            &format!(
                "{} of {}, {SYNTHETIC}, in {}",
                count(runs, "run"),
                self.published.label,
                self.out.display()
            ),
        );
        Ok(())
    }
}
