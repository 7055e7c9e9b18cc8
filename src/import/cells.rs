//! The cells of a file, row by row: where each stands in the text.
//!
//! Rows come in blocks, so that they can be cut and read on several threads, and so that places within a block take four
//! bytes. A block's cells stand in the file's own text or, where a layout made them up, in a text of the block's.

use crate::data::Lines;
use rayon::prelude::*;
use std::ops::Deref;
use std::sync::Arc;

/// The text of a file. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Text(Arc<String>);

impl Deref for Text {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Arc::new(text))
    }
}

impl From<&Self> for Text {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Rows of cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    source: Text,
    blocks: Vec<Block>,
    len: usize,
}

/// Some rows that follow one another.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// Index of its first row among all.
    pub(super) first: usize,
    /// Its text, where that is not the file's.
    own: Option<String>,
    /// Where its text begins in the file's.
    pub(super) base: usize,
    rows: Vec<Row>,
    /// Where cells end, from the block's base. There is one byte between a cell and the next.
    ends: Vec<u32>,
    /// How many of them belong to whole rows.
    ended: u32,
    /// Physical lines, one a row, less those before the block.
    pub(super) lines: Lines,
    /// Physical lines before the block.
    pub(super) lines_before: u64,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    /// Where its first cell begins, from the block's base.
    start: u32,
    /// The first of its ends; the next row's first stops them.
    first: u32,
}

/// The cells of one row, as they stand in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    text: &'a str,
    start: u32,
    ends: &'a [u32],
}

/// A block of its own text that has reached this length is followed by another.
const OWN_TEXT: usize = 1 << 20;

/// Rows after which such a block is followed by another.
const OWN_ROWS: usize = 1 << 13;

/// A block of four gigabytes is none: a place beyond has no text.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'a> Fields<'a> {
    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.ends.len()
    }

    /// One of them.
    pub(super) fn get(self, index: usize) -> Option<&'a str> {
        let end = *self.ends.get(index)?;
        let start = match index {
            0 => self.start,
            _ => self.ends[index - 1].saturating_add(1),
        };
        Some(self.text.get(start as usize..end as usize).unwrap_or(""))
    }

    /// Every one in order.
    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = &'a str> + ExactSizeIterator + Clone {
        (0..self.len()).map(move |index| self.get(index).unwrap_or(""))
    }
}

impl Block {
    /// An empty one of the file's text, from a byte on, for about so many cells and rows.
    pub(super) fn of_source(base: usize) -> Self {
        Self {
            base,
            ..Self::default()
        }
    }

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Says that a cell ends here, counted from the block's base.
    pub(super) fn end_cell(&mut self, at: usize) {
        self.ends.push(place(at));
    }

    /// Says that the cells since the last row are a row that began here, in a line counted from the block's first.
    pub(super) fn end_row(&mut self, start: usize, line: u64) {
        self.rows.push(Row {
            start: place(start),
            first: self.ended,
        });
        self.ended = place(self.ends.len());
        self.lines.push(line);
    }

    /// Physical line of a row.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines_before + self.lines.get(row)
    }

    /// A row's cells.
    pub(super) fn fields<'a>(&'a self, row: usize, source: &'a Text) -> Fields<'a> {
        let here = self.rows[row];
        let end = self.rows.get(row + 1).map_or(self.ended, |next| next.first);
        Fields {
            text: match &self.own {
                Some(own) => own,
                None => source.get(self.base..).unwrap_or(""),
            },
            start: here.start,
            ends: &self.ends[here.first as usize..end as usize],
        }
    }

    /// The same without the rows that are not wanted, which are given in order.
    fn without(&self, unwanted: &[usize]) -> Self {
        let mut block = Self {
            first: self.first,
            own: self.own.clone(),
            base: self.base,
            lines_before: self.lines_before,
            ..Self::default()
        };
        for row in (0..self.len()).filter(|row| unwanted.binary_search(row).is_err()) {
            let first = self.rows[row].first as usize;
            let end = self.rows.get(row + 1).map_or(self.ended, |next| next.first) as usize;
            block.ends.extend_from_slice(&self.ends[first..end]);
            block.end_row(self.rows[row].start as usize, self.lines.get(row));
        }
        block
    }
}

impl Cells {
    /// Rows of blocks that follow one another in a text.
    pub(super) fn of_blocks(source: Text, mut blocks: Vec<Block>) -> Self {
        blocks.retain(|block| block.len() > 0);
        let mut cells = Self { source, blocks, len: 0 };
        cells.count();
        cells
    }

    fn count(&mut self) {
        self.len = 0;
        for block in &mut self.blocks {
            block.first = self.len;
            self.len += block.len();
        }
    }

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The blocks in order.
    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The text in which the cells of some blocks stand.
    pub(super) fn source(&self) -> &Text {
        &self.source
    }

    /// Adds a row with a text of its own.
    pub(super) fn push<'a>(&mut self, line: u64, cells: impl IntoIterator<Item = &'a str>) {
        let room = |block: &Block| block.len() < OWN_ROWS && block.own.as_ref().is_some_and(|own| own.len() < OWN_TEXT);
        if !self.blocks.last().is_some_and(room) {
            self.blocks.push(Block {
                first: self.len,
                own: Some(String::new()),
                ..Block::default()
            });
        }
        let Some(block) = self.blocks.last_mut() else { return };
        let mut own = block.own.take().unwrap_or_default();
        let start = own.len();
        for cell in cells {
            own.push_str(cell);
            block.end_cell(own.len());
            own.push('\n');
        }
        block.own = Some(own);
        block.end_row(start, line);
        self.len += 1;
    }

    fn block_of(&self, row: usize) -> &Block {
        &self.blocks[self.blocks.partition_point(|block| block.first <= row) - 1]
    }

    /// Physical line of a row, 1-based.
    pub(super) fn line(&self, row: usize) -> u64 {
        let block = self.block_of(row);
        block.line(row - block.first)
    }

    /// A row's cells.
    pub(super) fn fields(&self, row: usize) -> Fields<'_> {
        let block = self.block_of(row);
        block.fields(row - block.first, &self.source)
    }

    /// The cells of a column, row by row; empty where a row is shorter.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &str> {
        self.blocks.iter().flat_map(move |block| {
            (0..block.len()).map(move |row| block.fields(row, &self.source).get(column).unwrap_or(""))
        })
    }

    /// Whether any row from one on is what a function asks for. Runs in parallel.
    pub(super) fn any(&self, from: usize, asks: impl Fn(Fields<'_>) -> bool + Sync) -> bool {
        self.blocks.par_iter().any(|block| {
            let first = from.saturating_sub(block.first);
            (first..block.len()).any(|row| asks(block.fields(row, &self.source)))
        })
    }

    /// The same without the rows that are not wanted, which are given in order.
    pub(super) fn without(mut self, unwanted: &[usize]) -> Self {
        self.blocks.par_iter_mut().for_each(|block| {
            let start = unwanted.partition_point(|row| *row < block.first);
            let end = unwanted.partition_point(|row| *row < block.first + block.len());
            if start < end {
                let inside: Vec<usize> = unwanted[start..end].iter().map(|row| row - block.first).collect();
                *block = block.without(&inside);
            }
        });
        Self::of_blocks(self.source, self.blocks)
    }

    /// All physical lines.
    pub(super) fn lines(&self) -> Lines {
        let mut lines = Lines::default();
        for block in &self.blocks {
            lines.extend(&block.lines, block.lines_before);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &Cells) -> Vec<(u64, Vec<&str>)> {
        (0..cells.len())
            .map(|row| (cells.line(row), cells.fields(row).iter().collect()))
            .collect()
    }

    #[test]
    fn rows_of_any_length_come_back() {
        let mut cells = Cells::default();
        let long = "x".repeat(OWN_TEXT);
        cells.push(2, ["a", "", " b "]);
        cells.push(3, []);
        cells.push(7, [long.as_str()]);
        cells.push(8, ["c"]);
        let expected = [
            (2, vec!["a", "", " b "]),
            (3, vec![]),
            (7, vec![long.as_str()]),
            (8, vec!["c"]),
        ];
        assert_eq!(rows(&cells), expected);
        assert_eq!((cells.blocks.len(), cells.lines().get(2)), (2, 7));
        let fewer = cells.without(&[0, 3]);
        assert_eq!(rows(&fewer), expected[1..3]);
        assert_eq!(fewer.fields(0).get(0), None);
        assert!(fewer.any(1, |row| row.len() == 1) && !fewer.any(1, |row| row.len() == 0));
    }
}
