//! The rows of a console log while it is read.
//!
//! A row is filled cell by cell and ended. What the log states once, such as the model's size, stands in every row after
//! it. Copies of a record from other ranks are left out, and so is a record that the end of the file cuts short: it has
//! fewer values than the one before it, or fewer decimals in the last of them.

use crate::import::grid::Grid;
use crate::import::{ImportError, Skipped};
use std::collections::HashMap;

/// Names beyond these are chatter that looks like records, and would make every row wide.
const MOST_COLUMNS: usize = 512;

/// Rows while they are filled.
#[derive(Default)]
pub(in crate::import::shapes) struct Rows {
    grid: Grid,
    columns: HashMap<String, usize>,
    /// The row's cells, by column.
    cells: Vec<String>,
    /// Columns that hold something, as they were filled.
    filled: Vec<usize>,
    step: Option<u64>,
    /// Cells of every row that does not have its own.
    constants: Vec<(&'static str, String)>,
    tokens_per_step: Option<u64>,
    kinds: Vec<Kind>,
    rank: Option<u64>,
    /// The line that the file ends in, where that line is not ended.
    cut: Option<String>,
    /// Values are printed with as many digits as fit, not with fixed decimals.
    free_digits: bool,
    others: usize,
    copies: usize,
    unnamed: usize,
}

/// Records that begin with the same name: training, validation, a benchmark.
struct Kind {
    first: usize,
    rank: Option<u64>,
    /// How many values the last one had, and the decimals of its last value.
    values: usize,
    decimals: usize,
}

impl Rows {
    /// Rows of a log whose values do not have a fixed number of decimals.
    pub(in crate::import::shapes) fn with_free_digits() -> Self {
        Self {
            free_digits: true,
            ..Self::default()
        }
    }

    /// Begins a line of a rank; `cut` is the line itself where the file ends inside it.
    pub(in crate::import::shapes) fn begin(&mut self, rank: Option<u64>, cut: Option<&str>) {
        self.rank = rank;
        self.cut = cut.map(str::to_owned);
    }

    /// Counts a line that is no record.
    pub(in crate::import::shapes) fn leave_out(&mut self) {
        self.others += 1;
    }

    /// The row's step.
    pub(in crate::import::shapes) fn set_step(&mut self, step: u64) {
        self.set("step", &step.to_string());
        self.step = Some(step);
    }

    /// A cell of the row. Thousands commas go.
    pub(in crate::import::shapes) fn set(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let column = match self.columns.get(name) {
            Some(column) => *column,
            None if self.columns.len() >= MOST_COLUMNS => {
                self.unnamed += 1;
                return;
            }
            None => {
                let column = self.grid.column_or_new(name);
                self.columns.insert(name.to_owned(), column);
                self.cells.resize(column + 1, String::new());
                column
            }
        };
        let cell = &mut self.cells[column];
        if cell.is_empty() {
            self.filled.push(column);
        }
        cell.clear();
        if value.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            value.split(',').for_each(|part| cell.push_str(part));
        } else {
            cell.push_str(value);
        }
    }

    /// Whether the row has anything but its step.
    pub(in crate::import::shapes) fn has_values(&self) -> bool {
        self.filled.len() > usize::from(self.step.is_some())
    }

    /// A cell that all rows from here on have.
    pub(in crate::import::shapes) fn set_constant(&mut self, name: &'static str, value: String) {
        self.constants.retain(|(known, _)| *known != name);
        self.constants.push((name, value));
    }

    /// How many tokens a step takes, where the log states it.
    pub(in crate::import::shapes) fn set_tokens_per_step(&mut self, tokens: u64) {
        if tokens > 0 {
            self.tokens_per_step = Some(tokens);
            self.note(format!("tokens computed as step × {tokens}, which the log states"));
        }
    }

    /// Says something once.
    pub(in crate::import::shapes) fn note(&mut self, note: String) {
        if !self.grid.notes.contains(&note) {
            self.grid.notes.push(note);
        }
    }

    /// Ends the row. `line` is where it began.
    pub(in crate::import::shapes) fn end(&mut self, line: u64) {
        let first = self.filled.get(usize::from(self.step.is_some())).copied();
        let (Some(first), Some(&last)) = (first, self.filled.last()) else {
            self.clear();
            return;
        };
        let (values, last) = (self.filled.len(), &self.cells[last]);
        let decimals = decimals(last);
        let kind = self.kinds.iter_mut().find(|kind| kind.first == first);
        if let Some(kind) = &kind
            && self.rank.is_some()
            && kind.rank.is_some()
            && kind.rank != self.rank
        {
            self.copies += 1;
            self.clear();
            return;
        }
        if self.cut.is_some() {
            let torn = last.ends_with(['.', 'e', 'E', '+', '-']);
            let shorter = kind.as_ref().is_some_and(|kind| {
                values < kind.values || values == kind.values && !self.free_digits && decimals < kind.decimals
            });
            if torn || shorter {
                self.cut_short(line);
                return;
            }
        }
        match kind {
            Some(kind) => (kind.values, kind.decimals) = (values, decimals),
            None => self.kinds.push(Kind {
                first,
                rank: self.rank,
                values,
                decimals,
            }),
        }
        self.complete();
        let width = self.filled.iter().max().map_or(0, |last| last + 1);
        self.grid.push(line, self.cells[..width].iter().map(String::as_str));
        self.grid.seen += 1;
        self.clear();
    }

    /// Adds what the log stated before.
    fn complete(&mut self) {
        let tokens = self.step.zip(self.tokens_per_step);
        if let Some(tokens) = tokens.and_then(|(step, per_step)| step.checked_mul(per_step))
            && tokens > 0
        {
            self.set("tokens", &tokens.to_string());
        }
        let constants = std::mem::take(&mut self.constants);
        for (name, value) in &constants {
            let own = self
                .columns
                .get(*name)
                .is_some_and(|column| !self.cells[*column].is_empty());
            if !own {
                self.set(name, value);
            }
        }
        self.constants = constants;
    }

    /// Reports the line that the file ends in.
    pub(in crate::import::shapes) fn cut_short(&mut self, line: u64) {
        let value = self.cut.take().unwrap_or_default();
        self.grid.skipped.push(Skipped {
            line,
            column: String::new(),
            value: value.trim().chars().take(80).collect(),
            reason: "the file ends inside this record; expected all its values".to_owned(),
        });
        self.grid.seen += 1;
        self.clear();
    }

    fn clear(&mut self) {
        for column in self.filled.drain(..) {
            self.cells[column].clear();
        }
        self.step = None;
    }

    /// The grid of one run, or the reason why there is none.
    pub(in crate::import::shapes) fn finish(mut self, run: &str, example: &str) -> Result<Grid, ImportError> {
        if self.grid.len() == 0 {
            let skipped = self.grid.skipped.first();
            return Err(ImportError::NoRuns {
                message: match skipped {
                    Some(skipped) => format!("no whole record: {}", skipped.reason),
                    None => format!("no records; expected lines such as `{example}`"),
                },
                line: skipped.map(|skipped| skipped.line),
            });
        }
        let lines = |count: usize| if count == 1 { "line" } else { "lines" };
        let mut tell = |count: usize, note: String| {
            if count > 0 {
                self.grid.notes.push(note);
            }
        };
        tell(
            self.others,
            format!("{} {} beside the records left out", self.others, lines(self.others)),
        );
        tell(
            self.copies,
            format!(
                "{} {} of other ranks left out, which repeat the first rank",
                self.copies,
                lines(self.copies)
            ),
        );
        tell(
            self.unnamed,
            format!("{} values left out: more than {MOST_COLUMNS} names", self.unnamed),
        );
        self.grid.run = Some(run.to_owned());
        self.grid.history = true;
        Ok(self.grid)
    }
}

fn decimals(number: &str) -> usize {
    number.split_once('.').map_or(0, |(_, fraction)| {
        fraction.bytes().take_while(u8::is_ascii_digit).count()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(rows: &mut Rows, line: u64, step: u64, loss: &str) {
        rows.set_step(step);
        rows.set("train_loss", loss);
        rows.end(line);
    }

    #[test]
    fn constants_and_tokens_stand_in_every_row_after_them() {
        let mut rows = Rows::default();
        row(&mut rows, 1, 0, "11.0");
        rows.set_constant("params", "124,000".to_owned());
        rows.set_tokens_per_step(512);
        row(&mut rows, 2, 0, "11.0");
        row(&mut rows, 3, 10, "1,234.5");
        let grid = rows.finish("run", "").unwrap();
        assert_eq!(grid.headers, ["step", "train_loss", "params", "tokens"]);
        assert_eq!((grid.cell(0, 2), grid.cell(1, 2), grid.cell(1, 3)), ("", "124000", ""));
        assert_eq!((grid.cell(2, 1), grid.cell(2, 3)), ("1234.5", "5120"));
        assert_eq!(grid.notes, ["tokens computed as step × 512, which the log states"]);
        assert!(grid.history && grid.run.as_deref() == Some("run"));
    }

    #[test]
    fn other_ranks_and_short_ends_are_left_out() {
        let mut rows = Rows::default();
        for (line, rank) in [(1, 0), (2, 3)] {
            rows.begin(Some(rank), None);
            row(&mut rows, line, 5, "3.25");
        }
        rows.begin(Some(0), Some("step 6 loss 3.1"));
        row(&mut rows, 3, 6, "3.1");
        let grid = rows.finish("run", "").unwrap();
        assert_eq!((grid.len(), grid.seen), (1, 2));
        assert_eq!(
            grid.notes,
            ["1 line of other ranks left out, which repeat the first rank"]
        );
        assert_eq!(
            (grid.skipped[0].line, grid.skipped[0].value.as_str()),
            (3, "step 6 loss 3.1")
        );
    }

    #[test]
    fn names_without_end_do_not_make_rows_wide() {
        let mut rows = Rows::default();
        for line in 0..2000 {
            rows.set_step(line);
            rows.set(&format!("name {line}"), "1");
            rows.end(line);
        }
        let grid = rows.finish("run", "").unwrap();
        assert_eq!(grid.headers.len(), MOST_COLUMNS);
    }
}
