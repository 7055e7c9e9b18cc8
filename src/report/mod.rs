//! A report: the answer in words, the figures, the fit card, what was left out and where all of it comes from, on one
//! page for someone who was not there.
//!
//! Plain data with two writers. HTML is one file that asks for nothing else: figures are inline, there is no script and
//! no font to fetch. Markdown keeps its figures in files beside it. Neither carries a date: the same runs give the same
//! bytes.

mod html;
mod markdown;

use crate::figure::{Figure, SvgStyle, Theme, ThemeKind};
use crate::validation::Card;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// For the heading.
    pub title: String,
    /// The answer, a sentence each; exponents as typed.
    pub answer: Vec<String>,
    /// What is drawn, with its name in file names.
    pub figures: Vec<(&'static str, Figure)>,
    /// Views that have nothing to show: their names for people, and why.
    pub not_drawn: Vec<(&'static str, String)>,
    /// The fit.
    pub card: Card,
}

/// The languages of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// One file.
    Html,
    /// With figures in files beside it.
    Markdown,
}

/// A report as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The report.
    pub text: String,
    /// Files beside it, by name.
    pub beside: Vec<(String, String)>,
}

impl ReportFormat {
    /// In the order of help texts.
    pub const ALL: [Self; 2] = [Self::Html, Self::Markdown];

    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "md",
        }
    }

    /// By the end of a file's name, in any case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| extension.eq_ignore_ascii_case(format.extension()))
    }
}

impl Report {
    /// The report in a language; `stem` is the name of its file without the ending.
    pub fn write(&self, format: ReportFormat, stem: &str) -> Written {
        match format {
            ReportFormat::Html => Written {
                text: self.html(),
                beside: vec![],
            },
            ReportFormat::Markdown => self.markdown(stem),
        }
    }
}

/// Figures as wide as the page's text.
fn style() -> SvgStyle {
    SvgStyle::new(960.0, 600.0, Theme { kind: ThemeKind::Light })
}
