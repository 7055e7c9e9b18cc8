//! Which points take part in a fit, and why the others do not.

use super::{ExpressionError, RunTable};
use serde::{Deserialize, Serialize};

/// Which checkpoints of a run count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checkpoints {
    /// Only the last of each run.
    #[default]
    Final,
    /// Every one.
    All,
}

/// What the user chose.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Which checkpoints.
    pub checkpoints: Checkpoints,
    /// Rows to keep, as text; empty keeps all.
    pub keep: String,
    /// Leave out this many points with the highest losses.
    pub drop_highest_loss: usize,
}

/// A point that was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Excluded {
    /// Index into the table's points.
    pub point: usize,
    /// In words.
    pub reason: String,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selected {
    /// Points that take part, in table order.
    pub used: Vec<usize>,
    /// Points that were left out by choice, in table order. Earlier checkpoints of a run are not among them.
    pub excluded: Vec<Excluded>,
}

impl Selection {
    /// Applies the choice.
    ///
    /// # Errors
    /// When the filter cannot be read.
    pub fn apply(&self, _table: &RunTable) -> Result<Selected, ExpressionError> {
        todo!()
    }
}
