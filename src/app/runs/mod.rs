//! The run table: every run with its numbers, its health and why it takes part or not; to sort, to filter, to select and to
//! leave out.
//!
//! It is a panel under the board and not one of its views: a view is a figure that can be saved, and the table is wanted
//! beside whatever views there are, to brush in one and see it in the other. Only rows in sight are laid out.

mod rows;

use super::brush::{Brush, How};
use super::readout::signed;
use super::text::quoted;
use super::theme::{self, size};
use super::widgets::small;
use super::{Local, Requests};
use crate::figure::{Datum, Token};
use crate::session::Workspace;
use crate::units::{Flops, Params, Tokens, format_significant};
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    self, Align, EventFilter, FontId, Id, Key, Layout, Modifiers, Rect, RichText, Role, ScrollArea, Sense, Stroke,
    TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use rows::{Column, Row, Rows, Wish};

/// Height of a row.
const ROW: f32 = 22.0;
/// Room for the mark at the left that leaves out and lets in.
const MARK: f32 = 22.0;
/// From a cell's edge to its text.
const PAD: f32 = 6.0;

const HINT: &str = "Click to select · Shift to here, Ctrl adds, Alt takes out · ↑ ↓ move, Space leaves out or lets in · \
     click a heading to sort";

/// The table as the window remembers it.
pub(super) struct Runs {
    /// It is shown.
    pub(super) open: bool,
    wish: Wish,
    rows: Rows,
    /// The row that keys move from, by table and run.
    cursor: Option<(usize, usize)>,
    hovered: Option<Datum>,
    /// Of the selection, when it was last looked at.
    version: u64,
    /// A place in the order to be brought into sight.
    reveal: Option<usize>,
    /// How far it is scrolled, and how much is seen.
    scrolled: f32,
    height: f32,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            open: false,
            wish: Wish {
                filter: String::new(),
                column: Column::Loss,
                falling: false,
            },
            rows: Rows::default(),
            cursor: None,
            hovered: None,
            version: 0,
            reveal: None,
            scrolled: 0.0,
            height: 0.0,
        }
    }
}

impl Runs {
    /// The run whose row is under the pointer.
    pub(super) fn hovered(&self) -> Option<Datum> {
        self.hovered
    }

    /// Shows the table, or puts it away.
    pub(super) fn toggle(&mut self) {
        self.open = !self.open;
        self.hovered = None;
    }

    /// Where the row of the cursor stands now.
    fn place(&self) -> Option<usize> {
        let cursor = self.cursor?;
        let is_it = |index: &usize| {
            let row = &self.rows.all[*index];
            (row.datum.table, row.run) == cursor
        };
        self.rows.order.iter().position(is_it)
    }
}

pub(super) fn runs_ui(ui: &mut Ui, workspace: &Workspace, local: &mut Local, requests: &mut Requests) {
    let Local { runs, brush, .. } = &mut *local;
    brush.refresh(workspace);
    let before = runs.wish.clone();
    runs.hovered = None;
    // A panel is as high as what is in it.
    ui.set_min_height(ui.available_height());
    table_ui(ui, workspace, runs, brush, requests);
    if runs.wish != before {
        // What was typed or clicked is answered in the next frame.
        ui.ctx().request_repaint();
    }
    if ui.ui_contains_pointer() {
        local.next_hint = HINT;
    }
}

fn table_ui(ui: &mut Ui, workspace: &Workspace, runs: &mut Runs, brush: &mut Brush, requests: &mut Requests) {
    head_ui(ui, runs);
    runs.rows.refresh(workspace, &runs.wish);
    if let Some(error) = &runs.rows.error {
        let text = RichText::new(quoted(error)).size(size::SMALL);
        ui.label(text.color(theme::token(ui, Token::Error)));
    }
    if runs.rows.all.is_empty() {
        ui.label(small("No runs yet: open a file, and every run has its row here.", ui));
        return;
    }
    if runs.rows.order.is_empty() {
        ui.label(small("No run passes the filter.", ui));
        return;
    }
    if runs.version != brush.version {
        // What was selected in a plot is brought into sight.
        runs.version = brush.version;
        let selected = |index: &usize| {
            let row = &runs.rows.all[*index];
            brush.holds(row.datum.table, row.run)
        };
        runs.reveal = runs.rows.order.iter().position(selected);
    }
    headings_ui(ui, &mut runs.wish);
    body_ui(ui, workspace, runs, brush, requests);
}

/// What is seen of how many, the filter, and the way to put the table away.
fn head_ui(ui: &mut Ui, runs: &mut Runs) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Runs").font(theme::bold(size::BODY)));
        let edit = TextEdit::singleline(&mut runs.wish.filter)
            .id_salt("filter of runs")
            .hint_text("D/N < 5, or part of a name")
            .desired_width(220.0);
        let response = ui.add(edit);
        let text = runs.wish.filter.clone();
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, "Filter runs");
            info.current_text_value = Some(text.clone());
            info
        });
        response.on_hover_text(
            "A comparison of N, D, C, L or columns, as in “Keep where”; other text is looked for in names",
        );
        let (seen, all) = (runs.rows.order.len(), runs.rows.all.len());
        let text = if seen == all {
            format!("{all} runs")
        } else {
            format!("{seen} of {all} runs")
        };
        ui.label(small(text, ui));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui
                .small_button("Close")
                .on_hover_text("Put the table away (T)")
                .clicked()
            {
                runs.toggle();
            }
        });
    });
}

/// Edges of the columns between the mark and the right end.
fn edges(left: f32, right: f32) -> Vec<(Column, egui::Rangef)> {
    let all: f32 = Column::ALL.iter().map(|column| column.about().2).sum();
    let unit = (right - left - MARK) / all;
    let mut at = left + MARK;
    Column::ALL
        .into_iter()
        .map(|column| {
            let from = at;
            at += column.about().2 * unit;
            (column, egui::Rangef::new(from, at))
        })
        .collect()
}

fn headings_ui(ui: &mut Ui, wish: &mut Wish) {
    let (band, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let right = band.right() - ui.spacing().scroll.allocated_width();
    for (column, x) in edges(band.left(), right) {
        let (name, what, _, numeric) = column.about();
        let rect = Rect::from_x_y_ranges(x, band.y_range());
        let response = ui.interact(rect, ui.scope_id().with(name), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Sort by {name}")));
        if response.clicked() {
            wish.falling = wish.column == column && !wish.falling;
            wish.column = column;
        }
        let on = wish.column == column;
        let token = if on || response.hovered() || response.has_focus() {
            Token::Text
        } else {
            Token::TextMuted
        };
        let text = match (on, wish.falling) {
            (true, true) => format!("{name} ▾"),
            (true, false) => format!("{name} ▴"),
            (false, _) => name.to_owned(),
        };
        cell(ui, rect, &text, numeric, theme::token(ui, token));
        response.on_hover_text(format!("{what}; click to sort, again to turn round"));
    }
    let line = Stroke::new(1.0, theme::token(ui, Token::Hairline));
    ui.painter().hline(band.x_range(), band.bottom(), line);
}

fn body_ui(ui: &mut Ui, workspace: &Workspace, runs: &mut Runs, brush: &mut Brush, requests: &mut Requests) {
    let id = Id::unique("rows of runs");
    let body = ui.available_rect_before_wrap();
    let focus = ui.interact(body, id, Sense::focusable_noninteractive());
    focus.widget_info(|| WidgetInfo::labeled(Role::Grid, true, "Rows of runs"));
    if focus.has_focus() {
        keys(ui, id, workspace, runs, brush, requests);
        let ring = Stroke::new(1.0, theme::token(ui, Token::Accent));
        ui.painter().rect_stroke(body, 2.0, ring, egui::StrokeKind::Inside);
    }
    let mut area = ScrollArea::vertical().auto_shrink(false).id_salt("runs");
    if let Some(place) = runs.reveal.take() {
        let (top, seen) = (place as f32 * ROW, runs.height.max(ROW));
        if top < runs.scrolled || top + ROW > runs.scrolled + seen {
            area = area.vertical_scroll_offset((top - (seen - ROW) / 2.0).max(0.0));
            ui.ctx().request_repaint();
        }
    }
    let mut hovered = None;
    let shown = ui
        .scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            area.show_rows(ui, ROW, runs.rows.order.len(), |ui, range| {
                for place in range {
                    if row_ui(ui, workspace, runs, place, brush, requests) {
                        hovered = Some(runs.rows.all[runs.rows.order[place]].datum);
                    }
                }
            })
        })
        .inner;
    runs.scrolled = shown.state.clamped_offset().y;
    runs.height = shown.inner_rect.height();
    runs.hovered = hovered;
}

/// One row; says whether the pointer is on it.
fn row_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    runs: &mut Runs,
    place: usize,
    brush: &mut Brush,
    requests: &mut Requests,
) -> bool {
    let row = runs.rows.all[runs.rows.order[place]];
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let key = (row.datum.table, row.run);
    let response = ui.interact(rect, Id::unique(("row of a run", key)), Sense::CLICK);
    let selected = brush.holds(row.datum.table, row.run);
    let name = runs.rows.name(workspace, &row);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, format!("Row of {name}")));
    if response.clicked() {
        ui.memory_mut(|memory| memory.request_focus(Id::unique("rows of runs")));
        select(ui, workspace, runs, place, brush);
    }
    let color = |token| theme::token(ui, token);
    if selected {
        ui.painter()
            .rect_filled(rect, 0.0, color(Token::Accent).gamma_multiply(0.18));
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, color(Token::Raised));
    }
    if runs.cursor == Some(key) {
        let bar = Rect::from_min_max(rect.min, pos2(rect.left() + 2.0, rect.bottom()));
        ui.painter().rect_filled(bar, 0.0, color(Token::Accent));
    }
    let text = color(if row.used() { Token::Text } else { Token::TextFaint });
    for (column, x) in edges(rect.left(), rect.right()) {
        let cell_rect = Rect::from_x_y_ranges(x, rect.y_range());
        let color = match column {
            Column::Health if row.ill() => color(Token::Warning),
            Column::State | Column::File => color(Token::TextMuted),
            _ => text,
        };
        cell(
            ui,
            cell_rect,
            &written(&runs.rows, name, &row, column),
            column.about().3,
            color,
        );
    }
    mark_ui(ui, workspace, rect, &row, name, brush, requests);
    let hovered = response.hovered();
    response.on_hover_ui(|ui| {
        ui.label(RichText::new(name).font(theme::bold(size::BODY)));
        let health = Rows::health(&row);
        let parts = [runs.rows.state(&row), &health, runs.rows.file(&row)];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        ui.label(parts.join(" · "));
    });
    hovered
}

/// What a cell says.
fn written(rows: &Rows, name: &str, row: &Row, column: Column) -> String {
    let facts = &row.facts;
    let number = match column {
        Column::Run => return name.to_owned(),
        Column::Health => return Rows::health(row),
        Column::State => return rows.state(row).to_owned(),
        Column::File => return rows.file(row).to_owned(),
        Column::Params => facts.params.map(|n| Params(n).short()),
        Column::Tokens => facts.tokens.map(|d| Tokens(d).short()),
        Column::Flops => facts.flops.map(|c| Flops(c).short()),
        Column::TokensPerParam => facts.tokens_per_param().map(|ratio| format_significant(ratio, 3)),
        Column::Loss => facts.loss.map(|loss| format_significant(loss, 4)),
        Column::Residual => facts.residual.map(signed),
    };
    number.unwrap_or_else(|| "–".to_owned())
}

/// A text that is cut where its cell ends.
fn cell(ui: &Ui, rect: Rect, text: &str, numeric: bool, color: egui::Color32) {
    let inner = rect.shrink2(vec2(PAD, 0.0));
    let font = FontId::proportional(size::SMALL + 0.5);
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(inner.width());
    let galley = ui.painter().layout_job(job);
    let left = match numeric {
        true => inner.right() - galley.size().x,
        false => inner.left(),
    };
    let top = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(left, top), galley, color);
}

/// The dot as the plots draw it: filled where the run takes part, hollow where it does not. A click leaves it out or lets
/// it in.
fn mark_ui(
    ui: &Ui,
    workspace: &Workspace,
    row_rect: Rect,
    row: &Row,
    name: &str,
    brush: &Brush,
    requests: &mut Requests,
) {
    let rect = Rect::from_min_size(row_rect.min, vec2(MARK, ROW));
    // Diverged or ruled out, it takes no part whatever one clicks.
    let able = row.used() || row.by_hand;
    let sense = if able { Sense::CLICK } else { Sense::hover() };
    let response = ui.interact(rect, Id::unique(("mark of a run", row.datum)), sense);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, able, row.used(), format!("Use {name}")));
    let centre = rect.center() + vec2(1.0, 0.0);
    let token = if able { Token::Accent } else { Token::TextFaint };
    let color = theme::token(ui, token);
    if row.used() {
        ui.painter().circle_filled(centre, 4.5, color);
    } else {
        ui.painter().circle_stroke(centre, 4.0, Stroke::new(1.3, color));
    }
    if response.hovered() && able {
        ui.painter().circle_stroke(centre, 7.0, Stroke::new(1.0, color));
    }
    if response.clicked() {
        requests.actions.extend(brush.toggled(workspace, row.datum));
    }
    response.on_hover_text(match (row.used(), able) {
        (true, _) => "Leave this run out of the fit",
        (false, true) => "Let this run take part again",
        (false, false) => "Left out by something else than a hand: see the column “In the fit”",
    });
}

/// Selects by a click on a row.
fn select(ui: &Ui, workspace: &Workspace, runs: &mut Runs, place: usize, brush: &mut Brush) {
    let row = runs.rows.all[runs.rows.order[place]];
    let modifiers = ui.input(|input| input.modifiers);
    let from = runs.place().filter(|_| modifiers.shift && !modifiers.alt);
    let (low, high) = from.map_or((place, place), |from| (from.min(place), from.max(place)));
    let how = match How::of(modifiers) {
        How::Replace if modifiers.command => How::Add,
        how => how,
    };
    let data: Vec<Datum> = runs.rows.order[low..=high]
        .iter()
        .map(|index| runs.rows.all[*index].datum)
        .collect();
    brush.pick(workspace, data, how);
    runs.version = brush.version;
    if from.is_none() {
        runs.cursor = Some((row.datum.table, row.run));
    }
    ui.ctx().request_repaint();
}

/// Arrows, pages and ends move the cursor and select; with Shift they add. Space leaves out or lets in.
fn keys(ui: &Ui, id: Id, workspace: &Workspace, runs: &mut Runs, brush: &mut Brush, requests: &mut Requests) {
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let count = runs.rows.order.len();
    let page = ((runs.height / ROW) as usize).max(1);
    let shift = ui.input(|input| input.modifiers.shift);
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let place = runs.place();
    let moved = if pressed(Key::ArrowDown) {
        Some(place.map_or(0, |place| place + 1))
    } else if pressed(Key::ArrowUp) {
        Some(place.map_or(0, |place| place.saturating_sub(1)))
    } else if pressed(Key::PageDown) {
        Some(place.unwrap_or(0) + page)
    } else if pressed(Key::PageUp) {
        Some(place.unwrap_or(0).saturating_sub(page))
    } else if pressed(Key::Home) {
        Some(0)
    } else if pressed(Key::End) {
        Some(count)
    } else {
        None
    };
    if let Some(place) = moved {
        let place = place.min(count - 1);
        let row = runs.rows.all[runs.rows.order[place]];
        runs.cursor = Some((row.datum.table, row.run));
        runs.reveal = Some(place);
        brush.pick(workspace, [row.datum], if shift { How::Add } else { How::Replace });
        runs.version = brush.version;
    }
    if pressed(Key::Space)
        && let Some(place) = place
    {
        let row = runs.rows.all[runs.rows.order[place]];
        if !brush.holds(row.datum.table, row.run) {
            requests.actions.extend(brush.toggled(workspace, row.datum));
        } else if brush.counts().by_hand == brush.counts().runs {
            requests.actions.extend(brush.restore(workspace));
        } else {
            requests.actions.extend(brush.exclude(workspace));
        }
    }
}
