//! Points to runs.
//!
//! Rows that share a run name are checkpoints of one run; without a run column each row is a run of its own, unless the
//! table plainly holds curves (see [`super::curves`]).

use super::grid::Grid;
use super::history::Seam;
use super::roles::Assigned;
use super::rows::Kept;
use super::{ImportReport, Shape, curves};
use crate::data::{Column, Draft, Role, Run};
use rayon::prelude::*;
use std::collections::HashMap;

/// Names the runs and points each point at its own.
/// `trainings` tells the trainings of one name apart, where a name has several.
pub(super) fn group_runs(
    grid: &Grid,
    trainings: &[usize],
    assigned: &[Assigned],
    kept: &Kept,
    points: &mut Draft,
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
            .any(|c| c.name == grid.headers[column] && !c.is_numeric())
    };
    let found = if run_column.is_none() && grid.run.is_none() {
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
    // JSON may put a whole table on one line; its rows are told apart by their place in the file.
    let lines_tell = points.lines().differ();
    let mut runs: Vec<Run> = Vec::new();
    let mut run_of: Vec<u32> = Vec::with_capacity(points.len());
    let mut numbers: HashMap<(String, String, Option<usize>), u32> = HashMap::new();
    // Rows of one run mostly stand together.
    let is_text = |column: Option<usize>| column.is_none_or(|column| !columns[column].is_numeric());
    let texts_tell = found.is_none() && is_text(run_column) && is_text(source);
    let mut before = None;
    // Where names are all that tells runs apart, only points with another name than the one before need a look.
    let alone = texts_tell && source.is_none() && trainings.is_empty() && run_column.is_some();
    let changes = run_column.filter(|_| alone).map(|column| changes(&columns[column]));
    let mut changes = changes.map(|changes| changes.into_iter().peekable());
    let mut point = 0;
    while point < kept.len() {
        let row = kept.row(point);
        let at = point;
        point += 1;
        let training = trainings.get(row).copied().unwrap_or(0);
        let text_of = |column: Option<usize>| column.map(|column| columns[column].text_number(at));
        let here = (text_of(run_column), text_of(source), training);
        if let Some((known, run)) = before
            && known == here
            && texts_tell
        {
            run_of.push(run);
            continue;
        }
        let name = match (run_column, &found) {
            (Some(column), _) if tidy => grid.raw(row, column),
            (Some(column), _) => grid.cell(row, column),
            (None, Some(found)) => &found.names[row],
            (None, None) => grid.run.as_deref().unwrap_or(""),
        };
        let nameless = name.is_empty() && !tidy;
        let name = match (nameless, lines_tell) {
            (false, _) => name_of(name, training),
            (true, true) => format!("row {}", grid.line(row)),
            (true, false) => format!("record {}", row + 1),
        };
        let origin = source.map_or("", |column| grid.raw(row, column)).to_owned();
        let next = u32::try_from(runs.len()).expect("four billion runs do not fit into memory");
        let own = nameless.then_some(row);
        let run = *numbers.entry((name.clone(), origin, own)).or_insert(next);
        before = (!nameless).then_some((here, run));
        run_of.push(run);
        if let (Some(changes), false) = (&mut changes, nameless) {
            while changes.next_if(|change| *change <= at).is_some() {}
            point = changes.peek().copied().unwrap_or(kept.len());
            run_of.extend(std::iter::repeat_n(run, point - at - 1));
        }
        if run == next {
            let group = group_column
                .map(|column| grid.cell(row, column))
                .filter(|text| !text.is_empty());
            runs.push(Run {
                name,
                group: group.map(str::to_owned),
                ..Run::default()
            });
        }
    }
    points.set_runs(run_of);
    if !tidy {
        note_odd_runs(&runs, points, &mut report.notes);
    }
    runs
}

/// How many points are looked at in one go, where several threads look.
const PIECE: usize = 1 << 16;

/// The points whose text in a column is another than that of the point before, in order.
fn changes(column: &Column) -> Vec<usize> {
    let pieces = (0..column.len()).into_par_iter().step_by(PIECE);
    let begins = |from: usize| from == 0 || column.text_number(from - 1) != column.text_number(from);
    pieces
        .flat_map_iter(|from| {
            let found = column.text_changes(from, PIECE.min(column.len() - from));
            found.into_iter().filter(move |at| *at != from || begins(from))
        })
        .collect()
}

/// Tells runs where their restarts joined on.
pub(super) fn mark_seams(grid: &Grid, runs: &mut [Run], seams: &[Seam]) {
    for seam in seams {
        let name = match seam.run.as_str() {
            "" => grid.run.as_deref().unwrap_or(""),
            name => name,
        };
        let name = name_of(name, seam.training);
        if let Some(run) = runs.iter_mut().find(|run| run.name == name) {
            run.seams.push(seam.step);
        }
    }
}

/// Later trainings of one name are told apart by a number.
fn name_of(run: &str, training: usize) -> String {
    match training {
        0 => run.to_owned(),
        training => format!("{run} ({})", training + 1),
    }
}

/// A run keeps its size: what one of its rows tells holds for the others, except for those that could not be read.
pub(super) fn keep_sizes(points: &mut Draft, unreadable: &[usize], runs: usize, notes: &mut Vec<String>) {
    for role in [Role::Params, Role::ParamsNonEmbedding] {
        let Some(mut sizes) = points.quantity(role).cloned() else {
            continue;
        };
        if sizes.iter().all(|size| size.is_some()) {
            continue;
        }
        let mut known: Vec<Option<f64>> = vec![None; runs];
        let mut differs = vec![false; runs];
        for (point, size) in sizes.iter().enumerate() {
            let run = points.run(point);
            if let Some(size) = size {
                differs[run] |= known[run].is_some_and(|before| before != size);
                known[run] = Some(size);
            }
        }
        let mut filled = 0;
        let blank = |point: &usize| sizes.get(*point).is_none() && unreadable.binary_search(point).is_err();
        let blanks: Vec<usize> = (0..points.len()).filter(blank).collect();
        for point in blanks {
            let run = points.run(point);
            if let Some(size) = known[run].filter(|_| !differs[run]) {
                sizes.kept_mut()[point] = size;
                filled += 1;
            }
        }
        if filled > 0 {
            points.set_quantity(role, Some(sizes));
            notes.push(format!(
                "{} of {filled} points taken from other rows of the same run",
                role.name()
            ));
        }
    }
}

/// Rows of one name that can hardly be checkpoints of one run.
fn note_odd_runs(runs: &[Run], points: &Draft, notes: &mut Vec<String>) {
    let quantity = |role: Role| {
        let numbers = points.quantity(role);
        move |point: usize| numbers.and_then(|numbers| numbers.get(point))
    };
    let [total, rest, tokens, step] = [Role::Params, Role::ParamsNonEmbedding, Role::Tokens, Role::Step].map(quantity);
    let size = |point: usize| total(point).or_else(|| rest(point));
    let mut first: Vec<Option<(Option<f64>, Option<f64>)>> = vec![None; runs.len()];
    let (mut sizes, mut repeats) = (vec![false; runs.len()], vec![false; runs.len()]);
    for point in 0..points.len() {
        let run = points.run(point);
        let Some((first_size, first_tokens)) = first[run] else {
            first[run] = Some((size(point), tokens(point)));
            continue;
        };
        sizes[run] |= first_size != size(point);
        repeats[run] |= step(point).is_none() && first_tokens.is_some() && first_tokens == tokens(point);
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
