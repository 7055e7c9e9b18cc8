//! A page while a figure is laid out on it: its margins, what is written outside the plot, and how much room that takes.

use super::frame::{Frame, Rect};
use super::text::{CAP_HEIGHT, DESCENT, FontWeight, text_width, wrap};
use super::{Anchor, Axis, AxisMap, ColourBar, Figure, Parts, Tick, TickFormat, Token, second_ticks, ticks};

/// Font sizes in points at text scale 1.
pub(super) mod size {
    pub(in crate::figure) const TITLE: f64 = 17.0;
    pub(in crate::figure) const PANEL: f64 = 14.0;
    pub(in crate::figure) const SUBTITLE: f64 = 12.5;
    pub(in crate::figure) const AXIS: f64 = 12.5;
    pub(in crate::figure) const TICK: f64 = 12.0;
    pub(in crate::figure) const LABEL: f64 = 12.0;
    pub(in crate::figure) const LEGEND: f64 = 12.0;
    pub(in crate::figure) const FOOTER: f64 = 11.25;
    pub(in crate::figure) const MESSAGE: f64 = 14.0;
}

/// Around everything, at text scale 1.
pub(super) const MARGIN: f64 = 14.0;

/// Length of a legend key at text scale 1.
pub(super) const KEY: f64 = 22.0;

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

/// See the module.
pub(super) struct Page {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) scale: f64,
    /// Font size of the title.
    pub(super) title: f64,
    pub(super) parts: Parts,
    pub(super) texts: Vec<PlacedText>,
}

impl Page {
    pub(super) fn new([width, height]: [f64; 2], text_scale: f64, parts: Parts) -> Self {
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

    pub(super) fn pad(&self) -> f64 {
        MARGIN * self.scale
    }

    pub(super) fn write(&mut self, text: String, at: [f64; 2], anchor: Anchor, size: f64, token: Token) {
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
    pub(super) fn block(
        &mut self,
        text: &str,
        mut top: f64,
        font: f64,
        weight: FontWeight,
        token: Token,
        lines: usize,
    ) -> f64 {
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

    pub(super) fn header(&mut self, title: &str, subtitle: &str, equation: &[String]) -> f64 {
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
    pub(super) fn equation(&mut self, lines: &[String], top: f64) -> f64 {
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
    pub(super) fn legend(&mut self, figure: &Figure, top: f64) -> (Vec<[f64; 2]>, f64) {
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
    pub(super) fn footer(&mut self, footer: &[String]) -> f64 {
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
    pub(super) fn axis_height(&self) -> f64 {
        (8.0 + size::TICK + 8.0 + size::AXIS + 3.0) * self.scale
    }

    pub(super) fn widest(&self, ticks: &[Tick]) -> f64 {
        let font = (size::TICK * self.scale) as f32;
        ticks
            .iter()
            .filter_map(|tick| tick.label.as_ref())
            .map(|label| f64::from(text_width(label, font, FontWeight::Regular)))
            .fold(0.0, f64::max)
    }

    /// As dense as the written labels allow.
    pub(super) fn x_ticks(&self, axis: &Axis, frame: &Frame) -> Vec<Tick> {
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

    pub(super) fn axes(&mut self, figure: &Figure, frame: &Frame, x_ticks: &[Tick], y_ticks: &[Tick]) {
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
    pub(super) fn second_width(&self, axis: &Axis) -> f64 {
        let map = AxisMap::new(axis.scale, axis.range, 300.0, 0.0);
        let found = second_ticks(axis, &map, 300.0, 40.0);
        match axis.second {
            Some(_) => (8.0 + 8.0 + size::AXIS) * self.scale + self.widest(&found),
            None => 0.0,
        }
    }

    /// The second scales, above the plot where there is room for it and at its right.
    pub(super) fn second(&mut self, figure: &Figure, frame: &Frame, above: bool) -> (Vec<Tick>, Vec<Tick>) {
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
    pub(super) fn write_up(&mut self, text: String, at: [f64; 2], beside: &Rect) {
        let length = f64::from(text_width(&text, (size::AXIS * self.scale) as f32, FontWeight::Regular));
        let fit = (beside.height() / length.max(1.0)).clamp(0.6, 1.0);
        self.write(text, at, Anchor::Middle, size::AXIS * fit, Token::Text);
        if let Some(last) = self.texts.last_mut() {
            last.upwards = true;
        }
    }

    pub(super) fn bar_axis(bar: &ColourBar) -> Axis {
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
    pub(super) fn bar_width(&self, bar: Option<&ColourBar>) -> f64 {
        let Some(bar) = bar else { return 8.0 * self.scale };
        let axis = Self::bar_axis(bar);
        let widest = self.widest(&ticks(&axis, axis.range, 300.0, 40.0));
        let least = if bar.format == TickFormat::Count { 28.0 } else { 20.0 };
        (14.0 + 11.0 + 6.0 + 10.0 + size::AXIS) * self.scale + widest.max(least * self.scale)
    }

    /// `beside` is the room that stands between it and the plot.
    pub(super) fn bar(&mut self, bar: &ColourBar, plot: &Rect, beside: f64) -> PlacedBar {
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

    pub(super) fn message(&mut self, message: &str, plot: &Rect) {
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
