//! The shapes as people call them.

use super::Shape;

impl Shape {
    /// For the list of what was recognised.
    pub fn words(self) -> &'static str {
        match self {
            Self::RunsTable => "A table of runs",
            Self::JsonRecords => "A JSON array of records",
            Self::Isoloss => "Isoloss's own tidy CSV",
        }
    }
}
