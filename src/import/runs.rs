//! Points to runs.
//!
//! Rows that share a run name are checkpoints of one run; without a run column each row is a run of its own, unless the
//! table plainly holds curves (see [`super::curves`]).

use super::grid::Grid;
use super::roles::Assigned;
use super::{ImportReport, Shape, curves};
use crate::data::{Column, Point, Role, Run};
use std::collections::HashMap;

/// Names the runs and points each point at its own.
pub(super) fn group_runs(
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
    let lines_tell = kept.windows(2).all(|pair| grid.line(pair[0]) != grid.line(pair[1]));
    let mut runs: Vec<Run> = Vec::new();
    let mut numbers: HashMap<(String, String, Option<usize>), usize> = HashMap::new();
    for (&index, point) in kept.iter().zip(points.iter_mut()) {
        let name = match (run_column, &found) {
            (Some(column), _) if tidy => grid.raw(index, column).to_owned(),
            (Some(column), _) => grid.cell(index, column).to_owned(),
            (None, Some(found)) => found.names[index].clone(),
            (None, None) => grid.run.clone().unwrap_or_default(),
        };
        let nameless = name.is_empty() && !tidy;
        let name = match (nameless, lines_tell) {
            (false, _) => name,
            (true, true) => format!("row {}", grid.line(index)),
            (true, false) => format!("record {}", index + 1),
        };
        let origin = source.map_or("", |column| grid.raw(index, column)).to_owned();
        let next = runs.len();
        let own = nameless.then_some(index);
        point.run = *numbers.entry((name.clone(), origin, own)).or_insert(next);
        if point.run == next {
            let group = group_column
                .map(|column| grid.cell(index, column))
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
