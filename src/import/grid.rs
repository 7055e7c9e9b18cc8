//! Cells under headers: what every layout is read into.
//!
//! A [`Layout`] only arranges cells and says what it knows of them; what the columns mean, and runs and points, are made
//! from the [`Grid`] for all of them alike. The layouts themselves are in [`super::shapes`].

use super::cells::{Cells, Text};
use super::progress::Progress;
use super::survey::{Surveyed, survey};
use super::{ImportError, ImportOptions, Shape, Skipped};
use crate::data::Role;
use std::collections::HashMap;

/// A file as layouts see it.
pub(super) struct Source<'a> {
    /// As the user named it, folders included and separated by `/`: some tools keep run and metric only there.
    pub(super) name: String,
    /// The bytes of a file that is no text, and nothing otherwise.
    pub(super) bytes: Vec<u8>,
    /// The decoded text, without a byte-order mark; empty for a file that is no text.
    pub(super) text: Text,
    /// Told how far reading has come.
    pub(super) progress: Progress<'a>,
}

impl Source<'_> {
    /// A text of a name.
    #[cfg(test)]
    pub(super) fn of_text(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            bytes: Vec::new(),
            text: text.into(),
            progress: Progress::unwatched(),
        }
    }

    /// The file's name without folders.
    pub(super) fn file_name(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name)
    }

    /// The file's name without folders and ending.
    pub(super) fn stem(&self) -> &str {
        stem(&self.name)
    }

    /// The start of the text, up to a whole line: enough to recognise a layout by.
    pub(super) fn head(&self) -> &str {
        let mut end = self.text.len().min(SAMPLE);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        match self.text[..end].rfind('\n') {
            Some(newline) if end < self.text.len() => &self.text[..newline],
            _ => &self.text[..end],
        }
    }
}

/// How much text is looked at to recognise a layout.
const SAMPLE: usize = 1 << 16;

/// `data/sweep.v2.csv` is called `sweep.v2`.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

/// Knows one layout.
pub(super) trait Layout: Sync {
    /// Which.
    fn shape(&self) -> Shape;

    /// Whether the file has this layout, and by what, for the user: `columns with __MIN and __MAX`. The first layout that
    /// recognises a file reads it.
    fn recognises(&self, source: &Source<'_>) -> Option<&'static str>;

    /// Arranges the cells.
    fn read(&self, source: Source<'_>, options: &ImportOptions) -> Result<Grid, ImportError>;
}

/// What a layout knows of a column by itself, whatever it is called.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// Index of the column.
    pub(super) column: usize,
    /// What it is.
    pub(super) what: Meaning,
    /// How the layout knows.
    pub(super) why: &'static str,
}

/// What a layout knows of a column.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    /// Its role.
    Role(Role),
    /// A name that tells more than its header: `val_loss` for `metrics.val_loss`. It may have no role.
    Name(String),
}

/// Cells under headers.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    /// Field delimiter; empty for JSON and logs.
    pub(super) delimiter: String,
    /// One line of the header, for messages; `None` where names stand in every record.
    pub(super) header_line: Option<u64>,
    /// Column names, each once.
    pub(super) headers: Vec<String>,
    /// Sheets of a spreadsheet.
    pub(super) sheets: Vec<String>,
    /// Data rows seen, skipped ones included.
    pub(super) seen: usize,
    /// Rows that could not be arranged.
    pub(super) skipped: Vec<Skipped>,
    /// What was assumed.
    pub(super) notes: Vec<String>,
    /// Columns whose role the layout itself knows.
    pub(super) known: Vec<Known>,
    /// Every row is a checkpoint of this one run.
    pub(super) run: Option<String>,
    /// Rows are records of training as it went on: those of one run and step belong together, a later one over an earlier,
    /// and a row without a loss is no mistake.
    pub(super) history: bool,
    cells: Cells,
    /// What was found in the cells, one a column, where that was seen on the way; empty otherwise.
    surveyed: Vec<Surveyed>,
}

impl Grid {
    /// An empty one, for text with a delimiter.
    pub(super) fn delimited(delimiter: char) -> Self {
        Self {
            delimiter: delimiter.to_string(),
            ..Self::default()
        }
    }

    /// An empty one with the same columns and the same knowledge of them.
    pub(super) fn like(&self) -> Self {
        Self {
            delimiter: self.delimiter.clone(),
            header_line: self.header_line,
            headers: self.headers.clone(),
            seen: self.seen,
            known: self.known.clone(),
            run: self.run.clone(),
            history: self.history,
            ..Self::default()
        }
    }

    /// How many usable rows there are.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Adds a row; fewer cells than headers means that the last are empty.
    pub(super) fn push<'a>(&mut self, line: u64, cells: impl IntoIterator<Item = &'a str>) {
        self.cells.push(line, cells);
        self.surveyed.clear();
    }

    /// Takes rows that are cut already in the place of its own.
    pub(super) fn set_rows(&mut self, cells: Cells) {
        self.set_surveyed(cells, Vec::new());
    }

    /// The same, where what is in them is known already.
    pub(super) fn set_surveyed(&mut self, cells: Cells, surveyed: Vec<Surveyed>) {
        self.cells = cells;
        self.surveyed = surveyed;
    }

    /// What is in the columns, looked for where it is not known yet.
    pub(super) fn survey(&mut self, progress: Progress<'_>) -> Result<Vec<Surveyed>, ImportError> {
        let known = std::mem::take(&mut self.surveyed);
        match known.len() == self.headers.len() {
            true => Ok(known),
            false => survey(&self.cells, self.headers.len(), progress),
        }
    }

    /// All rows.
    pub(super) fn rows(&self) -> &Cells {
        &self.cells
    }

    /// Physical line of a row, 1-based.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.cells.line(row)
    }

    /// The cell of a row and a column, trimmed; empty where the row is shorter.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        self.raw(row, column).trim()
    }

    /// The cell as it stands in the file.
    pub(super) fn raw(&self, row: usize, column: usize) -> &str {
        self.cells.fields(row).get(column).unwrap_or("")
    }

    /// The column of a name.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header == name)
    }

    /// The column of a name, made at the end where there is none yet.
    pub(super) fn column_or_new(&mut self, name: &str) -> usize {
        self.column(name).unwrap_or_else(|| {
            self.headers.push(name.to_owned());
            self.headers.len() - 1
        })
    }

    /// Says that a column has a role, whatever it is called.
    pub(super) fn know(&mut self, column: usize, role: Role, why: &'static str) {
        self.known.push(Known {
            column,
            what: Meaning::Role(role),
            why,
        });
    }

    /// Says that a column's role is to be looked up under another name than its header.
    pub(super) fn know_as(&mut self, column: usize, name: &str, why: &'static str) {
        self.known.push(Known {
            column,
            what: Meaning::Name(name.to_owned()),
            why,
        });
    }

    /// An empty grid for the same cells in another arrangement; what was said about the file goes along.
    pub(super) fn rearranged(&mut self) -> Self {
        Self {
            delimiter: self.delimiter.clone(),
            header_line: self.header_line,
            seen: self.seen,
            skipped: std::mem::take(&mut self.skipped),
            notes: std::mem::take(&mut self.notes),
            ..Self::default()
        }
    }

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

    #[test]
    fn short_rows_have_empty_cells() {
        let mut grid = Grid::default();
        grid.push(2, ["a", " b "]);
        grid.push(3, []);
        grid.push(4, ["c"]);
        assert_eq!((grid.len(), grid.line(2)), (3, 4));
        assert_eq!((grid.cell(0, 1), grid.raw(0, 1)), ("b", " b "));
        assert_eq!((grid.cell(1, 0), grid.cell(2, 0), grid.cell(2, 1)), ("", "c", ""));
    }
}
