//! A figure as SVG with real text.
//!
//! Coordinates are rounded to hundredths of a point and nothing depends on the machine, so the same figure gives the
//! same bytes everywhere. Texts name the bundled typefaces; a halo is a second, outlined copy under the text, because
//! slide programs do not know `paint-order`.
//!
//! Limits: clouds of more than 800 dots lose their outlines and have their ramp colours rounded to 32 steps; of more than
//! 6000, dots that share a cell of a grid are one. Curves are thinned to 11,000 points in all and rounded to tenths of a
//! point, which keeps their extremes.

mod marks;
mod write;

use super::frame::Rect;
use super::layout::Layout;
use super::page::PlacedText;
use super::plate::PlacedPanel;
use super::text::{CAP_HEIGHT, FontWeight};
use super::{About, Anchor, Figure, LegendKey, Paint, Parts, Sheet, Symbol, Theme, Tick, Token};
use std::fmt::Write as _;
pub use write::escape;
use write::{hex, number, rich};

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
    /// What is drawn beside the data.
    pub parts: Parts,
}

impl SvgStyle {
    /// The text scale at which a page of this size reads in a room: no text is smaller than 1/40 of the height of a
    /// 16:9 slide, and about 7 points in a column of a paper. The user's own factor multiplies `text_scale`.
    pub fn new(width: f32, height: f32, theme: Theme) -> Self {
        let text_scale = (width.min(1.6 * height) / 720.0).clamp(0.58, 6.0);
        Self {
            width,
            height,
            text_scale,
            theme,
            parts: Parts::default(),
        }
    }
}

/// Writes a figure or a plate. The same figure and style give the same bytes on every machine.
pub fn to_svg<'a>(sheet: impl Into<Sheet<'a>>, style: &SvgStyle) -> String {
    write_svg(sheet.into(), style, None, Reader::Anyone, "")
}

/// The same, with where its numbers come from among its metadata.
pub fn to_svg_about<'a>(sheet: impl Into<Sheet<'a>>, style: &SvgStyle, about: &About) -> String {
    write_svg(sheet.into(), style, Some(about), Reader::Anyone, "")
}

/// The same for a page with several: every id begins with `ids`, so that none refers to another picture's.
pub fn to_inline_svg(figure: &Figure, style: &SvgStyle, ids: &str) -> String {
    write_svg(figure.into(), style, None, Reader::Anyone, ids)
}

/// For our own painters.
pub(super) fn to_painted_svg(sheet: Sheet<'_>, style: &SvgStyle) -> String {
    write_svg(sheet, style, None, Reader::Painter, "")
}

/// Who reads the SVG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Any program: a halo is an outlined copy under its text, and glyphs fall back as they do everywhere.
    Anyone,
    /// PNG and PDF. `paint-order` is known, so that every text stands once, as one would copy it from a PDF. The second
    /// typeface is named for each character that needs it: usvg would set the whole text in it.
    Painter,
}

fn write_svg(sheet: Sheet<'_>, style: &SvgStyle, about: Option<&About>, reader: Reader, ids: &str) -> String {
    let size = [f64::from(style.width), f64::from(style.height)];
    let (texts, panels) = sheet.placed(size, f64::from(style.text_scale), style.parts);
    let mut svg = Svg {
        out: String::with_capacity(1 << 16),
        theme: style.theme,
        scale: f64::from(style.text_scale),
        reader,
        ids: escape(ids),
        grid: style.parts.grid,
    };
    svg.open(sheet, about, size);
    for text in &texts {
        svg.text(text);
    }
    let several = sheet.heading.is_some();
    for (letter, PlacedPanel { figure, corner, layout }) in ('a'..='z').zip(&panels) {
        if several {
            svg.ids = format!("{}{letter}-", escape(ids));
            let [x, y] = corner.map(number);
            svg.put(format_args!(
                "<g id=\"{}\" transform=\"translate({x} {y})\">\n",
                svg.id("panel")
            ));
        }
        svg.figure(figure, layout);
        if several {
            svg.out.push_str("</g>\n");
        }
    }
    svg.out.push_str("</g>\n</svg>\n");
    svg.out
}

struct Svg {
    out: String,
    theme: Theme,
    scale: f64,
    reader: Reader,
    /// What every id begins with.
    ids: String,
    /// The grid is drawn.
    grid: bool,
}

impl Svg {
    fn paint(&self, paint: Paint) -> String {
        hex(self.theme.paint(paint))
    }

    fn token(&self, token: Token) -> String {
        hex(self.theme.token(token))
    }

    fn length(&self, points: f64) -> String {
        number(points * self.scale)
    }

    fn rich(&self, text: &str, size: f64) -> String {
        rich(text, size, self.reader == Reader::Painter)
    }

    /// An id of this picture.
    fn id(&self, name: &str) -> String {
        format!("{}{}", self.ids, escape(name))
    }

    fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        self.out.write_fmt(arguments).ok();
    }

    fn figure(&mut self, figure: &Figure, page: &Layout<'_>) {
        self.scale = page.scale;
        if figure.empty.is_none() {
            self.grid(page);
            self.put(format_args!("<g clip-path=\"url(#{})\">\n", self.id("plot")));
            for mark in &figure.marks {
                self.mark(mark, &page.frame);
            }
            self.out.push_str("</g>\n");
            self.edges(page);
            self.labels(page);
            self.notes(page);
            self.keys(figure, page);
            self.bar(page);
        }
        for text in &page.texts {
            self.text(text);
        }
    }

    fn open(&mut self, sheet: Sheet<'_>, about: Option<&About>, [width, height]: [f64; 2]) {
        let (w, h) = (number(width), number(height));
        let (title, desc) = (self.id("title"), self.id("about"));
        self.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
             aria-labelledby=\"{title} {desc}\">\n<title id=\"{title}\">{}</title>\n<desc id=\"{desc}\">{}</desc>\n",
            escape(sheet.title()),
            escape(&sheet.words().join(" — ")),
        ));
        if let Some(about) = about {
            self.metadata(&about.entries(sheet), about.project.as_deref());
        }
        let ground = self.token(Token::Background);
        self.put(format_args!(
            "<rect width=\"{w}\" height=\"{h}\" fill=\"{ground}\"/>\n\
             <g font-family=\"'Noto Sans', 'DejaVu Sans', sans-serif\">\n"
        ));
    }

    /// Dublin Core, which drawing programs show and keep.
    fn metadata(&mut self, entries: &[(&str, String)], project: Option<&str>) {
        self.out.push_str(
            "<metadata>\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<rdf:Description rdf:about=\"\">\n",
        );
        for (name, text) in entries {
            let element = match *name {
                "Title" => "title",
                "Description" => "description",
                "Law" => "subject",
                "Data" => "source",
                "Saved" => "date",
                _ => "creator",
            };
            self.put(format_args!("<dc:{element}>{}</dc:{element}>\n", escape(text)));
        }
        self.out.push_str("</rdf:Description>\n</rdf:RDF>\n");
        if let Some(project) = project {
            self.put(format_args!(
                "<isoloss:project xmlns:isoloss=\"urn:isoloss\">{}</isoloss:project>\n",
                escape(project)
            ));
        }
        self.out.push_str("</metadata>\n");
    }

    fn grid(&mut self, page: &Layout<'_>) {
        let plot = page.frame.plot;
        let (w, h) = (number(plot.width()), number(plot.height()));
        self.put(format_args!(
            "<clipPath id=\"{}\"><rect x=\"{}\" y=\"{}\" width=\"{w}\" height=\"{h}\"/></clipPath>\n",
            self.id("plot"),
            number(plot.left),
            number(plot.top)
        ));
        let drawn: &[bool] = if self.grid { &[false, true] } else { &[] };
        for &major in drawn {
            let mut path = String::new();
            for tick in page.x_ticks.iter().filter(|tick| tick.major == major) {
                let x = number(page.frame.x.place(tick.value));
                write!(path, "M{x} {}V{}", number(plot.top), number(plot.bottom)).ok();
            }
            for tick in page.y_ticks.iter().filter(|tick| tick.major == major) {
                let y = number(page.frame.y.place(tick.value));
                write!(path, "M{} {y}H{}", number(plot.left), number(plot.right)).ok();
            }
            if !path.is_empty() {
                let colour = self.token(if major { Token::Grid } else { Token::GridMinor });
                let width = self.length(1.0);
                self.put(format_args!(
                    "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
                ));
            }
        }
    }

    /// The frame and the ticks, over the data so that a curve does not blur them.
    fn edges(&mut self, page: &Layout<'_>) {
        let plot = page.frame.plot;
        let (long, short) = (5.0 * self.scale, 3.0 * self.scale);
        let mut path = format!(
            "M{} {}V{}H{}",
            number(plot.left),
            number(plot.top),
            number(plot.bottom),
            number(plot.right)
        );
        for tick in &page.x_ticks {
            let length = if tick.label.is_some() { long } else { short };
            write!(
                path,
                "M{} {}v{}",
                number(page.frame.x.place(tick.value)),
                number(plot.bottom),
                number(length)
            )
            .ok();
        }
        for tick in &page.y_ticks {
            let length = if tick.label.is_some() { long } else { short };
            write!(
                path,
                "M{} {}h{}",
                number(plot.left),
                number(page.frame.y.place(tick.value)),
                number(-length)
            )
            .ok();
        }
        self.far_edges(page, &mut path, [long, short]);
        let (colour, width) = (self.token(Token::Reference), self.length(1.0));
        self.put(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
        ));
    }

    /// The sides that have a second scale.
    fn far_edges(&self, page: &Layout<'_>, path: &mut String, [long, short]: [f64; 2]) {
        let plot = page.frame.plot;
        let length = |tick: &Tick| if tick.label.is_some() { long } else { short };
        let (top, right) = (number(plot.top), number(plot.right));
        if !page.x_second.is_empty() {
            write!(path, "M{} {top}H{right}", number(plot.left)).ok();
        }
        for tick in &page.x_second {
            let x = number(page.frame.x.place(tick.value));
            write!(path, "M{x} {top}v{}", number(-length(tick))).ok();
        }
        if !page.y_second.is_empty() {
            write!(path, "M{right} {top}V{}", number(plot.bottom)).ok();
        }
        for tick in &page.y_second {
            let y = number(page.frame.y.place(tick.value));
            write!(path, "M{right} {y}h{}", number(length(tick))).ok();
        }
    }

    fn labels(&mut self, page: &Layout<'_>) {
        let size = page.label_size;
        for label in &page.labels {
            let drop = size * f64::from(CAP_HEIGHT) / 2.0;
            let [x, y] = label.centre;
            let place = if label.angle == 0.0 {
                format!("x=\"{}\" y=\"{}\"", number(x), number(y + drop))
            } else {
                let (x, y, drop) = (number(x), number(y), number(drop));
                format!(
                    "y=\"{drop}\" transform=\"translate({x} {y}) rotate({})\"",
                    number(label.angle.to_degrees())
                )
            };
            let weight = if label.weight == FontWeight::Bold {
                " font-weight=\"700\""
            } else {
                ""
            };
            let common = format!("{place} text-anchor=\"middle\" font-size=\"{}\"{weight}", number(size));
            let text = self.rich(label.text, size);
            let (ground, fill) = (self.token(Token::Background), hex(self.theme.text_paint(label.paint)));
            if label.boxed {
                // On its own line a text needs a gap: between the digits of 2.6 an outline would leave a stroke.
                let (half_width, half_height) = (label.width / 2.0 + 0.18 * size, 0.56 * size);
                let (w, h) = (number(2.0 * half_width), number(2.0 * half_height));
                let (left, top) = (number(-half_width), number(-half_height));
                let turn = match label.angle {
                    0.0 => String::new(),
                    angle => format!(" rotate({})", number(angle.to_degrees())),
                };
                self.put(format_args!(
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{w}\" height=\"{h}\" \
                     transform=\"translate({} {}){turn}\" fill=\"{ground}\" fill-opacity=\"0.88\"/>\n",
                    number(x),
                    number(y)
                ));
            }
            let stroke = format!(
                "stroke=\"{ground}\" stroke-width=\"{}\" stroke-linejoin=\"round\"",
                self.length(3.5)
            );
            let outline = match (label.boxed, self.reader) {
                (true, _) => String::new(),
                (false, Reader::Painter) => format!(" {stroke} paint-order=\"stroke\""),
                (false, Reader::Anyone) => {
                    self.put(format_args!(
                        "<text {common} fill=\"none\" {stroke} aria-hidden=\"true\">{text}</text>\n"
                    ));
                    String::new()
                }
            };
            self.put(format_args!("<text {common} fill=\"{fill}\"{outline}>{text}</text>\n"));
        }
    }

    /// What the user wrote, on a ground of its own over everything.
    fn notes(&mut self, page: &Layout<'_>) {
        let size = page.label_size;
        for note in &page.notes {
            let (ground, ink) = (self.token(Token::Background), self.token(Token::Text));
            let id = self.id(note.id);
            self.put(format_args!("<g id=\"{id}\">\n"));
            if let Some(leader) = note.leader {
                let width = self.length(1.2);
                let ends = [leader.from, leader.to].map(|at| at.map(number));
                let [tip, left, right] = leader.head.map(|at| at.map(number));
                self.put(format_args!(
                    "<path d=\"M{} {}L{} {}\" stroke=\"{ink}\" stroke-width=\"{width}\"/>\n\
                     <path d=\"M{} {}L{} {}L{} {}Z\" fill=\"{ink}\"/>\n",
                    ends[0][0],
                    ends[0][1],
                    ends[1][0],
                    ends[1][1],
                    tip[0],
                    tip[1],
                    left[0],
                    left[1],
                    right[0],
                    right[1]
                ));
            }
            let bounds = note.bounds;
            let [x, y, w, h] = [bounds.left, bounds.top, bounds.width(), bounds.height()].map(number);
            self.put(format_args!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{ground}\" fill-opacity=\"0.9\"/>\n"
            ));
            for (line, [x, y]) in note.lines.iter().zip(&note.baselines) {
                let (x, y, body) = (number(*x), number(*y), self.rich(line, size));
                let size = number(size);
                self.put(format_args!(
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{ink}\">{body}</text>\n"
                ));
            }
            self.out.push_str("</g>\n");
        }
    }

    fn keys(&mut self, figure: &Figure, page: &Layout<'_>) {
        for (entry, [x, y]) in figure.legend.iter().zip(&page.legend) {
            match entry.key {
                LegendKey::Line(dash) => {
                    let (colour, width, pattern) = (self.paint(entry.paint), self.length(2.0), self.pattern(dash, 2.0));
                    let (from, to, y) = (number(x - page.key_half), number(x + page.key_half), number(*y));
                    self.put(format_args!(
                        "<path d=\"M{from} {y}H{to}\" stroke=\"{colour}\" stroke-width=\"{width}\"{pattern}/>\n"
                    ));
                }
                LegendKey::Symbol(symbol, hollow) => {
                    let radius = match symbol {
                        Symbol::Circle => 3.5,
                        Symbol::Cross | Symbol::Tick => 4.5,
                        _ => 6.0,
                    };
                    self.symbol(symbol, [*x, *y], radius * self.scale, entry.paint, hollow);
                }
            }
        }
    }

    fn bar(&mut self, page: &Layout<'_>) {
        let Some(bar) = &page.bar else { return };
        let Rect {
            left,
            top,
            right,
            bottom,
        } = bar.bar;
        let ramp = self.id("ramp");
        self.put(format_args!(
            "<linearGradient id=\"{ramp}\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">\n"
        ));
        for step in 0..=10 {
            let at = f64::from(step) / 10.0;
            let colour = hex(self.theme.ramp(at));
            self.put(format_args!(
                "<stop offset=\"{}\" stop-color=\"{colour}\"/>\n",
                number(at)
            ));
        }
        self.put(format_args!(
            "</linearGradient>\n<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"url(#{ramp})\"/>\n",
            number(left),
            number(top),
            number(right - left),
            number(bottom - top)
        ));
        let mut path = String::new();
        for y in &bar.ticks {
            write!(path, "M{} {}h{}", number(right), number(*y), self.length(4.0)).ok();
        }
        if !path.is_empty() {
            let (colour, width) = (self.token(Token::Reference), self.length(1.0));
            self.put(format_args!(
                "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
            ));
        }
    }

    fn text(&mut self, text: &PlacedText) {
        let anchor = match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let [x, y] = text.at.map(number);
        let place = if text.upwards {
            format!("transform=\"translate({x} {y}) rotate(-90)\"")
        } else {
            format!("x=\"{x}\" y=\"{y}\"")
        };
        let weight = if text.weight == FontWeight::Bold {
            " font-weight=\"700\""
        } else {
            ""
        };
        let (fill, size, body) = (
            self.token(text.token),
            number(text.size),
            self.rich(&text.text, text.size),
        );
        self.put(format_args!(
            "<text {place}{anchor} font-size=\"{size}\"{weight} fill=\"{fill}\">{body}</text>\n"
        ));
    }
}
