//! Rows to runs and points.
//!
//! A row is a point when it has a loss, held out or of training, or says that the loss diverged. Rows that share a run
//! name are checkpoints of one run; without a run column each row is a run of its own, unless the table plainly holds
//! curves (see [`super::curves`]).

use super::compute::{self, Verdict};
use super::decimal::{Evidence, Format};
use super::numbers::{Cell, Quantity, read};
use super::roles::{self, Assigned, assign};
use super::shape::{Grid, GridRow};
use super::{ColumnReport, ImportError, ImportOptions, ImportReport, Shape, Skipped, curves};
use crate::data::{Column, ColumnValues, Point, Role, Run, RunTable};
use crate::units::{Flops, Loss, Params, Tokens};
use std::collections::HashMap;

/// Builds the table and completes the report.
pub(super) fn build(
    name: &str,
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
        &options.columns,
        report.shape,
        &mut report.notes,
    )?;
    let formats = decide_formats(&grid, &assigned, &evidence, options, &mut report.notes);
    let role = |role: Role| assigned.iter().position(|column| column.role == Some(role));
    if role(Role::Loss).is_none() && role(Role::TrainLoss).is_none() {
        return Err(ImportError::NoRuns {
            message: format!(
                "found columns {}; none is a loss in nats per token; name one with --column loss=NAME",
                roles::list(&grid.headers)
            ),
            line: grid.header_line.or(Some(1)),
        });
    }

    let reader = RowReader {
        grid: &grid,
        assigned: &assigned,
        formats: &formats,
    };
    let mut kept = Vec::new();
    let mut points = Vec::new();
    let mut blank = Vec::new();
    for (index, row) in grid.rows.iter().enumerate() {
        if let Some((point, blanks)) = reader.point(row, &mut report.skipped) {
            kept.push(index);
            points.push(point);
            blank.push(blanks);
        }
    }
    if points.is_empty() {
        let first = report.skipped.first();
        let example = first.map_or(String::new(), |skipped| {
            format!("; line {}: {}", skipped.line, skipped.reason)
        });
        return Err(ImportError::NoRuns {
            message: format!("none of {} rows has a loss{example}", grid.seen),
            line: first.map(|skipped| skipped.line).or(grid.header_line),
        });
    }
    let columns = keep_columns(&grid, &assigned, &formats, &kept, report.shape);
    if report.shape != Shape::Isoloss {
        check_compute(&grid, &assigned, &kept, &mut points, report);
        note_small_values(&grid, &assigned, &points, &mut report.notes);
        compute::fill(&mut points, &blank, &mut report.notes);
    }
    let runs = group_runs(&grid, &assigned, &kept, &mut points, &columns, report);
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
    RunTable::new(name, runs, points, columns)
        .map(|table| table.with_roles(roles.collect()))
        .map_err(|error| ImportError::NoRuns {
            message: error.to_string(),
            line: None,
        })
}

/// How many cells of each column hold something, and what they say about its decimal mark.
fn survey(grid: &Grid) -> (Vec<usize>, Vec<Evidence>) {
    let mut filled = vec![0; grid.headers.len()];
    let mut evidence = vec![Evidence::default(); grid.headers.len()];
    for row in &grid.rows {
        for (column, cell) in row.cells.iter().enumerate().take(grid.headers.len()) {
            if !cell.trim().is_empty() {
                filled[column] += 1;
                evidence[column].add(cell);
            }
        }
    }
    (filled, evidence)
}

fn decide_formats(
    grid: &Grid,
    assigned: &[Assigned],
    evidence: &[Evidence],
    options: &ImportOptions,
    notes: &mut Vec<String>,
) -> Vec<Format> {
    let comma_elsewhere = evidence.iter().any(|e| e.comma > e.point) && evidence.iter().all(|e| e.point <= e.comma);
    let mut formats = Vec::with_capacity(evidence.len());
    for ((column, evidence), name) in assigned.iter().zip(evidence).zip(&grid.headers) {
        let mut format = evidence.decide(
            column.role,
            comma_elsewhere,
            matches!(grid.delimiter.as_str(), "," | ""),
        );
        if let Some(decimal) = options.decimal {
            format.decimal = decimal;
            format.thousands = format.thousands.filter(|separator| *separator != decimal);
            format.note = None;
        }
        if let Some(note) = format.note {
            notes.push(format!("`{name}`: {note}"));
        }
        formats.push(format);
    }
    formats
}

struct RowReader<'a> {
    grid: &'a Grid,
    assigned: &'a [Assigned],
    formats: &'a [Format],
}

impl RowReader<'_> {
    /// The row's point, and whether its N, D and C were left blank; `None` without a loss, which is reported.
    fn point(&self, row: &GridRow, skipped: &mut Vec<Skipped>) -> Option<(Point, [bool; 3])> {
        let mut point = Point {
            line: row.line,
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
            let text = row.cell(index);
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
        if !usable && problems.is_empty() {
            let column = loss_column.map_or("", |column| &self.grid.headers[column]);
            skipped.push(Skipped {
                line: row.line,
                column: column.to_owned(),
                value: loss_column.map_or("", |column| row.cell(column)).to_owned(),
                reason: "no loss in this row; expected a number such as 2.31".to_owned(),
            });
        }
        skipped.extend(problems.into_iter().map(|(index, reason)| Skipped {
            line: row.line,
            column: self.grid.headers[index].clone(),
            value: row.cell(index).to_owned(),
            reason,
        }));
        usable.then_some((point, blank))
    }
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
                let row = &grid.rows[kept[index]];
                report.skipped.push(Skipped {
                    line: row.line,
                    column: name.clone(),
                    value: row.cell(column).to_owned(),
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

/// Names the runs and points each point at its own.
fn group_runs(
    grid: &Grid,
    assigned: &[Assigned],
    kept: &[usize],
    points: &mut [Point],
    columns: &[Column],
    report: &mut ImportReport,
) -> Vec<Run> {
    let position = |role: Role| assigned.iter().position(|column| column.role == Some(role));
    let tidy = report.shape == Shape::Isoloss;
    let run_column = position(Role::Run);
    let group_column = position(Role::Group);
    // In a tidy file of several tables the source tells namesakes apart.
    let source = grid.headers.iter().position(|name| tidy && name == "source");
    let is_text = |column: usize| {
        columns
            .iter()
            .any(|c| c.name == grid.headers[column] && matches!(c.values, ColumnValues::Text(_)))
    };
    let found = if run_column.is_none() {
        curves::find(grid, assigned, is_text)
    } else {
        None
    };
    if let Some(found) = &found {
        report.notes.push(format!(
            "no run names: rows with the same {} are one run ({} runs)",
            found
                .columns
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", "),
            found.count
        ));
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut numbers: HashMap<(String, String), usize> = HashMap::new();
    for (&index, point) in kept.iter().zip(points.iter_mut()) {
        let row = &grid.rows[index];
        let name = match (run_column, &found) {
            (Some(column), _) if tidy => row.cells.get(column).unwrap_or("").to_owned(),
            (Some(column), _) => row.cell(column).to_owned(),
            (None, Some(found)) => found.names[index].clone(),
            (None, None) => String::new(),
        };
        let name = if name.is_empty() && !tidy {
            format!("row {}", row.line)
        } else {
            name
        };
        let origin = source.and_then(|column| row.cells.get(column)).unwrap_or("").to_owned();
        let next = runs.len();
        point.run = *numbers.entry((name.clone(), origin)).or_insert(next);
        if point.run == next {
            let group = group_column
                .map(|column| row.cell(column))
                .filter(|text| !text.is_empty());
            runs.push(Run {
                name,
                group: group.map(str::to_owned),
            });
        }
    }
    if !tidy {
        note_odd_runs(&runs, points, &mut report.notes);
    }
    runs
}

/// Rows of one name that can hardly be checkpoints of one run.
fn note_odd_runs(runs: &[Run], points: &[Point], notes: &mut Vec<String>) {
    let mut first: Vec<Option<&Point>> = vec![None; runs.len()];
    let (mut sizes, mut repeats) = (vec![false; runs.len()], vec![false; runs.len()]);
    for point in points {
        let Some(earlier) = first[point.run] else {
            first[point.run] = Some(point);
            continue;
        };
        sizes[point.run] |= earlier.model_size() != point.model_size();
        repeats[point.run] |= point.step.is_none() && earlier.tokens.is_some() && earlier.tokens == point.tokens;
    }
    let tell = |flags: &[bool], what: &str| {
        let count = flags.iter().filter(|flag| **flag).count();
        flags.iter().position(|flag| *flag).map(|run| {
            let rest = if count > 1 {
                format!(" and {} more", count - 1)
            } else {
                String::new()
            };
            format!("`{}`{rest}: {what}", runs[run].name)
        })
    };
    notes.extend(tell(&sizes, "rows of one run name differ in model size"));
    notes.extend(tell(
        &repeats,
        "rows of one run name have the same tokens; repeats of a run need names of their own",
    ));
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
                let text = grid.rows[row].cell(index);
                let mut cell = read(text, formats[index].decimal, quantity);
                if matches!(cell, Cell::Bad(_)) && quantity != Quantity::of(role) {
                    cell = read(text, formats[index].decimal, Quantity::of(role));
                }
                let value = match cell {
                    Cell::Number(value) | Cell::WithUnit(value) => Some(value),
                    Cell::Missing | Cell::NotFinite => None,
                    // A role's unreadable cells are in the report already.
                    Cell::Bad(_) if role.is_some_and(|role| role != Role::Ignore) => None,
                    Cell::Bad(_) => return false,
                };
                any |= value.is_some();
                numbers.push(value);
                true
            })
            && any;
        let values = if numeric {
            ColumnValues::Numbers(numbers)
        } else {
            let text = |row: &usize| {
                let cell = &grid.rows[*row];
                // Tidy files are read back to the letter.
                let raw = if shape == Shape::Isoloss {
                    cell.cells.get(index).unwrap_or("")
                } else {
                    cell.cell(index)
                };
                raw.to_owned()
            };
            ColumnValues::Text(kept.iter().map(text).collect())
        };
        columns.push(Column {
            name: name.clone(),
            values,
        });
    }
    columns
}
