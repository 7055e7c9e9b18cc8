//! A [`Figure`] on screen, with pan, zoom and hover.
//!
//! `egui_plot` keeps the view and answers pan, zoom and box zoom on linear axes; on a log axis its coordinate is log10
//! of the value, so that zooming goes by decades. Everything visible is drawn from the figure by one plot item, with
//! the transform that is valid in this very frame: grid, marks and labels never lag behind the pointer.

use super::brush::How;
use super::highlight::Lit;
use super::keys;
use super::lasso::Lasso;
use super::paint::{Painting, X_SPACING, Y_SPACING};
use super::readout;
use super::steer::{Steered, focus_ring, steer};
use super::text::{quoted, rich, rich_rows};
use super::theme::{self, Look, size};
use super::zoom::{Hand, Told, Zoom};
use crate::figure::{
    Axis, Datum, Figure, FontWeight, Frame, Mark, Paint, Rect as PageRect, Scale, Token, equal_decades, narrowed,
    second_ticks, text_width,
};
use eframe::egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, UiBuilder, Vec2,
    WidgetInfo, epaint, pos2, vec2,
};
use egui_plot::{Plot, PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform, PlotUi};
use std::ops::RangeInclusive;

/// Room for the tick labels and the title of the y axis.
const LEFT: f32 = 62.0;
/// Room for the tick labels and the title of the x axis.
const BOTTOM: f32 = 42.0;
/// Room for the figure's title and subtitle.
const TOP: f32 = 42.0;
/// The same in a low figure, which has a title only.
const LOW_TOP: f32 = 24.0;
const RIGHT: f32 = 12.0;
/// Room at the right of the title for the view's menu.
const MENU: f32 = 32.0;
/// Room for the second scale of the x axis.
const SECOND_TOP: f32 = 34.0;
/// Room for the second scale of the y axis.
const SECOND_RIGHT: f32 = 56.0;
/// How near the pointer must be to a dot, in points.
const HOVER_RADIUS: f32 = 10.0;
/// Points of scrolling for a zoom by e.
const SCROLL_ZOOM: f32 = 240.0;

/// What the pointer did on a plot.
pub(super) struct Pointed {
    /// The plot's area.
    pub(super) response: Response,
    /// What is in view; `None` where nothing is drawn.
    pub(super) frame: Option<Frame>,
    /// The measurement under the pointer.
    pub(super) datum: Option<Datum>,
    /// Where that stands, on the screen.
    pub(super) dot: Option<Pos2>,
    /// Measurements around which an outline was drawn, and what for.
    pub(super) lassoed: Option<(Vec<Datum>, How)>,
    /// The paint of the row of the legend that was clicked.
    pub(super) row: Option<Paint>,
}

/// Where a figure stands, which decides what it says and does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The largest view of the board.
    First,
    /// Beside it: a subtitle would only repeat what that one says.
    Beside,
    /// Low, under another.
    Strip,
    /// In a panel that scrolls: it is only looked at.
    Inset,
}

impl Place {
    /// Room for title and subtitle.
    fn top(self) -> f32 {
        match self {
            Self::First | Self::Beside => TOP,
            Self::Strip | Self::Inset => LOW_TOP,
        }
    }

    /// Lines of the title.
    fn rows(self) -> usize {
        if self == Self::Beside { 2 } else { 1 }
    }
}

/// Draws a figure into all the space there is. `data` tells sets of runs apart; without `hands` nothing can be selected, and no
/// other view moves with this one.
pub(super) fn figure_ui(
    ui: &mut Ui,
    id: &str,
    data: u64,
    figure: &Figure,
    lit: Lit<'_>,
    place: Place,
    hands: Option<(&mut Lasso, &mut Zoom)>,
) -> Pointed {
    let (lasso, mut zoom) = hands.unzip();
    let outer = ui.available_rect_before_wrap();
    ui.allocate_rect(outer, Sense::hover());
    let beside = figure.y.second.as_ref().map_or(0.0, |_| SECOND_RIGHT);
    let above = figure.x.second.as_ref().map_or(0.0, |_| SECOND_TOP);
    let right = beside
        + match figure.colour_bar {
            Some(_) => keys::BAR_WIDTH,
            None => RIGHT,
        };
    let inner = Rect::from_min_max(
        outer.min + vec2(LEFT, place.top() + above),
        outer.max - vec2(right, BOTTOM),
    );
    let theme = theme::current(ui.ctx());
    let row = titles(ui, figure, outer, inner, place, lit);
    let inner = on_screen(narrowed(figure, on_page(inner)));
    let summary = format!(
        "{}. {}",
        figure.title,
        figure.empty.as_ref().unwrap_or(&figure.subtitle)
    );
    if let Some(text) = &figure.empty {
        let muted = theme::token(ui, Token::TextMuted);
        let font = FontId::proportional(size::BODY);
        let galley = ui.painter().layout(quoted(text), font, muted, inner.width().min(360.0));
        ui.painter().galley(inner.center() - galley.size() / 2.0, galley, muted);
        let response = ui.interact(inner, ui.scope_id().with("empty"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
        return Pointed {
            response,
            frame: None,
            datum: None,
            dot: None,
            lassoed: None,
            row,
        };
    }

    let (x_range, y_range) = match figure.equal_decades {
        true => equal_decades(
            &figure.x,
            &figure.y,
            f64::from(inner.width()),
            f64::from(inner.height()),
        ),
        false => (figure.x.range, figure.y.range),
    };
    let default_x = (to_plot(&figure.x, x_range.0), to_plot(&figure.x, x_range.1));
    let default_y = (to_plot(&figure.y, y_range.0), to_plot(&figure.y, y_range.1));
    // A view with other axes or of other data must not inherit this one's pan and zoom.
    let salt = (
        id,
        data,
        figure.x.scale,
        figure.y.scale,
        figure.x.label.as_str(),
        figure.y.label.as_str(),
    );
    let moves = place != Place::Inset;
    let modifiers = ui.input(|input| input.modifiers);
    let pans = moves && !lasso.as_ref().is_some_and(|lasso| lasso.takes(modifiers));
    let mut plot = Plot::new(salt)
        .show_axes(false)
        .show_grid(false)
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .allow_axis_zoom_drag(false)
        .allow_drag(pans)
        .allow_zoom(moves)
        .allow_boxed_zoom(moves)
        .allow_double_click_reset(moves)
        .default_x_bounds(default_x.0, default_x.1)
        .default_y_bounds(default_y.0, default_y.1)
        // The view follows the figure's ranges until it is panned or zoomed; a double click follows them again.
        .auto_bounds(true)
        .set_margin_fraction(Vec2::ZERO)
        .width(inner.width())
        .height(inner.height());
    if figure.equal_decades {
        plot = plot.data_aspect(1.0);
    }
    let item = FigureItem {
        base: PlotItemBase::new(id.to_owned()),
        figure,
        theme,
        lit,
    };
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner));
    let told = zoom.as_mut().map_or([None; 2], |zoom| {
        zoom.about(data);
        zoom.told(id, &figure.x, &figure.y)
    });
    let (mut scrolled, mut steered) = (false, Steered::Not);
    let shown = plot.show(&mut child, |plot_ui| {
        follow(plot_ui, told);
        if moves {
            steered = steer(plot_ui);
        }
        let (scroll, pinch) = plot_ui
            .ctx()
            .input(|input| (input.smooth_scroll_delta.y, input.zoom_delta()));
        if moves && plot_ui.response().contains_pointer() {
            scrolled = scroll != 0.0 || pinch != 1.0;
            if scroll != 0.0 {
                plot_ui.zoom_bounds_around_hovered(Vec2::splat((scroll / SCROLL_ZOOM).exp()));
            }
        }
        plot_ui.add(item);
    });
    let frame = frame_of(figure, &shown.transform);
    if let Some(zoom) = zoom {
        let bounds = shown.transform.bounds();
        let ranges = [0, 1].map(|index| (bounds.min()[index], bounds.max()[index]));
        let hand = hand_of(&shown.response, scrolled, steered);
        if zoom.shown(id, [&figure.x, &figure.y], ranges, hand) {
            // Those that are drawn already hear of it in the next frame.
            ui.ctx().request_repaint();
        }
    }
    axes(ui.painter(), figure, &frame, theme);
    second_axes(ui.painter(), figure, &frame, theme);
    if let Some(bar) = &figure.colour_bar {
        keys::colour_bar(ui.painter(), bar, inner, beside, theme, lit.spot);
    }
    let response = shown.response;
    focus_ring(ui, &response, inner);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    let lassoed = lasso.and_then(|lasso| lasso.follow(ui, id, &response, figure, &frame));
    let under = response
        .hover_pos()
        .filter(|_| !response.dragged())
        .and_then(|pointer| nearest(figure, &frame, pointer));
    if let Some((_, at)) = under {
        readout::leaders(ui, figure, &frame, at, lit.room);
    }
    Pointed {
        response,
        frame: Some(frame),
        datum: under.map(|(datum, _)| datum),
        dot: under
            .and_then(|(_, at)| frame.place(at))
            .map(|[x, y]| pos2(x as f32, y as f32)),
        lassoed,
        row,
    }
}

/// Shows what another view said.
fn follow(plot_ui: &mut PlotUi<'_>, told: [Option<Told>; 2]) {
    let [x, y] = told;
    let before = plot_ui.auto_bounds();
    let own = |told: Option<Told>, before: bool| before && told.is_none() || told == Some(Told::Own);
    if told.contains(&Some(Told::Own)) {
        plot_ui.set_auto_bounds([own(x, before.x), own(y, before.y)]);
    }
    if let Some(Told::Range((low, high))) = x {
        plot_ui.set_plot_bounds_x(low..=high);
    }
    if let Some(Told::Range((low, high))) = y {
        plot_ui.set_plot_bounds_y(low..=high);
    }
}

/// What the hand did to a plot in this frame.
fn hand_of(response: &Response, scrolled: bool, steered: Steered) -> Hand {
    if response.double_clicked() || steered == Steered::Reset {
        Hand::Reset
    } else if scrolled || steered == Steered::Moved || response.dragged() || response.drag_stopped() {
        Hand::Moved
    } else {
        Hand::Still
    }
}

fn to_plot(axis: &Axis, value: f64) -> f64 {
    match axis.scale {
        Scale::Linear => value,
        Scale::Log => value.max(f64::MIN_POSITIVE).log10(),
    }
}

/// The plot as it is in view now, on the page that the writers know.
fn frame_of(figure: &Figure, transform: &PlotTransform) -> Frame {
    let (bounds, rect) = (transform.bounds(), transform.frame());
    let range = |axis: &Axis, index: usize| {
        let (low, high) = (bounds.min()[index], bounds.max()[index]);
        match axis.scale {
            Scale::Linear => (low, high),
            Scale::Log => (10f64.powf(low), 10f64.powf(high)),
        }
    };
    Frame::new(
        on_page(*rect),
        (figure.x.scale, range(&figure.x, 0)),
        (figure.y.scale, range(&figure.y, 1)),
    )
}

fn on_page(rect: Rect) -> PageRect {
    PageRect {
        left: f64::from(rect.left()),
        top: f64::from(rect.top()),
        right: f64::from(rect.right()),
        bottom: f64::from(rect.bottom()),
    }
}

fn on_screen(rect: PageRect) -> Rect {
    let corner = |x: f64, y: f64| pos2(x as f32, y as f32);
    Rect::from_min_max(corner(rect.left, rect.top), corner(rect.right, rect.bottom))
}

/// Gives the paint of a row of the legend that was clicked.
fn titles(ui: &Ui, figure: &Figure, outer: Rect, inner: Rect, place: Place, lit: Lit<'_>) -> Option<Paint> {
    let painter = ui.painter().with_clip_rect(outer);
    let width = outer.right() - MENU - inner.left();
    let line = |text: &str, size: f32, weight: FontWeight, token: Token, top: f32, rows: usize| {
        let color = theme::token(ui, token);
        let galley = painter.layout_job(rich_rows(text, size, weight, color, width, rows));
        painter.galley(pos2(inner.left(), top), galley, color);
    };
    let first = place == Place::First;
    // A room reads the smaller title too.
    let title_size = if first || lit.room { size::TITLE } else { size::BODY };
    line(
        &figure.title,
        title_size,
        FontWeight::Bold,
        Token::Text,
        outer.top() + 2.0,
        place.rows(),
    );
    if first {
        let top = outer.top() + 21.0;
        line(
            &figure.subtitle,
            size::SMALL,
            FontWeight::Regular,
            Token::TextMuted,
            top,
            1,
        );
        let taken = text_width(&figure.subtitle, size::SMALL, FontWeight::Regular).min(width);
        let end = pos2(inner.right(), top + 8.0);
        let rows = keys::legend(
            &painter,
            &figure.legend,
            end,
            inner.left() + taken + 16.0,
            theme::current(ui.ctx()),
            lit,
        );
        if lit.room {
            return rows_ui(ui, figure, &rows);
        }
    }
    None
}

/// Rows of a legend, the last first, as buttons for the spotlight.
fn rows_ui(ui: &Ui, figure: &Figure, places: &[Rect]) -> Option<Paint> {
    let mut clicked = None;
    for (entry, place) in figure.legend.iter().rev().zip(places) {
        if matches!(entry.paint, Paint::Ramp(_)) {
            continue;
        }
        let response = ui.interact(*place, ui.scope_id().with(("row", &entry.text)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Spotlight on {}", entry.text)));
        if response.clicked() {
            clicked = Some(entry.paint);
        }
    }
    clicked
}

/// Tick labels and axis titles, outside the plot.
fn axes(painter: &Painter, figure: &Figure, frame: &Frame, theme: Look) {
    let muted = theme::color(theme.token(Token::TextMuted));
    let hairline = Stroke::new(1.0, theme::color(theme.token(Token::Hairline)));
    let plot = frame.plot;
    let (left, right, bottom) = (plot.left as f32, plot.right as f32, plot.bottom as f32);
    painter.hline(left..=right, bottom, hairline);
    let font = FontId::proportional(size::SMALL);
    let (x_ticks, y_ticks) = Painting::ticks(figure, frame);
    for tick in &x_ticks {
        let Some(label) = &tick.label else { continue };
        let at = pos2(frame.x.place(tick.value) as f32, bottom + 4.0);
        painter.text(at, Align2::CENTER_TOP, label, font.clone(), muted);
    }
    for tick in &y_ticks {
        let Some(label) = &tick.label else { continue };
        let at = pos2(left - 6.0, frame.y.place(tick.value) as f32);
        painter.text(at, Align2::RIGHT_CENTER, label, font.clone(), muted);
    }
    let x_title = painter.layout_job(rich(&figure.x.label, size::SMALL, FontWeight::Regular, muted));
    painter.galley(
        pos2((left + right - x_title.size().x) / 2.0, bottom + 22.0),
        x_title,
        muted,
    );
    let y_title = painter.layout_job(rich(&figure.y.label, size::SMALL, FontWeight::Regular, muted));
    let middle = (plot.top + plot.bottom) as f32 / 2.0;
    let at = pos2(left - LEFT + 2.0, middle + y_title.size().x / 2.0);
    painter.add(epaint::TextShape::new(at, y_title, muted).with_angle(-std::f32::consts::FRAC_PI_2));
}

/// Second scales, above the plot and at its right.
fn second_axes(painter: &Painter, figure: &Figure, frame: &Frame, theme: Look) {
    let muted = theme::color(theme.token(Token::TextMuted));
    let hairline = Stroke::new(1.0, theme::color(theme.token(Token::Hairline)));
    let plot = frame.plot;
    let (left, right, top, bottom) = (plot.left as f32, plot.right as f32, plot.top as f32, plot.bottom as f32);
    let font = FontId::proportional(size::SMALL);
    let title = |text: &str| painter.layout_job(rich(text, size::SMALL, FontWeight::Regular, muted));
    if let Some(second) = &figure.x.second {
        painter.hline(left..=right, top, hairline);
        for tick in second_ticks(&figure.x, &frame.x, plot.width() as f32, X_SPACING) {
            let Some(label) = tick.label else { continue };
            let at = pos2(frame.x.place(tick.value) as f32, top - 3.0);
            painter.text(at, Align2::CENTER_BOTTOM, label, font.clone(), muted);
        }
        let title = title(&second.label);
        let at = pos2((left + right - title.size().x) / 2.0, top - SECOND_TOP + 2.0);
        painter.galley(at, title, muted);
    }
    if let Some(second) = &figure.y.second {
        painter.vline(right, top..=bottom, hairline);
        for tick in second_ticks(&figure.y, &frame.y, plot.height() as f32, Y_SPACING) {
            let Some(label) = tick.label else { continue };
            let at = pos2(right + 6.0, frame.y.place(tick.value) as f32);
            painter.text(at, Align2::LEFT_CENTER, label, font.clone(), muted);
        }
        let title = title(&second.label);
        let at = pos2(
            right + SECOND_RIGHT - 2.0 - title.size().y,
            (top + bottom + title.size().x) / 2.0,
        );
        painter.add(epaint::TextShape::new(at, title, muted).with_angle(-std::f32::consts::FRAC_PI_2));
    }
}

/// The measurement nearest to the pointer, and where in the figure it is.
fn nearest(figure: &Figure, frame: &Frame, pointer: Pos2) -> Option<(Datum, [f64; 2])> {
    let (at, mut reach) = ([f64::from(pointer.x), f64::from(pointer.y)], f64::from(HOVER_RADIUS));
    let mut found = None;
    for mark in &figure.marks {
        let Mark::Dots { dots, .. } = mark else { continue };
        if let Some((dot, distance)) = dots.nearest(frame, at, reach, |dot| dot.datum.is_some()) {
            (found, reach) = (dots[dot].datum.map(|datum| (datum, dots[dot].at)), distance);
        }
    }
    found
}

/// The whole figure as one plot item; it reports no bounds, so it never moves the view.
struct FigureItem<'a> {
    base: PlotItemBase,
    figure: &'a Figure,
    theme: Look,
    lit: Lit<'a>,
}

impl PlotItem for FigureItem<'_> {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let frame = frame_of(self.figure, transform);
        let mut painting = Painting {
            ui,
            frame,
            theme: self.theme,
            lit: self.lit,
            shapes,
            faded: false,
        };
        painting.figure(self.figure);
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        Color32::TRANSPARENT
    }

    fn allow_hover(&self) -> bool {
        false
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}
