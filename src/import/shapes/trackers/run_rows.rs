//! Tables of a tracker with one run a row: their names, blanks and states.
//!
//! Trackers let two runs have one name; elsewhere rows of one name are checkpoints of one run. So later namesakes get a
//! number, visibly. A run that failed or crashed may be the very data that is wanted: states are told, never acted upon.

use crate::import::grid::Grid;
use crate::import::numbers::is_missing;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Gives every row a name of its own in `column`: that of `instead` where it has none, and a number where it is taken.
pub(in crate::import::shapes) fn name_rows(mut grid: Grid, column: usize, instead: Option<usize>) -> Grid {
    let mut taken: HashSet<String> = HashSet::new();
    let mut namesakes: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::with_capacity(grid.len());
    let mut first = None;
    for row in 0..grid.len() {
        let name = match (grid.cell(row, column), instead) {
            (name, Some(instead)) if is_missing(name) => grid.cell(row, instead),
            (name, _) => name,
        };
        let mut unique = name.to_owned();
        while !name.is_empty() && taken.contains(&unique) {
            let count = namesakes.entry(name.to_owned()).or_insert(1);
            *count += 1;
            unique = format!("{name} ({count})");
        }
        if unique != name {
            first.get_or_insert_with(|| name.to_owned());
        }
        taken.insert(unique.clone());
        names.push(unique);
    }
    if let Some(first) = first {
        let (more, are) = match namesakes.len() - 1 {
            0 => (String::new(), "is"),
            more => (format!(" and {more} more"), "are"),
        };
        grid.notes.push(format!(
            "`{first}`{more} {are} the name of several rows: each row is a run, the later ones are called `{first} (2)` and so on"
        ));
    }
    replace(grid, |row, at, _| (at == column).then(|| names[row].as_str()))
}

/// Empties the cells of a column that only hold a dash.
pub(in crate::import::shapes) fn blank_dashes(grid: Grid, column: usize) -> Grid {
    if (0..grid.len()).all(|row| grid.cell(row, column) != "-") {
        return grid;
    }
    replace(grid, |_, at, cell| (at == column && cell.trim() == "-").then_some(""))
}

/// The same grid with other text in the cells for which `instead` has any.
fn replace<'a>(mut grid: Grid, instead: impl Fn(usize, usize, &str) -> Option<&'a str>) -> Grid {
    let mut replaced = grid.rearranged();
    replaced.headers = grid.headers.clone();
    replaced.known = std::mem::take(&mut grid.known);
    for row in 0..grid.len() {
        let cells = (0..grid.headers.len()).map(|column| {
            let cell = grid.raw(row, column);
            instead(row, column, cell).unwrap_or(cell)
        });
        replaced.push(grid.line(row), cells);
    }
    replaced
}

/// Tells of runs in another state than finished.
pub(in crate::import::shapes) fn tell_states(grid: &mut Grid, column: usize) {
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for row in 0..grid.len() {
        let state = grid.cell(row, column);
        if !state.is_empty() && !state.eq_ignore_ascii_case("finished") {
            *states.entry(state.to_lowercase()).or_default() += 1;
        }
    }
    let others: usize = states.values().sum();
    if others > 0 {
        let counts: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
        grid.notes.push(format!(
            "`{}`: {others} of {} runs are not finished ({}); all are kept",
            grid.headers[column],
            grid.len(),
            counts.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 3]]) -> Grid {
        let mut grid = Grid::delimited(',');
        grid.set_headers(["Name", "ID", "State"].into_iter());
        for (index, row) in rows.iter().enumerate() {
            grid.push(index as u64 + 2, *row);
        }
        grid
    }

    #[test]
    fn namesakes_get_numbers() {
        let grid = table(&[
            ["a", "1", ""],
            ["a", "2", ""],
            ["a (2)", "3", ""],
            ["", "4", ""],
            ["a", "5", ""],
        ]);
        let grid = name_rows(grid, 0, Some(1));
        let names: Vec<&str> = (0..5).map(|row| grid.cell(row, 0)).collect();
        assert_eq!(names, ["a", "a (2)", "a (2) (2)", "4", "a (3)"]);
        assert_eq!((grid.notes.len(), grid.line(4)), (1, 6));
    }

    #[test]
    fn states_and_dashes() {
        let mut grid = table(&[["a", "-", "finished"], ["b", "-1", "failed"], ["c", "x", "Crashed"]]);
        tell_states(&mut grid, 2);
        assert_eq!(
            grid.notes,
            ["`State`: 2 of 3 runs are not finished (1 crashed, 1 failed); all are kept"]
        );
        let grid = blank_dashes(grid, 1);
        assert_eq!((grid.cell(0, 1), grid.cell(1, 1), grid.notes.len()), ("", "-1", 1));
    }
}
