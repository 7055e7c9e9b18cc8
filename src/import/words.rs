//! What shapes and errors are called: in words for people, by stable codes for scripts.

use super::{ImportError, Shape};

impl Shape {
    /// For the list of what was recognised.
    pub fn words(self) -> &'static str {
        match self {
            Self::RunsTable => "A table of runs",
            Self::History => "A training history",
            Self::WandbPanel => "A W&B panel export",
            Self::WandbRuns => "A W&B runs table",
            Self::WandbHistory => "A W&B run history",
            Self::Tensorboard => "A TensorBoard scalar",
            Self::MlflowRuns => "An MLflow runs table",
            Self::MlflowMetric => "An MLflow metric",
            Self::TrainerState => "A Hugging Face trainer state",
            Self::Lightning => "Lightning metrics",
            Self::Keras => "A Keras training log",
            Self::Trackio => "A trackio export",
            Self::Swanlab => "A SwanLab export",
            Self::LlmcLog => "An llm.c log",
            Self::NanogptLog => "A nanoGPT log",
            Self::NanochatLog => "A nanochat log",
            Self::MegatronLog => "A Megatron log",
            Self::NanotronLog => "A nanotron log",
            Self::TorchtitanLog => "A torchtitan log",
            Self::OlmoLog => "An OLMo log",
            Self::JsonRecords => "A JSON array of records",
            Self::JsonLines => "JSON lines",
            Self::JsonNested => "JSON, nested by run",
            Self::LmEval => "lm-eval results",
            Self::Spreadsheet => "A spreadsheet",
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
            Self::Cancelled => "cancelled",
            Self::Empty => "empty",
            Self::Binary { .. } => "binary",
            Self::Packed { .. } => "packed",
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
            Self::Io(_)
            | Self::Cancelled
            | Self::Empty
            | Self::Binary { .. }
            | Self::Packed { .. }
            | Self::Options { .. } => None,
        }
    }
}
