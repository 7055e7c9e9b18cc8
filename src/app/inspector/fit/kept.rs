//! The table of fits: the present one, and those that were put aside.

use crate::app::figures::Figures;
use crate::app::summary::KeptRow;
use crate::app::theme::{self, size};
use crate::app::widgets::{Entry, heading, small};
use crate::app::{Local, Requests};
use crate::figure::{Paint, Token};
use crate::session::{Action, KeptAction, KeptFit, KeptId, Workspace};
use eframe::egui::{self, Align, Button, Key, Layout, RichText, Sense, Ui, pos2, vec2};
use std::cmp::Ordering;

/// What the table remembers.
#[derive(Default)]
pub(in crate::app) struct KeptFits {
    /// The fit whose name is being changed.
    renaming: Option<(KeptId, Entry)>,
    sort: Sort,
    down: bool,
}

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Sort {
    /// As they were kept.
    #[default]
    Kept,
    Name,
    Points,
    Exponent,
    Objective,
}

/// Widths of n, a and the objective.
const COLUMNS: [f32; 3] = [32.0, 40.0, 58.0];
/// Between two columns.
const GAP: f32 = 4.0;
/// Width of a row's menu.
const MENU: f32 = 20.0;
const ROW: f32 = 24.0;

pub(super) fn kept_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    local: &mut Local,
    requests: &mut Requests,
) {
    heading(ui, "Fits put aside");
    let kept = &workspace.session().kept;
    let law = &workspace.session().fit.config.law;
    let can = workspace.derived().report().is_some() && !workspace.derived().fit.draft;
    ui.horizontal(|ui| {
        let tip = "Keeps this fit as it is, drawn over the views, while you try another";
        if ui
            .add_enabled(can, Button::new("Keep this fit"))
            .on_hover_text(tip)
            .clicked()
        {
            requests.act(Action::Kept(KeptAction::Keep(free_name(kept, law.short_label()))));
        }
    });
    if kept.is_empty() {
        return;
    }
    let state = &mut local.kept;
    head_ui(ui, state);
    let rows = &figures.summary(workspace).kept;
    let mut order: Vec<&KeptFit> = kept.iter().collect();
    let row_of = |id: KeptId| rows.iter().find(|row| row.id == id);
    order.sort_by(|a, b| {
        let ordered = compare(state.sort, (a, row_of(a.id)), (b, row_of(b.id)));
        if state.down { ordered.reverse() } else { ordered }
    });
    for kept in order {
        row_ui(ui, kept, row_of(kept.id), state, requests);
    }
    ui.label(small(
        "Objectives compare only between fits of the same runs by the same rule.",
        ui,
    ));
}

/// `Chinchilla`, `Chinchilla 2`, …
fn free_name(kept: &[KeptFit], label: &str) -> String {
    let taken = |name: &str| kept.iter().any(|kept| kept.name == name);
    let numbered = (2..).map(|number| format!("{label} {number}"));
    std::iter::once(label.to_owned())
        .chain(numbered)
        .find(|name| !taken(name))
        .unwrap_or_default()
}

fn compare(sort: Sort, (a, of_a): (&KeptFit, Option<&KeptRow>), (b, of_b): (&KeptFit, Option<&KeptRow>)) -> Ordering {
    let number = |of: &dyn Fn(&KeptRow) -> Option<f64>| {
        let [a, b] = [of_a, of_b].map(|row| row.and_then(of).unwrap_or(f64::INFINITY));
        a.total_cmp(&b)
    };
    match sort {
        Sort::Kept => a.id.cmp(&b.id),
        Sort::Name => a.name.to_lowercase().cmp(&b.name.to_lowercase()),
        Sort::Points => number(&|row| row.points.map(|points| points as f64)),
        Sort::Exponent => number(&|row| row.exponent),
        Sort::Objective => number(&|row| row.objective),
    }
}

fn head_ui(ui: &mut Ui, state: &mut KeptFits) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        ui.spacing_mut().button_padding.x = 0.0;
        let mut head = |ui: &mut Ui, sort: Sort, text: &str, tip: &str| {
            let arrow = match (state.sort == sort, state.down) {
                (false, _) => "",
                (true, false) => " ↑",
                (true, true) => " ↓",
            };
            let text = small(format!("{text}{arrow}"), ui);
            let response = ui.add(Button::new(text).frame(false)).on_hover_text(tip);
            if response.clicked() {
                (state.sort, state.down) = match (state.sort == sort, state.down) {
                    (false, _) => (sort, false),
                    (true, false) => (sort, true),
                    (true, true) => (Sort::Kept, false),
                };
            }
        };
        ui.add_space(14.0);
        head(ui, Sort::Name, "name", "Sort by name");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(MENU);
            for (width, sort, text, tip) in [
                (
                    COLUMNS[2],
                    Sort::Objective,
                    "objective",
                    "The sum over the points that was minimised",
                ),
                (COLUMNS[1], Sort::Exponent, "a", "N* grows as C^a"),
                (COLUMNS[0], Sort::Points, "n", "Points fitted"),
            ] {
                ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::right_to_left(Align::Center), |ui| {
                    ui.set_width(width);
                    head(ui, sort, text, tip);
                });
            }
        });
    });
}

fn row_ui(ui: &mut Ui, kept: &KeptFit, row: Option<&KeptRow>, state: &mut KeptFits, requests: &mut Requests) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        ui.spacing_mut().button_padding.x = 0.0;
        eye_ui(ui, kept, requests);
        let numbers = COLUMNS.iter().sum::<f32>() + MENU + 5.0 * GAP;
        let width = (ui.available_width() - numbers).max(40.0);
        name_ui(ui, kept, row, width, state, requests);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            menu_ui(ui, kept, state, requests);
            let digits = |value: Option<f64>, digits: usize| {
                value.map_or("–".to_owned(), |value| {
                    crate::units::format_significant(value, digits)
                })
            };
            let points = row
                .and_then(|row| row.points)
                .map_or("–".to_owned(), |points| points.to_string());
            for (width, text) in [
                (COLUMNS[2], digits(row.and_then(|row| row.objective), 4)),
                (COLUMNS[1], digits(row.and_then(|row| row.exponent), 3)),
                (COLUMNS[0], points),
            ] {
                ui.allocate_ui_with_layout(vec2(width, ROW), Layout::right_to_left(Align::Center), |ui| {
                    ui.set_width(width);
                    ui.label(RichText::new(text).size(size::SMALL));
                });
            }
        });
    });
}

/// A dot in the fit's colour that shows or hides it.
fn eye_ui(ui: &mut Ui, kept: &KeptFit, requests: &mut Requests) {
    let (rect, response) = ui.allocate_exact_size(vec2(14.0, ROW), Sense::click());
    let theme = theme::current(ui.ctx());
    let color = theme::color(theme.paint(Paint::Category(kept.colour)));
    let center = pos2(rect.left() + 6.0, rect.center().y);
    if kept.shown {
        ui.painter().circle_filled(center, 4.5, color);
    } else {
        ui.painter().circle_stroke(center, 4.0, egui::Stroke::new(1.2, color));
    }
    let name = format!("Show {}", kept.name);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, kept.shown, &name));
    if response.on_hover_text("Draw it over the views, or not").clicked() {
        requests.act(Action::Kept(KeptAction::SetShown(kept.id, !kept.shown)));
    }
}

fn name_ui(
    ui: &mut Ui,
    kept: &KeptFit,
    row: Option<&KeptRow>,
    width: f32,
    state: &mut KeptFits,
    requests: &mut Requests,
) {
    if let Some((id, entry)) = state.renaming.as_mut().filter(|(id, _)| *id == kept.id) {
        let read = |text: &str| match text.trim() {
            "" => Err("expected a name".to_owned()),
            name => Ok(name.to_owned()),
        };
        let id = *id;
        let typed = entry.ui(ui, "Name of the fit", &kept.name, width - 8.0, read);
        let left = ui.input(|input| input.key_pressed(Key::Escape) || input.key_pressed(Key::Enter));
        if let Some(name) = typed {
            requests.act(Action::Kept(KeptAction::Rename(id, name)));
            state.renaming = None;
        } else if left {
            state.renaming = None;
        }
        return;
    }
    let about = row.map_or("Fitting …", |row| row.about.as_str());
    let button = Button::new(RichText::new(&kept.name).size(size::SMALL + 0.5))
        .frame(false)
        .truncate();
    ui.allocate_ui_with_layout(vec2(width, ROW), Layout::left_to_right(Align::Center), |ui| {
        ui.set_width(width);
        let response = ui
            .add(button)
            .on_hover_text(format!("{about}\nClick to return to it; double-click to rename."));
        if response.double_clicked() {
            state.renaming = Some((kept.id, Entry::default()));
        } else if response.clicked() {
            requests.act(Action::Kept(KeptAction::Recall(kept.id)));
        }
    });
}

fn menu_ui(ui: &mut Ui, kept: &KeptFit, state: &mut KeptFits, requests: &mut Requests) {
    let button = ui.add_sized(
        [MENU, ROW],
        Button::new(RichText::new("⋯").color(theme::token(ui, Token::TextMuted))).frame(false),
    );
    let name = format!("{} menu", kept.name);
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    egui::Popup::menu(&button).show(|ui| {
        let mut item = |text: &str, action: KeptAction| {
            if ui.button(text).clicked() {
                requests.act(Action::Kept(action));
            }
        };
        item("Return to it", KeptAction::Recall(kept.id));
        item("Another colour", KeptAction::Recolour(kept.id));
        item("Take it off the list", KeptAction::Remove(kept.id));
        if ui.button("Rename").clicked() {
            state.renaming = Some((kept.id, Entry::default()));
        }
    });
}
