//! The cells of a file, row by row: where each stands in the text.
//!
//! Rows come in blocks, so that they can be cut and read on several threads, and so that places within a block take four
//! bytes. A block's rows are lines of the file's own text, cut into cells when a cell is asked for, or, where a layout made
//! them up, cells in a text of the block's.

use crate::data::Lines;
use memchr::memchr3;
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
    held: Held,
    /// Where rows begin, from the start of the block's text.
    starts: Vec<u32>,
    /// Physical lines, one a row, less those before the block.
    pub(super) lines: Lines,
    /// Physical lines before the block.
    pub(super) lines_before: u64,
}

/// Where a block's cells stand.
#[derive(Debug, Clone)]
enum Held {
    /// In lines of the file's text from a byte on, with one byte between a cell and the next.
    Lines { base: usize, delimiter: u8 },
    /// In a text of its own, where they end; there is one byte between them.
    Own {
        text: String,
        ends: Vec<u32>,
        /// The first of each row's ends.
        firsts: Vec<u32>,
    },
}

impl Default for Held {
    fn default() -> Self {
        Self::Own {
            text: String::new(),
            ends: Vec::new(),
            firsts: Vec::new(),
        }
    }
}

/// The cells of one row, as they stand in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fields<'a> {
    /// A line, cut at every delimiter.
    Line {
        /// From the line's first byte on, whatever follows it.
        text: &'a str,
        /// Between two cells.
        delimiter: u8,
    },
    /// Cells in a text, from one place to several ends.
    Placed {
        /// In which they stand.
        text: &'a str,
        /// Of the first.
        start: u32,
        /// Of each.
        ends: &'a [u32],
    },
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
    #[cfg(test)]
    pub(super) fn len(self) -> usize {
        match self {
            Self::Line { .. } => (0..).take_while(|&index| self.get(index).is_some()).count(),
            Self::Placed { ends, .. } => ends.len(),
        }
    }

    /// One of them.
    pub(super) fn get(self, index: usize) -> Option<&'a str> {
        match self {
            Self::Line { text, delimiter } => {
                let mut start = 0;
                let mut end = end_of_cell(text, start, delimiter);
                for _ in 0..index {
                    if text.as_bytes().get(end) != Some(&delimiter) {
                        return None;
                    }
                    start = end + 1;
                    end = end_of_cell(text, start, delimiter);
                }
                Some(unquoted(&text[start..end]))
            }
            Self::Placed { text, start, ends } => {
                let end = *ends.get(index)?;
                let start = match index {
                    0 => start,
                    _ => ends[index - 1].saturating_add(1),
                };
                Some(text.get(start as usize..end as usize).unwrap_or(""))
            }
        }
    }

    /// The same, and quicker where the first cell is the text that one expects.
    pub(super) fn get_like(self, index: usize, expected: &str) -> Option<&'a str> {
        if let Self::Line { text, delimiter } = self
            && index == 0
            && text.starts_with(expected)
            && matches!(text.as_bytes().get(expected.len()), Some(next) if *next == delimiter)
        {
            return Some(&text[..expected.len()]);
        }
        self.get(index)
    }

    /// Every one in order.
    #[cfg(test)]
    pub(super) fn iter(self) -> impl Iterator<Item = &'a str> + Clone {
        (0..self.len()).map(move |index| self.get(index).unwrap_or(""))
    }
}

/// Where a cell of a line ends that begins at a byte.
pub(super) fn end_of_cell(text: &str, start: usize, delimiter: u8) -> usize {
    let end = memchr3(delimiter, b'\n', b'\r', &text.as_bytes()[start..]);
    end.map_or(text.len(), |length| start + length)
}

/// A cell without the quotation marks around it.
pub(super) fn unquoted(cell: &str) -> &str {
    let inner = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(cell)
}

impl Block {
    /// An empty one of lines of the file's text, from a byte on.
    pub(super) fn of_lines(base: usize, delimiter: u8) -> Self {
        Self {
            held: Held::Lines { base, delimiter },
            ..Self::default()
        }
    }

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Adds a line that begins here, counted from the block's start, as are lines.
    pub(super) fn push_line(&mut self, start: usize, line: u64) {
        self.starts.push(place(start));
        self.lines.push(line);
    }

    /// Where each row begins in the file's text and what stands between its cells, where the rows are lines of it.
    pub(super) fn line_starts(&self) -> Option<(impl Iterator<Item = usize>, u8)> {
        let Held::Lines { base, delimiter } = self.held else {
            return None;
        };
        Some((self.starts.iter().map(move |start| base + *start as usize), delimiter))
    }

    /// Physical line of a row.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines_before + self.lines.get(row)
    }

    /// A row's cells.
    pub(super) fn fields<'a>(&'a self, row: usize, source: &'a Text) -> Fields<'a> {
        let start = self.starts[row];
        match &self.held {
            Held::Lines { base, delimiter } => {
                let text = source.get(base + start as usize..).unwrap_or("");
                Fields::Line {
                    text,
                    delimiter: *delimiter,
                }
            }
            Held::Own { text, ends, firsts } => {
                let first = firsts[row] as usize;
                let end = firsts.get(row + 1).map_or(ends.len(), |next| *next as usize);
                Fields::Placed {
                    text,
                    start,
                    ends: &ends[first..end],
                }
            }
        }
    }

    /// Adds a row to a text of its own.
    fn push<'a>(&mut self, line: u64, cells: impl IntoIterator<Item = &'a str>) {
        let Held::Own { text, ends, firsts } = &mut self.held else {
            return;
        };
        self.starts.push(place(text.len()));
        firsts.push(place(ends.len()));
        for cell in cells {
            text.push_str(cell);
            ends.push(place(text.len()));
            text.push('\n');
        }
        self.lines.push(line);
    }

    /// Whether a row with a text of its own has room.
    fn has_room(&self) -> bool {
        match &self.held {
            Held::Own { text, .. } => self.len() < OWN_ROWS && text.len() < OWN_TEXT,
            Held::Lines { .. } => false,
        }
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
        if !self.blocks.last().is_some_and(Block::has_room) {
            self.blocks.push(Block {
                first: self.len,
                ..Block::default()
            });
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push(line, cells);
            self.len += 1;
        }
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
        assert_eq!(cells.fields(1).get(0), None);
    }

    #[test]
    fn a_line_is_cut_where_a_cell_is_asked_for() {
        let line = |text| Fields::Line { text, delimiter: b';' };
        let cells = |text| line(text).iter().collect::<Vec<_>>();
        assert_eq!(cells("a;;\"b c\"; d"), ["a", "", "b c", " d"]);
        assert_eq!((cells(""), cells(";")), (vec![""], vec!["", ""]));
        assert_eq!((line("a;b").len(), line("a;b").get(2)), (2, None));
    }
}
