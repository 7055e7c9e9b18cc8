//! A figure as SVG with real text.

use super::{Figure, Theme};

/// How large and in which colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SvgStyle {
    /// Logical width in points.
    pub width: f32,
    /// Logical height in points.
    pub height: f32,
    /// Text, lines and markers together.
    pub text_scale: f32,
    /// Colours.
    pub theme: Theme,
}

/// Writes a figure. The same figure and style give the same bytes on every machine.
pub fn to_svg(_figure: &Figure, _style: &SvgStyle) -> String {
    todo!()
}
