//! Three hints for who opens the window for the first time: beside the example, until they are dismissed.

use super::theme::{self, size};
use super::widgets::heading;
use crate::figure::Token;
use crate::session::Workspace;
use eframe::egui::{self, Label, Margin, RichText, Role, Ui, WidgetInfo};

/// Names, by which the dismissed ones are remembered, and texts.
const HINTS: [(&str, &str); 3] = [
    (
        "budget",
        "Drag the compute budget, or the star on the map: size, tokens and loss follow, each with its interval.",
    ),
    (
        "open",
        "These runs come with the program; the Train tab makes such runs here. Open your own with Ctrl+O, or drop a file or a \
         folder anywhere on the window.",
    ),
    (
        "point",
        "Point at a run to read it, click to select it, press Delete to fit without it. T lists every run, Ctrl+K every command, \
         F1 explains the laws.",
    ),
];

/// Which hints were dismissed.
#[derive(Default)]
pub(super) struct Hints {
    dismissed: Vec<String>,
}

impl Hints {
    /// As they were remembered.
    pub(super) fn from_text(text: &str) -> Self {
        Self {
            dismissed: text.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// To be remembered.
    pub(super) fn to_text(&self) -> String {
        self.dismissed.join(" ")
    }
}

/// The hints that are left, while the example is all there is.
pub(super) fn hints_ui(ui: &mut Ui, workspace: &Workspace, hints: &mut Hints) {
    let example = |set: &crate::session::DataSet| set.source.path().is_none();
    let data = &workspace.session().data;
    let left = |name: &str| !hints.dismissed.iter().any(|dismissed| dismissed == name);
    let rest: Vec<(&str, &str)> = HINTS.into_iter().filter(|(name, _)| left(name)).collect();
    if rest.is_empty() || data.is_empty() || !data.iter().all(example) {
        return;
    }
    heading(ui, "First steps");
    for (name, text) in rest {
        let frame = egui::Frame::NONE
            .fill(theme::token(ui, Token::Raised))
            .corner_radius(4.0)
            .inner_margin(Margin::symmetric(10, 8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(Label::new(RichText::new(text).size(size::SMALL + 0.5)).wrap());
            let button = ui.small_button("Got it");
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Dismiss hint: {name}")));
            if button.clicked() {
                hints.dismissed.push(name.to_owned());
                ui.ctx().request_repaint();
            }
        });
    }
}
