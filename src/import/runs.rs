//! Points to runs.
//!
//! Rows that share a run name are checkpoints of one run; without a run column each row is a run of its own, unless the
//! table plainly holds curves (see [`super::curves`]).

use super::grid::Grid;
use super::history::Seam;
use super::roles::Assigned;
use super::{ImportReport, Shape, curves};
use crate::data::{Column, Point, Role, Run};
use crate::units::Params;
use std::collections::HashMap;

/// Names the runs and points each point at its own.
/// `trainings` tells the trainings of one name apart, where a name has several.
pub(super) fn group_runs(
    grid: &Grid,
    trainings: &[usize],
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
        let training = trainings.get(index).copied().unwrap_or(0);
        let name = match (nameless, lines_tell) {
            (false, _) => name_of(&name, training),
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
                ..Run::default()
            });
        }
    }
    if !tidy {
        note_odd_runs(&runs, points, &mut report.notes);
    }
    runs
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

/// A run keeps its size: what one of its rows tells holds for the others.
pub(super) fn keep_sizes(points: &mut [Point], blank: &[[bool; 3]], runs: usize, notes: &mut Vec<String>) {
    type Get = fn(&mut Point) -> &mut Option<Params>;
    let sizes: [(&str, Get); 2] = [
        ("params", |point| &mut point.params),
        ("params_non_embedding", |point| &mut point.params_non_embedding),
    ];
    for (name, get) in sizes {
        let mut known: Vec<Option<Params>> = vec![None; runs];
        let mut differs = vec![false; runs];
        for point in points.iter_mut() {
            let run = point.run;
            if let Some(size) = *get(point) {
                differs[run] |= known[run].is_some_and(|before| before != size);
                known[run] = Some(size);
            }
        }
        let mut filled = 0;
        for (point, blank) in points.iter_mut().zip(blank) {
            let run = point.run;
            if blank[0] && !differs[run] && get(point).is_none() && known[run].is_some() {
                *get(point) = known[run];
                filled += 1;
            }
        }
        if filled > 0 {
            notes.push(format!(
                "{name} of {filled} points taken from other rows of the same run"
            ));
        }
    }
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
