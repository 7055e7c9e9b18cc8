//! Curves in a table that does not name its runs.
//!
//! A log of many evaluations without a run column still tells its curves apart: every run keeps its size, its data and
//! its settings while its tokens grow. Rows are grouped by those only when the groups look like curves (at least
//! [`EVALUATIONS`] rows each on average, no token count twice), because a grid of finished runs looks much the same with
//! fewer.

use super::grid::Grid;
use super::roles::Assigned;
use crate::data::Role;
use std::collections::{HashMap, HashSet};

/// Rows a curve has at least, on average.
const EVALUATIONS: usize = 50;

/// A name for every row: rows with the same name are one run.
pub(super) struct Curves {
    pub(super) names: Vec<String>,
    /// Headers that make the names.
    pub(super) columns: Vec<String>,
    pub(super) count: usize,
}

/// Looks for curves; `is_text` says which columns hold text.
pub(super) fn find(grid: &Grid, assigned: &[Assigned], is_text: impl Fn(usize) -> bool) -> Option<Curves> {
    let progress = assigned
        .iter()
        .position(|column| matches!(column.role, Some(Role::Tokens | Role::Step)))?;
    let mut keys: Vec<usize> = (0..grid.headers.len())
        .filter(|&column| match assigned[column].role {
            Some(Role::Params | Role::ParamsNonEmbedding | Role::UniqueTokens | Role::Epoch | Role::Group) => true,
            None => is_text(column),
            _ => false,
        })
        .collect();
    let groups = group(grid, &keys);
    let count = groups.iter().max()? + 1;
    if count < 2 || grid.len() < EVALUATIONS * count {
        return None;
    }
    let mut seen = HashSet::new();
    let distinct = groups
        .iter()
        .enumerate()
        .all(|(row, group)| seen.insert((*group, grid.cell(row, progress))));
    if !distinct {
        return None;
    }
    // The shortest columns that still tell all curves apart make the shortest names.
    let longest = |column: usize| {
        (0..grid.len())
            .map(|row| grid.cell(row, column).len())
            .max()
            .unwrap_or(0)
    };
    keys.sort_by_cached_key(|&column| longest(column));
    let mut naming = Vec::new();
    let mut told_apart = vec![0; grid.len()];
    let mut classes = 1;
    for &column in &keys {
        let refined = refine(grid, &told_apart, column);
        let now = refined.iter().max().map_or(0, |last| last + 1);
        if now > classes {
            naming.push(column);
            (told_apart, classes) = (refined, now);
        }
        if classes == count {
            break;
        }
    }
    naming.sort_unstable();
    let name = |row: usize| {
        let parts: Vec<String> = naming
            .iter()
            .map(|&column| format!("{}={}", grid.headers[column], grid.cell(row, column)))
            .collect();
        parts.join(" ")
    };
    Some(Curves {
        names: (0..grid.len()).map(name).collect(),
        columns: naming.iter().map(|&column| grid.headers[column].clone()).collect(),
        count,
    })
}

/// The number of each row's group, counted in order of appearance.
fn group(grid: &Grid, columns: &[usize]) -> Vec<usize> {
    let whole = vec![0; grid.len()];
    columns
        .iter()
        .fold(whole, |groups, &column| refine(grid, &groups, column))
}

/// Splits groups by one more column.
fn refine(grid: &Grid, groups: &[usize], column: usize) -> Vec<usize> {
    let mut numbers: HashMap<(usize, &str), usize> = HashMap::new();
    let mut previous: Option<((usize, &str), usize)> = None;
    let mut refined = Vec::with_capacity(groups.len());
    for (row, &group) in groups.iter().enumerate() {
        let key = (group, grid.cell(row, column));
        // Rows of one curve mostly stand together.
        let number = match previous {
            Some((last, number)) if last == key => number,
            _ => {
                let next = numbers.len();
                *numbers.entry(key).or_insert(next)
            }
        };
        previous = Some((key, number));
        refined.push(number);
    }
    refined
}
