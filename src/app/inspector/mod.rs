//! The right zone: how the fit is made, what is asked of it, how the file was read. One file a tab.

mod data;
pub(super) mod figure;
pub(super) mod fit;
pub(super) mod health;
pub(super) mod plan;
mod quantities;
mod rules;
pub(super) mod train;

use super::figures::Figures;
use super::files::Files;
use super::theme;
use super::training::Training;
use super::{Local, Requests};
use crate::figure::Token;
use crate::session::Workspace;
use eframe::egui::{self, Button, ComboBox, RichText, ScrollArea, Ui};

/// Width of a menu.
const MENU: f32 = 150.0;

/// What the inspector shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tab {
    /// Law, objective, parameters, verdicts.
    #[default]
    Fit,
    /// What is known, overfitting, counts, hardware, other laws.
    Plan,
    /// Trainings on this machine.
    Train,
    /// Titles, notes and templates of figures.
    Figure,
    /// How the file was read.
    Data,
}

impl Tab {
    /// In the order of the tabs.
    pub(super) const ALL: [Self; 5] = [Self::Fit, Self::Plan, Self::Train, Self::Figure, Self::Data];

    /// As on the tab.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fit => "Fit",
            Self::Plan => "Plan",
            Self::Train => "Train",
            Self::Figure => "Figure",
            Self::Data => "Data",
        }
    }

    /// What is in it.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Fit => "Law, objective, parameters, what the runs cannot tell",
            Self::Plan => "What is known, when it overfits, other counts, hardware, other laws",
            Self::Train => "Small transformers, trained on this machine to join the runs",
            Self::Figure => "Titles with live numbers, notes, reference lines, and how figures are saved",
            Self::Data => "How the file was read, which runs are suspicious, which are left out",
        }
    }
}

pub(super) fn inspector_ui(
    ui: &mut Ui,
    workspace: &Workspace,
    figures: &mut Figures,
    files: &Files,
    training: &Training,
    local: &mut Local,
    requests: &mut Requests,
) {
    ui.horizontal(|ui| {
        for tab in Tab::ALL {
            let on = local.tab == tab;
            let text =
                RichText::new(tab.name()).color(theme::token(ui, if on { Token::Text } else { Token::TextMuted }));
            if ui.add(Button::selectable(on, text)).clicked() {
                local.tab = tab;
            }
        }
    });
    ui.add_space(theme::GRID * 0.5);
    ScrollArea::vertical()
        .auto_shrink(false)
        .id_salt(local.tab as usize)
        .show(ui, |ui| match local.tab {
            Tab::Fit => fit::fit_ui(ui, workspace, figures, local, requests),
            Tab::Plan => plan::plan_ui(ui, workspace, figures, local, requests),
            Tab::Train => train::train_ui(ui, workspace, training, local, requests),
            Tab::Figure => figure::figure_ui(ui, workspace, figures, local, requests),
            Tab::Data => data::data_ui(ui, workspace, files, local, requests),
        });
}

/// A combo box reads as its purpose first, its value second.
pub(super) fn named(response: &egui::Response, name: &str, value: &str) {
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name);
        info.current_text_value = Some(value.to_owned());
        info
    });
}

/// A menu of choices with their explanations, which may be empty; gives another that was clicked.
fn menu<T: Copy + PartialEq>(ui: &mut Ui, name: &str, choices: &[(T, &str, &str)], now: T) -> Option<T> {
    let mut chosen = None;
    let selected = choices
        .iter()
        .find(|(choice, ..)| *choice == now)
        .map_or("other", |(_, text, _)| text);
    let shown = ComboBox::from_id_salt(name)
        .width(MENU)
        .selected_text(selected)
        .show_ui(ui, |ui| {
            for (choice, text, tip) in choices {
                let row = ui.selectable_label(*choice == now, *text);
                let row = if tip.is_empty() { row } else { row.on_hover_text(*tip) };
                if row.clicked() && *choice != now {
                    chosen = Some(*choice);
                }
            }
        });
    named(&shown.response, name, selected);
    chosen
}
