//! What was measured: runs, their checkpoints, and the table that holds them.
//!
//! A [`RunTable`] is immutable once built. No NaN, no infinity and no non-positive N, D or C crosses its border:
//! [`RunTable::new`] refuses them. A loss that diverged is the fact [`Point::diverged`], not a number.
//!
//! A *run* is one training; a *point* is that run at one checkpoint. A table of finished runs has one point a run.
//!
//! Millions of points are usual, so the table holds a column for each quantity that it has at all, and shares columns
//! with the tables made from it; a [`Point`] is put together when asked for.

mod column;
mod draft;
mod expression;
mod health;
mod join;
mod lines;
mod numbers;
mod point;
mod progress;
mod quantities;
mod rules;
mod selection;
mod table;
mod texts;

pub use column::Column;
pub(crate) use draft::Draft;
pub use expression::{Expression, ExpressionError};
pub use health::{Finding, FindingKind, health};
pub use join::{Joined, Part, join};
pub(crate) use lines::Lines;
pub use numbers::Numbers;
pub use point::{Point, Points, PointsIter};
pub use quantities::{Compute, LossOfRun, ParamsCount, Quantities};
pub use rules::{BoundRules, Rule, RuleOutcome};
pub use selection::{Checkpoints, Excluded, Selected, Selection};
pub use table::{RunTable, TableError};

use serde::{Deserialize, Serialize};

/// What a column means. Names as on the command line and in the tidy file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Name of the run; rows that share it are checkpoints of one run.
    Run,
    /// Recipe, data set or family that the run belongs to.
    Group,
    /// N, total parameters or of unstated convention.
    Params,
    /// N without embeddings.
    ParamsNonEmbedding,
    /// D, training tokens seen, repeats included.
    Tokens,
    /// Distinct training tokens.
    UniqueTokens,
    /// C, training compute in FLOP.
    Flops,
    /// L on held-out data, nats per token.
    Loss,
    /// L on the training data, nats per token.
    TrainLoss,
    /// Optimiser step.
    Step,
    /// Passes over the data.
    Epoch,
    /// Batch size.
    Batch,
    /// Sequence length in tokens.
    SeqLen,
    /// Learning rate.
    Lr,
    /// Known to be of no use.
    Ignore,
}

impl Role {
    /// Every role, in the order of the tidy file.
    pub const ALL: [Self; 15] = [
        Self::Run,
        Self::Group,
        Self::Params,
        Self::ParamsNonEmbedding,
        Self::Tokens,
        Self::UniqueTokens,
        Self::Flops,
        Self::Loss,
        Self::TrainLoss,
        Self::Step,
        Self::Epoch,
        Self::Batch,
        Self::SeqLen,
        Self::Lr,
        Self::Ignore,
    ];

    /// How formulas and filters write the quantities of every run.
    pub const SYMBOLS: [(&'static str, Self); 4] = [
        ("N", Self::Params),
        ("D", Self::Tokens),
        ("C", Self::Flops),
        ("L", Self::Loss),
    ];

    /// The role of a symbol: N for params.
    pub fn of_symbol(symbol: &str) -> Option<Self> {
        let known = Self::SYMBOLS.into_iter().find(|(known, _)| *known == symbol);
        known.map(|(_, role)| role)
    }

    /// The role of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Its symbol, where it has one.
    pub fn symbol(self) -> Option<&'static str> {
        let known = Self::SYMBOLS.into_iter().find(|(_, role)| *role == self);
        known.map(|(symbol, _)| symbol)
    }

    /// The name used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Group => "group",
            Self::Params => "params",
            Self::ParamsNonEmbedding => "params_non_embedding",
            Self::Tokens => "tokens",
            Self::UniqueTokens => "unique_tokens",
            Self::Flops => "flops",
            Self::Loss => "loss",
            Self::TrainLoss => "train_loss",
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Batch => "batch",
            Self::SeqLen => "seq_len",
            Self::Lr => "lr",
            Self::Ignore => "ignore",
        }
    }
}

/// One training run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// As the file names it, or `row 17` where it does not.
    pub name: String,
    /// Value of the group column.
    pub group: Option<String>,
    /// Steps where a restart went back and its records took over.
    pub seams: Vec<f64>,
}
