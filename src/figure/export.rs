//! One figure, four writers: the format of a file by the end of its name, the pages that people want.

use super::csv::{Places, to_csv};
use super::pdf::to_pdf;
use super::png::to_png;
use super::svg::to_svg_about;
use super::{About, Sheet, SvgStyle};

/// Why a figure cannot be written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// Too many pixels.
    #[error("{width} × {height} pixels are too many; choose a smaller size or scale")]
    TooLarge {
        /// Columns.
        width: f64,
        /// Rows.
        height: f64,
    },
    /// A failure of ours.
    #[error("the picture cannot be drawn: {0}")]
    Internal(String),
}

/// The formats of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FigureFormat {
    /// Vectors with text, for slides and drawing programs.
    Svg,
    /// Vectors with text, for papers.
    Pdf,
    /// Pixels.
    Png,
    /// The numbers that are drawn.
    Csv,
}

impl FigureFormat {
    /// In menu order.
    pub const ALL: [Self; 4] = [Self::Svg, Self::Pdf, Self::Png, Self::Csv];

    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Csv => "csv",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Svg => "SVG",
            Self::Pdf => "PDF",
            Self::Png => "PNG",
            Self::Csv => "CSV",
        }
    }

    /// By the end of a file's name, in any case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| extension.eq_ignore_ascii_case(format.extension()))
    }
}

/// Pages that figures are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FigurePage {
    /// A slide of 16:9.
    Slide,
    /// A slide of 4:3.
    SlideTall,
    /// One column of a paper, 3.25 in.
    Column,
    /// The width of a paper's text, 6.75 in.
    Text,
}

impl FigurePage {
    /// In menu order.
    pub const ALL: [Self; 4] = [Self::Slide, Self::SlideTall, Self::Column, Self::Text];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Slide => "Slide 16:9",
            Self::SlideTall => "Slide 4:3",
            Self::Column => "Column 3.25 in",
            Self::Text => "Page width 6.75 in",
        }
    }

    /// On the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slide => "slide",
            Self::SlideTall => "slide-4x3",
            Self::Column => "column",
            Self::Text => "page",
        }
    }

    /// Width and height in px of 96 to the inch; in papers near the golden section.
    pub fn size(self) -> [f32; 2] {
        match self {
            Self::Slide => [1600.0, 900.0],
            Self::SlideTall => [1200.0, 900.0],
            Self::Column => [312.0, 193.44],
            Self::Text => [648.0, 401.76],
        }
    }
}

/// A figure on its way out.
#[derive(Clone, Copy)]
pub struct Export<'a> {
    /// What is drawn.
    pub sheet: Sheet<'a>,
    /// Where its numbers come from.
    pub about: &'a About,
    /// The names behind its dots.
    pub places: &'a Places<'a>,
    /// Size and colours.
    pub style: SvgStyle,
    /// Pixels of a PNG to a point of the page.
    pub scale: f32,
}

impl Export<'_> {
    /// The bytes of a file. The same figure gives the same bytes.
    ///
    /// # Errors
    /// As [`to_png`] and [`to_pdf`].
    pub fn write(&self, format: FigureFormat) -> Result<Vec<u8>, WriteError> {
        let (sheet, style, about) = (self.sheet, &self.style, self.about);
        match format {
            FigureFormat::Svg => Ok(to_svg_about(sheet, style, about).into_bytes()),
            FigureFormat::Pdf => to_pdf(sheet, style, about),
            FigureFormat::Png => to_png(sheet, style, self.scale, about),
            FigureFormat::Csv => Ok(to_csv(sheet, self.places).into_bytes()),
        }
    }
}
