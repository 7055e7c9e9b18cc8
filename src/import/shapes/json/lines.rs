//! JSON lines: one record a line.

use super::records::read_history;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::{ImportError, ImportOptions, Shape};

/// `{…}` after `{…}`.
pub(in crate::import::shapes) struct JsonLines;

impl Layout for JsonLines {
    fn shape(&self) -> Shape {
        Shape::JsonLines
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let record = source.text.trim_start().starts_with('{');
        record.then_some("records in braces, one after the other")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        read_history(&source)
    }
}
