//! Tables in blocks, where a blank means "as above": a row with the size of a model, below it a row for each of its runs.
//!
//! A row heads a block when it has no loss and holds nothing but columns that may be filled: names and sizes, and columns
//! that no row with a loss ever fills. Blocks nest: a row ends those that begin at its own first column or right of it. A
//! loss is never filled, nor anything that runs have themselves here and there, such as a learning rate. A table without
//! such rows is left as it is: there a blank is a blank.

use super::roles::role_of;
use super::split::Record;
use crate::data::Role;
use std::collections::{BTreeSet, HashMap};

/// What a table's blanks mean.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Rows that only head blocks.
    heads: BTreeSet<usize>,
    /// Column and row to take its text from, by row.
    fills: HashMap<usize, Vec<(usize, usize)>>,
}

/// Whether a column holds losses, as far as its name says.
fn is_loss(name: &str, role: Option<Role>) -> bool {
    let folded = name.to_lowercase();
    matches!(role, Some(Role::Loss | Role::TrainLoss)) || folded.contains("loss") || folded.contains("ppl")
}

/// Whether what stands in a column may hold for the rows below.
fn is_identity(role: Option<Role>) -> bool {
    matches!(
        role,
        Some(Role::Run | Role::Group | Role::Params | Role::ParamsNonEmbedding)
    )
}

/// Columns that no head of a block fills, as far as the first rows of a table tell.
#[derive(Debug)]
pub(super) struct Telling {
    /// Losses, and what rows with a loss have themselves; `None` in a table without losses, which has no blocks.
    columns: Option<Vec<usize>>,
}

impl Telling {
    /// Looks at the first rows below a header.
    pub(super) fn of(rows: &[Record], headers: &[String]) -> Self {
        let roles: Vec<Option<Role>> = headers.iter().map(|name| role_of(name)).collect();
        let losses: Vec<usize> = (0..headers.len())
            .filter(|&column| is_loss(&headers[column], roles[column]))
            .collect();
        let has_loss = |row: &Record| losses.iter().any(|&column| !cell(row, column).is_empty());
        let own = |column: usize| rows.iter().any(|row| has_loss(row) && !cell(row, column).is_empty());
        let telling = |column: &usize| losses.contains(column) || !is_identity(roles[*column]) && own(*column);
        Self {
            columns: (!losses.is_empty()).then(|| (0..headers.len()).filter(telling).collect()),
        }
    }

    /// Whether a row certainly heads no block, by which of its cells are blank.
    pub(super) fn is_no_head(&self, is_blank: impl Fn(usize) -> bool) -> bool {
        let telling = self.columns.as_ref();
        telling.is_none_or(|columns| columns.iter().any(|&column| !is_blank(column)))
    }
}

impl Blocks {
    /// Looks for blocks in the rows below a header.
    pub(super) fn find(rows: &[Record], headers: &[String]) -> Self {
        let roles: Vec<Option<Role>> = headers.iter().map(|name| role_of(name)).collect();
        let is_loss = |column: usize| is_loss(&headers[column], roles[column]);
        let losses: Vec<usize> = (0..headers.len()).filter(|&column| is_loss(column)).collect();
        let has_loss = |row: &Record| losses.iter().any(|&column| !cell(row, column).is_empty());
        let with_loss = rows.iter().filter(|row| has_loss(row)).count();
        if losses.is_empty() || with_loss == 0 || with_loss == rows.len() {
            return Self::default();
        }
        let mut own = vec![false; headers.len()];
        for row in rows.iter().filter(|row| has_loss(row)) {
            for (column, own) in own.iter_mut().enumerate() {
                *own |= !cell(row, column).is_empty();
            }
        }
        let fillable: Vec<bool> = (0..headers.len())
            .map(|column| is_identity(roles[column]) || !own[column] && !is_loss(column))
            .collect();
        Self::walk(rows, &fillable, has_loss)
    }

    fn walk(rows: &[Record], fillable: &[bool], has_loss: impl Fn(&Record) -> bool) -> Self {
        let mut blocks = Self::default();
        // Heads that are open, the outer first, each with its first column.
        let mut open: Vec<(usize, usize)> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let mut filled = (0..row.cells.len()).filter(|&column| !cell(row, column).is_empty());
            let Some(first) = filled.clone().next() else { continue };
            let loss = has_loss(row);
            let head = !loss && filled.all(|column| fillable.get(column).copied().unwrap_or(false));
            if !head && !loss {
                continue;
            }
            open.retain(|(_, level)| *level < first);
            if head {
                open.push((index, first));
                continue;
            }
            let mut fills = Vec::new();
            for column in (0..fillable.len()).filter(|&column| fillable[column] && cell(row, column).is_empty()) {
                let from = open
                    .iter()
                    .rev()
                    .find(|(head, _)| !cell(&rows[*head], column).is_empty());
                if let Some((head, _)) = from {
                    fills.push((column, *head));
                    blocks.heads.insert(*head);
                }
            }
            if !fills.is_empty() {
                blocks.fills.insert(index, fills);
            }
        }
        blocks
    }

    /// Whether a row only heads a block.
    pub(super) fn is_head(&self, row: usize) -> bool {
        self.heads.contains(&row)
    }

    /// A row's cells, its blanks filled; `None` where nothing is to fill.
    pub(super) fn filled<'a>(&self, rows: &'a [Record], row: usize, width: usize) -> Option<Vec<&'a str>> {
        let fills = self.fills.get(&row)?;
        let mut cells: Vec<&str> = (0..width)
            .map(|column| rows[row].cells.get(column).unwrap_or(""))
            .collect();
        for (column, from) in fills {
            cells[*column] = cell(&rows[*from], *column);
        }
        Some(cells)
    }

    /// What was filled, in words.
    pub(super) fn note(&self, headers: &[String]) -> Option<String> {
        let mut counts = vec![0usize; headers.len()];
        for (column, _) in self.fills.values().flatten() {
            counts[*column] += 1;
        }
        let counted: Vec<String> = headers
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("`{name}` ({count} {})", if count == 1 { "cell" } else { "cells" }))
            .collect();
        let (heads, head) = match self.heads.len() {
            0 => return None,
            1 => (1, "row without a loss heads"),
            count => (count, "rows without a loss head"),
        };
        Some(format!(
            "{heads} {head} the rows below, whose blanks were filled from above: {}",
            counted.join(", ")
        ))
    }
}

fn cell(record: &Record, column: usize) -> &str {
    record.cells.get(column).unwrap_or("").trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> (Vec<String>, Vec<Record>, Blocks) {
        let mut rows: Vec<Record> = text
            .lines()
            .enumerate()
            .map(|(index, line)| Record {
                line: index as u64 + 1,
                cells: line.split(',').collect(),
            })
            .collect();
        let headers: Vec<String> = rows.remove(0).cells.iter().map(str::to_owned).collect();
        let blocks = Blocks::find(&rows, &headers);
        (headers, rows, blocks)
    }

    #[test]
    fn blocks_nest_and_end() {
        let (headers, rows, blocks) = find(
            "size,steps planned,lr,D,loss\n12M,,,,\n,200,,,\n,,1e-3,5B,3.1\n,250,,,\n,,2e-3,6B,3.0\n25M,,,,\n,,1e-3,7B,2.9\n",
        );
        assert_eq!(blocks.filled(&rows, 2, 5).unwrap(), ["12M", "200", "1e-3", "5B", "3.1"]);
        assert_eq!(blocks.filled(&rows, 4, 5).unwrap(), ["12M", "250", "2e-3", "6B", "3.0"]);
        // The next size begins without the steps of the one before.
        assert_eq!(blocks.filled(&rows, 6, 5).unwrap(), ["25M", "", "1e-3", "7B", "2.9"]);
        assert_eq!(
            blocks.note(&headers).unwrap(),
            "4 rows without a loss head the rows below, whose blanks were filled from above: `size` (3 cells), `steps planned` (2 cells)"
        );
    }

    #[test]
    fn what_runs_have_themselves_is_never_filled() {
        // A run that has not ended is no head: it has a token count, as the others do.
        let (headers, rows, blocks) = find("run,N,D,lr,loss\na,1B,5B,1e-3,\nb,,6B,,3.0\nc,2B,7B,1e-3,2.9\n");
        assert_eq!((blocks.filled(&rows, 1, 5), blocks.note(&headers)), (None, None));
        // One that has only a name is a sibling of the next.
        let (_, rows, blocks) = find("run,N,D,loss\na,1B,,\nb,,6B,3.0\n");
        assert_eq!((blocks.filled(&rows, 1, 4), blocks.is_head(0)), (None, false));
        // Learning rates logged between losses belong to their step.
        let (_, rows, blocks) = find("step,lr,loss\n0,1e-3,\n0,,3.0\n1,2e-3,\n1,,2.9\n");
        assert_eq!((blocks.filled(&rows, 1, 3), blocks.is_head(0)), (None, false));
    }
}
