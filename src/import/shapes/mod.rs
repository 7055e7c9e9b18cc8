//! The layouts that files come in, one file each.
//!
//! To add one: a variant of [`Shape`], a file beside this one with its [`Layout`], and a line in [`LAYOUTS`].

mod console;
mod console_rows;
mod curve_names;
mod delimited;
mod history;
mod json_text;
mod keras;
mod lightning;
mod lines;
mod llmc_log;
mod lm_eval;
mod megatron_log;
mod mlflow_metric;
mod mlflow_runs;
mod nanochat_log;
mod nanogpt_log;
mod nanotron_log;
mod nested;
mod olmo_log;
mod opening;
mod records;
mod run_rows;
mod spreadsheet;
mod swanlab;
mod tensorboard;
mod tidy;
mod torchtitan_log;
mod trackio;
mod trainer_state;
mod wandb_history;
mod wandb_panel;
mod wandb_runs;
mod workbook;

#[cfg(test)]
pub(super) use delimited::delimited_grid;
pub use tidy::write_tidy;

use super::Shape;
use super::grid::{Layout, Source};

/// In order of recognition: the particular before the general.
const LAYOUTS: &[&dyn Layout] = &[
    &spreadsheet::Spreadsheet,
    &tidy::Tidy,
    &tensorboard::Tensorboard,
    &trainer_state::TrainerState,
    &lm_eval::LmEval,
    &nested::Nested,
    // Before JSON: lines of a log often begin with a bracket.
    &llmc_log::LlmcLog,
    &nanogpt_log::NanogptLog,
    &nanochat_log::NanochatLog,
    &nanotron_log::NanotronLog,
    &megatron_log::MegatronLog,
    &torchtitan_log::TorchtitanLog,
    &olmo_log::OlmoLog,
    &records::JsonRecords,
    &lines::JsonLines,
    &wandb_panel::WandbPanel,
    &swanlab::Swanlab,
    &mlflow_metric::MlflowMetric,
    &mlflow_runs::MlflowRuns,
    &wandb_runs::WandbRuns,
    &wandb_history::WandbHistory,
    &keras::Keras,
    &lightning::Lightning,
    &trackio::Trackio,
    &history::History,
    &delimited::RunsTable,
];

/// The layout that the user named, or the first that recognises the file, and by what.
pub(super) fn layout(source: &Source, chosen: Option<Shape>) -> (&'static dyn Layout, &'static str) {
    let general: (&'static dyn Layout, _) = (&delimited::RunsTable, "no other layout fits");
    let mut layouts = LAYOUTS.iter().copied();
    // Nothing else can be made of a workbook.
    match chosen.filter(|_| source.bytes.is_empty()) {
        Some(shape) => layouts
            .find(|layout| layout.shape() == shape)
            .map(|layout| (layout, "chosen")),
        None => layouts.find_map(|layout| Some((layout, layout.recognises(source)?))),
    }
    .unwrap_or(general)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_one_layout() {
        for (index, layout) in LAYOUTS.iter().enumerate() {
            assert!(LAYOUTS[..index].iter().all(|other| other.shape() != layout.shape()));
        }
    }
}
