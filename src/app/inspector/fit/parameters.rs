//! One row a parameter: its value and interval, a lock, and on demand a slider between two limits.
//!
//! What is not locked is fitted again while another is dragged; with all of them locked the curve is the user's own, drawn
//! without a fit.

use crate::app::answer::intervals_asked;
use crate::app::figures::Figures;
use crate::app::theme::{self, size};
use crate::app::widgets::{Entry, hold_box, small, value_slider};
use crate::app::{Local, Requests};
use crate::data::RunTable;
use crate::fit::Ends;
use crate::law::{LawChoice, Parameter, ParameterRole};
use crate::session::{Action, FitAction, FitChoice, Workspace};
use crate::units::{format_significant, parse_number};
use eframe::egui::{Align, Layout, RichText, Sense, Ui, UiBuilder, vec2};
use std::collections::HashMap;

/// Symbol, value, interval; fixed, so that a digit more or less moves nothing.
const COLUMNS: [f32; 3] = [20.0, 78.0, 112.0];

/// Height of a row.
const ROW: f32 = 26.0;

/// Width of a limit beside its slider.
const LIMIT: f32 = 54.0;

/// What the rows remember.
#[derive(Default)]
pub(in crate::app) struct Parameters {
    held: HashMap<String, Entry>,
    least: HashMap<String, Entry>,
    greatest: HashMap<String, Entry>,
    sliders: bool,
    /// Ends of the sliders of a law: they stand still while a value moves between them.
    ends: Option<(LawChoice, Vec<[f64; 2]>)>,
}

pub(super) fn parameters_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    let fit = &workspace.session().fit;
    let parameters = fit.config.law.law().parameters();
    let report = workspace.derived().report();
    let intervals = &figures.summary(workspace).intervals;
    let derived = workspace.derived();
    let known = derived.uncertainty(fit.interval).is_some() || derived.uncertainty_error(fit.interval).is_some();
    let awaited = report.is_some() && !known && intervals_asked(workspace);
    let values: Vec<Option<f64>> = parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| held(fit, parameter).or_else(|| report.map(|report| report.params[index].value)))
        .collect();
    head_ui(ui, fit, parameters, &values, &mut local.parameters, requests);
    let state = &mut local.parameters;
    if state.sliders {
        state.find_ends(fit, parameters, &values);
    }
    for (index, parameter) in parameters.iter().enumerate() {
        let (fixed, value) = (held(fit, parameter), values[index]);
        let interval = match intervals.get(index).copied().flatten() {
            Some(ends) => within(ends),
            None if fixed.is_some() => "held".to_owned(),
            None if awaited => "…".to_owned(),
            None => String::new(),
        };
        row(ui, |ui| {
            cell(ui, COLUMNS[0], |ui| {
                ui.label(RichText::new(&*parameter.symbol).font(theme::bold(size::BODY)))
                    .on_hover_text(&*parameter.meaning);
            });
            cell(ui, COLUMNS[1], |ui| {
                value_ui(ui, parameter, fixed, value, state, requests);
            });
            cell(ui, COLUMNS[2], |ui| {
                ui.label(small(interval, ui));
            });
            lock_ui(ui, parameter, fixed, value, requests);
        });
        if let (ParameterRole::Floor, Some(value)) = (parameter.role, value) {
            best_ui(ui, workspace, value);
        }
        if state.sliders {
            slider_ui(ui, fit, parameter, index, value, state, requests);
        }
    }
}

/// The best possible loss beside the fitted floor, where the runs' text is known so well.
fn best_ui(ui: &mut Ui, workspace: &Workspace, fitted: f64) {
    let input = workspace.derived().fit.input.as_ref();
    let best = input.and_then(|input| RunTable::best_loss_of(input.tables.iter().map(|table| &*table.table)));
    if let Some(best) = best {
        let off = 100.0 * (fitted / best - 1.0);
        let side = if off < 0.0 { "below" } else { "above" };
        let text = format!(
            "best possible {}: E is {} % {side} it",
            format_significant(best, 4),
            format_significant(off.abs(), 2)
        );
        ui.label(small(text, ui))
            .on_hover_text("The text is made from known probabilities; no model can predict it better than this.");
    }
}

/// An interval; a side without an end is left open.
fn within(ends: Ends) -> String {
    let short = |value| format_significant(value, 3);
    match ends {
        [Some(low), Some(high)] => format!("[{}, {}]", short(low), short(high)),
        [Some(low), None] => format!("≥ {}", short(low)),
        [None, Some(high)] => format!("≤ {}", short(high)),
        [None, None] => "no end within bounds".to_owned(),
    }
}

/// Headings, and what concerns all rows.
fn head_ui(
    ui: &mut Ui,
    fit: &FitChoice,
    parameters: &[Parameter],
    values: &[Option<f64>],
    state: &mut Parameters,
    requests: &mut Requests,
) {
    ui.horizontal(|ui| {
        for (text, width) in ["", "fitted", &format!("{:.0} % interval", fit.level * 100.0)]
            .into_iter()
            .zip(COLUMNS)
        {
            cell(ui, width, |ui| {
                ui.label(small(text, ui));
            });
        }
        ui.label(small("hold", ui));
    });
    ui.horizontal(|ui| {
        let all = parameters.iter().all(|parameter| held(fit, parameter).is_some());
        let known: Option<Vec<f64>> = values.iter().copied().collect();
        let tip = "A slider for each parameter. Dragging one holds it there; the others are fitted around it.";
        if ui
            .selectable_label(state.sliders, "Sliders")
            .on_hover_text(tip)
            .clicked()
        {
            state.sliders = !state.sliders;
            state.ends = None;
        }
        if all {
            if ui.button("Fit all").on_hover_text("Lets every parameter go").clicked() {
                requests.act(Action::Fit(FitAction::SetHeld(vec![])));
            }
        } else if let Some(known) = known {
            let tip = "Holds every parameter where it is, to move the curve by hand without a fit";
            if ui.button("Hold all").on_hover_text(tip).clicked() {
                let names = parameters.iter().map(|parameter| parameter.name.to_string());
                requests.act(Action::Fit(FitAction::SetHeld(names.zip(known).collect())));
            }
        }
    });
}

fn held(fit: &FitChoice, parameter: &Parameter) -> Option<f64> {
    let mut fixed = fit.config.fixed.iter();
    fixed.find(|(name, _)| *name == parameter.name).map(|(_, value)| *value)
}

fn hold(parameter: &Parameter, value: Option<f64>) -> Action {
    Action::Fit(FitAction::SetFixed(parameter.name.to_string(), value))
}

/// A line of one height whatever stands in it: a field is higher than the number that it takes the place of.
fn row(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let layout = Layout::left_to_right(Align::Center);
    add(&mut ui.new_child(UiBuilder::new().max_rect(rect).layout(layout)));
}

fn cell(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 24.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_width(width);
        add(ui);
    });
}

/// A fitted value is read; a held one, or one that is missing, is typed.
fn value_ui(
    ui: &mut Ui,
    parameter: &Parameter,
    fixed: Option<f64>,
    value: Option<f64>,
    state: &mut Parameters,
    requests: &mut Requests,
) {
    if let (None, Some(value)) = (fixed, value) {
        ui.label(format_significant(value, 5));
        return;
    }
    let shown = fixed.map(|value| format_significant(value, 5)).unwrap_or_default();
    let entry = state.held.entry(parameter.name.to_string()).or_default();
    let name = format!("{} held at", parameter.name);
    if let Some(value) = entry.ui(ui, &name, &shown, COLUMNS[1] - 10.0, number) {
        requests.act(hold(parameter, value));
    }
}

/// A number, or nothing.
fn number(text: &str) -> Result<Option<f64>, String> {
    match text.trim() {
        "" => Ok(None),
        text => parse_number(text).map(Some).map_err(|error| error.to_string()),
    }
}

fn lock_ui(ui: &mut Ui, parameter: &Parameter, fixed: Option<f64>, value: Option<f64>, requests: &mut Requests) {
    let (name, tip) = (
        format!("Hold {}", parameter.name),
        format!("Hold {} at this value while the others are fitted", parameter.symbol),
    );
    let able = value.is_some();
    if let Some(on) = hold_box(ui, &name, fixed.is_some(), able, &tip, "Type a value to hold it") {
        requests.act(hold(parameter, value.filter(|_| on)));
    }
}

/// The least value, a rail, the greatest. A typed end is a limit of the fit as well.
fn slider_ui(
    ui: &mut Ui,
    fit: &FitChoice,
    parameter: &Parameter,
    index: usize,
    value: Option<f64>,
    state: &mut Parameters,
    requests: &mut Requests,
) {
    let Some(ends) = state.ends.as_ref().and_then(|(_, ends)| ends.get(index)).copied() else {
        return;
    };
    let limits = fit.config.bounds_of(parameter);
    let [low, high] = limits.unwrap_or(ends);
    let mut limit = |ui: &mut Ui, upper: bool, requests: &mut Requests| {
        let entries = if upper { &mut state.greatest } else { &mut state.least };
        let entry = entries.entry(parameter.name.to_string()).or_default();
        let (which, end) = if upper { ("Greatest", high) } else { ("Least", low) };
        let name = format!("{which} {}", parameter.name);
        let shown = limit_text(end);
        if let Some(typed) = entry.ui(ui, &name, &shown, LIMIT - 8.0, number) {
            let mut wanted = [low, high];
            let bounds = typed.map(|typed| {
                wanted[usize::from(upper)] = typed;
                wanted
            });
            requests.act(Action::Fit(FitAction::SetBounds(parameter.name.to_string(), bounds)));
        }
    };
    row(ui, |ui| {
        limit(ui, false, requests);
        let rail = ui.available_width() - LIMIT - ui.spacing().item_spacing.x;
        ui.allocate_ui_with_layout(vec2(rail, 24.0), Layout::left_to_right(Align::Center), |ui| {
            let name = format!("{} by hand", parameter.name);
            let tip = format!(
                "Holds {} and fits the others around it. A limit that is typed at either end binds the fit too; an empty one \
                 lets it go.",
                parameter.symbol
            );
            if let Some(moved) = value_slider(ui, &name, value.unwrap_or(low), [low, high], &tip) {
                requests.act(hold(parameter, Some(moved)));
            }
        });
        limit(ui, true, requests);
    });
}

/// Short enough for its field, and read back as it stands.
fn limit_text(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e5).contains(&value.abs()) {
        format!("{value:.1e}")
    } else {
        format_significant(value, 3)
    }
}

impl Parameters {
    /// Ends about the values, made once a law.
    fn find_ends(&mut self, fit: &FitChoice, parameters: &[Parameter], values: &[Option<f64>]) {
        let known = self.ends.as_ref().is_some_and(|(law, _)| *law == fit.config.law);
        let values: Option<Vec<f64>> = values.iter().copied().collect();
        if let (false, Some(values)) = (known, values) {
            let ends = parameters
                .iter()
                .zip(values)
                .map(|(parameter, value)| ends(parameter, value));
            self.ends = Some((fit.config.law.clone(), ends.collect()));
        }
    }
}

/// How far a slider reaches: far enough to see the curve miss the runs, near enough to aim.
fn ends(parameter: &Parameter, value: f64) -> [f64; 2] {
    let [low, high] = parameter.bounds;
    let about = match parameter.role {
        ParameterRole::Coefficient { .. } | ParameterRole::Scale if value > 0.0 => [value / 20.0, value * 20.0],
        ParameterRole::Floor => [0.0, 2.0 * value.max(0.5)],
        ParameterRole::Exponent { .. } if value > 0.0 => [value / 3.0, value * 3.0],
        _ => {
            let reach = 2.0 * value.abs().max(0.5);
            [value - reach, value + reach]
        }
    };
    [about[0].max(low), about[1].min(high)]
}
