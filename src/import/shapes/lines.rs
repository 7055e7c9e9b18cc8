//! JSON lines: one record a line.

use super::records::read_records;
use crate::import::grid::{Grid, Layout};
use crate::import::{ImportError, ImportOptions, Shape};

/// `{…}` after `{…}`.
pub(super) struct JsonLines;

impl Layout for JsonLines {
    fn shape(&self) -> Shape {
        Shape::JsonLines
    }

    fn recognises(&self, text: &str) -> bool {
        text.trim_start().starts_with('{')
    }

    fn read(&self, text: &str, _options: &ImportOptions) -> Result<Grid, ImportError> {
        read_records(text)
    }
}
