//! What shapes and errors are called: in words for people, by stable codes for scripts.

use super::{ImportError, Shape};

impl Shape {
    /// For the list of what was recognised.
    pub fn words(self) -> &'static str {
        match self {
            Self::RunsTable => "A table of runs",
            Self::JsonRecords => "A JSON array of records",
            Self::JsonLines => "JSON lines",
            Self::Isoloss => "Isoloss's own tidy CSV",
        }
    }
}

/// What the system says of a file, without its error number and without the temporary file of a careful writer.
pub fn io_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let end = [" (os error", " at path "]
        .iter()
        .filter_map(|tail| text.find(tail))
        .min();
    text[..end.unwrap_or(text.len())].to_owned()
}

impl ImportError {
    /// Stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "unreadable",
            Self::Empty => "empty",
            Self::Binary { .. } => "binary",
            Self::Options { .. } => "options",
            Self::Syntax { .. } => "syntax",
            Self::NoRuns { .. } => "no_runs",
        }
    }

    /// The line that matters, where there is one.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Syntax { line, .. } => Some(*line),
            Self::NoRuns { line, .. } => *line,
            Self::Io(_) | Self::Empty | Self::Binary { .. } | Self::Options { .. } => None,
        }
    }
}
