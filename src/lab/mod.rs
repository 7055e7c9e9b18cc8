//! Trainings on disk: the bridge between `train`, which knows no file and no clock, and everything that does.
//!
//! A folder of a run holds
//!
//! | file | what |
//! |---|---|
//! | `config.json` | everything the run depends on, written first |
//! | `state.safetensors` | where it is; gone when it is finished |
//! | `curve.csv` | its learning curve, which `isoloss import` reads |
//! | `model.safetensors` | the model, under nanoGPT's names |
//! | `result.json` | what it measured, written last |
//!
//! Each is written beside, flushed and renamed, so a run that is killed loses what it did since it was last saved and
//! nothing else.

mod benchmark;
mod corpus;
mod run;
mod save;
mod sweep;

pub use benchmark::{Benchmark, benchmark};
pub use corpus::CorpusChoice;
pub use run::{LabError, RunRequest, Summary, run};
pub use save::write_atomically;
pub use sweep::{Budget, Planned, SweepPlan, Swept, plan, sweep};
