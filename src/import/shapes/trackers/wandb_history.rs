//! W&B, a run's history as CSV: `run.history()` or `run.scan_history()` written by pandas.
//!
//! `,_step,_runtime,_timestamp,train/loss,eval/loss`, often with a nameless column of row numbers in front; sparse, because
//! metrics are logged at different steps. The run is only in the file's name.
//!
//! Limits: `run.history()` samples 500 points unless told otherwise; which points it left out cannot be known.

use super::super::tables::history::records_of;
use super::super::tables::opening::Opening;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// Records of one run.
pub(in crate::import::shapes) struct WandbHistory;

impl Layout for WandbHistory {
    fn shape(&self) -> Shape {
        Shape::WandbHistory
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let opening = Opening::of(source)?;
        let own = opening.has("_step") && !opening.has("Name");
        own.then_some("W&B's own column `_step`")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        records_of(&source, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_is_in_the_file_name() {
        let text = ",_step,_runtime,train/loss,eval/loss\n0,0,1.5,9,\n1,0,2.5,,8\n2,10,3.5,7,\n";
        let source = Source::of_text("runs/190M-5xC.csv", text);
        assert!(WandbHistory.recognises(&source).is_some());
        let grid = WandbHistory.read(source, &ImportOptions::default()).unwrap();
        assert_eq!(
            (grid.run.as_deref(), grid.history, grid.len()),
            (Some("190M-5xC"), true, 3)
        );
        let other = Source::of_text("x", "Name,_step,loss\na,1,2\n");
        assert!(WandbHistory.recognises(&other).is_none());
    }
}
