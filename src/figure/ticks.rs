//! Where an axis has ticks and what they say.

use super::Axis;

/// A tick.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Data units.
    pub value: f64,
    /// `None` for a minor tick.
    pub label: Option<String>,
    /// A grid line is drawn stronger.
    pub major: bool,
}

/// Ticks of an axis that shows `range` (data units) over `length` points, at about `spacing` points a label.
pub fn ticks(_axis: &Axis, _range: (f64, f64), _length: f32, _spacing: f32) -> Vec<Tick> {
    todo!()
}
