//! Widths of text in the bundled typeface, without a window.

/// Weight of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FontWeight {
    /// Noto Sans Regular.
    Regular,
    /// Noto Sans Bold.
    Bold,
}

/// Width in points of one line at a font size in points.
pub fn text_width(_text: &str, _size: f32, _weight: FontWeight) -> f32 {
    todo!()
}
