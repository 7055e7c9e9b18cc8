//! One pass over all cells: how many of each column hold something, what they say about its decimal mark, and the numbers
//! of those that can only be read one way.
//!
//! Most cells of most files are plain numbers. They are read here once, into the very column that the table will keep;
//! every other cell is marked to be looked at again when the column's decimal mark and role are known. Where the rows are
//! lines, the same pass tells whether each of them is like the others. It goes over blocks of rows in parallel, and its
//! outcome does not depend on how they fall.

use super::ImportError;
use super::cells::{Block, Cells, end_of_cell, unquoted};
use super::decimal::Evidence;
use super::numbers::{self, Cell, Quantity};
use super::plain::{Mark, leading, plain};
use super::progress::Progress;
use crate::data::Numbers;
use rayon::prelude::*;

/// How a cell is kept that must be looked at again.
const LOOK: f64 = f64::from_bits(0x7ff8_0000_0000_0003);

/// What was found in one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Surveyed {
    /// Cells that are not empty.
    pub(super) filled: usize,
    /// What they say about the decimal mark.
    pub(super) evidence: Evidence,
    /// One value a row; `None` where no cell is a plain number.
    numbers: Option<Numbers>,
    /// Some cells must be looked at again.
    looks: bool,
    /// Some plain numbers have a point.
    points: bool,
    /// See [`Surveyed::stretches`].
    stretches: Option<Vec<usize>>,
}

impl Surveyed {
    /// The rows of a column of text at which another text begins, the first row among them: between two of them every cell is the
    /// same. `None` where that is not known, or texts hardly repeat.
    pub(super) fn stretches(&self) -> Option<&[usize]> {
        self.stretches.as_deref()
    }

    /// The numbers of a column whose every cell is one, or says that there is none, under a decimal mark.
    pub(super) fn all_numbers(&self, decimal: char) -> Option<&Numbers> {
        let sure = !self.looks && (decimal == '.' || !self.points);
        self.numbers.as_ref().filter(|_| sure)
    }

    /// Reads the cell of a row, whose text is given.
    pub(super) fn read<'a>(
        &self,
        row: usize,
        text: impl FnOnce() -> &'a str,
        decimal: char,
        quantity: Quantity,
    ) -> Cell {
        let known = self.numbers.as_ref().filter(|_| decimal == '.' || !self.points);
        match known.and_then(|numbers| numbers.kept().get(row)) {
            Some(value) if !value.is_nan() => numbers::checked(*value, quantity),
            Some(value) if value.to_bits() == Numbers::UNKNOWN.to_bits() => Cell::Missing,
            Some(value) if value.to_bits() == Numbers::NOT_FINITE.to_bits() => Cell::NotFinite,
            _ => numbers::read(text(), decimal, quantity),
        }
    }
}

/// One column of one block.
#[derive(Debug, Default)]
struct Piece {
    /// Plain numbers, by their [`Mark`].
    marks: [usize; 3],
    /// Other cells that are not empty, and what they say about the decimal mark.
    others: usize,
    evidence: Evidence,
    looks: bool,
    /// Its numbers have been written.
    written: bool,
    /// Rows of the block whose text is not certainly that of the row above, where they are lines.
    changes: Option<Vec<u32>>,
}

/// Texts repeat where on average so many rows have the same.
const REPEATS: usize = 8;

/// Goes over all cells.
pub(super) fn survey(cells: &Cells, columns: usize, progress: Progress<'_>) -> Result<Vec<Surveyed>, ImportError> {
    let surveyed = survey_if(cells, columns, |_| true, progress)?;
    Ok(surveyed.unwrap_or_default())
}

/// Goes over the cells of lines; `None` where one of them is not as it should be.
pub(super) fn survey_if(
    cells: &Cells,
    columns: usize,
    is_regular: impl Fn(&Line<'_>) -> bool + Sync,
    progress: Progress<'_>,
) -> Result<Option<Vec<Surveyed>>, ImportError> {
    let rows = cells.len();
    let mut numbers: Vec<Vec<f64>> = (0..columns).map(|_| vec![0.0; rows]).collect();
    let mut slices: Vec<(&Block, Vec<&mut [f64]>)> = Vec::new();
    let mut rest: Vec<&mut [f64]> = numbers.iter_mut().map(Vec::as_mut_slice).collect();
    for block in cells.blocks() {
        let mut slice = Vec::with_capacity(columns);
        for column in &mut rest {
            let (head, tail) = std::mem::take(column).split_at_mut(block.len());
            slice.push(head);
            *column = tail;
        }
        slices.push((block, slice));
    }
    let steps = progress.steps(rows);
    let pieces = slices.par_iter_mut().map(|(block, slices)| {
        let pieces = of_block(cells, block, slices, &is_regular).ok_or(None)?;
        steps.advance(block.len())?;
        Ok(pieces)
    });
    let pieces: Vec<Vec<Piece>> = match pieces.collect() {
        Ok(pieces) => pieces,
        Err(None) => return Ok(None),
        Err(Some(error)) => return Err(error),
    };
    // Texts beside numbers in a column must be marked; what no block has written is never touched.
    let mixed: Vec<bool> = (0..columns)
        .map(|column| pieces.iter().any(|pieces| pieces[column].written))
        .collect();
    slices.par_iter_mut().zip(&pieces).for_each(|((_, slices), pieces)| {
        for ((slice, piece), mixed) in slices.iter_mut().zip(pieces).zip(&mixed) {
            if *mixed && !piece.written {
                slice.fill(piece.unwritten());
            }
        }
    });
    let mut surveyed: Vec<Surveyed> = Vec::with_capacity(columns);
    for (column, (numbers, mixed)) in numbers.into_iter().zip(mixed).enumerate() {
        let mut all = Surveyed {
            numbers: mixed.then(|| Numbers::of_kept(numbers)),
            ..Surveyed::default()
        };
        for piece in pieces.iter().map(|pieces| &pieces[column]) {
            let [_, points, either] = piece.marks;
            all.filled += piece.marks.iter().sum::<usize>() + piece.others;
            all.evidence.join(&piece.evidence);
            all.evidence.point += points;
            all.evidence.either_point += either;
            all.looks |= piece.looks;
            all.points |= points + either > 0;
        }
        all.stretches = stretches(cells, &pieces, column);
        surveyed.push(all);
    }
    Ok(Some(surveyed))
}

/// Where texts begin, over all blocks.
fn stretches(cells: &Cells, pieces: &[Vec<Piece>], column: usize) -> Option<Vec<usize>> {
    let of_column = || pieces.iter().map(|pieces| &pieces[column]);
    let text = of_column().all(|piece| piece.marks == [0; 3] && piece.changes.is_some());
    let count: usize = of_column()
        .filter_map(|piece| Some(piece.changes.as_ref()?.len()))
        .sum();
    if !text || count == 0 || count * REPEATS > cells.len() {
        return None;
    }
    let firsts = cells.blocks().iter().map(|block| block.first);
    let found = firsts.zip(of_column()).flat_map(|(first, piece)| {
        let changes = piece.changes.iter().flatten();
        changes.map(move |row| first + *row as usize)
    });
    Some(found.collect())
}

fn of_block(
    cells: &Cells,
    block: &Block,
    slices: &mut [&mut [f64]],
    is_regular: &impl Fn(&Line<'_>) -> bool,
) -> Option<Vec<Piece>> {
    if let Some((starts, delimiter)) = block.line_starts() {
        return of_lines(cells.source(), starts, delimiter, slices, is_regular);
    }
    let mut pieces: Vec<Piece> = slices.iter().map(|_| Piece::default()).collect();
    // The same text again is the same cell again.
    let mut before: Vec<(&str, Read)> = vec![("", Read::Empty); slices.len()];
    for row in 0..block.len() {
        let fields = block.fields(row, cells.source());
        for (column, (piece, before)) in pieces.iter_mut().zip(&mut before).enumerate() {
            let raw = fields.get(column).unwrap_or("");
            if raw != before.0 {
                *before = (raw, Read::of(raw));
            }
            piece.add(&before.1, || before.0, row, slices[column]);
        }
    }
    Some(pieces)
}

/// A cell of a line beside the one above it.
#[derive(Clone, Copy)]
struct Seen {
    /// Where it stands in the text.
    start: usize,
    end: usize,
    read: Read,
    /// It certainly is the same text as the one above.
    same: bool,
    /// The one below may well be the same text too.
    repeats: bool,
}

impl Seen {
    const NONE: Self = Self {
        start: 0,
        end: 0,
        read: Read::Empty,
        same: false,
        repeats: false,
    };

    /// Goes on to the cell below, which begins at a byte, and reads it. In place: what is handed on as a whole would have to
    /// wait for each of its parts to be written.
    #[inline]
    fn go_down(&mut self, text: &str, start: usize, delimiter: u8) {
        let bytes = text.as_bytes();
        let ends = |at: usize| {
            let byte = bytes.get(at);
            byte.is_none_or(|byte| *byte == delimiter || matches!(byte, b'\n' | b'\r'))
        };
        let above = &bytes[self.start..self.end];
        let again = start + above.len();
        self.start = start;
        self.same = self.repeats && bytes[start..].starts_with(above) && ends(again);
        if self.same {
            self.end = again;
            return;
        }
        if let Some((value, mark, length)) = leading(&bytes[start..]).filter(|(.., length)| ends(start + length)) {
            self.end = start + length;
            let equal = matches!(self.read, Read::Plain(above, _) if above == value);
            self.repeats = equal && length == above.len();
            self.read = Read::Plain(value, mark);
            return;
        }
        self.end = end_of_cell(text, start, delimiter);
        let cell = &text[start..self.end];
        self.same = cell.as_bytes() == above;
        self.repeats = self.same;
        if !self.same {
            self.read = Read::of(unquoted(cell));
        }
    }
}

/// A line as it was read.
pub(super) struct Line<'a> {
    text: &'a str,
    seen: &'a [Seen],
    /// It has as many cells as there are columns.
    pub(super) is_full: bool,
    /// Its first cell certainly is that of the line above.
    pub(super) begins_alike: bool,
}

impl Line<'_> {
    /// A cell, without the quotation marks around it.
    pub(super) fn cell(&self, column: usize) -> &str {
        let Seen { start, end, .. } = self.seen[column];
        unquoted(&self.text[start..end])
    }

    /// Whether nothing stands in a cell.
    pub(super) fn is_blank(&self, column: usize) -> bool {
        matches!(self.seen[column].read, Read::Empty)
    }
}

/// Reads numbers where they stand: where a number ends, the next cell begins, and nothing is looked at twice.
fn of_lines(
    text: &str,
    starts: impl Iterator<Item = usize>,
    delimiter: u8,
    slices: &mut [&mut [f64]],
    is_regular: &impl Fn(&Line<'_>) -> bool,
) -> Option<Vec<Piece>> {
    let empty = |_: &&mut [f64]| Piece {
        changes: Some(Vec::new()),
        ..Piece::default()
    };
    let mut pieces: Vec<Piece> = slices.iter().map(empty).collect();
    let mut seen = vec![Seen::NONE; slices.len()];
    for (row, start) in starts.enumerate() {
        // Where the next cell begins; `None` at the end of the line.
        let mut next = Some(start);
        let mut is_full = true;
        for ((piece, seen), slice) in pieces.iter_mut().zip(&mut seen).zip(slices.iter_mut()) {
            let Some(at) = next else {
                is_full = false;
                piece.add(&Read::Empty, || "", row, slice);
                piece.changes = None;
                continue;
            };
            seen.go_down(text, at, delimiter);
            let end = seen.end;
            piece.add(&seen.read, || unquoted(&text[at..end]), row, slice);
            // Nothing stands above the first row: an empty cell there is none that repeats.
            if (row == 0 || !seen.same) && !matches!(seen.read, Read::Plain(..)) {
                piece.changes_at(row);
            }
            next = (text.as_bytes().get(end) == Some(&delimiter)).then_some(end + 1);
        }
        let line = Line {
            text,
            seen: &seen,
            is_full: is_full && next.is_none(),
            begins_alike: row > 0 && seen.first().is_some_and(|first| first.same),
        };
        if !is_regular(&line) {
            return None;
        }
    }
    Some(pieces)
}

/// What a cell turned out to be.
#[derive(Debug, Clone, Copy)]
enum Read {
    Empty,
    /// A number that can be read one way, and what it says about its column's decimal mark.
    Plain(f64, Mark),
    /// A word for no value.
    Missing,
    NotFinite,
    Look,
}

impl Read {
    fn of(raw: &str) -> Self {
        if let Some((value, mark)) = plain(raw) {
            return Self::Plain(value, mark);
        }
        let cell = raw.trim();
        if cell.is_empty() {
            return Self::Empty;
        }
        if cell.len() < raw.len()
            && let Some((value, mark)) = plain(cell)
        {
            return Self::Plain(value, mark);
        }
        match numbers::word(cell) {
            Some(Cell::Missing) => Self::Missing,
            Some(Cell::NotFinite) => Self::NotFinite,
            _ => Self::Look,
        }
    }
}

impl Piece {
    #[inline]
    fn add<'a>(&mut self, read: &Read, text: impl FnOnce() -> &'a str, row: usize, slice: &mut [f64]) {
        match *read {
            // The usual case.
            Read::Plain(value, mark) if self.written => {
                self.marks[mark as usize] += 1;
                slice[row] = value;
            }
            _ => self.add_other(read, text, row, slice),
        }
    }

    #[inline(never)]
    fn add_other<'a>(&mut self, read: &Read, text: impl FnOnce() -> &'a str, row: usize, slice: &mut [f64]) {
        let value = match *read {
            Read::Empty => Numbers::UNKNOWN,
            Read::Plain(value, mark) => {
                self.marks[mark as usize] += 1;
                value
            }
            Read::Missing | Read::NotFinite | Read::Look => {
                self.others += 1;
                self.evidence.add(text().trim());
                match read {
                    Read::Missing => Numbers::UNKNOWN,
                    Read::NotFinite => Numbers::NOT_FINITE,
                    _ => LOOK,
                }
            }
        };
        if self.written {
            slice[row] = value;
        } else if matches!(read, Read::Plain(..)) || !self.looks && matches!(read, Read::Missing | Read::NotFinite) {
            slice[..row].fill(self.unwritten());
            slice[row] = value;
            self.written = true;
        } else {
            self.looks |= !matches!(read, Read::Empty);
        }
        self.looks |= matches!(read, Read::Look);
    }

    /// Another text than in the row above. A block of which none repeats is given up.
    fn changes_at(&mut self, row: usize) {
        let given_up = |changes: &Vec<u32>| changes.len() > 1000 && changes.len() * 2 > row;
        if self.changes.as_ref().is_some_and(given_up) {
            self.changes = None;
        }
        if let Some(changes) = &mut self.changes {
            changes.push(u32::try_from(row).unwrap_or(u32::MAX));
        }
    }

    /// What stands in rows that have not been written.
    fn unwritten(&self) -> f64 {
        if self.looks { LOOK } else { Numbers::UNKNOWN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::by_line;
    use crate::import::cells::Text;
    use proptest::prelude::*;

    /// Cell by cell, without blocks.
    fn slowly(cells: &Cells, columns: usize) -> (Vec<usize>, Vec<Evidence>) {
        let (mut filled, mut evidence) = (vec![0; columns], vec![Evidence::default(); columns]);
        for row in 0..cells.len() {
            for (column, cell) in cells.fields(row).iter().map(str::trim).enumerate().take(columns) {
                filled[column] += usize::from(!cell.is_empty());
                evidence[column].add(cell);
            }
        }
        (filled, evidence)
    }

    proptest! {
        #[test]
        fn the_same_as_cell_by_cell(
            rows in proptest::collection::vec(
                "([0-9]{0,3}|[0-9]\\.[0-9]{3}|nan|-|1;5|2\\.8B| 7 |1e999|-0|x|\"2\"),(|1\\.5|1\\.5|inf|none|2),(|a|b|N/A)(,|)", 0..40
            ),
            per_block in 1usize..9
        ) {
            let text = Text::from(rows.iter().map(|row| format!("{row}\n")).collect::<String>());
            let blocks = by_line::split_blocks(&text, 0, b',', per_block * 10).unwrap();
            let surveyed = survey(&blocks, 3, Progress::unwatched()).unwrap();
            let (filled, evidence) = slowly(&blocks, 3);
            for (column, surveyed) in surveyed.iter().enumerate() {
                if let Some(starts) = surveyed.stretches() {
                    let cell = |row: usize| blocks.fields(row).get(column).unwrap_or("");
                    let same = |row: &usize| cell(*row) == cell(row - 1);
                    prop_assert!((1..blocks.len()).filter(|row| !starts.contains(row)).all(|row| same(&row)));
                    prop_assert_eq!(starts.first(), Some(&0));
                }
                prop_assert_eq!(surveyed.filled, filled[column]);
                prop_assert_eq!(surveyed.evidence, evidence[column]);
                for decimal in ['.', ','] {
                    for row in 0..blocks.len() {
                        let cell = blocks.fields(row).get(column).unwrap_or("");
                        for quantity in [Quantity::Plain, Quantity::Tokens] {
                            let expected = numbers::read(cell, decimal, quantity);
                            prop_assert_eq!(surveyed.read(row, || cell, decimal, quantity), expected.clone());
                            if let Some(all) = surveyed.all_numbers(decimal).filter(|_| quantity == Quantity::Plain) {
                                let same = match expected {
                                    Cell::Number(value) => all.get(row) == Some(value),
                                    Cell::Missing => all.get(row).is_none() && !all.is_not_finite(row),
                                    Cell::NotFinite => all.is_not_finite(row),
                                    _ => false,
                                };
                                prop_assert!(same, "{} in row {}", cell, row);
                            }
                        }
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn texts_that_repeat_are_known_by_where_they_begin(
            texts in proptest::collection::vec(("(|a|bc|\"d\"| e)", 1usize..60), 1..6), per_block in 20usize..400
        ) {
            let cells: Vec<&str> = texts.iter().flat_map(|(text, count)| vec![text.as_str(); *count]).collect();
            let text = Text::from(cells.iter().map(|cell| format!("1,{cell}\n")).collect::<String>());
            let blocks = by_line::split_blocks(&text, 0, b',', per_block).unwrap();
            let surveyed = survey(&blocks, 2, Progress::unwatched()).unwrap();
            prop_assert!(surveyed[0].stretches().is_none(), "numbers");
            let Some(starts) = surveyed[1].stretches() else { return Ok(()) };
            let ends = starts.iter().skip(1).copied().chain([cells.len()]);
            let told = starts.iter().zip(ends).flat_map(|(start, end)| {
                let text = blocks.fields(*start).get(1).unwrap_or("");
                vec![text; end - start]
            });
            let expected = cells.iter().map(|cell| unquoted(cell));
            prop_assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }
}
