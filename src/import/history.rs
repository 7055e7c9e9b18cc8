//! Records of training to one row a step.
//!
//! Trainers write train losses, evaluations and settings of one step as separate records, and a restarted job goes back to
//! its last checkpoint and writes the steps after it a second time. Records of one run and step become one row, a later
//! cell over an earlier one. Where the step goes back, the records from there on are superseded: the later ones win, and
//! the seam is told. A step that goes back to the run's very first is another training in the same file.
//!
//! Time and memory: one pass in parallel and no copy where every run's steps only rise, which is the usual case.

use super::cells::Block;
use super::grid::Grid;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// What became of the rows.
pub(super) struct Merged {
    pub(super) grid: Grid,
    /// For each row which training of its run it belongs to; empty where every run is one training.
    pub(super) trainings: Vec<usize>,
    /// Where restarts join on.
    pub(super) seams: Vec<Seam>,
}

impl Merged {
    /// Nothing was to be joined.
    pub(super) fn unchanged(grid: Grid) -> Self {
        Self {
            grid,
            trainings: Vec::new(),
            seams: Vec::new(),
        }
    }
}

/// Where a restart joins on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seam {
    /// As the grid names it.
    pub(super) run: String,
    /// Which training of that run.
    pub(super) training: usize,
    /// The first step after the restart.
    pub(super) step: f64,
}

/// The rows of one training, as they come.
#[derive(Default)]
struct Progress {
    /// Kept rows by step: the step, and the records that make it.
    rows: Vec<(f64, Vec<usize>)>,
    /// Records without a step.
    loose: Vec<usize>,
}

/// Joins the records of each run and step. `run` is the column of run names; `number` reads the step (or
/// epoch) of a row, and `known` is what the survey knows of both. Tells whether anything was joined.
pub(super) fn merge(
    grid: Grid,
    run: Option<usize>,
    known: Option<Known<'_>>,
    number: impl Fn(&Grid, usize) -> Option<f64> + Sync,
    notes: &mut Vec<String>,
) -> (Merged, bool) {
    let in_order = match known {
        Some(known) => known.is_in_order(&grid, run),
        None => is_in_order(&grid, run, &number),
    };
    if in_order {
        return (Merged::unchanged(grid), false);
    }
    let mut order: Vec<(&str, usize)> = Vec::new();
    let mut progress: HashMap<(&str, usize), Progress> = HashMap::new();
    let mut latest: HashMap<&str, usize> = HashMap::new();
    let mut seams: Vec<Seam> = Vec::new();
    let mut superseded = 0;
    let (mut first_seam, mut again) = (None, None);
    for row in 0..grid.len() {
        let name = run.map_or("", |column| grid.cell(row, column));
        let training = latest.entry(name).or_insert(0);
        let step = number(&grid, row);
        let known = progress.get(&(name, *training));
        // The same first step twice is one record in two lines; after others it is a new beginning.
        if let (Some(step), Some(known)) = (step, known)
            && known.rows.len() > 1
            && known.rows.first().is_some_and(|(first, _)| step <= *first)
        {
            *training += 1;
            again.get_or_insert(grid.line(row));
        }
        let key = (name, *training);
        let rows = progress.entry(key).or_insert_with(|| {
            order.push(key);
            Progress::default()
        });
        let Some(step) = step else {
            rows.loose.push(row);
            continue;
        };
        let rows = &mut rows.rows;
        let place = rows.partition_point(|(known, _)| *known < step);
        let here = rows.get(place).is_some_and(|(known, _)| *known == step);
        let later = rows.len() - place - usize::from(here);
        if later > 0 {
            superseded += later + usize::from(here);
            first_seam.get_or_insert((grid.line(row), rows[rows.len() - 1].0, step));
            seams.push(Seam {
                run: name.to_owned(),
                training: key.1,
                step,
            });
            rows.truncate(place);
        }
        match rows.get_mut(place) {
            Some((_, records)) => records.push(row),
            None => rows.push((step, vec![row])),
        }
    }
    if let Some((line, from, to)) = first_seam {
        notes.push(format!(
            "the step goes back {} (line {line}: from {from} to {to}), as after a restart: the later records win, {superseded} earlier {} left out",
            times(seams.len()),
            if superseded == 1 { "step is" } else { "steps are" },
        ));
    }
    if let Some(line) = again {
        notes.push(format!(
            "the steps start again (line {line}): read as another training, named with (2) and so on"
        ));
    }
    let mut merged = grid.like();
    let mut trainings = Vec::new();
    for key in order {
        let Some(Progress { rows, loose }) = progress.remove(&key) else {
            continue;
        };
        let loose = loose.into_iter().map(|row| vec![row]);
        for records in rows.into_iter().map(|(_, records)| records).chain(loose) {
            let cells = (0..grid.headers.len()).map(|column| {
                let mut cells = records.iter().rev().map(|&row| grid.raw(row, column));
                cells.find(|cell| !cell.trim().is_empty()).unwrap_or("")
            });
            merged.push(grid.line(records[0]), cells);
            trainings.push(key.1);
        }
    }
    if again.is_none() {
        trainings.clear();
    }
    let merged = Merged {
        grid: merged,
        trainings,
        seams,
    };
    (merged, true)
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// Rows of one run that follow one another, with their first and last step.
struct Stretch<'a> {
    run: &'a str,
    first: f64,
    last: f64,
}

/// What is known of runs and steps without looking at cells again.
pub(super) struct Known<'a> {
    /// The rows at which another name of a run begins.
    pub(super) starts: &'a [usize],
    /// The step of every row; NaN where there is none.
    pub(super) steps: &'a [f64],
}

impl Known<'_> {
    /// As [`is_in_order`].
    fn is_in_order(&self, grid: &Grid, run: Option<usize>) -> bool {
        let ends = self.starts[1..].iter().copied().chain([self.steps.len()]);
        let stretches: Vec<(usize, usize)> = self.starts.iter().copied().zip(ends).collect();
        let rises = |(start, end): &(usize, usize)| {
            let steps = &self.steps[*start..*end];
            // Also false where one of them is NaN.
            !steps[0].is_nan() && steps.windows(2).fold(true, |rises, pair| rises & (pair[0] < pair[1]))
        };
        stretches.par_iter().all(rises)
            && follow(stretches.into_iter().map(|(start, end)| Stretch {
                run: run.map_or("", |column| grid.cell(start, column)),
                first: self.steps[start],
                last: self.steps[end - 1],
            }))
    }
}

/// Whether every run's rows stand together and its steps only rise: then nothing is to be joined.
fn is_in_order(grid: &Grid, run: Option<usize>, number: &(impl Fn(&Grid, usize) -> Option<f64> + Sync)) -> bool {
    // A block that is out of order ends the search.
    let blocks = grid.rows().blocks().par_iter();
    let found: Option<Vec<Vec<Stretch<'_>>>> = blocks.map(|block| stretches(grid, block, run, number)).collect();
    found.is_some_and(|found| follow(found.into_iter().flatten()))
}

/// Whether stretches of one run follow one another, and rise.
fn follow<'a>(mut stretches: impl Iterator<Item = Stretch<'a>>) -> bool {
    let mut seen = HashSet::new();
    let mut current: Option<Stretch<'_>> = None;
    stretches.all(|stretch| {
        let rises = match &current {
            Some(known) if known.run == stretch.run => stretch.first > known.last,
            _ => seen.insert(stretch.run),
        };
        current = Some(stretch);
        rises
    })
}

/// The stretches of a block; `None` where a step is missing or does not rise.
fn stretches<'a>(
    grid: &'a Grid,
    block: &'a Block,
    run: Option<usize>,
    number: &impl Fn(&Grid, usize) -> Option<f64>,
) -> Option<Vec<Stretch<'a>>> {
    let mut stretches: Vec<Stretch<'a>> = Vec::new();
    let mut above = "";
    for row in 0..block.len() {
        let cell = run.and_then(|column| block.fields(row, grid.rows().source()).get_like(column, above));
        let same = cell == Some(above);
        above = cell.unwrap_or("");
        let (name, step) = (above.trim(), number(grid, block.first + row)?);
        match stretches.last_mut().filter(|stretch| same || stretch.run == name) {
            Some(stretch) if step > stretch.last => stretch.last = step,
            Some(_) => return None,
            None => stretches.push(Stretch {
                run: name,
                first: step,
                last: step,
            }),
        }
    }
    Some(stretches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(rows: &[[&str; 4]]) -> (Vec<[String; 4]>, Merged, Vec<String>) {
        let mut grid = Grid::default();
        grid.set_headers(["run", "step", "train", "val"].into_iter());
        for (index, row) in rows.iter().enumerate() {
            grid.push(index as u64 + 1, *row);
        }
        let mut notes = Vec::new();
        let (merged, _) = merge(
            grid,
            Some(0),
            None,
            |grid, row| grid.cell(row, 1).parse().ok(),
            &mut notes,
        );
        let grid = &merged.grid;
        let rows = (0..grid.len())
            .map(|row| [0, 1, 2, 3].map(|column| grid.cell(row, column).to_owned()))
            .collect();
        (rows, merged, notes)
    }

    #[test]
    fn records_of_a_step_become_one_row() {
        let (rows, merged, notes) = merged(&[
            ["a", "10", "4.1", ""],
            ["b", "10", "5.1", ""],
            ["a", "10", "", "4.3"],
            ["a", "20", "3.9", ""],
            ["a", "20", "3.8", ""],
            ["b", "20", "4.9", "5.0"],
        ]);
        assert_eq!(
            rows,
            [
                ["a", "10", "4.1", "4.3"],
                ["a", "20", "3.8", ""],
                ["b", "10", "5.1", ""],
                ["b", "20", "4.9", "5.0"]
            ]
        );
        assert_eq!((merged.seams.len(), merged.trainings.len(), notes.len()), (0, 0, 0));
    }

    #[test]
    fn after_a_restart_the_later_records_win() {
        let (rows, merged, notes) = merged(&[
            ["a", "10", "4", ""],
            ["a", "20", "3", ""],
            ["a", "30", "2", "2.5"],
            ["a", "25", "2.9", ""],
            ["a", "35", "2.2", ""],
        ]);
        let steps: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
        assert_eq!(steps, ["10", "20", "25", "35"]);
        assert_eq!((merged.seams.len(), merged.seams[0].step), (1, 25.0));
        assert_eq!(
            notes,
            [
                "the step goes back once (line 4: from 30 to 25), as after a restart: the later records win, 1 earlier step is left out"
            ]
        );
    }

    #[test]
    fn steps_that_start_again_are_another_training() {
        let (rows, merged, notes) = merged(&[
            ["", "0", "4", ""],
            ["", "10", "3", ""],
            ["", "0", "5", ""],
            ["", "10", "3.5", ""],
        ]);
        assert_eq!(rows.len(), 4);
        assert_eq!(merged.trainings, [0, 0, 1, 1]);
        assert!(notes[0].starts_with("the steps start again (line 3)"), "{notes:?}");
    }
}
