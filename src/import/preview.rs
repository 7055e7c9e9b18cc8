//! Cells for people to look at: the first rows of a file, and the rows around what was not used.
//!
//! Limits: two hundred rows from the top, two to either side of the first thousand lines with something unused, and never
//! more than a hundred thousand cells of 120 characters, so that a preview stays small beside any file.

use super::Skipped;
use super::grid::Grid;
use crate::data::Lines;
use std::collections::HashSet;

/// Rows from the top.
const FIRST: usize = 200;
/// Rows to either side of one that was not used.
const AROUND: usize = 2;
/// Lines with something unused whose rows are kept.
const LINES: usize = 1000;
/// Cells in all.
const CELLS: usize = 100_000;
/// Characters of a cell.
const LENGTH: usize = 120;

/// Some rows of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preview {
    /// Names of the columns.
    pub headers: Vec<String>,
    /// Rows in the order of their lines.
    pub rows: Vec<PreviewRow>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRow {
    /// Physical line, 1-based.
    pub line: u64,
    /// Cells, shortened; the text of the whole row where it could not be arranged.
    pub cells: Vec<String>,
    /// Its cells stand under the headers.
    pub arranged: bool,
    /// Rows between this one and the one before are left out.
    pub gap: bool,
}

impl Preview {
    /// The first rows of a grid.
    pub(super) fn of(grid: &Grid) -> Self {
        let fit = CELLS / 2 / grid.headers.len().max(1);
        let rows = (0..grid.len().min(FIRST).min(fit.max(10)))
            .map(|row| taken(grid, row, false))
            .collect();
        Self {
            headers: grid.headers.clone(),
            rows,
        }
    }

    /// Adds the rows around what was not used.
    pub(super) fn add_around(&mut self, grid: &Grid, skipped: &[Skipped]) {
        if skipped.is_empty() {
            return;
        }
        let mut wanted: Vec<u64> = skipped.iter().map(|skipped| skipped.line).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.truncate(LINES);
        let shown: HashSet<u64> = self.rows.iter().map(|row| row.line).collect();
        let near = rows_near(grid, &wanted);
        let mut found = shown.clone();
        let mut room = CELLS.saturating_sub(self.rows.len() * grid.headers.len());
        let mut before = None;
        for row in near {
            let line = grid.line(row);
            found.insert(line);
            if shown.contains(&line) {
                continue;
            }
            let Some(rest) = room.checked_sub(grid.headers.len()) else {
                break;
            };
            room = rest;
            let follows = row > 0 && (before == Some(row - 1) || shown.contains(&grid.line(row - 1)));
            self.rows.push(taken(grid, row, !follows));
            before = Some(row);
        }
        // Rows that no layout could arrange are in no grid.
        let mut last = 0;
        for row in skipped.iter().filter(|row| row.column.is_empty()) {
            if row.line != last && wanted.binary_search(&row.line).is_ok() && !found.contains(&row.line) {
                last = row.line;
                self.rows.push(PreviewRow {
                    line: row.line,
                    cells: vec![shortened(&row.value)],
                    arranged: false,
                    gap: false,
                });
            }
        }
        self.rows.sort_by_key(|row| row.line);
    }
}

/// Rows on and beside some lines, in order.
fn rows_near(grid: &Grid, wanted: &[u64]) -> Vec<usize> {
    let lines = grid.rows().lines();
    if let Some(near) = lines.rise().then(|| near_rising(&lines, grid.len(), wanted)) {
        return near;
    }
    let mut near = Vec::new();
    let mut before = 0;
    for row in 0..grid.len() {
        let line = lines.get(row);
        // Most rows are far from any.
        if wanted.get(before).is_none_or(|next| line < *next) && (before == 0 || wanted[before - 1] < line) {
            continue;
        }
        let upto = wanted.partition_point(|wanted| *wanted <= line);
        // On a wanted line, or past one that has no row here.
        let on = upto > 0 && wanted[upto - 1] == line;
        let past = upto > before && line > 0;
        before = upto;
        if on || past {
            near.extend(row.saturating_sub(AROUND)..(row + AROUND + 1).min(grid.len()));
        }
    }
    if let (Some(last), true) = (grid.len().checked_sub(1), before < wanted.len()) {
        near.extend(last.saturating_sub(AROUND - 1)..=last);
    }
    near.sort_unstable();
    near.dedup();
    near
}

/// The same where lines only rise, without a look at every row.
fn near_rising(lines: &Lines, rows: usize, wanted: &[u64]) -> Vec<usize> {
    let mut near = Vec::new();
    let around = |row: usize| row.saturating_sub(AROUND)..(row + AROUND + 1).min(rows);
    for line in wanted {
        // The row on the line, or the first past it; the last rows where there is none.
        match lines.first_at_least(*line) {
            Some(row) => near.extend(around(row)),
            None if rows > 0 => near.extend((rows - 1).saturating_sub(AROUND - 1)..rows),
            None => {}
        }
    }
    near.sort_unstable();
    near.dedup();
    near
}

fn taken(grid: &Grid, row: usize, gap: bool) -> PreviewRow {
    PreviewRow {
        line: grid.line(row),
        cells: (0..grid.headers.len())
            .map(|column| shortened(grid.cell(row, column)))
            .collect(),
        arranged: true,
        gap,
    }
}

/// A cell on one line.
fn shortened(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(LENGTH)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rows: u64) -> Grid {
        let mut grid = Grid::default();
        grid.set_headers(["a", "b"].into_iter());
        for row in 0..rows {
            let cell = format!("{row}");
            grid.push(row + 2, [cell.as_str(), "x"]);
        }
        grid
    }

    fn skipped(line: u64, column: &str) -> Skipped {
        Skipped {
            line,
            column: column.to_owned(),
            value: "1,2,3".to_owned(),
            reason: "3 fields where the header has 2".to_owned(),
        }
    }

    #[test]
    fn the_top_and_what_surrounds_the_unused() {
        let grid = numbers(1000);
        let mut preview = Preview::of(&grid);
        preview.add_around(&grid, &[skipped(3, "a"), skipped(500, "b"), skipped(501, "a")]);
        let lines: Vec<u64> = preview.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines[..3], [2, 3, 4]);
        assert_eq!(lines[200..], [498, 499, 500, 501, 502, 503]);
        let gaps: Vec<u64> = preview.rows.iter().filter(|row| row.gap).map(|row| row.line).collect();
        assert_eq!(gaps, [498]);
    }

    #[test]
    fn a_row_that_fits_nowhere_stands_between_its_neighbours() {
        let mut grid = numbers(300);
        grid.push(400, ["z", "z"]);
        let mut preview = Preview::of(&grid);
        preview.add_around(&grid, &[skipped(350, ""), skipped(990, "")]);
        let tail: Vec<(u64, bool)> = preview.rows[200..].iter().map(|row| (row.line, row.arranged)).collect();
        assert_eq!(
            tail,
            [(300, true), (301, true), (350, false), (400, true), (990, false)]
        );
        assert_eq!(preview.rows[202].cells, ["1,2,3"]);
    }

    #[test]
    fn a_preview_is_small() {
        let mut grid = Grid::default();
        let names: Vec<String> = (0..3000).map(|index| format!("c{index}")).collect();
        grid.set_headers(names.iter().map(String::as_str));
        let long = "é".repeat(1000);
        for row in 0..100 {
            grid.push(row + 2, (0..3000).map(|_| long.as_str()));
        }
        let preview = Preview::of(&grid);
        let cells: usize = preview.rows.iter().map(|row| row.cells.len()).sum();
        assert!(cells <= CELLS, "{cells}");
        assert_eq!(preview.rows[0].cells[0].chars().count(), LENGTH + 1);
    }
}
