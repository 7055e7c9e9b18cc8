//! The few controls that egui does not have: a row that toggles, a field that takes the app's notation, a log slider.

use super::text::quoted;
use super::theme::{self, size};
use crate::figure::Token;
use eframe::egui::{
    self, Align, Align2, Color32, EventFilter, Key, Layout, Modifiers, Rect, Response, RichText, Role, Sense, Slider,
    SliderClamping, Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

/// How many steps the arrow keys take a handle that has the focus: up is more, with Shift ten times as far. Right is more too
/// where it is moved `sideways`.
pub(super) fn arrow_keys(ui: &Ui, response: &Response, sideways: bool) -> Option<f32> {
    let filter = EventFilter {
        horizontal_arrows: sideways,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let step = if ui.input(|input| input.modifiers.shift) {
        10.0
    } else {
        1.0
    };
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let more = pressed(Key::ArrowUp) || (sideways && pressed(Key::ArrowRight));
    let less = pressed(Key::ArrowDown) || (sideways && pressed(Key::ArrowLeft));
    match (more, less) {
        (true, false) => Some(step),
        (false, true) => Some(-step),
        _ => None,
    }
}

/// Small bold heading of a section.
pub(super) fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(theme::GRID);
    ui.label(
        RichText::new(text)
            .font(theme::bold(size::SMALL))
            .color(theme::token(ui, Token::TextMuted)),
    );
}

/// A heading with something at the right end of its line.
pub(super) fn heading_with<R>(ui: &mut Ui, text: &str, trailing: impl FnOnce(&mut Ui) -> R) -> R {
    ui.add_space(theme::GRID);
    ui.horizontal(|ui| {
        let muted = theme::token(ui, Token::TextMuted);
        ui.label(RichText::new(text).font(theme::bold(size::SMALL)).color(muted));
        ui.with_layout(Layout::right_to_left(Align::Center), trailing).inner
    })
    .inner
}

/// Muted small text.
pub(super) fn small(text: impl Into<String>, ui: &Ui) -> RichText {
    RichText::new(text)
        .size(size::SMALL)
        .color(theme::token(ui, Token::TextMuted))
}

/// A row with a dot that is filled when it is on; the whole row toggles.
pub(super) fn toggle_row(ui: &mut Ui, on: bool, color: Color32, text: &str, trailing: &str) -> Response {
    let response = dot_row(ui, on, color, text, trailing);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), on, text));
    response
}

/// A row with a filled dot that leads somewhere.
pub(super) fn link_row(ui: &mut Ui, color: Color32, text: &str, trailing: &str) -> Response {
    let response = dot_row(ui, true, color, text, trailing);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
    response
}

fn dot_row(ui: &mut Ui, on: bool, color: Color32, text: &str, trailing: &str) -> Response {
    let height = 24.0;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let faint = theme::token(ui, Token::TextFaint);
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect.expand2(vec2(6.0, 0.0)), 4.0, theme::token(ui, Token::Raised));
    }
    let center = pos2(rect.left() + 6.0, rect.center().y);
    if on {
        ui.painter().circle_filled(center, 4.5, color);
    } else {
        ui.painter().circle_stroke(center, 4.0, Stroke::new(1.2, faint));
    }
    let trailing_width = if trailing.is_empty() {
        0.0
    } else {
        let galley = ui
            .painter()
            .layout_no_wrap(trailing.to_owned(), egui::FontId::proportional(size::SMALL), faint);
        let width = galley.size().x;
        ui.painter().galley(
            pos2(rect.right() - width, rect.center().y - galley.size().y / 2.0),
            galley,
            faint,
        );
        width + theme::GRID
    };
    let text_color = theme::token(ui, if on { Token::Text } else { Token::TextFaint });
    let left = rect.left() + 18.0;
    let mut job =
        egui::text::LayoutJob::simple_singleline(text.to_owned(), egui::FontId::proportional(size::BODY), text_color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.right() - trailing_width - left);
    let galley = ui.painter().layout_job(job);
    ui.painter()
        .galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, text_color);
    response
}

/// A text field reads as its name first, what stands in it second.
pub(super) fn spoken_field(response: &Response, name: &str, text: &str) {
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
}

/// A text field for a quantity: shows the value until it is edited, takes it on Enter or on leaving.
#[derive(Default)]
pub(super) struct Entry {
    text: String,
    editing: bool,
    /// What is wrong with the text, and the value that stood when it was typed.
    error: Option<(String, String)>,
}

impl Entry {
    /// Shows the field; returns the new value when one was typed that can be read. `read` explains what it cannot read.
    pub(super) fn ui<T>(
        &mut self,
        ui: &mut Ui,
        name: &str,
        shown: &str,
        width: f32,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.error.as_ref().is_some_and(|(_, stood)| stood != shown) {
            // The value has moved on, by undo or by another control.
            self.error = None;
        }
        if !self.editing && self.error.is_none() {
            shown.clone_into(&mut self.text);
        }
        let color = if self.error.is_some() {
            Token::Error
        } else {
            Token::Text
        };
        let edit = TextEdit::singleline(&mut self.text)
            .desired_width(width)
            .align(Align2::RIGHT_CENTER)
            .text_color(theme::token(ui, color))
            .id_salt(name);
        let response = ui.add(edit);
        spoken_field(&response, name, &self.text);
        let left = response.lost_focus();
        self.editing = response.has_focus();
        if left && ui.input(|input| input.key_pressed(Key::Escape)) {
            self.error = None;
            return None;
        }
        if left && self.text != shown {
            match read(&self.text) {
                Ok(value) => {
                    self.error = None;
                    return Some(value);
                }
                Err(error) => self.error = Some((error, shown.to_owned())),
            }
        } else if left {
            self.error = None;
        }
        if let Some((error, _)) = &self.error {
            response.on_hover_text(quoted(error));
        }
        None
    }

    /// What is wrong with the text, to be shown beside the field.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_ref().map(|(error, _)| error.as_str())
    }
}

/// What a slider did, and where its rail is.
pub(super) struct Slid {
    /// The new value, when it was moved.
    pub(super) moved: Option<f64>,
    /// From the place of the least value to that of the greatest.
    pub(super) rail: Rect,
}

/// A slider over decades that fills the width. A press gives it the arrow keys.
pub(super) fn log_slider(ui: &mut Ui, name: &str, value: f64, range: (f64, f64), hover: &str) -> Slid {
    let slid = rail_slider(ui, name, value.log10(), (range.0.log10(), range.1.log10()), hover);
    Slid {
        moved: slid.moved.map(|exponent| 10f64.powf(exponent)),
        ..slid
    }
}

/// A slider between two values that fills the width: by decades where there are several of them.
pub(super) fn value_slider(ui: &mut Ui, name: &str, value: f64, [low, high]: [f64; 2], hover: &str) -> Option<f64> {
    if low > 0.0 && high / low > 30.0 {
        log_slider(ui, name, value, (low, high), hover).moved
    } else {
        rail_slider(ui, name, value, (low, high), hover).moved
    }
}

fn rail_slider(ui: &mut Ui, name: &str, value: f64, range: (f64, f64), hover: &str) -> Slid {
    let mut place = value;
    let accent = theme::token(ui, Token::Accent);
    let rail = theme::token(ui, Token::ControlHovered);
    let shown = ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width();
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = accent;
        // Whatever can be dragged has the accent's ring. egui paints the rail in the colour of an idle handle.
        visuals.widgets.inactive.bg_fill = rail;
        for (state, width) in [
            (&mut visuals.widgets.inactive, 2.0),
            (&mut visuals.widgets.hovered, 3.0),
            (&mut visuals.widgets.active, 4.0),
        ] {
            state.fg_stroke = Stroke::new(width, accent);
        }
        let slider = Slider::new(&mut place, range.0..=range.1)
            .show_value(false)
            .clamping(SliderClamping::Edits)
            .smart_aim(false);
        ui.add(slider)
    });
    let response = shown.inner;
    response.widget_info(|| WidgetInfo::slider(true, value, name));
    if response.drag_started() || response.clicked() {
        response.request_focus();
    }
    response.clone().on_hover_text(hover);
    // egui keeps a handle's radius, two fifths of the height, free at either end.
    let rail = response.rect.shrink2(vec2(response.rect.height() / 2.5, 0.0));
    Slid {
        moved: response.changed().then_some(place),
        rail,
    }
}

/// A box that holds a value. `on` is whether it does; gives what it was clicked to.
pub(super) fn hold_box(ui: &mut Ui, name: &str, on: bool, able: bool, tip: &str, tip_unable: &str) -> Option<bool> {
    ui.scope(|ui| {
        // A box that is off is otherwise the colour of the panel.
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, theme::token(ui, Token::TextFaint));
        let mut wanted = on;
        let response = ui.add_enabled(able, egui::Checkbox::without_text(&mut wanted));
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, name));
        let response = response.on_hover_text(tip).on_disabled_hover_text(tip_unable);
        response.changed().then_some(wanted)
    })
    .inner
}

/// Lays out a label on the left and a control on the right of one line.
pub(super) fn labelled<R>(ui: &mut Ui, label: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.label(label);
        ui.with_layout(Layout::right_to_left(Align::Center), control).inner
    })
    .inner
}

/// A paragraph with a coloured bar at its left: verdicts and warnings.
pub(super) fn card(ui: &mut Ui, bar: Token, text: &str) {
    let frame = egui::Frame::NONE
        .fill(theme::token(ui, Token::Raised))
        .corner_radius(4.0)
        .inner_margin(egui::Margin {
            left: 12,
            right: 10,
            top: 8,
            bottom: 8,
        });
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(quoted(text)).size(size::SMALL + 0.5));
    });
    let rect = shown.response.rect;
    let stripe = Rect::from_min_max(rect.min, pos2(rect.left() + 3.0, rect.bottom()));
    ui.painter().rect_filled(stripe, 1.0, theme::token(ui, bar));
}
