//! Where everything of a figure stands on a page of a given size: the frame, the ticks, every text.
//!
//! Lengths are in points and scale together with `text_scale`. Top to bottom: title, subtitle, legend, plot, tick
//! labels, axis title, footer. On a page too small for all of it, the footer goes first, the equation and the subtitle next, then the second
//! scale over the plot, the legend last, so that the plot keeps about half the height; a paper's caption says what they did.

use super::frame::{Frame, Rect, equal_decades};
use super::labels::{PlacedLabel, place_labels};
use super::notes::{PlacedNote, place_notes};
use super::text::{CAP_HEIGHT, DESCENT, FontWeight, text_width, wrap};
use super::{Anchor, Axis, AxisMap, ColourBar, Figure, Heading, Parts, Tick, TickFormat, Token, second_ticks, ticks};

/// Font sizes in points at text scale 1.
mod size {
    pub(super) const TITLE: f64 = 17.0;
    pub(super) const PANEL: f64 = 14.0;
    pub(super) const SUBTITLE: f64 = 12.5;
    pub(super) const AXIS: f64 = 12.5;
    pub(super) const TICK: f64 = 12.0;
    pub(super) const LABEL: f64 = 12.0;
    pub(super) const LEGEND: f64 = 12.0;
    pub(super) const FOOTER: f64 = 11.25;
    pub(super) const MESSAGE: f64 = 14.0;
}

/// A line of text outside the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedText {
    /// With exponents as typed (see [`super::spans`]).
    pub text: String,
    /// On the baseline, in points.
    pub at: [f64; 2],
    /// Against `at`.
    pub anchor: Anchor,
    /// Font size in points.
    pub size: f64,
    /// Weight.
    pub weight: FontWeight,
    /// Colour.
    pub token: Token,
    /// Written upwards, as the title of a vertical axis.
    pub upwards: bool,
}

/// A colour bar with its ticks.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedBar {
    /// The bar; ramp 0 is at its bottom.
    pub bar: Rect,
    /// Height of each labelled tick.
    pub ticks: Vec<f64>,
}

/// A figure on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout<'a> {
    /// The plot and its axes.
    pub frame: Frame,
    /// Of the horizontal axis.
    pub x_ticks: Vec<Tick>,
    /// Of the vertical axis.
    pub y_ticks: Vec<Tick>,
    /// Of the second scale of the horizontal axis, at the axis's own values; none without one.
    pub x_second: Vec<Tick>,
    /// Of the second scale of the vertical axis.
    pub y_second: Vec<Tick>,
    /// Everything written outside the plot, and the message of an empty figure.
    pub texts: Vec<PlacedText>,
    /// Everything written inside the plot.
    pub labels: Vec<PlacedLabel<'a>>,
    /// What the user writes into the plot.
    pub notes: Vec<PlacedNote<'a>>,
    /// Font size of `labels` and `notes` in points.
    pub label_size: f64,
    /// Middle of the key of each legend entry, in the figure's order.
    pub legend: Vec<[f64; 2]>,
    /// Half the length of a legend key, in points.
    pub key_half: f64,
    /// The colour bar, where the figure has one.
    pub bar: Option<PlacedBar>,
    /// Points at text scale 1 to points on the page.
    pub scale: f64,
}

/// Lays a figure out on a page of `width` by `height` points.
pub fn layout(figure: &Figure, width: f64, height: f64, text_scale: f64) -> Layout<'_> {
    layout_parts(figure, [width, height], text_scale, Parts::default())
}

/// The same with some of what is drawn beside the data.
pub(super) fn layout_parts(figure: &Figure, size: [f64; 2], text_scale: f64, parts: Parts) -> Layout<'_> {
    layout_on(figure, Page::new(size, text_scale, parts), 0.0)
}

/// The same for one of several on a page: a smaller title, and a plot that begins no higher than `least_top`.
pub(super) fn layout_panel(
    figure: &Figure,
    size: [f64; 2],
    text_scale: f64,
    parts: Parts,
    least_top: f64,
) -> Layout<'_> {
    let page = Page {
        title: size::PANEL,
        ..Page::new(size, text_scale, parts)
    };
    layout_on(figure, page, least_top)
}

/// Title and subtitle of a page with several figures, its footer, and where the room between them begins and ends.
pub(super) fn layout_heading(
    heading: &Heading,
    size: [f64; 2],
    text_scale: f64,
    parts: Parts,
) -> (Vec<PlacedText>, [f64; 2]) {
    let mut page = Page::new(size, text_scale, parts);
    let top = page.header(&heading.title, &heading.subtitle, &heading.equation);
    let bottom = page.footer(&heading.footer);
    (page.texts, [top, bottom])
}

fn layout_on(figure: &Figure, mut page: Page, least_top: f64) -> Layout<'_> {
    let (width, height, scale) = (page.width, page.height, page.scale);
    let (mut top, mut bottom, mut legend) = (0.0, height, vec![]);
    let mut above = 0.0;
    for (subtitle, footer, second, keys) in [
        (true, true, true, true),
        (true, false, true, true),
        (false, false, true, true),
        (false, false, false, true),
        (false, false, false, false),
    ] {
        page.texts.clear();
        let (subtitle, equation): (&str, &[String]) = match subtitle {
            true => (&figure.subtitle, &figure.equation),
            false => ("", &[]),
        };
        top = page.header(&figure.title, subtitle, equation);
        (legend, top) = if keys { page.legend(figure, top) } else { (vec![], top) };
        bottom = page.footer(if footer { &figure.footer } else { &[] });
        above = match figure.x.second {
            Some(_) if second => page.axis_height() - 4.0 * scale,
            _ => 0.0,
        };
        if bottom - page.axis_height() - above - top >= 0.5 * height {
            break;
        }
    }
    top += if figure.empty.is_some() { 0.0 } else { above };
    top = top.max(least_top);
    let key_half = KEY * scale / 2.0;
    let label_size = size::LABEL * scale;
    if let Some(message) = &figure.empty {
        let plot = Rect {
            left: page.pad(),
            top,
            right: width - page.pad(),
            bottom: bottom.max(top + 1.0),
        };
        page.message(message, &plot);
        let frame = Frame::new(plot, (figure.x.scale, figure.x.range), (figure.y.scale, figure.y.range));
        let texts = page.texts;
        return Layout {
            frame,
            x_ticks: vec![],
            y_ticks: vec![],
            x_second: vec![],
            y_second: vec![],
            texts,
            labels: vec![],
            notes: vec![],
            label_size,
            legend: vec![],
            key_half,
            bar: None,
            scale,
        };
    }

    let plot_bottom = (bottom - page.axis_height()).max(top + 10.0);
    let beside = page.second_width(&figure.y);
    let right = width - page.pad() - page.bar_width(figure.colour_bar.as_ref()) - beside;
    // How wide the tick labels of y are depends on its range, which depends on the width of the plot: two rounds settle it.
    let mut left = page.pad() + 60.0 * scale;
    let mut frame;
    let mut y_ticks;
    let mut round = 0;
    loop {
        let room = Rect {
            left,
            top,
            right: right.max(left + 10.0),
            bottom: plot_bottom,
        };
        let plot = narrowed(figure, room);
        let (x_range, y_range) = if figure.equal_decades {
            equal_decades(&figure.x, &figure.y, plot.width(), plot.height())
        } else {
            (figure.x.range, figure.y.range)
        };
        frame = Frame::new(plot, (figure.x.scale, x_range), (figure.y.scale, y_range));
        y_ticks = ticks(&figure.y, frame.y.range(), plot.height() as f32, (30.0 * scale) as f32);
        left = page.pad() + (size::AXIS + 8.0 + 8.0) * scale + page.widest(&y_ticks);
        round += 1;
        if round == 3 {
            break;
        }
    }
    let x_ticks = page.x_ticks(&figure.x, &frame);
    page.axes(figure, &frame, &x_ticks, &y_ticks);
    let (x_second, y_second) = page.second(figure, &frame, above > 0.0);
    let bar = figure.colour_bar.as_ref().map(|bar| page.bar(bar, &frame.plot, beside));
    // Legend rows begin at the page's margin; nothing ties them to the plot.
    Layout {
        labels: place_labels(&figure.marks, &frame, label_size),
        notes: place_notes(&figure.marks, &frame, label_size),
        frame,
        x_ticks,
        y_ticks,
        x_second,
        y_second,
        texts: page.texts,
        label_size,
        legend,
        key_half,
        bar,
        scale,
    }
}

/// Around everything, at text scale 1.
pub(super) const MARGIN: f64 = 14.0;

/// Length of a legend key at text scale 1.
const KEY: f64 = 22.0;

/// How much longer than its own range an axis may become for the sake of equal decades.
const WIDEST: f64 = 1.8;

/// A map on a wide page does not show many decades of nothing: the plot is narrower and in the middle. Any other figure takes all
/// the room.
pub fn narrowed(figure: &Figure, room: Rect) -> Rect {
    if !figure.equal_decades {
        return room;
    }
    let decades = |(low, high): (f64, f64)| (high / low).log10();
    let (across, up) = (decades(figure.x.range), decades(figure.y.range));
    let widest = room.height() / up * across * WIDEST;
    if !(widest.is_finite() && widest > 0.0 && widest < room.width()) {
        return room;
    }
    let spare = (room.width() - widest) / 2.0;
    Rect {
        left: room.left + spare,
        right: room.right - spare,
        ..room
    }
}

struct Page {
    width: f64,
    height: f64,
    scale: f64,
    /// Font size of the title.
    title: f64,
    parts: Parts,
    texts: Vec<PlacedText>,
}

impl Page {
    fn new([width, height]: [f64; 2], text_scale: f64, parts: Parts) -> Self {
        Self {
            width: width.clamp(40.0, 20_000.0),
            height: height.clamp(30.0, 20_000.0),
            scale: if text_scale.is_finite() {
                text_scale.clamp(0.1, 20.0)
            } else {
                1.0
            },
            title: size::TITLE,
            parts,
            texts: vec![],
        }
    }

    fn pad(&self) -> f64 {
        MARGIN * self.scale
    }

    fn write(&mut self, text: String, at: [f64; 2], anchor: Anchor, size: f64, token: Token) {
        self.texts.push(PlacedText {
            text,
            at,
            anchor,
            size: size * self.scale,
            weight: FontWeight::Regular,
            token,
            upwards: false,
        });
    }

    /// Lines at the page's margin under `top`; gives the end of the last.
    fn block(&mut self, text: &str, mut top: f64, font: f64, weight: FontWeight, token: Token, lines: usize) -> f64 {
        let size = font * self.scale;
        let room = (self.width - 2.0 * self.pad()) as f32;
        for line in wrap(text, size as f32, weight, room, lines) {
            let at = [self.pad(), top + size];
            self.texts.push(PlacedText {
                text: line,
                at,
                anchor: Anchor::Start,
                size,
                weight,
                token,
                upwards: false,
            });
            top += 1.32 * size;
        }
        top
    }

    fn header(&mut self, title: &str, subtitle: &str, equation: &[String]) -> f64 {
        let mut top = 0.8 * self.pad();
        if self.parts.title {
            top = self.block(title, top, self.title, FontWeight::Bold, Token::Text, 2);
        }
        if self.parts.subtitle {
            let (weight, muted) = (FontWeight::Regular, Token::TextMuted);
            top = self.block(subtitle, top, size::SUBTITLE, weight, muted, 2);
        }
        if self.parts.equation {
            top = self.equation(equation, top);
        }
        top + 10.0 * self.scale
    }

    /// The law with its numbers, and their errors behind it or, where there is no room, under it; gives the end of the last line.
    fn equation(&mut self, lines: &[String], top: f64) -> f64 {
        let [equation, errors @ ..] = lines else { return top };
        let (weight, muted, before) = (FontWeight::Regular, Token::TextMuted, self.texts.len());
        let mut top = self.block(
            equation,
            top + 2.0 * self.scale,
            size::SUBTITLE,
            weight,
            Token::Accent,
            2,
        );
        let [PlacedText { text, at, .. }] = &self.texts[before..] else {
            return top;
        };
        let taken = f64::from(text_width(text, (size::SUBTITLE * self.scale) as f32, weight));
        let at = [at[0] + taken + 16.0 * self.scale, at[1]];
        let room = self.width - self.pad() - at[0];
        for line in errors {
            if f64::from(text_width(line, (size::FOOTER * self.scale) as f32, weight)) <= room {
                self.write(line.clone(), at, Anchor::Start, size::FOOTER, muted);
            } else {
                top = self.block(line, top, size::FOOTER, weight, muted, 2);
            }
        }
        top
    }

    /// Rows of keys and names under `top`.
    fn legend(&mut self, figure: &Figure, top: f64) -> (Vec<[f64; 2]>, f64) {
        if figure.legend.is_empty() || figure.empty.is_some() || !self.parts.legend {
            return (vec![], top);
        }
        let s = self.scale;
        let font = size::LEGEND * s;
        let (mut x, mut row) = (self.pad(), top);
        let mut keys = vec![];
        for entry in &figure.legend {
            let text = f64::from(text_width(&entry.text, font as f32, FontWeight::Regular));
            let whole = (KEY + 6.0) * s + text;
            if x > self.pad() && x + whole > self.width - self.pad() {
                (x, row) = (self.pad(), row + 1.45 * font);
            }
            let baseline = row + font;
            keys.push([x + KEY * s / 2.0, baseline - f64::from(CAP_HEIGHT) * font / 2.0]);
            self.write(
                entry.text.clone(),
                [x + (KEY + 6.0) * s, baseline],
                Anchor::Start,
                size::LEGEND,
                Token::TextMuted,
            );
            x += whole + 18.0 * s;
        }
        (keys, row + 1.45 * font + 6.0 * s)
    }

    /// Lines at the foot of the page; gives their top.
    fn footer(&mut self, footer: &[String]) -> f64 {
        let bottom = self.height - 0.8 * self.pad();
        if footer.is_empty() || !self.parts.footer {
            return bottom;
        }
        let size = size::FOOTER * self.scale;
        let room = (self.width - 2.0 * self.pad()) as f32;
        let lines: Vec<String> = footer
            .iter()
            .flat_map(|line| wrap(line, size as f32, FontWeight::Regular, room, 2))
            .collect();
        let top = bottom - lines.len() as f64 * 1.35 * size;
        for (index, line) in lines.into_iter().enumerate() {
            let baseline = top + 1.35 * size * (index as f64 + 1.0) - f64::from(DESCENT) * size;
            self.write(
                line,
                [self.pad(), baseline],
                Anchor::Start,
                size::FOOTER,
                Token::TextFaint,
            );
        }
        top - 8.0 * self.scale
    }

    /// Height of tick labels and title under the plot.
    fn axis_height(&self) -> f64 {
        (8.0 + size::TICK + 8.0 + size::AXIS + 3.0) * self.scale
    }

    fn widest(&self, ticks: &[Tick]) -> f64 {
        let font = (size::TICK * self.scale) as f32;
        ticks
            .iter()
            .filter_map(|tick| tick.label.as_ref())
            .map(|label| f64::from(text_width(label, font, FontWeight::Regular)))
            .fold(0.0, f64::max)
    }

    /// As dense as the written labels allow.
    fn x_ticks(&self, axis: &Axis, frame: &Frame) -> Vec<Tick> {
        let length = frame.plot.width() as f32;
        let mut spacing = 34.0 * self.scale;
        for _ in 0..4 {
            let found = ticks(axis, frame.x.range(), length, spacing as f32);
            let needed = self.widest(&found) + 16.0 * self.scale;
            if needed <= spacing {
                return found;
            }
            spacing = needed;
        }
        ticks(axis, frame.x.range(), length, spacing as f32)
    }

    fn axes(&mut self, figure: &Figure, frame: &Frame, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let (plot, s) = (frame.plot, self.scale);
        let baseline = plot.bottom + (8.0 + size::TICK * f64::from(CAP_HEIGHT)) * s;
        for tick in x_ticks {
            if let Some(label) = &tick.label {
                let half = f64::from(text_width(label, (size::TICK * s) as f32, FontWeight::Regular)) / 2.0;
                // The last label may hang over the plot's corner but not over the page's edge.
                let x = frame.x.place(tick.value).min(self.width - half - 2.0);
                self.write(
                    label.clone(),
                    [x, baseline],
                    Anchor::Middle,
                    size::TICK,
                    Token::TextMuted,
                );
            }
        }
        for tick in y_ticks {
            if let Some(label) = &tick.label {
                let y = frame.y.place(tick.value) + size::TICK * s * f64::from(CAP_HEIGHT) / 2.0;
                self.write(
                    label.clone(),
                    [plot.left - 8.0 * s, y],
                    Anchor::End,
                    size::TICK,
                    Token::TextMuted,
                );
            }
        }
        let middle = (plot.left + plot.right) / 2.0;
        let under = baseline + (8.0 + size::AXIS) * s;
        self.write(
            figure.x.label.clone(),
            [middle, under],
            Anchor::Middle,
            size::AXIS,
            Token::Text,
        );
        let x = plot.left - (8.0 + 8.0) * s - self.widest(y_ticks) - size::AXIS * 0.2 * s;
        let at = [x, (plot.top + plot.bottom) / 2.0];
        self.write_up(figure.y.label.clone(), at, &plot);
    }

    /// Width of the second scale of the vertical axis, ticks and title included.
    fn second_width(&self, axis: &Axis) -> f64 {
        let map = AxisMap::new(axis.scale, axis.range, 300.0, 0.0);
        let found = second_ticks(axis, &map, 300.0, 40.0);
        match axis.second {
            Some(_) => (8.0 + 8.0 + size::AXIS) * self.scale + self.widest(&found),
            None => 0.0,
        }
    }

    /// The second scales, above the plot where there is room for it and at its right.
    fn second(&mut self, figure: &Figure, frame: &Frame, above: bool) -> (Vec<Tick>, Vec<Tick>) {
        let (plot, s) = (frame.plot, self.scale);
        let (across, up) = (plot.width() as f32, plot.height() as f32);
        let mut x_second = second_ticks(&figure.x, &frame.x, across, (34.0 * s) as f32);
        let needed = self.widest(&x_second) + 16.0 * s;
        if !above {
            x_second.clear();
        } else if needed > 34.0 * s {
            x_second = second_ticks(&figure.x, &frame.x, across, needed as f32);
        }
        let y_second = second_ticks(&figure.y, &frame.y, up, (34.0 * s) as f32);
        let cap = size::TICK * s * f64::from(CAP_HEIGHT);
        for (tick, label) in x_second.iter().filter_map(|tick| Some((tick, tick.label.as_ref()?))) {
            let half = f64::from(text_width(label, (size::TICK * s) as f32, FontWeight::Regular)) / 2.0;
            let x = frame.x.place(tick.value).min(self.width - half - 2.0);
            let at = [x, plot.top - 8.0 * s];
            self.write(label.clone(), at, Anchor::Middle, size::TICK, Token::TextMuted);
        }
        for (tick, label) in y_second.iter().filter_map(|tick| Some((tick, tick.label.as_ref()?))) {
            let at = [plot.right + 8.0 * s, frame.y.place(tick.value) + cap / 2.0];
            self.write(label.clone(), at, Anchor::Start, size::TICK, Token::TextMuted);
        }
        if let Some(second) = figure.x.second.as_ref().filter(|_| above) {
            let at = [(plot.left + plot.right) / 2.0, plot.top - 8.0 * s - cap - 9.0 * s];
            self.write(second.label.clone(), at, Anchor::Middle, size::AXIS, Token::TextMuted);
        }
        if let Some(second) = &figure.y.second {
            let x = plot.right + (8.0 + 6.0 + size::AXIS) * s + self.widest(&y_second);
            self.write_up(second.label.clone(), [x, (plot.top + plot.bottom) / 2.0], &plot);
            if let Some(title) = self.texts.last_mut() {
                title.token = Token::TextMuted;
            }
        }
        (x_second, y_second)
    }

    /// Upwards beside a plot. A title longer than the plot is high is set smaller, so that it stays clear of the header.
    fn write_up(&mut self, text: String, at: [f64; 2], beside: &Rect) {
        let length = f64::from(text_width(&text, (size::AXIS * self.scale) as f32, FontWeight::Regular));
        let fit = (beside.height() / length.max(1.0)).clamp(0.6, 1.0);
        self.write(text, at, Anchor::Middle, size::AXIS * fit, Token::Text);
        if let Some(last) = self.texts.last_mut() {
            last.upwards = true;
        }
    }

    fn bar_axis(bar: &ColourBar) -> Axis {
        // A bar may run downwards; ticks want rising ranges.
        let range = (bar.range.0.min(bar.range.1), bar.range.0.max(bar.range.1));
        Axis {
            label: bar.label.clone(),
            scale: bar.scale,
            format: bar.format,
            range,
            second: None,
        }
    }

    /// Width that a colour bar takes off the plot, ticks and title included.
    fn bar_width(&self, bar: Option<&ColourBar>) -> f64 {
        let Some(bar) = bar else { return 8.0 * self.scale };
        let axis = Self::bar_axis(bar);
        let widest = self.widest(&ticks(&axis, axis.range, 300.0, 40.0));
        let least = if bar.format == TickFormat::Count { 28.0 } else { 20.0 };
        (14.0 + 11.0 + 6.0 + 10.0 + size::AXIS) * self.scale + widest.max(least * self.scale)
    }

    /// `beside` is the room that stands between it and the plot.
    fn bar(&mut self, bar: &ColourBar, plot: &Rect, beside: f64) -> PlacedBar {
        let s = self.scale;
        let left = plot.right + 14.0 * s + beside;
        let rect = Rect {
            left,
            top: plot.top,
            right: left + 11.0 * s,
            bottom: plot.bottom,
        };
        let axis = Self::bar_axis(bar);
        let map = AxisMap::new(bar.scale, bar.range, rect.bottom, rect.top);
        let found = ticks(&axis, axis.range, rect.height() as f32, (40.0 * s) as f32);
        let mut heights = vec![];
        for tick in &found {
            if let Some(label) = &tick.label {
                let y = map.place(tick.value);
                heights.push(y);
                let at = [rect.right + 6.0 * s, y + size::TICK * s * f64::from(CAP_HEIGHT) / 2.0];
                self.write(label.clone(), at, Anchor::Start, size::TICK, Token::TextMuted);
            }
        }
        let x = rect.right + (6.0 + 6.0 + size::AXIS) * s + self.widest(&found);
        let at = [x, (rect.top + rect.bottom) / 2.0];
        self.write_up(bar.label.clone(), at, &rect);
        PlacedBar {
            bar: rect,
            ticks: heights,
        }
    }

    fn message(&mut self, message: &str, plot: &Rect) {
        let font = size::MESSAGE * self.scale;
        let lines = wrap(
            message,
            font as f32,
            FontWeight::Regular,
            (0.8 * plot.width()) as f32,
            5,
        );
        let middle = [(plot.left + plot.right) / 2.0, (plot.top + plot.bottom) / 2.0];
        let first = middle[1] - 0.7 * font * (lines.len() as f64 - 1.0);
        for (index, line) in lines.into_iter().enumerate() {
            let at = [middle[0], first + 1.4 * font * index as f64];
            self.write(line, at, Anchor::Middle, size::MESSAGE, Token::TextMuted);
        }
    }
}
