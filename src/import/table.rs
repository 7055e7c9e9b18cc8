//! A grid of cells to a table of runs, and the report of how it was read.

use super::compute::{self, Verdict};
use super::decimal::{Evidence, Format};
use super::grid::{Grid, stem};
use super::history::{self, Merged, Seam};
use super::names::{self, Naming};
use super::numbers::{Cell, Quantity, read};
use super::roles::{self, Assigned, assign};
use super::rows::RowReader;
use super::runs::{group_runs, keep_sizes, mark_seams};
use super::{ColumnReport, ImportError, ImportOptions, ImportReport, Shape, Skipped};
use crate::data::{Column, Point, Role, RunTable};

/// Builds the table and completes the report. `file` is the path as the user gave it.
pub(super) fn build(
    file: &str,
    mut grid: Grid,
    options: &ImportOptions,
    report: &mut ImportReport,
) -> Result<RunTable, ImportError> {
    report.notes.append(&mut grid.notes);
    report.skipped.append(&mut grid.skipped);
    let (filled, evidence) = survey(&grid);
    let assigned = assign(
        &grid.headers,
        &filled,
        |column, role| is_readable(&grid, column, role),
        &options.columns,
        &grid.known,
        report.shape,
        &mut report.notes,
    )?;
    let formats = decide_formats(&grid, &assigned, &filled, &evidence, options, report);
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

    let (grid, trainings, seams) = merge_records(grid, &assigned, &formats, &mut report.notes);
    let reader = RowReader {
        grid: &grid,
        assigned: &assigned,
        formats: &formats,
    };
    let mut kept = Vec::new();
    let mut points = Vec::new();
    let mut blank = Vec::new();
    for index in 0..grid.len() {
        if let Some((point, blanks)) = reader.point(index, &mut report.skipped) {
            kept.push(index);
            points.push(point);
            blank.push(blanks);
        }
    }
    if role(Role::Tokens).is_none() && role(Role::Flops).is_none() {
        reader.tokens_from_steps(&kept, &mut points, &mut report.notes);
    }
    if points.is_empty() {
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
    let mut columns = keep_columns(&grid, &assigned, &formats, &kept, report.shape);
    let mut runs = group_runs(&grid, &trainings, &assigned, &kept, &mut points, &columns, report);
    mark_seams(&grid, &mut runs, &seams);
    if report.shape != Shape::Isoloss {
        keep_sizes(&mut points, &blank, runs.len(), &mut report.notes);
        let naming = Naming {
            patterns: &names::patterns(options.name_patterns.as_deref())?,
            file,
            runs: &runs,
            has_column: &|wanted| role(wanted).is_some(),
        };
        report.names = naming.apply(&mut points, &mut columns, &mut report.notes);
        check_compute(&grid, &assigned, &kept, &mut points, report);
        note_small_values(&grid, &assigned, &points, &mut report.notes);
        compute::fill(&mut points, &blank, &mut report.notes);
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
    RunTable::new(stem(file), runs, points, columns)
        .map(|table| table.with_roles(roles.collect()))
        .map_err(|error| ImportError::NoRuns {
            message: error.to_string(),
            line: None,
        })
}

/// Records of training to one row a run and step; any other table as it is.
fn merge_records(
    grid: Grid,
    assigned: &[Assigned],
    formats: &[Format],
    notes: &mut Vec<String>,
) -> (Grid, Vec<usize>, Vec<Seam>) {
    let role = |role: Role| assigned.iter().position(|column| column.role == Some(role));
    let step = role(Role::Step).or(role(Role::Epoch)).filter(|_| grid.history);
    let Some(step) = step else {
        return (grid, Vec::new(), Vec::new());
    };
    let decimal = formats[step].decimal;
    let number = |cell: &str| match read(cell, decimal, Quantity::Plain) {
        Cell::Number(value) | Cell::WithUnit(value) => Some(value),
        Cell::Missing | Cell::NotFinite | Cell::Bad(_) => None,
    };
    let Merged { grid, trainings, seams } = history::merge(grid, role(Role::Run), step, number, notes);
    (grid, trainings, seams)
}

/// How many cells of each column hold something, and what they say about its decimal mark.
fn survey(grid: &Grid) -> (Vec<usize>, Vec<Evidence>) {
    let mut filled = vec![0; grid.headers.len()];
    let mut evidence = vec![Evidence::default(); grid.headers.len()];
    for row in 0..grid.len() {
        for column in 0..grid.headers.len() {
            let cell = grid.cell(row, column);
            if !cell.is_empty() {
                filled[column] += 1;
                evidence[column].add(cell);
            }
        }
    }
    (filled, evidence)
}

/// Whether any cell of a column could be a value of a role. A loss is one by its name alone: a column of unreadable losses
/// is an error to tell, not a column to pass over.
fn is_readable(grid: &Grid, column: usize, role: Role) -> bool {
    if matches!(role, Role::Run | Role::Group | Role::Loss | Role::TrainLoss) {
        return true;
    }
    let readable = |cell: &str| {
        ['.', ','].into_iter().any(|decimal| {
            matches!(
                read(cell, decimal, Quantity::of(Some(role))),
                Cell::Number(_) | Cell::WithUnit(_)
            )
        })
    };
    (0..grid.len()).any(|row| readable(grid.cell(row, column)))
}

/// The decimal mark of every column. Machines write points: JSON and our own files leave nothing to decide.
fn decide_formats(
    grid: &Grid,
    assigned: &[Assigned],
    filled: &[usize],
    evidence: &[Evidence],
    options: &ImportOptions,
    report: &mut ImportReport,
) -> Vec<Format> {
    // Names and remarks that look like numbers here and there say nothing about the file.
    let telling = |column: usize| {
        let text = matches!(assigned[column].role, Some(Role::Run | Role::Group));
        !text && evidence[column].cells() * 2 >= filled[column]
    };
    let told: Vec<&Evidence> = (0..evidence.len())
        .filter(|&c| telling(c))
        .map(|c| &evidence[c])
        .collect();
    let comma_elsewhere = told.iter().any(|e| e.comma > e.point) && told.iter().all(|e| e.point <= e.comma);
    let machine = report.shape == Shape::Isoloss || grid.delimiter.is_empty();
    let mut formats = Vec::with_capacity(evidence.len());
    for (column, evidence) in evidence.iter().enumerate() {
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
fn check_compute(grid: &Grid, assigned: &[Assigned], kept: &[usize], points: &mut [Point], report: &mut ImportReport) {
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
            points.iter_mut().for_each(|point| point.flops = None);
            report.notes.push(format!(
                "`{name}` contradicts 6 params tokens by more than 10 × in {against} of {of} points: not used"
            ));
        }
        Verdict::Cells(mistakes) => {
            for index in mistakes {
                points[index].flops = None;
                let row = kept[index];
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
fn note_small_values(grid: &Grid, assigned: &[Assigned], points: &[Point], notes: &mut Vec<String>) {
    type Get = fn(&Point) -> Option<f64>;
    let quantities: [(Role, f64, Get); 4] = [
        (Role::Params, 100.0, |point| point.params.map(|v| v.0)),
        (Role::ParamsNonEmbedding, 100.0, |point| {
            point.params_non_embedding.map(|v| v.0)
        }),
        (Role::Tokens, 100.0, |point| point.tokens.map(|v| v.0)),
        (Role::Flops, 1e6, |point| point.flops.map(|v| v.0)),
    ];
    for (role, least, get) in quantities {
        let largest = points
            .iter()
            .filter_map(get)
            .fold(None, |most: Option<f64>, v| Some(most.map_or(v, |m| m.max(v))));
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
fn keep_columns(grid: &Grid, assigned: &[Assigned], formats: &[Format], kept: &[usize], shape: Shape) -> Vec<Column> {
    let mut columns = Vec::with_capacity(grid.headers.len());
    for (index, name) in grid.headers.iter().enumerate() {
        let role = assigned[index].role;
        let quantity = match Quantity::of(role) {
            // Zero tokens is a fact of a first row, if not a size to fit.
            Quantity::Loss => Quantity::Loss,
            _ => Quantity::Plain,
        };
        let mut numbers = Vec::with_capacity(kept.len());
        let mut any = false;
        let text_by_role = matches!(role, Some(Role::Run | Role::Group));
        let numeric = !text_by_role
            && kept.iter().all(|&row| {
                let text = grid.cell(row, index);
                let mut cell = read(text, formats[index].decimal, quantity);
                if matches!(cell, Cell::Bad(_)) && quantity != Quantity::of(role) {
                    cell = read(text, formats[index].decimal, Quantity::of(role));
                }
                let value = match cell {
                    Cell::Number(value) | Cell::WithUnit(value) => Some(value),
                    Cell::Missing => None,
                    Cell::NotFinite => Some(f64::NAN),
                    // A role's unreadable cells are in the report already.
                    Cell::Bad(_) if role.is_some_and(|role| role != Role::Ignore) => None,
                    Cell::Bad(_) => return false,
                };
                any |= value.is_some_and(f64::is_finite);
                numbers.push(value);
                true
            })
            && any;
        columns.push(if numeric {
            Column::of_numbers(name, numbers.into_iter().collect())
        } else {
            // Tidy files are read back to the letter.
            let text = |row: usize| match shape {
                Shape::Isoloss => grid.raw(row, index),
                _ => grid.cell(row, index),
            };
            Column::of_texts(name, kept.iter().map(|&row| text(row)))
        });
    }
    columns
}
