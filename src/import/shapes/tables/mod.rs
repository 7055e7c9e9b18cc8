//! Tables: delimited text, spreadsheets, and our own files.

pub(super) mod delimited;
pub(super) mod history;
pub(super) mod opening;
pub(super) mod spreadsheet;
pub(super) mod tidy;
pub(super) mod workbook;
