//! The layouts that files come in, one file each.
//!
//! To add one: a variant of [`Shape`], a file beside this one with its [`Layout`], and a line in [`LAYOUTS`].

mod console;
mod console_rows;
mod delimited;
mod lines;
mod llmc_log;
mod megatron_log;
mod nanochat_log;
mod nanogpt_log;
mod nanotron_log;
mod olmo_log;
mod records;
mod tidy;
mod torchtitan_log;

pub use tidy::write_tidy;

use super::Shape;
use super::grid::{Layout, Source};

/// In order of recognition: the particular before the general.
const LAYOUTS: &[&dyn Layout] = &[
    &tidy::Tidy,
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
    &delimited::RunsTable,
];

/// The layout that the user named, or the first that recognises the file, and by what.
pub(super) fn layout(source: &Source, chosen: Option<Shape>) -> (&'static dyn Layout, &'static str) {
    let general: (&'static dyn Layout, _) = (&delimited::RunsTable, "no other layout fits");
    let mut layouts = LAYOUTS.iter().copied();
    match chosen {
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
