//! The layouts that files come in, one file each.
//!
//! To add one: a variant of [`Shape`], a file in the folder of its kind with its [`Layout`], and a line in [`LAYOUTS`].

mod json;
mod logs;
mod tables;
mod trackers;

#[cfg(test)]
pub(super) use tables::delimited::delimited_grid;
pub use tables::tidy::write_tidy;

use super::Shape;
use super::grid::{Layout, Source};

/// In order of recognition: the particular before the general.
const LAYOUTS: &[&dyn Layout] = &[
    &tables::spreadsheet::Spreadsheet,
    &tables::tidy::Tidy,
    &trackers::tensorboard::Tensorboard,
    &json::trainer_state::TrainerState,
    &json::lm_eval::LmEval,
    &json::nested::Nested,
    // Before JSON: lines of a log often begin with a bracket.
    &logs::llmc::LlmcLog,
    &logs::nanogpt::NanogptLog,
    &logs::nanochat::NanochatLog,
    &logs::nanotron::NanotronLog,
    &logs::megatron::MegatronLog,
    &logs::torchtitan::TorchtitanLog,
    &logs::olmo::OlmoLog,
    &json::records::JsonRecords,
    &json::lines::JsonLines,
    &trackers::wandb_panel::WandbPanel,
    &trackers::swanlab::Swanlab,
    &trackers::mlflow_metric::MlflowMetric,
    &trackers::mlflow_runs::MlflowRuns,
    &trackers::wandb_runs::WandbRuns,
    &trackers::wandb_history::WandbHistory,
    &trackers::keras::Keras,
    &trackers::lightning::Lightning,
    &trackers::trackio::Trackio,
    &tables::history::History,
    &tables::delimited::RunsTable,
];

/// The layout that the user named, or the first that recognises the file, and by what.
pub(super) fn layout(source: &Source, chosen: Option<Shape>) -> (&'static dyn Layout, &'static str) {
    let general: (&'static dyn Layout, _) = (&tables::delimited::RunsTable, "no other layout fits");
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
