//! A grid of cells to a table of runs, and the report of how it was read.

use super::compute::{self, Verdict};
use super::decimal::{Evidence, Format};
use super::grid::{Grid, stem};
use super::history::{self, Merged};
use super::names::{self, Naming};
use super::numbers::{Cell, Quantity};
use super::progress::Progress;
use super::roles::{self, Assigned, assign};
use super::rows::{Kept, Read, RowReader};
use super::runs::{group_runs, keep_sizes, mark_seams};
use super::survey::{Surveyed, survey};
use super::{ColumnReport, ImportError, ImportOptions, ImportReport, Shape, Skipped};
use crate::data::{Column, Draft, Numbers, Role, RunTable};
use rayon::prelude::*;

/// Builds the table and completes the report. `file` is the path as the user gave it.
pub(super) fn build(
    file: &str,
    mut grid: Grid,
    options: &ImportOptions,
    report: &mut ImportReport,
    progress: Progress<'_>,
) -> Result<RunTable, ImportError> {
    report.notes.append(&mut grid.notes);
    report.skipped.append(&mut grid.skipped);
    let mut surveyed = survey(grid.rows(), grid.headers.len(), progress.part(0.0, 0.6))?;
    let filled: Vec<usize> = surveyed.iter().map(|column| column.filled).collect();
    let assigned = assign(
        &grid.headers,
        &filled,
        |column, role| is_readable(&grid, &surveyed, column, role),
        &options.columns,
        &grid.known,
        report.shape,
        &mut report.notes,
    )?;
    let formats = decide_formats(&grid, &assigned, &surveyed, options, report);
    let role = |role: Role| assigned.iter().position(|column| column.role == Some(role));
    if role(Role::Loss).is_none() && role(Role::TrainLoss).is_none() {
        return Err(ImportError::NoRuns {
            message: format!(
                "found columns {}; none is a loss in nats per token; one of them must be given the role `loss`",
                roles::list(&grid.headers)
            ),
            line: grid.header_line.or(Some(1)),
        });
    }

    let Merged { grid, trainings, seams } = match merge_records(grid, &assigned, &formats, &surveyed, &mut report.notes)
    {
        (merged, false) => merged,
        (merged, true) => {
            surveyed = survey(merged.grid.rows(), merged.grid.headers.len(), progress.part(0.6, 0.7))?;
            merged
        }
    };
    progress.at(0.7)?;
    let reader = RowReader {
        grid: &grid,
        assigned: &assigned,
        formats: &formats,
        surveyed: &surveyed,
    };
    let Read {
        mut points,
        kept,
        unreadable,
    } = reader.read(&mut report.skipped);
    if role(Role::Tokens).is_none() && role(Role::Flops).is_none() {
        reader.tokens_from_steps(&kept, &mut points, &mut report.notes);
    }
    if points.len() == 0 {
        let first = report.skipped.first();
        let example = first.map_or(String::new(), |skipped| {
            format!("; line {}: {}", skipped.line, skipped.reason)
        });
        return Err(ImportError::NoRuns {
            message: match grid.seen {
                0 => "the table has a header and no rows".to_owned(),
                1 => format!("the only row has no loss{example}"),
                rows => format!("none of {rows} rows has a loss{example}"),
            },
            line: first.map(|skipped| skipped.line).or(grid.header_line),
        });
    }
    progress.at(0.8)?;
    let mut columns = keep_columns(&reader, &kept, report.shape);
    progress.at(0.9)?;
    let mut runs = group_runs(&grid, &trainings, &assigned, &kept, &mut points, &columns, report);
    mark_seams(&grid, &mut runs, &seams);
    if report.shape != Shape::Isoloss {
        keep_sizes(&mut points, &unreadable[0], runs.len(), &mut report.notes);
        let naming = Naming {
            patterns: &names::patterns(options.name_patterns.as_deref())?,
            file,
            runs: &runs,
            has_column: &|wanted| role(wanted).is_some(),
        };
        report.names = naming.apply(&mut points, &mut columns, &mut report.notes);
        check_compute(&grid, &assigned, &kept, &mut points, report);
        note_small_values(&grid, &assigned, &points, &mut report.notes);
        compute::fill(&mut points, &unreadable, &mut report.notes);
    }
    report.skipped.sort_by_key(|skipped| skipped.line);
    report.columns = grid
        .headers
        .iter()
        .zip(&assigned)
        .zip(&formats)
        .map(|((name, column), format)| ColumnReport {
            name: name.clone(),
            role: column.role,
            unit: column.unit.label.clone(),
            decimal: format.decimal.to_string(),
            thousands: format.thousands.map(String::from).unwrap_or_default(),
            why: column.why.clone(),
        })
        .collect();
    let roles = assigned
        .iter()
        .enumerate()
        .filter_map(|(index, column)| Some((column.role?, index)));
    RunTable::of_draft(stem(file), runs, points, columns)
        .map(|table| table.with_roles(roles.collect()))
        .map_err(|error| ImportError::NoRuns {
            message: error.to_string(),
            line: None,
        })
}

/// Records of training to one row a run and step; any other table as it is. Tells whether rows are no longer those that
/// were surveyed.
fn merge_records(
    grid: Grid,
    assigned: &[Assigned],
    formats: &[Format],
    surveyed: &[Surveyed],
    notes: &mut Vec<String>,
) -> (Merged, bool) {
    let role = |role: Role| assigned.iter().position(|column| column.role == Some(role));
    let step = role(Role::Step).or(role(Role::Epoch)).filter(|_| grid.history);
    let Some(step) = step else {
        return (Merged::unchanged(grid), false);
    };
    let decimal = formats[step].decimal;
    let number = |row: usize, cell: &str| match surveyed[step].read(row, || cell, decimal, Quantity::Plain) {
        Cell::Number(value) | Cell::WithUnit(value) => Some(value),
        Cell::Missing | Cell::NotFinite | Cell::Bad(_) => None,
    };
    history::merge(grid, role(Role::Run), step, number, notes)
}

/// Whether any cell of a column could be a value of a role. A loss is one by its name alone: a column of unreadable losses
/// is an error to tell, not a column to pass over.
fn is_readable(grid: &Grid, surveyed: &[Surveyed], column: usize, role: Role) -> bool {
    if matches!(role, Role::Run | Role::Group | Role::Loss | Role::TrainLoss) {
        return true;
    }
    let readable = |row: usize| {
        ['.', ','].into_iter().any(|decimal| {
            let cell = surveyed[column].read(row, || grid.cell(row, column), decimal, Quantity::of(Some(role)));
            matches!(cell, Cell::Number(_) | Cell::WithUnit(_))
        })
    };
    (0..grid.len()).any(readable)
}

/// The decimal mark of every column. Machines write points: JSON and our own files leave nothing to decide.
fn decide_formats(
    grid: &Grid,
    assigned: &[Assigned],
    surveyed: &[Surveyed],
    options: &ImportOptions,
    report: &mut ImportReport,
) -> Vec<Format> {
    // Names and remarks that look like numbers here and there say nothing about the file.
    let telling = |column: usize| {
        let text = matches!(assigned[column].role, Some(Role::Run | Role::Group));
        !text && surveyed[column].evidence.cells() * 2 >= surveyed[column].filled
    };
    let told: Vec<&Evidence> = (0..surveyed.len())
        .filter(|&c| telling(c))
        .map(|c| &surveyed[c].evidence)
        .collect();
    let comma_elsewhere = told.iter().any(|e| e.comma > e.point) && told.iter().all(|e| e.point <= e.comma);
    let machine = report.shape == Shape::Isoloss || grid.delimiter.is_empty();
    let mut formats = Vec::with_capacity(surveyed.len());
    for (column, Surveyed { evidence, .. }) in surveyed.iter().enumerate() {
        let mut format = match (machine, options.decimal) {
            (true, _) => Evidence::default().decide(None, false, true),
            (false, chosen) => {
                let mut format = evidence.decide(assigned[column].role, comma_elsewhere, grid.delimiter == ",");
                if let Some(decimal) = chosen {
                    format.decimal = decimal;
                    format.thousands = format.thousands.filter(|separator| *separator != decimal);
                    format.note = None;
                }
                format
            }
        };
        if let Some(note) = format.note.take() {
            report.notes.push(format!("`{}`: {note}", grid.headers[column]));
        }
        formats.push(format);
    }
    formats
}

/// Leaves out a C that contradicts 6ND, unless the user named the column.
fn check_compute(grid: &Grid, assigned: &[Assigned], kept: &Kept, points: &mut Draft, report: &mut ImportReport) {
    let Some(column) = assigned.iter().position(|column| column.role == Some(Role::Flops)) else {
        return;
    };
    let name = &grid.headers[column];
    match compute::judge(points) {
        Verdict::Sound => {}
        Verdict::Column { against, of } if assigned[column].chosen => report.notes.push(format!(
            "`{name}` contradicts 6 params tokens by more than 10 × in {against} of {of} points; used because it was chosen"
        )),
        Verdict::Cells(_) if assigned[column].chosen => {}
        Verdict::Column { against, of } => {
            points.set_quantity(Role::Flops, None);
            report.notes.push(format!(
                "`{name}` contradicts 6 params tokens by more than 10 × in {against} of {of} points: not used"
            ));
        }
        Verdict::Cells(mistakes) => {
            for index in mistakes {
                points.set(index, Role::Flops, None);
                let row = kept.row(index);
                report.skipped.push(Skipped {
                    line: grid.line(row),
                    column: name.clone(),
                    value: grid.cell(row, column).to_owned(),
                    reason: "contradicts 6 params tokens by more than 10 ×: not used".to_owned(),
                });
            }
        }
    }
}

/// Columns that can hardly be counts: logarithms, or units that the header does not tell.
fn note_small_values(grid: &Grid, assigned: &[Assigned], points: &Draft, notes: &mut Vec<String>) {
    let quantities = [
        (Role::Params, 100.0),
        (Role::ParamsNonEmbedding, 100.0),
        (Role::Tokens, 100.0),
        (Role::Flops, 1e6),
    ];
    for (role, least) in quantities {
        let Some(numbers) = points.quantity(role) else {
            continue;
        };
        let largest = numbers.iter().flatten().reduce(f64::max);
        if let Some(largest) = largest.filter(|largest| *largest < least)
            && let Some(column) = assigned.iter().position(|column| column.role == Some(role))
        {
            notes.push(format!(
                "`{0}`: no value is above {largest}; are these logarithms, or in a unit that the header leaves out? `{0} (1e9)` would tell",
                grid.headers[column]
            ));
        }
    }
}

/// Every column by its own name: numbers as written where each cell is one, text elsewhere.
fn keep_columns(reader: &RowReader<'_>, kept: &Kept, shape: Shape) -> Vec<Column> {
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
                None => column_texts(grid, kept, index, shape),
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

fn column_texts(grid: &Grid, kept: &Kept, index: usize, shape: Shape) -> Column {
    let name = &grid.headers[index];
    let cells = grid.rows();
    if kept.is_all() {
        let pieces = cells.blocks().par_iter().map(|block| {
            let raw = |row: usize| block.fields(row, cells.source()).get(index).unwrap_or("");
            Column::of_texts("", (0..block.len()).map(|row| shown(raw(row), shape)))
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
