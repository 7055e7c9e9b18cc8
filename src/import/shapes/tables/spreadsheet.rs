//! Spreadsheets: one sheet of a workbook, read as any table is.
//!
//! The sheet is the one that the user named, or else the first that can be seen with a loss, or with a table. Its header is
//! found, its blocks filled and its totals left out by the same rules as in delimited text; lines are the sheet's rows. A
//! cell merged downwards stands in all the rows that it covers. Numbers need no decimal mark; texts that look like numbers
//! get one for each column, as in German files whose numbers came in as text.
//!
//! Limits: one sheet a file; what [`super::workbook`] does not see.

use super::workbook::{Cells, Text, Workbook};
use crate::data::Role;
use crate::import::decimal::Evidence;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::header_rows::find_header;
use crate::import::numbers::{self, Cell, Quantity};
use crate::import::roles::{find_column, role_of};
use crate::import::split::{Record, Records};
use crate::import::table_rows::take_rows;
use crate::import::{ImportError, ImportOptions, Shape};
use calamine::Dimensions;
use std::collections::{BTreeMap, HashMap};

/// Rows are only brought to one width while that stays cheap.
const PADDED_CELLS: usize = 20_000_000;

/// xlsx, xlsb, xls, ods.
pub(in crate::import::shapes) struct Spreadsheet;

impl Layout for Spreadsheet {
    fn shape(&self) -> Shape {
        Shape::Spreadsheet
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        (!source.bytes.is_empty()).then_some("the first bytes of a workbook")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        if source.bytes.is_empty() {
            return Err(ImportError::Options {
                message: "this file is text, not a spreadsheet: leave the shape to be recognised".to_owned(),
            });
        }
        let mut book = Workbook::open(source.bytes)?;
        let sheets = book.sheets();
        let names: Vec<String> = sheets.iter().map(|(name, _)| name.clone()).collect();
        let listed = names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let mut grid = if let Some(wanted) = &options.sheet {
            let name = names
                .iter()
                .find(|name| *name == wanted)
                .or_else(|| {
                    names
                        .iter()
                        .find(|name| name.trim().eq_ignore_ascii_case(wanted.trim()))
                })
                .ok_or_else(|| ImportError::Options {
                    message: format!("no sheet `{wanted}`; found {listed}"),
                })?;
            Sheet::take(&mut book, name)?.read(options)?
        } else {
            choose(&mut book, &sheets, &listed, options)?
        };
        grid.sheets = names;
        Ok(grid)
    }
}

/// The first sheet with a loss, or else with a table.
fn choose(
    book: &mut Workbook,
    sheets: &[(String, bool)],
    listed: &str,
    options: &ImportOptions,
) -> Result<Grid, ImportError> {
    let mut with_table = None;
    let mut first_error = None;
    for (name, _) in sheets.iter().filter(|(_, visible)| *visible) {
        match Sheet::take(book, name).and_then(|sheet| sheet.read(options)) {
            Ok(grid) if grid.len() == 0 => {}
            Ok(grid) => {
                let loss = |name: &String| {
                    matches!(role_of(name), Some(Role::Loss | Role::TrainLoss))
                        || options
                            .columns
                            .iter()
                            .any(|(role, column)| *role == Role::Loss && column == name)
                };
                if grid.headers.iter().any(loss) {
                    with_table = Some((name, grid));
                    break;
                }
                with_table.get_or_insert((name, grid));
            }
            // A column that the user named may be on another sheet; where it is on none, that is what to tell.
            Err(error) => {
                let told = matches!(first_error, Some(ImportError::Options { .. }));
                if first_error.is_none() || !told && matches!(error, ImportError::Options { .. }) {
                    first_error = Some(error);
                }
            }
        }
    }
    let Some((name, mut grid)) = with_table else {
        return Err(match first_error {
            Some(error) if sheets.len() == 1 || matches!(error, ImportError::Options { .. }) => error,
            _ => ImportError::NoRuns {
                message: format!("no sheet holds a table with a header; found {listed}"),
                line: None,
            },
        });
    };
    if sheets.len() > 1 {
        grid.notes.insert(0, format!("sheets {listed}: read `{name}`"));
    }
    Ok(grid)
}

/// One sheet's cells, on their way to a grid.
struct Sheet {
    cells: Cells,
    merged: Vec<Dimensions>,
    /// The column that the table begins in.
    left: u32,
    width: usize,
}

impl Sheet {
    fn take(book: &mut Workbook, name: &str) -> Result<Self, ImportError> {
        let cells = book.cells(name)?;
        let several = cells.values().filter(|row| row.len() > 1);
        let left = several.filter_map(|row| row.keys().next()).min().copied().unwrap_or(0);
        let right = cells
            .values()
            .filter_map(|row| row.keys().next_back())
            .max()
            .copied()
            .unwrap_or(0);
        let width = (right.saturating_sub(left) + 1) as usize;
        Ok(Self {
            merged: book.merged(name),
            width: if width * cells.len() <= PADDED_CELLS { width } else { 0 },
            left,
            cells,
        })
    }

    fn read(mut self, options: &ImportOptions) -> Result<Grid, ImportError> {
        let mut grid = Grid::default();
        let rows: Vec<Record> = self.cells.iter().map(|(row, cells)| self.record(*row, cells)).collect();
        let first = find_header(&rows, self.usual_width(), &mut grid)?;
        let top = rows.get(first).map_or(u32::MAX, |row| row.line as u32 - 1);
        self.fill_merged(top, &mut grid);
        self.decide_marks(top, options, &mut grid)?;
        let rows = self
            .cells
            .range(top..)
            .map(|(row, cells)| self.record(*row, cells))
            .collect();
        let records = Records {
            rows,
            unclosed: Vec::new(),
            cut: false,
        };
        take_rows(records, 0, &mut grid);
        Ok(grid)
    }

    fn record(&self, row: u32, cells: &BTreeMap<u32, Text>) -> Record {
        let mut record = csv::StringRecord::new();
        for (column, cell) in cells.range(self.left..) {
            while record.len() < (column - self.left) as usize {
                record.push_field("");
            }
            record.push_field(&cell.text);
        }
        while record.len() < self.width {
            record.push_field("");
        }
        Record {
            line: u64::from(row) + 1,
            cells: record,
        }
    }

    /// How many cells most rows have filled; among equals the more, as remarks are narrower than tables.
    fn usual_width(&self) -> usize {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for row in self.cells.values() {
            *counts.entry(row.len()).or_default() += 1;
        }
        counts
            .into_iter()
            .max_by_key(|(width, count)| (*count, *width))
            .map_or(0, |(width, _)| width)
    }

    fn name(&self, column: u32, grid: &Grid) -> String {
        let index = column.saturating_sub(self.left) as usize;
        grid.headers.get(index).cloned().unwrap_or_default()
    }

    /// Puts a value that was merged downwards into each row.
    fn fill_merged(&mut self, top: u32, grid: &mut Grid) {
        let mut filled: BTreeMap<u32, usize> = BTreeMap::new();
        for region in &self.merged {
            let ((first, column), (last, _)) = (region.start, region.end);
            let Some(text) = self.cells.get(&first).and_then(|row| row.get(&column)).cloned() else {
                continue;
            };
            if first < top {
                continue;
            }
            for (_, row) in self.cells.range_mut(first + 1..=last.max(first + 1)) {
                // Rows without anything of their own are no runs.
                if last > first && !row.is_empty() {
                    row.entry(column).or_insert_with(|| text.clone());
                    *filled.entry(column).or_default() += 1;
                }
            }
        }
        if !filled.is_empty() {
            let counted: Vec<String> = filled
                .iter()
                .map(|(column, count)| format!("`{}` ({count})", self.name(*column, grid)))
                .collect();
            grid.notes.push(format!(
                "cells merged downwards stand in every row that they cover: {}",
                counted.join(", ")
            ));
        }
    }

    /// Numbers that came in as text: their decimal mark, for each column.
    fn decide_marks(&mut self, top: u32, options: &ImportOptions, grid: &mut Grid) -> Result<(), ImportError> {
        let mut evidence: BTreeMap<u32, Evidence> = BTreeMap::new();
        let below = self.cells.range(top..).flat_map(|(_, row)| row);
        for (column, cell) in below.filter(|(_, cell)| !cell.number) {
            evidence.entry(*column).or_default().add(&cell.text);
        }
        let mut chosen: HashMap<usize, char> = HashMap::new();
        for (name, mark) in &options.decimals {
            chosen.insert(find_column(&grid.headers, name)?, *mark);
        }
        for (column, evidence) in evidence {
            let index = column.saturating_sub(self.left) as usize;
            let mark = chosen.get(&index).copied().or(options.decimal);
            if mark.map_or(evidence.comma <= evidence.point, |mark| mark != ',') {
                continue;
            }
            let mut changed = 0;
            for (_, row) in self.cells.range_mut(top..) {
                if let Some(cell) = row.get_mut(&column).filter(|cell| !cell.number)
                    && matches!(
                        numbers::read(&cell.text, ',', Quantity::Plain),
                        Cell::Number(_) | Cell::WithUnit(_)
                    )
                {
                    cell.text = cell.text.replace('.', "").replace(',', ".");
                    changed += 1;
                }
            }
            if changed > 0 {
                grid.notes.push(format!(
                    "`{}`: {changed} numbers are texts with a decimal comma",
                    self.name(column, grid)
                ));
            }
        }
        Ok(())
    }
}
