//! What a fit cannot know, said in words.

use serde::Serialize;

/// Codes of the command line's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictCode {
    /// Exponents that the design cannot tell apart.
    ExponentsNotIdentified,
    /// E could be anything below the lowest loss.
    FloorNotIdentified,
    /// A parameter ended at its bound.
    AtBound,
    /// The search did not end at an optimum.
    NotConverged,
    /// Few observations for the parameters.
    TooFewRuns,
    /// Rows are checkpoints of the same runs.
    CorrelatedPoints,
    /// The question lies outside the data.
    Extrapolates,
    /// Some runs diverged.
    DivergedRuns,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The answer may be wrong.
    Warning,
    /// The answer is not to be used.
    Error,
}

/// A sentence with the numbers in it and, where there is one, the remedy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Stable name.
    pub code: VerdictCode,
    /// How much it matters.
    pub severity: Severity,
    /// For people.
    pub text: String,
}
