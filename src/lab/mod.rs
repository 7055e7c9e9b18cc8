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
//! and that of a sweep `plan.json`, `runs.csv` and `curves.csv` besides. Each is written beside, flushed and renamed, so a run
//! that is killed loses what it did since it was last saved and nothing else.

mod advice;
mod benchmark;
mod budget;
mod corpus;
mod findings;
mod live;
mod plan;
mod queue;
mod run;
mod sample;
mod save;
mod speed;
mod sweep;

pub use advice::{Advice, advise};
pub use benchmark::{Benchmark, benchmark};
pub use budget::{Budget, duration};
pub use corpus::CorpusChoice;
pub use findings::{Finding, findings};
pub use live::live_table;
pub use plan::{Design, Planned, SweepPlan, least_tokens, nearest, plan, sizes};
pub use queue::{News, Queue, Row, RowId, RowState, Wake, panic_text};
pub use run::{LabError, RunRequest, SAVE_EVERY, Summary, run};
pub use sample::sample;
pub use save::write_atomically;
pub use speed::Speeds;
pub use sweep::{LANGUAGE_SOURCE, Pace, Swept, read_plan, runs_csv, sweep, write_plan};
