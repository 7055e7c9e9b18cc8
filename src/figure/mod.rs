//! Figures as plain data: axes, marks, labels. The screen, the writers and the tests read the same [`Figure`].
//!
//! A figure knows no pixels and no theme. Coordinates are data units (N, D, C, L); a log axis is a property of
//! [`Axis`], never of the data. Colours are [`Paint`]s that a [`Theme`] turns into RGB when the figure is drawn.

mod about;
mod cloud;
mod csv;
mod curves;
mod export;
mod frame;
mod hatch;
mod labels;
mod layout;
mod notes;
mod outline;
mod page;
mod pdf;
mod plate;
mod png;
mod pyramid;
mod reveal;
mod second;
mod size;
mod svg;
mod template;
mod text;
mod theme;
mod ticks;
mod tree;
pub mod views;

pub use about::About;
pub use cloud::{CLOUD, Dots};
pub use csv::{Place, Places, to_csv};
pub use curves::{Curve, thinned_curves};
pub use export::{Export, FigureFormat, FigurePage, WriteError};
pub use frame::{AxisMap, Frame, Rect, equal_decades};
pub use hatch::hatched;
pub use labels::{PlacedLabel, place_labels};
pub use layout::{Layout, layout, narrowed};
pub use notes::{Leader, Note, NoteId, NoteKind, PlacedNote, place_notes};
pub use outline::Outline;
pub use page::{PlacedBar, PlacedText};
pub use pdf::to_pdf;
pub use plate::{Heading, Plate, Sheet};
pub use png::{Pixels, to_pixels, to_png};
pub use pyramid::{Detail, Pyramid};
pub use reveal::{Reveal, revealed};
pub use second::{Says, SecondAxis, second_ticks};
pub use size::page_size;
pub use svg::{SvgStyle, escape, to_inline_svg, to_svg, to_svg_about};
pub use template::{PIXELS, Parts, SIDES, TEXT_SCALES, Template};
pub use text::{CAP_HEIGHT, DESCENT, EXPONENT_RISE, EXPONENT_SIZE, FontWeight, spans, text_width, wrap};
pub use theme::{Rgb, Theme, ThemeKind, Token};
pub use ticks::{Tick, ticks};

use crate::units::FLOPS_PER_PF_DAY;

/// A picture of data.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The finding or the subject, in sentence case.
    pub title: String,
    /// Data and method; may be empty.
    pub subtitle: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// One decade is as long on both axes, as on N–D maps.
    pub equal_decades: bool,
    /// In drawing order.
    pub marks: Vec<Mark>,
    /// The law with its numbers, then their errors, a line each; empty where no law is drawn.
    pub equation: Vec<String>,
    /// Legend entries, in the order of their lines; empty where direct labels do.
    pub legend: Vec<LegendEntry>,
    /// What the ramp colours mean.
    pub colour_bar: Option<ColourBar>,
    /// Small lines under the picture: n used and excluded, law, objective, source.
    pub footer: Vec<String>,
    /// Said instead of marks when there is nothing to draw, with the remedy.
    pub empty: Option<String>,
}

/// How values map to length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By decades.
    Log,
}

/// How tick labels are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickFormat {
    /// 2.0, 2.2, 2.5.
    Plain,
    /// 100M, 1B, 10T: N and D.
    Count,
    /// 10²¹: C.
    Power,
    /// C, in PF-days: 1, 10, 10⁴.
    PfDays,
}

impl TickFormat {
    /// A value of an axis in the unit that its labels are written in.
    pub fn in_unit(self, value: f64) -> f64 {
        match self {
            Self::PfDays => value / FLOPS_PER_PF_DAY,
            Self::Plain | Self::Count | Self::Power => value,
        }
    }
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// With unit: `Training compute C (FLOP)`.
    pub label: String,
    /// Linear or log.
    pub scale: Scale,
    /// Labels.
    pub format: TickFormat,
    /// What is shown first, in data units, low < high; positive on a log axis.
    pub range: (f64, f64),
    /// Another scale on the far side.
    pub second: Option<SecondAxis>,
}

/// A colour by meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Paint {
    /// A theme colour.
    Token(Token),
    /// An ordered quantity, 0 to 1, on the sequential ramp.
    Ramp(f64),
    /// A category, by index, from the Okabe–Ito palette.
    Category(usize),
}

/// Line pattern: solid where there are data, dashed where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// Observed range.
    Solid,
    /// Extrapolation.
    Dashed,
    /// Reference: published laws, iso-D/N lines.
    Dotted,
}

/// A marker's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// A run.
    Circle,
    /// A minimum.
    Diamond,
    /// The answer.
    Star,
    /// A run that diverged.
    Cross,
    /// A seam of a curve: a short upright stroke.
    Tick,
}

/// Where a text stands against its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Text begins at the point.
    Start,
    /// Text is centred on the point.
    Middle,
    /// Text ends at the point.
    End,
}

/// A dot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dot {
    /// Data units.
    pub at: [f64; 2],
    /// Fill, or outline where hollow.
    pub paint: Paint,
    /// Left out of the fit.
    pub hollow: bool,
    /// Which measurement it is.
    pub datum: Option<Datum>,
}

/// The measurement behind a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Datum {
    /// Index of the table in the scene.
    pub table: usize,
    /// Index of the point in the table.
    pub point: usize,
}

/// Something drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// Measurements.
    Dots {
        /// Name of the series, for screen readers and ids; stable.
        id: String,
        /// Positions.
        dots: Dots,
        /// Form.
        symbol: Symbol,
        /// Radius in points at text scale 1.
        radius: f32,
    },
    /// A curve.
    Line {
        /// Stable name.
        id: String,
        /// Data units.
        points: Vec<[f64; 2]>,
        /// Colour.
        paint: Paint,
        /// Width in points at text scale 1.
        width: f32,
        /// Pattern.
        dash: Dash,
    },
    /// Strokes on the right of a line, as one walks along it: that side is the wrong one.
    Hatch {
        /// Stable name.
        id: String,
        /// Of the line, data units.
        points: Vec<[f64; 2]>,
        /// Colour.
        paint: Paint,
    },
    /// Curves of any number of points, thinned to the page when they are drawn.
    Curves {
        /// Stable name.
        id: String,
        /// In drawing order.
        curves: Vec<Curve>,
    },
    /// A region between two curves over the same x.
    Band {
        /// Stable name.
        id: String,
        /// x, low, high.
        edges: Vec<[f64; 3]>,
        /// Colour.
        paint: Paint,
        /// 0 to 1.
        opacity: f32,
    },
    /// A thin line across the plot that does not widen the view.
    Rule {
        /// Vertical at this x, or horizontal at this y.
        at: RuleAt,
        /// Text at its end.
        label: String,
        /// Colour.
        paint: Paint,
    },
    /// A text in the plot.
    Label {
        /// Data units.
        at: [f64; 2],
        /// The text.
        text: String,
        /// Colour.
        paint: Paint,
        /// Against `at`.
        anchor: Anchor,
        /// Written along the direction to this data point.
        along: Option<[f64; 2]>,
        /// Labels that would overlap an earlier, more important one are left out; higher stays.
        importance: u8,
    },
    /// Words of the user's at a place of the plot, over everything else.
    Note {
        /// Stable name.
        id: String,
        /// The words; a line each.
        text: String,
        /// Of their middle, in shares of the plot's width and height from its left and top.
        place: [f64; 2],
        /// What they point at, in data units.
        to: Option<[f64; 2]>,
    },
    /// A text on a curve, placed against what is in view when it is drawn.
    LineLabel {
        /// Id of the line.
        line: String,
        /// The text.
        text: String,
        /// Colour.
        paint: Paint,
        /// Where on the curve.
        place: LabelPlace,
        /// As of a label.
        importance: u8,
    },
}

/// Where on a curve its label stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LabelPlace {
    /// Upright, on the curve, just inside the edge of the view that it leaves by: contours.
    Edge,
    /// Upright, after the curve's right end.
    End,
    /// Written along the curve and interrupting it, near this share of its visible length.
    On(f64),
    /// Written along the curve, above or below it, near this share of its visible length.
    Beside(f64),
}

/// Place of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RuleAt {
    /// Vertical.
    X(f64),
    /// Horizontal.
    Y(f64),
}

/// A row of the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct LegendEntry {
    /// What it is.
    pub text: String,
    /// Its colour.
    pub paint: Paint,
    /// Its look.
    pub key: LegendKey,
}

/// Look of a legend entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LegendKey {
    /// A line.
    Line(Dash),
    /// A marker, hollow or filled.
    Symbol(Symbol, bool),
}

/// What the ramp means.
#[derive(Debug, Clone, PartialEq)]
pub struct ColourBar {
    /// With unit.
    pub label: String,
    /// Data range at ramp 0 and 1.
    pub range: (f64, f64),
    /// How the ramp runs.
    pub scale: Scale,
    /// Tick labels.
    pub format: TickFormat,
}
