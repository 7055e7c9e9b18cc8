//! The measurement under the pointer: a card beside it with its numbers, and leaders from its dot to both axes.

use super::theme::{self, size};
use crate::figure::{Axis, Datum, Figure, Frame, TickFormat, Token};
use crate::plan::FLOPS_PER_PARAM_TOKEN;
use crate::session::{Source, Workspace};
use crate::units::{Flops, Params, Tokens, format_significant};
use eframe::egui::{
    self, Align2, FontId, Label, Painter, Pos2, Rect, Response, RichText, Stroke, Tooltip, Ui, Vec2, pos2, vec2,
};

/// Type that a room reads: values at the axes, and the card of a run.
const LARGE: f32 = 18.0;
const CARD: f32 = 16.0;
/// From a dot to its card in a room, in points: leaders and ring stay in sight.
const CLEAR: f32 = 16.0;

/// What is known of a measurement; `None` is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// N.
    pub(super) params: Option<f64>,
    /// D.
    pub(super) tokens: Option<f64>,
    /// C, by 6ND where the file has none.
    pub(super) flops: Option<f64>,
    /// L.
    pub(super) loss: Option<f64>,
    /// Of ln L, or of what is fitted.
    pub(super) residual: Option<f64>,
}

impl Facts {
    /// Of a measurement.
    pub(super) fn of(workspace: &Workspace, datum: Datum) -> Self {
        let derived = workspace.derived();
        let Some(input) = &derived.fit.input else {
            return Self::default();
        };
        let Some(part) = input.tables.get(datum.table) else {
            return Self::default();
        };
        if datum.point >= part.table.points().len() {
            return Self::default();
        }
        let point = part.table.points().get(datum.point);
        let (params, tokens) = (point.model_size().map(|n| n.0), point.tokens.map(|d| d.0));
        // Observations are in the order of tables and points.
        let place = input.data.binary_search(&datum).ok();
        Self {
            params,
            tokens,
            flops: point
                .flops
                .map(|c| c.0)
                .or_else(|| Some(FLOPS_PER_PARAM_TOKEN * params? * tokens?)),
            loss: point.loss.map(|loss| loss.0),
            residual: place.and_then(|place| derived.report()?.residuals.get(place).copied()),
        }
    }

    /// D/N.
    pub(super) fn tokens_per_param(&self) -> Option<f64> {
        Some(self.tokens? / self.params?)
    }
}

/// `+0.0123`, with a minus sign that is as wide as the plus.
pub(super) fn signed(residual: f64) -> String {
    format!("{residual:+.4}").replace('-', "−")
}

/// Name of the file that a measurement comes from.
pub(super) fn file_name(source: &Source) -> String {
    let name = source.path().and_then(std::path::Path::file_name);
    name.map_or_else(|| source.name(), |name| name.to_string_lossy().into_owned())
}

/// A measurement in words: the name of its run, then what is known of it.
fn words(workspace: &Workspace, datum: Datum) -> Option<(String, Vec<(&'static str, String)>)> {
    let input = workspace.derived().fit.input.as_ref()?;
    let Some(part) = input.tables.get(datum.table) else {
        return live_words(workspace, datum.point);
    };
    if datum.point >= part.table.points().len() {
        return None;
    }
    let facts = Facts::of(workspace, datum);
    let mut values = vec![];
    let mut push = |name, value: Option<String>| values.extend(value.map(|value| (name, value)));
    push("Parameters N", facts.params.map(|n| Params(n).short()));
    push("Tokens D", facts.tokens.map(|d| Tokens(d).short()));
    push("Compute C", facts.flops.map(|c| format!("{} FLOP", Flops(c).short())));
    push(
        "Tokens per parameter",
        facts.tokens_per_param().map(|ratio| format_significant(ratio, 3)),
    );
    push("Loss", facts.loss.map(|loss| format_significant(loss, 4)));
    push("Residual of ln L", facts.residual.map(signed));
    let excluded = &part.selected.excluded;
    let left_out = excluded.binary_search_by_key(&datum.point, |excluded| excluded.point);
    push("Left out", left_out.ok().map(|place| excluded[place].reason.clone()));
    let line = part.table.points().get(datum.point).line;
    let set = workspace.session().data_set(part.source(datum.point));
    push(
        "File",
        set.map(|set| format!("{}, line {line}", file_name(&set.source))),
    );
    Some((part.table.run_name(datum.point).to_owned(), values))
}

/// A point of what is trained here: its curve stands behind the tables of the fit.
fn live_words(workspace: &Workspace, point: usize) -> Option<(String, Vec<(&'static str, String)>)> {
    let live = workspace.derived().train.live.as_ref()?;
    let row = (point < live.points().len()).then(|| live.points().get(point))?;
    let known = [
        ("Parameters N", row.model_size().map(Params::short)),
        ("Tokens D", row.tokens.map(Tokens::short)),
        ("Loss", row.loss.map(|loss| format_significant(loss.0, 4))),
    ];
    let values = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Some((live.run_name(point).to_owned(), values.collect()))
}

/// Name of the run of a measurement.
pub(super) fn run_name(workspace: &Workspace, datum: Datum) -> Option<&str> {
    let table = &workspace.derived().fit.input.as_ref()?.tables.get(datum.table)?.table;
    (datum.point < table.points().len()).then(|| table.run_name(datum.point))
}

/// The card beside the pointer, at once: a read-out that waits is of no use to a hand that moves.
pub(super) fn card_ui(ui: &Ui, plot: &Response, workspace: &Workspace, datum: Datum) {
    let Some((name, values)) = words(workspace, datum) else {
        return;
    };
    let card = Tooltip::always_open(
        ui.ctx().clone(),
        plot.layer_id,
        plot.id.with("card"),
        egui::PopupAnchor::Pointer,
    );
    card.gap(14.0).show(|ui| {
        ui.spacing_mut().interact_size.y = size::BODY;
        ui.label(RichText::new(name).font(theme::bold(size::BODY)));
        egui::Grid::new("datum")
            .num_columns(2)
            .spacing([16.0, 2.0])
            .show(ui, |ui| {
                for (name, value) in values {
                    ui.label(RichText::new(name).color(theme::token(ui, Token::TextMuted)));
                    ui.label(value);
                    ui.end_row();
                }
            });
    });
}

/// The same for a room: large, in short words, and beside the dot wherever that stands.
pub(super) fn room_card_ui(ui: &Ui, plot: &Response, workspace: &Workspace, datum: Datum, dot: Pos2) {
    let Some((name, values)) = words(workspace, datum) else {
        return;
    };
    let values: Vec<(&str, String)> = values
        .into_iter()
        .filter_map(|(name, value)| Some((in_short(name)?, value)))
        .collect();
    // What opens at a rectangle never covers it.
    let clear = Rect::from_center_size(dot, Vec2::splat(2.0 * CLEAR));
    let card = Tooltip::always_open(ui.ctx().clone(), plot.layer_id, plot.id.with("card"), clear);
    card.gap(2.0).width(480.0).show(|ui| {
        ui.spacing_mut().interact_size.y = CARD;
        ui.add(Label::new(RichText::new(name).font(theme::bold(CARD))).extend());
        // Two to a row: a column of seven would be half the screen.
        egui::Grid::new("datum")
            .num_columns(4)
            .spacing([14.0, 2.0])
            .show(ui, |ui| {
                for pair in values.chunks(2) {
                    for (name, value) in pair {
                        let muted = theme::token(ui, Token::TextMuted);
                        ui.label(RichText::new(*name).size(CARD).color(muted));
                        ui.add(Label::new(RichText::new(value).size(CARD)).extend());
                    }
                    ui.end_row();
                }
            });
    });
}

/// Names as a room reads them; the file is nothing to it.
fn in_short(name: &'static str) -> Option<&'static str> {
    match name {
        "Parameters N" => Some("N"),
        "Tokens D" => Some("D"),
        "Compute C" => Some("C"),
        "Tokens per parameter" => Some("D/N"),
        "Residual of ln L" => Some("Residual"),
        "File" => None,
        other => Some(other),
    }
}

/// Thin lines from a dot to both axes, with its values where they meet them; in large type for a room.
pub(super) fn leaders(ui: &Ui, figure: &Figure, frame: &Frame, at: [f64; 2], room: bool) {
    leaders_of(ui, figure, frame, at, if room { LARGE } else { size::SMALL });
}

/// For a room: the same from wherever the pointer is, in large type.
pub(super) fn pointer_leaders(ui: &Ui, figure: &Figure, frame: &Frame, pointer: Pos2) {
    let at = [frame.x.value(f64::from(pointer.x)), frame.y.value(f64::from(pointer.y))];
    if frame.plot.contains([f64::from(pointer.x), f64::from(pointer.y)], 0.0) {
        leaders_of(ui, figure, frame, at, LARGE);
    }
}

fn leaders_of(ui: &Ui, figure: &Figure, frame: &Frame, at: [f64; 2], type_size: f32) {
    let Some([x, y]) = frame.place(at) else { return };
    let (x, y) = (x as f32, y as f32);
    let plot = frame.plot;
    let (left, bottom) = (plot.left as f32, plot.bottom as f32);
    let painter = ui.painter();
    let width = if type_size > size::SMALL { 1.2 } else { 1.0 };
    let stroke = Stroke::new(width, theme::token(ui, Token::TextMuted));
    painter.line_segment([pos2(x, y + 6.0), pos2(x, bottom)], stroke);
    painter.line_segment([pos2(left, y), pos2(x - 6.0, y)], stroke);
    tag(
        painter,
        ui,
        pos2(x, bottom + 4.0),
        Align2::CENTER_TOP,
        &value(&figure.x, at[0]),
        type_size,
    );
    tag(
        painter,
        ui,
        pos2(left - 6.0, y),
        Align2::RIGHT_CENTER,
        &value(&figure.y, at[1]),
        type_size,
    );
}

/// A value as its axis writes numbers.
fn value(axis: &Axis, value: f64) -> String {
    written(axis.format, value)
}

/// A value in one of the ways that axes write numbers.
pub(super) fn written(format: TickFormat, value: f64) -> String {
    match format {
        TickFormat::Plain => format_significant(value, 4),
        TickFormat::Count => Params(value).short(),
        TickFormat::Power => Flops(value).short(),
        TickFormat::PfDays => format!("{} PF-days", format_significant(Flops(value).pf_days(), 3)),
    }
}

/// A value over the axis, which it covers there.
fn tag(painter: &Painter, ui: &Ui, at: Pos2, anchor: Align2, text: &str, size: f32) {
    let color = theme::token(ui, Token::Text);
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), color);
    let screen = painter.ctx().content_rect().shrink(4.0);
    let rect: Rect = anchor.anchor_size(at, galley.size());
    // Large type is wider than the margin here and there.
    let rect = rect.translate(vec2(
        (screen.left() - rect.left()).max(0.0),
        (screen.bottom() - rect.bottom()).min(0.0),
    ));
    painter.rect_filled(rect.expand2(vec2(3.0, 4.0)), 2.0, theme::token(ui, Token::Raised));
    painter.galley(rect.min, galley, color);
}
