//! What was measured: runs, their checkpoints, and the table that holds them.
//!
//! A [`RunTable`] is immutable once built. No NaN, no infinity and no non-positive N, D or C crosses its border:
//! [`RunTable::new`] refuses them. A loss that diverged is the fact [`Point::diverged`], not a number.
//!
//! A *run* is one training; a *point* is that run at one checkpoint. A table of finished runs has one point a run.

mod expression;
mod selection;

pub use expression::{Expression, ExpressionError};
pub use selection::{Checkpoints, Excluded, Selected, Selection};

use crate::units::{Flops, Loss, Params, Tokens};
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

/// One run at one checkpoint. `None` is unknown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Point {
    /// Index into [`RunTable::runs`].
    pub run: usize,
    /// Physical line in the source file, 1-based, header included; for JSON the line where the record starts.
    pub line: u64,
    /// N, total or of unstated convention.
    pub params: Option<Params>,
    /// N without embeddings.
    pub params_non_embedding: Option<Params>,
    /// D, repeats included.
    pub tokens: Option<Tokens>,
    /// Distinct tokens.
    pub unique_tokens: Option<Tokens>,
    /// C.
    pub flops: Option<Flops>,
    /// Held-out loss, nats per token.
    pub loss: Option<Loss>,
    /// Training loss, nats per token.
    pub train_loss: Option<Loss>,
    /// Optimiser step.
    pub step: Option<f64>,
    /// The file gave NaN or infinity as the loss.
    pub diverged: bool,
}

impl Point {
    /// N as the laws use it: the total count, or the non-embedding count where it is all there is.
    pub fn model_size(&self) -> Option<Params> {
        self.params.or(self.params_non_embedding)
    }

    /// Tokens per parameter, D/N.
    pub fn tokens_per_param(&self) -> Option<f64> {
        Some(self.tokens?.0 / self.model_size()?.0)
    }
}

/// A column of the file, kept by its own name.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Header in the file.
    pub name: String,
    /// One value a point.
    pub values: ColumnValues,
}

/// Values of a column, one a point.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnValues {
    /// Every non-empty cell is a finite number.
    Numbers(Vec<Option<f64>>),
    /// Anything else.
    Text(Vec<String>),
}

/// The runs of one file, immutable.
#[derive(Debug, Clone, PartialEq)]
pub struct RunTable {
    /// Short name for lists and legends, such as the file's stem.
    pub name: String,
    /// Said on every figure of these runs, such as `synthetic`; empty for measured runs.
    pub label: String,
    runs: Vec<Run>,
    points: Vec<Point>,
    columns: Vec<Column>,
    /// Which columns the points' values came from, as indices.
    roles: Vec<(Role, usize)>,
}

/// Why runs do not make a table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TableError {
    /// A point names a run that is not there.
    #[error("line {line}: run {run} is outside the table")]
    Run {
        /// Source line.
        line: u64,
        /// The index.
        run: usize,
    },
    /// A value that no measurement can have.
    #[error("line {line}: {quantity} = {value}: expected {expected}")]
    Value {
        /// Source line.
        line: u64,
        /// Which quantity.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// What would do.
        expected: &'static str,
    },
    /// A column with too few or too many values.
    #[error("column `{name}` has {found} values for {expected} points")]
    Column {
        /// Its name.
        name: String,
        /// Values in it.
        found: usize,
        /// Points in the table.
        expected: usize,
    },
}

impl RunTable {
    /// Builds a table.
    ///
    /// # Errors
    /// When a value is not finite, N, D or C is not positive, an index is out of range, or a column has another length.
    pub fn new(
        name: impl Into<String>,
        runs: Vec<Run>,
        points: Vec<Point>,
        columns: Vec<Column>,
    ) -> Result<Self, TableError> {
        for point in &points {
            let line = point.line;
            if point.run >= runs.len() {
                return Err(TableError::Run { line, run: point.run });
            }
            let positive = [
                ("params", point.params.map(|v| v.0)),
                ("params_non_embedding", point.params_non_embedding.map(|v| v.0)),
                ("tokens", point.tokens.map(|v| v.0)),
                ("unique_tokens", point.unique_tokens.map(|v| v.0)),
                ("flops", point.flops.map(|v| v.0)),
            ];
            for (quantity, value) in positive {
                if let Some(value) = value.filter(|v| !(v.is_finite() && *v > 0.0)) {
                    return Err(TableError::Value {
                        line,
                        quantity,
                        value,
                        expected: "a positive finite number",
                    });
                }
            }
            let finite = [
                ("loss", point.loss.map(|v| v.0)),
                ("train_loss", point.train_loss.map(|v| v.0)),
                ("step", point.step),
            ];
            for (quantity, value) in finite {
                if let Some(value) = value.filter(|v| !v.is_finite()) {
                    return Err(TableError::Value {
                        line,
                        quantity,
                        value,
                        expected: "a finite number",
                    });
                }
            }
        }
        for column in &columns {
            let found = match &column.values {
                ColumnValues::Numbers(values) => values.len(),
                ColumnValues::Text(values) => values.len(),
            };
            if found != points.len() {
                return Err(TableError::Column {
                    name: column.name.clone(),
                    found,
                    expected: points.len(),
                });
            }
        }
        Ok(Self {
            name: name.into(),
            label: String::new(),
            runs,
            points,
            columns,
            roles: Vec::new(),
        })
    }

    /// The same table, knowing which of its columns (by index) have which role. Indices outside the table are dropped.
    #[must_use]
    pub fn with_roles(self, mut roles: Vec<(Role, usize)>) -> Self {
        roles.retain(|(_, column)| *column < self.columns.len());
        Self { roles, ..self }
    }

    /// The file's column with a role, as the file wrote it: before units and 6ND.
    pub fn column_with_role(&self, role: Role) -> Option<&Column> {
        let (_, column) = self.roles.iter().find(|(known, _)| *known == role)?;
        self.columns.get(*column)
    }

    /// Index of the column of a name: the file's own, or that of a role (`lr` for `learning_rate`).
    pub(crate) fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name).or_else(|| {
            let (_, column) = self.roles.iter().find(|(role, _)| role.name() == name)?;
            Some(*column)
        })
    }

    /// The same table with a label that every figure of it will carry.
    #[must_use]
    pub fn with_label(self, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..self
        }
    }

    /// The runs, in the order of their first row.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The points, in the order of the file.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The file's columns by their own names.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Name of the run that a point belongs to.
    pub fn run_name(&self, point: usize) -> &str {
        &self.runs[self.points[point].run].name
    }

    /// A numeric value of a point by role name (`flops`, `lr`), symbol (`N D C L`) or the file's own column name.
    pub fn number(&self, point: usize, name: &str) -> Option<f64> {
        let p = &self.points[point];
        match name {
            "N" | "params" => p.model_size().map(|v| v.0),
            "D" | "tokens" => p.tokens.map(|v| v.0),
            "C" | "flops" => p.flops.map(|v| v.0),
            "L" | "loss" => p.loss.map(|v| v.0),
            "params_non_embedding" => p.params_non_embedding.map(|v| v.0),
            "unique_tokens" => p.unique_tokens.map(|v| v.0),
            "train_loss" => p.train_loss.map(|v| v.0),
            "step" => p.step,
            _ => match &self.columns[self.column_index(name)?].values {
                ColumnValues::Numbers(values) => values[point],
                ColumnValues::Text(_) => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_of(point: Point) -> Result<RunTable, TableError> {
        RunTable::new(
            "t",
            vec![Run {
                name: "a".into(),
                ..Run::default()
            }],
            vec![point],
            vec![],
        )
    }

    #[test]
    fn nothing_that_is_not_a_number_gets_in() {
        assert!(
            table_of(Point {
                loss: Some(Loss(f64::NAN)),
                ..Point::default()
            })
            .is_err()
        );
        assert!(
            table_of(Point {
                params: Some(Params(0.0)),
                ..Point::default()
            })
            .is_err()
        );
        assert!(
            table_of(Point {
                flops: Some(Flops(f64::INFINITY)),
                ..Point::default()
            })
            .is_err()
        );
        assert!(
            table_of(Point {
                run: 1,
                ..Point::default()
            })
            .is_err()
        );
        assert!(
            table_of(Point {
                loss: Some(Loss(-0.01)),
                ..Point::default()
            })
            .is_ok()
        );
    }

    #[test]
    fn short_columns_are_refused() {
        let column = Column {
            name: "lr".into(),
            values: ColumnValues::Numbers(vec![]),
        };
        let error = RunTable::new(
            "t",
            vec![Run {
                name: "a".into(),
                ..Run::default()
            }],
            vec![Point::default()],
            vec![column],
        )
        .unwrap_err();
        assert_eq!(error.to_string(), "column `lr` has 0 values for 1 points");
    }
}
