//! A grid of cells to a table of runs, and the report of how it was read.

use super::columns::keep_columns;
use super::compute::{self, Verdict};
use super::decimal::{Evidence, Format};
use super::grid::{Grid, stem};
use super::history::{self, Merged};
use super::logarithms;
use super::names::{self, Naming};
use super::numbers::{Cell, Quantity};
use super::progress::Progress;
use super::roles::{self, Assigned, assign};
use super::rows::{Kept, Read, RowReader};
use super::runs::{group_runs, keep_sizes, mark_seams};
use super::signs;
use super::survey::Surveyed;
use super::{ColumnReport, ImportError, ImportOptions, ImportReport, Preview, Shape, Skipped};
use crate::data::{Draft, Role, RunTable};

/// Builds the table and completes the report and the preview. `file` is the path as the user gave it.
pub(super) fn build(
    file: &str,
    mut grid: Grid,
    options: &ImportOptions,
    report: &mut ImportReport,
    preview: &mut Preview,
    progress: Progress<'_>,
) -> Result<RunTable, ImportError> {
    *preview = Preview::of(&grid);
    report.notes.append(&mut grid.notes);
    report.skipped.append(&mut grid.skipped);
    let mut surveyed = grid.survey(progress.part(0.0, 0.6))?;
    let filled: Vec<usize> = surveyed.iter().map(|column| column.filled).collect();
    let mut assigned = assign(
        &grid.headers,
        &filled,
        |column, role| is_readable(&grid, &surveyed, column, role),
        &options.columns,
        &grid.known,
        report.shape,
        &mut report.notes,
    )?;
    let formats = decide_formats(&grid, &assigned, &surveyed, options, report)?;
    logarithms::settle(&grid, &mut assigned, &formats, &mut report.notes);
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
            ambiguous: format.ambiguous,
            why: column.why.clone(),
        })
        .collect();
    let role = |role: Role| assigned.iter().position(|column| column.role == Some(role));
    let has_loss = role(Role::Loss).or(role(Role::TrainLoss)).is_some();
    let losses = [Role::Loss, Role::TrainLoss].into_iter().filter_map(role);
    let blank_losses = losses.map(|column| filled[column]).sum::<usize>() == 0;
    // Our own files have every column, whether there is something in it or not.
    let joins = blank_losses && (!has_loss || report.shape == Shape::Isoloss) && serves_others(&grid, &assigned);
    if !has_loss && !joins {
        preview.add_around(&grid, &report.skipped);
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
        (mut merged, true) => {
            surveyed = merged.grid.survey(progress.part(0.6, 0.7))?;
            merged
        }
    };
    progress.at(0.7)?;
    let reader = RowReader {
        grid: &grid,
        assigned: &assigned,
        formats: &formats,
        surveyed: &surveyed,
        joins,
        ours: report.shape == Shape::Isoloss,
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
        preview.add_around(&grid, &report.skipped);
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
    if joins {
        report
            .notes
            .push("no loss in this file: its numbers are for other files that share its runs or steps".to_owned());
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
        signs::note(&grid, &assigned, &points, &mut report.notes);
        compute::fill(&mut points, &unreadable, &mut report.notes);
    }
    report.skipped.sort_by_key(|skipped| skipped.line);
    preview.add_around(&grid, &report.skipped);
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

/// Whether a table without a loss is of use beside others: it tells runs or steps apart and has sizes, and no column that
/// the user is more likely to have meant for the loss.
fn serves_others(grid: &Grid, assigned: &[Assigned]) -> bool {
    let any = |roles: &[Role]| {
        assigned
            .iter()
            .any(|column| column.role.is_some_and(|role| roles.contains(&role)))
    };
    let like_a_loss = |name: &str| {
        let name = name.to_lowercase();
        [
            "loss",
            "eval",
            "val",
            "ppl",
            "perplexity",
            "nll",
            "entropy",
            "bpb",
            "bits",
        ]
        .iter()
        .any(|word| name.contains(word))
    };
    let unread = grid
        .headers
        .iter()
        .zip(assigned)
        .filter(|(_, column)| column.role.is_none());
    (grid.run.is_some() || any(&[Role::Run, Role::Step]))
        && any(&[Role::Params, Role::ParamsNonEmbedding, Role::Tokens, Role::Flops])
        && !unread.into_iter().any(|(name, _)| like_a_loss(name))
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
    let number =
        |grid: &Grid, row: usize| match surveyed[step].read(row, || grid.cell(row, step), decimal, Quantity::Plain) {
            Cell::Number(value) | Cell::WithUnit(value) => Some(value),
            Cell::Missing | Cell::NotFinite | Cell::Bad(_) => None,
        };
    let run = role(Role::Run);
    let starts = run.and_then(|run| surveyed[run].stretches());
    let steps = surveyed[step].all_numbers(decimal);
    let known = starts.zip(steps).map(|(starts, steps)| history::Known {
        starts,
        steps: steps.kept(),
    });
    history::merge(grid, run, known, number, notes)
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
) -> Result<Vec<Format>, ImportError> {
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
    let mut chosen = vec![options.decimal; surveyed.len()];
    for (name, decimal) in &options.decimals {
        chosen[roles::find_column(&grid.headers, name)?] = Some(*decimal);
    }
    let mut formats = Vec::with_capacity(surveyed.len());
    for (column, Surveyed { evidence, .. }) in surveyed.iter().enumerate() {
        let mut format = if machine {
            Evidence::default().decide(None, false, true)
        } else {
            evidence.decide(assigned[column].role, comma_elsewhere, grid.delimiter == ",")
        };
        if let Some(decimal) = chosen[column].filter(|_| !machine) {
            format.choose(decimal);
        }
        if let Some(note) = format.note.take() {
            report.notes.push(format!("`{}`: {note}", grid.headers[column]));
        }
        formats.push(format);
    }
    Ok(formats)
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
        if numbers.find(|value| value >= least).is_some() {
            continue;
        }
        if let Some(largest) = numbers.iter().flatten().reduce(f64::max)
            && let Some(column) = assigned.iter().position(|column| column.role == Some(role))
        {
            notes.push(format!(
                "`{0}`: no value is above {largest}; are these logarithms, or in a unit that the header leaves out? `{0} (1e9)` would tell",
                grid.headers[column]
            ));
        }
    }
}
