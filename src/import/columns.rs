//! The file's columns by their own names: what the table keeps beside its points.

use super::Shape;
use super::numbers::{Cell, Quantity};
use super::rows::{Kept, RowReader};
use crate::data::{Column, Numbers, Role};
use rayon::prelude::*;

/// Every column by its own name: numbers as written where each cell is one, text elsewhere.
pub(super) fn keep_columns(reader: &RowReader<'_>, kept: &Kept, shape: Shape) -> Vec<Column> {
    let RowReader { grid, assigned, .. } = reader;
    (0..grid.headers.len())
        .into_par_iter()
        .map(|index| {
            let name = &grid.headers[index];
            let text_by_role = matches!(assigned[index].role, Some(Role::Run | Role::Group));
            let numbers = if text_by_role {
                None
            } else {
                column_numbers(reader, kept, index)
            };
            match numbers {
                Some(numbers) => Column::of_numbers(name, numbers),
                None => column_texts(reader, kept, index, shape),
            }
        })
        .collect()
}

/// The numbers of a column whose every cell is one, or says that there is none.
fn column_numbers(reader: &RowReader<'_>, kept: &Kept, index: usize) -> Option<Numbers> {
    let (role, decimal) = (reader.assigned[index].role, reader.formats[index].decimal);
    let surveyed = &reader.surveyed[index];
    let any = |numbers: &Numbers| numbers.iter().any(|value| value.is_some());
    if let Some(numbers) = surveyed.all_numbers(decimal) {
        let numbers = match kept.is_all() {
            true => numbers.clone(),
            false => Numbers::of_kept(kept.iter().map(|row| numbers.kept()[row]).collect()),
        };
        return Some(numbers).filter(any);
    }
    let quantity = match Quantity::of(role) {
        // Zero tokens is a fact of a first row, if not a size to fit.
        Quantity::Loss => Quantity::Loss,
        _ => Quantity::Plain,
    };
    let value = |row: usize| {
        let read = |quantity| surveyed.read(row, || reader.grid.cell(row, index), decimal, quantity);
        let mut cell = read(quantity);
        if matches!(cell, Cell::Bad(_)) && quantity != Quantity::of(role) {
            cell = read(Quantity::of(role));
        }
        match cell {
            Cell::Number(value) | Cell::WithUnit(value) => Some(Some(value)),
            Cell::Missing => Some(None),
            Cell::NotFinite => Some(Some(f64::NAN)),
            // A role's unreadable cells are in the report already.
            Cell::Bad(_) if role.is_some_and(|role| role != Role::Ignore) => Some(None),
            Cell::Bad(_) => None,
        }
    };
    kept.iter().map(value).collect::<Option<Numbers>>().filter(any)
}

/// How many cells of a text column are gathered at a time, where not all rows are kept.
const TEXTS: usize = 1 << 16;

fn column_texts(reader: &RowReader<'_>, kept: &Kept, index: usize, shape: Shape) -> Column {
    let RowReader { grid, surveyed, .. } = reader;
    let name = &grid.headers[index];
    let cells = grid.rows();
    if let (Some(starts), true) = (surveyed[index].stretches(), kept.is_all()) {
        let ends = starts.iter().skip(1).copied().chain([grid.len()]);
        let stretches = starts.iter().zip(ends);
        let stretches = stretches.map(|(start, end)| (shown(grid.raw(*start, index), shape), end - start));
        return Column::of_stretches(name, stretches, grid.len());
    }
    if kept.is_all() {
        let pieces = cells.blocks().par_iter().map(|block| {
            // The same cell again is the same text again.
            let mut above = ("", "");
            let texts = (0..block.len()).map(|row| {
                let fields = block.fields(row, cells.source());
                let raw = fields.get_like(index, above.0).unwrap_or("");
                if raw != above.0 {
                    above = (raw, shown(raw, shape));
                }
                above.1
            });
            Column::of_texts("", texts)
        });
        return Column::of_pieces(name, pieces.collect());
    }
    let pieces = (0..kept.len()).into_par_iter().step_by(TEXTS).map(|from| {
        let points = from..kept.len().min(from + TEXTS);
        let raw = |point: usize| grid.raw(kept.row(point), index);
        Column::of_texts("", points.map(|point| shown(raw(point), shape)))
    });
    Column::of_pieces(name, pieces.collect())
}

fn shown(cell: &str, shape: Shape) -> &str {
    match shape {
        // Tidy files are read back to the letter.
        Shape::Isoloss => cell,
        _ => cell.trim(),
    }
}
