//! Rows to points.
//!
//! A row is a point when it has a loss, held out or of training, or says that the loss diverged. Every other row of a table,
//! and every cell that cannot be read, is reported; a record of training without a loss is none to report.

use super::Skipped;
use super::decimal::Format;
use super::grid::Grid;
use super::numbers::{Cell, Quantity, read};
use super::roles::Assigned;
use crate::data::{Point, Role};
use crate::units::{Flops, Loss, Params, Tokens};

/// Reads rows by the roles of their columns.
pub(super) struct RowReader<'a> {
    pub(super) grid: &'a Grid,
    pub(super) assigned: &'a [Assigned],
    pub(super) formats: &'a [Format],
}

impl RowReader<'_> {
    /// The row's point, and whether its N, D and C were left blank; `None` without a loss, which is reported.
    pub(super) fn point(&self, row: usize, skipped: &mut Vec<Skipped>) -> Option<(Point, [bool; 3])> {
        let mut point = Point {
            line: self.grid.line(row),
            ..Point::default()
        };
        let mut blank = [true; 3];
        let mut problems = Vec::new();
        let mut loss_column = None;
        let mut training_diverged = false;
        for (index, column) in self.assigned.iter().enumerate() {
            let Some(role) = column.role else { continue };
            if matches!(role, Role::Loss) {
                loss_column = Some(index);
            }
            if matches!(
                role,
                Role::Run | Role::Group | Role::Ignore | Role::Epoch | Role::Batch | Role::SeqLen | Role::Lr
            ) {
                continue;
            }
            let text = self.grid.cell(row, index);
            let is_loss = matches!(role, Role::Loss | Role::TrainLoss);
            let value = match read(text, self.formats[index].decimal, Quantity::of(Some(role))) {
                Cell::Missing => continue,
                Cell::NotFinite if role == Role::Loss => {
                    point.diverged = true;
                    continue;
                }
                Cell::NotFinite => {
                    training_diverged |= role == Role::TrainLoss;
                    continue;
                }
                Cell::WithUnit(value) => Ok(value),
                Cell::Number(value) => match column.unit.apply(value) {
                    Some(value) => Ok(value),
                    None => Err(format!("has no finite value in our unit ({})", column.unit.label)),
                },
                Cell::Bad(reason) => Err(reason),
            };
            match value {
                Ok(value) if !is_loss && role != Role::Step && !(value.is_finite() && value > 0.0) => {
                    problems.push((index, "outside the range of numbers".to_owned()));
                }
                Ok(value) => match role {
                    Role::Params => point.params = Some(Params(value)),
                    Role::ParamsNonEmbedding => point.params_non_embedding = Some(Params(value)),
                    Role::Tokens => point.tokens = Some(Tokens(value)),
                    Role::UniqueTokens => point.unique_tokens = Some(Tokens(value)),
                    Role::Flops => point.flops = Some(Flops(value)),
                    Role::Loss => point.loss = Some(Loss(value)),
                    Role::TrainLoss => point.train_loss = Some(Loss(value)),
                    Role::Step => point.step = Some(value),
                    _ => {}
                },
                Err(reason) => {
                    match role {
                        Role::Params | Role::ParamsNonEmbedding => blank[0] = false,
                        Role::Tokens => blank[1] = false,
                        Role::Flops => blank[2] = false,
                        _ => {}
                    }
                    problems.push((index, reason));
                }
            }
        }
        point.diverged |= training_diverged && point.loss.is_none();
        let usable = point.loss.is_some() || point.diverged || point.train_loss.is_some();
        let told = problems.iter().any(|(index, _)| Some(*index) == loss_column);
        // A record of training need not have a loss.
        if !usable && !told && !self.grid.history {
            let column = loss_column.map_or("", |column| &self.grid.headers[column]);
            skipped.push(Skipped {
                line: self.grid.line(row),
                column: column.to_owned(),
                value: loss_column.map_or("", |column| self.grid.cell(row, column)).to_owned(),
                reason: "no loss in this row; expected a number such as 2.31".to_owned(),
            });
        }
        skipped.extend(problems.into_iter().map(|(index, reason)| Skipped {
            line: self.grid.line(row),
            column: self.grid.headers[index].clone(),
            value: self.grid.cell(row, index).to_owned(),
            reason,
        }));
        usable.then_some((point, blank))
    }

    /// D = step × batch × sequence length, where a file has those three and neither D nor C. The batch counts sequences.
    pub(super) fn tokens_from_steps(&self, kept: &[usize], points: &mut [Point], notes: &mut Vec<String>) {
        let column = |role: Role| self.assigned.iter().position(|column| column.role == Some(role));
        let (Some(batch), Some(length)) = (column(Role::Batch), column(Role::SeqLen)) else {
            return;
        };
        let value = |row: usize, column: usize| {
            let cell = self.grid.cell(row, column);
            match read(cell, self.formats[column].decimal, Quantity::Plain) {
                Cell::Number(value) | Cell::WithUnit(value) => Some(value),
                _ => None,
            }
        };
        let mut computed = false;
        for (point, &row) in points.iter_mut().zip(kept) {
            let tokens = point
                .step
                .and_then(|step| Some(step * value(row, batch)? * value(row, length)?))
                .filter(|tokens| tokens.is_finite() && *tokens > 0.0);
            point.tokens = tokens.map(Tokens);
            computed |= tokens.is_some();
        }
        if computed {
            notes.push("tokens computed as step × batch × sequence length, the batch counted in sequences".to_owned());
        }
    }
}
