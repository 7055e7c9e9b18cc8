//! What a reading says of itself, gathered once: widths of columns, cells that were not used, reasons with their counts,
//! ranges of the quantities.

use crate::data::{Role, RunTable};
use crate::import::{Found, ImportReport, Preview, Skipped};
use crate::session::Loaded;
use crate::units::{Flops, Params, Tokens, format_significant};
use eframe::egui::{Vec2, vec2};
use std::collections::HashMap;
use std::sync::Arc;

/// Height of a row of cells.
pub(super) const ROW: f32 = 20.0;
/// Width of a column, at least and at most.
const WIDTHS: (f32, f32) = (132.0, 220.0);
/// More columns than this are a wide table.
const WIDE: usize = 10;
/// Reasons that are told apart in the filter.
const KINDS: usize = 24;

/// A file read to its runs, or only to its columns.
#[derive(Clone)]
pub(super) enum Reading {
    /// It gives runs.
    Runs(Arc<Loaded>),
    /// It does not.
    Columns(Arc<Found>),
}

/// One reading, ready to be drawn.
pub(super) struct Model {
    reading: Reading,
    growing: bool,
    /// Places of what was not used in the report; a cut end is no mistake while a file grows.
    skipped: Vec<u32>,
    /// Reasons, the commonest first, with how many there are of each.
    pub(super) kinds: Vec<(String, usize)>,
    /// Per reason, its entries.
    of_kind: Vec<Vec<u32>>,
    /// The file's columns as they stand in the sheet: in a wide one those with a role first.
    pub(super) order: Vec<usize>,
    /// Left edges of the places in the sheet, and the right edge of the last.
    pub(super) edges: Vec<f32>,
    /// Columns whose cells are numbers stand to the right.
    pub(super) numeric: Vec<bool>,
    /// Cells of the preview that were not used, by row and column, with their place in the report.
    pub(super) bad: HashMap<(usize, usize), usize>,
    /// Rows of the preview that were not used.
    pub(super) bad_rows: HashMap<usize, usize>,
    /// `32 runs · 245 points`, and the ranges.
    pub(super) effect: Vec<(&'static str, String)>,
}

impl Model {
    /// Gathers what is to be drawn.
    pub(super) fn of(reading: Reading, growing: bool) -> Self {
        let (report, preview) = (reading.report(), reading.preview());
        let entries = report.skipped.iter().enumerate();
        let skipped: Vec<u32> = entries
            .filter(|(_, entry)| !(growing && entry.is_cut_end()))
            .map(|(index, _)| index as u32)
            .collect();
        let (kinds, of_kind) = by_reason(&report.skipped, &skipped);
        let (bad, bad_rows) = marks(report, preview);
        let effect = match &reading {
            Reading::Runs(loaded) => effect(&loaded.table, skipped.len()),
            Reading::Columns(_) => vec![],
        };
        let order = order(report, preview.headers.len());
        Self {
            growing,
            of_kind,
            edges: edges(preview, &order),
            order,
            numeric: numeric(preview),
            bad,
            bad_rows,
            effect,
            skipped,
            kinds,
            reading,
        }
    }

    /// Whether it was made from this reading.
    pub(super) fn is_of(&self, reading: &Reading, growing: bool) -> bool {
        growing == self.growing
            && match (&self.reading, reading) {
                (Reading::Runs(a), Reading::Runs(b)) => Arc::ptr_eq(a, b),
                (Reading::Columns(a), Reading::Columns(b)) => Arc::ptr_eq(a, b),
                _ => false,
            }
    }

    /// How the file was read.
    pub(super) fn report(&self) -> &ImportReport {
        self.reading.report()
    }

    /// Its cells.
    pub(super) fn preview(&self) -> &Preview {
        self.reading.preview()
    }

    /// Its runs, where it gives any.
    pub(super) fn table(&self) -> Option<&RunTable> {
        match &self.reading {
            Reading::Runs(loaded) => Some(&loaded.table),
            Reading::Columns(_) => None,
        }
    }

    /// Whether it gives runs that no law can be fitted to.
    pub(super) fn lacks_loss(&self) -> bool {
        self.table()
            .is_some_and(|table| table.quantity(Role::Loss).is_none() && table.diverged().is_empty())
    }

    /// What was not used, as places in the report.
    pub(super) fn skipped(&self) -> &[u32] {
        &self.skipped
    }

    /// How many entries there are for a reason, or in all.
    pub(super) fn count(&self, reason: Option<usize>) -> usize {
        reason
            .and_then(|kind| self.of_kind.get(kind))
            .map_or(self.skipped.len(), Vec::len)
    }

    /// One of them: its place in the report, and itself.
    pub(super) fn entry(&self, reason: Option<usize>, index: usize) -> (usize, &Skipped) {
        let entry = match reason.and_then(|kind| self.of_kind.get(kind)) {
            Some(entries) => entries[index] as usize,
            None => index,
        };
        let place = self.skipped[entry] as usize;
        (place, &self.report().skipped[place])
    }

    /// Where a column of the file stands in the sheet.
    fn place_of(&self, column: usize) -> usize {
        self.order.iter().position(|shown| *shown == column).unwrap_or(0)
    }

    /// Row of the preview for an entry of the report, or the nearest before it; and its column.
    pub(super) fn cell(&self, entry: usize) -> Option<(usize, Option<usize>)> {
        let entry = self.report().skipped.get(entry)?;
        let preview = self.preview();
        let after = preview.rows.partition_point(|row| row.line <= entry.line);
        let row = after.checked_sub(1)?;
        let column = preview.headers.iter().position(|header| *header == entry.column);
        Some((row, column))
    }

    /// Where to scroll so that an entry is seen.
    pub(super) fn place(&self, entry: usize) -> Option<Vec2> {
        let (row, column) = self.cell(entry)?;
        let left = column.map_or(0.0, |column| self.edges[self.place_of(column)]);
        // A little of what stands before it says where it is.
        Some(vec2(
            (left - 2.0 * WIDTHS.0).max(0.0),
            (row as f32 * ROW - 4.0 * ROW).max(0.0),
        ))
    }
}

impl Reading {
    fn report(&self) -> &ImportReport {
        match self {
            Self::Runs(loaded) => &loaded.report,
            Self::Columns(found) => &found.report,
        }
    }

    fn preview(&self) -> &Preview {
        match self {
            Self::Runs(loaded) => &loaded.preview,
            Self::Columns(found) => &found.preview,
        }
    }
}

/// Reasons with their counts, the commonest first, and the entries of each; the rare ones are the last together.
fn by_reason(report: &[Skipped], skipped: &[u32]) -> (Vec<(String, usize)>, Vec<Vec<u32>>) {
    // Most entries repeat a reason to the letter.
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<(String, Vec<u32>)> = vec![];
    for (entry, &index) in skipped.iter().enumerate() {
        let reason = report[index as usize].reason.as_str();
        let place = *known.entry(reason).or_insert_with(|| {
            let kind = kind(reason);
            *places.entry(kind.clone()).or_insert_with(|| {
                groups.push((kind, vec![]));
                groups.len() - 1
            })
        });
        groups[place].1.push(entry as u32);
    }
    groups.sort_by_key(|(_, entries)| std::cmp::Reverse(entries.len()));
    if groups.len() > KINDS {
        let mut rest: Vec<u32> = groups.drain(KINDS..).flat_map(|(_, entries)| entries).collect();
        rest.sort_unstable();
        groups.push(("another reason".to_owned(), rest));
    }
    groups
        .into_iter()
        .map(|(kind, entries)| ((kind, entries.len()), entries))
        .unzip()
}

/// A reason without what differs from cell to cell.
fn kind(reason: &str) -> String {
    let mut kind = String::new();
    let mut quoted = false;
    for c in reason.split("; expected").next().unwrap_or(reason).chars() {
        match c {
            '`' => {
                if !quoted {
                    kind.push('…');
                }
                quoted = !quoted;
            }
            _ if quoted => {}
            c if c.is_ascii_digit() => {
                if !kind.ends_with('#') {
                    kind.push('#');
                }
            }
            c => kind.push(c),
        }
    }
    kind.replace('#', "…")
}

type Marks = (HashMap<(usize, usize), usize>, HashMap<usize, usize>);

/// Which cells and rows of the preview were not used.
fn marks(report: &ImportReport, preview: &Preview) -> Marks {
    let mut rows_of: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, row) in preview.rows.iter().enumerate() {
        rows_of.entry(row.line).or_default().push(index);
    }
    let columns: HashMap<&str, usize> = preview
        .headers
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), index))
        .collect();
    let (mut cells, mut rows) = (HashMap::new(), HashMap::new());
    for (entry, skipped) in report.skipped.iter().enumerate() {
        for &row in rows_of.get(&skipped.line).into_iter().flatten() {
            match columns.get(skipped.column.as_str()) {
                Some(&column) => cells.insert((row, column), entry),
                None => rows.insert(row, entry),
            };
        }
    }
    (cells, rows)
}

/// Columns as the file has them; where there are more than are seen at once, those with a role first.
fn order(report: &ImportReport, columns: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..columns).collect();
    if columns > WIDE {
        let used = |column: &usize| {
            let role = report.columns.get(*column).and_then(|column| column.role);
            role.is_some_and(|role| role != Role::Ignore)
        };
        order.sort_by_key(|column| !used(column));
    }
    order
}

/// Left edges of the places: as wide as what is in their columns, within bounds.
fn edges(preview: &Preview, order: &[usize]) -> Vec<f32> {
    let mut edges = vec![0.0];
    for (place, &column) in order.iter().enumerate() {
        let header = &preview.headers[column];
        let longest = preview
            .rows
            .iter()
            .filter(|row| row.arranged)
            .filter_map(|row| row.cells.get(column))
            .map(|cell| cell.chars().count())
            .chain([header.chars().count()])
            .max()
            .unwrap_or(0);
        // Seven points a character are a little more than the typeface needs.
        let width = (longest as f32 * 7.0 + 16.0).clamp(WIDTHS.0, WIDTHS.1);
        edges.push(edges[place] + width);
    }
    edges
}

/// Columns in which most cells look like numbers, not like names or dates.
fn numeric(preview: &Preview) -> Vec<bool> {
    let number = |cell: &str| {
        let rest = cell.trim_start_matches(['-', '+']).to_ascii_lowercase();
        let rest = rest.replace("e-", "").replace("e+", "");
        rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') && !rest.contains(['-', ':', '/'])
    };
    (0..preview.headers.len())
        .map(|column| {
            let cells = preview
                .rows
                .iter()
                .filter(|row| row.arranged)
                .map(|row| &row.cells[column]);
            let (filled, numbers) = cells
                .filter(|cell| !cell.is_empty())
                .fold((0, 0), |(filled, numbers), cell| {
                    (filled + 1, numbers + usize::from(number(cell)))
                });
            numbers * 2 > filled
        })
        .collect()
}

/// What came of the reading.
fn effect(table: &RunTable, skipped: usize) -> Vec<(&'static str, String)> {
    let mut effect = vec![
        ("Runs", table.runs().len().to_string()),
        ("Points", table.points().len().to_string()),
    ];
    if skipped > 0 {
        effect.push(("Not used", skipped.to_string()));
    }
    let range = |role: Role| {
        let numbers = table.quantity(role)?;
        numbers.iter().flatten().fold(None, |range: Option<(f64, f64)>, value| {
            let (low, high) = range.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        })
    };
    let mut add = |name: &'static str, range: Option<(f64, f64)>, write: &dyn Fn(f64) -> String| {
        let text = match range.map(|(low, high)| (write(low), write(high))) {
            Some((low, high)) if low == high => low,
            Some((low, high)) => format!("{low} – {high}"),
            None => "none".to_owned(),
        };
        effect.push((name, text));
    };
    let params = range(Role::Params).or_else(|| range(Role::ParamsNonEmbedding));
    add("N", params, &|n| Params(n).short());
    add("D", range(Role::Tokens), &|d| Tokens(d).short());
    add("C", range(Role::Flops), &|c| Flops(c).short());
    add("Loss", range(Role::Loss), &|l| format_significant(l, 4));
    effect
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{ImportOptions, import};

    #[test]
    fn a_wide_table_shows_what_counts_first() {
        let unused: Vec<String> = (0..12).map(|k| format!("x{k}")).collect();
        let rows = format!("{}1e9,2.5\n{}2e9,2.4\n", "7,".repeat(12), "8,".repeat(12));
        let text = format!("{},params,loss\n{rows}", unused.join(","));
        let found = import("wide.csv", text.as_bytes(), &ImportOptions::default()).unwrap();
        assert_eq!(order(&found.report, 14)[..3], [12, 13, 0]);
        assert_eq!(order(&found.report, 9), (0..9).collect::<Vec<_>>());
    }
}
