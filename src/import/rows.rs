//! Rows to points.
//!
//! A row is a point when it has a loss, held out or of training, or says that the loss diverged; in a table without any
//! loss, when it has a size. Every other row of a table, and every cell that cannot be read, is reported; a record of training without a loss is none to report.

use super::Skipped;
use super::decimal::Format;
use super::grid::Grid;
use super::numbers::{Cell, Quantity};
use super::roles::Assigned;
use super::survey::Surveyed;
use crate::data::{Draft, Lines, Numbers, Role};
use rayon::prelude::*;

/// Reads rows by the roles of their columns.
pub(super) struct RowReader<'a> {
    pub(super) grid: &'a Grid,
    pub(super) assigned: &'a [Assigned],
    pub(super) formats: &'a [Format],
    pub(super) surveyed: &'a [Surveyed],
    /// The table has no loss and is read for what it gives to others.
    pub(super) joins: bool,
    /// The table is a file of ours, whose every row was a point.
    pub(super) ours: bool,
}

/// The rows that are points.
pub(super) struct Kept {
    /// `None` where every row is one.
    rows: Option<Vec<usize>>,
    len: usize,
}

impl Kept {
    /// How many.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether every row is a point.
    pub(super) fn is_all(&self) -> bool {
        self.rows.is_none()
    }

    /// The row of a point.
    pub(super) fn row(&self, point: usize) -> usize {
        self.rows.as_ref().map_or(point, |rows| rows[point])
    }

    /// Every row that is one, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + Clone {
        (0..self.len).map(|point| self.row(point))
    }
}

/// Points with what is known of their cells.
pub(super) struct Read {
    pub(super) points: Draft,
    pub(super) kept: Kept,
    /// Points whose N, D, C could not be read, each in order: no guess takes the place of such a cell.
    pub(super) unreadable: [Vec<usize>; 3],
}

/// One column of a quantity, with the cells that are no value of it.
struct Quantities {
    column: usize,
    role: Role,
    numbers: Numbers,
    problems: Vec<Problem>,
}

struct Problem {
    row: usize,
    reason: String,
    /// No value of this quantity, rather than one outside the range of numbers.
    unreadable: bool,
}

impl RowReader<'_> {
    /// The rows with a loss as points; what could not be read is reported.
    pub(super) fn read(&self, skipped: &mut Vec<Skipped>) -> Read {
        let rows = self.grid.len();
        let columns: Vec<Quantities> = (0..self.assigned.len())
            .into_par_iter()
            .filter_map(|column| self.quantity(column))
            .collect();
        let of = |role: Role| columns.iter().find(|column| column.role == role);
        let [loss, training] = [Role::Loss, Role::TrainLoss].map(|role| of(role).map(|column| &column.numbers));
        let sizes = [Role::Params, Role::ParamsNonEmbedding, Role::Tokens, Role::Flops]
            .map(|role| of(role).map(|column| &column.numbers));
        // Where every row has a loss there is nothing to sort out.
        let all = loss.is_some_and(Numbers::is_complete);
        let mut usable = vec![all; rows];
        let mut diverged = Vec::new();
        for (row, usable) in usable.iter_mut().enumerate().filter(|_| !all) {
            let known = |numbers: Option<&Numbers>| numbers.is_some_and(|numbers| numbers.get(row).is_some());
            let not_finite = |numbers: Option<&Numbers>| numbers.is_some_and(|numbers| numbers.is_not_finite(row));
            let has_loss = known(loss);
            let diverges = not_finite(loss) || !has_loss && not_finite(training);
            if diverges {
                diverged.push(row);
            }
            let sized = || sizes.iter().any(|numbers| known(*numbers));
            *usable = has_loss || diverges || known(training) || self.joins && (self.ours || sized());
        }
        self.report(&columns, &usable, skipped);
        let kept = match usable.iter().filter(|usable| **usable).count() {
            len if len == rows => Kept { rows: None, len },
            len => {
                let rows = (0..rows).filter(|&row| usable[row]).collect();
                Kept { rows: Some(rows), len }
            }
        };
        let unreadable = |roles: &[Role]| {
            let problems = columns.iter().filter(|column| roles.contains(&column.role));
            let mut rows: Vec<usize> = problems
                .flat_map(|column| &column.problems)
                .filter(|problem| problem.unreadable)
                .map(|problem| problem.row)
                .collect();
            rows.sort_unstable();
            kept.places(rows)
        };
        let unreadable = [
            unreadable(&[Role::Params, Role::ParamsNonEmbedding]),
            unreadable(&[Role::Tokens]),
            unreadable(&[Role::Flops]),
        ];
        let lines = match kept.is_all() {
            true => self.grid.rows().lines(),
            false => kept.iter().map(|row| self.grid.line(row)).collect::<Lines>(),
        };
        let quantities = columns.iter().map(|column| {
            let numbers = match kept.is_all() {
                true => column.numbers.clone(),
                false => Numbers::of_kept(kept.iter().map(|row| column.numbers.kept()[row]).collect()),
            };
            (column.role, numbers)
        });
        Read {
            points: Draft::new(kept.len(), lines, quantities, kept.places(diverged)),
            unreadable,
            kept,
        }
    }

    /// The values of a column whose role is a quantity of points.
    fn quantity(&self, column: usize) -> Option<Quantities> {
        let (assigned, surveyed) = (&self.assigned[column], &self.surveyed[column]);
        let role = assigned.role?;
        let any = matches!(role, Role::Loss | Role::TrainLoss | Role::Step);
        let size = matches!(
            role,
            Role::Params | Role::ParamsNonEmbedding | Role::Tokens | Role::UniqueTokens | Role::Flops
        );
        if !any && !size {
            return None;
        }
        let decimal = self.formats[column].decimal;
        let mut problems = Vec::new();
        let mut value = |row: usize| {
            let cell = surveyed.read(row, || self.grid.cell(row, column), decimal, Quantity::of(Some(role)));
            let value = match cell {
                Cell::Missing => return Numbers::UNKNOWN,
                Cell::NotFinite => return Numbers::NOT_FINITE,
                Cell::WithUnit(value) => Ok(value),
                Cell::Number(value) => assigned
                    .unit
                    .apply(value)
                    .ok_or_else(|| format!("has no finite value in our unit ({})", assigned.unit.label)),
                Cell::Bad(reason) => Err(reason),
            };
            let (reason, unreadable) = match value {
                Ok(value) if any || value.is_finite() && value > 0.0 => return value,
                Ok(_) => ("outside the range of numbers".to_owned(), false),
                Err(reason) => (reason, true),
            };
            problems.push(Problem {
                row,
                reason,
                unreadable,
            });
            Numbers::UNKNOWN
        };
        let numbers = match surveyed.all_numbers(decimal).filter(|_| assigned.unit.is_one()) {
            // Numbers already, of which only some may be none of this quantity.
            Some(known) => {
                let mut numbers = known.clone();
                let wrong = known
                    .kept()
                    .iter()
                    .enumerate()
                    .filter(|(_, value)| !any && **value <= 0.0);
                for (row, _) in wrong {
                    numbers.kept_mut()[row] = value(row);
                }
                numbers
            }
            None => Numbers::of_kept((0..self.grid.len()).map(value).collect()),
        };
        Some(Quantities {
            column,
            role,
            numbers,
            problems,
        })
    }

    /// Reports rows without a loss, and cells that are no value of their column, row by row.
    fn report(&self, columns: &[Quantities], usable: &[bool], skipped: &mut Vec<Skipped>) {
        let mut reports: Vec<(usize, usize, String)> = Vec::new();
        let loss = columns.iter().find(|column| column.role == Role::Loss);
        // A record of training need not have a loss.
        if !self.grid.history {
            let told = |row: usize| {
                let problems = loss.map(|column| &column.problems);
                problems.is_some_and(|problems| problems.binary_search_by_key(&row, |problem| problem.row).is_ok())
            };
            let silent = (0..usable.len()).filter(|&row| !usable[row] && !told(row));
            let reason = match self.joins {
                true => "no parameters, tokens or compute in this row",
                false => "no loss in this row; expected a number such as 2.31",
            };
            reports.extend(silent.map(|row| (row, 0, reason.to_owned())));
        }
        for Quantities { column, problems, .. } in columns {
            let problems = problems
                .iter()
                .map(|problem| (problem.row, column + 1, problem.reason.clone()));
            reports.extend(problems);
        }
        reports.sort_by_key(|(row, rank, _)| (*row, *rank));
        skipped.extend(reports.into_iter().map(|(row, rank, reason)| {
            let column = rank.checked_sub(1).or(loss.map(|column| column.column));
            Skipped {
                line: self.grid.line(row),
                column: column.map_or("", |column| &self.grid.headers[column]).to_owned(),
                value: column.map_or("", |column| self.grid.cell(row, column)).to_owned(),
                reason,
            }
        }));
    }

    /// D = step × batch × sequence length, where a file has those three and neither D nor C. The batch counts sequences.
    pub(super) fn tokens_from_steps(&self, kept: &Kept, points: &mut Draft, notes: &mut Vec<String>) {
        let column = |role: Role| self.assigned.iter().position(|column| column.role == Some(role));
        let (Some(batch), Some(length)) = (column(Role::Batch), column(Role::SeqLen)) else {
            return;
        };
        let value = |row: usize, column: usize| {
            let text = || self.grid.cell(row, column);
            match self.surveyed[column].read(row, text, self.formats[column].decimal, Quantity::Plain) {
                Cell::Number(value) | Cell::WithUnit(value) => Some(value),
                _ => None,
            }
        };
        let steps = points.quantity(Role::Step).cloned();
        let tokens = kept.iter().enumerate().map(|(point, row)| {
            let tokens = steps.as_ref()?.get(point)? * value(row, batch)? * value(row, length)?;
            Some(tokens).filter(|tokens| tokens.is_finite() && *tokens > 0.0)
        });
        let tokens: Numbers = tokens.collect();
        if tokens.iter().any(|tokens| tokens.is_some()) {
            points.set_quantity(Role::Tokens, Some(tokens));
            notes.push("tokens computed as step × batch × sequence length, the batch counted in sequences".to_owned());
        }
    }
}

impl Kept {
    /// The points of rows, both in order; rows that are none are left out.
    fn places(&self, rows: Vec<usize>) -> Vec<usize> {
        match &self.rows {
            None => rows,
            Some(kept) => rows.iter().filter_map(|row| kept.binary_search(row).ok()).collect(),
        }
    }
}
