//! Where everything of a figure stands on a page of a given size: the frame, the ticks, every text.
//!
//! Lengths are in points and scale together with `text_scale`. Top to bottom: title, subtitle, legend, plot, tick
//! labels, axis title, footer. On a page too small for all of it, the footer goes first, the equation and the subtitle next, then the second
//! scale over the plot, the legend last, so that the plot keeps about half the height; a paper's caption says what they did.

use super::frame::{Frame, Rect, equal_decades};
use super::labels::{PlacedLabel, place_labels};
use super::notes::{PlacedNote, place_notes};
use super::page::{KEY, Page, PlacedBar, PlacedText, size};
use super::{Figure, Heading, Parts, Tick, ticks};

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
