//! Cells under headers: what every layout is read into.
//!
//! A [`Layout`] only arranges cells; what the columns mean, and runs and points, are made from the [`Grid`] for all of
//! them alike. The layouts themselves are in [`super::shapes`].

use super::{ImportError, ImportOptions, Shape, Skipped};
use csv::StringRecord;
use std::collections::HashMap;

/// Knows one layout.
pub(super) trait Layout: Sync {
    /// Which.
    fn shape(&self) -> Shape;

    /// Whether the text has this layout. The first that says yes reads it.
    fn recognises(&self, text: &str) -> bool;

    /// Arranges the text.
    fn read(&self, text: &str, options: &ImportOptions) -> Result<Grid, ImportError>;
}

/// Cells under headers.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    /// Field delimiter; empty for JSON.
    pub(super) delimiter: String,
    /// One line of the header, for messages; `None` where names stand in every record.
    pub(super) header_line: Option<u64>,
    /// Column names, each once.
    pub(super) headers: Vec<String>,
    /// Usable rows.
    pub(super) rows: Vec<GridRow>,
    /// Data rows seen, skipped ones included.
    pub(super) seen: usize,
    /// Rows that could not be arranged.
    pub(super) skipped: Vec<Skipped>,
    /// What was assumed.
    pub(super) notes: Vec<String>,
}

/// One row; fewer cells than headers means that the last are empty.
#[derive(Debug, Clone)]
pub(super) struct GridRow {
    /// Physical line, 1-based.
    pub(super) line: u64,
    /// In the order of the headers.
    pub(super) cells: StringRecord,
}

impl GridRow {
    /// The cell of a column, trimmed.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or("").trim()
    }
}

impl Grid {
    /// Takes the header, giving names to columns without one and telling namesakes apart.
    pub(super) fn set_headers<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (index, name) in names.enumerate() {
            let name = match name.trim() {
                "" => format!("column {}", index + 1),
                name => name.to_owned(),
            };
            let mut unique = name.clone();
            while seen.contains_key(&unique) {
                let count = seen.entry(name.clone()).or_insert(1);
                *count += 1;
                unique = format!("{name}_{count}");
            }
            if unique != name {
                self.notes.push(format!(
                    "column {} is a second `{name}`: it is called `{unique}` here",
                    index + 1
                ));
            }
            seen.insert(unique.clone(), 1);
            self.headers.push(unique);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_unique_and_never_empty() {
        let mut grid = Grid::default();
        grid.set_headers([" loss", "loss", "", "loss", "loss_2"].into_iter());
        assert_eq!(grid.headers, ["loss", "loss_2", "column 3", "loss_3", "loss_2_2"]);
        assert_eq!(grid.notes.len(), 3);
    }
}
