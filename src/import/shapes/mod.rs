//! The layouts that files come in, one file each.
//!
//! To add one: a variant of [`Shape`], a file beside this one with its [`Layout`], and a line in [`LAYOUTS`].

mod delimited;
mod json_text;
mod lines;
mod lm_eval;
mod nested;
mod records;
mod spreadsheet;
mod tidy;
mod trainer_state;
mod workbook;

pub use tidy::write_tidy;

use super::Shape;
use super::grid::{Layout, Source};

/// In order of recognition: the particular before the general.
const LAYOUTS: &[&dyn Layout] = &[
    &spreadsheet::Spreadsheet,
    &tidy::Tidy,
    &trainer_state::TrainerState,
    &lm_eval::LmEval,
    &nested::Nested,
    &records::JsonRecords,
    &lines::JsonLines,
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
