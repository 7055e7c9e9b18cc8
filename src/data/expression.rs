//! Row filters as text: `D/N < 5 and not state = crashed`.

use super::RunTable;

/// A parsed row filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message} at character {position} of `{text}`")]
pub struct ExpressionError {
    /// What was expected.
    pub message: String,
    /// 1-based.
    pub position: usize,
    /// The whole text.
    pub text: String,
}

impl Expression {
    /// Parses a filter against the names in a table.
    ///
    /// # Errors
    /// On a syntax error or a name that the table does not have.
    pub fn parse(_text: &str, _table: &RunTable) -> Result<Self, ExpressionError> {
        todo!()
    }

    /// Whether the point is kept. A comparison with a missing value is false.
    pub fn keeps(&self, _table: &RunTable, _point: usize) -> bool {
        todo!()
    }
}
