//! A workbook's sheets as rows of text: Excel's xlsx, xlsb and xls, and OpenDocument's ods.
//!
//! Numbers are written in the fewest digits that give the same float again, dates as ISO 8601, booleans and errors
//! (`#DIV/0!`) as the sheet shows them. A formula is its last computed value.
//!
//! Limits: formats are not applied, so that `11 %` is 0.11 as the file has it; an xlsx or ods that says it unpacks to more
//! than [`LIMIT`] bytes is refused.

use crate::import::ImportError;
use crate::import::kinds::refusal;
use calamine::{
    Data, Dimensions, ExcelDateTime, Ods, Reader, SheetType, SheetVisible, Sheets, Xls, Xlsb, Xlsx,
    open_workbook_from_rs,
};
use std::collections::BTreeMap;
use std::io::Cursor;

/// The most that a workbook may unpack to.
const LIMIT: u64 = 1 << 30;

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::import::shapes) struct Text {
    pub(in crate::import::shapes) text: String,
    /// The sheet holds a number here, not a text that looks like one.
    pub(in crate::import::shapes) number: bool,
}

/// Cells by row and column, both from zero.
pub(in crate::import::shapes) type Cells = BTreeMap<u32, BTreeMap<u32, Text>>;

/// An open workbook.
pub(in crate::import::shapes) struct Workbook(Sheets<Cursor<Vec<u8>>>);

impl Workbook {
    /// Opens one by what its bytes hold.
    pub(in crate::import::shapes) fn open(bytes: Vec<u8>) -> Result<Self, ImportError> {
        if unpacked_size(&bytes) > LIMIT {
            return Err(ImportError::Packed {
                message: format!(
                    "this workbook holds more than {} MB unpacked; save the sheet with the runs as CSV",
                    LIMIT >> 20
                ),
            });
        }
        let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        let zip = bytes.starts_with(b"PK");
        let (binary, open_document) = (zip && has(b"xl/workbook.bin"), zip && has(b"oasis.opendocument"));
        let reader = Cursor::new(bytes);
        let opened = match (zip, binary, open_document) {
            (false, ..) => open_workbook_from_rs::<Xls<_>, _>(reader)
                .map(Sheets::Xls)
                .map_err(|error| error.to_string()),
            (_, true, _) => open_workbook_from_rs::<Xlsb<_>, _>(reader)
                .map(Sheets::Xlsb)
                .map_err(|error| error.to_string()),
            (_, _, true) => open_workbook_from_rs::<Ods<_>, _>(reader)
                .map(Sheets::Ods)
                .map_err(|error| error.to_string()),
            _ => open_workbook_from_rs::<Xlsx<_>, _>(reader)
                .map(Sheets::Xlsx)
                .map_err(|error| error.to_string()),
        };
        opened.map(Self).map_err(|error| unreadable(&error))
    }

    /// Names of its sheets with cells, in their order, and whether each can be seen.
    pub(in crate::import::shapes) fn sheets(&self) -> Vec<(String, bool)> {
        self.0
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
            .collect()
    }

    /// A sheet's cells.
    pub(in crate::import::shapes) fn cells(&mut self, sheet: &str) -> Result<Cells, ImportError> {
        let mut cells = Cells::new();
        let mut put = |row: u32, column: u32, value: Data| {
            if let Some(text) = text(value) {
                cells.entry(row).or_default().insert(column, text);
            }
        };
        if let Sheets::Xlsx(book) = &mut self.0 {
            // Cell by cell: as a rectangle, two cells in far corners would take all memory.
            let mut reader = book
                .worksheet_cells_reader(sheet)
                .map_err(|error| unreadable(&error.to_string()))?;
            while let Some(cell) = reader.next_cell().map_err(|error| unreadable(&error.to_string()))? {
                let (row, column) = cell.get_position();
                put(row, column, cell.get_value().clone().into());
            }
            return Ok(cells);
        }
        let range = self
            .0
            .worksheet_range(sheet)
            .map_err(|error| unreadable(&error.to_string()))?;
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            put(top + row as u32, left + column as u32, value.clone());
        }
        Ok(cells)
    }

    /// Regions of cells merged into one; the first holds the value. OpenDocument files tell none.
    pub(in crate::import::shapes) fn merged(&mut self, sheet: &str) -> Vec<Dimensions> {
        match &mut self.0 {
            Sheets::Xlsx(book) => book.merge_cells_by_sheet_name(sheet).unwrap_or_default(),
            Sheets::Xls(book) => book.merge_cells_by_sheet_name(sheet).unwrap_or_default(),
            Sheets::Xlsb(_) | Sheets::Ods(_) => Vec::new(),
        }
    }
}

fn unreadable(error: &str) -> ImportError {
    refusal(
        &format!("a workbook that cannot be read ({error})"),
        "open it in a spreadsheet program and save it again, or as CSV",
    )
}

fn text(value: Data) -> Option<Text> {
    let (text, number) = match value {
        Data::Empty => return None,
        Data::Int(value) => (value.to_string(), true),
        Data::Float(value) => (shortest(value), true),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => (text, false),
        Data::Bool(value) => (if value { "TRUE" } else { "FALSE" }.to_owned(), false),
        Data::DateTime(time) => (date(&time), false),
        Data::Error(error) => (error.to_string(), false),
    };
    (!text.trim().is_empty()).then_some(Text { text, number })
}

/// The fewest digits that read back the same, with an exponent where they would be many.
fn shortest(value: f64) -> String {
    let plain = format!("{value}");
    if plain.len() <= 21 { plain } else { format!("{value:e}") }
}

fn date(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    if time.is_duration() {
        let seconds = (time.as_f64() * 86400.0).round();
        return format!(
            "{}:{:02}:{:02}",
            (seconds / 3600.0).floor(),
            (seconds / 60.0).floor() % 60.0,
            seconds % 60.0
        );
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => day,
        _ => format!("{day}T{hour:02}:{minute:02}:{second:02}"),
    }
}

/// What a ZIP archive's directory says that its members unpack to.
fn unpacked_size(bytes: &[u8]) -> u64 {
    let word = |at: usize| {
        let four = bytes.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*four))
    };
    let half = |at: usize| {
        let two = bytes.get(at..)?.first_chunk()?;
        Some(usize::from(u16::from_le_bytes(*two)))
    };
    let walk = || {
        let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06")?;
        let mut at = word(end + 16)? as usize;
        let mut size = 0;
        while bytes.get(at..at + 4) == Some(b"PK\x01\x02") {
            size += u64::from(word(at + 24)?);
            at += 46 + half(at + 28)? + half(at + 30)? + half(at + 32)?;
        }
        Some(size)
    };
    walk().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn values_as_text() {
        assert_eq!(shortest(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(
            (shortest(3e20).as_str(), shortest(1e300).as_str()),
            ("300000000000000000000", "1e300")
        );
        let at = |value, kind| date(&ExcelDateTime::new(value, kind, false));
        assert_eq!(at(45943.0, ExcelDateTimeType::DateTime), "2025-10-13");
        assert_eq!(at(45943.5, ExcelDateTimeType::DateTime), "2025-10-13T12:00:00");
        assert_eq!(at(1.25, ExcelDateTimeType::TimeDelta), "30:00:00");
        assert_eq!(
            text(Data::Error(calamine::CellErrorType::Div0)).unwrap().text,
            "#DIV/0!"
        );
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        for bytes in [
            b"PK\x03\x04xl/workbook.xml".as_slice(),
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
            b"",
            b"N,loss",
        ] {
            let error = Workbook::open(bytes.to_vec()).err().unwrap().to_string();
            assert!(error.contains("workbook that cannot be read"), "{error}");
        }
    }
}
